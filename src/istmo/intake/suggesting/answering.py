"""What does a draft become when its decisions are answered? The same document with values where the marks stood.

    profile_text(draft, {"MEASURE": "TRA_IRR", "CITIZENSHIP.Congo": "X_CONGO"})

An answer is written as the option is (`[M, _T]`); "" leaves the entry out where that is an option. What is not answered
stays marked. With nothing left open, the sample gets the counts that it makes, so that they are held from then on.
"""

import re
from collections.abc import Mapping
from typing import Any

from istmo.intake.profiles import read_profile
from istmo.intake.suggesting.values import Answers, Block, Decision, Draft, Node, Open, Option, block_of
from istmo.intake.suggesting.writing import marks, option_text, write
from istmo.intake.testing import counts_of
from istmo.model.errors import InvalidInput
from istmo.model.text import Text


def filled(draft: Draft, answers: Answers) -> Block:
    """The draft's document with the answers in it; raises `InvalidInput` for one that is no answer."""
    values = {id_: value_of(draft.decision(id_), text) for id_, text in answers.items()}
    document = _filled(draft.document, values)
    assert isinstance(document, dict)
    return document


def open_decisions(draft: Draft, answers: Answers) -> tuple[Decision, ...]:
    """The decisions that nobody has answered."""
    return tuple(decision for decision in draft.decisions if decision.id not in answers)


def profile_text(draft: Draft, answers: Answers) -> str:
    """The profile as YAML: what is still open with its options above it, what is answered as it was answered."""
    document = filled(draft, answers)
    if not list(marks(document)):
        document = _with_counts(document)
    return write(document, {decision.id: decision for decision in draft.decisions}, draft.guesses)


def value_of(decision: Decision, text: str) -> Node | None:
    """What the answer writes in place of the mark; None leaves the entry out."""
    for option in decision.options:
        if option_text(option) == text.strip():
            return option.value
    if decision.pattern is not None and re.fullmatch(decision.pattern, text.strip()):
        return text.strip()
    raise InvalidInput(
        Text(
            es=f"«{text}» no es una respuesta a la decisión {decision.id}.",
            en=f"“{text}” is no answer to decision {decision.id}.",
        ),
        place=decision.id,
        rule="F20",
        advice=_advice(decision),
    )


def _advice(decision: Decision) -> Text:
    shown = ", ".join(_shown(option) for option in decision.options[:12]) or decision.example
    return Text(es=f"Por ejemplo: {shown}.", en=f"For example: {shown}.")


def _shown(option: Option) -> str:
    return option_text(option) or "«»"


_OUT = object()


def _filled(node: Node, values: Mapping[str, Node | None]) -> Any:
    match node:
        case Open(decision=id_):
            return (_OUT if values[id_] is None else values[id_]) if id_ in values else node
        case list():
            return [item for item in (_filled(item, values) for item in node) if item is not _OUT]
        case dict():
            result: Block = {}
            for key, value in node.items():
                new_key, new_value = _filled(key, values), _filled(value, values)
                if new_key is not _OUT and new_value is not _OUT:
                    result[new_key] = new_value
            return result
        case _:
            return node


def _with_counts(document: Block) -> Block:
    """The document whose sample expects what it gives; as it is where the sample cannot be read yet."""
    tests = document["tests"]
    assert isinstance(tests, list)
    assert isinstance(tests[0], dict)
    try:
        profile = read_profile(write(document, {}).encode(), name="profile.yaml")
        counts = counts_of(profile, profile.samples[0])
    except InvalidInput:
        return document
    expected: Block = block_of(counts.items())
    first: Block = {**tests[0], "expect": expected}
    return {**document, "tests": [first]}
