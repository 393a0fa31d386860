"""This installation's party suspends an agreement, lifts its suspension or denounces it: at home, and told to others.

    notice = suspend_here(point, copy, "demo:RCM-STAT", reason=reason, at=now)   # within a transaction
    denounce_here(point, copy, "demo:RCM-STAT", reason=reason, at=now)           # nothing undoes it

A notice goes to every other party of the agreement as a message of its own, which is retried as any other. The act
stands in the audit trail.
"""

from datetime import date, datetime

from istmo.exchange.manifest import Kind
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.outbox import post
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.registry_copy.copy import RegistryCopy, Said
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.stopping import unbound_from
from istmo.registry.denunciations import SignedDenunciation, denounce
from istmo.registry.notices import check
from istmo.registry.suspensions import Act, Notice, lift, suspend


def suspend_here(point: AccessPoint, copy: RegistryCopy, agreement: str, *, reason: Text, at: datetime) -> Notice:
    """Raises `NotFound` for an agreement that the registry does not hold."""
    agreed(point, agreement)
    made = suspend(agreement, party=point.party, since=at, reason=reason, key=point.signing)
    _acted(point, copy, made, EventKind.AGREEMENT_SUSPENDED, at)
    return made


def lift_here(point: AccessPoint, copy: RegistryCopy, agreement: str, *, reason: Text, at: datetime) -> list[Notice]:
    """Lifts every suspension of this party that still holds; raises `NotFound` where there is none."""
    notices = copy.notices()
    ended = {one.suspension for one in notices if one.act is Act.LIFT and one.party == point.party}
    holding = [
        one
        for one in notices
        if (one.act, one.party, one.agreement) == (Act.SUSPEND, point.party, agreement) and one.digest not in ended
    ]
    if not holding:
        raise NotFound(
            Text(
                es=f"{point.party} no tiene suspendido el acuerdo «{agreement}».",
                en=f"{point.party} has not suspended the agreement “{agreement}”.",
            ),
            advice=Text(
                es="Solo la parte que suspendió levanta la suspensión.",
                en="Only the party that suspended lifts the suspension.",
            ),
            rule="F78",
        )
    made = [lift(one, at=at, reason=reason, key=point.signing) for one in holding]
    for one in made:
        _acted(point, copy, one, EventKind.AGREEMENT_LIFTED, at)
    return made


def denounce_here(
    point: AccessPoint, copy: RegistryCopy, agreement: str, *, reason: Text, at: datetime, day: date | None = None
) -> SignedDenunciation:
    """What `prepared` gives, kept and told to the others; it raises as that does."""
    made = prepared(point, agreement, reason=reason, at=at, day=day)
    _acted(point, copy, made, EventKind.AGREEMENT_DENOUNCED, at)
    return made


def prepared(
    point: AccessPoint, agreement: str, *, reason: Text, at: datetime, day: date | None = None
) -> SignedDenunciation:
    """The signed denunciation, from `day`, else as early as the text allows. Nothing is kept or sent yet.

    Raises `NotFound` for an agreement that the registry does not hold, `InvalidInput` for a day before its notice is
    over, from who is no party, and where it was denounced here for that day or an earlier one.
    """
    known = agreed(point, agreement)
    made = denounce(known, party=point.party, at=at, reason=reason, key=point.signing, day=day)
    check(made, point.registry(), now=at)
    before = [
        unbound_from(known, one)
        for one in point.registry().denunciations
        if (one.agreement, one.party) == (agreement, point.party)
    ]
    if before and min(before) <= made.said.day:
        raise InvalidInput(
            Text(
                es=f"{point.party} ya denunció este acuerdo: deja de obligarla el {min(before)}.",
                en=f"{point.party} has denounced this agreement already: it is not bound from {min(before)}.",
            ),
            place=agreement,
            rule="F78",
        )
    return made


def agreed(point: AccessPoint, agreement: str) -> Agreement:
    """The agreement of that id that every party signed; raises `NotFound`."""
    found = point.registry().agreements.get(agreement)
    if found is None:
        raise NotFound(
            Text(
                es=f"El registro no tiene un acuerdo válido «{agreement}».",
                en=f"The registry holds no valid agreement “{agreement}”.",
            ),
            rule="F78",
        )
    return found


def _acted(point: AccessPoint, copy: RegistryCopy, said: Said, event: EventKind, at: datetime) -> None:
    """Kept at home first: if the message cannot be queued, it counts here all the same."""
    kind = Kind.DENUNCIATION if event is EventKind.AGREEMENT_DENOUNCED else Kind.SUSPENSION
    raw = said.document.as_json().encode()
    copy.receive(raw, now=at, snapshot=point.registry())
    agreement = point.registry().agreements.get(said.agreement)
    for party in sorted((agreement.party_ids if agreement else frozenset()) - {point.party}):
        if party in point.addresses():
            post(point, kind=kind, recipient=party, payload=raw, at=at)
    record(event, at=at, object_type="agreement", object_id=said.agreement)
