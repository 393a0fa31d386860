"""Each attack of the catalogue on data that it breaks while a defence is switched off, and in vain when it is on."""

import gzip
import zipfile
from functools import partial
from io import BytesIO

import numpy as np
import pytest
from tests.unit.statistics.disclosure.attackers.systems import (
    NATIONALITY,
    POINT,
    border,
    pairs,
    small,
    suppressed,
    system,
    threshold_only,
)

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import insiders, joined, margins, pattern, propagation, traces, vintages
from istmo.statistics.disclosure.cube import Cube, Mask, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.keys import aggregate_keys, pattern_draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, below, exact

SECRET = bytes(range(32))
JUNE = [[3, 9, 20, 8], [7, 6, 9, 12], [30, 8, 9, 40]]
JULY = [[6, 2, 21, 9], [8, 7, 10, 3], [31, 9, 8, 44]]


def protected(made: Cube) -> ProtectedTable:
    return suppressed(made, suppress(made, threshold=5).withheld)


def keyed(made: Cube, base: int = 5) -> ProtectedTable:
    keys = aggregate_keys(SECRET, "HND-IRREG", made)
    return rounded(made, keys, method=Method.ROUND, base=base, secret=SECRET)


def secret(made: Cube) -> Mask:
    return small(made).reshape(-1)


def test_margins_give_away_what_only_the_threshold_withholds() -> None:
    june = border(JUNE)
    assert margins.determined(known(threshold_only(june))).tolist() == secret(june).tolist()
    assert not margins.determined(known(protected(june))).any()


def test_one_sum_found_leads_to_the_next() -> None:
    chain = system([[1, -1, -1, 0], [0, 0, 1, -1]], [9, 4, 0, 0], [9, 4, UNBOUNDED, UNBOUNDED])
    assert margins.determined(chain).tolist() == [False, False, True, True]


def test_propagation_gives_away_what_only_the_threshold_withholds() -> None:
    june = border(JUNE)
    assert exact(propagation.bounds(known(threshold_only(june))), secret(june)).any()
    assert not below(propagation.bounds(known(protected(june))), secret(june), 5).any()


def secret_in(tables: joined.Joined, number: int, made: Cube) -> Mask:
    marked = np.zeros(tables.system.size, dtype=np.bool_)
    marked[tables.cells[number][secret(made)]] = True
    return marked


def flat_points(made: Cube) -> Cube:
    points = flat("point", ["BAJO", "CANAAN", "PASO"], total="PAN")
    return Cube((points, NATIONALITY), made.counts[[POINT.position[code] for code in points.codes]])


def test_subtotals_that_were_not_in_the_protection_give_away_what_a_flat_table_withholds() -> None:
    all_points = border([[3, 9, 20, 8], [30, 28, 29, 22], [7, 6, 9, 12]])
    frames = [("IRREG", all_points.dimensions)]
    subtotals = ProtectedTable(
        (flat("point", ["DARIEN", "REST"], total="PAN"), NATIONALITY),
        Method.SUPPRESS,
        0,
        np.stack([all_points.counts[i] for i in (0, 1, POINT.position["PASO"])]),
        np.array([[False] * 5, [False] * 5, [True] * 5]),
    )
    alone = flat_points(all_points)
    table = protected(alone)
    assert not below(propagation.bounds(known(table)), secret(alone), 5).any()
    both = joined.linked([("IRREG", table), ("IRREG", subtotals)], frames=frames)
    assert exact(propagation.bounds(both.system), secret_in(both, 0, alone)).any()

    together = protected(all_points)
    at = [POINT.position[code] for code in alone.dimensions[0].codes]
    guarded = joined.linked([("IRREG", suppressed(alone, together.withheld[at])), ("IRREG", together)])
    assert not below(propagation.bounds(guarded.system), secret_in(guarded, 1, all_points), 5).any()


def test_two_tables_that_publish_different_counts_of_a_cell_are_refused() -> None:
    with pytest.raises(InvalidInput, match="different values of the same cell"):
        joined.linked([("IRREG", threshold_only(border(JUNE))), ("IRREG", threshold_only(border(JULY)))])


