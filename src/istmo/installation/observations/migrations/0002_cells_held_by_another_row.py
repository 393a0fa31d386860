from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("observations", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="observation",
            name="observations_observation_value_or_reason",
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("obs_status__in", ("L", "M", "O", "Q", "K")), ("obs_value__isnull", True)),
                    models.Q(
                        ("obs_value__isnull", False), models.Q(("obs_status__in", ("L", "M", "O", "Q")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="observations_observation_value_or_reason",
            ),
        ),
    ]
