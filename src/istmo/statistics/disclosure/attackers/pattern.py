"""Does the pattern of withheld cells itself tell what they hold?

Who knows the rule and the program can fill the withheld cells in every possible way and run the program on each: the
fillings that would not have been published with these cells withheld are excluded (the minimality attack). That is
possible for small tables only, and there it is done in full. What the program draws with a key that the reader does not
have, the reader reckons with as well: a filling is excluded only if it gives the pattern under none of many keys.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.cube import Counts, Cube, Mask
from istmo.statistics.disclosure.protected import ProtectedTable, known
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, System

FILLINGS = 2_000

Withhold = Callable[[Cube], Mask]


def minimality(table: ProtectedTable, programs: Sequence[Withhold], *, most: int = FILLINGS) -> Bounds | None:
    """The intervals of the counts that explain the pattern; None if there are more than `most` fillings to try.

    `programs` is the public program under each key that it may have run with: which cells it would withhold of a cube.
    Once each withheld cell has two explanations the trials end, with the intervals that the sums leave.
    """
    system = known(table)
    tried = list(islice(fillings(system), most + 1))
    if len(tried) > most:
        return None
    withheld = table.withheld.reshape(-1)
    explained: list[Counts] = []
    for withhold in programs:
        for counts in list(tried):
            if np.array_equal(withhold(Cube(table.dimensions, counts.reshape(table.shape))), table.withheld):
                explained.append(counts)
                tried = [one for one in tried if one is not counts]
                if (np.ptp(explained, axis=0) > 0)[withheld].all():
                    return propagation.bounds(system)
    if not explained:
        return propagation.bounds(system)
    return Bounds(np.min(explained, axis=0), np.max(explained, axis=0))


def fillings(system: System) -> Iterator[Counts]:
    """All whole counts that satisfy a system, in order; without end if a cell has no upper bound."""
    try:
        found = propagation.bounds(system)
    except InvalidInput:
        return
    left = found.upper - found.lower
    if not left.any():
        yield found.lower
        return
    cell = int(np.argmin(np.where(left > 0, left, UNBOUNDED)))
    value = int(found.lower[cell])
    while value <= found.upper[cell]:
        lower, upper = found.lower.copy(), found.upper.copy()
        lower[cell] = upper[cell] = value
        yield from fillings(System(system.equations, lower, upper))
        value += 1
