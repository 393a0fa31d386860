"""A small region with invented numbers, and the brief of its month."""

from datetime import date

import polars as pl
import pytest

from istmo.model.periods import month, months
from istmo.registry.datasets import datasets
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.values import Brief
from istmo.statistics.checks import cross_checks

from .frames import AUGUST, Row, by_code, edition, frame, of, used

ON = date(2023, 9, 18)


def _panama() -> list[Row]:
    """Monthly since July 2022; Senegal is on the list of 2022 only, Viet Nam on that of 2023; 2023 is provisional."""
    rows: list[Row] = []
    for number, at in enumerate(months(month(2022, 7), AUGUST)):
        listed = {"SEN": 5, "MEX": 1} if at.year == 2022 else {"VNM": 40 + number}
        status = "A" if at.year == 2022 else "P"
        figures = {"VEN": 1000 + 10 * number, "CHN": 200, "HTI": 29, "CUB": 3, **listed, "_O": 7}
        rows += by_code("PAN.SNM.cuadro003", str(at), figures, PLACE="PAN_COL", OBS_STATUS=status)
    for sex, age, value in (("M", "Y_GE18", 600), ("F", "Y_GE18", 400), ("M", "Y_LT18", 250), ("F", "Y_LT18", 250)):
        rows.append(of("PAN.SNM.cuadro002", "2023-08", value, SEX=sex, AGE=age))
    return rows


def _honduras() -> list[Row]:
    rows: list[Row] = []
    for at in ("2022-08", "2023-07", "2023-08"):
        rows += by_code("HND.INM.flujo", at, {"VEN": 800, "SEN": 150, "TWN": 120, "SLV": 2, "GHA": 4})
    rows += [
        of("HND.INM.flujo", "2023-08", value, SEX=sex, AGE=age)
        for sex, age, value in (("M", "Y_GE18", 700), ("F", "Y_GE18", 300), ("M", "Y_LT18", 50), ("F", "Y_LT18", 26))
    ]
    return rows


def _mexico() -> list[Row]:
    rows: list[Row] = []
    for at, value in (("2022-08", 2000), ("2023-07", 1500), ("2023-08", 1200)):
        rows += by_code("MEX.UPMRIP.3.1.1", at, {"VEN": value, "HND": 300, "SEN": 130, "COD": 40, "_U": 5, "XXA": 1})
        rows += by_code("MEX.UPMRIP.3.2.4", at, {"HND": value // 10, "GTM": 20})
    for sex in ("M", "F"):
        rows += [
            of("MEX.UPMRIP.3.1.3", "2023-08", 700, SEX=sex, AGE="Y_GE18"),
            of("MEX.UPMRIP.3.1.3", "2023-08", 60, SEX=sex, AGE="Y12T17"),
            of("MEX.UPMRIP.3.1.3", "2023-08", 50, SEX=sex, AGE="Y_LT12", ACCOMPANIMENT="ACC"),
            of("MEX.UPMRIP.3.1.3", "2023-08", 28, SEX=sex, AGE="Y_LT12", ACCOMPANIMENT="UNACC"),
        ]
    return rows


def _united_states() -> list[Row]:
    rows: list[Row] = []
    for at in ("2022-08", "2023-05", "2023-07", "2023-08"):
        for age, with_whom, factor in (("Y_GE18", "SINGLE", 3), ("_T", "FAM", 2), ("Y_LT18", "UNACC", 1)):
            figures = {"MEX": 500 * factor, "VEN": 300 * factor, "CHN": 60 * factor, "_O": 90 * factor}
            place = {"BORDER": "SWB", "PLACE": "USA_BP_YUMA", "ENTRY_MODE": "APPREH"}
            rows += by_code(
                "USA.CBP.nationwide", at, figures, AGE=age, ACCOMPANIMENT=with_whom, OBS_STATUS="P", **place
            )
    return [*rows, of("USA.CBP.nationwide", "2023-08", 77, CITIZENSHIP="CAN", AGE="Y_GE18", BORDER="NLB")]


def _guatemala() -> list[Row]:
    return [
        of(
            "GTM.IGM.retornados",
            at,
            value,
            CITIZENSHIP="GTM",
            SEX=sex,
            AGE=age,
            ACCOMPANIMENT=with_whom,
            COUNTERPART=origin,
        )
        for at in ("2022-08", "2023-08")
        for origin, value in (("MEX", 40), ("USA", 25))
        for sex, age, with_whom in (("M", "Y_GE18", "_T"), ("M", "Y_LT18", "ACC"), ("F", "Y_LT18", "UNACC"))
    ]


@pytest.fixture(scope="session")
def region() -> pl.DataFrame:
    return frame(*_panama(), *_honduras(), *_mexico(), *_united_states(), *_guatemala())


@pytest.fixture(scope="session")
def brief(region: pl.DataFrame) -> Brief:
    return compile_brief(
        region,
        edition=edition(),
        on=ON,
        vintages=[
            used("PAN.SNM.cuadro003", date(2023, 9, 8)),
            used("HND.INM.flujo", date(2023, 9, 13)),
            used("MEX.UPMRIP.3.1.1", date(2023, 9, 11)),
            used("GTM.IGM.retornados", date(2023, 9, 9)),
        ],
        findings=cross_checks(region, datasets=datasets()),
    )
