"""Whatever the table: after `coarsen` no attacker works out a small count, not even one who knows the program."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.coarsen import clear, coarsen, withhold
from istmo.statistics.disclosure.cube import Cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, hierarchy
from istmo.statistics.disclosure.keys import Keys, aggregate_keys, cube_of_records, record_keys
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.same_people import known_of_records
from istmo.statistics.disclosure.system import System, equations_of, exact

Knowledge = Callable[[ProtectedTable], System]
secrets = st.binary(min_size=32, max_size=32)


@st.composite
def dimensions(draw: st.DrawFn, name: str) -> Hierarchy:
    """A dimension of up to three levels with up to six leaves."""
    pairs = [("T", "")]
    for group in range(draw(st.integers(1, 3))):
        parts = draw(st.integers(0, 2))
        pairs.append((f"g{group}", "T"))
        pairs += [(f"g{group}p{part}", f"g{group}") for part in range(parts)]
    return hierarchy(name, pairs)


@st.composite
def cubes(draw: st.DrawFn) -> Cube:
    of = tuple(draw(dimensions(name)) for name in ("nationality", "point")[: draw(st.integers(1, 2))])
    shape = tuple(len(d.leaves) for d in of)
    size = int(np.prod(shape))
    counts = draw(st.lists(st.one_of(st.integers(0, 3), st.integers(0, 30)), min_size=size, max_size=size))
    return cube_of_leaves(of, np.array(counts, dtype=np.int64).reshape(shape))


def by_people(cube: Cube, secret: bytes) -> Keys:
    """The keys of a cube whose counts are people with an id."""
    leaves = cube.leaf_counts
    flat = np.repeat(np.arange(leaves.size), leaves.reshape(-1))
    at = np.unravel_index(flat, leaves.shape)
    again, keys = cube_of_records(cube.dimensions, at, record_keys(secret, (f"P{n}" for n in range(len(flat)))))
    assert np.array_equal(again.counts, cube.counts)
    return keys


WAYS = [(Method.ROUND, 3), (Method.ROUND, 5), (Method.ROUND, 10), (Method.NEAREST, 10)]


@given(cubes(), secrets, st.sampled_from(WAYS), st.booleans())
def test_nobody_works_out_a_small_count(cube: Cube, secret: bytes, way: tuple[Method, int], people: bool) -> None:
    knowledge: Knowledge = known_of_records if people else known
    keys = by_people(cube, secret) if people else aggregate_keys(secret, "T", cube)
    table, small = rounded(cube, keys, method=way[0], base=way[1], secret=secret), min(way[1], 5)
    try:
        made = coarsen(cube, table, keys, secret=secret, threshold=small, knowledge=knowledge)
    except InvalidInput:
        assume(False)
    counts = cube.counts.reshape(-1)
    found = propagation.bounds(knowledge(made.table))
    assert not exact(found, np.pad((counts > 0) & (counts < small), (0, len(found.lower) - counts.size))).any()
    assert (found.lower[: counts.size] <= counts).all()
    assert (counts <= found.upper[: counts.size]).all()
    assert np.array_equal(made.table.values[~made.table.withheld], table.values[~made.table.withheld])
    again = coarsen(cube, table, keys, secret=secret, threshold=small, knowledge=knowledge)
    assert np.array_equal(made.table.withheld, again.table.withheld)


@given(cubes(), secrets)
def test_nobody_proves_that_a_few_are_there_where_the_table_is_sensitive(cube: Cube, secret: bytes) -> None:
    keys = aggregate_keys(secret, "T", cube)
    table = rounded(cube, keys, method=Method.ALIKE, base=10, secret=secret)
    try:
        made = coarsen(cube, table, keys, secret=secret, threshold=5)
    except InvalidInput:
        assume(False)
    found = propagation.bounds(known(made.table))
    counts = cube.counts.reshape(-1)
    small = (counts > 0) & (counts < 10)
    assert not (small & (found.lower > 0) & (found.upper < 10)).any()


BASE, MOST = 3, 5
NESTED = (hierarchy("point", [("T", ""), ("A", "T"), ("a", "A"), ("b", "A"), ("c", "T")]),)


def every_table(people: bool) -> Iterator[tuple[Cube, ProtectedTable]]:
    """Every count of up to `MOST` in each leaf with every way in which chance can round it."""
    for leaves in product(range(MOST + 1), repeat=3):
        cube = cube_of_leaves(NESTED, np.array(leaves, dtype=np.int64))
        rests = cube.counts % BASE
        who = cube_of_leaves(NESTED, np.array([2**i * (n > 0) for i, n in enumerate(leaves)], dtype=np.int64)).counts
        drawn = who if people else np.arange(cube.counts.size)
        keys = sorted(set(drawn[rests > 0].tolist()))
        for ups in product((0, 1), repeat=len(keys)):
            up = dict(zip(keys, ups, strict=True))
            raised = np.array([up.get(key, 0) for key in drawn.tolist()]) * (rests > 0)
            values = cube.counts - rests + BASE * raised
            yield cube, ProtectedTable(NESTED, Method.ROUND, BASE, values, np.zeros(cube.shape, dtype=np.bool_))


def drafts(table: ProtectedTable) -> Iterator[ProtectedTable]:
    """The table, and the table with each decoy that it can have."""
    yield table
    equations = equations_of(table.dimensions)
    for row in range(equations.shape[0]):
        members = equations.indices[equations.indptr[row] : equations.indptr[row + 1]]
        if table.values[members].max(initial=0, where=equations[[row]].toarray()[0, members] > 0) <= 2 * BASE:
            hidden = np.zeros(table.values.size, dtype=np.bool_)
            hidden[members] = True
            yield withhold(table, hidden)


def published(cube: Cube, table: ProtectedTable, knowledge: Knowledge) -> tuple[int | None, ...]:
    try:
        made = clear(cube, table, threshold=BASE, knowledge=knowledge).table
    except InvalidInput:
        return (None,) * cube.counts.size
    return tuple(None if gone else n for gone, n in zip(made.withheld.tolist(), made.values.tolist(), strict=True))


@pytest.mark.parametrize("people", [True, False])
def test_a_reader_who_knows_the_whole_program_works_out_no_small_count(people: bool) -> None:
    """Minimality: for each publication, all the tables from which it can come; none has a small cell in all of them.

    Publications that a greater count than `MOST` could also lead to are left out: they come from more tables still.
    """
    knowledge: Knowledge = known_of_records if people else known
    sources: dict[tuple[int | None, ...], set[tuple[int, ...]]] = defaultdict(set)
    results: dict[tuple[tuple[int, ...], ...], tuple[int | None, ...]] = {}
    for cube, table in every_table(people):
        small = tuple(np.where(cube.counts < BASE, cube.counts, -1).tolist())
        for draft in drafts(table):
            seen = (tuple(draft.values.tolist()), tuple(draft.withheld.tolist()), small)
            if seen not in results:
                results[seen] = published(cube, draft, knowledge)
            sources[results[seen]].add(tuple(cube.counts.tolist()))
    whole = [tables for tables in sources.values() if all(max(t[2:]) < MOST for t in tables)]
    assert len(whole) > 10
    for tables in whole:
        for counts in zip(*tables, strict=True):
            assert len(set(counts)) > 1 or not 0 < counts[0] < BASE
