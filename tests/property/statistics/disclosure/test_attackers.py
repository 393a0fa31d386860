"""Whatever the table: no attacker ever excludes the truth, and a stronger one never knows less than a weaker one."""

from itertools import islice

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from tests.unit.statistics.disclosure.attackers.systems import pairs, suppressed

from istmo.statistics.disclosure.attackers import integer, linear, margins, null_space, pattern, propagation
from istmo.statistics.disclosure.cube import cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.protected import known
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, System, below

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


@st.composite
def tables(draw: st.DrawFn) -> tuple[System, np.ndarray]:
    """A small table of two or three dimensions, one with a region, and any pattern of withheld cells."""
    region = hierarchy("point", [("_T", ""), ("R", "_T"), ("A", "R"), ("B", "R"), ("C", "_T")])
    others = [flat("sex", ["F", "M"]), flat("age", ["0", "18"])][: draw(st.integers(1, 2))]
    dimensions = [region, *others]
    shape = [len(dimension.leaves) for dimension in dimensions]
    leaves = draw(st.lists(st.integers(0, 4), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    made = cube_of_leaves(dimensions, np.array(leaves, dtype=np.int64).reshape(shape))
    picked = draw(st.lists(st.booleans(), min_size=made.counts.size, max_size=made.counts.size))
    withheld = np.array(picked).reshape(made.shape) & (made.counts > 0)
    withheld[(0,) * made.counts.ndim] = False
    return known(suppressed(made, withheld)), made.counts.reshape(-1)


@settings(deadline=None, max_examples=60)
@given(tables())
def test_a_stronger_attacker_never_knows_less_and_none_excludes_the_truth(made: tuple[System, np.ndarray]) -> None:
    system, truth = made
    everything = np.ones(system.size, dtype=np.bool_)
    first = propagation.bounds(system)
    second = linear.bounds(system, everything)
    third = integer.bounds(system, everything)
    for found in (first, second, third):
        assert ((found.lower <= truth) & (truth <= found.upper)).all()
    for weak, strong in ((first, second), (second, third)):
        assert ((weak.lower <= strong.lower) & (strong.upper <= weak.upper)).all()
    solutions = list(islice(pattern.fillings(system), 3_000))
    if len(solutions) < 3_000:
        assert pairs(third) == pairs(Bounds(np.min(solutions, axis=0), np.max(solutions, axis=0)))


@settings(deadline=None, max_examples=60)
@given(tables(), st.integers(0, 2**32 - 1))
def test_what_is_called_determined_is_and_what_sums_alone_give_is_among_it(
    made: tuple[System, np.ndarray], seed: int
) -> None:
    system, _ = made
    determined = null_space.determined(system, np.random.default_rng(seed).standard_normal(system.size))
    exactly = integer.bounds(system, np.ones(system.size, dtype=np.bool_))
    assert (exactly.lower == exactly.upper)[determined].all()
    assert determined[margins.determined(system)].all()


@settings(deadline=None, max_examples=60)
@given(tables(), st.integers(2, 6))
def test_the_audit_says_of_each_cell_what_the_narrowest_bounds_say(
    made: tuple[System, np.ndarray], threshold: int
) -> None:
    system, truth = made
    asked = (truth > 0) & (system.lower < system.upper)
    done = linear.audit(system, asked, reach=threshold, width=threshold - 1)
    narrowest = linear.bounds(system, asked)
    width = (narrowest.upper - narrowest.lower)[asked]
    assert not done.undecided.any()
    assert (below(done.bounds, asked, threshold) == below(narrowest, asked, threshold)).all()
    assert ((done.bounds.upper - done.bounds.lower < threshold - 1)[asked] == (width < threshold - 1)).all()
    real = integer.bounds(system, asked)
    assert (real.upper >= threshold)[done.whole].all()
    assert (real.upper - real.lower >= threshold - 1)[done.whole].all()
