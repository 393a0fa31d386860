import django.db.models.deletion
from django.db import migrations, models

from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
            ],
            options={
                "ordering": ["-size"],
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="PendingLeaf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Stamp",
            fields=[
                (
                    "head",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="stamp",
                        serialize=False,
                        to="evidence.head",
                    ),
                ),
                ("token", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hash", models.BinaryField(max_length=32)),
                ("message_id", models.CharField(max_length=64)),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["index"],
                "indexes": [
                    models.Index(fields=["message_id"], name="evidence_leaf_message"),
                    models.Index(fields=["hash"], name="evidence_leaf_hash"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party", models.CharField(max_length=16)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("finding", models.CharField(max_length=16)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["party", "-size"], name="evidence_peerhead_party")],
            },
        ),
        migrations.CreateModel(
            name="PeerInclusion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("party", models.CharField(max_length=16)),
                ("message_id", models.CharField(max_length=64)),
                ("index", models.BigIntegerField()),
                ("path", models.JSONField()),
                ("head", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("party", "message_id"), name="evidence_one_inclusion")],
            },
        ),
        only_grows("evidence_leaf"),
        only_grows("evidence_node"),
        only_grows("evidence_head"),
        only_grows("evidence_peerhead"),
        only_grows("evidence_peerinclusion"),
        only_grows("evidence_stamp"),
    ]
