"""From the day on which a denunciation acts nothing leaves under the agreement, whatever is asked and for which day."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.policy.invented import AGREEMENTS, REQUESTS, registry
from tests.unit.policy.asking import NOW, REASON

from istmo.policy import Permit, decide, read_request
from istmo.registry.agreements.record import Agreement, StopsFor
from istmo.registry.agreements.stopping import ended_from
from istmo.registry.snapshot import Denunciation

AT = st.datetimes(datetime(2026, 1, 1), datetime(2026, 7, 1)).map(lambda at: at.replace(tzinfo=NOW.tzinfo))
DAYS = st.dates(date(2025, 6, 1), date(2026, 12, 31))


@settings(max_examples=400, deadline=None)
@given(
    document=REQUESTS,
    agreement=AGREEMENTS,
    stops_for=st.sampled_from(list(StopsFor)),
    notice=st.sampled_from([0, 1, 30, 180]),
    said=st.lists(st.tuples(st.sampled_from(["PAN", "HTI", "CRI", "USA", "UNHCR", "TS"]), AT, DAYS), max_size=3),
    after=st.integers(0, 400),
)
def test_after_its_day_a_denunciation_never_permits(
    document: dict[str, Any],
    agreement: Agreement,
    stops_for: StopsFor,
    notice: int,
    said: list[tuple[str, datetime, date]],
    after: int,
) -> None:
    text = replace(agreement, stops_for=stops_for, notice_days=notice)
    told = tuple(Denunciation(text.id, party, at, day, REASON) for party, at, day in said)
    held = replace(registry(text), denunciations=told, expires=NOW + timedelta(days=4000))
    now = NOW + timedelta(days=after)
    found = decide(read_request(document), snapshot=held, now=now)
    on = max(now.date(), date.fromisoformat(document["on"])) if document["on"] else now.date()
    over = [
        one
        for one in told
        if one.party in text.party_ids
        and (stops_for is StopsFor.ALL or one.party in (document["sender"], document["recipient"]))
        and max(one.day, one.at.date() + timedelta(days=max(notice, 1))) <= on
    ]
    if over:
        assert not isinstance(found, Permit)
    else:
        without = decide(read_request(document), snapshot=replace(held, denunciations=()), now=now)
        assert type(found) is type(without)
    ended = ended_from(text, told)
    if ended is not None and ended <= on:
        assert not isinstance(found, Permit)
