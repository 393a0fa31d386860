"""The directory: each party of the Conference with its focal points by theme, who named them, and who served before."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.hub.directory import exporting, keeping
from istmo.hub.directory.keeping import Details, Rank
from istmo.hub.refusal import refused
from istmo.installation.registry_copy.held import held_registry
from istmo.model.errors import IntegrityFailure, IstmoError, NotFound
from istmo.model.text import Text
from istmo.registry.conference import Participant, conference
from istmo.registry.distribution.faults import RegistryRefused
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires
from istmo.web.public.conference import page as conference_page

SHOWN_THEMES = ("INFORMATION_SYSTEM", "IT", "DATA_PROTECTION")


@require_safe
@requires(Act.READ_WORKBENCH)
def index(request: HttpRequest) -> HttpResponse:
    known = conference()
    shown = [known.theme(theme) for theme in SHOWN_THEMES]
    documents, today = _documents(), _today()
    named = keeping.by_party(on=today)
    standings = {} if documents is None else exporting.standings(documents, on=today)
    rows = [
        (
            one,
            [(theme, named.get(one.id, {}).get(theme.id)) for theme in shown],
            len(named.get(one.id, {})),
            standings.get(one.id),
        )
        for one in known.participants
    ]
    context = {
        "menu": "directory",
        "rows": rows,
        "themes": shown,
        "all_themes": len(known.themes),
    }
    return render(request, "istmo/workbench/directory.html", context)


@require_safe
@requires(Act.READ_WORKBENCH)
def party(request: HttpRequest, code: str) -> HttpResponse:
    return _page(request, _participant(code))


@require_safe
@requires(Act.NAME_FOCAL_POINT)
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """The focal points of a party as a document of the registry, for that party to sign with its own key."""
    known = _participant(code)
    if request.user.member and request.user.member != known.id:
        raise Http404
    try:
        raw = exporting.draft(known.id, on=_today())
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("directory-party", code=known.id.lower())
    response = HttpResponse(raw, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{known.id}-focal-points.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@requires(Act.NAME_FOCAL_POINT)
def name(request: HttpRequest, code: str) -> HttpResponse:
    known = _participant(code)

    def act() -> None:
        keeping.name_focal_point(
            known.id,
            theme=request.POST.get("theme", ""),
            rank=Rank.DEPUTY if request.POST.get("rank") == Rank.DEPUTY.value else Rank.HOLDER,
            details=_details(request),
            account=request.user,
            at=datetime.now(UTC),
            point=uuid4(),
        )

    return _done(request, known, act, _("The focal point was named."))


@require_POST
@requires(Act.NAME_FOCAL_POINT)
def change(request: HttpRequest, code: str, point: UUID) -> HttpResponse:
    known = _participant(code)

    def act() -> None:
        keeping.change_focal_point(
            point, seen=_seen(request), details=_details(request), account=request.user, at=datetime.now(UTC)
        )

    return _done(request, known, act, _("The change was kept; the earlier entry stays in the history."))


@require_POST
@requires(Act.NAME_FOCAL_POINT)
def end(request: HttpRequest, code: str, point: UUID) -> HttpResponse:
    known = _participant(code)

    def act() -> None:
        keeping.end_focal_point(
            point,
            seen=_seen(request),
            until=_day(request.POST.get("until", "")),
            note=request.POST.get("note", ""),
            account=request.user,
            at=datetime.now(UTC),
        )

    return _done(request, known, act, _("The end of the function was kept."))


def _page(request: HttpRequest, known: Participant, *, typed: Any = None, status: int = 200) -> HttpResponse:
    today, documents = _today(), _documents()
    own = request.user.member
    context = {
        "menu": "directory",
        "party": known,
        "presided": [one for one in conference().presidencies if one.party == known.id],
        "serving": [(entry, conference().theme(entry.theme)) for entry in keeping.serving(known.id, on=today)],
        "vacant": keeping.vacant(known.id, on=today),
        "signed": None if documents is None else exporting.agreement(known.id, documents, on=today),
        "theme_names": {theme.id: theme.name for theme in conference().themes},
        "history": [(entry, conference().theme(entry.theme)) for entry in keeping.history(known.id)],
        "themes": conference().themes,
        "ranks": tuple(Rank),
        "may_name": may(request.user, Act.NAME_FOCAL_POINT) and own in ("", None, known.id),
        "today": today.isoformat(),
        "typed": typed,
    }
    return render(request, "istmo/workbench/party.html", context, status=status)


def _done(request: HttpRequest, known: Participant, act: Any, said: str) -> HttpResponse:
    try:
        act()
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return _page(request, known, typed=request.POST, status=400)
    messages.success(request, said)
    return redirect("directory-party", code=known.id.lower())


def _participant(code: str) -> Participant:
    try:
        return conference().participant(code.upper())
    except NotFound as error:
        raise Http404(error.in_(current())) from None


def _details(request: HttpRequest) -> Details:
    posted = request.POST
    return Details(
        name=posted.get("name", ""),
        function=posted.get("function", ""),
        institution=posted.get("institution", ""),
        languages=posted.get("languages", ""),
        address=posted.get("address", ""),
        telephone=posted.get("telephone", ""),
        since=_day(posted.get("since", "")),
        note=posted.get("note", ""),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise refused(
            Text("La fecha no se puede leer.", "The date cannot be read."),
            Text("Escriba 2016-11-17.", "Write 2016-11-17."),
        ) from None


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


@require_safe
def public_page(request: HttpRequest) -> HttpResponse:
    """The public page of the Conference, with whether each party signed what the directory says: states, no names."""
    documents = _documents()
    if documents is None:
        return conference_page(request)
    found = exporting.standings(documents, on=_today())
    return conference_page(request, found if set(found.values()) != {exporting.Standing.NOBODY} else None)


def _documents() -> Mapping[str, bytes] | None:
    """The documents of the registry held here; None where there is none to compare with."""
    try:
        return held_registry().documents()
    except (NotFound, IntegrityFailure, RegistryRefused):
        return None


def _today() -> date:
    return datetime.now(UTC).date()
