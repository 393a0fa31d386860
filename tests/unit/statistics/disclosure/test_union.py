"""Each attack over more than one release: it finds what a single table hides, and nothing where there is nothing."""

from datetime import date
from typing import Any

import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers.propagation import bounds
from istmo.statistics.disclosure.cube import cube
from istmo.statistics.disclosure.hierarchy import hierarchy
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.spans import span
from istmo.statistics.disclosure.union import Fact, Finding, Kind, Mirror, attacked, check_union, read_facts, union

from .publishing import NATIONALITY, SEX, published

POPULATION = "PAN.SNM/TRA_IRR"


def found(*tables: Published, **more: Any) -> list[tuple[str, str, int, int]]:
    return [told(one) for one in attacked(tables, attack=bounds, **more)[1]]


def told(one: Finding) -> tuple[str, str, int, int]:
    return (one.kind.value, one.cell.partition("|")[2], one.lower, one.upper)


def test_two_years_to_date_give_the_month_between_them() -> None:
    earlier = published("2023-01/2023-02", {"CUB": 30, "ECU": 9, "HTI": 20})
    later = published("2023-Q1", {"CUB": 39, "ECU": 19, "HTI": 23})
    assert found(earlier, later) == [("exact", "nationality=HTI|period=2023-03", 3, 3)]
    assert found(earlier) == found(later) == []


def test_a_quarter_gives_the_month_that_was_withheld_in_it() -> None:
    months = [published(f"2023-0{m}", {"CUB": 30, "ECU": 9, "HTI": 20}) for m in (7, 9)]
    hidden = published("2023-08", {"CUB": 30, "ECU": 4, "HTI": 2}, withheld=("HTI", "ECU"))
    quarter = published("2023-Q3", {"CUB": 90, "ECU": 22, "HTI": 42})
    assert found(*months, hidden, quarter) == [
        ("exact", "nationality=ECU|period=2023-08", 4, 4),
        ("exact", "nationality=HTI|period=2023-08", 2, 2),
    ]


def test_a_year_of_quarters_gives_the_one_that_was_not_published() -> None:
    quarters = [published(f"2023-Q{q}", {"CUB": 30, "ECU": 9, "HTI": 20}) for q in (1, 3, 4)]
    year = published("2023", {"CUB": 120, "ECU": 31, "HTI": 80})
    assert found(*quarters, year) == [("exact", "nationality=ECU|period=2023-Q2", 4, 4)]


def test_the_same_total_in_a_table_with_another_hierarchy_is_one_unknown() -> None:
    regions = hierarchy("nationality", [("_T", ""), ("CARIB", "_T"), ("CUB", "CARIB"), ("HTI", "CARIB"), ("ECU", "_T")])
    fine = published(
        "2023-08", {"CUB": 4, "ECU": 30, "HTI": 9}, withheld=("CUB", "HTI", "CARIB", "ECU"), dimension=regions
    )
    coarse = hierarchy("nationality", [("_T", ""), ("CARIB", "_T"), ("ECU", "_T")])
    other = published("2023-08", {"CARIB": 13, "ECU": 30}, dimension=coarse)
    by_sex = published(
        "2023-08",
        cube([NATIONALITY, SEX], [(("HTI", "F"), 9), (("CUB", "M"), 4), (("ECU", "M"), 30)]),
        withheld=("CUB", "ECU", "_T"),
    )
    assert found(fine, other) == []
    assert ("exact", "nationality=CUB|period=2023-08", 4, 4) in found(fine, other, by_sex)


def test_a_withheld_cell_that_can_only_be_small_is_found_where_the_rules_promise_more() -> None:
    counts = {"CUB": 2, "ECU": 3, "HTI": 30}
    assert found(published("2023-08", counts, withheld=("CUB", "ECU"))) == [
        ("small", "nationality=CUB|period=2023-08", 1, 4),
        ("small", "nationality=ECU|period=2023-08", 1, 4),
    ]
    assert found(published("2023-08", counts, withheld=("CUB", "ECU"), strict=False)) == []


def test_a_small_value_that_was_printed_is_found() -> None:
    assert found(published("2023-08", {"CUB": 20, "ECU": 3, "HTI": 30})) == [
        ("exact", "nationality=ECU|period=2023-08", 3, 3)
    ]


def test_rounding_of_months_and_year_to_date_may_meet_in_one_number() -> None:
    months = [published(f"2023-0{m}", {"CUB": 5, "ECU": 10, "HTI": 20}) for m in (1, 2)]
    third = published("2023-03", {"CUB": 8, "ECU": 3, "HTI": 30}, withheld=("ECU", "CUB", "_T"))
    for printed, upper in ((20, 4), (25, 9)):
        ytd = published("2023-Q1", {"CUB": 20, "ECU": printed, "HTI": 70}, method=Method.ROUND, spread=5)
        small = [one for one in found(*months, third, ytd) if "ECU|period=2023-03" in one[1]]
        assert small == ([("small", "nationality=ECU|period=2023-03", 1, 4)] if upper == 4 else [])


