"""What is permitted and what is refused, by which rule and clause: `decisions.yaml`, cases that a lawyer can read.

Each case changes one thing in a control that is permitted. `docs/generate.py` prints the same file as a reference page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from istmo.model.codes import codelist
from istmo.model.documents import read_document
from istmo.model.text import Text
from istmo.policy import NEUTRAL, Permit, Refusal, decide, read_request
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import Agreement, AuthorityKind, FieldRule
from istmo.registry.agreements.validity import valid
from istmo.registry.demonstration import (
    demonstration_documents,
    demonstration_key,
    demonstration_keys,
    demonstration_snapshot,
)
from istmo.registry.signing import Signed
from istmo.registry.snapshot import Denunciation, Snapshot, Suspension

SPEC: Mapping[str, Any] = read_document(Path(__file__).with_name("decisions.yaml").read_bytes(), name="decisions.yaml")
NOW = "2026-06-01T12:00:00Z"
IDENT = "demo:PAN-HTI-IDENT"
WORDS = {"yes": True, "no": False, "null": None}
PERSON: Mapping[str, Any] = {
    "protection": "NONE_FOUND",
    "asylum_informed": True,
    **{facet: [] for facet in SPEC["need"]["facets"]},
    "declared": ["HTI"],
    "birth": None,
    "child": False,
    "best_interests": False,
    "consent": True,
}
CONTROL: Mapping[str, Any] = {
    "sender": "PAN",
    "recipient": "HTI",
    "direction": "ask",
    "purpose": "IDENT",
    "categories": ["BIO_BASIC"],
    "fields": ["name", "birth_date"],
    "agreement": IDENT,
    "subject": PERSON,
}
SUBMISSION: Mapping[str, Any] = {
    "sender": "HND",
    "recipient": "TS",
    "direction": "push",
    "purpose": "STAT",
    "categories": ["AGG"],
    "fields": ["REPORTER", "PERIOD", "OBS_VALUE"],
    "agreement": "demo:RCM-STAT",
    "subject": None,
}
CASES = [case for group in SPEC["groups"] for case in group["cases"]]


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def person(changes: Mapping[str, Any]) -> dict[str, Any]:
    changed = {name: value if isinstance(value, list) else WORDS.get(value, value) for name, value in changes.items()}
    return {name: value for name, value in {**PERSON, **changed}.items() if value != "missing"}


def request(case: Mapping[str, Any]) -> dict[str, Any]:
    base = dict(SUBMISSION if case.get("from") == "submission" else CONTROL)
    purpose = case.get("registry", {}).get("purpose", base["purpose"])
    about = person(case["person"]) if "person" in case else base["subject"]
    return {**base, "purpose": purpose, "subject": about, **case.get("request", {})}


def registry(changes: Mapping[str, str], now: datetime) -> Snapshot:
    """The demonstration's, with what the case changes in it."""
    base = demonstration_snapshot(now)
    agreements, parties = dict(base.agreements), dict(base.parties)
    if "unsigned" in changes:
        read = valid(without_signature(changes["unsigned"]), demonstration_keys(), now)
        agreements.pop(IDENT)
        agreements |= {read.id: read} if isinstance(read, Agreement) else {}
    if IDENT in agreements:
        agreements[IDENT] = agreed(agreements[IDENT], changes)
    if "passes_on" in changes:
        parties["HTI"] = replace(parties["HTI"], passes_on_to=frozenset({changes["passes_on"]}))
    return replace(
        base,
        agreements=MappingProxyType(agreements),
        parties=MappingProxyType(parties),
        suspensions=(suspension(changes),) if "suspended" in changes else (),
        denunciations=(denunciation(changes["denounced"]),) if "denounced" in changes else (),
        expires=base.expires - timedelta(hours=int(changes.get("age", "0"))),
    )


def agreed(base: Agreement, changes: Mapping[str, str]) -> Agreement:
    """The agreement, had its parties agreed on another purpose, category, authority or onward transfer."""
    data = changes.get("data")
    authority = AuthorityKind(changes.get("authority", "migration"))
    return replace(
        base,
        purposes=frozenset({changes["purpose"]}) if "purpose" in changes else base.purposes,
        categories=frozenset({data}) if data else base.categories,
        fields=tuple(FieldRule(field, data) for field in catalogue()[data]) if data else base.fields,
        onward=frozenset({changes["onward"]}) if "onward" in changes else base.onward,
        parties=tuple(replace(entry, authority_kind=authority) for entry in base.parties),
    )


