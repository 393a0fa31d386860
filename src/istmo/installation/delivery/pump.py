"""One pump a peer: take what waits, decide again, send up to 20 envelopes at once, keep the receipts.

    progress = deliver(point, "TS", client, now=now, jitter=random)

The rows are locked while they travel, so a second pump of the same peer takes others, and a killed one leaves them as
they were: they go again under the same message id. Receipts and new states commit together. Of a conversation only the
first message that waits is taken, so order holds whatever the network does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import connection, transaction

from istmo.exchange.envelope import MAX_BATCH, MAX_BATCH_BYTES
from istmo.exchange.manifest import TYP
from istmo.exchange.receipts import Outcome, read_receipt
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import read_unverified
from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
from istmo.installation.delivery.client import PeerUnavailable, Status
from istmo.installation.delivery.models import HeldReceipt, Outbound
from istmo.installation.delivery.outbox import refresh
from istmo.installation.delivery.permission import Technical, decided, waits_for_registry
from istmo.installation.delivery.point import AccessPoint, Backoff, sealing_key
from istmo.installation.delivery.states import MOVES, DeliveryState, Reason, refused_by
from istmo.installation.evidence.models import Leaf, PendingLeaf
from istmo.model.errors import IstmoError
from istmo.policy import Permit, Refusal
from istmo.registry.snapshot import Snapshot

_MARGIN = 64  # of a batch, for the punctuation of each envelope


class Sender(Protocol):
    """Sends envelopes to a peer; raises `PeerUnavailable`."""

    def post_envelopes(self, envelopes: Sequence[str]) -> list[Status]: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What one round did; `unavailable` says why the peer could not be asked, "" when it could or nothing was due."""

    taken: int = 0
    delivered: int = 0
    ended: int = 0
    unavailable: str = ""


def deliver(
    point: AccessPoint,
    peer: str,
    sender: Sender,
    *,
    now: Callable[[], datetime],
    jitter: float,
    most: int = MAX_BATCH,
) -> Progress:
    """One round: at most one POST of `most` envelopes. `jitter` is between 0 and 1, from a source of randomness."""
    with transaction.atomic():
        at = now()
        rows = _due(peer, at, most)
        if not rows:
            return Progress()
        snapshot = point.registry()
        leaving = [row for row in rows if _may_leave(row, snapshot, point, at)]
        batch = _fitting(leaving)
        ended = sum(row.delivery_state is DeliveryState.DEAD for row in rows)
        if not batch:
            _save(rows)
            return Progress(len(rows), ended=ended)
        try:
            statuses = sender.post_envelopes([row.envelope for row in batch])
        except PeerUnavailable as unavailable:
            for row in batch:
                _put_off(row, Reason.UNREACHABLE.value, at, point.backoff, jitter, point.backoff.peer_longest)
            _save(rows)
            raise_alarm(AlarmKind.PEER_UNREACHABLE, at=at, party=peer, reason=unavailable.reason)
            return Progress(len(rows), ended=ended, unavailable=unavailable.reason)
        at = now()
        held: list[HeldReceipt] = []
        for row, status in zip(batch, statuses, strict=True):
            _settle(row, status, snapshot, point, at, jitter, held)
        _save(rows)
        HeldReceipt.objects.bulk_create(held)
        if settle(AlarmKind.PEER_UNREACHABLE, at=at, party=peer):
            _hurry(peer, at)
    delivered = sum(row.delivery_state is DeliveryState.DELIVERED for row in batch)
    return Progress(len(rows), delivered, sum(row.delivery_state is DeliveryState.DEAD for row in rows))


def next_due(peer: str) -> datetime | None:
    """When the next message to a peer is due; None when none waits."""
    waiting = Outbound.objects.filter(recipient=peer, state=DeliveryState.WAITING.value)
    return waiting.order_by("next_try").values_list("next_try", flat=True).first()


def _due(peer: str, at: datetime, most: int) -> list[Outbound]:
    """Without payload and nonce, which are read only where a message is sealed again."""
    names = [field.column for field in Outbound._meta.concrete_fields if field.name not in ("payload", "nonce")]
    return list(
        Outbound.objects.raw(
            f"SELECT {', '.join(names)} FROM delivery_outbound o"  # noqa: S608 - the names are those of the model
            " WHERE recipient = %s AND state = 'WAITING' AND next_try <= %s"
            " AND NOT EXISTS (SELECT 1 FROM delivery_outbound e WHERE e.recipient = o.recipient"
            " AND e.conversation = o.conversation AND e.sequence < o.sequence AND e.state = 'WAITING')"
            " ORDER BY next_try, id LIMIT %s FOR UPDATE SKIP LOCKED",
            [peer, at, most],
        )
    )


def _fitting(rows: Sequence[Outbound]) -> list[Outbound]:
    """As many of the rows, from the first on, as fit in one POST."""
    fitting, size = [], 0
    for row in rows:
        size += len(row.envelope) + _MARGIN
        if size > MAX_BATCH_BYTES:
            break
        fitting.append(row)
    return fitting


