"""Whatever the table: no attacker ever excludes the truth, and a stronger one never knows less than a weaker one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from tests.unit.statistics.disclosure.attackers.systems import pairs

from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.system import UNBOUNDED, System

INFINITE = 2**200
FAR = 2**150


@st.composite
def systems(draw: st.DrawFn) -> tuple[System, list[int]]:
    """A system with coefficients of any sign and counts that satisfy it, from single persons to billions."""
    size = draw(st.integers(2, 6))
    truth = draw(st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**53)), min_size=size, max_size=size))
    rows = draw(st.lists(st.lists(st.integers(-3, 3), min_size=size, max_size=size), max_size=4))
    width = len(rows)
    equations = np.zeros((width, size + width), dtype=np.int64)
    for number, row in enumerate(rows):
        equations[number, :size] = row
        equations[number, size + number] = -1
        truth.append(sum(factor * value for factor, value in zip(row, truth, strict=False)))
    down = draw(st.lists(st.one_of(st.just(None), st.integers(0, 9)), min_size=size + width, max_size=size + width))
    up = draw(st.lists(st.one_of(st.just(None), st.integers(0, 9)), min_size=size + width, max_size=size + width))
    lower = [-UNBOUNDED if by is None else value - by for value, by in zip(truth, down, strict=True)]
    upper = [UNBOUNDED if by is None else value + by for value, by in zip(truth, up, strict=True)]
    return System(sparse.csr_array(equations), np.array(lower, dtype=np.int64), np.array(upper, dtype=np.int64)), truth


def by_hand(system: System) -> list[tuple[int, int]]:
    """Bound propagation in whole numbers without end, one equation after the other; INFINITE is no bound."""
    low = [-INFINITE if value <= -UNBOUNDED else value for value in system.lower.tolist()]
    high = [INFINITE if value >= UNBOUNDED else value for value in system.upper.tolist()]
    rows = [[(at, f) for at, f in enumerate(row) if f] for row in system.equations.toarray().tolist()]
    before = None
    while before != (low, high):
        before = (low.copy(), high.copy())
        for at, factor, others in [(at, f, [o for o in row if o[0] != at]) for row in rows for at, f in row]:
            ends = [sorted((f * low[o], f * high[o])) for o, f in others]
            top, bottom = -sum(least for least, _ in ends), -sum(most for _, most in ends)
            if factor < 0:
                top, bottom = -bottom, -top
            if top < FAR:
                high[at] = min(high[at], top // abs(factor))
            if bottom > -FAR:
                low[at] = max(low[at], -(-bottom // abs(factor)))
    return [(max(a, -UNBOUNDED), min(b, UNBOUNDED)) for a, b in zip(low, high, strict=True)]


@settings(deadline=None, max_examples=200)
@given(systems())
def test_propagation_holds_the_truth_and_is_what_whole_numbers_without_end_give(made: tuple[System, list[int]]) -> None:
    system, truth = made
    found = propagation.bounds(system)
    assert (found.lower <= truth).all()
    assert (found.upper >= truth).all()
    assert pairs(found) == by_hand(system)
