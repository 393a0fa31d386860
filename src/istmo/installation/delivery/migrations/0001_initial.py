import uuid

import django.db.models.deletion
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Inbound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sender", models.CharField(max_length=16)),
                ("message_id", models.CharField(max_length=64)),
                ("manifest_digest", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=40)),
                ("conversation", models.CharField(max_length=64)),
                ("sequence", models.PositiveBigIntegerField()),
                ("in_reply_to", models.CharField(blank=True, default="", max_length=64)),
                ("agreement", models.CharField(blank=True, default="", max_length=100)),
                ("agreement_version", models.PositiveBigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("outcome", models.CharField(max_length=12)),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                ("receipt", models.TextField()),
                ("receipt_kid", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="HeldReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("outcome", models.CharField(max_length=12)),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                ("received_at", models.DateTimeField()),
                ("held_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Outbound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(max_length=40)),
                ("recipient", models.CharField(max_length=16)),
                ("conversation", models.CharField(max_length=64)),
                ("sequence", models.PositiveIntegerField()),
                ("after", models.PositiveIntegerField(default=0)),
                ("in_reply_to", models.CharField(blank=True, default="", max_length=64)),
                ("request", models.JSONField(null=True)),
                ("permit", models.JSONField(null=True)),
                ("draft", models.JSONField()),
                ("manifest_digest", models.CharField(max_length=64)),
                ("envelope", models.TextField(blank=True, default="")),
                ("sealed_to", models.CharField(blank=True, default="", max_length=64)),
                ("payload", models.BinaryField(null=True)),
                ("nonce", models.BinaryField(null=True)),
                ("state", models.CharField(default="WAITING", max_length=12)),
                ("reason", models.CharField(blank=True, default="", max_length=64)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("not_after", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("proved_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Volume",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("agreement", models.CharField(max_length=100)),
                ("direction", models.CharField(max_length=3)),
                ("peer", models.CharField(max_length=16)),
                ("period", models.CharField(max_length=10)),
                ("count", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Content",
            fields=[
                (
                    "inbound",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="content",
                        serialize=False,
                        to="delivery.inbound",
                    ),
                ),
                ("payload", models.BinaryField(null=True)),
                ("payload_type", models.CharField(max_length=100)),
                ("delete_at", models.DateTimeField(null=True)),
                ("deleted_at", models.DateTimeField(null=True)),
                ("handled_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="inbound",
            index=models.Index(fields=["sender", "message_id"], name="inbound_message"),
        ),
        migrations.AddIndex(
            model_name="inbound",
            index=models.Index(fields=["received_at"], name="inbound_received"),
        ),
        migrations.AddConstraint(
            model_name="inbound",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "accepted")),
                fields=("sender", "message_id"),
                name="inbound_accepted_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="inbound",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "accepted")),
                fields=("sender", "conversation", "sequence"),
                name="inbound_one_a_place",
            ),
        ),
        migrations.AddIndex(
            model_name="outbound",
            index=models.Index(
                condition=models.Q(("state", "WAITING")),
                fields=["recipient", "next_try", "id"],
                name="outbound_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="outbound",
            index=models.Index(fields=["state", "-id"], name="outbound_state"),
        ),
        migrations.AddIndex(
            model_name="outbound",
            index=models.Index(
                condition=models.Q(("proved_at__isnull", True), ("state", "DELIVERED")),
                fields=["recipient", "ended_at", "id"],
                name="outbound_unproved",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbound",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["WAITING", "DELIVERED", "DEAD"])), name="outbound_known_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="outbound",
            constraint=models.UniqueConstraint(
                fields=("recipient", "conversation", "sequence"), name="outbound_one_a_place"
            ),
        ),
        migrations.AddField(
            model_name="heldreceipt",
            name="message",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="delivery.outbound"
            ),
        ),
        migrations.AddConstraint(
            model_name="volume",
            constraint=models.UniqueConstraint(
                fields=("agreement", "direction", "peer", "period"), name="volume_one_a_period"
            ),
        ),
        migrations.AddIndex(
            model_name="content",
            index=models.Index(
                condition=models.Q(("handled_at__isnull", True)),
                fields=["next_try", "inbound"],
                name="content_unhandled",
            ),
        ),
        migrations.AddIndex(
            model_name="content",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)), fields=["delete_at"], name="content_to_delete"
            ),
        ),
        only_grows("delivery_heldreceipt"),
        only_grows("delivery_inbound"),
    ]
