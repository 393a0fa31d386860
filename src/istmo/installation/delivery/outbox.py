"""Post a message: it is decided on, sealed, promised to the log and queued in the caller's transaction, or not at all.

with transaction.atomic():
    held.state = "SENT"
    held.message_id = post(point, kind=Kind.SUBMISSION, recipient="TS", payload=…, agreement=…, purpose="STAT",
                           at=now).message_id
    held.save()
"""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from istmo.exchange.envelope import seal
from istmo.exchange.manifest import NONCE_BYTES, Draft, Kind
from istmo.exchange.refusals import Code
from istmo.exchange.statements import read_moment, written
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.contents import USES, request_of
from istmo.installation.delivery.models import OUTBOX_CHANNEL, Outbound
from istmo.installation.delivery.permission import Technical, permitted
from istmo.installation.delivery.point import AccessPoint, sealing_key
from istmo.installation.delivery.states import MOVES, DeliveryState, Reason
from istmo.installation.delivery.volume import count
from istmo.installation.evidence.models import promise_leaf
from istmo.installation.evidence.restored import first_place
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy import Permit
from istmo.registry.keys import PublicKey
from istmo.registry.snapshot import Snapshot

AFTER = "after"
"""The manifest's field that names the message before it in the conversation, which has to be there first."""


def post(
    point: AccessPoint,
    *,
    kind: Kind,
    recipient: str,
    payload: bytes,
    at: datetime,
    agreement: str = "",
    purpose: str = "",
    conversation: str | None = None,
    in_reply_to: str | None = None,
    leaves_at: datetime | None = None,
) -> Outbound:
    """Queue a message, in the caller's transaction. Raises `NotPermitted`, or `InvalidInput` (volume, no key).

    `leaves_at`: not before that moment, as neutral answers leave in slots; nor does our log grow by it before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a message is posted in the transaction of what it tells")
    snapshot = point.registry()
    request = request_of(kind, payload, sender=point.party, recipient=recipient, agreement=agreement, purpose=purpose)
    permit = permitted(request, sender=point.party, recipient=recipient, snapshot=snapshot, now=at)
    message = Outbound(
        message_id=uuid.uuid4(),
        kind=kind.value,
        recipient=recipient,
        in_reply_to=in_reply_to or "",
        request=request,
        payload=payload,
        nonce=secrets.token_bytes(NONCE_BYTES),
        created_at=at,
        next_try=leaves_at or at,
    )
    message.conversation = conversation or str(message.message_id)
    message.sequence, message.after = (1, 0) if conversation is None else _place(recipient, conversation)
    if isinstance(permit, Permit):
        _count(permit, snapshot, at)
    message.permit = permit_json(permit)
    values = _values(message, permit, snapshot, created=leaves_at or at)
    _seal(message, values, _key(snapshot, recipient, at), point, now=at, not_before=leaves_at)
    message.save(force_insert=True)
    _wake(recipient)
    return message


def refresh(
    message: Outbound, permit: Permit | Technical, snapshot: Snapshot, point: AccessPoint, at: datetime
) -> bool:
    """Seal a message again (same id, payload and nonce) where what it says or is sealed to has changed; not saved.

    False where nothing had to be done.

    The manifest stays the same to the byte while only the version of the registry differs, unless the recipient asked
    for a decision under a newer one; a manifest that differs is promised to the log.
    """
    values = _values(message, permit, snapshot, created=read_moment(message.draft["created"]))
    if message.reason != Code.REGISTRY and _same_decision(message.draft, values):
        values = message.draft
    key = sealing_key(snapshot, message.recipient, at)
    if key is None or (values == message.draft and key.kid == message.sealed_to):
        return False
    _seal(message, values, key, point, now=at)
    message.permit = permit_json(permit)
    return True


def try_again(message_id: uuid.UUID, *, account: Any, at: datetime, point: AccessPoint) -> Outbound:
    """A person lets a message that ended be tried again, under the same id; it is decided on as any other."""
    with transaction.atomic():
        message = Outbound.objects.select_for_update().get(message_id=message_id)
        if DeliveryState.WAITING not in MOVES[message.delivery_state]:
            raise InvalidInput(
                Text(es="El mensaje no ha terminado sin entregarse.", en="The message has not ended undelivered."),
                rule="F51",
            )
        if message.payload is None:
            raise InvalidInput(
                Text(es="El contenido del mensaje ya se eliminó.", en="The content of the message was deleted."),
                advice=Text(es="Envíelo como mensaje nuevo.", en="Send it as a new message."),
                rule="F51",
            )
        snapshot = point.registry()
        permit = permitted(message.request, sender=point.party, recipient=message.recipient, snapshot=snapshot, now=at)
        if message.not_after <= at:
            values = _values(message, permit, snapshot, created=at)
            _seal(message, values, _key(snapshot, message.recipient, at), point, now=at)
            message.permit = permit_json(permit)
        message.state, message.reason, message.ended_at = DeliveryState.WAITING.value, Reason.NONE.value, None
        message.attempts, message.next_try = 0, at
        message.save()
        record(
            EventKind.MESSAGE_RETRIED, at=at, account=account, object_type="message", object_id=str(message.message_id)
        )
        _wake(message.recipient)
    return message


def permit_json(permit: Permit | Technical) -> dict[str, Any] | None:
    if isinstance(permit, Technical):
        return None
    return {
        "agreement": permit.agreement,
        "agreement_version": permit.agreement_version,
        "clause": permit.clause,
        "purpose": permit.purpose,
        "legal_basis": _line(permit.legal_basis),
        "registry_version": permit.registry_version,
        "digest": permit.digest,
    }


def _key(snapshot: Snapshot, party: str, now: datetime) -> PublicKey:
    key = sealing_key(snapshot, party, now)
    if key is None:
        raise InvalidInput(Reason.NO_KEY.text, place=party, rule="F87")
    return key


def _values(message: Outbound, permit: Permit | Technical, snapshot: Snapshot, *, created: datetime) -> dict[str, Any]:
    """What the manifest says besides what the message is."""
    named = permit_json(permit) or {}
    return {
        "created": written(created),
        "agreement": named.get("agreement", ""),
        "agreement_version": named.get("agreement_version", 0),
        "clause": named.get("clause", ""),
        "purpose": named.get("purpose", ""),
        "legal_basis": named.get("legal_basis", ""),
        "permit_digest": named.get("digest", ""),
        "registry_version": named.get("registry_version", snapshot.version),
        "after": message.after,
    }


def _seal(
    message: Outbound,
    values: dict[str, Any],
    key: PublicKey,
    point: AccessPoint,
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    sealed = seal(
        _draft(message, values, point),
        bytes(message.payload or b""),
        nonce=bytes(message.nonce or b""),
        signing=point.signing,
        recipient=key,
    )
    if sealed.manifest_digest != message.manifest_digest:
        promise_leaf(str(message.message_id), sealed.manifest_jws, at=now, not_before=not_before)
    message.draft = values
    message.envelope, message.sealed_to = sealed.envelope, key.kid
    message.manifest_digest, message.not_after = sealed.manifest_digest, sealed.manifest.not_after


def _same_decision(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether only the version of the registry differs: the signed manifest then still says what is true."""
    unlike = {name for name in now if before.get(name) != now[name]}
    return unlike <= {"registry_version", "permit_digest"}


