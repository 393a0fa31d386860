"""One installation is upgraded while the other stays behind: the two go on exchanging, whichever of them is the older.

The earlier program is taken out of this repository's own history and runs as an installation of its own, in processes
that see nothing of the present one.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import EARLIER, ROOT
from tests.scenario.delivery.installations import free_port, wait_until

from istmo.app import keys
from istmo.app.exchange import Exchange, write_exchange
from istmo.app.home import Home, read_home
from istmo.app.settings import Settings
from istmo.registry.demonstration import demonstration_key
from istmo.registry.keys import Use

pytestmark = pytest.mark.history
HERE = Path(__file__).parent
MONTH = "pan_snm_cuadro003_2022.csv"


@dataclass(slots=True)
class Versioned:
    """An installation that the program in `sources` makes and runs."""

    party: str
    home: Path
    data_dir: Path
    sources: Path
    tests: Path
    port: int

    @property
    def read(self) -> Home:
        return read_home(Settings(home=self.home, data_dir=self.data_dir))

    def program(self, file: Path, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.sources), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, str(file), *arguments], stdout=subprocess.PIPE, text=True, env=environment
        )

    def act(self, name: str, *arguments: str) -> str:
        """A helper of the tests of its own version."""
        running = self.program(self.tests / name, str(self.home), str(self.data_dir), *arguments)
        said, _ = running.communicate()
        assert running.returncode == 0, said
        return said

    def command(self, *arguments: str, code: int = 0) -> str:
        """`istmo` of its own version."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.sources),
            "ISTMO_HOME": str(self.home),
            "ISTMO_DATA_DIR": str(self.data_dir),
            "LANG": "C",
        }
        done = subprocess.run(
            [sys.executable, "-m", "istmo", *arguments], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def count(self, query: str) -> int:
        return int(self.rows(query)[0][0])

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.read.app.connect() as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def earlier() -> Iterator[Path]:
    """The tree of the earlier version."""
    packed = subprocess.run(
        ["git", "-C", str(ROOT), "archive", EARLIER, "src", "tests/scenario/delivery"], capture_output=True, check=True
    )
    folder = Path(tempfile.mkdtemp(prefix="istmo-earlier-"))
    folder.chmod(0o755)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        tar.extractall(folder, filter="data")
    yield folder
    shutil.rmtree(folder)


@contextmanager
def exchanging(*made: Versioned) -> Iterator[None]:
    """The installations made, acquainted and running, each with its own program."""
    for one in made:
        member = "" if one.party == "TS" else one.party
        begun = one.program(HERE / "version.py", "init", str(one.home), str(one.data_dir), member)
        assert begun.wait() == 0
    for one in made:
        folder = one.home / "keys" / "exchange"
        for use, name in ((Use.SIGNING, "signing.pem"), (Use.SEALING, "sealing.pem")):
            (folder / name).write_bytes(demonstration_key(one.party, use).as_pem())
        keys.believe(one.home, [keys.authority_of(other.home) for other in made])
        peers = {other.party: f"https://127.0.0.1:{other.port}" for other in made if other is not one}
        slot, heads = timedelta(seconds=1), timedelta(seconds=2)
        write_exchange(one.read, Exchange("127.0.0.1", one.port, peers, slot=slot, heads=heads))
    with ExitStack() as stack:
        for one in made:
            running = one.program(HERE / "version.py", "run", str(one.home), str(one.data_dir))
            stack.callback(_ended, running)
            assert running.stdout is not None
            assert running.stdout.readline() == "ready\n"
        yield


def _ended(running: subprocess.Popen[str]) -> None:
    running.terminate()
    running.wait(timeout=30)


@pytest.mark.parametrize("older", ["PAN", "TS"])
def test_a_month_and_test_messages_go_both_ways_between_two_versions(earlier: Path, older: str) -> None:
    directory = Path(tempfile.mkdtemp(prefix="istmo-versions-"))
    directory.chmod(0o755)
    hub, node = (
        Versioned(
            party=party,
            home=directory / party.lower(),
            data_dir=directory / f"data-{party.lower()}",
            sources=(earlier if party == older else ROOT) / "src",
            tests=(earlier / "tests/scenario/delivery") if party == older else HERE,
            port=free_port(),
        )
        for party in ("TS", "PAN")
    )
    behind, ahead = (node, hub) if older == "PAN" else (hub, node)
    try:
        with exchanging(hub, node):
            node.act("submitter.py", MONTH)
            acknowledged = "SELECT count(*) FROM release_release WHERE state = 'ACKNOWLEDGED'"
            assert wait_until(lambda: node.count(acknowledged) == 1, seconds=90), outbox(hub, node)
            figures = "SELECT name, source_hash, content_hash, rows FROM observations_vintage ORDER BY name"
            assert hub.rows(figures) == node.rows(figures) != []
            told = json.loads(ahead.command("exchange", "test", "--to", behind.party, "--count", "3", "--json"))
            assert [one["state"] for one in told] == ["DELIVERED"] * 3
            behind.act("poster.py", ahead.party, "3", "0", "test")
            undelivered = "SELECT count(*) FROM delivery_outbound WHERE state <> 'DELIVERED'"
            assert wait_until(lambda: behind.count(undelivered) == 0), outbox(hub, node)
            checks = {one["name"]: one for one in json.loads(ahead.command("doctor", "--peers", "--json", code=0))}
            assert "trial-question" in checks[f"{behind.party} wire"]["message"]["en"]

            manifests = "SELECT message_id, text FROM evidence_leaf ORDER BY 1, 2"
            assert wait_until(lambda: hub.rows(manifests) == node.rows(manifests)), "both logs account for all"
            heads = "SELECT count(*) FROM evidence_peerhead WHERE finding IN ('first', 'grown')"
            assert wait_until(lambda: all(one.count(heads) for one in (hub, node)))
            unproved = "SELECT count(*) FROM delivery_outbound WHERE proved_at IS NULL"
            assert wait_until(lambda: not any(one.count(unproved) for one in (hub, node)))
            alarms = "SELECT count(*) FROM alarms_alarm WHERE kind IN ('peer_log', 'own_log', 'not_handled')"
            assert not any(one.count(alarms) for one in (hub, node))

            before = behind.count("SELECT count(*) FROM delivery_inbound")
            said = ahead.command("exchange", "test", "--to", behind.party, "--case", "none", code=1)
            assert "This version does not know the kind of message." in said
            assert behind.count("SELECT count(*) FROM delivery_inbound") == before
            told = json.loads(ahead.command("exchange", "test", "--to", behind.party, "--json"))
            assert [one["state"] for one in told] == ["DELIVERED"], "what it does not know has disturbed nothing"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def outbox(*made: Versioned) -> str:
    query = "SELECT kind, state, reason, attempts FROM delivery_outbound"
    return json.dumps({one.party: one.rows(query) for one in made})
