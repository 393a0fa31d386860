"""This installation's party suspends an agreement, or lifts its suspension: at home at once, and told to the others.

    notice = suspend_here(point, copy, "demo:RCM-STAT", reason=reason, at=now)   # within a transaction

A notice goes to every other party of the agreement as a message of its own, which is retried as any other.
"""

from datetime import datetime

from istmo.exchange.manifest import Kind
from istmo.installation.delivery.outbox import post
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.model.errors import NotFound
from istmo.model.text import Text
from istmo.registry.suspensions import Act, Notice, lift, suspend


def suspend_here(point: AccessPoint, copy: RegistryCopy, agreement: str, *, reason: Text, at: datetime) -> Notice:
    """Raises `NotFound` for an agreement that the registry does not hold."""
    if agreement not in point.registry().agreements:
        raise NotFound(
            Text(
                es=f"El registro no tiene un acuerdo válido «{agreement}».",
                en=f"The registry holds no valid agreement “{agreement}”.",
            ),
            rule="F78",
        )
    return _acted(point, copy, suspend(agreement, party=point.party, since=at, reason=reason, key=point.signing), at)


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
    return [_acted(point, copy, lift(one, at=at, reason=reason, key=point.signing), at) for one in holding]


def _acted(point: AccessPoint, copy: RegistryCopy, notice: Notice, at: datetime) -> Notice:
    """Kept at home first: if the message cannot be queued, the suspension holds here all the same."""
    raw = notice.document.as_json().encode()
    copy.receive(raw, now=at, snapshot=point.registry())
    agreement = point.registry().agreements.get(notice.agreement)
    for party in sorted((agreement.party_ids if agreement else frozenset()) - {point.party}):
        if party in point.addresses():
            post(point, kind=Kind.SUSPENSION, recipient=party, payload=raw, at=at)
    return notice
