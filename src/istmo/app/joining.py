"""How do two installations come to know each other? Each hands the other one file, and both compare a fingerprint.

    presentation(home)                              what is handed over: party, keys, authority, address; nothing secret
    listen(home, host="0.0.0.0", port=8443, names=("nodo.example.org",))
    know(home, read_presentation(raw, name="ts.json"))

The file says who somebody claims to be: the fingerprint of the authority is compared over another channel before it is
believed. The keys that messages are signed with count only as the registry says.
"""

import hashlib
import json
import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from istmo.app import keys
from istmo.app.exchange import Exchange, read_exchange, tls_files, write_exchange
from istmo.app.home import Home, party_of
from istmo.installation.measures import Measure, register
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.conference import conference
from istmo.registry.keys import Use, from_jwk

PORT = 8443
LOCAL = frozenset(keys.HOSTS)
_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Presentation:
    """What an installation says of itself. `authority` is PEM; `address` is "" where its listener has no name yet."""

    party: str
    authority: bytes
    address: str
    kids: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in groups that can be read out."""
        return fingerprint(self.authority)


def fingerprint(pem: bytes) -> str:
    return _grouped(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))).hexdigest())


def _grouped(digest: str) -> str:
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def presentation(home: Home) -> dict[str, Any]:
    """What is handed to the other side, as JSON."""
    return {**keys.public_keys(home.path, party_of(home)), "address": address(home)}


def address(home: Home) -> str:
    """The listener's address as peers reach it: the first name of its certificate that is not of this machine alone."""
    try:
        port = read_exchange(home).port
    except NotFound:
        return ""
    outside = next((name for name in names(home) if name not in LOCAL), "")
    return f"https://{f'[{outside}]' if ':' in outside else outside}:{port}" if outside else ""


def names(home: Home) -> tuple[str, ...]:
    """The names and addresses that the listener's certificate stands for."""
    certificate = x509.load_pem_x509_certificate(tls_files(home)["cert"].read_bytes())
    named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (*named.get_values_for_type(x509.DNSName), *map(str, named.get_values_for_type(x509.IPAddress)))


def certificate_ends(home: Home) -> datetime:
    """Until when the listener's certificate is good."""
    file = tls_files(home)["cert"]
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise _refused(
            Text(es="El certificado no se puede leer.", en="The certificate cannot be read."), place=str(file)
        ) from error


def register_measures(home: Home) -> None:
    """Tell monitoring when the certificate ends; one that was renewed is read again."""
    register(
        Measure(
            "istmo_certificate_expires_timestamp_seconds",
            "Until when the certificate of the exchange's listener is good.",
            read=lambda at: {"": certificate_ends(home).timestamp()},
        )
    )


def listen(home: Home, *, host: str, port: int, names: Collection[str]) -> Exchange:
    """Take part in the exchange: where the listener listens, and a certificate for the names it is reached under."""
    try:
        chosen = replace(read_exchange(home), host=host, port=port)
    except NotFound:
        chosen = Exchange(host, port)
    if names:
        renew(home, names)
    write_exchange(home, chosen)
    return chosen


def renew(home: Home, chosen: Collection[str] = ()) -> None:
    """A new certificate of the listener under the same authority; without names, for those of the present one."""
    hosts = [*dict.fromkeys((*chosen, *keys.HOSTS))] if chosen else list(names(home))
    check_names(hosts)
    keys.renew_certificate(home.path, party_of(home), hosts=hosts)


def check_names(hosts: Collection[str]) -> None:
    """Raise for what is neither the name of a server nor an address."""
    for host in hosts:
        if not _is_host(host):
            raise InvalidInput(
                Text(es=f"«{host}» no es el nombre de un servidor.", en=f"“{host}” is not the name of a server."),
                advice=Text(
                    es="Escriba solo el nombre: nodo.example.org.", en="Write the name alone: nodo.example.org."
                ),
                rule="F87",
            )


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return _NAME.fullmatch(text) is not None
    return True


