"""Audit events: written in the transaction of the act itself, never changed, never removed.

An event holds who, what, which object and counts. It never holds a figure's value, a label or a person's data.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.db import models

from istmo.model.text import Text


class EventKind(StrEnum):
    """Every act that changes the installation's state."""

    ACCOUNT_MADE = "account_made"
    SUBMISSION_RECEIVED = "submission_received"
    SUBMISSION_VALIDATED = "submission_validated"
    SUBMISSION_ACCEPTED = "submission_accepted"
    SUBMISSION_REJECTED = "submission_rejected"
    SUBMISSION_SUPERSEDED = "submission_superseded"
    VINTAGE_STORED = "vintage_stored"
    BRIEF_COMPILED = "brief_compiled"
    BRIEF_ANALYSED = "brief_analysed"
    BRIEF_RETURNED = "brief_returned"
    BRIEF_APPROVED = "brief_approved"
    BRIEF_PUBLISHED = "brief_published"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    EventKind.ACCOUNT_MADE: Text(es="Cuenta creada", en="Account made"),
    EventKind.SUBMISSION_RECEIVED: Text(es="Envío recibido", en="Submission received"),
    EventKind.SUBMISSION_VALIDATED: Text(es="Envío validado", en="Submission validated"),
    EventKind.SUBMISSION_ACCEPTED: Text(es="Envío aceptado", en="Submission accepted"),
    EventKind.SUBMISSION_REJECTED: Text(es="Envío rechazado", en="Submission rejected"),
    EventKind.SUBMISSION_SUPERSEDED: Text(es="Envío sustituido", en="Submission superseded"),
    EventKind.VINTAGE_STORED: Text(es="Versión de datos guardada", en="Vintage stored"),
    EventKind.BRIEF_COMPILED: Text(es="Informe compilado", en="Brief compiled"),
    EventKind.BRIEF_ANALYSED: Text(es="Informe analizado", en="Brief analysed"),
    EventKind.BRIEF_RETURNED: Text(es="Informe devuelto", en="Brief returned"),
    EventKind.BRIEF_APPROVED: Text(es="Informe aprobado", en="Brief approved"),
    EventKind.BRIEF_PUBLISHED: Text(es="Informe publicado", en="Brief published"),
}


class Event(models.Model):
    """`object_id` is an id of ours (a submission's UUID, a vintage, a month); `counts` are whole numbers by name."""

    insert_only = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    account = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    counts = models.JSONField(default=dict)

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
) -> Event:
    """Write the event of an act, in the transaction of the act."""
    counts = dict(counts or {})
    if not all(isinstance(count, int) for count in counts.values()):
        raise TypeError("an audit event holds counts, nothing else")
    return Event.objects.create(
        at=at, kind=kind.value, account=account, object_type=object_type, object_id=object_id, counts=counts
    )
