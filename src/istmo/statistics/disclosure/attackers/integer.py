"""What can each cell be if all counts are whole numbers?

A mixed-integer program finds the least and the greatest whole number of a cell under all equations of its part. It is
tried on parts of few cells only: the time grows without measure with their number.
"""

import numpy as np
from scipy import optimize

from istmo.statistics.disclosure.attackers.linear import NEAR, base_of
from istmo.statistics.disclosure.attackers.reduction import Part, reduction
from istmo.statistics.disclosure.cube import Mask
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, System

LIMIT = 200


def bounds(system: System, cells: Mask, *, limit: int = LIMIT, nodes: int = 10_000) -> Bounds:
    """The narrowest bounds of the given cells; in a part of more than `limit` cells they stay as propagation left them.

    After `nodes` branchings the bound reached so far is taken: it holds, but may not be the narrowest. Raises
    InvalidInput (F119) if no counts satisfy the system.
    """
    reduced = reduction(system)
    found = reduced.found
    for label in reduced.labels(cells):
        part = reduced.take([label])
        if len(part.cells) > limit:
            break
        for local in np.flatnonzero(cells[part.cells]):
            cell = part.cells[local]
            found.upper[cell] = min(found.upper[cell], _greatest(part, int(local), 1, nodes))
            found.lower[cell] = max(found.lower[cell], -_greatest(part, int(local), -1, nodes))
    return found


def _greatest(part: Part, cell: int, sign: int, nodes: int) -> int:
    """An upper bound of `sign` times the cell."""
    base = base_of(part)
    cost = np.zeros(len(base))
    cost[cell] = -sign
    right = (part.constants - part.equations @ base).astype(np.float64)
    solved = optimize.milp(
        cost,
        integrality=np.ones(len(base)),
        bounds=optimize.Bounds(
            np.where(part.lower > -UNBOUNDED, part.lower - base, -np.inf),
            np.where(part.upper < UNBOUNDED, part.upper - base, np.inf),
        ),
        constraints=optimize.LinearConstraint(part.equations.astype(np.float64).tocsc(), right, right),
        options={"node_limit": nodes, "mip_rel_gap": 0},
    )
    if solved.mip_dual_bound is None or not np.isfinite(solved.mip_dual_bound):
        return UNBOUNDED
    return int(sign * base[cell] + np.floor(-solved.mip_dual_bound + NEAR))
