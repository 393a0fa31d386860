"""What was published once is never published otherwise, and nobody can take a line out of the register."""

import json
from dataclasses import replace

import numpy as np
import pytest

from istmo.model.errors import IntegrityFailure, InvalidInput
from istmo.statistics.disclosure.cube import cube
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.register import (
    START,
    Register,
    append,
    append_lines,
    digest_of,
    read_lines,
    same_cells,
    small_revisions,
    state_in_force,
)
from istmo.statistics.disclosure.spans import span

from .publishing import NATIONALITY, SEX, counted, published

AUGUST = {"CUB": 20, "ECU": 30, "HTI": 100}


def test_the_lines_of_a_register_are_read_back_as_they_were() -> None:
    first = published("2023-07", AUGUST, withheld=("CUB",))
    second = published("2023-08", AUGUST, method=Method.ROUND, spread=5, strict=False)
    lines, register = append_lines(Register(), [first, second])
    read = read_lines(lines)
    assert read.head == register.head == digest_of(lines.splitlines()[-1]) != START
    assert append_lines(Register(), read.entries)[0] == lines
    again = read.entries[0]
    assert (again.population, str(again.span), again.by) == (first.population, "2023-07", first.by)
    assert again.protected.withheld.tolist() == [False, True, False, False]
    assert again.protected.values.tolist() == first.protected.values.tolist()
    assert read_lines(b"").head == START


def test_the_register_says_of_each_cell_what_was_published() -> None:
    cells = list(published("2023-08", AUGUST, withheld=("HTI",), state=2).cells())
    assert [one["value"] for one in cells] == [150, 20, 30, None]
    assert cells[0]["cell"] == "PAN.SNM%2FTRA_IRR|period=2023-08|state=2"
    assert cells[3] == {
        "population": "PAN.SNM/TRA_IRR",
        "cell": "PAN.SNM%2FTRA_IRR|nationality=HTI|period=2023-08|state=2",
        "table": "by-nationality",
        "release": "R-2023-08",
        "rules": "sha256:00",
        "method": "suppress",
        "spread": 0,
        "value": None,
        "at": "2023-09-14T15:00:00+00:00",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[1]],
        lambda lines: [lines[1], lines[0]],
        lambda lines: [lines[0].replace(b"100", b"101"), lines[1]],
        lambda lines: [lines[0], b"{}"],
        lambda lines: [lines[0], b"[1]"],
        lambda lines: [lines[0], b"no JSON"],
        lambda lines: [lines[0].replace(b"istmo-release-register/1", b"istmo-release-register/9")],
        lambda lines: [lines[0].replace(b'"2023-07"', b'"2023-77"')],
        lambda lines: [lines[0].replace(b"150", b"-50")],
        lambda lines: [lines[0].replace(b'"suppress"', b'"guess"')],
        lambda lines: [lines[0].replace(b'["_T","CUB","ECU","HTI"]', b'["_T","ECU","CUB","HTI"]')],
        lambda lines: [lines[0].replace(b"[-1,0,0,0]", b"[-1,-1,0,0]")],
    ],
)
def test_a_line_changed_or_left_out_is_noticed(change: object) -> None:
    lines, _ = append_lines(Register(), [published("2023-07", AUGUST), published("2023-08", AUGUST)])
    changed = change(lines.splitlines())  # type: ignore[operator]
    with pytest.raises(IntegrityFailure) as refused:
        read_lines(b"\n".join(changed), place="register.jsonl")
    assert (refused.value.rule, refused.value.place.partition(",")[0]) == ("F121", "register.jsonl")


def test_the_lines_are_those_of_json_with_the_head_before() -> None:
    lines, _ = append_lines(Register(), [published("2023-07", AUGUST)])
    assert json.loads(lines)["previous"] == START


def test_a_published_cell_is_not_published_with_another_value() -> None:
    register = append(Register(), [published("2023-08", AUGUST)])
    assert len(append(register, [published("2023-08", AUGUST)]).entries) == 2
    assert len(append(register, [published("2023-07", {**AUGUST, "HTI": 7})]).entries) == 2
    with pytest.raises(InvalidInput, match="published with another value in release R-2023-08") as refused:
        append(register, [published("2023-08", {**AUGUST, "HTI": 107})])
    assert refused.value.rule == "F117"
    assert refused.value.place.startswith("PAN.SNM%2FTRA_IRR")


def test_a_cell_in_another_table_is_the_same_cell() -> None:
    register = append(Register(), [published("2023-08", AUGUST)])
    rows = [(("HTI", "F"), 40), (("HTI", "M"), 61), (("CUB", "F"), 20), (("ECU", "M"), 30)]
    other = published("2023-08", cube([NATIONALITY, SEX], rows))
    with pytest.raises(InvalidInput, match="another value"):
        append(register, [other])
    mine, theirs = same_cells(other.protected.dimensions, (NATIONALITY,))
    assert sorted(theirs.tolist()) == [0, 1, 2, 3]
    assert {other.name_of(int(a)) for a in mine} == {register.entries[0].name_of(int(b)) for b in theirs}


def test_a_rounded_value_may_stand_beside_an_exact_one_that_it_allows() -> None:
    register = append(Register(), [published("2023-08", {"CUB": 21, "ECU": 30, "HTI": 99})])
    near = published("2023-08", {"CUB": 20, "ECU": 30, "HTI": 100}, method=Method.ROUND, spread=5)
    register = append(register, [near])
    far = published("2023-08", {"CUB": 35, "ECU": 15, "HTI": 100}, method=Method.ROUND, spread=10)
    with pytest.raises(InvalidInput, match="another value"):
        append(register, [far])
    fresh_noise = published("2023-08", {"CUB": 25, "ECU": 30, "HTI": 95}, method=Method.ROUND, spread=5)
    with pytest.raises(InvalidInput, match="another value"):
        append(register, [fresh_noise])


