"""From a neutral answer nobody can tell why: 2,000 of each reason look alike by size, moment and content."""

import json
import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from random import Random

import pytest
from tests.unit.exchange.parties import NONCE, NOW, draft, sealing, signing

from istmo.exchange.envelope import STEP, Sealed, seal
from istmo.exchange.manifest import Kind
from istmo.exchange.slots import NEUTRAL, SLOT, departure, neutral_answer, next_slot, padded
from istmo.exchange.trial import auc

ANSWERS = 2000
ALLOWED = 0.55
SECOND = timedelta(seconds=1)
WORK = {"none": 0.05, "protected": 0.6, "not permitted": 0.002}  # seconds that a decision takes
Features = tuple[float, ...]


def test_slots_end_at_the_same_moments_for_all() -> None:
    assert next_slot(NOW) == NOW + SLOT
    assert next_slot(NOW + timedelta(seconds=59, microseconds=999_999)) == NOW + SLOT
    assert next_slot(NOW - timedelta(microseconds=1)) == NOW
    assert next_slot(NOW, SECOND) == NOW + SECOND


def test_an_answer_leaves_after_a_whole_slot_whenever_it_was_ready() -> None:
    arrived = NOW + timedelta(seconds=20)
    for seconds in (0, 1, 39, 41, 99):
        assert departure(arrived, arrived + timedelta(seconds=seconds)) == NOW + 2 * SLOT
    assert departure(arrived, arrived + timedelta(seconds=100)) == NOW + 3 * SLOT


def test_bodies_are_padded_and_read_as_they_are() -> None:
    for size in (2, 10, 999, 1000, 1001):
        body = json.dumps("x" * (size - 2)).encode()
        assert len(padded(body)) % STEP == 0
        assert len(padded(body)) - len(body) < STEP
        assert json.loads(padded(body)) == json.loads(body)


def test_a_neutral_answer_says_nothing_but_that_there_is_nothing_to_say() -> None:
    assert json.loads(neutral_answer()) == {"answer": NEUTRAL.as_json()}
    assert len(neutral_answer()) == STEP


@cache
def observed(reason: str, *, leaks: bool = False) -> tuple[Features, ...]:
    """What an onlooker and the asker see of 2,000 answers: size, moments, what the opened message holds."""
    random = Random(reason)
    return tuple(seen(random, WORK[reason], leaks=leaks) for _ in range(ANSWERS))


def seen(random: Random, work: float, *, leaks: bool) -> Features:
    arrived = NOW + timedelta(seconds=random.uniform(0, 3600))
    ready = arrived + timedelta(seconds=random.expovariate(1 / work) if work < 0.1 else random.uniform(0.3, 0.9))
    leaves = ready if leaks else departure(arrived, ready, slot=SECOND)
    made = answered(random, leaves)
    return (
        float(len(made.envelope)),
        (leaves - arrived).total_seconds(),
        leaves.microsecond / 1e6,
        float(made.manifest.payload_bytes),
        float(len(made.manifest_jws)),
        float(len(json.dumps(made.manifest.as_fields()))),
        (leaves - made.manifest.created).total_seconds(),
    )


def answered(random: Random, leaves: datetime) -> Sealed:
    id_ = f"{random.getrandbits(128):032x}"
    answer = draft(
        message_id=f"{random.getrandbits(128):032x}",
        conversation=id_,
        kind=Kind.TRIAL_ANSWER,
        sender="TS",
        recipient="PAN",
        created=leaves,
        in_reply_to=id_,
    )
    return seal(answer, neutral_answer(), nonce=NONCE, signing=signing("TS"), recipient=sealing("PAN").public)


def learned(first: Sequence[Features], second: Sequence[Features]) -> Callable[[Features], float]:
    """A logistic regression on standardised features, by gradient descent."""
    rows = [(row, 0.0) for row in first] + [(row, 1.0) for row in second]
    columns = list(zip(*(row for row, _ in rows), strict=True))
    means = [sum(column) / len(column) for column in columns]
    spreads = [
        math.sqrt(sum((value - mean) ** 2 for value in column) / len(column)) or 1.0
        for column, mean in zip(columns, means, strict=True)
    ]

    def standard(row: Features) -> list[float]:
        return [1.0, *((value - mean) / spread for value, mean, spread in zip(row, means, spreads, strict=True))]

    ready = [(standard(row), group) for row, group in rows]
    weights = [0.0] * (len(columns) + 1)
    for _ in range(60):
        slope = [0.0] * len(weights)
        for row, group in ready:
            miss = 1 / (1 + math.exp(-max(-30, min(30, sum(map(float.__mul__, weights, row)))))) - group
            for place, value in enumerate(row):
                slope[place] += miss * value
        weights = [weight - 2 * step / len(ready) for weight, step in zip(weights, slope, strict=True)]
    return lambda row: sum(map(float.__mul__, weights, standard(row)))


def told_apart(first: Sequence[Features], second: Sequence[Features]) -> float:
    """The best of each feature alone and of the regression, learned on one half and judged on the other."""
    score = learned(first[::2], second[::2])
    alone = [auc([row[place] for row in first], [row[place] for row in second]) for place in range(len(first[0]))]
    return max(*alone, auc([score(row) for row in first[1::2]], [score(row) for row in second[1::2]]))


@pytest.mark.parametrize(("one", "other"), list(combinations(WORK, 2)))
def test_no_classifier_tells_why_there_is_nothing_to_tell(one: str, other: str) -> None:
    assert told_apart(observed(one), observed(other)) <= ALLOWED


def test_the_classifier_sees_a_leak_where_there_is_one() -> None:
    one, other = observed("none", leaks=True), observed("protected", leaks=True)
    score = learned(one[::2], other[::2])
    assert auc([score(row) for row in one[1::2]], [score(row) for row in other[1::2]]) > 0.95
    assert told_apart(one, other) > 0.95
