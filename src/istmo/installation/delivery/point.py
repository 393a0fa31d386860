"""Whom does this installation speak for, with which keys, under which registry? The access point, as eDelivery says it.

`istmo.app` makes it of the home and hands it over in Django's settings (`ISTMO_ACCESS_POINT`), so that nothing below
reads a file of keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings

from istmo.installation.delivery.client import PeerClient
from istmo.model.errors import Unavailable
from istmo.model.text import Text
from istmo.registry.keys import PrivateKey, PublicKey, Use
from istmo.registry.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after a failed attempt: doubled each time from `first` up to `longest`, then scattered."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(hours=1)
    peer_longest: timedelta = timedelta(seconds=60)

    def after(self, attempts: int, jitter: float, *, longest: timedelta | None = None) -> timedelta:
        """`jitter` is between 0 and 1 and takes away at most half."""
        grown = self.first * (2 ** min(max(attempts - 1, 0), 20))
        return min(grown, longest or self.longest) * (1 - jitter / 2)


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """`sealing` are the own keys that envelopes may be sealed to, also those being replaced. `registry` gives the
    snapshot as it is now, `oldest_registry` the version under which what arrives must have been decided at least,
    `addresses` where each peer listens (`https://host:port`), `agreement_document` the document that the parties of an
    agreement (id, version) signed.
    """

    party: str
    signing: PrivateKey = field(repr=False)
    sealing: Sequence[PrivateKey] = field(repr=False)
    registry: Callable[[], Snapshot]
    addresses: Callable[[], Mapping[str, str]]
    agreement_document: Callable[[str, int], str | None] = lambda id_, version: None
    connect: Callable[[str], PeerClient] | None = None
    oldest_registry: Callable[[], int] = lambda: 0
    backoff: Backoff = Backoff()
    slot: timedelta = timedelta(seconds=60)
    keep_notice: Callable[[bytes, datetime], object] | None = None
    """Keeps a suspension or denunciation that came as a message, if its party signed it; it counts at once."""


def access_point() -> AccessPoint:
    """The access point of this process; `Unavailable` where the installation takes no part in the exchange."""
    make = getattr(settings, "ISTMO_ACCESS_POINT", None)
    if make is None:
        raise Unavailable(
            Text(
                es="Esta instalación no participa todavía en el intercambio.",
                en="This installation takes no part in the exchange yet.",
            ),
            advice=Text(
                es="Hacen falta sus claves y el registro: vea «istmo doctor».",
                en="It needs its keys and the registry: see “istmo doctor”.",
            ),
            rule="F87",
        )
    made: AccessPoint = make()
    return made


def sealing_key(snapshot: Snapshot, party: str, now: datetime) -> PublicKey | None:
    """The newest key in force that envelopes to `party` are sealed to."""
    good = [
        record
        for record in snapshot.keys.records.values()
        if record.party == party and record.key.use is Use.SEALING and record.is_good(now)
    ]
    newest = max(good, key=lambda record: (record.valid_from, record.key.kid), default=None)
    return newest.key if newest is not None else None


def now() -> datetime:
    """The clock of the processes that deliver."""
    return datetime.now(UTC)
