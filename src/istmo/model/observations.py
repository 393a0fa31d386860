"""The observation: one figure with everything it must travel with. The dataflow RCM:DF_MIGFLOW(1.0.0).

`COLUMNS` is the order in every CSV that we write (`intake --out`, `brief --out`). `schema()` is the Polars type of a
table of observations: coded columns are `Enum`s made from the code lists, so a code not in its list cannot be stored.
"""

from types import MappingProxyType

import polars as pl

from istmo.model.codes import codelist

COLUMNS = (
    "REPORTER",
    "AGENCY",
    "DATASET",
    "MEASURE",
    "UNIT",
    "PERIOD",
    "CITIZENSHIP",
    "CITIZENSHIP_STATUS",
    "SEX",
    "AGE",
    "ACCOMPANIMENT",
    "BORDER",
    "PLACE",
    "COUNTERPART",
    "ENTRY_MODE",
    "OBS_VALUE",
    "OBS_STATUS",
    "SOURCE_PERIOD",
    "NOTE",
    "VINTAGE",
    "SOURCE_HASH",
    "PROFILE",
)

# Which code list each coded column takes its values from. AGENCY, DATASET are ids of the registry, PLACE of the place
# lists.
CODELISTS = MappingProxyType(
    {
        "REPORTER": "reporter",
        "MEASURE": "measure",
        "UNIT": "unit_of_count",
        "CITIZENSHIP": "citizenship",
        "CITIZENSHIP_STATUS": "nationality_status",
        "SEX": "sex",
        "AGE": "age_group",
        "ACCOMPANIMENT": "accompaniment",
        "BORDER": "border",
        "COUNTERPART": "citizenship",
        "ENTRY_MODE": "entry_mode",
        "OBS_STATUS": "obs_status",
    }
)

# What a column holds when the profile says nothing of it.
DEFAULTS = MappingProxyType(
    {
        "CITIZENSHIP": "_T",
        "CITIZENSHIP_STATUS": "AS_RECORDED",
        "SEX": "_T",
        "AGE": "_T",
        "ACCOMPANIMENT": "_T",
        "BORDER": "_T",
        "PLACE": "_T",
        "COUNTERPART": "_T",
        "ENTRY_MODE": "_T",
        "OBS_STATUS": "A",
        "SOURCE_PERIOD": "",
        "NOTE": "",
    }
)

# The key of an observation within a vintage (DOMAIN 3.4).
KEY = COLUMNS[: COLUMNS.index("OBS_VALUE")]

# Dimensions that a margin is taken over; SEX, AGE and ACCOMPANIMENT go together, since sources cross them in one label.
MARGINS = MappingProxyType(
    {
        "CITIZENSHIP": ("CITIZENSHIP",),
        "DEMOGRAPHIC": ("SEX", "AGE", "ACCOMPANIMENT"),
        "PLACE": ("BORDER", "PLACE"),
        "COUNTERPART": ("COUNTERPART",),
        "ENTRY_MODE": ("ENTRY_MODE",),
    }
)


def column_type(column: str) -> pl.DataType:
    """The Polars type of a column: an `Enum` of its code list, `Int64` for the value, text for the rest."""
    if column in CODELISTS:
        return pl.Enum(list(codelist(CODELISTS[column]).ids))
    return pl.Int64() if column == "OBS_VALUE" else pl.String()


def schema() -> pl.Schema:
    """The Polars schema of a table of observations, in the order of `COLUMNS`."""
    return pl.Schema({column: column_type(column) for column in COLUMNS})