def test_what_was_withheld_may_be_withheld_or_published_later() -> None:
    register = append(Register(), [published("2023-08", AUGUST, withheld=("CUB", "ECU"))])
    register = append(register, [published("2023-08", AUGUST)])
    assert len(append(register, [published("2023-08", AUGUST, withheld=("CUB", "ECU"))]).entries) == 3


def test_a_declared_revision_has_new_values_and_shows_no_few_people() -> None:
    register = append(Register(), [published("2023-08", AUGUST), published("2023-07", AUGUST)])
    late = {**AUGUST, "HTI": 140}
    revised = append(register, [published("2023-08", late, state=1, revises=True)])
    assert revised.state_of("PAN.SNM/TRA_IRR") == 1
    assert len(append(revised, [published("2023-08", late, state=1, revises=True)]).entries) == 4
    append(revised, [published("2023-07", AUGUST, state=1)])
    with pytest.raises(InvalidInput, match="a few people") as refused:
        append(register, [published("2023-08", {**AUGUST, "HTI": 102}, state=1, revises=True)])
    assert refused.value.rule == "F120"
    hidden = published("2023-08", {**AUGUST, "HTI": 102}, withheld=("_T", "HTI"), state=1, revises=True)
    assert len(append(register, [hidden]).entries) == 3
    rounded = published("2023-08", {**AUGUST, "HTI": 105}, method=Method.ROUND, spread=5, state=1, revises=True)
    assert len(append(register, [rounded]).entries) == 3


def test_a_revision_shows_nothing_that_the_version_before_withheld() -> None:
    """Of 2, 30 and 50 the first total less the 30 that a revision showed would be the 2."""
    few, more = {"CUB": 2, "ECU": 30, "HTI": 50}, {"CUB": 12, "ECU": 30, "HTI": 50}
    register = append(Register(), [published("2023-08", few, withheld=("CUB", "ECU"))])
    with pytest.raises(InvalidInput, match="what the version before withheld") as refused:
        append(register, [published("2023-08", more, state=1, revises=True)])
    assert refused.value.rule == "F120"
    assert "nationality=CUB" in refused.value.place
    hidden = published("2023-08", more, withheld=("CUB", "ECU"), state=1, revises=True)
    nobody = published("2023-08", {**few, "CUB": 0}, withheld=("_T", "ECU"), state=1, revises=True)
    for revised in (hidden, nobody):
        assert len(append(register, [revised]).entries) == 2


@pytest.mark.parametrize(
    ("state", "revises", "over"), [(2, True, "2023-08"), (0, True, "2023-08"), (1, False, "2023-08")]
)
def test_a_revision_out_of_its_turn_is_refused(state: int, revises: bool, over: str) -> None:
    register = append(Register(), [published("2023-08", AUGUST)])
    with pytest.raises(InvalidInput) as refused:
        append(register, [published(over, AUGUST, state=state, revises=revises)])
    assert refused.value.rule == "F120"
    with pytest.raises(InvalidInput, match="not published"):
        append(register, [published("2023-08", AUGUST, population="other", state=1, revises=True)])


def test_which_cells_a_revision_withholds() -> None:
    register = append(
        Register(),
        [
            published("2023-08", AUGUST, withheld=("CUB",)),
            published("2023-08", AUGUST, method=Method.ROUND, spread=5),
            published("2023-08", AUGUST, population="other"),
        ],
    )
    changed = counted({"CUB": 21, "ECU": 34, "HTI": 105})
    mask = small_revisions(register, changed, population="PAN.SNM/TRA_IRR", over=span("2023-08"), threshold=5)
    assert mask.tolist() == [False, False, True, False]
    none = small_revisions(register, changed, population="PAN.SNM/TRA_IRR", over=span("2023-07"), threshold=5)
    assert not np.any(none)


def test_a_state_changes_only_the_months_that_it_revised() -> None:
    revisions = [(1, span("2023-03")), (2, span("2023-08"))]
    assert state_in_force(revisions, span("2023-08"), 1) == 0
    assert state_in_force(revisions, span("2023-Q1"), 2) == 1
    assert state_in_force(revisions, span("2023"), 2) == 2
    assert state_in_force(revisions, span("2023-05"), 2) == 0


def test_what_a_reader_of_the_rules_knows_besides_is_kept() -> None:
    rounded = published("2023-08", {"CUB": 20, "ECU": 30, "HTI": 100}, method=Method.ROUND, spread=5)
    lower, upper = rounded.bounds
    exact_total = replace(rounded, reader=(np.where([True, False, False, False], 150, lower), np.maximum(upper, 150)))
    exact_total = replace(
        exact_total, reader=(exact_total.bounds[0], np.where(exact_total.bounds[0] == 150, 150, upper))
    )
    lines, _ = append_lines(Register(), [exact_total])
    read = read_lines(lines).entries[0]
    assert (read.bounds[0].tolist(), read.bounds[1].tolist()) == ([150, 16, 26, 96], [150, 24, 34, 104])
    assert read.exact.tolist() == [True, False, False, False]
    for wrong in (b'"reader":[[150],[150]]', b'"reader":[[151,16,26,96],[150,24,34,104]]', b'"reader":[[1]]'):
        at = lines.index(b'"reader":')
        changed = lines[:at] + wrong + lines[lines.index(b',"release"') :]
        with pytest.raises(IntegrityFailure):
            read_lines(changed)
