"""A file that nobody has described: bring it, see the table that was found, decide, see how it reads, take the profile.

What the file shows and what may be decided is the draft's own (`istmo.intake.suggesting`); this module asks the
questions in a form and shows what comes of the answers. A file with a row for each person is looked at and let go of:
its columns are listed, none of its rows is shown or kept.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from istmo.installation.accounts.permissions import may
from istmo.installation.drafts import drafting
from istmo.installation.drafts.models import DraftDecision, DraftState, ProfileDraft
from istmo.installation.submissions import background
from istmo.intake.suggesting.answering import value_of
from istmo.intake.suggesting.values import Decision
from istmo.intake.suggesting.writing import option_text
from istmo.model.errors import IstmoError
from istmo.model.findings import Severity, rules
from istmo.model.text import Text
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, requires

WAIT = 4.0  # seconds that somebody waits for a small file
LOOK_EVERY = 0.05
REFRESH = 2  # seconds until the page of a file that is being looked at looks again
ASKED = 120  # decisions that one form asks; the others follow when these are taken
LONG = 60  # an option longer than this is told by its title alone
_OPEN = "?"  # the choice that leaves a decision open

_WHOSE = ("profile", "author", "MEASURE", "UNIT", "PLACE", "CITIZENSHIP", "BORDER", "PERIOD")
_READING = (
    "encoding",
    "number_mark",
    "fill_down",
    "fiscal_start",
    "date.",
    "cells.",
    "PERIOD.",
    "OBS_VALUE.",
    "EVENT_DATE.",
)
_COLUMNS = ("drop.", "number.", "SERVICES.")


@dataclass(frozen=True, slots=True)
class Choice:
    """One option in a form: what is sent, what is read."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One decision in a form; `typed`: answered by writing, with the choices as suggestions."""

    decision: Decision
    name: str
    choices: tuple[Choice, ...]
    typed: bool
    answer: str
    taken: bool
    problem: str
    by: DraftDecision | None
    """Who gave the answer that stands; None for one that is open, and for drafts of an earlier version."""


@dataclass(frozen=True, slots=True)
class Block:
    """The questions of one kind under a heading."""

    title: str
    hint: str
    questions: tuple[Question, ...]


