"""What does a reader see, in which order, in one language? Everything as text, ready to be laid out by a page or a
PDF.

`page(brief, language, ...)` writes each figure once (`istmo.statistics.brief.figures`), so that HTML and PDF
cannot differ. Order: marks, facts, key messages with the analyst's reading, then the sections of the tables in
their order; within a section a chart stands before the table that holds its figures; then what is not
collected, and the method.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from istmo.hub.briefs.render import charts, words
from istmo.model.text import Text
from istmo.statistics.brief.figures import count, letters, shown
from istmo.statistics.brief.values import (
    Brief,
    BriefState,
    Cell,
    CellKind,
    Chart,
    ChartKind,
    Column,
    ComparabilityCell,
    Panel,
    Point,
    Row,
    Table,
)

HASH_SHOWN = 12
CARD_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that changes how everything below it must be read, with what it means."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A link within the brief: `target` is an element id."""

    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    detail: str
    cells: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    letter: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CellView:
    """`sign` is true where a sign stands instead of a value; then `meaning` says it in words."""

    id: str
    text: str
    label: str
    numeric: bool
    sign: bool
    meaning: str
    letters: tuple[Letter, ...]
    notes: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class ColumnView:
    head: str
    unit: str
    numeric: bool
    reporter: str


@dataclass(frozen=True, slots=True)
class RowView:
    """`band` is a group head above this row; `now` marks the month of the brief, `sum` a reporter's own total."""

    id: str
    head: str
    detail: str
    band: str
    band_reporter: str
    now: bool
    sum: bool
    reporter: str
    swatch: bool
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    id: str
    marker: str
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The lines that end every figure: source, unit, coverage, comparability, how to cite; a label and a text each."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class TableView:
    """`cards`: a table of words that narrow screens show as one card a row; `columns` of numbers scroll instead."""

    id: str
    label: str
    title: str
    subtitle: str
    row_head: str
    columns: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]
    notes: tuple[NoteView, ...]
    signs: tuple[Letter, ...]
    origin: tuple[Origin, ...]
    cards: bool
    kind: str = "table"

    @property
    def width(self) -> int:
        """The number of columns, row heads included."""
        return len(self.columns) + 1


@dataclass(frozen=True, slots=True)
class PanelView:
    """`number` is the place on the route; `latest` the last month's figure as its cell shows it."""

    number: int
    reporter: str
    title: str
    unit: str
    latest: str
    latest_label: str
    latest_cell: str
    empty: bool
    meaning: str
    svg: str
    alt: str
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a heat map (`step` 0..5, -1 without value) or of region bars (`part`: per cent of the full bar)."""

    cell: str
    text: str
    sign: bool
    meaning: str
    step: int
    part: str
    reporter: str

    @property
    def shade(self) -> str:
        """The shade's name in the style sheet: `k0` to `k5`, `kx` without value."""
        return "kx" if self.step < 0 else f"k{self.step}"


@dataclass(frozen=True, slots=True)
class GridRow:
    head: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class ChartView:
    id: str
    label: str
    title: str
    subtitle: str
    alt: str
    form: str
    panels: tuple[PanelView, ...]
    columns: tuple[ColumnView, ...]
    row_head: str
    rows: tuple[GridRow, ...]
    signs: tuple[Letter, ...]
    origin: tuple[Origin, ...]
    table: str
    kind: str = "chart"


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    items: tuple[TableView | ChartView, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatrixCell:
    level: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    reporter: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True)
class Page:
    language: str
    title: str
    kicker: str
    heading: str
    lead: str
    publisher: str
    marks: tuple[Mark, ...]
    facts: tuple[Fact, ...]
    messages: tuple[Message, ...]
    analysis: tuple[str, ...]
    signed: str
    sections: tuple[Section, ...]
    pending: tuple[Pending, ...]
    pending_title: str
    pending_items: tuple[TableView | ChartView, ...]
    methods: tuple[Origin, ...]
    matrix: tuple[MatrixRow, ...]
    levels: tuple[str, ...]
    revisions: tuple[tuple[str, ...], ...]
    vintages: tuple[tuple[str, ...], ...]
    legend: tuple[Letter, ...]
    citation: str
    address: str
    words: dict[str, str]


WORDS = {name.lower(): value for name, value in vars(words).items() if isinstance(value, Text) and "{" not in value.es}


def address(brief: Brief, language: str) -> str:
    """The permanent address of an edition below the site's root."""
    edition = brief.edition
    return f"/{language}/{'informes' if language == 'es' else 'briefs'}/{edition.month}/{edition.number}/"


