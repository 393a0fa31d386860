"""Which tables prove that a withheld cell cannot be placed, and what else must be withheld for them?

`find` puts boxes on each other until the cell can be lifted as far as the promise says and differs by as much as it
says. A cell that no other leaf can balance moves with its totals, in the end with the grand total: a witness is always
found, and costs what it costs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from istmo.statistics.disclosure.cube import Counts
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
    """The boxes that prove one primary, and the cells that they change."""

    offers: tuple[Offer, ...]
    uses: tuple[int, ...]


def find(boxes: Boxes, cell: int, count: int, promise: Promise, *, budget: int) -> Witness | None:
    """The cheapest boxes, one after the other; nothing if they cost `budget` or more.

    The cost of the cells that they change is 0 afterwards: they are withheld.
    """
    around = [boxes.around(cell, leaf) for leaf in boxes.leaves_below(cell, MOST_LEAVES)]
    lift, spread = promise.lift(count), promise.spread(count)
    offers: list[Offer] = []
    uses: dict[int, int] = {}  # cells and what they cost before
    while lift > 0 or spread > 0:
        offer = min(
            (boxes.best(a, floor=promise.floor, lift=lift, spread=spread) for a in around),
            key=lambda o: (o.cost * 64 // (o.up + o.down), -o.up - o.down, o.box.own, o.box.other),
        )
        budget -= offer.cost
        if budget <= 0:
            break
        boxes.apply(offer)
        offers.append(offer)
        for changed in boxes.changed(offer.box)[0].tolist():
            if changed not in uses:
                uses[changed] = int(boxes.costs[changed])
                boxes.set_cost(changed, 0)
        lift, spread = max(0, lift - offer.up), max(0, spread - offer.up - offer.down)
    boxes.undo(offers)
    if budget <= 0:
        for changed, cost in uses.items():
            boxes.set_cost(changed, cost)
        return None
    return Witness(tuple(offers), tuple(sorted(uses)))


def proofs(boxes: Boxes, witnesses: Mapping[int, Witness], counts: Counts, promise: Promise) -> tuple[Move, ...]:
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


def moves(boxes: Boxes, witness: Witness) -> tuple[Move, ...]:
    """The witness as tables: one that lifts the cell, one that lowers it, or the one of them that is needed."""
    made = []
    for sign, amounts in ((1, [o.up for o in witness.offers]), (-1, [o.down for o in witness.offers])):
        changes = np.zeros(len(witness.uses), dtype=np.int64)
        cells = np.array(witness.uses, dtype=np.int64)
        for offer, amount in zip(witness.offers, amounts, strict=True):
            at, signs = boxes.changed(offer.box)
            changes[np.searchsorted(cells, at)] += sign * amount * signs
        if changes.any():
            made.append(Move(cells[changes != 0], changes[changes != 0]))
    return tuple(made)
