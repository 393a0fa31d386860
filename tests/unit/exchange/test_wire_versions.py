"""What an earlier version wrote opens for ever, and a later version's fields pass through this one unharmed."""

import json
from pathlib import Path

from tests.unit.exchange.parties import NONCE, NOW, PAYLOAD, draft, opened, ring, sealing, signing

from istmo.exchange import manifest
from istmo.exchange.envelope import seal
from istmo.exchange.evidence import read_evidence, read_trusted
from istmo.exchange.log import leaf_of, read_head
from istmo.exchange.manifest import Kind
from istmo.exchange.receipts import Outcome, read_receipt
from istmo.exchange.refusals import Code
from istmo.exchange.statements import read_statement, state
from istmo.exchange.verdict import verify
from istmo.registry.signing import sign

V1 = Path(__file__).resolve().parents[2] / "fixtures" / "exchange" / "v1"


def kept(name: str) -> str:
    return (V1 / name).read_text(encoding="ascii").rstrip("\n")


def test_an_envelope_of_version_1_opens() -> None:
    got = opened(kept("envelope.jwe"))
    assert (got.payload, got.nonce, got.kid) == (PAYLOAD, NONCE, signing("PAN").kid)
    assert got.manifest_jws == kept("manifest.jws.json")
    assert got.manifest == draft().complete(PAYLOAD, NONCE)
    assert got.manifest_digest == "e7b215486cb911cf3f23e43920b0bd8420b96f35d0fe9a7d85ad597cce39fb91"
    assert leaf_of(got.manifest_jws).hex() == "b17f6b46835cdc5e3ee687a906f0584f0d86979fea63c70fcd6d8fb5f86710e5"


def test_a_receipt_and_a_head_of_version_1_are_read() -> None:
    receipt = read_receipt(kept("receipt.jws.json"), keys=ring(), now=NOW)
    assert (receipt.outcome, receipt.log_id, receipt.received_at) == (Outcome.ACCEPTED, "TS", NOW)
    head = read_head(kept("head.jws.json"), keys=ring(), now=NOW)
    assert (head.log_id, head.size, head.root.hex()) == (
        "TS",
        12,
        "93670bf3bbde097628a9edf0d7e427b69559cc78730e1647b2abfc2ee4b14c19",
    )


def test_evidence_of_version_1_proves_what_it_proved() -> None:
    trusted = read_trusted(kept("keys.json"))
    assert trusted == ring()
    assert verify(read_evidence(kept("evidence.json")), trusted=trusted).proves


def test_this_version_reads_a_later_one_and_a_later_one_finds_its_fields_again() -> None:
    got = opened(kept("envelope-with-later-fields.jwe"))
    later = {"priority": "routine", "routing": {"via": ["TS"], "hops": 1}}
    assert got.manifest.extra == later
    assert got.payload == PAYLOAD
    answer = seal(
        draft(sender="TS", recipient="PAN", message_id="0190-message-3", extra=got.manifest.extra),
        b"",
        nonce=NONCE,
        signing=signing("TS"),
        recipient=sealing("PAN").public,
    )
    carried = read_statement(answer.manifest_jws, typ=manifest.TYP, keys=ring(), now=NOW).fields
    assert {name: carried[name] for name in later} == later


def test_a_later_version_in_other_bytes_is_read_as_its_own_bytes() -> None:
    fields = {"later": "añadido", **draft().complete(PAYLOAD, NONCE).as_fields()}
    as_we_write = state(fields, typ=manifest.TYP, signing=signing("PAN"))
    blanks = json.dumps(fields, indent=2, ensure_ascii=True).encode()
    otherwise = sign(blanks, signing("PAN"), typ=manifest.TYP).as_json()
    first = read_statement(as_we_write.as_json(), typ=manifest.TYP, keys=ring(), now=NOW)
    second = read_statement(otherwise, typ=manifest.TYP, keys=ring(), now=NOW)
    assert first.fields == second.fields
    assert first.digest != second.digest


def test_the_page_on_the_wire_format_names_every_field_and_every_code() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/reference/wire-format.md").read_text("utf-8")
    for name in (*draft().complete(PAYLOAD, NONCE).as_fields(), *Kind):
        assert f"`{name}`" in page, name
    for code in Code:
        retried = "yes" if code.retryable else ""
        assert f"| `{code.value}` | {retried} | {code.text.es} | {code.text.en} |" in page
