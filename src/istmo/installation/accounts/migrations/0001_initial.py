import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import istmo.installation.codelists.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("codelists", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=60, unique=True)),
                ("full_name", models.CharField(max_length=200)),
                ("role", models.CharField(max_length=20)),
                ("member", istmo.installation.codelists.fields.CodelistField("reporter", blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ["reader", "statistician", "analyst", "approver", "administrator"])
                        ),
                        name="accounts_user_role",
                    )
                ],
            },
        ),
    ]
