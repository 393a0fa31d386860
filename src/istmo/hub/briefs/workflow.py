"""Who moves a brief on, and when may it move? DRAFT -> ANALYSED -> APPROVED -> PUBLISHED, by two different people.

The analyst writes the analysis in both languages and closes the data: from then on the edition is made from the
vintages that were in force at its cut-off. The approver, another person, approves it or sends it back, and
publishes it; the files are made once, stored, and their digests kept. A published edition never moves again: a
correction is a new edition. An edition is preliminary, unless the analyst opens it as final: the last word on its
month, after which only another final edition, a correction, may come out.

    edition = open_edition(month(2023, 8), account=analyst, at=now, demonstration=False)
    write_analysis(edition, Text(es=..., en=...), account=analyst)
    edition = move(edition, BriefState.ANALYSED, account=analyst, at=now)
    edition = move(edition, BriefState.APPROVED, account=approver, at=now)
    edition = move(edition, BriefState.PUBLISHED, account=approver, at=now, css=css)
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from istmo.hub.briefs import compilation
from istmo.hub.briefs.models import CUT_OFF_DAY, RELEASE_DAY, BriefEdition, PublishedFile, Transition
from istmo.hub.briefs.protection import check_protected
from istmo.hub.briefs.render.outputs import digests, media_type, render_all
from istmo.hub.briefs.replies import REPLY_DAYS, asked, waiting_for
from istmo.hub.refusal import refused, typed
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import EventKind, record
from istmo.model.errors import InvalidInput
from istmo.model.periods import Period
from istmo.model.text import Text
from istmo.statistics.brief.values import BriefState

MOVES = {
    BriefState.DRAFT: frozenset({BriefState.ANALYSED}),
    BriefState.ANALYSED: frozenset({BriefState.APPROVED, BriefState.DRAFT}),
    BriefState.APPROVED: frozenset({BriefState.PUBLISHED, BriefState.DRAFT}),
    BriefState.PUBLISHED: frozenset[BriefState](),
}

# Whose turn it is in each state: who moves the edition on from there.
OWNERS = {
    BriefState.DRAFT: AccountRole.ANALYST,
    BriefState.ANALYSED: AccountRole.APPROVER,
    BriefState.APPROVED: AccountRole.APPROVER,
    BriefState.PUBLISHED: None,
}

TITLES = {
    BriefState.DRAFT: Text("Borrador", "Draft"),
    BriefState.ANALYSED: Text("Analizado", "Analysed"),
    BriefState.APPROVED: Text("Aprobado", "Approved"),
    BriefState.PUBLISHED: Text("Publicado", "Published"),
}

EVENTS = {
    BriefState.DRAFT: EventKind.BRIEF_RETURNED,
    BriefState.ANALYSED: EventKind.BRIEF_ANALYSED,
    BriefState.APPROVED: EventKind.BRIEF_APPROVED,
    BriefState.PUBLISHED: EventKind.BRIEF_PUBLISHED,
}


class EditConflict(InvalidInput):
    """Somebody else saved the analysis since the writer began; `held` is the edition with what was saved."""

    def __init__(self, held: BriefEdition) -> None:
        super().__init__(
            Text(
                "Otra persona guardó el comentario mientras usted escribía: el suyo aún no se guardó.",
                "Somebody else saved the comment while you were writing: yours is not saved yet.",
            ),
            advice=Text(
                "Compare los dos textos, deje el que vale y guarde de nuevo.",
                "Compare both texts, keep the one that holds and save again.",
            ),
            rule="F51",
        )
        self.held = held


def default_cut_off(month: Period) -> date:
    """Figures received after the 18th of the next month are not in a month's brief."""
    return month.plus(1).first_day.replace(day=CUT_OFF_DAY)


def default_next_release(month: Period) -> date:
    """The next brief comes out on the 20th, a month after this one."""
    return month.plus(2).first_day.replace(day=RELEASE_DAY)


def open_edition(
    month: Period,
    *,
    account: Any,
    at: datetime,
    demonstration: bool,
    cut_off: date | None = None,
    preliminary: bool = True,
) -> BriefEdition:
    """A new edition in DRAFT: the first of its month, or the next one after a published one."""
    _require_role(account, AccountRole.ANALYST, BriefState.DRAFT)
    with transaction.atomic():
        latest = BriefEdition.objects.select_for_update().filter(month=str(month)).order_by("-number").first()
        if latest and latest.brief_state is not BriefState.PUBLISHED:
            raise InvalidInput(
                Text(
                    f"La edición {latest.number} de {month} aún no se ha publicado.",
                    f"Edition {latest.number} of {month} is not published yet.",
                ),
                advice=Text("Continúe con esa edición.", "Go on with that edition."),
                rule="F51",
            )
        _check_kind(month, preliminary=preliminary)
        edition = BriefEdition.objects.create(
            month=str(month),
            number=latest.number + 1 if latest else 1,
            preliminary=preliminary,
            demonstration=demonstration,
            cut_off=cut_off or max(default_cut_off(month), at.date()),
            next_release=default_next_release(month),
            created_by=account,
            created_at=at,
        )
        _record(EventKind.BRIEF_COMPILED, edition, account=account, at=at)
    return edition


