"""Which decisions of a drafted profile are still open? `DECIDE: MEASURE` stands where a person has to choose.

`istmo profile suggest` writes the marks, each with its options above it; a profile that has one is not read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from istmo.intake.profiles.blocks import refused
from istmo.model.text import Text

MARK = "DECIDE: "
_NAMED = 12


def check_decided(document: Any, *, name: str) -> None:
    """Raises `InvalidInput` that names the decisions which are still open."""
    open_ = list(dict.fromkeys(marks(document)))
    if open_:
        names = ", ".join(open_[:_NAMED]) + (", …" if len(open_) > _NAMED else "")
        raise refused(
            f"Quedan {len(open_)} decisiones por tomar: {names}.",
            f"{len(open_)} decisions are still open: {names}.",
            place=name,
            rule="F20",
            advice=Text(
                es=f"Escriba una de las opciones en lugar de cada «{MARK}…».",
                en=f"Write one of the options in place of each “{MARK}…”.",
            ),
        )


def marks(node: Any) -> Iterator[str]:
    """The ids of the decisions that are marked in a document, in keys and in values."""
    match node:
        case str() if node.startswith(MARK):
            yield node.removeprefix(MARK)
        case list():
            for item in node:
                yield from marks(item)
        case Mapping():
            for key, value in node.items():
                yield from marks(key)
                yield from marks(value)
        case _:
            return
