"""A denunciation is signed by the party, acts from its day, is carried by the registry, and nothing undoes it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.unit.registry.distribution.region import (
    AGREEMENT,
    DAY,
    HUB,
    NOW,
    REASON,
    agreement,
    exchange_key,
    key,
    published,
    put_keys,
    record,
    registry_key,
    root_of,
    signed_by,
)

from istmo.model.errors import InvalidInput
from istmo.registry.agreements.reading import read_agreement
from istmo.registry.denunciations import TYP, SignedDenunciation, denounce, read_denunciation, with_denunciations
from istmo.registry.distribution import layout, making
from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import Files
from istmo.registry.distribution.loading import load
from istmo.registry.keys import Use
from istmo.registry.notices import check
from istmo.registry.signing import canonical, sign, typ_of
from istmo.registry.suspensions import suspend

SNAPSHOT = load(published(), trusted_root=root_of(published()), now=NOW)
TEXT = read_agreement(agreement(), name="test")


def made(party: str = "PAN", day: date | None = None) -> SignedDenunciation:
    return denounce(TEXT, party=party, at=NOW, reason=REASON, key=exchange_key(party), day=day)


def carrying(one: SignedDenunciation, *, by: str = "PAN", files: Files | None = None) -> Files:
    """The region's registry with a denunciation in the part of `by`."""
    path, raw = layout.denunciation_path(by, one.digest), one.document.as_json().encode()
    edited = making.put(published() if files is None else files, path, raw, now=NOW)
    return making.publish(signed_by(edited, registry_key(by)), HUB, now=NOW)


def test_it_is_read_as_it_was_written_and_acts_as_early_as_the_text_allows() -> None:
    one = made()
    assert read_denunciation(one.document.as_json()) == one
    assert (one.agreement, one.party, one.said.at, one.said.day) == (AGREEMENT, "PAN", NOW, date(2026, 12, 24))
    assert made(day=date(2027, 1, 1)).said.day == date(2027, 1, 1)
    with pytest.raises(InvalidInput) as refused:
        made(day=date(2026, 12, 23))
    assert refused.value.rule == "F78"
    assert "2026-12-24" in refused.value.message.en


def test_the_kind_of_a_signed_document_is_told_before_it_is_read() -> None:
    assert typ_of(made().document.as_json()) == TYP
    other = suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN"))
    assert typ_of(other.document.as_json()) == "istmo-suspension+jws"
    with pytest.raises(InvalidInput):
        read_denunciation(other.document.as_json())
    header = '{"signatures": [{"protected": "%s"}]}'
    for raw in (
        "",
        "{",
        "[]",
        "{}",
        '{"signatures": []}',
        '{"signatures": 1}',
        header % "?",
        header % "e30",
        "[" * 9999,
    ):
        assert typ_of(raw) == ""
    assert typ_of(header % "eyJ0eXAiOjF9") == ""


def test_a_good_key_of_a_party_signs_it() -> None:
    check(made(), SNAPSHOT, now=NOW)
    for one in (
        denounce(TEXT, party="PAN", at=NOW, reason=REASON, key=exchange_key("HTI")),
        denounce(TEXT, party="PAN", at=NOW, reason=REASON, key=key("stranger")),
        made("MEX"),
    ):
        with pytest.raises(InvalidInput) as refused:
            check(one, SNAPSHOT, now=NOW)
        assert refused.value.rule == "F78"
    with pytest.raises(InvalidInput):
        denounce(TEXT, party="PAN", at=NOW, reason=REASON, key=key("x", Use.SEALING))


def test_what_is_known_at_home_is_added_once_and_nothing_is_taken_away() -> None:
    one, other = made(), made("HTI", date(2027, 6, 1))
    held = with_denunciations(SNAPSHOT, [one])
    assert held.denunciations == (one.said,)
    assert held.digest != SNAPSHOT.digest
    assert with_denunciations(held, [one]) is held
    assert with_denunciations(held, []) is held
    assert set(with_denunciations(held, [other]).denunciations) == {one.said, other.said}


GOOD: dict[str, Any] = {
    "format": "istmo-denunciation/1",
    "agreement": AGREEMENT,
    "party": "PAN",
    "at": "2026-11-24T12:00:00Z",
    "from": "2026-12-24",
    "reason": {"es": "a", "en": "b"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "istmo-denunciation/2"},
        {"more": 1},
        {"at": "today"},
        {"from": "20261224"},
        {"from": "2026-13-01"},
        {"from": None},
        {"reason": "a"},
        {"reason": {"es": "a"}},
        {"reason": {"es": "a", "en": 1}},
        {"reason": {"es": "", "en": "b"}},
        {"reason": {"es": "a" * 5000, "en": "b"}},
        {"agreement": ""},
        {"agreement": "a" * 300},
        {"party": 1},
    ],
)
def test_what_is_not_known_is_refused(change: dict[str, object]) -> None:
    assert read_denunciation(sign(canonical(GOOD), exchange_key("PAN"), typ=TYP).as_json()).said.day == date(
        2026, 12, 24
    )
    wrong = sign(canonical({**GOOD, **change}), exchange_key("PAN"), typ=TYP)
    with pytest.raises(InvalidInput) as refused:
        read_denunciation(wrong.as_json())
    assert refused.value.rule == "F78"


def test_the_registry_carries_it_in_the_part_of_its_party() -> None:
    one = made()
    files = carrying(one)
    assert load(files, trusted_root=root_of(files), now=NOW).denunciations == (one.said,)


def test_it_still_counts_after_its_key_was_revoked() -> None:
    one = made()
    files = put_keys(carrying(one), "PAN", record("PAN", revoked_from=NOW), record("PAN", 2))
    files = making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW)
    assert load(files, trusted_root=root_of(files), now=NOW + DAY).denunciations == (one.said,)


def test_in_the_part_of_another_party_or_unsigned_it_counts_for_nothing() -> None:
    elsewhere = carrying(made(), by="HND")
    assert load(elsewhere, trusted_root=root_of(elsewhere), now=NOW).denunciations == ()
    unsigned = SignedDenunciation(replace(made().document, signatures=made("HTI").document.signatures), made().said)
    files = carrying(unsigned)
    assert load(files, trusted_root=root_of(files), now=NOW).denunciations == ()


def test_what_cannot_be_read_there_is_not_published() -> None:
    path = layout.denunciation_path("PAN", "0" * 64)
    files = signed_by(making.put(published(), path, b"{}", now=NOW), registry_key("PAN"))
    with pytest.raises(RegistryRefused) as refused:
        making.publish(files, HUB, now=NOW)
    assert (refused.value.fault, refused.value.place) == (Fault.CONTENT, path)
