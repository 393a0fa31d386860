"""The log of this installation as tables.

`PendingLeaf` is a queue: rows come in the transaction of the act itself and leave when the sequencer has given them an
index. Everything else only grows. A leaf is the text of a signed manifest; no personal value enters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from django.db import connection, models


class PendingLeaf(models.Model):
    """A signed text that is promised a place in the log; not before the moment that it leaves, if it leaves later: the
    size of the log, which anybody may ask, would tell when it was made.
    """

    listener_may = ("SELECT", "INSERT")

    message_id = models.CharField(max_length=64)
    text = models.TextField()
    at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.message_id


class Leaf(models.Model):
    """A signed text at its place; `hash` is its leaf hash (32 bytes)."""

    insert_only = True
    listener_may = ("SELECT",)

    index = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)
    message_id = models.CharField(max_length=64)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["index"]
        indexes: ClassVar = [
            models.Index(fields=["message_id"], name="evidence_leaf_message"),
            models.Index(fields=["hash"], name="evidence_leaf_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.message_id}"


class Node(models.Model):
    """The hash of a complete subtree of 2**level leaves."""

    insert_only = True
    listener_may = ("SELECT",)

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Head(models.Model):
    """A signed head of our log."""

    insert_only = True
    listener_may = ("SELECT",)

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["-size"]

    def __str__(self) -> str:
        return f"{self.size}"


class PeerHead(models.Model):
    """A head that a peer showed us, and what it said against the one that we knew; `finding` is `log.Finding`.

    `restored_at` is when the peer was restored from a backup, as this head says; null for a log that never was.
    """

    insert_only = True
    listener_may = ("SELECT", "INSERT")

    party = models.CharField(max_length=16)
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    text = models.TextField()
    finding = models.CharField(max_length=16)
    seen_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["party", "-size"], name="evidence_peerhead_party")]

    def __str__(self) -> str:
        return f"{self.party} {self.size} {self.finding}"


class Restoration(models.Model):
    """This installation came back from a backup of `backup_at`, whose log had `size` leaves. `text` is what it signed
    about that, which stands in its log.
    """

    insert_only = True

    at = models.DateTimeField(primary_key=True)
    backup_at = models.DateTimeField()
    size = models.BigIntegerField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ}"


class PeerInclusion(models.Model):
    """A peer's proof that a manifest stands in its log: what its receipt promised. `path` are hexadecimal hashes."""

    insert_only = True

    party = models.CharField(max_length=16)
    message_id = models.CharField(max_length=64)
    index = models.BigIntegerField()
    path = models.JSONField()
    head = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["party", "message_id"], name="evidence_one_inclusion")]

    def __str__(self) -> str:
        return f"{self.party} {self.message_id}"


class Stamp(models.Model):
    """An RFC 3161 token over a signed head."""

    insert_only = True

    head = models.OneToOneField(Head, primary_key=True, on_delete=models.PROTECT, related_name="stamp")
    token = models.BinaryField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.head_id}"


SEQUENCE_CHANNEL = "istmo_leaf"


def promise_leaf(message_id: str, text: str, *, at: datetime, not_before: datetime | None = None) -> None:
    """Promise a signed text a place in the log, in the transaction of the act that it proves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH promised AS (INSERT INTO evidence_pendingleaf (message_id, text, at, not_before)"
            " VALUES (%s, %s, %s, %s)) SELECT pg_notify(%s, '')",
            [message_id, text, at, not_before, SEQUENCE_CHANNEL],
        )


def promise_leaves(leaves: Sequence[tuple[str, str]], *, at: datetime) -> None:
    """The same for several, each with its message id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH promised AS (INSERT INTO evidence_pendingleaf (message_id, text, at)"
            " SELECT id, text, %s FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS l(id, text, place)"
            " ORDER BY place) SELECT pg_notify(%s, '')",
            [at, [id_ for id_, _ in leaves], [text for _, text in leaves], SEQUENCE_CHANNEL],
        )
