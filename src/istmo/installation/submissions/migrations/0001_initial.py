import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("codelists", "0001_initial"),
        ("observations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("filename", models.CharField(max_length=255)),
                ("size", models.BigIntegerField(default=0)),
                ("source_hash", models.CharField(blank=True, max_length=64)),
                ("profile_id", models.CharField(blank=True, max_length=100)),
                ("profile", models.CharField(blank=True, max_length=120)),
                ("dataset_id", models.CharField(blank=True, max_length=150)),
                ("parameters", models.JSONField(default=dict)),
                ("state", models.CharField(default="RECEIVED", max_length=12)),
                ("received_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("read", models.PositiveBigIntegerField(null=True)),
                ("accepted", models.PositiveBigIntegerField(null=True)),
                ("quarantined", models.PositiveBigIntegerField(null=True)),
                ("rejected", models.PositiveBigIntegerField(null=True)),
                ("set_aside", models.JSONField(default=list)),
                ("findings_parquet", models.BinaryField(null=True)),
                ("findings_count", models.PositiveIntegerField(default=0)),
                ("error_json", models.JSONField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vintage",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="observations.vintage",
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at", "id"],
                "indexes": [models.Index(fields=["state", "received_at"], name="submissions_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["RECEIVED", "VALIDATED", "ACCEPTED", "REJECTED", "SUPERSEDED"])
                        ),
                        name="submissions_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("read__isnull", True),
                            (
                                "read",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("accepted"), "+", models.F("quarantined")
                                    ),
                                    "+",
                                    models.F("rejected"),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="submissions_every_record_counted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["ACCEPTED", "SUPERSEDED"]), _negated=True),
                            ("vintage__isnull", False),
                            _connector="OR",
                        ),
                        name="submissions_accepted_has_vintage",
                    ),
                ],
            },
        ),
    ]
