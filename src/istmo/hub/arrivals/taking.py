"""What the hub does with a submission: it stores the vintage or says why not, and answers in the same commit."""

import json
from datetime import UTC, date, datetime, time

from django.conf import settings

from istmo.exchange.manifest import Kind
from istmo.exchange.submission import write_answer
from istmo.installation.delivery.handling import Arrived
from istmo.installation.delivery.outbox import post
from istmo.installation.submissions.arrival import take_in


def take_submission(arrived: Arrived) -> None:
    """The handler of `Kind.SUBMISSION`."""
    message = arrived.message
    answer = take_in(arrived.payload, sender=message.sender, received_at=_received_at(arrived))
    post(
        arrived.point,
        kind=Kind.SUBMISSION_ANSWER,
        recipient=message.sender,
        payload=write_answer(answer),
        agreement=message.agreement,
        purpose="STAT",
        conversation=message.conversation,
        in_reply_to=message.message_id,
        at=arrived.at,
    )


def _received_at(arrived: Arrived) -> datetime:
    """When the figures arrived. In a demonstration, whose months are past, on the day that names the vintage."""
    if not settings.ISTMO_DEMONSTRATION:
        return arrived.at
    try:
        day = date.fromisoformat(json.loads(arrived.payload)["vintage"][:10])
    except (ValueError, TypeError, KeyError):
        return arrived.at
    return min(arrived.at, datetime.combine(day, time(12), tzinfo=UTC))
