"""Signed documents: JWS in its general JSON serialisation (RFC 7515), `Ed25519` alone (RFC 9864), several signatures.

What is signed are the payload's bytes as they are carried. A protected header holds `alg`, `typ` and `kid` and nothing
else; there is no unprotected header. `typ` says what kind of document it is, so a signature under one kind never
serves as one under another.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.keys import PrivateKey, PublicKey, Use, decoded, encoded

ALGORITHM = "Ed25519"
MAX_BYTES = 4 * 1024 * 1024
MAX_SIGNATURES = 64
_HEADER = frozenset({"alg", "typ", "kid"})
_JWS = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=True)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it stands; nothing says yet that it holds."""

    kid: str
    protected: str
    value: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A document with its signatures. `digest` is the SHA-256 of the payload, in hexadecimal."""

    typ: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def digest(self) -> str:
        return sha256(self.payload).hexdigest()

    @property
    def kids(self) -> tuple[str, ...]:
        return tuple(signature.kid for signature in self.signatures)

    def as_json(self) -> str:
        signatures = [{"protected": one.protected, "signature": one.value} for one in self.signatures]
        return json.dumps({"payload": encoded(self.payload), "signatures": signatures}, separators=(",", ":"))


def typ_of(raw: str | bytes) -> str:
    """The kind that a signed document says that it is; "" where it cannot be told. Nothing is verified."""
    try:
        header = decoded(json.loads(raw)["signatures"][0]["protected"])
        typ = json.loads(header or b"")["typ"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return typ if isinstance(typ, str) else ""


def sign(payload: bytes, key: PrivateKey, *, typ: str) -> Signed:
    """`payload` with one signature."""
    return Signed(typ, payload, (_signature(payload, key, typ),))


def add_signature(document: Signed, key: PrivateKey) -> Signed:
    """The same document with one signature more; a key that has signed it already signs no second time."""
    if key.kid in document.kids:
        return document
    added = _signature(document.payload, key, document.typ)
    return Signed(document.typ, document.payload, (*document.signatures, added))


def read_signed(text: str | bytes, *, typ: str, name: str = "") -> Signed:
    """A document of the kind `typ` as it was carried. Its signatures are not verified: see `signers`."""
    if len(text) > MAX_BYTES:
        raise _refused(
            Text(es="El documento firmado es demasiado grande.", en="The signed document is too large."), name
        )
    try:
        outer = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _unreadable(name) from None
    if not isinstance(outer, dict) or outer.keys() != {"payload", "signatures"}:
        raise _unreadable(name)
    payload, listed = decoded(outer["payload"]), outer["signatures"]
    if payload is None or not isinstance(listed, list) or not 1 <= len(listed) <= MAX_SIGNATURES:
        raise _unreadable(name)
    signatures = tuple(_read(one, typ, name) for one in listed)
    if len({one.kid for one in signatures}) < len(signatures):
        raise _refused(Text(es="Una clave firmó dos veces.", en="One key has signed twice."), name)
    return Signed(typ, payload, signatures)


def signers(document: Signed, find: Callable[[str], PublicKey | None]) -> frozenset[str]:
    """The key ids whose signature holds. `find` gives the key of an id, None for one that is not known or not good."""
    return frozenset(one.kid for one in document.signatures if _holds(document, one, find(one.kid)))


def payload_of(document: Signed, *, name: str = "") -> dict[str, Any]:
    """The payload as a JSON object; a key twice, another shape or a number that JSON does not know is refused."""
    try:
        value = json.loads(document.payload, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _unreadable(name) from None
    if not isinstance(value, dict):
        raise _unreadable(name)
    return value


def canonical(value: Mapping[str, Any]) -> bytes:
    """The bytes that we write for a payload: UTF-8, keys in order, no blanks. Readers take the bytes as they come."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _signature(payload: bytes, key: PrivateKey, typ: str) -> Signature:
    if key.use is not Use.SIGNING:
        raise InvalidInput(
            Text(es="Con una clave de cifrado no se firma.", en="A sealing key does not sign."), rule="F70"
        )
    header = {"alg": ALGORITHM, "typ": typ, "kid": key.kid}
    compact = jws.serialize_compact(header, payload, OKPKey.import_key(_jwk(key.as_jwk())), registry=_JWS)
    protected, _, value = compact.split(".")
    return Signature(key.kid, protected, value)


def _holds(document: Signed, signature: Signature, key: PublicKey | None) -> bool:
    if key is None or key.use is not Use.SIGNING or key.kid != signature.kid:
        return False
    compact = f"{signature.protected}.{encoded(document.payload)}.{signature.value}"
    try:
        jws.deserialize_compact(compact, OKPKey.import_key(_jwk(key.as_jwk())), registry=_JWS)
    except (JoseError, ValueError):
        return False
    return True


def _jwk(jwk: Mapping[str, str]) -> Any:
    return {name: value for name, value in jwk.items() if name in ("kty", "crv", "x", "d")}


def _read(entry: object, typ: str, name: str) -> Signature:
    if not isinstance(entry, dict) or entry.keys() != {"protected", "signature"}:
        raise _unreadable(name)
    raw = decoded(entry["protected"])
    if raw is None or decoded(entry["signature"]) is None:
        raise _unreadable(name)
    try:
        header = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _unreadable(name) from None
    if not isinstance(header, dict) or header.keys() != _HEADER or not isinstance(header["kid"], str):
        raise _refused(
            Text(
                es="La cabecera de una firma tiene exactamente alg, typ y kid.",
                en="A signature's header has exactly alg, typ and kid.",
            ),
            name,
        )
    if header["alg"] != ALGORITHM:
        raise _refused(Text(es="Solo se admite la firma Ed25519.", en="Only Ed25519 signatures are allowed."), name)
    if header["typ"] != typ:
        raise _refused(
            Text(es="Es un documento firmado de otra clase.", en="It is a signed document of another kind."), name
        )
    return Signature(header["kid"], entry["protected"], entry["signature"])


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which a key stands twice means different things to different readers: it is refused."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _unreadable(place: str) -> InvalidInput:
    return _refused(Text(es="El documento firmado no se puede leer.", en="The signed document cannot be read."), place)


def _refused(message: Text, place: str) -> InvalidInput:
    return InvalidInput(message, place=place, rule="F71")
