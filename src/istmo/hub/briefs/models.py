"""An edition of the brief, its moves from hand to hand, and the files that were published.

An edition records all that shaped it: the vintages, the days on which figures first came in, the cut-off, the
analysis and the names of who wrote and approved it. From these it can be made again. What was published is
stored as bytes as well, so that a permanent address serves the same file for ever.
"""

from datetime import date
from typing import ClassVar

from django.db import models

from istmo.installation.codelists.fields import CodelistField
from istmo.model.periods import Period, period
from istmo.model.text import Text
from istmo.statistics.brief.values import BriefState

RELEASE_DAY = 20
CUT_OFF_DAY = 18


def both(es: str, en: str) -> Text | None:
    """A text in both languages; None while either is missing."""
    return Text(es=es, en=en) if es.strip() and en.strip() else None


class BriefEdition(models.Model):
    """`month` is `2023-08`; an edition that is not `preliminary` is final. `vintages` and `deliveries` are empty until
    the analyst closes the data of the edition. `analysis_version` counts the savings of the analysis, `round` how often
    the edition has been closed: members reply to one round, until `replies_until`.
    """

    month = models.CharField(max_length=7)
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, default=BriefState.DRAFT.value)
    preliminary = models.BooleanField(default=True)
    demonstration = models.BooleanField(default=False)
    cut_off = models.DateField()
    next_release = models.DateField(null=True)
    analysis_es = models.TextField(default="", blank=True)
    analysis_en = models.TextField(default="", blank=True)
    analysis_version = models.PositiveIntegerField(default=0)
    correction_es = models.TextField(default="", blank=True)
    correction_en = models.TextField(default="", blank=True)
    round = models.PositiveSmallIntegerField(default=0)
    replies_until = models.DateField(null=True)
    vintages = models.JSONField(default=list)
    deliveries = models.JSONField(default=dict)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    analysed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    analysed_name = models.CharField(max_length=200, default="", blank=True)
    analysed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_name = models.CharField(max_length=200, default="", blank=True)
    approved_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    digests = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-month", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "number"], name="briefs_edition_once"),
            models.CheckConstraint(
                condition=models.Q(month__regex=r"^\d{4}-(0[1-9]|1[0-2])$"), name="briefs_edition_month"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in BriefState]), name="briefs_edition_state"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("analysed_by")),
                name="briefs_edition_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(state=BriefState.DRAFT.value)
                | (~models.Q(analysis_es="") & ~models.Q(analysis_en="") & models.Q(analysed_by__isnull=False)),
                name="briefs_edition_analysis_in_both_languages",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=BriefState.PUBLISHED.value)
                | models.Q(published_at__isnull=False, approved_by__isnull=False),
                name="briefs_edition_published_is_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month}/{self.number}"

    @property
    def period(self) -> Period:
        return period(self.month)

    @property
    def brief_state(self) -> BriefState:
        return BriefState(self.state)

    @property
    def published_on(self) -> date | None:
        return self.published_at.date() if self.published_at else None

    @property
    def analysis(self) -> Text | None:
        """The analysis in both languages; None while either is missing."""
        return both(self.analysis_es, self.analysis_en)

    @property
    def correction(self) -> Text | None:
        """What the edition corrects, in both languages; None while either is missing."""
        return both(self.correction_es, self.correction_en)


class Transition(models.Model):
    """One move of an edition: from which state, to which, who, when and why. Never changed."""

    insert_only = True

    edition = models.ForeignKey(BriefEdition, on_delete=models.PROTECT, related_name="transitions")
    source = models.CharField(max_length=10)
    target = models.CharField(max_length=10)
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(default="", blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.source} {self.target}"


class MemberReply(models.Model):
    """What a member answers to its part of one round of an edition; both texts empty: it has nothing to add.

    A later answer of the same round stands in the place of an earlier one, which is kept.
    """

    insert_only = True

    edition = models.ForeignKey(BriefEdition, on_delete=models.PROTECT, related_name="replies")
    round = models.PositiveSmallIntegerField()
    member = CodelistField("reporter")
    es = models.TextField(default="", blank=True)
    en = models.TextField(default="", blank=True)
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    signed = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.round} {self.member}"

    @property
    def text(self) -> Text | None:
        """The note in both languages; None where there is nothing to add."""
        return both(self.es, self.en)


class Withdrawal(models.Model):
    """A published edition is withdrawn: proposed by one person, confirmed or dropped by another.

    Its address stays, says why, and shows no figure any more; the files stay in the store.
    """

    edition = models.ForeignKey(BriefEdition, on_delete=models.PROTECT, related_name="withdrawals")
    es = models.TextField()
    en = models.TextField()
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["proposed_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["edition"], condition=models.Q(dropped_at__isnull=True), name="briefs_withdrawal_once"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="briefs_withdrawal_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True) | models.Q(dropped_at__isnull=True),
                name="briefs_withdrawal_confirmed_or_dropped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.proposed_at:%Y-%m-%d}"

    @property
    def text(self) -> Text:
        return Text(es=self.es, en=self.en)


class PublishedFile(models.Model):
    """A file as it was published. Never changed."""

    insert_only = True

    edition = models.ForeignKey(BriefEdition, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=60)
    media_type = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["edition", "name"], name="briefs_published_file_once")]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.name}"
