"""May a message leave, or be taken? One question, asked when it is posted, before every attempt, and on arrival.

What carries data needs the `Permit` of `istmo.policy.decide`. A technical kind (a test, a suspension, a head) carries
none: it goes between parties that the registry knows as active, and nothing else is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from istmo.installation.delivery.states import with_rule
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy import Permit, Refusal, decide, read_request
from istmo.registry.agreements.record import AGGREGATES
from istmo.registry.snapshot import Snapshot

_UNKNOWN_PARTY = Text(
    es="La otra parte no está en el registro o no participa hoy.",
    en="The other party is not in the registry or takes no part today.",
)
_CHOSEN_DAY = Text(
    es="Lo que se envía se decide para hoy; la solicitud trae un día elegido.",
    en="What is sent is decided on for today; the request carries a chosen day.",
)
_NOT_AVAILABLE = Text(
    es="No disponible: consulte a la persona oficial de protección.",
    en="Not available: ask the protection officer.",
)


@dataclass(frozen=True, slots=True)
class Technical:
    """A message without data between two active parties."""


class NotPermitted(InvalidInput):
    """The message may not leave. `refusal` says why to the officers; the error itself says it to nobody else."""

    def __init__(self, refusal: Refusal | None, message: Text = _NOT_AVAILABLE) -> None:
        super().__init__(message, rule="R46")
        self.refusal = refusal

    @property
    def for_officers(self) -> Text:
        """What whoever may read the trail is told: the reason with its rule and clause."""
        if self.refusal is None:
            return self.message
        return with_rule(self.refusal.reason, self.refusal.rule, self.refusal.clause)


def decided(
    request: Mapping[str, Any] | None, *, sender: str, recipient: str, snapshot: Snapshot, now: datetime
) -> Permit | Technical | Refusal | None:
    """The decision on a message; None is the refusal of a technical one to or from a party that is not active."""
    if request is None:
        active = all(
            (party := snapshot.parties.get(name)) is not None and party.active.holds(now.date())
            for name in (sender, recipient)
        )
        return Technical() if active else None
    read = read_request(request)
    if isinstance(read, Refusal):
        return read
    if read.on is not None:
        return Refusal("F93", _CHOSEN_DAY)
    return decide(read, snapshot=snapshot, now=now)


def waits_for_registry(request: Mapping[str, Any] | None, *, snapshot: Snapshot, now: datetime) -> bool:
    """Whether nothing of this may leave before the registry is fresh again: statistics then stay in the queue."""
    return request is not None and now >= snapshot.expires


def only_aggregates(request: Mapping[str, Any]) -> bool:
    return list(request["categories"]) == [AGGREGATES]


def permitted(
    request: Mapping[str, Any] | None, *, sender: str, recipient: str, snapshot: Snapshot, now: datetime
) -> Permit | Technical:
    """The permit, or `NotPermitted`."""
    outcome = decided(request, sender=sender, recipient=recipient, snapshot=snapshot, now=now)
    if outcome is None:
        raise NotPermitted(None, _UNKNOWN_PARTY)
    if isinstance(outcome, Refusal):
        raise NotPermitted(outcome)
    return outcome
