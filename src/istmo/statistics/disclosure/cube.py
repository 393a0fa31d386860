"""What is in the table, with all its margins?

A `Cube` is an array of counts with one axis a dimension and one position a code, totals included: the count of "Haiti,
all points, women" stands at its own place. Each count above the leaves is the sum of the leaves below it. `cube()`
takes rows (codes of each dimension and a count); a combination that has no row is 0. Rows with the code of a total
are not added: they say what the table prints there, and must agree with the leaves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.hierarchy import Hierarchy

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
GREATEST = 2**53  # a count that a CSV reader, a spreadsheet and a solver all hold exactly


@dataclass(frozen=True, eq=False)
class Cube:
    """Counts of persons or events, margins included; as many along each axis as the dimension has codes."""

    dimensions: tuple[Hierarchy, ...]
    counts: Counts

    @property
    def shape(self) -> tuple[int, ...]:
        return self.counts.shape

    @cached_property
    def leaf_positions(self) -> tuple[NDArray[np.intp], ...]:
        """An open mesh that picks the leaf cells: `counts[leaf_positions]`."""
        return np.ix_(*(np.array(d.leaves, dtype=np.intp) for d in self.dimensions))

    @property
    def leaf_counts(self) -> Counts:
        return self.counts[self.leaf_positions]

    def codes_of(self, flat: int) -> tuple[str, ...]:
        """The codes of the cell at a flat (C order) position."""
        at = np.unravel_index(flat, self.shape)
        return tuple(d.codes[int(i)] for d, i in zip(self.dimensions, at, strict=True))


def cell_id(population: str, coordinates: Iterable[tuple[Hierarchy, str]]) -> str:
    """The one name of a cell in every table, month and release: `HND-IRREG|month=2023-08|nationality=HTI`.

    `population` says what is counted. A dimension at its root is left out: a table with one dimension more names the
    same total in the same way.
    """
    held = sorted((d.name, code) for d, code in coordinates if code != d.codes[0])
    return "|".join(
        [quote(population, safe=""), *(f"{quote(name, safe='')}={quote(code, safe='')}" for name, code in held)]
    )


def with_margins(dimensions: Sequence[Hierarchy], leaves: Counts) -> Counts:
    """The counts of all cells from those of the leaf cells (one axis a dimension, in the order of `leaves`)."""
    counts = leaves
    for axis, dimension in enumerate(dimensions):
        along = np.moveaxis(counts, axis, 0)
        before = np.concatenate([np.zeros((1, *along.shape[1:]), dtype=np.int64), np.cumsum(along, axis=0)])
        summed = before[list(dimension.last_leaf)] - before[list(dimension.first_leaf)]
        counts = np.moveaxis(summed, 0, axis)
    return np.ascontiguousarray(counts)


def cube_of_leaves(dimensions: Sequence[Hierarchy], leaves: Counts) -> Cube:
    return Cube(tuple(dimensions), with_margins(dimensions, leaves))


def cube(
    dimensions: Sequence[Hierarchy],
    rows: Iterable[tuple[Sequence[str], int]],
    *,
    places: Mapping[int, str] | None = None,
) -> Cube:
    """The cube of rows ((code of each dimension, ...), count); `places[i]` says where the i-th row stands.

    Raises InvalidInput with its place: an unknown code (F112), the same cell twice (F113), a negative count, or counts
    that add up to more than `GREATEST` (F114), a total that differs from the sum of its parts (F115).
    """
    place = {} if places is None else places
    leaf_at = [{d.codes[p]: i for i, p in enumerate(d.leaves)} for d in dimensions]
    leaves = np.zeros([len(d.leaves) for d in dimensions], dtype=np.int64)
    seen: set[tuple[int, ...]] = set()
    declared: list[tuple[tuple[int, ...], int, str]] = []
    together = 0
    for number, (codes, count) in enumerate(rows):
        where = place.get(number, f"#{number + 1}")
        at = tuple(_position(d, code, where) for d, code in zip(dimensions, codes, strict=True))
        if at in seen:
            raise InvalidInput(
                Text(
                    es=f"La celda {' · '.join(codes)} está dos veces en la tabla.",
                    en=f"The cell {' · '.join(codes)} is twice in the table.",
                ),
                place=where,
                rule="F113",
            )
        seen.add(at)
        if count < 0:
            raise InvalidInput(
                Text(
                    es="Un recuento es un número entero de personas o hechos, cero o más.",
                    en="A count is a whole number of persons or events, zero or more.",
                ),
                place=where,
                rule="F114",
            )
        detail = all(code in positions for code, positions in zip(codes, leaf_at, strict=True))
        together += count if detail else 0
        if max(count, together) > GREATEST:
            raise InvalidInput(
                Text(
                    es=f"Los recuentos suman más de {GREATEST}: ningún programa de cálculo los guarda con exactitud.",
                    en=f"The counts add up to more than {GREATEST}: no spreadsheet holds them exactly.",
                ),
                place=where,
                rule="F114",
            )
        if detail:
            leaves[tuple(positions[code] for code, positions in zip(codes, leaf_at, strict=True))] = count
        else:
            declared.append((at, count, where))
    made = cube_of_leaves(dimensions, leaves)
    for at, count, where in declared:
        if made.counts[at] != count:
            told = " · ".join(d.codes[i] for d, i in zip(dimensions, at, strict=True))
            raise InvalidInput(
                Text(
                    es=f"La tabla se contradice: el total declarado de {told} no es la suma de sus partes.",
                    en=f"The table contradicts itself: the declared total of {told} is not the sum of its parts.",
                ),
                place=where,
                rule="F115",
            )
    return made


def _position(dimension: Hierarchy, code: str, where: str) -> int:
    try:
        return dimension.position[code]
    except KeyError:
        raise InvalidInput(
            Text(
                es=f"El código «{code}» no está en la jerarquía de la dimensión «{dimension.name}».",
                en=f"The code “{code}” is not in the hierarchy of the dimension “{dimension.name}”.",
            ),
            place=where,
            rule="F112",
        ) from None
