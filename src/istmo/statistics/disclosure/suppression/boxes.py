"""Which small changes of a table leave all its published totals as they are?

Take a leaf and another in each dimension. One person more in the first of both, one less where exactly one dimension is
the other, one more where two are, and so on: the corners of a box. Above its corners only the totals change that lie
strictly below the place where both leaves meet; all other totals stay. Instead of another leaf a dimension can take
none: then the totals up to the root change as well. Every change that a table allows is a sum of such boxes.

`Boxes` finds for a cell the box that costs least for what it moves. The cost of a box is the sum of the costs of the
cells that it changes; it is read from chain sums, so that the boxes of a cell are all compared at once:
`sums[h, l, ...]` is the cost of the ancestors of leaf l of depth h and more (l included), in every dimension.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.cube import Cube, Mask
from istmo.statistics.disclosure.hierarchy import Hierarchy

Positions = NDArray[np.int64]
ANY = 2**40  # more than any need: a corner that is not there sets no limit
NEVER = 2**62
MOST_BOXES = 2**15  # that are compared for one cell; in a table that has more, those of the nearest leaves


@dataclass(frozen=True)
class Box:
    """Leaf numbers of the two corners; `other[k]` is the number of leaves of dimension k where it takes none."""

    own: tuple[int, ...]
    other: tuple[int, ...]


@dataclass(frozen=True)
class Offer:
    """A box, its cost, and how far it can lift (`up`) and lower (`down`) its own corner."""

    box: Box
    cost: int
    up: int
    down: int


Corner = tuple[Positions, tuple[slice, ...], bool]  # where in `sums` its cost is, where in the span, whether it falls


@dataclass(frozen=True, eq=False)
class Around:
    """The boxes of one cell and one own corner: an array with an axis a dimension, a position each other leaf."""

    leaf: tuple[int, ...]
    others: tuple[Positions, ...]
    span: tuple[Positions, ...]
    corners: tuple[Corner, ...]
    usable: Mask


class Axis:
    """A dimension as the boxes see it: leaf numbers, ancestors by depth, and the depth at which two leaves part."""

    def __init__(self, dimension: Hierarchy) -> None:
        leaves, depth = dimension.leaves, dimension.depth
        self.size = len(leaves)
        self.leaves = leaves
        self.height = 1 + max(depth)
        self.depth = depth
        self.first, self.last = dimension.first_leaf, dimension.last_leaf
        self.above = np.full((self.height, self.size + 1), -1, dtype=np.int64)  # the node of each depth above a leaf
        for number, leaf in enumerate(leaves):
            for node in dimension.ancestors(leaf):
                self.above[depth[node], number] = node
        own = self.above[:, :-1]
        self.parted = np.zeros((self.size, self.size + 1), dtype=np.int64)  # depth of the first totals that differ
        self.parted[:, :-1] = ((own[:, :, None] == own[:, None, :]) & (own[:, :, None] >= 0)).sum(axis=0)

    def changed(self, own: int, other: int) -> tuple[list[int], list[int]]:
        """The nodes that a pair of leaves changes, and by what."""
        parted = int(self.parted[own, other])
        up = [int(n) for n in self.above[parted:, own] if n >= 0]
        down = [int(n) for n in self.above[parted:, other] if n >= 0]
        return up + down, [1] * len(up) + [-1] * len(down)


class Boxes:
    """The boxes of a cube under costs that change while cells are withheld."""

    def __init__(self, cube: Cube, costs: NDArray[np.int64]) -> None:
        self.axes = [Axis(d) for d in cube.dimensions]
        self.shape = cube.shape
        self.strides = [int(np.prod(cube.shape[k + 1 :], dtype=np.int64)) for k in range(len(cube.shape))]
        self.costs = costs.reshape(-1).copy()
        self.values = np.pad(cube.leaf_counts, [(0, 1)] * len(self.axes), constant_values=ANY)
        self.lifted, self.lowered = self.values.copy(), self.values.copy()
        sums = costs.reshape(cube.shape)
        for k, axis in enumerate(self.axes):
            sums = _chained(sums, axis, 2 * k)
        self.sums = np.ascontiguousarray(sums)
        self.flat = self.sums.reshape(-1)
        of = [s // self.sums.itemsize for s in self.sums.strides]
        self.of_depth, self.of_leaf = of[0::2], of[1::2]

    def set_cost(self, cell: int, cost: int) -> None:
        change = cost - int(self.costs[cell])
        if not change:
            return
        self.costs[cell] = cost
        at: list[slice] = []
        for node, axis in zip(self.nodes(cell), self.axes, strict=True):
            at.append(slice(0, axis.depth[node] + 1))
            at.append(slice(axis.first[node], axis.last[node]))
        self.sums[tuple(at)] += change

    def nodes(self, cell: int) -> tuple[int, ...]:
        nodes = []
        for stride in self.strides:
            nodes.append(cell // stride)
            cell %= stride
        return tuple(nodes)

    def changed(self, box: Box) -> tuple[Positions, Positions]:
        """The cells that a box changes (flat positions), and by what (1 or -1)."""
        cells, signs = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
        for axis, stride, own, other in zip(self.axes, self.strides, box.own, box.other, strict=True):
            nodes, sides = axis.changed(own, other)
            cells = (cells[:, None] + np.array(nodes, dtype=np.int64) * stride).reshape(-1)
            signs = (signs[:, None] * np.array(sides, dtype=np.int64)).reshape(-1)
        return cells, signs

    def corners(self, box: Box) -> Iterator[tuple[tuple[int, ...], int]]:
        """The leaf cells at the corners that are there, and by what each changes."""
        for side in product((0, 1), repeat=len(self.axes)):
            at = tuple(other if s else own for s, own, other in zip(side, box.own, box.other, strict=True))
            if all(a < axis.size for a, axis in zip(at, self.axes, strict=True)):
                yield at, -1 if sum(side) % 2 else 1

    def apply(self, offer: Offer) -> None:
        """Puts a box on the lifted and the lowered table, so that the next one stands on them."""
        for at, sign in self.corners(offer.box):
            self.lifted[at] += sign * offer.up
            self.lowered[at] -= sign * offer.down

    def undo(self, offers: Iterable[Offer]) -> None:
        for offer in offers:
            for at, _ in self.corners(offer.box):
                self.lifted[at] = self.lowered[at] = self.values[at]

    def leaves_below(self, cell: int, most: int) -> list[tuple[int, ...]]:
        """The leaf cells below a cell that are not 0 (leaf numbers), the greatest first."""
        nodes = self.nodes(cell)
        first = [axis.first[n] for axis, n in zip(self.axes, nodes, strict=True)]
        below = self.values[tuple(slice(axis.first[n], axis.last[n]) for axis, n in zip(self.axes, nodes, strict=True))]
        found = np.flatnonzero(below)
        found = found[np.argsort(-below.reshape(-1)[found], kind="stable")][:most]
        return [
            tuple(int(i) + f for i, f in zip(at, first, strict=True))
            for at in zip(*np.unravel_index(found, below.shape), strict=True)
        ]

    def around(self, cell: int, leaf: tuple[int, ...]) -> Around:
        """All boxes that change `cell` and have their own corner at `leaf`, a leaf cell below it."""
        dimensions = range(len(self.axes))
        others = [
            self._others(k, leaf, axis.depth[n])
            for k, (axis, n) in enumerate(zip(self.axes, self.nodes(cell), strict=True))
        ]
        if prod(len(found) for found in others) > MOST_BOXES:
            most = round(MOST_BOXES ** (1 / len(others)))
            others = [self._nearest(k, leaf, found, most) for k, found in enumerate(others)]
        own_at: list[Positions] = []
        other_at: list[Positions] = []
        for k, found in enumerate(others):
            parted = self.axes[k].parted[leaf[k], found] * self.of_depth[k]
            along = [-1 if i == k else 1 for i in dimensions]
            own_at.append((parted + leaf[k] * self.of_leaf[k]).reshape(along))
            other_at.append((parted + found * self.of_leaf[k]).reshape(along))
        span = np.ix_(*(np.concatenate(([own], found)) for own, found in zip(leaf, others, strict=True)))
        corners: list[Corner] = []
        least = np.full([len(found) for found in others], ANY, dtype=np.int64)
        truth = self.values[span]
        for side in product((0, 1), repeat=len(self.axes)):
            at = reduce(np.add, (other_at[k] if side[k] else own_at[k] for k in dimensions))
            piece = tuple(slice(1, None) if s else slice(0, 1) for s in side)
            corners.append((at, piece, sum(side) % 2 == 1))
            least = np.minimum(least, truth[piece])
        return Around(leaf, tuple(others), span, tuple(corners), least > 0)

    def _line(self, k: int, leaf: tuple[int, ...]) -> NDArray[np.int64]:
        """The counts along dimension k through a leaf cell; at the end what stands for no other leaf."""
        line: NDArray[np.int64] = np.moveaxis(self.values, k, -1)[leaf[:k] + leaf[k + 1 :]]
        return line

    def _others(self, k: int, leaf: tuple[int, ...], depth: int) -> Positions:
        """The other leaves of dimension k whose box changes the node of that depth above the leaf."""
        axis = self.axes[k]
        usable = (self._line(k, leaf) > 0) & (axis.parted[leaf[k]] <= depth)
        usable[leaf[k]] = False
        return np.flatnonzero(usable)

    def _nearest(self, k: int, leaf: tuple[int, ...], others: Positions, most: int) -> Positions:
        """At most so many others: no other leaf, and those that part lowest, are withheld already, hold most."""
        parted = self.axes[k].parted[leaf[k], others]
        cells = np.moveaxis(self.costs.reshape(self.shape), k, -1)[
            tuple(
                axis.leaves[at]
                for axis, at in zip(self.axes[:k] + self.axes[k + 1 :], leaf[:k] + leaf[k + 1 :], strict=True)
            )
        ]
        cost = cells[np.array([*self.axes[k].leaves, 0])[others]]
        order = np.lexsort((others, -self._line(k, leaf)[others], cost > 0, -parted))[: most - 1]
        kept: Positions = np.unique(np.append(others[order], others[-1]))
        return kept

    def best(self, around: Around, *, floor: int, lift: int, spread: int) -> Offer:
        """The box that costs least for each person that it moves; of equals the one that moves most, then the first.

        The cell is to be lifted by `lift` and to differ by `spread` in all; lifting and lowering beyond that count
        for nothing. No cell falls under `floor`. There is always one: in no dimension another leaf.
        """
        lifted, lowered = self.lifted[around.span], self.lowered[around.span]
        cost = np.zeros(around.usable.shape, dtype=np.int64)
        up = np.full(around.usable.shape, ANY, dtype=np.int64)
        down = up
        for at, piece, opposite in around.corners:
            cost += self.flat.take(at)
            if opposite:
                up = np.minimum(up, lifted[piece])
            else:
                down = np.minimum(down, lowered[piece])
        up = np.minimum(up - floor, max(lift, spread))
        down = np.minimum(down - floor, np.maximum(spread - up, 0))
        gain = up + down
        usable = around.usable & ((up > 0) if lift else (gain > 0))
        gain = np.where(usable, gain, 1)
        score = np.where(usable, cost * 64 // gain * 32 - gain, NEVER)
        found = np.unravel_index(int(np.argmin(score)), score.shape)
        box = Box(around.leaf, tuple(int(other[i]) for other, i in zip(around.others, found, strict=True)))
        return Offer(box, int(cost[found]), int(up[found]), int(down[found]))


def _chained(sums: NDArray[np.int64], axis: Axis, at: int) -> NDArray[np.int64]:
    """Replaces the node axis `at` by two: depth h and leaf l, the sum over the ancestors of l from h down."""
    along = np.moveaxis(sums, at, 0)
    made = np.zeros((axis.height, axis.size + 1, *along.shape[1:]), dtype=np.int64)
    for h in reversed(range(axis.height)):
        if h + 1 < axis.height:
            made[h] = made[h + 1]
        there = axis.above[h] >= 0
        made[h][there] += along[axis.above[h][there]]
    return np.moveaxis(made, (0, 1), (at, at + 1))
