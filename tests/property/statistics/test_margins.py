"""Whatever the frame: totals stay within their dataset, and parts of one grain add up to it."""

from collections import defaultdict

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.statistics.frames import frame, of

from istmo.statistics.margins import SERIES, margin

IDS = ("PAN.SNM.cuadro003", "PAN.SNM.gdi_nat", "HND.INM.flujo", "MEX.UPMRIP.3.1.1", "USA.CBP.nationwide")
CELLS = st.lists(
    st.tuples(
        st.sampled_from(IDS),
        st.sampled_from(("2023-07", "2023-08")),
        st.sampled_from(("VEN", "HTI", "X_CONGO", "_O")),
        st.integers(0, 999),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda cell: cell[:3],
)


@settings(deadline=None, max_examples=40)
@given(CELLS)
def test_a_sum_holds_the_parts_of_its_own_series_and_no_others(cells: list[tuple[str, str, str, int]]) -> None:
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for id_, period, _, value in cells:
        expected[id_, period] += value
    rows = margin(frame(*(of(id_, period, value, CITIZENSHIP=code) for id_, period, code, value in cells)))
    found = {
        (f"{reporter}.{agency}.{dataset}", period): value
        for reporter, agency, dataset, period, value in rows.select(
            "REPORTER", "AGENCY", "DATASET", "PERIOD", "OBS_VALUE"
        ).iter_rows()
    }
    assert found == dict(expected)


@settings(deadline=None, max_examples=40)
@given(CELLS, st.sets(st.sampled_from(("CITIZENSHIP", "DEMOGRAPHIC", "PLACE", "COUNTERPART", "ENTRY_MODE"))))
def test_a_margin_has_each_key_once(cells: list[tuple[str, str, str, int]], keep: set[str]) -> None:
    rows = margin(frame(*(of(id_, period, value, CITIZENSHIP=code) for id_, period, code, value in cells)), keep=keep)
    keys = rows.select(*SERIES, "CITIZENSHIP", "SEX", "AGE", "PLACE")
    assert keys.is_unique().all() or rows.is_empty()


@settings(deadline=None, max_examples=40)
@given(CELLS)
def test_a_margin_of_a_margin_is_the_margin(cells: list[tuple[str, str, str, int]]) -> None:
    rows = frame(*(of(id_, period, value, CITIZENSHIP=code) for id_, period, code, value in cells))
    once = margin(rows)
    columns = [*SERIES, "OBS_VALUE", "OBS_STATUS"]
    again = margin(pl.concat([rows, once]))
    assert again.select(columns).sort(columns).equals(once.select(columns).sort(columns))
