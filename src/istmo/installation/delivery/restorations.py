"""What happens between parties when one of them came back from a backup?

It tells every peer (`announce`), by a message that stands in both logs. Each peer raises an alarm and answers with the
account of what the two exchanged since the backup, as it was signed. The party restored takes it into its log and its
lists, so that both logs account for every message, and no conversation waits for one that will not come again. What a
peer's apps want to send once more, they say with `on_restoration`.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from istmo.exchange.log import Restored
from istmo.exchange.manifest import TYP, Kind, Manifest
from istmo.exchange.receipts import TYP as RECEIPT
from istmo.exchange.receipts import Outcome
from istmo.exchange.refusals import Rejected
from istmo.exchange.restoration import (
    MOST,
    Account,
    Exchanged,
    Verified,
    believe,
    read_account,
    read_notice,
    write_account,
)
from istmo.exchange.statements import read_unverified
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.handling import Arrived, register
from istmo.installation.delivery.models import LOST, HeldReceipt, Inbound, Outbound
from istmo.installation.delivery.outbox import post
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.delivery.states import DeliveryState
from istmo.installation.evidence.models import Leaf, PendingLeaf, promise_leaf
from istmo.installation.evidence.restored import restoration
from istmo.installation.evidence.witnessing import tell_of
from istmo.model.errors import InvalidInput

MARGIN = timedelta(minutes=10)
"""Before the backup: clocks differ, and what was under way then may be in neither."""

Resend = Callable[[str, datetime, datetime], object]
"""Sends once more what a party lost: the party, from when on, now; in the transaction that handles its notice."""

_LOG = logging.getLogger(__name__)
_resending: list[Resend] = []


def register_restorations() -> None:
    register(Kind.RESTORATION, _restored)
    register(Kind.RESTORATION_ANSWER, _told)


def on_restoration(act: Resend) -> None:
    """An app that wants to send something once more says so when it is ready."""
    _resending.append(act)


def announce(point: AccessPoint, *, now: datetime) -> int:
    """Tell every peer that was not told yet; the number told now. One to whom nothing may go is asked again later."""
    last = restoration()
    if last is None:
        return 0
    ours = Outbound.objects.filter(kind=Kind.RESTORATION.value, created_at__gte=last.at)
    told = set(ours.values_list("recipient", flat=True))
    done = 0
    for peer in sorted(set(point.addresses()) - told - {point.party}):
        try:
            with transaction.atomic():
                post(point, kind=Kind.RESTORATION, recipient=peer, payload=last.text.encode("ascii"), at=now)
        except InvalidInput:
            _LOG.warning("%s cannot be told of the restoration yet", peer)
        else:
            done += 1
    return done


def _restored(arrived: Arrived) -> None:
    """A peer came back from a backup: an alarm, the account of what it lost, and what our apps send once more."""
    notice = arrived.message
    party, claim = read_notice(
        arrived.payload.decode("ascii", errors="replace"), keys=arrived.point.registry().keys, now=notice.created_at
    )
    if party != notice.sender:
        raise ValueError("a notice of another party")
    tell_of(party, claim, now=arrived.at)
    exchanged = _exchanged_with(party, claim)
    while some := list(islice(exchanged, MOST)):
        post(
            arrived.point,
            kind=Kind.RESTORATION_ANSWER,
            recipient=party,
            payload=write_account(Account(claim.at, some)),
            at=arrived.at,
            conversation=notice.conversation,
            in_reply_to=notice.message_id,
        )
    for act in _resending:
        act(party, claim.backup_at - MARGIN, arrived.at)


def _exchanged_with(party: str, claim: Restored) -> Iterator[Exchanged]:
    """What came from a party and what went to it since its backup, each with the recipient's receipt."""
    since = claim.backup_at - MARGIN
    came = Inbound.objects.filter(sender=party, received_at__gte=since).order_by("id")
    for row in came.iterator(chunk_size=MOST):
        text = _text(row.message_id, row.manifest_digest)
        if text:
            yield Exchanged(text, row.receipt)
    went = HeldReceipt.objects.filter(message__recipient=party, held_at__gte=since)
    for held in went.select_related("message").defer("message__payload", "message__envelope").order_by("id"):
        digest = read_unverified(held.text, typ=RECEIPT)[1]["manifest_digest"]
        text = _text(str(held.message.message_id), digest)
        if text:
            yield Exchanged(text, held.text)


