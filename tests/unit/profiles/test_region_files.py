"""The demonstration's own files: each is fitted by one profile, is read whole, and says what it says it does."""

import io

import polars as pl
import pytest

from istmo.app.demonstration import DemoFile, files
from istmo.intake.profiles import builtin_profiles
from istmo.intake.recognise import fitting
from istmo.intake.run import Intake, intake

FILES = files()


def loaded(file: DemoFile) -> Intake:
    return intake(
        io.BytesIO(file.content()),
        filename=file.name,
        profile=builtin_profiles()[file.profile],
        parameters=file.parameters,
    )


def of(name: str) -> Intake:
    return loaded(next(file for file in FILES if file.name == name))


def value(frame: pl.DataFrame, **where: str) -> int:
    found = frame.filter(*(pl.col(column) == wanted for column, wanted in where.items()))
    assert found.height == 1, f"{found.height} observations for {where}"
    return int(found["OBS_VALUE"][0])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_of_the_region_is_fitted_by_its_profile_alone(file: DemoFile) -> None:
    fits = fitting(io.BytesIO(file.content()), filename=file.name, profiles=builtin_profiles())
    assert [fit.profile.id for fit in fits] == [file.profile]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_of_the_region_is_read_whole(file: DemoFile) -> None:
    result = loaded(file)
    assert (result.quarantined, result.rejected) == (0, 0)
    assert result.accepted == result.read > 0
    assert result.storable
    errors = result.findings.filter(pl.col("severity") == "error")
    assert errors.is_empty(), errors
    assert "R6" not in set(result.findings["rule"]), "a declared total is not the sum of its parts"


def test_every_file_of_the_folder_is_in_the_list() -> None:
    from importlib.resources import files as resources

    folder = resources("istmo.app.demonstration") / "region"
    present = {entry.name for entry in folder.iterdir()} - {"SOURCES.md"}
    assert present == {file.name for file in FILES}


def test_the_files_arrive_in_order_and_honduras_three_days_after_the_tenth() -> None:
    assert [file.received for file in FILES] == sorted(file.received for file in FILES)
    august = {file.profile: file.received.isoformat() for file in FILES if "2023-08" in file.name}
    assert august["HND.INM.flujo"] == "2023-09-13"
    assert max(august.values()) == "2023-09-17"


def test_no_file_that_arrives_by_the_cut_off_holds_a_figure_of_a_later_month() -> None:
    for file in FILES:
        if file.received.isoformat() <= "2023-09-18":
            figures = loaded(file).observations.filter(pl.col("OBS_VALUE").is_not_null())
            assert figures["PERIOD"].max() <= "2023-08", file.name


def test_a_country_that_is_not_in_the_months_list_is_not_distinguished_never_zero() -> None:
    frame = of("pan_snm_cuadro003_2023.csv").observations
    absent = frame.filter(pl.col("CITIZENSHIP") == "KGZ", pl.col("PERIOD") == "2023-08")
    assert absent.select("OBS_VALUE", "OBS_STATUS").rows() == [(None, "L")]
    assert frame.filter(pl.col("CITIZENSHIP") == "SEN").is_empty()


def test_a_year_published_as_a_year_has_no_months() -> None:
    frame = of("pan_snm_cuadro003_2016.csv").observations
    assert frame["PERIOD"].unique().to_list() == ["2016"]
    assert value(frame, CITIZENSHIP="_T") == 30_055
    assert value(frame, CITIZENSHIP="HTI") == 16_742
    assert value(frame, CITIZENSHIP="X_CONGO") == 764
    assert value(frame, CITIZENSHIP="X_OTHER_LABEL") == 4


def test_honduras_keeps_china_and_taiwan_apart_and_says_what_stands_twice() -> None:
    result = of("hnd_inm_flujo_2023.csv")
    frame = result.observations.filter(pl.col("SEX") == "_T", pl.col("PERIOD") == "2023-03")
    assert value(frame, CITIZENSHIP="TWN") == 720
    assert frame.filter(pl.col("CITIZENSHIP").is_in(["CHN", "X_CHN_TWN"])).is_empty()
    assert result.findings.filter(pl.col("rule") == "R21").height > 0


def test_honduras_prints_nationality_and_sex_apart() -> None:
    frame = of("hnd_inm_flujo_2023-08.csv").observations
    assert frame.filter(pl.col("CITIZENSHIP") != "_T", pl.col("SEX") != "_T").is_empty()
    assert value(frame, PERIOD="2023-08", CITIZENSHIP="_T", SEX="_T", AGE="_T") == 65_526


