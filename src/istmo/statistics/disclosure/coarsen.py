"""Which cells of a rounded table must be withheld so that nobody can work out a small count?

Rounding alone leaves a few: a total printed as 0 to base 5 whose four parts are printed as 5 is 4, and each part is 1.
`coarsen` attacks the table as a reader would, withholds, and attacks again until nothing is found.

Two things keep a reader who knows this program from concluding what was withheld (tests: every table of a small size,
attacked with all that can be known of the program):

- whole families are withheld, the total and all the parts of each equation that proves the find: in the example, a
  withheld total over four parts of 5 can only have been 0;
- one in `DECOYS` of the families of few people is withheld without being such a case, by a keyed draw, so that a
  withheld family does not prove that it was one.

What is found is secret, and so are the steps: they are for the releasers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.cube import Counts, Cube, Mask
from istmo.statistics.disclosure.keys import Use, cell_names, draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.siphash import Keys
from istmo.statistics.disclosure.system import Bounds, System, equations_of, exact

Knowledge = Callable[[ProtectedTable], System]
Attack = Callable[[System], Bounds]
DECOYS = 1_000


@dataclass(frozen=True, eq=False)
class Step:
    """One attack: the cells that were found and those withheld for them (flat positions)."""

    found: Counts
    withheld: Counts


@dataclass(frozen=True, eq=False)
class Coarsened:
    table: ProtectedTable
    steps: tuple[Step, ...]


def coarsen(
    cube: Cube,
    table: ProtectedTable,
    keys: Keys,
    *,
    secret: bytes,
    threshold: int,
    knowledge: Knowledge = known,
    attack: Attack = propagation.bounds,
) -> Coarsened:
    """The table without its decoys, and then without what lets `attack` find a secret cell (`clear`)."""
    hidden = withhold(table, decoys(table, keys, secret=secret))
    return clear(cube, hidden, threshold=threshold, knowledge=knowledge, attack=attack)


def clear(
    cube: Cube,
    table: ProtectedTable,
    *,
    threshold: int,
    knowledge: Knowledge = known,
    attack: Attack = propagation.bounds,
) -> Coarsened:
    """The table without the families that let `attack` find a secret cell (`recovered`).

    `knowledge` is what a reader has: `known`, `known_of_records` where keys come from records, or a union with other
    tables whose first cells are this table's. Raises InvalidInput (F118) if nothing would be left.
    """
    families = _Families(table)
    steps: list[Step] = []
    while True:
        system = knowledge(table)
        found = attack(system)
        cells = np.flatnonzero(recovered(found, cube, table, threshold))
        if not len(cells):
            return Coarsened(table, tuple(steps))
        hidden = table.withheld.reshape(-1)
        more = families.proving(table, system, found, cells)
        if hidden[more].all():
            more = families.around(cells)
        while hidden[more].all() and not hidden[families.around(more)].all():
            more = families.around(more)
        more = more[~hidden[more]]
        if not len(more) or hidden.sum() + len(more) == hidden.size:
            raise _nothing_left()
        steps.append(Step(cells, more))
        hidden = hidden.copy()
        hidden[more] = True
        table = withhold(table, hidden.reshape(table.shape))


def decoys(table: ProtectedTable, keys: Keys, *, secret: bytes) -> Mask:
    """The cells of one in `DECOYS` of the families of few people: its total is printed as twice the base or less.

    The draw is on the key of the total and on its name, since the cells without people have one key. A table that adds
    up has none: what is withheld there is the difference of what is printed.
    """
    chosen = np.zeros(table.shape, dtype=np.bool_)
    if table.method is Method.SMALL_COUNT:
        return chosen
    named = keys + cell_names(secret, table.dimensions)
    for axis, dimension in enumerate(table.dimensions):
        values, marked = np.moveaxis(table.values, axis, 0), np.moveaxis(chosen, axis, 0)
        drawn = np.moveaxis(draw(secret, Use.DECOY, named, of=dimension.name), axis, 0)
        for total, parts in enumerate(dimension.children):
            if parts:
                marked[[total, *parts]] |= (values[total] <= 2 * table.spread) & (drawn[total] < 2**64 // DECOYS)
    return chosen


def recovered(found: Bounds, cube: Cube, table: ProtectedTable, threshold: int) -> Mask:
    """The secret cells that an attacker knows: exactly, or in a sensitive table that 1 to base - 1 people are there.

    `found` may have more cells than the table, after its own; the result has one a cell of the table.
    """
    counts = cube.counts.reshape(-1)
    mine = Bounds(found.lower[: counts.size], found.upper[: counts.size])
    if table.method is Method.ALIKE:
        secret = (counts > 0) & (counts < max(threshold, table.spread))
        shown: Mask = secret & (mine.lower > 0) & (mine.upper < max(threshold, table.spread))
        return shown
    return exact(mine, (counts > 0) & (counts < threshold))


def withhold(table: ProtectedTable, hidden: Mask) -> ProtectedTable:
    """The table with these cells withheld too."""
    withheld = table.withheld | hidden
    headline = None if table.headline is None else table.headline & ~withheld
    return replace(table, values=np.where(withheld, 0, table.values), withheld=withheld, headline=headline)


class _Families:
    """The equations of a table: a total of one dimension and its parts, at one place of the others."""

    def __init__(self, table: ProtectedTable) -> None:
        self.size = table.values.size
        self.rows = equations_of(table.dimensions)
        self.of_cell: sparse.csr_array = sparse.csr_array(self.rows.T)

    def proving(self, table: ProtectedTable, system: System, found: Bounds, cells: Counts) -> Counts:
        """The cells of the families by whose equations the bounds of these cells follow, in order.

        What a cell is known to be beyond its own value and any equation comes from a family of two parts
        (`known_of_records`).
        """
        equations, of_cell = system.equations, sparse.csr_array(system.equations.T)
        alone = known(table)
        proving: set[int] = set()
        for cell in cells:
            if system.lower[cell] > alone.lower[cell]:
                pairs = [members for row in _entries(self.of_cell, int(cell)) if len(members := self._of(row)) == 3]
                proving |= {int(member) for members in pairs for member in members}
            for row in _entries(of_cell, int(cell)):
                if _proves(equations, int(row), int(cell), system, found):
                    proving |= self._family(_entries(equations, int(row)))
        return np.array(sorted(proving), dtype=np.int64)

    def around(self, cells: Counts) -> Counts:
        """These cells and all that share an equation with one of them, in order."""
        rows = np.unique(np.concatenate([_entries(self.of_cell, int(cell)) for cell in cells]))
        beside = [_entries(self.rows, int(row)) for row in rows]
        return np.unique(np.concatenate([cells, *beside])).astype(np.int64)

    def _of(self, row: int) -> Counts:
        return _entries(self.rows, int(row))

    def _family(self, members: Counts) -> set[int]:
        """The members that are cells of the table, with those of each of its equations that holds them all."""
        mine = [int(cell) for cell in members if cell < self.size]
        shared = set.intersection(*({int(r) for r in _entries(self.of_cell, cell)} for cell in mine))
        return {*mine, *(int(cell) for row in shared for cell in _entries(self.rows, row))}


def _proves(equations: sparse.csr_array, row: int, cell: int, system: System, found: Bounds) -> bool:
    """Whether what this equation leaves to the cell is the bound found, and more than the cell's own value tells."""
    start, end = int(equations.indptr[row]), int(equations.indptr[row + 1])
    members = equations.indices[start:end]
    factors = [int(factor) for factor in equations.data[start:end]]
    own = next(factor for member, factor in zip(members, factors, strict=True) if member == cell)
    least = greatest = 0
    for member, factor in zip(members, factors, strict=True):
        if member != cell:
            ends = (factor * int(found.lower[member]), factor * int(found.upper[member]))
            least, greatest = least + min(ends), greatest + max(ends)
    ends = (-greatest, -least) if own > 0 else (least, greatest)
    lower, upper = int(found.lower[cell]), int(found.upper[cell])
    return (lower > system.lower[cell] and -(-ends[0] // abs(own)) >= lower) or (
        upper < system.upper[cell] and ends[1] // abs(own) <= upper
    )


def _entries(matrix: sparse.csr_array, row: int) -> Counts:
    entries: Counts = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return entries


def _nothing_left() -> InvalidInput:
    return InvalidInput(
        Text(
            es="De esta tabla no se puede publicar ninguna celda sin que se pueda calcular un recuento pequeño.",
            en="No cell of this table can be published without letting somebody work out a small count.",
        ),
        advice=Text(
            es="Publique menos detalle: agrupe nacionalidades, puestos o meses.",
            en="Publish less detail: take nationalities, points or months together.",
        ),
        rule="F118",
    )
