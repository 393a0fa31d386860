"""Show our log's head to a peer, look at its, and ask for the proofs that its receipts promised.

One round with one peer; whatever is found wrong is an alarm, and nothing stops.
"""

from datetime import datetime, timedelta
from typing import Any

from istmo.exchange import log
from istmo.exchange.refusals import Rejected
from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
from istmo.installation.delivery.client import PeerClient, PeerUnavailable
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.delivery.states import DeliveryState
from istmo.installation.evidence import proving
from istmo.installation.evidence.models import Leaf, PeerInclusion
from istmo.installation.evidence.witnessing import Witnessed, known_head, witness

PROOFS = 100  # leaves asked for at once
BEHIND = (log.Finding.EARLIER, log.Finding.UNPROVED)
PROMISED = timedelta(hours=1)  # after which a promise that was not kept is an alarm


def exchange_heads(point: AccessPoint, peer: str, client: PeerClient, *, now: datetime) -> log.Finding | None:
    """What the peer's head says against the one that we knew; None where its log has none yet.

    Raises `PeerUnavailable`.
    """
    before = known_head(peer)
    since = before.size if before is not None else 0
    try:
        answer = client.head(known_of=point.party, since=since)
    except PeerUnavailable as unavailable:
        if unavailable.reason == "http_404":
            return None
        raise
    finding, known = None, answer.get("known")
    try:
        seen = _witnessed(answer, since, point, now)
        if seen.finding is log.Finding.UNPROVED and seen.since != since:
            answer = client.head(known_of=point.party, since=seen.since)
            seen = _witnessed(answer, seen.since, point, now)
    except (Rejected, ValueError):
        raise_alarm(AlarmKind.PEER_LOG, at=now, party=peer, reason="unreadable")
    else:
        finding = seen.finding
        if seen.party != peer:
            raise_alarm(AlarmKind.PEER_LOG, at=now, party=peer, reason="other_party")
        elif before is not None and finding in BEHIND and known_head(peer) == before:
            # its newest head is not the one that we know: it went back, and does not say that it was restored
            finding = log.Finding.SHRUNK
            raise_alarm(AlarmKind.PEER_LOG, at=now, party=peer, reason=finding.value)
    own = proving.head()
    if own is not None and type(known) is int and 0 <= known < own.size:
        client.post_head(own.text, since=known, proof=proving.consistency(known, own.size))
    return finding


def _witnessed(answer: Any, since: int, point: AccessPoint, now: datetime) -> Witnessed:
    head, proof = _text(answer.get("head")), _path(answer.get("proof"))
    return witness(head, proof=proof, since=since, keys=point.registry().keys, now=now)


def collect_proofs(point: AccessPoint, peer: str, client: PeerClient, *, now: datetime) -> int:
    """Ask for the proofs of inclusion of what was delivered; the number that came and hold."""
    unproved = Outbound.objects.filter(recipient=peer, state=DeliveryState.DELIVERED.value, proved_at__isnull=True)
    waiting = list(unproved.order_by("ended_at", "id").only("message_id", "ended_at")[:PROOFS])
    if not waiting:
        return 0
    texts = dict(
        Leaf.objects.filter(message_id__in=[str(row.message_id) for row in waiting])
        .order_by("index")
        .values_list("message_id", "text")
    )
    leaves = {log.leaf_of(texts[id_]): row for row in waiting if (id_ := str(row.message_id)) in texts}
    if not leaves:
        return 0
    proved = _proved(point, peer, client.proofs(list(leaves)), now)
    PeerInclusion.objects.bulk_create(
        [
            PeerInclusion(
                party=peer,
                message_id=str(leaves[leaf].message_id),
                index=index,
                path=[step.hex() for step in path],
                head=head,
                at=now,
            )
            for leaf, (index, path, head) in proved.items()
            if leaf in leaves
        ],
        ignore_conflicts=True,
    )
    Outbound.objects.filter(pk__in=[row.pk for leaf, row in leaves.items() if leaf in proved]).update(proved_at=now)
    for leaf, row in leaves.items():
        id_ = str(row.message_id)
        if leaf in proved:
            settle(AlarmKind.INCLUSION_MISSING, at=now, party=peer, object_id=id_)
        elif now - row.ended_at > PROMISED:
            raise_alarm(AlarmKind.INCLUSION_MISSING, at=now, party=peer, object_id=id_)
    return len(proved)


def _proved(
    point: AccessPoint, peer: str, answer: Any, now: datetime
) -> dict[bytes, tuple[int, tuple[bytes, ...], str]]:
    """The proofs that hold under a head that is the peer's own."""
    found: dict[bytes, tuple[int, tuple[bytes, ...], str]] = {}
    try:
        text = _text(answer.get("head"))
        head = log.read_head(text, keys=point.registry().keys, now=now)
        entries = answer.get("proofs")
        if head.log_id != peer or not isinstance(entries, list):
            return {}
        for entry in entries[:PROOFS]:
            leaf, index, path = bytes.fromhex(_text(entry["leaf"])), entry["index"], _path(entry["path"])
            if type(index) is int and log.verify_inclusion(leaf, index, head.size, path, head.root):
                found[leaf] = (index, path, text)
    except (Rejected, ValueError, TypeError, KeyError, AttributeError):
        pass
    return found


def _path(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > 2 * log.MAX_PATH:
        raise ValueError("no path")
    return tuple(bytes.fromhex(_text(step)) for step in value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value
