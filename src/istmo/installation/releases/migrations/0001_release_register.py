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
            name="Check",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("object_type", models.CharField(max_length=40)),
                ("object_id", models.CharField(max_length=80)),
                ("party", models.CharField(blank=True, default="", max_length=16)),
                ("tables", models.PositiveIntegerField()),
                ("cells", models.PositiveIntegerField()),
                ("head", models.CharField(max_length=64)),
                ("refused", models.CharField(blank=True, default="", max_length=8)),
                ("reason", models.JSONField(null=True)),
                ("findings", models.JSONField(default=list)),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["object_type", "object_id", "-at"], name="releases_check_object")],
            },
        ),
        migrations.CreateModel(
            name="ReleasedTable",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("line", models.TextField()),
                ("population", models.CharField(max_length=200)),
                ("period", models.CharField(max_length=15)),
                ("year", models.SmallIntegerField()),
                ("table", models.CharField(max_length=120)),
                ("release", models.CharField(max_length=16)),
                ("party", models.CharField(max_length=16)),
                ("rules", models.JSONField()),
                ("rules_digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
            ],
            options={
                "ordering": ["number"],
                "indexes": [
                    models.Index(fields=["population", "year"], name="releases_population"),
                    models.Index(fields=["release"], name="releases_release"),
                ],
            },
        ),
        only_grows("releases_check"),
        only_grows("releases_releasedtable"),
    ]
