"""How a test looks at a brief: rows as a reader sees them, and every text in it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from istmo.model.text import Text
from istmo.statistics.brief.figures import letters, shown
from istmo.statistics.brief.values import Brief, Cell, Table


def cells(brief: Brief) -> dict[str, Cell]:
    return {cell.id: cell for table in brief.tables for row in table.rows for cell in row.cells}


def rows(table: Table, language: str = "es") -> dict[str, list[str]]:
    return {row.id: [shown(cell, language) + letters(cell) for cell in row.cells] for row in table.rows}


def notes_of(table: Table, cell_id: str, language: str = "es") -> list[str]:
    texts = {note.id: note.text.in_(language) for note in table.notes}
    found = next(cell for row in table.rows for cell in row.cells if cell.id == cell_id)
    return [texts[caveat] for caveat in found.caveats]


def texts(value: object) -> Iterator[Text]:
    """Every `Text` in a value made of dataclasses, tuples and mappings."""
    if isinstance(value, Text):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts(getattr(value, one.name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from texts(item)
