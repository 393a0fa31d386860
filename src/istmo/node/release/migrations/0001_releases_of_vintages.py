import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("observations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(default="PROPOSED", max_length=12)),
                ("proposed_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("message_id", models.UUIDField(null=True, unique=True)),
                ("answer", models.JSONField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("vintage_at_hub", models.CharField(blank=True, default="", max_length=16)),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "vintage",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="releases", to="observations.vintage"
                    ),
                ),
            ],
            options={
                "ordering": ["-proposed_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "SENT", "ACKNOWLEDGED", "REFUSED", "DROPPED"])),
                        name="release_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_by__isnull", True),
                            models.Q(("released_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="release_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["PROPOSED", "DROPPED"]),
                            models.Q(("message_id__isnull", False), ("released_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="release_sent_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "SENT", "ACKNOWLEDGED"])),
                        fields=("vintage",),
                        name="release_one_open_a_vintage",
                    ),
                ],
            },
        ),
    ]
