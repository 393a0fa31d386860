"""What rounding leaves to be worked out is withheld, by whole families; each attack finds something without it."""

import numpy as np
import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure import coarsen as coarsening
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.coarsen import clear, coarsen, decoys, recovered, withhold
from istmo.statistics.disclosure.cube import Cube, Mask, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat, hierarchy
from istmo.statistics.disclosure.keys import aggregate_keys
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.same_people import known_of_records
from istmo.statistics.disclosure.system import Bounds, System

SECRET = bytes(range(32))
PLACES = hierarchy("point", [("T", ""), ("A", "T"), *((code, "A") for code in ("a", "b", "c", "d")), ("E", "T")])
CHAIN = hierarchy("point", [("T", ""), ("A", "T"), ("B", "A"), ("C", "B"), *((f"{c}0", c) for c in "TABC")])


def made(
    dimensions: tuple[Hierarchy, ...],
    leaves: list[int],
    values: dict[str, int],
    *,
    method: Method = Method.ROUND,
    base: int = 5,
    headline: tuple[str, ...] = (),
) -> tuple[Cube, ProtectedTable]:
    """A table of one dimension with the values given by code."""
    cube = cube_of_leaves(dimensions, np.array(leaves, dtype=np.int64))
    (places,) = dimensions
    shown = np.array([values[code] for code in places.codes], dtype=np.int64)
    exact = np.array([code in headline for code in places.codes]) if headline else None
    return cube, ProtectedTable(dimensions, method, base, shown, np.zeros(cube.shape, dtype=np.bool_), exact)


def withheld(table: ProtectedTable) -> set[str]:
    return {table.dimensions[0].codes[position] for position in np.flatnonzero(table.withheld)}


FOUR = made((PLACES,), [1, 1, 1, 1, 9], {"T": 15, "A": 0, "a": 5, "b": 5, "c": 5, "d": 5, "E": 10})


def found_in(cube: Cube, table: ProtectedTable, threshold: int = 5) -> Mask:
    return recovered(propagation.bounds(known(table)), cube, table, threshold)


def test_a_total_of_0_over_four_parts_of_5_is_worked_out_and_its_family_withheld() -> None:
    cube, table = FOUR
    assert found_in(cube, table).sum() == 5  # the attack without the defence
    cleared = clear(cube, table, threshold=5)
    assert withheld(cleared.table) == {"A", "a", "b", "c", "d"}
    assert not found_in(cube, cleared.table).any()
    (step,) = cleared.steps
    assert [PLACES.codes[cell] for cell in step.found] == ["A", "a", "b", "c", "d"]
    assert [PLACES.codes[cell] for cell in step.withheld] == ["A", "a", "b", "c", "d"]
    assert cleared.table.values[cleared.table.withheld].sum() == 0


def test_a_table_in_which_nothing_is_found_stays_as_it_is() -> None:
    cube, table = made((PLACES,), [1, 1, 1, 2, 9], {"T": 15, "A": 5, "a": 5, "b": 5, "c": 0, "d": 0, "E": 10})
    cleared = clear(cube, table, threshold=5)
    assert cleared.table is table
    assert cleared.steps == ()


def test_what_is_no_small_count_may_be_worked_out() -> None:
    cube, table = made((PLACES,), [6, 6, 6, 6, 9], {"T": 35, "A": 20, "a": 10, "b": 10, "c": 10, "d": 10, "E": 10})
    found = propagation.bounds(known(table))
    assert (found.lower == found.upper)[PLACES.position["a"]]
    assert clear(cube, table, threshold=5).steps == ()


