"""Cells that hold a list, columns that mean something only together, and rows that are incidents."""

import io

import openpyxl
import polars as pl
import pytest

from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput

BASE = """
profile: IOM.MMP.prueba
version: 1.0.0
read: {header: {find: "^mes,"}}
fields:
  MEASURE: {const: DEATH_MISS}
  UNIT: {const: PERSON_SOURCE}
  PERIOD: {from: mes, period: {grain: M}}
  "CITIZENSHIP + NOTE":
    from: nac
    list: {separator: ",", several: _MULTI, es: de un hecho, en: of one incident}
    map: {UNK: _U, Congo: X_CONGO}
    codes: ISO3
  OBS_VALUE: {from: n, integer: {}}
same_key: {action: incidents}
"""
COMBINED = """
profile: UNHCR.UNHCR.prueba
version: 1.0.0
read: {header: {find: "^año,"}, combine: {"vía / instancia": [vía, instancia]}}
fields:
  MEASURE: {const: ASY_APP}
  UNIT: {const: PERSON_SOURCE}
  PERIOD: {from: año, period: {grain: A}}
  ENTRY_MODE: {from: vía / instancia, map: {G / FI: GOV_FI, G /: GOV_FA}}
  OBS_VALUE: {from: n, integer: {}}
drop: {vía: read together, instancia: read together}
"""


def read(text: str, profile: str) -> Intake:
    return intake(
        io.BytesIO(text.encode()), filename="a.csv", profile=read_profile(profile.encode(), name="p.yaml", library={})
    )


def refused(profile: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_profile(profile.encode(), name="p.yaml", library={})
    assert (caught.value.rule, caught.value.place.startswith("p.yaml")) == ("F20", True)
    return caught.value


def cells(result: Intake) -> list[tuple[str, int, str]]:
    return result.observations.select(pl.col("CITIZENSHIP").cast(pl.String), "OBS_VALUE", "NOTE").rows()


def test_a_list_is_several_nationalities_and_is_kept_whole_in_its_order() -> None:
    result = read('mes,nac,n\n2023-08,"HTI, VEN,UNK",9\n', BASE)
    assert cells(result) == [("_MULTI", 9, "de un hecho: HTI, VEN, _U / of one incident: HTI, VEN, _U")]


@pytest.mark.parametrize(("cell", "code"), [("HTI", "HTI"), ("UNK", "_U"), ('"UNK,UNK"', "_U"), ('"HTI,HTI"', "HTI")])
def test_one_nationality_however_often_is_that_nationality(cell: str, code: str) -> None:
    result = read(f"mes,nac,n\n2023-08,{cell},3\n", BASE)
    assert cells(result) == [(code, 3, "")]


def test_a_label_of_a_list_that_is_not_known_stops_the_whole_cell() -> None:
    result = read('mes,nac,n\n2023-08,"HTI,ATL",9\n2023-08,"HTI,",1\n2023-08,CUB,2\n', BASE)
    assert (result.accepted, result.quarantined) == (1, 2)
    rows = result.findings.filter(pl.col("row") > 0).select("rule", "row", "column", "value").rows()
    assert rows == [("R9", 2, "nac", "HTI,ATL"), ("F14", 3, "nac", "HTI,")]


def test_an_ambiguous_label_within_a_list_is_told() -> None:
    result = read('mes,nac,n\n2023-08,"HTI,Congo",9\n', BASE)
    assert cells(result)[0][:2] == ("_MULTI", 9)
    assert result.findings["rule"].to_list() == ["R11"]


def test_a_total_of_a_listed_column_is_a_total_without_a_list() -> None:
    totals = 'totals: [{row: {nac: "^Todas$"}, over: nac, keep: yes}]'
    result = read('mes,nac,n\n2023-08,HTI,4\n2023-08,"HTI,VEN",6\n2023-08,Todas,10\n', f"{BASE}{totals}\n")
    assert ("_T", 10, "") in cells(result)
    own = BASE.replace("codes: ISO3", "codes: ISO3\n    total: _O")
    result = read("mes,nac,n\n2023-08,HTI,4\n2023-08,Todas,4\n", f"{own}{totals}\n")
    assert ("_O", 4, "") in cells(result)


def test_incidents_of_one_key_are_added_and_that_is_no_finding() -> None:
    text = 'mes,nac,n\n2023-08,HTI,4\n2023-08,HTI,1\n2023-08,"HTI,CUB",2\n2023-08,"VEN,CUB",3\n'
    result = read(text, BASE)
    assert result.findings.is_empty()
    notes = {code: (value, note) for code, value, note in cells(result)}
    assert notes["HTI"][0] == 5
    assert notes["_MULTI"][0] == 5
    assert "HTI, CUB" in notes["_MULTI"][1]
    assert "VEN, CUB" in notes["_MULTI"][1]
    added = read(text, BASE.replace("incidents", "add"))
    assert added.findings["rule"].to_list() == ["R21", "R21"]
    assert added.observations.equals(result.observations.with_columns(PROFILE=pl.lit(added.profile.label)))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('"CITIZENSHIP + NOTE":', "CITIZENSHIP:", "CITIZENSHIP + NOTE"),
        ('"CITIZENSHIP + NOTE":', '"CITIZENSHIP + SEX":', "CITIZENSHIP + NOTE"),
        ("codes: ISO3", 'codes: ISO3\n    strip: "x"', "strip"),
        ('separator: ","', 'separator: ""', "separator"),
        ("several: _MULTI", "several: MANY", "MANY"),
        ("several: _MULTI, ", "", "several"),
        ("map: {UNK: _U,", "map: {UNK: [_U, x],", "codes"),
    ],
)
def test_a_list_that_would_lose_something_is_refused(was: str, now: str, said: str) -> None:
    error = refused(BASE.replace(was, now))
    assert said in f"{error.message.en} {error.place}"


def test_two_columns_become_one_label() -> None:
    result = read("año,vía,instancia,n\n2022,G,FI,7\n2022, G , ,8\n2022,U,FI,9\n", COMBINED)
    assert result.observations.select(pl.col("ENTRY_MODE").cast(pl.String), "OBS_VALUE").rows() == [
        ("GOV_FI", 7),
        ("GOV_FA", 8),
    ]
    stopped = result.findings.filter(pl.col("row") > 0).select("rule", "row", "column", "value").rows()
    assert stopped == [("R9", 4, "vía / instancia", "U / FI")]


def test_columns_of_a_workbook_are_combined_too() -> None:
    book = openpyxl.Workbook()
    for row in (["año", "vía", "instancia", "n"], [2022, "G", "FI", 7]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    result = intake(stream, filename="a.xlsx", profile=read_profile(COMBINED.encode(), name="p.yaml", library={}))
    assert result.observations["ENTRY_MODE"].to_list() == ["GOV_FI"]


def test_a_column_to_combine_that_is_missing_is_named_with_its_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("año,vía,n\n2022,G,7\n", COMBINED)
    assert (caught.value.rule, caught.value.place) == ("F7", "a.csv, 1")
    assert "instancia" in caught.value.message.es


def test_one_column_alone_cannot_be_combined() -> None:
    assert "combine" in refused(COMBINED.replace("[vía, instancia]", "[vía]")).place
