"""What do the logs of our peers show over time? Each head that a peer shows is kept with what it says.

A fault is an alarm: two signed heads that cannot both be of one log are the proof, and stay here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from istmo.exchange import log
from istmo.installation.alarms.models import AlarmKind, raise_alarm
from istmo.installation.evidence.models import PeerHead
from istmo.registry.parties import KeyRing

KEPT = (log.Finding.FIRST.value, log.Finding.GROWN.value)


def known_head(party: str) -> PeerHead | None:
    """The largest good head of a peer's log."""
    return PeerHead.objects.filter(party=party, finding__in=KEPT).order_by("-size", "-id").first()


def known_size(party: str) -> int:
    known = known_head(party)
    return known.size if known is not None else 0


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Whose head it was, and what it says against the one that was known."""

    party: str
    finding: log.Finding


def witness(text: str, *, proof: Sequence[bytes], since: int, keys: KeyRing, now: datetime) -> Witnessed:
    """Judge a head against what is known of that log, and keep it; raises `Rejected` for one that is no party's.

    `proof` is the consistency with the log of size `since`; where that is not the size known here, it proves nothing.
    """
    presented = log.read_head(text, keys=keys, now=now)
    party = presented.log_id
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"istmo head {party}"])
        known = known_head(party)
        before = None if known is None else _value(known)
        from_there = before is not None and min(before.size, presented.size) == since
        finding = log.witness(before, presented, proof if from_there else None)
        if finding in (log.Finding.SAME, log.Finding.UNPROVED, log.Finding.EARLIER):
            return Witnessed(party, finding)
        PeerHead.objects.create(
            party=party,
            size=presented.size,
            root=presented.root,
            at=presented.at,
            text=text,
            finding=finding.value,
            seen_at=now,
        )
        if finding.is_fault:
            raise_alarm(AlarmKind.PEER_LOG, at=now, party=party, reason=finding.value)
    return Witnessed(party, finding)


def _value(head: PeerHead) -> log.TreeHead:
    return log.TreeHead(log_id=head.party, size=head.size, root=bytes(head.root), at=head.at)
