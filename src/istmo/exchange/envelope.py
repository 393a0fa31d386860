"""The envelope: a signed manifest, the nonce and the payload, sealed to one recipient as a compact JWE (RFC 7516).

ECDH-ES+A256KW on X25519 with A256GCM. The header has exactly the members that `seal` writes, so there is no `zip`, no
`crit` and no other algorithm to choose. Inside stand the manifest's JWS on one line, the nonce, the payload, and zeros
up to a multiple of 1,000 bytes: the size of an envelope tells the size of what it holds only in such steps.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from istmo.exchange.manifest import NONCE_BYTES, TYP, Draft, Manifest, check_timely, payload_digest, read_manifest
from istmo.exchange.refusals import Code, Rejected
from istmo.exchange.statements import MAX_BYTES, read_statement, state
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.keys import SIZE, PrivateKey, PublicKey, Use, decoded
from istmo.registry.parties import KeyRing

ENVELOPE_TYP = "istmo-envelope+jwe"
ALGORITHM = "ECDH-ES+A256KW"
ENCRYPTION = "A256GCM"
MAX_ENVELOPE = 8 * 1024 * 1024
MAX_BATCH = 20
MAX_BATCH_BYTES = 32 * 1024 * 1024
STEP = 1000
_HEADER = {"alg": ALGORITHM, "enc": ENCRYPTION, "typ": ENVELOPE_TYP}
_MAX_HEADER = 512
_OVERHEAD = 1024
MAX_PLAINTEXT = (MAX_ENVELOPE - _OVERHEAD) // 4 * 3
_KEY_CHARS, _IV_CHARS, _TAG_CHARS = 54, 16, 22
_FIXED = 272 + _KEY_CHARS + _IV_CHARS + _TAG_CHARS + 4  # header, key, vector and tag, and the dots between
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class _Registry(jwe.JWERegistry):
    max_ciphertext_length = MAX_ENVELOPE


_JWE = _Registry(algorithms=[ALGORITHM, ENCRYPTION], strict_check_header=True)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sender keeps: the envelope to send, the manifest as signed, its digest (SHA-256, hexadecimal)."""

    envelope: str
    manifest: Manifest
    manifest_jws: str
    manifest_digest: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a receiver got from a party that the registry knows; `kid` is the key that signed."""

    manifest: Manifest
    manifest_jws: str
    manifest_digest: str
    kid: str
    payload: bytes
    nonce: bytes


class Seen(Protocol):
    """The message ids that a receiver keeps, `KEPT` from their reception."""

    def digest_of(self, sender: str, message_id: str) -> str | None:
        """The digest of the manifest that a party's message id was received with; None if it was not."""


class Arrival(Enum):
    NEW = "new"
    DUPLICATE = "duplicate"


def seal(draft: Draft, payload: bytes, *, nonce: bytes, signing: PrivateKey, recipient: PublicKey) -> Sealed:
    """`payload` signed and sealed; `nonce` is 32 bytes from a cryptographic source, new for each message."""
    if recipient.use is not Use.SEALING:
        raise InvalidInput(
            Text(es="Con una clave de firma no se cierra un sobre.", en="A signing key does not seal."), rule="F70"
        )
    if len(payload) > MAX_PLAINTEXT:
        raise Rejected(Code.TOO_LARGE)
    manifest = draft.complete(payload, nonce)
    signed = state(manifest.as_fields(), typ=TYP, signing=signing)
    line = signed.as_json()
    size = _size(len(line), len(payload))
    padding = -size % STEP
    if len(line) > MAX_BYTES or size + padding > MAX_PLAINTEXT:
        raise Rejected(Code.TOO_LARGE)
    plaintext = b"".join((line.encode("ascii"), b"\n", nonce, payload, bytes(padding)))
    envelope = jwe.encrypt_compact({**_HEADER, "kid": recipient.kid}, plaintext, _okp(recipient), registry=_JWE)
    return Sealed(envelope, manifest, line, signed.digest)


def sealed_length(line: int, payload: int) -> int:
    """How many characters an envelope has that holds a manifest's JWS of `line` and a payload of `payload` bytes."""
    size = _size(line, payload)
    return _FIXED + (4 * (size + -size % STEP) + 2) // 3