def page(brief: Brief, language: str, *, size: charts.Size) -> Page:
    """The brief in one language; `size` is that of the drawn panels."""
    writer = _Writer(brief, language)
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
        analysis=_paragraphs(brief, language),
        signed=_signed(brief, language),
        sections=sections,
        pending=tuple(
            Pending(table.id, table.title.in_(language), table.missing.in_(language))
            for table in empty
            if table.missing
        ),
        pending_title=pending_title,
        pending_items=found.get(pending_title, ()) if empty else (),
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


def marks(brief: Brief, language: str) -> tuple[Mark, ...]:
    """DRAFT unless published; DEMONSTRATION where the installation is one."""
    found = []
    if brief.edition.demonstration:
        found.append(Mark(words.DEMONSTRATION.in_(language), words.DEMONSTRATION_MEANS.in_(language)))
    if brief.edition.state is not BriefState.PUBLISHED:
        found.append(Mark(words.DRAFT.in_(language), words.DRAFT_MEANS.in_(language)))
    return tuple(found)


def citation(brief: Brief, language: str, *, figure: str = "") -> str:
    """How a reader cites the brief, or one figure of it."""
    edition = brief.edition
    text = words.CITE.in_(language).format(
        publisher=words.PUBLISHER_SHORT.in_(language),
        year=(edition.published or edition.cut_off).year,
        month=words.month_name(edition.month, language),
        number=edition.number,
    )
    return f"{text.removesuffix('.')}, {figure}." if figure else text


def reasons(brief: Brief, language: str) -> list[str]:
    """Why each pair of reporters has its level, a line each."""
    return [f"{pair.first}–{pair.second}, {pair.level}: {pair.reason.in_(language)}" for pair in brief.comparability]


