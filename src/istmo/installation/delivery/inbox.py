"""Take what a peer sent: each envelope for itself, with a status each; what is taken is stored, logged and receipted.

    answers = receive(point, envelopes, now=now)

Stored message, leaf and receipt commit together. The same message again gets its receipt again and nothing else
happens. What cannot be opened gets a code and leaves no trace but a count; what the agreements here do not allow gets a
signed refusal in neutral words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, connection, transaction

from istmo.exchange import receipts
from istmo.exchange.envelope import Opened, check_batch, open_envelope
from istmo.exchange.manifest import check_registry
from istmo.exchange.receipts import Outcome, Receipt
from istmo.exchange.refusals import Code, Rejected
from istmo.installation.delivery.contents import USES, request_of
from istmo.installation.delivery.models import INBOX_CHANNEL, LOST, Content, Inbound
from istmo.installation.delivery.outbox import AFTER
from istmo.installation.delivery.permission import Technical, decided
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.delivery.states import Reason
from istmo.installation.delivery.volume import count
from istmo.installation.evidence.models import promise_leaves
from istmo.model.errors import InvalidInput
from istmo.policy import Permit
from istmo.registry.snapshot import Snapshot

TECHNICAL_KEPT = timedelta(days=30)
"""How long the payload of a technical message is kept."""


class Status(StrEnum):
    """What a peer is told of an envelope. `refused` is final, `retry` is not."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Answer:
    status: Status
    reason: str = ""
    receipt: str = ""


def receive(point: AccessPoint, envelopes: Sequence[str], *, now: datetime) -> list[Answer]:
    """The answer to each envelope, in order. Raises `Rejected` for a batch that is too large."""
    check_batch(envelopes)
    snapshot = point.registry()
    opened = [_opened(point, envelope, snapshot, now) for envelope in envelopes]
    try:
        with transaction.atomic():
            return _take_all(point, opened, snapshot, now)
    except IntegrityError:  # the same message came on two connections at once: one after the other, each for itself
        answers = []
        for one in opened:
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        answers += _take_all(point, [one], snapshot, now)
                except IntegrityError:
                    answers += [Answer(Status.RETRY, Reason.BUSY.value)]
        return answers


def _opened(point: AccessPoint, envelope: str, snapshot: Snapshot, now: datetime) -> Opened | Answer:
    try:
        return open_envelope(envelope, sealing=point.sealing, keys=snapshot.keys, me=point.party, now=now)
    except Rejected as rejected:
        return _told(rejected.code)


def _told(code: Code) -> Answer:
    return Answer(Status.RETRY if code.retryable else Status.REFUSED, code.value)


@dataclass(slots=True)
class _Batch:
    """What a batch adds; written at its end with one statement a table."""

    taken: list[tuple[Inbound, Opened, str, datetime | None]]
    refused: list[tuple[Inbound, Opened]]


def _take_all(point: AccessPoint, opened: Sequence[Opened | Answer], snapshot: Snapshot, now: datetime) -> list[Answer]:
    known = _known([one for one in opened if isinstance(one, Opened)])
    batch = _Batch([], [])
    answers = []
    for one in opened:
        answers.append(one if isinstance(one, Answer) else _take(point, one, snapshot, now, known, batch))
    _write(batch, now)
    return answers


def _take(
    point: AccessPoint,
    opened: Opened,
    snapshot: Snapshot,
    now: datetime,
    known: dict[tuple[str, str], list[Inbound]],
    batch: _Batch,
) -> Answer:
    manifest = opened.manifest
    before = known.setdefault((manifest.sender, manifest.message_id), [])
    accepted = next((one for one in before if one.outcome == Outcome.ACCEPTED.value), None)
    if accepted is not None:
        receipt = _receipt_again(point, accepted, now)
        if accepted.manifest_digest == opened.manifest_digest:
            return Answer(Status.DUPLICATE, receipt=receipt)
        return Answer(Status.REFUSED, Code.REPLAYED.value, receipt)
    try:
        check_registry(manifest, oldest=point.oldest_registry())
    except Rejected as rejected:
        return _told(rejected.code)
    early = _out_of_place(opened, known)
    if early is not None:
        return early
    reason, delete_at = _judged(point, opened, snapshot, now)
    if reason in (Reason.STALE_REGISTRY, Reason.VOLUME):
        return Answer(Status.RETRY, Code.REGISTRY.value if reason is Reason.STALE_REGISTRY else reason.value)
    if reason is not Reason.NONE:
        return _refuse(point, opened, reason, now, before, batch)
    receipt = _issue(point, opened, Outcome.ACCEPTED, "", now)
    row = _row(point, opened, Outcome.ACCEPTED, "", receipt, now)
    before.append(row)
    batch.taken.append((row, opened, receipt, delete_at))
    return Answer(Status.ACCEPTED, receipt=receipt)


def _refuse(
    point: AccessPoint, opened: Opened, reason: Reason, now: datetime, before: list[Inbound], batch: _Batch
) -> Answer:
    """A signed refusal, logged; the same message refused again for the same reason gets the same one."""
    same = next(
        (one for one in before if (one.manifest_digest, one.reason) == (opened.manifest_digest, reason.value)), None
    )
    if same is not None and same.receipt_kid == point.signing.kid:
        return Answer(Status.REFUSED, reason.value, same.receipt)
    receipt = _issue(point, opened, Outcome.REFUSED, reason.value, now)
    row = _row(point, opened, Outcome.REFUSED, reason.value, receipt, now)
    before.append(row)
    batch.refused.append((row, opened))
    return Answer(Status.REFUSED, reason.value, receipt)


