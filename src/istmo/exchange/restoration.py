"""An installation came back from a backup: what it says of that, and what its peers tell it that it has lost.

The notice is signed, stands in the log of the party restored and goes to every peer. A peer answers with the account of
what the two exchanged since the backup: manifests and receipts as they were signed, which say nothing of any content.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from istmo.exchange.log import Restored, read_restored
from istmo.exchange.manifest import PARTY, Manifest, read_manifest
from istmo.exchange.manifest import TYP as MANIFEST
from istmo.exchange.receipts import TYP as RECEIPT
from istmo.exchange.receipts import Receipt, read_receipt
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import (
    MAX_BYTES,
    Fields,
    moment_of,
    read_moment,
    read_statement,
    read_unverified,
    state,
    written,
)
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.keys import PrivateKey
from istmo.registry.parties import KeyRing

TYP = "istmo-restoration+jws"
NOTICE_TYPE = "application/vnd.istmo.restoration+json"
ACCOUNT_TYPE = "application/vnd.istmo.restoration-answer+json"
ACCOUNT = "istmo-restoration-answer/1"
MOST = 500
"""Messages in one account."""


def issue(party: str, restored: Restored, *, signing: PrivateKey) -> str:
    """The notice, signed."""
    return state({"log_id": party, **restored.as_fields()}, typ=TYP, signing=signing).as_json()


def read_notice(text: str, *, keys: KeyRing, now: datetime) -> tuple[str, Restored]:
    """The party and what it says; `Rejected` for a notice that the party did not sign itself."""
    statement = read_statement(text, typ=TYP, keys=keys, now=now)
    if Fields(statement.fields).text("log_id", PARTY) != statement.party:
        raise Rejected(Code.SENDER)
    return statement.party, read_restored(statement.fields)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A message that went between two parties, and its recipient's receipt: two signed texts, as they were carried."""

    manifest: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a peer exchanged with the party restored at `restored_at`; several accounts make the whole."""

    restored_at: datetime
    exchanged: Sequence[Exchanged]


@dataclass(frozen=True, slots=True)
class Verified:
    """The same message, believed: its sender signed the manifest and its recipient the receipt of it."""

    manifest: Manifest
    manifest_jws: str
    manifest_digest: str
    receipt: Receipt
    receipt_kid: str


def write_account(account: Account) -> bytes:
    document = {
        "format": ACCOUNT,
        "restored_at": written(account.restored_at),
        "exchanged": [{"manifest": one.manifest, "receipt": one.receipt} for one in account.exchanged],
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_account(payload: bytes) -> Account:
    """Raises `InvalidInput`; nothing in it is believed yet."""
    try:
        document = json.loads(payload)
        listed, at = document["exchanged"], document["restored_at"]
        if document["format"] != ACCOUNT or not isinstance(listed, list) or len(listed) > MOST:
            raise ValueError
        exchanged = [Exchanged(_text(one["manifest"]), _text(one["receipt"])) for one in listed]
        restored_at = read_moment(at)
    except (ValueError, RecursionError, TypeError, KeyError, Rejected):
        raise InvalidInput(
            Text(es="La cuenta de lo intercambiado no se puede leer.", en="The account cannot be read."), rule="F83"
        ) from None
    return Account(restored_at, exchanged)


def believe(one: Exchanged, *, between: frozenset[str], keys: KeyRing) -> Verified:
    """A message of an account, if both texts were signed by who has to have, with keys good at the time.

    Raises `Rejected`. `between`: the party restored and the one that tells.
    """
    manifest_at = moment_of(one.manifest, typ=MANIFEST, name="created")
    statement = read_statement(one.manifest, typ=MANIFEST, keys=keys, now=manifest_at)
    manifest = read_manifest(statement.fields)
    if manifest.sender != statement.party:
        raise Rejected(Code.SENDER)
    if {manifest.sender, manifest.recipient} != between:
        raise Rejected(Code.RECIPIENT)
    received_at = moment_of(one.receipt, typ=RECEIPT, name="received_at")
    receipt = read_receipt(one.receipt, keys=keys, now=received_at)
    if not receipt.is_of(manifest, statement.digest):
        raise Rejected(Code.DIGEST)
    kid = read_unverified(one.receipt, typ=RECEIPT)[0].kids[0]
    return Verified(manifest, one.manifest, statement.digest, receipt, kid)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_BYTES:
        raise ValueError("no text")
    return value
