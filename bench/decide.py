"""How many requests are decided in a second on one core, with 500 agreements on persons in the registry?

Every request is invented and different from its neighbours: most are permitted, the others meet the floor or a clause.
Counted is all that `istmo decide` does after the file is read: reading the request, both engines, the permit. The peer
is Cedar with the policies of all agreements in one set; the limit, the floor in Python alone. Processor time, the
median of `repeats` runs after a first one, which also parses the policies.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, islice, product
from types import MappingProxyType
from typing import Any

from istmo.policy import Permit, Request, decide, engine, read_request
from istmo.policy.compiling.cedar import policies
from istmo.policy.facts import facts_of, standing_of
from istmo.policy.floor import floor
from istmo.registry.agreements.record import Agreement, Direction, Flow
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.snapshot import Snapshot

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SAMPLE = "demo:PAN-HTI-IDENT"
PURPOSES = ("IDENT", "FAM_LINK", "REFERRAL", "HEALTH")
ORIGINS = ("COD", "CMR", "ERI", "NPL", "BGD", "SOM")
BOTH = frozenset({Direction.ASK, Direction.ANSWER})


def registry(count: int) -> Snapshot:
    """The demonstration's registry with `count` agreements of two States each, every one on one purpose."""
    base = demonstration_snapshot(NOW)
    sample = base.agreements[SAMPLE]
    states = sorted(party.id for party in base.parties.values() if party.kind.is_state)
    flows = islice(product(combinations(states, 2), PURPOSES), count)
    made = [_agreement(sample, first, second, purpose) for (first, second), purpose in flows]
    assert len(made) == count
    return replace(base, agreements=MappingProxyType({one.id: one for one in made}))


def _agreement(sample: Agreement, first: str, second: str, purpose: str) -> Agreement:
    parties = tuple(replace(entry, party=id_) for entry, id_ in zip(sample.parties, (first, second), strict=True))
    return replace(
        sample,
        id=f"bench:{first}-{second}-{purpose}",
        parties=parties,
        purposes=frozenset({purpose}),
        flows=(Flow(first, second, BOTH), Flow(second, first, BOTH)),
    )


def requests(snapshot: Snapshot, count: int) -> list[dict[str, Any]]:
    """`count` documents over all agreements; of eight, one has a field too many, one a need at home, one a child."""
    agreements = list(snapshot.agreements.values())
    return [_request(agreements[number * 7 % len(agreements)], number) for number in range(count)]


def _request(agreement: Agreement, number: int) -> dict[str, Any]:
    sender, recipient = (entry.party for entry in agreement.parties)
    odd = number % 8
    return {
        "sender": sender,
        "recipient": recipient,
        "direction": ("ask", "answer")[number % 3 == 0],
        "purpose": next(iter(agreement.purposes)),
        "categories": ["BIO_BASIC"],
        "fields": ["name", "birth_date", *(["sex"] if odd == 0 else [])],
        "agreement": agreement.id,
        "subject": {
            "protection": "FEAR" if odd == 1 else "NONE_FOUND",
            "asylum_informed": True,
            "declared": [recipient if odd == 1 else ORIGINS[number % len(ORIGINS)]],
            "presented": [],
            "presumed": [],
            "verified": [],
            "birth": ORIGINS[number % 5],
            "residence": [],
            "feared": [],
            "child": odd == 2,
            "best_interests": odd == 2,
            "consent": True,
        },
    }


def run(agreements: int = 500, *, count: int = 4000, repeats: int = 3) -> list[dict[str, object]]:
    """Decisions a second of each way."""
    snapshot = registry(agreements)
    documents = requests(snapshot, count)
    read = [one for one in map(read_request, documents) if isinstance(one, Request)]
    permitted = sum(isinstance(decide(one, snapshot=snapshot, now=NOW), Permit) for one in read)
    facts = [facts_of(one, snapshot.agreements[one.agreement], snapshot.parties) for one in read]
    return [
        {
            "what": f"{agreements} agreements, {count:,} requests, {permitted:,} permitted",
            "decisions/s": "",
            "wanted": "",
        },
        _row("the limit: the floor in Python alone", lambda: _each(facts, floor), count, repeats),
        _row(
            "read and decide: both engines, permit with its digests",
            lambda: _each(documents, lambda one: decide(read_request(one), snapshot=snapshot, now=NOW)),
            count,
            repeats,
            "at least 5,000",
        ),
        _row("decide alone", lambda: _each(read, lambda one: decide(one, snapshot=snapshot, now=NOW)), count, repeats),
        _row("peer: Cedar, all policies in one set", _all_at_once(snapshot, read[:400]), 400, 1),
    ]


def _all_at_once(snapshot: Snapshot, asked: Sequence[Request]) -> Callable[[], None]:
    texts = (engine.floor_text(), engine.standing_text(), *map(policies, snapshot.agreements.values()))
    parsed = engine.parsed("\n".join(texts))

    def one(request: Request) -> None:
        agreement = snapshot.agreements[request.agreement]
        facts = facts_of(request, agreement, snapshot.parties)
        standing = standing_of(request, agreement, snapshot=snapshot, superseded=False, now=NOW)
        engine.evaluate(parsed, facts, engine.context(facts, standing))

    return lambda: _each(asked, one)


def _each(values: Sequence[Any], act: Callable[[Any], object]) -> None:
    for value in values:
        act(value)


def _row(what: str, act: Callable[[], None], count: int, repeats: int, wanted: str = "") -> dict[str, object]:
    times = []
    for _ in range(repeats + 1):
        started = time.process_time()
        act()
        times.append(time.process_time() - started)
    return {"what": what, "decisions/s": round(count / statistics.median(times[1:])), "wanted": wanted}
