import polars as pl
import pytest

from istmo.model.csvtext import csv_bytes, text_field


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_written_as_text(text: str) -> None:
    assert text_field(text) == f"'{text}"
    assert csv_bytes(pl.DataFrame({"a": [text]})).decode().split("\n", 1)[1].lstrip('"').startswith("'")


def test_other_text_and_numbers_are_left_alone() -> None:
    frame = pl.DataFrame(
        {"text": ["a=b", ""], "number": [-1, None], "kind": ["x", "y"]}, schema_overrides={"kind": pl.Enum(["x", "y"])}
    )
    assert csv_bytes(frame).decode() == "text,number,kind\na=b,-1,x\n,,y\n"


def test_a_list_becomes_its_words() -> None:
    assert csv_bytes(pl.DataFrame({"services": [["WATER", "CALL"]]})).decode() == "services\nWATER CALL\n"