@require_safe
@requires(Act.SUBMIT)
def index(request: HttpRequest) -> HttpResponse:
    drafting.expire(settings.ISTMO_DRAFTS, at=_now())
    found = _visible(request)
    rows = [(draft, len(draft.left) if draft.draft_state is DraftState.DRAFTED else None) for draft in found]
    return render(request, "istmo/workbench/drafts.html", {"menu": "drafts", "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.SUBMIT)
def new(request: HttpRequest) -> HttpResponse:
    problem: str | IstmoError = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        if upload is None:
            problem = _("Choose a file first.")
        elif upload.size == 0:
            problem = _("The file is empty. Choose another one.")
        else:
            try:
                draft = drafting.receive(
                    upload.file,
                    filename=upload.name or "",
                    account=request.user,
                    directory=settings.ISTMO_DRAFTS,
                    at=_now(),
                )
            except IstmoError as error:
                problem = error.in_(current())
            else:
                _have_done(drafting.look, draft)
                return redirect("draft", draft_id=draft.id)
    context = {"menu": "drafts", "problem": problem, "limit": drafting.BOUNDS.file_bytes // 1024**2}
    return render(request, "istmo/workbench/draft_new.html", context, status=400 if problem else 200)


@require_safe
@requires(Act.SUBMIT)
def draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    return _page(request, _found(request, draft_id))


@require_POST
@requires(Act.SUBMIT)
def decide(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Keep the answers; with `read`, also read the file by them."""
    found = _drafted(request, draft_id)
    answers, problems = _answers(found, request.POST)
    parameters = {name: request.POST.get(f"parameter-{name}", "").strip() for name in found.asked}
    drafting.decide(
        found,
        answers,
        {name: value for name, value in parameters.items() if value},
        account=request.user,
        at=_now(),
    )
    if problems:
        return _page(request, found, problems=problems, status=400)
    if "read" in request.POST:
        return _read(request, found)
    left = len(found.left)
    if left:
        messages.success(request, _("Your decisions were saved. Some are still open."))
    else:
        messages.success(request, _("Your decisions were saved. Nothing is open any more: the file can be read."))
    return redirect("draft", draft_id=found.id)


@require_POST
@requires(Act.SUBMIT)
def again(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Begin an interrupted file again."""
    found = _found(request, draft_id)
    if drafting.is_interrupted(found, at=_now()) and drafting.has_file(found, settings.ISTMO_DRAFTS, at=_now()):
        _have_done(drafting.look, found)
    return redirect("draft", draft_id=found.id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.SUBMIT)
def discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Name what will be removed, then remove it."""
    found = _found(request, draft_id)
    if request.method != "POST":
        return render(request, "istmo/workbench/draft_discard.html", {"menu": "drafts", "draft": found})
    drafting.discard(found, directory=settings.ISTMO_DRAFTS, account=request.user, at=_now())
    messages.success(request, _("The draft and its file were removed."))
    return redirect("drafts")


@require_POST
@requires(Act.INSTALL_PROFILE)
def install(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Read such files by the draft from now on."""
    found = _drafted(request, draft_id)
    try:
        stored = drafting.install(found, account=request.user, note=request.POST.get("note", ""), at=_now())
        messages.success(request, _("Files are read by %(version)s from now on.") % {"version": stored.label})
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect(f"{_address(found)}#profile")


@require_safe
@requires(Act.SUBMIT)
def profile_file(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The profile as it stands, with marks where decisions are open."""
    found = _drafted(request, draft_id)
    name = found.answers.get("profile", "perfil")
    response = HttpResponse(found.text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return response


# --- the page


def _page(
    request: HttpRequest, found: ProfileDraft, *, problems: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    now = _now()
    busy = drafting.is_busy(found, at=now)
    context: dict[str, Any] = {
        "menu": "drafts",
        "draft": found,
        "state": found.draft_state,
        "busy": busy,
        "seconds": max(0, round((now - found.received_at).total_seconds())),
        "interrupted": drafting.is_interrupted(found, at=now),
        "error": found.error,
        "drafted": found.draft_state is DraftState.DRAFTED,
        "problems": problems or {},
    }
    if found.draft_state is DraftState.DRAFTED:
        context |= _told(found, problems or {}, at=now)
        titles = {decision.id: decision.question for decision in found.draft.decisions}
        context |= {
            "installed": drafting.installed_version(found),
            "can_install": may(request.user, Act.INSTALL_PROFILE),
            "own": found.account == request.user,
            "decided_here": any(one.account == request.user for one in drafting.standing(found).values()),
            "decided": [
                (one, titles.get(one.decision)) for one in found.decided.select_related("account").order_by("-id")
            ],
        }
    response = render(request, "istmo/workbench/draft.html", context, status=status)
    if busy:
        response["Refresh"] = str(REFRESH)
    return response


def _told(found: ProfileDraft, problems: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    whole, left = found.draft, found.left
    return {
        "whole": whole,
        "person": whole.personal,
        "left": left,
        "blocks": _blocks(found, problems),
        "more": max(0, len(whole.decisions) - ASKED),
        "asked": [
            (name, _title(name, entry), found.parameters.get(name, ""), str(entry.get("type", "text")))
            for name, entry in found.asked.items()
        ],
        "has_file": drafting.has_file(found, settings.ISTMO_DRAFTS, at=at),
        "outcome": found.outcome,
        "groups": [
            (rules()[rule], Severity(severity), count)
            for rule, severity, count in (found.outcome or {}).get("groups", [])
        ],
        "findings": [
            {**finding, "text": finding["message"][current()]} for finding in (found.outcome or {}).get("findings", [])
        ],
        "text": found.text,
    }


def _title(name: str, entry: Mapping[str, Any]) -> Text:
    title = entry.get("title")
    return Text(**title) if isinstance(title, Mapping) else Text(es=name, en=name)


def _blocks(found: ProfileDraft, problems: Mapping[str, str]) -> list[Block]:
    """The questions in the order in which a person answers them best; those that are open come before the rest."""
    decisions = found.draft.decisions
    open_ = {decision.id for decision in found.left}
    if len(decisions) > ASKED:
        decisions = tuple(sorted(decisions, key=lambda decision: decision.id not in open_))[:ASKED]
    standing = drafting.standing(found)
    numbers = {decision.id: number for number, decision in enumerate(found.draft.decisions)}
    kinds = (
        (_("Whose table it is and what it counts"), "", _WHOSE, True),
        (_("How the table is read"), "", _READING, False),
        (_("Labels"), _("A label that may mean two things is never decided by the program."), (), False),
        (_("Columns"), _("What is in a column that nobody recognises is not shown."), _COLUMNS, False),
    )
    sorted_: list[list[Question]] = [[] for _kind in kinds]
    for decision in decisions:
        question = _question(
            decision,
            numbers[decision.id],
            found.answers.get(decision.id),
            problems.get(decision.id, ""),
            standing.get(decision.id),
        )
        sorted_[_kind_of(decision.id)].append(question)
    return [
        Block(title, hint, tuple(questions))
        for (title, hint, _ids, _exact), questions in zip(kinds, sorted_, strict=True)
        if questions
    ]


def _kind_of(id_: str) -> int:
    if id_ in _WHOSE:
        return 0
    if id_.startswith(_READING):
        return 1
    return 3 if id_.startswith(_COLUMNS) else 2


def _question(decision: Decision, number: int, answer: str | None, problem: str, by: DraftDecision | None) -> Question:
    language = current()
    choices = []
    for place, option in enumerate(decision.options):
        written = option_text(option)
        title = option.title.in_(language)
        shown = title if not written or len(written) > LONG or written == title else f"{written} – {title}"
        reason = f" ({option.reason.in_(language)})" if option.reason else ""
        value = written if decision.free else str(place)
        choices.append(Choice(value, f"{shown}{reason}", answer == written))
    return Question(
        decision=decision,
        name=f"decision-{number}",
        choices=tuple(choices),
        typed=decision.free,
        answer=answer or "",
        taken=answer is not None,
        problem=problem,
        by=by,
    )


def _answers(found: ProfileDraft, sent: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """The answers of the form, None for one that is open (again), and what is wrong with the others."""
    answers: dict[str, str | None] = {}
    problems: dict[str, str] = {}
    for number, decision in enumerate(found.draft.decisions):
        value = sent.get(f"decision-{number}")
        if value is None:
            continue
        text = _text_of(decision, value.strip())
        try:
            if text is not None:
                value_of(decision, text)
        except IstmoError as error:
            problems[decision.id] = error.in_(current())
        else:
            answers[decision.id] = text
    return answers, problems


def _text_of(decision: Decision, value: str) -> str | None:
    if decision.free:
        return value or None
    if value == _OPEN or not value.isdecimal() or int(value) >= len(decision.options):
        return None
    return option_text(decision.options[int(value)])


# --- acts


def _read(request: HttpRequest, found: ProfileDraft) -> HttpResponse:
    try:
        if found.left or not drafting.has_file(found, settings.ISTMO_DRAFTS, at=_now()):
            drafting.read(found, directory=settings.ISTMO_DRAFTS, clock=_now)
        else:
            _have_done(drafting.read, found)
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("draft", draft_id=found.id)
    return redirect(f"{_address(found)}#reading")


def _address(found: ProfileDraft) -> str:
    return reverse("draft", kwargs={"draft_id": found.id})


def _have_done(act: Callable[..., None], found: ProfileDraft) -> None:
    """Do it in a thread and wait a little; where the site has no threads of its own, do it here."""
    if not background.wake():
        act(found, directory=settings.ISTMO_DRAFTS, clock=_now)
        return
    thread = drafting.in_background(act, found.id, directory=settings.ISTMO_DRAFTS, clock=_now)
    until = time.monotonic() + WAIT
    while thread.is_alive() and time.monotonic() < until:
        time.sleep(LOOK_EVERY)


def _visible(request: HttpRequest) -> list[ProfileDraft]:
    """The drafts that the account may see: those of its State, all of them at the Secretariat."""
    member = getattr(request.user, "member", None)
    query = ProfileDraft.objects.select_related("account")
    return list(query.filter(account__member=member) if member else query)


def _found(request: HttpRequest, draft_id: UUID) -> ProfileDraft:
    found = get_object_or_404(ProfileDraft.objects.select_related("account"), id=draft_id)
    member = getattr(request.user, "member", None)
    if member and found.account.member != member:
        raise Http404
    return found


def _drafted(request: HttpRequest, draft_id: UUID) -> ProfileDraft:
    found = _found(request, draft_id)
    if found.draft_state is not DraftState.DRAFTED:
        raise Http404
    return found


def _now() -> datetime:
    return datetime.now(UTC)
