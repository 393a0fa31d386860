"""Who gives the leaves their places? One sequencer at a time, under a lock of the database.

    sequence(party="PAN", signing=key, now=now)      # the number of leaves that got a place; 0 where none waits

Indexes are dense and start at 0. Leaves, nodes and the signed head of a batch commit together, so a killed process
leaves either all of a batch or nothing, and no index is given twice.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from istmo.exchange import log
from istmo.installation.evidence.models import Head, Leaf, PendingLeaf
from istmo.installation.evidence.proving import tree
from istmo.installation.evidence.restored import last_restoration
from istmo.registry.keys import PrivateKey

LOCK = 0x6973746D6F6C6F67  # "istmolog"
MOST = 2000


def sequence(*, party: str, signing: PrivateKey, now: datetime, most: int = MOST) -> int:
    """Give the leaves that wait their indexes and sign the new head. The empty log has a head, too."""
    with transaction.atomic():
        if not _alone():
            return 0
        due = PendingLeaf.objects.filter(Q(not_before__isnull=True) | Q(not_before__lte=now)).order_by("id")
        waiting = list(due.values_list("id", "message_id", "text")[:most])
        last = Head.objects.order_by("-size").first()
        if last is not None and not waiting:
            return 0
        size = last.size if last is not None else 0
        edge = log.frontier(size, tree(lambda fetch: log.frontier(size, fetch)))
        if last is not None and edge.root != bytes(last.root):
            raise LogDamaged(size)
        leaves, nodes = [], []
        for _, message_id, text in waiting:
            hashed = log.leaf_of(text)
            leaves.append((edge.size, hashed, message_id, text, now))
            edge, made = edge.append(hashed)
            nodes.extend(made)
        with connection.cursor() as cursor:
            cursor.executemany(
                'INSERT INTO evidence_leaf ("index", hash, message_id, text, at) VALUES (%s, %s, %s, %s, %s)', leaves
            )
            cursor.executemany(
                'INSERT INTO evidence_node (level, "index", hash) VALUES (%s, %s, %s)',
                [(node.level, node.index, node.hash) for node in nodes],
            )
            cursor.execute("DELETE FROM evidence_pendingleaf WHERE id = ANY(%s)", [[row[0] for row in waiting]])
        head = log.TreeHead(log_id=party, size=edge.size, root=edge.root, at=now, restored=last_restoration())
        text = log.sign_head(head, signing=signing)
        Head.objects.create(size=edge.size, root=edge.root, at=now, text=text)
    return len(waiting)


class LogDamaged(Exception):
    """The nodes stored do not give the root of the last signed head: nothing is added to such a log."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the log of {size} leaves is not the one whose head was signed")
        self.size = size


def is_whole() -> bool:
    """Whether every leaf is still what its node says, and the nodes give the root of the last signed head."""
    last = Head.objects.order_by("-size").first()
    if last is None:
        return not Leaf.objects.exists()
    edge = log.Frontier()
    for index, text in Leaf.objects.order_by("index").values_list("index", "text").iterator(chunk_size=5000):
        if index != edge.size:
            return False
        edge, _ = edge.append(log.leaf_of(text))
    stored = log.root(last.size, tree(lambda fetch: log.root(last.size, fetch)))
    return edge.size == last.size and edge.root == bytes(last.root) == stored


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
