"""Unit records: what a row says of a person is masked or left out; doubtful rows stop, and say why."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"
PROFILE = """
profile: CRI.DGME.prueba
version: 1.0.0
grain: person
read: {header: {find: "^folio;|^folio,"}}
fields:
  SOURCE_ID: {from: folio, text: {}, personal: "yes", unique: {on_duplicate: quarantine}}
  EVENT_DATE: {from: fecha, date: DD/MM/YYYY}
  BIRTH_DATE:
    from: nacimiento
    personal: "yes"
    date: DD/MM/YYYY
    partial: {"00/00/": year, "00/": month}
    blank: unknown
    missing: ["9999"]
  UNTIL: {from: vence, date: DD/MM/YYYY, blank: none}
  YEARS: {from: edad, integer: {min: "0", max: "110"}, missing: ["999"], blank: none}
  CHILDREN: {from: hijos, integer: {}, personal: "yes"}
  CITIZENSHIP: {from: pais, map: {Haití: HTI, Congo: X_CONGO}}
  FAITH: {from: credo, map: {A: a}, personal: "yes"}
  SERVICES: {flags: {agua: WATER, casa: SHELTER}, missing: ["9"]}
  SECRETS: {flags: {secreto: SECRET}, on: ["S"], off: ["N"], personal: "yes"}
checks:
  - {id: born, rule: R20, when: BIRTH_DATE, that: BIRTH_DATE <= EVENT_DATE, es: Nació después., en: Born after.}
  - {id: age, that: "YEARS < 100", severity: warning, es: Más de cien., en: Over a hundred.}
  - {id: raw, that: "[folio] != 'X'", action: quarantine, es: Folio X., en: Number X.}
  - {id: sum, that: "YEARS >= 0", severity: info, es: x, en: y}
