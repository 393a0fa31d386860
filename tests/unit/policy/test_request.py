"""What cannot be read may not leave: a request that is missing something, or holds what is not known, is refused."""

from typing import Any

import pytest
from tests.unit.policy.asking import asked, outcome, readable, rule, subject, submitted

from istmo.model.errors import InvalidInput
from istmo.policy import Permit, Refusal, read_request


def test_the_control_is_permitted() -> None:
    assert isinstance(outcome(asked()), Permit)
    assert isinstance(outcome(submitted()), Permit)


@pytest.mark.parametrize("value", [None, [], "PAN", 3])
def test_what_is_no_object_is_an_error(value: object) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_request(value)
    assert raised.value.rule == "F90"


@pytest.mark.parametrize("name", sorted(asked()))
def test_each_attribute_taken_out_refuses(name: str) -> None:
    assert rule({key: value for key, value in asked().items() if key != name})


@pytest.mark.parametrize("name", sorted(subject()))
def test_each_attribute_of_the_person_taken_out_refuses_wherever_it_goes(name: str) -> None:
    about = {key: value for key, value in subject(declared=["NPL"]).items() if key != name}
    assert rule(asked({"subject": about})) in ("R28", "R29")


@pytest.mark.parametrize("value", [None, "x", 3, [], {}, True, ["x"], float("nan"), "\ud800", "A" * 300, ["HTI"] * 201])
@pytest.mark.parametrize("name", sorted(asked()))
def test_any_other_value_of_an_attribute_refuses_or_is_a_day_left_out(name: str, value: Any) -> None:
    assert rule(asked({name: value}))


@pytest.mark.parametrize("value", [None, "x", 3, {}, ["x"], "HTI", [["HTI"]]])
@pytest.mark.parametrize("name", sorted(subject()))
def test_any_other_value_about_the_person_refuses(name: str, value: Any) -> None:
    if name == "birth" and value in (None, "HTI"):
        return
    assert rule(asked(**{name: value})) in ("R28", "R29")


@pytest.mark.parametrize(
    "day", ["20260601", "2026-W23-1", 20260601, "2026-02-30", "0000-00-00", "2026-06-01T00:00:00", ""]
)
def test_a_day_is_read_in_one_form_alone(day: object) -> None:
    assert rule(asked({"on": day})) == "R46"


def test_an_attribute_that_is_not_known_refuses() -> None:
    assert rule(asked({"urgent": True})) == "R46"
    assert rule(asked(score=3)) == "R29"


def test_a_field_of_a_category_that_is_not_asked_for_refuses() -> None:
    assert rule(asked({"fields": ["name", "photograph"]})) == "R46"


def test_aggregates_about_a_person_are_personal() -> None:
    assert readable(submitted(subject=subject())).is_personal
    assert rule(submitted(subject=subject())) == "R46"


def test_a_request_about_a_person_names_whom() -> None:
    assert rule(asked({"subject": None})) == "R29"
    assert rule(asked({"subject": []})) == "R29"


def test_a_refusal_says_the_same_to_a_peer_whatever_its_reason() -> None:
    one, other = outcome(asked(protection="CLAIM")), outcome(asked({"agreement": "none"}))
    assert isinstance(one, Refusal)
    assert isinstance(other, Refusal)
    assert one.reason != other.reason
    assert (one.public_answer, one.for_clerk, one.decision) == (other.public_answer, other.for_clerk, "refuse")
    assert getattr(outcome(asked()), "decision", "") == "permit"
