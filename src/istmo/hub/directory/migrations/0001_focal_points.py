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
            name="FocalPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("point", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("party", models.CharField(max_length=12)),
                ("theme", models.CharField(max_length=40)),
                ("rank", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=200)),
                ("function", models.CharField(blank=True, default="", max_length=200)),
                ("institution", models.CharField(max_length=200)),
                ("languages", models.CharField(blank=True, default="", max_length=60)),
                ("address", models.EmailField(blank=True, default="", max_length=254)),
                ("telephone", models.CharField(blank=True, default="", max_length=60)),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("recorded_at", models.DateTimeField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["party", "theme", "-rank", "since", "point", "version"],
                "indexes": [models.Index(fields=["party", "theme"], name="directory_party_theme")],
                "constraints": [
                    models.UniqueConstraint(fields=("point", "version"), name="directory_one_entry_a_version")
                ],
            },
        ),
        only_grows("directory_focalpoint"),
    ]
