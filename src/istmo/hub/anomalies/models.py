"""What an analyst decided about a figure outside the usual. A later decision stands in the place of an earlier one."""

from typing import ClassVar

from django.db import models

from istmo.hub.anomalies.decisions import Decision


class Judgement(models.Model):
    """`anomaly` is the id of an anomaly of the edition's month. Never changed."""

    insert_only = True

    edition = models.ForeignKey("briefs.BriefEdition", on_delete=models.PROTECT, related_name="judgements")
    anomaly = models.CharField(max_length=160)
    decision = models.CharField(max_length=8)
    note = models.CharField(max_length=500, blank=True, default="")
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(decision__in=[decision.value for decision in Decision]),
                name="anomalies_judgement_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.anomaly}: {self.decision}"
