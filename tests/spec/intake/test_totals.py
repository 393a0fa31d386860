"""Which total is a record, which is set aside, and when does it differ from its parts (R6)?"""

from collections.abc import Callable

import polars as pl
import pytest

from istmo.intake.result import Intake

PROFILE = """
profile: HND.INM.prueba
version: 1.0.0
read: {header: {find: "^Mes,Nac"}}
totals: TOTALS
unpivot: {keep: [Mes, Nac], columns: "^(Hombres|Mujeres)$", as: grupo, value: valor}
cells: {"": not_reported}
fields:
  MEASURE: {const: ENT_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {from: Mes, period: {month: es, year: "2023"}}
  CITIZENSHIP: {from: Nac, map: {Haití: HTI, Cuba: CUB}}
  SEX: {from: grupo, map: {Hombres: M, Mujeres: F}}
  OBS_VALUE: {from: valor, integer: {}}
"""
HEADER = "Mes,Nac,Hombres,Mujeres,Total\n"
ROW = "{row: {Nac: ^Total$}, over: Nac, keep: KEEP}"
COLUMN = "{column: Total, over: grupo, keep: KEEP}"


def profile(row: str, column: str) -> str:
    return PROFILE.replace("TOTALS", f"[{ROW.replace('KEEP', row)}, {COLUMN.replace('KEEP', column)}]")


TABLE = HEADER + "enero,Haití,10,5,15\nenero,Cuba,1,0,1\nenero,Total,11,5,16\n"

# keep the row total, keep the column total; records read, rows and columns set aside
KEPT = (
    ("no", "no", 4, ["Total", "Total"]),
    ("yes", "no", 6, ["Total"]),
    ("no", "yes", 6, ["Total"]),
    ("yes", "yes", 9, []),
    ("no", "without_parts", 4, ["Total", "Total"]),
)


@pytest.mark.parametrize(("row", "column", "read_", "aside"), KEPT)
def test_a_kept_total_is_a_record_and_any_other_is_only_set_aside(
    read: Callable[..., Intake], row: str, column: str, read_: int, aside: list[str]
) -> None:
    result = read(TABLE, profile(row, column))
    assert (result.read, result.accepted) == (read_, read_)
    assert [entry.label for entry in result.set_aside] == aside
    assert result.findings.height == 0


def test_a_kept_total_carries_the_total_code_over_what_it_sums(read: Callable[..., Intake]) -> None:
    rows = read(TABLE, profile("yes", "yes")).observations.select("CITIZENSHIP", "SEX", "OBS_VALUE").rows()
    assert set(rows) == {
        ("HTI", "M", 10), ("HTI", "F", 5), ("HTI", "_T", 15),
        ("CUB", "M", 1), ("CUB", "F", 0), ("CUB", "_T", 1),
        ("_T", "M", 11), ("_T", "F", 5), ("_T", "_T", 16),
    }  # fmt: skip


def test_a_total_set_aside_is_listed_with_its_row_and_reason(read: Callable[..., Intake]) -> None:
    aside = read(TABLE, profile("no", "no")).set_aside
    assert [(entry.row, entry.column, entry.reason.es) for entry in aside] == [
        (4, "", "fila de total declarado"),
        (1, "Total", "columna de total declarado"),
    ]


# the table; the findings R6: row, column, declared total, sum of its parts
DIFFERENCES = (
    (HEADER + "enero,Haití,10,5,16\nenero,Total,10,5,16\n", [(2, "Total", 16, 15), (3, "Total", 16, 15)]),
    (HEADER + "enero,Haití,10,5,15\nenero,Total,12,5,15\n", [(3, "Hombres", 12, 10), (3, "Total", 15, 17)]),
    # two months: each has its own total
    (
        HEADER + "enero,Haití,1,1,2\nenero,Total,1,1,2\nfebrero,Haití,3,3,6\nfebrero,Total,3,4,7\n",
        [(5, "Mujeres", 4, 3), (5, "Total", 7, 6)],
    ),
    # a part that is not known: the total may be larger, never smaller
    (HEADER + "enero,Haití,,5,15\nenero,Total,,5,15\n", []),
    (HEADER + "enero,Haití,,20,15\nenero,Total,,20,15\n", [(2, "Total", 15, 20), (3, "Total", 15, 20)]),
    # a total that is not known cannot differ
    (HEADER + "enero,Haití,1,2,\nenero,Total,1,2,\n", []),
)


