"""Is there a hierarchy in the labels? Found by indentation, and only if sums prove it or what heads has no figures.

Continents above their countries: a label that stands further left heads those below it. Labels that stand left and
head nothing ("Apátridas") are named as standing alone, so that they are read as the labels below are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from istmo.intake.suggesting.texts import is_number, is_total
from istmo.intake.table import INTERNAL
from istmo.model.labels import clean, fold

MAX_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Tree:
    """The levels of a column: their names, the labels of each that head others, those at its end, those that stand
    alone. Heads are known by their indentation, or by their labels (`by_label`), and may stand after (`last`).
    """

    column: str
    names: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]
    leaves: tuple[str, ...]
    alone: tuple[str, ...]
    by_label: bool = False
    last: bool = False

    def depths(self, texts: Sequence[str]) -> list[int]:
        """How deep each label of a column stands, of its texts as the source has them."""
        if self.by_label:
            outer = {*self.heads[0], *self.alone}
            return [0 if (label := clean(text)) in outer or is_total(label) else 1 for text in texts]
        indents = [len(text) - len(text.lstrip()) for text in texts]
        return [sorted(set(indents)).index(indent) for indent in indents]


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
    if not any(heads) or not _is_below(depths) or not _is_proved(body, column, depths):
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


def _is_proved(body: pl.DataFrame, column: str, depths: Sequence[int]) -> bool:
    """Whether the figures of most heads are the sums of those that they head, or no head has any figure."""
    compared, equal = 0, 0
    for name in body.columns:
        if name in INTERNAL or name == column:
            continue
        values = [value_of(text or "") for text in body[name].to_list()]
        for row, depth in enumerate(depths[:-1]):
            head = values[row]
            if depths[row + 1] <= depth or head is None:
                continue
            compared += 1
            equal += head == sum(values[other] or 0 for other in _below(depths, row))
    return equal > 0.6 * compared or compared == 0


def _below(depths: Sequence[int], row: int) -> list[int]:
    """The rows that a head heads directly."""
    result = []
    for other in range(row + 1, len(depths)):
        if depths[other] <= depths[row]:
            break
        if depths[other] == depths[row] + 1:
            result.append(other)
    return result


def value_of(text: str) -> int | None:
    """The digits of a number, whatever parts its thousands."""
    return int(re.sub(r"\D", "", text)) if is_number(text) else None


def _is_below(depths: Sequence[int]) -> bool:
    """Whether no label skips a level on its way in: then the white space is a hierarchy and not an accident."""
    return all(after - before <= 1 for before, after in pairwise(depths))
