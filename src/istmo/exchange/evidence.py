"""Evidence of one exchange: it shows a third party, offline, who sent what kind of thing to whom, when and why.

A package holds the signed manifest, the receipts, the proofs of inclusion with their signed tree heads, the keys as the
registry had them, and the agreement as its parties signed it. It never holds the nonce or the payload, so it proves the
same after they were deleted, and showing it discloses nothing that was sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from istmo.exchange.manifest import PARTY
from istmo.exchange.statements import Fields, read_moment, written
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.keys import Use, from_jwk
from istmo.registry.parties import KeyRecord, KeyRing

FORMAT = "istmo-evidence/1"
MAX_BYTES = 8 * 1024 * 1024
MAX_ENTRIES = 1000
_KNOWN = frozenset({"format", "manifest", "receipts", "log", "registry", "agreement"})
_NEVER = frozenset({"payload", "nonce", "envelope"})
_UNREADABLE = Text(es="El paquete de prueba no se puede leer.", en="The package of evidence cannot be read.")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The manifest stands at `index` of the log whose signed head is `head`; `path` leads from the leaf to its root."""

    head: str
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A package. Signed texts stand in it as they were carried; `agreement` is None where a message is under none."""

    manifest: str
    receipts: tuple[str, ...]
    inclusions: tuple[Inclusion, ...]
    keys: KeyRing
    registry_version: int
    registry_digest: str
    agreement: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        value = {
            **self.extra,
            "format": FORMAT,
            "manifest": self.manifest,
            "receipts": list(self.receipts),
            "log": [
                {"head": one.head, "index": one.index, "path": [step.hex() for step in one.path]}
                for one in self.inclusions
            ],
            "registry": {
                "version": self.registry_version,
                "digest": self.registry_digest,
                "keys": keys_as_json(self.keys),
            },
            "agreement": self.agreement,
        }
        return json.dumps(value, ensure_ascii=False, indent=1)


def read_evidence(text: str | bytes, *, name: str = "") -> Evidence:
    """The package of a file; `InvalidInput` for one that is none, or that discloses what it must not."""
    value = _object(text, name)
    if value.keys() & _NEVER:
        raise _unreadable(
            name,
            Text(
                es="El paquete lleva el contenido del mensaje, que una prueba nunca lleva.",
                en="The package carries the content of the message, which evidence never does.",
            ),
        )
    if value.get("format") != FORMAT:
        raise _unreadable(name)
    try:
        registry = _mapping(value.get("registry"))
        return Evidence(
            manifest=_text(value.get("manifest")),
            receipts=tuple(map(_text, _list(value.get("receipts")))),
            inclusions=tuple(map(_inclusion, _list(value.get("log")))),
            keys=read_keys(registry.get("keys")),
            registry_version=Fields(registry).number("version"),
            registry_digest=_text(registry.get("digest")),
            agreement=None if value.get("agreement") is None else _text(value["agreement"]),
            extra={key: one for key, one in value.items() if key not in _KNOWN},
        )
    except (InvalidInput, ValueError):
        raise _unreadable(name) from None


def read_trusted(text: str | bytes, *, name: str = "") -> KeyRing:
    """The keys of a file `{"keys": [...]}` that was got in another way than the package."""
    try:
        return read_keys(_object(text, name).get("keys"))
    except (InvalidInput, ValueError):
        raise _unreadable(
            name,
            Text(
                es="El archivo de claves no se puede leer.",
                en="The file of keys cannot be read.",
            ),
        ) from None


def keys_as_json(ring: KeyRing) -> list[dict[str, Any]]:
    return [
        {
            "party": record.party,
            "key": record.key.as_jwk(),
            "valid_from": written(record.valid_from),
            "valid_to": written(record.valid_to),
            "revoked_from": None if record.revoked_from is None else written(record.revoked_from),
        }
        for record in sorted(ring.records.values(), key=lambda one: (one.party, one.valid_from, one.key.kid))
    ]


def read_keys(listed: object) -> KeyRing:
    records = [_key(_mapping(one)) for one in _list(listed)]
    ring = {record.key.kid: record for record in records}
    if len(ring) < len(records):
        raise ValueError("a key stands twice")
    return KeyRing(ring)


def _object(text: str | bytes, name: str) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise _unreadable(name)
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _unreadable(name) from None
    if not isinstance(value, dict):
        raise _unreadable(name)
    return value


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands twice")
    return found


def _inclusion(value: object) -> Inclusion:
    entry = _mapping(value)
    path = tuple(bytes.fromhex(_text(step)) for step in _list(entry.get("path")))
    return Inclusion(_text(entry.get("head")), Fields(entry).number("index"), path)


def _key(entry: Mapping[str, Any]) -> KeyRecord:
    read = Fields(entry)
    revoked = entry.get("revoked_from")
    return KeyRecord(
        party=read.text("party", PARTY),
        key=from_jwk(_mapping(entry.get("key")), use=Use.SIGNING),
        valid_from=read.moment("valid_from"),
        valid_to=read.moment("valid_to"),
        revoked_from=None if revoked is None else read_moment(revoked),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise ValueError("no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _unreadable(name: str, why: Text = _UNREADABLE) -> InvalidInput:
    return InvalidInput(why, place=name, rule="F81")
