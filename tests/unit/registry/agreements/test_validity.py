"""An agreement is valid when every party signed it with a good key; else who is missing is told, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.registry.agreements.sample import IDENT, NOW, document, signed

from istmo.model.errors import InvalidInput
from istmo.registry.agreements.reading import TYP
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.validity import Flaw, Flawed, Missing, valid
from istmo.registry.demonstration import demonstration_documents, demonstration_key, demonstration_keys
from istmo.registry.keys import Use
from istmo.registry.parties import KeyRecord, KeyRing
from istmo.registry.signing import Signature, Signed, add_signature

PAN, HTI = demonstration_key("PAN").kid, demonstration_key("HTI").kid


def ring(**changes: KeyRecord | None) -> KeyRing:
    """The keys of the demonstration with the records of some parties' signing keys replaced, or taken out."""
    records = dict(demonstration_keys().records)
    for party, record in changes.items():
        kid = demonstration_key(party).kid
        if record is None:
            del records[kid]
        else:
            records[kid] = record
    return KeyRing(records)


def record(of: str, /, **changes: object) -> KeyRecord:
    return replace(demonstration_keys().records[demonstration_key(of).kid], **changes)  # type: ignore[arg-type]


def missing(made: Agreement | Missing) -> Missing:
    assert isinstance(made, Missing)
    return made


def test_all_parties_signed() -> None:
    made = valid(demonstration_documents()[IDENT], demonstration_keys(), NOW)
    assert isinstance(made, Agreement)
    assert made.digest == demonstration_documents()[IDENT].digest


def test_one_signature_missing_is_told() -> None:
    found = missing(valid(signed(document(), "PAN"), demonstration_keys(), NOW))
    assert (found.parties, found.signed, found.flawed) == (("HTI",), frozenset({"PAN"}), ())
    assert found.agreement.id == IDENT


@pytest.mark.parametrize(
    ("hti", "flaw"),
    [
        (None, Flaw.UNKNOWN_KEY),
        (record("HTI", party="USA"), Flaw.OTHER_PARTY),
        (record("HTI", key=demonstration_key("HTI", Use.SEALING).public), Flaw.WRONG_USE),
        (record("HTI", key=demonstration_key("BRA").public), Flaw.DOES_NOT_HOLD),
        (record("HTI", revoked_from=NOW), Flaw.REVOKED),
        (record("HTI", valid_from=NOW + timedelta(seconds=1)), Flaw.NOT_YET),
        (record("HTI", valid_to=datetime(2022, 12, 1, tzinfo=UTC)), Flaw.PAST),
    ],
)
def test_a_key_that_is_not_good_signs_for_nobody(hti: KeyRecord | None, flaw: Flaw) -> None:
    found = missing(valid(demonstration_documents()[IDENT], ring(HTI=hti), NOW))
    assert found.parties == ("HTI",)
    assert found.flawed == (Flawed(HTI, hti.party if hti else "", flaw),)
    assert flaw.label.es != flaw.label.en


def test_a_key_that_ended_without_being_revoked_still_counts_for_what_is_dated_within_its_time() -> None:
    ended = record("HTI", valid_to=datetime(2024, 1, 1, tzinfo=UTC), revoked_from=NOW + timedelta(days=1))
    assert isinstance(valid(demonstration_documents()[IDENT], ring(HTI=ended), NOW), Agreement)


def test_after_a_revocation_the_party_signs_the_same_text_again_with_its_new_key() -> None:
    new = demonstration_key("HTI (new)")
    keys = ring(HTI=record("HTI", revoked_from=NOW))
    keys = KeyRing({**keys.records, new.kid: KeyRecord("HTI", new.public, NOW, NOW + timedelta(days=400))})
    again = add_signature(demonstration_documents()[IDENT], new)
    assert again.kids == (PAN, HTI, new.kid)
    assert isinstance(valid(again, keys, NOW), Agreement)


def test_a_signature_of_another_text_does_not_hold() -> None:
    other = demonstration_documents()["demo:PAN-HTI-READM"]
    mixed = replace(demonstration_documents()[IDENT], signatures=other.signatures)
    found = missing(valid(mixed, demonstration_keys(), NOW))
    assert found.parties == ("PAN", "HTI")
    assert {one.flaw for one in found.flawed} == {Flaw.DOES_NOT_HOLD}


def test_the_signature_of_somebody_who_is_no_party_adds_nothing_and_takes_nothing_away() -> None:
    more = add_signature(demonstration_documents()[IDENT], demonstration_key("USA"))
    assert isinstance(valid(more, demonstration_keys(), NOW), Agreement)


def test_what_cannot_be_read_is_an_error_whoever_signed_it() -> None:
    with pytest.raises(InvalidInput):
        valid(Signed(TYP, b"{}", (Signature("x", "", ""),)), demonstration_keys(), NOW)
