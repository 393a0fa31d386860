"""Do linear programs push below the threshold what propagation leaves a little above it?

Propagation looks at one equation after the other; where several together place a cell lower, only a program over all of
them finds it. Over a whole register that takes long, so it is asked only of the cells in danger: those that are known
not to be 0 and that propagation places below `FACTOR` times the threshold. What it finds is found; that it finds
nothing is no proof for the cells that were not asked.
"""

from collections.abc import Callable

from istmo.statistics.disclosure.attackers import linear, propagation
from istmo.statistics.disclosure.system import Bounds, System

FACTOR = 4


def near_threshold(threshold: int) -> Callable[[System], Bounds]:
    """The attack for cells that must not be provably under `threshold`."""

    def bounds(system: System) -> Bounds:
        found = propagation.bounds(system)
        asked = (found.lower >= 1) & (found.lower < found.upper) & (found.upper < FACTOR * threshold)
        if not (asked & (found.upper >= threshold)).any():
            return found
        return linear.audit(system, asked, reach=threshold, width=1).bounds

    return bounds
