"""Merged cells: a label is that of each of its rows, because the file says so; a figure is never divided."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import xlwt

from istmo.intake.grammar import Profile
from istmo.intake.merged import together
from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.intake.sheets import Merged
from istmo.intake.table import ROW, Table

Range = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0
Book = Callable[[list[list[Any]], Iterable[Range]], bytes]


def new(rows: list[list[Any]], merged: Iterable[Range] = ()) -> bytes:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    page = book.add_worksheet("Cuadro")
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    for first_row, first_column, last_row, last_column in merged:
        cell = rows[first_row][first_column] if first_column < len(rows[first_row]) else ""
        page.merge_range(first_row, first_column, last_row, last_column, cell)
    book.close()
    return raw.getvalue()


def old(rows: list[list[Any]], merged: Iterable[Range] = ()) -> bytes:
    raw = io.BytesIO()
    book = xlwt.Workbook()
    page = book.add_sheet("Cuadro", cell_overwrite_ok=True)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell != "":
                page.write(number, column, cell)
    for first_row, first_column, last_row, last_column in merged:
        cell = rows[first_row][first_column] if first_column < len(rows[first_row]) else ""
        page.write_merge(first_row, last_row, first_column, last_column, cell)
    book.save(raw)
    return raw.getvalue()


BOTH = pytest.mark.parametrize("book", [new, old])


def profile(read: str, layout: str, fields: str) -> Profile:
    text = f"""
profile: GTM.IGM.prueba
version: 1.0.0
read: {{header: {{{read}}}, stop_at: "^Fuente"}}
{layout}
fields:
  MEASURE: {{const: RET_REC}}
  UNIT: {{const: EVENT}}
{fields}
accept: {{max_stopped: 100 %}}
"""
    return read_profile(text.encode(), name="p.yaml")


LONG = profile(
    'find: "^Mes,País"',
    "",
    """
  PERIOD: {from: Mes, period: {month: es, year: "2024"}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB, "": _U}}
  OBS_VALUE: {from: n, integer: {}}
