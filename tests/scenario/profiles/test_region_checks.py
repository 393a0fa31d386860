"""What the checks between tables and reporters find in the region: known differences, said and not mended."""

import io

import polars as pl
import pytest

from istmo.app.demonstration import files
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.registry.datasets import datasets
from istmo.statistics.checks import cross_checks


@pytest.fixture(scope="module")
def observations() -> pl.DataFrame:
    """The region as it stands at the end: the files of 2023 until August are repeated by those of the whole year."""
    frames = [
        intake(
            io.BytesIO(file.content()),
            filename=file.name,
            profile=builtin_profiles()[file.profile],
            parameters=file.parameters,
        ).observations
        for file in files()
        if "2023-08" not in file.name or file.profile == "USA.CBP.nationwide"
    ]
    return pl.concat(frames)


def test_people_whom_honduras_counts_under_taiwan_are_found_and_not_moved(observations: pl.DataFrame) -> None:
    findings = cross_checks(observations, datasets=datasets(), touching=None).filter(pl.col("rule") == "R18a")
    honduras = findings.filter(pl.col("message_en").str.contains("^Honduras, .*TWN"))
    assert honduras.height == 3
    assert honduras["message_en"].str.contains("X_CHN_TWN").all()
    for reporter in ("Panama, 2023: CHN", "Mexico, 2023: CHN", "United States of America, 2023: CHN"):
        assert findings["message_en"].str.starts_with(reporter).any()
    in_2023 = observations.filter(
        pl.col("REPORTER") == "HND", pl.col("PERIOD").str.starts_with("2023"), pl.col("SEX") == "_T"
    )
    assert in_2023.filter(pl.col("CITIZENSHIP") == "TWN")["OBS_VALUE"].sum() == 12_188
    assert in_2023.filter(pl.col("CITIZENSHIP") == "X_CHN_TWN").is_empty()


def test_french_guiana_in_panama_is_found_beside_guyana_in_honduras(observations: pl.DataFrame) -> None:
    findings = cross_checks(observations, datasets=datasets(), touching=None).filter(pl.col("rule") == "R18a")
    assert findings["message_en"].str.contains("Panama, 2023: GUF").any()


def test_each_month_of_mexico_2024_differs_between_its_two_tables(observations: pl.DataFrame) -> None:
    findings = cross_checks(observations, datasets=datasets(), touching=None).filter(pl.col("rule") == "R7")
    months = findings.filter(pl.col("value").str.contains(r"^2024-\d\d$"))
    assert months.height == 12
    assert findings["message_en"].str.contains("^Mexico").all()
