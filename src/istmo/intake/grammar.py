"""What can a source profile say? The values a profile is made of, one class for each block of the YAML.

A profile describes one national layout once and for all: how to find the table, which totals it declares, what its
signs and labels mean. The text is read as strings only; `istmo.intake.profiles.read_profile` turns it into these values
and refuses what is not here. Example (`País` by month, totals declared, "-" for nothing):

    profile: PAN.SNM.cuadro003
    version: 1.0.0
    author: Servicio Nacional de Migración
    date: 2024-02-01
    title: {es: Tránsito irregular por país y mes, en: Irregular transit by country and month}
    recognise: {first_lines: "Cuadro No\\. 003"}
    read: {header: {find: "^País,Total,Ene"}, stop_at: "^(Cifras|Fuente)", thousands: ","}
    capture: {year: {in: preamble, match: "AÑO (\\d{4})", required: yes}}
    totals: [{row: {País: "^Total$"}, over: País, keep: yes}, {column: Total, over: mes}]
    unpivot: {keep: [País], columns: "^(Ene|Feb|Mar)\\.$", as: mes, value: valor}
    cells: {"-": {zero_if: mes has a total, else: not_reported}}
    fields:
      MEASURE: {const: TRA_IRR}
      UNIT: {const: REGISTRATION}
      PERIOD: {from: mes, period: {month: es, year: $year}}
      CITIZENSHIP: {from: País, map: {Congo: X_CONGO}, lists: [names_es]}
      OBS_VALUE: {from: valor, integer: {}}
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from istmo.model.periods import Grain
from istmo.model.text import Text

FIRST_LINES = 60  # lines before the header in which `recognise.first_lines` and `capture` may look


class RecordGrain(StrEnum):
    """What a record is: a figure of a table, or an event of one person (unit record)."""

    AGGREGATE = "aggregate"
    PERSON = "person"


class Keep(StrEnum):
    """Whether a declared total is also a record of its own."""

    NO = "no"
    YES = "yes"
    WITHOUT_PARTS = "without_parts"  # only where none of its parts is a number


class Meaning(StrEnum):
    """What a sign in a value cell means: five kinds of nothing that are never confused (R17)."""

    ZERO = "zero"
    NOT_REPORTED = "not_reported"
    NOT_APPLICABLE = "not_applicable"
    NOT_COLLECTED = "not_collected"
    WITHHELD = "withheld"
    NOT_A_RECORD = "not_a_record"

    @property
    def status(self) -> str:
        """The code of CL_OBS_STATUS."""
        return {
            Meaning.ZERO: "A",
            Meaning.NOT_REPORTED: "O",
            Meaning.NOT_APPLICABLE: "M",
            Meaning.NOT_COLLECTED: "L",
            Meaning.WITHHELD: "Q",
            Meaning.NOT_A_RECORD: "",
        }[self]


class Action(StrEnum):
    """What becomes of a record that a rule found."""

    ACCEPT = "accept"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Blank(StrEnum):
    """What a blank (or missing) value of a unit record means."""

    NONE = "none"
    UNKNOWN = "unknown"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Precision(StrEnum):
    """How much of a date the source gives (R20)."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Recognise:
    """How to tell that a file has this layout; what is not given is not asked."""

    first_lines: str | None = None
    header: tuple[str, ...] = ()
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """How to open the file and find the table. `find` is matched on the header's cells joined by commas.

    `sheet` is a pattern of names: the first sheet that fits and has the table is read, or every one that fits
    (`every_sheet`). `table` is matched on the lines: the one it describes is the title of the table, or each that it
    describes is the title of one (`every_table`). `repeats`: the header is printed again on each page, below whatever.
    """

    find: str
    header_rows: int = 1
    fill: bool = False
    format: str = "table"
    encoding: str = "cp1252"
    delimiter: str | None = None
    sheet: str = "*"
    decimal: str = ""
    thousands: str = ""
    stop_at: str | None = None
    combine: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (name of a new column, the columns whose labels it joins)
    every_sheet: bool = False
    table: str | None = None
    every_table: bool = False
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """Values outside the table: the groups of `match` in the lines before or after it, or in the name of its sheet.

    A flag says only that it stands there.
    """

    names: tuple[str, ...]
    where: str
    match: str
    required: bool
    flag: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """What the file does not say and the user must: `istmo intake --set year=2016`."""

    name: str
    type: str
    required: bool
    default: str | None
    title: Text | None


@dataclass(frozen=True, slots=True)
class Levels:
    """A hierarchy in a column: `names` are the columns made of it, from the top; `alone` top labels that head nothing.

    It is written by indentation, or the labels of each level but the last are those that `parents` describe. A parent
    stands before its children, or after them (`parents_last`).
    """

    column: str
    names: tuple[str, ...]
    alone: tuple[str, ...]
    parents: tuple[str, ...] = ()
    parents_last: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A declared total: a row (by patterns or by level) or a column; `over` names what it sums."""

    over: tuple[str, ...]
    keep: Keep
    row: tuple[tuple[str, str], ...] = ()
    level: int | None = None
    has_children: bool | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Unpivot:
    """Columns that are values of a dimension (months, sexes) become rows: `name` holds the label, `value` the cell."""

    keep: tuple[str, ...]
    columns: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one sign means: `then` if the same `column` has a total (or any number, `test`), else `meaning`."""

    meaning: Meaning
    then: Meaning = Meaning.ZERO
    test: str | None = None  # "total" | "number"
    column: str = ""


