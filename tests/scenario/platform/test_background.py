"""A file that was received is read later, once, by whoever lives; a killed process, a restart or a bug loses none."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from istmo.app.demonstration import files
from istmo.installation.audit.models import Event
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions import background
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.sandbox import Bounds, Told, read_in_sandbox
from istmo.installation.submissions.states import Stage, SubmissionState
from istmo.installation.submissions.submit import file_of, receive
from istmo.model.errors import InvalidInput

if TYPE_CHECKING:
    from istmo.app.home import Home

pytestmark = pytest.mark.usefixtures("committed_database")

AT = datetime(2024, 1, 8, 12, tzinfo=UTC)
CUADRO_003 = "pan_snm_cuadro003_2023.csv"
CONTENT = next(file.content() for file in files() if file.name == CUADRO_003)
READ_AND_HANG = """
import sys, time
from pathlib import Path
from istmo.app.django_setup import configure
from istmo.app.home import read_home
from istmo.app.settings import Settings

home = read_home(Settings(home=Path(sys.argv[1]), data_dir=Path(sys.argv[2])))
configure(home.settings, home)
from istmo.installation.submissions import background

def hang():
    print("reading", flush=True)
    time.sleep(600)

background.read_next(Path(sys.argv[3]), check=hang)
"""

READ_WHAT_NEVER_COMES = """
import sys
from datetime import date
from pathlib import Path
from istmo.installation.submissions.sandbox import Bounds, read_in_sandbox

