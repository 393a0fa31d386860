"""What an analyst decided about a figure outside the usual. A later decision stands in the place of an earlier one."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from istmo.model.text import Text


class Decision(StrEnum):
    """To mention it in the comment, to leave it out, or to take the decision back."""

    MENTION = "mention"
    LEAVE = "leave"
    OPEN = "open"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    Decision.MENTION: Text(es="Mencionado en el comentario", en="Mentioned in the comment"),
    Decision.LEAVE: Text(es="Dejado fuera del comentario", en="Left out of the comment"),
    Decision.OPEN: Text(es="Por decidir", en="To be decided"),
}


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
