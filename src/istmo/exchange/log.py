"""The log that proves an exchange: a Merkle tree (RFC 6962) over signed texts, its heads, and the witness of a peer.

A leaf is the text of a JWS as it was carried; no personal value enters. What is stored are the hashes of complete
subtrees: node (`level`, `index`) covers 2**level leaves from `index * 2**level` on. `Frontier.append` gives the nodes
that a new leaf completes; roots and proofs are computed from a few nodes that a `Fetch` gives: O(log n) for a root, at
most O(log n) for each step of a proof, and no leaf is read again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any

from istmo.exchange.manifest import PARTY
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import Fields, read_statement, state, whole, written
from istmo.registry.keys import PrivateKey
from istmo.registry.parties import KeyRing

TYP = "istmo-head+jws"
HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
MAX_PATH = 64
_ROOT = re.compile(r"[0-9a-f]{64}", re.ASCII)

Fetch = Callable[[int, int], bytes]
"""The stored hash of the complete subtree (level, index)."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def leaf_of(jws: str) -> bytes:
    """The leaf of a signed text."""
    return leaf_hash(jws.encode("utf-8"))


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree, to be stored."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree of `size` leaves: its complete subtrees, the largest first, one for each bit set."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple["Frontier", tuple[Node, ...]]:
        """The edge with one leaf hash more, and the nodes that it completes, the leaf first."""
        peaks, index, level = list(self.peaks), self.size, 0
        nodes = [Node(0, index, leaf)]
        while index & 1:
            index, level = index >> 1, level + 1
            nodes.append(Node(level, index, node_hash(peaks.pop(), nodes[-1].hash)))
        return Frontier(self.size + 1, (*peaks, nodes[-1].hash)), tuple(nodes)

    @property
    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def frontier(size: int, fetch: Fetch) -> Frontier:
    """The edge of a stored tree."""
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return Frontier(size, tuple(fetch(level, (size >> level) - 1) for level in levels))


def root(size: int, fetch: Fetch) -> bytes:
    """The root of the first `size` leaves."""
    return frontier(size, fetch).root


def inclusion_path(index: int, size: int, fetch: Fetch) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of the first `size` leaves, from the leaf up."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(middle, end, fetch))
            end = middle
        else:
            path.append(_subtree(start, middle, fetch))
            start = middle
    return tuple(reversed(path))


def consistency_path(first: int, second: int, fetch: Fetch) -> tuple[bytes, ...]:
    """The proof that the first `first` leaves of the tree of `second` leaves are those of the smaller tree."""
    if not 0 <= first <= second:
        raise ValueError("a log does not shrink")
    if first in (0, second):
        return ()
    path: list[bytes] = []
    start, end, whole_tree = 0, second, True
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_subtree(middle, end, fetch))
            end = middle
        else:
            path.append(_subtree(start, middle, fetch))
            start, whole_tree = middle, False
    if not whole_tree:
        path.append(_subtree(start, end, fetch))
    return tuple(reversed(path))