@dataclass(frozen=True, slots=True)
class Const:
    """The same value for every record; `when` gives another where a flag was captured. May name a value: `$year`."""

    value: str
    when: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DatedMap:
    """Labels and their codes, in force from `first` to `last` (both included; None: open)."""

    codes: Mapping[str, tuple[str, ...]]
    first: datetime.date | None = None
    last: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A cell may hold several labels: it gets the code `several`, and the list stands whole in the second column.

    What a cell counts is never divided among the labels of its list.
    """

    separator: str
    several: str
    note: Text


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels to codes: the profile's own map first, then codes, places and reference lists; else quarantined (R9)."""

    maps: tuple[DatedMap, ...]
    lists: tuple[str, ...] = ()
    codes: str | None = None
    places: str | None = None
    slug: str | None = None
    strip: str | None = None
    note: tuple[tuple[str, str], ...] = ()
    total: tuple[str, ...] = ()
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class YearOf:
    """Where the year stands: a text (`2016`, `$year`) or a column, with a pattern whose first group is the year."""

    value: str | None
    column: str | None
    match: str | None


@dataclass(frozen=True, slots=True)
class PeriodOf:
    """A period from a month's name and a year, from a date, or from the period's own text (`month` and `date` absent).

    `grains` are tried in order: (first day that it no longer holds for, or None; grain).
    """

    grains: tuple[tuple[datetime.date | None, Grain], ...]
    month: str | None = None
    year: YearOf | None = None
    fiscal_start: int = 1
    date: str | None = None
    keep_as: str | None = None
    const: str | None = None


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number with the marks of the source."""

    minimum: int | None
    maximum: int | None
    thousands: str
    decimal: str
    missing: tuple[str, ...] = ()
    blank: Blank = Blank.QUARANTINE


@dataclass(frozen=True, slots=True)
class DateOf:
    """A date of a stated format; `partial` gives the precision of dates that begin so (`00/00/`: the year only)."""

    format: str
    partial: tuple[tuple[str, Precision], ...] = ()
    missing: tuple[str, ...] = ()
    blank: Blank = Blank.REJECT


@dataclass(frozen=True, slots=True)
class Plain:
    """Text as the source has it."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Many yes/no columns become one list of the codes that are on."""

    codes: Mapping[str, str]
    on: tuple[str, ...]
    off: tuple[str, ...]
    missing: tuple[str, ...]


Conversion = Const | Labels | PeriodOf | Integer | DateOf | Plain | Flags


@dataclass(frozen=True, slots=True)
class Field:
    """One label of the source and the column or columns it becomes."""

    columns: tuple[str, ...]
    source: str | None
    how: Conversion
    codelists: tuple[str | None, ...] = ()
    personal: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A rule of the profile's own: where `when` holds, `that` must."""

    id: str
    rule: str
    when: str | None
    that: str
    severity: str
    action: Action
    message: Text


@dataclass(frozen=True, slots=True)
class Sample:
    """A test of the profile: a small file as text, or the sheets of a workbook each as text, and what must come out."""

    name: str
    text: str
    encoding: str
    parameters: Mapping[str, str]
    expect: Mapping[str, str]
    cells: tuple[Mapping[str, str], ...]
    findings: tuple[Mapping[str, str], ...]
    sheets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """A source profile. `hash` is the SHA-256 of its file (with `extends`: of its file and the hash of its base).

    `author` is who answers for this version of the mapping and `date` the day it is of (R10); a profile that is only
    tried may leave them out ("" and None), one whose figures are stored may not.
    """

    id: str
    version: str
    author: str
    date: datetime.date | None
    title: Text
    hash: str
    target: str
    grain: RecordGrain
    recognise: Recognise
    read: Read
    captures: tuple[Capture, ...]
    parameters: tuple[Parameter, ...]
    fill_down: tuple[str, ...]
    levels: Levels | None
    totals: tuple[Total, ...]
    unpivot: Unpivot | None
    cells: Mapping[str, Cell]
    fields: tuple[Field, ...]
    drop: Mapping[str, str]
    add_same_key: bool
    incidents: bool  # each row is an incident with numbers of people: rows of one key are added, and that is no finding
    checks: tuple[Check, ...]
    max_stopped: float
    samples: tuple[Sample, ...]

    def constant(self, column: str) -> str:
        """The value of a constant column such as REPORTER; "" when it is none."""
        for field in self.fields:
            if field.columns == (column,) and isinstance(field.how, Const):
                return field.how.value
        return ""

    @property
    def reporter(self) -> str:
        return self.constant("REPORTER")

    @property
    def agency(self) -> str:
        return self.constant("AGENCY")

    @property
    def dataset(self) -> str:
        return self.constant("DATASET")

    @property
    def dataset_id(self) -> str:
        """The id of the dataset in the registry: REPORTER.AGENCY.DATASET."""
        return f"{self.reporter}.{self.agency}.{self.dataset}"

    @property
    def label(self) -> str:
        """`id@version`, as observations carry it."""
        return f"{self.id}@{self.version}"

    @property
    def personal(self) -> frozenset[str]:
        """Fields whose values are masked in findings and never written."""
        return frozenset(column for field in self.fields if field.personal for column in field.columns)
