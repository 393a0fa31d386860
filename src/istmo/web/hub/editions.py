"""The brief in work: open an edition, see its draft, write the comment in both languages, approve, publish, return.

Every step is the workflow's own (`istmo.hub.briefs.workflow`), which refuses with a sentence what is not allowed; this
module shows the sentence. Publishing is confirmed first, with the name of what will be published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.hub.briefs import replies, withdrawals, workflow
from istmo.hub.briefs.comparing import compare
from istmo.hub.briefs.compilation import compile_edition, inputs_at
from istmo.hub.briefs.editions import published_brief
from istmo.hub.briefs.models import BriefEdition
from istmo.hub.briefs.render.docx import MEDIA_TYPE as DOCX
from istmo.hub.briefs.render.docx import docx
from istmo.hub.briefs.render.html import ORGANISATIONS_FILE, body, reads_organisations
from istmo.installation.observations.store import periods_held
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.periods import Grain, Period, period
from istmo.model.text import LANGUAGES, Text
from istmo.statistics.brief.values import Brief, BriefState
from istmo.statistics.wording import banned_words
from istmo.web.common.language import current
from istmo.web.common.permissions import Act, may, requires

MONTHS_OFFERED = 24
KINDS = ("preliminary", "final")
PUBLISHED_FILES = ("brief.es.html", "brief.en.html", "brief.es.pdf", "brief.en.pdf", "brief.xlsx", "observations.csv")


@require_safe
@requires(Act.READ_BRIEFS)
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "menu": "editions",
        "editions": [(edition, workflow.TITLES[edition.brief_state]) for edition in BriefEdition.objects.all()],
        "months": offered_months(),
        "can_comment": may(request.user, Act.COMMENT),
    }
    return render(request, "istmo/workbench/editions.html", context)


@require_POST
@requires(Act.COMMENT)
def open_new(request: HttpRequest) -> HttpResponse:
    try:
        month = period(request.POST.get("month", ""))
        edition = workflow.open_edition(
            month,
            account=request.user,
            at=_now(),
            demonstration=settings.ISTMO_DEMONSTRATION,
            cut_off=_day(request.POST.get("cut_off", "")),
            preliminary=_is_preliminary(request.POST.get("kind", KINDS[0])),
        )
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("editions")
    return redirect("edition", month=edition.month, number=edition.number)


@require_safe
@requires(Act.READ_BRIEFS)
def edition(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    return _edition_page(request, _found(month, number))


def _edition_page(request: HttpRequest, found: BriefEdition, **more: object) -> HttpResponse:
    """The edition with its steps; `more` is a text that is typed and not saved, or one that stands against it."""
    state = found.brief_state
    owner = workflow.OWNERS[state]
    context = {
        "menu": "editions",
        "edition": found,
        "state": state,
        "steps": [(each, workflow.TITLES[each], _order(each) < _order(state)) for each in BriefState],
        "owner": owner,
        "my_turn": owner is not None and request.user.account_role is owner,
        "same_person": state is BriefState.ANALYSED and found.analysed_by_id == request.user.pk,
        "has_final": workflow.has_final(found.period),
        "writable": state is BriefState.DRAFT and may(request.user, Act.COMMENT),
        "vintages": found.vintages or inputs_at(found.period, cut_off=found.cut_off).vintages,
        "closed": bool(found.vintages),
        "trail": [
            (each, workflow.TITLES[BriefState(each.source)], workflow.TITLES[BriefState(each.target)])
            for each in found.transitions.select_related("account")
        ],
        "digests": sorted(found.digests.items()),
        "asked": replies.asked(found) if state is not BriefState.DRAFT else (),
        "waiting": replies.waiting_for(found, on=_now().date()),
        "withdrawal": withdrawals.withdrawal_of(found),
        "may_withdraw": may(request.user, Act.WITHDRAW),
        "others": BriefEdition.objects.filter(month=found.month).exclude(pk=found.pk).order_by("-number"),
        "typed": {"es": found.analysis_es, "en": found.analysis_en},
        **more,
    }
    return render(request, "istmo/workbench/edition.html", context)


@require_safe
@requires(Act.READ_BRIEFS)
def preview(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """The brief as it would be published now."""
    found = _found(month, number)
    try:
        drafted = compile_edition(found)
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("edition", month=month, number=number)
    context = {"menu": "editions", "edition": found, "brief": drafted, "body": body(drafted, current())}
    return render(request, "istmo/workbench/preview.html", context)


@require_POST
@requires(Act.COMMENT)
def save(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Keep the comment; with `try`, only show it as it will be printed; with `close`, also hand it to the approver.

    Where somebody else saved a text since this one was begun, both are shown and nothing is lost.
    """
    typed = {language: request.POST.get(language, "") for language in LANGUAGES}
    found = _found(month, number)
    if "try" in request.POST:
        return _edition_page(request, found, typed=typed, shown=shown_comment(typed), version=_version(request))
    try:
        written = workflow.write_analysis(found, **typed, account=request.user, version=_version(request))
        said = _("The comment was saved.")
        if "close" in request.POST:
            workflow.move(written, BriefState.ANALYSED, account=request.user, at=_now())
            said = _("The edition is analysed. Another person approves it.")
    except workflow.EditConflict as error:
        messages.error(request, error.in_(current()))
        return _edition_page(request, error.held, typed=typed, against=error.held, version=error.held.analysis_version)
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    else:
        messages.success(request, said)
    return redirect("edition", month=month, number=number)


