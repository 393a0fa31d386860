"""The JSON schema of what may be in a payload under an agreement: its fields, and no other."""

from typing import Any

from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import AGGREGATES, Agreement

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DAYS = frozenset({"birth_date", "document_issued_on", "document_valid_until"})


def payload_schema(agreement: Agreement) -> dict[str, Any]:
    """JSON Schema 2020-12 of one record; a value may be absent or null, a field that is not listed may not be there."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:istmo:agreement:{agreement.id}:{agreement.version}",
        "title": agreement.title.en,
        "type": "object",
        "properties": {
            rule.name: _property(rule.name, rule.category)
            for rule in sorted(agreement.fields, key=lambda rule: (rule.category, rule.name))
        },
        "additionalProperties": False,
        "minProperties": 1,
    }


def _property(name: str, category: str) -> dict[str, Any]:
    title = catalogue()[category][name]
    kinds = ["string", "number", "null"] if category == AGGREGATES else ["string", "boolean", "null"]
    property_: dict[str, Any] = {"title": title.en, "description": title.es, "type": kinds, "x-category": category}
    return property_ | ({"type": ["string", "null"], "format": "date"} if name in _DAYS else {})
