"""What does a reader see, in which order, in one language? Everything as text, ready to be laid out.

`page(brief, language, ...)` writes each figure once (`istmo.statistics.brief.figures`), so that HTML and PDF
cannot differ. Order: marks, facts, key messages with the analyst's reading, then the sections of the tables in
their order; within a section a chart stands before the table that holds its figures; then what is not
collected, and the method.
"""

from collections.abc import Sequence

from istmo.hub.briefs.render import charts, words
from istmo.hub.briefs.render.naming import address, citation, marks, not_reported
from istmo.hub.briefs.render.views import (
    ChartView,
    Fact,
    Letter,
    MatrixCell,
    MatrixRow,
    MemberNoteView,
    Message,
    Origin,
    Page,
    Pending,
    Policies,
    PolicyView,
    Reference,
    Section,
    TableView,
)
from istmo.hub.briefs.render.writer import Writer
from istmo.model.text import Text
from istmo.statistics.brief.figures import SIGNS, count
from istmo.statistics.brief.values import Brief, BriefState, ComparabilityCell, PolicyNote

HASH_SHOWN = 12

WORDS = {name.lower(): value for name, value in vars(words).items() if isinstance(value, Text) and "{" not in value.es}


def page(brief: Brief, language: str, *, size: charts.Size) -> Page:
    """The brief in one language; `size` is that of the drawn panels."""
    writer = Writer(brief, language)
    empty = [table for table in brief.tables if table.missing]
    pending_title = (empty[0].section if empty else words.NOT_COLLECTED).in_(language)
    found = _sections(brief, writer, size)
    sections = tuple(
        Section(f"s-{index}", title, items)
        for index, (title, items) in enumerate(found.items(), start=1)
        if not empty or title != pending_title
    )
    return Page(
        language=language,
        title=brief.title.in_(language),
        kicker=words.KICKER.in_(language),
        heading=_capital(words.month_name(brief.edition.month, language)),
        lead=brief.lead.in_(language),
        publisher=words.PUBLISHER.in_(language),
        marks=marks(brief, language),
        facts=_facts(brief, language),
        messages=tuple(
            Message(
                sentence.text.in_(language),
                sentence.detail.in_(language) if sentence.detail else "",
                tuple(Reference(cell, cell) for cell in sentence.cells),
            )
            for sentence in brief.sentences
        ),
        analysis=_paragraphs(brief.edition.analysis, language),
        signed=_signed(brief, language),
        correction=_paragraphs(brief.edition.correction, language),
        notes=tuple(
            MemberNoteView(
                note.member,
                note.name.in_(language),
                _paragraphs(note.text, language),
                words.SIGNED_ON.in_(language).format(note.signed, words.day(note.on, language)),
            )
            for note in brief.edition.notes
        ),
        sections=sections,
        pending=tuple(
            Pending(table.id, table.title.in_(language), table.missing.in_(language))
            for table in empty
            if table.missing
        ),
        pending_title=pending_title,
        pending_items=found.get(pending_title, ()) if empty else (),
        policies=policies(brief, language),
        methods=tuple(Origin(head.in_(language), text.in_(language)) for head, text in brief.methods),
        matrix=_matrix(brief.comparability, language),
        levels=tuple(level.in_(language) for level in words.LEVELS),
        revisions=_revisions(brief, language),
        vintages=tuple(
            (
                used.dataset,
                used.vintage,
                used.source_hash[:HASH_SHOWN],
                used.profile,
                words.day(used.received, language),
            )
            for used in brief.vintages
        ),
        legend=tuple(Letter(sign, meaning.in_(language)) for sign, meaning in brief.legend),
        citation=citation(brief, language),
        address=address(brief, language),
        words={name: text.in_(language) for name, text in WORDS.items()},
    )


def reasons(brief: Brief, language: str) -> list[str]:
    """Why each pair of reporters has its level, a line each."""
    return [f"{pair.first}–{pair.second}, {pair.level}: {pair.reason.in_(language)}" for pair in brief.comparability]


def policies(brief: Brief, language: str) -> Policies | None:
    """The policy changes of the month and those before it; None in an edition that was made without the calendar."""
    if brief.policies is None:
        return None
    month = (brief.edition.month.year, brief.edition.month.number)
    now, before = [], []
    for note in brief.policies:
        (now if (note.day.year, note.day.month) == month else before).append(_policy(note, language))
    return Policies(now=tuple(now), before=tuple(before))


