"""What does a payload hold? Its categories and fields are read off the payload itself, never taken from a claim.

A field that the agreement does not list thus refuses the whole message before it is sealed, and once more where it is
received.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from istmo.exchange import restoration, trial
from istmo.exchange.manifest import Kind
from istmo.exchange.submission import ANSWER_TYPE, HEAD, PAYLOAD_TYPE
from istmo.model.errors import InvalidInput
from istmo.model.observations import COLUMNS
from istmo.model.text import Text
from istmo.registry.agreements.record import AGGREGATES, Direction

JSON = "application/json"
_BESIDES = frozenset({"format", "profile_hash", "parameters", "source_name", "counts", "rows", "columns"})
"""What a submission says of itself beside the columns of an observation."""


@dataclass(frozen=True, slots=True)
class Use:
    """How a kind of message is used; `direction` is None for a technical kind, which carries no data.

    `read` raises `InvalidInput` for a payload that the kind does not have.
    """

    payload_type: str
    direction: Direction | None
    read: Callable[[bytes], object] = lambda payload: None


USES: Mapping[Kind, Use] = MappingProxyType(
    {
        Kind.SUBMISSION: Use(PAYLOAD_TYPE, Direction.PUSH),
        Kind.SUBMISSION_ANSWER: Use(ANSWER_TYPE, Direction.ANSWER),
        Kind.TEST: Use(JSON, None),
        Kind.SUSPENSION: Use(JSON, None),
        Kind.DENUNCIATION: Use(JSON, None),
        Kind.HEAD: Use(JSON, None),
        Kind.TRIAL_QUESTION: Use(trial.QUESTION_TYPE, None, trial.read_question),
        Kind.TRIAL_ANSWER: Use(trial.ANSWER_TYPE, None, trial.read_answer),
        Kind.RESTORATION: Use(restoration.NOTICE_TYPE, None),
        Kind.RESTORATION_ANSWER: Use(restoration.ACCOUNT_TYPE, None, restoration.read_account),
    }
)


def request_of(
    kind: Kind, payload: bytes, *, sender: str, recipient: str, agreement: str, purpose: str
) -> dict[str, Any] | None:
    """What has to be decided on before such a message may leave or be taken; None for a technical kind.

    Raises `InvalidInput` for a payload that the kind does not have.
    """
    use = USES[kind]
    use.read(payload)
    if use.direction is None:
        return None
    return {
        "sender": sender,
        "recipient": recipient,
        "direction": use.direction.value,
        "purpose": purpose,
        "categories": [AGGREGATES],
        "fields": list(fields_of(kind, payload)),
        "agreement": agreement,
        "subject": None,
    }


def fields_of(kind: Kind, payload: bytes) -> tuple[str, ...]:
    """The fields that a payload holds; an answer to a submission may quote any cell of it."""
    if kind is Kind.SUBMISSION_ANSWER:
        return tuple(COLUMNS)
    try:
        document = json.loads(payload)
        columns = document["columns"]
        named = {name for name in HEAD if name.lower() in document} | set(columns)
        unknown = set(document) - _BESIDES - {name.lower() for name in HEAD}
    except (ValueError, RecursionError, TypeError, KeyError):
        raise InvalidInput(
            Text(es="El contenido de un envío no se puede leer.", en="The payload of a submission cannot be read."),
            rule="F85",
        ) from None
    return tuple(sorted(named | unknown))
