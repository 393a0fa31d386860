"""The outcome of a file: what may be stored, its JSON, and what several rows of one key become."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS, schema

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"
PROFILE = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,n"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: n, integer: {}}
cells: {"-": not_reported}
"""


def test_observations_have_the_columns_and_types_of_the_dataflow(read: Callable[..., Intake]) -> None:
    result = read("País,n\nHaití,1\n", PROFILE)
    assert tuple(result.observations.columns) == COLUMNS
    assert result.observations.schema == schema()
    row = result.observations.row(0, named=True)
    assert (row["VINTAGE"], row["PROFILE"], row["SOURCE_HASH"]) == ("", "PAN.SNM.prueba@1.0.0", result.source_hash)
    assert (row["SEX"], row["PLACE"], row["OBS_STATUS"], row["CITIZENSHIP_STATUS"]) == ("_T", "_T", "A", "AS_RECORDED")
    assert result.rows is result.observations
    assert result.events.height == 0


def test_nothing_may_be_stored_when_too_many_records_were_stopped(read: Callable[..., Intake]) -> None:
    good = "".join("Haití,1\n" for _ in range(19))
    within = read("País,n\n" + good + "Atlántida,1\n", PROFILE)
    assert (within.stopped, within.storable) == (1, True)
    beyond = read("País,n\n" + good + "Atlántida,1\nAtlántida,1\n", PROFILE)
    assert (beyond.stopped, beyond.storable, beyond.accepted) == (2, False, 19)
    assert beyond.observations["OBS_VALUE"].to_list() == [19]
    first = beyond.findings.row(0, named=True)
    assert (first["rule"], first["row"], first["severity"]) == ("F15", 0, "error")
    assert "2 of 21" in first["message_en"]
    assert "5 %" in first["message_en"]


def test_a_key_that_stands_twice_is_added_with_a_caveat_and_a_warning_that_names_both_rows(
    read: Callable[..., Intake],
) -> None:
    result = read("País,n\nHaití,3\nCuba,1\nHaití,4\nCuba,-\nCuba,-\n", PROFILE)
    assert (result.read, result.accepted) == (5, 5)
    assert result.observations.select("CITIZENSHIP", "OBS_VALUE", "OBS_STATUS").rows() == [
        ("HTI", 7, "A"),
        ("CUB", 1, "A"),
    ]
    assert "2, 4" in result.observations["NOTE"][0]
    found = result.findings.filter(pl.col("rule") == "R21")
    assert found.select("row", "severity", "column", "value").rows() == [
        (4, "warning", "n", "HTI, 2023-08"),
        (5, "warning", "n", "CUB, 2023-08"),
    ]
    assert "rows 2, 4" in found["message_en"][0]
    assert "filas 3, 5, 6" in found["message_es"][1]


def test_two_cells_that_are_not_reported_add_up_to_not_reported(read: Callable[..., Intake]) -> None:
    result = read("País,n\nHaití,-\nHaití,-\n", PROFILE)
    assert result.observations.select("OBS_VALUE", "OBS_STATUS").rows() == [(None, "O")]


def test_a_profile_may_quarantine_the_second_row_of_a_key(read: Callable[..., Intake]) -> None:
    result = read("País,n\nHaití,3\nHaití,4\nHaití,5\n", PROFILE + "same_key: {action: quarantine}\n")
    assert (result.read, result.accepted, result.quarantined) == (3, 1, 2)
    assert result.observations["OBS_VALUE"].to_list() == [3]
    assert result.findings.filter(pl.col("rule") == "R21")["severity"].to_list() == ["error"]


def test_the_outcome_is_written_as_json(read: Callable[..., Intake]) -> None:
    raw = (FIXTURES / "pan_snm_cuadro003.csv").read_bytes()
    result = intake(io.BytesIO(raw), filename="c.csv", profile=builtin_profiles()["PAN.SNM.cuadro003"])
    document = json.loads(json.dumps(result.as_json()))
    assert {key: document[key] for key in ("file", "read", "accepted", "quarantined", "rejected", "storable")} == {
        "file": "c.csv",
        "read": 84,
        "accepted": 84,
        "quarantined": 0,
        "rejected": 0,
        "storable": True,
    }
    assert document["profile"].startswith("PAN.SNM.cuadro003@")
    assert document["set_aside"] == [
        {
            "sheet": "",
            "row": 5,
            "column": "Total",
            "label": "Total",
            "reason": {"es": "columna de total declarado", "en": "column of a declared total"},
        }
    ]
    congo = document["findings"][0]
    assert {key: congo[key] for key in ("row", "column", "value", "rule", "severity")} == {
        "row": 8,
        "column": "País",
        "value": "Congo",
        "rule": "R11",
        "severity": "info",
    }
    assert set(congo["message"]) == {"es", "en"}


def test_a_column_that_the_profile_does_not_know_is_said(read: Callable[..., Intake]) -> None:
    result = read("País,n,extra,sobra\nHaití,1,2,3\n", PROFILE + "drop: {sobra: no dice nada}\n")
    assert result.findings.select("rule", "severity", "row", "column").rows() == [("F27", "info", 1, "extra")]


# the parameters given, a word of the refusal
PARAMETERS = (
    ({}, "was not given"),
    ({"year": "16"}, "is no year"),
    ({"year": "2016", "month": "6"}, "no parameter “month”"),
)
WITH_PARAMETERS = PROFILE.replace("{const: 2023-08, period: {grain: M}}", "{const: $year, period: {grain: A}}").replace(
    "fields:",
    "parameters:\n  year: {type: year, required: yes}\n  first: {type: date, default: 2016-01-01}\n"
    "  in: {type: month}\n  t: {}\n"
    "fields:",
)


