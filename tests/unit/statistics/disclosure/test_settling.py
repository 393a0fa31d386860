"""A draft that would give something away beside what was published is made again, or not published."""

from datetime import date

import numpy as np
import pytest

from istmo.statistics.disclosure.attackers.propagation import bounds
from istmo.statistics.disclosure.cube import Cube, Mask
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.register import Published, Register, append, small_revisions
from istmo.statistics.disclosure.settling import Settled, Unsafe, settle
from istmo.statistics.disclosure.spans import span
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.system import Bounds, System
from istmo.statistics.disclosure.union import Fact, Mirror, attacked

from .publishing import counted, published

POPULATION = "PAN.SNM/TRA_IRR"
NONE = np.zeros(4, dtype=np.bool_)


def suppressed(over: str, cube: Cube, required: Mask, **more: object) -> Published:
    withheld = suppress(cube, threshold=5, required=required).withheld
    codes = tuple(code for code, hidden in zip(cube.dimensions[0].codes, withheld.tolist(), strict=True) if hidden)
    return published(over, cube, withheld=codes, **more)  # type: ignore[arg-type]


def safe(entries: tuple[Published, ...], settled: Settled, **more: object) -> bool:
    return attacked([*entries, settled.published], attack=bounds, **more)[1] == ()  # type: ignore[arg-type]


def test_a_year_to_date_withholds_what_would_give_a_month_away() -> None:
    months = [counted({"CUB": 30, "ECU": 9, "HTI": 20}), counted({"CUB": 30, "ECU": 2, "HTI": 40})]
    register = append(Register(), [suppressed("2023-01", months[0], NONE), suppressed("2023-02", months[1], NONE)])
    total = counted({"CUB": 60, "ECU": 11, "HTI": 60})
    plain = published("2023-01/2023-02", total)
    assert attacked([*register.entries, plain], attack=bounds)[1] != ()
    settled = settle(
        register.entries, lambda required: suppressed("2023-01/2023-02", total, required), required=NONE, attack=bounds
    )
    assert safe(register.entries, settled)
    assert settled.published.protected.withheld.tolist() == [False, False, True, True] or settled.rounds > 1
    assert settled.standing == ()


def test_a_rounded_year_to_date_withholds_the_cell_that_meets_the_month_in_one_number() -> None:
    first = published("2023-01", {"CUB": 30, "ECU": 8, "HTI": 20})
    second = published("2023-02", {"CUB": 30, "ECU": 1, "HTI": 40}, withheld=("ECU", "HTI"))

    def rounded(required: Mask) -> Published:
        counts = counted({"CUB": 60, "ECU": 5, "HTI": 60})
        hidden = tuple(c for c, h in zip(counts.dimensions[0].codes, required.tolist(), strict=True) if h)
        return published("2023-01/2023-02", counts, withheld=hidden, method=Method.ROUND, spread=5)

    settled = settle([first, second], rounded, required=NONE, attack=bounds)
    assert settled.required.tolist() == [False, False, True, False]
    assert settled.rounds == 2
    with pytest.raises(Unsafe):
        settle([first, second], lambda required: rounded(NONE), required=NONE, attack=bounds)


def test_what_was_found_without_the_draft_does_not_stop_it_and_is_told() -> None:
    printed = published("2023-08", {"CUB": 20, "ECU": 3, "HTI": 30})
    other = published("2023-09", {"CUB": 20, "ECU": 9, "HTI": 30})
    settled = settle([printed], lambda required: other, required=NONE, attack=bounds)
    assert [one.cell for one in settled.standing] == ["PAN.SNM%2FTRA_IRR|nationality=ECU|period=2023-08"]
    assert settle([], lambda required: other, required=NONE, attack=bounds).rounds == 1


def test_a_draft_that_adds_a_finding_to_standing_ones_is_refused() -> None:
    printed = published("2023-08", {"CUB": 20, "ECU": 3, "HTI": 30})
    draft = published("2023-09", {"CUB": 20, "ECU": 4, "HTI": 30})
    with pytest.raises(Unsafe, match="1 protected cells") as refused:
        settle([printed], lambda required: draft, required=NONE, attack=bounds)
    assert refused.value.rule == "F116"
    assert [one.cell for one in refused.value.findings] == ["PAN.SNM%2FTRA_IRR|nationality=ECU|period=2023-09"]


