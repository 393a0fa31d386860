"""With the published files: the figures that must come out, and the differences that must be found."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.model.periods import month
from istmo.registry.datasets import datasets
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.values import Brief
from istmo.statistics.checks import cross_checks
from istmo.statistics.margins import margin
from istmo.statistics.publication import observations_for_publication

from .frames import edition
from .reading import cells, rows

pytestmark = pytest.mark.reference

FILES = {
    "irreg_darien_nat": "PAN.SNM.gdi_nat",
    "irreg_darien_dmg": "PAN.SNM.gdi_dmg",
    "irreg_honduras": "HND.INM.gdi_total",
    "irreg_honduras_nat": "HND.INM.gdi_nat",
    "irreg_honduras_dmg": "HND.INM.gdi_dmg",
    "irreg_mexico_nat": "MEX.UPMRIP.gdi_nat",
    "irreg_mexico_dmg": "MEX.UPMRIP.gdi_dmg",
    "irreg_mexico_exp": "MEX.UPMRIP.gdi_returns",
    "irreg_guatemala": "GTM.IGM.gdi_returns",
    "irreg_usa": "USA.CBP.gdi_sw",
}


@pytest.fixture(scope="module")
def published(reference_data: Path) -> pl.DataFrame:
    profiles = builtin_profiles()
    frames = []
    for name, profile in FILES.items():
        with (reference_data / "data" / "flows" / f"{name}.csv").open("rb") as stream:
            frames.append(intake(stream, filename=f"{name}.csv", profile=profiles[profile]).observations)
    return pl.concat(frames)


@pytest.fixture(scope="module")
def findings(published: pl.DataFrame) -> pl.DataFrame:
    return cross_checks(published, datasets=datasets())


@pytest.fixture(scope="module")
def august(published: pl.DataFrame, findings: pl.DataFrame) -> Brief:
    return compile_brief(published, edition=edition(), on=date(2023, 9, 18), findings=findings)


def test_august_2023_has_its_published_figures(august: Brief) -> None:
    found = cells(august)
    expected: Mapping[str, int] = {
        "T2.PAN.2023-08": 81946,
        "T3.PAN.VEN": 62700,
        "T3.PAN.ECU": 8642,
        "T3.PAN.COL": 2989,
        "T3.PAN.CHN": 2433,
        "T3.PAN.HTI": 1559,
        "T3.PAN._O": 184,
        "T2.HND.2023-08": 65526,
        "T3.HND.CUB": 11343,
        "T2.MEX.2023-08": 82376,
        "T2.USA.2023-08": 232963,
        "T5.PAN.CHILDREN": 18988,
        "T5.USA.UNACC": 14237,
        "T9.GTM.RET_REC": 8798,
    }
    assert {id_: found[id_].value for id_ in expected} == expected


def test_the_headline_is_that_of_panama(august: Brief) -> None:
    assert august.sentences[0].text.es == (
        "Panamá registró 81,946 tránsitos irregulares en agosto de 2023, 26,559 más que en julio (+48\u00a0%) y "
        "50,842 más que en agosto de 2022 (+163\u00a0%)."
    )
    assert august.sentences[4].text.es.startswith(
        "De personas de Senegal, Honduras registró 1,629 ingresos irregulares"
    )
    assert august.coverage.en.startswith("The corridor measure of August 2023 was reported by Panama, Honduras, Mexico")


def test_senegal_is_not_distinguished_by_panama_and_never_zero(august: Brief) -> None:
    assert rows(august.table("T3B"))["SEN"][:2] == ["n/c", "n/c"]


def test_mexico_2024_is_a_finding_of_every_month_and_of_the_year(findings: pl.DataFrame) -> None:
    found = findings.filter(pl.col("rule") == "R7")
    assert found["value"].to_list() == ["2024", *(str(month(2024, number)) for number in range(1, 13))]
    assert "por nacionalidad 1,231,320" in found["message_es"][0]
    assert "por sexo y edad 1,230,126" in found["message_es"][0]


def test_chinese_nationals_under_taiwan_in_honduras_are_found_in_each_year(findings: pl.DataFrame) -> None:
    found = findings.filter(pl.col("rule") == "R18a", pl.col("suggestion") == "X_CHN_TWN")
    here = found.filter(pl.col("column") == "HND.INM.gdi_nat")
    assert here["value"].to_list() == ["2022 TWN", "2023 TWN", "2024 TWN"]
    for column in ("PAN.SNM.gdi_nat", "MEX.UPMRIP.gdi_nat"):
        assert "2023 CHN" in found.filter(pl.col("column") == column)["value"].to_list()
    assert "2023 GUF" in findings.filter(pl.col("rule") == "R18a")["value"].to_list()


def test_the_united_states_before_october_2019_have_totals_without_nationality(published: pl.DataFrame) -> None:
    brief = compile_brief(published, edition=edition(month(2019, 3)), on=date(2019, 4, 18))
    assert cells(brief)["T2.USA.2019-03"].value is not None
    assert "USA" not in {column.reporter for column in brief.table("T3B").columns}


def test_the_calendar_year_of_the_united_states_is_not_its_fiscal_year(published: pl.DataFrame) -> None:
    totals = margin(published.filter(pl.col("REPORTER") == "USA"))
    year = totals.filter(pl.col("PERIOD").str.starts_with("2024"))["OBS_VALUE"].sum()
    fiscal = totals.filter(pl.col("PERIOD") >= "2023-10", pl.col("PERIOD") <= "2024-09")["OBS_VALUE"].sum()
    assert (year, fiscal) == (1646243, 2135005)


def test_each_series_gives_away_one_total_a_month(published: pl.DataFrame) -> None:
    out = observations_for_publication(published, month(2023, 8))
    totals = out.filter(pl.col("CITIZENSHIP") == "_T", pl.col("SEX") == "_T", pl.col("AGE") == "_T")
    assert totals.select("REPORTER", "DATASET", "MEASURE", "PERIOD").is_unique().all()
    assert totals.height == 12 * 13
    august = totals.filter(pl.col("PERIOD") == "2023-08", pl.col("REPORTER") == "PAN")
    assert august["OBS_VALUE"].to_list() == [81946, 81946]
