"""The documents inside the registry: parties, a party's keys, its focal points. JSON, read strictly.

parties.json                   {"format": "istmo-parties/1", "parties": [...]}
members/PAN/keys.json          {"format": "istmo-keys/1", "party": "PAN", "keys": [{"jwk", "valid_from", ...}]}
members/PAN/focal-points.json  {"format": "istmo-focal-points/1", "party": "PAN", "points": [...]}
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Any

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import PARTY
from istmo.registry.keys import Use, from_jwk
from istmo.registry.moments import read_moment, written
from istmo.registry.parties import KeyRecord, Party, PartyKind, Period
from istmo.registry.signing import canonical

PARTIES_FORMAT = "istmo-parties/1"
KEYS_FORMAT = "istmo-keys/1"
FOCAL_POINTS_FORMAT = "istmo-focal-points/1"


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """An official at work, for a theme; `rank` is "holder" or "deputy"; the days are the first and last, or ""."""

    theme: str
    rank: str
    name: str
    function: str
    institution: str
    languages: str
    address: str
    telephone: str
    since: str
    until: str


def write_parties(parties: Iterable[Party]) -> bytes:
    return canonical({"format": PARTIES_FORMAT, "parties": [_party_fields(one) for one in parties]})


def read_parties(raw: bytes, *, place: str) -> Mapping[str, Party]:
    parties = [_party(entry, place) for entry in _listed(raw, PARTIES_FORMAT, "parties", None, place)]
    if len({one.id for one in parties}) < len(parties):
        raise RegistryRefused(Fault.CONTENT, place)
    return MappingProxyType({one.id: one for one in parties})


def write_keys(party: str, records: Iterable[KeyRecord]) -> bytes:
    return canonical({"format": KEYS_FORMAT, "party": party, "keys": [_key_fields(one) for one in records]})


def read_keys(raw: bytes, *, party: str, place: str) -> tuple[KeyRecord, ...]:
    return tuple(_key(entry, party, place) for entry in _listed(raw, KEYS_FORMAT, "keys", party, place))


def write_focal_points(party: str, points: Iterable[FocalPoint]) -> bytes:
    return canonical({"format": FOCAL_POINTS_FORMAT, "party": party, "points": [asdict(one) for one in points]})


def read_focal_points(raw: bytes, *, party: str, place: str) -> tuple[FocalPoint, ...]:
    return tuple(_point(entry, place) for entry in _listed(raw, FOCAL_POINTS_FORMAT, "points", party, place))


def _listed(raw: bytes, format_: str, key: str, party: str | None, place: str) -> Sequence[Any]:
    """The list of a document of this format that is about this party."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise RegistryRefused(Fault.MALFORMED, place) from None
    if not isinstance(value, dict) or value.get("format") != format_ or value.get("party") != party:
        raise RegistryRefused(Fault.CONTENT, place)
    entries = value.get(key)
    if not isinstance(entries, list):
        raise RegistryRefused(Fault.CONTENT, place)
    return entries


def _party_fields(party: Party) -> dict[str, Any]:
    end = party.active.end
    return {
        "id": party.id,
        "kind": party.kind.value,
        "name": party.name.as_json(),
        "from": party.active.start.isoformat(),
        **({"to": end.isoformat()} if end else {}),
        "passes_on_to": sorted(party.passes_on_to),
    }


def _party(entry: Any, place: str) -> Party:
    try:
        id_, name, onward = entry["id"], entry["name"], entry["passes_on_to"]
        party = Party(
            id=id_,
            kind=PartyKind(entry["kind"]),
            name=Text(es=name["es"], en=name["en"]),
            active=Period(
                date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"]) if "to" in entry else None
            ),
            passes_on_to=frozenset(onward),
        )
        if isinstance(onward, list) and all(PARTY.fullmatch(one) for one in (id_, *onward)):
            return party
    except (KeyError, TypeError, ValueError):
        pass
    raise RegistryRefused(Fault.CONTENT, place)


def _key_fields(record: KeyRecord) -> dict[str, Any]:
    revoked = record.revoked_from
    return {
        "jwk": record.key.as_jwk(),
        "valid_from": written(record.valid_from),
        "valid_to": written(record.valid_to),
        **({"revoked_from": written(revoked)} if revoked else {}),
    }


def _key(entry: Any, party: str, place: str) -> KeyRecord:
    if not isinstance(entry, dict) or not isinstance(entry.get("jwk"), dict):
        raise RegistryRefused(Fault.CONTENT, place)
    moments = {name: read_moment(entry.get(name)) for name in ("valid_from", "valid_to", "revoked_from")}
    start, end, revoked = moments.values()
    if start is None or end is None or (revoked is None and "revoked_from" in entry):
        raise RegistryRefused(Fault.CONTENT, place)
    try:
        use = Use(str(entry["jwk"].get("use")))
        return KeyRecord(party, from_jwk(entry["jwk"], use=use), start, end, revoked)
    except (InvalidInput, ValueError):
        raise RegistryRefused(Fault.KEY, place) from None


def _point(entry: Any, place: str) -> FocalPoint:
    names = {one.name for one in fields(FocalPoint)}
    if (
        not isinstance(entry, dict)
        or not names <= entry.keys()
        or not all(isinstance(entry[one], str) for one in names)
    ):
        raise RegistryRefused(Fault.CONTENT, place)
    return FocalPoint(**{one: entry[one] for one in names})
