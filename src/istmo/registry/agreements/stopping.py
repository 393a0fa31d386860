"""Who has stopped an agreement, for whom and from when? A suspension acts at its moment, a denunciation from its day.

What one party says stops the agreement for all, unless the text says `stops_for: party`: then it stops only what goes
from that party and to it, and the others go on. Who is no party stops nothing.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from istmo.registry.agreements.record import Agreement, StopsFor
from istmo.registry.snapshot import Denunciation, Suspension


def reaches(agreement: Agreement, party: str, sender: str, recipient: str) -> bool:
    """Whether what `party` says of the agreement stops what goes from `sender` to `recipient`."""
    return party in agreement.party_ids and (agreement.stops_for is StopsFor.ALL or party in (sender, recipient))


def suspended(
    agreement: Agreement, suspensions: Iterable[Suspension], *, sender: str, recipient: str, now: datetime
) -> Suspension | None:
    """The suspension that holds up what goes from one to the other at `now`, the earliest first."""
    holding = [one for one in suspensions if concerns(agreement, one, sender, recipient) and one.holds(now)]
    return min(holding, key=lambda one: one.since, default=None)


def concerns(agreement: Agreement, one: Suspension | Denunciation, sender: str, recipient: str) -> bool:
    return one.agreement == agreement.id and reaches(agreement, one.party, sender, recipient)


def is_held(agreement: Agreement, suspensions: Iterable[Suspension], now: datetime) -> bool:
    """Whether suspensions stop the whole agreement: nothing goes from anybody to anybody."""
    given = list(suspensions)
    return bool(given) and all(
        suspended(agreement, given, sender=flow.sender, recipient=flow.recipient, now=now) for flow in agreement.flows
    )


def earliest(agreement: Agreement, at: datetime) -> date:
    """The first day from which a denunciation made at `at` may act. Whoever wants to stop before it suspends."""
    return at.date() + timedelta(days=max(agreement.notice_days, 1))


def unbound_from(agreement: Agreement, one: Denunciation) -> date:
    """The first day on which the party is no longer bound: as it says, or when the notice that was agreed is over."""
    return max(one.day, earliest(agreement, one.at))


def denounced_from(
    agreement: Agreement, denunciations: Iterable[Denunciation], *, sender: str, recipient: str
) -> date | None:
    """The first day on which nothing goes from one to the other any more; None while nobody denounced it for them."""
    days = [unbound_from(agreement, one) for one in denunciations if concerns(agreement, one, sender, recipient)]
    return min(days, default=None)


def ended_from(agreement: Agreement, denunciations: Iterable[Denunciation]) -> date | None:
    """The first day on which, by denunciation, nothing is left of the agreement; None for one that goes on."""
    given = list(denunciations)
    days = [denounced_from(agreement, given, sender=flow.sender, recipient=flow.recipient) for flow in agreement.flows]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None
