"""A suspension acts from the moment that it is known; only the party that made it lifts it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.registry.distribution.region import (
    AGREEMENT,
    DAY,
    HOUR,
    NOW,
    REASON,
    exchange_key,
    key,
    published,
    root_of,
)

from istmo.model.errors import InvalidInput
from istmo.registry.distribution.loading import load
from istmo.registry.keys import Use
from istmo.registry.notices import check
from istmo.registry.signing import canonical, sign
from istmo.registry.suspensions import TYP, Act, Notice, effective, lift, read_notice, suspend, with_notices

SNAPSHOT = load(published(), trusted_root=root_of(published()), now=NOW)


def suspension(party: str = "PAN", since: datetime = NOW, agreement: str = AGREEMENT) -> Notice:
    return suspend(agreement, party=party, since=since, reason=REASON, key=exchange_key(party))


def lifted(of: Notice, *, by: str = "PAN", at: datetime = NOW + DAY) -> Notice:
    return lift(of, at=at, reason=REASON, key=exchange_key(by))


def test_a_notice_is_read_as_it_was_written() -> None:
    made = suspension()
    assert read_notice(made.document.as_json()) == made
    assert (made.act, made.party, made.at) == (Act.SUSPEND, "PAN", NOW)


def test_it_holds_at_home_at_once_and_until_the_party_lifts_it() -> None:
    notices = [suspension()]
    assert SNAPSHOT.suspended(AGREEMENT, NOW) is None
    held = with_notices(SNAPSHOT, notices)
    assert held.suspended(AGREEMENT, NOW) is not None
    assert held.digest != SNAPSHOT.digest
    notices.append(lifted(notices[0]))
    ended = with_notices(SNAPSHOT, notices)
    assert ended.suspended(AGREEMENT, NOW + DAY - HOUR) is not None
    assert ended.suspended(AGREEMENT, NOW + DAY) is None
    assert with_notices(held, notices).suspensions == ended.suspensions
    assert with_notices(held, []) == held
    assert with_notices(held, notices[:1]) == held


def test_nobody_else_lifts_it() -> None:
    made = suspension()
    other = suspension("HTI")
    fields = {**GOOD, "act": "lift", "party": "HTI", "suspension": made.digest}
    pretended = read_notice(sign(canonical(fields), exchange_key("HTI"), typ=TYP).as_json())
    assert effective([made, other, pretended])[0].lifted_from is None
    assert all(
        one.lifted_from is None for one in effective([made, other, lifted(other, by="HTI")]) if one.party == "PAN"
    )


def test_a_lift_of_a_lift_or_of_what_is_not_known_does_nothing() -> None:
    made = suspension()
    ended = lifted(made)
    again = lift(ended, at=NOW, reason=REASON, key=exchange_key("PAN"))
    assert effective([ended, again]) == ()
    assert effective([made, ended, again])[0].lifted_from == NOW + DAY


def test_a_good_key_of_a_party_signs_it() -> None:
    check(suspension(), SNAPSHOT, now=NOW)
    check(suspension(agreement="not:known"), SNAPSHOT, now=NOW)
    for notice in (
        suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("HTI")),
        suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=key("stranger")),
        suspension("MEX"),
    ):
        with pytest.raises(InvalidInput) as refused:
            check(notice, SNAPSHOT, now=NOW)
        assert refused.value.rule == "F78"
    with pytest.raises(InvalidInput):
        check(suspension(), SNAPSHOT, now=NOW + 3651 * DAY)


def test_a_sealing_key_does_not_sign_it() -> None:
    with pytest.raises(InvalidInput):
        suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=key("x", Use.SEALING))


GOOD = {
    "format": "istmo-suspension/1",
    "act": "suspend",
    "agreement": AGREEMENT,
    "party": "PAN",
    "at": "2026-11-24T12:00:00Z",
    "reason": {"es": "a", "en": "b"},
    "suspension": "",
}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"more": 1},
        {"at": "today"},
        {"at": 1},
        {"reason": "a"},
        {"reason": {"es": "a"}},
        {"reason": {"es": "a", "en": 1}},
        {"reason": {"es": "", "en": "b"}},
        {"reason": {"es": "a" * 5000, "en": "b"}},
        {"act": "forget"},
        {"act": "lift"},
        {"suspension": "0" * 64},
        {"agreement": ""},
        {"party": 1},
    ],
)
def test_what_is_not_known_is_refused(change: dict[str, object]) -> None:
    assert read_notice(sign(canonical(GOOD), exchange_key("PAN"), typ=TYP).as_json())
    made = sign(canonical({**GOOD, **change}), exchange_key("PAN"), typ=TYP)
    with pytest.raises(InvalidInput) as refused:
        read_notice(made.as_json())
    assert refused.value.rule == "F78"


def test_a_changed_notice_is_refused() -> None:
    outer = json.loads(suspension().document.as_json())
    outer["payload"] = json.loads(sign(canonical(GOOD | {"party": "HTI"}), exchange_key("PAN"), typ=TYP).as_json())[
        "payload"
    ]
    with pytest.raises(InvalidInput):
        check(read_notice(json.dumps(outer)), SNAPSHOT, now=NOW)


@given(
    st.lists(st.tuples(st.sampled_from(["PAN", "HTI"]), st.integers(0, 5), st.integers(-1, 5)), max_size=6), st.data()
)
def test_a_suspension_known_at_home_never_ends_but_by_its_party(
    made: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    notices = []
    for party, since, ends in made:
        one = suspension(party, NOW + since * HOUR)
        notices += [one] if ends < 0 else [one, lifted(one, by=party, at=NOW + ends * HOUR)]
    before = data.draw(st.lists(st.sampled_from(notices), unique_by=lambda one: one.digest)) if notices else []
    at = NOW + timedelta(hours=data.draw(st.integers(0, 6)))
    held = with_notices(with_notices(SNAPSHOT, before), notices).suspended(AGREEMENT, at) is not None
    expected = any(
        one.act is Act.SUSPEND
        and one.at <= at
        and not any(end.suspension == one.digest and end.at <= at for end in notices)
        for one in notices
    )
    assert held is expected
    assert at.tzinfo is UTC
