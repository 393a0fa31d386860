"""A trial of neutral answers over the real outbox, inbox and handler: what an asker sees tells no case from another."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from tests.scenario.delivery.region import NOW, Region, Wire
from tests.unit.exchange.test_slots import told_apart

from istmo.exchange.envelope import STEP
from istmo.exchange.manifest import Kind
from istmo.exchange.refusals import Code
from istmo.exchange.slots import next_slot
from istmo.exchange.trial import ALLOWED, Case, Seen, judge, write_question
from istmo.installation.delivery import inbox, trials
from istmo.installation.delivery.handling import handle_next
from istmo.installation.delivery.models import Content, Inbound, Outbound
from istmo.installation.delivery.pump import deliver, next_due
from istmo.installation.delivery.states import DeliveryState, Reason
from istmo.installation.delivery.trials import Trial, ask, latest, seen_in, trial_of
from istmo.installation.evidence.models import Head, PendingLeaf
from istmo.installation.evidence.sequencing import sequence
from istmo.model.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("database")

SECOND = timedelta(seconds=1)
WORK = {Case.NONE: 0.05, Case.PROTECTED: 0.3, Case.NOT_PERMITTED: 0.002}  # seconds that a decision takes


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Region:
    """PAN asks TS, whose decisions take a time that depends on the case; both in one database."""
    made = Region()
    made.ts = replace(made.ts, slot=SECOND)
    made.wire = Wire(made.ts, made.now)
    decide = trials.decided

    def slow(case: Case, at: object) -> object:
        found = decide(case, made.moment)
        made.later(seconds=WORK[case])
        return found

    monkeypatch.setattr(trials, "decided", slow)
    monkeypatch.setattr(trials, "monotonic", lambda: made.moment.timestamp())
    return made


def asked(region: Region, *cases: Case) -> list[Seen]:
    """The cases asked together in this order, answered, and what was seen of the answers."""
    run = ask(region.pan, "TS", cases=cases, each=1, at=region.moment, shuffle=lambda order: None)
    region.pump()
    answered(region)
    return list(seen_in(run))


def answered(region: Region) -> Wire:
    back = Wire(region.pan, region.now)
    while True:
        busy = handle_next(region.ts, now=region.moment)
        due = next_due("PAN")
        if due is not None and (due <= region.moment or not busy):
            region.moment = max(region.moment, due)
            deliver(region.ts, "PAN", back, now=region.now, jitter=0.0)
        elif not busy:
            return back


def observed(region: Region, rounds: int) -> list[Seen]:
    """What is seen where the three are asked together, in each order as often: what is left is what the cases do."""
    random, orders = Random("trial"), list(permutations(Case))
    seen = []
    for turn in range(rounds):
        region.moment = NOW + timedelta(seconds=10 * turn + random.uniform(0, 5))
        seen += asked(region, *orders[turn // 2 % len(orders)])
    return seen


def features(seen: list[Seen], case: Case) -> list[tuple[float, ...]]:
    return [
        (
            float(one.length),
            float(one.manifest),
            float(len(one.said)),
            (one.came - one.asked).total_seconds(),
            one.came.microsecond / 1e6,
            (one.came - one.left).total_seconds(),
            float(one.place),
        )
        for one in seen
        if one.case is case
    ]


def test_no_classifier_tells_the_cases_apart_in_what_the_delivery_sends(region: Region) -> None:
    seen = observed(region, 72)
    assert len(seen) == 3 * 72
    for one, other in (
        (Case.NONE, Case.PROTECTED),
        (Case.NONE, Case.NOT_PERMITTED),
        (Case.PROTECTED, Case.NOT_PERMITTED),
    ):
        assert told_apart(features(seen, one), features(seen, other)) <= ALLOWED
    found = judge(seen)
    assert found.holds
    assert (found.lengths, found.one_text) == ((seen[0].length,), True)
    assert all(one.came == next_slot(one.came - SECOND, SECOND) for one in seen), "each came at the end of a slot"
    assert all(one.came - one.asked >= SECOND for one in seen), "after a whole slot"


def test_the_same_classifier_sees_answers_that_leave_when_they_are_ready(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "departure", lambda arrived, ready, slot: ready)
    seen = []
    for turn in range(72):
        region.moment = NOW + timedelta(seconds=10 * turn)
        seen += asked(region, tuple(Case)[turn % 3])
    assert told_apart(features(seen, Case.PROTECTED), features(seen, Case.NOT_PERMITTED)) > 0.95
    assert not judge(seen).holds


def test_our_log_does_not_grow_before_the_answer_leaves(region: Region) -> None:
    run = ask(region.pan, "TS", cases=(Case.PROTECTED,), each=1, at=region.moment, shuffle=lambda order: None)
    region.pump()
    sequence(party="TS", signing=region.ts.signing, now=region.moment)
    assert handle_next(region.ts, now=region.moment)
    answer = Outbound.objects.get(kind=Kind.TRIAL_ANSWER.value)
    assert answer.next_try == next_slot(NOW, SECOND) + SECOND
    size = Head.objects.first().size  # type: ignore[union-attr]
    assert sequence(party="TS", signing=region.ts.signing, now=answer.next_try - timedelta(microseconds=1)) == 0
    assert PendingLeaf.objects.count() == 1
    assert sequence(party="TS", signing=region.ts.signing, now=answer.next_try) == 1
    assert Head.objects.first().size == size + 1  # type: ignore[union-attr]
    assert trial_of(run).waiting == 1


def test_a_trial_tells_how_it_stands_and_is_judged_once_all_have_answered(region: Region) -> None:
    run = ask(region.pan, "TS", cases=tuple(Case), each=7, at=region.moment, shuffle=Random(1).shuffle)
    found = trial_of(run)
    assert (found.peer, found.waiting, found.ended, found.judgement) == ("TS", 21, 0, None)
    assert latest("TS") == found
    assert latest("HND") is None
    region.pump()
    region.pump()
    back = answered(region)
    found = trial_of(run)
    assert found.asked == found.answered == dict.fromkeys(Case, 7)
    assert found.judgement is not None
    assert found.judgement.lengths == (len(back.carried[0][0]),), "the length reckoned is that of the envelope"
    assert {len(envelope) for batch in back.carried for envelope in batch} == set(found.judgement.lengths)
    assert found.judgement.one_text
    Content.objects.update(payload=None)
    assert trial_of(run).judgement is None
    assert seen_in(run) == ()


def test_a_peer_whose_program_does_not_know_the_kind_refuses_it_and_says_so(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_an_earlier_version(*_: object, **__: object) -> object:
        raise inbox.Rejected(Code.KIND)

    monkeypatch.setattr(inbox, "open_envelope", of_an_earlier_version)
    run = ask(region.pan, "TS", cases=(Case.NONE,), each=2, at=region.moment, shuffle=lambda order: None)
    region.pump()
    found = trial_of(run)
    assert (found.waiting, found.ended, list(found.reasons)) == (0, 2, [Code.KIND.value])
    assert not Inbound.objects.exists()
    assert set(Outbound.objects.values_list("state", flat=True)) == {DeliveryState.DEAD.value}


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Kind.TRIAL_QUESTION, b'{"format": "istmo-trial-question/1", "case": "none", "name": "somebody"}'),
        (Kind.TRIAL_ANSWER, b'{"answer": "Maria is in Tapachula"}'),
    ],
)
def test_neither_question_nor_answer_can_carry_a_person(
    region: Region, kind: Kind, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput):
        region.post(payload, kind=kind)
    monkeypatch.setattr("istmo.installation.delivery.outbox.request_of", lambda *_, **__: None)
    message = region.post(payload, kind=kind)
    region.pump()
    held = Outbound.objects.get(pk=message.pk)
    assert (held.state, held.reason) == (DeliveryState.DEAD.value, Reason.NOT_AVAILABLE.value)
    assert not Content.objects.exists()


def test_questions_have_one_length_on_the_wire(region: Region) -> None:
    ask(region.pan, "TS", cases=tuple(Case), each=1, at=region.moment, shuffle=lambda order: None)
    assert len({len(one.envelope) for one in Outbound.objects.all()}) == 1
    assert len(write_question(Case.NONE)) == STEP
    assert isinstance(latest("TS"), Trial)
    assert json.loads(bytes(Outbound.objects.first().payload))["case"]  # type: ignore[union-attr,arg-type]
