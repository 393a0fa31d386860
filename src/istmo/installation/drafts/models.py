"""A draft in work: one file that nobody has described, what it shows, the answers given, how it reads with them.

The draft holds no value of a personal column, and of a file with a row for each person no row at all. Such a file is
let go of as soon as it was looked at; a table of figures is kept until `kept_until`, to be read by the draft. Who gave
each answer, and when, stays beside it as long as the draft does.
"""

import uuid
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from django.db import models

from istmo.installation.submissions.reading import error_as_json, error_from_json
from istmo.intake.suggesting.answering import open_decisions, profile_text
from istmo.intake.suggesting.storing import from_json
from istmo.intake.suggesting.values import Decision, Draft
from istmo.model.errors import IstmoError
from istmo.model.text import Text


class DraftState(StrEnum):
    """LOOKING until the file was looked at; then DRAFTED, or REFUSED when no table was found in it."""

    LOOKING = "LOOKING"
    DRAFTED = "DRAFTED"
    REFUSED = "REFUSED"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    DraftState.LOOKING: Text(es="Se está mirando el archivo", en="The file is being looked at"),
    DraftState.DRAFTED: Text(es="Con borrador", en="Drafted"),
    DraftState.REFUSED: Text(es="Sin tabla", en="No table found"),
}


class ProfileDraft(models.Model):
    """`begun_at`: since when the file is being looked at or read; None when nobody does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)
    received_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default=DraftState.LOOKING.value)
    draft_json = models.JSONField(null=True)
    fits = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    outcome = models.JSONField(null=True)
    error_json = models.JSONField(null=True)
    kept_until = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-received_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in DraftState]), name="drafts_known_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="DRAFTED") | models.Q(draft_json__isnull=False), name="drafts_drafted_has_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.state}"

    @property
    def draft_state(self) -> DraftState:
        return DraftState(self.state)

    @cached_property
    def draft(self) -> Draft:
        """What the file shows; only of one that is DRAFTED."""
        assert self.draft_json is not None
        return from_json(self.draft_json)

    @property
    def left(self) -> tuple[Decision, ...]:
        """The decisions that nobody has taken yet."""
        return open_decisions(self.draft, self.answers)

    @property
    def text(self) -> str:
        """The profile as it stands, with marks where decisions are open."""
        return profile_text(self.draft, self.answers)

    @property
    def asked(self) -> dict[str, Any]:
        """What the file does not say and whoever loads it must: the parameters of the profile by name."""
        parameters = self.draft.document.get("parameters", {})
        return {str(name): entry for name, entry in parameters.items()} if isinstance(parameters, dict) else {}

    @property
    def error(self) -> IstmoError | None:
        """Why the file could not be looked at, or not be read by the draft."""
        return error_from_json(self.error_json) if self.error_json else None

    @error.setter
    def error(self, error: IstmoError | None) -> None:
        self.error_json = error_as_json(error) if error else None


class DraftDecision(models.Model):
    """An answer that somebody gave, changed or took back (`answer` is then None). A later one of the same decision
    replaces it and leaves it here; all go with their draft."""

    draft = models.ForeignKey(ProfileDraft, on_delete=models.CASCADE, related_name="decided")
    decision = models.TextField()
    answer = models.TextField(null=True)
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["draft", "id"]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.decision}"
