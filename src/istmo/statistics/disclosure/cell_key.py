"""How much noise does a cell get, if small noise without bias is wanted and not round figures?

The cell key method: a table of chances, the `Ptable`, which may be published, says for each count how likely each noise
is; the cell's secret key (`keys.draw`) says which one it gets. The same people get the same noise in every table.

For a count i the noises from -D to D are allowed that leave i + noise at 0 or above `least` (1 to `least` are never
printed, 0 stays 0). Among all chances with mean 0 and variance V the one of greatest entropy is taken, p(j) =
exp(a j + b j**2) times a constant: it says nothing beyond the three numbers. From i = D + least + 1 on all rows are the
same. Not every V is possible: of i = 1 with `least` 1 the noises nearest to 0 are -1 and 1, so V is more than 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Counts, Cube
from istmo.statistics.disclosure.keys import Use, draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.siphash import Keys

PARTS = 10**12  # chances are whole numbers of these parts of 1, so that every machine draws the same
LEAST_CHANCE = 1e-6  # a noise that practically never occurs hides nobody

Chances = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ptable:
    """`cumulative[i, j + greatest]`: how many parts of `PARTS` have a noise up to j, for a count of i (or more)."""

    greatest: int
    variance: float
    least: int
    cumulative: Counts

    @property
    def chances(self) -> Chances:
        """The chance of each noise (columns, from -greatest) for each count (rows); the last row is for all above."""
        made: Chances = np.diff(self.cumulative, axis=1, prepend=0) / PARTS
        return made


def ptable(*, greatest: int, variance: float, least: int) -> Ptable:
    """Raises InvalidInput (F110) if some count has no chances with this variance, or a noise that never happens."""
    noises = np.arange(-greatest, greatest + 1)
    rows = [np.where(noises < 0, 0, PARTS)]
    for count in range(1, greatest + least + 2):
        values = count + noises
        allowed = (values == 0) | (values > least)
        rows.append(_cumulative(_greatest_entropy(noises[allowed], variance, count), allowed))
    return Ptable(greatest, variance, least, np.array(rows, dtype=np.int64))


def perturb(counts: Counts, keys: Keys, *, chances: Ptable, secret: bytes) -> Counts:
    drawn = draw(secret, Use.CELL_KEY, keys)
    row = np.minimum(counts, len(chances.cumulative) - 1)
    noise = np.full(counts.shape, -chances.greatest, dtype=np.int64)
    for column in chances.cumulative[:, :-1].T:
        limit = np.array([min(int(parts) * 2**64 // PARTS, 2**64 - 1) for parts in column], dtype=np.uint64)
        noise += drawn >= limit[row]
    return np.where(counts == 0, 0, counts + noise)


def perturbed(cube: Cube, keys: Keys, *, chances: Ptable, secret: bytes) -> ProtectedTable:
    """The table of a cube; nothing is withheld yet (see `coarsen`)."""
    values = perturb(cube.counts, keys, chances=chances, secret=secret)
    hidden = np.zeros(cube.shape, dtype=np.bool_)
    return ProtectedTable(cube.dimensions, Method.CELL_KEY, chances.greatest, values, hidden)


def _greatest_entropy(noises: Counts, variance: float, count: int) -> Chances:
    """The chances p(j) = exp(a j + b j**2) / sum with mean 0 and this variance, by Newton's method.

    They exist if the variance lies between that of the two noises nearest to 0 (0 if 0 is allowed) and that of the two
    farthest; the dual function is convex, so halving the step until it falls always arrives.
    """
    below, above = noises[noises <= 0], noises[noises >= 0]
    if not len(below) or not len(above):
        raise _impossible(count, 0, 0)
    between, beyond = -int(below.max() * above.min()), -int(noises.min() * noises.max())
    if not between < variance < beyond:
        raise _impossible(count, between, beyond)
    moments = np.stack([noises / 1.0, noises**2 - variance])
    a = np.zeros(2)
    for _ in range(60):
        p = _chances(a, moments)
        slope = moments @ p
        bend = (moments * p) @ moments.T - np.outer(slope, slope)
        step = np.linalg.solve(bend + 1e-15 * np.eye(2), slope)
        while _dual(a - step, moments) > _dual(a, moments) and np.abs(step).max() > 1e-14:
            step /= 2
        a = a - step
    p = _chances(a, moments)
    if p.min() < LEAST_CHANCE:
        raise _impossible(count, between, beyond)
    return p


def _chances(a: Chances, moments: Chances) -> Chances:
    weights = a @ moments
    p: Chances = np.exp(weights - weights.max())
    p /= p.sum()
    return p


def _dual(a: Chances, moments: Chances) -> float:
    weights = a @ moments
    return float(weights.max() + np.log(np.exp(weights - weights.max()).sum()))


def _cumulative(p: Chances, allowed: NDArray[np.bool_]) -> Counts:
    sums = np.zeros(len(allowed))
    sums[allowed] = p
    cumulative: Counts = np.rint(np.cumsum(sums) * PARTS).astype(np.int64)
    cumulative[-1] = PARTS
    return cumulative


def _impossible(count: int, between: int, beyond: int) -> InvalidInput:
    advice = Text(
        es=f"Elija una varianza mayor que {between} y menor que {beyond}, lejos de ambas.",
        en=f"Choose a variance above {between} and below {beyond}, far from both.",
    )
    return InvalidInput(
        Text(
            es=f"Con estas reglas el ruido de un recuento de {count} no es posible o casi nunca ocurre.",
            en=f"With these rules the noise of a count of {count} is not possible, or hardly ever occurs.",
        ),
        advice=advice if beyond else None,
        rule="F110",
    )
