"""Another party suspends or denounces an agreement that binds this one: the program stops at once, and people are told.

    tell_stops("PAN", snapshot, now=now)       # whenever a notice came or the registry was renewed

One alarm for each such party and agreement. That of a suspension is over by itself once it is lifted; one that a person
closed stays closed for the same suspension or denunciation.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from istmo.installation.alarms.models import Alarm, AlarmKind, raise_alarm, settle
from istmo.registry.agreements.stopping import unbound_from
from istmo.registry.moments import written
from istmo.registry.snapshot import Snapshot

_About = tuple[str, str]
"""The party that acted and the id of the agreement."""


def tell_stops(party: str, snapshot: Snapshot, *, now: datetime) -> None:
    """`party` is this installation's own: what it said itself is no alarm."""
    suspended = dict(_suspended(party, snapshot, now))
    for (by, agreement), since in suspended.items():
        _tell(AlarmKind.AGREEMENT_SUSPENDED, by, agreement, written(since), now)
    for (by, agreement), (day, made) in _denounced(party, snapshot).items():
        _tell(AlarmKind.AGREEMENT_DENOUNCED, by, agreement, f"{written(made)}/{day.isoformat()}", now)
    for alarm in Alarm.objects.filter(kind=AlarmKind.AGREEMENT_SUSPENDED.value, closed_at__isnull=True):
        if (alarm.party, alarm.object_id) not in suspended:
            settle(AlarmKind.AGREEMENT_SUSPENDED, at=now, party=alarm.party, object_id=alarm.object_id)


def _suspended(party: str, snapshot: Snapshot, now: datetime) -> Iterator[tuple[_About, datetime]]:
    for one in sorted(snapshot.suspensions, key=lambda one: one.since):
        if one.holds(now) and _concerns(party, snapshot, one.party, one.agreement):
            yield (one.party, one.agreement), one.since


def _denounced(party: str, snapshot: Snapshot) -> Mapping[_About, tuple[date, datetime]]:
    """The day from which each of them is not bound, and when it said so; of several denunciations the first to act."""
    found: dict[_About, list[tuple[date, datetime]]] = {}
    for one in snapshot.denunciations:
        if _concerns(party, snapshot, one.party, one.agreement):
            day = unbound_from(snapshot.agreements[one.agreement], one)
            found.setdefault((one.party, one.agreement), []).append((day, one.at))
    return {about: min(said) for about, said in found.items()}


def _concerns(party: str, snapshot: Snapshot, by: str, agreement: str) -> bool:
    agreed = snapshot.agreements.get(agreement)
    return agreed is not None and by != party and {by, party} <= agreed.party_ids


def _tell(kind: AlarmKind, by: str, agreement: str, reason: str, now: datetime) -> None:
    if not Alarm.objects.filter(kind=kind.value, party=by, object_id=agreement, reason=reason).exists():
        raise_alarm(kind, at=now, party=by, object_id=agreement, reason=reason)
