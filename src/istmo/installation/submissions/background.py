"""Who reads a file while its sender looks elsewhere? A thread of the site, one file after the other.

    reader = start(home / "received", keep=home / "kept")       # once a process that serves the site
    wake()                                  # a file waits; False where no reader runs in this process

The database is the queue: a submission that is RECEIVED and has a stage holds a file that waits. Whoever reads it holds
a lock of its database session, which ends with the process however that ends: nothing is read twice at once, and what a
killed process had begun is begun again by the next one, `ATTEMPTS` times in all. After that it is *interrupted* and
waits for a person, who has it read again or discards it.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import close_old_connections, connection
from django.db.models import QuerySet

from istmo.installation.submissions.keeping import expire
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.sandbox import Bounds
from istmo.installation.submissions.states import Stage, SubmissionState
from istmo.installation.submissions.submit import file_of, read, reject_unread
from istmo.model.errors import InvalidInput, Unavailable
from istmo.model.text import Text

ATTEMPTS = 2
LOOK_AGAIN = 60.0  # seconds after which a reader that nobody woke looks by itself
ARRIVING = timedelta(hours=1)  # a file that came in for longer than this is not coming in any more

Clock = Callable[[], datetime]

_LOG = logging.getLogger(__name__)
_running: "Reader | None" = None


class _Stopped(BaseException):
    """The process ends: what is being read goes on waiting."""


def _now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """The thread. `stop` ends it, and the reading at hand, within a second or so."""

    def __init__(self, directory: Path, *, bounds: Bounds, clock: Clock, keep: Path | None = None) -> None:
        self.directory = directory
        self.keep = keep
        self.bounds = bounds
        self.clock = clock
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="istmo-reader", daemon=True)

    def start(self) -> None:
        self.wake()
        self._thread.start()

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        self._stopping.set()
        self.wake()
        self._thread.join(timeout=5)

    def _check(self) -> None:
        if self._stopping.is_set():
            raise _Stopped

    def _run(self) -> None:
        try:
            _clear(self.directory, self.clock())
        except Exception:
            _LOG.exception("the files received could not be looked through")
        while not self._stopping.is_set():
            self._awake.wait(LOOK_AGAIN)
            self._awake.clear()
            close_old_connections()
            try:
                while read_next(
                    self.directory, keep=self.keep, bounds=self.bounds, clock=self.clock, check=self._check
                ):
                    pass
                if self.keep is not None:
                    expire(self.keep, at=self.clock())
            except _Stopped:
                pass
            except Exception:  # the thread outlives whatever went wrong: it looks again when woken, or in a minute
                _LOG.exception("what waits could not be read")
        connection.close()


def start(directory: Path, *, keep: Path | None = None, bounds: Bounds | None = None, clock: Clock = _now) -> Reader:
    """The reader of this process, started."""
    global _running
    if _running is None:
        _running = Reader(directory, keep=keep, bounds=bounds or Bounds(), clock=clock)
        _running.start()
    return _running


def stop() -> None:
    """End the reader of this process, if there is one."""
    global _running
    if _running is not None:
        _running.stop()
        _running = None


def wake() -> bool:
    """Have the reader of this process look; False where there is none."""
    if _running is None:
        return False
    _running.wake()
    return True


def read_next(
    directory: Path,
    *,
    keep: Path | None = None,
    bounds: Bounds | None = None,
    clock: Clock = _now,
    check: Callable[[], None] = lambda: None,
) -> bool:
    """Read the file that has waited longest and that nobody reads; False when there is none."""
    for id_ in list(_waiting().values_list("id", flat=True)):
        with _held(id_) as mine:
            submission = _waiting().filter(id=id_).first() if mine else None
            if submission is not None:
                _read(submission, directory, keep=keep, bounds=bounds, clock=clock, check=check)
                return True
    return False


def being_read(submission: Submission) -> bool:
    """Whether a process that lives reads this file now."""
    return _holder(submission.id) is not None


def stored_so_far(submission: Submission) -> int | None:
    """How many rows the database has taken in of those being stored; None when it takes in none now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tuples_processed FROM pg_stat_progress_copy WHERE command = 'COPY FROM' AND pid = %s",
            [_holder(submission.id)],
        )
        row = cursor.fetchone()
        return row[0] if row else None


