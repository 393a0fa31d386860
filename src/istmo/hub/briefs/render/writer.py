"""How are cells, tables and charts written in one language? Each figure once, so that page and PDF cannot differ.

Under every table stand its source, unit, coverage, comparability and how to cite it; a chart points to its table.
"""

from collections.abc import Iterable, Sequence

from istmo.hub.briefs.render import charts, words
from istmo.hub.briefs.render.naming import citation, coverage
from istmo.hub.briefs.render.views import (
    CellView,
    ChartView,
    ColumnView,
    GridCell,
    GridRow,
    Letter,
    NoteView,
    Origin,
    PanelView,
    Reference,
    RowView,
    TableView,
)
from istmo.model.text import Text
from istmo.statistics.brief.figures import APPROXIMATE, SIGNS, letters, shown
from istmo.statistics.brief.values import (
    Brief,
    Cell,
    CellKind,
    Chart,
    ChartKind,
    Column,
    Panel,
    Point,
    Row,
    Table,
)

CARD_COLUMNS = 6


class Writer:
    """Writes cells, tables and charts of one brief in one language."""

    def __init__(self, brief: Brief, language: str) -> None:
        self.brief = brief
        self.language = language
        self.legend = {sign: meaning.in_(language) for sign, meaning in brief.legend}
        self.cells = {cell.id: cell for table in brief.tables for row in table.rows for cell in row.cells}

    def cell(self, cell: Cell, *, label: str, table: str) -> CellView:
        text = shown(cell, self.language)
        sign = _is_sign(cell)
        return CellView(
            id=cell.id,
            text=text,
            label=label,
            numeric=cell.kind is not CellKind.TEXT,
            sign=sign,
            meaning=self._meaning(cell, text) if sign else "",
            letters=tuple(Letter(letter, self.legend.get(letter, "")) for letter in self._letters(cell)),
            notes=tuple(Reference(f"{table}.{caveat}", _marker(caveat)) for caveat in cell.caveats),
            held_by=self._held_by(cell),
        )

    def _meaning(self, cell: Cell, sign: str) -> str:
        """What a sign says; of a cell that another row holds, which row."""
        return cell.text.in_(self.language) if cell.text else self.legend.get(sign, "")

    def _held_by(self, cell: Cell) -> str:
        """The cell of the same column in the row that holds this one; empty where the table has no such row."""
        found = f"{cell.id.rpartition('.')[0]}.{cell.row}"
        return found if cell.row and found in self.cells else ""

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
        lines.append(Origin(words.COVERAGE.in_(language), f"{coverage(self.brief, language)}."))
        pairs = self._pairs(table)
        if pairs:
            lines.append(Origin(words.COMPARABILITY.in_(language), f"{'; '.join(pairs)}."))
        lines.append(Origin(words.HOW_TO_CITE.in_(language), citation(self.brief, language, figure=small(label))))
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
                grouped.setdefault((pair.level, small(pair.name.in_(self.language))), []).append(
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
        if monthly:
            gaps = {point.status for panel in chart.panels for point in panel.points if point.value is None}
            used = {SIGNS[status] for status in gaps & {"Q", "K"}}
        label = f"{words.CHART.in_(language)} {chart.id}"
        drawn_from = chart.table if chart.table in self._tables() else ""
        sources = () if drawn_from else chart.sources
        lines = _joined([Origin(words.SOURCE.in_(language), source.in_(language)) for source in sources])
        lines.extend(Origin(words.NOTES.in_(language), note.in_(language)) for note in chart.notes)
        if chart.kind is ChartKind.SHARE_PANELS:
            lines.append(Origin(words.NOTES.in_(language), words.BARS_FULL.in_(language)))
        lines = _joined(lines)
        lines.append(Origin(words.HOW_TO_CITE.in_(language), citation(self.brief, language, figure=small(label))))
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
        rounded = latest is not None and latest.cell in self.cells and APPROXIMATE in self.cells[latest.cell].flags
        said = [one.in_(language) for one in (status, words.APPROXIMATE if rounded else None) if one]
        label = latest.label.in_(language) if latest else ""
        return PanelView(
            number=number,
            reporter=panel.reporter,
            title=panel.title.in_(language),
            unit=panel.unit.in_(language),
            latest=text,
            latest_label=", ".join((label, *said)),
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
        text, sign = shown(cell, self.language), _is_sign(cell)
        return text, cell.value is None, self._meaning(cell, text) if sign else ""

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


def _is_sign(cell: Cell) -> bool:
    """Whether a sign stands in place of a value; a range (`0–9`) is no sign."""
    if cell.kind is CellKind.TEXT:
        return cell.text is None
    return cell.value is None and (cell.text is None or cell.status == "K")


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


def small(text: str) -> str:
    return text[:1].lower() + text[1:]
