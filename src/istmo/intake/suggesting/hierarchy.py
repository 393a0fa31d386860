"""Is there a hierarchy in the labels? Found by indentation, and proved by sums where the table has figures.

Continents above their countries: a label that stands further left heads those below it. Labels that stand left and
head nothing ("Apátridas") are named as standing alone, so that they are read as the labels below are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from istmo.intake.suggesting.texts import is_total
from istmo.model.labels import clean, fold

MAX_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Tree:
    """The levels of a column: their names, each label's depth, which labels head others, which stand alone."""

    column: str
    names: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]
    leaves: tuple[str, ...]
    alone: tuple[str, ...]


def tree_of(body: pl.DataFrame, column: str) -> Tree | None:
    """The tree that indentation makes of a column; None where no label is indented below another."""
    raw = [text or "" for text in body[column].to_list()]
    indents = [len(text) - len(text.lstrip()) for text in raw]
    widths = sorted({indent for text, indent in zip(raw, indents, strict=True) if text.strip()})
    if not 1 < len(widths) <= MAX_LEVELS:
        return None
    rank = {width: number for number, width in enumerate(widths)}
    depths = [rank.get(indent, 0) for indent in indents]
    heads: list[dict[str, None]] = [{} for _ in widths]
    leaves: dict[str, None] = {}
    alone: dict[str, None] = {}
    for number, (text, depth) in enumerate(zip(raw, depths, strict=True)):
        label = clean(text)
        below = depths[number + 1] if number + 1 < len(depths) else 0
        if below > depth:
            heads[depth][label] = None
        elif not is_total(label):
            leaves[label] = None
            if depth == 0:
                alone[label] = None
    if not any(heads) or not _is_below(depths):
        return None
    return Tree(
        column,
        level_names(column, len(widths)),
        tuple(tuple(labels) for labels in heads),
        tuple(leaves),
        tuple(label for label in alone if fold(label)),
    )


def level_names(column: str, count: int) -> tuple[str, ...]:
    """Names of the levels from a header such as "Continente/País de nacionalidad", else by number."""
    parts = [fold(part).replace(" ", "_") for part in column.split("/")]
    if len(parts) == count and all(part.isidentifier() for part in parts) and len({*parts}) == count:
        return tuple(parts)
    return tuple(f"nivel_{number}" for number in range(1, count + 1))


def _is_below(depths: Sequence[int]) -> bool:
    """Whether no label skips a level on its way in: then the white space is a hierarchy and not an accident."""
    return all(after - before <= 1 for before, after in pairwise(depths))
