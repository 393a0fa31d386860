"""Do the declared totals equal their parts (R6), and which total cells are records of their own?

The difference is shown, not patched. Parts that the source leaves blank are not known: then a total may only not be
smaller than the parts that are known. Example: Hombres 10, Mujeres 5, Niños 0, Niñas 0, Total 16 -> a finding, 16
against 15.
"""

import polars as pl

from istmo.intake.cells import MEANING, NUMBER
from istmo.intake.grammar import Keep, Meaning, Profile
from istmo.intake.layout import COLUMN_TOTAL, ROW_TOTAL, Layout, collapsed
from istmo.intake.problems import CELL
from istmo.intake.result import SetAside
from istmo.intake.table import ROW, Table
from istmo.model.findings import Finding, Severity
from istmo.model.labels import clean
from istmo.model.text import Text

RECORD = "#record"
DECLARED = pl.Schema(
    {
        "sheet": pl.String(),
        "row": pl.Int64(),
        "column": pl.String(),
        "label": pl.String(),
        "over": pl.String(),
        "total": pl.Int64(),
        "parts": pl.Int64(),
        "unknown": pl.Int64(),
    }
)
_ROW_REASON = Text(es="fila de total declarado", en="row of a declared total")
_COLUMN_REASON = Text(es="columna de total declarado", en="column of a declared total")


def with_records(cells: pl.DataFrame, layout: Layout, profile: Profile) -> pl.DataFrame:
    """The cells with RECORD: whether each is a candidate record (a total only where the profile keeps it)."""
    record = pl.col(MEANING).fill_null("") != Meaning.NOT_A_RECORD
    for number, total in enumerate(profile.totals):
        name = ROW_TOTAL if total.column is None else COLUMN_TOTAL
        if total.keep is Keep.YES:
            continue
        is_total = (pl.col(name) == number).fill_null(value=False)
        if total.keep is Keep.NO:
            record = record & ~is_total
        else:
            compared = _compared(cells, layout, profile, number)
            parts = cells.select("#cell_id").join(compared, on="#cell_id", how="left", maintain_order="left")
            has_parts = (parts["known"].fill_null(0) > 0).alias("#has_parts")
            is_number = pl.col(NUMBER).is_not_null()
            record = record & ~(is_total & (pl.lit(has_parts) | ~is_number))
    return cells.with_columns(record.alias(RECORD))


