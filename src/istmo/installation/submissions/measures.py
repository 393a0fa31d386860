"""What monitoring is told of the files: how many there are in each state, and since when one waits to be read."""

from datetime import datetime

from django.db.models import Count, Min

from istmo.installation.measures import Measure, Reading, register
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.states import SubmissionState


def register_measures() -> None:
    register(
        Measure(
            "istmo_submissions",
            "Files received, by their state.",
            read=_by_state,
            label="state",
            values=tuple(state.value for state in SubmissionState),
        )
    )
    register(
        Measure(
            "istmo_submissions_oldest_waiting_seconds",
            "For how long the oldest file that is not read yet has been waiting.",
            read=_oldest,
        )
    )


def _by_state(at: datetime) -> Reading:
    rows = Submission.objects.order_by().values_list("state").annotate(Count("pk"))
    return {str(state): float(count) for state, count in rows}


def _oldest(at: datetime) -> Reading:
    waiting = Submission.objects.filter(state=SubmissionState.RECEIVED.value)
    first = waiting.aggregate(first=Min("received_at"))["first"]
    return {"": max((at - first).total_seconds(), 0.0) if first else 0.0}
