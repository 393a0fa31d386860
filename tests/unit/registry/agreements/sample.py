"""Agreements for tests: those of the demonstration, and the same with one thing changed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from istmo.registry.agreements.reading import TYP, read_agreement
from istmo.registry.agreements.record import Agreement
from istmo.registry.demonstration import demonstration_documents, demonstration_key
from istmo.registry.signing import Signed, add_signature, canonical, payload_of, sign

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
IDENT, READM, STAT = "demo:PAN-HTI-IDENT", "demo:PAN-HTI-READM", "demo:RCM-STAT"


def document(id_: str = IDENT) -> dict[str, Any]:
    """The content of a demonstration's agreement, to change at will."""
    return payload_of(demonstration_documents()[id_])


def changed(path: str, value: Any, id_: str = IDENT) -> dict[str, Any]:
    """A document with the value at `path` ("parties.0.role") replaced; None takes it out."""
    content = document(id_)
    *steps, last = path.split(".")
    at: Any = content
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at[step]
    key: Any = int(last) if isinstance(at, list) else last
    if value is None:
        del at[key]
    else:
        at[key] = value
    return content


def unsigned(content: Mapping[str, Any]) -> Signed:
    return Signed(TYP, json.dumps(content).encode(), ())


def read(content: Mapping[str, Any]) -> Agreement:
    return read_agreement(unsigned(content), name="test")


def agreement(id_: str = IDENT, **changes: Any) -> Agreement:
    return replace(read(document(id_)), **changes)


def signed(content: Mapping[str, Any], *parties: str) -> Signed:
    """`content` signed by `parties` with their keys of the demonstration."""
    first, *others = parties
    made = sign(canonical(content), demonstration_key(first), typ=TYP)
    for party in others:
        made = add_signature(made, demonstration_key(party))
    return made
