"""How is a draft written down? As the YAML of a profile, each decision with its options in a comment above its mark.

    fields:
      # DECIDE MEASURE: ¿Qué cuentan las cifras? / What do the figures count?
      #   TRA_IRR  Tránsito irregular registrado / Irregular transit registered
      MEASURE: {const: "DECIDE: MEASURE"}

What fits on a line is written on one; a block with several marks has a line for each. `read_document` gives the same
texts back, whatever they hold.
"""

import json
import re
from collections.abc import Iterator, Mapping

from istmo.intake.suggesting.values import Decision, Guess, Key, Node, Open, Option
from istmo.model.text import Text

WIDTH = 118
SHOWN_OPTIONS = 10
_PLAIN = re.compile(r"[^\W_]|[^\W_][\w áéíóúñÁÉÍÓÚÑ./$-]*[\w.)]")
_BARE = re.compile(r"\$\w+|_[A-Z]\w*|[0-9]+")


def write(document: Mapping[Key, Node], decisions: Mapping[str, Decision], guesses: tuple[Guess, ...] = ()) -> str:
    """The YAML text, with the decisions' options and the reasons of the guesses as comments."""
    reasons: dict[tuple[str, ...], list[Text]] = {}
    for guess in guesses:
        reasons.setdefault(tuple(guess.place.split(".", 1)), []).append(guess.reason)
    return "\n".join(_Writer(decisions, reasons).block(document, ())) + "\n"


def scalar(text: str) -> str:
    """The text as a YAML scalar that is read back as it is, in a block or within brackets."""
    if _BARE.fullmatch(text) or (_PLAIN.fullmatch(text) and "  " not in text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if _printable(sign) else f"\\U{ord(sign):08x}" for sign in quoted)


def flow(node: Node) -> str:
    """The node on one line."""
    if isinstance(node, list):
        return f"[{', '.join(map(flow, node))}]"
    if isinstance(node, dict):
        return f"{{{', '.join(f'{_key(key)}: {flow(value)}' for key, value in node.items())}}}"
    return _key(node)


def option_text(option: Option) -> str:
    """What identifies the option, and what a person writes in place of the mark; "" leaves the entry out."""
    return "" if option.value is None else flow(option.value)


def marks(node: Node) -> Iterator[str]:
    """The ids of the decisions that stand in the node, in order."""
    match node:
        case Open():
            yield node.decision
        case list():
            for item in node:
                yield from marks(item)
        case dict():
            for key, value in node.items():
                if isinstance(key, Open):
                    yield key.decision
                yield from marks(value)


def _printable(sign: str) -> bool:
    return sign.isprintable() and sign not in "\u00a0\ufeff"


def _literal(text: str) -> bool:
    """Whether the text can stand as lines of its own under its key."""
    lines = text.split("\n")
    shown = all(_printable(sign) or sign in "\t\u00a0" for line in lines for sign in line)
    return len(lines) > 1 and lines[-1] == "" and lines[-2] != "" and shown and lines[0][:1].strip() != ""


def _key(key: Key) -> str:
    return scalar(key.mark if isinstance(key, Open) else key)


class _Writer:
    def __init__(self, decisions: Mapping[str, Decision], reasons: Mapping[tuple[str, ...], list[Text]]) -> None:
        self._decisions = decisions
        self._reasons = reasons

    def block(self, mapping: Mapping[Key, Node], path: tuple[str, ...]) -> Iterator[str]:
        pad = "  " * len(path)
        for key, value in mapping.items():
            name = _key(key)
            here = (*path, key if isinstance(key, str) else key.decision)
            for reason in self._reasons.get(here, []):
                yield f"{pad}# {_both(reason)}"
            if isinstance(key, Open):
                yield from self._options(key.decision, pad)
            line = f"{pad}{name}: {flow(value)}"
            inside = list(marks(value))
            if isinstance(value, str) and _literal(value):
                yield f"{pad}{name}: |"
                yield from (f"{pad}  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
            elif isinstance(value, dict) and value and (len(inside) > 1 or len(line) > WIDTH or len(here) == 1):
                yield f"{pad}{name}:"
                yield from self.block(value, here)
            elif isinstance(value, list) and value and (len(inside) > 1 or len(line) > WIDTH):
                yield f"{pad}{name}:"
                yield from self._items(value, here)
            else:
                for decision in inside:
                    yield from self._options(decision, pad)
                yield line

    def _items(self, items: list[Node], path: tuple[str, ...]) -> Iterator[str]:
        pad = "  " * len(path)
        for number, item in enumerate(items):
            line = f"{pad}- {flow(item)}"
            if isinstance(item, dict) and len(line) > WIDTH:
                lines = list(self.block(item, (*path, str(number))))
                yield from (line for line in lines[:1] if line.lstrip().startswith("#"))
                first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
                start = len(pad) + 2
                yield from lines[1:first]
                yield f"{pad}- {lines[first][start:]}"
                yield from lines[first + 1 :]
            else:
                for decision in marks(item):
                    yield from self._options(decision, pad)
                yield line

    def _options(self, id_: str, pad: str) -> Iterator[str]:
        decision = self._decisions[id_]
        yield f"{pad}# DECIDE {_one_line(id_)}: {_both(decision.question)}"
        for evidence in decision.evidence:
            yield f"{pad}#   {_both(evidence)}"
        if decision.example:
            yield f"{pad}#   {_one_line(decision.example)}"
        for option in decision.options[:SHOWN_OPTIONS]:
            written = option_text(option) or "(borre la línea | delete the line)"
            why = f" ({_both(option.reason)})" if option.reason else ""
            yield f"{pad}#   {written}  {_both(option.title)}{why}"
        if len(decision.options) > SHOWN_OPTIONS:
            more = len(decision.options) - SHOWN_OPTIONS
            yield f"{pad}#   … {more} códigos más en las listas de códigos | {more} more codes in the code lists"


def _both(text: Text) -> str:
    return _one_line(text.es if text.es == text.en else f"{text.es} | {text.en}")


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
