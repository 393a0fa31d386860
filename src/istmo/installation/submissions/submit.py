"""Somebody sends a file: receive it, read it apart, check it, store its records as a vintage or say why not.

    submission = receive(stream, filename="cuadro003.csv", profile_id=None, parameters={}, account=user, directory=...)
    read(submission, directory=...)          # at once, or later by `istmo.installation.submissions.background`

`submit_read` is for the command line, which reads its user's own file. The submission is kept whatever becomes of it;
the file only until it has been read. `submission.error` says why the file could not be used as a whole;
`submission.findings` what was noticed, cross-checks with other datasets included.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl
from django.db import transaction

from istmo.installation.accounts.permissions import PERMISSIONS, Act
from istmo.installation.audit.models import EventKind, record
from istmo.installation.mapping import review, versions
from istmo.installation.observations import store
from istmo.installation.observations.models import Vintage, VintagePeriod
from istmo.installation.submissions import keeping
from istmo.installation.submissions.models import FileReport, Submission
from istmo.installation.submissions.protected import require_place
from istmo.installation.submissions.sandbox import Bounds, Told, read_in_sandbox
from istmo.installation.submissions.scope import require_own_state
from istmo.installation.submissions.states import Stage, SubmissionState
from istmo.installation.submissions.tasks import excerpt
from istmo.intake.reporting.grouping import places_only
from istmo.intake.reporting.sent import EXCERPT_SCHEMA
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.text import Text
from istmo.statistics.resubmission import since_last

if TYPE_CHECKING:
    from istmo.intake.result import Intake

_CHUNK = 1024 * 1024
Clock = Callable[[], datetime]
_TAKEN_UP = ("profile_id", "profile", "dataset_id", "read", "accepted", "quarantined", "rejected")


def _now() -> datetime:
    return datetime.now(UTC)


def _nothing() -> None:
    """Nothing ends the reading."""


def receive(
    stream: IO[bytes],
    *,
    filename: str,
    profile_id: str | None,
    parameters: Mapping[str, str],
    account: Any,
    directory: Path,
    received_at: datetime,
    bounds: Bounds | None = None,
) -> Submission:
    """Record the file and keep it in `directory` until it has been read; one that is too large is rejected."""
    _check_role(account)
    submission = Submission(
        filename=_plain_name(filename), parameters=dict(parameters), profile_id=profile_id or "", account=account
    )
    submission.received_at = received_at
    _receive(submission, received_at)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = file_of(submission, directory)
    try:
        size, source_hash = _write_limited(stream, path, bounds or Bounds(), submission.filename)
    except IstmoError as error:
        path.unlink()
        _reject(submission, error, received_at)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    else:
        submission.reach(Stage.WAITING, at=received_at, size=size, source_hash=source_hash)
    return submission


def read(
    submission: Submission,
    *,
    directory: Path,
    keep: Path | None = None,
    bounds: Bounds | None = None,
    clock: Clock = _now,
    check: Callable[[], None] = _nothing,
) -> None:
    """Read the file that `receive` kept, store it or say why not, and let go of it; figures are kept in `keep`.

    Its vintage bears the day of receipt. `check` is called some times a second while the file is read; if it raises,
    the file goes on waiting.
    """
    path = file_of(submission, directory)
    wanted = submission.profile_id or None

    def look(told: Told | None) -> None:
        check()
        if told and submission.reading_stage is Stage.CHOOSING:
            submission.reach(Stage.READING, at=clock(), profile_id=told.profile_id, lines=told.lines)

    submission.reach(Stage.CHOOSING, at=clock())
    on = submission.received_at.date()
    try:
        reading = read_in_sandbox(
            path,
            filename=submission.filename,
            profile_id=wanted,
            parameters=submission.parameters,
            on=on,
            bounds=bounds or Bounds(),
            installed=versions.installed_sources(),
            look=look,
        )
    except IstmoError as error:
        _reject(submission, error, clock())
    else:
        intake = reading.intake
        _take_up(submission, intake)
        submission.reach(Stage.STORING, at=clock(), **{name: getattr(submission, name) for name in _TAKEN_UP})
        _store(submission, intake, reading.excerpt, on=on, at=clock())
        if keep is not None and intake.profile.grain != "person":
            keeping.keep(submission, path, keep, at=clock())
    path.unlink(missing_ok=True)


def reject_unread(submission: Submission, error: IstmoError, *, directory: Path, at: datetime) -> None:
    """Give up a file that was not read, and let go of it."""
    _reject(submission, error, at)
    file_of(submission, directory).unlink(missing_ok=True)


def file_of(submission: Submission, directory: Path) -> Path:
    """Where the file lies until it has been read."""
    return directory / str(submission.id)


def submit_read(
    intake: "Intake",
    *,
    size: int,
    account: Any,
    on: date,
    data: bytes | None = None,
    sources: Mapping[str, bytes] | None = None,
    received_at: datetime | None = None,
    clock: Clock = _now,
) -> Submission:
    """The same for a file that was read already: by the command line, from its user's own disk.

    `data` is the file, for the rows around its findings; `sources` the YAML of a profile that neither ships with the
    program nor is installed, with those that it extends.
    """
    _check_role(account)
    received = received_at or clock()
    submission = Submission(
        filename=_plain_name(intake.filename),
        size=size,
        source_hash=intake.source_hash,
        parameters=dict(intake.parameters),
        account=account,
        received_at=received,
    )
    _receive(submission, received)
    _take_up(submission, intake)
    around = EXCERPT_SCHEMA.to_frame() if data is None else excerpt(intake, data)
    _store(submission, intake, around, sources=sources, on=on, at=received_at or clock())
    return submission


def _check_role(account: Any) -> None:
    """Without account the command line works for whoever owns the home."""
    if account is not None and account.account_role not in PERMISSIONS[Act.SUBMIT]:
        raise InvalidInput(
            Text(es="Su función no permite enviar archivos.", en="Your role does not allow sending files."), rule="F51"
        )


def _receive(submission: Submission, at: datetime) -> None:
    with transaction.atomic():
        submission.save(force_insert=True)
        record(
            EventKind.SUBMISSION_RECEIVED,
            at=at,
            account=submission.account,
            object_type="submission",
            object_id=str(submission.id),
        )


def _write_limited(stream: IO[bytes], path: Path, bounds: Bounds, filename: str) -> tuple[int, str]:
    """Size and SHA-256 of what was written; stops at the limit."""
    size, digest = 0, hashlib.sha256()
    with open(path, "wb", opener=_private) as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > bounds.file_bytes:
                limit = bounds.file_bytes // 1024**2
                raise InvalidInput(
                    Text(es=f"El archivo pasa de {limit} MB.", en=f"The file is larger than {limit} MB."),
                    place=filename,
                    advice=Text(es="Envíelo por partes.", en="Send it in parts."),
                    rule="F5",
                )
            digest.update(chunk)
            file.write(chunk)
    return size, digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _take_up(submission: Submission, intake: "Intake") -> None:
    submission.intake = intake
    submission.profile_id = intake.profile.id
    submission.profile = intake.profile.label
    submission.dataset_id = intake.profile.dataset_id
    submission.read = intake.read
    submission.accepted = intake.accepted
    submission.quarantined = intake.quarantined
    submission.rejected = intake.rejected
    submission.set_aside = [entry.as_json() for entry in intake.set_aside]
    submission.findings = intake.findings if intake.profile.grain != "person" else places_only(intake.findings)


def _store(
    submission: Submission,
    intake: "Intake",
    around: pl.DataFrame,
    *,
    sources: Mapping[str, bytes] | None = None,
    on: date,
    at: datetime,
) -> None:
    """One transaction: the vintage, the submission's moves, the findings of the checks, what is superseded, and what
    the report and the review of mappings need.
    """
    before = store.observations(datasets=[submission.dataset_id])
    tell = partial(_tell, submission, intake, around, before, sources, at)
    try:
        with transaction.atomic():
            require_own_state(submission.account, intake.profile.reporter)
            require_place(submission.dataset_id)
            submission.move(SubmissionState.VALIDATED, at=at)
            stored = store.store_intake(intake, on=on, received_at=submission.received_at, account=submission.account)
            submission.vintage = Vintage.objects.get(name=stored.name)
            submission.already_loaded = not stored.created
            if stored.created:
                submission.findings = pl.concat([intake.findings, checks_after(submission, before)])
            submission.move(SubmissionState.ACCEPTED, at=at)
            submission.finished_at, submission.stage = at, ""
            submission.save()
            tell()
            supersede(submission, at)
    except IstmoError as error:
        submission.state = SubmissionState.RECEIVED.value
        submission.vintage = None
        with transaction.atomic():
            _reject(submission, error, at)
            tell()


def _tell(
    submission: Submission,
    intake: "Intake",
    around: pl.DataFrame,
    before: pl.DataFrame,
    sources: Mapping[str, bytes] | None,
    at: datetime,
) -> None:
    """What the report tells beside the findings; the labels that no map decides; the version that read the file."""
    figures = intake.profile.grain != "person"
    FileReport.made(
        submission,
        around,
        since_last(before, intake.observations) if figures else None,
    )
    review.collect(submission, intake.findings, intake.profile)
    known = versions.known_sources(intake.profile) or sources
    if figures and known is not None and intake.profile.date is not None:
        versions.remember(intake.profile, known, at=at)


def checks_after(submission: Submission, before: pl.DataFrame) -> pl.DataFrame:
    """What the new vintage looks like beside the other datasets and beside what it replaces."""
    from istmo.registry.datasets import datasets
    from istmo.statistics.checks import cross_checks, revision_checks

    assert submission.vintage is not None
    after = store.observations(vintages=[submission.vintage.name])
    found = [cross_checks(store.observations(), datasets=datasets(), touching=submission.dataset_id)]
    if not before.is_empty():
        found.append(revision_checks(before, after))
    return pl.concat(found)


def supersede(submission: Submission, at: datetime) -> None:
    """Earlier accepted submissions of the dataset whose every period is now in force from later vintages."""
    in_force = set(store.periods_held()["VINTAGE"])
    earlier = Submission.objects.filter(
        state=SubmissionState.ACCEPTED.value, dataset_id=submission.dataset_id, vintage__isnull=False
    ).exclude(id=submission.id)
    for other in earlier.select_related("vintage"):
        assert other.vintage is not None
        replaced = other.vintage_id != submission.vintage_id and other.vintage.name not in in_force
        if replaced and VintagePeriod.objects.filter(vintage=other.vintage).exists():
            other.move(SubmissionState.SUPERSEDED, at=at)
            other.save(update_fields=["state"])


def _reject(submission: Submission, error: IstmoError, at: datetime) -> None:
    with transaction.atomic():
        submission.error = error
        submission.move(SubmissionState.REJECTED, at=at)
        submission.finished_at, submission.stage = at, ""
        submission.save()


def _plain_name(filename: str) -> str:
    """The last part of the name, without signs that could steer a terminal or a path."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(sign for sign in name if sign.isprintable())[:255] or "archivo"
