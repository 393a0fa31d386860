"""Two real installations on this machine: own homes, databases, keys, certificates; HTTPS on loopback; a proxy between.

The keys of the exchange are those of the demonstration, which its registry knows. Everything else is made by
`istmo init`.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from istmo.app import keys
from istmo.app.exchange import Exchange, write_exchange
from istmo.app.home import Home, Role, database_running, init, party_of
from istmo.app.postgres import revive, status
from istmo.app.postgres_programs import find_programs
from istmo.app.processes import Supervisor
from istmo.app.settings import Settings
from istmo.registry.demonstration import demonstration_key
from istmo.registry.keys import Use

HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Installation:
    """A home with its processes."""

    home: Home
    port: int
    supervisor: Supervisor | None = None

    @property
    def party(self) -> str:
        return party_of(self.home)

    def start(self, *names: str) -> None:
        cluster = self.home.cluster
        assert cluster is not None
        programs = find_programs(self.home.data_dir)
        self.supervisor = Supervisor(
            self.home.settings, names or ("listener", "worker"), partial(_revived, cluster, programs)
        )
        self.supervisor.start()

    def stop(self) -> None:
        if self.supervisor is not None:
            self.supervisor.stop()
        self.supervisor = None

    def listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.home.app.connect() as connection:
            return connection.execute(query.encode(), values).fetchall()

    def count(self, query: str, *values: Any) -> int:
        return int(self.rows(query, *values)[0][0])

    def kill(self, name: str) -> bool:
        """kill -9 of a process by what it is: `listener`, `worker`, `web` (that serves the listener), `postgres`."""
        assert self.supervisor is not None
        assert self.home.cluster is not None
        pids = self.supervisor.pids()
        pid = {
            "postgres": lambda: status(self.home.cluster),  # type: ignore[arg-type]
            "web": lambda: next(iter(children(pids["listener"])), None) if "listener" in pids else None,
        }.get(name, lambda: pids.get(name))()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def posting(
        self, count: int, *, recipient: str, rate: float = 0, kind: str = "test", conversation: str = ""
    ) -> subprocess.Popen[str]:
        """A process that posts messages, each in a transaction of its own; it writes how many it committed."""
        arguments = [str(self.home.path), str(self.home.data_dir), recipient, str(count), str(rate), kind]
        arguments += [conversation] if conversation else []
        return subprocess.Popen(
            [sys.executable, str(HERE / "poster.py"), *arguments], stdout=subprocess.PIPE, text=True
        )


def _revived(cluster: Any, programs: Any) -> None:
    revive(cluster, programs)


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that are no helpers of multiprocessing."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes()
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid and b"resource_tracker" not in command:
            found.append(int(entry.name))
    return found


@contextmanager
def two_installations(
    *, parties: Sequence[str] = ("TS", "PAN"), through: int | None = None, within: Path | None = None
) -> Iterator[list[Installation]]:
    """The installations, their databases running and their tables made. `through`: the port of a proxy that the first
    is reached by; `within`: the directory that they lie in.
    """
    directory = Path(tempfile.mkdtemp(prefix="istmo-exchange-", dir=within))
    directory.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        made: list[Installation] = []
        for party in parties:
            settings = Settings(home=directory / party.lower(), data_dir=directory / "data", log_level="error")
            role = Role.HUB if party == "TS" else Role.NODE
            home = init(
                settings,
                role=role,
                member="" if party == "TS" else party,
                demonstration=True,
                beside=made[0].home if made else None,
            )
            made.append(Installation(home, free_port()))
        for one in made:
            _take_part(one, made, through)
        for one in made:
            stack.enter_context(database_running(one.home))
        for one in made:
            subprocess.run(
                [sys.executable, str(HERE / "poster.py"), str(one.home.path), str(one.home.data_dir)], check=True
            )
        try:
            yield made
        finally:
            for one in made:
                one.stop()


def _take_part(one: Installation, all_: Sequence[Installation], through: int | None) -> None:
    folder = one.home.path / "keys" / "exchange"
    for use, name in ((Use.SIGNING, "signing.pem"), (Use.SEALING, "sealing.pem")):
        (folder / name).write_bytes(demonstration_key(one.party, use).as_pem())
    keys.believe(one.home.path, [keys.authority_of(other.home.path) for other in all_])
    peers = {}
    for other in all_:
        if other is not one:
            port = through if through is not None and other is all_[0] else other.port
            peers[other.party] = f"https://127.0.0.1:{port}"
    slot, heads = timedelta(seconds=1), timedelta(seconds=2)
    write_exchange(one.home, Exchange("127.0.0.1", one.port, peers, slot=slot, heads=heads))


def wait_until(condition: Any, *, seconds: float = 60, every: float = 0.1) -> bool:
    """Whether it came true in time; what a database that is away makes of the question counts as not yet."""
    import psycopg

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(psycopg.Error):
            if condition():
                return True
        time.sleep(every)
    return False


__all__ = ["Installation", "children", "free_port", "json", "replace", "two_installations", "wait_until"]
