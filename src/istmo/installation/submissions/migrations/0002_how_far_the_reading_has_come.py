from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="submission", name="stage", field=models.CharField(blank=True, default="", max_length=10)
        ),
        migrations.AddField(model_name="submission", name="stage_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="submission", name="attempts", field=models.PositiveSmallIntegerField(default=0)
        ),
        migrations.AddField(model_name="submission", name="lines", field=models.PositiveBigIntegerField(null=True)),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["", "waiting", "choosing", "reading", "storing"])),
                name="submissions_known_stage",
            ),
        ),
    ]
