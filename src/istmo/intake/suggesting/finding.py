"""What is in the file? The table with its header and end, its totals, its hierarchy, and the use of each column."""

from dataclasses import dataclass

import polars as pl

from istmo.intake.grammar import Read
from istmo.intake.limits import Limits
from istmo.intake.opening import open_table
from istmo.intake.suggesting.columns import Plan, plan
from istmo.intake.suggesting.ending import Ending, ending_of
from istmo.intake.suggesting.footnotes import Footnotes, footnotes
from istmo.intake.suggesting.heading import Heading, best_heading
from istmo.intake.suggesting.hierarchy import Tree, tree_of
from istmo.intake.suggesting.merged import MergedColumn, merged
from istmo.intake.suggesting.parents import parents_of
from istmo.intake.suggesting.shapes import Shape, shapes
from istmo.intake.suggesting.titles import is_private
from istmo.intake.suggesting.totals import TotalRows, total_rows
from istmo.intake.suggesting.views import Seen, see
from istmo.intake.table import INTERNAL, Table
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

_IN_COLUMNS = 0.6  # of the rows of a table, those with more than one cell: a head of a hierarchy may stand alone
_TELLING = 0.8
_PRINTED = 20_000  # beyond so many rows a table is a list of records, not one made for the eye


@dataclass(frozen=True, slots=True)
class Found:
    """What was found before any field is drafted; `filled`: the first column is written once for several rows."""

    filename: str
    seen: Seen
    heading: Heading
    table: Table
    ending: Ending
    is_total: pl.Series
    totals: tuple[TotalRows, ...]
    tree: Tree | None
    filled: MergedColumn | None
    shapes: tuple[Shape, ...]
    plan: Plan
    notes: Footnotes | None

    @property
    def body(self) -> pl.DataFrame:
        """The rows of the table, totals included."""
        return self.ending.body

    @property
    def parts(self) -> pl.DataFrame:
        """The rows that are no totals."""
        return self.ending.body.filter(~self.is_total)

    @property
    def columns(self) -> list[str]:
        return names_of(self.body)

    @property
    def words(self) -> list[str]:
        """The lines before the table, the headers and the file's name: where words say what is counted."""
        before = [line.text for line in self.table.preamble if not is_private(line.text)]
        return [*before, *self.table.header, self.filename.replace("_", " ")]

    def shape(self, label: str) -> Shape:
        return next(shape for shape in self.shapes if shape.label == label)


def find(data: bytes, limits: Limits, *, filename: str) -> Found:
    """Raises `InvalidInput` where no table is found; the message quotes nothing of the file."""
    seen = see(data, limits, filename=filename)
    heading = best_heading(seen.views)
    if heading is None:
        raise _no_table(filename)
    read = Read(
        find=heading.find,
        header_rows=heading.rows,
        fill=heading.fill,
        encoding=seen.encoding or "cp1252",
        delimiter=heading.view.delimiter or None,
        sheet=heading.view.sheet or "*",
    )
    table = open_table(data, read, limits, filename=filename)
    ending = ending_of(table.body)
    is_total, totals = total_rows(ending.body)
    tree = _tree(ending.body) or _parents(ending.body.filter(~is_total))
    filled, parts = _filled(ending.body.filter(~is_total))
    looked = shapes(parts)
    planned = plan(looked, {tree.column: tree} if tree else {})
    if tree and not any(entry.source in (tree.column, *tree.names) for entry in planned.labelled):
        tree, planned = None, plan(looked, {})  # labels that no list knows are nobody's to show
    if not _is_table(parts, looked, planned):
        raise _only_text(filename)
    return Found(
        filename=filename,
        seen=seen,
        heading=heading,
        table=table,
        ending=ending,
        is_total=is_total,
        totals=() if planned.person else totals,
        tree=tree,
        filled=filled,
        shapes=looked,
        plan=planned,
        notes=_notes(planned, looked, tree, ending),
    )


def _is_table(parts: pl.DataFrame, looked: tuple[Shape, ...], planned: Plan) -> bool:
    """Whether rows go on in columns, one of which holds numbers, days, months or periods: sentences do not."""
    telling = any(
        max(shape.numbers, shape.dates, shape.periods, shape.months) >= _TELLING * sum(shape.texts.values())
        for shape in looked
        if shape.texts
    )
    if not (telling or planned.wide):
        return False
    filled = pl.sum_horizontal(pl.col(name).fill_null("").str.contains(r"\S") for name in names_of(parts))
    rows = parts.select(filled.alias("#filled"))["#filled"]
    return rows.len() > 0 and int((rows > 1).sum()) >= _IN_COLUMNS * int((rows > 0).sum())


def names_of(body: pl.DataFrame) -> list[str]:
    return [name for name in body.columns if name not in INTERNAL]


def _tree(body: pl.DataFrame) -> Tree | None:
    """The hierarchy of the first column that has one."""
    if body.height > _PRINTED:
        return None
    for name in names_of(body):
        if body[name].fill_null("").str.contains(r"^[\s\u{a0}]+\S").any():
            tree = tree_of(body, name)
            if tree is not None:
                return tree
    return None


def _parents(parts: pl.DataFrame) -> Tree | None:
    """The hierarchy that only sums show: in a table with one column of labels beside its figures."""
    if not 0 < parts.height <= _PRINTED:
        return None
    texts = [shape.label for shape in shapes(parts) if not shape.is_figures]
    return parents_of(parts, texts[0]) if len(texts) == 1 and parts.width > 2 else None


def _filled(parts: pl.DataFrame) -> tuple[MergedColumn | None, pl.DataFrame]:
    """The first column of labels with the blanks of merged cells filled, and what speaks for it."""
    if not 0 < parts.height <= _PRINTED:
        return None, parts
    texts = [shape.label for shape in shapes(parts) if not shape.is_figures and not shape.is_dated]
    if len(texts) < 2:
        return None, parts
    found = merged(parts, texts[0], texts[1:])
    if found is None:
        return None, parts
    blank = pl.col(texts[0]).fill_null("").str.strip_chars() == ""
    return found, parts.with_columns(pl.when(blank).then(None).otherwise(texts[0]).forward_fill().alias(texts[0]))


def _notes(planned: Plan, looked: tuple[Shape, ...], tree: Tree | None, ending: Ending) -> Footnotes | None:
    """The footnotes of the labels of nationality."""
    entry = planned.field("CITIZENSHIP")
    if entry is None:
        return None
    column = tree.column if tree else entry.source
    raw = next((shape.texts for shape in looked if shape.label == column), {})
    return footnotes(raw, ending.footer)


def _no_table(filename: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="No se encontró una tabla: ninguna línea es un encabezado con filas de datos debajo.",
            en="No table was found: no line is a header with rows of data below it.",
        ),
        place=filename,
        rule="F7",
        advice=Text(
            es="Revise que el archivo tenga una línea con los nombres de las columnas.",
            en="Check that the file has a line with the names of its columns.",
        ),
    )


def _only_text(filename: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="No se encontró una tabla: el archivo parece un texto, sin columnas de cifras, fechas ni períodos.",
            en="No table was found: the file looks like a text, without columns of figures, dates or periods.",
        ),
        place=filename,
        rule="F7",
        advice=Text(
            es="Traiga el archivo de datos (CSV, TSV, XLSX o XLS), no el documento que lo explica.",
            en="Bring the file of data (CSV, TSV, XLSX or XLS), not the document that explains it.",
        ),
    )