def test_a_family_with_a_headline_total_loses_it_too() -> None:
    leaves, values = [1, 1, 1, 2, 9], {"T": 15, "A": 5, "a": 5, "b": 5, "c": 5, "d": 5, "E": 10}
    cube, table = made((PLACES,), leaves, values, headline=("A",))
    table = ProtectedTable(table.dimensions, table.method, table.spread, table.values, table.withheld, table.headline)
    assert not found_in(cube, table).any()  # one of the four is 2
    cube, table = made((PLACES,), [1, 1, 1, 6, 9], {**values, "A": 9, "d": 10}, headline=("A",))
    assert found_in(cube, table).sum() == 3
    cleared = clear(cube, table, threshold=5)
    assert withheld(cleared.table) == {"A", "a", "b", "c", "d"}
    assert cleared.table.headline is not None
    assert not cleared.table.headline.any()
    assert not found_in(cube, cleared.table).any()


def test_a_chain_of_totals_that_are_printed_differently_is_worked_out_where_keys_are_of_people() -> None:
    """1, 2, 3 and 4 people, each printed otherwise than the one above: each holds one more."""
    values = {"T": 0, "A": 5, "B": 0, "C": 5, "T0": 0, "A0": 0, "B0": 0, "C0": 5}
    cube, table = made((CHAIN,), [1, 1, 1, 1], values)
    assert not found_in(cube, table).any()  # as intervals and sums alone it is safe
    told = recovered(propagation.bounds(known_of_records(table)), cube, table, 5)
    assert {CHAIN.codes[cell] for cell in np.flatnonzero(told)} >= {"T", "A", "B", "C"}
    with pytest.raises(InvalidInput):  # and here it is the whole table
        clear(cube, table, threshold=5, knowledge=known_of_records)


def test_what_differs_is_told_only_of_cells_that_are_drawn() -> None:
    _, table = FOUR
    size = table.values.size
    drawn = known_of_records(table)
    assert drawn.size > size
    assert (drawn.lower[size:] == 1).all()
    nearest = ProtectedTable(table.dimensions, Method.NEAREST, 10, table.values, table.withheld)
    assert known_of_records(nearest).size == size
    headline = made((PLACES,), [1, 1, 1, 1, 9], dict(zip(PLACES.codes, table.values, strict=True)), headline=("A",))[1]
    assert known_of_records(headline).size < drawn.size
    hidden = np.array([code in "Aabcd" for code in PLACES.codes])
    assert known_of_records(withhold(table, hidden)).size < drawn.size


def test_of_two_parts_the_other_has_somebody_if_the_total_is_printed_differently() -> None:
    sex = flat("sex", ["F", "M"])
    table = ProtectedTable((sex,), Method.ROUND, 5, np.array([5, 0, 0]), np.zeros(3, dtype=np.bool_))
    assert known(table).lower.tolist() == [1, 0, 0]
    assert known_of_records(table).lower[:3].tolist() == [1, 1, 1]
    one = hierarchy("point", [("T", "")])
    alone = ProtectedTable((one,), Method.ROUND, 5, np.array([5]), np.zeros(1, dtype=np.bool_))
    assert known_of_records(alone).size == 1


def test_a_sensitive_table_does_not_even_tell_that_a_few_are_there() -> None:
    sex = flat("sex", ["F", "M"])
    cube = cube_of_leaves((sex,), np.array([6, 7]))
    table = ProtectedTable((sex,), Method.ALIKE, 10, np.array([10, 0, 0]), np.zeros(3, dtype=np.bool_))
    assert found_in(cube, table).tolist() == [False, True, True]
    with pytest.raises(InvalidInput) as refused:
        clear(cube, table, threshold=5)
    assert refused.value.rule == "F118"
    assert refused.value.advice is not None


def test_a_table_of_which_nothing_could_stay_is_refused() -> None:
    cube = cube_of_leaves((flat("point", "abcd"),), np.ones(4, dtype=np.int64))
    values = np.array([0, 5, 5, 5, 5])
    table = ProtectedTable(cube.dimensions, Method.ROUND, 5, values, np.zeros(5, dtype=np.bool_))
    with pytest.raises(InvalidInput) as refused:
        clear(cube, table, threshold=5)
    assert refused.value.rule == "F118"
    assert refused.value.message.es != refused.value.message.en


