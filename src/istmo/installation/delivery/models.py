"""Outbox, inbox, receipts and volume counters.

`Outbound` changes its state; `HeldReceipt` and `Inbound` only grow. What a message carried lies apart (`Outbound.
payload`, `Content`) and is deleted in time, while ids, manifests in the log and receipts stay.

`listener_may` on a model are the rights of the role that the exchange's listener works as (`istmo.app.database`);
without it that role does not reach the table.
"""

import uuid
from typing import ClassVar

from django.db import models

from istmo.installation.delivery.states import DeliveryState

OUTBOX_CHANNEL = "istmo_outbox"
INBOX_CHANNEL = "istmo_inbox"


class Outbound(models.Model):
    """A message of ours. `request` is what was decided on (null for a technical kind) and is decided on again before
    every attempt; `draft` makes the manifest again, byte by byte, while `payload` and `nonce` are kept. `proved_at` is
    when the recipient proved that the manifest stands in its log.
    """

    message_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    recipient = models.CharField(max_length=16)
    conversation = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField()
    after = models.PositiveIntegerField(default=0)
    in_reply_to = models.CharField(max_length=64, blank=True, default="")
    request = models.JSONField(null=True)
    permit = models.JSONField(null=True)
    draft = models.JSONField()
    manifest_digest = models.CharField(max_length=64)
    envelope = models.TextField(blank=True, default="")
    sealed_to = models.CharField(max_length=64, blank=True, default="")
    payload = models.BinaryField(null=True)
    nonce = models.BinaryField(null=True)
    state = models.CharField(max_length=12, default=DeliveryState.WAITING.value)
    reason = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField()
    created_at = models.DateTimeField()
    not_after = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in DeliveryState]), name="outbound_known_state"
            ),
            models.UniqueConstraint(fields=["recipient", "conversation", "sequence"], name="outbound_one_a_place"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["recipient", "next_try", "id"],
                condition=models.Q(state="WAITING"),
                name="outbound_waiting",
            ),
            models.Index(fields=["state", "-id"], name="outbound_state"),
            models.Index(
                fields=["recipient", "ended_at", "id"],
                condition=models.Q(state="DELIVERED", proved_at__isnull=True),
                name="outbound_unproved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"

    @property
    def delivery_state(self) -> DeliveryState:
        return DeliveryState(self.state)


class HeldReceipt(models.Model):
    """A recipient's signed receipt, verified."""

    insert_only = True

    message = models.ForeignKey(Outbound, on_delete=models.PROTECT, related_name="receipts")
    text = models.TextField()
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=64, blank=True, default="")
    received_at = models.DateTimeField()
    held_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.message_id} {self.outcome}"


LOST = "lost"
"""The outcome of a message that was accepted here after the backup from which this installation came back: its sender
holds our receipt, and told us; its content is not here.
"""


class Inbound(models.Model):
    """A message received, and the receipt that we gave. Its manifest stands in the log under its id."""

    insert_only = True
    listener_may = ("SELECT", "INSERT")

    sender = models.CharField(max_length=16)
    message_id = models.CharField(max_length=64)
    manifest_digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    conversation = models.CharField(max_length=64)
    sequence = models.PositiveBigIntegerField()
    in_reply_to = models.CharField(max_length=64, blank=True, default="")
    agreement = models.CharField(max_length=100, blank=True, default="")
    agreement_version = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=64, blank=True, default="")
    receipt = models.TextField()
    receipt_kid = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sender", "message_id"],
                condition=models.Q(outcome="accepted"),
                name="inbound_accepted_once",
            ),
            models.UniqueConstraint(
                fields=["sender", "conversation", "sequence"],
                condition=models.Q(outcome="accepted"),
                name="inbound_one_a_place",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sender", "message_id"], name="inbound_message"),
            models.Index(fields=["received_at"], name="inbound_received"),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.message_id} {self.outcome}"


class Content(models.Model):
    """What an accepted message carried, and whether it was handled. `payload` goes when its time is over."""

    listener_may = ("INSERT",)

    inbound = models.OneToOneField(Inbound, primary_key=True, on_delete=models.PROTECT, related_name="content")
    payload = models.BinaryField(null=True)
    payload_type = models.CharField(max_length=100)
    delete_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_try", "inbound"],
                condition=models.Q(handled_at__isnull=True),
                name="content_unhandled",
            ),
            models.Index(
                fields=["delete_at"],
                condition=models.Q(deleted_at__isnull=True),
                name="content_to_delete",
            ),
        ]

    def __str__(self) -> str:
        return str(self.inbound_id)


class TrialQuestion(models.Model):
    """A question of ours of a trial of neutral answers: which case it names. `run` is the trial."""

    insert_only = True

    message = models.OneToOneField(Outbound, primary_key=True, on_delete=models.PROTECT, related_name="trial")
    run = models.UUIDField()
    case = models.CharField(max_length=20)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run"], name="trial_run")]

    def __str__(self) -> str:
        return f"{self.run} {self.case}"


class Volume(models.Model):
    """How many messages went (`out`) to or came (`in`) from a peer under an agreement in a period."""

    listener_may = ("SELECT", "INSERT", "UPDATE")

    agreement = models.CharField(max_length=100)
    direction = models.CharField(max_length=3)
    peer = models.CharField(max_length=16)
    period = models.CharField(max_length=10)
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "direction", "peer", "period"], name="volume_one_a_period")
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.direction} {self.peer} {self.period}: {self.count}"