def _may_leave(row: Outbound, snapshot: Snapshot, point: AccessPoint, at: datetime) -> bool:
    """Decide again, on the registry of now; a message that may not leave ends or waits, and says why."""
    if row.not_after <= at:
        _end(row, Reason.EXPIRED.value, at)
        return False
    if waits_for_registry(row.request, snapshot=snapshot, now=at):
        row.reason, row.next_try = Reason.STALE_REGISTRY.value, at + point.backoff.peer_longest
        return False
    outcome = decided(row.request, sender=point.party, recipient=row.recipient, snapshot=snapshot, now=at)
    if not isinstance(outcome, Permit | Technical):
        refused = isinstance(outcome, Refusal)
        _end(row, refused_by(outcome.rule, outcome.clause) if refused else Reason.NOT_PERMITTED.value, at)
        return False
    if sealing_key(snapshot, row.recipient, at) is None:
        row.reason, row.next_try = Reason.NO_KEY.value, at + point.backoff.peer_longest
        return False
    try:
        if refresh(row, outcome, snapshot, point, at):
            row.save(update_fields=["draft", "permit", "manifest_digest", "envelope", "sealed_to", "not_after"])
    except IstmoError:
        _end(row, Reason.NOT_PERMITTED.value, at)
        return False
    return True


def _settle(
    row: Outbound,
    status: Status,
    snapshot: Snapshot,
    point: AccessPoint,
    at: datetime,
    jitter: float,
    held: list[HeldReceipt],
) -> None:
    receipt = _receipt(row, status, snapshot, at) if status.receipt else None
    if receipt is not None:
        held.append(receipt)
        if receipt.outcome == Outcome.REFUSED.value:
            _end(row, receipt.reason or Reason.NOT_AVAILABLE.value, at)
        else:
            _delivered(row, at)
    elif status.receipt or status.status in ("accepted", "duplicate"):
        _put_off(row, Reason.BAD_ANSWER.value, at, point.backoff, jitter, point.backoff.longest)
    elif status.status == "refused" and not (status.reason in list(Code) and Code(status.reason).retryable):
        _end(row, status.reason or Reason.BAD_ANSWER.value, at)
    else:
        _put_off(row, status.reason or Reason.BUSY.value, at, point.backoff, jitter, point.backoff.longest)


def _receipt(row: Outbound, status: Status, snapshot: Snapshot, at: datetime) -> HeldReceipt | None:
    """The receipt, if it is the recipient's own and of a manifest that we signed for this message."""
    try:
        receipt = read_receipt(status.receipt, keys=snapshot.keys, now=at)
    except Rejected:
        return None
    if receipt.log_id != row.recipient or receipt.message_id != str(row.message_id):
        return None
    if receipt.manifest_digest != row.manifest_digest and receipt.manifest_digest not in _digests(row):
        return None
    return HeldReceipt(
        message=row,
        text=status.receipt,
        outcome=receipt.outcome.value,
        reason=receipt.reason,
        received_at=receipt.received_at,
        held_at=at,
    )


def _digests(row: Outbound) -> set[str]:
    """The digests of all manifests that were signed for a message: one that was sealed again may have come earlier."""
    id_ = str(row.message_id)
    texts = [
        *PendingLeaf.objects.filter(message_id=id_).values_list("text", flat=True),
        *Leaf.objects.filter(message_id=id_).values_list("text", flat=True),
    ]
    return {read_unverified(text, typ=TYP)[0].digest for text in texts}


def _delivered(row: Outbound, at: datetime) -> None:
    _move(row, DeliveryState.DELIVERED, "", at)
    row.attempts += 1


def _end(row: Outbound, reason: str, at: datetime) -> None:
    _move(row, DeliveryState.DEAD, reason, at)
    raise_alarm(AlarmKind.MESSAGE_ENDED, at=at, party=row.recipient, object_id=str(row.message_id), reason=reason)
    _release_followers(row)


def _move(row: Outbound, state: DeliveryState, reason: str, at: datetime) -> None:
    if state not in MOVES[row.delivery_state]:
        raise RuntimeError(f"{row.state} does not become {state}")
    row.state, row.reason, row.ended_at = state.value, reason, at


def _put_off(row: Outbound, reason: str, at: datetime, backoff: Backoff, jitter: float, longest: timedelta) -> None:
    row.attempts += 1
    row.reason = reason
    row.next_try = at + backoff.after(row.attempts, jitter, longest=longest)


def _release_followers(row: Outbound) -> None:
    """What follows in the conversation names the one before the message that ended; none of it has left yet."""
    later = Outbound.objects.filter(recipient=row.recipient, conversation=row.conversation, after=row.sequence)
    later.exclude(state=DeliveryState.DELIVERED.value).update(after=row.after)


def _save(rows: Sequence[Outbound]) -> None:
    """What proves an exchange needs neither payload nor nonce: both go with the delivery."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE delivery_outbound SET state = %s, reason = %s, attempts = %s, next_try = %s, ended_at = %s"
            " WHERE id = %s",
            [(row.state, row.reason, row.attempts, row.next_try, row.ended_at, row.pk) for row in rows],
        )
        done = [row.pk for row in rows if row.delivery_state is DeliveryState.DELIVERED]
        if done:
            cursor.execute(
                "UPDATE delivery_outbound SET payload = NULL, nonce = NULL, envelope = '' WHERE id = ANY(%s)", [done]
            )


def _hurry(peer: str, at: datetime) -> None:
    """A peer that answers again gets at once what waited for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_outbound SET next_try = %s"
            " WHERE recipient = %s AND state = 'WAITING' AND reason = %s AND next_try > %s",
            [at, peer, Reason.UNREACHABLE.value, at],
        )
