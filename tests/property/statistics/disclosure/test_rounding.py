"""Whatever the counts, keys and order: rounded numbers are close, repeatable, and print nobody who is alone."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from istmo.statistics.disclosure.cube import GREATEST, Cube, cube_of_leaves, with_margins
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat, hierarchy
from istmo.statistics.disclosure.keys import Keys, aggregate_keys, cube_of_records, record_keys
from istmo.statistics.disclosure.protected import Method, interval
from istmo.statistics.disclosure.rounding import round_alike, round_cells, round_nearest, rounded

PLACES = hierarchy("point", [("T", ""), ("N", "T"), ("N1", "N"), ("N2", "N"), ("S", "T"), ("S1", "S"), ("S2", "S")])
SEX = flat("sex", ["F", "M"])
AGE = flat("age", ["0-17", "18+"])

secrets = st.binary(min_size=32, max_size=32)
bases = st.sampled_from([3, 5, 10])
counts_and_keys = st.lists(
    st.tuples(st.one_of(st.integers(0, 20), st.integers(0, GREATEST)), st.integers(0, 2**64 - 1)), min_size=1
)


@st.composite
def people(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    """Persons by stable id, with the leaf of their place, sex and age."""
    size = draw(st.integers(1, 40))
    leaf = st.tuples(st.integers(0, len(PLACES.leaves) - 1), st.integers(0, 1), st.integers(0, 1))
    return [(f"P{number}", *draw(leaf)) for number in range(size)]


def tabulated(rows: list[tuple[str, int, int, int]], axes: dict[int, Hierarchy], secret: bytes) -> tuple[Cube, Keys]:
    at = [np.array([row[axis] for row in rows]) for axis in axes]
    return cube_of_records(list(axes.values()), at, record_keys(secret, [row[0] for row in rows]))


@given(counts_and_keys, secrets, bases)
def test_a_rounded_number_is_near_and_never_small(made: list[tuple[int, int]], secret: bytes, base: int) -> None:
    counts = np.array([count for count, _ in made], dtype=np.int64)
    keys = np.array([key for _, key in made], dtype=np.uint64)
    values = round_cells(counts, keys, base=base, secret=secret)
    assert (values % base == 0).all()
    assert (abs(values - counts) < base).all()
    assert not values[counts == 0].any()
    assert not ((values > 0) & (values < base)).any()
    assert np.array_equal(values, round_cells(counts, keys, base=base, secret=secret))
    alike = round_alike(counts, keys, base=base, secret=secret)
    assert np.array_equal(alike, np.where(counts < base, 0, values))
    assert (abs(round_nearest(counts, base=base) - counts) <= base // 2).all()


@given(counts_and_keys, secrets, bases, st.sampled_from([Method.ROUND, Method.ALIKE, Method.NEAREST]))
def test_what_a_reader_is_told_of_a_number_is_true(
    made: list[tuple[int, int]], secret: bytes, base: int, method: Method
) -> None:
    codes = flat("code", [f"c{number}" for number in range(len(made))])
    cube = cube_of_leaves((codes,), np.array([min(count, 10**9) for count, _ in made]))
    table = rounded(cube, aggregate_keys(secret, "T", cube), method=method, base=base, secret=secret)
    lower, upper = interval(method, base, table.values, table.withheld, table.is_leaf())
    assert (lower <= cube.counts).all()
    assert (cube.counts <= upper).all()


@given(people(), secrets, bases, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_a_second_batch_changes_a_number(
    rows: list[tuple[str, int, int, int]], secret: bytes, base: int, chance: Random
) -> None:
    axes = {1: PLACES, 2: SEX}
    cube, keys = tabulated(rows, axes, secret)
    again = rows.copy()
    chance.shuffle(again)
    second, second_keys = tabulated(again, axes, secret)
    first = round_cells(cube.counts, keys, base=base, secret=secret)
    assert np.array_equal(first, round_cells(second.counts, second_keys, base=base, secret=secret))


@given(people(), secrets, bases)
def test_the_same_people_have_the_same_number_in_every_table(
    rows: list[tuple[str, int, int, int]], secret: bytes, base: int
) -> None:
    wide, wide_keys = tabulated(rows, {1: PLACES, 2: SEX, 3: AGE}, secret)
    turned, turned_keys = tabulated(rows, {2: SEX, 1: PLACES}, secret)
    in_wide = round_cells(wide.counts, wide_keys, base=base, secret=secret)
    in_turned = round_cells(turned.counts, turned_keys, base=base, secret=secret)
    assert np.array_equal(in_wide[:, :, 0], in_turned.T)
    women = [row for row in rows if row[2] == 0]
    if women:
        alone, alone_keys = tabulated(women, {1: PLACES}, secret)
        in_wide_women = in_wide[:, SEX.position["F"], 0]
        assert np.array_equal(round_cells(alone.counts, alone_keys, base=base, secret=secret), in_wide_women)


@given(people(), secrets)
def test_a_revision_moves_only_the_cells_whose_people_changed(
    rows: list[tuple[str, int, int, int]], secret: bytes
) -> None:
    """Averaging over releases: a release again, with one late person, draws no new noise anywhere else."""
    cube, keys = tabulated(rows, {1: PLACES, 2: SEX}, secret)
    late = ("LATE", 0, 0, 0)
    revised, revised_keys = tabulated([*rows, late], {1: PLACES, 2: SEX}, secret)
    before = round_cells(cube.counts, keys, base=5, secret=secret)
    after = round_cells(revised.counts, revised_keys, base=5, secret=secret)
    same = revised.counts == cube.counts
    assert np.array_equal(before[same], after[same])
    assert (~same).sum() == 3 * 2  # the place, its region and the total, of women and of all


@given(people(), secrets)
def test_keys_add_up_as_the_counts_do(rows: list[tuple[str, int, int, int]], secret: bytes) -> None:
    cube, keys = tabulated(rows, {1: PLACES, 2: SEX}, secret)
    leaves = keys[cube.leaf_positions].view(np.int64)
    assert np.array_equal(with_margins(cube.dimensions, leaves).view(np.uint64), keys)
    assert not keys[cube.counts == 0].any()
