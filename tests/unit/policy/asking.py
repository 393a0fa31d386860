"""Requests, agreements and registries for tests of the policy: a request that is permitted, and one thing changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from istmo.model.text import Text
from istmo.policy import Permit, Refusal, Request, decide, read_request
from istmo.registry.agreements.record import Agreement, FieldRule, Flow
from istmo.registry.demonstration import demonstration_snapshot
from istmo.registry.parties import Party, PartyKind, Period
from istmo.registry.snapshot import Denunciation, Snapshot, Suspension

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
REASON = Text(es="motivo", en="reason")
IDENT, READM, STAT = "demo:PAN-HTI-IDENT", "demo:PAN-HTI-READM", "demo:RCM-STAT"


def subject(**changes: Any) -> dict[str, Any]:
    """An adult who says that they are Haitian; screened, informed, consenting."""
    return {
        "protection": "NONE_FOUND",
        "asylum_informed": True,
        "declared": ["HTI"],
        "presented": [],
        "presumed": [],
        "verified": [],
        "birth": None,
        "residence": [],
        "feared": [],
        "child": False,
        "best_interests": False,
        "consent": True,
        **changes,
    }


def asked(changes: Mapping[str, Any] | None = None, **about: Any) -> dict[str, Any]:
    """Panama asks Haiti who a person is, under the demonstration's agreement; `about` changes the person."""
    return {
        "sender": "PAN",
        "recipient": "HTI",
        "direction": "ask",
        "purpose": "IDENT",
        "categories": ["BIO_BASIC"],
        "fields": ["name", "birth_date"],
        "agreement": IDENT,
        "subject": subject(**about),
        **(changes or {}),
    }


def submitted(**changes: Any) -> dict[str, Any]:
    """Honduras sends its month to the Secretariat."""
    return {
        "sender": "HND",
        "recipient": "TS",
        "direction": "push",
        "purpose": "STAT",
        "categories": ["AGG"],
        "fields": ["PERIOD", "OBS_VALUE"],
        "agreement": STAT,
        "subject": None,
        **changes,
    }


def outcome(document: Mapping[str, Any], *, snapshot: Snapshot | None = None, now: datetime = NOW) -> Permit | Refusal:
    return decide(read_request(document), snapshot=snapshot or demonstration_snapshot(now), now=now)


def rule(document: Mapping[str, Any], *, snapshot: Snapshot | None = None, now: datetime = NOW) -> str:
    """The rule that refuses; "" for a permit."""
    found = outcome(document, snapshot=snapshot, now=now)
    return found.rule if isinstance(found, Refusal) else ""


def readable(document: Mapping[str, Any]) -> Request:
    read = read_request(document)
    assert isinstance(read, Request), read
    return read


def snapshot(*agreements: Agreement, parties: Mapping[str, Party] | None = None, **changes: Any) -> Snapshot:
    """The demonstration's registry with these agreements in place of its own, where any are given."""
    base = demonstration_snapshot(NOW)
    held = {one.id: one for one in agreements} or dict(base.agreements)
    return replace(
        base,
        agreements=MappingProxyType(held),
        parties=MappingProxyType({**base.parties, **(parties or {})}),
        **changes,
    )


def agreement(id_: str = IDENT, **changes: Any) -> Agreement:
    """One of the demonstration's, changed; `purpose`, `data` and `between` are short for their parts."""
    made = demonstration_snapshot(NOW).agreements[id_]
    data: Mapping[str, list[str]] | None = changes.pop("data", None)
    between: tuple[str, ...] | None = changes.pop("between", None)
    if "purpose" in changes:
        changes["purposes"] = frozenset({changes.pop("purpose")})
    if data is not None:
        changes["categories"] = frozenset(data)
        changes["fields"] = tuple(FieldRule(name, category) for category, names in data.items() for name in names)
    if between is not None:
        names = dict(zip((entry.party for entry in made.parties), between, strict=True))
        changes["parties"] = tuple(replace(entry, party=names[entry.party]) for entry in made.parties)
        changes["flows"] = tuple(
            Flow(names[flow.sender], names[flow.recipient], flow.directions) for flow in made.flows
        )
    return replace(made, **changes)


def party(id_: str, kind: PartyKind = PartyKind.ORGANISATION, *passes_on_to: str) -> Party:
    return Party(id_, kind, Text(es=id_, en=id_), Period(date(2000, 1, 1)), frozenset(passes_on_to))


def suspension(since: datetime, lifted: datetime | None = None, of: str = IDENT) -> Suspension:
    return Suspension(of, "PAN", since, REASON, lifted)


def denunciation(at: datetime, day: date, of: str = IDENT) -> Denunciation:
    return Denunciation(of, "PAN", at, day, REASON)
