"""The audit trail: every act that changed the installation, who and when, the latest first; as a page and as CSV."""

from datetime import UTC, datetime

import polars as pl
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.installation.accounts.models import User
from istmo.installation.accounts.permissions import Act
from istmo.installation.audit.models import Event, EventKind, record
from istmo.model.csvtext import csv_bytes
from istmo.web.common.language import current
from istmo.web.common.permissions import requires

PER_PAGE = 50
IN_A_FILE = 100_000


@require_safe
@requires(Act.READ_AUDIT)
def index(request: HttpRequest) -> HttpResponse:
    kind, account = _chosen(request)
    _record_reading(request, kind, account)
    page = Paginator(_events(kind, account), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "menu": "audit",
        "page": page,
        "rows": [(each, EventKind(each.kind), about) for each, about in zip(page, named(list(page)), strict=True)],
        "kinds": sorted(EventKind, key=lambda each: each.title.in_(current())),
        "kind": kind,
        "accounts": User.objects.order_by("username"),
        "account": account,
        "query_kept": "".join(f"{name}={value}&" for name, value in (("kind", kind), ("account", account)) if value),
    }
    return render(request, "istmo/accounts/audit.html", context)


@require_safe
@requires(Act.READ_AUDIT)
def audit_file(request: HttpRequest) -> HttpResponse:
    """The chosen events as CSV, at most the latest hundred thousand."""
    kind, account = _chosen(request)
    _record_reading(request, kind, account)
    rows = [_row(each) for each in _events(kind, account)[:IN_A_FILE]]
    columns = ("AT", "KIND", "ACCOUNT", "OBJECT_TYPE", "OBJECT_ID", "COUNTS", "CODES")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    response = HttpResponse(csv_bytes(frame), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _record_reading(request: HttpRequest, kind: str, account: str) -> None:
    """Reading the trail is an act like any other: who read it, and narrowed to what. Turning a page is the same act."""
    if request.GET.get("page", "1") != "1":
        return
    narrowed = {"kind": kind} if kind in list(EventKind) else {}
    about = account if User.objects.filter(username=account).exists() else ""
    record(
        EventKind.TRAIL_READ,
        at=datetime.now(UTC),
        account=request.user,
        object_type="trail",
        object_id=about,
        codes=narrowed,
    )


def _chosen(request: HttpRequest) -> tuple[str, str]:
    """The kind and the account that are asked for; what does not exist finds nothing."""
    return request.GET.get("kind", ""), request.GET.get("account", "")


def _events(kind: str, account: str) -> "QuerySet[Event]":
    found = Event.objects.select_related("account").order_by("-at", "-id")
    if kind:
        found = found.filter(kind=kind)
    if account:
        found = found.filter(account__username=account)
    return found


def named(events: list[Event]) -> list[str]:
    """What each event is about, by the name that a person knows: an account by its user name, the rest by its id."""
    accounts = {int(each.object_id) for each in events if each.object_type == "account"}
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=accounts).values_list("pk", "username")}
    return [names.get(each.object_id, "") if each.object_type == "account" else each.object_id for each in events]


def _row(event: Event) -> tuple[str, ...]:
    return (
        _stamp(event.at),
        event.kind,
        event.account.username if event.account else "",
        event.object_type,
        event.object_id,
        " ".join(f"{name}={value}" for name, value in sorted(event.counts.items())),
        " ".join(f"{name}={value}" for name, value in sorted(event.codes.items())),
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
