"""Whatever the table: nobody finds what a suppression protects, its proof holds, and a false proof does not."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import linear, null_space, propagation
from istmo.statistics.disclosure.cube import Cube, Mask, cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, hierarchy
from istmo.statistics.disclosure.keys import pattern_draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.suppression import Worth, suppress
from istmo.statistics.disclosure.system import System, below, exact
from istmo.statistics.disclosure.verify import verify
from istmo.statistics.disclosure.witness import Move, Suppression


@st.composite
def hierarchies(draw: st.DrawFn, name: str, most: int) -> Hierarchy:
    """A tree of any shape: a root alone, chains of single children, leaves at different depths."""
    parents = [draw(st.integers(0, at)) for at in range(draw(st.integers(0, most)))]
    return hierarchy(name, [("n00", ""), *((f"n{i + 1:02}", f"n{p:02}") for i, p in enumerate(parents))])


@st.composite
def tables(draw: st.DrawFn) -> Cube:
    dimensions = draw(st.integers(1, 5))
    made = [draw(hierarchies(f"d{k}", (0, 12, 7, 4, 3, 2)[dimensions])) for k in range(dimensions)]
    size = [len(d.leaves) for d in made]
    count = st.one_of(st.integers(0, 6), st.integers(0, 6), st.integers(0, 60))
    cells = draw(st.lists(count, min_size=int(np.prod(size)), max_size=int(np.prod(size))))
    return cube_of_leaves(made, np.array(cells, dtype=np.int64).reshape(size))


KEYS = st.none() | st.binary(min_size=32, max_size=32)


def suppressed(
    table: Cube,
    threshold: int,
    worth: Worth = Worth.TOTALS,
    required: Mask | None = None,
    *,
    key: bytes | None = None,
) -> Suppression:
    chance = None if key is None else pattern_draw(key, "table", table.dimensions)
    try:
        return suppress(table, threshold=threshold, worth=worth, required=required, chance=chance)
    except InvalidInput as refused:
        assume(refused.rule != "F118")
        raise


def reader(table: Cube, withheld: Mask) -> System:
    values = np.where(withheld, 0, table.counts)
    return known(ProtectedTable(table.dimensions, Method.SUPPRESS, 0, values, withheld))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
@given(tables(), st.integers(2, 15), st.sampled_from(Worth), KEYS)
def test_attackers_find_nothing_and_the_proof_holds(
    table: Cube, threshold: int, worth: Worth, key: bytes | None
) -> None:
    made = suppressed(table, threshold, worth, key=key)
    assert verify(table, made, threshold) == ()
    system, secret = reader(table, made.withheld), made.primary.reshape(-1)
    assert not (null_space.determined(system, np.random.default_rng(1).standard_normal(system.size)) & secret).any()
    for found in (propagation.bounds(system), linear.bounds(system, secret)):
        assert not exact(found, secret).any()
        assert not below(found, secret, threshold).any()
        assert (found.upper - found.lower >= threshold - 1)[secret].all()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(tables(), st.data())
def test_cells_that_must_be_withheld_are_protected_too(table: Cube, data: st.DataObject) -> None:
    cells = np.flatnonzero(table.counts)
    assume(len(cells))
    chosen = data.draw(st.lists(st.sampled_from(cells.tolist()), max_size=3))
    required = np.zeros(table.counts.size, dtype=np.bool_)
    required[chosen] = True
    made = suppressed(table, 5, required=required.reshape(table.shape))
    assert made.primary.reshape(-1)[required].all()
    assert verify(table, made, 5) == ()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(tables(), st.randoms(use_true_random=False), KEYS)
def test_the_order_of_the_rows_changes_nothing(table: Cube, order: object, key: bytes | None) -> None:
    rows = [(table.codes_of(i), int(n)) for i, n in enumerate(table.counts.reshape(-1).tolist())]
    order.shuffle(rows)  # type: ignore[attr-defined]
    one, other = suppressed(table, 5, key=key), suppressed(cube(table.dimensions, rows), 5, key=key)
    assert (one.withheld == other.withheld).all()
    assert [(m.cells.tolist(), m.changes.tolist()) for m in one.moves] == [
        (m.cells.tolist(), m.changes.tolist()) for m in other.moves
    ]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.filter_too_much])
@given(tables(), st.data())
def test_every_change_of_a_proof_is_noticed(table: Cube, data: st.DataObject) -> None:
    """One person more or less in one cell of a move, a move left out, or a cell published: never accepted."""
    made = suppressed(table, 5)
    assume(made.moves)
    number = data.draw(st.integers(0, len(made.moves) - 1))
    move = made.moves[number]
    cell = data.draw(st.integers(0, len(move.cells) - 1))
    by = data.draw(st.sampled_from([-1, 1]))
    changes = move.changes.copy()
    changes[cell] += by
    moved = (*made.moves[:number], Move(move.cells, changes), *made.moves[number + 1 :])
    # a table of one cell has no totals that could break
    assume(table.counts.size > 1)
    assert verify(table, replace(made, moves=moved), 5)
    without = (*made.moves[:number], *made.moves[number + 1 :])
    shown = made.withheld.reshape(-1).copy()
    shown[move.cells[cell]] = False
    assert verify(table, replace(made, withheld=shown.reshape(table.shape)), 5)
    assert verify(table, replace(made, moves=()), 5)
    assert {f.kind for f in verify(table, replace(made, moves=without), 5)} <= {"too_low", "too_narrow"}
