"""What do the equations say of each cell at first sight?

In each equation every cell is what the others leave of it: if a total is 11 and two parts are at least 1 and 9, the
third is at most 1. This is applied to all cells of all equations at once until no interval narrows. The result holds
for whole numbers and is exact; a linear or integer program may narrow it further.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, System

PASSES = 1_000
GREATEST_SUM = 2**61  # a greater sum says nothing here: it is taken as unbounded

Positions = NDArray[np.intp]


def bounds(system: System, *, passes: int = PASSES) -> Bounds:
    """The intervals that the equations leave to each cell; coefficients are whole numbers of any sign.

    `-UNBOUNDED` and `UNBOUNDED` mean no bound. After `passes` rounds the intervals hold, but may not be the narrowest.
    Raises InvalidInput (F119) if no counts satisfy the system.
    """
    lower, upper = system.lower.astype(np.int64), system.upper.astype(np.int64)
    equations = whole(system.equations)
    filled = np.flatnonzero(np.diff(equations.indptr))
    starts, columns = equations.indptr[filled].astype(np.intp), equations.indices
    active = np.ones(len(filled), dtype=np.bool_)
    for _ in range(passes):
        _consistent(lower, upper)
        if not active.any():
            break
        changed = _narrow(equations, filled[active], lower, upper)
        active = np.logical_or.reduceat(changed[columns], starts)
    return Bounds(lower, upper)


def whole(equations: sparse.csr_array) -> sparse.csr_array:
    """The equations with int64 coefficients, none of them 0."""
    made = sparse.csr_array(equations, dtype=np.int64, copy=True)
    made.eliminate_zeros()
    return made


def _consistent(lower: Counts, upper: Counts) -> None:
    if (lower > upper).any():
        raise InvalidInput(
            Text(
                es="Lo publicado se contradice: no hay recuentos que cumplan todos los totales.",
                en="What is published contradicts itself: no counts satisfy all the totals.",
            ),
            rule="F119",
        )


def _narrow(equations: sparse.csr_array, rows: Positions, lower: Counts, upper: Counts) -> Mask:
    """Narrows `lower` and `upper` by the given rows (none empty); says which cells changed."""
    entries, first, lengths = _entries(equations.indptr, rows)
    columns, factors = equations.indices[entries], equations.data[entries]
    low, high = lower[columns], upper[columns]
    positive = factors > 0
    least = _Others(factors, np.where(positive, low, high), first, lengths)
    greatest = _Others(factors, np.where(positive, high, low), first, lengths)
    size = np.abs(factors)
    # factor * x lies between -greatest and -least of the sum of the others
    above = np.where(positive, -least.sums, greatest.sums) // size
    below = -(np.where(positive, greatest.sums, -least.sums) // size)
    changed = np.zeros(len(lower), dtype=np.bool_)
    better = np.where(positive, least.known, greatest.known) & (above < high)
    np.minimum.at(upper, columns[better], above[better])
    changed[columns[better]] = True
    better = np.where(positive, greatest.known, least.known) & (below > low)
    np.maximum.at(lower, columns[better], below[better])
    changed[columns[better]] = True
    return changed


class _Others:
    """For each entry of an equation: the sum of the other entries' terms, and whether it is known."""

    def __init__(self, factors: Counts, values: Counts, first: Positions, lengths: Positions) -> None:
        unbounded = np.abs(values) >= UNBOUNDED
        terms = factors * np.where(unbounded, 0, values)
        greatest = int(np.abs(np.where(unbounded, 0, values)).max()) * int(np.abs(factors).max()) * int(lengths.max())
        beyond = np.zeros(len(first), dtype=np.int64)
        if greatest >= GREATEST_SUM:
            # int64 sums wrap around and are right again when the sum itself is small: floats tell which are
            rough = factors.astype(np.float64) * np.where(unbounded, 0, values)
            unbounded |= np.abs(rough) >= GREATEST_SUM
            terms, rough = np.where(unbounded, 0, terms), np.where(unbounded, 0.0, rough)
            beyond = 2 * (np.abs(np.add.reduceat(rough, first)) >= GREATEST_SUM)
        without = np.repeat(np.add.reduceat(unbounded.astype(np.int64), first) + beyond, lengths) - unbounded
        self.known: Mask = without == 0
        self.sums: Counts = np.repeat(np.add.reduceat(terms, first), lengths) - terms


def _entries(indptr: Positions, rows: Positions) -> tuple[Positions, Positions, Positions]:
    """The entries of the rows, where each row begins among them, and their number a row."""
    lengths = (indptr[rows + 1] - indptr[rows]).astype(np.intp)
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
    return np.arange(lengths.sum()) + np.repeat(indptr[rows] - first, lengths), first, lengths
