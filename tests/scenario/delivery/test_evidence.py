"""The log proves what was exchanged, offline and without the content; a log that was altered is found out by a peer."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from tests.scenario.delivery.region import Region
from tests.scenario.delivery.test_delivery import submission

from istmo.app.worker import ask_authority
from istmo.exchange import log
from istmo.exchange.evidence import read_evidence
from istmo.exchange.verdict import verify
from istmo.installation.alarms.models import Alarm, AlarmKind
from istmo.installation.audit.models import Event, EventKind
from istmo.installation.delivery.handling import delete_contents, handle_next
from istmo.installation.delivery.models import Content, Outbound
from istmo.installation.delivery.proof import evidence_of
from istmo.installation.delivery.witnesses import collect_proofs, exchange_heads
from istmo.installation.evidence import proving, sequencing
from istmo.installation.evidence.models import Head, Leaf, PeerHead, PeerInclusion, PendingLeaf, Stamp, promise_leaf
from istmo.installation.evidence.sequencing import LogDamaged, is_whole, sequence
from istmo.installation.evidence.stamping import stamp
from istmo.installation.evidence.witnessing import known_size, witness
from istmo.model.errors import NotFound, Unavailable
from istmo.registry.demonstration import demonstration_documents, demonstration_key

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def region() -> Region:
    return Region()


def entries(count: int, *, first: int = 0) -> list[str]:
    return [f'{{"entry": {number}}}' for number in range(first, first + count)]


def logged(region: Region, texts: Sequence[str], *, most: int = 2000) -> Head:
    for text in texts:
        promise_leaf("message-of-a-test", text, at=region.moment)
    while sequence(party="TS", signing=region.ts.signing, now=region.moment, most=most):
        region.later(seconds=1)
    head = proving.head()
    assert head is not None
    return head


def test_indexes_are_dense_and_the_head_is_that_of_the_leaves(region: Region) -> None:
    texts = entries(37)
    head = logged(region, texts, most=5)
    edge = log.Frontier()
    for text in texts:
        edge, _ = edge.append(log.leaf_of(text))
    assert (head.size, bytes(head.root)) == (37, edge.root)
    assert list(Leaf.objects.values_list("index", flat=True)) == list(range(37))
    assert not PendingLeaf.objects.exists()
    assert is_whole()
    assert sequence(party="TS", signing=region.ts.signing, now=region.moment) == 0


def test_every_leaf_is_proved_under_the_newest_head(region: Region) -> None:
    texts = entries(23)
    head = logged(region, texts, most=4)
    leaves = [log.leaf_of(text) for text in texts]
    found = proving.inclusions([*leaves, b"\0" * 32], head)
    assert [one.index for one in found] == list(range(23))
    for one in found:
        assert log.verify_inclusion(one.leaf, one.index, head.size, one.path, bytes(head.root))


def test_tables_that_prove_only_grow(region: Region) -> None:
    logged(region, entries(3))
    for statement in (
        "UPDATE evidence_leaf SET text = 'x'",
        "DELETE FROM evidence_leaf",
        "UPDATE evidence_node SET hash = ''",
        "DELETE FROM evidence_head",
        "UPDATE delivery_inbound SET outcome = 'refused'",
        "DELETE FROM delivery_heldreceipt",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


class Peer:
    """The log of TS as a peer meets it; a test shows it another state of it."""

    def __init__(self, region: Region, state: "State") -> None:
        self.region, self.state = region, state
        self.shown: list[str] = []

    def head(self, *, known_of: str, since: int) -> dict[str, Any]:
        path = self.state.consistency(since)
        return {"head": self.state.signed(self.region), "proof": [step.hex() for step in path], "known": 0}

    def post_head(self, head: str, *, since: int, proof: Sequence[bytes]) -> dict[str, Any]:
        self.shown.append(head)
        return {"finding": "first", "known": 0}

    def proofs(self, leaves: Sequence[bytes]) -> dict[str, Any]:
        return self.state.proofs(self.region, leaves)


class State:
    """A log of TS, as it may be after somebody altered it."""

    def __init__(self, texts: Sequence[str], restored: log.Restored | None = None) -> None:
        self.restored = restored
        self.leaves = [log.leaf_of(text) for text in texts]
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.edge = log.Frontier()
        for leaf in self.leaves:
            self.edge, made = self.edge.append(leaf)
            self.nodes.update({(node.level, node.index): node.hash for node in made})

    def fetch(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def consistency(self, since: int) -> tuple[bytes, ...]:
        return log.consistency_path(since, self.edge.size, self.fetch) if since <= self.edge.size else ()

    def signed(self, region: Region) -> str:
        at, restored = region.moment, self.restored
        head = log.TreeHead(log_id="TS", size=self.edge.size, root=self.edge.root, at=at, restored=restored)
        return log.sign_head(head, signing=demonstration_key("TS"))

    def proofs(self, region: Region, leaves: Sequence[bytes]) -> dict[str, Any]:
        found = [
            {
                "leaf": leaf.hex(),
                "index": self.leaves.index(leaf),
                "path": [
                    step.hex() for step in log.inclusion_path(self.leaves.index(leaf), self.edge.size, self.fetch)
                ],
            }
            for leaf in leaves
            if leaf in self.leaves
        ]
        return {"head": self.signed(region), "proofs": found}


def looked(region: Region, texts: Sequence[str], restored: log.Restored | None = None) -> log.Finding | None:
    """PAN looks at the log of TS as it is now."""
    region.later(minutes=1)
    peer = Peer(region, State(texts, restored))
    return exchange_heads(region.pan, "TS", peer, now=region.moment)  # type: ignore[arg-type]


def alarms(kind: AlarmKind) -> list[str]:
    return list(Alarm.objects.filter(kind=kind.value, closed_at__isnull=True).values_list("reason", flat=True))


def test_a_log_that_only_grows_raises_no_alarm(region: Region) -> None:
    assert looked(region, entries(5)) is log.Finding.FIRST
    assert looked(region, entries(5)) is log.Finding.SAME
    assert looked(region, entries(12)) is log.Finding.GROWN
    assert known_size("TS") == 12
    assert alarms(AlarmKind.PEER_LOG) == []


def test_a_rewritten_row_is_detected_by_the_peer(region: Region) -> None:
    looked(region, entries(5))
    rewritten = ["{}", *entries(8)[1:]]
    assert looked(region, rewritten) is log.Finding.INCONSISTENT
    assert alarms(AlarmKind.PEER_LOG) == ["inconsistent"]
    assert PeerHead.objects.filter(finding="inconsistent").count() == 1  # the signed head that proves it
    assert known_size("TS") == 5


def test_a_dropped_leaf_is_detected_by_the_peer(region: Region) -> None:
    looked(region, entries(9))
    assert looked(region, entries(8)) is log.Finding.SHRUNK
    dropped = [*entries(4), *entries(6, first=5)]
    assert looked(region, dropped) is log.Finding.INCONSISTENT
    assert alarms(AlarmKind.PEER_LOG) != []


def test_a_forked_head_is_detected_by_the_peer(region: Region) -> None:
    looked(region, entries(9))
    assert looked(region, [*entries(8), "{}"]) is log.Finding.FORKED
    assert alarms(AlarmKind.PEER_LOG) == ["forked"]


def restored(region: Region, size: int) -> log.Restored:
    """TS came back, now, from a backup of an hour ago that had `size` leaves."""
    return log.Restored(region.moment, region.moment - timedelta(hours=1), size)


def test_a_log_that_says_that_it_was_restored_is_an_alarm_of_its_own_and_grows_on(region: Region) -> None:
    looked(region, entries(5))
    looked(region, entries(9))
    claim = restored(region, 6)
    after = [*entries(6), '{"restored": true}']
    assert looked(region, after, claim) is log.Finding.RESTORED
    assert looked(region, after, claim) is log.Finding.SAME
    assert looked(region, [*after, *entries(8, first=20)], claim) is log.Finding.GROWN
    assert alarms(AlarmKind.PEER_LOG) == []
    assert len(alarms(AlarmKind.PEER_RESTORED)) == 1
    assert PeerHead.objects.filter(size=9, restored_at__isnull=True).count() == 1, "the head of before is kept"
    assert known_size("TS") == 15
    assert looked(region, entries(6), claim) is log.Finding.SHRUNK


def test_a_restoration_of_a_restoration_is_another_alarm(region: Region) -> None:
    looked(region, entries(9))
    looked(region, [*entries(4), "{}"], restored(region, 4))
    assert looked(region, [*entries(4), "[]"], restored(region, 4)) is log.Finding.RESTORED
    assert Alarm.objects.get(kind=AlarmKind.PEER_RESTORED.value).times == 2


def test_what_went_before_the_backup_may_not_be_rewritten_by_a_restoration(region: Region) -> None:
    looked(region, entries(5))
    looked(region, entries(9))
    rewritten = ["{}", *entries(8)[1:]]
    assert looked(region, rewritten, restored(region, 6)) is log.Finding.INCONSISTENT
    assert alarms(AlarmKind.PEER_LOG) == ["inconsistent"]


def test_an_older_log_that_does_not_say_that_it_was_restored_is_an_alarm(region: Region) -> None:
    """The newest head of a database that went back in time is one that was signed then."""
    looked(region, entries(5))
    then = region.moment
    looked(region, entries(9))
    peer = Peer(region, State(entries(5)))
    now, region.moment = region.moment, then
    found = exchange_heads(region.pan, "TS", peer, now=now)  # type: ignore[arg-type]
    assert found is log.Finding.SHRUNK
    assert alarms(AlarmKind.PEER_LOG) == ["shrunk"]
    assert known_size("TS") == 9


def test_two_lives_of_one_party_are_found_out(region: Region) -> None:
    """The machine that was thought lost goes on signing beside the one that was restored."""
    looked(region, entries(9))
    looked(region, [*entries(4), "{}"], restored(region, 4))
    assert looked(region, entries(11)) is log.Finding.FORKED
    assert alarms(AlarmKind.PEER_LOG) == ["forked"]


def test_a_head_without_the_proof_it_needs_is_neither_kept_nor_an_alarm(region: Region) -> None:
    keys = region.registry().keys
    looked(region, entries(5))
    region.later(minutes=1)
    seen = witness(State(entries(9)).signed(region), proof=(), since=3, keys=keys, now=region.moment)
    assert seen.finding is log.Finding.UNPROVED
    assert (known_size("TS"), alarms(AlarmKind.PEER_LOG)) == (5, [])


def test_a_head_of_another_party_in_a_peers_place_is_an_alarm(region: Region) -> None:
    class Other(State):
        def signed(self, region: Region) -> str:
            head = log.TreeHead(log_id="HND", size=1, root=self.edge.root, at=region.moment)
            return log.sign_head(head, signing=demonstration_key("HND"))

    exchange_heads(region.pan, "TS", Peer(region, Other(entries(1))), now=region.moment)  # type: ignore[arg-type]
    assert alarms(AlarmKind.PEER_LOG) == ["other_party"]


def delivered(region: Region) -> Outbound:
    message = region.submit(submission())
    region.pump()
    sequence(party="PAN", signing=region.pan.signing, now=region.moment)
    return Outbound.objects.get(pk=message.pk)


def test_the_proof_that_the_receipt_promised_is_fetched_and_kept(region: Region) -> None:
    message = delivered(region)
    text = Leaf.objects.filter(message_id=str(message.message_id)).values_list("text", flat=True)[0]
    peer = Peer(region, State([*entries(3), text]))
    assert collect_proofs(region.pan, "TS", peer, now=region.moment) == 1  # type: ignore[arg-type]
    assert PeerInclusion.objects.get().index == 3
    assert collect_proofs(region.pan, "TS", peer, now=region.moment) == 0  # type: ignore[arg-type]


def test_a_promise_that_is_not_kept_within_an_hour_is_an_alarm_until_it_is(region: Region) -> None:
    message = delivered(region)
    text = Leaf.objects.filter(message_id=str(message.message_id)).values_list("text", flat=True)[0]
    without = Peer(region, State(entries(3)))
    assert collect_proofs(region.pan, "TS", without, now=region.moment) == 0  # type: ignore[arg-type]
    assert alarms(AlarmKind.INCLUSION_MISSING) == []
    region.later(hours=2)
    collect_proofs(region.pan, "TS", without, now=region.moment)  # type: ignore[arg-type]
    assert len(alarms(AlarmKind.INCLUSION_MISSING)) == 1
    collect_proofs(region.pan, "TS", Peer(region, State([text])), now=region.moment)  # type: ignore[arg-type]
    assert alarms(AlarmKind.INCLUSION_MISSING) == []


def test_evidence_proves_offline_and_after_the_payload_was_deleted(region: Region) -> None:
    pan = replace(region.pan, agreement_document=lambda id_, version: demonstration_documents()[id_].as_json())
    message = delivered(region)
    id_ = str(message.message_id)
    text = Leaf.objects.filter(message_id=id_).values_list("text", flat=True)[0]
    collect_proofs(region.pan, "TS", Peer(region, State([*entries(3), text])), now=region.moment)  # type: ignore[arg-type]
    Content.objects.update(handled_at=region.moment, delete_at=region.moment)
    delete_contents(now=region.moment)
    assert Content.objects.get().payload is None
    package = evidence_of(pan, id_, account=None, at=region.moment)
    verdict = verify(read_evidence(package.as_json()))
    assert verdict.proves, verdict.as_json()
    assert {head.log_id for head in verdict.logged} == {"PAN", "TS"}
    said = verdict.as_json()["message"]
    assert (said["sender"], said["recipient"], said["kind"], said["purpose"]) == ("PAN", "TS", "submission", "STAT")
    assert Event.objects.filter(kind=EventKind.EVIDENCE_EXPORTED.value, object_id=id_).count() == 1


def test_the_recipient_exports_evidence_of_what_it_received_too(region: Region) -> None:
    message = region.post()
    region.pump()
    handle_next(region.ts, now=region.moment)
    Outbound.objects.filter(pk=message.pk).update(message_id="00000000-0000-4000-8000-000000000000")
    sequence(party="TS", signing=region.ts.signing, now=region.moment)
    package = evidence_of(region.ts, str(message.message_id), account=None, at=region.moment)
    assert verify(read_evidence(package.as_json())).proves


def test_what_is_not_here_or_has_no_place_yet_is_said_so(region: Region) -> None:
    with pytest.raises(NotFound):
        evidence_of(region.pan, "no-such-message", account=None, at=region.moment)
    message = region.post()
    with pytest.raises(Unavailable):
        evidence_of(region.pan, str(message.message_id), account=None, at=region.moment)


def test_a_log_whose_nodes_were_altered_is_not_added_to(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(region, entries(4))
    promise_leaf("message-of-a-test", "{}", at=region.moment)
    monkeypatch.setattr(sequencing, "tree", lambda proof: lambda level, index: b"\1" * 32)
    with pytest.raises(LogDamaged):
        sequence(party="TS", signing=region.ts.signing, now=region.moment)
    assert not is_whole()


class Authority:
    """A time-stamping authority of the test, made with openssl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run = lambda *arguments: subprocess.run(["openssl", *arguments], check=True, cwd=folder, capture_output=True)  # noqa: E731
        (folder / "tsa.cnf").write_text(
            "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = cert.pem\nsigner_key = key.pem\n"
            "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256, sha512\n"
            "[ext]\nextendedKeyUsage = critical,timeStamping\nbasicConstraints = CA:FALSE\n"
            "[req]\ndistinguished_name = dn\n[dn]\n"
        )
        (folder / "serial").write_text("01\n")
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
            "-subj", "/CN=Test TSA", "-config", "tsa.cnf", "-extensions", "ext")  # fmt: skip

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                (folder / "query").write_bytes(body)
                run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "answer")
                answer = (folder / "answer").read_bytes()
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the authority of the test, is absent")
def test_heads_are_stamped_by_an_authority_and_openssl_reads_the_stamp(region: Region, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    head = logged(region, entries(3))
    assert stamp(authority.address, now=region.moment, ask=ask_authority)
    (tmp_path / "head").write_bytes(head.text.encode())
    (tmp_path / "token").write_bytes(bytes(Stamp.objects.get().token))
    checked = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "head", "-in", "token", "-CAfile", "cert.pem", "-partial_chain"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in checked.stdout + checked.stderr
    assert not stamp(authority.address, now=region.moment, ask=ask_authority)  # this head is stamped
    authority.server.shutdown()


def test_an_authority_that_is_down_is_an_alarm_and_stops_nothing(region: Region) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    logged(region, entries(2))
    assert not stamp(nobody, now=region.moment, ask=ask_authority)
    assert len(alarms(AlarmKind.TIME_STAMP)) == 1
    assert logged(region, entries(2, first=2)).size == 4
    assert not stamp("", now=region.moment, ask=lambda address, query: b"rubbish")
