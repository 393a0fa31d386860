from django.db import migrations, models

from istmo.installation.codelists.synchronise import make_domain
from istmo.model.codes import codelist

USED = (
    "accompaniment",
    "age_group",
    "border",
    "citizenship",
    "entry_mode",
    "measure",
    "nationality_status",
    "obs_status",
    "reporter",
    "sex",
    "unit_of_count",
)


def make_domains(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for id_ in USED:
            make_domain(codelist(id_), cursor)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="CodelistVersion",
            fields=[
                ("codelist", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("version", models.CharField(max_length=20)),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.RunPython(make_domains, migrations.RunPython.noop),
    ]
