import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("submissions", "0003_what_the_report_tells"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProfileVersion",
            fields=[
                ("hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("profile_id", models.CharField(max_length=100)),
                ("version", models.CharField(max_length=20)),
                ("author", models.CharField(max_length=200)),
                ("date", models.DateField()),
                ("sources", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["profile_id", "version"], name="mapping_version_label")],
            },
        ),
        migrations.CreateModel(
            name="ProfileChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("profile_id", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("note", models.CharField(max_length=500)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="mapping.profileversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MappingDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("profile_id", models.CharField(max_length=100)),
                ("field", models.CharField(max_length=100)),
                ("label", models.CharField(max_length=500)),
                ("folded", models.CharField(max_length=500)),
                ("verdict", models.CharField(max_length=12)),
                ("codes", models.JSONField(default=list)),
                ("note", models.CharField(max_length=500)),
                ("source_rule", models.CharField(blank=True, max_length=500)),
                ("ambiguous", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="mapping.mappingdecision",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["profile_id", "field", "folded", "at"], name="mapping_decision_label")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["map", "leave", "needs_rule", "undone"])),
                        name="mapping_decision_known_verdict",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ambiguous", True), ("verdict", "map"), _negated=True),
                            models.Q(("source_rule", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="mapping_ambiguous_needs_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undoes__isnull", False), ("verdict", "undone")),
                            models.Q(models.Q(("verdict", "undone"), _negated=True), ("undoes__isnull", True)),
                            _connector="OR",
                        ),
                        name="mapping_undone_names_what",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnmappedLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("profile_id", models.CharField(max_length=100)),
                ("reporter", models.CharField(max_length=20)),
                ("field", models.CharField(max_length=100)),
                ("label", models.CharField(max_length=500)),
                ("folded", models.CharField(max_length=500)),
                ("rule", models.CharField(max_length=10)),
                ("times", models.PositiveIntegerField()),
                ("rows", models.JSONField(default=list)),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unmapped",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["profile_id", "field", "folded"], name="mapping_unmapped_label")],
                "constraints": [
                    models.UniqueConstraint(fields=("submission", "field", "folded"), name="mapping_unmapped_once")
                ],
            },
        ),
        *(only_grows(f"mapping_{table}") for table in ("profileversion", "profilechoice", "mappingdecision")),
        only_grows("mapping_unmappedlabel"),
    ]