def test_the_year_to_date_gives_away_the_small_cells_of_a_month() -> None:
    june, july = border(JUNE), border(JULY)
    both = border((np.array(JUNE) + np.array(JULY)).tolist())
    months, to_date = [protected(june), protected(july)], [protected(june), threshold_only(both)]
    open_ = joined.year_to_date(months, to_date)
    found = propagation.bounds(open_.system)
    assert exact(found, secret_in(open_, 1, july)).any()
    closed = joined.year_to_date(months, [keyed(june), keyed(both)])
    found = propagation.bounds(closed.system)
    assert not exact(found, secret_in(closed, 0, june) | secret_in(closed, 1, july)).any()


def test_a_neighbour_with_a_lower_threshold_gives_away_what_is_withheld_here() -> None:
    june = border(JUNE)
    lower = joined.neighbour(protected(june), threshold_only(june, 3), tolerance=0)
    assert exact(propagation.bounds(lower.system), secret_in(lower, 0, june)).any()
    same = joined.neighbour(protected(june), protected(june), tolerance=0)
    assert not below(propagation.bounds(same.system), secret_in(same, 0, june), 5).any()
    vague = joined.neighbour(protected(june), threshold_only(june, 3), tolerance=4)
    found = propagation.bounds(vague.system)
    assert not exact(found, secret_in(vague, 0, june)).any()
    assert below(found, secret_in(vague, 0, june), 9).any()


def seen(made: Cube) -> Bounds:
    return propagation.bounds(known(protected(made)))


def test_two_vintages_show_how_many_came_late() -> None:
    june = border(JUNE)
    late = border([[3, 9, 22, 8], [7, 6, 9, 12], [30, 8, 9, 40]])
    shown = vintages.revision(seen(june), seen(late), threshold=5).reshape(june.shape)
    assert shown[POINT.position["BAJO"], NATIONALITY.position["HTI"]]
    assert shown.sum() == 6
    rounds = [propagation.bounds(known(keyed(one))) for one in (june, late)]
    assert not vintages.revision(*rounds, threshold=5).any()
    many = border([[3, 9, 25, 8], [7, 6, 9, 12], [30, 8, 9, 40]])
    assert not vintages.revision(seen(june), seen(many), threshold=5).any()


