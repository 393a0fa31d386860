"""YAML documents read as strings only: `No`, `on`, `012` and `0.10` stay what was written.

Duplicate keys are errors; so are aliases (a document that expands itself). Unknown keys are refused by `only`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

MAX_BYTES = 4 * 1024 * 1024


class _Loader(yaml.SafeLoader):
    """Every scalar is a string; mappings refuse a key twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 - the base class's own attribute

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "alias", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, "key is not text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key twice: {key}", key_node.start_mark)
            seen[key] = key_node.start_mark.line
        return super().construct_mapping(node, deep=True)


def read_document(raw: bytes, *, name: str) -> Any:
    """The document as nested dict, list and str (an empty value is ""). Raises `InvalidInput` with line and column."""
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
        mark = getattr(exc, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}, column {mark.column + 1}" if mark else name
        problem = getattr(exc, "problem", None) or "syntax"
        raise InvalidInput(
            Text(es=f"El documento YAML no se puede leer: {problem}.", en=f"The YAML document cannot be read: {problem}."),
            place=where,
            rule="F20",
        ) from exc


def only(mapping: Any, allowed: Iterable[str], *, name: str, required: Iterable[str] = ()) -> Mapping[str, Any]:
    """`mapping` itself if it is a mapping with no other keys than `allowed` and all of `required`; else `InvalidInput`."""
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
