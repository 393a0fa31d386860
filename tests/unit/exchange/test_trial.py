"""A trial question carries nobody, is decided as any other, and its answers are judged by what the asker saw."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.exchange.parties import NOW, sealed

from istmo.exchange.envelope import STEP, sealed_length
from istmo.exchange.slots import neutral_answer
from istmo.exchange.trial import (
    ALLOWED,
    ENOUGH,
    LONGEST_ANSWER,
    Case,
    Seen,
    auc,
    decided,
    judge,
    read_answer,
    read_question,
    write_question,
)
from istmo.model.errors import InvalidInput
from istmo.policy import NEUTRAL


@pytest.mark.parametrize("days", [0, 300, 3000])
def test_each_case_is_decided_for_its_own_reason_on_any_day(days: int) -> None:
    found = {case: decided(case, NOW + timedelta(days=days)) for case in Case}
    assert found[Case.NONE].decision == "permit"
    assert (found[Case.PROTECTED].decision, found[Case.PROTECTED].rule) == ("refuse", "R28")
    assert (found[Case.NOT_PERMITTED].decision, found[Case.NOT_PERMITTED].rule) == ("refuse", "R46")
    assert found[Case.NOT_PERMITTED].clause


def test_a_question_is_one_of_three_texts_of_one_length() -> None:
    assert {len(write_question(case)) for case in Case} == {STEP}
    assert [read_question(write_question(case)) for case in Case] == list(Case)
    assert len({case.text.es for case in Case} | {case.text.en for case in Case}) == 6


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"format": "istmo-trial-question/1"}',
        b'{"format": "istmo-trial-question/2", "case": "none"}',
        b'{"format": "istmo-trial-question/1", "case": "some"}',
        b'{"format": "istmo-trial-question/1", "case": ["none"]}',
        b'{"format": "istmo-trial-question/1", "case": "none", "name": "somebody"}',
    ],
)
def test_a_question_that_says_anything_else_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_question(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"null",
        b'{"answer": "x"}',
        b'{"answer": {"es": "x"}}',
        b'{"answer": {"es": "x", "en": 1}}',
        b'{"answer": {"es": "x", "en": "y"}, "name": "somebody"}',
        b'{"answer": {"es": "x", "en": "y"}}' + b" " * LONGEST_ANSWER,
    ],
)
def test_an_answer_that_holds_more_than_a_text_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_answer(payload)


def test_the_neutral_answer_reads_as_what_a_refusal_says_to_a_peer() -> None:
    assert read_answer(neutral_answer()) == NEUTRAL


def test_the_length_of_an_envelope_follows_from_what_it_holds() -> None:
    for size in (0, 1, 700, 1000, 5000):
        made = sealed(b"x" * size)
        assert sealed_length(len(made.manifest_jws), size) == len(made.envelope)


def answers(each: int) -> Iterator[Seen]:
    """Questions asked by turns of the three cases, each answered after a time that has nothing to do with it."""
    for place in range(3 * each):
        asked = NOW + timedelta(seconds=place // 3 * 0.37)
        left = NOW + timedelta(seconds=int(place // 3 * 0.37) + 2)
        case = tuple(Case)[(place + place // 3) % 3]
        yield Seen(case, asked, left, left + timedelta(milliseconds=40), 4368, 1500, place // 3, neutral_answer())


def test_answers_that_look_alike_hold() -> None:
    found = judge(tuple(answers(200)))
    assert found.holds
    assert found.told_apart == pytest.approx(0.5)
    assert (found.limit, found.is_measured) == (pytest.approx(0.5867, abs=1e-3), False)
    assert set(found.answers.values()) == {200}
    assert f"more than {ENOUGH} a case" in found.message.en
    many = judge(tuple(answers(2000)))
    assert (many.limit, many.is_measured, many.holds) == (ALLOWED, True, True)
    assert many.message.en == "Nothing tells the cases apart: area 0.500, 0.550 is allowed with 2000 answers a case."


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        ({"came": NOW + timedelta(days=1)}, "came"),
        ({"length": 5701}, "length"),
        ({"manifest": 1501}, "manifest"),
        ({"place": 999}, "place"),
        ({"left": NOW + timedelta(days=1)}, "left"),
    ],
)
def test_one_case_that_differs_in_anything_is_told_apart(changed: dict[str, object], by: str) -> None:
    seen = [replace(one, **changed) if one.case is Case.PROTECTED else one for one in answers(200)]  # type: ignore[arg-type]
    found = judge(seen)
    assert not found.holds
    assert found.told_apart == pytest.approx(1.0)
    assert found.by in (by, "within", "came")
    assert "se distinguen" in found.message.es or by == "length"


def test_one_other_text_is_enough() -> None:
    seen = list(answers(200))
    seen[0] = replace(seen[0], said=b"{}")
    assert not judge(seen).holds
    assert "same text" in judge(seen).message.en
    seen = list(answers(200))
    seen[0] = replace(seen[0], length=5701)
    assert not judge(seen).holds
    assert "same length" in judge(seen).message.en


def test_so_many_answers_are_enough() -> None:
    assert judge(tuple(answers(ENOUGH + 1))).is_measured
    assert not judge(tuple(answers(ENOUGH))).is_measured


def test_too_few_answers_show_nothing() -> None:
    nothing = judge(())
    assert (nothing.told_apart, nothing.holds, nothing.is_measured, nothing.limit) == (None, False, False, 1.0)
    two = judge([one for one in answers(10) if one.case is not Case.NONE])
    assert (two.told_apart, two.holds) == (None, False)
    assert "all three" in two.message.en
    assert not judge(tuple(answers(1))).is_measured


def test_the_area_counts_ties_half_and_has_no_direction() -> None:
    assert auc([1, 1], [1, 1]) == 0.5
    assert auc([1, 2], [3, 4]) == auc([3, 4], [1, 2]) == 1.0
    assert auc([1, 2], [2, 3]) == 0.875
