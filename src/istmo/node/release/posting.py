"""The release's way out: the outbox of this node, towards the hub, under the agreement for statistics; and the answer's
way in.
"""

from datetime import datetime
from uuid import UUID

from istmo.exchange.manifest import Kind
from istmo.installation.delivery.handling import Arrived
from istmo.installation.delivery.outbox import post as post_message
from istmo.installation.delivery.point import access_point
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.node.release.releasing import take_answer
from istmo.registry.agreements.record import AGGREGATES, Agreement, Direction
from istmo.registry.agreements.stopping import denounced_from, suspended
from istmo.registry.parties import SECRETARIAT
from istmo.registry.snapshot import Snapshot

PURPOSE = "STAT"


def post(payload: bytes, dataset_id: str, at: datetime) -> UUID:
    """Hand a submission to the outbox within the caller's transaction; gives its message id."""
    point = access_point()
    agreement = statistics_agreement(point.registry(), sender=point.party, now=at)
    message = post_message(
        point,
        kind=Kind.SUBMISSION,
        recipient=SECRETARIAT,
        payload=payload,
        agreement=agreement.id,
        purpose=PURPOSE,
        conversation=dataset_id,
        at=at,
    )
    return message.message_id


def answered(arrived: Arrived) -> None:
    """The handler of `Kind.SUBMISSION_ANSWER`: only the Secretariat answers for the hub."""
    if arrived.message.sender == SECRETARIAT and arrived.message.in_reply_to:
        take_answer(UUID(arrived.message.in_reply_to), arrived.payload, at=arrived.at)


def statistics_agreement(snapshot: Snapshot, *, sender: str, now: datetime) -> Agreement:
    """The agreement in force under which a party pushes aggregates to the Secretariat; the newest where several are."""

    def is_stopped(one: Agreement) -> bool:
        day = denounced_from(one, snapshot.denunciations, sender=sender, recipient=SECRETARIAT)
        held = suspended(one, snapshot.suspensions, sender=sender, recipient=SECRETARIAT, now=now)
        return held is not None or (day is not None and day <= now.date())

    fitting = [
        one
        for one in snapshot.agreements.values()
        if PURPOSE in one.purposes
        and AGGREGATES in one.categories
        and one.in_force <= now.date() <= one.expires
        and not is_stopped(one)
        and any(
            (flow.sender, flow.recipient) == (sender, SECRETARIAT) and Direction.PUSH in flow.directions
            for flow in one.flows
        )
    ]
    if not fitting:
        raise InvalidInput(
            Text(
                es="No hay un acuerdo vigente para enviar estadísticas a la Secretaría.",
                en="There is no agreement in force to send statistics to the Secretariat.",
            ),
            advice=Text(es="Vea los acuerdos del registro.", en="See the agreements of the registry."),
            rule="R46",
        )
    return max(fitting, key=lambda one: (one.in_force, one.version, one.id))
