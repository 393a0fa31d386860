"""What differs between two editions? Their figures, their key messages, their comment, side by side.

    difference = compare(before, after)
    difference.cells[0].before, difference.cells[0].after        cells of the same id, as they are written

Pure: two briefs in, a value out. A cell is compared as a reader sees it, its letters included; a table that only one
edition has gives all of its cells as added or removed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from istmo.model.text import LANGUAGES, Text
from istmo.statistics.brief.figures import letters, shown
from istmo.statistics.brief.values import Brief, Cell, Column, Row, Table


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class CellChange:
    """`before` and `after` as the cell is written in each language; None on the side that has no such cell."""

    id: str
    table: str
    title: Text
    row: Text
    column: Text
    change: Change
    before: Text | None
    after: Text | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of the text: `change` None where both editions say the same."""

    text: str
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text of both editions in one language, as runs of each side."""

    language: str
    before: tuple[Passage, ...]
    after: tuple[Passage, ...]

    @property
    def same(self) -> bool:
        return all(passage.change is None for passage in (*self.before, *self.after))


@dataclass(frozen=True, slots=True)
class Difference:
    cells: tuple[CellChange, ...]
    messages: tuple[TextChange, ...]
    comment: tuple[TextChange, ...]
    vintages_added: tuple[str, ...]
    vintages_removed: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether the editions say the same."""
        texts = (*self.messages, *self.comment)
        return not self.cells and all(text.same for text in texts)


def compare(before: Brief, after: Brief) -> Difference:
    """What a reader of `after` finds otherwise than in `before`, in the order of `after`'s tables."""
    old, new = dict(_cells(before)), dict(_cells(after))
    cells = [_change(id_, old.get(id_), new[id_]) for id_ in new]
    cells += [_change(id_, old[id_], None) for id_ in old if id_ not in new]
    loads_before = {f"{used.dataset} {used.vintage}" for used in before.vintages}
    loads_after = {f"{used.dataset} {used.vintage}" for used in after.vintages}
    return Difference(
        cells=tuple(cell for cell in cells if cell is not None),
        messages=tuple(
            _texts(language, _messages(before, language), _messages(after, language)) for language in LANGUAGES
        ),
        comment=tuple(
            _texts(language, _comment(before, language), _comment(after, language)) for language in LANGUAGES
        ),
        vintages_added=tuple(sorted(loads_after - loads_before)),
        vintages_removed=tuple(sorted(loads_before - loads_after)),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    table: Table
    row: Row
    column: Column
    cell: Cell


def _cells(brief: Brief) -> Iterator[tuple[str, _Place]]:
    for table in brief.tables:
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                yield cell.id, _Place(table, row, column, cell)


def _change(id_: str, old: _Place | None, new: _Place | None) -> CellChange | None:
    place = new or old
    assert place is not None
    before = _written(old.cell) if old else None
    after = _written(new.cell) if new else None
    if before == after:
        return None
    change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.REVISED
    head = place.row.head
    if place.row.group:
        head = Text(f"{place.row.group.es}: {head.es}", f"{place.row.group.en}: {head.en}")
    return CellChange(id_, place.table.id, place.table.title, head, place.column.head, change, before, after)


def _written(cell: Cell) -> Text:
    marks = letters(cell)
    return Text(*(" ".join(filter(None, (shown(cell, language), marks))) for language in LANGUAGES))


def _messages(brief: Brief, language: str) -> list[str]:
    return [sentence.text.in_(language) for sentence in brief.sentences]


def _comment(brief: Brief, language: str) -> list[str]:
    text = brief.edition.analysis.in_(language) if brief.edition.analysis else ""
    return [line.strip() for line in text.split("\n") if line.strip()]


def _texts(language: str, before: list[str], after: list[str]) -> TextChange:
    """The paragraphs of both sides, word by word."""
    old, new = _words(before), _words(after)
    left: list[Passage] = []
    right: list[Passage] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        if gone:
            left.append(Passage(gone, None if kind == "equal" else Change.REMOVED))
        if come:
            right.append(Passage(come, None if kind == "equal" else Change.ADDED))
    return TextChange(language, tuple(left), tuple(right))


def _words(paragraphs: Iterable[str]) -> list[str]:
    """The words with the space after them, so that their concatenation is the text again."""
    return [part for paragraph in paragraphs for part in (*(f"{word} " for word in paragraph.split()), "\n")]
