"""How long do a session, a confirmation and a link last? A session rests after 30 minutes and ends after 12 hours.

A resting session goes on when its owner confirms who they are; what they had just sent is kept until then. One that is
over is gone: sign in again. The durations are those of NIST SP 800-63B for authenticator assurance level 2. Sensitive
acts want a confirmation of the last five minutes.
"""

from datetime import datetime, timedelta
from enum import Enum

IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)
FRESH = timedelta(minutes=5)
# The link of an invitation.
LINK_LASTS = timedelta(days=3)
# The last request is written down at most once in this time, so that reading pages does not write to the database.
NOTED_EVERY = timedelta(minutes=1)


class Standing(Enum):
    """What a session is at a moment."""

    OPEN = "open"
    RESTING = "resting"
    OVER = "over"


def standing(*, started: datetime | None, seen: datetime | None, now: datetime) -> Standing:
    """`started` is when the session was signed in to, `seen` its last request or confirmation; without them: over."""
    if started is None or seen is None or not started <= now < started + LIFETIME:
        return Standing.OVER
    return Standing.OPEN if now < seen + IDLE else Standing.RESTING


def is_fresh(confirmed: datetime | None, *, now: datetime) -> bool:
    """Whether the person has shown who they are recently enough for a sensitive act."""
    return confirmed is not None and now - FRESH < confirmed <= now
