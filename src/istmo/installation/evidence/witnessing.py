"""What do the logs of our peers show over time? Each head that a peer shows is kept with what it says.

A fault is an alarm: two signed heads that cannot both be of one log are the proof, and stay here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from istmo.exchange import log
from istmo.exchange.statements import written
from istmo.installation.alarms.models import Alarm, AlarmKind, raise_alarm
from istmo.installation.evidence.models import PeerHead
from istmo.registry.parties import KeyRing

KEPT = (log.Finding.FIRST.value, log.Finding.GROWN.value, log.Finding.RESTORED.value)


def known_head(party: str) -> PeerHead | None:
    """The largest good head of a peer's log, since it was last restored. Those of before are kept as they were."""
    good = PeerHead.objects.filter(party=party, finding__in=KEPT)
    return good.order_by(F("restored_at").desc(nulls_last=True), "-size", "-id").first()


def known_size(party: str) -> int:
    known = known_head(party)
    return known.size if known is not None else 0


def tell_of(party: str, restored: log.Restored, *, now: datetime) -> None:
    """An alarm, once for each restoration; `reason` names the two moments."""
    reason = f"{written(restored.backup_at)}/{written(restored.at)}"
    if not Alarm.objects.filter(kind=AlarmKind.PEER_RESTORED.value, party=party, reason=reason).exists():
        raise_alarm(AlarmKind.PEER_RESTORED, at=now, party=party, reason=reason)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Whose head it was, and what it says against the one that was known. `since` is the size from which a proof has to
    begin to be asked for once more.
    """

    party: str
    finding: log.Finding
    since: int = 0


def witness(text: str, *, proof: Sequence[bytes], since: int, keys: KeyRing, now: datetime) -> Witnessed:
    """Judge a head against what is known of that log, and keep it; raises `Rejected` for one that is no party's.

    `proof` is the consistency with the log of size `since`; where that is not the size that matters, it proves nothing.
    """
    presented = log.read_head(text, keys=keys, now=now)
    party = presented.log_id
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"istmo head {party}"])
        finding, wanted = _found(presented, proof, since)
        if finding in (log.Finding.SAME, log.Finding.UNPROVED, log.Finding.EARLIER):
            return Witnessed(party, finding, wanted)
        PeerHead.objects.create(
            party=party,
            size=presented.size,
            root=presented.root,
            at=presented.at,
            text=text,
            finding=finding.value,
            seen_at=now,
            restored_at=presented.restored.at if presented.restored is not None else None,
        )
        if finding.is_fault:
            raise_alarm(AlarmKind.PEER_LOG, at=now, party=party, reason=finding.value)
        if finding is log.Finding.RESTORED and presented.restored is not None:
            tell_of(party, presented.restored, now=now)
    return Witnessed(party, finding, wanted)


def _found(presented: log.TreeHead, proof: Sequence[bytes], since: int) -> tuple[log.Finding, int]:
    """The finding, and the size from which the proof has to begin: `since`, but where the party was restored."""
    known = known_head(presented.log_id)
    if known is None:
        return log.witness(None, presented), since
    life = presented.restored.at if presented.restored is not None else None
    if life == known.restored_at:
        size = min(known.size, presented.size)
        return log.witness(_value(known), presented, proof if size == since else None), since
    if life is None or (known.restored_at is not None and life < known.restored_at):
        # of a life that has ended: signed before it came back, or there are two that speak with the same keys
        assert known.restored_at is not None
        ended = presented.at <= known.restored_at
        return (log.Finding.EARLIER if ended else log.Finding.FORKED), since
    assert presented.restored is not None
    base = (
        PeerHead.objects.filter(party=presented.log_id, finding__in=KEPT, size__lte=presented.restored.size)
        .filter(Q(restored_at__isnull=True) | Q(restored_at__lt=life))
        .order_by(F("restored_at").desc(nulls_last=True), "-size", "-id")
        .first()
    )
    size = base.size if base is not None else 0
    from_there = proof if base is not None and size == since else None
    return log.witness_restored(_value(base) if base is not None else None, presented, from_there), size


def _value(head: PeerHead) -> log.TreeHead:
    return log.TreeHead(log_id=head.party, size=head.size, root=bytes(head.root), at=head.at)