def interrupted(submission: Submission) -> bool:
    """Whether the file waits for a person: it was begun too often and never read to the end."""
    return submission.reading_stage is not None and submission.attempts >= ATTEMPTS and not being_read(submission)


def read_again(submission: Submission, *, at: datetime) -> None:
    """Let an interrupted file be read again."""
    with _held(submission.id) as mine:
        _check_interrupted(submission, mine)
        submission.reach(Stage.WAITING, at=at, attempts=0)


def give_up(submission: Submission, *, directory: Path, at: datetime) -> None:
    """Discard an interrupted file."""
    with _held(submission.id) as mine:
        _check_interrupted(submission, mine)
        error = InvalidInput(
            Text(es="El archivo se descartó sin leerlo.", en="The file was discarded unread."),
            place=submission.filename,
            rule="F5",
        )
        reject_unread(submission, error, directory=directory, at=at)


def _check_interrupted(submission: Submission, mine: bool) -> None:
    submission.refresh_from_db()
    if not mine or submission.reading_stage is None or submission.attempts < ATTEMPTS:
        raise InvalidInput(
            Text(
                es="La lectura de este archivo no está interrumpida.", en="The reading of this file is not interrupted."
            ),
            place=submission.filename,
            rule="F51",
        )


def _waiting() -> "QuerySet[Submission]":
    return (
        Submission.objects.filter(state=SubmissionState.RECEIVED.value, attempts__lt=ATTEMPTS)
        .exclude(stage="")
        .order_by("received_at", "id")
    )


def _read(
    submission: Submission,
    directory: Path,
    *,
    keep: Path | None,
    bounds: Bounds | None,
    clock: Clock,
    check: Callable[[], None],
) -> None:
    for left in directory.glob(f"{submission.id}-*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    submission.attempts += 1
    submission.save(update_fields=["attempts"])
    try:
        if not file_of(submission, directory).is_file():
            reject_unread(submission, _gone(submission), directory=directory, at=clock())
            return
        read(submission, directory=directory, keep=keep, bounds=bounds, clock=clock, check=check)
    except _Stopped:
        submission.reach(Stage.WAITING, at=clock(), attempts=submission.attempts - 1)
        raise
    except Exception:  # a bug of ours in one file: the others are read all the same
        _LOG.exception("submission %s could not be read", submission.id)


def _gone(submission: Submission) -> Unavailable:
    return Unavailable(
        Text(es="El archivo recibido ya no está aquí.", en="The file that was received is no longer here."),
        place=submission.filename,
        advice=Text(es="Envíelo otra vez.", en="Send it again."),
        rule="F5",
    )


@contextmanager
def _held(id_: UUID) -> Iterator[bool]:
    """Whether this database session now holds the lock of the submission; it lets go of it at the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(id_)])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(id_)])


def _key(id_: UUID) -> int:
    return int.from_bytes(id_.bytes[:8], "big", signed=True)


def _holder(id_: UUID) -> int | None:
    """The database session that holds the lock, which `pg_locks` shows by the two halves of its key, unsigned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND classid::bigint = %s AND objid::bigint = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [int.from_bytes(id_.bytes[:4], "big"), int.from_bytes(id_.bytes[4:8], "big")],
        )
        row = cursor.fetchone()
        return row[0] if row else None


def _clear(directory: Path, now: datetime) -> None:
    """Remove what no submission waits for: a file whose reading ended just before its process did, or half a file."""
    if not directory.is_dir():
        return
    received = Submission.objects.filter(state=SubmissionState.RECEIVED.value)
    kept = {
        str(submission.id)
        for submission in received.only("id", "stage", "received_at")
        if submission.stage or now - submission.received_at < ARRIVING
    }
    for left in directory.iterdir():
        if left.name[:36] not in kept:
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