def test_august_2023_comes_out_of_the_region() -> None:
    panama = of("pan_snm_cuadro003_2023-08.csv").observations.filter(pl.col("PERIOD") == "2023-08")
    expected = {"_T": 81_946, "VEN": 62_700, "ECU": 8_642, "COL": 2_989, "CHN": 2_433, "HTI": 1_559, "_O": 184}
    for code, figure in expected.items():
        assert value(panama, CITIZENSHIP=code) == figure
    honduras = of("hnd_inm_flujo_2023-08.csv").observations.filter(pl.col("PERIOD") == "2023-08")
    assert value(honduras, CITIZENSHIP="CUB") == 11_343
    mexico = of("mex_upm_3_1_1_2023-08.tsv").observations.filter(pl.col("PERIOD") == "2023-08")
    assert value(mexico, CITIZENSHIP="_T") == 82_376
    assert value(mexico, CITIZENSHIP="GIN") == 690
    states = of("usa_cbp_nationwide_2023-08.csv").observations.filter(pl.col("PERIOD") == "2023-08")
    assert states["OBS_VALUE"].sum() == 232_963
    assert set(states["BORDER"].unique()) == {"SWB"}


def test_mexico_2024_differs_by_nationality_and_by_sex_and_age() -> None:
    nationality = of("mex_upm_3_1_1_2024.tsv").observations.filter(pl.col("CITIZENSHIP") == "_T")
    groups = of("mex_upm_3_1_3_2024.tsv").observations.filter(pl.col("SEX") == "_T")
    assert nationality["OBS_VALUE"].sum() == 1_231_320
    assert groups["OBS_VALUE"].sum() == 1_230_126
    assert nationality.height == groups.height == 12


def test_returns_are_three_measures() -> None:
    frame = of("mex_upm_3_2_4_2023.tsv").observations.filter(pl.col("CITIZENSHIP") == "_T")
    totals = dict(frame.group_by(pl.col("MEASURE").cast(pl.String)).agg(pl.col("OBS_VALUE").sum()).rows())
    assert totals == {"DEPORT": 3_626, "RET_ASS": 43_437, "RET_ASS_CH": 7_665}


def test_guatemalans_from_a_country_that_is_not_given_are_not_assumed_to_come_from_one() -> None:
    frame = of("gtm_igm_retornados_2024.csv").observations
    assert set(frame["COUNTERPART"].unique()) == {"MEX", "_U"}
    assert value(frame, PERIOD="2024-01", COUNTERPART="_U", SEX="_T", AGE="_T", ACCOMPANIMENT="_T") == 6_424


def test_panama_names_adults_only_from_2023() -> None:
    assert set(of("pan_snm_cuadro002_2022.csv").observations["AGE"].unique()) == {"_T"}
    assert set(of("pan_snm_cuadro002_2023.csv").observations["AGE"].unique()) == {"_T", "Y_GE18", "Y_LT18"}


def test_the_fiscal_year_is_kept_beside_the_calendar_month() -> None:
    frame = of("usa_cbp_nationwide_2024-12.csv").observations
    assert sorted(frame["PERIOD"].unique()) == ["2024-10", "2024-11", "2024-12"]
    assert frame["SOURCE_PERIOD"].str.contains("2025").all()


def test_asylum_is_kept_apart_by_authority_instance_and_unit() -> None:
    frame = of("unhcr_asylum_applications_2022.csv").observations
    assert frame["PERIOD"].unique().to_list() == ["2022"]
    states = frame.filter(pl.col("COUNTERPART") == "USA", pl.col("MEASURE") == "ASY_APP")
    by_channel = dict(states.group_by(pl.col("ENTRY_MODE").cast(pl.String)).agg(pl.col("OBS_VALUE").sum()).rows())
    assert by_channel == {"GOV_IN": 431_413, "GOV_EO": 298_986}
    panama = frame.filter(pl.col("COUNTERPART") == "PAN")
    assert (panama["UNIT"].unique().to_list(), panama["OBS_VALUE"].sum()) == (["CASE"], 694)
    decisions = of("unhcr_asylum_decisions_2022.csv").observations.filter(pl.col("COUNTERPART") == "MEX")
    outcomes = dict(decisions.group_by(pl.col("MEASURE").cast(pl.String)).agg(pl.col("OBS_VALUE").sum()).rows())
    assert outcomes == {"ASY_REC": 21_882, "ASY_COMP": 733, "ASY_REJ": 13_147, "ASY_CLO": 29_528}


def test_no_file_of_deaths_holds_a_day_a_place_or_a_cause() -> None:
    for file in FILES:
        if file.profile == "IOM.MMP.incidents":
            lines = file.content().decode().splitlines()
            assert lines[2] == "m,route,geo,dead,nat"
            assert all(line[7:10] == "-01" for line in lines[3:])


def test_incidents_with_several_nationalities_keep_their_list() -> None:
    frame = of("iom_missing_migrants_2023-08.csv").observations.filter(pl.col("PERIOD") == "2023-08")
    assert frame["OBS_VALUE"].sum() == 206
    several = frame.filter(pl.col("CITIZENSHIP") == "_MULTI")
    assert several.select("OBS_VALUE", pl.col("COUNTERPART").cast(pl.String)).rows() == [(18, "MEX")]
    assert several["NOTE"].to_list() == ["nacionalidades de un hecho: MRT, _U / nationalities of one incident: MRT, _U"]
