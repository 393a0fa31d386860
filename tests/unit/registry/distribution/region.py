"""A small region in memory: three members who sign the root, a hub, their keys. All are invented by their names."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from tests.unit.registry.agreements.sample import document as agreement_document

from istmo.model.text import Text
from istmo.registry.agreements.reading import TYP
from istmo.registry.distribution import layout, making
from istmo.registry.distribution.contents import FocalPoint, write_focal_points, write_keys, write_parties
from istmo.registry.distribution.layout import Files
from istmo.registry.keys import PrivateKey, Use, from_seed
from istmo.registry.parties import KeyRecord, Party, PartyKind, Period
from istmo.registry.signing import Signed, add_signature, canonical, sign

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MEMBERS = ("PAN", "HND", "MEX")
OTHERS = ("HTI", "TS")
KINDS = {"HTI": PartyKind.STATE, "TS": PartyKind.SECRETARIAT}
REASON = Text(es="Prueba", en="Test")


def key(name: str, use: Use = Use.SIGNING) -> PrivateKey:
    return from_seed(use, sha256(f"{name} {use}".encode()).digest())


HUB = key("hub")


def registry_key(party: str) -> PrivateKey:
    """Signs the party's part of the registry; a member's also root and targets."""
    return key(f"{party} registry")


def exchange_key(party: str, generation: int = 1) -> PrivateKey:
    return key(f"{party} exchange {generation}")


def record(party: str, generation: int = 1, **changes: object) -> KeyRecord:
    found = KeyRecord(party, exchange_key(party, generation).public, NOW - 30 * DAY, NOW + 3650 * DAY)
    return KeyRecord(**{**{name: getattr(found, name) for name in KeyRecord.__slots__}, **changes})  # type: ignore[arg-type]


def parties() -> list[Party]:
    return [
        Party(id_, KINDS.get(id_, PartyKind.MEMBER), Text(es=id_, en=id_), Period(date(2016, 1, 1)))
        for id_ in (*MEMBERS, *OTHERS)
    ]


def agreement(version: int = 1, *signers: str, **changes: object) -> Signed:
    """A text between PAN and HTI, signed by both unless signers are named."""
    payload = canonical({**agreement_document(), "version": str(version), **changes})
    first, *rest = signers or ("PAN", "HTI")
    made = sign(payload, exchange_key(first), typ=TYP)
    for one in rest:
        made = add_signature(made, exchange_key(one))
    return made


AGREEMENT = agreement_document()["id"]


def put_agreement(files: Files, made: Signed, version: int = 1, *, now: datetime = NOW) -> Files:
    return making.put(files, layout.agreement_path(AGREEMENT, version), made.as_json().encode(), now=now)


def put_keys(files: Files, party: str, *records: KeyRecord, now: datetime = NOW) -> Files:
    return making.put(files, layout.keys_path(party), write_keys(party, records), now=now)


def signed_by(files: Files, *keys: PrivateKey) -> Files:
    for one in keys:
        files = making.sign(files, one).files
    return files


def point() -> FocalPoint:
    return FocalPoint("trafficking", "holder", "Ada Ejemplo", "", "Instituto", "es", "", "", "2026-01-01", "")


def begun(now: datetime = NOW) -> Files:
    """The drafts of the whole region, unsigned."""
    owners = [making.Owner(party, registry_key(party).public) for party in MEMBERS]
    files = making.begin(owners, threshold=2, hub=HUB.public, now=now)
    files = making.put(files, layout.PARTIES, write_parties(parties()), now=now)
    files = making.put(files, "rules/figures.yaml", b"document: rules\n", now=now)
    for party in (*MEMBERS, *OTHERS):
        files = making.delegate(files, party, [registry_key(party).public], now=now)
        files = put_keys(files, party, record(party), now=now)
    files = making.put(files, layout.focal_points_path("PAN"), write_focal_points("PAN", [point()]), now=now)
    return put_agreement(files, agreement(), now=now)


def published(now: datetime = NOW) -> Files:
    """The region signed by two of its three members, and by each party for its part."""
    files = signed_by(begun(now), *(registry_key(party) for party in (*MEMBERS, *OTHERS)))
    return making.publish(files, HUB, now=now)


@dataclass(frozen=True)
class Hostile:
    """Somebody who holds the hub's key and writes what an honest hub would not: nothing is checked."""

    files: Files

    def announce(self, *, now: datetime) -> Files:
        versions = {role: making._highest(self.files, role) for role in _roles(self.files)}
        return making._snapshotted(self.files, versions, HUB, now)


def _roles(files: Files) -> list[str]:
    version = making._highest(files, layout.TARGETS)
    path = layout.metadata_path(layout.TARGETS, version)
    targets = making.parse(files[path], making.Targets, place=path)
    return [layout.ROOT, layout.TARGETS, *making.delegations(targets.signed)]


def root_of(files: Files) -> bytes:
    return files[layout.metadata_path(layout.ROOT, 1)]
