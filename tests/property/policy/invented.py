"""Agreements, registries and requests as Hypothesis invents them: among few parties and States, so that they meet."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from tests.unit.policy.asking import NOW, agreement, party, snapshot, suspension

from istmo.model.codes import codelist
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import (
    Agreement,
    AuthorityKind,
    Condition,
    Direction,
    Exclusion,
    FieldRule,
    Flow,
)
from istmo.registry.parties import Party, PartyKind
from istmo.registry.snapshot import Snapshot

PARTIES = ("PAN", "HTI", "CRI", "USA", "UNHCR")
CODES = ("HTI", "PAN", "CRI", "USA", "NPL", "PRI", "XXA", "XXB", "_U", "X_CONGO")
ID = "invented"
CATEGORIES = [name for name, fields in catalogue().items() if fields]
PURPOSES = list(codelist("purpose").ids)


@st.composite
def _agreements(draw: st.DrawFn) -> Agreement:
    base = agreement()
    names = draw(st.lists(st.sampled_from(PARTIES), min_size=2, max_size=3, unique=True))
    categories = draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique=True))
    kind = draw(st.sampled_from([AuthorityKind.ASYLUM, AuthorityKind.MIGRATION]))
    directions = st.frozensets(st.sampled_from(list(Direction)), min_size=1)
    return replace(
        base,
        id=ID,
        parties=tuple(replace(base.parties[0], party=name, authority_kind=kind) for name in names),
        purposes=frozenset(draw(st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=4))),
        categories=frozenset(categories),
        fields=tuple(FieldRule(field, one) for one in categories for field in catalogue()[one]),
        exclusions=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(list(Exclusion)))),
        conditions=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(list(Condition)), max_size=1)),
        flows=tuple(Flow(one, other, draw(directions)) for one in names for other in names if one != other),
        onward=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(PARTIES), max_size=1)),
    )


AGREEMENTS = _agreements()
_CODES = st.lists(st.sampled_from(CODES), max_size=2)
SUBJECTS = st.fixed_dictionaries(
    {
        "protection": st.just("NONE_FOUND") | st.sampled_from(list(codelist("protection_state").ids)),
        "asylum_informed": st.sampled_from([True, True, True, False]),
        "declared": _CODES,
        "presented": _CODES,
        "presumed": _CODES,
        "verified": _CODES,
        "birth": st.none() | st.sampled_from(CODES),
        "residence": _CODES,
        "feared": st.just([]) | _CODES,
        "child": st.sampled_from([False, False, True]),
        "best_interests": st.booleans(),
        "consent": st.sampled_from([True, True, True, False]),
    }
)


@st.composite
def _requests(draw: st.DrawFn) -> dict[str, Any]:
    categories = draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2, unique=True))
    named = [field for one in categories for field in catalogue()[one]]
    sender, recipient = draw(st.lists(st.sampled_from((*PARTIES, "TS")), min_size=2, max_size=2, unique=True))
    return {
        "sender": sender,
        "recipient": recipient,
        "direction": draw(st.sampled_from([one.value for one in Direction])),
        "purpose": draw(st.sampled_from(PURPOSES)),
        "categories": categories,
        "fields": draw(st.lists(st.sampled_from(named), min_size=1, max_size=3)),
        "agreement": ID,
        "on": draw(st.none() | st.sampled_from(["2022-01-01", "2026-05-01"])),
        "subject": draw(SUBJECTS) if categories != ["AGG"] else draw(st.none() | SUBJECTS),
    }


REQUESTS = _requests()


@st.composite
def chained(draw: st.DrawFn) -> dict[str, Party]:
    """Organisations that pass data on to others."""
    onward = st.lists(st.sampled_from((*PARTIES, "IOM")), max_size=2)
    return {name: party(name, PartyKind.ORGANISATION, *draw(onward)) for name in ("UNHCR", "IOM")}


def registry(made: Agreement, parties: dict[str, Party] | None = None, suspended: bool = False) -> Snapshot:
    held = snapshot(made, parties=parties)
    return replace(
        held,
        agreements=MappingProxyType({made.id: made}),
        suspensions=(suspension(NOW, of=made.id),) if suspended else (),
    )
