"""A submission: one file that was sent, what was found in it, and what became of it.

The file itself is kept until it has been read; a table of figures for some days more (`kept_until`), so that its
annotated workbook can be made. Until it has been read `stage` says how far the reading has come; "" where this
installation holds no file that waits (it was read on the command line, or is done with).
"""

import io
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from django.db import models

from istmo.installation.audit.models import record
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.reading import error_as_json, error_from_json
from istmo.installation.submissions.states import EVENTS, MOVES, Stage, SubmissionState
from istmo.model.errors import IstmoError
from istmo.model.findings import FINDING_SCHEMA, findings_json

if TYPE_CHECKING:
    from istmo.intake.result import Intake
    from istmo.statistics.resubmission import SinceLast


class Submission(models.Model):
    """`intake` is what was read from the file, only in the process that read it. Counts are as in `--findings`."""

    intake: "Intake | None" = None
    already_loaded = False  # this very content had been loaded before; `vintage` is the earlier one

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filename = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)
    source_hash = models.CharField(max_length=64, blank=True)
    profile_id = models.CharField(max_length=100, blank=True)
    profile = models.CharField(max_length=120, blank=True)
    dataset_id = models.CharField(max_length=150, blank=True)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default=SubmissionState.RECEIVED.value)
    account = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="submissions")
    received_at = models.DateTimeField()
    stage = models.CharField(max_length=10, default="", blank=True)
    stage_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lines = models.PositiveBigIntegerField(null=True)
    kept_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    read = models.PositiveBigIntegerField(null=True)
    accepted = models.PositiveBigIntegerField(null=True)
    quarantined = models.PositiveBigIntegerField(null=True)
    rejected = models.PositiveBigIntegerField(null=True)
    set_aside = models.JSONField(default=list)
    findings_parquet = models.BinaryField(null=True)
    findings_count = models.PositiveIntegerField(default=0)
    error_json = models.JSONField(null=True)
    vintage = models.ForeignKey(Vintage, null=True, on_delete=models.PROTECT, related_name="submissions")

    class Meta:
        ordering: ClassVar = ["-received_at", "id"]
        indexes: ClassVar = [models.Index(fields=["state", "received_at"], name="submissions_state")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in SubmissionState]), name="submissions_known_state"
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=["", *(stage.value for stage in Stage)]), name="submissions_known_stage"
            ),
            models.CheckConstraint(
                condition=models.Q(read__isnull=True)
                | models.Q(read=models.F("accepted") + models.F("quarantined") + models.F("rejected")),
                name="submissions_every_record_counted",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["ACCEPTED", "SUPERSEDED"]) | models.Q(vintage__isnull=False),
                name="submissions_accepted_has_vintage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.state}"

    @property
    def submission_state(self) -> SubmissionState:
        return SubmissionState(self.state)

    @property
    def reading_stage(self) -> Stage | None:
        """How far the reading of the file that is kept has come; None where none is kept."""
        return Stage(self.stage) if self.stage else None

    def reach(self, stage: Stage, *, at: datetime, **known: Any) -> None:
        """Write down how far the reading has come, with what is known by then."""
        self.stage, self.stage_at = stage.value, at
        for name, value in known.items():
            setattr(self, name, value)
        self.save(update_fields=["stage", "stage_at", *known])

    def move(self, to: SubmissionState, *, at: datetime) -> None:
        """Take an allowed step and write its event; the caller saves, in the same transaction."""
        if to not in MOVES[self.submission_state]:
            raise ValueError(f"a submission does not move from {self.state} to {to}")
        self.state = to.value
        counts = {
            name: value for name in ("read", "accepted", "quarantined", "rejected") if (value := getattr(self, name))
        }
        record(
            EVENTS[to],
            at=at,
            account=self.account,
            object_type="submission",
            object_id=str(self.id),
            counts=counts,
        )

    @property
    def findings(self) -> pl.DataFrame:
        """The findings as a table (`FINDING_SCHEMA`)."""
        if self.findings_parquet is None:
            return pl.DataFrame(schema=FINDING_SCHEMA)
        return pl.read_parquet(io.BytesIO(bytes(self.findings_parquet))).cast(dict(FINDING_SCHEMA))

    @findings.setter
    def findings(self, frame: pl.DataFrame) -> None:
        written = io.BytesIO()
        frame.cast({"severity": pl.String()}).write_parquet(written)
        self.findings_parquet = written.getvalue()
        self.findings_count = frame.height

    @property
    def error(self) -> IstmoError | None:
        """Why the file could not be used as a whole; None when it could."""
        if not self.error_json:
            return None
        return error_from_json(self.error_json)

    @error.setter
    def error(self, error: IstmoError) -> None:
        self.error_json = error_as_json(error)

    def as_json(self) -> dict[str, Any]:
        """The shape of `intake --findings`."""
        return {
            "file": self.filename,
            "profile": self.profile,
            "read": self.read or 0,
            "accepted": self.accepted or 0,
            "quarantined": self.quarantined or 0,
            "rejected": self.rejected or 0,
            "set_aside": self.set_aside,
            "findings": findings_json(self.findings),
        }


class FileReport(models.Model):
    """What the report of a file tells beside its findings: the rows around them, and what changed since the last one.

    `excerpt` has the columns that the profile reads, and is empty for a file on persons. `first` says that nothing of
    the dataset was held before; None where the file was compared with nothing. The tables are those of
    `istmo.statistics.resubmission.SinceLast`, codes as texts.
    """

    insert_only = True

    submission = models.OneToOneField(Submission, primary_key=True, on_delete=models.PROTECT, related_name="report")
    excerpt_parquet = models.BinaryField()
    first = models.BooleanField(null=True)
    cells_parquet = models.BinaryField(null=True)
    nationalities_parquet = models.BinaryField(null=True)
    months_parquet = models.BinaryField(null=True)
    missing_parquet = models.BinaryField(null=True)

    def __str__(self) -> str:
        return str(self.submission_id)

    @classmethod
    def made(cls, submission: Submission, excerpt: pl.DataFrame, since: "SinceLast | None") -> "FileReport":
        """Keep the report of a submission; a first one changes nothing, so its cells are not kept a second time."""
        tables = {} if since is None else {name: getattr(since, name) for name in _SINCE}
        if since is not None and since.first:
            tables = {name: frame.head(0) for name, frame in tables.items()}
        return cls.objects.create(
            submission=submission,
            excerpt_parquet=_parquet(excerpt),
            first=None if since is None else since.first,
            **{f"{name}_parquet": _parquet(frame) for name, frame in tables.items()},
        )

    @property
    def excerpt(self) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(bytes(self.excerpt_parquet)))

    @property
    def since(self) -> "SinceLast | None":
        from istmo.statistics.resubmission import SinceLast

        if self.first is None:
            return None
        tables = {name: pl.read_parquet(io.BytesIO(bytes(getattr(self, f"{name}_parquet")))) for name in _SINCE}
        return SinceLast(**tables, first=self.first)


_SINCE = ("cells", "nationalities", "months", "missing")


def _parquet(frame: pl.DataFrame) -> bytes:
    enums = [name for name, type_ in frame.schema.items() if isinstance(type_, pl.Enum)]
    written = io.BytesIO()
    frame.with_columns(pl.col(enums).cast(pl.String)).write_parquet(written, compression="zstd")
    return written.getvalue()