class _Writer:
    """Writes cells, tables and charts of one brief in one language."""

    def __init__(self, brief: Brief, language: str) -> None:
        self.brief = brief
        self.language = language
        self.legend = {sign: meaning.in_(language) for sign, meaning in brief.legend}
        self.cells = {cell.id: cell for table in brief.tables for row in table.rows for cell in row.cells}

    def cell(self, cell: Cell, *, label: str, table: str) -> CellView:
        text = shown(cell, self.language)
        sign = cell.value is None if cell.kind is not CellKind.TEXT else cell.text is None
        return CellView(
            id=cell.id,
            text=text,
            label=label,
            numeric=cell.kind is not CellKind.TEXT,
            sign=sign,
            meaning=self.legend.get(text, "") if sign else "",
            letters=tuple(Letter(letter, self.legend.get(letter, "")) for letter in self._letters(cell)),
            notes=tuple(Reference(f"{table}.{caveat}", _marker(caveat)) for caveat in cell.caveats),
        )

    def _letters(self, cell: Cell) -> str:
        """A word may be provisional too: `ago 2023` in the table of coverage."""
        if cell.kind is CellKind.TEXT and cell.text is not None:
            return {"P": "p", "B": "b", "E": "e"}.get(cell.status, "") + "".join(cell.flags)
        return letters(cell)

    def table(self, table: Table) -> TableView:
        language = self.language
        columns = tuple(
            ColumnView(
                column.head.in_(language),
                column.unit.in_(language) if column.unit else "",
                column.kind is not CellKind.TEXT,
                column.reporter,
            )
            for column in table.columns
        )
        rows = tuple(self._rows(table, columns))
        used = {cell.text for row in rows for cell in row.cells if cell.sign or cell.text == "0"}
        used |= {letter.letter for row in rows for cell in row.cells for letter in cell.letters}
        used |= {
            cell.text.rsplit(" ", 1)[-1] for row in rows for cell in row.cells if not cell.numeric and not cell.sign
        }
        label = f"{words.TABLE.in_(language)} {table.id}"
        return TableView(
            id=table.id,
            label=label,
            title=table.title.in_(language),
            subtitle=table.subtitle.in_(language),
            row_head=table.row_head.in_(language),
            columns=columns,
            rows=rows,
            notes=tuple(
                NoteView(f"{table.id}.{note.id}", _marker(note.id), note.text.in_(language)) for note in table.notes
            ),
            signs=self._signs(used),
            origin=self._origin(table, label),
            cards=all(column.kind is CellKind.TEXT for column in table.columns) and len(table.columns) <= CARD_COLUMNS,
        )

    def _rows(self, table: Table, columns: Sequence[ColumnView]) -> Iterable[RowView]:
        language, before = self.language, None
        for row in table.rows:
            band = row.group.in_(language) if row.group and row.group != before else ""
            before = row.group
            own = row.group is not None and _one_reporter(table.rows, row.group)
            yield RowView(
                id=row.id,
                head=row.head.in_(language),
                detail=row.detail.in_(language) if row.detail else "",
                band=band,
                band_reporter=row.reporter if band and own else "",
                now=row.id in (str(self.brief.edition.month), f"{table.id}.{self.brief.edition.month}"),
                sum=row.id.endswith("._T"),
                reporter=row.reporter,
                swatch=bool(row.reporter) and not own,
                cells=tuple(
                    self.cell(cell, label=column.head, table=table.id)
                    for cell, column in zip(row.cells, columns, strict=True)
                ),
            )

    def _signs(self, used: set[str]) -> tuple[Letter, ...]:
        return tuple(Letter(sign, meaning) for sign, meaning in self.legend.items() if sign in used)

    def _origin(self, table: Table, label: str) -> tuple[Origin, ...]:
        language = self.language
        lines = self._sources(table)
        units = list(dict.fromkeys(self._unit(column) for column in table.columns if column.unit))
        said = any(f"{words.UNIT.in_(language)}:" in line.text for line in lines)
        if units and not said and not self._same_sources(table):
            lines.append(Origin(words.UNIT.in_(language), f"{'; '.join(units)}."))
        lines.append(Origin(words.COVERAGE.in_(language), f"{_coverage(self.brief, language)}."))
        pairs = self._pairs(table)
        if pairs:
            lines.append(Origin(words.COMPARABILITY.in_(language), f"{'; '.join(pairs)}."))
        lines.append(Origin(words.HOW_TO_CITE.in_(language), citation(self.brief, language, figure=_small(label))))
        return tuple(lines)

    def _sources(self, table: Table) -> list[Origin]:
        """The table's sources; where an earlier table has just the same ones, a word that names it."""
        label, earlier = words.SOURCE.in_(self.language), self._same_sources(table)
        if earlier:
            return [Origin(label, words.SAME_SOURCE.in_(self.language).format(earlier))]
        return _joined([Origin(label, source.in_(self.language)) for source in table.sources])

    def _same_sources(self, table: Table) -> str:
        for other in self.brief.tables:
            if other.id == table.id:
                return ""
            if table.sources and other.sources == table.sources:
                return other.id
        return ""

    def _unit(self, column: Column) -> str:
        assert column.unit is not None
        unit = column.unit.in_(self.language)
        return f"{column.reporter}, {unit}" if column.reporter else unit

    def _pairs(self, table: Table) -> list[str]:
        """The pairs of reporters that stand in the table, highest level first, with the level in words."""
        standing = {column.reporter for column in table.columns} | {row.reporter for row in table.rows}
        grouped: dict[tuple[int, str], list[str]] = {}
        for pair in sorted(self.brief.comparability, key=lambda pair: -pair.level):
            if pair.first in standing and pair.second in standing:
                grouped.setdefault((pair.level, _small(pair.name.in_(self.language))), []).append(
                    f"{pair.first}–{pair.second}"
                )
        return [
            words.LEVEL_OF.in_(self.language).format(level, name, ", ".join(pairs))
            for (level, name), pairs in grouped.items()
        ]

    def chart(self, chart: Chart, size: charts.Size) -> ChartView:
        language = self.language
        monthly = chart.kind is ChartKind.MONTHLY_PANELS
        panels = (
            tuple(self._panel(chart, index, panel, size) for index, panel in enumerate(chart.panels, 1))
            if monthly
            else ()
        )
        rows = () if monthly else self._grid(chart)
        used = {cell.text for row in rows for cell in row.cells if cell.sign or cell.text == "0"}
        label = f"{words.CHART.in_(language)} {chart.id}"
        drawn_from = chart.table if chart.table in self._tables() else ""
        sources = () if drawn_from else chart.sources
        lines = _joined([Origin(words.SOURCE.in_(language), source.in_(language)) for source in sources])
        lines.extend(Origin(words.NOTES.in_(language), note.in_(language)) for note in chart.notes)
        if chart.kind is ChartKind.SHARE_PANELS:
            lines.append(Origin(words.NOTES.in_(language), words.BARS_FULL.in_(language)))
        lines = _joined(lines)
        lines.append(Origin(words.HOW_TO_CITE.in_(language), citation(self.brief, language, figure=_small(label))))
        return ChartView(
            id=chart.id,
            label=label,
            title=chart.title.in_(language),
            subtitle=chart.subtitle.in_(language),
            alt=chart.alt.in_(language),
            form=chart.kind.value,
            panels=panels,
            columns=tuple(
                ColumnView(panel.title.in_(language), panel.unit.in_(language), True, panel.reporter)
                for panel in chart.panels
            ),
            row_head=self.brief.table(drawn_from).row_head.in_(language) if drawn_from else "",
            rows=rows,
            signs=self._signs(used),
            origin=tuple(lines),
            table=drawn_from,
        )

    def _tables(self) -> frozenset[str]:
        return frozenset(table.id for table in self.brief.tables)

    def _panel(self, chart: Chart, number: int, panel: Panel, size: charts.Size) -> PanelView:
        language = self.language
        latest = panel.points[-1] if panel.points else None
        text, sign, meaning = self._point(latest) if latest else ("n/d", True, self.legend.get("n/d", ""))
        status = words.STATUS_WORDS.get(latest.status) if latest and not sign else None
        label = latest.label.in_(language) if latest else ""
        return PanelView(
            number=number,
            reporter=panel.reporter,
            title=panel.title.in_(language),
            unit=panel.unit.in_(language),
            latest=text,
            latest_label=f"{label}, {status.in_(language)}" if status else label,
            latest_cell=latest.cell if latest else "",
            empty=all(point.value is None for point in panel.points),
            meaning=meaning,
            svg=charts.panel_svg(chart.id, panel, language, size=size),
            alt=charts.panel_alt(panel, language),
            breaks=tuple(
                words.BREAK_AT.in_(language).format(_label_of(panel, at).in_(language), note.in_(language))
                for at, note in panel.breaks
            ),
        )

    def _point(self, point: Point) -> tuple[str, bool, str]:
        """The figure as its cell shows it, so that chart and table cannot differ."""
        cell = self.cells.get(point.cell)
        if cell is None:
            cell = Cell(
                point.cell, CellKind.COUNT, None if point.value is None else round(point.value), status=point.status
            )
        text = shown(cell, self.language)
        return text, cell.value is None, self.legend.get(text, "") if cell.value is None else ""

    def _grid(self, chart: Chart) -> tuple[GridRow, ...]:
        heads: dict[str, str] = {}
        for panel in chart.panels:
            for point in panel.points:
                heads.setdefault(point.x, point.label.in_(self.language))
        points = [{point.x: point for point in panel.points} for panel in chart.panels]
        largest = [max((point.value or 0.0 for point in panel.points), default=0.0) for panel in chart.panels]
        return tuple(
            GridRow(
                head,
                tuple(
                    self._grid_cell(panel.reporter, points[index].get(x), largest[index])
                    for index, panel in enumerate(chart.panels)
                ),
            )
            for x, head in heads.items()
        )

    def _grid_cell(self, reporter: str, point: Point | None, largest: float) -> GridCell:
        if point is None:
            return GridCell("", "n/c", True, self.legend.get("n/c", ""), -1, "0", reporter)
        text, sign, meaning = self._point(point)
        value = point.value or 0.0
        step = -1 if sign else charts.heat_step(value, largest)
        return GridCell(point.cell, text, sign, meaning, step, f"{min(value, 100.0):.2f}", reporter)


