"""Neutral answers: nobody learns from the size, the moment or the words of an answer why there is nothing to tell.

Whether nothing is known, the person is protected or the question was not permitted: the answer is one text, so that it
cannot differ; it has one length; and it leaves at the end of a whole slot after the question arrived, however long the
decision took.
"""

import json
from datetime import UTC, datetime, timedelta

from istmo.exchange.envelope import STEP
from istmo.policy import NEUTRAL

SLOT = timedelta(seconds=60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_slot(now: datetime, slot: timedelta = SLOT) -> datetime:
    """The first end of a slot after `now`; slots are counted from 1970 on, the same for all."""
    return _EPOCH + ((now - _EPOCH) // slot + 1) * slot


def departure(arrived: datetime, ready: datetime, *, slot: timedelta = SLOT) -> datetime:
    """When an answer leaves: at the end of the first whole slot after the question arrived.

    One that took longer than that leaves at the next end of a slot, so the time to decide stays hidden but for the
    number of whole slots.
    """
    return max(next_slot(arrived, slot) + slot, next_slot(ready, slot))


def padded(body: bytes, step: int = STEP) -> bytes:
    """A JSON text with blanks up to a multiple of `step` bytes; a reader of JSON takes it as it is."""
    return body + b" " * (-len(body) % step)


def neutral_answer() -> bytes:
    """The payload that says nothing, whatever was asked. It is made of nothing, so it can tell nothing."""
    return padded(json.dumps({"answer": NEUTRAL.as_json()}, ensure_ascii=False, sort_keys=True).encode("utf-8"))
