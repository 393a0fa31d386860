"""Which cells must be withheld so that nobody can place the small ones, and what proves it?

Zeros are published, so everybody knows that a withheld cell is at least 1. The promise to each primary (a count of 1 to
threshold - 1, or a cell that the caller wants withheld) holds against that knowledge: other tables of whole persons
agree with all that is published and give the cell at least the threshold, and differ in it by at least the threshold
less one. Those tables are the witnesses that `istmo.statistics.disclosure.verify` checks without this code.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Cube, Mask
from istmo.statistics.disclosure.siphash import Keys
from istmo.statistics.disclosure.suppression.polish import Pattern
from istmo.statistics.disclosure.suppression.witnesses import Promise, zero_aware
from istmo.statistics.disclosure.witness import Move, Suppression

__all__ = ["Suppression", "Worth", "pattern", "suppress"]


class Worth(StrEnum):
    """What is spared. `TOTALS`: great counts, and above all the totals of one dimension, which are the headline and are
    published elsewhere too. `CELLS`: as few cells as possible are withheld."""

    TOTALS = "totals"
    CELLS = "cells"


def suppress(
    cube: Cube,
    *,
    threshold: int,
    required: Mask | None = None,
    worth: Worth = Worth.TOTALS,
    chance: Keys | None = None,
) -> Suppression:
    """What to withhold of a table; the same for every order of its rows.

    `chance` has a draw for each cell, made with a secret key (`keys.draw`): what is spared is weighted by it. Without
    it, whoever has the program runs it on each count that a withheld cell of a small table may have, and sees which of
    them give this pattern.

    `required` are cells that must be withheld whatever their count. Raises InvalidInput (F118) if nothing but zeros
    could be published, ValueError if a 0 is required: everybody takes a withheld cell for at least 1.
    """
    counts = cube.counts
    primary: Mask = (counts > 0) & (counts < threshold)
    if required is not None:
        if (counts[required] == 0).any():
            raise ValueError("a cell of 0 cannot be withheld where zeros are published")
        primary |= required
    withheld, found = pattern(cube, primary, zero_aware(threshold), worth, chance)
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


def pattern(
    cube: Cube, primary: Mask, promise: Promise, worth: Worth, chance: Keys | None = None
) -> tuple[Mask, tuple[Move, ...]]:
    """The withheld cells, and the moves that prove the promise to each primary."""
    weights = _worth(cube, worth)
    if chance is not None:
        weights = weights * (1024 + 3 * (chance >> np.uint64(54)).astype(np.int64)) // 1024  # once to four times
    made = Pattern(cube, primary, promise, weights)
    made.build()
    made.thin()
    return made.withheld().reshape(cube.shape), made.moves()


def _worth(cube: Cube, worth: Worth) -> NDArray[np.int64]:
    if worth is Worth.CELLS:
        return np.full(cube.shape, 1000, dtype=np.int64)
    by_size = np.array([round(1000 * 2 ** (bits / 3)) for bits in range(55)], dtype=np.int64)
    ways = np.zeros(cube.shape, dtype=np.int64)
    for axis in range(len(cube.shape)):
        np.moveaxis(ways, axis, 0)[1:] += 1
    headline = ways < min(2, len(cube.shape))
    made: NDArray[np.int64] = by_size[np.frexp(cube.counts)[1]] * np.where(headline, 8, 1)
    return made
