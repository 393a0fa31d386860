"""The hub came back from a backup: what it had of us since then is sent once more.

What it holds already it recognises by its content, and stores nothing twice.
"""

import logging
from datetime import datetime

from django.db import transaction

from istmo.exchange.manifest import Kind
from istmo.exchange.submission import write_submission
from istmo.installation.audit.models import EventKind, record
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.states import DeliveryState
from istmo.model.errors import IstmoError
from istmo.node.release.models import Release, ReleaseState
from istmo.node.release.posting import post
from istmo.node.release.releasing import submission_of
from istmo.registry.parties import SECRETARIAT

_LOG = logging.getLogger(__name__)


def send_again(party: str, since: datetime, at: datetime) -> int:
    """Send the hub every release that was delivered to it from `since` on; how many. In the caller's transaction.

    One that was not answered yet waits for the answer to the new message. One that may not leave today is left out: the
    alarm about the restoration stands until somebody has spoken with the hub.
    """
    if party != SECRETARIAT:
        return 0
    delivered = Outbound.objects.filter(
        kind=Kind.SUBMISSION.value, recipient=party, state=DeliveryState.DELIVERED.value, ended_at__gte=since
    )
    lost = Release.objects.filter(
        state__in=(ReleaseState.SENT.value, ReleaseState.ACKNOWLEDGED.value),
        message_id__in=list(delivered.values_list("message_id", flat=True)),
    )
    done = 0
    for release in lost.select_related("vintage").order_by("released_at", "id"):
        try:
            with transaction.atomic():
                message_id = post(write_submission(submission_of(release)), release.vintage.dataset_id, at)
        except IstmoError:
            _LOG.warning("release %s cannot be sent once more", release.pk)
            continue
        if release.release_state is ReleaseState.SENT:
            release.message_id = message_id
            release.save(update_fields=["message_id"])
        record(
            EventKind.RELEASED,
            at=at,
            object_type="vintage",
            object_id=release.vintage.name,
            codes={"why": "hub_restored"},
        )
        done += 1
    return done
