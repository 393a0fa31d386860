"""What is a draft made of? A document with open places, the decisions that fill them, and the evidence for the rest.

The document has the shape of a profile's YAML: mappings, lists and texts. Where a person must decide stands an `Open`
with the id of its `Decision`; it may stand for a value or for a key. Nothing here holds a value of a personal column.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Union

from istmo.intake.profiles.marks import MARK
from istmo.model.text import Text

MASKED = "•••"


@dataclass(frozen=True, slots=True)
class Open:
    """A place that a decision fills."""

    decision: str

    @property
    def mark(self) -> str:
        """How it is written in the draft."""
        return f"{MARK}{self.decision}"


Key = str | Open
Node = Union[str, Open, list["Node"], dict[Key, "Node"]]  # noqa: UP007 - it names itself
Block = dict[Key, Node]


def block_of(entries: Iterable[tuple[Key, Node]]) -> Block:
    """A block from its entries, whatever their exact types."""
    return dict(entries)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: what it writes (None: the entry is left out), what it means, and what speaks for it."""

    value: Node | None
    title: Text
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the file does not say or says in two ways. Without `options` the answer is a text that `pattern` describes.

    `free`: a text that is not among the options is an answer too, if `pattern` describes it.
    """

    id: str
    question: Text
    options: tuple[Option, ...] = ()
    evidence: tuple[Text, ...] = ()
    pattern: str | None = None
    example: str = ""

    @property
    def free(self) -> bool:
        return self.pattern is not None


@dataclass(frozen=True, slots=True)
class Guess:
    """Something that the file shows: where it stands in the profile, in words, and why it is taken to be so."""

    place: str
    shown: str
    reason: Text


class Role(StrEnum):
    """What a column is for."""

    FIELD = "field"
    VALUE = "value"
    PART = "part"
    TOTAL = "total"
    LABEL = "label"
    DROPPED = "dropped"
    PERSONAL = "personal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its role, the field that it becomes; texts of `masked` ones are never shown."""

    label: str
    role: Role
    field: str
    distinct: int
    masked: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row for the eye: its number, its cells (masked where they may be a person's), and what it is taken for."""

    row: int
    cells: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The table that was found, or what of it may be shown."""

    sheet: str
    before: tuple[ShownRow, ...]
    header: ShownRow
    rows: tuple[ShownRow, ...]
    after: tuple[ShownRow, ...]
    height: int


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of a profile for one file: its document, and everything that speaks for it or must be decided."""

    filename: str
    document: Block
    decisions: tuple[Decision, ...]
    guesses: tuple[Guess, ...]
    columns: tuple[Column, ...]
    shown: Shown

    @property
    def personal(self) -> bool:
        """Whether each row is taken for one of a person."""
        return self.document.get("grain") == "person"

    def decision(self, id_: str) -> Decision:
        return next(decision for decision in self.decisions if decision.id == id_)


Answers = Mapping[str, str]
