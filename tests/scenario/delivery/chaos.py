"""Kills and a bad network while messages travel; then the account of what became of each."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.scenario.delivery.installations import Installation, free_port, two_installations, wait_until
from tests.scenario.delivery.proxy import Proxy

VICTIMS = ("listener", "web", "worker", "sender's worker", "postgres")


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the messages; `logs` says whether both logs hold each of them exactly once."""

    posted: int
    delivered: int
    received: int
    doubled: int
    handled: int
    logs: bool
    whole: bool
    kills: Counter[str]
    faults: Counter[str]
    seconds: float


def chaos(*, messages: int, kills: int, seed: int, rate: float, submissions: int = 0, pause: float = 0.6) -> Account:
    """`messages` tests (and `submissions` answers under an agreement) from TS to PAN through the proxy, with kills."""
    chance = random.Random(seed)
    port = free_port()
    with two_installations(parties=("PAN", "TS", "HND"), through=port) as (node, hub, third):
        proxy = Proxy(node.port, third.home.path / "keys" / "tls", seed=seed, port=port)
        started, happened = time.monotonic(), Counter[str]()
        hub.start()
        node.start()
        wait_until(lambda: hub.listens() and node.listens(), seconds=60)
        posting = [hub.posting(messages, recipient="PAN", rate=rate)]
        if submissions:
            posting.append(hub.posting(submissions, recipient="PAN", rate=rate, kind="submission-answer"))
        for _ in range(kills):
            time.sleep(pause * (0.5 + chance.random()))
            happened[_kill_one(chance, hub, node)] += 1
        posted = sum(int(process.communicate(timeout=600)[0].split()[0]) for process in posting)
        # on a busy machine nothing may have got as far as the network while processes died
        wait_until(lambda: proxy.has_done_each or settled(hub, node, posted), seconds=60)
        proxy.faulty = False
        wait_until(lambda: settled(hub, node, posted), seconds=180, every=0.5)
        account = Account(
            posted=posted,
            delivered=hub.count("SELECT count(*) FROM delivery_outbound WHERE state = 'DELIVERED'"),
            received=node.count("SELECT count(DISTINCT message_id) FROM delivery_inbound WHERE outcome = 'accepted'"),
            doubled=node.count("SELECT count(*) - count(DISTINCT message_id) FROM delivery_inbound"),
            handled=node.count("SELECT count(*) FROM delivery_content WHERE handled_at IS NOT NULL"),
            logs=leaves(hub) == leaves(node) == ids(hub),
            whole=all(_dense(one) for one in (hub, node)),
            kills=happened,
            faults=proxy.happened,
            seconds=round(time.monotonic() - started, 1),
        )
        proxy.close()
    return account


def _kill_one(chance: random.Random, hub: Installation, node: Installation) -> str:
    """Kill something that lives; what was killed just now may still be on its way back."""
    while True:
        victim = chance.choice(VICTIMS)
        whose, name = (hub, "worker") if victim == "sender's worker" else (node, victim)
        if whose.kill(name):
            return victim
        time.sleep(0.1)


def settled(hub: Installation, node: Installation, posted: int) -> bool:
    return (
        hub.count("SELECT count(*) FROM delivery_outbound WHERE state = 'DELIVERED'") >= posted
        and all(one.count("SELECT count(*) FROM evidence_pendingleaf") == 0 for one in (hub, node))
        and node.count("SELECT count(*) FROM delivery_content WHERE handled_at IS NULL AND attempts = 0") == 0
    )


def leaves(one: Installation) -> Sequence[str]:
    return sorted(id_ for (id_,) in one.rows("SELECT message_id FROM evidence_leaf"))


def ids(hub: Installation) -> Sequence[str]:
    return sorted(str(id_) for (id_,) in hub.rows("SELECT message_id FROM delivery_outbound"))


def _dense(one: Installation) -> bool:
    """Whether indexes are dense and the newest head covers them all."""
    size, last, head = one.rows(
        'SELECT count(*), coalesce(max("index") + 1, 0), (SELECT max(size) FROM evidence_head) FROM evidence_leaf'
    )[0]
    return bool(size == last == head)
