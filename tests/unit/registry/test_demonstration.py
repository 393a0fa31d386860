"""The registry of the demonstration: what `istmo decide` reads without an installation."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from istmo.registry.agreements.activation import refusals
from istmo.registry.agreements.record import Direction, FieldRule
from istmo.registry.demonstration import (
    demonstration_key,
    demonstration_keys,
    demonstration_parties,
    demonstration_snapshot,
)
from istmo.registry.keys import Use, from_seed
from istmo.registry.parties import PartyKind

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_person_level_agreements_are_as_the_design_says() -> None:
    agreements = demonstration_snapshot(NOW).agreements
    purposes = {
        "demo:PAN-HTI-IDENT": "IDENT",
        "demo:MEX-BRA-IDENT": "IDENT",
        "demo:CRI-COL-IDENT": "IDENT",
        "demo:CRI-NIC-IDENT": "IDENT",
        "demo:PAN-HTI-READM": "RETURN",
    }
    assert set(agreements) == {*purposes, "demo:RCM-STAT"}
    for id_, purpose in purposes.items():
        one = agreements[id_]
        assert (one.kind, one.purposes, one.categories) == ("TREATY", {purpose}, {"BIO_BASIC"})
        assert one.fields == (FieldRule("name", "BIO_BASIC"), FieldRule("birth_date", "BIO_BASIC"))
        assert (one.in_force, one.expires) == (date(2023, 1, 1), date(2027, 12, 31))
        assert one.party_ids == set(id_.removeprefix("demo:").split("-")[:2])
        assert "demostración" in one.title.es
        assert "emonstration" in one.title.en
    assert not any(refusals(one) for one in agreements.values())


def test_every_member_pushes_aggregates_to_the_secretariat_and_is_answered() -> None:
    statistics = demonstration_snapshot(NOW).agreements["demo:RCM-STAT"]
    members = {id_ for id_, party in demonstration_parties().items() if party.kind is PartyKind.MEMBER}
    assert len(members) == 11
    assert statistics.party_ids == members | {"TS"}
    flows = {(flow.sender, flow.recipient, one) for flow in statistics.flows for one in flow.directions}
    assert flows == {(id_, "TS", Direction.PUSH) for id_ in members} | {
        ("TS", id_, Direction.ANSWER) for id_ in members
    }
    assert not statistics.is_person_level


def test_haiti_brazil_and_colombia_are_active_without_being_members() -> None:
    for id_ in ("HTI", "BRA", "COL"):
        party = demonstration_parties()[id_]
        assert party.kind is not PartyKind.MEMBER
        assert party.kind.is_state
        assert party.active.holds(NOW.date())


def test_the_keys_are_those_that_anybody_derives() -> None:
    key = from_seed(Use.SIGNING, sha256(b"istmo demonstration PAN").digest())
    assert demonstration_key("PAN") == key
    assert demonstration_keys().records[key.kid].party == "PAN"
    assert demonstration_key("PAN", Use.SEALING).kid in demonstration_keys().records


def test_the_snapshot_is_fresh_for_72_hours_and_its_digest_is_stable() -> None:
    snapshot = demonstration_snapshot(NOW)
    assert snapshot.expires == NOW + timedelta(hours=72)
    assert snapshot.suspensions == ()
    assert snapshot.digest == demonstration_snapshot(NOW + timedelta(days=1)).digest
