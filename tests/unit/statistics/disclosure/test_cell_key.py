"""The cell key method: known tables of chances, and what a printed number then says."""

import numpy as np
import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.cell_key import PARTS, Ptable, perturb, perturbed, ptable
from istmo.statistics.disclosure.cube import cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.keys import aggregate_keys
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known

SECRET = bytes(range(32))
KEYS = np.arange(40_000, dtype=np.uint64)
STANDARD = {"greatest": 5, "variance": 3.0, "least": 2}


def moments(made: Ptable) -> tuple[np.ndarray, np.ndarray]:
    noises = np.arange(-made.greatest, made.greatest + 1)
    return made.chances @ noises, made.chances @ noises**2


def chance_of_value(made: Ptable, count: int, value: int) -> float:
    return float(made.chances[min(count, len(made.chances) - 1), value - count + made.greatest])


@pytest.mark.parametrize(
    ("greatest", "variance", "least"), [(2, 1.05, 1), (5, 3.0, 2), (5, 3.0, 0), (10, 8.0, 2), (2, 1.0, 0)]
)
def test_every_count_has_noise_of_mean_0_and_the_variance_asked(greatest: int, variance: float, least: int) -> None:
    made = ptable(greatest=greatest, variance=variance, least=least)
    mean, second = moments(made)
    assert np.abs(mean).max() < 1e-10
    assert second[0] == 0
    assert np.abs(second[1:] - variance).max() < 1e-10
    assert (made.chances >= 0).all()
    assert np.abs(made.chances.sum(axis=1) - 1).max() < 1e-12


def test_the_table_of_d_5_v_3_never_prints_1_or_2_and_leaves_0_alone() -> None:
    made = ptable(**STANDARD)
    assert chance_of_value(made, 0, 0) == 1
    for count in range(1, 8):
        for value in (1, 2):
            if abs(value - count) <= 5:
                assert chance_of_value(made, count, value) == 0
        assert count > 5 or chance_of_value(made, count, 0) > 0
    assert len(made.chances) == 9
    assert (made.chances[8] > 0).all()


def test_the_row_of_d_2_without_bounds_is_the_known_one() -> None:
    """Maximum entropy with mean 0 and variance 1 on -2..2."""
    made = ptable(greatest=2, variance=1.0, least=0)
    assert np.round(made.chances[-1], 4).tolist() == [0.0638, 0.2447, 0.383, 0.2447, 0.0638]


def test_a_count_of_1_that_is_never_printed_as_1_has_a_variance_above_1() -> None:
    """Its noises are -1, 1 and 2: 1 + 3 p(2), so 1.05 is possible (the example of the R package ptable), 1 is not."""
    row = ptable(greatest=2, variance=1.05, least=1).chances[1]
    assert row == pytest.approx([0, 1 / 2 + 0.05 / 6, 0, 1 / 2 - 0.05 / 2, 0.05 / 3], abs=1e-10)
    with pytest.raises(InvalidInput) as refused:
        ptable(greatest=2, variance=1.0, least=1)
    assert refused.value.rule == "F110"
    assert refused.value.advice is not None
    assert "above 1 and below 2" in refused.value.advice.en


@pytest.mark.parametrize(
    ("greatest", "variance", "least"),
    [
        (5, 10.0, 2),  # a count of 1 has at most 5
        (5, 2.0, 2),  # and at least 2
        (5, 2.1, 2),  # a noise of 5 would hardly ever occur
        (5, 0.0, 0),
        (2, 1.5, 2),  # a count of 3 has no noise below 0
        (2, 1.5, 9),  # nor one above
    ],
)
def test_chances_that_do_not_exist_are_refused_in_both_languages(greatest: int, variance: float, least: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        ptable(greatest=greatest, variance=variance, least=least)
    assert refused.value.rule == "F110"
    assert refused.value.message.es != refused.value.message.en


def test_chances_are_whole_parts_so_that_every_machine_draws_the_same() -> None:
    made = ptable(**STANDARD)
    assert made.cumulative.dtype == np.int64
    assert (made.cumulative[:, -1] == PARTS).all()
    assert (np.diff(made.cumulative, axis=1) >= 0).all()


def test_noise_is_drawn_as_often_as_the_table_says_and_always_the_same() -> None:
    made = ptable(**STANDARD)
    for count in (1, 2, 3, 6, 7, 8, 500):
        values = perturb(np.full(KEYS.shape, count), KEYS, chances=made, secret=SECRET)
        assert np.array_equal(values, perturb(np.full(KEYS.shape, count), KEYS, chances=made, secret=SECRET))
        for value in range(count - 5, count + 6):
            drawn = float((values == value).mean())
            wanted = chance_of_value(made, count, value)
            assert abs(drawn - wanted) < 0.012
            assert drawn == 0 or wanted > 0
    assert not perturb(np.zeros(KEYS.shape, dtype=np.int64), KEYS, chances=made, secret=SECRET).any()


@pytest.mark.parametrize(("greatest", "variance", "least"), [(2, 1.3, 1), (5, 3.0, 2), (5, 4.5, 3), (3, 2.0, 0)])
def test_the_interval_of_a_value_is_what_the_chances_allow_and_no_wider(
    greatest: int, variance: float, least: int
) -> None:
    made = ptable(greatest=greatest, variance=variance, least=least)
    for value in (0, *range(least + 1, 3 * greatest)):
        counts = [
            count
            for count in range(max(0, value - greatest), value + greatest + 1)
            if chance_of_value(made, count, value) > 0
        ]
        table = ProtectedTable(
            (flat("code", ["a"]),), Method.CELL_KEY, greatest, np.array([value] * 2), np.zeros(2, dtype=np.bool_)
        )
        system = known(table)
        assert (int(system.lower[0]), int(system.upper[0])) == (min(counts), max(counts))


def test_a_cube_becomes_a_table() -> None:
    cube = cube_of_leaves((flat("code", "abc"),), np.array([0, 3, 80]))
    keys = aggregate_keys(SECRET, "T", cube)
    table = perturbed(cube, keys, chances=ptable(**STANDARD), secret=SECRET)
    assert (table.method, table.spread) == (Method.CELL_KEY, 5)
    assert not table.withheld.any()
    assert (abs(table.values - cube.counts) <= 5).all()
    assert table.values[1] == 0
