"""Which cells follow from the others by adding and subtracting alone, whatever bounds they have?

Two ways to fill the unknown cells differ by a vector that solves the equations with 0 (the null space). A cell that is
0 in all such vectors is determined. A random vector of the null space is 0 there and, but for chance, nowhere else: one
least-squares solution shows all determined cells at once. Each is then confirmed in whole numbers: multiples of the
equations whose sum leaves the cell alone.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.sparse.linalg import lsmr

from istmo.statistics.disclosure.attackers.reduction import Part, reduction
from istmo.statistics.disclosure.cube import Mask
from istmo.statistics.disclosure.system import System

SMALL = 1e-6
SHARES = 27_720  # the least common multiple of 1 to 12: the shares in which equations are tried


def determined(system: System, direction: NDArray[np.float64]) -> Mask:
    """The cells, unknown in the system, that can be worked out: by propagation, or then by linear combination.

    `direction` is a random vector, one number a cell. Raises InvalidInput (F119) if no counts satisfy the system.
    """
    reduced = reduction(system)
    found: Mask = (system.lower < system.upper) & (reduced.found.lower == reduced.found.upper)
    candidates = np.zeros(system.size, dtype=np.bool_)
    candidates[reduced.whole.cells] = _still(reduced.whole, direction[reduced.whole.cells])
    for label in reduced.labels(candidates):
        part = reduced.take([label])
        found[part.cells[_confirmed(part, candidates[part.cells])]] = True
    return found


def _still(part: Part, direction: NDArray[np.float64]) -> Mask:
    """The cells that the projection of `direction` on the null space does not move."""
    if not len(part.constants):
        return np.zeros(len(part.cells), dtype=np.bool_)
    along = part.equations.astype(np.float64)
    weights = lsmr(along.T, direction, atol=1e-13, btol=1e-13, conlim=0, maxiter=10_000)[0]
    still: Mask = np.abs(direction - along.T @ weights) < SMALL
    return still


def _confirmed(part: Part, candidates: Mask) -> Mask:
    """The cells of the part that whole multiples of the equations leave alone."""
    known = np.zeros(len(part.cells), dtype=np.bool_)
    for cell in np.flatnonzero(candidates):
        if not known[cell] and _alone(part.equations, int(cell)):
            known[cell] = True
            _peel(part.equations, known)
    return known


def _alone(equations: sparse.csr_array, cell: int) -> bool:
    """Whether a sum of multiples of the equations leaves the cell alone: those with least sum, in whole shares."""
    across = equations.T.tocsr()
    unit = np.zeros(across.shape[0], dtype=np.int64)
    unit[cell] = 1
    signed = sparse.hstack([across, -across]).astype(np.float64)
    solved = optimize.linprog(np.ones(signed.shape[1]), A_eq=signed, b_eq=unit, bounds=(0, None), method="highs")
    if solved.x is None:
        return False
    multiples = np.rint((solved.x[: across.shape[1]] - solved.x[across.shape[1] :]) * SHARES).astype(np.int64)
    return bool((across @ multiples == SHARES * unit).all())


def _peel(equations: sparse.csr_array, known: Mask) -> None:
    """Marks what follows at once: the one cell that an equation still leaves unknown."""
    filled = abs(equations).sign()
    while True:
        last = (filled @ (~known).astype(np.int64)) == 1
        cells = filled[np.flatnonzero(last)].indices
        if known[cells].all():
            return
        known[cells] = True
