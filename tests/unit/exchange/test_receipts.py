"""A receipt is the recipient's own word on one message."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.exchange.parties import NOW, opened, ring, sealed, signing

from istmo.exchange.receipts import TYP, Outcome, Receipt, issue, read_receipt
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import state

RECEIPT = Receipt(
    message_id="0190-message-1",
    manifest_digest="ab" * 32,
    outcome=Outcome.ACCEPTED,
    received_at=NOW,
    log_id="TS",
)


def test_a_receipt_comes_back_as_it_was_issued_with_what_a_later_version_added() -> None:
    receipt = replace(RECEIPT, extra={"queue": 4}, outcome=Outcome.REFUSED, reason=Code.EXPIRED.value)
    assert read_receipt(issue(receipt, signing=signing("TS")), keys=ring(), now=NOW) == receipt


def test_a_receipt_is_of_one_manifest() -> None:
    got = opened(sealed().envelope)
    receipt = replace(RECEIPT, manifest_digest=got.manifest_digest)
    assert receipt.is_of(got.manifest, got.manifest_digest)
    for other in ({"message_id": "0190-message-2"}, {"manifest_digest": "cd" * 32}, {"log_id": "HND"}):
        assert not replace(receipt, **other).is_of(got.manifest, got.manifest_digest)


@pytest.mark.parametrize(
    ("by", "expected"), [("HND", Code.SENDER), ("MEX", Code.UNKNOWN_KEY)], ids=["another's log", "unknown key"]
)
def test_only_the_party_of_the_log_gives_its_receipts(by: str, expected: Code) -> None:
    with pytest.raises(Rejected) as refused:
        read_receipt(issue(RECEIPT, signing=signing(by)), keys=ring(), now=NOW)
    assert refused.value.code is expected


@pytest.mark.parametrize("change", [{"outcome": "lost"}, {"outcome": {}}, {"manifest_digest": ""}, {"reason": "a b"}])
def test_a_receipt_out_of_form_is_refused(change: dict[str, Any]) -> None:
    fields = {
        "message_id": "0190-message-1",
        "manifest_digest": "ab" * 32,
        "outcome": "accepted",
        "received_at": "2026-03-01T12:00:00Z",
        "log_id": "TS",
        "reason": "",
        **change,
    }
    with pytest.raises(Rejected) as refused:
        read_receipt(state(fields, typ=TYP, signing=signing("TS")).as_json(), keys=ring(), now=NOW)
    assert refused.value.code is Code.MALFORMED


def test_what_is_too_large_is_not_read() -> None:
    with pytest.raises(Rejected) as refused:
        read_receipt("x" * 70_000, keys=ring(), now=NOW)
    assert refused.value.code is Code.TOO_LARGE
