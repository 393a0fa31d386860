"""What does a sign in a value cell mean? Five kinds of nothing, never confused (R17), and only as the profile says."""

from collections.abc import Callable

import polars as pl
import pytest

from istmo.intake.result import Intake

PROFILE = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,Total,Ene"}, thousands: ","}
totals: [{row: {País: "^Total$"}, over: País, keep: "yes"}, {column: Total, over: mes}]
unpivot: {keep: [País], columns: "^(Ene|Feb)$", as: mes, value: valor}
cells: {CELLS}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {from: mes, period: {month: es, year: "2016"}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: valor, integer: {max: "1000000"}}
"""
CONDITIONAL = '{"-": {zero_if: mes has a total, else: not_reported}}'
ANY_NUMBER = '{"-": {zero_if: mes has a number, else: not_reported}}'

# cells of the profile, the total of January, Haiti's cell, Cuba's cell; what Haiti's cell becomes: value, status
CASES = (
    ('{"-": zero}', "5", "-", "5", 0, "A"),
    ('{"-": not_reported}', "5", "-", "5", None, "O"),
    ('{"-": not_applicable}', "5", "-", "5", None, "M"),
    ('{"-": not_collected}', "5", "-", "5", None, "L"),
    ('{"<5": withheld}', "5", "<5", "2", None, "Q"),
    ('{"": not_reported}', "5", "", "5", None, "O"),
    (CONDITIONAL, "5", "-", "5", 0, "A"),  # the month was counted: nobody from Haiti
    (CONDITIONAL, "-", "-", "-", None, "O"),  # the month was not counted
    (CONDITIONAL, "-", "-", "5", None, "O"),
    (ANY_NUMBER, "-", "-", "5", 0, "A"),
    (ANY_NUMBER, "-", "-", "-", None, "O"),
    ('{"": {not_collected_if: mes has a total, else: not_a_record}, "-": zero}', "5", "", "5", None, "L"),
    ('{"-": zero}', "5", "0", "5", 0, "A"),
    ('{"-": zero}', "5", "1,005", "5", 1005, "A"),
)


@pytest.mark.parametrize(("cells", "total", "haiti", "cuba", "value", "status"), CASES)
def test_a_sign_means_what_the_profile_says(
    read: Callable[..., Intake], cells: str, total: str, haiti: str, cuba: str, value: int | None, status: str
) -> None:
    text = f'País,Total,Ene,Feb\nTotal,,"{total}",7\nHaití,,"{haiti}",0\nCuba,,"{cuba}",7\n'
    result = read(text, PROFILE.replace("{CELLS}", cells))
    is_haiti = (pl.col("CITIZENSHIP") == "HTI") & (pl.col("PERIOD") == "2016-01")
    row = result.observations.row(by_predicate=is_haiti, named=True)
    assert (row["OBS_VALUE"], row["OBS_STATUS"]) == (value, status)
    assert result.accepted == result.read == 6


# cells of the profile, Haiti's cell, what becomes of it: quarantined, rejected, the rule
STOPPED = (
    ('{"-": zero}', "", 1, 0, "R17"),  # a blank that the profile does not name waits for a person
    ('{"-": zero}', "n.d.", 0, 1, "F10"),
    ('{"": zero}', "-", 0, 1, "F10"),  # a sign of another source
    ('{"-": zero}', "1.5", 0, 1, "F10"),
    ('{"-": zero}', "-5", 0, 1, "F11"),
    ('{"-": zero}', "1000001", 0, 1, "F11"),
)


@pytest.mark.parametrize(("cells", "haiti", "quarantined", "rejected", "rule"), STOPPED)
def test_a_sign_that_the_profile_does_not_name_stops_the_record(
    read: Callable[..., Intake], cells: str, haiti: str, quarantined: int, rejected: int, rule: str
) -> None:
    text = f'País,Total,Ene,Feb\nTotal,,5,7\nHaití,,"{haiti}",0\nCuba,,5,7\n'
    result = read(text, PROFILE.replace("{CELLS}", cells))
    assert (result.read, result.accepted, result.quarantined, result.rejected) == (6, 5, quarantined, rejected)
    finding = result.findings.filter(result.findings["rule"] == rule).row(0, named=True)
    assert (finding["row"], finding["column"], finding["value"], finding["severity"]) == (3, "Ene", haiti, "error")


def test_a_cell_that_the_source_does_not_cross_is_no_record(read: Callable[..., Intake]) -> None:
    text = "País,Total,Ene,Feb\nTotal,,5,7\nHaití,,,0\nCuba,,5,7\n"
    result = read(text, PROFILE.replace("{CELLS}", '{"": not_a_record}'))
    assert (result.read, result.accepted) == (5, 5)
    assert [(entry.column, entry.reason.en) for entry in result.set_aside if entry.column == "Ene"] == [
        ("Ene", "the source does not cross 1 cells")
    ]
