"""How often did this installation exchange data with each party in a year? Counts for the public, few ones withheld.

Of a pair of parties and a year with fewer than ten exchanges nothing is told but that: the count is not in the value.
A year that is running is told in whole tens, so that nobody learns from two looks at the page what went between them.
There is no total, from which a count that is withheld could be worked out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Min
from django.db.models.functions import ExtractYear

from istmo.exchange.manifest import Kind
from istmo.installation.delivery.models import LOST, Inbound, Outbound
from istmo.installation.delivery.states import DeliveryState
from istmo.registry.agreements.record import Agreement

THRESHOLD = 10
CARRYING_DATA = tuple(kind.value for kind in Kind if kind.is_under_agreement)


class Told(StrEnum):
    """`EXACT` of a year that is over; `AT_LEAST` of the running one; `WITHHELD` where there were fewer than ten."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Yearly:
    """`parties` in alphabetical order; `count` is None where it is withheld."""

    year: int
    parties: tuple[str, str]
    told: Told
    count: int | None


def yearly_counts(agreements: Iterable[Agreement], *, own: str, now: datetime) -> tuple[Yearly, ...]:
    """Of every year since this installation's first message, the newest first: each party that it exchanged data with,
    and each that an agreement in force in that year let it exchange with."""
    first = _first_year()
    if first is None:
        return ()
    counts = _counts()
    allowed = [(one, _peers(one, own)) for one in agreements]
    found = []
    for year in range(now.year, first - 1, -1):
        peers = {peer for counted, peer in counts if counted == year}
        peers |= {peer for one, listed in allowed if one.in_force.year <= year <= one.expires.year for peer in listed}
        found += [_told(year, own, peer, counts.get((year, peer), 0), now) for peer in sorted(peers)]
    return tuple(found)


def _told(year: int, own: str, peer: str, count: int, now: datetime) -> Yearly:
    first, second = sorted((own, peer))
    running = year == now.year
    if 0 < count < THRESHOLD or (running and count < THRESHOLD):
        return Yearly(year, (first, second), Told.WITHHELD, None)
    if running:
        return Yearly(year, (first, second), Told.AT_LEAST, count - count % THRESHOLD)
    return Yearly(year, (first, second), Told.EXACT, count)


def _peers(agreement: Agreement, own: str) -> set[str]:
    ends = [{flow.sender, flow.recipient} for flow in agreement.flows]
    return {peer for pair in ends if own in pair for peer in pair - {own}}


def _counts() -> Mapping[tuple[int, str], int]:
    """What was delivered with a receipt, and what was accepted, by year of either and party."""
    sent = Outbound.objects.filter(state=DeliveryState.DELIVERED.value, kind__in=CARRYING_DATA)
    came = Inbound.objects.filter(outcome__in=("accepted", LOST), kind__in=CARRYING_DATA)
    counts: dict[tuple[int, str], int] = {}
    for rows in (
        sent.order_by().annotate(year=ExtractYear("ended_at")).values_list("year", "recipient").annotate(Count("id")),
        came.order_by().annotate(year=ExtractYear("received_at")).values_list("year", "sender").annotate(Count("id")),
    ):
        for year, peer, count in rows:
            counts[year, peer] = counts.get((year, peer), 0) + count
    return counts


def _first_year() -> int | None:
    moments = (
        Outbound.objects.aggregate(at=Min("created_at"))["at"],
        Inbound.objects.aggregate(at=Min("received_at"))["at"],
    )
    return min((at.year for at in moments if at is not None), default=None)
