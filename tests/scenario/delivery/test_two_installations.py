"""Two installations of their own: permit, delivery, receipt; both logs account; a rewritten log is found out."""

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.scenario.delivery.installations import Installation, two_installations, wait_until

from istmo.app import keys
from istmo.app.exchange import access_point_of, client_context
from istmo.installation.delivery import peers
from istmo.installation.delivery.client import PeerClient, PeerUnavailable
from istmo.model.errors import NotFound
from istmo.model.text import Text
from istmo.registry.snapshot import Snapshot


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Installation, Installation]]:
    """A hub and a node that run."""
    with two_installations(parties=("TS", "PAN")) as (hub, node):
        hub.start()
        node.start()
        assert wait_until(lambda: hub.listens() and node.listens())
        yield hub, node


def delivered(sender: Installation, count: int) -> bool:
    return wait_until(lambda: sender.count("SELECT count(*) FROM delivery_outbound WHERE state = 'DELIVERED'") >= count)


def test_a_permitted_message_is_delivered_receipted_handled_and_stands_in_both_logs(
    pair: tuple[Installation, Installation],
) -> None:
    hub, node = pair
    hub.posting(5, recipient="PAN", kind="submission-answer").wait()
    assert delivered(hub, 5)
    assert hub.count("SELECT count(*) FROM delivery_heldreceipt WHERE outcome = 'accepted'") == 5
    leaves = "SELECT message_id, text FROM evidence_leaf ORDER BY message_id"
    assert wait_until(lambda: len(hub.rows(leaves)) == len(node.rows(leaves)) == 5)
    assert hub.rows(leaves) == node.rows(leaves)
    assert wait_until(lambda: node.count("SELECT count(*) FROM delivery_content WHERE handled_at IS NOT NULL") == 5)
    proved = "SELECT count(*) FROM evidence_peerinclusion WHERE party = 'PAN'"
    assert wait_until(lambda: hub.count(proved) == 5), "the proofs that the receipts promised have come"
    heads = "SELECT count(*) FROM evidence_peerhead WHERE party = %s AND finding IN ('first', 'grown')"
    assert wait_until(lambda: hub.count(heads, "PAN") > 0 and node.count(heads, "TS") > 0)