def _text(message_id: str, digest: str) -> str:
    """The manifest of that digest as it was signed; "" where the log does not hold it."""
    texts = [
        *PendingLeaf.objects.filter(message_id=message_id).values_list("text", flat=True),
        *Leaf.objects.filter(message_id=message_id).values_list("text", flat=True),
    ]
    return next((text for text in texts if read_unverified(text, typ=TYP)[0].digest == digest), "")


def _told(arrived: Arrived) -> None:
    """Take what a peer tells us that we have lost; what is here already, or that we cannot verify, changes nothing."""
    account, last, peer = read_account(arrived.payload), restoration(), arrived.message.sender
    if last is None or account.restored_at != last.at:
        return
    keys, between = arrived.point.registry().keys, frozenset({arrived.point.party, peer})
    taken = unbelieved = 0
    for one in account.exchanged:
        try:
            found = believe(one, between=between, keys=keys)
        except Rejected:
            unbelieved += 1
        else:
            taken += _take(found, one, arrived)
    if unbelieved:
        _LOG.warning("%d messages of an account cannot be verified", unbelieved)
    record(
        EventKind.EXCHANGE_RECOUNTED,
        at=arrived.at,
        object_type="party",
        object_id=peer,
        counts={"messages": taken, "unverified": unbelieved},
    )


def _take(found: Verified, one: Exchanged, arrived: Arrived) -> bool:
    """Whether the log did not hold it."""
    manifest = found.manifest
    held = any(
        one.manifest in kept.objects.filter(message_id=manifest.message_id).values_list("text", flat=True)
        for kept in (PendingLeaf, Leaf)
    )
    if not held:
        promise_leaf(manifest.message_id, one.manifest, at=arrived.at)
    if manifest.sender == arrived.point.party:
        _sent_by_us(found, one, arrived)
    else:
        _came_to_us(found, one)
    return not held


def _came_to_us(found: Verified, one: Exchanged) -> None:
    manifest, receipt = found.manifest, found.receipt
    if Inbound.objects.filter(sender=manifest.sender, message_id=manifest.message_id).exists():
        return
    Inbound.objects.create(
        sender=manifest.sender,
        message_id=manifest.message_id,
        manifest_digest=found.manifest_digest,
        kind=manifest.kind.value,
        conversation=manifest.conversation,
        sequence=manifest.sequence,
        in_reply_to=manifest.in_reply_to or "",
        agreement=manifest.agreement,
        agreement_version=manifest.agreement_version,
        created_at=manifest.created,
        received_at=receipt.received_at,
        outcome=receipt.outcome.value if receipt.outcome is Outcome.REFUSED else LOST,
        reason=receipt.reason,
        receipt=one.receipt,
        receipt_kid=found.receipt_kid,
    )


def _sent_by_us(found: Verified, one: Exchanged, arrived: Arrived) -> None:
    """A message of ours that is not here: it was delivered, or refused. One that is here and waits is told so when it
    is sent again.
    """
    manifest, receipt = found.manifest, found.receipt
    place = Outbound.objects.filter(
        recipient=manifest.recipient, conversation=manifest.conversation, sequence=manifest.sequence
    )
    try:
        id_ = UUID(manifest.message_id)
    except ValueError:
        return
    if Outbound.objects.filter(message_id=id_).exists() or place.exists():
        return
    refused = receipt.outcome is Outcome.REFUSED
    message = Outbound.objects.create(
        message_id=id_,
        kind=manifest.kind.value,
        recipient=manifest.recipient,
        conversation=manifest.conversation,
        sequence=manifest.sequence,
        in_reply_to=manifest.in_reply_to or "",
        permit=_permit(manifest),
        draft={},
        manifest_digest=found.manifest_digest,
        state=(DeliveryState.DEAD if refused else DeliveryState.DELIVERED).value,
        reason=receipt.reason,
        attempts=1,
        next_try=manifest.created,
        created_at=manifest.created,
        not_after=manifest.not_after,
        ended_at=receipt.received_at,
    )
    HeldReceipt.objects.create(
        message=message,
        text=one.receipt,
        outcome=receipt.outcome.value,
        reason=receipt.reason,
        received_at=receipt.received_at,
        held_at=arrived.at,
    )


def _permit(manifest: Manifest) -> dict[str, Any] | None:
    if not manifest.agreement:
        return None
    return {
        "agreement": manifest.agreement,
        "agreement_version": manifest.agreement_version,
        "clause": manifest.clause,
        "purpose": manifest.purpose,
        "legal_basis": manifest.legal_basis,
        "registry_version": manifest.registry_version,
        "digest": manifest.permit_digest,
    }
