"""The releases of a node: which vintages wait, which are proposed, what was sent and what the Secretariat answered."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.installation.delivery.permission import NotPermitted
from istmo.installation.observations.models import Vintage, VintagePeriod
from istmo.model.errors import IstmoError
from istmo.model.text import Text
from istmo.node.release import posting, releasing
from istmo.node.release.models import Protection, Release
from istmo.registry.datasets import datasets
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires

SHOWN = 50


@require_safe
@requires(Act.READ_WORKBENCH)
def index(request: HttpRequest) -> HttpResponse:
    entries = Release.objects.select_related("vintage", "proposed_by", "released_by")
    context = {
        "menu": "releases",
        "waiting": [(one, _title(one), _months(one)) for one in releasing.waiting()],
        "releases": [(one, _title(one.vintage), _months(one.vintage)) for one in entries[:SHOWN]],
        "more": max(entries.count() - SHOWN, 0),
        "may_propose": may(request.user, Act.PROPOSE_RELEASE),
        "may_release": may(request.user, Act.RELEASE),
    }
    return render(request, "istmo/workbench/releases.html", context)


@require_safe
@requires(Act.READ_WORKBENCH)
def one(request: HttpRequest, release_id: int) -> HttpResponse:
    found = _release(release_id)
    answer = found.answer or {}
    message = answer.get("message")
    context = {
        "menu": "releases",
        "release": found,
        "title": _title(found.vintage),
        "months": _months(found.vintage),
        "findings": [
            {**finding, "text": Text(**finding["message"]) if finding.get("message") else None}
            for finding in answer.get("findings", [])
        ],
        "message": Text(**message) if message else None,
        "protected": Protection.objects.filter(release=found).exists(),
        "may_see_withheld": may(request.user, Act.READ_PROTECTION),
        "may_release": may(request.user, Act.RELEASE) and request.user.pk != found.proposed_by_id,
        "may_drop": may(request.user, Act.PROPOSE_RELEASE) or may(request.user, Act.RELEASE),
    }
    return render(request, "istmo/workbench/release.html", context)


@require_POST
@requires(Act.PROPOSE_RELEASE)
def propose(request: HttpRequest) -> HttpResponse:
    vintage = Vintage.objects.filter(name=request.POST.get("vintage", "")).first()
    if vintage is None:
        raise Http404
    return _done(
        request,
        lambda: releasing.propose(vintage, account=request.user, at=datetime.now(UTC)),
        _("The release was proposed. Another person releases it."),
    )


@require_POST
@requires(Act.RELEASE)
def release(request: HttpRequest, release_id: int) -> HttpResponse:
    found = _release(release_id)
    return _done(
        request,
        lambda: releasing.release(found, account=request.user, at=datetime.now(UTC), post=posting.post),
        _("Released. The message waits in the outbox and leaves on its own."),
    )


@require_POST
@requires(Act.READ_WORKBENCH)
def drop(request: HttpRequest, release_id: int) -> HttpResponse:
    found = _release(release_id)
    return _done(
        request,
        lambda: releasing.drop(found, account=request.user, at=datetime.now(UTC)),
        _("The proposal was dropped; the vintage can be proposed again."),
    )


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except NotPermitted as error:
        said_why = error.for_officers if may(request.user, Act.READ_AUDIT) else error.message
        messages.error(request, said_why.in_(current()))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        messages.success(request, said)
    return redirect("releases")


def _release(release_id: int) -> Release:
    found = Release.objects.select_related("vintage", "proposed_by", "released_by").filter(pk=release_id).first()
    if found is None:
        raise Http404
    return found


def _title(vintage: Vintage) -> Text:
    known = datasets().get(vintage.dataset_id)
    return known.title if known else Text(es=vintage.dataset_id, en=vintage.dataset_id)


def _months(vintage: Vintage) -> tuple[str, str]:
    """The first and the last period that the vintage holds."""
    held = sorted(VintagePeriod.objects.filter(vintage=vintage).values_list("period", flat=True))
    return (held[0], held[-1]) if held else ("", "")
