"""The compiled form of a check and its slow twin say the same for every row, null included."""

from collections.abc import Callable
from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.intake.expressions import Column, Kind, compiled, evaluate, parse

KINDS = {"A": Kind.NUMBER, "B": Kind.NUMBER, "S": Kind.TEXT, "[t]": Kind.TEXT, "D": Kind.DATE, "E": Kind.DATE}
SIGNS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
NUMBERS = st.one_of(st.sampled_from(["A", "B"]), st.integers(0, 3).map(str))
TEXTS = st.one_of(st.sampled_from(["S", "[t]"]), st.sampled_from(["'x'", "'y'", "'it''s'", "''"]))
DAYS = st.one_of(
    st.sampled_from(["D", "E", "2016-01-02"]),
    st.tuples(st.sampled_from(["D", "E"]), st.sampled_from("+-"), st.integers(0, 3)).map(
        lambda parts: f"{parts[0]} {parts[1]} {parts[2]} days"
    ),
)
CONDITIONS = st.one_of(
    *(
        st.tuples(operand, SIGNS, operand).map(lambda parts: f"{parts[0]} {parts[1]} {parts[2]}")
        for operand in (NUMBERS, TEXTS, DAYS)
    ),
    st.sampled_from(["A", "S", "D", "[t] is null", "E is not null", "B in (1, 2)", "S not in ('x', 'it''s')"]),
)
TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
    ),
    max_leaves=6,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "A": st.one_of(st.none(), st.integers(0, 3)),
            "B": st.one_of(st.none(), st.integers(0, 3)),
            "S": st.one_of(st.none(), st.sampled_from(["x", "y", "it's", "", "ñ"])),
            "[t]": st.one_of(st.none(), st.sampled_from(["x", "y", "Z"])),
            "D": st.one_of(st.none(), st.dates(date(2016, 1, 1), date(2016, 1, 4))),
            "E": st.one_of(st.none(), st.dates(date(2016, 1, 1), date(2016, 1, 4))),
        }
    ),
    min_size=1,
    max_size=6,
)
SCHEMA = {"A": pl.Int64, "B": pl.Int64, "S": pl.String, "[t]": pl.String, "D": pl.Date, "E": pl.Date}


def as_text(name: str) -> Column:
    return Column(pl.col(name))


def as_codes(name: str) -> Column:
    """Texts held as codes, in an order that is not the alphabet's."""
    if name not in ("S", "[t]"):
        return as_text(name)
    categories = ("ñ", "y", "x", "it's", "", "Z")
    return Column(pl.col(name).cast(pl.Enum(categories)), categories)


@settings(max_examples=300, deadline=None)
@given(text=TREES, rows=ROWS, column=st.sampled_from([as_text, as_codes]))
def test_both_ways_of_asking_give_the_same_answer(text: str, rows: list[dict], column: Callable[[str], Column]) -> None:
    condition = parse(text, KINDS, place="p")
    frame = pl.DataFrame(rows, schema=SCHEMA)
    answers = frame.with_columns(compiled(condition, column).alias("answer"))["answer"].to_list()
    assert answers == [evaluate(condition, row) for row in rows]
