"""The attackers that solve: linear combination, linear programs, whole numbers; each on data that it breaks."""

import numpy as np
import pytest
from scipy import optimize, sparse
from tests.unit.statistics.disclosure.attackers.systems import border, pairs, small, suppressed, system, threshold_only

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import highs, integer, linear, null_space, propagation
from istmo.statistics.disclosure.attackers.reduction import reduction
from istmo.statistics.disclosure.protected import known
from istmo.statistics.disclosure.system import UNBOUNDED, System, below, exact

FREE = UNBOUNDED
ALL = np.ones(6, dtype=np.bool_)
# x + y = 5, y + z = 6, x + z = 7: no equation has one unknown, all three follow
CIRCLE = system(
    [[1, 1, 0, -1, 0, 0], [0, 1, 1, 0, -1, 0], [1, 0, 1, 0, 0, -1]], [1, 1, 1, 5, 6, 7], [FREE, FREE, FREE, 5, 6, 7]
)
# p + q = r + s = p + r = q + s = 10 with each at least 1
SQUARE = system(
    [[1, 1, 0, 0, -1], [0, 0, 1, 1, -1], [1, 0, 1, 0, -1], [0, 1, 0, 1, -1]], [1, 1, 1, 1, 10], [FREE] * 4 + [10]
)


def random(made: System) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(made.size)


def test_parts_that_share_no_equation_are_solved_apart() -> None:
    two = system([[1, -1, 0, 0, 0], [0, 0, 2, 1, -1]], [0, 0, 0, 0, 3], [9, 9, 1, 9, 3])
    reduced = reduction(two)
    wanted = np.array([False, False, True, False, False])
    (label,) = reduced.labels(wanted)
    part = reduced.take([label])
    assert (part.cells.tolist(), part.constants.tolist()) == ([2, 3], [3])
    assert part.equations.toarray().tolist() == [[2, 1]]
    both = reduced.take(reduced.labels(np.ones(5, dtype=np.bool_)))
    assert both.cells.tolist() == [0, 1, 2, 3]
    assert both.equations.toarray().tolist() == [[1, -1, 0, 0], [0, 0, 2, 1]]


def test_a_circle_of_sums_determines_all_its_cells() -> None:
    assert pairs(propagation.bounds(CIRCLE))[0] == (2, 4)
    assert null_space.determined(CIRCLE, random(CIRCLE)).tolist() == [True, True, True, False, False, False]


def test_cells_that_can_move_against_each_other_are_not_determined() -> None:
    assert not null_space.determined(SQUARE, random(SQUARE)).any()
    loose = system([], [0, 1], [3, 1])
    assert not null_space.determined(loose, random(loose)).any()


def test_what_propagation_finds_counts_as_determined_and_what_is_published_does_not() -> None:
    row = system([[1, -1, -1, -1]], [11, 1, 1, 9], [11, FREE, FREE, 9])
    assert null_space.determined(row, random(row)).tolist() == [False, True, True, False]


def test_a_cell_is_only_called_determined_when_whole_multiples_of_the_equations_show_it() -> None:
    """A direction that does not move at all makes every cell a candidate."""
    still = np.zeros(CIRCLE.size)
    assert null_space.determined(CIRCLE, still).sum() == 3
    assert not null_space.determined(SQUARE, np.zeros(SQUARE.size)).any()
    thirteenths = system(
        [[2, 3, 0, -1, 0, 0], [1, 3, -1, 0, -1, 0], [2, -2, -1, 0, 0, -1]],
        [0, 0, 0, 100, 60, -20],
        [40] * 3 + [100, 60, -20],
    )
    assert not null_space.determined(thirteenths, np.zeros(6)).any()
    assert pairs(linear.bounds(thirteenths, ALL))[:3] == [(20, 20)] * 3


def test_linear_programs_find_what_single_equations_do_not() -> None:
    found = linear.bounds(CIRCLE, ALL)
    assert pairs(found)[:3] == [(3, 3), (2, 2), (4, 4)]
    assert pairs(linear.bounds(SQUARE, np.ones(5, dtype=np.bool_))) == [*[(1, 9)] * 4, (10, 10)]


def test_only_the_cells_asked_for_are_narrowed() -> None:
    asked = np.array([True, False, False, False, False, False])
    found = pairs(linear.bounds(CIRCLE, asked))
    assert found[0] == (3, 3)
    assert found[1] == pairs(propagation.bounds(CIRCLE))[1]


def test_a_cell_that_nothing_bounds_stays_unbounded() -> None:
    open_ = system([[1, -1, -1]], [0, 0, 0], [FREE, FREE, 5])
    assert pairs(linear.bounds(open_, np.ones(3, dtype=np.bool_))) == [(0, FREE), (0, FREE), (0, 5)]


def test_cells_without_a_lower_bound_are_counted_from_the_upper_one_or_from_zero() -> None:
    slack = system([[1, -1, 1, 0], [0, 1, 0, -1]], [7, 9, -UNBOUNDED, -UNBOUNDED], [9, 12, UNBOUNDED, 11])
    assert pairs(linear.bounds(slack, np.ones(4, dtype=np.bool_))) == [(7, 9), (9, 11), (0, 4), (9, 11)]
    free = system([[1, -1, -1]], [-UNBOUNDED] * 3, [UNBOUNDED, UNBOUNDED, 4])
    assert pairs(linear.bounds(free, np.ones(3, dtype=np.bool_)))[2] == (-UNBOUNDED, 4)


