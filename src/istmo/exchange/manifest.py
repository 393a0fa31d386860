"""The manifest: what a message is, from whom to whom, under which clause and for which purpose. Its sender signs it.

It holds no personal value: the payload appears only as `payload_digest` = SHA-256(nonce of 32 bytes || payload), which
says nothing about the payload once the nonce is deleted with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import Fields, whole, written

TYP = "istmo-manifest+jws"
NONCE_BYTES = 32
VALIDITY = timedelta(days=10)
KEPT = VALIDITY + timedelta(days=2)
"""How long a receiver keeps message ids, so that no message is valid whose id was forgotten."""
SKEW = timedelta(minutes=5)

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}", re.ASCII)
PARTY = re.compile(r"[A-Z][A-Z0-9]{1,15}", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DIGEST_OR_NONE = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII)
_AGREEMENT = re.compile(r"[A-Za-z0-9:._/-]{0,100}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9_]{0,32}", re.ASCII)
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+/;= -]{0,99}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z-]{0,39}", re.ASCII)


class Kind(StrEnum):
    """What a message is for."""

    SUBMISSION = "submission"
    SUBMISSION_ANSWER = "submission-answer"
    TEST = "test"
    SUSPENSION = "suspension"
    DENUNCIATION = "denunciation"
    HEAD = "head"
    TRIAL_QUESTION = "trial-question"
    TRIAL_ANSWER = "trial-answer"
    RESTORATION = "restoration"
    RESTORATION_ANSWER = "restoration-answer"

    @property
    def is_under_agreement(self) -> bool:
        """Whether it carries data, so that it names the agreement that lets it."""
        return self in (Kind.SUBMISSION, Kind.SUBMISSION_ANSWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is sealed. `permit_digest` names the decision that let it leave ("" for a technical kind)."""

    message_id: str
    conversation: str
    sequence: int
    kind: Kind
    sender: str
    recipient: str
    created: datetime
    payload_type: str
    agreement: str = ""
    agreement_version: int = 0
    clause: str = ""
    purpose: str = ""
    legal_basis: str = ""
    permit_digest: str = ""
    registry_version: int = 0
    in_reply_to: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def complete(self, payload: bytes, nonce: bytes) -> "Manifest":
        """The manifest of this message with `payload`; `Rejected` names the field that no receiver would take."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        manifest = Manifest(
            **{**own, "created": whole(self.created)},
            not_after=whole(self.created) + VALIDITY,
            payload_digest=payload_digest(nonce, payload),
            payload_bytes=len(payload),
        )
        return read_manifest(manifest.as_fields())


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Draft):
    """A message as it is signed. `extra` holds the fields of a later version, kept as they came."""

    not_after: datetime
    payload_digest: str
    payload_bytes: int

    def as_fields(self) -> dict[str, Any]:
        own: dict[str, Any] = {name: getattr(self, name) for name in _KNOWN}
        for name in ("created", "not_after"):
            own[name] = written(own[name])
        return {**self.extra, **own, "kind": self.kind.value}


_KNOWN = frozenset(one.name for one in fields(Manifest)) - {"extra"}


def payload_digest(nonce: bytes, payload: bytes) -> str:
    """SHA-256(nonce || payload), hexadecimal; the nonce has 32 bytes."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a nonce has 32 bytes")
    return sha256(nonce + payload).hexdigest()


def read_manifest(values: Mapping[str, Any]) -> Manifest:
    """The manifest of a JSON object, checked as far as it can be without a clock or a registry."""
    read = Fields(values)
    name = read.text("kind", _KIND)
    if name not in list(Kind):
        raise Rejected(Code.KIND)
    manifest = Manifest(
        message_id=read.text("message_id", ID),
        conversation=read.text("conversation", ID),
        sequence=read.number("sequence"),
        kind=Kind(name),
        sender=read.text("sender", PARTY),
        recipient=read.text("recipient", PARTY),
        agreement=read.text("agreement", _AGREEMENT),
        agreement_version=read.number("agreement_version"),
        clause=read.phrase("clause", longest=100),
        purpose=read.text("purpose", _CODE),
        legal_basis=read.phrase("legal_basis", longest=1000),
        permit_digest=read.text("permit_digest", _DIGEST_OR_NONE),
        registry_version=read.number("registry_version"),
        created=read.moment("created"),
        not_after=read.moment("not_after"),
        payload_type=read.text("payload_type", _TYPE),
        payload_digest=read.text("payload_digest", DIGEST),
        payload_bytes=read.number("payload_bytes"),
        in_reply_to=None if values.get("in_reply_to") is None else read.text("in_reply_to", ID),
        extra=read.besides(_KNOWN),
    )
    if not manifest.created < manifest.not_after <= manifest.created + VALIDITY:
        raise Rejected(Code.MALFORMED, place="not_after")
    if manifest.kind.is_under_agreement and not (manifest.agreement and manifest.agreement_version):
        raise Rejected(Code.MALFORMED, place="agreement")
    if manifest.kind is Kind.SUBMISSION and not (manifest.permit_digest and manifest.purpose and manifest.clause):
        raise Rejected(Code.MALFORMED, place="permit_digest")
    return manifest


def check_timely(manifest: Manifest, *, now: datetime) -> None:
    """Refuses a message from the future, beyond the skew allowed to clocks, and one whose validity has ended."""
    if manifest.created - SKEW > now:
        raise Rejected(Code.CLOCK)
    if now - SKEW > manifest.not_after:
        raise Rejected(Code.EXPIRED)


def check_registry(manifest: Manifest, *, oldest: int) -> None:
    """Refuses what was decided under a registry older than version `oldest`. What carries no data rests on no decision:
    a suspension counts however old the registry of its sender is.
    """
    if manifest.kind.is_under_agreement and manifest.registry_version < oldest:
        raise Rejected(Code.REGISTRY)
