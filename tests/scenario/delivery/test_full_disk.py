"""The disk is full while messages are posted and travel: nothing is lost or doubled, and it goes on by itself."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scenario.delivery.chaos import ids, leaves, settled
from tests.scenario.delivery.installations import two_installations, wait_until

MESSAGES = 60


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 320 MB; only root can make one."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = Path(tempfile.mkdtemp(prefix="istmo-small-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=320m,mode=755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine mounts no file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)
    folder.rmdir()


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(1024 * 1024))
        except OSError:
            pass


def test_a_full_disk_loses_nothing_and_doubles_nothing(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with two_installations(within=small_disk) as (hub, node):
        hub.start()
        node.start()
        assert wait_until(lambda: hub.listens() and node.listens(), seconds=60)
        posting = hub.posting(MESSAGES, recipient="PAN", rate=12)
        time.sleep(1.5)
        fill(ballast)
        time.sleep(2.5)
        assert os.statvfs(small_disk).f_bavail < 1000
        ballast.unlink()
        posted = int(posting.communicate(timeout=120)[0].split()[0])
        assert wait_until(lambda: settled(hub, node, posted), seconds=120, every=0.5)
        assert posted == MESSAGES
        assert hub.count("SELECT count(*) FROM delivery_outbound WHERE state = 'DELIVERED'") == MESSAGES
        assert node.count("SELECT count(*) FROM delivery_inbound") == MESSAGES
        assert leaves(hub) == leaves(node) == ids(hub)
