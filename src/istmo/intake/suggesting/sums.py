"""Which cells are declared to be sums of which others? As texts, so that the marks of numbers can be proved by them."""

from collections.abc import Sequence

import polars as pl

from istmo.intake.suggesting.hierarchy import Tree
from istmo.model.labels import clean

Sum = tuple[str, tuple[str, ...]]
_MOST = 400


def sums_of(
    body: pl.DataFrame,
    parts: Sequence[str],
    column_totals: Sequence[str],
    row_totals: pl.Series,
    tree: Tree | None,
) -> list[Sum]:
    """Totals with their parts: along the rows, and down the columns where one row is the total of all others."""
    texts = {name: [clean(text or "") for text in body[name].to_list()] for name in (*parts, *column_totals)}
    result: list[Sum] = []
    for total in column_totals:
        result += [
            (texts[total][row], tuple(texts[name][row] for name in parts if texts[name][row]))
            for row in range(min(body.height, _MOST))
            if texts[total][row]
        ]
    rows = [number for number, is_total in enumerate(row_totals) if is_total]
    if len(rows) == 1:
        heads = set(tree.heads[0]) if tree else set()
        labels = [clean(text or "") for text in body[tree.column].to_list()] if tree else [""] * body.height
        alone = set(tree.alone) if tree else set()
        others = [
            number
            for number in range(body.height)
            if number not in rows and (tree is None or labels[number] in heads or labels[number] in alone)
        ]
        result += [
            (texts[name][rows[0]], tuple(texts[name][number] for number in others if texts[name][number]))
            for name in (*parts, *column_totals)
            if texts[name][rows[0]]
        ]
    return result
