"""Messages between two installations on this machine: own homes, databases, keys and processes, HTTPS on loopback.

Ours: decided on, signed, sealed, logged, delivered, decided on again, stored, logged and receipted; the clock stops
when the sender has verified and stored the receipt. What travels are answers of the hub under the agreement for
statistics, because a node has next to nothing to do with one that answers none of its messages. The limit is the
cryptography alone, in one process: sign and seal, open and verify, sign a receipt and verify it. Latency is from the
moment the message was made, before its commit.
"""

import os
import time
from datetime import UTC, datetime
from hashlib import sha256
from statistics import quantiles
from typing import Any

MESSAGES = 3000
RATE, SECONDS = 25, 20
LIMIT = 300
SESSIONS = 2  # that post at the same time when it goes flat out
WANTED_RATE, WANTED_P95_MS = 200, 150


def run() -> list[dict[str, Any]]:
    from tests.scenario.delivery.installations import two_installations, wait_until

    began = os.getloadavg()[0]
    with two_installations() as (hub, node):
        hub.start()
        node.start()
        if not wait_until(lambda: hub.listens() and node.listens(), seconds=60):
            raise RuntimeError("the installations do not listen")
        _deliver(hub, 100, 0)  # warm
        flat_out, _ = _deliver(hub, MESSAGES, 0)
        _, waited = _deliver(hub, RATE * SECONDS, RATE)
        undone = hub.count("SELECT count(*) FROM delivery_outbound WHERE state <> 'DELIVERED'")
        doubled = node.count("SELECT count(*) - count(DISTINCT message_id) FROM delivery_inbound")
    cuts = quantiles(waited, n=100)
    load = f"load of the machine when it began: {began:.2f} on {os.cpu_count()} cores"
    return [
        _row("delivered and receipted", MESSAGES, rate=MESSAGES / flat_out, wanted=f">= {WANTED_RATE} a second"),
        _row(f"at {RATE} a second", len(waited), p50=cuts[49], p95=cuts[94], wanted=f"p95 <= {WANTED_P95_MS} ms"),
        _row("lost", undone, wanted="0"),
        _row("doubled", doubled, wanted="0"),
        _row("limit: the cryptography alone, in one process", LIMIT, rate=_limit()),
        _row(load, 0),
    ]


def _row(
    what: str, messages: int, *, rate: float = 0, p50: float = 0, p95: float = 0, wanted: str = ""
) -> dict[str, Any]:
    measured = {"a second": round(rate, 1), "p50 ms": round(p50 * 1000, 1), "p95 ms": round(p95 * 1000, 1)}
    return {"what": what, "messages": messages, **measured, "wanted": wanted}


def _deliver(sender: Any, count: int, rate: float) -> tuple[float, list[float]]:
    """The seconds from the first message to the last receipt, and those from each message to its receipt."""
    from tests.scenario.delivery.installations import wait_until

    before = sender.count("SELECT coalesce(max(id), 0) FROM delivery_outbound")
    sessions = 1 if rate else SESSIONS
    posting = [
        sender.posting(count // sessions, recipient="PAN", rate=rate, kind="submission-answer") for _ in range(sessions)
    ]
    for process in posting:
        process.wait()
    held = "SELECT count(*) FROM delivery_heldreceipt r JOIN delivery_outbound o ON o.id = r.message_id WHERE o.id > %s"
    if not wait_until(lambda: sender.count(held, before) >= count, seconds=300, every=0.05):
        raise RuntimeError("not everything was delivered")
    rows = sender.rows(
        "SELECT o.created_at, r.held_at FROM delivery_heldreceipt r JOIN delivery_outbound o ON o.id = r.message_id"
        " WHERE o.id > %s",
        before,
    )
    whole = max(held for _, held in rows) - min(made for made, _ in rows)
    return whole.total_seconds(), [(held - made).total_seconds() for made, held in rows]


def _limit(count: int = LIMIT) -> float:
    from istmo.exchange.envelope import open_envelope, seal
    from istmo.exchange.manifest import Draft, Kind
    from istmo.exchange.receipts import Outcome, Receipt, issue, read_receipt
    from istmo.registry.demonstration import demonstration_key, demonstration_keys
    from istmo.registry.keys import Use

    now, keys = datetime.now(UTC), demonstration_keys()
    signs, reads, seals = demonstration_key("PAN"), demonstration_key("TS"), demonstration_key("TS", Use.SEALING)
    started = time.perf_counter()
    for number in range(count):
        id_ = f"message-{number}"
        draft = Draft(
            message_id=id_,
            conversation=id_,
            sequence=1,
            kind=Kind.TEST,
            sender="PAN",
            recipient="TS",
            created=now,
            payload_type="application/json",
        )
        nonce = sha256(id_.encode()).digest()
        sealed = seal(draft, b'{"test": true}', nonce=nonce, signing=signs, recipient=seals.public)
        opened = open_envelope(sealed.envelope, sealing=[seals], keys=keys, me="TS", now=now)
        receipt = Receipt(
            message_id=id_,
            manifest_digest=opened.manifest_digest,
            outcome=Outcome.ACCEPTED,
            received_at=now,
            log_id="TS",
        )
        read_receipt(issue(receipt, signing=reads), keys=keys, now=now)
    return count / (time.perf_counter() - started)
