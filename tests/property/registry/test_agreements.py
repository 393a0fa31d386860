"""What must never happen to an agreement, whatever is given to it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.registry.agreements.sample import IDENT, NOW, STAT, agreement, document, read, signed

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.activation import activate, overlaps
from istmo.registry.agreements.reading import TYP, read_source
from istmo.registry.agreements.record import Agreement, Direction, Flow
from istmo.registry.agreements.states import MOVES, Status, path, state
from istmo.registry.agreements.validity import Missing, valid
from istmo.registry.demonstration import demonstration_documents, demonstration_keys
from istmo.registry.signing import read_signed
from istmo.registry.snapshot import Suspension

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path of a document."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*at, key)
        yield from places(inner, (*at, key))


PLACES = sorted(places(document()), key=str)


def put(content: Any, at: tuple[Any, ...], value: Any) -> Any:
    *steps, last = at
    inner = content
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return content


@given(raw=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_reading_any_bytes_gives_an_agreement_or_an_error(raw: bytes) -> None:
    with suppress(InvalidInput):
        assert read_source(raw, name="any").agreement.parties


@given(content=JSON)
def test_reading_any_yaml_gives_an_agreement_or_an_error(content: Any) -> None:
    with suppress(InvalidInput):
        assert read_source(yaml.safe_dump(content).encode(), name="any").agreement.parties


@settings(max_examples=400)
@given(at=st.sampled_from(PLACES), value=JSON)
def test_an_agreement_with_anything_in_any_place_is_read_in_full_or_refused_with_a_place(
    at: tuple[Any, ...], value: Any
) -> None:
    made, error = _read(put(document(), at, value))
    if error:
        assert error.place.startswith("test")
        assert error.rule in ("F71", "F72")
    if made:
        assert made.party_ids
        assert all(flow.sender in made.party_ids and flow.recipient in made.party_ids for flow in made.flows)
        assert made.signed_on <= made.in_force <= made.review <= made.expires
        assert {field.category for field in made.fields} <= made.categories <= set(codelist("data_category").ids)
        assert made.purposes <= set(codelist("purpose").ids)


def _read(content: Any) -> tuple[Agreement | None, InvalidInput | None]:
    try:
        return read(content), None
    except InvalidInput as error:
        return None, error


WHOLE = demonstration_documents()[IDENT].as_json().encode()


@settings(max_examples=400)
@given(at=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_a_signed_agreement_with_one_byte_changed_is_never_valid(at: int, byte: int) -> None:
    changed = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    if changed == WHOLE:
        return
    try:
        found = valid(read_signed(changed, typ=TYP), demonstration_keys(), NOW)
    except InvalidInput:
        return
    assert isinstance(found, Missing)


MEMBERS = [entry.party for entry in agreement(STAT).parties]


@settings(max_examples=40)
@given(who=st.sets(st.sampled_from([*MEMBERS, "HTI", "UNHCR"]), min_size=1))
def test_an_agreement_is_valid_only_when_every_party_signed(who: set[str]) -> None:
    found = valid(signed(document(STAT), *sorted(who)), demonstration_keys(), NOW)
    if who >= set(MEMBERS):
        assert isinstance(found, Agreement)
    else:
        assert isinstance(found, Missing)
        assert set(found.parties) == set(MEMBERS) - who


# --- states ---

MOMENTS = st.integers(-900, 3000).map(lambda hours: datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=17 * hours))
SUSPENSIONS = st.lists(
    st.builds(
        Suspension,
        st.sampled_from([IDENT, "demo:OTHER"]),
        st.sampled_from(["PAN", "HTI", "USA"]),
        MOMENTS,
        st.just(Text("por", "for")),
        st.none() | MOMENTS,
    ),
    max_size=4,
)
DAYS = st.dates(date(2022, 1, 1), date(2029, 1, 1))
SUPERSEDING = [
    agreement(id=f"demo:NEW{n}", supersedes=of, in_force=date(2022 + n, 3, 1))
    for n, of in enumerate([IDENT, IDENT, "demo:OTHER"], 1)
]


@settings(max_examples=400)
@given(
    now=MOMENTS,
    who=st.sets(st.sampled_from(["PAN", "HTI", "USA"])),
    suspensions=SUSPENSIONS,
    supersessions=st.lists(st.sampled_from(SUPERSEDING), max_size=2),
    denounced=st.none() | DAYS,
    proposed=st.booleans(),
)
def test_every_path_goes_by_the_table_and_ends_in_a_state_that_follows_from_what_happened(
    now: datetime,
    who: set[str],
    suspensions: list[Suspension],
    supersessions: list[Agreement],
    denounced: date | None,
    proposed: bool,
) -> None:
    one = agreement()
    given_: dict[str, Any] = {
        "signatures": who,
        "suspensions": suspensions,
        "supersessions": supersessions,
        "denounced": denounced,
        "proposed": proposed,
    }
    steps = path(one, now=now, **given_)
    before = Status.DRAFT
    for step in steps:
        assert step.before is before
        assert MOVES[step.before, step.event] is step.after
        before = step.after
    found = state(one, now=now, **given_)
    assert found is before
    assert found.value in codelist("agreement_status")
    assert (found is Status.IN_FORCE) == _in_force(one, now, **given_)


def _in_force(
    one: Agreement,
    now: datetime,
    *,
    signatures: set[str],
    suspensions: list[Suspension],
    supersessions: list[Agreement],
    denounced: date | None,
    proposed: bool,
) -> bool:
    """Said without the table: signed by all, within its days, not held up by a party, not replaced, not denounced."""
    day = now.date()
    return (
        signatures >= one.party_ids
        and one.in_force <= day <= one.expires
        and not any(s.agreement == one.id and s.party in one.party_ids and s.holds(now) for s in suspensions)
        and not any(other.supersedes == one.id and other.in_force <= day for other in supersessions)
        and not (denounced and denounced <= day)
    )


# --- side by side ---

STATES = ["PAN", "HTI"]
ONES = st.builds(
    lambda n, purposes, turned, directions, start, days, supersedes: replace(
        agreement(),
        id=f"demo:N{n}",
        purposes=frozenset(purposes),
        flows=(Flow(*(STATES[::-1] if turned else STATES), frozenset(directions)),),
        in_force=start,
        expires=start + timedelta(days=days),
        supersedes=f"demo:N{supersedes}",
    ),
    st.integers(0, 5),
    st.sets(st.sampled_from(["IDENT", "REFERRAL"]), min_size=1),
    st.booleans(),
    st.sets(st.sampled_from([Direction.ASK, Direction.ANSWER]), min_size=1),
    DAYS,
    st.integers(0, 900),
    st.integers(0, 9),
)


@settings(max_examples=300)
@given(several=st.lists(ONES, max_size=6, unique_by=lambda one: one.id), on=DAYS)
def test_of_those_that_stand_no_two_in_force_govern_one_purpose_whatever_order_they_come_in(
    several: list[Agreement], on: date
) -> None:
    found = activate(several)
    assert found.active.keys() | found.refused.keys() == {one.id for one in several}
    assert not found.active.keys() & found.refused.keys()
    assert activate(several[::-1]) == found
    assert not overlaps(found.active.values())
    now = datetime.combine(on, time(12), UTC)
    governed = [
        (purpose, flow.sender, direction)
        for one in found.active.values()
        if state(one, now=now, signatures=STATES, supersessions=found.active.values()) is Status.IN_FORCE
        for purpose in one.purposes
        for flow in one.flows
        for direction in flow.directions
    ]
    assert len(governed) == len(set(governed))
