"""The register of agreements: every text with its state and what is amiss; what would keep a text out of force."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.registry.agreements.sample import IDENT, NOW, READM, agreement, changed, document, read, signed

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.merging import merged
from istmo.registry.agreements.reading import read_source
from istmo.registry.agreements.register import Entry, as_source, entries, obstacles
from istmo.registry.agreements.states import Status
from istmo.registry.agreements.validity import Flaw
from istmo.registry.demonstration import (
    demonstration_documents,
    demonstration_key,
    demonstration_keys,
    demonstration_snapshot,
)
from istmo.registry.keys import Use, holds_private_key
from istmo.registry.parties import KeyRing
from istmo.registry.signing import Signature, Signed
from istmo.registry.snapshot import Snapshot, Suspension

SNAPSHOT = demonstration_snapshot(NOW)


def of(content: dict[str, Any], *parties: str) -> dict[str, bytes]:
    path = f"agreements/{content['id']}/{content['version']}.json"
    return {path: signed(content, *parties).as_json().encode()}


def holding(*texts: dict[str, Any], **changes: Any) -> Snapshot:
    """The demonstration's registry with `texts` in it, each under its id."""
    agreements = {**SNAPSHOT.agreements, **{text["id"]: read_signed(text) for text in texts}}
    return replace(SNAPSHOT, agreements=agreements, **changes)


def read_signed(content: dict[str, Any]) -> Any:
    both = signed(content, "PAN", "HTI")
    return replace(read(content), digest=both.digest)


def one(documents: dict[str, bytes], snapshot: Snapshot = SNAPSHOT) -> Entry:
    (entry,) = entries(documents, snapshot, NOW)
    return entry


def test_the_demonstration_is_listed_by_id_and_counts() -> None:
    documents = {f"agreements/{id_}/1.json": text.as_json().encode() for id_, text in demonstration_documents().items()}
    found = entries({**documents, "parties.json": b"{}", "agreements/x/1.json": b"rubbish"}, SNAPSHOT, NOW)
    assert [entry.agreement.id for entry in found] == sorted(demonstration_documents())
    assert all(entry.counts and entry.was_signed and entry.is_demonstration and not entry.missing for entry in found)
    assert {entry.status for entry in found} == {Status.IN_FORCE}


def test_a_text_under_the_path_of_another_is_not_listed() -> None:
    (raw,) = of(document(), "PAN", "HTI").values()
    assert entries({"agreements/demo:other/1.json": raw}, SNAPSHOT, NOW) == ()


def test_a_text_with_a_signature_missing_does_not_count_and_says_whose() -> None:
    entry = one(of(changed("id", "demo:new"), "PAN"))
    assert (entry.counts, entry.missing, entry.was_signed, entry.status) == (False, ("HTI",), False, Status.SIGNED)


def test_what_all_signed_with_a_key_revoked_since_is_known_from_what_nobody_signed() -> None:
    kid = demonstration_key("HTI").kid
    records = {**demonstration_keys().records, kid: replace(demonstration_keys().records[kid], revoked_from=NOW)}
    without = {id_: kept for id_, kept in SNAPSHOT.agreements.items() if id_ != IDENT}
    entry = one(of(document(), "PAN", "HTI"), replace(SNAPSHOT, keys=KeyRing(records), agreements=without))
    assert (entry.counts, entry.missing, entry.was_signed) == (False, ("HTI",), True)
    assert entry.status is Status.SIGNED


def test_what_all_signed_and_may_not_stand_beside_another_says_why_and_is_never_in_force() -> None:
    entry = one(of(changed("id", "demo:new"), "PAN", "HTI"))
    assert not entry.counts
    assert "IDENT" in entry.reasons[0].en
    assert entry.status is Status.PROPOSED


def test_an_earlier_version_is_superseded_from_the_day_of_the_next() -> None:
    later = {**document(), "version": "2", "in_force": "2026-05-01", "signed_on": "2026-04-01", "review": "2026-06-01"}
    snapshot = holding(later)
    old, new = of(document(), "PAN", "HTI"), of(later, "PAN", "HTI")
    first, second = entries({**old, **new}, snapshot, NOW)
    assert (first.agreement.version, first.status, first.counts) == (2, Status.IN_FORCE, True)
    assert (second.agreement.version, second.status, second.counts) == (1, Status.SUPERSEDED, False)
    assert second.reasons == ()


