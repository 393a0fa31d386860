import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import istmo.installation.codelists.fields
from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("codelists", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Vintage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=16, unique=True)),
                ("reporter", istmo.installation.codelists.fields.CodelistField("reporter")),
                ("agency", models.CharField(max_length=60)),
                ("dataset", models.CharField(max_length=80)),
                ("profile", models.CharField(max_length=120)),
                ("profile_hash", models.CharField(max_length=64)),
                ("parameters", models.JSONField(default=dict)),
                ("source_name", models.CharField(max_length=255)),
                ("source_hash", models.CharField(max_length=64)),
                ("content_hash", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("rows", models.PositiveIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "vintage_id",
                        "period",
                        "measure",
                        "unit",
                        "citizenship",
                        "citizenship_status",
                        "sex",
                        "age",
                        "accompaniment",
                        "border",
                        "place",
                        "counterpart",
                        "entry_mode",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("measure", istmo.installation.codelists.fields.CodelistField("measure")),
                ("unit", istmo.installation.codelists.fields.CodelistField("unit_of_count")),
                ("period", models.CharField(max_length=7)),
                ("citizenship", istmo.installation.codelists.fields.CodelistField("citizenship")),
                ("citizenship_status", istmo.installation.codelists.fields.CodelistField("nationality_status")),
                ("sex", istmo.installation.codelists.fields.CodelistField("sex")),
                ("age", istmo.installation.codelists.fields.CodelistField("age_group")),
                ("accompaniment", istmo.installation.codelists.fields.CodelistField("accompaniment")),
                ("border", istmo.installation.codelists.fields.CodelistField("border")),
                ("place", models.CharField(max_length=80)),
                ("counterpart", istmo.installation.codelists.fields.CodelistField("citizenship")),
                ("entry_mode", istmo.installation.codelists.fields.CodelistField("entry_mode")),
                ("obs_value", models.BigIntegerField(null=True)),
                ("obs_status", istmo.installation.codelists.fields.CodelistField("obs_status")),
                ("source_period", models.CharField(max_length=80)),
                ("note", models.TextField()),
                (
                    "vintage",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="observations",
                        to="observations.vintage",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VintagePeriod",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "vintage_id", "period", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("period", models.CharField(max_length=7)),
                ("rows", models.PositiveIntegerField()),
                (
                    "vintage",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="periods",
                        to="observations.vintage",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="vintage",
            index=models.Index(
                fields=["reporter", "agency", "dataset", "received_at"], name="observations_vintage_dataset"
            ),
        ),
        migrations.AddConstraint(
            model_name="vintage",
            constraint=models.UniqueConstraint(
                fields=("source_hash", "profile_hash", "parameters", "content_hash"), name="observations_vintage_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="vintage",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "^\\d{4}-\\d\\d-\\d\\d\\.[1-9]\\d*$")),
                name="observations_vintage_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__regex", "^\\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$")),
                name="observations_observation_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(("obs_value__isnull", True), ("obs_value__gte", 0), _connector="OR"),
                name="observations_observation_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("obs_status__in", ("L", "M", "O", "Q")), ("obs_value__isnull", True)),
                    models.Q(
                        ("obs_value__isnull", False), models.Q(("obs_status__in", ("L", "M", "O", "Q")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="observations_observation_value_or_reason",
            ),
        ),
        only_grows("observations_vintage"),
        only_grows("observations_vintageperiod"),
        only_grows("observations_observation"),
    ]
