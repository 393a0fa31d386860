"""A month travels: released at Panama's node, over HTTPS to the hub, acknowledged; also to a hub that is late."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .installations import Installation, two_installations, wait_until

HERE = Path(__file__).parent
FIRST, SECOND = "pan_snm_cuadro003_2022.csv", "pan_snm_cuadro003_2023-08.csv"
RELEASES = "SELECT state, vintage_at_hub FROM release_release ORDER BY id"
VINTAGES = "SELECT name, source_hash, content_hash, rows FROM observations_vintage ORDER BY name"


@pytest.fixture(scope="module")
def region() -> Iterator[list[Installation]]:
    with two_installations() as made:
        yield made


def release(node: Installation, name: str) -> None:
    home = node.home
    ran = subprocess.run(
        [sys.executable, str(HERE / "submitter.py"), str(home.path), str(home.data_dir), name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_a_released_vintage_is_the_same_at_the_hub_also_when_the_hub_comes_late(region: list[Installation]) -> None:
    hub, node = region
    node.start()
    release(node, FIRST)
    assert not wait_until(lambda: hub.count("SELECT count(*) FROM observations_vintage"), seconds=2)
    assert node.rows(RELEASES) == [("SENT", "")]
    hub.start()
    assert wait_until(lambda: node.rows(RELEASES)[0][0] == "ACKNOWLEDGED", seconds=90)
    release(node, SECOND)
    assert wait_until(lambda: [state for state, _ in node.rows(RELEASES)] == ["ACKNOWLEDGED"] * 2, seconds=90)
    held = node.rows(VINTAGES)
    assert hub.rows(VINTAGES) == held
    assert [name for name, *_ in held] == [name for _, name in node.rows(RELEASES)]
    assert all(name.endswith("591") for name, *_ in held)
    figures = "SELECT sum(obs_value), count(*) FROM observations_observation"
    assert hub.rows(figures) == node.rows(figures)
    received = "SELECT filename, state FROM submissions_submission ORDER BY received_at"
    assert hub.rows(received) == [(FIRST, "ACCEPTED"), (SECOND, "ACCEPTED")]
    manifests = "SELECT count(*) FROM evidence_leaf"
    assert wait_until(lambda: hub.count(manifests) == node.count(manifests) == 4, seconds=20)