def open_envelope(
    envelope: str,
    *,
    sealing: Sequence[PrivateKey],
    keys: KeyRing,
    me: str,
    now: datetime,
) -> Opened:
    """What `envelope` holds, from a party whose key is good at `now`, to `me`.

    `sealing`: own keys, also those being replaced. Raises `Rejected` and nothing else, whatever the text.
    """
    line, rest = _unsealed(envelope, sealing)
    statement = read_statement(line, typ=TYP, keys=keys, now=now)
    manifest = read_manifest(statement.fields)
    if manifest.sender != statement.party:
        raise Rejected(Code.SENDER)
    if manifest.recipient != me:
        raise Rejected(Code.RECIPIENT)
    check_timely(manifest, now=now)
    nonce, end = rest[:NONCE_BYTES], NONCE_BYTES + manifest.payload_bytes
    payload, padding = rest[NONCE_BYTES:end], rest[end:]
    if len(payload) != manifest.payload_bytes or padding.count(0) != len(padding):
        raise Rejected(Code.DIGEST)
    if payload_digest(nonce, payload) != manifest.payload_digest:
        raise Rejected(Code.DIGEST)
    return Opened(manifest, line, statement.digest, statement.kid, payload, nonce)


def arrival(opened: Opened, seen: Seen) -> Arrival:
    """New, or the same message once more; another message under an id that was used is `Rejected`."""
    known = seen.digest_of(opened.manifest.sender, opened.manifest.message_id)
    if known is None:
        return Arrival.NEW
    if known != opened.manifest_digest:
        raise Rejected(Code.REPLAYED)
    return Arrival.DUPLICATE


def check_batch(envelopes: Collection[str]) -> None:
    """A batch has 1 to 20 envelopes and at most 32 MiB; the size of each is checked with the envelope."""
    if not 1 <= len(envelopes) <= MAX_BATCH or sum(map(len, envelopes)) > MAX_BATCH_BYTES:
        raise Rejected(Code.TOO_LARGE)


def _size(line: int, payload: int) -> int:
    return line + 1 + NONCE_BYTES + payload


def _unsealed(envelope: str, sealing: Sequence[PrivateKey]) -> tuple[str, bytes]:
    """The line of the manifest's JWS, and what follows it."""
    if len(envelope) > MAX_ENVELOPE:
        raise Rejected(Code.TOO_LARGE)
    if not envelope.isascii() or envelope.count(".") != 4:
        raise Rejected(Code.MALFORMED)
    header, key, iv, ciphertext, tag = envelope.split(".")
    if (len(key), len(iv), len(tag)) != (_KEY_CHARS, _IV_CHARS, _TAG_CHARS) or not _BASE64URL.fullmatch(ciphertext):
        raise Rejected(Code.MALFORMED)
    kid = _sealed_to(header)
    own = next((one for one in sealing if one.kid == kid), None)
    if own is None:
        raise Rejected(Code.RECIPIENT_KEY)
    try:
        plaintext = jwe.decrypt_compact(envelope, _okp(own), registry=_JWE).plaintext or b""
    except (JoseError, ValueError):
        raise Rejected(Code.UNDECIPHERABLE) from None
    end = plaintext.find(b"\n", 0, MAX_BYTES + 1)
    line = plaintext[: max(end, 0)]
    if end < 0 or not line.isascii() or len(plaintext) - end - 1 < NONCE_BYTES:
        raise Rejected(Code.MALFORMED)
    return line.decode("ascii"), plaintext[end + 1 :]


def _sealed_to(header: str) -> str:
    """The key id of a header that is exactly what `seal` writes."""
    raw = decoded(header) if len(header) <= _MAX_HEADER else None
    if raw is None:
        raise Rejected(Code.HEADER)
    try:
        values = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Rejected(Code.HEADER) from None
    kid, epk = (values.pop("kid", None), values.pop("epk", None)) if isinstance(values, dict) else (None, None)
    if values != _HEADER or not isinstance(kid, str) or not _is_ephemeral(epk):
        raise Rejected(Code.HEADER)
    return kid


def _is_ephemeral(epk: object) -> bool:
    if not isinstance(epk, dict) or epk.keys() != {"kty", "crv", "x"} or (epk["kty"], epk["crv"]) != ("OKP", "X25519"):
        return False
    x = decoded(epk["x"])
    return x is not None and len(x) == SIZE


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands twice")
    return found


def _okp(key: PrivateKey | PublicKey) -> Any:
    return OKPKey.import_key({name: value for name, value in key.as_jwk().items() if name in ("kty", "crv", "x", "d")})
