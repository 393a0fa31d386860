"""Which tables prove that a withheld cell cannot be placed, and what else must be withheld for them?

`find` puts boxes on each other until the cell can be lifted as far as the promise says and differs by as much as it
says. A cell that no other leaf can balance moves with its totals, in the end with the grand total: a witness is always
found, and costs what it costs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.suppression.boxes import Boxes, Offer
from istmo.statistics.disclosure.witness import Move

MOST_LEAVES = 8  # of a withheld total, tried as the corner of a box: a small total has fewer than the threshold


@dataclass(frozen=True)
class Promise:
    """What an attacker who knows that a withheld cell is at least `floor` is kept from proving of a primary.

    `lift(n)` is how far another allowed table exceeds the true count n, `spread(n)` the distance of two allowed counts.
    """

    floor: int
    lift: Callable[[int], int]
    spread: Callable[[int], int]


def zero_aware(threshold: int) -> Promise:
    """Zeros are published, so a withheld cell is at least 1. A primary can be at least `threshold`, and its allowed
    counts are at least `threshold - 1` apart."""
    return Promise(floor=1, lift=lambda n: max(threshold - n, 0), spread=lambda n: threshold - 1)


def double() -> Promise:
    """The promise of common tools, for comparison only: a withheld cell may be 0, and a primary twice its count."""
    return Promise(floor=0, lift=lambda n: n, spread=lambda n: n)


@dataclass(frozen=True)
class Witness:
    """The boxes that prove one primary, and the cells that they change beside the primaries."""

    offers: tuple[Offer, ...]
    uses: frozenset[int]


def find(boxes: Boxes, cell: int, count: int, promise: Promise, withhold: Callable[[int], None]) -> Witness:
    """The cheapest boxes, one after the other; `withhold` is called with each cell that was not withheld before."""
    leaves = boxes.leaves_below(cell, MOST_LEAVES)
    lift, spread = promise.lift(count), promise.spread(count)
    offers: list[Offer] = []
    uses: set[int] = set()
    while lift > 0 or spread > 0:
        made = [o for leaf in leaves if (o := boxes.best(cell, leaf, promise.floor, lift, spread)) is not None]
        offer = min(made, key=lambda o: (o.cost / (o.up + o.down), -o.up - o.down, o.box.own, o.box.other))
        boxes.apply(offer)
        changed = boxes.changed(offer.box)[0].tolist()
        uses.update(changed)
        if offer.cost:
            for other in changed:
                if boxes.costs[other]:
                    withhold(other)
        offers.append(offer)
        lift, spread = max(0, lift - offer.up), max(0, spread - offer.up - offer.down)
    boxes.undo(offers)
    return Witness(tuple(offers), frozenset(uses))


def moves(boxes: Boxes, witness: Witness) -> tuple[Move, ...]:
    """The witness as tables: one that lifts the cell, one that lowers it, or the one of them that is needed."""
    made = []
    for sign, amounts in ((1, [o.up for o in witness.offers]), (-1, [o.down for o in witness.offers])):
        cells, changes = [], []
        for offer, amount in zip(witness.offers, amounts, strict=True):
            if amount:
                at, signs = boxes.changed(offer.box)
                cells.append(at)
                changes.append(sign * amount * signs)
        if cells:
            made.append(_summed(np.concatenate(cells), np.concatenate(changes)))
    return tuple(made)


def _summed(cells: NDArray[np.int64], changes: NDArray[np.int64]) -> Move:
    at, inverse = np.unique(cells, return_inverse=True)
    total = np.zeros(len(at), dtype=np.int64)
    np.add.at(total, inverse, changes)
    return Move(at[total != 0], total[total != 0])
