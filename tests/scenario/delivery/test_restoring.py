"""A node is lost and comes back from a backup while the hub goes on: nothing lost, nothing doubled, a person is told.

What was exchanged between backup and loss is in the hub's log; the hub tells it, and both logs account for every
message again, also in conversations that had gone on meanwhile.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from tests.scenario.delivery.installations import Installation, two_installations, wait_until

from istmo.app.backup import new_identity
from istmo.app.home import database_running, read_home
from istmo.app.settings import Settings

MONTHS = ("pan_snm_cuadro003_2022.csv", "pan_snm_cuadro003_2023-08.csv")
TALK = "a-conversation-that-goes-on"
UNDELIVERED = "SELECT count(*) FROM delivery_outbound WHERE state <> 'DELIVERED'"
OPEN = "SELECT count(*) FROM alarms_alarm WHERE kind = %s AND closed_at IS NULL"
TWICE = "SELECT count(*) - count(DISTINCT (sender, message_id)) FROM delivery_inbound WHERE outcome = 'accepted'"
MANIFESTS = (
    "SELECT DISTINCT message_id, text FROM evidence_leaf WHERE message_id NOT LIKE 'restoration%%' ORDER BY 1, 2"
)


@pytest.fixture
def pair() -> Iterator[tuple[Installation, Installation]]:
    with two_installations(parties=("TS", "PAN")) as (hub, node):
        hub.start()
        node.start()
        assert wait_until(lambda: hub.listens() and node.listens())
        yield hub, node


def exchanged(hub: Installation, node: Installation) -> None:
    """Both send alone and in a conversation."""
    for one, other in ((hub, "PAN"), (node, "TS")):
        one.posting(2, recipient=other).wait()
        one.posting(2, recipient=other, conversation=TALK).wait()


def all_delivered(*installations: Installation) -> bool:
    return wait_until(lambda: not any(one.count(UNDELIVERED) for one in installations), seconds=90)


def backed_up(node: Installation, recipient: str) -> str:
    file = node.home.path.parent / f"{node.party}.age"
    environment = {**os.environ, "ISTMO_DATA_DIR": str(node.home.data_dir), "ISTMO_HOME": str(node.home.path)}
    arguments = ["backup", "--out", str(file), "--recipient", recipient]
    subprocess.run([sys.executable, "-m", "istmo", *arguments], check=True, env=environment, capture_output=True)
    return str(file)


def come_back(file: Path, secret: str, settings: Settings) -> None:
    """`istmo restore`, in a process of its own: restoring configures the process for the new installation."""
    identity = file.parent / "identity.txt"
    identity.write_text(secret, encoding="utf-8")
    command = ["restore", str(file), "--identity", str(identity), "--home", str(settings.home)]
    environment = {**os.environ, "ISTMO_DATA_DIR": str(settings.data_dir)}
    subprocess.run([sys.executable, "-m", "istmo", *command], env=environment, check=True, capture_output=True)


def test_a_node_comes_back_from_a_backup_and_both_logs_account_for_every_message(
    pair: tuple[Installation, Installation],
) -> None:
    hub, node = pair
    secret, public = new_identity()
    exchanged(hub, node)
    assert all_delivered(hub, node)
    hub.stop()
    node.posting(2, recipient="TS").wait()  # these wait in the backup and are delivered after it
    file = backed_up(node, public)
    hub.start()
    assert all_delivered(node)
    exchanged(hub, node)
    assert all_delivered(hub, node)
    ours = {str(id_) for one in pair for (id_,) in one.rows("SELECT message_id FROM delivery_outbound")}
    assert len(ours) == 18
    size = node.count("SELECT max(size) FROM evidence_head")
    assert wait_until(lambda: hub.count("SELECT coalesce(max(size), 0) FROM evidence_peerhead") >= size)
    before = node.rows(MANIFESTS)

    node.stop()
    settings = replace(node.home.settings, home=node.home.path.parent / "pan-again")
    come_back(Path(file), secret, settings)
    shutil.rmtree(node.home.path)
    again = Installation(read_home(settings), node.port)
    with ExitStack() as stack:
        stack.enter_context(database_running(again.home))
        stack.callback(again.stop)
        assert again.count("SELECT max(size) FROM evidence_head") < size, "its log is shorter than the hub knew it"
        again.posting(2, recipient="TS", conversation=TALK).wait()  # before anybody told it which places are taken
        again.start()
        exchanged(hub, again)
        assert wait_until(lambda: hub.count(OPEN, "peer_restored") == 1)
        assert again.count(OPEN, "restored") == 1
        lost = "SELECT count(*) FROM delivery_inbound WHERE outcome = 'lost'"
        assert wait_until(lambda: again.count(lost) == 4), "the hub told what the node had taken since the backup"
        assert all_delivered(hub, again), (rows_of(hub), rows_of(again))
        assert hub.count(TWICE) == again.count(TWICE) == 0
        ours |= {str(id_) for one in (hub, again) for (id_,) in one.rows("SELECT message_id FROM delivery_outbound")}
        assert wait_until(lambda: {id_ for id_, _ in again.rows(MANIFESTS)} == ours)
        assert wait_until(lambda: hub.rows(MANIFESTS) == again.rows(MANIFESTS)), "both logs account for every message"
        assert set(before) <= set(again.rows(MANIFESTS)), "also for those that the backup did not have"
        heads = "SELECT count(*) FROM evidence_peerhead WHERE finding = 'restored'"
        assert wait_until(lambda: hub.count(heads) == 1)
        assert wait_until(lambda: not again.count("SELECT count(*) FROM delivery_outbound WHERE proved_at IS NULL"))
        assert wait_until(lambda: not hub.count("SELECT count(*) FROM delivery_outbound WHERE proved_at IS NULL"))
        assert hub.count("SELECT count(*) FROM alarms_alarm WHERE kind = 'peer_log'") == 0
        assert hub.count("SELECT count(*) FROM alarms_alarm WHERE kind = 'message_ended'") == 0
        assert again.count("SELECT count(*) FROM alarms_alarm WHERE kind IN ('message_ended', 'own_log')") == 0


def test_a_hub_that_comes_back_from_a_backup_gets_the_months_that_it_lost(
    pair: tuple[Installation, Installation],
) -> None:
    hub, node = pair
    secret, public = new_identity()
    released(node, MONTHS[0])
    acknowledged = "SELECT count(*) FROM release_release WHERE state = 'ACKNOWLEDGED'"
    assert wait_until(lambda: node.count(acknowledged) == 1, seconds=90)
    file = backed_up(hub, public)
    released(node, MONTHS[1])
    assert wait_until(lambda: node.count(acknowledged) == 2, seconds=90)
    hub.stop()
    settings = replace(hub.home.settings, home=hub.home.path.parent / "ts-again")
    come_back(Path(file), secret, settings)
    again = Installation(read_home(settings), hub.port)
    figures = "SELECT name, source_hash, content_hash, rows FROM observations_vintage ORDER BY name"
    with ExitStack() as stack:
        stack.enter_context(database_running(again.home))
        stack.callback(again.stop)
        assert len(again.rows(figures)) == 1
        again.start()
        assert wait_until(lambda: again.rows(figures) == node.rows(figures), seconds=90), "it has what it lost"
        assert all_delivered(again, node)
        assert again.count(TWICE) == node.count(TWICE) == 0
        assert node.count("SELECT count(*) FROM alarms_alarm WHERE kind = 'peer_log'") == 0


def released(node: Installation, name: str) -> None:
    arguments = [str(Path(__file__).parent / "submitter.py"), str(node.home.path), str(node.home.data_dir), name]
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def rows_of(one: Installation) -> str:
    query = (
        "SELECT kind, conversation, sequence, after, state, reason FROM delivery_outbound WHERE state <> 'DELIVERED'"
    )
    return json.dumps(one.rows(query), default=str)
