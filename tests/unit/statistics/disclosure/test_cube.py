"""Hierarchies and cubes: one canonical order, all margins, and what contradicts itself is refused with its place."""

import numpy as np
import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.cube import Cube, cell_id, cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat, hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable, interval, known
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, below, equations_of, exact

POINT = hierarchy("point", [("BAJO", "DARIEN"), ("PAN", ""), ("CANAAN", "DARIEN"), ("DARIEN", "PAN"), ("PASO", "PAN")])
SEX = flat("sex", ["M", "F"])


def small() -> Cube:
    return cube([POINT, SEX], [(("BAJO", "F"), 3), (("CANAAN", "M"), 4), (("PASO", "M"), 1)])


def test_codes_stand_in_one_order_whatever_the_order_of_the_file() -> None:
    assert POINT.codes == ("PAN", "DARIEN", "BAJO", "CANAAN", "PASO")
    assert POINT.parent == (-1, 0, 1, 1, 0)
    again = hierarchy(
        "point",
        [(code, POINT.codes[p] if p >= 0 else "") for code, p in zip(POINT.codes, POINT.parent, strict=True)][::-1],
    )
    assert again == POINT


def test_what_lies_below_a_code_follows_it() -> None:
    assert POINT.end == (5, 4, 3, 4, 5)
    assert [POINT.codes[leaf] for leaf in POINT.leaves] == ["BAJO", "CANAAN", "PASO"]
    assert POINT.children == ((1, 4), (2, 3), (), (), ())
    assert POINT.depth == (0, 1, 2, 2, 1)
    assert POINT.ancestors(2) == (2, 1, 0)


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("A", ""), ("A", "")], "code A is there twice"),
        ([("A", ""), ("B", "")], "several roots: A, B"),
        ([("A", ""), ("", "A")], "a row has no code"),
        ([("A", ""), ("B", "C")], "B is below C, which is not in the hierarchy"),
        ([("A", ""), ("B", "C"), ("C", "B")], "codes form a circle: B, C"),
        ([("A", "A")], "codes form a circle: A"),
        ([], "it has no codes"),
    ],
)
def test_a_hierarchy_that_is_none_is_refused_with_its_place(pairs: list[tuple[str, str]], told: str) -> None:
    with pytest.raises(InvalidInput, match="dimension “point”") as refused:
        hierarchy("point", pairs, place="point.csv")
    assert told in refused.value.message.en
    assert (refused.value.place, refused.value.rule) == ("point.csv", "F111")


def test_each_total_is_the_sum_of_its_parts() -> None:
    made = small()
    assert made.counts.tolist() == [[8, 3, 5], [7, 3, 4], [3, 3, 0], [4, 0, 4], [1, 0, 1]]
    assert made.leaf_counts.tolist() == [[3, 0], [0, 4], [0, 1]]
    assert made.codes_of(4) == ("DARIEN", "F")
    assert not (equations_of(made.dimensions) @ made.counts.reshape(-1)).any()


def test_a_cube_does_not_depend_on_the_order_of_its_rows_and_takes_declared_totals() -> None:
    rows = [(("BAJO", "F"), 3), (("CANAAN", "M"), 4), (("PASO", "M"), 1), (("PAN", "_T"), 8), (("DARIEN", "M"), 4)]
    assert np.array_equal(cube([POINT, SEX], rows[::-1]).counts, small().counts)


@pytest.mark.parametrize(
    ("row", "rule", "told"),
    [
        ((("BAJO", "F"), 3), "F113", "BAJO · F is twice"),
        ((("BAJO", "X"), 3), "F112", "“X” is not in the hierarchy of the dimension “sex”"),
        ((("PASO", "F"), -1), "F114", "zero or more"),
        ((("DARIEN", "_T"), 8), "F115", "DARIEN · _T is not the sum"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_its_place(
    row: tuple[tuple[str, str], int], rule: str, told: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        cube([POINT, SEX], [(("BAJO", "F"), 3), row], places={1: "t.csv, row 3"})
    assert told in refused.value.message.en
    assert (refused.value.place, refused.value.rule) == ("t.csv, row 3", rule)


def test_a_row_without_a_known_place_is_told_by_its_number() -> None:
    with pytest.raises(InvalidInput) as refused:
        cube([SEX], [(("X",), 1)])
    assert refused.value.place == "#1"


def test_a_cell_has_one_name_in_every_table() -> None:
    assert cell_id("PAN IRREG", [(SEX, "F"), (POINT, "BAJO")]) == "PAN%20IRREG|point=BAJO|sex=F"
    assert cell_id("P", [(POINT, "PAN"), (SEX, "F")]) == cell_id("P", [(SEX, "F")]) == "P|sex=F"
    assert cell_id("P", [(POINT, "PAN")]) == "P"
    assert cell_id("P", [(flat("a|b", ["c=d"]), "c=d")]) == "P|a%7Cb=c%3Dd"


def test_a_dimension_of_one_code_ties_nothing() -> None:
    alone = hierarchy("all", [("_T", "")])
    assert equations_of([alone]).shape == (0, 1)
    assert cube_of_leaves([alone], np.array([7])).counts.tolist() == [7]


def table(
    method: Method, values: list[int], withheld: list[bool], *, spread: int = 0, dimension: Hierarchy = SEX
) -> ProtectedTable:
    return ProtectedTable((dimension,), method, spread, np.array(values), np.array(withheld))


def test_a_withheld_cell_is_at_least_one_because_zeros_are_published() -> None:
    system = known(table(Method.SUPPRESS, [9, 0, 0], [False, True, False]))
    assert system.size == 3
    assert (system.lower.tolist(), system.upper.tolist()) == ([9, 1, 0], [9, UNBOUNDED, 0])


@pytest.mark.parametrize(
    ("method", "spread", "values", "lower", "upper"),
    [
        (Method.ROUND, 5, [10, 5, 0], [6, 1, 0], [14, 9, 4]),
        (Method.NEAREST, 10, [10, 20, 0], [5, 15, 0], [14, 24, 4]),
        (Method.NEAREST, 5, [10, 5, 0], [8, 3, 0], [12, 7, 2]),
    ],
)
def test_a_rounded_value_says_an_interval(
    method: Method, spread: int, values: list[int], lower: list[int], upper: list[int]
) -> None:
    system = known(table(method, values, [False] * 3, spread=spread))
    assert (system.lower.tolist(), system.upper.tolist()) == (lower, upper)


def test_the_interval_holds_every_count_that_a_nearest_rounding_prints_so() -> None:
    for base in (5, 10):
        for count in range(60):
            printed = base * ((count + base // 2) // base)
            at = np.array([printed])
            lower, upper = interval(Method.NEAREST, base, at, np.array([False]), np.array([True]))
            assert lower[0] <= count <= upper[0]


def test_what_an_attacker_finds_is_exact_or_below_the_threshold() -> None:
    found = Bounds(np.array([1, 1, 2]), np.array([1, 4, 9]))
    secret = np.array([True, True, True])
    assert exact(found, secret).tolist() == [True, False, False]
    assert below(found, secret, 5).tolist() == [True, True, False]
    assert not exact(found, ~secret).any()
