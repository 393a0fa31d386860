"""Receipts: the recipient signs what became of a message, and promises that it stands in its own log."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from istmo.exchange.manifest import DIGEST, ID, PARTY, Manifest
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import Fields, read_statement, state, whole, written
from istmo.registry.keys import PrivateKey
from istmo.registry.parties import KeyRing

TYP = "istmo-receipt+jws"
_REASON = re.compile(r"[A-Za-z0-9_.-]{0,64}", re.ASCII)


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`log_id` is the party that received and in whose log the manifest stands; `reason` is a code, "" for none."""

    message_id: str
    manifest_digest: str
    outcome: Outcome
    received_at: datetime
    log_id: str
    reason: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def is_of(self, manifest: Manifest, digest: str) -> bool:
        """Whether the recipient of this very manifest (`digest`: of its signed bytes) says so of it."""
        return (self.message_id, self.manifest_digest, self.log_id) == (
            manifest.message_id,
            digest,
            manifest.recipient,
        )


_KNOWN = frozenset(one.name for one in fields(Receipt)) - {"extra"}


def issue(receipt: Receipt, *, signing: PrivateKey) -> str:
    own: dict[str, Any] = {name: getattr(receipt, name) for name in _KNOWN}
    values = {
        **receipt.extra,
        **own,
        "outcome": receipt.outcome.value,
        "received_at": written(whole(own["received_at"])),
    }
    _read(values)
    return state(values, typ=TYP, signing=signing).as_json()


def read_receipt(text: str, *, keys: KeyRing, now: datetime) -> Receipt:
    """A receipt that the party of its log signed with a key good at `now`; `Rejected` for anything else."""
    statement = read_statement(text, typ=TYP, keys=keys, now=now)
    receipt = _read(statement.fields)
    if receipt.log_id != statement.party:
        raise Rejected(Code.SENDER)
    return receipt


def _read(values: Mapping[str, Any]) -> Receipt:
    read = Fields(values)
    outcome = values.get("outcome")
    if outcome not in list(Outcome):
        raise Rejected(Code.MALFORMED, place="outcome")
    return Receipt(
        message_id=read.text("message_id", ID),
        manifest_digest=read.text("manifest_digest", DIGEST),
        outcome=Outcome(outcome),
        received_at=read.moment("received_at"),
        log_id=read.text("log_id", PARTY),
        reason=read.text("reason", _REASON),
        extra=read.besides(_KNOWN),
    )
