"""Cedar: the floor and the agreements as policies that another program can read, evaluated beside the twin in Python.

An answer is a permit only when Cedar says Allow, no policy met an error, and the permit is that of the agreement named:
Cedar itself skips a `forbid` that errors. Policies are checked against the schema when they are parsed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from cedarpy import Decision, Entities, PolicySet, Schema, is_authorized, validate_policies

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy.facts import Facts, Standing

MOST_SETS = 1024
_OUTSIDE = frozenset({"sender", "recipient", "direction"})
_OF_FACTS = tuple(one.name for one in fields(Facts) if one.name not in _OUTSIDE)
_OF_STANDING = tuple(one.name for one in fields(Standing))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`permits` and `forbids` are ids of policies; with an error nothing is allowed."""

    allowed: bool
    determining: frozenset[str]
    errors: int


def floor_text() -> str:
    return _packaged("floor.cedar")


def standing_text() -> str:
    return _packaged("standing.cedar")


def schema_text() -> str:
    return _packaged("schema.cedarschema")


@cache
def _packaged(name: str) -> str:
    return (files("istmo.policy") / "cedar" / name).read_text("utf-8")


@lru_cache(maxsize=MOST_SETS)
def parsed(text: str) -> PolicySet:
    """The policies of `text`; raises `InvalidInput` for those that cannot be parsed or do not fit the schema."""
    try:
        made = PolicySet.from_str(text)
        found = validate_policies(text, _schema())
    except ValueError as exc:
        raise _unfit() from exc
    if not found.validation_passed:
        raise _unfit()
    return made


@cache
def _schema() -> Schema:
    return Schema.from_str(schema_text())


@cache
def _nobody() -> Entities:
    return Entities.from_json_str("[]")


def _unfit() -> InvalidInput:
    return InvalidInput(
        Text(
            es="Las reglas en Cedar no se pueden leer o no corresponden a su esquema.",
            en="The Cedar policies cannot be parsed or do not fit their schema.",
        ),
        rule="F92",
    )


def context(facts: Facts, standing: Standing) -> dict[str, Any]:
    """What the policies see of a request, every attribute of the schema."""
    seen = {name: getattr(facts, name) for name in _OF_FACTS}
    seen |= {name: getattr(standing, name) for name in _OF_STANDING}
    return {name: list(value) if isinstance(value, frozenset) else value for name, value in seen.items()}


def evaluate(policies: PolicySet, facts: Facts, seen: Mapping[str, Any]) -> Verdict:
    """Whom the policies let through; never raises for what a request holds."""
    asked = {
        "principal": {"type": "Party", "id": facts.sender},
        "action": {"type": "Action", "id": facts.direction.value},
        "resource": {"type": "Party", "id": facts.recipient},
        "context": dict(seen),
    }
    result = is_authorized(asked, policies, _nobody())
    return judged(result.decision, result.diagnostics.id_annotations_by_reason, result.diagnostics.errors)


def judged(decision: Decision, named: Mapping[str, str], errors: list[str]) -> Verdict:
    """A `Verdict`: no decision is a refusal, and so is Allow with an error beside it."""
    return Verdict(decision is Decision.Allow and not errors, frozenset(named.values()), len(errors))
