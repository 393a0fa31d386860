"""Sessions rest after half an hour, end after twelve; a confirmation counts for five minutes. Time is a parameter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.installation.accounts.sessions import FRESH, IDLE, LIFETIME, Standing, is_fresh, standing

STARTED = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seen", "now", "expected"),
    [
        (0, 0, Standing.OPEN),
        (0, 29, Standing.OPEN),
        (0, 30, Standing.RESTING),
        (29, 58, Standing.OPEN),
        (29, 59, Standing.RESTING),
        (719, 719, Standing.OPEN),
        (719, 720, Standing.OVER),
        (0, 5000, Standing.OVER),
    ],
)
def test_a_session_rests_after_half_an_hour_and_ends_after_twelve(seen: int, now: int, expected: Standing) -> None:
    found = standing(started=STARTED, seen=STARTED + seen * MINUTE, now=STARTED + now * MINUTE)
    assert found is expected


def test_a_session_that_does_not_say_when_it_began_is_over() -> None:
    assert standing(started=None, seen=STARTED, now=STARTED) is Standing.OVER
    assert standing(started=STARTED, seen=None, now=STARTED) is Standing.OVER


def test_a_session_from_the_future_is_over() -> None:
    assert standing(started=STARTED + MINUTE, seen=STARTED + MINUTE, now=STARTED) is Standing.OVER


minutes = st.integers(min_value=0, max_value=3000).map(lambda number: timedelta(minutes=number))


@given(seen=minutes, after=minutes)
def test_no_use_however_frequent_keeps_a_session_beyond_its_lifetime(seen: timedelta, after: timedelta) -> None:
    now = STARTED + LIFETIME + after
    assert standing(started=STARTED, seen=min(STARTED + seen, now), now=now) is Standing.OVER


@given(seen=minutes, after=minutes)
def test_no_session_is_open_after_half_an_hour_of_rest(seen: timedelta, after: timedelta) -> None:
    now = STARTED + seen + IDLE + after
    assert standing(started=STARTED, seen=STARTED + seen, now=now) is not Standing.OPEN


@pytest.mark.parametrize(
    ("ago", "expected"), [(timedelta(0), True), (FRESH - timedelta(seconds=1), True), (FRESH, False), (-MINUTE, False)]
)
def test_a_confirmation_counts_for_five_minutes(ago: timedelta, expected: bool) -> None:
    assert is_fresh(STARTED - ago, now=STARTED) is expected


def test_without_a_confirmation_nothing_is_fresh() -> None:
    assert not is_fresh(None, now=STARTED)
