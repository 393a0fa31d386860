"""Which rows are declared totals, over which columns, and do their parts make them?

A row is a total where one of its labels says so. It sums over the column that says it, and over every other column of
labels that it leaves blank. The parts that prove it are the rows that have the same labels elsewhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from istmo.intake.suggesting.heading import escaped
from istmo.intake.suggesting.hierarchy import Tree
from istmo.intake.suggesting.texts import is_total
from istmo.intake.suggesting.values import Block, Guess, Node
from istmo.intake.table import INTERNAL
from istmo.model.labels import clean
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class TotalRows:
    """The labels of total rows in one column; `over` are the columns that they sum."""

    column: str
    labels: tuple[str, ...]
    over: tuple[str, ...]
    rows: tuple[int, ...]


def total_rows(body: pl.DataFrame) -> tuple[pl.Series, tuple[TotalRows, ...]]:
    """Which rows are totals, and the totals by the column that says so; the leftmost column says it."""
    mask = pl.repeat(False, body.height, dtype=pl.Boolean, eager=True)
    names = [name for name in body.columns if name not in INTERNAL]
    found: list[TotalRows] = []
    for name in names:
        labels = [text for text in body[name].unique(maintain_order=True).drop_nulls().to_list() if is_total(text)]
        if not labels or len(labels) > 5:
            continue
        own = body[name].is_in(labels).fill_null(value=False) & ~mask
        if not own.any():
            continue
        rows = body.filter(own)
        blank = [other for other in names if other != name and _is_blank(rows[other]) and not _is_blank(body[other])]
        texts = [other for other in blank if not _is_figures(body[other])]
        ordered = tuple(dict.fromkeys(clean(text) for text in labels))
        found.append(TotalRows(name, ordered, (name, *texts), tuple(rows["#row"].to_list())))
        mask = mask | own
    return mask, tuple(found)


def entries(
    found: Iterable[TotalRows],
    tree: Tree | None,
    *,
    column_totals: Sequence[str],
    dimension: str,
    keeps: str,
    keep_heads: bool,
) -> tuple[list[Node], list[Guess]]:
    """The block `totals`: rows, heads of a hierarchy, columns.

    `keeps`: whether a column's total is a figure of its own, `keep_heads`: whether that of a head is.
    """
    result: list[Node] = []
    guesses: list[Guess] = []
    for total in found:
        levelled = tree is not None and total.column == tree.column
        over = [tree.names[0]] if tree is not None and levelled else list(total.over)
        pattern = "|".join(map(escaped, total.labels))
        block: Block = {
            "row": {total.column: f"^{pattern}$" if len(total.labels) == 1 else f"^({pattern})$"},
            "over": over[0] if len(over) == 1 else list(over),
        }
        result.append({**block, "keep": "yes"} if len(over) == 1 else block)
        rows = ", ".join(map(str, total.rows[:5]))
        guesses.append(
            Guess(
                "totals",
                ", ".join(total.labels),
                Text(es=f"Filas de total: {rows}.", en=f"Rows of totals: {rows}."),
            )
        )
    if tree is not None:
        for level in range(len(tree.names) - 1):
            row: Block = {"level": str(level), "has_children": "yes"}
            head: Block = {"row": row, "over": _one_or_all(tree.names[level + 1 :])}
            result.append({**head, "keep": "yes"} if keep_heads else head)
    for label in column_totals:
        block = {"column": escaped(label), "over": dimension}
        result.append({**block, "keep": keeps} if keeps else block)
    return result, guesses


def _one_or_all(names: Sequence[str]) -> Node:
    return names[0] if len(names) == 1 else list(names)


def _is_blank(column: pl.Series) -> bool:
    return bool((column.fill_null("").str.strip_chars() == "").all())


def _is_figures(column: pl.Series) -> bool:
    texts = column.drop_nulls().str.strip_chars()
    filled = texts.filter(texts != "")
    return bool(len(filled)) and bool(filled.str.contains(r"^[\d\s.,'\-–—−+]*$").all())
