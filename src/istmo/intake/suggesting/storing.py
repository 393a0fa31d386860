"""How is a draft kept and taken up again? As JSON, whole: the document with its open places, decisions and evidence.

`from_json(to_json(draft)) == draft`. Like everything of a draft it holds no value of a personal column.
"""

from typing import Any

from istmo.intake.suggesting.values import (
    Column,
    Decision,
    Draft,
    Guess,
    Key,
    Node,
    Open,
    Option,
    Role,
    Shown,
    ShownRow,
)
from istmo.model.text import Text


def to_json(draft: Draft) -> dict[str, Any]:
    shown = draft.shown
    return {
        "filename": draft.filename,
        "document": _node(draft.document),
        "decisions": [_decision(decision) for decision in draft.decisions],
        "guesses": [[guess.place, guess.shown, guess.reason.as_json()] for guess in draft.guesses],
        "columns": [
            [column.label, column.role.value, column.field, column.distinct, column.masked, column.reason.as_json()]
            for column in draft.columns
        ],
        "shown": {
            "sheet": shown.sheet,
            "height": shown.height,
            "header": _row(shown.header),
            **{name: [_row(row) for row in getattr(shown, name)] for name in ("before", "rows", "after")},
        },
    }


def from_json(document: dict[str, Any]) -> Draft:
    shown = document["shown"]
    whole = _read(document["document"])
    assert isinstance(whole, dict)
    return Draft(
        filename=document["filename"],
        document=whole,
        decisions=tuple(map(_read_decision, document["decisions"])),
        guesses=tuple(Guess(place, text, Text(**reason)) for place, text, reason in document["guesses"]),
        columns=tuple(
            Column(label, Role(role), field, distinct, masked, Text(**reason))
            for label, role, field, distinct, masked, reason in document["columns"]
        ),
        shown=Shown(
            sheet=shown["sheet"],
            before=tuple(map(_read_row, shown["before"])),
            header=_read_row(shown["header"]),
            rows=tuple(map(_read_row, shown["rows"])),
            after=tuple(map(_read_row, shown["after"])),
            height=shown["height"],
        ),
    )


def _node(node: Node) -> Any:
    """Texts as they are; what is open, a list or a mapping under a word of its own, since keys may be open too."""
    match node:
        case Open():
            return {"open": node.decision}
        case list():
            return {"list": [_node(item) for item in node]}
        case dict():
            return {"map": [[_node(key), _node(value)] for key, value in node.items()]}
        case _:
            return node


def _read(value: Any) -> Node:
    match value:
        case {"open": id_}:
            return Open(id_)
        case {"list": items}:
            return [_read(item) for item in items]
        case {"map": entries}:
            return {_key(key): _read(entry) for key, entry in entries}
        case _:
            return str(value)


def _key(value: Any) -> Key:
    key = _read(value)
    assert isinstance(key, str | Open)
    return key


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "question": decision.question.as_json(),
        "options": [
            {
                "value": None if option.value is None else [_node(option.value)],
                "title": option.title.as_json(),
                "reason": option.reason.as_json() if option.reason else None,
            }
            for option in decision.options
        ],
        "evidence": [evidence.as_json() for evidence in decision.evidence],
        "pattern": decision.pattern,
        "example": decision.example,
    }


def _read_decision(entry: dict[str, Any]) -> Decision:
    return Decision(
        id=entry["id"],
        question=Text(**entry["question"]),
        options=tuple(
            Option(
                None if option["value"] is None else _read(option["value"][0]),
                Text(**option["title"]),
                Text(**option["reason"]) if option["reason"] else None,
            )
            for option in entry["options"]
        ),
        evidence=tuple(Text(**evidence) for evidence in entry["evidence"]),
        pattern=entry["pattern"],
        example=entry["example"],
    )


def _row(row: ShownRow) -> list[Any]:
    return [row.row, list(row.cells), row.kind]


def _read_row(row: list[Any]) -> ShownRow:
    number, cells, kind = row
    return ShownRow(number, tuple(cells), kind)
