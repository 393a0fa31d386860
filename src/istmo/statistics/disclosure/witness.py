"""What proves that a withheld cell cannot be placed: other tables that the published one allows as well.

A `Move` is the difference between the true table and such another table: whole persons, only withheld cells, every
total still the sum of its parts, and no withheld cell under 1. It proves to whoever holds the true table, and to nobody
else: with what is published it would give the secret away, so it is kept in `audit/` and never leaves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.cube import Mask


@dataclass(frozen=True, eq=False)
class Move:
    """`changes[i]` persons more (or less) in the cell at the flat (C order) position `cells[i]`."""

    cells: NDArray[np.int64]
    changes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Suppression:
    """`withheld` and `primary` have the shape of the cube; every primary is withheld.

    The primaries are what the promise is about: for each of them the moves show a table where it is at least the
    threshold, and two tables between which it differs by at least the threshold less one.
    """

    withheld: Mask
    primary: Mask
    moves: tuple[Move, ...]
