from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evidence", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Restoration",
            fields=[
                ("at", models.DateTimeField(primary_key=True, serialize=False)),
                ("backup_at", models.DateTimeField()),
                ("size", models.BigIntegerField()),
                ("text", models.TextField()),
            ],
            options={
                "ordering": ["-at"],
            },
        ),
        migrations.AddField(
            model_name="peerhead",
            name="restored_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pendingleaf",
            name="not_before",
            field=models.DateTimeField(null=True),
        ),
    ]
