"""Did this installation come back from a backup? What that changes for its log and its conversations.

    begin_again(party="PAN", signing=key, backup_at=…, now=now)      # once, as it is restored

Every head that it signs from then on says so, and the notice itself stands in the log. Places in conversations go on
above all those that may have been given after the backup, so that none is given twice.
"""

from datetime import UTC, datetime

from django.db import transaction

from istmo.exchange.log import Restored
from istmo.exchange.restoration import issue
from istmo.exchange.statements import whole, written
from istmo.installation.alarms.models import AlarmKind, raise_alarm
from istmo.installation.audit.models import EventKind, record
from istmo.installation.evidence.models import Head, Restoration, promise_leaf
from istmo.registry.keys import PrivateKey

_FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def begin_again(*, party: str, signing: PrivateKey, backup_at: datetime, now: datetime) -> Restored:
    """Say that this installation came back at `now` from a backup of `backup_at`: in its log, the trail, an alarm."""
    newest = Head.objects.order_by("-size").first()
    claim = Restored(at=whole(now), backup_at=whole(backup_at), size=newest.size if newest is not None else 0)
    text = issue(party, claim, signing=signing)
    with transaction.atomic():
        Restoration.objects.create(at=claim.at, backup_at=claim.backup_at, size=claim.size, text=text)
        promise_leaf(f"restoration-{written(claim.at)}", text, at=now)
        raise_alarm(AlarmKind.RESTORED, at=now, reason=f"{written(claim.backup_at)}/{written(claim.at)}")
        record(EventKind.RESTORED, at=now, object_type="installation", object_id=party, counts={"leaves": claim.size})
    return claim


def restoration() -> Restoration | None:
    """The last one."""
    return Restoration.objects.first()


def last_restoration() -> Restored | None:
    """What our heads say of the last one; None where there never was one."""
    last = restoration()
    return Restored(last.at, last.backup_at, last.size) if last is not None else None


def first_place() -> int:
    """Above this lie the places that are given since the last restoration: 0, or the seconds from 2020 on to it.

    No conversation has had a message a second since then, so none of them was given before.
    """
    last = restoration()
    return 0 if last is None else int((last.at - _FIRST).total_seconds())
