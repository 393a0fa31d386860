"""Small frames of observations with invented numbers, and one whose figures cannot hide a sum over reporters."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.periods import Period, month, months
from istmo.statistics.brief.values import BriefState, Edition, VintageUsed

Row = Mapping[str, object]

# Dataset id -> measure and unit, as the registry has them.
SERIES = {
    "PAN.SNM.cuadro003": ("TRA_IRR", "REGISTRATION"),
    "PAN.SNM.cuadro002": ("TRA_IRR", "REGISTRATION"),
    "PAN.SNM.gdi_nat": ("TRA_IRR", "REGISTRATION"),
    "HND.INM.flujo": ("ENT_IRR", "REGISTRATION"),
    "HND.INM.gdi_dmg": ("ENT_IRR", "REGISTRATION"),
    "MEX.UPMRIP.3.1.1": ("EVT_IRR", "EVENT"),
    "MEX.UPMRIP.3.1.3": ("EVT_IRR", "EVENT"),
    "MEX.UPMRIP.3.2.4": ("DEPORT", "EVENT"),
    "GTM.IGM.retornados": ("RET_REC", "EVENT"),
    "USA.CBP.nationwide": ("ENCOUNTER", "EVENT"),
    "USA.CBP.nationwide_state": ("ENCOUNTER", "EVENT"),
    "CRI.DGME.permisos": ("PERM_TMP", "PERMIT"),
    "UNHCR.UNHCR.asylum_applications": ("ASY_APP", "PERSON_SOURCE"),
    "UNHCR.UNHCR.asylum_decisions": ("ASY_REC", "PERSON_SOURCE"),
    "UNHCR.UNHCR.population": ("ASY_PEN", "PERSON"),
    "IOM.MMP.incidents": ("DEATH_MISS", "PERSON_SOURCE"),
}
AUGUST = month(2023, 8)


def frame(*rows: Row) -> pl.DataFrame:
    """Rows of `ID, PERIOD, OBS_VALUE` and whatever differs from the defaults, as observations."""
    return pl.DataFrame([_whole(row) for row in rows], schema=schema(), orient="row")


def _whole(row: Row) -> dict[str, object]:
    reporter, agency, dataset = str(row["ID"]).split(".", 2)
    measure, unit = SERIES[str(row["ID"])]
    whole: dict[str, object] = {
        **DEFAULTS,
        "REPORTER": reporter,
        "AGENCY": agency,
        "DATASET": dataset,
        "MEASURE": measure,
        "UNIT": unit,
        "VINTAGE": "2023-09-08.1",
        "SOURCE_HASH": "f" * 64,
        "PROFILE": f"{row['ID']}@1.0.0",
        **row,
    }
    return {column: whole[column] for column in COLUMNS}


def of(id_: str, period: str, value: int | None, **other: object) -> Row:
    """One row; without a value its status is O unless told otherwise."""
    status = {} if value is not None or "OBS_STATUS" in other else {"OBS_STATUS": "O"}
    return {"ID": id_, "PERIOD": period, "OBS_VALUE": value, **status, **other}


def by_code(id_: str, period: str, figures: Mapping[str, int | None], **other: object) -> list[Row]:
    return [of(id_, period, value, CITIZENSHIP=code, **other) for code, value in figures.items()]


def edition(at: Period = AUGUST, **other: object) -> Edition:
    fields = {
        "month": at,
        "number": 1,
        "cut_off": date(2023, 9, 18),
        "state": BriefState.DRAFT,
        "preliminary": True,
        "demonstration": True,
        **other,
    }
    return Edition(**fields)  # type: ignore[arg-type]


def used(id_: str, received: date, vintage: str = "2023-09-08.1") -> VintageUsed:
    return VintageUsed(id_, vintage, "f" * 64, f"{id_}@1.0.0", received)


# Figures of each reporter fill two decimal places of their own: a number with digits in more is a sum over reporters.
MARK = {"PAN": 10**6, "HND": 10**8, "MEX": 10**10, "USA": 10**12, "GTM": 10**14}
_NUMBER = re.compile(r"\d[\d,]*")


def marked_frame(at: Period = AUGUST) -> pl.DataFrame:
    """Thirteen months of five reporters by nationality, sex and age; each reporter stays below 100 of its mark."""
    rows: list[Row] = []
    for period in map(str, months(at.plus(-12), at)):
        size = 1 if period != str(at) else 2
        for id_, codes in (
            ("PAN.SNM.cuadro003", {"VEN": 9, "CHN": 3, "_O": 1}),
            ("HND.INM.flujo", {"VEN": 7, "SEN": 5, "HTI": 2}),
            ("MEX.UPMRIP.3.1.1", {"VEN": 8, "HND": 4, "_U": 1}),
            ("USA.CBP.nationwide", {"VEN": 6, "MEX": 9, "_O": 2}),
        ):
            mark = MARK[id_[:3]] * size
            border = {"BORDER": "SWB"} if id_.startswith("USA") else {}
            rows += by_code(id_, period, {code: number * mark for code, number in codes.items()}, **border)
        for id_ in ("PAN.SNM.cuadro002", "HND.INM.gdi_dmg", "MEX.UPMRIP.3.1.3"):
            mark = MARK[id_[:3]] * size
            parts = (("M", "Y_GE18", 5), ("F", "Y_GE18", 4), ("M", "Y_LT18", 2), ("F", "Y_LT18", 2))
            rows += [of(id_, period, number * mark, SEX=sex, AGE=age) for sex, age, number in parts]
        rows += [
            of("GTM.IGM.retornados", period, number * size * MARK["GTM"], CITIZENSHIP="GTM", COUNTERPART=origin)
            for origin, number in (("MEX", 3), ("USA", 4))
        ]
        rows.append(of("MEX.UPMRIP.3.2.4", period, 3 * size * MARK["MEX"], CITIZENSHIP="HND"))
    return frame(*rows)


def sums_over_reporters(text: str) -> list[str]:
    """The numbers in a text, a page or a file made from `marked_frame` that are sums over reporters."""
    return [number for number in _NUMBER.findall(text) if crosses(int(number.replace(",", "")))]


def crosses(value: int) -> bool:
    """Whether a number made of marked figures holds digits of more than one reporter."""
    value = abs(value)
    return value >= min(MARK.values()) and sum(bool(value // mark % 100) for mark in MARK.values()) > 1


def numbers(values: Iterable[object]) -> list[int]:
    return [value for value in values if isinstance(value, int)]
