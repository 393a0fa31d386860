"""What monitoring is told of the exchange: queues, what waits longest, open alarms, the registry's freshness."""

from datetime import datetime

from django.db.models import Count, Min

from istmo.installation.alarms.models import Alarm, AlarmKind
from istmo.installation.delivery.models import Content, Outbound
from istmo.installation.delivery.point import access_point
from istmo.installation.delivery.states import DeliveryState
from istmo.installation.evidence.models import PendingLeaf
from istmo.installation.measures import Measure, Reading, register
from istmo.model.errors import Unavailable


def register_measures() -> None:
    register(
        Measure(
            "istmo_outbox_messages",
            "Messages of this installation, by their state.",
            read=_outbox,
            label="state",
            values=tuple(state.value for state in DeliveryState),
        )
    )
    register(
        Measure(
            "istmo_outbox_oldest_waiting_seconds",
            "For how long the oldest message that is not delivered yet has been waiting.",
            read=_oldest,
        )
    )
    register(Measure("istmo_inbox_unhandled_messages", "Messages received and not handled yet.", read=_unhandled))
    register(Measure("istmo_log_pending_leaves", "Signed texts that wait for their place in the log.", read=_pending))
    register(
        Measure(
            "istmo_alarms_open",
            "Alarms that nobody has closed, by their kind.",
            read=_alarms,
            label="kind",
            values=tuple(kind.value for kind in AlarmKind),
        )
    )
    register(
        Measure(
            "istmo_registry_expires_timestamp_seconds",
            "Until when the copy of the registry is fresh; absent where there is no exchange.",
            read=_registry,
        )
    )


def _outbox(at: datetime) -> Reading:
    rows = Outbound.objects.order_by().values_list("state").annotate(Count("pk"))
    return {str(state): float(count) for state, count in rows}


def _oldest(at: datetime) -> Reading:
    waiting = Outbound.objects.filter(state=DeliveryState.WAITING.value)
    first = waiting.aggregate(first=Min("created_at"))["first"]
    return {"": max((at - first).total_seconds(), 0.0) if first else 0.0}


def _unhandled(at: datetime) -> Reading:
    return {"": float(Content.objects.filter(handled_at__isnull=True).count())}


def _pending(at: datetime) -> Reading:
    return {"": float(PendingLeaf.objects.count())}


def _alarms(at: datetime) -> Reading:
    rows = Alarm.objects.filter(closed_at__isnull=True).order_by().values_list("kind").annotate(Count("pk"))
    return {str(kind): float(count) for kind, count in rows}


def _registry(at: datetime) -> Reading:
    try:
        point = access_point()
    except Unavailable:
        return {}
    return {"": point.registry().expires.timestamp()}