def test_an_attack_that_no_equation_explains_is_answered_with_all_around_it_and_further_until_it_stops() -> None:
    """A stronger attacker than propagation: it knows the cell `a` until `E`, two equations away, is withheld."""
    cube, table = FOUR
    at, far = PLACES.position["a"], PLACES.position["E"]

    def attack(system: System) -> Bounds:
        lower, upper = system.lower.copy(), system.upper.copy()
        if system.upper[far] < 1_000:
            lower[at] = upper[at] = 1
        return Bounds(lower, upper)

    first = FOUR[1]
    with pytest.raises(InvalidInput):  # E is the last that was left
        clear(cube, first, threshold=5, attack=attack)
    more = hierarchy(
        "point",
        [
            ("X", ""),
            ("T", "X"),
            *((c, PLACES.codes[PLACES.parent[p]]) for p, c in enumerate(PLACES.codes) if p),
            ("Y", "X"),
            ("Z", "X"),
        ],
    )
    values = {"X": 35, "T": 15, "A": 0, "a": 5, "b": 5, "c": 5, "d": 5, "E": 10, "Y": 10, "Z": 10}
    cube, table = made((more,), [1, 1, 1, 1, 9, 9, 9], values)
    at, far = more.position["a"], more.position["E"]
    cleared = clear(cube, table, threshold=5, attack=attack)
    assert withheld(cleared.table) == {"A", "a", "b", "c", "d", "T", "E"}
    assert [len(step.withheld) for step in cleared.steps] == [5, 2]


def test_a_cell_alone_in_its_table_and_known_is_refused() -> None:
    one = hierarchy("point", [("T", "")])
    cube = cube_of_leaves((one,), np.array([1]))
    table = ProtectedTable((one,), Method.SMALL_COUNT, 5, np.array([1]), np.zeros(1, dtype=np.bool_))
    with pytest.raises(InvalidInput):
        clear(cube, table, threshold=5)


def test_one_in_a_thousand_families_of_few_people_is_withheld_without_being_found() -> None:
    points = [f"p{number}" for number in range(8_000)]
    dimensions = (flat("point", points), flat("sex", ["F", "M"]))
    leaves = np.zeros((8_000, 2), dtype=np.int64)
    leaves[4_000:6_000] = 2
    leaves[6_000:] = 60
    cube = cube_of_leaves(dimensions, leaves)
    keys = aggregate_keys(SECRET, "T", cube)
    table = rounded(cube, keys, method=Method.ROUND, base=5, secret=SECRET)
    chosen = decoys(table, keys, secret=SECRET)
    assert np.array_equal(chosen, decoys(table, keys, secret=SECRET))
    assert not chosen[0].any()  # many people
    row = {point: chosen[dimensions[0].position[point]] for point in points}
    hidden = [point for point in points if row[point].any()]
    assert all(row[point].all() for point in hidden)
    assert not any(point in hidden for point in points[6_000:])
    assert 1 <= sum(point in hidden for point in points[:4_000]) <= 12  # 4 are expected
    adding_up = ProtectedTable(dimensions, Method.SMALL_COUNT, 5, table.values, table.withheld)
    assert not decoys(adding_up, keys, secret=SECRET).any()
    both = coarsen(cube, table, keys, secret=SECRET, threshold=5)
    assert np.array_equal(both.table.withheld, chosen)
    assert both.steps == ()


def test_decoys_do_not_need_equations() -> None:
    cube = cube_of_leaves((hierarchy("point", [("T", "")]),), np.array([7]))
    keys = aggregate_keys(SECRET, "T", cube)
    table = rounded(cube, keys, method=Method.ROUND, base=5, secret=SECRET)
    assert coarsen(cube, table, keys, secret=SECRET, threshold=5).table.withheld.tolist() == [False]
    assert coarsening.DECOYS == 1_000
