"""Who stops an agreement, for whom, and from which day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from tests.unit.registry.agreements.sample import IDENT, NOW, STAT, agreement, changed, read

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.activation import activate, overlaps
from istmo.registry.agreements.plain import sections
from istmo.registry.agreements.record import StopsFor
from istmo.registry.agreements.states import Status, state, state_in
from istmo.registry.agreements.stopping import denounced_from, earliest, ended_from, is_held, suspended
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.snapshot import Denunciation, Suspension

WHY = Text(es="Cambio de ley", en="Change of law")
DAY = timedelta(days=1)


def denunciation(party: str = "PAN", at: datetime = NOW, day: date = date(2020, 1, 1), of: str = IDENT) -> Denunciation:
    return Denunciation(of, party, at, day, WHY)


def suspension(party: str, of: str = STAT) -> Suspension:
    return Suspension(of, party, NOW, WHY)


def test_a_denunciation_acts_after_the_notice_of_the_text_and_never_on_its_own_day() -> None:
    assert earliest(agreement(), NOW) == date(2026, 7, 1)
    assert earliest(agreement(notice_days=0), NOW) == date(2026, 6, 2)
    assert earliest(agreement(notice_days=1), NOW) == date(2026, 6, 2)
    later = denunciation(day=date(2026, 9, 1))
    assert ended_from(agreement(), [denunciation()]) == date(2026, 7, 1)
    assert ended_from(agreement(), [later]) == date(2026, 9, 1)
    assert ended_from(agreement(), [later, denunciation("HTI")]) == date(2026, 7, 1)


@pytest.mark.parametrize("other", [denunciation("MEX"), denunciation(of="demo:OTHER")])
def test_nobody_but_a_party_ends_it_and_only_what_is_named(other: Denunciation) -> None:
    assert ended_from(agreement(), [other]) is None
    assert denounced_from(agreement(), [other], sender="PAN", recipient="HTI") is None


def test_of_many_one_leaves_and_the_others_go_on_until_nothing_is_left() -> None:
    stat = agreement(STAT)
    assert stat.stops_for is StopsFor.PARTY
    left = [denunciation("HND", of=STAT)]
    assert denounced_from(stat, left, sender="HND", recipient="TS") == date(2026, 8, 30)
    assert denounced_from(stat, left, sender="TS", recipient="HND") == date(2026, 8, 30)
    assert denounced_from(stat, left, sender="PAN", recipient="TS") is None
    assert ended_from(stat, left) is None
    assert ended_from(replace(stat, stops_for=StopsFor.ALL), left) == date(2026, 8, 30)
    everybody = [denunciation(one, of=STAT) for one in stat.party_ids - {"TS"}]
    assert ended_from(stat, everybody) == date(2026, 8, 30)
    assert ended_from(stat, [denunciation("TS", of=STAT)]) == date(2026, 8, 30)


def test_a_suspension_by_one_of_many_holds_up_what_goes_from_it_and_to_it() -> None:
    stat, one = agreement(STAT), [suspension("HND")]
    assert suspended(stat, one, sender="HND", recipient="TS", now=NOW) == one[0]
    assert suspended(stat, one, sender="TS", recipient="HND", now=NOW) == one[0]
    assert suspended(stat, one, sender="PAN", recipient="TS", now=NOW) is None
    assert suspended(stat, one, sender="HND", recipient="TS", now=NOW - DAY) is None
    assert not is_held(stat, one, NOW)
    assert is_held(stat, [suspension("TS")], NOW)
    assert is_held(replace(stat, stops_for=StopsFor.ALL), one, NOW)
    assert not is_held(stat, [], NOW)


def test_the_state_is_that_of_the_whole_and_comes_from_what_parties_said() -> None:
    stat = agreement(STAT)
    known = demonstration_snapshot(NOW)
    for stops_for, suspension_state, denunciation_state in (
        (StopsFor.PARTY, Status.IN_FORCE, Status.IN_FORCE),
        (StopsFor.ALL, Status.SUSPENDED, Status.DENOUNCED),
    ):
        one = replace(stat, stops_for=stops_for)
        held = replace(known, suspensions=(suspension("HND"),))
        assert state_in(held, one, NOW) is suspension_state
        ended = replace(known, denunciations=(denunciation("HND", at=NOW - 200 * DAY, of=STAT),))
        assert state_in(ended, one, NOW) is denunciation_state
    assert state(stat, now=NOW, signatures=stat.party_ids, denounced=date(2026, 6, 1)) is Status.DENOUNCED


def test_what_was_denounced_leaves_room_for_a_new_text_under_a_new_id() -> None:
    old, day = agreement(), date(2026, 7, 1)
    new = agreement(id="demo:NEW", signed_on=date(2026, 6, 20), in_force=day)
    ended = (denunciation(),)
    assert overlaps([old, new])
    assert overlaps([old, new], ended) == ()
    assert overlaps([old, replace(new, in_force=day - DAY)], ended)
    assert overlaps([old, new], (denunciation("MEX"),))
    assert set(activate([old, new], ended).active) == {old.id, new.id}
    assert set(activate([old, new]).active) == {old.id}


def test_the_keys_of_the_text_are_read_and_said_in_words() -> None:
    made = read({**changed("notice_days", "90"), "stops_for": "party"})
    assert (made.notice_days, made.stops_for) == (90, StopsFor.PARTY)
    plain = read(changed("notice_days", None))
    assert (plain.notice_days, plain.stops_for) == (0, StopsFor.ALL)
    said, shortly = ({line.en for part in sections(one) for line in part.lines} for one in (made, plain))
    assert "a party may denounce it with 90 days of notice" in said
    assert "a party may denounce it from the day after its notice" in shortly
    assert "what one party suspends or denounces stops for all" in shortly
    assert "what one party suspends or denounces stops only from it and to it; the others go on" in said


@pytest.mark.parametrize(
    "content", [changed("notice_days", "1826"), changed("notice_days", "-1"), changed("stops_for", "x")]
)
def test_a_notice_without_end_and_another_word_are_refused(content: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert refused.value.rule == "F72"
