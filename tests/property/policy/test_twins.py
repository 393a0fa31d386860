"""The floor in Python and the floor in Cedar forbid the same, rule by rule.

The space of facts is not finite, but what a rule can tell apart is. A rule reads only the attributes listed in
`READS`; the first test holds both twins to that list. It compares strings and sets only with constants, by emptiness
or by whether two sets share a State. So an attribute has as many classes as `CLASSES` gives, whatever else it holds: a
set of States is empty, or shares a State with those that receive (or ask), or holds others alone. Every combination of
the classes that a rule reads is tried. The rule `need` joins two parts, the need and the reach, by "and" (in Cedar two
`when` clauses); they read nothing in common but `feared`, so each part is tried in full with the other true and false.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.policy.invented import AGREEMENTS, REQUESTS, registry
from tests.unit.policy.asking import IDENT, NOW, asked, readable, snapshot

from istmo.model.codes import codelist
from istmo.policy import Refusal, engine, read_request
from istmo.policy.agreed import refused_by
from istmo.policy.compiling.cedar import policies
from istmo.policy.facts import Facts, facts_of, standing_of
from istmo.policy.floor import FLOOR, broken
from istmo.registry.agreements.record import Condition, Direction, Exclusion

HERE, THERE = frozenset({"HTI"}), frozenset({"NPL"})
STATES = [frozenset(), HERE, THERE]
FACETS = ("declared", "presented", "presumed", "verified", "birth", "residence", "feared")
BOTH = [False, True]
PURPOSES = list(codelist("purpose").ids)
CLASSES: dict[str, list[Any]] = {
    **dict.fromkeys((*FACETS, "presumed_only"), STATES),
    "asks": [HERE],
    "receives": [HERE],
    "protection": list(codelist("protection_state").ids),
    "purpose": PURPOSES,
    "direction": list(Direction),
    "categories": [
        frozenset(),
        *(frozenset({one}) for one in codelist("data_category").ids),
        frozenset({"MOVE", "ASYLUM"}),
    ],
}
NEED = {"protection", "asylum_informed", "consent", "feared", "refugee_document", "child", "best_interests"}
REACH = {"receives", *FACETS, "reaches_state", "unsure"}
READS = {
    "criminal-records": {"categories"},
    "aggregates-only": {"person", "purpose"},
    "secretariat": {"person", "secretariat"},
    "nothing-unasked": {"person", "direction"},
    "origin-asks": {"person", "asks", *FACETS},
    "need": {"person", *NEED, *REACH},
    "asylum-data": {"person", "categories", "purpose", "asylum_authorities", *REACH},
    "presumed-only": {"person", "purpose", "receives", "presumed_only"},
    "child": {"person", "child", "purpose", "best_interests"},
    "trafficking": {"person", "protection", "purpose", "consent"},
    "consent": {"person", "consent"},
    "movements": {"person", "categories", "purpose"},
    "return": {"person", "purpose"},
}
CONTROL = facts_of(readable(asked()), snapshot().agreements[IDENT], snapshot().parties)
STANDS = standing_of(readable(asked()), snapshot().agreements[IDENT], snapshot=snapshot(), superseded=False, now=NOW)
ALONE = engine.parsed(engine.floor_text())


class Watched:
    """Facts that tell which of them were looked at."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.seen = facts, set[str]()

    def __getattr__(self, name: str) -> Any:
        if name in {one.name for one in fields(Facts)}:
            self.seen.add(name)
            return getattr(self.facts, name)
        return getattr(Facts, name).fget(self)


def cedar_rules() -> dict[str, str]:
    texts = re.split(r"(?=@id\()", re.sub(r"//.*", "", engine.floor_text()))[1:]
    return {text.split('"')[1]: text for text in texts}


def test_both_twins_have_the_same_rules_with_the_same_numbers() -> None:
    texts = cedar_rules()
    assert list(texts) == [rule.id for rule in FLOOR] == list(READS)
    for rule in FLOOR:
        assert f'@rule("{rule.rule}")' in texts[rule.id]


@pytest.mark.parametrize("rule", FLOOR, ids=lambda rule: rule.id)
def test_a_rule_reads_what_is_listed_and_nothing_else(rule: Any) -> None:
    text = cedar_rules()[rule.id]
    read = set(re.findall(r"context\.(\w+)", text)) | ({"direction"} if "Action::" in text else set())
    assert read == READS[rule.id]
    seen: set[str] = set()
    for facts in combined(rule.id):
        watched = Watched(facts)
        rule.forbids(watched)
        seen |= watched.seen
    assert seen == READS[rule.id]


