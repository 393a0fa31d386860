import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProfileDraft",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("filename", models.CharField(max_length=255)),
                ("size", models.BigIntegerField(default=0)),
                ("received_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("state", models.CharField(default="LOOKING", max_length=12)),
                ("draft_json", models.JSONField(null=True)),
                ("fits", models.JSONField(default=list)),
                ("answers", models.JSONField(default=dict)),
                ("parameters", models.JSONField(default=dict)),
                ("outcome", models.JSONField(null=True)),
                ("error_json", models.JSONField(null=True)),
                ("kept_until", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["LOOKING", "DRAFTED", "REFUSED"])), name="drafts_known_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "DRAFTED"), _negated=True),
                            ("draft_json__isnull", False),
                            _connector="OR",
                        ),
                        name="drafts_drafted_has_one",
                    ),
                ],
            },
        ),
    ]