def with_ids(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_row_index("#cell_id")


def set_aside(cells: pl.DataFrame, layout: Layout, table: Table, profile: Profile) -> tuple[SetAside, ...]:
    """Every declared total row and column that is no record, and every column with cells that are none."""
    entries: list[SetAside] = []
    out = cells.filter(~pl.col(RECORD))
    if ROW_TOTAL in cells.columns:
        rows = out.filter(pl.col(ROW_TOTAL).is_not_null()).unique(ROW, keep="first", maintain_order=True)
        for record in rows.iter_rows(named=True):
            total = profile.totals[record[ROW_TOTAL]]
            if total.keep is not Keep.YES:
                column = total.row[0][0] if total.row else (profile.levels.column if profile.levels else "")
                entries.append(SetAside(table.sheet, record[ROW], "", clean(record[column] or ""), _ROW_REASON))
    for label, number in layout.total_columns:
        if profile.totals[number].keep is not Keep.YES and out.filter(pl.col(CELL) == label).height:
            entries.append(SetAside(table.sheet, table.header_row, label, label, _COLUMN_REASON))
    blank = out.filter(pl.col(MEANING) == Meaning.NOT_A_RECORD)
    name = CELL if CELL in cells.columns else MEANING
    for label, count in blank.group_by(name, maintain_order=True).len().iter_rows():
        reason = Text(es=f"la fuente no cruza {count} celdas", en=f"the source does not cross {count} cells")
        entries.append(SetAside(table.sheet, table.header_row, label if name == CELL else "", "", reason))
    return tuple(entries)


def declared(cells: pl.DataFrame, layout: Layout, table: Table, profile: Profile) -> pl.DataFrame:
    """Every declared total that is a number, with the sum of its known parts and how many are not known."""
    frames = [DECLARED.to_frame()]
    for number, total in enumerate(profile.totals):
        compared = _compared(cells, layout, profile, number)
        column = total.row[0][0] if total.row else (layout.dimensions[0] if layout.dimensions else ROW)
        frames.append(
            compared.filter(pl.col(NUMBER).is_not_null() & (pl.col("parts_count") > 0)).select(
                pl.lit(table.sheet).alias("sheet"),
                pl.col(ROW).alias("row"),
                (pl.col(CELL) if CELL in compared.columns else pl.lit("")).alias("column"),
                pl.col(column).cast(pl.String).fill_null("").alias("label"),
                pl.lit(", ".join(total.over)).alias("over"),
                pl.col(NUMBER).alias("total"),
                pl.col("parts").alias("parts"),
                (pl.col("parts_count") - pl.col("known")).cast(pl.Int64).alias("unknown"),
            )
        )
    return pl.concat(frames)


def absent(layout: Layout, table: Table, profile: Profile) -> list[Finding]:
    """F17 for each declared total row that the profile describes by its label and the table does not have."""
    return [
        Finding(
            rule="F17",
            severity=Severity.INFO,
            sheet=table.sheet,
            row=table.header_row,
            column=total.row[0][0],
            message=Text(
                es=f"No hay fila de total ({total.row[0][1]}): las sumas no se pueden comprobar con ella.",
                en=f"There is no total row ({total.row[0][1]}): sums cannot be checked against it.",
            ),
        )
        for number, total in enumerate(profile.totals)
        if total.row and (layout.cells[ROW_TOTAL] == number).sum() == 0
    ]


def differences(totals: pl.DataFrame) -> list[Finding]:
    """R6 for each declared total that its parts do not make."""
    wrong = totals.filter(
        (pl.col("parts") > pl.col("total")) | ((pl.col("unknown") == 0) & (pl.col("parts") != pl.col("total")))
    )
    return [
        Finding(
            rule="R6",
            severity=Severity.WARNING,
            sheet=row["sheet"],
            row=row["row"],
            column=row["column"],
            value=str(row["total"]),
            message=Text(
                es=f"El total declarado es {row['total']} y la suma de sus partes ({row['over']}) es {row['parts']}: "
                f"diferencia {row['total'] - row['parts']:+}.",
                en=f"The declared total is {row['total']} and the sum of its parts ({row['over']}) is {row['parts']}: "
                f"difference {row['total'] - row['parts']:+}.",
            ),
        )
        for row in wrong.iter_rows(named=True)
    ]


def _compared(cells: pl.DataFrame, layout: Layout, profile: Profile, number: int) -> pl.DataFrame:
    """The cells of one declared total with `parts` (sum of known ones), `parts_count` and `known` (how many)."""
    total = profile.totals[number]
    name = ROW_TOTAL if total.column is None else COLUMN_TOTAL
    over = collapsed(total, profile.levels)
    same = [ROW] if total.column is not None else [column for column in layout.dimensions if column not in over]
    leaves = cells.filter(pl.col(name).is_null() & (pl.col(MEANING).fill_null("") != Meaning.NOT_A_RECORD))
    key = same or ["#all"]
    if not same:
        leaves, cells = (frame.with_columns(pl.lit(0).alias("#all")) for frame in (leaves, cells))
    sums = leaves.group_by(key).agg(
        pl.col(NUMBER).sum().alias("parts"),
        pl.len().alias("parts_count"),
        pl.col(NUMBER).count().alias("known"),
    )
    own = cells.filter(pl.col(name) == number)
    return own.join(sums, on=key, how="left", nulls_equal=True, maintain_order="left").with_columns(
        pl.col("parts").fill_null(0), pl.col("parts_count").fill_null(0), pl.col("known").fill_null(0)
    )
