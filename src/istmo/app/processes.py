"""Who keeps the other processes of an installation alive? This one starts them, and again when one dies.

    with supervised(settings, ("listener", "worker"), revive=…):
        serve(home, …)                 # the site, in this process

A child gets the settings through its standard input, secrets included, never by its environment or arguments. It ends
with its parent, however that ends. One that dies at once again and again is started ever more slowly.
"""

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from istmo.app.settings import Settings

_PR_SET_PDEATHSIG = 1
LOOK = 0.2
STOP_SECONDS = 10
LIVED = 10.0  # seconds after which a process counts as one that works
SLOWEST = 10.0


def end_with_parent(parent: int) -> None:
    """In a child: SIGKILL when the parent ends, which each of them is made for at any moment.

    A parent that stops in good order ends its children first. What is left has lost it to a crash, and nobody would end
    a child that hangs over SIGTERM: under load, granian's threads can wait for each other there for ever.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)


@dataclass(slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Starts the children named and watches them in a thread. `revive` is called on each look: the database."""

    settings: Settings
    names: Sequence[str]
    revive: Callable[[], None] = lambda: None
    program: Path | None = None
    _children: list[_Child] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _started: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns once the children have been started, by a thread that lives on: they end with the thread that started
        them (PR_SET_PDEATHSIG).
        """
        self._children = [_Child(name) for name in self.names]
        self._thread = threading.Thread(target=self._watch, name="istmo-supervisor", daemon=True)
        self._thread.start()
        self._started.wait()

    def pids(self) -> dict[str, int]:
        return {
            child.name: child.process.pid
            for child in self._children
            if child.process is not None and child.process.poll() is None
        }

    def stop(self) -> None:
        """End the children: SIGTERM, and SIGKILL for one that does not listen."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        """The thread ends the children itself: what it started would be killed with it."""
        self._look()
        self._started.set()
        while not self._stopping.wait(LOOK):
            self._look()
        self._end()

    def _end(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _look(self) -> None:
        from istmo.app.logs import logger

        try:
            self.revive()
        except Exception as error:  # the next look tries again
            logger("supervisor").error("database_not_revived", error=type(error).__name__)
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                lived = now - child.started
                child.failures = 0 if lived > LIVED else child.failures + 1
                child.not_before = now + min(0.2 * 2 ** min(child.failures, 10), SLOWEST) if child.failures > 1 else now
                child.process = None
                logger("supervisor").warning("process_ended", method=child.name, seconds=round(lived, 1))
            if child.process is None and now >= child.not_before and not self._stopping.is_set():
                child.process, child.started = self._launch(child.name), now

    def _launch(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(self.program)] if self.program else [sys.executable, "-m", "istmo.app.processes"]
        process = subprocess.Popen([*command, name], stdin=subprocess.PIPE, start_new_session=True)
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(pickle.dumps((os.getpid(), self.settings)))
            process.stdin.close()
        return process


@contextmanager
def supervised(
    settings: Settings, names: Sequence[str], *, revive: Callable[[], None] = lambda: None
) -> Iterator[Supervisor]:
    supervisor = Supervisor(settings, names, revive)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


def read_settings_of_parent() -> Settings:
    """In a child: the settings that the parent wrote; ends with the parent."""
    parent, settings = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - our own parent's pipe
    end_with_parent(parent)
    assert isinstance(settings, Settings)
    return settings


def main(name: str) -> None:
    """A child process, by its name."""
    settings = read_settings_of_parent()
    from istmo.app.logs import set_up_logs

    set_up_logs(level=settings.log_level, file=settings.log_file)
    if name == "listener":
        from istmo.app.listener import listen

        listen(settings)
    elif name == "worker":
        from istmo.app.home import read_home
        from istmo.app.registry_duties import registry_duties
        from istmo.app.worker import work

        work(settings, duties=registry_duties(read_home(settings)))
    elif name.startswith("site "):
        from istmo.app.home import read_home
        from istmo.app.server import serve

        serve(read_home(settings), port=int(name.removeprefix("site ")))
    else:
        raise SystemExit(f"no process “{name}”")


if __name__ == "__main__":
    main(sys.argv[1])
