"""Which small counts become 0 and which the base, so that the table still adds up and its totals stay close?

Small-count rounding (after the idea of Langsrud and Heldal 2018): only leaf cells of 1 to base - 1 change, to 0 or to
the base, and all totals are sums of what is printed. No cell is printed as 1 to base - 1. The sum of the squared
differences of all cells, totals included, is made small: from what `round_cells` prints, single counts are turned over,
each time the one that helps most, then pairs (one down, one up), `PASSES` times.

The result depends on the whole table: the same people may be printed otherwise in another one, so a population is
published in one such table only, or noise averages out. Totals are a few persons off and are nobody's true total.
"""

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.cube import Counts, Cube, with_margins
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.rounding import round_cells
from istmo.statistics.disclosure.siphash import Keys

PASSES = 3


def round_small(cube: Cube, keys: Keys, *, base: int, secret: bytes) -> ProtectedTable:
    """The table of a cube; the keys only decide where the search begins."""
    leaves = cube.leaf_counts.copy()
    small = np.nonzero((leaves > 0) & (leaves < base))
    start = round_cells(leaves[small], keys[cube.leaf_positions][small], base=base, secret=secret) > 0
    if len(start):
        search = _Search(cube, small, start, base)
        search.single()
        for _ in range(PASSES):
            if search.pairs():
                search.single()
        leaves[small] = base * search.raised
    values = with_margins(cube.dimensions, leaves)
    return ProtectedTable(cube.dimensions, Method.SMALL_COUNT, base, values, np.zeros(cube.shape, dtype=np.bool_))


class _Search:
    """The small counts in canonical order: `raised` says which are the base; the others are 0.

    `above[k]` is the sum of the differences of the k-th count and all totals that hold it, `height[k]` the number of
    these cells; two counts are together in `_shared` of them. Raising k changes the sum of squares by
    2 base above[k] + base**2 height[k].
    """

    def __init__(self, cube: Cube, small: tuple[NDArray[np.intp], ...], raised: NDArray[np.bool_], base: int) -> None:
        self.dimensions, self.at, self.raised, self.base = cube.dimensions, small, raised.copy(), base
        counts = cube.leaf_counts
        differences = np.zeros_like(counts)
        differences[small] = base * raised - counts[small]
        above = with_margins(cube.dimensions, differences)
        self.height: Counts = np.ones(len(raised), dtype=np.int64)
        for axis, dimension in enumerate(cube.dimensions):
            chains = [list(dimension.ancestors(leaf)) for leaf in dimension.leaves]
            above = np.stack([np.take(above, chain, axis=axis).sum(axis=axis) for chain in chains], axis=axis)
            self.height *= np.array([len(chain) for chain in chains])[small[axis]]
        self.above: Counts = above[small]

    def single(self) -> None:
        """Turns over the count that helps most, until none helps."""
        while True:
            change = self._change()
            best = int(change.argmin())
            if change[best] >= 0:
                return
            self._turn(best)

    def pairs(self) -> bool:
        """For each raised count, in order: lowers it and raises the best other one, if that helps. Did any?"""
        helped = False
        for one in np.flatnonzero(self.raised).tolist():
            before, gain = self.above, self._change()[one]
            self._turn(one)
            change = np.where(self.raised, np.iinfo(np.int64).max, self._change())
            other = int(change.argmin())
            if gain + change[other] < 0:
                self._turn(other)
                helped = True
            else:
                self.above, self.raised[one] = before, True
        return helped

    def _change(self) -> Counts:
        """By how much the sum of squares changes if a count is turned over."""
        up = 2 * self.base * self.above
        change: Counts = np.where(self.raised, -up, up) + self.base**2 * self.height
        return change

    def _turn(self, one: int) -> None:
        step = -self.base if self.raised[one] else self.base
        self.raised[one] = not self.raised[one]
        self.above = self.above + step * self._shared(one)

    def _shared(self, one: int) -> Counts:
        """In how many cells, itself and totals, each count is together with this one."""
        shared: Counts = np.ones(len(self.raised), dtype=np.int64)
        for dimension, at in zip(self.dimensions, self.at, strict=True):
            shared *= _common(dimension, int(at[one]))[at]
        return shared


def _common(dimension: Hierarchy, leaf: int) -> Counts:
    """How many codes each leaf of the dimension shares with this one, of those above it and itself."""
    common = np.zeros(len(dimension.leaves), dtype=np.int64)
    for code in dimension.ancestors(dimension.leaves[leaf]):
        common[dimension.first_leaf[code] : dimension.last_leaf[code]] += 1
    return common
