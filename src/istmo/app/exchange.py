"""With what does an installation take part in the exchange? Its keys, its certificate, its peers, its registry.

In the home: `keys/exchange/{signing,sealing}.pem` (and `sealing-*.pem` of keys being replaced), `keys/tls/{cert,key,
peers}.pem`, and `exchange.json`:

    {"listen": {"host": "0.0.0.0", "port": 8443}, "peers": {"TS": "https://ts.example.org:8443"},
     "time_stamp": "http://tsa.example.org/"}
"""

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from istmo.app.home import Home, party_of
from istmo.exchange.manifest import SKEW
from istmo.installation.delivery.client import PeerClient, tls_context
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.registry_copy.copy import Change, Copy, RegistryCopy
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.agreements.reading import read_agreement
from istmo.registry.agreements.register import Entry, entries
from istmo.registry.demonstration import demonstration_documents, demonstration_snapshot
from istmo.registry.distribution.layout import agreement_path
from istmo.registry.distribution.listing import Listed, listed
from istmo.registry.keys import PrivateKey, Use, from_pem
from istmo.registry.reference import Compared, compared
from istmo.registry.snapshot import Snapshot

FILE = "exchange.json"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What `exchange.json` says. `time_stamp` is the address of an RFC 3161 authority, "" for none; `slot` is that of
    neutral answers, `heads` how often the heads of logs are exchanged with each peer.
    """

    host: str
    port: int
    peers: Mapping[str, str] = field(default_factory=dict)
    time_stamp: str = ""
    slot: timedelta = timedelta(seconds=60)
    heads: timedelta = timedelta(seconds=30)


def takes_part(home: Home) -> bool:
    """Whether the installation has what the exchange needs."""
    return (home.path / FILE).is_file() and (home.path / "keys" / "exchange" / "signing.pem").is_file()


def read_exchange(home: Home) -> Exchange:
    file = home.path / FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        listen, peers = document["listen"], document.get("peers", {})
        read = Exchange(
            host=str(listen["host"]),
            port=int(listen["port"]),
            peers={str(party): _address(str(address)) for party, address in peers.items()},
            time_stamp=str(document.get("time_stamp", "")),
            slot=timedelta(seconds=float(document.get("slot_seconds", 60))),
            heads=timedelta(seconds=float(document.get("heads_seconds", 30))),
        )
    except FileNotFoundError as error:
        raise NotFound(
            Text(
                es="Esta instalación no participa todavía en el intercambio.",
                en="This installation takes no part in the exchange yet.",
            ),
            place=str(file),
            rule="F87",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            Text(
                es="La configuración del intercambio no se puede leer.",
                en="The configuration of the exchange cannot be read.",
            ),
            place=str(file),
            advice=Text(es="Compare con la guía «unirse a la región».", en="Compare with the guide “join the region”."),
            rule="F87",
        ) from error
    return read


def write_exchange(home: Home, exchange: Exchange) -> None:
    document: dict[str, Any] = {
        "listen": {"host": exchange.host, "port": exchange.port},
        "peers": dict(exchange.peers),
        "time_stamp": exchange.time_stamp,
        "slot_seconds": exchange.slot.total_seconds(),
        "heads_seconds": exchange.heads.total_seconds(),
    }
    file = home.path / FILE
    fresh = file.with_name(f".{FILE}.fresh")
    fresh.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(file)


def tls_files(home: Home) -> dict[str, Path]:
    folder = home.path / "keys" / "tls"
    return {name: folder / f"{name}.pem" for name in ("cert", "key", "peers")}


def state_of_files(home: Home) -> tuple[tuple[str, int], ...]:
    """Changes whenever a key, a certificate or `exchange.json` does: the processes of the exchange then begin anew."""
    files = [home.path / FILE, *(home.path / "keys" / "exchange").glob("*.pem"), *tls_files(home).values()]
    return tuple((path.name, path.stat().st_mtime_ns) for path in sorted(files) if path.is_file())


def client_context(home: Home) -> ssl.SSLContext:
    """How we show ourselves to a peer, and whom we believe."""
    return tls_context(**tls_files(home))


def access_point_of(home: Home, registry: Callable[[], Snapshot] | None = None) -> AccessPoint:
    """The access point of a home; raises where a key is missing or of the wrong kind."""
    exchange = read_exchange(home)
    held = Registry(home)
    folder = home.path / "keys" / "exchange"
    older = sorted(folder.glob("sealing-*.pem"))
    return AccessPoint(
        party=party_of(home),
        signing=_key(folder / "signing.pem", Use.SIGNING),
        sealing=tuple(_key(path, Use.SEALING) for path in (folder / "sealing.pem", *older)),
        registry=registry or held,
        addresses=lambda: exchange.peers,
        connect=lambda peer: PeerClient(exchange.peers[peer], client_context(home)),
        agreement_document=held.document,
        keep_notice=held.keep_notice,
        oldest_registry=held.oldest,
        slot=exchange.slot,
    )


def access_point_maker(home: Home) -> Callable[[], AccessPoint] | None:
    """Makes the access point on first use, once a process; None where the installation takes no part."""
    if not takes_part(home):
        return None
    lock, made = threading.Lock(), []

    def make() -> AccessPoint:
        with lock:
            if not made:
                made.append(access_point_of(home))
            return made[0]

    return make


class Registry:
    """The registry as it is held at a home, read again when another copy was swapped in. A demonstration that has none
    of its own has the one in the package.
    """

    def __init__(self, home: Home) -> None:
        self._folder = home.path / "registry"
        self._demonstration = home.demonstration
        self._lock = threading.Lock()
        self._held: tuple[object, Snapshot] | None = None
        self._oldest = ("", 0)
        self._documents: Mapping[str, bytes] | None = None
        self._listed: Mapping[str, Listed] = {}
        self._compared: tuple[Snapshot, tuple[Compared, ...]] | None = None
        self._entries: tuple[Snapshot, tuple[Entry, ...]] | None = None

    def __call__(self) -> Snapshot:
        timestamp = self._folder / "current" / "metadata" / "timestamp.json"
        try:
            facts = timestamp.stat()
        except OSError as error:
            if self._demonstration:
                return self._kept((datetime.now(UTC).date(), self._notices()), self._demonstrated)
            raise NotFound(
                Text(es="Esta instalación no tiene todavía el registro.", en="This installation has no registry yet."),
                place=str(self._folder),
                advice=Text(
                    es="«istmo exchange trust» dice en qué raíz confiar; «istmo serve» lo trae en unos minutos.",
                    en="“istmo exchange trust” says which root to trust; “istmo serve” fetches it within minutes.",
                ),
                rule="F87",
            ) from error
        minute = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")  # keys and agreements begin and end
        return self._kept((facts.st_ino, facts.st_mtime_ns, self._notices(), minute), self._read)

    def oldest(self) -> int:
        """The oldest version under which a message may have been decided, looked up once a minute."""
        now = datetime.now(UTC)
        minute = now.strftime("%Y-%m-%dT%H:%M")
        with self._lock:
            if self._oldest[0] != minute:
                self._oldest = (minute, RegistryCopy(self._folder).oldest_fresh(now, skew=SKEW))
            return self._oldest[1]

    def keep_notice(self, raw: bytes, at: datetime) -> None:
        """Keep a suspension or denunciation that came as a message; raises for one that its party did not sign."""
        RegistryCopy(self._folder).receive(raw, now=at, snapshot=self())

    def _demonstrated(self) -> Snapshot:
        return RegistryCopy(self._folder).with_known(demonstration_snapshot(datetime.now(UTC)))

    def _notices(self) -> tuple[str, ...]:
        """What parties said alone and is known here: one more acts at once."""
        return RegistryCopy(self._folder).known()

    def document(self, agreement: str, version: int) -> str | None:
        """The agreement as its parties signed it; None for one that is not in this registry."""
        self()
        if self._documents is not None:
            raw = self._documents.get(agreement_path(agreement, version))
            return None if raw is None else raw.decode("utf-8")
        signed = demonstration_documents().get(agreement)
        return None if signed is None else signed.as_json()

    def documents(self) -> Mapping[str, bytes]:
        """The documents of the registry by path."""
        self()
        if self._documents is not None:
            return self._documents
        return {
            agreement_path(id_, read_agreement(document, name=id_).version): document.as_json().encode()
            for id_, document in demonstration_documents().items()
        }

    def agreements(self) -> tuple[Entry, ...]:
        """Every agreement of the registry with its signatures and state, judged once for each snapshot."""
        snapshot = self()
        held = self._entries
        if held is None or held[0] is not snapshot:
            held = (snapshot, entries(self.documents(), snapshot, datetime.now(UTC)))
            self._entries = held
        return held[1]

    def listed(self) -> Mapping[str, Listed]:
        """The documents of the registry with who signed them; empty where it came with the program."""
        self()
        return self._listed

    def compared(self) -> tuple[Compared, ...]:
        """The code lists and rules of this program beside those of the registry, compared once for each snapshot."""
        snapshot = self()
        known = self._compared
        if known is None or known[0] is not snapshot:
            known = (snapshot, compared(self.documents()))
            self._compared = known
        return known[1]

    def copies(self) -> tuple[Copy, ...]:
        return RegistryCopy(self._folder).copies()

    def history(self) -> tuple[Change, ...]:
        return RegistryCopy(self._folder).history()

    def last_failure(self) -> Text | None:
        return RegistryCopy(self._folder).last_failure()

    def _kept(self, version: object, read: Callable[[], Snapshot]) -> Snapshot:
        with self._lock:
            if self._held is None or self._held[0] != version:
                self._held = (version, read())
            return self._held[1]

    def _read(self) -> Snapshot:
        copy = RegistryCopy(self._folder)
        loaded = copy.loaded(datetime.now(UTC))
        self._documents, self._listed = loaded.verified.documents, listed(loaded.verified)
        return copy.with_known(loaded.snapshot)


def _key(path: Path, use: Use) -> PrivateKey:
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise NotFound(
            Text(es="Falta una clave de esta instalación.", en="A key of this installation is missing."),
            place=str(path),
            rule="F87",
        ) from error
    return from_pem(pem, use=use, name=path.name)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("not an address of a listener")
    return text.rstrip("/")
