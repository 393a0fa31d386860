"""With the published files: Congo under three codes at three stations, compared at its node."""

from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.registry.datasets import datasets
from istmo.statistics.reconciliation.compare import reconcile
from istmo.statistics.reconciliation.values import NationalityPair

pytestmark = pytest.mark.reference

FILES = {
    "irreg_darien_nat": "PAN.SNM.gdi_nat",
    "irreg_honduras": "HND.INM.gdi_total",
    "irreg_honduras_nat": "HND.INM.gdi_nat",
    "irreg_mexico_nat": "MEX.UPMRIP.gdi_nat",
}


@pytest.fixture(scope="module")
def published(reference_data: Path) -> pl.DataFrame:
    frames = []
    for name, profile in FILES.items():
        with (reference_data / "data" / "flows" / f"{name}.csv").open("rb") as stream:
            frames.append(intake(stream, filename=f"{name}.csv", profile=builtin_profiles()[profile]).observations)
    return pl.concat(frames)


def congo(published: pl.DataFrame, first: str, second: str) -> NationalityPair:
    found = reconcile(published, first, second, datasets=datasets(), year=2019)
    return next(row for row in found.nationalities if row.code == "X_CONGO")


def test_congo_2019_is_compared_at_its_node_with_the_codes_beside_it(published: pl.DataFrame) -> None:
    honduras_mexico = congo(published, "HND", "MEX")
    parts = [
        {code: figure.value for code, figure in side.parts} for side in (honduras_mexico.first, honduras_mexico.second)
    ]
    assert [{code: value for code, value in side.items() if value} for side in parts] == [
        {"COD": 156, "COG": 837},
        {"COD": 1822},
    ]
    assert (honduras_mexico.first.figure.value, honduras_mexico.second.figure.value) == (993, 1822)
    assert honduras_mexico.reasons == ("NODE",)


def test_a_year_that_panama_published_as_a_year_is_compared_with_twelve_months_of_honduras(
    published: pl.DataFrame,
) -> None:
    panama_honduras = congo(published, "PAN", "HND")
    assert (panama_honduras.first.figure.value, panama_honduras.second.figure.value) == (1274, 993)
    assert panama_honduras.difference == 1274 - 993