@require_POST
@requires(Act.COMMENT)
def comment_preview(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """The comment as it will be printed, for the page that asks while it is typed; nothing is saved."""
    _found(month, number)
    typed = {language: request.POST.get(language, "") for language in LANGUAGES}
    return render(request, "istmo/workbench/comment.html", {"shown": shown_comment(typed)})


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment as printed: its paragraphs, how many words it has, and words that no brief holds."""

    language: str
    paragraphs: tuple[str, ...]
    words: int
    banned: tuple[str, ...]


def shown_comment(typed: Mapping[str, str]) -> tuple[ShownComment, ...]:
    return tuple(
        ShownComment(
            language,
            tuple(line.strip() for line in text.splitlines() if line.strip()),
            len(text.split()),
            banned_words(text),
        )
        for language, text in typed.items()
    )


@require_POST
@requires(Act.COMMENT)
def choose_kind(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Make a draft preliminary or final."""

    def step(found: BriefEdition) -> str:
        chosen = workflow.choose_kind(
            found, preliminary=_is_preliminary(request.POST.get("kind", "")), account=request.user
        )
        return _("The edition is preliminary now.") if chosen.preliminary else _("The edition is final now.")

    return _take(request, month, number, step)


@require_POST
@requires(Act.COMMENT)
def correct(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Keep what an edition after the first one corrects."""

    def step(found: BriefEdition) -> str:
        workflow.write_correction(
            found, es=request.POST.get("es", ""), en=request.POST.get("en", ""), account=request.user
        )
        return _("The correction notice was saved.")

    return _take(request, month, number, step)


@require_safe
@requires(Act.READ_BRIEFS)
def word(request: HttpRequest, month: Period, number: int, language: str) -> HttpResponse:
    """The edition as a Word document, for editing outside; a published one too."""
    found = _found(month, number)
    if language not in LANGUAGES:
        raise Http404
    try:
        content = docx(compile_edition(found), language)
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("edition", month=month, number=number)
    response = HttpResponse(content, content_type=DOCX)
    response["Content-Disposition"] = f'attachment; filename="istmo-{month}-{number}-{found.state}.{language}.docx"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@requires(Act.READ_BRIEFS)
def differences(request: HttpRequest, month: Period, number: int, other: int) -> HttpResponse:
    """Two editions of a month side by side: what `number` says otherwise than `other`."""
    found, before = _found(month, number), _found(month, other)
    try:
        difference = compare(_brief_of(before), _brief_of(found))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
        return redirect("edition", month=month, number=number)
    context = {"menu": "editions", "edition": found, "before": before, "difference": difference}
    context["both"] = ((_("Key messages"), difference.messages), (_("The Secretariat’s comment"), difference.comment))
    return render(request, "istmo/workbench/differences.html", context)


def _brief_of(found: BriefEdition) -> Brief:
    """What was published, where it was; else what would be."""
    if found.brief_state is BriefState.PUBLISHED:
        return published_brief(found.period, found.number)
    return compile_edition(found)


@require_POST
@requires(Act.WITHDRAW)
def withdraw(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Propose to withdraw a published edition, confirm the proposal of another person, or drop it."""

    def step(found: BriefEdition) -> str:
        proposal = withdrawals.withdrawal_of(found)
        if proposal is None:
            es, en = request.POST.get("es", ""), request.POST.get("en", "")
            withdrawals.propose(found, es=es, en=en, account=request.user, at=_now())
            return _("The withdrawal is proposed. Another person confirms or drops it.")
        if "confirm" in request.POST:
            withdrawals.confirm(proposal, account=request.user, at=_now())
            return _("The edition is withdrawn. Its address says when and why.")
        withdrawals.drop(proposal, account=request.user, at=_now())
        return _("The proposal is dropped. The edition stays published.")

    return _take(request, month, number, step)


@require_POST
@requires(Act.APPROVE)
def approve(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    def step(found: BriefEdition) -> str:
        workflow.move(found, BriefState.APPROVED, account=request.user, at=_now())
        return _("The edition is approved. It can be published now.")

    return _take(request, month, number, step)


@require_POST
@requires(Act.APPROVE)
def send_back(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    def step(found: BriefEdition) -> str:
        workflow.move(found, BriefState.DRAFT, account=request.user, at=_now(), note=request.POST.get("note", ""))
        return _("The edition is a draft again. The reason stands in its trail.")

    return _take(request, month, number, step)


@require_safe
@requires(Act.PUBLISH)
def confirm(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    """Name what will be published before it is."""
    found = _found(month, number)
    if found.brief_state is not BriefState.APPROVED:
        messages.error(request, _("Only an approved edition can be published."))
        return redirect("edition", month=month, number=number)
    context = {"menu": "editions", "edition": found, "files": _files_of(found)}
    return render(request, "istmo/workbench/publish.html", context)


@require_POST
@requires(Act.PUBLISH)
def publish(request: HttpRequest, month: Period, number: int) -> HttpResponse:
    def step(found: BriefEdition) -> str:
        workflow.move(found, BriefState.PUBLISHED, account=request.user, at=_now(), css=style_sheet())
        return _("The edition is published. Its address and its files no longer change.")

    return _take(request, month, number, step)


def offered_months() -> list[str]:
    """The latest months with figures, the newest first."""
    held = {str(text) for text in periods_held()["PERIOD"]}
    monthly = sorted((text for text in held if period(text).grain is Grain.MONTH), reverse=True)
    return monthly[:MONTHS_OFFERED]


def style_sheet() -> str:
    """The site's style sheet, for the pages of a brief that stand alone."""
    return (files("istmo.web") / "static" / "istmo" / "istmo.css").read_text(encoding="utf-8")


def _take(request: HttpRequest, month: Period, number: int, step: Callable[[BriefEdition], str]) -> HttpResponse:
    """Take the step and say what happened: its own sentence, or why the workflow refuses it."""
    try:
        messages.success(request, step(_found(month, number)))
    except IstmoError as error:
        messages.error(request, error.in_(current()))
    return redirect("edition", month=month, number=number)


def _found(month: Period, number: int) -> BriefEdition:
    return get_object_or_404(BriefEdition, month=str(month), number=number)


def _files_of(edition: BriefEdition) -> tuple[str, ...]:
    """The files that publishing the edition gives away."""
    apart = (ORGANISATIONS_FILE,) if reads_organisations(compile_edition(edition)) else ()
    return (*PUBLISHED_FILES, *apart)


def _version(request: HttpRequest) -> int | None:
    """The version of the comment that the writer began from."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _order(state: BriefState) -> int:
    return list(BriefState).index(state)


def _day(written: str) -> date | None:
    """The day typed into the form; empty: the workflow's own."""
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError as exc:
        raise InvalidInput(
            Text(es="La fecha de corte no se entiende.", en="The cut-off date is not understood."),
            advice=Text(
                es="Escríbala como 2023-09-18 o déjela vacía.", en="Write it as 2023-09-18, or leave it empty."
            ),
            rule="F50",
        ) from exc


def _is_preliminary(kind: str) -> bool:
    if kind not in KINDS:
        raise InvalidInput(
            Text(
                es="Elija si la edición es preliminar o definitiva.",
                en="Choose whether the edition is preliminary or final.",
            ),
            rule="F50",
        )
    return kind == KINDS[0]


def _now() -> datetime:
    return datetime.now(UTC)
