import django.db.models.deletion
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    dependencies = [
        ("release", "0001_releases_of_vintages"),
    ]

    operations = [
        migrations.CreateModel(
            name="Protection",
            fields=[
                (
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="protection",
                        serialize=False,
                        to="release.release",
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("rules", models.JSONField()),
                ("told", models.JSONField()),
                ("rows", models.PositiveIntegerField()),
                ("parquet", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        only_grows("release_protection"),
    ]