read_in_sandbox(
    Path(sys.argv[1]), filename="x.csv", profile_id=None, parameters={}, on=date(2024, 1, 8), bounds=Bounds()
)
"""


def sent(directory: Path, *, content: bytes = CONTENT, minutes: int = 0) -> Submission:
    return receive(
        io.BytesIO(content),
        filename=CUADRO_003,
        profile_id=None,
        parameters={},
        account=None,
        directory=directory,
        received_at=AT + timedelta(minutes=minutes),
    )


def again(submission: Submission) -> Submission:
    return Submission.objects.get(id=submission.id)


def until(happened: object, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "received"


@pytest.fixture
def reader(directory: Path) -> Iterator[background.Reader]:
    yield background.start(directory)
    background.stop()


@pytest.fixture
def other_session(installation: "Home") -> Iterator[threading.Event]:
    """Set it to end another database session, which holds the lock of every submission that waits."""
    done, holding = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            for id_ in Submission.objects.values_list("id", flat=True):
                cursor.execute("SELECT pg_advisory_lock(%s)", [background._key(id_)])
            holding.set()
            done.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    done.start = lambda: (thread.start(), holding.wait(10))  # type: ignore[attr-defined]
    yield done
    done.set()
    if thread.ident:
        thread.join()


def test_a_file_waits_for_nobody_else_to_read(directory: Path) -> None:
    submission = sent(directory)
    assert again(submission).reading_stage is Stage.WAITING
    assert directory.stat().st_mode & 0o777 == 0o700
    assert file_of(submission, directory).stat().st_mode & 0o777 == 0o600
    assert (submission.size, len(submission.source_hash)) == (len(CONTENT), 64)


def test_a_file_that_waits_is_read_stored_and_let_go(directory: Path, reader: background.Reader) -> None:
    submission = sent(directory)
    assert background.wake()
    until(lambda: not again(submission).stage)
    done = again(submission)
    assert done.submission_state is SubmissionState.ACCEPTED
    assert done.attempts == 1
    assert done.vintage is not None
    assert done.vintage.name == "2024-01-08.1"
    assert done.finished_at is not None
    assert list(directory.iterdir()) == []
    kinds = set(Event.objects.filter(object_id=str(submission.id)).values_list("kind", flat=True))
    assert kinds == {"submission_received", "submission_validated", "submission_accepted"}


def test_a_file_that_cannot_be_used_is_let_go_too(directory: Path, reader: background.Reader) -> None:
    submission = sent(directory, content=b"a;b\n1;2\n")
    background.wake()
    until(lambda: not again(submission).stage)
    assert again(submission).submission_state is SubmissionState.REJECTED
    assert list(directory.iterdir()) == []


def test_files_are_read_in_the_order_in_which_they_came(directory: Path) -> None:
    later, first = sent(directory, minutes=5), sent(directory, content=CONTENT + b"\n")
    assert background.read_next(directory)
    assert (again(first).stage, again(later).stage) == ("", "waiting")
    assert background.read_next(directory)
    assert not background.read_next(directory)
    assert Vintage.objects.count() == 2


def test_nothing_is_read_twice_at_once(directory: Path, other_session: threading.Event) -> None:
    submission = sent(directory)
    assert not background.being_read(submission)
    other_session.start()  # type: ignore[attr-defined]
    assert background.being_read(submission)
    assert not background.read_next(directory)
    other_session.set()
    until(lambda: not background.being_read(submission))
    assert background.read_next(directory)


def test_what_a_killed_process_had_begun_is_begun_again(directory: Path, installation: "Home") -> None:
    submission = sent(directory)
    command = [sys.executable, "-c", READ_AND_HANG, installation.path, installation.data_dir, directory]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    assert background.being_read(submission)
    assert not background.read_next(directory)
    assert again(submission).reading_stage in (Stage.CHOOSING, Stage.READING)
    assert len(list(directory.iterdir())) == 2
    process.kill()
    process.wait()
    until(lambda: not background.being_read(submission))
    assert not background.interrupted(again(submission))
    assert background.read_next(directory)
    done = again(submission)
    assert (done.submission_state, done.attempts) == (SubmissionState.ACCEPTED, 2)
    assert list(directory.iterdir()) == []
    assert Vintage.objects.count() == 1


def test_what_was_begun_too_often_waits_for_a_person(directory: Path) -> None:
    submission = sent(directory)
    Submission.objects.filter(id=submission.id).update(attempts=background.ATTEMPTS, stage="reading")
    assert background.interrupted(again(submission))
    assert not background.read_next(directory)
    background.read_again(again(submission), at=AT)
    assert not background.interrupted(again(submission))
    assert background.read_next(directory)
    assert again(submission).submission_state is SubmissionState.ACCEPTED


def test_a_file_that_waits_for_a_person_can_be_given_up(directory: Path) -> None:
    submission = sent(directory)
    Submission.objects.filter(id=submission.id).update(attempts=background.ATTEMPTS, stage="reading")
    background.give_up(again(submission), directory=directory, at=AT)
    done = again(submission)
    assert done.submission_state is SubmissionState.REJECTED
    assert done.error is not None
    assert "discarded unread" in done.error.message.en
    assert list(directory.iterdir()) == []


def test_only_what_is_interrupted_is_begun_again_or_given_up(directory: Path, other_session: threading.Event) -> None:
    submission = sent(directory)
    with pytest.raises(InvalidInput, match="not interrupted"):
        background.give_up(submission, directory=directory, at=AT)
    Submission.objects.filter(id=submission.id).update(attempts=background.ATTEMPTS, stage="reading")
    other_session.start()  # type: ignore[attr-defined]
    assert not background.interrupted(again(submission))
    with pytest.raises(InvalidInput, match="not interrupted"):
        background.read_again(submission, at=AT)
    assert file_of(submission, directory).is_file()


def test_a_reader_that_is_stopped_leaves_the_file_waiting_and_does_not_count_the_attempt(directory: Path) -> None:
    submission = sent(directory)
    reading = background.Reader(directory, bounds=Bounds(), clock=lambda: AT)
    stopped = threading.Event()

    def check() -> None:
        stopped.wait(20)
        raise background._Stopped

    reading._check = check  # type: ignore[method-assign]
    reading.start()
    until(lambda: again(submission).reading_stage is Stage.CHOOSING)
    reading._stopping.set()
    stopped.set()
    reading.stop()
    left = again(submission)
    assert (left.reading_stage, left.attempts) == (Stage.WAITING, 0)
    assert [path.name for path in directory.iterdir()] == [str(submission.id)]


def test_a_file_that_is_not_there_any_more_is_asked_for_again(directory: Path) -> None:
    submission = sent(directory)
    file_of(submission, directory).unlink()
    assert background.read_next(directory)
    error = again(submission).error
    assert error is not None
    assert "no longer here" in error.message.en


def test_a_bug_in_one_file_does_not_keep_the_others_waiting(
    directory: Path, monkeypatch: pytest.MonkeyPatch, reader: background.Reader
) -> None:
    wrong = sent(directory)
    whole = background.read

    def read(submission: Submission, **others: object) -> None:
        if submission.id == wrong.id:
            raise KeyError("a bug")
        whole(submission, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(background, "read", read)
    right = sent(directory, minutes=1)
    background.wake()
    until(lambda: not again(right).stage)
    assert again(right).submission_state is SubmissionState.ACCEPTED
    assert background.interrupted(again(wrong))


def test_a_reader_begins_by_removing_what_nobody_waits_for(directory: Path) -> None:
    kept, done = sent(directory), sent(directory, content=CONTENT + b"\n")
    Submission.objects.filter(id=done.id).update(stage="", state="REJECTED")
    (directory / f"{done.id}-left").mkdir()
    background._clear(directory, AT)
    assert [path.name for path in directory.iterdir()] == [str(kept.id)]
    Submission.objects.filter(id=kept.id).update(stage="")  # its sender was gone before it had arrived
    background._clear(directory, AT)
    assert len(list(directory.iterdir())) == 1
    background._clear(directory, AT + 2 * background.ARRIVING)
    assert list(directory.iterdir()) == []
    background._clear(directory / "nowhere", AT)


def test_a_file_that_is_too_large_is_refused_while_it_arrives_and_leaves_nothing(directory: Path) -> None:
    submission = receive(
        io.BytesIO(b"x" * 2_000_000),
        filename="x.csv",
        profile_id=None,
        parameters={},
        account=None,
        directory=directory,
        received_at=AT,
        bounds=Bounds(file_bytes=1024 * 1024),
    )
    assert submission.submission_state is SubmissionState.REJECTED
    assert list(directory.iterdir()) == []


def test_a_file_that_stops_arriving_leaves_nothing(directory: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        receive(
            Broken(),
            filename="x.csv",
            profile_id=None,
            parameters={},
            account=None,
            directory=directory,
            received_at=AT,
        )
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "lines"), [(CONTENT, CONTENT.count(b"\n")), (b"PK\x03\x04" + CONTENT, None)], ids=["text", "workbook"]
)
def test_the_child_tells_by_which_profile_it_reads_and_how_many_lines_a_text_has(
    tmp_path: Path, content: bytes, lines: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("istmo.installation.submissions.sandbox._LOOK_EVERY", 0.002)
    path = tmp_path / "file"
    path.write_bytes(content)
    heard: list[Told | None] = []
    with suppress(InvalidInput):  # it is no workbook, which is found after it was told
        read_in_sandbox(
            path,
            filename="file",
            profile_id="PAN.SNM.cuadro003",
            parameters={},
            on=AT.date(),
            bounds=Bounds(),
            look=heard.append,
        )
    assert heard[0] is None
    assert heard[-1] == Told("PAN.SNM.cuadro003", lines)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_no_reading_goes_on_for_a_process_that_was_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    process = subprocess.Popen([sys.executable, "-c", READ_WHAT_NEVER_COMES, tmp_path / "never"])
    until(lambda: children_of(process.pid))
    (child,) = children_of(process.pid)
    time.sleep(2)  # it has set its limits and waits for the file
    assert Path(f"/proc/{child}/exe").exists()
    process.kill()
    process.wait()
    until(lambda: not Path(f"/proc/{child}/exe").exists(), seconds=5)


def test_without_a_reader_in_the_process_nobody_is_woken() -> None:
    background.stop()
    assert not background.wake()
