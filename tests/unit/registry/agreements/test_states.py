"""The state of an agreement: each code of the list, what leads to it, and the diagram of the documentation."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.unit.registry.agreements.sample import IDENT, NOW, agreement

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.registry.agreements.states import MOVES, OWNERS, Event, Status, diagram, path, state, state_in
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.snapshot import Suspension

BOTH = ("PAN", "HTI")
WHY = Text(es="Cambio de ley", en="Change of law")


def suspension(since: datetime, party: str = "PAN", lifted: datetime | None = None, of: str = IDENT) -> Suspension:
    return Suspension(of, party, since, WHY, lifted)


def test_the_states_are_the_codes_of_the_list_and_each_has_an_owner_and_a_way_in() -> None:
    assert tuple(Status) == codelist("agreement_status").ids
    assert set(OWNERS) == set(Status)
    assert {*MOVES.values(), Status.DRAFT} == set(Status)
    assert Status.IN_FORCE.label.es == "Vigente"
    assert all(event.label.es != event.label.en for event in Event)


def test_before_anybody_signs() -> None:
    assert state(agreement(), now=NOW, signatures=()) is Status.DRAFT
    assert state(agreement(), now=NOW, signatures=(), proposed=True) is Status.PROPOSED
    assert state(agreement(), now=NOW, signatures=("USA",)) is Status.DRAFT


def test_one_signature_is_not_enough_and_nor_are_all_before_the_day() -> None:
    assert state(agreement(), now=NOW, signatures=("PAN",)) is Status.SIGNED
    start = datetime(2023, 1, 1, tzinfo=UTC)
    assert state(agreement(), now=start - timedelta(seconds=1), signatures=BOTH) is Status.SIGNED
    assert state(agreement(), now=start, signatures=BOTH) is Status.IN_FORCE


def test_the_last_day_is_in_force_and_the_day_after_is_not() -> None:
    end = datetime(2028, 1, 1, tzinfo=UTC)
    assert state(agreement(), now=end - timedelta(seconds=1), signatures=BOTH) is Status.IN_FORCE
    assert state(agreement(), now=end, signatures=BOTH) is Status.EXPIRED
    assert state(agreement(), now=end, signatures=("PAN",)) is Status.EXPIRED
    assert state(agreement(), now=end, signatures=()) is Status.DRAFT


def test_a_suspension_acts_at_its_moment_until_the_last_one_is_lifted() -> None:
    made = [suspension(NOW, lifted=NOW + timedelta(days=2)), suspension(NOW + timedelta(days=1), party="HTI")]
    lifted = [made[0], replace(made[1], lifted_from=NOW + timedelta(days=3))]
    assert state(agreement(), now=NOW - timedelta(seconds=1), signatures=BOTH, suspensions=made) is Status.IN_FORCE
    assert state(agreement(), now=NOW, signatures=BOTH, suspensions=made) is Status.SUSPENDED
    assert state(agreement(), now=NOW + timedelta(days=9), signatures=BOTH, suspensions=made) is Status.SUSPENDED
    assert state(agreement(), now=NOW + timedelta(days=9), signatures=BOTH, suspensions=lifted) is Status.IN_FORCE
    assert [
        step.event for step in path(agreement(), now=NOW + timedelta(days=9), signatures=BOTH, suspensions=lifted)
    ] == [
        Event.PROPOSE,
        Event.SIGN,
        Event.ENTER,
        Event.SUSPEND,
        Event.LIFT,
    ]


def test_a_suspension_before_the_first_day_holds_from_it_unless_it_was_lifted() -> None:
    early = datetime(2022, 12, 5, tzinfo=UTC)
    on = datetime(2023, 1, 1, 8, tzinfo=UTC)
    assert state(agreement(), now=on, signatures=BOTH, suspensions=[suspension(early)]) is Status.SUSPENDED
    gone = suspension(early, lifted=early + timedelta(days=1))
    assert state(agreement(), now=on, signatures=BOTH, suspensions=[gone]) is Status.IN_FORCE


@pytest.mark.parametrize("other", [suspension(NOW, party="USA"), suspension(NOW, of="demo:OTHER")])
def test_nobody_but_a_party_suspends_and_only_what_is_named(other: Suspension) -> None:
    assert state(agreement(), now=NOW, signatures=BOTH, suspensions=[other]) is Status.IN_FORCE


def test_denounced_and_superseded_from_their_day() -> None:
    assert state(agreement(), now=NOW, signatures=BOTH, denounced=NOW.date()) is Status.DENOUNCED
    assert state(agreement(), now=NOW, signatures=BOTH, denounced=date(2026, 6, 2)) is Status.IN_FORCE
    new = agreement(id="demo:NEW", supersedes=IDENT, in_force=date(2026, 6, 1))
    assert state(agreement(), now=NOW, signatures=BOTH, supersessions=[new]) is Status.SUPERSEDED
    assert state(agreement(), now=NOW - timedelta(days=1), signatures=BOTH, supersessions=[new]) is Status.IN_FORCE
    foreign = replace(new, parties=new.parties[:1])
    assert state(agreement(), now=NOW, signatures=BOTH, supersessions=[foreign]) is Status.IN_FORCE


def test_what_ended_does_not_come_back() -> None:
    ended = path(agreement(), now=datetime(2030, 1, 1, tzinfo=UTC), signatures=BOTH, denounced=date(2024, 1, 1))
    assert [step.after for step in ended][-1] is Status.DENOUNCED


def test_the_state_in_a_snapshot() -> None:
    snapshot = demonstration_snapshot(NOW)
    assert state_in(snapshot, snapshot.agreements[IDENT], NOW) is Status.IN_FORCE
    held = replace(snapshot, suspensions=(suspension(NOW),))
    assert state_in(held, held.agreements[IDENT], NOW + timedelta(minutes=1)) is Status.SUSPENDED


def test_the_diagram_has_a_line_for_every_move() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> DRAFT"]
    assert len([line for line in lines if ":" in line]) == len(MOVES)
    assert [line.split()[0] for line in lines if line.endswith("> [*]")] == ["DENOUNCED", "EXPIRED", "SUPERSEDED"]
