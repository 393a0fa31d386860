"""From the day on which a denunciation acts nothing leaves under the agreement, whatever is asked and for which day."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.property.policy.invented import AGREEMENTS, REQUESTS, registry
from tests.unit.policy.asking import IDENT, NOW, REASON, STAT, agreement, asked, submitted

from istmo.policy import Permit, decide, read_request
from istmo.registry.agreements.record import Agreement, StopsFor
from istmo.registry.agreements.stopping import ended_from
from istmo.registry.snapshot import Denunciation, Snapshot

PARTIES = ["PAN", "HTI", "CRI", "USA", "UNHCR", "HND", "TS"]
AT = st.datetimes(datetime(2026, 1, 1), datetime(2026, 7, 1)).map(lambda at: at.replace(tzinfo=NOW.tzinfo))
DAYS = st.dates(date(2025, 6, 1), date(2026, 12, 31))
SAID = st.lists(st.tuples(st.sampled_from(PARTIES), AT, DAYS), max_size=3)
NOTICE = st.sampled_from([0, 1, 30, 180])
PERMITTED = [
    asked(),
    asked({"sender": "HTI", "recipient": "PAN", "direction": "answer"}),
    *(submitted(sender=sender) for sender in ("PAN", "HND", "USA")),
    submitted(sender="TS", recipient="PAN", direction="answer"),
]
"""What is permitted on every day between 2023 and 2027 while nobody denounces."""


def denounced(text: Agreement, said: list[tuple[str, datetime, date]]) -> tuple[Snapshot, tuple[Denunciation, ...]]:
    told = tuple(Denunciation(text.id, party, at, day, REASON) for party, at, day in said)
    return replace(registry(text), denunciations=told, expires=NOW + timedelta(days=4000)), told


def over(text: Agreement, told: tuple[Denunciation, ...], document: dict[str, Any], now: datetime) -> bool:
    """Said without the code of the decision: has the notice of a party whom it concerns ended?"""
    on = max(now.date(), date.fromisoformat(document["on"])) if document.get("on") else now.date()
    return any(
        max(one.day, one.at.date() + timedelta(days=max(text.notice_days, 1))) <= on
        for one in told
        if one.party in text.party_ids
        and (text.stops_for is StopsFor.ALL or one.party in (document["sender"], document["recipient"]))
    )


@settings(max_examples=300, deadline=None)
@given(
    base=st.sampled_from(PERMITTED),
    on=st.none() | st.dates(date(2026, 1, 1), date(2027, 6, 1)),
    stops_for=st.sampled_from(list(StopsFor)),
    notice=NOTICE,
    said=SAID,
    after=st.integers(0, 400),
)
@example(
    base=PERMITTED[0],
    on=None,
    stops_for=StopsFor.PARTY,
    notice=30,
    said=[("PAN", NOW, date(2026, 1, 1))],
    after=30,
)
def test_what_is_permitted_is_so_until_the_day_and_never_from_it(
    base: dict[str, Any],
    on: date | None,
    stops_for: StopsFor,
    notice: int,
    said: list[tuple[str, datetime, date]],
    after: int,
) -> None:
    document = {**base, "on": on.isoformat() if on else None}
    text = agreement(STAT if base["agreement"] == STAT else IDENT, stops_for=stops_for, notice_days=notice)
    held, told = denounced(text, said)
    now = NOW + timedelta(days=after)
    permitted = isinstance(decide(read_request(document), snapshot=held, now=now), Permit)
    assert permitted is not over(text, told, document, now)
    ended = ended_from(text, told)
    assert not (permitted and ended is not None and ended <= now.date())


@settings(max_examples=200, deadline=None)
@given(
    document=REQUESTS,
    text=AGREEMENTS,
    stops_for=st.sampled_from(list(StopsFor)),
    notice=NOTICE,
    said=SAID,
    after=st.integers(0, 400),
)
def test_a_denunciation_takes_away_and_never_gives(
    document: dict[str, Any],
    text: Agreement,
    stops_for: StopsFor,
    notice: int,
    said: list[tuple[str, datetime, date]],
    after: int,
) -> None:
    text = replace(text, stops_for=stops_for, notice_days=notice)
    held, told = denounced(text, said)
    now = NOW + timedelta(days=after)
    found = decide(read_request(document), snapshot=held, now=now)
    if over(text, told, document, now):
        assert not isinstance(found, Permit)
    else:
        without = decide(read_request(document), snapshot=replace(held, denunciations=()), now=now)
        assert type(found) is type(without)
