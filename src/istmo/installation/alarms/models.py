"""Alarms: one that is open already counts once more instead of standing twice.

    raise_alarm(AlarmKind.PEER_UNREACHABLE, at=now, party="PAN")
    settle(AlarmKind.PEER_UNREACHABLE, at=now, party="PAN")      # it is over by itself

An alarm holds ids of ours, parties and codes of closed lists, never a person's data.
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, models

from istmo.installation.alarms.kinds import AlarmKind

__all__ = ["Alarm", "AlarmKind", "close", "raise_alarm", "settle"]


class Alarm(models.Model):
    """`object_id` is an id of ours (a message); `closed_by` is null for one that was over by itself."""

    listener_may = ("SELECT", "INSERT", "UPDATE")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    party = models.CharField(max_length=16, blank=True, default="")
    object_id = models.CharField(max_length=80, blank=True, default="")
    reason = models.CharField(max_length=64, blank=True, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-last_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "party", "object_id"],
                condition=models.Q(closed_at__isnull=True),
                name="alarm_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.party} {self.object_id}".strip()

    @property
    def alarm_kind(self) -> AlarmKind:
        return AlarmKind(self.kind)


def raise_alarm(kind: AlarmKind, *, at: datetime, party: str = "", object_id: str = "", reason: str = "") -> None:
    """Open an alarm, or count one that is open once more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO alarms_alarm (id, kind, party, object_id, reason, first_at, last_at, times)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, 1)"
            " ON CONFLICT (kind, party, object_id) WHERE closed_at IS NULL"
            " DO UPDATE SET last_at = EXCLUDED.last_at, reason = EXCLUDED.reason, times = alarms_alarm.times + 1",
            [uuid.uuid4(), kind.value, party, object_id, reason, at, at],
        )


def settle(kind: AlarmKind, *, at: datetime, party: str = "", object_id: str = "") -> bool:
    """Close an alarm whose cause is gone; False when none was open."""
    still = Alarm.objects.filter(kind=kind.value, party=party, object_id=object_id, closed_at__isnull=True)
    return bool(still.update(closed_at=at))


def close(alarm: Alarm, *, account: Any, at: datetime) -> bool:
    """A person has seen to it; False when it was closed already."""
    return bool(Alarm.objects.filter(pk=alarm.pk, closed_at__isnull=True).update(closed_at=at, closed_by=account))
