"""What one party signs and sends: a JSON object with one signature. Shared by manifests, receipts and tree heads.

Limits are checked before any work: the size of the text, then the number of opening brackets, which bounds how deep it
nests. Fields that this version does not know are kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from istmo.exchange.refusals import Code, Rejected
from istmo.model.errors import InvalidInput
from istmo.registry.keys import PrivateKey
from istmo.registry.parties import KeyRing
from istmo.registry.signing import Signed, canonical, payload_of, read_signed, sign, signers

MAX_BYTES = 64 * 1024
MAX_BRACKETS = 64
MAX_NUMBER = 2**53 - 1
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_MOMENT = re.compile(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Statement:
    """A signed object whose signature holds; `party` is the one that the key speaks for."""

    fields: dict[str, Any]
    party: str
    kid: str
    digest: str


def state(fields: Mapping[str, Any], *, typ: str, signing: PrivateKey) -> Signed:
    """The fields signed, in the bytes that are carried from then on."""
    return sign(canonical(fields), signing, typ=typ)


def read_statement(text: str, *, typ: str, keys: KeyRing, now: datetime) -> Statement:
    """The statement that a key good at `now` signed; `Rejected` for anything else."""
    document, fields = read_unverified(text, typ=typ)
    record = keys.good(document.kids[0], now)
    if record is None:
        raise Rejected(Code.UNKNOWN_KEY)
    if not signers(document, lambda _: record.key):
        raise Rejected(Code.SIGNATURE)
    return Statement(fields, record.party, record.key.kid, document.digest)


def read_unverified(text: str, *, typ: str) -> tuple[Signed, dict[str, Any]]:
    """The document and its fields; nothing says yet who signed."""
    if len(text) > MAX_BYTES:
        raise Rejected(Code.TOO_LARGE)
    if text.count("{") + text.count("[") > MAX_BRACKETS:
        raise Rejected(Code.MALFORMED)
    try:
        document = read_signed(text, typ=typ)
        if len(document.kids) > 1 or _brackets(document.payload) > MAX_BRACKETS:
            raise Rejected(Code.MALFORMED)
        fields = payload_of(document)
        canonical(fields)
    except (InvalidInput, ValueError):
        raise Rejected(Code.MALFORMED) from None
    return document, fields


def moment_of(text: str, *, typ: str, name: str) -> datetime:
    """The moment that an unverified statement gives of itself."""
    return Fields(read_unverified(text, typ=typ)[1]).moment(name)


def written(moment: datetime) -> str:
    """A moment on the wire: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(MOMENT)


def whole(moment: datetime) -> datetime:
    """The moment as it reads back from the wire."""
    return moment.astimezone(UTC).replace(microsecond=0)


def read_moment(value: object, *, place: str = "") -> datetime:
    """A moment of the years 2000 to 2999, so that no reckoning with it can overflow."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise Rejected(Code.MALFORMED, place=place)
    try:
        return datetime.strptime(value, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise Rejected(Code.MALFORMED, place=place) from None


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an object, each read as what it has to be; `Rejected` names the field that is not."""

    values: Mapping[str, Any]

    def text(self, name: str, pattern: re.Pattern[str]) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Rejected(Code.MALFORMED, place=name)
        return value

    def phrase(self, name: str, *, longest: int) -> str:
        """Words for a person, without control characters."""
        value = self.values.get(name)
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            raise Rejected(Code.MALFORMED, place=name)
        return value

    def number(self, name: str) -> int:
        value = self.values.get(name)
        if type(value) is not int or not 0 <= value <= MAX_NUMBER:
            raise Rejected(Code.MALFORMED, place=name)
        return value

    def moment(self, name: str) -> datetime:
        return read_moment(self.values.get(name), place=name)

    def besides(self, known: frozenset[str]) -> dict[str, Any]:
        """What this version does not know."""
        return {name: value for name, value in self.values.items() if name not in known}


def _brackets(raw: bytes) -> int:
    return raw.count(b"{") + raw.count(b"[")
