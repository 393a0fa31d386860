"""Drafts, signatures and keys of the registry in the making; what is asked for wrongly is told."""

import pytest
from tests.unit.registry.distribution.region import (
    AGREEMENT,
    DAY,
    HUB,
    MEMBERS,
    NOW,
    OTHERS,
    agreement,
    begun,
    exchange_key,
    key,
    published,
    put_keys,
    record,
    registry_key,
    root_of,
    signed_by,
)

from istmo.model.errors import InvalidInput, NotFound
from istmo.registry.distribution import layout, making
from istmo.registry.distribution.loading import load
from istmo.registry.distribution.making import Owner, Waiting


def owners(*parties: str) -> list[Owner]:
    return [Owner(party, registry_key(party).public) for party in parties]


@pytest.mark.parametrize(
    ("listed", "threshold", "hub"),
    [
        (owners("PAN", "HND", "MEX"), 1, HUB),
        (owners("PAN", "HND"), 3, HUB),
        (owners("PAN", "PAN", "HND"), 2, HUB),
        ([*owners("PAN"), Owner("HND", registry_key("PAN").public)], 2, HUB),
        (owners("PAN", "HND"), 2, registry_key("PAN")),
        ([*owners("PAN"), Owner("PAN", registry_key("HND").public)], 2, HUB),
    ],
)
def test_a_registry_begins_with_two_signers_or_more_each_with_a_key_of_its_own(
    listed: list[Owner], threshold: int, hub: object
) -> None:
    with pytest.raises(InvalidInput):
        making.begin(listed, threshold=threshold, hub=hub.public, now=NOW)  # type: ignore[attr-defined]


def test_what_is_waited_for_is_told() -> None:
    files = signed_by(begun(), registry_key("PAN"))
    root, targets, *parts = making.waiting(files)
    kid = registry_key("PAN").kid[:8]
    assert (root.signed, root.missing, targets.missing) == ((f"PAN ({kid})",), 1, 1)
    assert {one.role: one.missing for one in parts} == {
        "HND": 1,
        "HTI": 1,
        "MEX": 1,
        "PAN": 0,
        "TS": 1,
        "agreements": 1,
    }
    assert making.current(files, now=NOW) is None
    assert making.document(files, "rules/figures.yaml") == b"document: rules\n"
    assert making.document(files, "rules/none.yaml") is None
    assert making.document(files, "elsewhere") is None
    assert making.document({}, layout.PARTIES) is None


def test_an_edit_takes_the_signatures_off_a_draft() -> None:
    files = signed_by(begun(), *map(registry_key, MEMBERS))
    edited = making.put(files, "rules/figures.yaml", b"document: other\n", now=NOW)
    assert next(one for one in making.waiting(edited) if one.role == "targets").signed == ()
    assert next(one for one in making.waiting(edited) if one.role == "root").missing == 0


def test_a_key_that_signs_nothing_is_told() -> None:
    for stranger in (key("stranger"), exchange_key("PAN")):
        with pytest.raises(InvalidInput):
            making.sign(begun(), stranger)


def test_nothing_is_published_before_enough_have_signed() -> None:
    for signers in ((), ("PAN",), ("PAN", "HND"), ("PAN", "HND", "MEX", "HTI")):
        files = begun()
        if signers:
            files = signed_by(files, *map(registry_key, signers))
        with pytest.raises(InvalidInput):
            making.publish(files, HUB, now=NOW)
    with pytest.raises(NotFound):
        making.renew(begun(), HUB, now=NOW)


def test_another_key_than_the_hubs_publishes_nothing() -> None:
    with pytest.raises(InvalidInput):
        making.publish(published(), key("stranger"), now=NOW)


def test_drafts_that_are_not_complete_wait_while_the_rest_is_published() -> None:
    files = making.put(published(), "rules/figures.yaml", b"document: other\n", now=NOW)
    files = signed_by(put_keys(files, "MEX", record("MEX"), record("MEX", 2)), registry_key("MEX"))
    files = making.publish(files, HUB, now=NOW)
    assert making.waiting(files) == (
        Waiting("targets", 2, making.waiting(files)[0].signed, making.waiting(files)[0].others, 1),
    )
    found = making.current(files, now=NOW)
    assert found is not None
    assert exchange_key("MEX", 2).kid in found.snapshot.keys.records
    assert found.verified.documents["rules/figures.yaml"] == b"document: rules\n"
    assert not any(path.startswith("drafts/") for path in making.distributed(files))
    assert making.renew(files, HUB, now=NOW + DAY)