def _sections(brief: Brief, writer: _Writer, size: charts.Size) -> dict[str, tuple[TableView | ChartView, ...]]:
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
            _not_reported(brief, language),
        ),
        changes,
        Fact(
            words.NEXT_RELEASE.in_(language),
            words.day(edition.next_release, language) if edition.next_release else words.NOT_SET.in_(language),
            words.NEXT_RELEASE_WHAT.in_(language) if edition.next_release else "",
        ),
    )


def _coverage(brief: Brief, language: str) -> str:
    """`4 de 11 miembros; sin informe de la medida del corredor: CRI, NIC ...`"""
    counted = words.COVERAGE_COUNT.in_(language).format(len(brief.reported), brief.members)
    return f"{counted}; {_not_reported(brief, language)}"


def _not_reported(brief: Brief, language: str) -> str:
    missing = (*brief.silent, *brief.other_measure)
    if not missing:
        return words.COVERAGE_ALL.in_(language)
    return words.COVERAGE_SHORT.in_(language).format(", ".join(missing))


def _paragraphs(brief: Brief, language: str) -> tuple[str, ...]:
    if not brief.edition.analysis:
        return ()
    return tuple(part.strip() for part in brief.edition.analysis.in_(language).split("\n") if part.strip())


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
            "n/d" if change.after is None else count(change.after),
            f"{change.vintage_before} → {change.vintage_after}",
        )
        for change in brief.revisions
    )


def _joined(lines: Sequence[Origin]) -> list[Origin]:
    """Lines under the same label become one paragraph, where the first of them stood."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.label, []).append(line.text)
    return [Origin(label, " ".join(texts)) for label, texts in found.items()]


def _one_reporter(rows: Sequence[Row], group: Text | None) -> bool:
    return len({row.reporter for row in rows if row.group == group}) == 1


def _label_of(panel: Panel, x: str) -> Text:
    return next((point.label for point in panel.points if point.x == x), Text(x, x))


def _marker(note: str) -> str:
    return note.removeprefix("n")


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