def test_new_noise_at_each_release_is_averaged_away_and_noise_with_a_key_is_not() -> None:
    june = border(JUNE)
    rng = np.random.default_rng(4)
    fresh = []
    for _ in range(64):
        up = rng.random(june.shape) < june.counts % 5 / 5
        values = (june.counts // 5 + up) * 5
        fresh.append(ProtectedTable(june.dimensions, Method.ROUND, 5, values, np.zeros(june.shape, dtype=np.bool_)))
    average = vintages.averaging(fresh)
    assert (average.moved & (average.guess == june.counts)).sum() > 0.6 * average.moved.sum() > 0
    assert not vintages.averaging([keyed(june)] * 64).moved.any()


def row_of(*counts: int) -> Cube:
    return cube_of_leaves([flat("sex", [f"G{i}" for i in range(len(counts))])], np.array(counts))


def least_guard(made: Cube) -> Mask:
    """A naive program, threshold 3: the small cells, and beside one alone the least other cell, the last of equals."""
    withheld = small(made, 3)
    if withheld.sum() == 1:
        rest = np.where(withheld, UNBOUNDED, made.counts)[1:]
        withheld[np.flatnonzero(rest == rest.min())[-1] + 1] = True
    return withheld


def test_a_pattern_that_only_one_count_explains_gives_it_away() -> None:
    """2 and 3 are withheld, 3 and 9 shown: beside a 1 the guard would have been the other 3, and so if 3 came first."""
    made = row_of(2, 3, 3, 9)
    table = suppressed(made, least_guard(made))
    assert np.flatnonzero(table.withheld).tolist() == [1, 3]
    assert pairs(propagation.bounds(known(table)))[1] == (1, 4)
    told = pattern.minimality(table, [least_guard])
    assert told is not None
    assert pairs(told)[1] == (2, 2)


def test_the_witnessed_pattern_has_several_explanations() -> None:
    made = border([[3, 9, 0, 0], [7, 6, 0, 0], [0, 0, 0, 12]])
    told = pattern.minimality(protected(made), [lambda cube: suppress(cube, threshold=5).withheld])
    assert told is not None
    assert not exact(told, secret(made)).any()


def test_who_knows_the_program_learns_a_count_unless_it_draws_with_a_key() -> None:
    """Of 3 by 4 tables some patterns are explained by one count alone; with a key the reader lacks they are not."""
    without = with_key = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        made = border(chance.poisson(chance.gamma(1, 9, (3, 4))).tolist())
        if not 0 < secret(made).sum() <= 4:
            continue
        plain, keyed = (guarded(made, key) for key in (None, b"k" * 32))
        without += learned(made, plain, [partial(guarded, key=None)])
        with_key += learned(made, keyed, [partial(guarded, key=bytes([n]) * 32) for n in (*b"k", *range(24))])
    assert without > 0
    assert with_key == 0


def guarded(made: Cube, key: bytes | None) -> Mask:
    chance = None if key is None else pattern_draw(key, "", made.dimensions)
    try:
        return suppress(made, threshold=5, chance=chance).withheld
    except InvalidInput:
        return np.ones(made.shape, dtype=np.bool_)


def learned(made: Cube, withheld: Mask, programs: list[pattern.Withhold]) -> int:
    """How many small counts the pattern tells; tables with more than 60 ways to fill them are left out."""
    told = None if withheld.all() else pattern.minimality(suppressed(made, withheld), programs, most=60)
    return 0 if told is None else int(exact(told, secret(made)).sum())


def test_too_many_fillings_are_not_tried_and_a_pattern_that_nothing_explains_says_nothing() -> None:
    made = row_of(2, 3, 3, 9)
    table = suppressed(made, least_guard(made))
    assert pattern.minimality(table, [least_guard], most=2) is None
    nothing = pattern.minimality(table, [lambda cube: np.zeros(cube.shape, dtype=np.bool_)])
    assert nothing is not None
    assert pairs(nothing)[1] == (1, 4)


def test_a_contradictory_system_has_no_filling() -> None:
    assert list(pattern.fillings(system([[1, -1]], [3, 4], [3, 9]))) == []
    assert [one.tolist() for one in pattern.fillings(system([[1, -1, -1]], [2, 0, 0], [2, 9, 9]))] == [
        [2, 0, 2],
        [2, 1, 1],
        [2, 2, 0],
    ]


def test_two_persons_who_tell_each_other_leave_a_third_alone() -> None:
    """Of 3 and 3 in a row of 6 nobody knows more than 1 to 5; two of one cell know that one other is there at least."""
    tight = system([[1, -1, -1]], [6, 1, 1], [6, UNBOUNDED, UNBOUNDED])
    assert pairs(propagation.bounds(tight))[1:] == [(1, 5), (1, 5)]
    told = propagation.bounds(insiders.coalition(tight, [1, 1]))
    assert pairs(told)[1:] == [(2, 5), (1, 4)]
    assert pairs(insiders.others(told, [1, 1]))[1] == (0, 3)
    assert below(told, np.array([False, False, True]), 5).any()
    roomy = system([[1, -1, -1]], [12, 1, 1], [12, UNBOUNDED, UNBOUNDED])
    assert not below(propagation.bounds(insiders.coalition(roomy, [1, 1])), np.array([False, True, True]), 5).any()


def test_two_persons_in_a_published_cell_of_three_know_that_there_is_one_more() -> None:
    june = border(JUNE)
    at = int(np.ravel_multi_index((POINT.position["BAJO"], NATIONALITY.position["CUB"]), june.shape))
    found = propagation.bounds(insiders.coalition(known(threshold_only(june)), [at, at]))
    assert pairs(insiders.others(found, [at, at]))[at] == (1, 1)
    closed = propagation.bounds(insiders.coalition(known(protected(june)), [at, at]))
    assert pairs(insiders.others(closed, [at, at]))[at][1] > 1


def test_a_small_group_of_which_all_are_in_one_cell_is_placed_by_the_zeros_beside_it() -> None:
    """2 Eritrean persons, both at one point; the other points show 0."""
    june = border([[9, 0, 20, 8], [7, 2, 9, 12], [30, 0, 9, 40]])
    open_ = known(threshold_only(june))
    told = insiders.groups(open_, propagation.bounds(open_), threshold=5).reshape(june.shape)
    assert told[POINT.position["CANAAN"], NATIONALITY.position["ERI"]]
    alike = ProtectedTable(
        june.dimensions, Method.ALIKE, 10, june.counts // 10 * 10, np.zeros(june.shape, dtype=np.bool_)
    )
    closed = known(alike)
    assert not insiders.groups(closed, propagation.bounds(closed), threshold=10).any()


def test_a_large_group_in_one_cell_is_no_finding_and_a_total_of_one_part_neither() -> None:
    large = system([[1, -1, -1]], [50, 50, 0], [50, 50, 0])
    assert not insiders.groups(large, propagation.bounds(large), threshold=5).any()
    lone = system([[1, -1]], [2, 2], [2, 2])
    assert not insiders.groups(lone, propagation.bounds(lone), threshold=5).any()


ROWS = {"nationality": ["CUB", "ERI", "HTI", "VEN"], "label": ["Cuba", "Eritrea", "Haití", "Venezuela"]}
WITHHELD = [True, False, True, False]


def test_a_code_or_a_column_that_tells_the_small_cell_from_its_guard_is_a_leak() -> None:
    told = {**ROWS, "value": ["", "7", "", "9"], "CONF_STATUS": ["A", "F", "D", "F"], "NOTE": ["<5", "", "", ""]}
    assert traces.flags(told, WITHHELD, ["nationality"]) == ("CONF_STATUS", "NOTE")
    silent = {**ROWS, "value": ["", "7", "", "9"], "CONF_STATUS": ["C", "F", "C", "F"]}
    assert traces.flags(silent, WITHHELD, ["nationality"]) == ()


def test_numbers_written_in_several_ways_are_a_leak() -> None:
    assert traces.formats(["12", "1,250", "1.250", "5.0", " 7", "007", "0", "", "-3"]) == (1, 2, 3, 4, 5, 8)
    assert traces.formats(["12", "1250", "0-9", ""]) == ()


def packed(name: str, content: bytes, when: tuple[int, int, int, int, int, int] = traces.NO_TIME) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, when), content)
    return held.getvalue()