def choose_kind(edition: BriefEdition, *, preliminary: bool, account: Any) -> BriefEdition:
    """Make a draft preliminary or final; from ANALYSED on it stays what it is."""
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        if held.brief_state is not BriefState.DRAFT:
            raise refused(
                Text(
                    "Si la edición es preliminar o definitiva se decide en borrador.",
                    "Whether the edition is preliminary or final is decided while it is a draft.",
                ),
                Text("Devuelva primero la edición.", "Send the edition back first."),
            )
        _require_role(account, AccountRole.ANALYST, BriefState.DRAFT)
        _check_kind(held.period, preliminary=preliminary)
        held.preliminary = preliminary
        held.save(update_fields=["preliminary"])
    return held


def has_final(month: Period) -> bool:
    """Whether a final edition of the month has been published."""
    return BriefEdition.objects.filter(month=str(month), state=BriefState.PUBLISHED.value, preliminary=False).exists()


def _check_kind(month: Period, *, preliminary: bool) -> None:
    if preliminary and has_final(month):
        raise refused(
            Text(
                f"De {month} ya se publicó una edición definitiva: no puede seguirla una preliminar.",
                f"A final edition of {month} has been published: no preliminary one can follow it.",
            ),
            Text("Si hay que corregirla, abra otra definitiva.", "To correct it, open another final one."),
        )


def write_analysis(
    edition: BriefEdition, *, es: str, en: str, account: Any, version: int | None = None
) -> BriefEdition:
    """Keep the analyst's text; either language may still be empty while the edition is a draft.

    `version` is the `analysis_version` that the writer began from: where somebody has saved another text since, raises
    `EditConflict` and keeps what was saved. None begins from whatever is held.
    """
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        if held.brief_state is not BriefState.DRAFT:
            raise refused(
                Text("El análisis se escribe en borrador.", "The analysis is written while the edition is a draft."),
                Text("Devuelva primero la edición.", "Send the edition back first."),
            )
        _require_role(account, AccountRole.ANALYST, BriefState.DRAFT)
        es, en = typed(es), typed(en)
        if (es, en) == (held.analysis_es, held.analysis_en):
            return held
        if version is not None and version != held.analysis_version:
            raise EditConflict(held)
        held.analysis_es, held.analysis_en = es, en
        held.analysis_version += 1
        held.save(update_fields=["analysis_es", "analysis_en", "analysis_version"])
    return held


def write_correction(edition: BriefEdition, *, es: str, en: str, account: Any) -> BriefEdition:
    """Keep what an edition after the first one corrects, and why; it is printed at its head."""
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        if held.brief_state is not BriefState.DRAFT or held.number == 1:
            raise refused(
                Text(
                    "La nota de corrección se escribe en el borrador de una edición que sigue a otra.",
                    "The correction notice is written in the draft of an edition that follows another one.",
                ),
                Text("Abra una edición nueva del mes.", "Open a new edition of the month."),
            )
        _require_role(account, AccountRole.ANALYST, BriefState.DRAFT)
        held.correction_es, held.correction_en = typed(es), typed(en)
        held.save(update_fields=["correction_es", "correction_en"])
    return held


def move(
    edition: BriefEdition, to: BriefState, *, account: Any, at: datetime, note: str = "", css: str | None = None
) -> BriefEdition:
    """Move the edition on, or back to DRAFT with a note that says why. Publishing needs the site's style sheet.

    The edition is read anew and locked, so two people who press at once do not both succeed. Raises `InvalidInput` for
    a move that is not allowed, a wrong role, a missing analysis, or the same person on both sides.
    """
    if to is BriefState.APPROVED and edition.brief_state is BriefState.ANALYSED:
        _require_role(account, OWNERS[BriefState.ANALYSED], BriefState.ANALYSED)
        check_protected(edition, at=at)
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        source = held.brief_state
        if to not in MOVES[source]:
            raise refused(
                Text(
                    f"De «{TITLES[source].es}» no se pasa a «{TITLES[to].es}».",
                    f"“{TITLES[source].en}” does not move to “{TITLES[to].en}”.",
                ),
                Text("Siga el orden de los pasos.", "Follow the order of the steps."),
            )
        _require_role(account, OWNERS[source], source)
        match to:
            case BriefState.ANALYSED:
                _close(held, account=account, at=at)
            case BriefState.APPROVED:
                _approve(held, account=account, at=at)
            case BriefState.PUBLISHED:
                _publish(held, account=account, at=at, css=css)
            case BriefState.DRAFT:
                _send_back(held, note=note)
        held.state = to.value
        held.save()
        Transition.objects.create(
            edition=held, source=source.value, target=to.value, account=account, at=at, note=note.strip()
        )
        _record(EVENTS[to], held, account=account, at=at)
    return held


