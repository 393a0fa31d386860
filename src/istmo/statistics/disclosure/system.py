"""What does anybody know who holds the published cells?

A `System` is all of it: each cell lies in an interval, and the cells satisfy equations (a total is the sum of its
parts, in every dimension; a quarter of its months; one border's exits of another's entries, within a tolerance). An
attacker narrows the intervals and never sees the true counts. What is known exactly is an interval of width 0; what is
withheld from a table that publishes its zeros is at least 1: the zero-aware attacker.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.hierarchy import Hierarchy

UNBOUNDED = 2**62


@dataclass(frozen=True, eq=False)
class System:
    """`equations @ x == 0` for the true counts x, and `lower <= x <= upper` (each int64, one a cell; `UNBOUNDED`)."""

    equations: sparse.csr_array
    lower: Counts
    upper: Counts

    @property
    def size(self) -> int:
        return len(self.lower)


@dataclass(frozen=True, eq=False)
class Bounds:
    """What an attacker has found of each cell: int64 arrays, one a cell."""

    lower: Counts
    upper: Counts


def equations_of(dimensions: Sequence[Hierarchy]) -> sparse.csr_array:
    """One row for each total of one dimension at each place of the others: +1 at the total, -1 at its children.

    Cells are numbered in C order over the shape of the cube.
    """
    shape = tuple(len(d.codes) for d in dimensions)
    number = np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)
    rows: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    values: list[np.ndarray] = []
    made = 0
    for axis, dimension in enumerate(dimensions):
        along = np.moveaxis(number, axis, 0).reshape(shape[axis], -1)
        width = along.shape[1]
        for total, children in enumerate(dimension.children):
            if not children:
                continue
            members = along[[total, *children]]
            rows.append(np.tile(np.arange(made, made + width), len(members)))
            columns.append(members.reshape(-1))
            values.append(np.repeat(np.array([1, *([-1] * len(children))], dtype=np.int64), width))
            made += width
    if not rows:
        return sparse.csr_array((0, number.size), dtype=np.int64)
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.coo_array(entries, shape=(made, number.size)).tocsr()


def exact(found: Bounds, secret: Mask) -> Mask:
    """The secret cells that an attacker knows to the person."""
    known: Mask = found.lower == found.upper
    return secret & known


def below(found: Bounds, secret: Mask, threshold: int) -> Mask:
    """The secret cells of which an attacker can prove that they are small: the upper bound is under the threshold."""
    small: Mask = found.upper < threshold
    return secret & small
