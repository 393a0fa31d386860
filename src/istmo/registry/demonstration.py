"""The registry of the demonstration: what is known without any installation, so that a decision can be tried at once.

Its agreements are in the package as YAML sources, `documents/agreements/*.yaml`, and are signed as they are loaded,
with keys that anybody can derive from the name of a party. That is safe because nothing trusts these keys but this
snapshot: an installation reads its registry from what was distributed to it, and the ids begin with `demo:`. A text
that is signed this way says only that the demonstration can be repeated; it binds nobody and stands for no agreement
that exists.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, reduce
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from istmo.registry.agreements.activation import activate
from istmo.registry.agreements.reading import TYP, Source, read_source
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.validity import valid
from istmo.registry.conference import conference
from istmo.registry.keys import PrivateKey, Use, from_seed
from istmo.registry.parties import KeyRecord, KeyRing, Party, Period
from istmo.registry.signing import Signed, add_signature, canonical, sign
from istmo.registry.snapshot import Snapshot

FRESH = timedelta(hours=72)
_SEEDS = {Use.SIGNING: "istmo demonstration ", Use.SEALING: "istmo demonstration sealing "}
_SINCE = date(1996, 3, 1)
_KEYS_FROM = datetime(2015, 1, 1, tzinfo=UTC)
_KEYS_TO = datetime(2100, 1, 1, tzinfo=UTC)


def demonstration_key(party: str, use: Use = Use.SIGNING) -> PrivateKey:
    """A party's key in the demonstration, known to everybody: it protects nothing."""
    return from_seed(use, sha256(f"{_SEEDS[use]}{party}".encode()).digest())


@cache
def demonstration_parties() -> MappingProxyType[str, Party]:
    """All who take part in the Conference, active: members, observers, guests, organisations, Secretariat."""
    active = Period(_SINCE)
    return MappingProxyType({one.id: Party(one.id, one.kind, one.name, active) for one in conference().participants})


@cache
def demonstration_keys() -> KeyRing:
    keys = [(party, demonstration_key(party, use).public) for party in demonstration_parties() for use in Use]
    return KeyRing(MappingProxyType({key.kid: KeyRecord(party, key, _KEYS_FROM, _KEYS_TO) for party, key in keys}))


@cache
def demonstration_documents() -> MappingProxyType[str, Signed]:
    """The agreements by id, each signed by all its parties."""
    return MappingProxyType(documents_signed_by(demonstration_key))


def documents_signed_by(key_of: Callable[[str], PrivateKey]) -> dict[str, Signed]:
    """The same, signed with other keys: those of a demonstration's own installations."""
    folder = files("istmo.registry") / "documents" / "agreements"
    sources = sorted((entry.name, entry.read_bytes()) for entry in folder.iterdir())
    read = [read_source(raw, name=name) for name, raw in sources]
    return {source.agreement.id: _signed(source, key_of) for source in read}


def demonstration_snapshot(now: datetime) -> Snapshot:
    """The registry of the demonstration as fresh at `now`: nothing is suspended."""
    keys, documents = demonstration_keys(), demonstration_documents()
    read = [valid(document, keys, now, name=id_) for id_, document in documents.items()]
    agreements = activate(one for one in read if isinstance(one, Agreement)).active
    return Snapshot(
        version=1,
        digest=_digest(keys, agreements),
        parties=demonstration_parties(),
        keys=keys,
        agreements=agreements,
        suspensions=(),
        expires=now + FRESH,
    )


def _signed(source: Source, key_of: Callable[[str], PrivateKey]) -> Signed:
    first, *others = (key_of(entry.party) for entry in source.agreement.parties)
    return reduce(add_signature, others, sign(source.payload, first, typ=TYP))


def _digest(keys: KeyRing, agreements: Mapping[str, Agreement]) -> str:
    content = {
        "keys": {kid: record.party for kid, record in keys.records.items()},
        "agreements": {id_: one.digest for id_, one in agreements.items()},
    }
    return sha256(canonical(content)).hexdigest()