def suspension(changes: Mapping[str, str]) -> Suspension:
    lifted = moment(changes["lifted"]) if "lifted" in changes else None
    return Suspension(IDENT, "HTI", moment(changes["suspended"]), Text(es="motivo", en="reason"), lifted)


def denunciation(made: str) -> Denunciation:
    """It asks for the earliest day, and gets the one on which the notice of the text is over."""
    return Denunciation(IDENT, "HTI", moment(made), date(2026, 1, 1), Text(es="motivo", en="reason"))


def without_signature(party: str) -> Signed:
    document, kid = demonstration_documents()[IDENT], demonstration_key(party).kid
    left = tuple(one for one in document.signatures if one.kid != kid)
    assert len(left) == len(document.signatures) - 1
    return replace(document, signatures=left)


def outcome(case: Mapping[str, Any]) -> Permit | Refusal:
    now = moment(case.get("now", NOW))
    changes = case.get("registry", {})
    return decide(read_request(request(case)), snapshot=registry(changes, now), now=now)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["en"])
def test_a_case_is_decided_as_the_table_says_with_the_clause_that_decides(case: Mapping[str, Any]) -> None:
    found = outcome(case)
    if case["expect"] == "permit":
        assert isinstance(found, Permit), found
        assert found.clause == "2"
        return
    assert isinstance(found, Refusal)
    assert (found.rule, found.clause) == (case["expect"], case["clause"])
    assert found.public_answer == NEUTRAL


def test_every_group_has_cases_that_are_permitted_and_cases_that_are_refused() -> None:
    for group in SPEC["groups"]:
        assert {case["expect"] == "permit" for case in group["cases"]} == {True, False}, group["en"]


STATES = codelist("protection_state").ids


def beside(facet: str) -> Iterator[dict[str, Any]]:
    """Haiti in one facet: alone, first and last among others; where a person was born is one State."""
    lists = [["HTI"], ["HTI", "CUB"], ["CUB", "VEN", "HTI"]]
    for states in lists[:1] if facet == "birth" else lists:
        yield {"declared": ["CUB"], facet: states[0] if facet == "birth" else states}


@pytest.mark.parametrize("facet", SPEC["need"]["facets"])
@pytest.mark.parametrize("state", STATES)
def test_whoever_needs_protection_or_may_is_never_told_of_to_a_state_of_any_facet(state: str, facet: str) -> None:
    expected = SPEC["need"]["none_found"][facet] if state == "NONE_FOUND" else "R28"
    for about in beside(facet):
        found = outcome({"person": {**about, "protection": state}})
        assert (found.rule if isinstance(found, Refusal) else "permit") == expected


@pytest.mark.parametrize("facet", [facet for facet in SPEC["need"]["facets"] if facet != "feared"])
def test_the_answer_to_a_state_that_asks_about_its_own_does_not_depend_on_the_record(facet: str) -> None:
    asks = {"sender": "HTI", "recipient": "PAN"}
    found = [
        outcome({"request": asks, "person": {**about, "protection": state}})
        for state in STATES
        for about in beside(facet)
    ]
    assert {one.rule for one in found if isinstance(one, Refusal)} == {"R53"}
    assert len({(one.reason, one.public_answer) for one in found if isinstance(one, Refusal)}) == 1
    assert not any(isinstance(one, Permit) for one in found)


MAY_BE_NULL = {"subject.birth"}


@pytest.mark.parametrize("name", [*CONTROL, *(f"subject.{name}" for name in PERSON)])
@pytest.mark.parametrize("wrong", ["missing", None, "?", 7, {"is": "nested"}, [["HTI"]]], ids=str)
def test_what_is_missing_null_or_unknown_is_refused_and_never_an_error(name: str, wrong: Any) -> None:
    document = {**CONTROL, "subject": dict(PERSON)}
    within, key = (document["subject"], name.removeprefix("subject.")) if "." in name else (document, name)
    if wrong == "missing":
        within.pop(key)
    else:
        within[key] = wrong
    now = moment(NOW)
    found = decide(read_request(document), snapshot=demonstration_snapshot(now), now=now)
    if wrong is None and name in MAY_BE_NULL:
        assert isinstance(found, Permit)
    else:
        assert isinstance(found, Refusal)


@pytest.mark.parametrize("where", ["request", "subject"])
def test_an_attribute_that_is_not_known_is_refused(where: str) -> None:
    document: dict[str, Any] = {**CONTROL, "subject": dict(PERSON)}
    (document if where == "request" else document["subject"])["urgent"] = True
    assert isinstance(read_request(document), Refusal)
