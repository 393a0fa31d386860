"""Which withheld cells can be published after all?

A `Pattern` holds a witness for each primary and knows which witnesses use a cell beside the primaries (a secondary). It
is built greedily: cells that are withheld already cost nothing. `thin` then tries to do without each secondary: the
primaries whose witnesses use it find others, and if what these newly withhold is worth less than what can be
published again, they are kept. Costs and ties are whole numbers and the order is that of the cells: one result.
"""

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.cube import Cube, Mask
from istmo.statistics.disclosure.suppression.boxes import Boxes
from istmo.statistics.disclosure.suppression.witnesses import Promise, Witness, find, proofs
from istmo.statistics.disclosure.witness import Move

FORBIDDEN = 2**44  # the cost of a cell that is to be published: more than that of any witness without it
NO_LIMIT = 2**60
MOST_USERS = 8  # a secondary that more witnesses use is seldom dispensable, and dear to try
ROUNDS = 3


class Pattern:
    """What is withheld: the primaries and each cell that a witness of one of them uses."""

    def __init__(self, cube: Cube, primary: Mask, promise: Promise, worth: NDArray[np.int64]) -> None:
        self.counts = cube.counts.reshape(-1)
        self.primary = primary.reshape(-1)
        self.promise = promise
        self.worth = np.where(self.primary, 0, worth.reshape(-1))
        self.boxes = Boxes(cube, self.worth)
        self.witnesses: dict[int, Witness] = {}
        self.users: dict[int, set[int]] = {}
        self.cost = 0

    def build(self) -> None:
        """A witness for each primary, the smallest counts first: they need the most."""
        cells = np.flatnonzero(self.primary)
        for cell in cells[np.argsort(self.counts[cells], kind="stable")].tolist():
            witness = self._find(cell, NO_LIMIT)
            assert witness is not None  # the totals up to the root can always move
            self._hold(cell, witness)

    def thin(self) -> None:
        """Publishes secondaries again until a round over those whose surroundings changed finds none."""
        untried = set(self.users)
        for _ in range(ROUNDS):
            changed: set[int] = set()
            for secondary in sorted(untried, key=lambda c: (len(self.users[c]), -int(self.worth[c]), c)):
                users = self.users.get(secondary, set())
                if 0 < len(users) <= MOST_USERS and self._without(secondary, users.copy()):
                    changed |= users
            untried = {c for cell in changed for c in self.witnesses[cell].uses if c in self.users}

    def withheld(self) -> Mask:
        withheld: Mask = self.primary.copy()
        withheld[list(self.users)] = True
        return withheld

    def moves(self) -> tuple[Move, ...]:
        return proofs(self.boxes, self.witnesses, self.counts, self.promise)

    def _without(self, secondary: int, users: set[int]) -> bool:
        """Whether the users of a secondary found other witnesses that cost less in all; if not, all is as before."""
        before = self.cost
        held = {cell: self.witnesses[cell] for cell in sorted(users, key=lambda c: (int(self.counts[c]), c))}
        for cell in held:
            self._release(cell)
        self.boxes.set_cost(secondary, FORBIDDEN)
        for cell in held:
            witness = self._find(cell, before - self.cost)
            if witness is None:
                break
            self._hold(cell, witness)
        better = len(held.keys() & self.witnesses.keys()) == len(held)
        if not better:
            for cell in held.keys() & self.witnesses.keys():
                self._release(cell)
        self.boxes.set_cost(secondary, int(self.worth[secondary]))
        if not better:
            for cell, witness in held.items():
                self._hold(cell, witness)
        return better

    def _find(self, cell: int, budget: int) -> Witness | None:
        return find(self.boxes, cell, int(self.counts[cell]), self.promise, budget=budget)

    def _hold(self, cell: int, witness: Witness) -> None:
        self.witnesses[cell] = witness
        for used in witness.uses:
            if self.primary[used]:
                continue
            if used not in self.users:
                self.users[used] = set()
                self.cost += int(self.worth[used])
                self.boxes.set_cost(used, 0)
            self.users[used].add(cell)

    def _release(self, cell: int) -> None:
        for used in self.witnesses.pop(cell).uses:
            if self.primary[used]:
                continue
            self.users[used].remove(cell)
            if not self.users[used]:
                del self.users[used]
                self.cost -= int(self.worth[used])
                self.boxes.set_cost(used, int(self.worth[used]))