def test_exported_evidence_is_verified_by_the_command_without_any_installation(
    pair: tuple[Installation, Installation], tmp_path: Path
) -> None:
    hub, node = pair
    id_ = str(
        hub.rows("SELECT message_id FROM delivery_outbound WHERE proved_at IS NOT NULL ORDER BY id LIMIT 1")[0][0]
    )
    file, keys = tmp_path / "evidence.json", tmp_path / "keys.json"
    istmo(hub, "log", "export", id_, "--out", str(file))
    istmo(node, "log", "keys", "--out", str(keys))
    nowhere = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ISTMO_DATA_DIR": str(tmp_path / "nothing")}
    done = subprocess.run(
        [sys.executable, "-m", "istmo", "log", "verify", str(file), "--keys", str(keys), "--json"],
        capture_output=True,
        text=True,
        env=nowhere,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["proves"]
    assert {one["check"]: one["state"] for one in said["checks"]}["keys"] == "holds"
    assert {one["log"] for one in said["log"]} == {"TS", "PAN"}


def istmo(one: Installation, *arguments: str, code: int = 0) -> str:
    environment = {**os.environ, "ISTMO_DATA_DIR": str(one.home.data_dir), "ISTMO_HOME": str(one.home.path)}
    done = subprocess.run(
        [sys.executable, "-m", "istmo", *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_a_test_message_is_sent_on_the_command_line_and_its_receipt_told(
    pair: tuple[Installation, Installation],
) -> None:
    hub, _ = pair
    told = json.loads(istmo(hub, "exchange", "test", "--to", "PAN", "--count", "2", "--json"))
    assert [one["state"] for one in told] == ["DELIVERED"] * 2
    assert "Delivered, with receipt" in istmo(hub, "exchange", "test", "--to", "PAN")
    istmo(hub, "exchange", "test", "--to", "MEX", code=2)
    istmo(hub, "exchange", "test", "--to", "PAN", "--case", "some", code=2)
    istmo(hub, "exchange", "test", "--to", "PAN", "--count", "0", code=2)


def test_trial_questions_asked_on_the_command_line_are_answered_alike(pair: tuple[Installation, Installation]) -> None:
    hub, node = pair
    told = json.loads(istmo(hub, "exchange", "test", "--to", "PAN", "--case", "all", "--count", "8", "--json"))
    assert told["answered"] == {"none": 8, "protected": 8, "not-permitted": 8}
    assert told["alike"], told["message"]
    alone = istmo(node, "exchange", "test", "--to", "TS", "--case", "protected")
    assert "The person is protected: 1 / 1" in alone
    assert "all three cases have to be asked" in alone


def test_the_listener_lets_in_nobody_whom_no_member_vouches_for(pair: tuple[Installation, Installation]) -> None:
    hub, node = pair
    address = f"https://127.0.0.1:{hub.port}"
    assert PeerClient(address, client_context(node.home)).self_test()["party"] == "TS"
    without = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    without.load_verify_locations(str(node.home.path / "keys" / "tls" / "peers.pem"))
    with pytest.raises(PeerUnavailable):
        PeerClient(address, without).self_test()


def test_doctor_asks_every_peer_and_tells_what_to_mend(pair: tuple[Installation, Installation]) -> None:
    hub, node = pair
    said = json.loads(istmo(hub, "doctor", "--peers", "--json"))
    asked = {check["name"]: check["health"] for check in said if check["name"].startswith("PAN ")}
    assert asked == {f"PAN {name}": "ok" for name in ("connection", "party", "wire", "clock", "registry", "keys")}
    node.stop()
    away = istmo(hub, "doctor", "--peers", "--json", code=1)
    assert next(one for one in json.loads(away) if one["name"].startswith("PAN "))["health"] == "fail"
    node.start()
    assert wait_until(node.listens)


def test_a_peer_is_examined_also_by_who_has_no_registry_yet(pair: tuple[Installation, Installation]) -> None:
    hub, _ = pair

    def absent() -> Snapshot:
        raise NotFound(Text(es="Sin registro.", en="No registry."))

    found = peers.examine(access_point_of(hub.home, registry=absent), "PAN", now=datetime.now(UTC))
    assert [(one.name, one.health.value) for one in found] == [
        ("connection", "ok"),
        ("party", "ok"),
        ("wire", "ok"),
        ("clock", "ok"),
        ("registry", "fail"),
    ]
    assert (found[-1].message.es, found[-1].message.en) == ("Sin registro.", "No registry.")


def test_the_listener_has_the_end_points_and_nothing_of_the_site(pair: tuple[Installation, Installation]) -> None:
    hub, node = pair
    with httpx.Client(
        verify=client_context(node.home), base_url=f"https://127.0.0.1:{hub.port}", trust_env=False
    ) as http:
        assert http.get("/exchange/v1/openapi.json").status_code == 200
        for path in ("/", "/es/", "/es/mesa/", "/static/x.css"):
            assert http.get(path).status_code == 404
        assert http.post("/exchange/v1/envelopes", content=b"[" + b'"x",' * 30 + b'"x"]').status_code in (413, 422)
        assert http.post("/exchange/v1/envelopes", content=b"{").status_code in (400, 422)


def test_the_listener_cannot_reach_what_is_not_of_the_exchange(pair: tuple[Installation, Installation]) -> None:
    hub, _ = pair
    assert hub.home.exchange is not None
    with hub.home.exchange.connect() as connection:
        connection.execute("SELECT count(*) FROM delivery_inbound")
        for table in ("observations_observation", "submissions_submission", "django_session"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT count(*) FROM {table}".encode())


def test_messages_wait_while_the_peer_is_away_and_all_arrive_once_it_is_back(
    pair: tuple[Installation, Installation],
) -> None:
    hub, node = pair
    before = hub.count("SELECT count(*) FROM delivery_outbound")
    node.stop()
    hub.posting(30, recipient="PAN").wait()
    alarm = "SELECT count(*) FROM alarms_alarm WHERE kind = 'peer_unreachable' AND closed_at IS NULL"
    assert wait_until(lambda: hub.count(alarm) == 1)
    node.start()
    assert delivered(hub, before + 30)
    assert hub.count(alarm) == 0
    assert node.count("SELECT count(*) FROM delivery_inbound") == before + 30


def test_a_renewed_certificate_is_taken_up_without_anybody_restarting_anything(
    pair: tuple[Installation, Installation],
) -> None:
    hub, node = pair
    assert node.supervisor is not None
    pids = node.supervisor.pids()
    keys.renew_certificate(node.home.path, "PAN")
    assert wait_until(
        lambda: all(node.supervisor.pids().get(name) not in (None, pid) for name, pid in pids.items())  # type: ignore[union-attr]
    )
    sent = hub.count("SELECT count(*) FROM delivery_outbound")
    hub.posting(3, recipient="PAN").wait()
    assert delivered(hub, sent + 3)


def test_a_log_rewritten_by_the_owner_of_its_tables_is_found_out_by_the_peer(
    pair: tuple[Installation, Installation],
) -> None:
    hub, node = pair
    known = "SELECT count(*) FROM evidence_peerhead WHERE party = 'TS' AND finding IN ('first', 'grown')"
    assert wait_until(lambda: node.count(known) > 0)
    hub.stop()
    assert hub.home.owner is not None
    with hub.home.owner.connect() as owner:
        rows = owner.execute('SELECT message_id, text FROM evidence_leaf ORDER BY "index"').fetchall()
        owner.execute("TRUNCATE evidence_leaf, evidence_node, evidence_head, evidence_stamp")
        for message_id, text in [(rows[0][0], '{"rewritten": true}'), *rows[1:]]:
            owner.execute(
                "INSERT INTO evidence_pendingleaf (message_id, text, at) VALUES (%s, %s, now())", (message_id, text)
            )
    time.sleep(1)
    hub.start()
    found = "SELECT count(*) FROM alarms_alarm WHERE kind = 'peer_log' AND party = 'TS'"
    assert wait_until(lambda: node.count(found) > 0)
