"""A block of a profile's YAML, asked for its keys one by one; what is not allowed says where it stands."""

import re
from collections.abc import Mapping
from typing import Any

from istmo.model.documents import only
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

_YES = frozenset({"yes", "true", "sí"})
_NO = frozenset({"no", "false", ""})


def refused(es: str, en: str, *, place: str, rule: str = "F20", advice: Text | None = None) -> InvalidInput:
    return InvalidInput(Text(es=es, en=en), place=place, rule=rule, advice=advice)


class Block:
    """A mapping of the document with its place; constructing it refuses unknown and missing keys."""

    def __init__(
        self, value: Any, place: str, *, allowed: tuple[str, ...] = (), required: tuple[str, ...] = ()
    ) -> None:
        keys = allowed or tuple(value if isinstance(value, Mapping) else ())
        self.values = only(value, keys, name=place, required=required)
        self.place = place

    def at(self, key: str) -> str:
        return f"{self.place}, {key}"

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise refused("Se esperaba un texto.", "A text was expected.", place=self.at(key))
        return value

    def optional(self, key: str) -> str | None:
        return self.text(key) if key in self else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text counts as a list of one."""
        value = self.values.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise refused("Se esperaba una lista de textos.", "A list of texts was expected.", place=self.at(key))
        return tuple(values)

    def flag(self, key: str) -> bool:
        value = self.text(key, "no").casefold()
        if value not in _YES | _NO:
            raise refused("Se esperaba yes o no.", "yes or no was expected.", place=self.at(key))
        return value in _YES

    def integer(self, key: str) -> int | None:
        value = self.optional(key)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
            raise refused("Se esperaba un número entero.", "A whole number was expected.", place=self.at(key))
        return int(value)

    def pattern(self, key: str) -> str | None:
        value = self.optional(key)
        if value is not None:
            self.check_pattern(value, self.at(key))
        return value

    @staticmethod
    def check_pattern(value: str, place: str) -> str:
        try:
            re.compile(value)
        except re.error as exc:
            raise refused(
                f"La expresión regular no es válida: {exc.msg}.",
                f"The regular expression is not valid: {exc.msg}.",
                place=place,
            ) from exc
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            allowed = ", ".join(choices)
            raise refused(
                f"«{value}» no es una opción; se permiten: {allowed}.",
                f"“{value}” is not an option; allowed: {allowed}.",
                place=self.at(key),
            )
        return value

    def block(self, key: str, *, allowed: tuple[str, ...] = (), required: tuple[str, ...] = ()) -> "Block":
        return Block(self.values.get(key, {}), self.at(key), allowed=allowed, required=required)

    def blocks(self, key: str, *, allowed: tuple[str, ...], required: tuple[str, ...] = ()) -> tuple["Block", ...]:
        """A list of blocks."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise refused("Se esperaba una lista.", "A list was expected.", place=self.at(key))
        return tuple(
            Block(item, f"{self.at(key)} {number}", allowed=allowed, required=required)
            for number, item in enumerate(value, start=1)
        )

    def pairs(self, key: str) -> dict[str, str]:
        """A mapping from text to text."""
        block = self.block(key)
        return {name: block.text(name) for name in block.values}
