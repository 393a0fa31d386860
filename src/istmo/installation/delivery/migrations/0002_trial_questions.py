import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrialQuestion",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="trial",
                        serialize=False,
                        to="delivery.outbound",
                    ),
                ),
                ("run", models.UUIDField()),
                ("case", models.CharField(max_length=20)),
            ],
            options={
                "indexes": [models.Index(fields=["run"], name="trial_run")],
            },
        ),
    ]