def needed(proof: Callable[[Fetch], object]) -> tuple[tuple[int, int], ...]:
    """The nodes that a proof fetches, so that they can be read at once: `needed(lambda f: inclusion_path(5, 9, f))`."""
    found: dict[tuple[int, int], None] = {}

    def note(level: int, index: int) -> bytes:
        found[level, index] = None
        return EMPTY_ROOT

    proof(note)
    return tuple(found)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `index` in the tree of `size` leaves with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(path) > MAX_PATH:
        return False
    here, last, value = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            value = node_hash(step, value)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            value = node_hash(value, step)
        here, last = here >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `second` leaves begins with the tree of `first` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second or len(path) > 2 * MAX_PATH:
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a party says in every head after it came back, at `at`, from a backup made at `backup_at`: its log goes on
    from the `size` leaves of then, and what it held beyond them is lost.
    """

    at: datetime
    backup_at: datetime
    size: int

    def as_fields(self) -> dict[str, Any]:
        return {"at": written(self.at), "backup_at": written(self.backup_at), "size": self.size}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """What a party says of its log: so many leaves with this root, at this moment."""

    log_id: str
    size: int
    root: bytes
    at: datetime
    restored: Restored | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


_KNOWN = frozenset(one.name for one in fields(TreeHead)) - {"extra"}


def sign_head(head: TreeHead, *, signing: PrivateKey) -> str:
    own = {"log_id": head.log_id, "size": head.size, "root": head.root.hex(), "at": written(whole(head.at))}
    values = {**head.extra, **own}
    if head.restored is not None:
        values["restored"] = head.restored.as_fields()
    _read(values)
    return state(values, typ=TYP, signing=signing).as_json()


def read_head(text: str, *, keys: KeyRing, now: datetime) -> TreeHead:
    """A head that the party of the log signed with a key good at `now`; `Rejected` for anything else."""
    statement = read_statement(text, typ=TYP, keys=keys, now=now)
    head = _read(statement.fields)
    if head.log_id != statement.party:
        raise Rejected(Code.SENDER)
    return head


class Finding(Enum):
    """What a peer finds when a head is shown to it."""

    FIRST = "first"
    SAME = "same"
    GROWN = "grown"
    EARLIER = "earlier"
    UNPROVED = "unproved"
    FORKED = "forked"
    SHRUNK = "shrunk"
    INCONSISTENT = "inconsistent"
    RESTORED = "restored"

    @property
    def is_fault(self) -> bool:
        """Whether the log was rewritten: two signed heads show FORKED and SHRUNK; else its party gave no good proof."""
        return self in (Finding.FORKED, Finding.SHRUNK, Finding.INCONSISTENT)


def witness(known: TreeHead | None, presented: TreeHead, proof: Sequence[bytes] | None = None) -> Finding:
    """What a head says against the largest one known of that log; `proof` is the consistency between the two sizes.

    A smaller head that was signed before the known one is an EARLIER one that comes late; signed after it, the log
    shrank. UNPROVED asks for the proof. To be kept as known: a FIRST, GROWN or RESTORED one.
    """
    if known is None:
        return Finding.FIRST
    if known.log_id != presented.log_id:
        raise ValueError("heads of two logs")
    if known.size == presented.size:
        return Finding.SAME if known.root == presented.root else Finding.FORKED
    if presented.size < known.size and presented.at > known.at:
        return Finding.SHRUNK
    if proof is None:
        return Finding.UNPROVED
    smaller, larger = sorted((known, presented), key=lambda head: head.size)
    if not verify_consistency(smaller.size, larger.size, smaller.root, larger.root, proof):
        return Finding.INCONSISTENT
    return Finding.GROWN if larger is presented else Finding.EARLIER


def witness_restored(base: TreeHead | None, presented: TreeHead, proof: Sequence[bytes] | None = None) -> Finding:
    """What the first head after a restoration says; `base` is the largest head known that the backup still has to hold,
    None where there is none, and `proof` the consistency from there. What went before the backup binds as ever.
    """
    claim = presented.restored
    if claim is None or presented.size < claim.size:
        return Finding.INCONSISTENT
    if base is None:
        return Finding.RESTORED
    if proof is None:
        return Finding.UNPROVED
    good = verify_consistency(base.size, presented.size, base.root, presented.root, proof)
    return Finding.RESTORED if good else Finding.INCONSISTENT


def read_restored(value: Any) -> Restored:
    """Raises `Rejected`."""
    if not isinstance(value, Mapping):
        raise Rejected(Code.MALFORMED, place="restored")
    read = Fields(value)
    return Restored(at=read.moment("at"), backup_at=read.moment("backup_at"), size=read.number("size"))


def _read(values: Mapping[str, Any]) -> TreeHead:
    read = Fields(values)
    claim = values.get("restored")
    head = TreeHead(
        log_id=read.text("log_id", PARTY),
        size=read.number("size"),
        root=bytes.fromhex(read.text("root", _ROOT)),
        at=read.moment("at"),
        restored=None if claim is None else read_restored(claim),
        extra=read.besides(_KNOWN),
    )
    if head.size == 0 and head.root != EMPTY_ROOT:
        raise Rejected(Code.MALFORMED, place="root")
    return head


def _split(count: int) -> int:
    """The largest power of two below `count` (2 or more)."""
    return 1 << (count - 1).bit_length() - 1


def _subtree(start: int, end: int, fetch: Fetch) -> bytes:
    """The hash of the leaves from `start` to before `end`, where `start` is where RFC 6962 splits a tree."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return fetch(level, start >> level)
    middle = start + _split(count)
    return node_hash(_subtree(start, middle, fetch), _subtree(middle, end, fetch))