def combined(rule: str) -> Iterator[Facts]:
    """Every combination of the classes of what a rule reads."""
    if rule == "need":
        names = sorted({"person", *NEED})
        for values in product(*(CLASSES.get(name, BOTH) for name in names)):
            for declared in (HERE, THERE):
                yield replace(CONTROL, declared=declared, **dict(zip(names, values, strict=True)))
        names = sorted(REACH)
        for values in product(*(CLASSES.get(name, BOTH) for name in names)):
            for protection in ("FEAR", "NONE_FOUND"):
                yield replace(CONTROL, protection=protection, **dict(zip(names, values, strict=True)))
        return
    if rule == "asylum-data":
        for values in product(*(CLASSES.get(name, BOTH) for name in sorted(REACH))):
            yield replace(
                CONTROL,
                categories=frozenset({"ASYLUM"}),
                purpose="ASYLUM_RESP",
                asylum_authorities=True,
                **dict(zip(sorted(REACH), values, strict=True)),
            )
        names = ["asylum_authorities", "categories", "person", "purpose"]
        for values in product(*(CLASSES.get(name, BOTH) for name in names)):
            for declared in (HERE, THERE):
                yield replace(CONTROL, declared=declared, **dict(zip(names, values, strict=True)))
        return
    names = sorted(READS[rule])
    for values in product(*(CLASSES.get(name, BOTH) for name in names)):
        yield replace(CONTROL, **dict(zip(names, values, strict=True)))


@pytest.mark.parametrize("rule", FLOOR, ids=lambda rule: rule.id)
def test_a_rule_forbids_the_same_in_both_twins_in_every_case_that_it_can_tell_apart(rule: Any) -> None:
    tried = 0
    for facts in combined(rule.id):
        verdict = engine.evaluate(ALONE, facts, engine.context(facts, STANDS))
        assert verdict.errors == 0
        assert (rule.id in verdict.determining) is rule.forbids(facts), facts
        tried += 1
    assert tried >= 2


facts_strategy = st.builds(
    Facts,
    sender=st.sampled_from(["PAN", "HTI"]),
    recipient=st.sampled_from(["PAN", "HTI", "UNHCR"]),
    direction=st.sampled_from(list(Direction)),
    purpose=st.sampled_from(PURPOSES),
    categories=st.frozensets(st.sampled_from(list(codelist("data_category").ids)), max_size=3),
    fields=st.just(frozenset({"name"})),
    protection=st.sampled_from(CLASSES["protection"]),
    **{
        name: st.frozensets(st.sampled_from(["PAN", "HTI", "NPL", "COG"]), max_size=3)
        for name in (*FACETS, "presumed_only", "asks", "receives")
    },
)


@settings(max_examples=200, deadline=None)
@given(facts=facts_strategy)
def test_the_twins_forbid_by_the_same_rules_whatever_the_facts(facts: Facts) -> None:
    verdict = engine.evaluate(ALONE, facts, engine.context(facts, STANDS))
    assert verdict.determining == {rule.id for rule in broken(facts)}


@settings(max_examples=200, deadline=None)
@given(document=REQUESTS, agreement=AGREEMENTS)
def test_the_twins_say_the_same_of_any_request_under_any_agreement(document: dict[str, Any], agreement: Any) -> None:
    held = registry(agreement)
    request = read_request(json.loads(json.dumps(document)))
    if isinstance(request, Refusal):
        return
    facts = facts_of(request, agreement, held.parties)
    stands = standing_of(request, agreement, snapshot=held, superseded=False, now=NOW)
    whole = engine.parsed(f"{engine.floor_text()}\n{engine.standing_text()}\n{policies(agreement)}")
    verdict = engine.evaluate(whole, facts, engine.context(facts, stands))
    assert verdict.errors == 0
    permitted = not broken(facts) and stands.active and refused_by(agreement, facts, stands) is None
    assert verdict.allowed is permitted


PERSONS = st.fixed_dictionaries({name: st.sampled_from(STATES) for name in (*FACETS, "receives")})


@settings(max_examples=150, deadline=None)
@given(
    people=PERSONS,
    flags=st.fixed_dictionaries(
        {name: st.booleans() for name in ("consent", "child", "best_interests", "unsure", "person")}
    ),
    protection=st.sampled_from(CLASSES["protection"]),
    exclusions=st.frozensets(st.sampled_from(list(Exclusion))),
    conditions=st.frozensets(st.sampled_from(list(Condition)), max_size=2),
)
def test_the_twins_of_an_agreement_say_the_same_without_the_floor(
    people: Any, flags: Any, protection: str, exclusions: Any, conditions: Any
) -> None:
    agreement = replace(snapshot().agreements[IDENT], exclusions=exclusions, conditions=conditions)
    facts = replace(CONTROL, protection=protection, **people, **flags)
    whole = engine.parsed(policies(agreement))
    verdict = engine.evaluate(whole, facts, engine.context(facts, STANDS))
    assert verdict.allowed is (refused_by(agreement, facts, STANDS) is None)
