"""How long is a file kept after it has been read? Figures for some days, so that their annotated workbook can be made.

A table on persons is never kept. Whoever may send files may remove one at once; the reader of the installation removes
those whose days are over. What was read of a file stays: its findings, the rows around them, its vintage.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from istmo.installation.audit.models import EventKind, record
from istmo.installation.submissions.models import Submission
from istmo.model.errors import NotFound
from istmo.model.text import Text

KEPT_FOR = timedelta(days=30)


def keep(submission: Submission, path: Path, directory: Path, *, at: datetime) -> None:
    """Keep the file at `path` in `directory`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    submission.kept_until = at + KEPT_FOR
    submission.save(update_fields=["kept_until"])  # before the file is there, or `expire` might take it for a lost one
    path.rename(directory / str(submission.id))


def kept_file(submission: Submission, directory: Path, *, at: datetime) -> Path | None:
    """Where the file lies; None once it was removed or its days are over."""
    if submission.kept_until is None or submission.kept_until <= at:
        return None
    path = directory / str(submission.id)
    return path if path.is_file() else None


def remove(submission: Submission, directory: Path, *, account: Any, at: datetime) -> None:
    """Remove the file because a person wants it gone."""
    if kept_file(submission, directory, at=at) is None:
        raise NotFound(
            Text(es="El archivo ya no está aquí.", en="The file is no longer here."),
            place=submission.filename,
            rule="F5",
        )
    with transaction.atomic():
        _let_go(submission, directory)
        record(EventKind.FILE_REMOVED, at=at, account=account, object_type="submission", object_id=str(submission.id))


def expire(directory: Path, *, at: datetime) -> int:
    """Remove the files whose days are over, and what no submission keeps; how many."""
    if not directory.is_dir():
        return 0
    over = list(Submission.objects.filter(kept_until__lte=at).only("id", "kept_until"))
    for submission in over:
        _let_go(submission, directory)
    held = {str(id_) for id_ in Submission.objects.filter(kept_until__isnull=False).values_list("id", flat=True)}
    lost = [path for path in directory.iterdir() if path.is_file() and path.name not in held]
    for path in lost:
        path.unlink(missing_ok=True)
    return len(over) + len(lost)


def _let_go(submission: Submission, directory: Path) -> None:
    submission.kept_until = None
    submission.save(update_fields=["kept_until"])
    (directory / str(submission.id)).unlink(missing_ok=True)
