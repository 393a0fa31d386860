"""Suppression: known answers of small tables, what is spared, and what the verifier does with a false proof."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.cube import Cube, Mask, cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.keys import pattern_draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.suppression import Worth, pattern, suppress
from istmo.statistics.disclosure.suppression.witnesses import double
from istmo.statistics.disclosure.system import below, exact
from istmo.statistics.disclosure.verify import BATCH, Wrong, verify
from istmo.statistics.disclosure.witness import Move, Suppression

NATIONALITY = hierarchy(
    "nationality",
    [(code, "_T") for code in ("AFR", "ASI", "HTI")]
    + [("_T", ""), ("CMR", "AFR"), ("GHA", "AFR"), ("IND", "ASI"), ("NPL", "ASI")],
)
POINT = hierarchy("point", [("PAN", ""), ("DAR", "PAN"), ("BAJO", "DAR"), ("CANAAN", "DAR"), ("PASO", "PAN")])
SEX = flat("sex", ["F", "M"])


def row(*counts: int) -> Cube:
    return cube_of_leaves([flat("c", [f"c{i}" for i in range(len(counts))])], np.array(counts, dtype=np.int64))


def flows() -> Cube:
    """Five nationalities (in three groups) at three points (two in one region) by sex: 30 cells without totals."""
    counts = np.array(
        [
            [[2, 7], [0, 12], [31, 40]],
            [[6, 9], [1, 3], [18, 25]],
            [[0, 0], [14, 11], [8, 3]],
            [[5, 21], [9, 2], [0, 17]],
            [[60, 80], [35, 41], [4, 90]],
        ],
        dtype=np.int64,
    )
    return cube_of_leaves([NATIONALITY, POINT, SEX], counts)


def found(table: Cube, withheld: Mask) -> tuple[int, int]:
    """How many small cells bound propagation finds exactly, and of how many it proves that they are small."""
    system = known(ProtectedTable(table.dimensions, Method.SUPPRESS, 0, table.counts, withheld))
    secret = ((table.counts > 0) & (table.counts < 5)).reshape(-1)
    bounds = propagation.bounds(system)
    return int(exact(bounds, secret).sum()), int(below(bounds, secret, 5).sum())


def test_two_ones_beside_a_published_nine_are_not_left_alone() -> None:
    table = row(1, 1, 9)  # total 11: whoever knows that both are at least 1 knows that both are 1
    assert found(table, np.array([False, True, True, False])) == (2, 2)
    made = suppress(table, threshold=5)
    assert made.withheld[1:].tolist() == [True, True, True]
    assert found(table, made.withheld) == (0, 0)
    assert verify(table, made, 5) == ()


def test_the_common_promise_leaves_them_alone() -> None:
    table = row(1, 1, 9)
    withheld, _ = pattern(table, (table.counts > 0) & (table.counts < 5), double(), Worth.CELLS)
    assert withheld.tolist() == [False, True, True, False]


def test_a_single_small_cell_takes_the_cheapest_partner() -> None:
    table = row(1, 20, 9)
    made = suppress(table, threshold=5)
    assert made.withheld.tolist() == [False, True, False, True]
    assert verify(table, made, 5) == ()


def test_a_small_total_in_a_row_of_one_cell_is_protected_with_it() -> None:
    table = cube([flat("a", ["x", "y", "z"]), flat("b", ["u", "v"])], [
        (("x", "u"), 3), (("y", "u"), 20), (("y", "v"), 30), (("z", "u"), 40), (("z", "v"), 50),
    ])  # fmt: skip
    made = suppress(table, threshold=5)
    small = [table.dimensions[0].position["x"]] * 2, [table.dimensions[1].position["u"], 0]
    assert made.primary[small].all()
    assert made.primary.sum() == 2
    assert not made.withheld[0, 0]
    assert verify(table, made, 5) == ()


def test_a_table_of_zeros_is_published_whole() -> None:
    made = suppress(row(0, 0), threshold=5)
    assert not made.withheld.any()
    assert verify(row(0, 0), made, 5) == ()


def test_a_table_without_small_cells_is_published_whole() -> None:
    made = suppress(row(5, 0, 7), threshold=5)
    assert not made.withheld.any()


@pytest.mark.parametrize("counts", [(3,), (1, 1), (2, 0, 0), (1, 4), (1, 1, 1, 1, 1)])
def test_where_nothing_can_be_published_it_is_said(counts: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="Nothing of this table") as refused:
        suppress(row(*counts), threshold=5)
    assert refused.value.rule == "F118"


def test_one_nationality_at_one_point_is_nothing_to_publish() -> None:
    table = cube([NATIONALITY, POINT, SEX], [(("GHA", "BAJO", "F"), 3)])
    with pytest.raises(InvalidInput, match="Nothing of this table"):
        suppress(table, threshold=5)


def test_a_cell_that_must_be_withheld_is_protected_like_a_small_one() -> None:
    table = flows()
    required = np.zeros(table.shape, dtype=np.bool_)
    required[NATIONALITY.position["HTI"], POINT.position["PASO"], SEX.position["M"]] = True
    made = suppress(table, threshold=5, required=required)
    assert made.primary[required].all()
    assert verify(table, made, 5) == ()


def test_a_zero_cannot_be_withheld() -> None:
    with pytest.raises(ValueError, match="a cell of 0"):
        suppress(row(0, 20, 9), threshold=5, required=np.array([False, True, False, False]))


@pytest.mark.parametrize("threshold", [2, 5, 10])
@pytest.mark.parametrize("worth", list(Worth))
def test_a_table_of_three_hierarchies_is_protected_and_proved(worth: Worth, threshold: int) -> None:
    table = flows()
    made = suppress(table, threshold=threshold, worth=worth)
    assert not made.withheld[table.counts == 0].any()
    assert verify(table, made, threshold) == ()


def test_a_table_with_the_greatest_count_is_protected_and_proved() -> None:
    table = cube_of_leaves([POINT, SEX], np.array([[3, 9], [2**53 - 60, 12], [30, 6]]))
    for chance in (None, pattern_draw(b"k" * 32, "", table.dimensions)):
        assert verify(table, suppress(table, threshold=5, chance=chance), 5) == ()
    alone = cube_of_leaves([flat("d", ["a"])], np.array([2**53]))
    assert not suppress(alone, threshold=5).withheld.any()


def test_totals_of_one_dimension_are_spared_where_they_can_be() -> None:
    table = flows()
    made = suppress(table, threshold=5)
    assert not made.withheld[:, 0, 0].any()
    assert not made.withheld[0, :, 0].any()
    assert not made.withheld[0, 0, :].any()


def test_cells_that_become_dispensable_are_published_again() -> None:
    """Greedy alone withholds more: the witness of a later cell makes an earlier one's dispensable."""
    table = _sparse(7)
    made = suppress(table, threshold=5, worth=Worth.CELLS)
    assert (made.withheld & ~made.primary).sum() < 100
    assert verify(table, made, 5) == ()


