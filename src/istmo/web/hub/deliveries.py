"""Which months came from whom, who is late, and who was reminded: the calendar of coverage and the chase list."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.hub.deliveries import chasing
from istmo.hub.deliveries.calendar import Arrival, Line
from istmo.model.errors import IstmoError
from istmo.model.periods import Grain, Period, period
from istmo.registry.members import members
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires

MOST_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Late:
    """A dataset of the chase list with its letter in the reader's language, and the address that opens it as a mail."""

    chased: chasing.Chased
    letter: str
    mail: str


@require_safe
@requires(Act.READ_WORKBENCH)
def index(request: HttpRequest) -> HttpResponse:
    today = datetime.now(UTC).date()
    first, last = _month(request, "first"), _month(request, "last")
    asked = chasing.coverage(on=today, first=first, last=last)
    if asked and not 0 < len(asked[0].squares) <= MOST_MONTHS:
        messages.error(request, _("Choose a first month before the last one, at most ten years apart."))
        asked = chasing.coverage(on=today)
    own = request.user.member
    known = [line for line in asked if not own or line.dataset.reporter == own]
    lines = [line for line in known if line.began]
    late = [_late(entry) for entry in chasing.chase_list(on=today) if not own or entry.dataset.reporter == own]
    names = {member.code: member.short for member in members()}
    context = {
        "menu": "deliveries",
        "lines": [(names.get(line.dataset.reporter), line) for line in lines],
        "years": _years(lines[0]) if lines else (),
        "arrivals": tuple(Arrival),
        "late": late,
        "never": [line.dataset for line in known if not line.began],
        "channels": tuple(chasing.Channel),
        "may_chase": may(request.user, Act.COMMENT),
        "first": str(lines[0].squares[0].month) if lines else "",
        "last": str(lines[0].squares[-1].month) if lines else "",
    }
    return render(request, "istmo/workbench/deliveries.html", context)


@require_POST
@requires(Act.COMMENT)
def remind(request: HttpRequest) -> HttpResponse:
    try:
        chasing.remind(
            request.POST.get("dataset", ""),
            period(request.POST.get("month", "")),
            channel=request.POST.get("channel", ""),
            note=request.POST.get("note", ""),
            account=request.user,
            at=datetime.now(UTC),
        )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        messages.success(request, _("The reminder was noted."))
    return redirect("deliveries")


@require_POST
@requires(Act.COMMENT)
def contact(request: HttpRequest) -> HttpResponse:
    try:
        kept = chasing.keep_contact(
            request.POST.get("dataset", ""),
            name=request.POST.get("name", ""),
            address=request.POST.get("address", ""),
            telephone=request.POST.get("telephone", ""),
            account=request.user,
            at=datetime.now(UTC),
        )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        messages.success(request, _("The contact was kept.") if kept else _("The contact was taken away."))
    return redirect("deliveries")


def _late(entry: chasing.Chased) -> Late:
    letter = chasing.letter(entry.line).in_(current())
    subject = quote(f"{entry.dataset.title.in_(current())}: {entry.line.missing[-1].month}")
    asked = entry.contact or entry.focal_point
    to = asked.address if asked else ""
    return Late(entry, letter, f"mailto:{quote(to, safe='@')}?subject={subject}&body={quote(letter)}")


def _years(line: Line) -> tuple[tuple[int, int], ...]:
    """The years of the calendar with the number of their months in it."""
    found: dict[int, int] = {}
    for square in line.squares:
        found[square.month.year] = found.get(square.month.year, 0) + 1
    return tuple(found.items())


def _month(request: HttpRequest, name: str) -> Period | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        asked = period(text)
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return None
    if asked.grain is Grain.MONTH:
        return asked
    messages.error(request, _("Write a month as 2023-08."))
    return None
