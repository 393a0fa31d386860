"""Access points of the demonstration's parties, and a wire between them that a test can hold. All invented."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from istmo.exchange.manifest import Kind
from istmo.installation.delivery.client import PeerUnavailable, Status
from istmo.installation.delivery.inbox import receive
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.outbox import post
from istmo.installation.delivery.point import AccessPoint, Backoff
from istmo.installation.delivery.pump import Progress, deliver
from istmo.registry.demonstration import demonstration_key, demonstration_snapshot
from istmo.registry.keys import Use
from istmo.registry.snapshot import Snapshot

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AGREEMENT = "demo:RCM-STAT"


@dataclass(slots=True)
class Registry:
    """A registry that a test changes under the feet of the exchange."""

    held: Snapshot = field(default_factory=lambda: demonstration_snapshot(NOW))

    def __call__(self) -> Snapshot:
        return self.held

    def change(self, **values: Any) -> None:
        self.held = replace(self.held, **values)


def point_of(party: str, registry: Callable[[], Snapshot], **changes: Any) -> AccessPoint:
    whole = AccessPoint(
        party=party,
        signing=demonstration_key(party),
        sealing=(demonstration_key(party, Use.SEALING),),
        registry=registry,
        addresses=dict,
        backoff=Backoff(first=timedelta(seconds=1)),
    )
    return replace(whole, **changes)


@dataclass(slots=True)
class Wire:
    """Carries envelopes to a recipient; `lost` counts the answers that it loses, `cut` the requests."""

    recipient: AccessPoint
    now: Callable[[], datetime]
    cut: int = 0
    lost: int = 0
    carried: list[Sequence[str]] = field(default_factory=list)

    def post_envelopes(self, envelopes: Sequence[str]) -> list[Status]:
        self.carried.append(list(envelopes))
        if self.cut:
            self.cut -= 1
            raise PeerUnavailable("unreachable")
        answers = receive(self.recipient, list(envelopes), now=self.now())
        if self.lost:
            self.lost -= 1
            raise PeerUnavailable("timeout")
        return [Status(one.status.value, one.reason, one.receipt) for one in answers]


@dataclass(slots=True)
class Region:
    """PAN and TS in one database, a wire from PAN to TS, and a clock that stands still until it is moved."""

    registry: Registry = field(default_factory=Registry)
    moment: datetime = NOW
    pan: AccessPoint = field(init=False)
    ts: AccessPoint = field(init=False)
    wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        self.pan, self.ts = point_of("PAN", self.registry), point_of("TS", self.registry)
        self.wire = Wire(self.ts, self.now)

    def now(self) -> datetime:
        return self.moment

    def later(self, **time: float) -> None:
        self.moment += timedelta(**time)

    def post(self, payload: bytes = b"{}", *, kind: Kind = Kind.TEST, **rest: Any) -> Outbound:
        with transaction.atomic():
            return post(self.pan, kind=kind, recipient="TS", payload=payload, at=self.moment, **rest)

    def submit(self, payload: bytes, **rest: Any) -> Outbound:
        return self.post(payload, kind=Kind.SUBMISSION, agreement=AGREEMENT, purpose="STAT", **rest)

    def pump(self, **changes: Any) -> Progress:
        return deliver(self.pan, "TS", self.wire, now=self.now, jitter=0.0, **changes)