def test_a_revision_that_adds_a_few_people_is_found_and_touches_only_its_months() -> None:
    first = published("2023-03", {"CUB": 30, "ECU": 9, "HTI": 20})
    later = published("2023-04", {"CUB": 30, "ECU": 9, "HTI": 20})
    second = published("2023-03", {"CUB": 50, "ECU": 9, "HTI": 22}, state=1, revises=True)
    assert found(first, later, second) == [("revised", "nationality=HTI|period=2023-03|state=1", 2, 2)]
    hidden = published("2023-03", {"CUB": 50, "ECU": 9, "HTI": 22}, withheld=("HTI", "ECU"), state=1, revises=True)
    assert found(first, later, hidden) == []
    rounded = published("2023-03", {"CUB": 30, "ECU": 9, "HTI": 20}, method=Method.ROUND, spread=5, population="other")
    more = published("2023-03", {"CUB": 35, "ECU": 5, "HTI": 20}, population="other", state=1, revises=True)
    assert found(rounded, more) == []


def test_a_year_to_date_of_the_revised_months_gives_the_revision_away() -> None:
    months = [published(f"2023-0{m}", {"CUB": 30, "ECU": 9, "HTI": 20}) for m in (1, 2)]
    hidden = published("2023-01", {"CUB": 50, "ECU": 9, "HTI": 22}, withheld=("HTI", "ECU"), state=1, revises=True)
    ytd = published("2023-01/2023-02", {"CUB": 80, "ECU": 18, "HTI": 42}, state=1)
    assert found(*months, hidden, ytd) == [("revised", "nationality=HTI|period=2023-01|state=1", 2, 2)]
    before = published("2023-01/2023-02", {"CUB": 60, "ECU": 18, "HTI": 40})
    assert found(*months, hidden, before) == []


EXITS, ENTRIES = "PAN/exits-CRI", "CRI/entries-PAN"
COUNTS = {"CUB": 4, "ECU": 9, "HTI": 20}


def test_the_neighbour_with_a_lower_threshold_reveals_what_is_withheld() -> None:
    exits = published("2023-08", COUNTS, withheld=("CUB", "ECU"), population=EXITS)
    entries = published("2023-08", {**COUNTS, "CUB": 4}, population=ENTRIES)
    printed = [("exact", "nationality=CUB|period=2023-08", 4, 4)]
    assert found(exits, entries) == printed
    assert found(exits, entries, mirrors=Mirror.at(3, EXITS, ENTRIES, 0)) == printed * 2
    assert found(exits, entries, mirrors=Mirror.at(2, EXITS, ENTRIES, 0)) == printed
    assert found(exits, mirrors=Mirror.at(3, EXITS, ENTRIES, 0)) == []


def test_a_tolerance_leaves_room_and_what_differs_more_says_nothing() -> None:
    exits = published("2023-08", COUNTS, withheld=("CUB", "ECU", "_T"), population=EXITS)
    entries = published("2023-08", {"CUB": 8, "ECU": 9, "HTI": 40}, population=ENTRIES)
    assert found(exits, entries, mirrors=Mirror.at(3, EXITS, ENTRIES, 2)) == []
    assert found(exits, entries, mirrors=Mirror.at(3, EXITS, ENTRIES, 5)) == []
    close = published(
        "2023-08", {"CUB": 3, "ECU": 9, "HTI": 20}, withheld=("HTI", "_T"), population=ENTRIES, strict=False
    )
    assert ("small", "nationality=CUB|period=2023-08", 2, 4) in found(
        exits, close, mirrors=Mirror.at(3, EXITS, ENTRIES, 1)
    )


def test_a_mirror_of_revised_months_goes_by_their_last_state() -> None:
    exits = published("2023-08", {"CUB": 40, "ECU": 9, "HTI": 20}, population=EXITS)
    revised = published(
        "2023-08", {"CUB": 4, "ECU": 59, "HTI": 20}, withheld=("CUB", "ECU"), population=EXITS, state=1, revises=True
    )
    entries = published("2023-08", {"CUB": 4, "ECU": 59, "HTI": 20}, withheld=("CUB", "_T"), population=ENTRIES)
    mirrors = Mirror.at(3, EXITS, ENTRIES, 0)
    assert sorted(one[1] for one in found(exits, revised, entries, mirrors=mirrors)) == [
        "nationality=CUB|period=2023-08",
        "nationality=CUB|period=2023-08|state=1",
    ]


