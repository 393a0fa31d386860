"""The files of the demonstration region are the published figures: made again from them, and compared cell by cell."""

import io
import runpy
from importlib.resources import files as resources
from pathlib import Path

import polars as pl
import pytest

from istmo.app.demonstration import files
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake

pytestmark = pytest.mark.reference
FOLDER = resources("istmo.app.demonstration") / "region"
DIMENSIONS = ("MEASURE", "PERIOD", "CITIZENSHIP", "SEX", "AGE", "ACCOMPANIMENT", "COUNTERPART", "BORDER", "PLACE")
DIMENSIONS += ("ENTRY_MODE",)


@pytest.fixture
def flows(reference_data: Path) -> Path:
    return reference_data / "data" / "flows"


def figures(content: bytes, name: str, profile: str, parameters: dict[str, str]) -> pl.DataFrame:
    """The figures of a file with their dimensions; what has no value is left out."""
    result = intake(io.BytesIO(content), filename=name, profile=builtin_profiles()[profile], parameters=parameters)
    assert (result.quarantined, result.rejected) == (0, 0)
    frame = result.observations.filter(pl.col("OBS_VALUE").is_not_null())
    return frame.select(*(pl.col(column).cast(pl.String) for column in DIMENSIONS), "OBS_VALUE")


def region(profile: str) -> pl.DataFrame:
    """All figures of the region that a profile reads; a month that two files hold must be the same in both."""
    parts = [
        figures(file.content(), file.name, file.profile, dict(file.parameters))
        for file in files()
        if file.profile == profile
    ]
    return pl.concat(parts).unique()


def published(flows: Path, name: str, profile: str) -> pl.DataFrame:
    """The compiled series within the periods of the region."""
    frame = figures((flows / name).read_bytes(), name, profile, {})
    first = "2021-10" if profile == "USA.CBP.gdi_sw" else "2022-01"
    months = pl.col("PERIOD").is_between(pl.lit(first), pl.lit("2024-12")) & (pl.col("PERIOD").str.len_chars() == 7)
    return frame.filter(months | pl.col("PERIOD").is_in(["2015", "2016"]))


def test_the_committed_files_are_those_that_the_published_figures_give(flows: Path) -> None:
    made = runpy.run_path(str(Path(__file__).with_name("make_region.py")))["region"](flows)
    committed = {entry.name: entry.read_bytes() for entry in FOLDER.iterdir() if entry.name != "SOURCES.md"}
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


@pytest.mark.parametrize(
    ("ours", "name", "theirs", "crossed"),
    [
        ("PAN.SNM.cuadro003", "irreg_darien_nat.csv", "PAN.SNM.gdi_nat", pl.col("CITIZENSHIP") != "_T"),
        ("PAN.SNM.cuadro002", "irreg_darien_dmg.csv", "PAN.SNM.gdi_dmg", pl.col("SEX") != "_T"),
        ("HND.INM.flujo", "irreg_honduras_nat.csv", "HND.INM.gdi_nat", pl.col("CITIZENSHIP") != "_T"),
        ("HND.INM.flujo", "irreg_honduras_dmg.csv", "HND.INM.gdi_dmg", pl.col("SEX") != "_T"),
        (
            "HND.INM.flujo",
            "irreg_honduras.csv",
            "HND.INM.gdi_total",
            (pl.col("CITIZENSHIP") == "_T") & (pl.col("SEX") == "_T"),
        ),
        ("MEX.UPM.3_1_1", "irreg_mexico_nat.csv", "MEX.UPMRIP.gdi_nat", pl.col("CITIZENSHIP") != "_T"),
        ("MEX.UPM.3_1_3", "irreg_mexico_dmg.csv", "MEX.UPMRIP.gdi_dmg", pl.col("SEX") != "_T"),
        ("MEX.UPM.3_2_4", "irreg_mexico_exp.csv", "MEX.UPMRIP.gdi_returns", pl.col("CITIZENSHIP") != "_T"),
        ("GTM.IGM.retornados", "irreg_guatemala.csv", "GTM.IGM.gdi_returns", pl.col("SEX") != "_T"),
        ("USA.CBP.nationwide", "irreg_usa.csv", "USA.CBP.gdi_sw", pl.col("CITIZENSHIP") != "_T"),
    ],
)
def test_every_figure_of_the_region_is_the_published_one(
    flows: Path, ours: str, name: str, theirs: str, crossed: pl.Expr
) -> None:
    """`crossed`: the totals that the layout adds are ours and stay out of the comparison."""
    here = region(ours).filter(crossed)
    there = published(flows, name, theirs)
    assert here.height > 30
    assert here.sort(here.columns).equals(there.sort(there.columns))