def know(home: Home, other: Presentation) -> None:
    """Believe the authority of another installation and deliver to its address. An earlier one of it is replaced."""
    if other.party == party_of(home):
        raise _refused(Text(es="Es la presentación de esta misma instalación.", en="This is this installation itself."))
    if not other.address:
        raise _refused(
            Text(es="La presentación no dice en qué dirección escucha.", en="The file does not say where it listens."),
            advice=Text(es="Indíquela con --address.", en="Give it with --address."),
        )
    known = read_exchange(home)
    changed = replace(known, peers={**known.peers, other.party: other.address.rstrip("/")})
    write_exchange(home, changed)
    try:
        read_exchange(home)
    except InvalidInput as error:
        write_exchange(home, known)
        raise _refused(
            Text(
                es=f"«{other.address}» no es la dirección de un servicio de intercambio.",
                en=f"“{other.address}” is not the address of a listener.",
            ),
            advice=Text(es="Escriba https://servidor:8443.", en="Write https://server:8443."),
        ) from error
    subject = x509.load_pem_x509_certificate(other.authority).subject
    kept = [pem for pem in believed(home) if x509.load_pem_x509_certificate(pem).subject != subject]
    keys.believe(home.path, [*kept, other.authority])


def believed(home: Home) -> tuple[bytes, ...]:
    """The authorities in `peers.pem`, one PEM each."""
    file = tls_files(home)["peers"]
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise _refused(
            Text(es="La lista de autoridades no se puede leer.", en="The list of authorities cannot be read."),
            place=str(file),
        ) from error
    return tuple(one.public_bytes(Encoding.PEM) for one in found)


def read_presentation(raw: bytes, *, name: str, address: str = "") -> Presentation:
    """The file that another installation handed over; `address` wins over the one in it."""
    wrong = Text(es="No es la presentación de una instalación.", en="This is not what an installation hands over.")
    try:
        document: Mapping[str, Any] = json.loads(raw)
        party, authority = str(document["party"]), str(document["authority"]).encode("ascii")
        given = [from_jwk(key, use=Use(key["use"]), name=name) for key in document["keys"]]
        certificates = x509.load_pem_x509_certificates(authority)
        constraints = certificates[0].extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, KeyError, TypeError, AttributeError, x509.ExtensionNotFound) as error:
        raise _refused(wrong, place=name) from error
    if party not in {one.id for one in conference().participants}:
        raise _refused(
            Text(es=f"«{party}» no está en el registro.", en=f"“{party}” is not in the registry."), place=name
        )
    if len(certificates) != 1 or not constraints.ca:
        raise _refused(
            Text(
                es="Debe traer el certificado de una autoridad, y solo ese.",
                en="It has to hold the certificate of one authority and no other.",
            ),
            place=name,
        )
    return Presentation(
        party=party,
        authority=certificates[0].public_bytes(Encoding.PEM),
        address=address or str(document.get("address") or ""),
        kids=tuple(key.kid for key in given),
    )


def read_root(raw: bytes, *, name: str) -> tuple[bytes, str]:
    """The root of a registry, and its SHA-256 in groups that can be read out."""
    try:
        signed = json.loads(raw)["signed"]
        is_root = signed["_type"] == "root" and bool(signed["keys"]) and bool(signed["roles"])
    except (ValueError, KeyError, TypeError) as error:
        raise _no_root(name) from error
    if not is_root:
        raise _no_root(name)
    return raw, _grouped(hashlib.sha256(raw).hexdigest())


def trust(home: Home, root: bytes) -> None:
    """Begin to trust a registry; another one than before is refused."""
    RegistryCopy(home.path / "registry").install(root)


def _no_root(name: str) -> InvalidInput:
    return InvalidInput(
        Text(es="No es la raíz de un registro.", en="This is not the root of a registry."), place=name, rule="F76"
    )


def _refused(message: Text, *, place: str = "", advice: Text | None = None) -> InvalidInput:
    return InvalidInput(message, place=place, advice=advice, rule="F87")