@pytest.mark.parametrize("most", [1, 8, 20])
def test_a_table_with_too_many_boxes_is_protected_by_the_nearest(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("istmo.statistics.disclosure.suppression.boxes.MOST_BOXES", most)
    table = _sparse(3)
    made = suppress(table, threshold=5)
    assert verify(table, made, 5) == ()


def test_the_pattern_does_not_depend_on_the_order_of_the_rows() -> None:
    table = _sparse(3)
    rows = [(table.codes_of(i), int(n)) for i, n in enumerate(table.counts.reshape(-1).tolist())]
    again = cube(table.dimensions, rows[::-1])
    one, other = suppress(table, threshold=5), suppress(again, threshold=5)
    assert (one.withheld == other.withheld).all()
    assert [m.cells.tolist() for m in one.moves] == [m.cells.tolist() for m in other.moves]


def _sparse(seed: int) -> Cube:
    rng = np.random.default_rng(seed)
    leaves = rng.poisson(rng.gamma(0.4, 12, (5, 3, 2)))
    return cube_of_leaves([NATIONALITY, POINT, SEX], leaves.astype(np.int64))


# What the verifier must refuse


def _proved() -> tuple[Cube, Suppression]:
    table = flows()
    return table, suppress(table, threshold=5)


def _first(made: Suppression, change: Callable[[Move], Move]) -> Suppression:
    return replace(made, moves=(change(made.moves[0]), *made.moves[1:]))


def _kinds(table: Cube, made: Suppression) -> set[Wrong]:
    return {fault.kind for fault in verify(table, made, 5)}


def test_a_proof_without_its_moves_is_refused_with_the_cell() -> None:
    table, made = _proved()
    faults = verify(table, replace(made, moves=()), 5)
    assert {f.kind for f in faults} == {Wrong.TOO_LOW, Wrong.TOO_NARROW}
    assert faults[0].place == "_T · DAR · F" or faults[0].place.count(" · ") == 2
    assert faults[0].message.en.startswith("No witness takes the cell")


def test_a_move_that_reaches_a_published_cell_is_refused() -> None:
    table, made = _proved()
    withheld = made.withheld.reshape(-1).copy()
    withheld[made.moves[0].cells[-1]] = False
    faults = verify(table, replace(made, withheld=withheld.reshape(table.shape)), 5)
    assert (Wrong.MOVE_CHANGES_PUBLISHED, 0) in {(f.kind, f.move) for f in faults}
    assert any(f.place.startswith("move 0, ") for f in faults)


def test_a_move_that_breaks_a_total_is_refused() -> None:
    table, made = _proved()
    more = _first(made, lambda m: Move(m.cells, m.changes + np.eye(len(m.cells), dtype=np.int64)[0]))
    assert Wrong.MOVE_BREAKS_TOTAL in _kinds(table, more)


def test_a_move_that_leaves_nobody_in_a_withheld_cell_is_refused() -> None:
    table, made = _proved()
    assert Wrong.MOVE_UNDER_ONE in _kinds(table, _first(made, lambda m: Move(m.cells, m.changes * 1000)))


@pytest.mark.parametrize(
    "change",
    [
        lambda m: Move(m.cells, m.changes / 2),
        lambda m: Move(m.cells.astype(float), m.changes),
        lambda m: Move(m.cells, m.changes[:-1]),
        lambda m: Move(np.repeat(m.cells, 2), np.repeat(m.changes, 2)),
        lambda m: Move(m.cells + 10**6, m.changes),
        lambda m: Move(-1 - m.cells, m.changes),
        lambda m: Move(m.cells, m.changes * 2**60),
        lambda m: Move(m.cells, np.full(len(m.cells), -(2**63))),
        lambda m: Move(m.cells.reshape(1, -1), m.changes.reshape(1, -1)),
    ],
)
def test_a_move_that_is_no_table_is_refused_and_nothing_is_raised(change: Callable[[Move], Move]) -> None:
    table, made = _proved()
    faults = verify(table, _first(made, change), 5)
    assert (Wrong.MOVE_UNREADABLE, 0) in {(f.kind, f.move) for f in faults}
    assert "move 0" in {f.place for f in faults}


def test_a_small_cell_that_is_published_or_not_protected_is_refused() -> None:
    table, made = _proved()
    cell = int(np.flatnonzero(made.primary)[0])
    left = made.primary.reshape(-1).copy()
    left[cell] = False
    assert Wrong.SMALL_NOT_PRIMARY in _kinds(table, replace(made, primary=left.reshape(table.shape)))
    shown = made.withheld.reshape(-1).copy()
    shown[cell] = False
    assert Wrong.PRIMARY_PUBLISHED in _kinds(table, replace(made, withheld=shown.reshape(table.shape)))


def test_a_withheld_zero_is_refused() -> None:
    table, made = _proved()
    assert Wrong.ZERO_WITHHELD in _kinds(table, replace(made, withheld=made.withheld | (table.counts == 0)))


def test_masks_of_another_table_are_refused() -> None:
    table, made = _proved()
    assert _kinds(table, replace(made, withheld=made.withheld[1:])) == {Wrong.SHAPE}
    assert _kinds(table, replace(made, primary=made.primary.astype(np.int64))) == {Wrong.SHAPE}  # type: ignore[arg-type]


def test_an_interval_that_is_too_narrow_is_refused() -> None:
    table = row(4, 10, 9)
    primary = np.array([False, True, False, False])
    withheld = np.array([False, True, True, False])
    one = Move(np.array([1, 2], dtype=np.int64), np.array([1, -1], dtype=np.int64))
    three = Move(np.array([1, 2], dtype=np.int64), np.array([-3, 3], dtype=np.int64))
    assert _kinds(table, Suppression(withheld, primary, (one,))) == {Wrong.TOO_NARROW}
    assert _kinds(table, Suppression(withheld, primary, (one, three))) == set()


def test_an_empty_move_proves_nothing_and_is_no_fault() -> None:
    table, made = _proved()
    nothing = Move(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    assert verify(table, replace(made, moves=(nothing, *made.moves)), 5) == ()


def test_long_proofs_are_checked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    table, made = _proved()
    assert BATCH > 10
    monkeypatch.setattr("istmo.statistics.disclosure.verify.BATCH", 10)
    assert verify(table, made, 5) == ()
    broken = replace(made, moves=(*made.moves[:-1], Move(made.moves[-1].cells, made.moves[-1].changes * 1000)))
    assert len(made.moves) - 1 in {f.move for f in verify(table, broken, 5)}
