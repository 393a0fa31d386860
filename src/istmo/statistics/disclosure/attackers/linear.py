"""What do all the equations together, taken at once, leave to each cell?

A linear program finds the least and the greatest value of a cell under all equations and intervals. One program a cell
is too slow for a large table, so one program first tries to lift many cells at once to what the rules ask of them; only
for those that resist, a program each is solved.

What a linear program proves, and what it does not:

- A bound (`Audit.bounds`) is proved for whole numbers. The program's multipliers are rounded to whole shares, and the
  bound is worked out from them in whole numbers; whatever rounding the solver did, no true count lies outside.
- A value that was reached (`Audit.reached`) is rounded inwards. If it was reached by whole numbers that were checked
  against each equation (`Audit.whole`), then nobody can exclude it. If it was reached only by fractions, then no linear
  attacker can, but one who counts in whole numbers perhaps may: `integer` asks.
- A cell for which the solver gave no answer is `undecided`, never safe.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from istmo.statistics.disclosure.attackers.highs import Numbers, Program
from istmo.statistics.disclosure.attackers.propagation import Positions
from istmo.statistics.disclosure.attackers.reduction import Part, Reduction, reduction
from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, System

BUNDLE = 4_000  # small parts are solved together up to this number of cells
NEAR = 1e-6  # the solver's own tolerance is 1e-7
GAIN = 0.1  # a program for many cells is repeated while it settles at least this share of them
SHARES = 27_720  # the least common multiple of 1 to 12
NEVER = 2**61


@dataclass(frozen=True, eq=False)
class Audit:
    """Arrays of the system's size.

    `bounds` holds every possible count. `reached` are the least and greatest whole numbers seen between values that
    satisfy the system (`UNBOUNDED`, `-UNBOUNDED`: none was sought). `whole` says which of the cells asked for were
    shown to be safe by whole numbers, `undecided` which of them the solver left open.
    """

    bounds: Bounds
    reached: Bounds
    whole: Mask
    undecided: Mask


def bounds(system: System, cells: Mask) -> Bounds:
    """The narrowest bounds of the given cells that linear programs find: two programs for each unknown cell.

    Raises InvalidInput (F119) if no counts satisfy the system.
    """
    never = np.full(system.size, NEVER)
    search = _Search(reduction(system), reach=never, width=never)
    for part in search.bundles(cells):
        search.one_by_one(part, cells)
    return search.outer


def audit(system: System, cells: Mask, *, reach: int, width: int) -> Audit:
    """Whether each given cell can be at least `reach`, and its possible values be `width` apart.

    A cell that propagation already places below `reach` is a finding as it is and is not narrowed further. Asked of
    `bounds`, "is it below `reach`, is it narrower than `width`?" has the answer of the narrowest bounds.
    Raises InvalidInput (F119) if no counts satisfy the system.
    """
    reduced = reduction(system)
    lost = reduced.found.upper < reach
    narrow = reduced.found.upper < reduced.found.lower + width
    search = _Search(reduced, reach=np.full(system.size, reach), width=np.where(narrow, 1, width))
    asked = cells & ~lost
    for part in search.bundles(asked):
        search.many_at_once(part, asked)
        search.one_by_one(part, asked)
    return Audit(
        search.outer,
        search.inner,
        asked & ~narrow & search.settled(search.whole),
        asked & ~search.settled(search.inner) & ~search.solved,
    )


class _Search:
    """What was found so far: `outer` holds the truth, `inner` was reached, `whole` was reached by whole numbers."""

    def __init__(self, reduced: Reduction, *, reach: Counts, width: Counts) -> None:
        self.reduced, self.reach, self.width = reduced, reach, width
        found = reduced.found
        known = found.lower == found.upper
        self.outer = Bounds(found.lower.copy(), found.upper.copy())
        self.inner = Bounds(np.where(known, found.lower, UNBOUNDED), np.where(known, found.upper, -UNBOUNDED))
        self.whole = Bounds(self.inner.lower.copy(), self.inner.upper.copy())
        self.solved = known.copy()

    def bundles(self, cells: Mask) -> Iterator[Part]:
        """The parts with a cell that is asked for; small ones together."""
        held: list[int] = []
        size = 0
        sizes = np.bincount(self.reduced.label)
        for label in self.reduced.labels(cells):
            if held and size + sizes[label] > BUNDLE:
                yield self.reduced.take(held)
                held, size = [], 0
            held.append(int(label))
            size += sizes[label]
        if held:
            yield self.reduced.take(held)

    def settled(self, reached: Bounds) -> Mask:
        """The cells of which the values reached are all that was asked for."""
        high: Mask = reached.upper >= self.reach
        apart: Mask = reached.upper >= reached.lower + self.width
        return high & apart

    def open_(self, part: Part, cells: Mask) -> Positions:
        return np.flatnonzero((cells & ~self.settled(self.inner) & ~self.solved)[part.cells])

    def many_at_once(self, part: Part, cells: Mask) -> None:
        """Lifts the open cells, and then lowers them, each in one program for all, while that settles many."""
        programs = _Programs(part)
        left = self.open_(part, cells)
        before = 2 * len(left) + 1
        while len(left) and before - len(left) > GAIN * before:
            before, at = len(left), part.cells[left]
            goal = np.maximum(self.reach[at], part.lower[left] + self.width[at])
            self._see(part, programs.lift(left, np.minimum(goal, part.upper[left])))
            left = self.open_(part, cells)
            at = part.cells[left]
            self._see(part, programs.lower(left, self.inner.upper[at] - self.width[at]))
            left = self.open_(part, cells)

    def one_by_one(self, part: Part, cells: Mask) -> None:
        """The greatest and the least value of each open cell."""
        program = _Programs(part)
        for local in self.open_(part, cells):
            cell = part.cells[local]
            proved = []
            for sign in (1, -1):
                if self.settled(self.inner)[cell]:
                    break
                point, bound = program.extreme(int(local), sign)
                self._see(part, point)
                proved.append(bound)
                if bound is not None and sign > 0:
                    self.outer.upper[cell] = min(self.outer.upper[cell], bound)
                elif bound is not None:
                    self.outer.lower[cell] = max(self.outer.lower[cell], bound)
            self.solved[cell] = None not in proved

    def _see(self, part: Part, point: Numbers | None) -> None:
        """Takes note of values that satisfy the system, counted from the part's base."""
        if point is None:
            return
        base = base_of(part)
        _widen(
            self.inner,
            part.cells,
            base + np.ceil(point - NEAR).astype(np.int64),
            base + np.floor(point + NEAR).astype(np.int64),
        )
        counts = base + np.rint(point).astype(np.int64)
        label = self.reduced.label[np.searchsorted(self.reduced.whole.cells, part.cells)]
        wrong = part.equations @ counts != part.constants
        broken = np.union1d(
            label[part.equations[np.flatnonzero(wrong)].indices], label[(counts < part.lower) | (counts > part.upper)]
        )
        good = ~np.isin(label, broken)
        _widen(self.whole, part.cells[good], counts[good], counts[good])


