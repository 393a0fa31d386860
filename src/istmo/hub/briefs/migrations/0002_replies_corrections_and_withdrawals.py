import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import istmo.installation.codelists.fields
from istmo.installation.insert_only import only_grows


class Migration(migrations.Migration):
    dependencies = [
        ("briefs", "0001_initial"),
        ("codelists", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="briefedition",
            name="analysis_version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="briefedition",
            name="correction_en",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="briefedition",
            name="correction_es",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="briefedition",
            name="replies_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="briefedition",
            name="round",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="MemberReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("member", istmo.installation.codelists.fields.CodelistField("reporter")),
                ("es", models.TextField(blank=True, default="")),
                ("en", models.TextField(blank=True, default="")),
                ("signed", models.CharField(max_length=200)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="briefs.briefedition"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("es", models.TextField()),
                ("en", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dropped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="briefs.briefedition",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["proposed_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("dropped_at__isnull", True)),
                        fields=("edition",),
                        name="briefs_withdrawal_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="briefs_withdrawal_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at__isnull", True), ("dropped_at__isnull", True), _connector="OR"
                        ),
                        name="briefs_withdrawal_confirmed_or_dropped",
                    ),
                ],
            },
        ),
        only_grows("briefs_memberreply"),
    ]
