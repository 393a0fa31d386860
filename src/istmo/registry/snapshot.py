"""The registry as it is known at an installation at one moment: what every decision reads and stores the version of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from istmo.model.text import Text
from istmo.registry.agreements.record import Agreement
from istmo.registry.parties import KeyRing, Party


@dataclass(frozen=True, slots=True)
class Suspension:
    """A party suspends an agreement from a moment on; it acts on receipt. `lifted_from` ends it, by the same party."""

    agreement: str
    party: str
    since: datetime
    reason: Text
    lifted_from: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.lifted_from is None or now < self.lifted_from)


@dataclass(frozen=True, slots=True)
class Denunciation:
    """A party ends its part in an agreement. `day` is the first on which it is no longer bound, as it says itself; what
    counts is `istmo.registry.agreements.stopping`, which knows the notice that the text asks for."""

    agreement: str
    party: str
    at: datetime
    day: date
    reason: Text


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`agreements` holds only those that every party signed; `digest` (SHA-256, hexadecimal) names the whole snapshot.

    After `expires` nothing about a person is sent until a fresh snapshot arrives; statistics wait in the queue.
    """

    version: int
    digest: str
    parties: Mapping[str, Party]
    keys: KeyRing
    agreements: Mapping[str, Agreement]
    suspensions: tuple[Suspension, ...]
    expires: datetime
    denunciations: tuple[Denunciation, ...] = ()

    def suspended(self, agreement: str, now: datetime) -> Suspension | None:
        """The suspension that holds of an agreement at `now`, the earliest first; None when none does."""
        holding = [one for one in self.suspensions if one.agreement == agreement and one.holds(now)]
        return min(holding, key=lambda one: one.since, default=None)
