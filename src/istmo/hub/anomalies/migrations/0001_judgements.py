import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("briefs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("anomaly", models.CharField(max_length=160)),
                ("decision", models.CharField(max_length=8)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.DateTimeField()),
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
                        related_name="judgements",
                        to="briefs.briefedition",
                    ),
                ),
            ],
            options={"ordering": ["at", "id"]},
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["mention", "leave", "open"])), name="anomalies_judgement_decision"
            ),
        ),
        only_grows("anomalies_judgement"),
    ]