def _draft(message: Outbound, values: Mapping[str, Any], point: AccessPoint) -> Draft:
    kind = Kind(message.kind)
    return Draft(
        message_id=str(message.message_id),
        conversation=message.conversation,
        sequence=message.sequence,
        kind=kind,
        sender=point.party,
        recipient=message.recipient,
        created=read_moment(values["created"]),
        payload_type=USES[kind].payload_type,
        agreement=values["agreement"],
        agreement_version=values["agreement_version"],
        clause=values["clause"],
        purpose=values["purpose"],
        legal_basis=values["legal_basis"],
        permit_digest=values["permit_digest"],
        registry_version=values["registry_version"],
        in_reply_to=message.in_reply_to or None,
        extra={AFTER: values["after"]} if values["after"] else {},
    )


def _place(recipient: str, conversation: str) -> tuple[int, int]:
    """The next place in our half of a conversation, and that of the message before it that did not end.

    After a restoration places begin anew, above all those that may have been given since the backup.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"istmo conversation {recipient} {conversation}"])
    ours = Outbound.objects.filter(recipient=recipient, conversation=conversation).order_by("-sequence")
    last = ours.values_list("sequence", flat=True).first() or 0
    before = ours.exclude(state=DeliveryState.DEAD.value).values_list("sequence", flat=True).first() or 0
    return max(last, first_place()) + 1, before


def _count(permit: Permit, snapshot: Snapshot, at: datetime) -> None:
    cap = snapshot.agreements[permit.agreement].volume_cap
    if not count(permit.agreement, "out", permit.recipient, cap, at=at):
        raise InvalidInput(
            Reason.VOLUME.text,
            place=permit.agreement,
            advice=Text(
                es=f"El tope es de {cap.count} mensajes por {'día' if cap.per == 'day' else 'mes'}.",
                en=f"The cap is {cap.count} messages a {cap.per.value}.",
            ),
            rule="F87",
        )


def _line(text: Any) -> str:
    return text.es if isinstance(text, Text) else str(text or "")


def _wake(recipient: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [OUTBOX_CHANNEL, recipient])
