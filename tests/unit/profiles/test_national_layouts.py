"""The small national exports with their traps: every record is judged as it must be, and said why."""

import io
from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles
from istmo.intake.recognise import fitting
from istmo.intake.run import Intake, intake
from istmo.model.errors import InvalidInput

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"

# file, profile, what the user must say, read, accepted, quarantined, rejected
LAYOUTS = [
    ("pan_snm_cuadro003.csv", "PAN.SNM.cuadro003", {}, 84, 84, 0, 0),
    ("pan_snm_cuadro002.csv", "PAN.SNM.cuadro002", {"year": "2016"}, 36, 36, 0, 0),
    ("hnd_inm_flujo.csv", "HND.INM.flujo", {}, 45, 45, 0, 0),
    ("mex_upm_3_1_1.tsv", "MEX.UPM.3_1_1", {}, 27, 27, 0, 0),
    ("gtm_igm_rechazados.csv", "GTM.IGM.rechazados", {}, 25, 25, 0, 0),
    ("usa_cbp_nationwide.csv", "USA.CBP.nationwide", {}, 5, 5, 0, 0),
    ("cri_dgme_permisos.csv", "CRI.DGME.permisos", {}, 7, 5, 1, 1),
    ("mex_upmrip_bdsiomr.csv", "MEX.UPMRIP.bdsiomr", {}, 3, 2, 0, 1),
]


def loaded(name: str) -> Intake:
    profile, parameters = next((layout[1], layout[2]) for layout in LAYOUTS if layout[0] == name)
    content = io.BytesIO((FIXTURES / name).read_bytes())
    return intake(content, filename=name, profile=builtin_profiles()[profile], parameters=parameters)


def cell(frame: pl.DataFrame, **where: str) -> tuple[int | None, str]:
    found = frame.filter(*(pl.col(column) == wanted for column, wanted in where.items()))
    assert found.height == 1, f"{found.height} observations for {where}"
    return found["OBS_VALUE"][0], found["OBS_STATUS"][0]


def rows_of(result: Intake, rule: str) -> list[int]:
    return sorted(set(result.findings.filter(pl.col("rule") == rule)["row"].to_list()))


@pytest.mark.parametrize(("name", "profile", "parameters", "read", "accepted", "quarantined", "rejected"), LAYOUTS)
def test_every_record_of_a_national_export_is_counted_once(
    name: str,
    profile: str,
    parameters: dict[str, str],
    read: int,
    accepted: int,
    quarantined: int,
    rejected: int,
) -> None:
    result = loaded(name)
    counted = (result.read, result.accepted, result.quarantined, result.rejected)
    assert counted == (read, accepted, quarantined, rejected)


@pytest.mark.parametrize("name", [layout[0] for layout in LAYOUTS])
def test_a_national_export_is_fitted_by_its_profile_alone(name: str) -> None:
    content = io.BytesIO((FIXTURES / name).read_bytes())
    fits = fitting(content, filename=name, profiles=builtin_profiles())
    assert [fit.profile.id for fit in fits] == [layout[1] for layout in LAYOUTS if layout[0] == name]


def test_a_dash_is_zero_only_in_a_month_that_has_a_total() -> None:
    frame = loaded("pan_snm_cuadro003.csv").observations
    assert cell(frame, CITIZENSHIP="HTI", PERIOD="2016-06") == (900, "P")
    assert cell(frame, CITIZENSHIP="HTI", PERIOD="2016-02")[0] == 0
    assert cell(frame, CITIZENSHIP="HTI", PERIOD="2016-01") == (None, "O")


def test_congo_and_tibet_are_not_decided() -> None:
    result = loaded("pan_snm_cuadro003.csv")
    assert cell(result.observations, CITIZENSHIP="X_CONGO", PERIOD="2016-06")[0] == 125
    assert cell(result.observations, CITIZENSHIP="X_OTHER_LABEL", PERIOD="2016-06")[0] == 2
    assert rows_of(result, "R11") == [8, 12]
    assert set(result.findings.filter(pl.col("rule") == "R11")["severity"]) == {"info"}


