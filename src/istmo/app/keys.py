"""The keys of an installation for the exchange: made once, kept in its home, never overwritten.

    make_keys(home.path, "PAN")      keys/{exchange/{signing,sealing},registry/key,tls/{ca,ca-key,cert,key,peers}}.pem
    public_keys(home.path)           what the Secretariat is sent: public keys and the certificate of the own authority

Each party has a certificate authority of its own, which signs nothing but its installation's certificate; a peer lists
the authorities that it believes in `peers.pem`. Private files have mode 0600.
"""

import ipaddress
import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from istmo.registry.keys import SIZE, PrivateKey, PublicKey, Use, from_pem, from_seed

HOSTS = ("localhost", "127.0.0.1", "::1")
CA_YEARS = 10
CERTIFICATE_DAYS = 730
_FILES = {Use.SIGNING: "signing.pem", Use.SEALING: "sealing.pem"}


def make_keys(home: Path, party: str, *, hosts: Collection[str] = HOSTS, now: datetime | None = None) -> None:
    """Make what is missing; what is there stays. `hosts` are the names under which peers reach the listener."""
    exchange, tls, registry = (home / "keys" / name for name in ("exchange", "tls", "registry"))
    for folder in (exchange, tls, registry):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    for use, name in _FILES.items():
        keep(exchange / name, from_seed(use, secrets.token_bytes(SIZE)).as_pem())
    keep(registry / "key.pem", from_seed(Use.SIGNING, secrets.token_bytes(SIZE)).as_pem())
    if not (tls / "cert.pem").exists():
        _make_certificates(tls, party, hosts, now or datetime.now(UTC))


def renew_certificate(home: Path, party: str, *, hosts: Collection[str] = HOSTS, now: datetime | None = None) -> None:
    """A new certificate and key of the listener, signed by the same authority: peers need not change anything."""
    tls = home / "keys" / "tls"
    authority = x509.load_pem_x509_certificate((tls / "ca.pem").read_bytes())
    loaded: Any = load_pem_private_key((tls / "ca-key.pem").read_bytes(), password=None)
    key, certificate = _certificate(authority, loaded, party, hosts, now or datetime.now(UTC))
    _replace(tls / "key.pem", key)
    _replace(tls / "cert.pem", certificate)


def believe(home: Path, authorities: Collection[bytes]) -> None:
    """Whose certificates the listener and the client believe: those of these authorities (PEM) and no others."""
    _replace(home / "keys" / "tls" / "peers.pem", b"".join(sorted(authorities)))


def put_key(home: Path, key: PrivateKey) -> None:
    """Put another key in the place of the one of its use, as when one is rotated."""
    _replace(home / "keys" / "exchange" / _FILES[key.use], key.as_pem())


def authority_of(home: Path) -> bytes:
    """The certificate of the own authority, in PEM: what peers put among those that they believe."""
    return (home / "keys" / "tls" / "ca.pem").read_bytes()


def private_key(home: Path, use: Use) -> PrivateKey:
    path = home / "keys" / "exchange" / _FILES[use]
    return from_pem(path.read_bytes(), use=use, name=str(path))


def public_key(home: Path, use: Use) -> PublicKey:
    return private_key(home, use).public


def registry_key(home: Path) -> PrivateKey:
    """What signs the party's part of the registry; at the hub, what the registry's freshness is said with."""
    path = home / "keys" / "registry" / "key.pem"
    return from_pem(path.read_bytes(), use=Use.SIGNING, name=str(path))


def public_keys(home: Path, party: str) -> dict[str, Any]:
    """What a party gives to the Secretariat; nothing in it is secret. `registry` is the key that signs its part of the
    registry; the others are those of messages.
    """
    return {
        "party": party,
        "keys": [public_key(home, use).as_jwk() for use in Use],
        "registry": registry_key(home).public.as_jwk(),
        "authority": authority_of(home).decode("ascii"),
    }


def _make_certificates(tls: Path, party: str, hosts: Collection[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Istmo {party}, autoridad")
    authority = (
        _builder(name, name, key.public_key(), now, timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    keep(tls / "ca-key.pem", _private(key))
    keep(tls / "ca.pem", authority.public_bytes(Encoding.PEM))
    own, certificate = _certificate(authority, key, party, hosts, now)
    keep(tls / "key.pem", own)
    keep(tls / "cert.pem", certificate)
    keep(tls / "peers.pem", authority.public_bytes(Encoding.PEM))


def _certificate(
    authority: x509.Certificate, signs: ec.EllipticCurvePrivateKey, party: str, hosts: Collection[str], now: datetime
) -> tuple[bytes, bytes]:
    """Key and certificate of the listener, which is a client of its peers too."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(_name(f"Istmo {party}"), authority.subject, key.public_key(), now, timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signs.public_key()), critical=False)
        .sign(signs, hashes.SHA256())
    )
    return _private(key), certificate.public_bytes(Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, term: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + term)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host))
    return x509.DNSName(host)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def keep(path: Path, content: bytes) -> None:
    """Write a private file that does not exist yet; one that does stays, also when two come at once."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(fresh, content)
    try:
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write(fresh, content)
    fresh.replace(path)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
