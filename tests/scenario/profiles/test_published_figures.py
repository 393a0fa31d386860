"""The figures that the agencies published come out of their files: compiled series, and encounters by state."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles
from istmo.intake.recognise import fitting
from istmo.intake.run import Intake, intake

pytestmark = pytest.mark.reference

# file, profile, records, keys that stand more than once
FILES = [
    ("flows/irreg_darien_nat.csv", "PAN.SNM.gdi_nat", 2_387, 0),
    ("flows/irreg_darien_dmg.csv", "PAN.SNM.gdi_dmg", 160, 0),
    ("flows/irreg_honduras.csv", "HND.INM.gdi_total", 136, 0),
    ("flows/irreg_honduras_nat.csv", "HND.INM.gdi_nat", 4_198, 33),
    ("flows/irreg_honduras_dmg.csv", "HND.INM.gdi_dmg", 352, 0),
    ("flows/irreg_mexico_nat.csv", "MEX.UPMRIP.gdi_nat", 5_759, 49),
    ("flows/irreg_mexico_dmg.csv", "MEX.UPMRIP.gdi_dmg", 704, 0),
    ("flows/irreg_mexico_exp.csv", "MEX.UPMRIP.gdi_returns", 5_251, 0),
    ("flows/irreg_guatemala.csv", "GTM.IGM.gdi_returns", 736, 0),
    ("flows/irreg_usa.csv", "USA.CBP.gdi_sw", 36_676, 0),
    ("us_cbp/cbp-nationwide-encounters-fy20-fy23-state.csv", "USA.CBP.nationwide_state", 42_532, 0),
]


@cache
def loaded(path: Path, profile: str) -> Intake:
    with path.open("rb") as stream:
        return intake(stream, filename=path.name, profile=builtin_profiles()[profile])


@pytest.fixture
def data(reference_data: Path) -> Path:
    return reference_data / "data"


def month(frame: pl.DataFrame, period: str) -> pl.DataFrame:
    return frame.filter(pl.col("PERIOD") == period)


def of(frame: pl.DataFrame, code: str) -> int:
    return int(frame.filter(pl.col("CITIZENSHIP") == code)["OBS_VALUE"].sum())


@pytest.mark.parametrize(("name", "profile", "records", "twice"), FILES)
def test_a_published_file_is_read_whole_by_the_one_profile_that_fits(
    data: Path, name: str, profile: str, records: int, twice: int
) -> None:
    with (data / name).open("rb") as stream:
        fits = fitting(stream, filename=Path(name).name, profiles=builtin_profiles())
    assert [fit.profile.id for fit in fits] == [profile]
    result = loaded(data / name, profile)
    assert (result.read, result.accepted, result.quarantined, result.rejected) == (records, records, 0, 0)
    again = result.findings.filter(pl.col("rule") == "R21")
    assert again.height == twice
    assert set(again["severity"].unique()) <= {"warning"}


def test_panama(data: Path) -> None:
    frame = loaded(data / "flows/irreg_darien_nat.csv", "PAN.SNM.gdi_nat").observations
    august = month(frame, "2023-08")
    assert august["OBS_VALUE"].sum() == 81_946
    named = {code: of(august, code) for code in ("VEN", "ECU", "COL", "CHN", "HTI")}
    assert named == {"VEN": 62_700, "ECU": 8_642, "COL": 2_989, "CHN": 2_433, "HTI": 1_559}
    year = month(frame, "2016")
    assert year["OBS_VALUE"].sum() == 30_055
    assert (of(year, "HTI"), of(year, "X_CONGO"), of(year, "X_OTHER_LABEL"), of(year, "COG")) == (16_742, 764, 4, 0)
    assert month(frame, "2019").height > 0
    assert month(frame, "2019-01").is_empty()


def test_panama_by_sex_is_of_all_ages_before_2023(data: Path) -> None:
    frame = loaded(data / "flows/irreg_darien_dmg.csv", "PAN.SNM.gdi_dmg").observations
    assert set(month(frame, "2022-12")["AGE"].unique()) == {"_T"}
    assert set(month(frame, "2023-01")["AGE"].unique()) == {"Y_GE18", "Y_LT18"}
    assert month(frame, "2023-08")["OBS_VALUE"].sum() == 81_946


def test_honduras(data: Path) -> None:
    flows = data / "flows"
    nationality = loaded(flows / "irreg_honduras_nat.csv", "HND.INM.gdi_nat").observations
    for name, profile in (
        ("irreg_honduras.csv", "HND.INM.gdi_total"),
        ("irreg_honduras_nat.csv", "HND.INM.gdi_nat"),
        ("irreg_honduras_dmg.csv", "HND.INM.gdi_dmg"),
    ):
        assert month(loaded(flows / name, profile).observations, "2023-08")["OBS_VALUE"].sum() == 65_526
    assert of(month(nationality, "2023-08"), "CUB") == 11_343
    assert of(month(nationality, "2023-03"), "TWN") == 720
    assert of(nationality, "XXA") > 0


def test_mexico(data: Path) -> None:
    flows = data / "flows"
    nationality = loaded(flows / "irreg_mexico_nat.csv", "MEX.UPMRIP.gdi_nat").observations
    groups = loaded(flows / "irreg_mexico_dmg.csv", "MEX.UPMRIP.gdi_dmg").observations
    assert month(nationality, "2023-08")["OBS_VALUE"].sum() == 82_376
    year = pl.col("PERIOD").str.starts_with("2024")
    assert nationality.filter(year)["OBS_VALUE"].sum() == 1_231_320
    assert groups.filter(year)["OBS_VALUE"].sum() == 1_230_126
    assert of(nationality, "_O") == 0
    assert of(nationality, "_U") > 0
    assert of(month(nationality, "2023-08"), "GIN") == 690
    assert of(month(nationality, "2023-08"), "FRA") == 50


def test_returns(data: Path) -> None:
    mexico = loaded(data / "flows/irreg_mexico_exp.csv", "MEX.UPMRIP.gdi_returns").observations
    assert set(mexico["MEASURE"].unique()) == {"DEPORT", "RET_ASS", "RET_ASS_CH"}
    guatemala = loaded(data / "flows/irreg_guatemala.csv", "GTM.IGM.gdi_returns").observations
    assert guatemala.filter(pl.col("COUNTERPART") == "_U").height == 88


def test_the_united_states(data: Path) -> None:
    frame = loaded(data / "flows/irreg_usa.csv", "USA.CBP.gdi_sw").observations
    assert month(frame, "2023-08")["OBS_VALUE"].sum() == 232_963
    without = frame.filter(pl.col("CITIZENSHIP") == "_T")
    assert (without.height, without["OBS_VALUE"].sum()) == (156, 1_498_599)
    assert without["PERIOD"].max() == "2019-09"
    assert of(frame, "_U") == 0
    assert of(month(frame, "2023-08"), "_O") > 0
    assert set(frame["BORDER"].unique()) == {"SWB"}


def test_encounters_by_state_in_the_fiscal_year_2023(data: Path) -> None:
    name = "us_cbp/cbp-nationwide-encounters-fy20-fy23-state.csv"
    frame = loaded(data / name, "USA.CBP.nationwide_state").observations
    assert (
        frame.filter(pl.col("PERIOD").is_between(pl.lit("2022-10"), pl.lit("2023-09")))["OBS_VALUE"].sum() == 3_201_144
    )
    assert frame.filter(pl.col("SOURCE_PERIOD").str.contains("2023"))["OBS_VALUE"].sum() == 3_201_144
    assert set(frame["BORDER"].unique()) == {"NLB", "SWB", "OTH"}
