"""YAML documents read as strings only: `No`, `on`, `012` and `0.10` stay what was written.

Duplicate keys are errors; so are aliases (a document that expands itself) and type tags. Unknown keys are refused by
`only`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

MAX_BYTES = 4 * 1024 * 1024


class _Refused(yaml.error.MarkedYAMLError):
    """Well-formed YAML that a document of ours may not hold; `text` says why."""

    def __init__(self, text: Text, mark: yaml.error.Mark) -> None:
        super().__init__(problem=text.en, problem_mark=mark)
        self.text = text


_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


class _Loader(yaml.SafeLoader):
    """Every scalar is a string; mappings refuse a key twice; aliases and tags are refused."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 - the base class's own attribute

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise _Refused(
                Text(es="no se admiten alias", en="aliases are not allowed"),
                event.start_mark,
            )
        node = super().compose_node(parent, index)
        if node is not None and node.tag not in _PLAIN_TAGS:
            raise _Refused(
                Text(es="no se admiten etiquetas de tipo", en="type tags are not allowed"),
                node.start_mark,
            )
        return node

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Refused(
                Text(es="tiene un signo que no es texto", en="it holds a sign that is not text"),
                node.start_mark,
            ) from None
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _Refused(
                    Text(es="una clave no es texto", en="a key is not text"),
                    key_node.start_mark,
                )
            if key in seen:
                raise _Refused(
                    Text(es=f"la clave «{key}» está dos veces", en=f"the key “{key}” stands twice"),
                    key_node.start_mark,
                )
            seen.add(key)
        return super().construct_mapping(node, deep=True)


def read_document(raw: bytes, *, name: str) -> Any:
    """The document as nested dict, list and str (an empty value is ""); None when it holds nothing.

    Raises `InvalidInput`, whose place is `name:line:column`.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidInput(
            Text(es="El documento es demasiado grande.", en="The document is too large."), place=name, rule="F20"
        )
    try:
        return yaml.load(raw.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader that reads strings only
    except UnicodeDecodeError as exc:
        raise InvalidInput(
            Text(es="El documento no está en UTF-8.", en="The document is not UTF-8."), place=name, rule="F20"
        ) from exc
    except (yaml.YAMLError, RecursionError) as exc:
        why = _why(exc)
        mark = getattr(exc, "problem_mark", None)
        raise InvalidInput(
            Text(
                es=f"El documento YAML no se puede leer: {why.es}.",
                en=f"The YAML document cannot be read: {why.en}.",
            ),
            place=f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name,
            rule="F20",
        ) from exc


def lines_of(raw: bytes) -> Mapping[tuple[str, ...], int]:
    """The line on which each key stands, by its path (entries of a list by their number from 1), of a document that
    `read_document` has read."""
    lines: dict[tuple[str, ...], int] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((), _Loader(raw.decode("utf-8")).get_single_node())]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            below = [((*path, key.value), key, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            below = [((*path, str(number)), value, value) for number, value in enumerate(node.value, 1)]
        else:
            below = []
        for at, marked, value in below:
            lines[at] = marked.start_mark.line + 1
            waiting.append((at, value))
    return lines


def _why(exc: Exception) -> Text:
    match exc:
        case _Refused():
            return exc.text
        case RecursionError():
            return Text(es="tiene demasiados niveles", en="it is nested too deeply")
        case _:
            problem = getattr(exc, "problem", None) or "syntax"
            return Text(es=f"error de sintaxis ({problem})", en=f"syntax error ({problem})")


def only(mapping: Any, allowed: Iterable[str], *, name: str, required: Iterable[str] = ()) -> Mapping[str, Any]:
    """`mapping` itself if it is a mapping with only `allowed` keys and all of `required`; else `InvalidInput`."""
    if not isinstance(mapping, Mapping):
        raise InvalidInput(
            Text(es="Se esperaba un bloque de claves y valores.", en="A block of keys and values was expected."),
            place=name,
            rule="F20",
        )
    for key in mapping:
        if key not in set(allowed):
            raise InvalidInput(
                Text(es=f"Clave desconocida: «{key}».", en=f"Unknown key: “{key}”."),
                place=name,
                rule="F20",
                advice=Text(es=f"Se permiten: {', '.join(allowed)}.", en=f"Allowed: {', '.join(allowed)}."),
            )
    for key in required:
        if key not in mapping:
            raise InvalidInput(
                Text(es=f"Falta la clave «{key}».", en=f"The key “{key}” is missing."), place=name, rule="F20"
            )
    return mapping