@pytest.mark.parametrize(("given", "reason"), PARAMETERS)
def test_a_parameter_that_is_needed_must_be_given_and_fit(
    read: Callable[..., Intake], given: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read("País,n\nHaití,1\n", WITH_PARAMETERS, **given)
    assert caught.value.rule == "F8"
    assert reason in caught.value.message.en
    assert caught.value.advice is not None


def test_a_parameter_gives_the_year(read: Callable[..., Intake]) -> None:
    result = read("País,n\nHaití,1\n", WITH_PARAMETERS, year="2016", t="any text", **{"in": "2016-05"})
    assert result.observations["PERIOD"].to_list() == ["2016"]
    assert dict(result.parameters) == {"year": "2016", "t": "any text", "in": "2016-05"}


@pytest.mark.parametrize(("where", "said"), [("preamble", "before the table"), ("footer", "after the table")])
def test_a_value_that_must_stand_outside_the_table_and_does_not_is_refused(
    read: Callable[..., Intake], where: str, said: str
) -> None:
    capture = f'capture: {{year: {{in: {where}, match: "AÑO (\\\\d+)", required: yes}}}}\nfields:'
    with pytest.raises(InvalidInput) as caught:
        read("Título\nPaís,n\nHaití,1\n", PROFILE.replace("fields:", capture))
    assert (caught.value.rule, caught.value.place) == ("F8", "file.csv")
    assert said in caught.value.message.en


def test_an_optional_value_outside_the_table_may_be_absent(read: Callable[..., Intake]) -> None:
    capture = 'capture: {a + b: {in: preamble, match: "(x)(y)?"}, p: {in: footer, match: "^Prel", as: flag}}\nfields:'
    profile = PROFILE.replace("fields:", capture + "\n  NOTE: {const: $a}\n  OBS_STATUS: {const: A, if: {$p: P}}")
    assert read("País,n\nHaití,1\n", profile).observations.select("NOTE", "OBS_STATUS").rows() == [("", "A")]
    assert read("x\nPaís,n\nHaití,1\n", profile).observations["NOTE"].to_list() == ["x"]


def test_a_place_may_be_made_from_its_label(read: Callable[..., Intake]) -> None:
    profile = PROFILE.replace("OBS_VALUE:", "PLACE: {from: sitio, slug: PAN_}\n  OBS_VALUE:")
    result = read("País,n,sitio\nHaití,1,Bajo Chiquito\nCuba,2,\nCuba,3,Ñurum (norte)\n", profile)
    assert result.observations["PLACE"].to_list() == ["PAN_BAJO_CHIQUITO", "_T", "PAN_NURUM_NORTE"]


def test_a_code_of_the_column_may_be_its_own_label(read: Callable[..., Intake]) -> None:
    profile = PROFILE.replace("OBS_VALUE:", "SEX: {from: s, codes: same}\n  OBS_VALUE:")
    result = read("País,n,s\nHaití,1,M\nCuba,2,_T\nCuba,3,X\n", profile + "accept: {max_stopped: 100 %}\n")
    assert result.observations["SEX"].to_list() == ["M", "_T"]
    places = PROFILE.replace("OBS_VALUE:", "PLACE: {from: s, codes: same}\n  OBS_VALUE:")
    assert read("País,n,s\nHaití,1,PAN_COL\n", places).quarantined == 1


def test_a_total_of_the_profiles_own_code_is_used(read: Callable[..., Intake]) -> None:
    profile = PROFILE.replace("map: {Haití: HTI, Cuba: CUB}", "map: {Haití: HTI}, total: [X_ANTILLES]").replace(
        "fields:", "totals: [{row: {País: ^Total$}, over: País, keep: yes}]\nfields:"
    )
    result = read("País,n\nHaití,1\nTotal,1\n", profile)
    assert result.observations["CITIZENSHIP"].to_list() == ["HTI", "X_ANTILLES"]


def test_a_column_with_many_kinds_of_remark_tells_each_in_its_row(read: Callable[..., Intake]) -> None:
    nodes = {"Congo": "X_CONGO", "Guinea": "X_GUINEA", "Corea": "X_KOREA", "China": "X_CHN_TWN", "Sudán": "X_SDN_SSD"}
    maps = ", ".join(f"{label}: {node}" for label, node in nodes.items())
    profile = PROFILE.replace("map: {Haití: HTI, Cuba: CUB}", f"map: {{{maps}}}")
    result = read("País,n\n" + "".join(f"{label},1\n" for label in nodes), profile)
    assert result.findings.select("row", "rule", "value").rows() == [
        (row, "R11", label) for row, label in enumerate(nodes, start=2)
    ]


def test_many_unknown_labels_are_all_quarantined_and_the_first_get_candidates(read: Callable[..., Intake]) -> None:
    labels = "".join(f"Haitío {number},1\n" for number in range(400))
    result = read("País,n\n" + labels, PROFILE)
    assert result.quarantined == 400
    suggested = result.findings.filter(pl.col("suggestion").str.contains("HTI"))
    assert suggested.height == 300


def test_a_check_of_an_aggregate_may_look_at_its_number(read: Callable[..., Intake]) -> None:
    check = "checks: [{id: big, that: OBS_VALUE < 100, severity: warning, es: Grande., en: Large.}]\n"
    result = read("País,n\nHaití,100\nCuba,1\n", PROFILE + check)
    assert result.findings.select("rule", "row", "column", "value", "severity").rows() == [
        ("F26", 2, "n", "100", "warning")
    ]
    assert result.accepted == 2


def test_a_profile_that_was_read_is_the_same_value_again() -> None:
    assert read_profile(PROFILE.encode(), name="a") == read_profile(PROFILE.encode(), name="b")
