"""A restoration is told by the party itself; what it is told of the past is believed where both sides signed it."""

import json
from datetime import timedelta

import pytest
from tests.unit.exchange.parties import NOW, ring, sealed, signing

from istmo.exchange.envelope import Sealed
from istmo.exchange.log import Restored
from istmo.exchange.receipts import Outcome, Receipt
from istmo.exchange.receipts import issue as issue_receipt
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.restoration import (
    ACCOUNT,
    MOST,
    TYP,
    Account,
    Exchanged,
    believe,
    issue,
    read_account,
    read_notice,
    write_account,
)
from istmo.exchange.statements import MAX_BYTES, state
from istmo.model.errors import InvalidInput

CLAIM = Restored(at=NOW, backup_at=NOW - timedelta(days=1), size=12)
BETWEEN = frozenset({"PAN", "TS"})


def receipted(made: Sealed, *, by: str = "TS", **changes: str) -> Exchanged:
    receipt = Receipt(
        message_id=changes.get("message_id", made.manifest.message_id),
        manifest_digest=changes.get("manifest_digest", made.manifest_digest),
        outcome=Outcome.ACCEPTED,
        received_at=NOW,
        log_id=by,
    )
    return Exchanged(made.manifest_jws, issue_receipt(receipt, signing=signing(by)))


def test_a_notice_is_read_as_the_party_signed_it() -> None:
    assert read_notice(issue("PAN", CLAIM, signing=signing("PAN")), keys=ring(), now=NOW) == ("PAN", CLAIM)


def test_nobody_says_that_another_party_was_restored() -> None:
    with pytest.raises(Rejected) as refused:
        read_notice(issue("PAN", CLAIM, signing=signing("HND")), keys=ring(), now=NOW)
    assert refused.value.code is Code.SENDER
    with pytest.raises(Rejected):
        read_notice(state({"log_id": "PAN"}, typ=TYP, signing=signing("PAN")).as_json(), keys=ring(), now=NOW)


def test_an_account_comes_back_as_it_was_written() -> None:
    account = Account(NOW, [receipted(sealed())])
    assert read_account(write_account(account)) == account


@pytest.mark.parametrize(
    "change",
    [
        {"format": "istmo-restoration-answer/2"},
        {"restored_at": "yesterday"},
        {"exchanged": {}},
        {"exchanged": [1]},
        {"exchanged": [{"manifest": "x"}]},
        {"exchanged": [{"manifest": "x", "receipt": 1}]},
        {"exchanged": [{"manifest": "x", "receipt": "y" * (MAX_BYTES + 1)}]},
        {"exchanged": [{"manifest": "x", "receipt": "y"}] * (MOST + 1)},
    ],
)
def test_an_account_out_of_form_is_refused(change: dict[str, object]) -> None:
    whole = {"format": ACCOUNT, "restored_at": "2026-03-01T12:00:00Z", "exchanged": [], **change}
    with pytest.raises(InvalidInput) as refused:
        read_account(json.dumps(whole).encode())
    assert refused.value.rule == "F83"


@pytest.mark.parametrize("payload", [b"", b"[]", b"[" * 100_000, b'{"format": 1}'])
def test_what_is_no_account_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_account(payload)


def test_a_message_is_believed_where_sender_and_recipient_signed_it() -> None:
    made = sealed()
    found = believe(receipted(made), between=BETWEEN, keys=ring())
    assert (found.manifest, found.manifest_digest) == (made.manifest, made.manifest_digest)
    assert (found.receipt.log_id, found.receipt_kid) == ("TS", signing("TS").kid)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (receipted(sealed(by="HND")), Code.SENDER),
        (receipted(sealed(recipient="HND")), Code.RECIPIENT),
        (receipted(sealed(), by="HND"), Code.DIGEST),
        (receipted(sealed(), message_id="0190-message-2"), Code.DIGEST),
        (receipted(sealed(), manifest_digest="ab" * 32), Code.DIGEST),
        (receipted(sealed(by="MEX")), Code.UNKNOWN_KEY),
        (Exchanged("{}", "{}"), Code.MALFORMED),
    ],
)
def test_anything_else_is_not_believed(one: Exchanged, code: Code) -> None:
    with pytest.raises(Rejected) as refused:
        believe(one, between=BETWEEN, keys=ring())
    assert refused.value.code is code
