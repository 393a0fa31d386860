"""The site is served by a process of its own and leaves nothing behind when it is stopped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from istmo.app.home import Role, init, read_home
from istmo.app.postgres import status
from istmo.app.processes import Supervisor
from istmo.app.server import check_port
from istmo.app.settings import Settings
from istmo.model.errors import Unavailable

ROOT = Path(__file__).resolve().parents[3]
SERVE = """
import sys
from pathlib import Path
from istmo.app.home import open_home
from istmo.app.server import serve
from istmo.app.settings import Settings

if __name__ == "__main__":
    settings = Settings(home=Path(sys.argv[1]), data_dir=Path(sys.argv[2]), log_file=Path(sys.argv[1]) / "log")
    with open_home(settings) as home:
        serve(home, port=int(sys.argv[3]), on_ready=lambda: print("ready", flush=True))
"""

RECEIVE_AND_SERVE = """
import io, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
from istmo.app.django_setup import received
from istmo.app.home import open_home
from istmo.app.server import serve
from istmo.app.settings import Settings

def watch(submission):
    from istmo.installation.submissions.models import Submission
    while Submission.objects.get(id=submission.id).stage:
        time.sleep(0.1)
    print(Submission.objects.get(id=submission.id).state, flush=True)

if __name__ == "__main__":
    settings = Settings(home=Path(sys.argv[1]), data_dir=Path(sys.argv[2]), log_file=Path(sys.argv[1]) / "log")
    with open_home(settings) as home:
        from istmo.app.demonstration import files
        from istmo.installation.submissions.submit import receive
        file = next(file for file in files() if file.profile == "PAN.SNM.cuadro003")
        submission = receive(
            io.BytesIO(file.content()), filename=file.name, profile_id=None, parameters={}, account=None,
            directory=received(home), received_at=datetime.now(UTC),
        )
        thread = threading.Thread(target=watch, args=(submission,), daemon=True)
        serve(home, port=int(sys.argv[3]), on_ready=lambda: (print("ready", flush=True), thread.start()))
"""

_STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture
def settings() -> Iterator[Settings]:
    directory = Path(tempfile.mkdtemp(prefix="istmo-serve-"))
    directory.chmod(0o755)
    settings = Settings(home=directory / "home", data_dir=directory / "data")
    init(settings, role=Role.HUB, demonstration=True)
    yield settings
    for process in _STARTED:
        if process.poll() is None:
            process.kill()
            process.wait()
    _STARTED.clear()
    cluster = read_home(settings).cluster
    assert cluster is not None
    pid = status(cluster) if cluster.directory.is_dir() else None
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(directory)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(settings: Settings, port: int, *, code: str = SERVE) -> subprocess.Popen[str]:
    script = settings.home / "serve.py"
    script.write_text(code)
    process = subprocess.Popen(
        [sys.executable, script, settings.home, settings.data_dir, str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "ISTMO_DATABASE_URL": ""},
    )
    _STARTED.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def children(pid: int) -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def ended(pids: set[int]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}/exe").exists() for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_site_answers_and_stops_cleanly(settings: Settings, number: signal.Signals) -> None:
    port = free_port()
    process = started(settings, port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/es/", timeout=30) as answer:
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    cluster = read_home(settings).cluster
    assert cluster is not None
    database = status(cluster)
    assert database is not None
    process.send_signal(number)
    assert process.wait(timeout=30) == 0
    assert ended({database})


def test_a_killed_server_takes_its_worker_along_and_the_next_start_adopts_the_database(settings: Settings) -> None:
    port = free_port()
    process = started(settings, port)
    cluster = read_home(settings).cluster
    assert cluster is not None
    database = status(cluster)
    workers = children(process.pid) - {database}
    assert workers
    process.kill()
    process.wait()
    assert ended(workers)
    assert status(cluster) == database
    again = started(settings, port)
    assert status(cluster) == database
    again.terminate()
    assert again.wait(timeout=30) == 0
    assert status(cluster) is None


HANGING = """
import os, signal, time
from istmo.app.processes import end_with_parent
signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_with_parent(os.getppid())
print(os.getpid(), flush=True)
while True:
    time.sleep(1)
"""


def test_a_child_that_hangs_when_its_parent_is_killed_ends_all_the_same() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HANGING!r}])"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert ended({child})


ORDERLY = """
import signal, sys, time
from pathlib import Path
from istmo.app.processes import read_settings_of_parent
home = read_settings_of_parent().home
def end(number, frame):
    time.sleep(1)
    (home / "ended").write_text("in good order")
    sys.exit()
signal.signal(signal.SIGTERM, end)
(home / "begun").touch()
while True:
    time.sleep(60)
"""


def test_a_parent_that_stops_lets_its_children_end_in_good_order(settings: Settings, tmp_path: Path) -> None:
    program = tmp_path / "orderly.py"
    program.write_text(ORDERLY)
    settings.home.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(settings, ("orderly",), program=program)
    supervisor.start()
    while not (settings.home / "begun").exists():
        time.sleep(0.05)
    supervisor.stop()
    assert supervisor.pids() == {}
    assert (settings.home / "ended").read_text() == "in good order"


def test_a_file_that_was_received_before_the_start_is_read_after_it(settings: Settings) -> None:
    process = started(settings, free_port(), code=RECEIVE_AND_SERVE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ACCEPTED\n"
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert list((settings.home / "received").iterdir()) == []


def test_a_port_in_use_is_named_with_another_to_take() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} is in use") as raised:
            check_port("127.0.0.1", port)
        assert f"--port {port + 1}" in raised.value.in_("es")


def test_the_second_start_shows_its_first_page_within_ten_seconds(settings: Settings) -> None:
    started(settings, port := free_port()).terminate()
    time.sleep(1)
    begun = time.monotonic()
    process = started(settings, port)
    urllib.request.urlopen(f"http://127.0.0.1:{port}/es/", timeout=30).close()
    seconds = time.monotonic() - begun
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert seconds < 10 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
