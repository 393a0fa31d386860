"""What an agreement compiles to: policies, readings, a schema, test vectors that the decision keeps, an audit query."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from tests.unit.policy.asking import IDENT, NOW, READM, STAT, agreement, outcome, readable, snapshot

from istmo.model.errors import InvalidInput
from istmo.policy import Refusal, decide, engine, simulated
from istmo.policy.agreed import refused_by
from istmo.policy.compiling.audit import audit_query
from istmo.policy.compiling.cedar import literal, policies
from istmo.policy.compiling.documents import compiled, explained, reading
from istmo.policy.compiling.payload import payload_schema
from istmo.policy.compiling.vectors import Vector, vectors
from istmo.policy.facts import facts_of, standing_of
from istmo.registry.agreements.record import Agreement, AuthorityKind, Condition, Direction, Exclusion, Flow
from istmo.registry.demonstration import demonstration_snapshot

DEMONSTRATION = list(demonstration_snapshot(NOW).agreements.values())


def asylum(**changes: Any) -> Agreement:
    made = agreement(between=("PAN", "CRI"), purpose="ASYLUM_RESP", data={"ASYLUM": ["claim"]}, **changes)
    return replace(made, parties=tuple(replace(one, authority_kind=AuthorityKind.ASYLUM) for one in made.parties))


INVENTED = [
    agreement(exclusions=frozenset(Exclusion)),
    agreement(between=("PAN", "UNHCR"), purposes=frozenset({"REFERRAL", "FAM_LINK"}), exclusions=frozenset(Exclusion)),
    agreement(purpose="FAM_LINK", data={"MOVE": ["last_contact_country"], "FAMILY": ["relation"]}),
    agreement(conditions=frozenset({Condition.HIT_FIRST, Condition.BEST_INTERESTS})),
    agreement(flows=(Flow("PAN", "HTI", frozenset({Direction.ANSWER})),)),
    agreement(purposes=frozenset({"HEALTH", "REFERRAL", "FAM_LINK"}), data={
        "DOC": ["document_type"], "NAT": ["nationality"], "PHOTO": ["photograph"], "HEALTH": ["medicine"]
    }),
    agreement(between=("UNHCR", "HTI"), purpose="FAM_LINK"),
    replace(
        agreement(between=("UNHCR", "HTI"), purpose="FAM_LINK"),
        flows=(Flow("UNHCR", "HTI", frozenset({Direction.ASK})),),
    ),
    asylum(),
]  # fmt: skip


def cases() -> list[Any]:
    return [
        pytest.param(made, case, id=f"{made.id}-{number}-{case.name.en}")
        for number, made in enumerate([*DEMONSTRATION, *INVENTED])
        for case in vectors(made)
    ]


@pytest.mark.parametrize(("made", "case"), cases())
def test_every_vector_is_decided_as_it_says(made: Agreement, case: Vector) -> None:
    found = outcome(case.request, snapshot=snapshot(made))
    expected = case.as_json()["expected"]
    assert found.decision == expected["decision"]
    assert (getattr(found, "rule", ""), found.clause if isinstance(found, Refusal) else "") == (case.rule, case.clause)


@pytest.mark.parametrize("made", DEMONSTRATION, ids=lambda made: made.id)
def test_each_agreement_of_the_demonstration_has_vectors_of_both_kinds_but_that_on_readmission(made: Agreement) -> None:
    decisions = {case.as_json()["expected"]["decision"] for case in vectors(made)}
    assert decisions == ({"refuse"} if made.id == READM else {"permit", "refuse"})


def test_an_agreement_compiles_to_files_that_stand_alone() -> None:
    made = compiled(agreement())
    assert sorted(made) == [
        "agreement.cedar",
        "audit.sql",
        "floor.cedar",
        "payload.schema.json",
        "reading.en.md",
        "reading.es.md",
        "schema.cedarschema",
        "standing.cedar",
        "vectors.json",
    ]
    assert engine.parsed("\n".join(made[name] for name in made if name.endswith(".cedar")))
    assert json.loads(made["vectors.json"])["digest"] == agreement().digest
    assert IDENT in made["audit.sql"]
    assert "R28" in made["reading.es.md"]
    assert made["reading.es.md"] != made["reading.en.md"]
    assert compiled(agreement()) == made


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kind": "MOU"}, "F73"),
        ({"purpose": "BORDER"}, "F73"),
        ({"data": {"BIO_BASIC": ["name"], "CRIMREC": []}}, "F73"),
        ({"data": {"BIO_BASIC": []}}, "F73"),
    ],
)
def test_what_may_not_come_into_force_is_not_compiled(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        compiled(agreement(**changes))
    assert raised.value.rule == rule


def test_policies_that_do_not_parse_or_fit_the_schema_are_an_error() -> None:
    for text in ("permit (", "permit (principal, action, resource) when { context.score > 3 };"):
        with pytest.raises(InvalidInput) as raised:
            engine.parsed(text)
        assert raised.value.rule == "F92"


def test_a_text_cannot_end_its_own_string_in_cedar() -> None:
    name = 'a"; permit (principal, action, resource);\\\n\u2028//'
    assert literal(name) == '"a\\"; permit (principal, action, resource);\\\\\\u{a}\\u{2028}//"'
    assert engine.parsed(policies(agreement(id=name)))
    assert "''" in compiled(agreement(id="a'b"))["audit.sql"]


def test_what_lists_nothing_permits_nothing() -> None:
    empty = agreement(purposes=frozenset(), flows=(), fields=(), categories=frozenset())
    assert engine.parsed(policies(empty))
    assert policies(empty).count("false") == 4
    assert not vectors(empty)
    assert "IN (NULL)" in audit_query(empty)


def test_the_payload_holds_the_listed_fields_and_no_other() -> None:
    schema = payload_schema(agreement())
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).is_valid
    assert valid({"name": "Ana Prueba", "birth_date": "1990-01-31"})
    assert valid({"name": None})
    assert not valid({"name": "Ana Prueba", "sex": "F"})
    assert not valid({"birth_date": "31/01/1990"})
    assert not valid({})
    statistics = payload_schema(agreement(STAT))
    assert jsonschema.Draft202012Validator(statistics).is_valid({"PERIOD": "2023-08", "OBS_VALUE": 7})


def test_a_reading_says_what_nothing_can_prove_yet() -> None:
    made = agreement(conditions=frozenset({Condition.NOTICE_GIVEN}))
    assert len(explained(made)) == len(explained(agreement())) + 1
    assert "nothing can prove" in reading(made, "en")
    assert "nada puede probar" in reading(made, "es")


def test_best_interests_are_asked_for_by_the_clause_too() -> None:
    held = snapshot(agreement(conditions=frozenset({Condition.BEST_INTERESTS})))
    made = held.agreements[IDENT]
    request = readable(vectors(made)[0].request)
    facts = facts_of(request, made, held.parties)
    stands = standing_of(request, made, snapshot=held, superseded=False, now=NOW)
    assert refused_by(made, facts, stands) is None
    assert refused_by(made, replace(facts, child=True, best_interests=True), stands) is None
    refused = refused_by(made, replace(facts, child=True), stands)
    assert refused is not None
    assert refused.clause == "6"


# --- what would happen if ---


def test_a_simulation_decides_under_the_agreement_given_and_makes_no_permit() -> None:
    made = agreement(id="demo:DRAFT", between=("PAN", "CRI"))
    request = {**vectors(made)[0].request, "agreement": "another"}
    found = simulated(made, request, demonstration_snapshot(NOW), NOW)
    assert (found.decision, found.rule, found.clause, found.public_answer) == ("permit", "", "2", None)
    assert found.clause_text is not None
    assert not hasattr(found, "request_digest")


def test_a_simulation_names_the_clause_that_refuses_or_the_rule_of_the_floor() -> None:
    held = demonstration_snapshot(NOW)
    more = {**vectors(agreement())[0].request, "fields": ["name", "sex"]}
    by_clause = simulated(agreement(), more, held, NOW)
    assert (by_clause.decision, by_clause.rule, by_clause.clause) == ("refuse", "R46", "3(b)")
    assert by_clause.clause_text == agreement().clauses["fields"].text
    assert by_clause.public_answer is not None
    by_floor = simulated(agreement(READM), vectors(agreement(READM))[0].request, held, NOW + timedelta(hours=1))
    assert (by_floor.rule, by_floor.clause, by_floor.clause_text) == ("R43", "", None)
    with pytest.raises(InvalidInput):
        simulated(agreement(), [], held, NOW)  # type: ignore[arg-type]


def test_a_decision_can_be_taken_on_what_a_reader_refused() -> None:
    refusal = Refusal("R46", agreement().title)
    assert decide(refusal, snapshot=snapshot(), now=NOW) is refusal
