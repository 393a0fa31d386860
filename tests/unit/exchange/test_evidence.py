"""A package proves who sent what kind of thing to whom, offline, without the content; a false one proves nothing."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.exchange.parties import NONCE, NOW, PAYLOAD, agreement, record, ring, sealed, signing
from tests.unit.exchange.proved import evidence, inclusion

from istmo.exchange import receipts
from istmo.exchange.evidence import Inclusion, keys_as_json, read_evidence, read_trusted
from istmo.exchange.manifest import TYP, Kind
from istmo.exchange.receipts import Outcome, Receipt
from istmo.exchange.statements import state
from istmo.exchange.verdict import Check, State, Verdict, verify
from istmo.model.errors import InvalidInput
from istmo.registry.keys import encoded


def states(verdict: Verdict) -> dict[Check, State]:
    return {one.check: one.state for one in verdict.findings}


def issued(by: str = "TS", **changes: Any) -> str:
    made = sealed()
    whole: dict[str, Any] = {
        "message_id": made.manifest.message_id,
        "manifest_digest": made.manifest_digest,
        "outcome": Outcome.ACCEPTED,
        "received_at": NOW,
        "log_id": by,
        **changes,
    }
    return receipts.issue(Receipt(**whole), signing=signing(by))


def test_a_whole_package_proves_the_exchange() -> None:
    verdict = verify(evidence())
    assert verdict.proves
    assert states(verdict) == {
        Check.MANIFEST: State.HOLDS,
        Check.RECEIPT: State.HOLDS,
        Check.LOG: State.HOLDS,
        Check.AGREEMENT: State.HOLDS,
        Check.KEYS: State.OPEN,
    }
    assert verdict.manifest is not None
    assert (verdict.manifest.sender, verdict.manifest.recipient, verdict.manifest.purpose) == ("PAN", "TS", "STAT")
    assert [head.log_id for head in verdict.logged] == ["PAN", "TS"]
    assert verdict.receipts[0].outcome is Outcome.ACCEPTED
    assert set(verdict.signed_with) == {(party, signing(party).kid) for party in ("PAN", "HND", "TS")}
    assert verdict.as_json()["message"]["clause"] == "3"
    assert json.loads(json.dumps(verdict.as_json()))["proves"] is True


def test_a_package_comes_back_as_it_was_written_with_what_a_later_version_added() -> None:
    package = evidence(extra={"stamp": "later"})
    assert read_evidence(package.as_json()) == package
    revoked = evidence(keys=ring(record("PAN", revoked_from=NOW + timedelta(days=1))))
    assert read_evidence(revoked.as_json().encode()).keys == revoked.keys


def test_no_form_of_the_content_or_of_the_nonce_is_in_a_package() -> None:
    text = evidence().as_json()
    for secret in (PAYLOAD, NONCE):
        for form in (secret.hex(), encoded(secret), b64encode(secret).decode(), secret.decode("latin-1")):
            assert form not in text


@pytest.mark.parametrize("name", ["payload", "nonce", "envelope"])
def test_a_package_that_carries_the_content_is_refused(name: str) -> None:
    value = {**json.loads(evidence().as_json()), name: "x"}
    with pytest.raises(InvalidInput, match="carries the content") as refused:
        read_evidence(json.dumps(value), name="p.json")
    assert (refused.value.rule, refused.value.place) == ("F81", "p.json")


def test_keys_got_elsewhere_decide() -> None:
    assert states(verify(evidence(), trusted=ring()))[Check.KEYS] is State.HOLDS
    forged = evidence(keys=ring(record("PAN"), record("HND"), record("TS")))
    other = ring(record("PAN", key=signing("another").public), record("HND"), record("TS"))
    verdict = verify(forged, trusted=other)
    assert not verdict.proves
    assert verdict.manifest is None
    assert states(verdict) == {Check.MANIFEST: State.FAILS}
    assert verdict.as_json()["message"] is None


def test_a_key_revoked_before_the_message_proves_nothing_and_one_revoked_after_still_does() -> None:
    keys = [record("HND"), record("TS")]
    before = ring(record("PAN", revoked_from=NOW), *keys)
    after = ring(record("PAN", revoked_from=NOW + timedelta(days=1)), *keys)
    assert not verify(evidence(), trusted=before).proves
    assert verify(evidence(), trusted=after).proves


def test_what_lacks_is_said_and_proves_less() -> None:
    for lacking, check in (
        ({"receipts": ()}, Check.RECEIPT),
        ({"inclusions": ()}, Check.LOG),
        ({"agreement": None}, Check.AGREEMENT),
    ):
        verdict = verify(evidence(**lacking))
        assert states(verdict)[check] is State.ABSENT
        assert not verdict.proves


def test_a_message_under_no_agreement_needs_none() -> None:
    made = sealed(kind=Kind.TEST, agreement="", agreement_version=0)
    package = evidence(
        manifest=made.manifest_jws,
        receipts=(issued(manifest_digest=made.manifest_digest),),
        inclusions=(inclusion(made.manifest_jws, "TS", at=0, size=1),),
        agreement=None,
    )
    assert verify(package).proves


@pytest.mark.parametrize(
    "text",
    [
        issued("HND"),
        issued(message_id="0190-message-2"),
        issued(manifest_digest="ab" * 32),
        issued(received_at=NOW - timedelta(hours=1)),
        issued(received_at=NOW + timedelta(days=11)),
        issued(received_at=NOW + timedelta(days=101)),
        issued("MEX"),
        "rubbish",
    ],
)
def test_a_receipt_of_anything_else_fails(text: str) -> None:
    verdict = verify(evidence(receipts=(issued(), text)))
    assert states(verdict)[Check.RECEIPT] is State.FAILS
    assert not verdict.proves
    assert len(verdict.receipts) == 1


MANIFEST = sealed().manifest_jws


@pytest.mark.parametrize(
    "wrong",
    [
        replace(inclusion(MANIFEST, "TS", at=3), index=4),
        replace(inclusion(MANIFEST, "TS", at=3), path=()),
        replace(inclusion(MANIFEST, "TS", at=3), path=(b"\x00" * 32,) * 200),
        inclusion("another manifest", "TS", at=3),
        inclusion(MANIFEST, "TS", at=3, root=bytes(32)),
        inclusion(MANIFEST, "HND", at=3),
        inclusion(MANIFEST, "TS", at=3, by="PAN"),
        inclusion(MANIFEST, "MEX", at=3),
        Inclusion("rubbish", 0, ()),
    ],
)
def test_an_inclusion_in_anything_else_fails(wrong: Inclusion) -> None:
    verdict = verify(evidence(inclusions=(inclusion(MANIFEST, "TS", at=3), wrong)))
    assert states(verdict)[Check.LOG] is State.FAILS
    assert not verdict.proves


@pytest.mark.parametrize(
    "text",
    [
        "rubbish",
        agreement("PAN", "TS", "HND", signers=("PAN", "TS")),
        agreement("PAN", "TS", signers=("PAN", "MEX")),
        agreement("PAN", "TS", version="2"),
        agreement("PAN", "TS", id="demo:another"),
        agreement("PAN", "HND"),
        agreement("HND", "TS"),
        agreement("PAN", "TS", purposes=["FAM_LINK"]),
        agreement("PAN", "TS", in_force="2026-03-02"),
        agreement("PAN", "TS", expires="2026-02-28", review="2026-02-01"),
        agreement("PAN", "TS", parties="PAN TS"),
        agreement("PAN", "TS", signed_on="yesterday"),
        state({"a": 1}, typ=TYP, signing=signing("PAN")).as_json(),
        state({"a": 1}, typ="istmo-agreement+jws", signing=signing("PAN")).as_json(),
    ],
)
def test_an_agreement_that_is_another_or_lacks_a_signature_fails(text: str) -> None:
    verdict = verify(evidence(agreement=text))
    assert states(verdict)[Check.AGREEMENT] is State.FAILS
    assert not verdict.proves


def test_a_key_that_ran_out_still_speaks_for_an_agreement_and_one_revoked_before_the_message_does_not() -> None:
    others = [record("PAN"), record("HND"), record("TS")]
    text = agreement("PAN", "TS", signers=("old", "TS"))

    def judged(**changes: Any) -> State:
        old = record("PAN", key=signing("old").public, **changes)
        return states(verify(evidence(agreement=text, keys=ring(*others, old))))[Check.AGREEMENT]

    assert judged(valid_to=NOW - timedelta(days=9)) is State.HOLDS
    assert judged(revoked_from=NOW + timedelta(days=1)) is State.HOLDS
    assert judged(revoked_from=NOW) is State.FAILS


def test_a_manifest_that_another_signed_proves_nothing() -> None:
    fields = sealed().manifest.as_fields()
    by_another = state(fields, typ=TYP, signing=signing("HND")).as_json()
    for text in (by_another, "rubbish", state({}, typ=TYP, signing=signing("PAN")).as_json()):
        assert verify(evidence(manifest=text)).manifest is None


def changed(**members: Any) -> str:
    return json.dumps({**json.loads(evidence().as_json()), **members})


KEY = keys_as_json(ring())[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"format": 1, "format": 1}',
        b"\xff",
        "x" * (8 * 1024 * 1024 + 1),
        changed(format="istmo-evidence/2"),
        changed(manifest=None),
        changed(receipts="x"),
        changed(receipts=[1]),
        changed(receipts=["x"] * 1001),
        changed(log=[1]),
        changed(log=[{"head": "x", "index": 0, "path": ["xyz"]}]),
        changed(log=[{"head": "x", "index": -1, "path": []}]),
        changed(registry=None),
        changed(registry={"version": 1, "digest": "", "keys": [KEY, KEY]}),
        changed(registry={"version": 1, "digest": "", "keys": [{**KEY, "valid_to": "soon"}]}),
        changed(registry={"version": 1, "digest": "", "keys": [{**KEY, "key": {**KEY["key"], "crv": "X25519"}}]}),
        changed(registry={"version": 1, "digest": "", "keys": [{**KEY, "revoked_from": 3}]}),
    ],
)
def test_what_is_no_package_is_told_in_one_sentence(text: str | bytes) -> None:
    with pytest.raises(InvalidInput, match="cannot be read") as refused:
        read_evidence(text, name="p.json")
    assert refused.value.rule == "F81"


def test_a_file_of_keys_is_read_or_refused() -> None:
    assert read_trusted(json.dumps({"keys": keys_as_json(ring())})) == ring()
    for text in ("{}", "[]", '{"keys": [{}]}'):
        with pytest.raises(InvalidInput, match="file of keys"):
            read_trusted(text)


def test_a_head_signed_before_the_message_does_not_include_it() -> None:
    early = inclusion(MANIFEST, "TS", at=0, moment=NOW - timedelta(hours=1))
    assert states(verify(evidence(inclusions=(early,))))[Check.LOG] is State.FAILS


def test_the_verdict_is_told_in_both_languages() -> None:
    es, en = ("\n".join(verify(evidence()).lines(language)) for language in ("es", "en"))
    assert es.startswith("El paquete prueba este intercambio, si las claves de abajo son las de las partes.")
    assert en.startswith("The package proves this exchange, if the keys below are those of the parties.")
    assert verify(evidence(), trusted=ring()).lines("en")[0] == "The package proves this exchange."
    for line in ("Sender: PAN", "Recipient: TS", "Kind of message: submission of figures", "Clause: 3"):
        assert line in en
    assert "Purpose: STAT, Statistics (aggregates only)" in en
    assert "Finalidad: STAT, Estadística (solo agregados)" in es
    assert "TS firmó qué hizo con el mensaje (aceptado 2026-03-01T12:00:00Z)." in es
    assert f"Clave de PAN: {signing('PAN').kid}" in es
    unknown = verify(evidence(manifest=sealed(purpose="LATER").manifest_jws, receipts=()))
    assert "Purpose: LATER" in "\n".join(unknown.lines("en"))
    assert "[absent]" in "\n".join(unknown.lines("en"))
    assert verify(evidence(manifest="x")).lines("en")[0] == "The package does NOT prove the whole exchange."
