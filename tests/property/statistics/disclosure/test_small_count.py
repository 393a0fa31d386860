"""Whatever the table: small-count rounding adds up, prints nothing small, and tells nobody a small count."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.cell_key import perturbed, ptable
from istmo.statistics.disclosure.coarsen import clear
from istmo.statistics.disclosure.cube import Cube, cube_of_leaves, with_margins
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.keys import aggregate_keys
from istmo.statistics.disclosure.protected import known
from istmo.statistics.disclosure.small_count import round_small

PLACES = hierarchy("point", [("T", ""), ("N", "T"), ("N1", "N"), ("N2", "N"), ("S", "T")])
SEX = flat("sex", ["F", "M"])
STANDARD = ptable(greatest=5, variance=3.0, least=2)

secrets = st.binary(min_size=32, max_size=32)
tables = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 40)), min_size=6, max_size=6).map(
    lambda counts: cube_of_leaves((PLACES, SEX), np.array(counts, dtype=np.int64).reshape(3, 2))
)


@given(tables, secrets, st.sampled_from([3, 5, 10]))
def test_a_table_adds_up_and_prints_nothing_small(cube: Cube, secret: bytes, base: int) -> None:
    table = round_small(cube, aggregate_keys(secret, "T", cube), base=base, secret=secret)
    leaves = table.values[cube.leaf_positions]
    before = cube.leaf_counts
    assert np.array_equal(table.values, with_margins(cube.dimensions, leaves))
    assert not ((table.values > 0) & (table.values < base)).any()
    assert np.array_equal(leaves[before >= base], before[before >= base])
    assert (abs(leaves - before) < base).all()
    assert not leaves[before == 0].any()
    found = propagation.bounds(known(table))
    counts = cube.counts.reshape(-1)
    assert (found.lower <= counts).all()
    assert (counts <= found.upper).all()
    assert clear(cube, table, threshold=base).steps == ()


@given(tables, secrets)
def test_noise_is_bounded_and_what_a_reader_is_told_is_true(cube: Cube, secret: bytes) -> None:
    table = perturbed(cube, aggregate_keys(secret, "T", cube), chances=STANDARD, secret=secret)
    assert (abs(table.values - cube.counts) <= 5).all()
    assert not table.values[cube.counts == 0].any()
    assert not ((table.values == 1) | (table.values == 2)).any()
    system = known(table)
    counts = cube.counts.reshape(-1)
    assert (system.lower <= counts).all()
    assert (counts <= system.upper).all()