""",
)
WIDE = profile(
    'find: "^Mes,País"',
    "unpivot: {keep: [Mes, País], columns: '^(H|M)$', as: sexo, value: v}\ncells: {'': not_reported}\n"
    "totals: [{column: T, over: sexo}]",
    """
  PERIOD: {from: Mes, period: {month: es, year: "2024"}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  SEX: {from: sexo, map: {H: M, M: F}}
  OBS_VALUE: {from: v, integer: {}}
""",
)


def read(raw: bytes, by: Profile = LONG) -> Intake:
    return intake(io.BytesIO(raw), filename="f", profile=by)


@BOTH
def test_a_label_merged_over_rows_is_that_of_each_and_this_is_said(book: Book) -> None:
    rows = [["x"], ["Mes", "País", "n"], ["Enero", "Haití", 1], ["", "Cuba", 2], ["Marzo", "Cuba", 3], ["Fuente"]]
    result = read(book(rows, [(2, 0, 3, 0)]))
    assert result.observations.select("PERIOD", "CITIZENSHIP", "OBS_VALUE").rows() == [
        ("2024-01", "HTI", 1),
        ("2024-01", "CUB", 2),
        ("2024-03", "CUB", 3),
    ]
    found = result.findings.row(0, named=True)
    assert (result.findings.height, found["rule"], found["severity"]) == (1, "F34", "info")
    assert (found["sheet"], found["row"], found["column"]) == ("Cuadro", 3, "Mes")
    assert "(cells: 1, rows: 2)" in found["message_en"]


@BOTH
def test_a_blank_that_is_not_merged_stays_a_blank(book: Book) -> None:
    rows = [["Mes", "País", "n"], ["Enero", "Haití", 1], ["", "Cuba", 2], ["Enero", "", 3]]
    result = read(book(rows, [(1, 0, 2, 0)]))
    assert (result.accepted, result.observations["CITIZENSHIP"].to_list()) == (3, ["HTI", "CUB", "_U"])
    unmerged = read(book(rows, []))
    assert (unmerged.accepted, unmerged.rejected) == (2, 1)
    assert unmerged.findings.select("rule", "row").rows() == [("F12", 3)]


@BOTH
def test_a_figure_merged_over_rows_is_given_to_none_of_them(book: Book) -> None:
    rows = [["Mes", "País", "n"], ["Enero", "Haití", 7], ["Enero", "Cuba", ""], ["Marzo", "Cuba", 3]]
    result = read(book(rows, [(1, 2, 2, 2)]))
    assert result.observations.select("PERIOD", "OBS_VALUE").rows() == [("2024-03", 3)]
    assert (result.read, result.quarantined) == (3, 2)
    f34 = result.findings.filter(pl.col("rule") == "F34")
    assert f34.select("severity", "row", "column", "value").rows() == [("error", 2, "n", "7"), ("error", 3, "n", "")]


@BOTH
def test_a_figure_merged_over_columns_is_given_to_none_of_them(book: Book) -> None:
    rows = [
        ["Mes", "País", "H", "M", "T"],
        ["Enero", "Haití", 7, "", 7],
        ["Enero", "Cuba", 1, 2, 3],
        ["Marzo", "Cuba", 1, 5, ""],
    ]
    result = read(book(rows, [(1, 2, 1, 3), (3, 3, 3, 4)]), WIDE)
    assert result.observations.select("CITIZENSHIP", "SEX", "OBS_VALUE").rows() == [
        ("CUB", "M", 1),
        ("CUB", "F", 2),
        ("CUB", "M", 1),
        ("CUB", "F", 5),
    ]
    f34 = result.findings.filter(pl.col("rule") == "F34")
    assert f34.select("row", "column", "value").rows() == [(2, "H", "7"), (2, "M", "")]
    assert read(book(rows, []), WIDE).quarantined == 0


@BOTH
def test_a_label_merged_over_columns_stays_where_it_is_written(book: Book) -> None:
    rows = [["Mes", "País", "n"], ["Enero", "Haití", 1], ["Marzo", "", 2]]
    result = read(book(rows, [(2, 0, 2, 1)]))
    assert result.observations.select("PERIOD", "CITIZENSHIP").rows() == [("2024-01", "HTI"), ("2024-03", "_U")]
    both = read(book([*rows, ["", "", 3]], [(2, 0, 3, 1)]))
    assert both.observations.select("PERIOD", "CITIZENSHIP", "OBS_VALUE").rows()[-1] == ("2024-03", "_U", 5)


def test_merged_cells_that_hold_nothing_or_run_on_below_the_table_do_no_harm() -> None:
    rows = [["Mes", "País", "n"], ["", "Haití", 1], ["", "Cuba", 2], ["Enero", "Cuba", 4], ["Fuente"]]
    result = read(new(rows, [(1, 0, 2, 0), (3, 0, 4, 0)]))
    assert result.observations["OBS_VALUE"].to_list() == [4]
    assert result.findings.filter(pl.col("rule") == "F12")["row"].to_list() == [2, 3]


def test_merged_cells_whose_first_row_is_blank_fill_nothing() -> None:
    rows = [["Mes", "País", "n"], ["", "", ""], ["", "Cuba", 2], ["Enero", "Cuba", 4]]
    result = read(new(rows, [(1, 0, 2, 0)]))
    assert (result.accepted, result.rejected) == (1, 1)


GROUPS = profile(
    'find: "^País,2023", rows: 2',
    "unpivot: {keep: [País], columns: '^20.. / ', as: grupo, value: v}",
    """
  PERIOD: {from: grupo, period: {month: es, year: "2024"}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: v, integer: {}}
""".replace('{from: grupo, period: {month: es, year: "2024"}}', "{const: 2024, period: {grain: A}}")
    + "  SEX: {from: grupo, map: {2023 / H: M, 2023 / M: F, 2024 / H: M, 2024 / M: F}}\n",
)


@BOTH
def test_a_label_of_the_header_merged_over_columns_is_that_of_each(book: Book) -> None:
    rows = [
        ["Título"],
        ["País", "2023", "", "2024", "", "Nota"],
        ["", "H", "M", "H", "M", ""],
        ["Haití", 1, 2, 3, 4, ""],
    ]
    result = read(book(rows, [(0, 0, 0, 5), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)]), GROUPS)
    assert result.accepted == 4
    assert result.findings.filter(pl.col("rule") == "F34").select("row", "column").rows() == [(2, "")]
    assert result.findings.filter(pl.col("rule") == "F27")["column"].to_list() == ["Nota"]
    assert "(cells: 2)" in result.findings.filter(pl.col("rule") == "F34")["message_en"].item()


def test_a_header_merged_beyond_its_last_column_makes_no_columns() -> None:
    rows = [["País", "2023", "", ""], ["", "H", "M", ""], ["Haití", 1, 2]]
    assert read(new(rows, [(0, 1, 0, 300)]), GROUPS).accepted == 2


def test_a_table_that_begins_in_a_later_column_and_row_has_its_merged_cells_in_place() -> None:
    rows: list[list[Any]] = [[], ["", "", "Mes", "País", "n"], ["", "", "Enero", "Haití", 1], ["", "", "", "Cuba", 2]]
    for raw in (new(rows, [(2, 2, 3, 2)]), old(rows, [(2, 2, 3, 2)])):
        result = read(raw)
        assert (result.accepted, result.findings["row"].to_list()) == (2, [3])
    # what is merged to the left of every cell that holds something is no part of the table
    assert read(new(rows, [(1, 0, 3, 1), (2, 2, 3, 2)])).accepted == 2


def test_of_ranges_that_overlap_the_first_is_taken() -> None:
    body = pl.DataFrame({ROW: [2, 3, 4, 5], "n": ["1", "2", "3", "4"]})
    merged = (Merged(2, 3, 0, 0), Merged(3, 5, 0, 0), Merged(5, 6, 0, 0))
    table = Table("", "", (), ("n",), 1, body, (), merged=merged)
    assert together(body, table, ["n"])["n"].to_list() == [True, True, False, True]


def test_persons_of_one_merged_date_have_it_each() -> None:
    by = read_profile(
        b"profile: CRI.DGME.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: '^d,n'}}\nfields:\n"
        b"  EVENT_DATE: {from: d, date: DD/MM/YYYY}\n  YEARS: {from: n, integer: {}}\n",
        name="p",
    )
    result = read(new([["d", "n"], ["02/06/2016", 1], ["", 2]], [(1, 0, 2, 0)]), by)
    assert result.events["EVENT_DATE"].n_unique() == 1
    assert result.accepted == 2
