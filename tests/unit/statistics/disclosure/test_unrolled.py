"""What was counted together stands in the register below the row that holds it."""

import numpy as np

from istmo.statistics.disclosure.attackers.propagation import bounds
from istmo.statistics.disclosure.cube import Cube, cube
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published, Register, append_lines, read_lines
from istmo.statistics.disclosure.roll_up import Recode, Step, roll_up
from istmo.statistics.disclosure.spans import span
from istmo.statistics.disclosure.system import UNBOUNDED
from istmo.statistics.disclosure.union import attacked, union
from istmo.statistics.disclosure.unrolled import Unrolled, flattened, unrolled

from .publishing import AT

NATIONALITY = hierarchy(
    "nationality",
    [("_T", ""), ("AFR", "_T"), ("ASI", "_T"), *((c, "AFR") for c in ("ERI", "KEN", "SOM")), ("IND", "ASI")],
)
SEX = flat("sex", ["F", "M"])


def together(**counts: int) -> tuple[Unrolled, tuple[Recode, ...]]:
    original = cube([NATIONALITY], [((code,), count) for code, count in counts.items()])
    rolled = roll_up(original, threshold=5, steps=[Step("nationality")])
    return unrolled([NATIONALITY], open_(rolled.cube), rolled.recodes), rolled.recodes


def open_(made: Cube) -> ProtectedTable:
    return ProtectedTable(made.dimensions, Method.SUPPRESS, 0, made.counts, np.zeros(made.shape, dtype=np.bool_))


def published(over: str, made: Unrolled) -> Published:
    return Published(over, "t", "P", span(over), made.protected, "r", 5, AT, reader=made.reader)


def test_the_row_other_is_named_after_what_it_holds_and_stands_above_it() -> None:
    made, recodes = together(ERI=3, KEN=9, SOM=60, IND=20)
    (full,) = made.protected.dimensions
    (other,) = [code for code in full.codes if "~" in code]
    assert other.startswith("AFR_OTHER~")
    assert {full.codes[full.parent[full.position[code]]] for code in ("ERI", "KEN")} == {other}
    assert full.codes[full.parent[full.position[other]]] == "AFR"
    assert [one.code for one in recodes] == ["ERI", "KEN"]
    lower, upper = made.reader
    assert (lower[full.position["ERI"]], upper[full.position["ERI"]]) == (0, UNBOUNDED)
    assert lower[full.position[other]] == upper[full.position[other]] == 12
    again, _ = together(ERI=1, KEN=30, SOM=60, IND=20)
    assert [code for code in again.protected.dimensions[0].codes if "~" in code] == [other]
    assert flattened(full) == NATIONALITY
    assert flattened(NATIONALITY) is NATIONALITY


def test_a_parent_that_is_shown_alone_keeps_its_name() -> None:
    made, _ = together(ERI=3, SOM=60, IND=20)
    (full,) = made.protected.dimensions
    assert full == NATIONALITY
    assert made.protected.withheld[full.position["SOM"]]
    assert not made.protected.withheld[full.position["AFR"]]


def test_a_region_that_goes_into_other_as_a_whole_stands_there_with_its_countries() -> None:
    made, _ = together(ERI=1, KEN=2, SOM=0, IND=60)
    (full,) = made.protected.dimensions
    assert "AFR" in full.position
    assert full.codes[full.parent[full.position["ERI"]]] == "AFR"


def test_a_mask_over_all_cells_is_one_over_the_shown_cells() -> None:
    counts = cube([NATIONALITY, SEX], [(("ERI", "F"), 3), (("KEN", "M"), 9), (("SOM", "M"), 60), (("IND", "F"), 20)])
    rolled = roll_up(counts, threshold=5, steps=[Step("nationality")])
    made = unrolled(counts.dimensions, open_(rolled.cube), rolled.recodes)
    assert np.array_equal(made.shown(made.protected.values), rolled.cube.counts)
    assert made.shown(~made.protected.withheld).all()


def test_the_register_keeps_them_and_months_with_other_rows_still_meet_in_the_quarter() -> None:
    july, _ = together(ERI=9, KEN=9, SOM=60, IND=20)
    august, _ = together(ERI=3, KEN=9, SOM=60, IND=20)
    ytd, _ = together(ERI=12, KEN=18, SOM=120, IND=40)
    tables = [published("2023-07", july), published("2023-08", august), published("2023-07/2023-08", ytd)]
    lines, _ = append_lines(Register(), tables)
    read = read_lines(lines).entries
    assert read[1].protected.dimensions == tables[1].protected.dimensions
    _, findings = attacked(read, attack=bounds)
    assert [(one.cell, one.lower) for one in findings] == [("P|nationality=ERI|period=2023-08", 3)]
    assert union(read).tables == read
