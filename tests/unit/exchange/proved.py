"""A package of evidence of one submission from PAN to TS that stands in both logs."""

from datetime import datetime
from typing import Any

from tests.unit.exchange.parties import NOW, agreement, ring, sealed, signing

from istmo.exchange.evidence import Evidence, Inclusion
from istmo.exchange.log import Fetch, Frontier, TreeHead, inclusion_path, leaf_of, root, sign_head
from istmo.exchange.receipts import Outcome, Receipt, issue


def evidence(**changes: Any) -> Evidence:
    made = sealed()
    receipt = Receipt(
        message_id=made.manifest.message_id,
        manifest_digest=made.manifest_digest,
        outcome=Outcome.ACCEPTED,
        received_at=NOW,
        log_id="TS",
    )
    whole: dict[str, Any] = {
        "manifest": made.manifest_jws,
        "receipts": (issue(receipt, signing=signing("TS")),),
        "inclusions": (inclusion(made.manifest_jws, "PAN", at=2, size=5), inclusion(made.manifest_jws, "TS", at=9)),
        "keys": ring(),
        "registry_version": 7,
        "registry_digest": "cd" * 32,
        "agreement": agreement("PAN", "HND", "TS"),
        **changes,
    }
    return Evidence(**whole)


def inclusion(
    manifest: str, party: str, *, at: int, size: int = 12, by: str = "", moment: datetime = NOW, **changes: Any
) -> Inclusion:
    """The manifest as leaf `at` of a log of `size` leaves."""
    fetch = stored([manifest if index == at else f"entry {index}" for index in range(size)])
    whole: dict[str, Any] = {"log_id": party, "size": size, "root": root(size, fetch), "at": moment, **changes}
    head = sign_head(TreeHead(**whole), signing=signing(by or party))
    return Inclusion(head, at, inclusion_path(at, size, fetch))


def stored(entries: list[str]) -> Fetch:
    edge, nodes = Frontier(), {}
    for entry in entries:
        edge, added = edge.append(leaf_of(entry))
        nodes.update({(node.level, node.index): node.hash for node in added})
    return lambda level, index: nodes[level, index]
