"""Several equations together place a cell lower than one after the other."""

import numpy as np
from scipy import sparse

from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.attackers.near_threshold import near_threshold
from istmo.statistics.disclosure.system import UNBOUNDED, System

PAIRS = sparse.csr_array(np.array([[1, 1, 0, -1], [0, 1, 1, -1], [1, 0, 1, -1]], dtype=np.int64))


def pairs(total: int, least: int = 1) -> System:
    """Three withheld cells, two and two of which make the same published total."""
    lower = np.array([least, least, least, total], dtype=np.int64)
    return System(PAIRS, lower, np.array([UNBOUNDED, UNBOUNDED, UNBOUNDED, total], dtype=np.int64))


def test_what_propagation_leaves_above_the_threshold_is_found_below_it() -> None:
    system = pairs(6)
    assert propagation.bounds(system).upper.tolist() == [5, 5, 5, 6]
    found = near_threshold(5)(system)
    assert found.lower.tolist()[:3] == found.upper.tolist()[:3] == [3, 3, 3]


def test_cells_that_are_far_above_or_may_be_0_are_not_asked() -> None:
    assert near_threshold(5)(pairs(60)).upper.tolist() == [59, 59, 59, 60]
    assert near_threshold(5)(pairs(6, least=0)).upper.tolist() == [6, 6, 6, 6]
    small = near_threshold(5)(pairs(4))
    assert small.upper.tolist() == [3, 3, 3, 4]