def test_multipliers_that_are_no_whole_shares_prove_nothing_of_what_has_no_bound() -> None:
    """13x = v - w, 7(v - w) = u, u at most 182: x is at most 2, by a thirteenth and a ninety-first of the equations."""
    uneven = system([[13, -1, 1, 0], [0, 7, -7, -1]], [0, 0, 0, 0], [99, FREE, FREE, 182])
    assert pairs(linear.bounds(uneven, np.array([True, False, False, False])))[0] == (0, 99)


def test_small_parts_are_solved_together_up_to_a_number_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "BUNDLE", 4)
    three = system(
        [[1, 1, 0, 0, 0, 0, -1], [0, 0, 1, 1, 0, 0, -1], [0, 0, 0, 0, 1, 1, -1]], [1] * 6 + [9], [FREE] * 6 + [9]
    )
    done = linear.audit(three, np.ones(7, dtype=np.bool_), reach=5, width=4)
    assert done.whole.tolist() == [True] * 6 + [False]


def test_cells_that_only_one_at_a_time_can_be_great_are_tried_one_by_one() -> None:
    rivals = system([[1] * 12 + [-1]], [1] * 12 + [16], [FREE] * 12 + [16])
    cells = np.array([True] * 12 + [False])
    done = linear.audit(rivals, cells, reach=5, width=4)
    assert done.whole.tolist() == cells.tolist()


def test_the_audit_passes_what_can_be_anything_and_shows_it_by_whole_numbers() -> None:
    cells = np.array([True] * 4 + [False])
    done = linear.audit(SQUARE, cells, reach=5, width=4)
    assert done.whole.tolist() == cells.tolist()
    assert not done.undecided.any()
    assert (done.reached.upper[:4] >= 5).all()
    assert (done.reached.upper - done.reached.lower)[:4].min() >= 4
    assert not below(done.bounds, cells, 5).any()


def test_the_audit_finds_what_cannot_reach_the_threshold() -> None:
    done = linear.audit(CIRCLE, ALL, reach=5, width=4)
    assert below(done.bounds, ALL, 5).tolist() == [True] * 3 + [False] * 3
    wide = system(CIRCLE.equations.toarray().tolist(), [0, 0, 0, 25, 26, 37], [FREE, FREE, FREE, 25, 26, 37])
    narrow = linear.audit(wide, ALL, reach=5, width=4)
    assert exact(narrow.bounds, ALL).tolist() == [True] * 6
    assert not narrow.whole.any()


def test_a_threshold_only_table_fails_the_audit_and_one_with_guards_passes() -> None:
    table = border([[3, 9, 20, 8], [7, 6, 9, 12], [30, 8, 9, 40]])
    secret = small(table).reshape(-1)
    naked = linear.audit(known(threshold_only(table)), secret, reach=5, width=4)
    assert exact(naked.bounds, secret).sum() == secret.sum() == 1
    withheld = small(table)
    for point in ("BAJO", "CANAAN"):
        for nationality in ("CUB", "ERI"):
            withheld[table.dimensions[0].position[point], table.dimensions[1].position[nationality]] = True
    guarded = linear.audit(known(suppressed(table, withheld)), secret, reach=5, width=4)
    assert guarded.whole.tolist() == secret.tolist()


def test_what_only_fractions_reach_is_not_called_whole() -> None:
    """2x = 2y + z, z at most 1: z can be 1 only if x or y is a half."""
    halves = system([[2, -2, -1]], [0, 0, 0], [9, 9, 1])
    one = np.array([False, False, True])
    done = linear.audit(halves, one, reach=1, width=1)
    assert not done.whole.any()
    assert pairs(done.bounds)[2] == (0, 1)
    assert pairs(integer.bounds(halves, one))[2] == (0, 0)


def test_a_cell_that_the_solver_leaves_open_is_never_called_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs.Program, "solve", lambda program, cost: None)
    cells = np.array([True] * 4 + [False])
    done = linear.audit(SQUARE, cells, reach=5, width=4)
    assert done.undecided.tolist() == cells.tolist()
    assert not done.whole.any()
    assert pairs(linear.bounds(SQUARE, cells)) == pairs(propagation.bounds(SQUARE))


def test_a_program_without_a_solution_has_none() -> None:
    matrix = sparse.csc_array(np.array([[1.0, 1.0]]))
    program = highs.Program(matrix, np.array([5.0]), np.zeros(2), np.ones(2))
    assert program.solve(np.ones(2)) is None


def test_whole_numbers_know_more_than_fractions() -> None:
    """2x + 2y = z with z between 3 and 5: z is 4."""
    even = system([[2, 2, -1]], [0, 0, 3], [9, 9, 5])
    asked = np.array([False, False, True])
    assert pairs(linear.bounds(even, asked))[2] == (3, 5)
    assert pairs(integer.bounds(even, asked))[2] == (4, 4)


def test_parts_beyond_the_limit_stay_as_propagation_left_them() -> None:
    asked = np.array([True] * 4 + [False])
    assert pairs(integer.bounds(SQUARE, asked, limit=3)) == pairs(propagation.bounds(SQUARE))
    assert pairs(integer.bounds(SQUARE, asked, limit=4))[0] == (1, 9)


def test_a_mixed_program_without_an_answer_bounds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimize, "milp", lambda *_, **__: optimize.OptimizeResult(mip_dual_bound=None))
    asked = np.array([True] * 4 + [False])
    assert pairs(integer.bounds(SQUARE, asked)) == pairs(propagation.bounds(SQUARE))


@pytest.mark.parametrize("attack", [linear.bounds, integer.bounds])
def test_published_values_that_contradict_each_other_are_refused(attack: object) -> None:
    wrong = system([[1, -1]], [3, 4], [3, 9])
    with pytest.raises(InvalidInput):
        attack(wrong, np.ones(2, dtype=np.bool_))  # type: ignore[operator]
