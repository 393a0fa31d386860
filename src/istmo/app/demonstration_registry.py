"""The demonstration's own registry: made as a real one is, signed by two of three members and by each for its part.

Parties with an installation sign with the keys of their homes. The others take part in the agreement on statistics
without an installation; they sign with keys that anybody can derive, which is safe because this registry is trusted by
the homes of one demonstration and by nobody else.
"""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from istmo.app import keys
from istmo.app.home import Home
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.installation.registry_copy.published import Published
from istmo.model.errors import IstmoError
from istmo.registry.demonstration import demonstration_key, demonstration_parties, documents_signed_by
from istmo.registry.distribution import layout, making
from istmo.registry.distribution.contents import write_keys, write_parties
from istmo.registry.distribution.layout import Files
from istmo.registry.keys import PrivateKey, PublicKey, Use, from_seed
from istmo.registry.parties import SECRETARIAT, KeyRecord
from istmo.registry.reference import own_documents

THRESHOLD = 2
KEYS_FROM = datetime(2015, 1, 1, tzinfo=UTC)
KEYS_TO = datetime(2100, 1, 1, tzinfo=UTC)


def distribute(homes: Mapping[str, Home], *, now: datetime) -> None:
    """Make the registry on first use, renew it afterwards, and give every home a fresh copy of it.

    A registry that can no longer be renewed, because its demonstration slept for longer than it is valid, is made anew.
    """
    try:
        _renew(homes, now)
    except IstmoError:
        _forget(homes)
        _publish(homes, now)
        _copy(homes, now)


def _renew(homes: Mapping[str, Home], now: datetime) -> None:
    hub = homes[SECRETARIAT]
    _published(hub).renew(keys.registry_key(hub.path), now=now)
    _copy(homes, now)


def _publish(homes: Mapping[str, Home], now: datetime) -> None:
    hub = homes[SECRETARIAT]
    _published(hub).change(lambda files: making.publish(_drafts(homes, now), keys.registry_key(hub.path), now=now))


def _copy(homes: Mapping[str, Home], now: datetime) -> None:
    published = _published(homes[SECRETARIAT])
    root = published.files()[layout.metadata_path(layout.ROOT, 1)]
    for home in homes.values():
        held = RegistryCopy(home.path / "registry")
        held.install(root)
        held.refresh(lambda path, limit: published.served(path), now=now)


def _forget(homes: Mapping[str, Home]) -> None:
    """Everything but the suspensions: what a party has suspended stays suspended."""
    for home in homes.values():
        folder = home.path / "registry"
        for name in ("root.json", "failure.json", "current"):
            (folder / name).unlink(missing_ok=True)
        for name in ("copies", "published"):
            shutil.rmtree(folder / name, ignore_errors=True)


def _published(hub: Home) -> Published:
    return Published(hub.path / "registry" / "published")


def _drafts(homes: Mapping[str, Home], now: datetime) -> Files:
    """The whole registry, signed by everybody but the hub."""
    owners = [
        making.Owner(party, keys.registry_key(home.path).public)
        for party, home in homes.items()
        if party != SECRETARIAT
    ]
    hub = keys.registry_key(homes[SECRETARIAT].path)
    files = making.begin(owners, threshold=THRESHOLD, hub=hub.public, now=now)
    files = making.put(files, layout.PARTIES, write_parties(demonstration_parties().values()), now=now)
    for path, raw in own_documents().items():
        files = making.put(files, path, raw, now=now)
    signers: list[PrivateKey] = []
    for party in demonstration_parties():
        own = _registry_key(homes, party)
        files = making.delegate(files, party, [own.public], now=now)
        files = making.put(files, layout.keys_path(party), write_keys(party, _records(homes, party)), now=now)
        signers.append(own)

    def exchange_key(party: str) -> PrivateKey:
        home = homes.get(party)
        return demonstration_key(party) if home is None else keys.private_key(home.path, Use.SIGNING)

    for id_, document in documents_signed_by(exchange_key).items():
        files = making.put(files, layout.agreement_path(id_, 1), document.as_json().encode(), now=now)
    for signer in signers:
        files = making.sign(files, signer).files
    return files


def _registry_key(homes: Mapping[str, Home], party: str) -> PrivateKey:
    home = homes.get(party)
    if party == SECRETARIAT or home is None:  # the Secretariat's part of the registry is not the hub's freshness
        return from_seed(Use.SIGNING, sha256(f"istmo demonstration registry {party}".encode()).digest())
    return keys.registry_key(home.path)


def _records(homes: Mapping[str, Home], party: str) -> list[KeyRecord]:
    home = homes.get(party)
    found: list[PublicKey] = [
        demonstration_key(party, use).public if home is None else keys.public_key(home.path, use) for use in Use
    ]
    return [KeyRecord(party, key, KEYS_FROM, KEYS_TO) for key in found]
