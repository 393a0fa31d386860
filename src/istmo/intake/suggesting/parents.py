"""Which labels stand for others, where nothing is indented? Those whose figures are the sums of the rows next to them.

Only sums prove it, in every column of figures: a region is the sum of the countries below it, or above it. A list of
countries in which a few figures happen to add up is no hierarchy, so most rows must belong to some sum.
"""

from collections.abc import Callable, Sequence

import polars as pl

from istmo.intake.suggesting.hierarchy import Tree, level_names, value_of
from istmo.intake.suggesting.labelling import is_known
from istmo.intake.table import INTERNAL
from istmo.model.labels import clean

_MOST = 2_000
_FEWEST = 2  # parents with two children or more
_COVERED = 0.6

Figures = list[tuple[int, ...]]


def parents_of(body: pl.DataFrame, column: str) -> Tree | None:
    """The tree of two levels that sums make of a column of labels; None where they prove none.

    `body` has no rows of totals, and no other column of labels: every other one is taken for figures.
    """
    labels = [clean(text or "") for text in body[column].to_list()]
    if not 4 < len(labels) <= _MOST or len({*labels}) < len(labels) or "" in labels:
        return None
    columns = [
        [value_of(text or "") or 0 for text in body[name].to_list()]
        for name in body.columns
        if name not in (*INTERNAL, column)
    ]
    figures = list(zip(*columns, strict=True))
    country = {label for label in labels if is_known(label)}

    def is_parent(label: str) -> bool:
        return label not in country

    for last in (False, True):
        ordered = labels[::-1] if last else labels
        found = _blocks(ordered, figures[::-1] if last else figures, is_parent)
        if _is_proved(found, len(labels)):
            heads = {ordered[head] for head, _ in found}
            inside = {ordered[row] for head, end in found for row in range(head + 1, end)}
            return Tree(
                column,
                level_names(column, 2),
                (tuple(label for label in labels if label in heads), ()),
                tuple(label for label in labels if label not in heads),
                tuple(label for label in labels if label not in heads | inside),
                by_label=True,
                last=last,
            )
    return None


def _is_proved(found: Sequence[tuple[int, int]], height: int) -> bool:
    summed = [end - head for head, end in found if end - head > 2]
    return len(summed) >= _FEWEST and sum(end - head for head, end in found) >= _COVERED * height


def _blocks(labels: Sequence[str], figures: Figures, is_parent: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Each parent with the end of its children, read from the parent on."""
    result = []
    row = 0
    while row < len(labels):
        end = _end(row, labels, figures, is_parent) if is_parent(labels[row]) else None
        if end is not None:
            result.append((row, end))
        row = end or row + 1
    return result


def _end(head: int, labels: Sequence[str], figures: Figures, is_parent: Callable[[str], bool]) -> int | None:
    """Where the rows end that make the figures of a head; rows of nothing that follow belong to it too."""
    wanted = figures[head]
    if not any(wanted):
        return None
    found = [0] * len(wanted)
    for row in range(head + 1, len(labels)):
        found = [sum(pair) for pair in zip(found, figures[row], strict=True)]
        if any(one > other for one, other in zip(found, wanted, strict=True)):
            return None
        if tuple(found) == wanted:
            if row == head + 1 and is_parent(labels[row]):
                return None
            end = row + 1
            while end < len(labels) and not any(figures[end]) and not is_parent(labels[end]):
                end += 1
            return end
    return None
