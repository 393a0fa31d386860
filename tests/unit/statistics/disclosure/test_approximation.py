"""Each method of a rule document makes its table."""

import numpy as np
import pytest

from istmo.statistics.disclosure.approximation import approximated
from istmo.statistics.disclosure.cube import cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.keys import aggregate_keys
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.rules import Dimension, Rules

SECRET = bytes(range(32))
CODES = flat("nationality", [f"N{number:02}" for number in range(30)])
CUBE = cube_of_leaves((CODES,), np.arange(30, dtype=np.int64))
KEYS = aggregate_keys(SECRET, "T", CUBE)


@pytest.mark.parametrize(
    ("method", "base", "sensitive", "way", "spread"),
    [
        (Method.ROUND, 5, False, Method.ROUND, 5),
        (Method.ROUND, 10, True, Method.ALIKE, 10),
        (Method.NEAREST, 10, False, Method.NEAREST, 10),
        (Method.CELL_KEY, 0, False, Method.CELL_KEY, 5),
        (Method.SMALL_COUNT, 5, False, Method.SMALL_COUNT, 5),
    ],
)
def test_each_method_makes_its_table(method: Method, base: int, sensitive: bool, way: Method, spread: int) -> None:
    rules = Rules(5, method, (Dimension("nationality"),), base=base, sensitive=sensitive)
    table = approximated(CUBE, rules, KEYS, secret=SECRET)
    assert (table.method, table.spread) == (way, spread)
    assert table.headline is None
    assert not table.withheld.any()
    assert (abs(table.values - CUBE.counts)[1:] <= spread).all()
    assert not ((table.values > 0) & (table.values < 3)).any()


def test_headline_totals_stand_as_they_are() -> None:
    rules = Rules(5, Method.ROUND, (Dimension("nationality"),), base=5, headline=(frozenset(),))
    table = approximated(CUBE, rules, KEYS, secret=SECRET)
    assert table.headline is not None
    assert np.flatnonzero(table.headline).tolist() == [0]
    assert table.values[0] == CUBE.counts[0]
