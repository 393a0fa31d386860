"""Bound propagation: what the equations leave to each cell, for whole numbers and coefficients of any sign."""

import numpy as np
import pytest
from scipy import sparse
from tests.unit.statistics.disclosure.attackers.systems import pairs, system

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.system import UNBOUNDED, System


def test_two_withheld_ones_are_known_to_the_person_because_zeros_are_published() -> None:
    row = system([[1, -1, -1, -1]], [11, 1, 1, 9], [11, UNBOUNDED, UNBOUNDED, 9])
    assert pairs(propagation.bounds(row)) == [(11, 11), (1, 1), (1, 1), (9, 9)]


def test_two_withheld_cells_of_a_reader_to_whom_zeros_are_withheld_too_stay_open() -> None:
    row = system([[1, -1, -1, -1]], [11, 0, 0, 9], [11, UNBOUNDED, UNBOUNDED, 9])
    assert pairs(propagation.bounds(row)) == [(11, 11), (0, 2), (0, 2), (9, 9)]


def test_one_unbounded_cell_of_an_equation_is_bounded_by_the_others_and_two_are_not() -> None:
    one = system([[1, -1, -1]], [0, 2, 0], [UNBOUNDED, 3, 4])
    assert pairs(propagation.bounds(one)) == [(2, 7), (2, 3), (0, 4)]
    two = system([[1, -1, -1]], [0, 0, 0], [UNBOUNDED, UNBOUNDED, 4])
    assert pairs(propagation.bounds(two)) == [(0, UNBOUNDED), (0, UNBOUNDED), (0, 4)]


def test_a_cell_without_a_lower_bound_takes_one_from_its_equation() -> None:
    slack = system([[1, -1, -1]], [7, 9, -UNBOUNDED], [7, 12, UNBOUNDED])
    assert pairs(propagation.bounds(slack)) == [(7, 7), (9, 12), (-5, -2)]


def test_coefficients_of_any_sign_round_towards_whole_numbers() -> None:
    weighted = system([[3, -2, -1]], [0, 0, 1], [UNBOUNDED, 5, 1])
    assert pairs(propagation.bounds(weighted)) == [(1, 3), (1, 4), (1, 1)]


def test_what_one_equation_finds_is_used_by_the_next() -> None:
    chain = system([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]], [4, 0, 0, 0], [4, *[UNBOUNDED] * 3])
    assert pairs(propagation.bounds(chain)) == [(4, 4)] * 4
    assert pairs(propagation.bounds(chain, passes=2)) == [(4, 4), (4, 4), (4, 4), (0, UNBOUNDED)]


def test_a_system_without_equations_or_with_empty_ones_stays_as_it_is() -> None:
    assert pairs(propagation.bounds(system([], [1, 2], [3, UNBOUNDED]))) == [(1, 3), (2, UNBOUNDED)]
    assert pairs(propagation.bounds(system([[0, 0], [1, -1]], [1, 2], [3, UNBOUNDED]))) == [(2, 3), (2, 3)]


def test_a_coefficient_of_zero_that_is_stored_says_nothing() -> None:
    stored = sparse.csr_array((np.array([1, -1, 0]), np.array([0, 1, 2]), np.array([0, 3])), shape=(1, 3))
    given = System(stored, np.array([2, 0, 0]), np.array([2, 9, 9]))
    assert pairs(propagation.bounds(given)) == [(2, 2), (2, 2), (0, 9)]
    assert stored.nnz == 3


def test_the_system_given_is_not_changed() -> None:
    row = system([[1, -1]], [3, 0], [3, UNBOUNDED])
    propagation.bounds(row)
    assert row.upper.tolist() == [3, UNBOUNDED]


def test_sums_beyond_64_bits_say_nothing_and_smaller_ones_stay_exact() -> None:
    great = 2**53
    wide = system([[1, *([-1] * 300)]], [0, *([great] * 300)], [UNBOUNDED, *([great] * 300)])
    assert pairs(propagation.bounds(wide))[0] == (0, UNBOUNDED)
    cancelling = system([[1, *([-1, 1] * 600)]], [0, *([great] * 1200)], [UNBOUNDED, *([great] * 1200)])
    assert pairs(propagation.bounds(cancelling))[0] == (0, 0)
    heavy = system([[2**30, -1, -(2**30)]], [0, 0, 2**40], [2**41, UNBOUNDED, 2**40])
    assert pairs(propagation.bounds(heavy))[1] == (0, UNBOUNDED)
    balanced = system([[2**30, -(2**30), -1]], [2**40, 2**40, 0], [2**40, 2**40, UNBOUNDED])
    assert pairs(propagation.bounds(balanced)) == [(2**40, 2**40), (2**40, 2**40), (0, UNBOUNDED)]


def test_published_values_that_no_counts_satisfy_are_refused() -> None:
    with pytest.raises(InvalidInput, match="contradicts itself") as refused:
        propagation.bounds(system([[1, -1, -1]], [3, 2, 2], [3, 2, UNBOUNDED]))
    assert refused.value.rule == "F119"
    with pytest.raises(InvalidInput, match="contradicts itself"):
        propagation.bounds(system([], [1], [0]))
