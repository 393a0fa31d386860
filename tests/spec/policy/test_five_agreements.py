"""The demonstration's five agreements on persons, case by case: A asks B about an adult who has ties to B alone.

The person was screened without a need being found, was informed of asylum and consents; each case changes one thing.
The agreement on readmission refuses what the others permit: a return waits for its guarantees (R43). The other cases,
in words for a lawyer, are those of `decisions.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from tests.unit.policy.asking import NOW, outcome, subject, suspension
from tests.unit.registry.agreements.sample import document, signed

from istmo.model.codes import codelist
from istmo.policy import NEUTRAL, Refusal
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.validity import valid
from istmo.registry.demonstration import demonstration_keys, demonstration_snapshot
from istmo.registry.snapshot import Snapshot, Suspension

AGREEMENTS = (
    "demo:PAN-HTI-IDENT",
    "demo:MEX-BRA-IDENT",
    "demo:CRI-COL-IDENT",
    "demo:CRI-NIC-IDENT",
    "demo:PAN-HTI-READM",
)
A, B, NOBODY = "A", "B", "NPL"
"""In a case: who asks, who is asked, and a State that has nothing to do with it."""
FACETS = {
    "declared": "nationality declared",
    "presented": "nationality of a document presented",
    "presumed": "nationality presumed",
    "verified": "nationality verified",
    "birth": "country of birth",
    "residence": "former residence",
    "feared": "State that the person fears",
}


@dataclass(frozen=True, slots=True)
class Case:
    """`rule` is "" for a permit, `clause` the subject of the clause that decides; `readmission` is the rule there."""

    name: str
    rule: str
    clause: str = ""
    readmission: str = "R43"
    request: Mapping[str, Any] = field(default_factory=dict)
    subject: Mapping[str, Any] | None = field(default_factory=dict)
    registry: str = ""


def _parts() -> list[tuple[str, list[Case]]]:
    return [
        (
            "Control",
            [
                Case("the request as it is", "", "purposes"),
                Case(
                    "the person has no ties to B",
                    "",
                    "purposes",
                    subject={"declared": [NOBODY]},
                ),
                Case(
                    "A answers B about somebody without ties to B",
                    "",
                    "purposes",
                    request={"direction": "answer"},
                    subject={"declared": [NOBODY]},
                ),
            ],
        ),
        (
            "The agreement",
            [
                Case(
                    "the day before its term",
                    "R46",
                    "term",
                    request={"on": "2022-12-31"},
                ),
                Case("its first day", "", "purposes", request={"on": "2023-01-01"}),
                Case("its last day", "", "purposes", request={"on": "2027-12-31"}),
                Case(
                    "the day after its term",
                    "R46",
                    "term",
                    request={"on": "2028-01-01"},
                ),
                Case(
                    "one minute before it is suspended",
                    "",
                    "purposes",
                    registry="suspended in a minute",
                ),
                Case(
                    "one minute after it was suspended",
                    "R46",
                    "suspension",
                    registry="suspended a minute ago",
                ),
                Case(
                    "suspended, and an earlier day is asked about",
                    "R46",
                    "suspension",
                    request={"on": "2023-08-15"},
                    registry="suspended a minute ago",
                ),
                Case("one signature is missing", "R46", registry="one signature missing"),
                Case("the registry is stale", "R46", "term", registry="stale"),
                Case(
                    "one field too many",
                    "R46",
                    "fields",
                    request={"fields": ["name", "birth_date", "sex"]},
                ),
                Case(
                    "one category too many",
                    "R46",
                    "categories",
                    request={"categories": ["BIO_BASIC", "DOC"]},
                ),
                Case("another purpose", "R46", "purposes", "R46", request={"purpose": "HEALTH"}),
                Case("unasked", "R54", readmission="R54", request={"direction": "push"}),
                Case(
                    "an agreement that does not exist",
                    "R46",
                    request={"agreement": "demo:NONE"},
                ),
                Case(
                    "criminal records",
                    "R46",
                    readmission="R46",
                    request={"categories": ["BIO_BASIC", "CRIMREC"]},
                ),
            ],
        ),
        (
            "The State of origin (A) asks",
            [
                Case(name, "R53", readmission="R53", subject={"declared": [], facet: A if facet == "birth" else [A]})
                for facet, name in FACETS.items()
            ],
        ),
        (
            "The State of origin (B) is answered",
            [
                Case(
                    f"protection state {state}",
                    "R53",
                    readmission="R53",
                    request={"direction": "answer"},
                    subject={"protection": state},
                )
                for state in codelist("protection_state").ids
            ],
        ),
        (
            "A need for protection, and B is a State of origin",
            [
                Case(
                    f"{state}; {name}",
                    "R28",
                    readmission="R28",
                    subject={"declared": [], "protection": state, facet: B if facet == "birth" else [B]},
                )
                for state in codelist("protection_state").ids
                if state != "NONE_FOUND"
                for facet, name in FACETS.items()
            ],
        ),
        (
            "What is not known counts as a need",
            [
                Case(
                    "an unknown protection state",
                    "R28",
                    readmission="R28",
                    subject={"protection": "FINE"},
                ),
                Case(
                    "an empty protection state",
                    "R28",
                    readmission="R28",
                    subject={"protection": None},
                ),
                Case(
                    "not informed of asylum, or over 30 days ago",
                    "R28",
                    readmission="R28",
                    subject={"asylum_informed": False},
                ),
                Case(
                    "without consent that is still valid",
                    "R28",
                    readmission="R28",
                    subject={"consent": False},
                ),
                Case(
                    "without consent, and without ties to B",
                    "R54",
                    readmission="R54",
                    subject={"consent": False, "declared": [NOBODY]},
                ),
                Case(
                    "fears another State, although no need is on record",
                    "R28",
                    readmission="R28",
                    subject={"feared": [NOBODY]},
                ),
                Case(
                    "a document of a refugee (XXB)",
                    "R28",
                    readmission="R28",
                    subject={"presented": ["XXB"]},
                ),
                Case(
                    "with fear and no nationality known",
                    "R28",
                    readmission="R28",
                    subject={"protection": "FEAR", "declared": []},
                ),
                Case(
                    "with fear, and the source says “unknown”",
                    "R28",
                    readmission="R28",
                    subject={"protection": "FEAR", "declared": ["_U"]},
                ),
                Case("it is not said about whom", "R29", readmission="R29", subject=None),
            ],
        ),
        (
            "Other people",
            [
                Case(
                    "a child without best interests determined",
                    "R28",
                    readmission="R28",
                    subject={"child": True},
                ),
                Case(
                    "a child, with best interests, for this purpose",
                    "R39",
                    readmission="R39",
                    subject={"child": True, "best_interests": True},
                ),
                Case(
                    "a child without best interests or ties to B",
                    "R39",
                    readmission="R39",
                    subject={"child": True, "declared": [NOBODY]},
                ),
                Case(
                    "a trafficking victim without ties to B",
                    "R38",
                    readmission="R38",
                    subject={"protection": "TRAFFICKING", "declared": [NOBODY]},
                ),
                Case(
                    "B is only the State that is presumed",
                    "R33",
                    readmission="R33",
                    subject={"declared": [NOBODY], "presumed": [B]},
                ),
            ],
        ),
    ]


PARTS = _parts()

MINUTE = timedelta(minutes=1)
CASES = [
    pytest.param(id_, case, id=f"{id_}-{part}-{case.name}")
    for part, cases in PARTS
    for case in cases
    for id_ in AGREEMENTS
]


def request(id_: str, case: Case) -> dict[str, Any]:
    sender, recipient = id_.removeprefix("demo:").split("-")[:2]

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(one) for one in value]
        return {A: sender, B: recipient}.get(value, value) if isinstance(value, str) else value

    about = (
        None
        if case.subject is None
        else subject(declared=[recipient]) | {key: named(value) for key, value in case.subject.items()}
    )
    return {
        "sender": sender,
        "recipient": recipient,
        "direction": "ask",
        "purpose": "RETURN" if id_.endswith("READM") else "IDENT",
        "categories": ["BIO_BASIC"],
        "fields": ["name", "birth_date"],
        "agreement": id_,
        "subject": about,
        **case.request,
    }


def suspended(id_: str, since: datetime) -> Suspension:
    """By the first of its parties: nobody else stops it."""
    return replace(suspension(since, of=id_), party=id_.removeprefix("demo:")[:3])


def registry(id_: str, state: str) -> Snapshot:
    held = demonstration_snapshot(NOW)
    match state:
        case "suspended in a minute":
            return replace(held, suspensions=(suspended(id_, NOW + MINUTE),))
        case "suspended a minute ago":
            return replace(held, suspensions=(suspended(id_, NOW - MINUTE),))
        case "stale":
            return replace(held, expires=NOW)
        case "one signature missing":
            one_alone = valid(signed(document(id_), id_.removeprefix("demo:")[:3]), demonstration_keys(), NOW)
            counted = {id_: one_alone} if isinstance(one_alone, Agreement) else {}
            others = {key: value for key, value in held.agreements.items() if key != id_}
            return replace(held, agreements=MappingProxyType({**others, **counted}))
    return held


@pytest.mark.parametrize(("id_", "case"), CASES)
def test_the_decision_is_that_of_the_table(id_: str, case: Case) -> None:
    found = outcome(request(id_, case), snapshot=registry(id_, case.registry))
    rule = case.readmission if id_.endswith("READM") else case.rule
    assert (found.rule if isinstance(found, Refusal) else "") == rule
    clauses = demonstration_snapshot(NOW).agreements[id_].clauses
    if rule == case.rule:
        assert found.clause == (clauses[case.clause].number if case.clause else "")
    if isinstance(found, Refusal):
        assert found.public_answer == NEUTRAL


def test_every_state_of_protection_and_every_facet_stands_in_the_table() -> None:
    needs = {case.name for _, cases in PARTS for case in cases if case.rule == "R28"}
    for state in codelist("protection_state").ids:
        assert sum(name.startswith(f"{state};") for name in needs) == (0 if state == "NONE_FOUND" else 7)
