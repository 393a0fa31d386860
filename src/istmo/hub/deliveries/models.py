"""Whom the Secretariat asks about a dataset, and when it was asked. Contacts are of institutions, never of migrants."""

from typing import ClassVar

from django.db import models


class Contact(models.Model):
    """The focal point for one dataset, as the institution named it. An earlier contact is replaced, not kept."""

    dataset = models.CharField(max_length=160, unique=True)
    name = models.CharField(max_length=200)
    address = models.EmailField(blank=True, default="")
    telephone = models.CharField(max_length=60, blank=True, default="")
    changed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.dataset


class Reminder(models.Model):
    """The Secretariat reminded an institution of a month. Never changed."""

    insert_only = True

    dataset = models.CharField(max_length=160)
    month = models.CharField(max_length=7)
    at = models.DateTimeField()
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=12)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["dataset", "-at"], name="deliveries_reminder_dataset")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.month}"
