"""What does our log prove? Inclusion of a leaf, and that a larger log begins with a smaller one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from istmo.exchange import log
from istmo.installation.evidence.models import Head, Leaf


@dataclass(frozen=True, slots=True)
class Included:
    """A leaf (its hash) at its place; `path` leads to the root of the head that was asked for."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]


def tree(proof: Callable[[log.Fetch], object]) -> log.Fetch:
    """The stored nodes that `proof` needs, read at once."""
    wanted = log.needed(proof)
    found: dict[tuple[int, int], bytes] = {}
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                'SELECT n.level, n."index", n.hash FROM evidence_node n'
                ' JOIN unnest(%s::int[], %s::bigint[]) AS w(level, "index")'
                ' ON (n.level, n."index") = (w.level, w."index")',
                [[level for level, _ in wanted], [index for _, index in wanted]],
            )
            found = {(level, index): bytes(hashed) for level, index, hashed in cursor.fetchall()}

    def fetch(level: int, index: int) -> bytes:
        return found.get((level, index), b"")  # a node that is gone proves nothing

    return fetch


def head() -> Head | None:
    """The newest signed head."""
    return Head.objects.order_by("-size").first()


def consistency(first: int, second: int) -> tuple[bytes, ...]:
    """The proof that the log of `second` leaves begins with that of `first`; none where `first` is the larger."""
    if not 0 <= first <= second:
        return ()
    return log.consistency_path(first, second, tree(lambda fetch: log.consistency_path(first, second, fetch)))


def inclusions(leaves: Sequence[bytes], under: Head) -> tuple[Included, ...]:
    """Proofs for those of the leaf hashes that stand in the log of the head `under`."""
    size = under.size
    places = Leaf.objects.filter(hash__in=list(leaves), index__lt=size).values_list("hash", "index")
    held = {bytes(hashed): index for hashed, index in places}

    def paths(fetch: log.Fetch) -> dict[bytes, tuple[bytes, ...]]:
        return {hashed: log.inclusion_path(index, size, fetch) for hashed, index in held.items()}

    made = paths(tree(paths))
    return tuple(Included(hashed, held[hashed], made[hashed]) for hashed in dict.fromkeys(leaves) if hashed in made)
