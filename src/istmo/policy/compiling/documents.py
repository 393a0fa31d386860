"""Everything that an agreement compiles to, as files; what may not come into force is not compiled.

floor.cedar, standing.cedar, schema.cedarschema   the same beside every agreement
agreement.cedar                                   its permit, exclusions and conditions
reading.es.md, reading.en.md                      for the people who decide on it
payload.schema.json, vectors.json, audit.sql      for those who build and those who check
"""

import json
from collections.abc import Mapping

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.policy import engine
from istmo.policy.compiling.audit import audit_query
from istmo.policy.compiling.cedar import PROVABLE, policies
from istmo.policy.compiling.payload import payload_schema
from istmo.policy.compiling.vectors import vectors
from istmo.policy.floor import FLOOR
from istmo.registry.agreements.activation import refusals
from istmo.registry.agreements.plain import NAMES, Section, sections
from istmo.registry.agreements.record import Agreement

_ALWAYS = Text(es="Lo que ningún acuerdo puede permitir", en="What no agreement can permit")
_UNPROVED = Text(es="Condiciones que todavía nada puede probar", en="Conditions that nothing can prove yet")


def compiled(agreement: Agreement) -> Mapping[str, str]:
    """File name -> text. Raises `InvalidInput` for an agreement that may not come into force."""
    refused = refusals(agreement)
    if refused:
        raise InvalidInput(refused[0].reason, place=refused[0].place, rule=refused[0].rule)
    text = policies(agreement)
    engine.parsed("\n".join([engine.floor_text(), engine.standing_text(), text]))
    cases = [one.as_json() for one in vectors(agreement)]
    return {
        "agreement.cedar": text,
        "floor.cedar": engine.floor_text(),
        "standing.cedar": engine.standing_text(),
        "schema.cedarschema": engine.schema_text(),
        "reading.es.md": reading(agreement, "es"),
        "reading.en.md": reading(agreement, "en"),
        "payload.schema.json": _json(payload_schema(agreement)),
        "vectors.json": _json({"agreement": agreement.id, "digest": agreement.digest, "vectors": cases}),
        "audit.sql": audit_query(agreement),
    }


def reading(agreement: Agreement, language: str) -> str:
    """The agreement in words, with what stands above it; Markdown."""
    return "\n".join(
        line
        for section in explained(agreement)
        for line in (f"## {section.heading.in_(language)}", *(f"- {one.in_(language)}" for one in section.lines), "")
    )


def explained(agreement: Agreement) -> tuple[Section, ...]:
    """The sections of the agreement, what it asks for and nothing can prove, and the floor rule by rule."""
    unproved = sorted(agreement.conditions - PROVABLE)
    rules = tuple(Text(es=f"{one.rule}: {one.reason.es}", en=f"{one.rule}: {one.reason.en}") for one in FLOOR)
    floor = Section(_ALWAYS, rules)
    if not unproved:
        return (*sections(agreement), floor)
    lines = tuple(
        Text(
            es=f"{NAMES[one].es}: mientras tanto no sale ningún dato de una persona bajo este acuerdo",
            en=f"{NAMES[one].en}: until then no data on a person leave under this agreement",
        )
        for one in unproved
    )
    return (*sections(agreement), Section(_UNPROVED, lines), floor)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
