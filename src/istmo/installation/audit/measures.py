"""What monitoring is told of the trail: how often somebody failed to sign in of late."""

from datetime import datetime, timedelta

from django.db.models import Count

from istmo.installation.audit.models import Event, EventKind
from istmo.installation.measures import Measure, Reading, register

WITHIN = timedelta(hours=1)
FAILURES = (EventKind.SIGN_IN_FAILED.value, EventKind.FACTOR_FAILED.value)


def register_measures() -> None:
    register(
        Measure(
            "istmo_sign_in_failures",
            "Failed attempts of the last hour to sign in to an account that exists, by what was wrong.",
            read=_failures,
            label="kind",
            values=FAILURES,
        )
    )


def _failures(at: datetime) -> Reading:
    recent = Event.objects.filter(object_type="account", kind__in=FAILURES, at__gt=at - WITHIN, at__lte=at)
    rows = recent.order_by().values_list("kind").annotate(Count("pk"))
    return {str(kind): float(count) for kind, count in rows}
