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
from itertools import product

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.cube import Cube
from istmo.statistics.disclosure.hierarchy import Hierarchy

Positions = NDArray[np.int64]
ANY = 2**40  # more than any need: a corner that is not there sets no limit
NEVER = 2**62


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


class Axis:
    """A dimension as the boxes see it: leaf numbers, ancestors by depth, and the depth at which two leaves part."""

    def __init__(self, dimension: Hierarchy) -> None:
        leaves, depth = dimension.leaves, dimension.depth
        self.size = len(leaves)
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

    def best(self, cell: int, leaf: tuple[int, ...], floor: int, need_up: int, need: int) -> Offer | None:
        """The box through `cell` (with its own corner at `leaf`) that costs least for what it gives.

        It is to lift the cell by `need_up` and to let it differ by `need` in all.
        """
        values = self.values
        depths = [axis.depth[n] for axis, n in zip(self.axes, self.nodes(cell), strict=True)]
        others: list[Positions] = []
        parted: list[Positions] = []
        for k, axis in enumerate(self.axes):
            line = np.moveaxis(values, k, -1)[leaf[:k] + leaf[k + 1 :]]
            open_ = (line > 0) & (axis.parted[leaf[k]] <= depths[k])
            open_[leaf[k]] = False
            found = np.flatnonzero(open_)
            others.append(found)
            parted.append(axis.parted[leaf[k], found])
        span = np.ix_(*(np.concatenate(([own], found)) for own, found in zip(leaf, others, strict=True)))
        truth, lifted, lowered = values[span], self.lifted[span], self.lowered[span]
        own_at, other_at = [], []
        for k, (found, depth) in enumerate(zip(others, parted, strict=True)):
            shape = [-1 if i == k else 1 for i in range(len(self.axes))]
            own_at.append((depth * self.of_depth[k] + leaf[k] * self.of_leaf[k]).reshape(shape))
            other_at.append((depth * self.of_depth[k] + found * self.of_leaf[k]).reshape(shape))
        cost: NDArray[np.int64] | int = 0
        least: NDArray[np.int64] | int = ANY
        up: NDArray[np.int64] | int = ANY
        down: NDArray[np.int64] | int = ANY
        for side in product((0, 1), repeat=len(self.axes)):
            at: Positions | int = 0
            for s, own, other in zip(side, own_at, other_at, strict=True):
                at = at + (other if s else own)
            cost = cost + self.flat.take(at)
            piece = tuple(slice(1, None) if s else slice(0, 1) for s in side)
            least = np.minimum(least, truth[piece])
            if sum(side) % 2:
                up = np.minimum(up, lifted[piece])
            else:
                down = np.minimum(down, lowered[piece])
        up, down = up - floor, down - floor
        rise = np.minimum(up, max(need_up, need))
        fall = np.minimum(down, np.maximum(need - rise, 0))
        gain = rise + fall
        usable = (least > 0) & (gain > 0)
        if need_up:
            usable &= up > 0
        gain = np.where(usable, gain, 0)
        # least cost for a person moved; then the most moved; then the first in canonical order
        score = np.where(usable, (cost * 1024 + 1024) // np.maximum(gain, 1) * 64 - gain, NEVER)
        at = int(np.argmin(score))
        if not usable.flat[at]:
            return None
        where = np.unravel_index(at, score.shape)
        box = Box(leaf, tuple(int(found[i]) for found, i in zip(others, where, strict=True)))
        return Offer(box, int(np.broadcast_to(cost, score.shape)[where]), int(rise[where]), int(fall[where]))


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
