"""Which codes does a dimension of a table have, and what is each the total of?

`hierarchy("point", [("PAN", ""), ("PAN-D", "PAN"), ("BAJO", "PAN-D")])` is a dimension whose root `PAN` is the total
over all points. A hierarchy has one root; each other code has one parent, and nothing is its own ancestor. The codes
are kept in one canonical order whatever the order of the file: each code before its children, children by code.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

ROOT = -1


@dataclass(frozen=True)
class Hierarchy:
    """A dimension: `codes` in canonical order (pre-order), `parent` the position of each code's parent, `ROOT` first.

    What lies below a code follows it without a gap: `codes[i + 1 : end[i]]`; its leaves are
    `leaves[first_leaf[i] : last_leaf[i]]`.
    """

    name: str
    codes: tuple[str, ...]
    parent: tuple[int, ...]

    @cached_property
    def position(self) -> dict[str, int]:
        return {code: position for position, code in enumerate(self.codes)}

    @cached_property
    def end(self) -> tuple[int, ...]:
        """The position after the last code below each code."""
        end = list(range(1, len(self.codes) + 1))
        for position in range(len(self.codes) - 1, 0, -1):
            above = self.parent[position]
            end[above] = max(end[above], end[position])
        return tuple(end)

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """The positions of the codes that have no children."""
        return tuple(position for position, end in enumerate(self.end) if end == position + 1)

    @cached_property
    def first_leaf(self) -> tuple[int, ...]:
        return self._leaf_counts()[0]

    @cached_property
    def last_leaf(self) -> tuple[int, ...]:
        return self._leaf_counts()[1]

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        children: list[list[int]] = [[] for _ in self.codes]
        for position, above in enumerate(self.parent):
            if above != ROOT:
                children[above].append(position)
        return tuple(tuple(below) for below in children)

    @cached_property
    def depth(self) -> tuple[int, ...]:
        depth: list[int] = []
        for above in self.parent:
            depth.append(0 if above == ROOT else depth[above] + 1)
        return tuple(depth)

    def ancestors(self, position: int) -> tuple[int, ...]:
        """The positions from a code up to the root, the code itself first."""
        chain = [position]
        while self.parent[chain[-1]] != ROOT:
            chain.append(self.parent[chain[-1]])
        return tuple(chain)

    def _leaf_counts(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        before = [0]
        leaves = set(self.leaves)
        for position in range(len(self.codes)):
            before.append(before[-1] + (position in leaves))
        return tuple(before[:-1]), tuple(before[end] for end in self.end)


def hierarchy(name: str, pairs: Iterable[tuple[str, str]], *, place: str = "") -> Hierarchy:
    """The dimension of (code, parent) pairs; the root's parent is empty.

    Raises InvalidInput (F111) that names the code: a code twice or empty, a parent that is not there, no root, two
    roots, codes that stand above each other in a circle.
    """
    parent: dict[str, str] = {}
    for code, above in pairs:
        if not code:
            raise _wrong(name, place, "hay una fila sin código", "a row has no code")
        if code in parent:
            raise _wrong(name, place, f"el código {code} está dos veces", f"the code {code} is there twice")
        parent[code] = above
    roots = [code for code, above in parent.items() if not above]
    for code, above in parent.items():
        if above and above not in parent:
            raise _wrong(
                name,
                place,
                f"{code} depende de {above}, que no está en la jerarquía",
                f"{code} is below {above}, which is not in the hierarchy",
            )
    if len(roots) > 1:
        told = ", ".join(sorted(roots))
        raise _wrong(name, place, f"hay varias raíces: {told}", f"there are several roots: {told}")
    children: dict[str, list[str]] = {}
    for code, above in parent.items():
        children.setdefault(above, []).append(code)
    codes: list[str] = []
    waiting = list(roots)
    while waiting:
        code = waiting.pop()
        codes.append(code)
        waiting.extend(sorted(children.get(code, ()), reverse=True))
    if circle := sorted(set(parent) - set(codes)):
        told = ", ".join(circle[:5])
        raise _wrong(name, place, f"estos códigos forman un círculo: {told}", f"these codes form a circle: {told}")
    if not codes:
        raise _wrong(name, place, "no tiene códigos", "it has no codes")
    position = {code: at for at, code in enumerate(codes)}
    return Hierarchy(name, tuple(codes), tuple(position[parent[code]] if parent[code] else ROOT for code in codes))


def flat(name: str, codes: Iterable[str], *, total: str = "_T") -> Hierarchy:
    """A dimension of one level: `total` and under it the codes."""
    return hierarchy(name, [(total, ""), *((code, total) for code in codes)])


def _wrong(name: str, place: str, es: str, en: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"La jerarquía de la dimensión «{name}» no sirve: {es}.",
            en=f"The hierarchy of the dimension “{name}” is unusable: {en}.",
        ),
        place=place,
        rule="F111",
    )
