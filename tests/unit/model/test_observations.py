"""The table of observations takes its types from the code lists, in the published order of columns."""

import polars as pl
import pytest

from istmo.model.codes import codelist
from istmo.model.observations import CODELISTS, COLUMNS, DEFAULTS, KEY, MARGINS, column_type, schema


def test_the_columns_are_the_published_ones_in_their_order() -> None:
    assert ", ".join(COLUMNS) == (
        "REPORTER, AGENCY, DATASET, MEASURE, UNIT, PERIOD, CITIZENSHIP, CITIZENSHIP_STATUS, SEX, AGE, ACCOMPANIMENT, "
        "BORDER, PLACE, COUNTERPART, ENTRY_MODE, OBS_VALUE, OBS_STATUS, SOURCE_PERIOD, NOTE, VINTAGE, SOURCE_HASH, "
        "PROFILE"
    )
    assert tuple(schema()) == COLUMNS


def test_the_key_is_everything_before_the_value() -> None:
    assert COLUMNS[: len(KEY)] == KEY
    assert COLUMNS[len(KEY)] == "OBS_VALUE"
    assert {column for group in MARGINS.values() for column in group} < set(KEY)


@pytest.mark.parametrize("column", sorted(CODELISTS))
def test_a_coded_column_takes_the_codes_of_its_list(column: str) -> None:
    assert column_type(column) == pl.Enum(list(codelist(CODELISTS[column]).ids))


def test_the_value_is_a_whole_number_and_the_rest_is_text() -> None:
    assert column_type("OBS_VALUE") == pl.Int64()
    assert column_type("PLACE") == pl.String()


@pytest.mark.parametrize("column", sorted(set(DEFAULTS) & set(CODELISTS)))
def test_a_default_is_a_code_of_its_list(column: str) -> None:
    assert DEFAULTS[column] in codelist(CODELISTS[column])


def test_a_code_that_is_not_in_its_list_cannot_be_stored() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError):
        pl.DataFrame({"CITIZENSHIP": ["HTI", "Haití"]}).cast({"CITIZENSHIP": column_type("CITIZENSHIP")})
