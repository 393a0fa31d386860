"""What a brief is made of. Everything a reader sees is here, in both languages; renderers only lay it out.

A cell's id names where it stands: `T2.PAN.2023-08`. Sentences cite cells by id, so that every number in the text can
be checked against its table. A figure never stands without unit, source, status and caveats: the column or row head
carries the unit, `sources` the agency and vintage, `status` the SDMX observation status, `caveats` ids into the
brief's notes.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from istmo.model.periods import Period
from istmo.model.text import Text


class BriefState(StrEnum):
    DRAFT = "DRAFT"
    ANALYSED = "ANALYSED"
    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"


class CellKind(StrEnum):
    """How a value is written: a count of units, a signed difference, a signed percentage (tenths kept), text."""

    COUNT = "count"
    CHANGE = "change"
    PERCENT = "percent"
    SHARE = "share"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Cell:
    """`value`: int for COUNT and CHANGE, float percentage for PERCENT and SHARE, None when there is none.

    `status` A normal, P provisional, B break, E estimate; without a value it says why: M not applicable, L not
    collected, O not reported yet, Q withheld, K held by another row, which `row` names where it stands in the table.
    `flags` are further letters to show: "b" break, "r" revised, "a" rounded. `text` is that of a TEXT cell, the range
    (`0–9`) that stands in place of a value, or what K says in words.
    """

    id: str
    kind: CellKind
    value: int | float | None = None
    text: Text | None = None
    status: str = "A"
    flags: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    row: str = field(default="", metadata={"written": "where given"})


@dataclass(frozen=True, slots=True)
class Column:
    """`head` is short; `unit` stands under it where the columns differ in unit; `reporter` colours it."""

    id: str
    head: Text
    kind: CellKind
    unit: Text | None = None
    reporter: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`group` starts a new band of rows when it differs from the row before; `detail` is a second, smaller line."""

    id: str
    head: Text
    cells: tuple[Cell, ...]
    group: Text | None = None
    detail: Text | None = None
    reporter: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A caveat that cells refer to by `id` ("n1"), numbered in reading order."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Table:
    """`title` is a sentence that says what the table shows. A table that is not collected has `missing` and no rows."""

    id: str
    section: Text
    title: Text
    subtitle: Text
    row_head: Text
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    notes: tuple[Note, ...] = ()
    sources: tuple[Text, ...] = ()
    missing: Text | None = None


class ChartKind(StrEnum):
    """C1 one panel of monthly bars a reporter, same x; C2 one bar of region shares a reporter; C3 age-sex bars; C5
    heat map.
    """

    MONTHLY_PANELS = "monthly_panels"
    SHARE_PANELS = "share_panels"
    HEAT_MAP = "heat_map"


@dataclass(frozen=True, slots=True)
class Point:
    """One mark: `x` a period or category id, `label` its name, `value` None for a gap; `cell` the table cell it
    draws.
    """

    x: str
    label: Text
    value: float | None
    status: str = "A"
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One reporter's own panel, with its own unit; panels are never on one scale.

    `policies`: the `x` with a change of the calendar that may touch the reporter's series.
    """

    reporter: str
    title: Text
    unit: Text
    points: tuple[Point, ...]
    breaks: tuple[tuple[str, Text], ...] = ()
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """`alt` is the text summary; `table` names the table that holds the same figures."""

    id: str
    kind: ChartKind
    section: Text
    title: Text
    subtitle: Text
    alt: Text
    table: str
    panels: tuple[Panel, ...]
    notes: tuple[Text, ...] = ()
    sources: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key message: `text` is made from the cells in `cells`; `detail` is a second line, also made from cells or
    methods.
    """

    text: Text
    cells: tuple[str, ...]
    detail: Text | None = None


@dataclass(frozen=True, slots=True)
class VintageUsed:
    """Which load each figure comes from: `dataset` is REPORTER.AGENCY.DATASET."""

    dataset: str
    vintage: str
    source_hash: str
    profile: str
    received: date


@dataclass(frozen=True, slots=True)
class Revision:
    """A figure that an earlier edition or vintage printed otherwise; `status_after` says that it is withheld now, or
    held by another row.
    """

    dataset: str
    period: str
    cell: Text
    before: int | None
    after: int | None
    vintage_before: str
    vintage_after: str
    status_after: str = field(default="", metadata={"written": "where given"})


@dataclass(frozen=True, slots=True)
class PolicyNote:
    """A change of the calendar, beside the figures and never as their cause; `about` says of which nationalities."""

    id: str
    day: date
    kind: Text
    what: Text
    about: Text
    reporters: tuple[str, ...]
    source: str
    url: str
    published: date
    checked: bool


@dataclass(frozen=True, slots=True)
class MemberNote:
    """What a member says about its own figures, printed as it wrote it: the right of reply."""

    member: str
    name: Text
    text: Text
    signed: str
    on: date


@dataclass(frozen=True, slots=True)
class Edition:
    """`cut_off`: figures received after this day are not in it. `published` is None until PUBLISHED.

    `correction` says what an edition after the first one corrects, and why.
    """

    month: Period
    number: int
    cut_off: date
    state: BriefState
    preliminary: bool
    demonstration: bool
    published: date | None = None
    next_release: date | None = None
    analysis: Text | None = None
    analysed_by: str = ""
    approved_by: str = ""
    correction: Text | None = None
    notes: tuple[MemberNote, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparabilityCell:
    """Level 0..3 between two reporters for their corridor measures, with its reason."""

    first: str
    second: str
    first_measure: str
    second_measure: str
    level: int
    name: Text
    reason: Text


@dataclass(frozen=True, slots=True)
class Brief:
    """`policies`: the changes in the months of C1, the latest first; None in an edition from before the calendar."""

    edition: Edition
    title: Text
    lead: Text
    members: int
    reported: tuple[str, ...]
    other_measure: tuple[str, ...]
    silent: tuple[str, ...]
    coverage: Text
    sentences: tuple[Sentence, ...]
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...]
    comparability: tuple[ComparabilityCell, ...]
    methods: tuple[tuple[Text, Text], ...]
    legend: tuple[tuple[str, Text], ...]
    revisions: tuple[Revision, ...]
    vintages: tuple[VintageUsed, ...]
    findings: tuple[dict[str, object], ...] = field(default_factory=tuple)
    policies: tuple[PolicyNote, ...] | None = None

    def table(self, id_: str) -> Table:
        return next(table for table in self.tables if table.id == id_)

    def chart(self, id_: str) -> Chart:
        return next(chart for chart in self.charts if chart.id == id_)
