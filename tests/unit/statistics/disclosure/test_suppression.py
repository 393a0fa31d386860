"""Suppression: what is withheld, what proves it, and known answers of small tables."""

import numpy as np
import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.cube import Cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.verify import verify


def row(*counts: int) -> Cube:
    return cube_of_leaves([flat("c", [f"c{i}" for i in range(len(counts))])], np.array(counts, dtype=np.int64))


def test_two_ones_beside_a_published_nine_are_not_left_alone() -> None:
    table = row(1, 1, 9)  # total 11: whoever knows that both are at least 1 would know that both are 1
    made = suppress(table, threshold=5)
    assert made.withheld[1:].tolist() == [True, True, True]
    assert verify(table, made, 5) == ()


def test_a_single_small_cell_takes_the_cheapest_partner() -> None:
    table = row(1, 20, 9)
    made = suppress(table, threshold=5)
    assert made.withheld.tolist() == [False, True, False, True]
    assert verify(table, made, 5) == ()


def test_a_table_of_zeros_is_published_whole() -> None:
    made = suppress(row(0, 0), threshold=5)
    assert not made.withheld.any()
    assert verify(row(0, 0), made, 5) == ()


@pytest.mark.parametrize("counts", [(3,), (1, 1), (2, 0, 0), (1, 4)])
def test_where_nothing_can_be_published_it_is_said(counts: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="Nothing of this table") as refused:
        suppress(row(*counts), threshold=5)
    assert refused.value.rule == "F118"