def diagram() -> str:
    """The states as a Mermaid diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {BriefState.DRAFT.value}"]
    for source, targets in MOVES.items():
        owner = OWNERS[source]
        lines.extend(
            f"    {source.value} --> {target.value}: {owner.value if owner else ''}"
            for target in BriefState
            if target in targets
        )
    lines.extend(f"    {state.value} --> [*]" for state, targets in MOVES.items() if not targets)
    return "\n".join(lines)


def _close(edition: BriefEdition, *, account: Any, at: datetime) -> None:
    """The analysis is there in both languages; the edition is from now on made from these vintages."""
    if edition.analysis is None:
        raise refused(
            Text("Falta el análisis en español o en inglés.", "The analysis is missing in Spanish or in English."),
            Text("Escriba los dos textos y guarde.", "Write both texts and save."),
        )
    if edition.number > 1 and edition.correction is None:
        raise refused(
            Text(
                "Falta decir en español y en inglés qué cambia respecto de la edición anterior.",
                "It is not yet said in Spanish and in English what changes against the earlier edition.",
            ),
            Text("Escriba la nota de corrección.", "Write the correction notice."),
        )
    inputs = compilation.inputs_at(edition.period, cut_off=edition.cut_off)
    if not inputs.vintages:
        raise compilation.no_observations(edition.period)
    edition.vintages, edition.deliveries = list(inputs.vintages), dict(inputs.deliveries)
    edition.analysed_by, edition.analysed_name, edition.analysed_at = account, account.get_full_name(), at
    edition.round += 1
    edition.replies_until = at.date() + timedelta(days=REPLY_DAYS) if asked(edition) else None


def _approve(edition: BriefEdition, *, account: Any, at: datetime) -> None:
    waiting = waiting_for(edition, on=at.date())
    if waiting:
        raise refused(
            Text(
                f"Aún pueden responder hasta el {edition.replies_until}: {', '.join(m.name.es for m in waiting)}.",
                f"These may still reply until {edition.replies_until}: {', '.join(m.name.en for m in waiting)}.",
            ),
            Text(
                "Espere sus respuestas o el fin del plazo.",
                "Wait for their answers or for the end of the time to reply.",
            ),
        )
    if account.pk == edition.analysed_by_id:
        raise refused(
            Text("Aprueba una persona distinta de la que analizó.", "Another person than the analyst approves."),
            Text("Pida la aprobación a otra cuenta.", "Ask another account for approval."),
        )
    edition.approved_by, edition.approved_name, edition.approved_at = account, account.get_full_name(), at


def _publish(edition: BriefEdition, *, account: Any, at: datetime, css: str | None) -> None:
    if css is None:
        raise ValueError("publishing needs the site's style sheet")
    edition.published_by, edition.published_at, edition.state = account, at, BriefState.PUBLISHED.value
    made = compilation.compiled(edition)
    files = render_all(made.brief, css=css, observations=made.observations)
    edition.digests = digests(files)
    PublishedFile.objects.bulk_create(
        PublishedFile(
            edition=edition, name=name, media_type=media_type(name), sha256=edition.digests[name], content=content
        )
        for name, content in files.items()
    )


def _send_back(edition: BriefEdition, *, note: str) -> None:
    if not note.strip():
        raise refused(
            Text("Para devolver un informe hay que decir por qué.", "To send a brief back, say why."),
            Text("Escriba una nota.", "Write a note."),
        )
    edition.vintages, edition.deliveries, edition.replies_until = [], {}, None
    edition.analysed_by = edition.approved_by = edition.analysed_at = edition.approved_at = None
    edition.analysed_name = edition.approved_name = ""


def _require_role(account: Any, role: AccountRole | None, state: BriefState) -> None:
    if role is None or account.account_role is not role:
        needed = role.title if role else Text("nadie", "nobody")
        raise refused(
            Text(
                f"En «{TITLES[state].es}» actúa quien tiene el papel «{needed.es}».",
                f"In “{TITLES[state].en}” the role “{needed.en}” acts.",
            ),
            Text("Entre con la cuenta que corresponde.", "Sign in with the account concerned."),
        )


def _record(kind: EventKind, edition: BriefEdition, *, account: Any, at: datetime) -> None:
    record(
        kind,
        at=at,
        account=account,
        object_type="brief",
        object_id=str(edition),
        counts={"vintages": len(edition.vintages), "files": len(edition.digests)},
    )
