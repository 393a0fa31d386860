"""Three parties with keys from seeds, and a message between two of them. All invented."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from istmo.exchange.envelope import Opened, Sealed, open_envelope, seal
from istmo.exchange.manifest import Draft, Kind
from istmo.registry.agreements.reading import TYP
from istmo.registry.demonstration import demonstration_documents
from istmo.registry.keys import PrivateKey, Use, from_seed
from istmo.registry.parties import KeyRecord, KeyRing
from istmo.registry.signing import add_signature, canonical, payload_of, sign

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NONCE = sha256(b"a nonce of a test").digest()
PAYLOAD = b'{"observations": []}'


def signing(name: str) -> PrivateKey:
    return from_seed(Use.SIGNING, sha256(f"sign {name}".encode()).digest())


def sealing(name: str) -> PrivateKey:
    return from_seed(Use.SEALING, sha256(f"seal {name}".encode()).digest())


def record(party: str, **changes: Any) -> KeyRecord:
    whole = KeyRecord(party, signing(party).public, NOW - timedelta(days=100), NOW + timedelta(days=100))
    return replace(whole, **changes)


def ring(*records: KeyRecord) -> KeyRing:
    """The keys of PAN, HND and TS, or those given."""
    found = records or tuple(map(record, ("PAN", "HND", "TS")))
    return KeyRing({one.key.kid: one for one in found})


def draft(**changes: Any) -> Draft:
    whole = Draft(
        message_id="0190-message-1",
        conversation="0190-conversation-1",
        sequence=1,
        kind=Kind.SUBMISSION,
        sender="PAN",
        recipient="TS",
        agreement="demo:RCM-STAT",
        agreement_version=1,
        clause="3",
        purpose="STAT",
        legal_basis="Decreto de ejemplo 1",
        permit_digest=sha256(b"a permit of a test").hexdigest(),
        registry_version=7,
        created=NOW,
        payload_type="application/json",
    )
    return replace(whole, **changes)


def sealed(
    payload: bytes = PAYLOAD, *, by: str = "PAN", to: str = "TS", nonce: bytes = NONCE, **changes: Any
) -> Sealed:
    return seal(draft(**changes), payload, nonce=nonce, signing=signing(by), recipient=sealing(to).public)


def opened(envelope: str, **changes: Any) -> Opened:
    with_: dict[str, Any] = {"sealing": [sealing("TS")], "keys": ring(), "me": "TS", "now": NOW, **changes}
    return open_envelope(envelope, **with_)


def agreement(*parties: str, signers: tuple[str, ...] = (), **changes: Any) -> str:
    """The demonstration's agreement on statistics, between these parties, signed with their keys of these tests."""
    content = payload_of(demonstration_documents()["demo:RCM-STAT"])
    for name in ("parties", "contacts"):
        content[name] = [entry for entry in content[name] if entry["party"] in parties]
    content["flows"] = [flow for flow in content["flows"] if {flow["sender"], flow["recipient"]} <= set(parties)]
    first, *others = signers or parties
    document = sign(canonical({**content, **changes}), signing(first), typ=TYP)
    for name in others:
        document = add_signature(document, signing(name))
    return document.as_json()
