"""Keys of parties: Ed25519 to sign, X25519 to be sealed to (RFC 8037), each known by its RFC 7638 thumbprint.

A private key is kept as PKCS#8 in PEM; `repr` never shows it. Randomness is a parameter: `from_seed` makes the key that
belongs to 32 bytes.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

SIZE = 32
_PRIVATE_MARKS = (b"PRIVATE KEY-----", b"AGE-SECRET-KEY-", b"PuTTY-User-Key-File")
_PRIVATE_JWK = re.compile(rb'"d"\s*:\s*"[A-Za-z0-9_-]{40,}"')


class Use(StrEnum):
    """What a key is for, in the words of RFC 7517."""

    SIGNING = "sig"
    SEALING = "enc"

    @property
    def curve(self) -> str:
        return "Ed25519" if self is Use.SIGNING else "X25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A party's public key; `x` is its 32 bytes."""

    use: Use
    x: bytes

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint: SHA-256, base64url, 43 characters."""
        canonical = f'{{"crv":"{self.use.curve}","kty":"OKP","x":"{encoded(self.x)}"}}'
        return encoded(sha256(canonical.encode("ascii")).digest())

    def as_jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": self.use.curve, "x": encoded(self.x), "use": self.use.value, "kid": self.kid}


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A party's own key; `secret` is the 32 bytes of RFC 8032 or RFC 7748."""

    use: Use
    secret: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        raw = self.loaded().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(self.use, raw)

    @property
    def kid(self) -> str:
        return self.public.kid

    def loaded(self) -> Ed25519PrivateKey | X25519PrivateKey:
        if self.use is Use.SIGNING:
            return Ed25519PrivateKey.from_private_bytes(self.secret)
        return X25519PrivateKey.from_private_bytes(self.secret)

    def as_jwk(self) -> dict[str, str]:
        """With the secret `d`; for the cryptographic library only."""
        return {**self.public.as_jwk(), "d": encoded(self.secret)}

    def as_pem(self) -> bytes:
        return self.loaded().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_seed(use: Use, seed: bytes) -> PrivateKey:
    """The key that belongs to `seed` (32 bytes from a cryptographic source)."""
    if len(seed) != SIZE:
        raise _refused(Text(es="Una semilla tiene 32 bytes.", en="A seed has 32 bytes."))
    return PrivateKey(use, seed)


def from_pem(pem: bytes, *, use: Use, name: str = "") -> PrivateKey:
    """The key of a PKCS#8 file without a passphrase; one of another kind is refused."""
    try:
        loaded = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refused(
            Text(es="El archivo no contiene una clave privada PKCS#8.", en="The file holds no PKCS#8 private key."),
            name,
        ) from None
    kinds = {Use.SIGNING: Ed25519PrivateKey, Use.SEALING: X25519PrivateKey}
    if not isinstance(loaded, kinds[use]):
        raise _refused(_other_kind(use), name)
    return PrivateKey(use, loaded.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))


def from_jwk(jwk: Mapping[str, Any], *, use: Use, name: str = "") -> PublicKey:
    """The public key of a JWK; a private member, another curve or a `kid` that is not its thumbprint is refused."""
    if "d" in jwk:
        raise _refused(
            Text(
                es="Aquí va una clave pública, y esta lleva la parte privada.",
                en="A public key belongs here, and this one carries the private part.",
            ),
            name,
            Text(
                es="Considere comprometida esa clave y haga otra.", en="Treat that key as compromised and make another."
            ),
        )
    if (jwk.get("kty"), jwk.get("crv")) != ("OKP", use.curve) or jwk.get("use", use.value) != use.value:
        raise _refused(_other_kind(use), name)
    x = decoded(jwk.get("x"))
    if x is None or len(x) != SIZE:
        raise _refused(Text(es="La clave no tiene 32 bytes.", en="The key does not have 32 bytes."), name)
    key = PublicKey(use, x)
    if jwk.get("kid", key.kid) != key.kid:
        raise _refused(
            Text(
                es="El identificador de la clave no es su huella (RFC 7638).",
                en="The key's id is not its thumbprint (RFC 7638).",
            ),
            name,
        )
    return key


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: object) -> bytes | None:
    """The bytes of base64url text without padding, written in the one way that it can be; None for anything else."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if encoded(raw) == text else None


def _other_kind(use: Use) -> Text:
    return Text(
        es=f"Hace falta una clave {use.curve} y esta es de otra clase.",
        en=f"A key {use.curve} is needed and this is one of another kind.",
    )


def _refused(message: Text, place: str = "", advice: Text | None = None) -> InvalidInput:
    return InvalidInput(message, place=place, advice=advice, rule="F70")


def holds_private_key(raw: bytes) -> bool:
    """Whether a file is, or carries, a private key or another secret that nobody should have sent."""
    if any(mark in raw for mark in _PRIVATE_MARKS) or _PRIVATE_JWK.search(raw):
        return True
    try:
        load_der_private_key(raw, password=None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