def _judged(point: AccessPoint, opened: Opened, snapshot: Snapshot, now: datetime) -> tuple[Reason, datetime | None]:
    """Whether the agreements here allow it, under our own reading of the payload; and when the payload goes."""
    manifest = opened.manifest
    try:
        request = request_of(
            manifest.kind,
            opened.payload,
            sender=manifest.sender,
            recipient=point.party,
            agreement=manifest.agreement,
            purpose=manifest.purpose,
        )
    except InvalidInput:
        return Reason.NOT_AVAILABLE, None
    if manifest.payload_type != USES[manifest.kind].payload_type:
        return Reason.NOT_AVAILABLE, None
    outcome = decided(request, sender=manifest.sender, recipient=point.party, snapshot=snapshot, now=now)
    if isinstance(outcome, Technical):
        return Reason.NONE, now + TECHNICAL_KEPT
    if not isinstance(outcome, Permit):
        behind = snapshot.version < manifest.registry_version
        return (Reason.STALE_REGISTRY if behind else Reason.NOT_AVAILABLE), None
    agreement = snapshot.agreements[outcome.agreement]
    if not count(agreement.id, "in", manifest.sender, agreement.volume_cap, at=now):
        return Reason.VOLUME, None
    return Reason.NONE, now + timedelta(days=agreement.retention_days)


def _out_of_place(opened: Opened, known: dict[tuple[str, str], list[Inbound]]) -> Answer | None:
    """An early message waits for the one before it; a place in a conversation is taken once."""
    manifest = opened.manifest
    after = manifest.extra.get(AFTER, 0)
    if type(after) is not int or not 0 <= after < manifest.sequence:
        return Answer(Status.REFUSED, Code.MALFORMED.value)
    if manifest.conversation == manifest.message_id and manifest.sequence == 1:
        return None  # it opens a conversation
    taken = {
        row.sequence
        for rows in known.values()
        for row in rows
        if (row.sender, row.conversation, row.outcome)
        == (manifest.sender, manifest.conversation, Outcome.ACCEPTED.value)
    }
    stored = Inbound.objects.filter(
        sender=manifest.sender,
        conversation=manifest.conversation,
        outcome__in=(Outcome.ACCEPTED.value, LOST),
        sequence__gte=after,
    ).values_list("sequence", "outcome")
    places = list(stored)
    taken.update(place for place, outcome in places if outcome != LOST)
    if max((*taken, *(place for place, _ in places)), default=0) < after:
        return Answer(Status.RETRY, Reason.EARLY.value)
    if max(taken, default=0) >= manifest.sequence:
        return Answer(Status.REFUSED, Reason.SEQUENCE.value)
    return None


def _known(opened: Sequence[Opened]) -> dict[tuple[str, str], list[Inbound]]:
    """What is here already of these messages."""
    found: dict[tuple[str, str], list[Inbound]] = {}
    rows = Inbound.objects.filter(message_id__in=[one.manifest.message_id for one in opened]).order_by("id")
    for row in rows:
        found.setdefault((row.sender, row.message_id), []).append(row)
    return found


def _issue(point: AccessPoint, opened: Opened, outcome: Outcome, reason: str, now: datetime) -> str:
    return receipts.issue(
        Receipt(
            message_id=opened.manifest.message_id,
            manifest_digest=opened.manifest_digest,
            outcome=outcome,
            reason=reason,
            received_at=now,
            log_id=point.party,
        ),
        signing=point.signing,
    )


def _receipt_again(point: AccessPoint, row: Inbound, now: datetime) -> str:
    """The receipt as it was given; signed anew as that of a duplicate once our key is another."""
    if row.receipt_kid == point.signing.kid:
        return row.receipt
    receipt = Receipt(
        message_id=row.message_id,
        manifest_digest=row.manifest_digest,
        outcome=Outcome.DUPLICATE,
        received_at=now,
        log_id=point.party,
    )
    return receipts.issue(receipt, signing=point.signing)


def _row(point: AccessPoint, opened: Opened, outcome: Outcome, reason: str, receipt: str, now: datetime) -> Inbound:
    manifest = opened.manifest
    return Inbound(
        sender=manifest.sender,
        message_id=manifest.message_id,
        manifest_digest=opened.manifest_digest,
        kind=manifest.kind.value,
        conversation=manifest.conversation,
        sequence=manifest.sequence,
        in_reply_to=manifest.in_reply_to or "",
        agreement=manifest.agreement,
        agreement_version=manifest.agreement_version,
        created_at=manifest.created,
        received_at=now,
        outcome=outcome.value,
        reason=reason,
        receipt=receipt,
        receipt_kid=point.signing.kid,
    )


def _write(batch: _Batch, now: datetime) -> None:
    rows = [row for row, *_ in batch.taken] + [row for row, _ in batch.refused]
    if not rows:
        return
    Inbound.objects.bulk_create(rows)
    Content.objects.bulk_create(
        [
            Content(
                inbound=row,
                payload=opened.payload,
                payload_type=opened.manifest.payload_type,
                delete_at=delete_at,
                next_try=now,
            )
            for row, opened, _, delete_at in batch.taken
        ]
    )
    manifests = [(row, opened) for row, opened, *_ in batch.taken] + list(batch.refused)
    promise_leaves([(row.message_id, opened.manifest_jws) for row, opened in manifests], at=now)
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {INBOX_CHANNEL}")