def test_a_version_that_leaves_a_party_out_says_so_and_is_never_in_force() -> None:
    later = changed("parties.1.party", "BRA")
    later["version"] = "2"
    for flow in later["flows"]:
        for end in ("sender", "recipient"):
            flow[end] = "BRA" if flow[end] == "HTI" else flow[end]
    later["contacts"] = []
    entry = one(of(later, "PAN", "BRA"))
    assert not entry.counts
    assert any("HTI" in reason.en for reason in entry.reasons)
    assert entry.status is Status.PROPOSED
    assert any("HTI" in reason.en for reason in obstacles(read(later), SNAPSHOT, NOW))


def test_a_suspension_shows_in_the_state() -> None:
    held = Suspension(IDENT, "PAN", NOW - timedelta(minutes=1), Text(es="Motivo", en="Reason"))
    assert one(of(document(), "PAN", "HTI"), replace(SNAPSHOT, suspensions=(held,))).status is Status.SUSPENDED


def test_nothing_stands_against_a_text_that_is_in_the_registry_already() -> None:
    assert obstacles(SNAPSHOT.agreements[IDENT], SNAPSHOT, NOW) == ()


def test_what_would_keep_a_text_out_of_force_is_told_before_anybody_signs() -> None:
    said = " ".join(one.en for one in obstacles(agreement(id="demo:new", dpia=""), SNAPSHOT, NOW))
    assert "impact assessment" in said
    assert IDENT in said
    assert READM not in said
    unkeyed = replace(SNAPSHOT, keys=KeyRing({}))
    assert "PAN has no good signing key" in obstacles(agreement(), unkeyed, NOW)[0].en


def test_another_text_under_an_id_and_version_that_stand_already_is_told() -> None:
    assert "later version" in obstacles(agreement(digest="0" * 64), SNAPSHOT, NOW)[0].en
    assert obstacles(agreement(digest="0" * 64, version=2), SNAPSHOT, NOW) == ()


@pytest.mark.parametrize("id_", sorted(demonstration_documents()))
def test_the_source_that_is_given_out_makes_the_very_bytes_that_were_signed(id_: str) -> None:
    text = demonstration_documents()[id_]
    assert read_source(as_source(text).encode(), name="again.yaml").payload == text.payload


def test_signatures_given_one_by_one_come_together() -> None:
    both = merged(signed(document(), "PAN"), signed(document(), "HTI"), demonstration_keys(), NOW)
    assert both.kids == (demonstration_key("PAN").kid, demonstration_key("HTI").kid)
    unsigned = Signed(both.typ, both.payload, ())
    assert merged(unsigned, both, demonstration_keys(), NOW) == both


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (signed(changed("retention_days", "9"), "HTI"), "not the same text"),
        (signed(document(), "BRA"), Flaw.OTHER_PARTY.label.en),
        (signed(document(), "PAN"), "no new signature"),
    ],
)
def test_what_is_no_signature_of_this_text_is_not_merged(other: Signed, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        merged(signed(document(), "PAN"), other, demonstration_keys(), NOW, name="file")
    assert said in caught.value.in_("en")


def test_a_signature_that_was_tampered_with_is_not_merged_and_gives_way_to_a_good_one() -> None:
    good, elsewhere = signed(document(), "HTI"), signed(changed("retention_days", "9"), "HTI").signatures[0]
    bad = Signed(good.typ, good.payload, (Signature(elsewhere.kid, elsewhere.protected, elsewhere.value),))
    with pytest.raises(InvalidInput, match="does not count"):
        merged(signed(document(), "PAN"), bad, demonstration_keys(), NOW)
    assert merged(bad, good, demonstration_keys(), NOW) == good


@pytest.mark.parametrize("use", Use)
def test_a_private_key_is_known_in_every_form_that_it_is_carried_in(use: Use) -> None:
    import json

    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = demonstration_key("PAN", use)
    locked = BestAvailableEncryption(b"invented")
    forms = [
        key.as_pem(),
        json.dumps(key.as_jwk()).encode(),
        key.loaded().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        key.loaded().private_bytes(Encoding.DER, PrivateFormat.PKCS8, locked),
        key.loaded().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked),
        b"AGE-SECRET-KEY-1INVENTED",
    ]
    assert all(holds_private_key(form) for form in forms)
    assert not holds_private_key(json.dumps(key.public.as_jwk()).encode())
    assert not any(holds_private_key(text.as_json().encode()) for text in demonstration_documents().values())
    assert not any(holds_private_key(text.payload) for text in demonstration_documents().values())
