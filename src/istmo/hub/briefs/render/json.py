"""What does a machine read? `brief.json`: the whole brief, every table with its cells, and nothing lost.

A cell is `{"id", "kind", "value", "text", "status", "flags", "caveats"}`; `value` is null where there is none, and
`status` says why; a cell that another row holds has the code of that row in `row` besides. Texts are `{"es", "en"}`.
The keys are those of `istmo.statistics.brief.values`, in their order; `format`, `marks`, `address` and `citation` stand
before them. `read_brief(brief_json(brief)) == brief`: what was published can be shown again for ever, whatever the
program learns to compute later.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.naming import address, citation
from istmo.model.errors import IntegrityFailure
from istmo.model.periods import Period, period
from istmo.model.text import LANGUAGES, Text
from istmo.statistics.brief.values import Brief, BriefState

FORMAT = "istmo-brief-1"


def brief_json(brief: Brief) -> bytes:
    """The brief as UTF-8 JSON, indented by one space."""
    return (json.dumps(as_json(brief), ensure_ascii=False, indent=1) + "\n").encode()


def as_json(brief: Brief) -> dict[str, Any]:
    """The brief as plain values."""
    marks = [words.DEMONSTRATION] if brief.edition.demonstration else []
    if brief.edition.state is not BriefState.PUBLISHED:
        marks.append(words.DRAFT)
    head = {
        "format": FORMAT,
        "marks": [mark.as_json() for mark in marks],
        "address": {language: address(brief, language) for language in LANGUAGES},
        "citation": {language: citation(brief, language) for language in LANGUAGES},
    }
    return head | _written(brief)


def read_brief(content: bytes) -> Brief:
    """The brief that `brief_json` wrote; raises `IntegrityFailure` for a file of another format."""
    held = json.loads(content)
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise IntegrityFailure(
            Text("El archivo guardado no es un informe.", "The file kept is not a brief."),
            place="brief.json",
            rule="F38",
        )
    read = _read(Brief, held)
    assert isinstance(read, Brief)
    return read


def _written(value: object) -> Any:
    match value:
        case Enum():
            return value.value
        case Period():
            return str(value)
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_written(part) for part in value]
        case Mapping():
            return {key: _written(part) for key, part in value.items()}
    if is_dataclass(value):
        held = ((each, getattr(value, each.name)) for each in fields(value))
        return {each.name: _written(part) for each, part in held if part or "written" not in each.metadata}
    return value


def _read(wanted: Any, value: Any) -> Any:
    """`value` as the type `wanted`, which is what a field of the brief says."""
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        choices = [choice for choice in get_args(wanted) if choice is not NoneType]
        return None if value is None else (_read(choices[0], value) if len(choices) == 1 else value)
    if origin is tuple:
        parts = get_args(wanted)
        if parts[-1] is Ellipsis:
            return tuple(_read(parts[0], part) for part in value)
        return tuple(_read(kind, part) for kind, part in zip(parts, value, strict=True))
    if wanted is Period:
        return period(value)
    if wanted is date:
        return date.fromisoformat(value)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(value)
    if is_dataclass(wanted):
        return wanted(**{name: _read(kind, value[name]) for name, kind in _hints(wanted).items() if name in value})
    return value


@cache
def _hints(wanted: Any) -> dict[str, Any]:
    return get_type_hints(wanted)