@pytest.mark.parametrize(("table", "expected"), DIFFERENCES)
def test_a_declared_total_that_is_not_the_sum_of_its_parts_is_shown_and_not_patched(
    read: Callable[..., Intake], table: str, expected: list[tuple[int, str, int, int]]
) -> None:
    result = read(table, profile("yes", "yes"))
    found = result.findings.filter(pl.col("rule") == "R6")
    assert found.select("row", "column").rows() == [(row, column) for row, column, _, _ in expected]
    for (_, _, total, parts), message in zip(expected, found["message_en"], strict=True):
        assert f"total is {total}" in message
        assert f"is {parts}:" in message
    assert result.accepted == result.read


def test_a_total_is_kept_where_none_of_its_parts_is_a_number(read: Callable[..., Intake]) -> None:
    yearly = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,Total"}}
totals: [{row: {País: ^Total$}, over: País, keep: "yes"}, {column: Total, over: mes, keep: without_parts}]
unpivot: {keep: [País], columns: "^(Ene|Feb)$", as: mes, value: valor}
cells: {"": not_a_record}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {from: mes, period: {month: es, year: "2015"}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: valor, integer: {}}
"""
    result = read("País,Total,Ene,Feb\nTotal,30,,\nHaití,20,,\nCuba,10,4,6\n", yearly)
    assert result.observations.select("CITIZENSHIP", "PERIOD", "OBS_VALUE").rows() == [
        ("_T", "2015", 30),
        ("HTI", "2015", 20),
        ("CUB", "2015-01", 4),
        ("CUB", "2015-02", 6),
    ]


def test_a_total_row_that_the_profile_expects_and_the_table_lacks_is_said(read: Callable[..., Intake]) -> None:
    found = read(HEADER + "enero,Haití,10,5,15\n", profile("yes", "yes")).findings
    assert found.select("rule", "severity").rows() == [("F17", "info")]


def test_every_declared_total_can_be_looked_at_with_its_parts(read: Callable[..., Intake]) -> None:
    declared = read(HEADER + "enero,Haití,10,5,16\nenero,Total,10,5,16\n", profile("no", "no")).declared
    assert declared.select("row", "column", "label", "over", "total", "parts", "unknown").rows() == [
        (3, "Hombres", "Total", "Nac", 10, 10, 0),
        (3, "Mujeres", "Total", "Nac", 5, 5, 0),
        (3, "Total", "Total", "Nac", 16, 16, 0),
        (2, "Total", "enero", "grupo", 16, 15, 0),
        (3, "Total", "enero", "grupo", 16, 15, 0),
    ]


LEVELS = """
profile: MEX.UPM.prueba
version: 1.0.0
read: {header: {find: "^Pa.s,Ene"}, stop_at: "^Nota"}
levels: {column: País, by: indent, as: [continente, pais], alone: [Apátridas]}
totals:
  - {row: {País: "^Total general$"}, over: continente, keep: "yes"}
  - {row: {level: "0", has_children: "yes"}, over: pais}
unpivot: {keep: [País], columns: "^Ene$", as: mes, value: valor}
fields:
  MEASURE: {const: EVT_IRR}
  UNIT: {const: EVENT}
  PERIOD: {from: mes, period: {month: es, year: "2016"}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB, India: IND, Apátridas: XXA}}
  OBS_VALUE: {from: valor, integer: {}}
