"""What is laid out, as text in one language: the values that page and PDF share. They hold no number and no rule."""

from dataclasses import dataclass


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
    """`sign` is true where a sign stands instead of a value; then `meaning` says it in words, and `held_by` is the cell
    that holds this one, where another row does.
    """

    id: str
    text: str
    label: str
    numeric: bool
    sign: bool
    meaning: str
    letters: tuple[Letter, ...]
    notes: tuple[Reference, ...]
    held_by: str = ""


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
class PolicyView:
    """A policy change; `about` says of whom and beside which series, `source` where it is written and when."""

    id: str
    day: str
    kind: str
    what: str
    about: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Policies:
    """Those of the month of the brief, and those of the months before it that the charts mark."""

    now: tuple[PolicyView, ...]
    before: tuple[PolicyView, ...]


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
class MemberNoteView:
    member: str
    name: str
    paragraphs: tuple[str, ...]
    signed: str


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
    correction: tuple[str, ...]
    notes: tuple[MemberNoteView, ...]
    sections: tuple[Section, ...]
    pending: tuple[Pending, ...]
    pending_title: str
    pending_items: tuple[TableView | ChartView, ...]
    policies: Policies | None
    methods: tuple[Origin, ...]
    matrix: tuple[MatrixRow, ...]
    levels: tuple[str, ...]
    revisions: tuple[tuple[str, ...], ...]
    vintages: tuple[tuple[str, ...], ...]
    legend: tuple[Letter, ...]
    citation: str
    address: str
    words: dict[str, str]