def test_a_mirror_that_does_not_hold_in_a_month_says_nothing_there_and_goes_on_elsewhere() -> None:
    exits = [
        published(f"2023-0{m}", {"CUB": 4, "ECU": 9, "HTI": 20}, withheld=("CUB", "ECU"), population=EXITS)
        for m in (7, 8)
    ]
    july = published(
        "2023-07", {"CUB": 4, "ECU": 9, "HTI": 20}, withheld=("CUB", "HTI"), population=ENTRIES, strict=False
    )
    august = published(
        "2023-08", {"CUB": 40, "ECU": 49, "HTI": 20}, withheld=("HTI", "_T"), population=ENTRIES, strict=False
    )
    mirrors = Mirror.at(3, EXITS, ENTRIES, 0)
    july_told = [("exact", "nationality=CUB|period=2023-07", 4, 4)] * 2
    assert found(*exits, july, mirrors=mirrors) == july_told
    assert found(*exits, july, august, mirrors=mirrors) == july_told
    assert found(exits[1], august, mirrors=mirrors) == []


def test_what_contradicts_itself_is_refused_with_or_without_mirrors() -> None:
    one = published("2023-08", {"CUB": 20, "ECU": 9, "HTI": 20})
    regions = hierarchy("nationality", [("_T", ""), ("CUB", "_T"), ("BRA", "_T")])
    other = published("2023-08", {"CUB": 20, "BRA": 9}, dimension=regions)
    for mirrors in ((), Mirror.at(3, EXITS, ENTRIES, 0)):
        with pytest.raises(InvalidInput) as refused:
            found(one, other, mirrors=mirrors)
        assert refused.value.rule == "F119"


def fact(cell: str, value: int, over: str = "2023-08") -> Fact:
    return Fact(POPULATION, span(over), cell, value, "https://ministerio.example/boletin", date(2023, 9, 20))


def test_a_total_that_a_ministry_prints_elsewhere_gives_the_withheld_cells() -> None:
    hidden = published("2023-08", {"CUB": 4, "ECU": 9, "HTI": 20}, withheld=("CUB", "ECU"))
    assert found(hidden) == []
    assert found(hidden, facts=[fact("nationality=ECU", 9)]) == [("exact", "nationality=CUB|period=2023-08", 4, 4)]
    itself = found(hidden, facts=[fact("nationality=CUB", 4)])
    assert itself == []


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (fact("nationality=BRA", 9), "F122"),
        (fact("nationality=ECU", 9, over="2023-07"), "F122"),
        (fact("", 900), "F119"),
    ],
)
def test_a_total_of_no_cell_or_against_what_is_published_is_refused(one: Fact, rule: str) -> None:
    hidden = published("2023-08", COUNTS, withheld=("CUB", "ECU"))
    with pytest.raises(InvalidInput) as refused:
        union([hidden], facts=[one])
    assert refused.value.rule == rule


def test_a_code_of_another_population_is_no_cell_of_this_one() -> None:
    hidden = published("2023-08", COUNTS, withheld=("CUB", "ECU"))
    other = published("2023-01/2023-02", COUNTS, population="other")
    with pytest.raises(InvalidInput, match="of no cell"):
        union([hidden, other], facts=[fact("nationality=CUB", 3, over="2023-01/2023-02")])


def test_facts_are_read_from_a_file_with_source_and_date() -> None:
    head = "population,period,cell,value,source,date\n"
    raw = f"\ufeff{head}{POPULATION},2023-08,sex=F|nationality=HTI,12,Boletín 8,2023-09-20\n".encode()
    (one,) = read_facts(raw, place="facts.csv")
    assert (one.coordinates, one.value, one.source) == ("PAN.SNM%2FTRA_IRR|nationality=HTI|sex=F", 12, "Boletín 8")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("P,2023-08,,1.5,x,2023-09-20", "facts.csv, 2"),
        ("P,2023-08,,-1,x,2023-09-20", "facts.csv, 2"),
        ("P,2023-08,,1,,2023-09-20", "facts.csv, 2"),
        ("P,2023-08,,1,x,20/09/2023", "facts.csv, 2"),
        ("P,agosto,,1,x,2023-09-20", "facts.csv, 2"),
        ("P,2023-08,1,x,2023-09-20", "facts.csv, 2"),
    ],
)
def test_a_fact_that_is_none_is_refused_with_its_line(row: str, line: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_facts(f"population,period,cell,value,source,date\n{row}\n".encode(), place="facts.csv")
    assert (refused.value.place, refused.value.rule) == (line, "F122")


@pytest.mark.parametrize("raw", [b"", b"a,b\n", b"\xff\xfe\x00"])
def test_a_file_that_holds_no_facts_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="The columns are"):
        read_facts(raw, place="facts.csv")


def test_nothing_published_is_a_system_without_cells() -> None:
    made = union([])
    assert (made.system.size, made.named, check_union(made, attack=bounds)) == (0, 0, ())


def test_a_single_cell_has_no_equations_and_its_name() -> None:
    alone = published("2023-08", {}, dimension=hierarchy("nationality", [("_T", "")]))
    made = union([alone])
    assert made.system.equations.shape == (0, 1)
    assert made.name_of(0) == alone.name_of(0)
    assert Kind.EXACT.value == "exact"
