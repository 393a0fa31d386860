"""Which cells must be withheld so that nobody can place the small ones, and what proves it?

Zeros are published, so everybody knows that a withheld cell is at least 1. The promise to each primary (a count of 1 to
threshold - 1, or a cell that the caller wants withheld) holds against that knowledge: other tables of whole persons
agree with all that is published and give the cell at least the threshold, and differ in it by at least the threshold
less one. Those tables are the witnesses that `istmo.statistics.disclosure.verify` checks without this code.
"""

import numpy as np

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Counts, Cube, Mask
from istmo.statistics.disclosure.suppression.boxes import Boxes
from istmo.statistics.disclosure.suppression.witnesses import Promise, Witness, find, moves, zero_aware
from istmo.statistics.disclosure.witness import Move, Suppression

__all__ = ["Suppression", "suppress"]


def suppress(cube: Cube, *, threshold: int, required: Mask | None = None) -> Suppression:
    """What to withhold of a table; the same for every order of its rows.

    `required` are cells that must be withheld whatever their count. Raises InvalidInput (F118) if nothing but zeros
    could be published, ValueError if a 0 is required: everybody takes a withheld cell for at least 1.
    """
    counts = cube.counts
    primary: Mask = (counts > 0) & (counts < threshold)
    if required is not None:
        if (counts[required] == 0).any():
            raise ValueError("a cell of 0 cannot be withheld where zeros are published")
        primary |= required
    withheld, found = pattern(cube, primary, zero_aware(threshold))
    if primary.any() and not (~withheld & (counts > 0)).any():
        raise InvalidInput(
            Text(
                es="De esta tabla no se puede publicar nada: hay demasiado pocas personas.",
                en="Nothing of this table can be published: there are too few persons.",
            ),
            advice=Text(
                es="Publique una tabla con menos detalle o de un período más largo.",
                en="Publish a table with less detail or of a longer period.",
            ),
            rule="F118",
        )
    return Suppression(withheld, primary, found)


def pattern(cube: Cube, primary: Mask, promise: Promise) -> tuple[Mask, tuple[Move, ...]]:
    """The withheld cells and the moves that prove the promise to each primary."""
    counts = cube.counts.reshape(-1)
    cells = np.flatnonzero(primary)
    costs = 100 + 20 * np.frexp(counts)[1].astype(np.int64)  # a greater count is missed more, but not in proportion
    costs[cells] = 0
    boxes = Boxes(cube, costs)
    withheld = primary.reshape(-1).copy()

    def withhold(cell: int) -> None:
        withheld[cell] = True
        boxes.set_cost(cell, 0)

    witnesses: dict[int, Witness] = {}
    for cell in cells[np.argsort(counts[cells], kind="stable")].tolist():
        witnesses[cell] = find(boxes, cell, int(counts[cell]), promise, withhold)
    return withheld.reshape(primary.shape), _proofs(boxes, witnesses, counts, promise)


def _proofs(boxes: Boxes, witnesses: dict[int, Witness], counts: Counts, promise: Promise) -> tuple[Move, ...]:
    """The moves of the witnesses, without those of primaries that the moves of others prove already."""
    highest, lowest = counts.copy(), counts.copy()
    made: list[Move] = []
    for cell in sorted(witnesses):
        count = int(counts[cell])
        if highest[cell] - count >= promise.lift(count) and highest[cell] - lowest[cell] >= promise.spread(count):
            continue
        for move in moves(boxes, witnesses[cell]):
            moved = counts[move.cells] + move.changes
            highest[move.cells] = np.maximum(highest[move.cells], moved)
            lowest[move.cells] = np.minimum(lowest[move.cells], moved)
            made.append(move)
    return tuple(made)
