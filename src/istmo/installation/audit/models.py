"""Audit events: written in the transaction of the act itself, never changed, never removed.

An event holds who, what, which object, counts and codes of closed lists. It never holds a figure's value, a label or
a person's data.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from istmo.installation.audit.kinds import EventKind

__all__ = ["Event", "EventKind", "record"]

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class Event(models.Model):
    """`object_id` is an id of ours (a submission's UUID, a vintage, a month); `counts` are whole numbers by name,
    `codes` codes of closed lists by name (a role, a kind of second factor).
    """

    insert_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    account = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    counts = models.JSONField(default=dict)
    codes = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id", "at"], name="audit_event_object")]
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ} {self.kind} {self.object_type} {self.object_id}"


def record(
    kind: EventKind,
    *,
    at: datetime,
    object_type: str,
    object_id: str,
    account: Any = None,
    counts: Mapping[str, int] | None = None,
    codes: Mapping[str, str] | None = None,
) -> Event:
    """Write the event of an act, in the transaction of the act."""
    counts, codes = dict(counts or {}), dict(codes or {})
    if not all(isinstance(count, int) for count in counts.values()):
        raise TypeError("the counts of an audit event are whole numbers")
    if not all(_CODE.fullmatch(code) for code in codes.values()):
        raise TypeError("the codes of an audit event are codes, not text")
    return Event.objects.create(
        at=at,
        kind=kind.value,
        account=account,
        object_type=object_type,
        object_id=object_id,
        counts=counts,
        codes=codes,
    )