def _widen(reached: Bounds, cells: Positions, least: Counts, greatest: Counts) -> None:
    reached.lower[cells] = np.minimum(reached.lower[cells], least)
    reached.upper[cells] = np.maximum(reached.upper[cells], greatest)


def base_of(part: Part) -> Counts:
    """The value from which each cell is counted, so that the solver sees small numbers."""
    return np.where(part.lower > -UNBOUNDED, part.lower, np.where(part.upper < UNBOUNDED, part.upper, 0))


class _Programs:
    """The linear programs of a part; values are counted from its base."""

    def __init__(self, part: Part) -> None:
        self.part, self.base = part, base_of(part)
        self.right = (part.constants - part.equations @ self.base).astype(np.float64)
        self.matrix = part.equations.astype(np.float64).tocsc()
        self.least = np.where(part.lower > -UNBOUNDED, part.lower - self.base, -np.inf)
        self.greatest = np.where(part.upper < UNBOUNDED, part.upper - self.base, np.inf)

    def lift(self, cells: Positions, goal: Counts) -> Numbers | None:
        """A point at which the sum of what the cells have below their goal is greatest."""
        return self._split(cells, goal, within=-1.0, beyond=0.0)

    def lower(self, cells: Positions, goal: Counts) -> Numbers | None:
        """A point at which the sum of what the cells have above their goal is least."""
        return self._split(cells, np.maximum(goal, self.part.lower[cells]), within=0.0, beyond=1.0)

    def _split(self, cells: Positions, goal: Counts, *, within: float, beyond: float) -> Numbers | None:
        """Each cell's value is what it has up to its goal and what it has beyond, at a cost each."""
        split = (goal - self.base[cells]).astype(np.float64)
        cost = np.zeros(len(self.base) + len(cells))
        cost[cells], cost[len(self.base) :] = within, beyond
        greatest = np.concatenate([self.greatest, self.greatest[cells] - split])
        greatest[cells] = split
        least = np.concatenate([self.least, np.zeros(len(cells))])
        program = Program(sparse.hstack([self.matrix, self.matrix[:, cells]]).tocsc(), self.right, least, greatest)
        solved = program.solve(cost)
        if solved is None:
            return None
        point: Numbers = solved.point[: len(self.base)].copy()
        point[cells] += solved.point[len(self.base) :]
        return point

    @cached_property
    def _plain(self) -> Program:
        return Program(self.matrix, self.right, self.least, self.greatest)

    def extreme(self, cell: int, sign: int) -> tuple[Numbers | None, int | None]:
        """A point with the greatest (`sign` 1) or least (-1) value of the cell, and the bound that this proves."""
        cost = np.zeros(len(self.base))
        cost[cell] = -sign
        solved = self._plain.solve(cost)
        if solved is None:
            return None, None
        return solved.point, self._proved(cell, sign, np.rint(solved.multipliers * SHARES).astype(np.int64))

    def _proved(self, cell: int, sign: int, multipliers: Counts) -> int | None:
        """The bound that follows from the equations times whole multipliers, whatever these are; in whole numbers."""
        rest = -(self.part.equations.T @ multipliers)
        rest[cell] -= sign * SHARES
        held = np.flatnonzero(rest)
        ends = np.where(rest[held] > 0, self.part.lower[held], self.part.upper[held])
        if (np.abs(ends) >= UNBOUNDED).any():
            return None
        total = _dot(multipliers, self.part.constants) + _dot(rest[held], ends)
        return sign * (-total // SHARES)


def _dot(one: Counts, other: Counts) -> int:
    return int(one.astype(object) @ other.astype(object)) if len(one) else 0
