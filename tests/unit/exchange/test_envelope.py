"""An envelope opens for its recipient as it was sealed, and for nothing else is there a code with its sentence."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.exchange.parties import NONCE, NOW, PAYLOAD, draft, opened, record, ring, sealed, sealing, signing

from istmo.exchange import envelope as module
from istmo.exchange import statements
from istmo.exchange.envelope import (
    MAX_BATCH,
    MAX_ENVELOPE,
    MAX_PLAINTEXT,
    Arrival,
    arrival,
    check_batch,
    seal,
)
from istmo.exchange.manifest import KEPT, SKEW, TYP, VALIDITY, Kind, check_registry, payload_digest, read_manifest
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import MAX_BYTES
from istmo.model.errors import InvalidInput
from istmo.registry.keys import PrivateKey, PublicKey, Use, decoded, encoded
from istmo.registry.signing import add_signature, canonical, read_signed, sign


def code(call: Callable[[], object]) -> Code:
    with pytest.raises(Rejected) as refused:
        call()
    assert refused.value.retryable is refused.value.code.retryable
    return refused.value.code


def carrying(
    line: str, rest: bytes = NONCE + PAYLOAD, *, to: PublicKey | None = None, header: dict[str, Any] | None = None
) -> str:
    """An envelope around anything."""
    key = to or sealing("TS").public
    plaintext = line.encode() + b"\n" + rest
    full = {**module._HEADER, "kid": key.kid, **(header or {})}
    return module.jwe.encrypt_compact(full, plaintext, module._okp(key), registry=module._JWE)


def signed_as(by: str = "PAN", *, typ: str = TYP, **changes: Any) -> str:
    fields = {**draft().complete(PAYLOAD, NONCE).as_fields(), **changes}
    return sign(canonical(fields), signing(by), typ=typ).as_json()


def test_what_was_sealed_is_what_is_opened() -> None:
    made = sealed()
    got = opened(made.envelope)
    assert (got.manifest, got.manifest_jws) == (made.manifest, made.manifest_jws)
    assert (got.manifest_digest, got.kid) == (made.manifest_digest, signing("PAN").kid)
    assert (got.payload, got.nonce) == (PAYLOAD, NONCE)
    assert got.manifest.not_after - got.manifest.created == VALIDITY
    assert timedelta(days=2) == KEPT - VALIDITY


def test_the_manifest_names_the_payload_without_telling_it() -> None:
    made = sealed()
    assert made.manifest.payload_digest == payload_digest(NONCE, PAYLOAD)
    assert sealed(nonce=bytes(32)).manifest.payload_digest != made.manifest.payload_digest
    assert PAYLOAD not in (decoded(json.loads(made.manifest_jws)["payload"]) or b"")
    with pytest.raises(ValueError, match="32 bytes"):
        payload_digest(b"short", PAYLOAD)


def test_sizes_are_seen_in_steps_only() -> None:
    lengths = {len(sealed(b"x" * size).envelope) for size in range(0, 900, 100)}
    assert len(lengths) <= 2


def test_fields_of_a_later_version_travel_both_ways() -> None:
    later = {"urgency": "none", "nested": {"list": [1, {"deep": None}]}}
    got = opened(sealed(extra=later).envelope).manifest
    assert got.extra == later
    again = opened(
        seal(
            draft(extra=got.extra, message_id="0190-message-2"),
            PAYLOAD,
            nonce=NONCE,
            signing=signing("PAN"),
            recipient=sealing("TS").public,
        ).envelope
    )
    assert again.manifest.extra == later


def test_an_own_key_that_is_being_replaced_still_opens() -> None:
    assert opened(sealed(to="old").envelope, sealing=[sealing("TS"), sealing("old")]).payload == PAYLOAD


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sealing": [sealing("HND")]}, Code.RECIPIENT_KEY),
        ({"sealing": []}, Code.RECIPIENT_KEY),
        ({"me": "HND"}, Code.RECIPIENT),
        ({"keys": ring(record("HND"))}, Code.UNKNOWN_KEY),
        ({"keys": ring(record("PAN", revoked_from=NOW))}, Code.UNKNOWN_KEY),
        ({"keys": ring(record("PAN", valid_to=NOW))}, Code.UNKNOWN_KEY),
        ({"keys": ring(record("PAN", valid_from=NOW + SKEW))}, Code.UNKNOWN_KEY),
        ({"keys": ring(record("HND", key=signing("PAN").public))}, Code.SENDER),
        ({"now": NOW - timedelta(hours=1)}, Code.CLOCK),
        ({"now": NOW + VALIDITY + timedelta(hours=1)}, Code.EXPIRED),
    ],
)
def test_who_when_and_for_whom_are_checked(changes: dict[str, Any], expected: Code) -> None:
    assert code(lambda: opened(sealed().envelope, **changes)) is expected


def test_what_rests_on_a_decision_rests_on_one_under_a_registry_that_may_still_be_fresh() -> None:
    carries = draft(registry_version=7).complete(b"", NONCE)
    check_registry(carries, oldest=7)
    assert code(lambda: check_registry(carries, oldest=8)) is Code.REGISTRY
    notice = draft(kind=Kind.SUSPENSION, agreement="", agreement_version=0, registry_version=1).complete(b"", NONCE)
    check_registry(notice, oldest=8)


def test_clocks_may_differ_by_five_minutes() -> None:
    made = sealed().envelope
    assert opened(made, now=NOW - SKEW)
    assert opened(made, now=NOW + VALIDITY + SKEW)
    assert code(lambda: opened(made, now=NOW - SKEW - timedelta(seconds=1))) is Code.CLOCK
    assert code(lambda: opened(made, now=NOW + VALIDITY + SKEW + timedelta(seconds=1))) is Code.EXPIRED


def test_a_message_id_is_taken_once() -> None:
    class Kept(dict[tuple[str, str], str]):
        def digest_of(self, sender: str, message_id: str) -> str | None:
            return self.get((sender, message_id))

    got, other = opened(sealed().envelope), opened(sealed(b"other").envelope)
    kept = Kept()
    assert arrival(got, kept) is Arrival.NEW
    kept["PAN", got.manifest.message_id] = got.manifest_digest
    assert arrival(opened(sealed().envelope), kept) is Arrival.DUPLICATE
    assert code(lambda: arrival(other, kept)) is Code.REPLAYED


def test_sealing_refuses_what_no_receiver_would_take() -> None:
    assert code(lambda: sealed(bytes(MAX_PLAINTEXT + 1))) is Code.TOO_LARGE
    assert code(lambda: sealed(bytes(MAX_PLAINTEXT - 500))) is Code.TOO_LARGE
    assert code(lambda: sealed(extra={"long": "x" * MAX_BYTES})) is Code.TOO_LARGE
    assert code(lambda: sealed(message_id="short")) is Code.MALFORMED
    with pytest.raises(InvalidInput) as refused:
        seal(draft(), PAYLOAD, nonce=NONCE, signing=signing("PAN"), recipient=signing("TS").public)
    assert refused.value.rule == "F70"


def test_the_largest_payload_fits() -> None:
    payload = bytes(MAX_PLAINTEXT - 5000)
    made = sealed(payload)
    assert MAX_ENVELOPE - 10_000 < len(made.envelope) <= MAX_ENVELOPE
    assert opened(made.envelope).payload == payload


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": "has blank in it"},
        {"message_id": 12345678},
        {"conversation": None},
        {"sequence": -1},
        {"sequence": True},
        {"sequence": 1.0},
        {"sequence": 2**53},
        {"kind": ["submission"]},
        {"sender": "pan"},
        {"clause": "a\nb"},
        {"clause": "\u202e"},
        {"clause": "x" * 101},
        {"legal_basis": 7},
        {"purpose": "stat"},
        {"created": "2026-03-01T12:00:00+00:00"},
        {"created": "2026-02-30T12:00:00Z"},
        {"created": "0001-01-01T00:00:00Z", "not_after": "0001-01-02T00:00:00Z"},
        {"created": "9999-12-31T23:59:59Z", "not_after": "9999-12-31T23:59:59Z"},
        {"not_after": "9999-12-31T23:59:59Z"},
        {"not_after": "2026-03-01T12:00:00Z"},
        {"not_after": "2026-03-12T12:00:00Z"},
        {"payload_digest": "ABC"},
        {"payload_bytes": "7"},
        {"in_reply_to": ""},
        {"agreement": ""},
        {"agreement_version": 0},
        {"permit_digest": ""},
        {"purpose": ""},
        {"clause": ""},
        {"extra_surrogate": "\ud800"},
        {"deep": json.loads("[" * 70 + "]" * 70)},
    ],
)
def test_a_signed_manifest_out_of_form_is_refused(changes: dict[str, Any]) -> None:
    fields = {**draft().complete(PAYLOAD, NONCE).as_fields(), **changes}
    raw = json.dumps(fields).encode()
    line = sign(raw, signing("PAN"), typ=TYP).as_json()
    assert code(lambda: opened(carrying(line))) is Code.MALFORMED


def test_a_kind_of_a_later_version_is_named_as_such() -> None:
    assert code(lambda: opened(carrying(signed_as(kind="consultation")))) is Code.KIND


def test_a_technical_message_needs_no_agreement() -> None:
    plain = draft(kind=Kind.TEST, agreement="", agreement_version=0, clause="", purpose="", permit_digest="")
    made = seal(plain, b"", nonce=NONCE, signing=signing("PAN"), recipient=sealing("TS").public)
    assert opened(made.envelope).payload == b""


def test_an_answer_names_its_agreement_and_what_it_answers() -> None:
    made = sealed(kind=Kind.SUBMISSION_ANSWER, in_reply_to="0190-message-0", permit_digest="")
    assert opened(made.envelope).manifest.in_reply_to == "0190-message-0"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Code.MALFORMED),
        ("{}", Code.MALFORMED),
        ("[" * 5000, Code.MALFORMED),
        ("x" * MAX_BYTES + "y", Code.MALFORMED),
        (signed_as(typ="istmo-receipt+jws"), Code.MALFORMED),
        (signed_as("HND"), Code.SENDER),
        (signed_as("MEX"), Code.UNKNOWN_KEY),
        (json.dumps({**json.loads(signed_as()), "header": {"alg": "none"}}), Code.MALFORMED),
    ],
)
def test_a_manifest_that_is_not_the_senders_is_refused(line: str, expected: Code) -> None:
    assert code(lambda: opened(carrying(line))) is expected


def test_two_signatures_are_one_too_many() -> None:
    document = read_signed(signed_as(), typ=TYP)
    assert code(lambda: opened(carrying(add_signature(document, signing("HND")).as_json()))) is Code.MALFORMED


def test_an_altered_manifest_does_not_hold() -> None:
    whole = json.loads(signed_as())
    whole["payload"] = encoded((decoded(whole["payload"]) or b"").replace(b'"PAN"', b'"HND"'))
    assert code(lambda: opened(carrying(json.dumps(whole)))) is Code.SIGNATURE


def test_parts_of_two_messages_do_not_combine() -> None:
    assert code(lambda: opened(carrying(signed_as(), NONCE + b"another payload here"))) is Code.DIGEST
    assert code(lambda: opened(carrying(signed_as(), bytes(32) + PAYLOAD))) is Code.DIGEST
    assert code(lambda: opened(carrying(signed_as(), NONCE + PAYLOAD[:-1]))) is Code.DIGEST
    assert code(lambda: opened(carrying(signed_as(), NONCE + PAYLOAD + b"\x00\x01"))) is Code.DIGEST
    assert code(lambda: opened(carrying(signed_as(), NONCE[:-1]))) is Code.MALFORMED
    first, second = sealed().envelope.split("."), sealed(b"x" * len(PAYLOAD)).envelope.split(".")
    for part in range(5):
        mixed = ".".join([*first[:part], second[part], *first[part + 1 :]])
        assert code(lambda text=mixed: opened(text)) is Code.UNDECIPHERABLE


@pytest.mark.parametrize("character", ["\u00e9", "\ud800"])
def test_text_that_is_not_ascii_is_refused(character: str) -> None:
    assert code(lambda: opened(sealed().envelope + character)) is Code.MALFORMED
    assert code(lambda: opened(carrying("é"))) is Code.MALFORMED


def altered_header(change: Callable[[dict[str, Any]], object], *, raw: bytes | None = None) -> str:
    first, *rest = sealed().envelope.split(".")
    values = json.loads(decoded(first) or b"")
    change(values)
    return ".".join([encoded(raw or json.dumps(values).encode()), *rest])


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.update(alg="none"),
        lambda h: h.update(alg="dir"),
        lambda h: h.update(alg="ECDH-ES"),
        lambda h: h.update(alg="PBES2-HS256+A128KW", p2s="x", p2c=10**9),
        lambda h: h.update(enc="A128CBC-HS256"),
        lambda h: h.update(zip="DEF"),
        lambda h: h.update(crit=["zip"]),
        lambda h: h.update(jku="https://keys.example/"),
        lambda h: h.update(jwk={"kty": "oct"}),
        lambda h: h.update(typ="JWE"),
        lambda h: h.update(apu="x"),
        lambda h: h.update(kid=7),
        lambda h: h.pop("kid"),
        lambda h: h.pop("epk"),
        lambda h: h["epk"].update(crv="Ed25519"),
        lambda h: h["epk"].update(kty="oct"),
        lambda h: h["epk"].update(d="secret"),
        lambda h: h["epk"].update(x="short"),
        lambda h: h["epk"].update(x=7),
        lambda h: h.update(epk=[]),
        lambda h: h.update(epk="x" * 4000),
    ],
)
def test_a_header_that_is_not_ours_is_refused_before_any_key_is_used(
    change: Callable[[dict[str, Any]], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = altered_header(change)
    monkeypatch.delattr(module.jwe, "decrypt_compact")
    assert code(lambda: opened(text)) is Code.HEADER


@pytest.mark.parametrize("raw", [b"[]", b"7", b"{", b"\xff", b'{"alg":"none","alg":"ECDH-ES+A256KW"}', b"[" * 380])
def test_a_header_that_is_no_header_is_refused(raw: bytes) -> None:
    assert code(lambda: opened(altered_header(lambda h: None, raw=raw))) is Code.HEADER


def test_a_member_that_stands_twice_in_a_header_is_refused() -> None:
    first, *rest = sealed().envelope.split(".")
    raw = (decoded(first) or b"").replace(b"{", b'{"alg":"none",', 1)
    assert code(lambda: opened(".".join([encoded(raw), *rest]))) is Code.HEADER


def test_nesting_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(statements, "read_signed")
    assert code(lambda: opened(carrying("[" * 65))) is Code.MALFORMED


def test_a_point_of_low_order_is_undecipherable() -> None:
    text = altered_header(lambda h: h["epk"].update(x=encoded(bytes(32))))
    assert code(lambda: opened(text)) is Code.UNDECIPHERABLE


def test_a_key_to_sign_does_not_open() -> None:
    key = signing("TS")
    confused = PrivateKey(Use.SIGNING, key.secret)
    assert code(lambda: opened(sealed().envelope, sealing=[confused])) is Code.RECIPIENT_KEY


def test_sizes_are_checked_first() -> None:
    assert code(lambda: opened("x" * (MAX_ENVELOPE + 1))) is Code.TOO_LARGE
    assert code(lambda: opened("a.b.c")) is Code.MALFORMED
    assert code(lambda: opened("....")) is Code.MALFORMED
    check_batch(["x"] * MAX_BATCH)
    for batch in ([], ["x"] * (MAX_BATCH + 1), ["x" * MAX_ENVELOPE] * 5):
        assert code(lambda batch=batch: check_batch(batch)) is Code.TOO_LARGE


def test_every_code_has_its_sentence_and_keeps_its_name() -> None:
    assert [one.value for one in Code] == [
        "malformed", "too_large", "header", "recipient_key", "undecipherable", "unknown_key", "signature", "sender",
        "recipient", "kind", "clock", "expired", "digest", "registry", "replayed",
    ]  # fmt: skip
    assert all(one.text.es and one.text.en for one in Code)
    assert {one for one in Code if one.retryable} == {Code.RECIPIENT_KEY, Code.UNKNOWN_KEY, Code.CLOCK, Code.REGISTRY}
    assert str(Rejected(Code.CLOCK)).startswith("The time of the message")


def test_moments_are_carried_in_whole_seconds() -> None:
    made = sealed(created=NOW + timedelta(microseconds=700_000))
    assert made.manifest.created == NOW
    assert read_manifest(made.manifest.as_fields()) == replace(made.manifest)
