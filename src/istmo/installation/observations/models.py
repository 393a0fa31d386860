"""The tables of the store: a vintage (one load of one file), the periods it holds, and its observations.

All three only grow. What is the same for a whole load (reporter, agency, dataset, profile, hash of the file) stands
once, at the vintage. The key of an observation within its vintage is its primary key.
"""

from typing import ClassVar

from django.db import models

from istmo.installation.codelists.fields import CodelistField
from istmo.model.observations import CODELISTS

NO_VALUE = ("L", "M", "O", "Q")
MAY_LACK_VALUE = (*NO_VALUE, "K")  # a cell that another row holds has no figure of its own
_PERIOD = r"^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$"


class Vintage(models.Model):
    """`name` is VINTAGE, `YYYY-MM-DD.n`, unique in the installation. The same content again is the same vintage."""

    insert_only = True

    name = models.CharField(max_length=16, unique=True)
    reporter = CodelistField("reporter")
    agency = models.CharField(max_length=60)
    dataset = models.CharField(max_length=80)
    profile = models.CharField(max_length=120)
    profile_hash = models.CharField(max_length=64)
    parameters = models.JSONField(default=dict)
    source_name = models.CharField(max_length=255)
    source_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    account = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source_hash", "profile_hash", "parameters", "content_hash"], name="observations_vintage_once"
            ),
            models.CheckConstraint(
                condition=models.Q(name__regex=r"^\d{4}-\d\d-\d\d\.[1-9]\d*$"), name="observations_vintage_name"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reporter", "agency", "dataset", "received_at"], name="observations_vintage_dataset")
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.name}"

    @property
    def dataset_id(self) -> str:
        return f"{self.reporter}.{self.agency}.{self.dataset}"


class VintagePeriod(models.Model):
    """Which periods a vintage holds: of those that hold a dataset's period, the latest received is in force."""

    insert_only = True

    pk = models.CompositePrimaryKey("vintage_id", "period")
    vintage = models.ForeignKey(Vintage, on_delete=models.PROTECT, related_name="periods", db_index=False)
    period = models.CharField(max_length=7)
    rows = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.vintage_id} {self.period}"


class Observation(models.Model):
    """One figure. `value` is empty exactly where `obs_status` says why."""

    insert_only = True

    pk = models.CompositePrimaryKey(
        "vintage_id",
        "period",
        "measure",
        "unit",
        "citizenship",
        "citizenship_status",
        "sex",
        "age",
        "accompaniment",
        "border",
        "place",
        "counterpart",
        "entry_mode",
    )
    vintage = models.ForeignKey(Vintage, on_delete=models.PROTECT, related_name="observations", db_index=False)
    measure = CodelistField(CODELISTS["MEASURE"])
    unit = CodelistField(CODELISTS["UNIT"])
    period = models.CharField(max_length=7)
    citizenship = CodelistField(CODELISTS["CITIZENSHIP"])
    citizenship_status = CodelistField(CODELISTS["CITIZENSHIP_STATUS"])
    sex = CodelistField(CODELISTS["SEX"])
    age = CodelistField(CODELISTS["AGE"])
    accompaniment = CodelistField(CODELISTS["ACCOMPANIMENT"])
    border = CodelistField(CODELISTS["BORDER"])
    place = models.CharField(max_length=80)
    counterpart = CodelistField(CODELISTS["COUNTERPART"])
    entry_mode = CodelistField(CODELISTS["ENTRY_MODE"])
    obs_value = models.BigIntegerField(null=True)
    obs_status = CodelistField(CODELISTS["OBS_STATUS"])
    source_period = models.CharField(max_length=80)
    note = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(period__regex=_PERIOD), name="observations_observation_period"),
            models.CheckConstraint(
                condition=models.Q(obs_value__isnull=True) | models.Q(obs_value__gte=0),
                name="observations_observation_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(obs_value__isnull=True, obs_status__in=MAY_LACK_VALUE)
                | (models.Q(obs_value__isnull=False) & ~models.Q(obs_status__in=NO_VALUE)),
                name="observations_observation_value_or_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vintage_id} {self.measure} {self.period} {self.citizenship}"
