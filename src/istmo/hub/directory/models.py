"""Focal points, an entry for each change. Contacts are of officials at work, never of migrants."""

from datetime import date
from typing import ClassVar

from django.db import models


class FocalPoint(models.Model):
    """What was recorded of a focal point: the entry with the highest `version` of a `point` holds. Never changed.

    `rank` is "holder" or "deputy"; `since` is the day on which the party says that the function began, `until` the
    last day of it.
    """

    insert_only = True

    point = models.UUIDField()
    version = models.PositiveIntegerField()
    party = models.CharField(max_length=12)
    theme = models.CharField(max_length=40)
    rank = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    function = models.CharField(max_length=200, blank=True, default="")
    institution = models.CharField(max_length=200)
    languages = models.CharField(max_length=60, blank=True, default="")
    address = models.EmailField(blank=True, default="")
    telephone = models.CharField(max_length=60, blank=True, default="")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    recorded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["party", "theme", "-rank", "since", "point", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["point", "version"], name="directory_one_entry_a_version")
        ]
        indexes: ClassVar = [models.Index(fields=["party", "theme"], name="directory_party_theme")]

    def __str__(self) -> str:
        return f"{self.party} {self.theme} {self.point}"

    def serves(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)
