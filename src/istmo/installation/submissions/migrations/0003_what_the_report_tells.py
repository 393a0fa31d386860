import django.db.models.deletion
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    dependencies = [
        ("submissions", "0002_how_far_the_reading_has_come"),
    ]

    operations = [
        migrations.CreateModel(
            name="FileReport",
            fields=[
                (
                    "submission",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="report",
                        serialize=False,
                        to="submissions.submission",
                    ),
                ),
                ("excerpt_parquet", models.BinaryField()),
                ("first", models.BooleanField(null=True)),
                ("cells_parquet", models.BinaryField(null=True)),
                ("nationalities_parquet", models.BinaryField(null=True)),
                ("months_parquet", models.BinaryField(null=True)),
                ("missing_parquet", models.BinaryField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="submission",
            name="kept_until",
            field=models.DateTimeField(null=True),
        ),
        only_grows("submissions_filereport"),
    ]
