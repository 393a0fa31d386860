"""The tables of the release register: one row a published table, one a check of the whole, one an external fact.

All only grow. A row of the register holds the line that `statistics.disclosure.register` writes, with the digest of
the line before it: a row that was changed or left out is noticed when the register is read.
"""

from typing import ClassVar

from django.db import models

from istmo.model.text import Text


class ReleasedTable(models.Model):
    """`number` is the place in the register, 1 first; `release` the vintage. `rules` is the document that was used.

    At a node `proposed_by` and `released_by` are the two people who released it; at the hub both are empty and `party`
    is the member that sent it.
    """

    insert_only = True

    number = models.BigIntegerField(primary_key=True)
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    line = models.TextField()
    population = models.CharField(max_length=200)
    period = models.CharField(max_length=15)
    year = models.SmallIntegerField()
    table = models.CharField(max_length=120)
    release = models.CharField(max_length=16)
    party = models.CharField(max_length=16)
    rules = models.JSONField()
    rules_digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    proposed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    released_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [
            models.Index(fields=["population", "year"], name="releases_population"),
            models.Index(fields=["release"], name="releases_release"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.population} {self.period}"


class Check(models.Model):
    """All that was published, attacked together. `findings` are for those who release: they name cells."""

    insert_only = True

    at = models.DateTimeField()
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    party = models.CharField(max_length=16, blank=True, default="")
    tables = models.PositiveIntegerField()
    cells = models.PositiveIntegerField()
    head = models.CharField(max_length=64)
    refused = models.CharField(max_length=8, blank=True, default="")
    reason = models.JSONField(null=True)
    findings = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id", "-at"], name="releases_check_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.object_type} {self.object_id}"

    @property
    def passed(self) -> bool:
        return not self.findings and not self.refused

    @property
    def message(self) -> Text | None:
        return Text(**self.reason) if self.reason else None


class ExternalFact(models.Model):
    """An exact total that somebody else publishes, such as a ministry on its page; `on` is the day it was seen there.

    A total that was corrected there is a new row: the last one of a cell holds.
    """

    insert_only = True

    population = models.CharField(max_length=200)
    period = models.CharField(max_length=15)
    year = models.SmallIntegerField()
    cell = models.CharField(max_length=400, blank=True, default="")
    value = models.BigIntegerField()
    source = models.CharField(max_length=400)
    on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["population", "year"], name="releases_fact_population")]

    def __str__(self) -> str:
        return f"{self.population} {self.period}"
