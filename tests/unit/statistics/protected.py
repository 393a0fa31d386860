"""Two invented protected datasets beside those of the registry, and what left of them: withheld, rolled up, rounded.

Costa Rica's table is suppressed (`CRI.EJEMPLO.retenida`): small nationalities stand in the row of their region, some
cells are withheld, one month as a whole, one month in its quarter. Nicaragua's is rounded (`NIC.EJEMPLO.redondeada`):
nationalities and totals to multiples of 5, sex and age of children print a range.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.model.periods import Period, month, months
from istmo.model.text import Text
from istmo.registry.datasets import Counted, Dataset, DatasetRegistry, _registry, dataset, datasets
from istmo.statistics.disclosure.notes import includes_note, join_notes, range_note, rolled_up_note, rounded_note

WITHHELD, ROUNDED = "CRI.EJEMPLO.retenida", "NIC.EJEMPLO.redondeada"
FIRST, LAST = month(2022, 8), month(2023, 8)
ALL_WITHHELD, IN_ITS_QUARTER = month(2023, 2), month(2022, 12)
AFRICA, ASIA = Text(es="África", en="Africa"), Text(es="Asia", en="Asia")
ROUNDED_5 = rounded_note(5)
ENTRIES = Counted(
    one=Text(es="ingreso irregular", en="irregular entry"), many=Text(es="ingresos irregulares", en="irregular entries")
)

Row = Mapping[str, object]


def protected_datasets() -> Mapping[str, Dataset]:
    """The registry's datasets with the two."""
    return MappingProxyType({**datasets(), WITHHELD: _dataset(WITHHELD), ROUNDED: _dataset(ROUNDED)})


def protected_registry() -> DatasetRegistry:
    """The registry document as it would be read with the two."""
    return replace(_registry(), datasets=protected_datasets())


def _dataset(id_: str) -> Dataset:
    reporter, agency, table = id_.split(".")
    return replace(
        dataset("HND.INM.flujo"),
        id=id_,
        reporter=reporter,
        agency=agency,
        dataset=table,
        title=Text(es="Ingresos irregulares (ejemplo)", en="Irregular entries (example)"),
        what=Text(es="Ingresos irregulares registrados", en="Irregular entries registered"),
        counted={"ENT_IRR": ENTRIES},
        coverage=Text(es="ejemplo de una tabla protegida", en="example of a protected table"),
        coverage_key=f"{reporter}-EXAMPLE",
        nationality_list="open",
        nationality_codes=frozenset(),
        breaks=(),
        method=Text(es="Datos inventados.", en="Invented data."),
        source=Text(es="Institución de ejemplo", en="Example institution"),
        public_at_source=False,
        corridor=True,
        rank=1,
        demonstration=True,
        protection="monthly-flows",
    )


def _rows(id_: str, at: Period, rows: Mapping[str, tuple[int | None, str, str]], **other: object) -> list[Row]:
    """Rows by nationality: value, status and note."""
    reporter, agency, table = id_.split(".")
    head = {
        **DEFAULTS,
        "REPORTER": reporter,
        "AGENCY": agency,
        "DATASET": table,
        "MEASURE": "ENT_IRR",
        "UNIT": "REGISTRATION",
        "PERIOD": str(at),
        "VINTAGE": "",
        "SOURCE_HASH": id_.encode().hex().ljust(64, "0")[:64],
        "PROFILE": f"{id_}@1.0.0",
        **other,
    }
    return [
        {**head, "CITIZENSHIP": code, "OBS_VALUE": value, "OBS_STATUS": status, "NOTE": note}
        for code, (value, status, note) in rows.items()
    ]


def withheld_month(at: Period) -> list[Row]:
    """Three nationalities from Africa stand in its row, two cells are withheld; the total is declared."""
    if at == ALL_WITHHELD:
        return _rows(WITHHELD, at, {"_T": (None, "Q", "")})
    if at == IN_ITS_QUARTER:
        quarter = Text(es="octubre a diciembre de 2022", en="October to December 2022")
        return _rows(WITHHELD, at, {"_T": (None, "K", rolled_up_note("2022-Q4", quarter))})
    more = at.number
    held = rolled_up_note("X_AFRICA", AFRICA)
    return _rows(
        WITHHELD,
        at,
        {
            "_T": (300 + more, "A", ""),
            "VEN": (180 + more, "A", ""),
            "HTI": (60, "A", ""),
            "COL": (None, "Q", ""),
            "ECU": (None, "Q", ""),
            "X_AFRICA": (23, "W", includes_note(3)),
            "CMR": (None, "K", held),
            "ERI": (None, "K", held),
            "SEN": (None, "K", held),
            "X_ASIA": (None, "Q", ""),
            "CHN": (None, "K", rolled_up_note("X_ASIA", ASIA)),
        },
    )


def rounded_month(at: Period) -> list[Row]:
    """Multiples of 5, the total rounded on its own; children print a range."""
    noted = {
        code: (value, "A", ROUNDED_5)
        for code, value in {"_T": 195 + 5 * at.number, "VEN": 100, "HTI": 45, "CUB": 30 + 5 * (at.number % 2)}.items()
    }
    rows = _rows(
        ROUNDED,
        at,
        {
            **noted,
            "X_AFRICA": (15, "W", join_notes(includes_note(2), ROUNDED_5)),
            "SEN": (None, "K", rolled_up_note("X_AFRICA", AFRICA)),
            "GHA": (None, "K", rolled_up_note("X_AFRICA", AFRICA)),
        },
    )
    tens = rounded_note(10, "nearest")
    for sex, age, value in (("M", "Y_GE18", 120), ("F", "Y_GE18", 60), ("M", "Y_LT18", 20), ("F", "Y_LT18", None)):
        cell = (value, "A", tens) if value is not None else (None, "Q", range_note(0, 9))
        rows += _rows(ROUNDED, at, {"_T": cell}, SEX=sex, AGE=age)
    return rows


def observations(id_: str, first: Period = FIRST, last: Period = LAST) -> pl.DataFrame:
    """What left of one of the two, month by month."""
    of_month = withheld_month if id_ == WITHHELD else rounded_month
    rows = [row for at in months(first, last) for row in of_month(at)]
    return pl.DataFrame([{column: row[column] for column in COLUMNS} for row in rows], schema=schema(), orient="row")