CORE = '<cp:coreProperties><dc:creator>{}</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">{}</dcterms:created>'


@pytest.mark.parametrize(
    "content",
    [
        packed("table.csv", b"n\n3\n", (2026, 6, 30, 12, 0, 0)),
        packed("docProps/core.xml", CORE.format("", "2026-06-30T12:00:00Z").encode()),
        packed("docProps/core.xml", CORE.format("R. Pineda", "1980-01-01T00:00:00Z").encode()),
        gzip.compress(b"n\n3\n", mtime=1_782_000_000),
        b"%PDF-1.7 /CreationDate (D:20260630120000Z)",
    ],
)
def test_a_time_or_an_author_inside_a_file_is_a_leak(content: bytes) -> None:
    assert traces.metadata({"published": content}, ["published"]) == ("published",)


def test_a_release_of_its_named_files_without_times_leaks_nothing() -> None:
    files = {
        "published.csv": b"nationality,value\nCUB,\n",
        "table.xlsx": packed("docProps/core.xml", CORE.format("", "1980-01-01T00:00:00Z").encode()),
        "published.csv.gz": gzip.compress(b"n\n3\n", mtime=0),
    }
    assert traces.metadata(files, files) == ()
    assert traces.metadata({**files, "counts.tmp": b"3"}, files) == ("counts.tmp",)


def test_what_a_run_leaves_in_the_working_or_temporary_directory_is_a_leak() -> None:
    before = {"table.csv", "rules.yaml"}
    assert traces.left_behind(before, before | {"out", "hierinfo.dat"}, ["out"]) == ("hierinfo.dat",)
    assert traces.left_behind(before, before | {"out"}, ["out"]) == ()
