"""The right of reply: a member sees its own part of an analysed edition before anybody else does, and may add a note.

The note is printed as the member wrote it, in both languages, beside the Secretariat's reading. The edition is not
approved while a member that was asked may still answer: the window closes after `REPLY_DAYS`, or when all have
answered. Who is asked: the members whose figures the edition uses and that have an account of a national statistician.

    part_of(brief, "HND")                     the brief with nothing in it but what Honduras registered
    reply(edition, es=..., en=..., account=statistician, at=now)
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from istmo.hub.briefs.models import BriefEdition, MemberReply
from istmo.hub.refusal import refused, typed
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations.models import Vintage
from istmo.model.text import Text
from istmo.statistics.brief.values import Brief, BriefState, MemberNote, Table
from istmo.statistics.wording import short_name

REPLY_DAYS = 2
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A member that was asked in this round, and its latest answer, if any."""

    member: str
    name: Text
    reply: MemberReply | None


def asked(edition: BriefEdition) -> tuple[Asked, ...]:
    """The members that are asked about the edition, in the order of their codes."""
    used = set(Vintage.objects.filter(name__in=edition.vintages).values_list("reporter", flat=True))
    able = set(
        User.objects.filter(role=AccountRole.STATISTICIAN.value, is_active=True, member__in=used).values_list(
            "member", flat=True
        )
    )
    answers = _answers(edition)
    return tuple(Asked(code, short_name("reporter", code), answers.get(code)) for code in sorted(able | set(answers)))


def waiting_for(edition: BriefEdition, *, on: date) -> tuple[Asked, ...]:
    """Those that may still answer on this day."""
    if edition.brief_state is not BriefState.ANALYSED or edition.replies_until is None or on > edition.replies_until:
        return ()
    return tuple(member for member in asked(edition) if member.reply is None)


def reply(edition: BriefEdition, *, es: str, en: str, account: Any, at: datetime) -> MemberReply:
    """Keep the note of the account's member; both texts empty say that it has nothing to add."""
    es, en = typed(es), typed(en)
    with transaction.atomic():
        held = BriefEdition.objects.select_for_update().get(pk=edition.pk)
        if account.account_role is not AccountRole.STATISTICIAN or not account.member:
            raise refused(
                Text("Responde la cuenta de estadística de un miembro.", "A member's statistician replies."),
                Text("Entre con la cuenta que corresponde.", "Sign in with the account concerned."),
            )
        if account.member not in {member.member for member in asked(held)}:
            raise refused(
                Text("Esta edición no usa cifras de su Estado.", "This edition uses no figures of your State."),
                Text("Vea sus envíos en la mesa de trabajo.", "See your files in the workbench."),
            )
        if held.brief_state is not BriefState.ANALYSED:
            raise refused(
                Text(
                    "El plazo para responder terminó o aún no empieza.", "The time to reply is over or has not begun."
                ),
                Text(
                    "Escriba a la Secretaría Técnica; una edición siguiente puede llevar su nota.",
                    "Write to the Technical Secretariat; a later edition can carry your note.",
                ),
            )
        if bool(es) != bool(en):
            raise refused(
                Text("La nota falta en uno de los dos idiomas.", "The note is missing in one of the two languages."),
                Text("Escríbala en español y en inglés.", "Write it in Spanish and in English."),
            )
        if max(len(es), len(en)) > LONGEST:
            raise refused(
                Text(f"La nota pasa de {LONGEST} signos.", f"The note is longer than {LONGEST} characters."),
                Text("Acórtela.", "Shorten it."),
            )
        made = MemberReply.objects.create(
            edition=held,
            round=held.round,
            member=account.member,
            es=es,
            en=en,
            account=account,
            signed=account.get_full_name(),
            at=at,
        )
        record(
            EventKind.BRIEF_REPLIED,
            at=at,
            account=account,
            object_type="brief",
            object_id=str(held),
            counts={"round": held.round, "characters": len(es) + len(en)},
        )
    return made


def notes(edition: BriefEdition) -> tuple[MemberNote, ...]:
    """The notes that the edition prints: the latest of each member of this round that has something to add."""
    found = []
    for member, answer in sorted(_answers(edition).items()):
        if answer.text is not None:
            found.append(
                MemberNote(member, short_name("reporter", member), answer.text, answer.signed, answer.at.date())
            )
    return tuple(found)


def part_of(brief: Brief, member: str) -> Brief:
    """What the brief shows of one member: its own rows, columns, panels, pairs, loads and the messages about them.

    Titles are sentences about all reporters, so each table and chart takes the name of its section instead.
    """
    tables = tuple(part for table in brief.tables if (part := _part(table, member)) is not None)
    held = {cell.id for table in tables for row in table.rows for cell in row.cells}
    charts = tuple(
        replace(
            chart,
            title=chart.section,
            alt=chart.section,
            panels=tuple(panel for panel in chart.panels if panel.reporter == member),
        )
        for chart in brief.charts
        if any(panel.reporter == member for panel in chart.panels)
    )
    return replace(
        brief,
        edition=replace(
            brief.edition, analysis=None, notes=tuple(n for n in brief.edition.notes if n.member == member)
        ),
        sentences=tuple(sentence for sentence in brief.sentences if sentence.cells and set(sentence.cells) <= held),
        tables=tables,
        charts=charts,
        comparability=tuple(pair for pair in brief.comparability if member in (pair.first, pair.second)),
        methods=(),
        revisions=tuple(change for change in brief.revisions if change.dataset.startswith(f"{member}.")),
        vintages=tuple(used for used in brief.vintages if used.dataset.startswith(f"{member}.")),
        findings=(),
    )


def _part(table: Table, member: str) -> Table | None:
    if table.missing or not table.rows:
        return None
    by_column = any(column.reporter for column in table.columns)
    kept = [not by_column or column.reporter == member for column in table.columns]
    rows = tuple(
        replace(row, cells=tuple(cell for cell, keep in zip(row.cells, kept, strict=True) if keep))
        for row in table.rows
        if (by_column and not row.reporter) or row.reporter == member
    )
    if not any(kept) or not any(row.cells for row in rows):
        return None
    columns = tuple(column for column, keep in zip(table.columns, kept, strict=True) if keep)
    used = {caveat for row in rows for cell in row.cells for caveat in cell.caveats}
    kept_notes = tuple(note for note in table.notes if note.id in used)
    return replace(table, title=table.section, columns=columns, rows=rows, notes=kept_notes)


def _answers(edition: BriefEdition) -> dict[str, MemberReply]:
    """The latest answer of each member in this round."""
    return {answer.member: answer for answer in MemberReply.objects.filter(edition=edition, round=edition.round)}