def test_what_has_no_place_is_refused() -> None:
    for path in ("secrets.json", "rules/../x", "members/PAN/a/b", "members/pan/keys.json", "agreements/x/0.json", "/x"):
        with pytest.raises(InvalidInput):
            making.put(begun(), path, b"", now=NOW)
    for path in ("secrets.json", "rules/none.yaml"):
        with pytest.raises(NotFound):
            making.remove(begun(), path, now=NOW)
    with pytest.raises(InvalidInput):
        making.put(begun(), layout.keys_path("SLV"), b"", now=NOW)
    with pytest.raises(NotFound):
        making.put({}, layout.keys_path("PAN"), b"", now=NOW)
    for party, keys in (("pan", [key("x").public]), ("SLV", [])):
        with pytest.raises(InvalidInput):
            making.delegate(begun(), party, keys, now=NOW)


def test_a_party_that_may_speak_but_is_no_party_is_refused() -> None:
    files = making.delegate(published(), "SLV", [registry_key("SLV").public], now=NOW)
    files = signed_by(files, *map(registry_key, ("PAN", "HND", "SLV")))
    with pytest.raises(InvalidInput):
        making.publish(files, HUB, now=NOW)


def test_keys_that_are_not_there_cannot_be_replaced() -> None:
    files = published()
    with pytest.raises(NotFound):
        making.replace_member_key(files, "none", Owner("PAN", key("x").public), now=NOW)
    with pytest.raises(NotFound):
        making.replace_member_key({}, "none", Owner("PAN", key("x").public), now=NOW)
    with pytest.raises(InvalidInput):
        making.replace_member_key(files, registry_key("PAN").kid, owners("HND")[0], now=NOW)
    with pytest.raises(InvalidInput):
        making.replace_hub_key(files, HUB.public, now=NOW)


def test_the_drafts_of_one_rotation_can_be_edited_again() -> None:
    files = making.replace_hub_key(published(), key("hub 2").public, now=NOW)
    files = making.replace_hub_key(files, key("hub 3").public, now=NOW)
    files = making.publish(signed_by(files, *map(registry_key, MEMBERS)), key("hub 3"), now=NOW)
    assert load(files, trusted_root=root_of(files), now=NOW).agreements.keys() == {AGREEMENT}


def test_a_member_without_a_part_of_its_own_changes_its_root_key() -> None:
    files = making.begin(owners("PAN", "HND", "MEX"), threshold=2, hub=HUB.public, now=NOW)
    files = making.put(files, layout.PARTIES, begun_parties(), now=NOW)
    files = making.publish(signed_by(files, *map(registry_key, MEMBERS)), HUB, now=NOW)
    files = making.replace_member_key(files, registry_key("PAN").kid, Owner("PAN", key("PAN 2").public), now=NOW)
    assert making.drafts(files) == ("root", "targets")
    files = making.publish(signed_by(files, registry_key("HND"), key("PAN 2"), registry_key("MEX")), HUB, now=NOW)
    assert load(files, trusted_root=root_of(files), now=NOW).version == 2
    assert OTHERS


def begun_parties() -> bytes:
    raw = making.document(begun(), layout.PARTIES)
    assert raw is not None
    return raw


def test_a_party_that_leaves_takes_its_keys_with_it() -> None:
    files = making.withdraw(put_keys(published(), "HTI", record("HTI")), "HTI", now=NOW)
    assert making.drafts(files) == ("targets",)
    before = published()
    files = making.publish(signed_by(files, *map(registry_key, MEMBERS)), HUB, now=NOW)
    held = making.current(before, now=NOW)
    assert held is not None
    snapshot = load(files, trusted_root=root_of(files), previous=held.verified, now=NOW)
    assert {one.party for one in snapshot.keys.records.values()} == {"PAN", "HND", "MEX", "TS"}
    assert snapshot.agreements == {}
    for party in ("HTI", "agreements"):
        with pytest.raises(NotFound):
            making.withdraw(files, party, now=NOW)


def test_an_agreement_on_its_way_through_its_signers_may_be_taken_back() -> None:
    path = layout.agreement_path(AGREEMENT, 2)
    files = making.put(published(), path, agreement(2, "PAN").as_json().encode(), now=NOW)
    files = making.publish(files, HUB, now=NOW)
    files = making.publish(making.remove(files, path, now=NOW), HUB, now=NOW)
    assert load(files, trusted_root=root_of(files), now=NOW).agreements[AGREEMENT].version == 1
