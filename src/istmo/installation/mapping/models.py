"""The versions of profiles, which of them is in force, the labels that stopped rows, and what was decided about them.

All four tables only grow. A version is kept whole, with the profiles that it extends, so that an earlier file can be
read again by the version that read it first. Labels are those of tables of figures; none of a table on persons.
"""

from typing import ClassVar

from django.db import models

from istmo.intake.reviewing.deciding import Verdict

UNDONE = "undone"


class ProfileVersion(models.Model):
    """One version of a source profile: `sources` are its YAML and those that it extends, by id."""

    insert_only = True

    hash = models.CharField(max_length=64, primary_key=True)
    profile_id = models.CharField(max_length=100)
    version = models.CharField(max_length=20)
    author = models.CharField(max_length=200)
    date = models.DateField()
    sources = models.JSONField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["profile_id", "version"], name="mapping_version_label")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """`id@version`, as observations carry it."""
        return f"{self.profile_id}@{self.version}"


class ProfileChoice(models.Model):
    """From `at` on, files of the profile are read by `version`; without one, by that of the program."""

    insert_only = True

    profile_id = models.CharField(max_length=100)
    version = models.ForeignKey(ProfileVersion, null=True, on_delete=models.PROTECT, related_name="choices")
    at = models.DateTimeField()
    account = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.version_id or '-'}"


class UnmappedLabel(models.Model):
    """A label that stopped rows of one submission: how often, and the first rows. `folded` is what is compared."""

    insert_only = True

    submission = models.ForeignKey("submissions.Submission", on_delete=models.PROTECT, related_name="unmapped")
    profile_id = models.CharField(max_length=100)
    reporter = models.CharField(max_length=20)
    field = models.CharField(max_length=100)
    label = models.CharField(max_length=500)
    folded = models.CharField(max_length=500)
    rule = models.CharField(max_length=10)
    times = models.PositiveIntegerField()
    rows = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "field", "folded"], name="mapping_unmapped_once")
        ]
        indexes: ClassVar = [models.Index(fields=["profile_id", "field", "folded"], name="mapping_unmapped_label")]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.field} {self.label}"


class MappingDecision(models.Model):
    """What a person decided about a label of a profile's field; the latest about a label holds.

    A decision is undone by another one (`verdict` "undone") that names it. `ambiguous` is what the registry said of the
    label then: such a label is never mapped without a rule of its source.
    """

    insert_only = True

    profile_id = models.CharField(max_length=100)
    field = models.CharField(max_length=100)
    label = models.CharField(max_length=500)
    folded = models.CharField(max_length=500)
    verdict = models.CharField(max_length=12)
    codes = models.JSONField(default=list)
    note = models.CharField(max_length=500)
    source_rule = models.CharField(max_length=500, blank=True)
    ambiguous = models.BooleanField()
    at = models.DateTimeField()
    account = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["profile_id", "field", "folded", "at"], name="mapping_decision_label")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=[*(verdict.value for verdict in Verdict), UNDONE]),
                name="mapping_decision_known_verdict",
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict=Verdict.MAP.value, ambiguous=True) | ~models.Q(source_rule=""),
                name="mapping_ambiguous_needs_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(verdict=UNDONE, undoes__isnull=False)
                | (~models.Q(verdict=UNDONE) & models.Q(undoes__isnull=True)),
                name="mapping_undone_names_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.field} {self.label} {self.verdict}"
