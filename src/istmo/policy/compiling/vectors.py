"""Test vectors of an agreement: requests with the decision that they must get, made from its text alone.

They let another program, or the next version of this one, be tried against what the parties signed. A vector is decided
on the day that it gives, in a registry where both parties take part, nothing is suspended and nobody passes data on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from istmo.model.codes import codelist
from istmo.model.text import Text
from istmo.policy.compiling.cedar import PROVABLE
from istmo.policy.facts import NO_NEED
from istmo.policy.floor import FOR_CHILDREN
from istmo.policy.request import FACETS
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import Agreement, Direction, Exclusion, Flow, Subject

_ELSEWHERE = ("NPL", "BGD", "ERI", "GHA", "LKA", "SOM", "UZB", "VNM")
_DAY = timedelta(days=1)
_OWN_PURPOSE = frozenset({"MOVE", "ASYLUM"})


@dataclass(frozen=True, slots=True)
class Vector:
    """`rule` and `clause` are "" for a permit; `clause` also where the floor refuses."""

    name: Text
    request: Mapping[str, Any]
    rule: str = ""
    clause: str = ""

    def as_json(self) -> dict[str, Any]:
        decision = "refuse" if self.rule else "permit"
        expected = {"decision": decision, "rule": self.rule, "clause": self.clause}
        return {"name": self.name.as_json(), "request": dict(self.request), "expected": expected}


def vectors(agreement: Agreement) -> tuple[Vector, ...]:
    """What each flow permits for each purpose; then, from the first that is permitted, each way to be refused."""
    controls = [
        _control(agreement, flow, direction, purpose)
        for flow in sorted(agreement.flows, key=lambda flow: (flow.sender, flow.recipient))
        for direction in Direction
        if direction in flow.directions
        for purpose in sorted(agreement.purposes)
    ]
    permitted = [one.request for one in controls if not one.rule]
    asking = [one for one in permitted if one["direction"] == Direction.ASK.value]
    refused: list[Vector] = []
    if permitted:
        refused += _by_the_text(agreement, (asking or permitted)[0])
    if agreement.is_person_level and asking:
        refused += _by_the_floor(agreement, asking[0])
    return (*controls, *refused)


def _control(agreement: Agreement, flow: Flow, direction: Direction, purpose: str) -> Vector:
    request = {
        "sender": flow.sender,
        "recipient": flow.recipient,
        "direction": direction.value,
        "purpose": purpose,
        "categories": sorted(agreement.categories),
        "fields": sorted(rule.name for rule in agreement.fields),
        "agreement": agreement.id,
        "on": agreement.in_force.isoformat(),
        "subject": _person(agreement) if agreement.is_person_level else None,
    }
    name = Text(
        es=f"{flow.sender} → {flow.recipient}, {direction.value}, {purpose}: todo lo que el texto permite",
        en=f"{flow.sender} → {flow.recipient}, {direction.value}, {purpose}: all that the text permits",
    )
    if agreement.is_person_level and purpose == "RETURN":
        return Vector(name, request, "R43")
    if agreement.is_person_level and agreement.conditions - PROVABLE:
        return Vector(name, request, "R46", _number(agreement, Subject.CONDITIONS))
    return Vector(name, request)


def _person(agreement: Agreement) -> dict[str, Any]:
    """An adult, screened and consenting, with ties to a State that has nothing to do with the agreement."""
    near = agreement.party_ids | agreement.onward
    origin = next((state for state in _ELSEWHERE if state not in near), _ELSEWHERE[0])
    facets: dict[str, Any] = {name: [] for name in FACETS}
    return {
        **facets,
        "protection": NO_NEED,
        "asylum_informed": True,
        "declared": [origin],
        "birth": None,
        "child": False,
        "best_interests": False,
        "consent": True,
    }


def _by_the_text(agreement: Agreement, control: Mapping[str, Any]) -> Iterator[Vector]:
    def refused(es: str, en: str, by: Subject, **changes: Any) -> Vector:
        return Vector(Text(es=es, en=en), {**control, **changes}, "R46", _number(agreement, by))

    yield refused("un día antes de regir", "the day before its term", Subject.TERM, on=_on(agreement.in_force - _DAY))
    yield refused("un día después de regir", "the day after its term", Subject.TERM, on=_on(agreement.expires + _DAY))
    listed = {rule.name for rule in agreement.fields}
    more = [name for one in control["categories"] for name in catalogue()[one] if name not in listed]
    if more:
        yield refused("un campo de más", "one field too many", Subject.FIELDS, fields=[*control["fields"], more[0]])
    given = frozenset(
        one
        for flow in agreement.flows
        if (flow.sender, flow.recipient) == (control["sender"], control["recipient"])
        for one in flow.directions
    )
    possible = (Direction.ASK, Direction.ANSWER) if agreement.is_person_level else tuple(Direction)
    for direction in possible:
        if direction not in given:
            yield refused("un sentido que no prevé", "a direction not agreed", Subject.FLOWS, direction=direction.value)
    if not agreement.categories & _OWN_PURPOSE:
        purpose = next((one for one in ("HEALTH", "REFERRAL", "FAM_LINK") if one not in agreement.purposes), "")
        if purpose:
            yield refused("otra finalidad", "another purpose", Subject.PURPOSES, purpose=purpose)
    if agreement.is_person_level:
        yield from _persons_of_the_text(agreement, control)


def _persons_of_the_text(agreement: Agreement, control: Mapping[str, Any]) -> Iterator[Vector]:
    def refused(es: str, en: str, by: Subject, **changes: Any) -> Vector:
        return Vector(Text(es=es, en=en), {**control, **changes}, "R46", _number(agreement, by))

    category = next((one for one in ("DOC", "NAT", "PHOTO", "HEALTH") if one not in agreement.categories), "")
    if category:
        yield refused(
            "una categoría de más",
            "one category too many",
            Subject.CATEGORIES,
            categories=[*control["categories"], category],
        )
    about = control["subject"]
    left_out = {
        Exclusion.ASYLUM: {**about, "protection": "FEAR"},
        Exclusion.TRAFFICKING: {**about, "protection": "NOT_SCREENED"},
        Exclusion.CHILD: {**about, "child": True, "best_interests": True},
        Exclusion.OWN_NATIONAL: {**about, "declared": ["_U"]},
    }
    for exclusion in sorted(agreement.exclusions):
        if exclusion is not Exclusion.CHILD or control["purpose"] in FOR_CHILDREN:
            yield refused(
                f"alguien a quien deja o puede dejar fuera: {exclusion}",
                f"somebody whom it leaves out, or may: {exclusion}",
                Subject.EXCLUSIONS,
                subject=left_out[exclusion],
            )


def _by_the_floor(agreement: Agreement, control: Mapping[str, Any]) -> Iterator[Vector]:
    about = control["subject"]
    states = codelist("citizenship")
    recipient, sender = control["recipient"], control["sender"]

    def refused(es: str, en: str, rule: str, **changes: Any) -> Vector:
        return Vector(Text(es=es, en=en), {**control, "subject": {**about, **changes}}, rule)

    yield refused("sin consentimiento", "without consent", "R54", consent=False)
    yield refused("una necesidad ilegible", "a need that cannot be read", "R28", protection="?")
    unfit = {"child": True, "best_interests": control["purpose"] not in FOR_CHILDREN}
    yield refused("una niña o un niño, sin lo que hace falta", "a child, without what is needed", "R39", **unfit)
    yield Vector(Text(es="sin decir de quién", en="without saying about whom"), {**control, "subject": None}, "R29")
    if sender in states:
        yield refused("pregunta el Estado de origen", "the State of origin asks", "R53", declared=[sender])
    if recipient not in states:
        return
    for state in codelist("protection_state").ids:
        if state != NO_NEED:
            changes = {"protection": state, "declared": [recipient]}
            yield refused(f"{state}, al Estado de origen", f"{state}, to the State of origin", "R28", **changes)
    for facet in (*FACETS, "birth"):
        reached = recipient if facet == "birth" else [recipient]
        yield refused(
            f"temor, y {facet} es quien recibe",
            f"fear, and {facet} is who receives",
            "R28",
            **{"protection": "FEAR", facet: reached},
        )


def _number(agreement: Agreement, subject: Subject) -> str:
    return agreement.clauses[subject.value].number


def _on(day: date) -> str:
    return day.isoformat()