def _policy(note: PolicyNote, language: str) -> PolicyView:
    about = [
        words.POLICY_ABOUT.in_(language).format(note.about.in_(language)),
        words.POLICY_BESIDE.in_(language).format(", ".join(note.reporters)),
    ]
    source = [words.POLICY_SOURCE.in_(language).format(note.source, words.day(note.published, language))]
    if not note.checked:
        source.append(words.POLICY_UNCHECKED.in_(language))
    return PolicyView(
        id=f"policy-{note.id}",
        day=words.day(note.day, language),
        kind=note.kind.in_(language),
        what=note.what.in_(language),
        about=" ".join(about),
        source=" ".join(source),
        url=note.url,
    )


def _sections(brief: Brief, writer: Writer, size: charts.Size) -> dict[str, tuple[TableView | ChartView, ...]]:
    """Sections in the order of the tables; a chart before the table it draws."""
    found: dict[str, list[TableView | ChartView]] = {}
    drawn: set[str] = set()
    for table in brief.tables:
        if table.missing:
            continue
        items = found.setdefault(table.section.in_(writer.language), [])
        for chart in brief.charts:
            if chart.table == table.id:
                items.append(writer.chart(chart, size))
                drawn.add(chart.id)
        items.append(writer.table(table))
    for chart in brief.charts:
        if chart.id not in drawn:
            found.setdefault(chart.section.in_(writer.language), []).append(writer.chart(chart, size))
    return {title: tuple(items) for title, items in found.items()}


def _facts(brief: Brief, language: str) -> tuple[Fact, ...]:
    edition = brief.edition
    state = (words.PRELIMINARY if edition.preliminary else words.FINAL).in_(language)
    published = (
        words.PUBLISHED_ON.in_(language).format(words.day(edition.published, language))
        if edition.published and edition.state is BriefState.PUBLISHED
        else words.NOT_PUBLISHED.in_(language)
    )
    vintages = words.VINTAGE_RECEIVED if len(brief.vintages) == 1 else words.VINTAGES_RECEIVED
    revised = words.REVISED_ONE if len(brief.revisions) == 1 else words.REVISED_COUNT
    changes = (
        Fact(
            words.CHANGES.in_(language),
            revised.in_(language).format(len(brief.revisions)),
            words.SEE_REVISIONS.in_(language),
        )
        if brief.revisions
        else Fact(
            words.CHANGES.in_(language),
            words.NONE.in_(language),
            words.FIRST_EDITION.in_(language) if edition.number == 1 else "",
        )
    )
    return (
        Fact(words.EDITION.in_(language), f"{edition.number}, {state}", published),
        Fact(
            words.CUT_OFF.in_(language),
            words.day(edition.cut_off, language),
            vintages.in_(language).format(len(brief.vintages)),
        ),
        Fact(
            words.COVERAGE.in_(language),
            words.COVERAGE_COUNT.in_(language).format(len(brief.reported), brief.members),
            not_reported(brief, language),
        ),
        changes,
        Fact(
            words.NEXT_RELEASE.in_(language),
            words.day(edition.next_release, language) if edition.next_release else words.NOT_SET.in_(language),
            words.NEXT_RELEASE_WHAT.in_(language) if edition.next_release else "",
        ),
    )


def _paragraphs(text: Text | None, language: str) -> tuple[str, ...]:
    if text is None:
        return ()
    return tuple(part.strip() for part in text.in_(language).split("\n") if part.strip())


def _signed(brief: Brief, language: str) -> str:
    edition = brief.edition
    parts = []
    if edition.analysed_by:
        parts.append(words.ANALYSED_BY.in_(language).format(edition.analysed_by))
    if edition.approved_by:
        parts.append(words.APPROVED_BY.in_(language).format(edition.approved_by))
    return " ".join(parts)


def _matrix(pairs: Sequence[ComparabilityCell], language: str) -> tuple[MatrixRow, ...]:
    """Every reporter against every other; the diagonal is a series against itself."""
    names = list(dict.fromkeys(name for pair in pairs for name in (pair.first, pair.second)))
    levels = {(pair.first, pair.second): pair for pair in pairs} | {(pair.second, pair.first): pair for pair in pairs}
    rows = []
    for first in names:
        cells = []
        for second in names:
            pair = levels.get((first, second))
            if pair is None:
                cells.append(MatrixCell("", words.SELF.in_(language) if first == second else "", ""))
            else:
                cells.append(MatrixCell(str(pair.level), pair.name.in_(language), pair.reason.in_(language)))
        rows.append(MatrixRow(first, tuple(cells)))
    return tuple(rows)


def _revisions(brief: Brief, language: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            change.dataset,
            change.period,
            change.cell.in_(language),
            "n/d" if change.before is None else count(change.before),
            SIGNS.get(change.status_after, "n/d") if change.after is None else count(change.after),
            f"{change.vintage_before} → {change.vintage_after}",
        )
        for change in brief.revisions
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
