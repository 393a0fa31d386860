"""Rounded numbers: what is printed, and what the way of printing must not tell."""

import numpy as np
import pytest

from istmo.statistics.disclosure.cube import cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.keys import aggregate_keys
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import (
    Zeros,
    listed,
    listing,
    printed,
    round_alike,
    round_cells,
    round_nearest,
    rounded,
)

SECRET = bytes(range(32))
KEYS = np.arange(10_000, dtype=np.uint64)


def table(method: Method, values: list[int], *, base: int = 10, withheld: tuple[int, ...] = ()) -> ProtectedTable:
    codes = [f"c{number}" for number in range(len(values) - 1)]
    hidden = np.zeros(len(values), dtype=np.bool_)
    hidden[list(withheld)] = True
    return ProtectedTable((flat("code", codes),), method, base, np.array(values, dtype=np.int64), hidden)


@pytest.mark.parametrize(
    ("count", "value"), [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (24, 20), (1_213_067, 1_213_070)]
)
def test_nearest_ten_is_what_the_department_of_homeland_security_prints(count: int, value: int) -> None:
    """OHSS, "Disclosure avoidance": 0-4 become 0, 5-14 become 10."""
    assert round_nearest(np.array([count]), base=10).tolist() == [value]


@pytest.mark.parametrize("base", [3, 5, 10])
def test_each_remainder_is_rounded_up_as_often_as_it_should(base: int) -> None:
    for rest in range(base):
        values = round_cells(np.full(KEYS.shape, base + rest), KEYS, base=base, secret=SECRET)
        up = float((values == 2 * base).mean())
        assert set(values.tolist()) <= {base, 2 * base}
        assert abs(up - rest / base) < 0.02  # four standard errors of 10,000 draws


def test_a_cell_that_is_not_there_to_base_5_is_not_there_to_base_10() -> None:
    for count in range(1, 5):
        counts = np.full(KEYS.shape, count)
        five = round_cells(counts, KEYS, base=5, secret=SECRET)
        ten = round_cells(counts, KEYS, base=10, secret=SECRET)
        assert not ((five == 0) & (ten > 0)).any()


def test_another_secret_rounds_otherwise() -> None:
    counts = np.full(KEYS.shape, 2)
    first = round_cells(counts, KEYS, base=5, secret=SECRET)
    assert not np.array_equal(first, round_cells(counts, KEYS, base=5, secret=SECRET[::-1]))


def test_under_the_base_all_counts_are_one_class_where_the_table_is_sensitive() -> None:
    for count in range(10):
        assert not round_alike(np.full(KEYS.shape, count), KEYS, base=10, secret=SECRET).any()
    values = round_alike(np.full(KEYS.shape, 13), KEYS, base=10, secret=SECRET)
    assert set(values.tolist()) == {10, 20}
    assert printed(table(Method.ALIKE, [20, 0, 20]), 0) == "0-9"
    assert printed(table(Method.ALIKE, [20, 0, 20]), 20) == "20"
    assert printed(table(Method.ROUND, [20, 0, 20]), 0) == "0"


@pytest.mark.parametrize("method", [Method.ROUND, Method.ALIKE, Method.NEAREST])
@pytest.mark.parametrize("base", [3, 5, 10])
def test_the_intervals_are_what_the_values_say_and_no_wider(method: Method, base: int) -> None:
    """Every count that is printed as a value lies in the value's interval, and its two ends are printed so too."""
    made: dict[int, set[int]] = {}
    code = (flat("code", [f"c{number}" for number in range(400)]),)
    for count in range(6 * base):
        cube = cube_of_leaves(code, np.full(400, count, dtype=np.int64))
        keys = np.arange(cube.counts.size, dtype=np.uint64) + np.uint64(1000 * count)
        values = rounded(cube, keys, method=method, base=base, secret=SECRET).values[1:]
        for value in set(values.tolist()):
            made.setdefault(value, set()).add(count)
    for value in range(0, 4 * base + 1, base):
        system = known(table(method, [value, value], base=base))
        assert (int(system.lower[1]), int(system.upper[1])) == (min(made[value]), max(made[value]))


def test_a_headline_total_is_printed_as_it_is_and_known_exactly() -> None:
    made = table(Method.ROUND, [13, 10, 5], base=5)
    headline = ProtectedTable(
        made.dimensions, made.method, made.spread, made.values, made.withheld, np.array([True, False, False])
    )
    system = known(headline)
    assert (int(system.lower[0]), int(system.upper[0])) == (13, 13)
    assert (int(system.lower[1]), int(system.upper[1])) == (6, 14)


def test_suppression_is_not_a_way_to_round() -> None:
    cube = cube_of_leaves((flat("code", ["a"]),), np.array([3]))
    with pytest.raises(ValueError, match="not a way to round"):
        rounded(cube, aggregate_keys(SECRET, "T", cube), method=Method.SUPPRESS, base=5, secret=SECRET)


def test_rows_are_all_combinations_or_none_with_zero() -> None:
    made = table(Method.ROUND, [20, 0, 10, 0], withheld=(3,))
    assert listing(made, np.array([True, True, True, True])) is Zeros.EVERY_COMBINATION
    assert listing(made, np.array([True, False, True, True])) is Zeros.NO_ZERO
    assert listed(made, Zeros.NO_ZERO).tolist() == [True, False, True, True]
    assert listed(made, Zeros.EVERY_COMBINATION).all()


@pytest.mark.parametrize("rows", [[True, True, False, False], [True, False, False, False], [True, True, True, False]])
def test_a_single_row_with_zero_is_neither(rows: list[bool]) -> None:
    """The attack: rows exist only where somebody was, so a row with 0 tells that a few people were there."""
    assert listing(table(Method.ROUND, [20, 0, 0, 20]), np.array(rows)) is None
