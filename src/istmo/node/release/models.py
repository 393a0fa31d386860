"""What becomes of a vintage after it was stored here: proposed, released and sent, answered by the hub."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from istmo.model.text import Text


class ReleaseState(StrEnum):
    PROPOSED = "PROPOSED"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"
    DROPPED = "DROPPED"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    ReleaseState.PROPOSED: Text(es="Propuesta", en="Proposed"),
    ReleaseState.SENT: Text(es="Enviada, sin respuesta todavía", en="Sent, not answered yet"),
    ReleaseState.ACKNOWLEDGED: Text(es="Recibida por la Secretaría", en="Acknowledged by the Secretariat"),
    ReleaseState.REFUSED: Text(es="No admitida por la Secretaría", en="Refused by the Secretariat"),
    ReleaseState.DROPPED: Text(es="Propuesta retirada", en="Proposal dropped"),
}

MOVES = {
    ReleaseState.PROPOSED: frozenset({ReleaseState.SENT, ReleaseState.DROPPED}),
    ReleaseState.SENT: frozenset({ReleaseState.ACKNOWLEDGED, ReleaseState.REFUSED}),
    ReleaseState.ACKNOWLEDGED: frozenset[ReleaseState](),
    ReleaseState.REFUSED: frozenset[ReleaseState](),
    ReleaseState.DROPPED: frozenset[ReleaseState](),
}
OPEN = (ReleaseState.PROPOSED, ReleaseState.SENT, ReleaseState.ACKNOWLEDGED)


class Release(models.Model):
    """`answer` is the hub's, as JSON; `vintage_at_hub` the name that the hub holds the figures under."""

    vintage = models.ForeignKey("observations.Vintage", on_delete=models.PROTECT, related_name="releases")
    state = models.CharField(max_length=12, default=ReleaseState.PROPOSED.value)
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    released_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)
    message_id = models.UUIDField(null=True, unique=True)
    answer = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True)
    vintage_at_hub = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-proposed_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in ReleaseState]), name="release_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(released_by__isnull=True) | ~models.Q(released_by=models.F("proposed_by")),
                name="release_by_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["PROPOSED", "DROPPED"])
                | models.Q(released_by__isnull=False, message_id__isnull=False),
                name="release_sent_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["vintage"],
                condition=models.Q(state__in=[state.value for state in OPEN]),
                name="release_one_open_a_vintage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vintage} {self.state}"

    @property
    def release_state(self) -> ReleaseState:
        return ReleaseState(self.state)


class Protection(models.Model):
    """What was done to a protected vintage that was proposed. `told` holds the node's own exact figures (R27): only
    those who release may see it. `parquet` are the rows that may leave, and `digest` is that of these and their tables.
    """

    insert_only = True

    release = models.OneToOneField(Release, primary_key=True, on_delete=models.PROTECT, related_name="protection")
    digest = models.CharField(max_length=64)
    rules = models.JSONField()
    told = models.JSONField()
    rows = models.PositiveIntegerField()
    parquet = models.BinaryField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.release_id} {self.digest[:12]}"
