"""What happens with a message once it is here? Its kind's handler acts in the transaction that marks it as handled.

    register(Kind.SUBMISSION, take_submission)       # an app, when it is ready
    handle_next(point, now=now)                      # the worker; False where nothing waits

A handler that fails changes nothing and is tried again, with an alarm. So it acts once, however often a process dies,
and may `post` an answer with `arrived.point` in the same transaction. Messages of a conversation are handled in order.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from istmo.exchange.manifest import Kind
from istmo.exchange.refusals import Rejected
from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
from istmo.installation.alarms.stops import tell_stops
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.models import Content, Inbound
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.evidence.witnessing import witness

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as its handler gets it: what it says stands in `message`, what it carried in `payload`."""

    message: Inbound
    payload: bytes
    point: AccessPoint
    at: datetime


Handler = Callable[[Arrived], None]
_handlers: dict[Kind, Handler] = {}


def register(kind: Kind, handler: Handler) -> None:
    """The app that acts on a kind says so when it is ready; one app a kind."""
    _handlers[kind] = handler


def handle_next(point: AccessPoint, *, now: datetime) -> bool:
    """Handle the message that has waited longest; False where none is due."""
    try:
        with transaction.atomic():
            content = _due(now)
            if content is None:
                return False
            id_ = content.pk
            message = content.inbound
            _handlers.get(Kind(message.kind), _no_handler)(Arrived(message, bytes(content.payload or b""), point, now))
            Content.objects.filter(pk=id_).update(handled_at=now)
            settle(AlarmKind.NOT_HANDLED, at=now, party=message.sender, object_id=message.message_id)
    except (OperationalError, InterfaceError):  # the database itself
        raise
    except Exception as error:  # whatever went wrong is this message's own: the others are handled all the same
        if not isinstance(error, NoHandler):
            _LOG.exception("message %s could not be handled", id_)
        _put_off(id_, error, point, now)
    return True


class NoHandler(Exception):
    """No app of this installation acts on that kind."""


def _no_handler(arrived: Arrived) -> None:
    raise NoHandler(arrived.message.kind)


def _due(now: datetime) -> Content | None:
    found = list(
        Content.objects.raw(
            "SELECT c.* FROM delivery_content c JOIN delivery_inbound i ON i.id = c.inbound_id"
            " WHERE c.handled_at IS NULL AND c.next_try <= %s"
            " AND NOT EXISTS (SELECT 1 FROM delivery_content d JOIN delivery_inbound j ON j.id = d.inbound_id"
            " WHERE d.handled_at IS NULL AND j.outcome = 'accepted' AND j.sender = i.sender"
            " AND j.conversation = i.conversation AND j.sequence < i.sequence)"
            " ORDER BY c.next_try, c.inbound_id LIMIT 1 FOR UPDATE OF c SKIP LOCKED",
            [now],
        )
    )
    return found[0] if found else None


def _put_off(id_: int, error: Exception, point: AccessPoint, now: datetime) -> None:
    nobody = isinstance(error, NoHandler)
    with transaction.atomic():
        content = Content.objects.select_related("inbound").get(pk=id_)
        content.attempts += 1
        content.next_try = now + (point.backoff.longest if nobody else point.backoff.after(content.attempts, 0.0))
        content.save(update_fields=["attempts", "next_try"])
        raise_alarm(
            AlarmKind.NOT_HANDLED,
            at=now,
            party=content.inbound.sender,
            object_id="" if nobody else content.inbound.message_id,
            reason=content.inbound.kind if nobody else type(error).__name__[:64],
        )


def delete_contents(*, now: datetime, most: int = 500) -> int:
    """Delete what messages carried once its time is over; ids, manifests and receipts stay. The number deleted."""
    with transaction.atomic():
        over = Content.objects.filter(deleted_at__isnull=True, delete_at__lte=now, handled_at__isnull=False)
        ids = list(over.order_by("delete_at").values_list("pk", flat=True)[:most])
        if not ids:
            return 0
        done = Content.objects.filter(pk__in=ids).update(payload=None, deleted_at=now)
        record(EventKind.CONTENT_DELETED, at=now, object_type="inbox", object_id="", counts={"messages": done})
    return done


def _tested(arrived: Arrived) -> None:
    """A test asks for nothing but its receipt."""


def _head_shown(arrived: Arrived) -> None:
    """A signed head that came as a message is witnessed as one that came in an exchange of heads."""
    snapshot = arrived.point.registry()
    try:
        document = json.loads(arrived.payload)
        proof = [bytes.fromhex(step) for step in document.get("proof", [])]
        witness(document["head"], proof=proof, since=int(document.get("since", 0)), keys=snapshot.keys, now=arrived.at)
    except (Rejected, ValueError, TypeError, KeyError, AttributeError):
        _LOG.warning("message %s holds no head", arrived.message.pk)


def _said_alone(arrived: Arrived) -> None:
    """A suspension, its lifting or a denunciation counts from now on, and people are told of it.

    One that its party did not sign is an alarm.
    """
    if arrived.point.keep_notice is None:
        _no_handler(arrived)
    else:
        arrived.point.keep_notice(arrived.payload, arrived.at)
        tell_stops(arrived.point.party, arrived.point.registry(), now=arrived.at)


register(Kind.TEST, _tested)
register(Kind.SUSPENSION, _said_alone)
register(Kind.DENUNCIATION, _said_alone)
register(Kind.HEAD, _head_shown)