accept: {max_stopped: 100 %}
"""
HEADER = "folio,fecha,nacimiento,vence,edad,hijos,pais,credo,agua,casa,secreto\n"
GOOD = "F1,02/06/2016,01/01/1990,,26,0,Haití,A,1,0,S\n"


def test_the_records_of_the_example_are_judged_one_by_one() -> None:
    raw = (FIXTURES / "cri_dgme_permisos.csv").read_bytes()
    result = intake(io.BytesIO(raw), filename="permisos.csv", profile=builtin_profiles()["CRI.DGME.permisos"])
    assert (result.read, result.accepted, result.quarantined, result.rejected) == (7, 5, 1, 1)
    assert not result.storable
    found = result.findings.select("row", "rule", "severity").rows()
    assert (7, "R21", "error") in found
    assert (8, "R20", "error") in found
    assert (2, "R11", "info") in found
    second = result.findings.filter(pl.col("rule") == "R21").row(0, named=True)
    assert "row 6" in second["message_en"]
    assert "fila 6" in second["message_es"]


def test_no_personal_value_leaves_in_findings_or_rows(read: Callable[..., Intake]) -> None:
    text = (
        HEADER
        + GOOD
        + "SECRETO77,02/06/2016,31/02/1977,,26,77x,Haití,B77,1,0,77\n"
        + "SECRETO77,02/06/2016,00/00/1978,,26,0,Haití,A,1,0,S\n"
    )
    result = read(text, PROFILE)
    assert result.observations.height == 0
    assert set(result.rows.columns).isdisjoint(
        {"SOURCE_ID", "BIRTH_DATE", "BIRTH_DATE_PRECISION", "CHILDREN", "FAITH", "SECRETS"}
    )
    lists = [pl.col("SERVICES").list.join(" ")]
    written = result.findings.write_csv() + result.rows.with_columns(lists).write_csv()
    assert "77" not in written
    assert "1978" not in written
    masked = result.findings.filter(pl.col("value") == "•••")
    assert set(masked["rule"]) == {"R20", "F10", "R9", "R21"}
    assert set(masked["suggestion"]) == {""}


def test_a_number_seen_twice_is_quarantined_from_its_second_row_on(read: Callable[..., Intake]) -> None:
    blank = GOOD.replace("F1", "")
    result = read(HEADER + GOOD + GOOD.replace("F1", "F2") + GOOD + GOOD + blank + blank, PROFILE)
    assert (result.read, result.accepted, result.quarantined) == (6, 4, 2)
    found = result.findings.filter(pl.col("rule") == "R21")
    assert found["row"].to_list() == [4, 5]
    assert all("row 2" in message for message in found["message_en"])


# the row, accepted, quarantined, rejected, the rules of its findings
ROWS = (
    (GOOD, 1, 0, 0, []),
    (GOOD.replace("02/06/2016", "31/06/2016"), 0, 0, 1, ["R20"]),
    (GOOD.replace("02/06/2016", "junio"), 0, 0, 1, ["F12"]),
    (GOOD.replace("02/06/2016", ""), 0, 0, 1, ["R20"]),
    (GOOD.replace("01/01/1990", "00/00/1990"), 1, 0, 0, ["R20"]),
    (GOOD.replace("01/01/1990", "00/05/1990"), 1, 0, 0, ["R20"]),
    (GOOD.replace("01/01/1990", ""), 1, 0, 0, []),
    (GOOD.replace("01/01/1990", "9999"), 1, 0, 0, []),
    (GOOD.replace("01/01/1990", "03/06/2016"), 0, 0, 1, ["R20"]),
    (GOOD.replace(",26,", ",999,"), 1, 0, 0, []),
    (GOOD.replace(",26,", ",,"), 1, 0, 0, []),
    (GOOD.replace(",26,", ",105,"), 1, 0, 0, ["F26"]),
    (GOOD.replace(",26,", ",111,"), 0, 0, 1, ["F11", "F26"]),
    (GOOD.replace(",26,", ",x,"), 0, 0, 1, ["F10"]),
    (GOOD.replace(",0,Haití", ",,Haití"), 0, 1, 0, ["R17"]),
    (GOOD.replace("Haití", "Atlántida"), 0, 1, 0, ["R9"]),
    (GOOD.replace("Haití", "Congo"), 1, 0, 0, ["R11"]),
    (GOOD.replace(",1,0,S", ",2,0,S"), 0, 0, 1, ["F10"]),
    (GOOD.replace(",1,0,S", ",9,,N"), 1, 0, 0, []),
    (GOOD.replace(",1,0,S", ",1,0,"), 0, 0, 1, ["F10"]),
    (GOOD.replace("F1", "X"), 0, 1, 0, ["F26"]),
    (GOOD.replace("Haití", "Atlántida").replace("02/06/2016", "31/06/2016"), 0, 0, 1, ["R20", "R9"]),
)


@pytest.mark.parametrize(("row", "accepted", "quarantined", "rejected", "found"), ROWS)
def test_a_record_is_accepted_quarantined_or_rejected(
    read: Callable[..., Intake], row: str, accepted: int, quarantined: int, rejected: int, found: list[str]
) -> None:
    result = read(HEADER + row, PROFILE)
    assert (result.accepted, result.quarantined, result.rejected) == (accepted, quarantined, rejected)
    assert sorted(result.findings["rule"]) == found


def test_what_is_known_of_a_record_becomes_an_event(read: Callable[..., Intake]) -> None:
    result = read(HEADER + GOOD + GOOD.replace("F1", "F2").replace(",1,0,S", ",0,9,N"), PROFILE)
    event = result.events.row(0, named=True)
    assert event["EVENT_DATE"] == date(2016, 6, 2)
    assert (event["UNTIL"], event["YEARS"], event["CITIZENSHIP"]) == (None, 26, "HTI")
    assert result.events["SERVICES"].to_list() == [["WATER"], []]
    assert (event["REPORTER"], event["AGENCY"], event["DATASET"]) == ("CRI", "DGME", "prueba")


def test_an_event_or_a_birth_after_the_day_given_is_rejected_and_an_end_is_not() -> None:
    profile = read_profile(PROFILE.encode(), name="p")
    text = HEADER + GOOD + GOOD.replace("F1", "F2").replace("01/01/1990", "00/00/2017") + GOOD.replace("F1", "F3")
    raw = text.replace(",,26", ",01/01/2020,26").encode()
    before = intake(io.BytesIO(raw), filename="f", profile=profile, on=date(2016, 6, 1))
    assert (before.rejected, set(before.findings["rule"])) == (3, {"R20"})
    assert "01/01/1990" not in before.findings.write_csv()
    after = intake(io.BytesIO(raw), filename="f", profile=profile, on=date(2016, 6, 2))
    assert after.rejected == 1
    assert after.findings.select("row", "rule").rows()[0] == (3, "R20")


def test_the_precision_of_a_partial_date_stands_beside_it(read: Callable[..., Intake]) -> None:
    profile = PROFILE.replace('from: nacimiento\n    personal: "yes"', "from: nacimiento")
    text = HEADER + "".join(
        GOOD.replace("F1", f"F{number}").replace("01/01/1990", born)
        for number, born in enumerate(("01/02/1990", "00/02/1990", "00/00/1990", ""))
    )
    rows = read(text, profile).events.select("BIRTH_DATE", "BIRTH_DATE_PRECISION").rows()
    assert rows == [
        (date(1990, 2, 1), "day"),
        (date(1990, 2, 1), "month"),
        (date(1990, 1, 1), "year"),
        (None, "unknown"),
    ]


def test_labels_of_unit_records_may_depend_on_the_day_of_the_event(read: Callable[..., Intake]) -> None:
    maps = "[{until: 2016-06-01, map: {Haití: CUB}}, {from: 2016-06-02, map: {Haití: HTI}}]"
    mapped = f"CITIZENSHIP: {{from: pais, map: {maps}}}"
    profile = PROFILE.replace("CITIZENSHIP: {from: pais, map: {Haití: HTI, Congo: X_CONGO}}", mapped)
    assert read(HEADER + GOOD, profile).events["CITIZENSHIP"].to_list() == ["HTI"]
    undated = profile.replace("EVENT_DATE:", "SEEN_ON:").replace("EVENT_DATE", "SEEN_ON")
    assert read(HEADER + GOOD, undated).quarantined == 1


def test_a_long_file_is_read_the_same_by_codes_and_by_text(read: Callable[..., Intake]) -> None:
    text = HEADER + "".join(GOOD.replace("F1", f"F{number}") for number in range(50))
    by_codes = read(text, PROFILE)
    by_text = read(text + '"F""2",02/06/2016,01/01/1990,,"26",0,"Haití",A,1,0,S\n', PROFILE)
    assert by_codes.events.equals(by_text.events[:50])
    assert by_text.read == 51


# the ages of three rows, what they are read as, the rules of their findings
AGES = (
    (("26", "0", "110"), [26, 0, 110], ["F26"]),
    (("26", "", "007"), [26, None, 7], []),
    (("26", "-1", "50000"), [26], ["F11", "F11", "F26"]),
    (("26", "x", "1.5"), [26], ["F10", "F10"]),
    (("", "", ""), [None, None, None], []),
    (("26", "9007199254740993", "1"), [26, 1], ["F10"]),
)


@pytest.mark.parametrize(("ages", "years", "found"), AGES)
def test_a_column_of_numbers_is_judged_the_same_however_it_is_read(
    read: Callable[..., Intake], ages: tuple[str, ...], years: list[int | None], found: list[str]
) -> None:
    profile = PROFILE.replace('  - {id: sum, that: "YEARS >= 0", severity: info, es: x, en: y}\n', "")
    rows = [GOOD.replace("F1", f"F{number}").replace(",26,", f",{age},") for number, age in enumerate(ages)]
    by_number = read(HEADER + "".join(rows), profile)
    quoted = '"Q""Q",' + GOOD.partition(",")[2].replace("02/06/2016", "31/06/2016")  # makes the columns be read as text
    by_text = read(HEADER + "".join(rows) + quoted.replace("Haití", '"Ha\nití"'), profile)
    for result in (by_number, by_text):
        assert result.events["YEARS"].to_list() == years
        assert sorted(result.findings.filter(pl.col("row") < 5)["rule"]) == found


def test_many_quoted_cells_are_read_as_text(read: Callable[..., Intake]) -> None:
    text = HEADER + "".join(GOOD.replace("F1", f"F{n}").replace("Haití", '"Haití"') for n in range(100_001))
    assert read(text, PROFILE).accepted == 100_001


def test_more_kinds_of_problem_than_one_mask_holds_are_all_told(read: Callable[..., Intake]) -> None:
    columns = [f"c{number}" for number in range(70)]
    flags = "\n".join(f"  F{number}: {{flags: {{{column}: ON}}}}" for number, column in enumerate(columns))
    head = 'profile: CRI.DGME.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: "^c0,"}}\n'
    profile = f"{head}fields:\n{flags}\n"
    result = read(",".join(columns) + "\n" + ",".join("x" * 70) + "\n" + ",".join("1" * 70) + "\n", profile)
    assert (result.read, result.rejected, result.accepted) == (2, 1, 1)
    assert set(result.findings["column"]) == {*columns, ""}