"""


def test_levels_written_by_indentation_are_subtotals_of_what_stands_under_them(read: Callable[..., Intake]) -> None:
    table = "País,Ene\nTotal general,10\nAmérica,8\n  Haití,5\n  Cuba,2\nAsia,1\n  India,1\nApátridas,1\nNota: x,\n"
    result = read(table, LEVELS)
    assert result.observations.select("CITIZENSHIP", "OBS_VALUE").rows() == [
        ("_T", 10), ("HTI", 5), ("CUB", 2), ("IND", 1), ("XXA", 1),
    ]  # fmt: skip
    assert [(entry.row, entry.label) for entry in result.set_aside] == [(3, "América"), (6, "Asia")]
    assert result.findings.filter(pl.col("rule") == "R6").select("row", "value").rows() == [(2, "10"), (3, "8")]


# how the hierarchy is written, and what the profile says of it
FIRST = "Total general,10\nAmérica,8\n{0}Haití,5\n{0}Cuba,3\nAsia,1\n{0}India,1\nApátridas,1\n"
LAST = "{0}Haití,5\n{0}Cuba,3\nAmérica,8\n{0}India,1\nAsia,1\nApátridas,1\nTotal general,10\n"
BY_LABEL = "by: label, parents: ['^(América|Asia)$']"
WRITTEN = (
    ("parents above, children indented", FIRST.format("  "), "by: indent"),
    ("parents below, children indented", LAST.format("  "), "by: indent, order: parents_last"),
    ("parents above, known by their labels", FIRST.format(""), BY_LABEL),
    ("parents below, known by their labels", LAST.format(""), f"{BY_LABEL}, order: parents_last"),
)


@pytest.mark.parametrize(("table", "levels"), [case[1:] for case in WRITTEN], ids=[case[0] for case in WRITTEN])
def test_parents_above_or_below_their_children_are_their_subtotals(
    table: str, levels: str, read: Callable[..., Intake]
) -> None:
    profile = LEVELS.replace("by: indent", levels)
    result = read("País,Ene\n" + table, profile)
    assert set(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {
        ("_T", 10), ("HTI", 5), ("CUB", 3), ("IND", 1), ("XXA", 1),
    }  # fmt: skip
    assert {entry.label for entry in result.set_aside} == {"América", "Asia"}
    assert result.findings.is_empty()
    wrong = read("País,Ene\n" + table.replace("América,8", "América,9"), profile)
    assert wrong.findings.select("rule", "value").rows() == [("R6", "9")]


def test_a_parent_of_nothing_is_a_record_also_right_above_the_total(read: Callable[..., Intake]) -> None:
    for table, order in (("Haití,5\nAmérica,5\nAsia,2\nTotal general,7\n", "parents_last"), (
        "América,5\nHaití,5\nAsia,2\nTotal general,7\n", "parents_first")):  # fmt: skip
        profile = LEVELS.replace("by: indent", f"{BY_LABEL}, order: {order}").replace("India: IND", "Asia: _U")
        result = read("País,Ene\n" + table, profile)
        assert dict(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {
            "_T": 7, "HTI": 5, "_U": 2,
        }  # fmt: skip
        assert [entry.label for entry in result.set_aside] == ["América"]


def test_three_levels_known_by_their_labels_may_stand_below_their_parts(read: Callable[..., Intake]) -> None:
    levels = "by: label, order: parents_last, parents: ['^Mundo$', '^(América|Asia)$']"
    profile = LEVELS.replace("by: indent, as: [continente, pais]", f"{levels}, as: [mundo, continente, pais]")
    profile = profile.replace('row: {level: "0"', 'row: {level: "1"').replace("^Total general$", "^Mundo$")
    result = read("País,Ene\nHaití,5\nCuba,3\nAmérica,8\nIndia,1\nAsia,1\nMundo,9\n", profile)
    assert dict(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {
        "_T": 9, "HTI": 5, "CUB": 3, "IND": 1,
    }  # fmt: skip
    assert result.findings.is_empty()
