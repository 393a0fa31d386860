"""The monthly briefs: the list, the latest edition of a month, an edition at its permanent address, and its files."""

from dataclasses import dataclass
from itertools import pairwise

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from istmo.hub.briefs.editions import (
    published_brief,
    published_editions,
    published_file,
    published_names,
    withdrawal,
    withdrawn_editions,
)
from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.html import ORGANISATIONS_FILE, Link, body
from istmo.hub.briefs.render.outputs import MEDIA_TYPES, media_type
from istmo.model.errors import NotFound
from istmo.model.periods import Period
from istmo.registry.members import member
from istmo.statistics.brief.values import Edition
from istmo.web.common.language import current


@dataclass(frozen=True, slots=True)
class File:
    label: str
    name: str
    address: str


def files_of(edition: Edition) -> tuple[File, ...]:
    """The downloads of an edition in the reader's language."""
    names = (
        ("PDF", f"brief.{current()}.pdf"),
        ("XLSX", "brief.xlsx"),
        ("CSV", "observations.csv"),
        (words.ORGANISATIONS_CSV.in_(current()), ORGANISATIONS_FILE),
    )
    where = {"month": edition.month, "number": edition.number}
    held = published_names(edition.month, edition.number)
    return tuple(
        File(label, name, reverse("brief-file", kwargs={**where, "name": name}))
        for label, name in names
        if name in held
    )


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    gone = withdrawn_editions()
    editions = [
        (edition, () if (edition.month, edition.number) in gone else files_of(edition))
        for edition in published_editions()
    ]
    return render(request, "istmo/briefs.html", {"section": "briefs", "editions": editions})


@require_safe
def latest(request: HttpRequest, month: Period) -> HttpResponse:
    """The month's address leads to its latest edition, which may be a withdrawn one that says so."""
    numbers = [edition.number for edition in published_editions() if edition.month == month]
    if not numbers:
        raise Http404
    return redirect("brief", month=month, number=max(numbers))


@require_safe
def edition(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """An edition; one that is withdrawn keeps its address, which says when and why."""
    try:
        brief = published_brief(month, number)
        gone = withdrawal(month, number)
    except NotFound as exc:
        raise Http404(str(exc)) from exc
    newer = [each for each in published_editions() if each.month == month and each.number > number]
    if gone is not None:
        context = {"section": "briefs", "brief": brief, "withdrawal": gone, "newer": newer[0] if newer else None}
        return render(request, "istmo/withdrawn.html", context, status=410)
    links = [Link(file.address, file.label, download=True) for file in files_of(brief.edition)]
    context = {
        "section": "briefs",
        "brief": brief,
        "body": body(brief, current(), links=links),
        "newer": newer[0] if newer else None,
        "pairs": [(member(a), member(b)) for a, b in pairwise(brief.reported)],
    }
    return render(request, "istmo/brief.html", context)


@require_safe
def download(request: HttpRequest, month: Period, number: int, name: str) -> HttpResponse:
    """A published file, byte by byte as it was published; always for saving, never as a page of this site.

    The name under which a file of a final edition is saved says that it is one.
    """
    if name.rpartition(".")[2] not in MEDIA_TYPES:
        raise Http404
    try:
        content = published_file(month, number, name)
        if withdrawal(month, number) is not None:
            return redirect("brief", month=month, number=number)
        kind = "" if published_brief(month, number).edition.preliminary else "final-"
    except NotFound as exc:
        raise Http404(str(exc)) from exc
    response = HttpResponse(content, content_type=media_type(name))
    response["Content-Disposition"] = f'attachment; filename="istmo-{month}-{number}-{kind}{name}"'
    response["Cache-Control"] = "public, max-age=86400"
    return response
