"""A party that suspends or denounces an agreement is told to people at the others, once, until it is over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from istmo.installation.alarms.models import Alarm, AlarmKind, close
from istmo.installation.alarms.stops import tell_stops
from istmo.model.text import Text
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.snapshot import Denunciation, Snapshot, Suspension

IDENT = "demo:PAN-HTI-IDENT"
REASON = Text(es="Prueba", en="Test")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def snapshot() -> Snapshot:
    return demonstration_snapshot(NOW)


def held(snapshot: Snapshot, *suspensions: Suspension) -> Snapshot:
    return replace(snapshot, suspensions=suspensions)


def open_alarms() -> list[tuple[str, str, str, str]]:
    still = Alarm.objects.filter(closed_at__isnull=True).order_by("kind")
    return [(one.kind, one.party, one.object_id, one.reason) for one in still]


def test_a_suspension_is_one_alarm_at_the_other_party_until_it_is_lifted(database: None, snapshot: Snapshot) -> None:
    said = Suspension(IDENT, "HTI", NOW, REASON)
    tell_stops("PAN", held(snapshot, said), now=NOW)
    tell_stops("PAN", held(snapshot, said), now=LATER)
    assert open_alarms() == [("agreement_suspended", "HTI", IDENT, "2026-11-24T12:00:00Z")]
    assert Alarm.objects.get().times == 1
    tell_stops("PAN", held(snapshot, replace(said, lifted_from=LATER)), now=LATER)
    assert open_alarms() == []
    assert Alarm.objects.get().closed_by is None


def test_one_that_a_person_closed_comes_back_only_with_another_suspension(database: None, snapshot: Snapshot) -> None:
    said = Suspension(IDENT, "HTI", NOW, REASON)
    tell_stops("PAN", held(snapshot, said), now=NOW)
    close(Alarm.objects.get(), account=None, at=NOW)
    tell_stops("PAN", held(snapshot, said), now=LATER)
    assert open_alarms() == []
    tell_stops("PAN", held(snapshot, said, replace(said, since=LATER)), now=LATER)
    assert open_alarms() == [("agreement_suspended", "HTI", IDENT, "2026-11-24T13:00:00Z")]


def test_our_own_a_coming_one_and_what_binds_others_are_no_alarm(database: None, snapshot: Snapshot) -> None:
    ours = Suspension(IDENT, "PAN", NOW, REASON)
    coming = Suspension(IDENT, "HTI", LATER, REASON)
    unknown = Suspension("demo:none", "HTI", NOW, REASON)
    stranger = Suspension(IDENT, "MEX", NOW, REASON)
    tell_stops("PAN", held(snapshot, ours, coming, unknown, stranger), now=NOW)
    tell_stops("MEX", held(snapshot, ours), now=NOW)
    assert not Alarm.objects.exists(), "nor one that the next look closed"


def test_a_denunciation_stands_with_the_day_that_counts_until_a_person_closes_it(
    database: None, snapshot: Snapshot
) -> None:
    agreement = replace(snapshot.agreements[IDENT], notice_days=30)
    said = replace(
        snapshot,
        agreements={**snapshot.agreements, IDENT: agreement},
        denunciations=(Denunciation(IDENT, "HTI", NOW, date(2026, 11, 25), REASON),),
    )
    tell_stops("PAN", said, now=NOW)
    tell_stops("HTI", said, now=NOW)
    assert open_alarms() == [("agreement_denounced", "HTI", IDENT, "2026-11-24T12:00:00Z/2026-12-24")]
    close(Alarm.objects.get(kind=AlarmKind.AGREEMENT_DENOUNCED.value), account=None, at=NOW)
    tell_stops("PAN", said, now=LATER)
    assert open_alarms() == []


def test_two_denunciations_of_a_party_are_one_alarm_with_the_day_that_comes_first(
    database: None, snapshot: Snapshot
) -> None:
    late = Denunciation(IDENT, "HTI", NOW, date(2027, 6, 1), REASON)
    soon = Denunciation(IDENT, "HTI", LATER, date(2027, 1, 1), REASON)
    for said in ((late,), (late, soon), (soon, late), (late, soon)):
        tell_stops("PAN", replace(snapshot, denunciations=said), now=LATER)
    assert open_alarms() == [("agreement_denounced", "HTI", IDENT, "2026-11-24T13:00:00Z/2027-01-01")]
    assert Alarm.objects.get().times == 2