def test_the_rounds_have_an_end() -> None:
    draft = published("2023-09", {"CUB": 20, "ECU": 4, "HTI": 30})
    with pytest.raises(Unsafe):
        settle([], lambda required: draft, required=NONE, attack=bounds, rounds=1)


def test_a_revision_withholds_the_cell_that_changed_by_a_few() -> None:
    register = append(Register(), [published("2023-08", {"CUB": 30, "ECU": 9, "HTI": 20})])
    late = counted({"CUB": 32, "ECU": 9, "HTI": 40})
    small = small_revisions(register, late, population=POPULATION, over=span("2023-08"), threshold=5)
    settled = settle(
        register.entries,
        lambda required: suppressed("2023-08", late, required, state=1, revises=True),
        required=small,
        attack=bounds,
    )
    append(register, [settled.published])
    assert safe(register.entries, settled)
    assert settled.published.protected.withheld.tolist()[1]


def test_a_neighbours_cells_and_facts_count_where_they_are_tied_to_the_draft() -> None:
    counts = counted({"CUB": 3, "ECU": 9, "HTI": 20})
    exits = suppressed("2023-08", counts, NONE, population="PAN/exits")
    hidden = {c for c, h in zip(counts.dimensions[0].codes, exits.protected.withheld.tolist(), strict=True) if h}
    mirrors = Mirror.at(3, "PAN/exits", "CRI/entries", 0)
    facts = (
        Fact("CRI/entries", span("2023-08"), "nationality=HTI", 20, "boletín", date(2023, 9, 1)),
        Fact("CRI/entries", span("2023-07"), "nationality=HTI", 20, "boletín", date(2023, 9, 1)),
        Fact("MEX/entries", span("2023-08"), "nationality=HTI", 20, "boletín", date(2023, 9, 1)),
    )

    def entries(required: Mask) -> Published:
        return suppressed("2023-08", counts, required, population="CRI/entries")

    elsewhere = published("2022-08", {"CUB": 3, "ECU": 9, "HTI": 20}, population="CRI/entries")
    settled = settle([elsewhere, exits], entries, required=NONE, attack=bounds, mirrors=mirrors, facts=facts[1:])
    assert safe((exits,), settled, mirrors=mirrors)
    assert "CUB" in hidden
    with_fact = settle([exits], entries, required=NONE, attack=bounds, mirrors=mirrors, facts=facts)
    assert safe((exits,), with_fact, mirrors=mirrors, facts=facts[:1])


def test_what_the_neighbour_withholds_of_the_same_events_is_withheld_here_first() -> None:
    elsewhere = published("2023-07", {"CUB": 8, "ECU": 9, "HTI": 20}, population="PAN/exits")
    exits = published("2023-08", {"CUB": 3, "ECU": 14, "HTI": 20}, withheld=("CUB", "ECU"), population="PAN/exits")
    mirrors = Mirror.at(3, "PAN/exits", "CRI/entries", 0)

    def entries(required: Mask) -> Published:
        hidden = tuple(c for c, h in zip(exits.protected.dimensions[0].codes, required.tolist(), strict=True) if h)
        return published("2023-08", {"CUB": 3, "ECU": 14, "HTI": 20}, withheld=hidden, population="CRI/entries")

    settled = settle([elsewhere, exits], entries, required=NONE, attack=bounds, mirrors=mirrors)
    assert settled.required.tolist() == [False, True, True, False]
    assert settled.rounds == 2


def test_a_slower_attack_is_made_where_the_first_finds_nothing() -> None:
    first = published("2023-01", {"CUB": 30, "ECU": 8, "HTI": 20})
    second = published("2023-02", {"CUB": 30, "ECU": 1, "HTI": 40}, withheld=("ECU", "HTI"))

    def rounded(required: Mask) -> Published:
        counts = counted({"CUB": 60, "ECU": 5, "HTI": 60})
        hidden = tuple(c for c, h in zip(counts.dimensions[0].codes, required.tolist(), strict=True) if h)
        return published("2023-01/2023-02", counts, withheld=hidden, method=Method.ROUND, spread=5)

    def blind(system: System) -> Bounds:
        return Bounds(system.lower, system.upper)

    assert settle([first, second], rounded, required=NONE, attack=blind).rounds == 1
    settled = settle([first, second], rounded, required=NONE, attack=blind, then=bounds)
    assert settled.required.tolist() == [False, False, True, False]
    assert settled.standing == ()
