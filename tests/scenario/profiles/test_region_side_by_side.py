"""The stations of the route side by side, with the published figures of the region: Panama, Honduras, Mexico, the
United States, 2022 to 2024; and what of August 2023 lies outside the usual."""

import io

import polars as pl
import pytest

from istmo.app.demonstration import files
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.model.periods import month
from istmo.registry.datasets import datasets
from istmo.statistics.anomalies.review import review
from istmo.statistics.anomalies.values import Kind, Review, Why
from istmo.statistics.checks import cross_checks
from istmo.statistics.reconciliation.compare import reconcile
from istmo.statistics.reconciliation.values import NationalityPair, Reconciliation


@pytest.fixture(scope="module")
def observations() -> pl.DataFrame:
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


def beside(observations: pl.DataFrame, first: str, second: str) -> Reconciliation:
    return reconcile(observations, first, second, datasets=datasets(), year=2023)


def row(found: Reconciliation, code: str) -> NationalityPair:
    return next(one for one in found.nationalities if one.code == code)


def values(one: NationalityPair) -> tuple[int | None, int | None, int | None]:
    return one.first.figure.value, one.second.figure.value, one.difference


def test_panama_and_honduras_are_subtracted_with_their_reasons(observations: pl.DataFrame) -> None:
    found = beside(observations, "PAN", "HND")
    assert (found.comparability.level, found.refusal, found.years) == (2, None, (2024, 2023, 2022))
    assert found.totals is not None
    assert [total.value for total in found.totals] == [520_085, 545_043]
    august = next(one for one in found.months if str(one.month) == "2023-08")
    assert (august.first.value, august.second.value, august.difference) == (81_946, 65_526, 16_420)
    assert values(row(found, "CUB")) == (1_124, 85_969, -84_845)
    assert "BYPASS" in row(found, "CUB").reasons
    assert values(row(found, "SEN")) == (None, 8_964, None)
    assert "LIST" in row(found, "SEN").reasons
    assert values(row(found, "X_CHN_TWN")) == (25_565, 12_188, 13_377)
    assert [code for code, _ in row(found, "X_CHN_TWN").second.parts] == ["TWN"]
    assert values(row(found, "X_CONGO"))[:2] == (622, 590)
    assert values(row(found, "VEN")) == (328_650, 228_889, 99_761)
    assert {"COVERAGE", "LIST", "NODE", "BYPASS", "LAG", "BREAK", "POLICY"} == {one.code for one in found.reasons}
    routes = next(one for one in found.reasons if one.code == "BYPASS")
    assert routes.text.en.startswith("Cuba and Guinea")


def test_the_lag_rests_on_the_months_that_it_says(observations: pl.DataFrame) -> None:
    found = beside(observations, "PAN", "HND")
    assert [(one.months_later, one.figures, one.changes) for one in found.lags][:2] == [(0, 36, 35), (1, 35, 34)]
    assert found.lags[1].of_figures == pytest.approx(0.83, abs=0.005)
    after_title_42 = beside(observations, "MEX", "USA")
    assert str(after_title_42.lags_since) == "2023-05"
    assert after_title_42.lags[0].figures == 20


@pytest.mark.parametrize(
    ("first", "second", "level", "totals"),
    [
        ("HND", "MEX", 1, [545_043, 778_907]),
        ("MEX", "USA", 0, [778_907, 2_541_959]),
        ("PAN", "USA", 0, [520_085, 2_541_959]),
    ],
)
def test_the_other_stations_stand_side_by_side_and_are_not_subtracted(
    observations: pl.DataFrame, first: str, second: str, level: int, totals: list[int]
) -> None:
    found = beside(observations, first, second)
    assert found.comparability.level == level
    assert found.refusal is not None
    assert {one.difference for one in (*found.months, *found.nationalities)} == {None}
    assert [total.value for total in found.totals or ()] == totals


def test_panama_s_years_of_2015_and_2016_are_not_compared_with_months_that_honduras_does_not_hold(
    observations: pl.DataFrame,
) -> None:
    assert {2015, 2016}.isdisjoint(beside(observations, "PAN", "HND").years)


@pytest.fixture(scope="module")
def august(observations: pl.DataFrame) -> Review:
    known = observations.filter(pl.col("PERIOD") <= "2023-08")
    return review(known, month(2023, 8), datasets=datasets(), findings=cross_checks(known, datasets=datasets()))


def test_august_2023_is_outside_the_usual_of_panama_honduras_and_mexico(august: Review) -> None:
    totals = {one.series.reporter: one.figure.value for one in august.anomalies if one.subject.kind is Kind.TOTAL}
    assert totals == {"PAN": 81_946, "HND": 65_526, "MEX": 82_376}
    honduras = {one.subject.code for one in august.anomalies if one.series.reporter == "HND"}
    assert {"SEN", "GIN", "MRT"} <= honduras
    senegal = next(one for one in august.anomalies if one.subject.code == "SEN" and one.series.reporter == "HND")
    assert senegal.text.en.startswith(
        "Of people from Senegal, Honduras registered 1,629 irregular entries in August 2023, above what is usual"
    )


def test_figures_after_the_end_of_title_42_and_doubted_codes_are_left_out(august: Review) -> None:
    left = {(one.series.reporter, one.subject.code): one.why for one in august.left_out}
    assert left["USA", "_T"] is Why.BREAK
    assert {reporter for reporter, code in left if code in ("CHN", "TWN")} == {"PAN", "HND", "MEX", "USA"}
    assert "USA" not in {one.series.reporter for one in august.anomalies}
