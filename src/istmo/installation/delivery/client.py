"""How do we speak to a peer? HTTPS with our own certificate, against the members' authorities; nothing else is trusted.

    client = PeerClient("https://node.example:8443", tls_context(cert=…, key=…, peers=…))
    statuses = client.post_envelopes(envelopes)          # raises `PeerUnavailable`

What comes back is read up to a limit and taken apart strictly: a peer's program is a stranger's program.
"""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

MAX_ANSWER = 4 * 1024 * 1024
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class PeerUnavailable(Exception):
    """No usable answer; `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Status:
    """What a peer says of one envelope, not yet believed: a receipt has to be verified."""

    status: str
    reason: str
    receipt: str


def tls_context(*, cert: Path, key: Path, peers: Path) -> ssl.SSLContext:
    """TLS 1.3 with our certificate; `peers` holds the authorities of the members. A file with rubbish is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    for file, load in (
        (peers, lambda: context.load_verify_locations(cafile=str(peers))),
        (cert, lambda: context.load_cert_chain(str(cert), str(key))),
    ):
        try:
            load()
        except (ssl.SSLError, OSError) as error:
            raise InvalidInput(
                Text(es="El archivo de certificados no se puede leer.", en="The file of certificates cannot be read."),
                place=file.name,
                advice=Text(
                    es="Debe contener certificados PEM completos y su clave.",
                    en="It has to hold whole PEM certificates and their key.",
                ),
                rule="F87",
            ) from error
    if not context.get_ca_certs():
        raise InvalidInput(
            Text(es="La lista de autoridades está vacía.", en="The list of authorities is empty."),
            place=peers.name,
            rule="F87",
        )
    return context


class PeerClient:
    """One connection to one peer, kept open. Not for several threads."""

    def __init__(self, address: str, context: ssl.SSLContext, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self.address = address
        self._http = httpx.Client(
            base_url=address, verify=context, timeout=timeout, follow_redirects=False, trust_env=False
        )

    def close(self) -> None:
        self._http.close()

    def post_envelopes(self, envelopes: Sequence[str]) -> list[Status]:
        """A status for each envelope, in order."""
        answer = self._asked("POST", "/exchange/v1/envelopes", list(envelopes))
        if not isinstance(answer, list) or len(answer) != len(envelopes):
            raise PeerUnavailable("bad_answer")
        return [_status(one) for one in answer]

    def head(self, *, known_of: str, since: int) -> Mapping[str, Any]:
        return self._object("GET", f"/exchange/v1/head?known_of={known_of}&since={since}")

    def post_head(self, head: str, *, since: int, proof: Sequence[bytes]) -> Mapping[str, Any]:
        shown = {"head": head, "since": since, "proof": [step.hex() for step in proof]}
        return self._object("POST", "/exchange/v1/heads", shown)

    def proofs(self, leaves: Sequence[bytes]) -> Mapping[str, Any]:
        query = "&".join(f"leaf={leaf.hex()}" for leaf in leaves)
        return self._object("GET", f"/exchange/v1/proof?{query}")

    def self_test(self) -> Mapping[str, Any]:
        return self._object("GET", "/exchange/v1/self")

    def _object(self, method: str, path: str, body: object = None) -> Mapping[str, Any]:
        answer = self._asked(method, path, body)
        if not isinstance(answer, dict):
            raise PeerUnavailable("bad_answer")
        return answer

    def _asked(self, method: str, path: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body, separators=(",", ":")).encode("ascii")
        headers = {"content-type": "application/json"} if content is not None else {}
        try:
            with self._http.stream(method, path, content=content, headers=headers) as response:
                raw = bytearray()
                for chunk in response.iter_bytes():
                    raw += chunk
                    if len(raw) > MAX_ANSWER:
                        raise PeerUnavailable("bad_answer")
        except httpx.HTTPError as error:
            raise PeerUnavailable(_kind_of(error)) from error
        except ssl.SSLError as error:
            raise PeerUnavailable("tls") from error
        if response.status_code != 200:
            raise PeerUnavailable(f"http_{response.status_code}")
        try:
            return json.loads(bytes(raw))
        except (ValueError, RecursionError):
            raise PeerUnavailable("bad_answer") from None


def _kind_of(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    text = str(error)
    if "CERTIFICATE" in text.upper() or "UNKNOWN_CA" in text.upper() or "SSL" in text.upper():
        return "tls"
    return "unreachable"


def _status(entry: object) -> Status:
    if not isinstance(entry, dict):
        raise PeerUnavailable("bad_answer")
    values = [entry.get(name) or "" for name in ("status", "reason", "receipt")]
    if not all(isinstance(value, str) for value in values) or len(values[1]) > 64:
        raise PeerUnavailable("bad_answer")
    return Status(*values)
