"""Roll-up: small categories are counted together, and each says where."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.cube import Cube, cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat, hierarchy
from istmo.statistics.disclosure.roll_up import Recode, Step, roll_up

NATIONALITY = hierarchy(
    "nationality",
    [
        ("_T", ""),
        ("AFR", "_T"),
        ("EAF", "AFR"),
        ("ERI", "EAF"),
        ("SOM", "EAF"),
        ("WAF", "AFR"),
        ("GHA", "WAF"),
        ("CMR", "WAF"),
        ("SEN", "WAF"),
        ("TGO", "WAF"),
        ("HTI", "_T"),
    ],
)
MONTH = hierarchy(
    "month",
    [("2023", ""), *((f"2023-Q{q}", "2023") for q in (1, 2))]
    + [(f"2023-0{m}", f"2023-Q{(m + 2) // 3}") for m in range(1, 7)],
)


def flows(**persons: int) -> Cube:
    return cube([NATIONALITY], [((code,), n) for code, n in persons.items()])


def figures(made: Cube) -> dict[str, int]:
    return dict(zip(made.dimensions[0].codes, made.counts.tolist(), strict=True))


def test_small_categories_go_together_into_the_row_other_of_their_parent() -> None:
    made = roll_up(flows(GHA=2, CMR=4, SEN=30, TGO=0, SOM=9, ERI=8, HTI=50), threshold=5, steps=[Step("nationality")])
    assert figures(made.cube) == {
        "_T": 103, "AFR": 53, "EAF": 17, "ERI": 8, "SOM": 9, "WAF": 36, "SEN": 30, "WAF_OTHER": 6, "HTI": 50,
    }  # fmt: skip
    assert made.recodes == tuple(Recode("nationality", code, "WAF_OTHER", "WAF") for code in ("CMR", "GHA", "TGO"))


def test_a_small_category_takes_the_smallest_sibling_with_it() -> None:
    made = roll_up(flows(GHA=2, CMR=40, SEN=30, TGO=7, HTI=50), threshold=5, steps=[Step("nationality")])
    assert figures(made.cube)["WAF_OTHER"] == 9
    assert {r.code for r in made.recodes} == {"GHA", "TGO"}


def test_where_no_sibling_is_left_the_parent_stands_alone() -> None:
    made = roll_up(flows(ERI=3, SOM=60, SEN=8, HTI=50), threshold=5, steps=[Step("nationality")])
    assert "ERI" not in figures(made.cube)
    assert figures(made.cube)["EAF"] == 63
    assert made.recodes == tuple(Recode("nationality", code, "EAF", "EAF") for code in ("ERI", "SOM"))


def test_what_is_small_as_a_whole_goes_on_to_the_level_above() -> None:
    made = roll_up(flows(ERI=1, SOM=2, SEN=8, HTI=50), threshold=5, steps=[Step("nationality")])
    assert figures(made.cube) == {"_T": 61, "AFR": 11, "HTI": 50}
    assert {(r.code, r.into) for r in made.recodes} == {
        (code, "AFR") for code in ("EAF", "ERI", "SOM", "WAF", "CMR", "GHA", "SEN", "TGO")
    }


def test_a_table_that_is_small_as_a_whole_is_its_total() -> None:
    made = roll_up(flows(ERI=1, HTI=2), threshold=5, steps=[Step("nationality")])
    assert figures(made.cube) == {"_T": 3}


def test_a_quarter_with_a_small_month_is_shown_without_its_months() -> None:
    table = cube([MONTH], [(("2023-01",), 3), (("2023-02",), 40), (("2023-03",), 50), (("2023-04",), 9)])
    made = roll_up(table, threshold=5, steps=[Step("month", whole=True)])
    assert figures(made.cube) == {"2023": 102, "2023-Q1": 93, "2023-Q2": 9, "2023-04": 9, "2023-05": 0, "2023-06": 0}
    assert made.recodes == tuple(Recode("month", f"2023-0{m}", "2023-Q1", "2023-Q1") for m in (1, 2, 3))


def test_a_table_without_small_categories_stays_as_it_is() -> None:
    table = flows(SEN=8, HTI=50)
    made = roll_up(table, threshold=5, steps=[Step("nationality")])
    assert made.cube is table
    assert made.recodes == ()


def test_only_the_dimensions_of_the_steps_are_rolled_up() -> None:
    table = cube_of_leaves([flat("a", ["x", "y"]), flat("b", ["u", "v"])], np.array([[1, 9], [2, 30]]))
    made = roll_up(table, threshold=5, steps=[Step("b")])
    assert [d.codes for d in made.cube.dimensions] == [("_T", "x", "y"), ("_T",)]
    assert made.cube.counts.tolist() == [[42], [10], [32]]


def test_the_name_of_the_row_other_must_be_free() -> None:
    table = cube(
        [flat("a", ["x", "y", "z", "_T_OTHER"])], [(("x",), 1), (("y",), 9), (("z",), 30), (("_T_OTHER",), 90)]
    )
    with pytest.raises(InvalidInput, match="_T_OTHER is there twice"):
        roll_up(table, threshold=5, steps=[Step("a")])
    made = roll_up(table, threshold=5, steps=[Step("a")], other=lambda parent: "_O")
    assert figures(made.cube) == {"_T": 130, "_O": 10, "_T_OTHER": 90, "z": 30}


@st.composite
def _tables(draw: st.DrawFn) -> Cube:
    parents = [draw(st.integers(0, at)) for at in range(draw(st.integers(0, 12)))]
    tree = hierarchy("a", [("c00", ""), *((f"c{i + 1:02}", f"c{p:02}") for i, p in enumerate(parents))])
    other: Hierarchy = flat("b", ["u", "v"])
    size = (len(tree.leaves), 2)
    counts = draw(st.lists(st.integers(0, 9), min_size=size[0] * 2, max_size=size[0] * 2))
    return cube_of_leaves([tree, other], np.array(counts, dtype=np.int64).reshape(size))


@given(_tables(), st.integers(2, 12), st.booleans())
def test_nobody_is_lost_nothing_small_is_left_and_what_is_shown_keeps_its_count(
    table: Cube, threshold: int, whole: bool
) -> None:
    made = roll_up(table, threshold=threshold, steps=[Step("a", whole=whole)])
    before, after = (dict(zip(t.dimensions[0].codes, t.counts.tolist(), strict=True)) for t in (table, made.cube))
    assert after["c00"] == before["c00"]
    for code, counts in after.items():
        assert counts == before.get(code, counts)
        assert code == "c00" or not 0 < counts[0] < threshold
    assert {r.code for r in made.recodes} == set(before) - set(after)
    for recode in made.recodes:
        assert recode.into in after
        assert recode.below in after
