import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BriefEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.CharField(max_length=7)),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("state", models.CharField(default="DRAFT", max_length=10)),
                ("preliminary", models.BooleanField(default=True)),
                ("demonstration", models.BooleanField(default=False)),
                ("cut_off", models.DateField()),
                ("next_release", models.DateField(null=True)),
                ("analysis_es", models.TextField(blank=True, default="")),
                ("analysis_en", models.TextField(blank=True, default="")),
                ("vintages", models.JSONField(default=list)),
                ("deliveries", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("analysed_name", models.CharField(blank=True, default="", max_length=200)),
                ("analysed_at", models.DateTimeField(null=True)),
                ("approved_name", models.CharField(blank=True, default="", max_length=200)),
                ("approved_at", models.DateTimeField(null=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("digests", models.JSONField(default=dict)),
                (
                    "analysed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-month", "-number"],
            },
        ),
        migrations.CreateModel(
            name="PublishedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("media_type", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="briefs.briefedition"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Transition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=10)),
                ("target", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
                ("note", models.TextField(blank=True, default="")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transitions",
                        to="briefs.briefedition",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="briefedition",
            constraint=models.UniqueConstraint(fields=("month", "number"), name="briefs_edition_once"),
        ),
        migrations.AddConstraint(
            model_name="briefedition",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__regex", "^\\d{4}-(0[1-9]|1[0-2])$")), name="briefs_edition_month"
            ),
        ),
        migrations.AddConstraint(
            model_name="briefedition",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["DRAFT", "ANALYSED", "APPROVED", "PUBLISHED"])),
                name="briefs_edition_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="briefedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("analysed_by")), _negated=True),
                    _connector="OR",
                ),
                name="briefs_edition_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="briefedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "DRAFT"),
                    models.Q(
                        models.Q(("analysis_es", ""), _negated=True),
                        models.Q(("analysis_en", ""), _negated=True),
                        ("analysed_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="briefs_edition_analysis_in_both_languages",
            ),
        ),
        migrations.AddConstraint(
            model_name="briefedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "PUBLISHED"), _negated=True),
                    models.Q(("approved_by__isnull", False), ("published_at__isnull", False)),
                    _connector="OR",
                ),
                name="briefs_edition_published_is_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="publishedfile",
            constraint=models.UniqueConstraint(fields=("edition", "name"), name="briefs_published_file_once"),
        ),
        only_grows("briefs_transition"),
        only_grows("briefs_publishedfile"),
    ]
