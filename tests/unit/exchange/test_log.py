"""The log is RFC 6962's: equal to pymerkle's for every size up to 300, and to itself for large random sizes."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as oracle_consistency
from pymerkle import verify_inclusion as oracle_inclusion
from tests.unit.exchange.parties import NOW, record, ring, signing

from istmo.exchange import log
from istmo.exchange.log import Finding, Frontier, Restored, TreeHead, read_head, sign_head, witness, witness_restored
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import state


class Stored:
    """Nodes as an installation stores them."""

    def __init__(self, size: int, *, salt: bytes = b"") -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []
        self.frontier = Frontier()
        self.salt = salt
        self.grow(size)

    def grow(self, size: int) -> None:
        for index in range(len(self.leaves), size):
            self.leaves.append(log.leaf_hash(entry(index, self.salt)))
            self.frontier, nodes = self.frontier.append(self.leaves[-1])
            self.nodes.update({(node.level, node.index): node.hash for node in nodes})

    def fetch(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def head(self, size: int, *, minutes: int = 0) -> TreeHead:
        at = NOW + timedelta(minutes=minutes)
        return TreeHead(log_id="PAN", size=size, root=log.root(size, self.fetch), at=at)


def entry(index: int, salt: bytes = b"") -> bytes:
    return salt + f"entry {index}".encode()


SIZES = 300
LOG = Stored(SIZES)


@pytest.fixture(scope="module")
def oracle() -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for index in range(SIZES):
        tree.append_entry(entry(index))
    return tree


def test_roots_and_inclusion_paths_are_those_of_the_oracle_for_every_size(oracle: InmemoryTree) -> None:
    edge = Frontier()
    assert edge.root == log.root(0, LOG.fetch) == log.EMPTY_ROOT
    for size in range(1, SIZES + 1):
        edge, _ = edge.append(LOG.leaves[size - 1])
        root = log.root(size, LOG.fetch)
        assert root == edge.root == oracle.get_root(size)
        assert log.frontier(size, LOG.fetch) == edge
        for index in range(size):
            path = log.inclusion_path(index, size, LOG.fetch)
            assert log.verify_inclusion(LOG.leaves[index], index, size, path, root)


def test_paths_are_those_of_the_oracle(oracle: InmemoryTree) -> None:
    for size in (*range(1, 66), 127, 128, 129, 255, 256, 257, 300):
        for index in range(size):
            theirs = oracle.prove_inclusion(index + 1, size)
            oracle_inclusion(LOG.leaves[index], oracle.get_root(size), theirs)
            assert list(log.inclusion_path(index, size, LOG.fetch)) == [bytes(step) for step in theirs.path[1:]]


def test_consistency_holds_between_every_two_sizes(oracle: InmemoryTree) -> None:
    roots = [log.root(size, LOG.fetch) for size in range(SIZES + 1)]
    for second in range(SIZES + 1):
        for first in range(second + 1):
            path = log.consistency_path(first, second, LOG.fetch)
            assert log.verify_consistency(first, second, roots[first], roots[second], path)
    for first, second in ((3, 7), (4, 7), (6, 7), (64, 300), (255, 256), (1, 2), (170, 299)):
        oracle_consistency(roots[first], roots[second], oracle.prove_consistency(first, second))


def test_proofs_of_a_large_log_hold_and_read_few_nodes() -> None:
    random, large = Random(1), Stored(20_000)
    for _ in range(200):
        size = random.randint(1, 20_000)
        index, first = random.randrange(size), random.randint(0, size)
        root = log.root(size, large.fetch)
        path = log.inclusion_path(index, size, large.fetch)
        assert log.verify_inclusion(large.leaves[index], index, size, path, root)
        proof = log.consistency_path(first, size, large.fetch)
        assert log.verify_consistency(first, size, log.root(first, large.fetch), root, proof)
        assert len(log.needed(lambda fetch, i=index, n=size: log.inclusion_path(i, n, fetch))) <= 30
        assert len(log.needed(lambda fetch, m=first, n=size: log.consistency_path(m, n, fetch))) <= 30


def test_needed_names_the_very_nodes_that_a_proof_reads() -> None:
    wanted = log.needed(lambda fetch: log.inclusion_path(5, 9, fetch))
    assert wanted == ((0, 8), (2, 0), (1, 3), (0, 4))
    stored = {node: LOG.nodes[node] for node in wanted}
    path = log.inclusion_path(5, 9, lambda level, index: stored[level, index])
    assert log.verify_inclusion(LOG.leaves[5], 5, 9, path, log.root(9, LOG.fetch))


def test_a_proof_of_anything_else_does_not_hold() -> None:
    size, index = 37, 20
    root, path = log.root(size, LOG.fetch), log.inclusion_path(index, size, LOG.fetch)
    leaf = LOG.leaves[index]
    assert not log.verify_inclusion(LOG.leaves[21], index, size, path, root)
    assert not log.verify_inclusion(leaf, 21, size, path, root)
    assert not log.verify_inclusion(leaf, index, size, path[:-1], root)
    assert not log.verify_inclusion(leaf, index, size, (*path, leaf), root)
    assert not log.verify_inclusion(leaf, index, size, path, log.root(36, LOG.fetch))
    assert not log.verify_inclusion(leaf, size, size, path, root)
    assert not log.verify_inclusion(leaf, -1, size, path, root)
    assert not log.verify_inclusion(leaf, 0, 1, [leaf] * 65, leaf)
    proof, old = log.consistency_path(20, size, LOG.fetch), log.root(20, LOG.fetch)
    assert not log.verify_consistency(20, size, old, root, proof[:-1])
    assert not log.verify_consistency(20, size, old, root, (*proof, leaf))
    assert not log.verify_consistency(20, size, old, root, ())
    assert not log.verify_consistency(20, size, log.root(19, LOG.fetch), root, proof)
    assert not log.verify_consistency(size, 20, root, old, proof)
    assert not log.verify_consistency(20, 20, old, root, ())
    assert not log.verify_consistency(0, size, old, root, ())
    assert not log.verify_consistency(20, 20, old, old, proof)
    assert not log.verify_consistency(20, size, old, root, [leaf] * 129)


def test_a_head_that_lies_about_its_size_gets_no_longer_path() -> None:
    leaf, more = LOG.leaves[0], LOG.leaves[9]
    assert not log.verify_inclusion(leaf, 0, 1, [more], log.node_hash(more, leaf))
    three, four = (log.root(size, LOG.fetch) for size in (3, 4))
    path = log.consistency_path(3, 4, LOG.fetch)
    assert log.verify_consistency(3, 4, three, four, path)
    assert not log.verify_consistency(3, 4, log.node_hash(more, three), log.node_hash(more, four), [*path, more])


def test_what_does_not_exist_has_no_proof() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        log.inclusion_path(3, 3, LOG.fetch)
    with pytest.raises(ValueError, match="does not shrink"):
        log.consistency_path(4, 3, LOG.fetch)


def test_a_rewritten_row_a_dropped_leaf_and_a_fork_are_each_found() -> None:
    known = LOG.head(100)
    rewritten = Stored(100)
    rewritten.leaves[40] = log.leaf_hash(b"another entry")
    forked = rebuilt(rewritten.leaves)
    assert witness(known, forked.head(100, minutes=1)) is Finding.FORKED

    forked.grow(120)
    proof = log.consistency_path(100, 120, forked.fetch)
    assert witness(known, forked.head(120, minutes=1), proof) is Finding.INCONSISTENT

    dropped = rebuilt([*LOG.leaves[:40], *LOG.leaves[41:150]])
    proof = log.consistency_path(100, 149, dropped.fetch)
    assert witness(known, dropped.head(149, minutes=1), proof) is Finding.INCONSISTENT
    assert witness(known, LOG.head(99, minutes=1)) is Finding.SHRUNK
    assert all(one.is_fault for one in (Finding.FORKED, Finding.SHRUNK, Finding.INCONSISTENT))


def test_an_honest_log_is_never_accused() -> None:
    known = LOG.head(100)
    assert witness(None, known) is Finding.FIRST
    assert witness(known, LOG.head(100, minutes=5)) is Finding.SAME
    assert witness(known, LOG.head(130, minutes=1)) is Finding.UNPROVED
    proof = log.consistency_path(100, 130, LOG.fetch)
    assert witness(known, LOG.head(130, minutes=1), proof) is Finding.GROWN
    earlier = LOG.head(60, minutes=-9)
    assert witness(known, earlier) is Finding.UNPROVED
    assert witness(known, earlier, log.consistency_path(60, 100, LOG.fetch)) is Finding.EARLIER
    assert not any(one.is_fault for one in (Finding.FIRST, Finding.SAME, Finding.GROWN, Finding.UNPROVED))
    with pytest.raises(ValueError, match="two logs"):
        witness(known, TreeHead(log_id="HND", size=1, root=b"", at=NOW))


def after(size: int, claim: int, *, of: "Stored") -> TreeHead:
    """A head of a log that came back from a backup of `claim` leaves."""
    return replace(of.head(size, minutes=5), restored=Restored(NOW + timedelta(minutes=1), NOW, claim))


def test_a_restored_log_is_held_to_what_its_backup_had() -> None:
    grown = rebuilt(LOG.leaves[:60])
    grown.grow(70)
    proof = log.consistency_path(50, 70, grown.fetch)
    assert witness_restored(None, after(70, 60, of=grown)) is Finding.RESTORED
    assert witness_restored(LOG.head(50), after(70, 60, of=grown), proof) is Finding.RESTORED
    assert witness_restored(LOG.head(50), after(70, 60, of=grown)) is Finding.UNPROVED
    assert not Finding.RESTORED.is_fault
    other = Stored(70)
    other.leaves[40] = log.leaf_hash(b"another entry")
    rewritten = rebuilt(other.leaves)
    proof = log.consistency_path(50, 70, rewritten.fetch)
    assert witness_restored(LOG.head(50), after(70, 60, of=rewritten), proof) is Finding.INCONSISTENT
    assert witness_restored(None, after(59, 60, of=grown)) is Finding.INCONSISTENT
    assert witness_restored(None, LOG.head(70)) is Finding.INCONSISTENT


def test_a_head_of_a_restored_log_says_from_when_and_how_much() -> None:
    head = after(70, 60, of=LOG)
    later = NOW + timedelta(hours=1)
    assert read_head(sign_head(head, signing=signing("PAN")), keys=ring(), now=later) == head


@pytest.mark.parametrize("claim", [1, [], {}, {"at": "2026-03-01T12:00:00Z", "backup_at": "yesterday", "size": 3}])
def test_a_restoration_out_of_form_is_refused(claim: object) -> None:
    head = {"log_id": "PAN", "size": 0, "root": log.EMPTY_ROOT.hex(), "at": "2026-03-01T12:00:00Z", "restored": claim}
    with pytest.raises(Rejected):
        read_head(state(head, typ=log.TYP, signing=signing("PAN")).as_json(), keys=ring(), now=NOW)


def test_a_head_comes_back_as_it_was_signed_with_what_a_later_version_added() -> None:
    head = TreeHead(log_id="PAN", size=100, root=LOG.head(100).root, at=NOW, extra={"stamped": True})
    assert read_head(sign_head(head, signing=signing("PAN")), keys=ring(), now=NOW) == head


def test_a_head_is_taken_only_from_the_party_of_its_log() -> None:
    with pytest.raises(Rejected) as refused:
        read_head(sign_head(LOG.head(3), signing=signing("HND")), keys=ring(), now=NOW)
    assert refused.value.code is Code.SENDER
    revoked = ring(record("PAN", revoked_from=NOW))
    with pytest.raises(Rejected) as refused:
        read_head(sign_head(LOG.head(3), signing=signing("PAN")), keys=revoked, now=NOW)
    assert refused.value.code is Code.UNKNOWN_KEY


def test_an_empty_log_has_one_root() -> None:
    with pytest.raises(Rejected) as refused:
        sign_head(TreeHead(log_id="PAN", size=0, root=bytes(32), at=NOW), signing=signing("PAN"))
    assert refused.value.place == "root"


def rebuilt(leaves: list[bytes]) -> Stored:
    stored = Stored(0)
    for leaf in leaves:
        stored.leaves.append(leaf)
        stored.frontier, nodes = stored.frontier.append(leaf)
        stored.nodes.update({(node.level, node.index): node.hash for node in nodes})
    return stored