def test_children_of_haitians_born_in_chile_stay_chilean_with_the_footnote() -> None:
    frame = loaded("pan_snm_cuadro003.csv").observations
    chile = frame.filter(pl.col("CITIZENSHIP") == "CHL", pl.col("PERIOD") == "2016-06")
    assert chile.select("OBS_VALUE", "NOTE").rows() == [(10, "Hijos de padres haitianos.")]


def test_cuadro_002_is_not_read_without_its_year() -> None:
    name = "pan_snm_cuadro002.csv"
    profile = builtin_profiles()["PAN.SNM.cuadro002"]
    with pytest.raises(InvalidInput) as refused:
        intake(io.BytesIO((FIXTURES / name).read_bytes()), filename=name, profile=profile, parameters={})
    assert "year" in refused.value.in_("en")


def test_a_total_that_is_not_the_sum_of_its_parts_is_said_and_kept() -> None:
    result = loaded("hnd_inm_flujo.csv")
    assert rows_of(result, "R6") == [10]
    where = {"CITIZENSHIP": "HTI", "PLACE": "HND_TROJES", "SEX": "_T"}
    assert cell(result.observations, **where)[0] == 16
    assert rows_of(result, "R11") == [3, 6, 8]
    assert cell(result.observations, CITIZENSHIP="X_CHN_TWN", SEX="_T")[0] == 5
    assert cell(result.observations, CITIZENSHIP="XXA", SEX="_T")[0] == 1


def test_continents_are_subtotals_and_not_nationalities() -> None:
    result = loaded("mex_upm_3_1_1.tsv")
    frame = result.observations
    assert cell(frame, CITIZENSHIP="_T", PERIOD="2016-01")[0] == 1_204
    assert frame.filter(pl.col("CITIZENSHIP") != "_T", pl.col("PERIOD") == "2016-01")["OBS_VALUE"].sum() == 1_204
    assert cell(frame, CITIZENSHIP="XXA", PERIOD="2016-01") == (0, "A")
    assert cell(frame, CITIZENSHIP="_U", PERIOD="2016-01") == (0, "A")
    assert rows_of(result, "R6") == []
    assert rows_of(result, "R11") == [9, 10]


def test_hindues_are_nationals_of_india() -> None:
    result = loaded("gtm_igm_rechazados.csv")
    frame = result.observations
    assert cell(frame, CITIZENSHIP="IND", SEX="M", AGE="Y_GE18") == (17, "A")
    assert cell(frame, CITIZENSHIP="HTI", PLACE="GTM_ELCINCHADO", SEX="F", AGE="Y_GE18")[0] == 4
    assert set(frame["PERIOD"].unique()) == {"2016-06"}
    assert rows_of(result, "R11") == [7]
    assert rows_of(result, "F24") == [6]


def test_october_of_fiscal_2017_is_october_2016() -> None:
    frame = loaded("usa_cbp_nationwide.csv").observations
    assert sorted(frame["PERIOD"].unique()) == ["2016-10", "2016-11"]
    assert cell(frame, CITIZENSHIP="CHN") == (0, "A")
    assert cell(frame, CITIZENSHIP="_O")[0] == 88
    assert set(frame["BORDER"].unique()) == {"SWB"}
    assert set(frame["PLACE"].unique()) == {"USA_OFO_SANDIEGO", "USA_OFO_LAREDO", "USA_BP_SANDIEGO", "USA_BP_YUMA"}


def test_a_number_seen_twice_waits_for_a_person_and_the_31_of_june_is_refused() -> None:
    result = loaded("cri_dgme_permisos.csv")
    assert 7 in rows_of(result, "R21")
    assert 8 in rows_of(result, "R20")
    values = result.findings["value"].to_list()
    assert not any("2016-PC-000104" in value or "1988" in value for value in values)


def test_no_age_of_130_and_no_code_without_meaning() -> None:
    result = loaded("mex_upmrip_bdsiomr.csv")
    stopped = result.findings.filter(pl.col("row") == 4, pl.col("severity") == "error")
    assert {"EDA", "SEXO", "CLASIF_REP"} <= set(stopped["column"])
