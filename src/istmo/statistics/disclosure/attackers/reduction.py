"""Which cells are still unknown, and which of them hang together?

What is known exactly moves to the constants of its equations. Unknown cells that share an equation, directly or through
others, form a part; each part is a small system of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.attackers.propagation import Positions
from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.system import Bounds, System


@dataclass(frozen=True, eq=False)
class Part:
    """Unknown cells: `equations @ x[cells] == constants` and `lower <= x[cells] <= upper`, all int64."""

    cells: Positions
    equations: sparse.csr_array
    constants: Counts
    lower: Counts
    upper: Counts


@dataclass(frozen=True, eq=False)
class Reduction:
    """What propagation found of all cells, and what it leaves open: `whole`, whose i-th cell is of part `label[i]`."""

    found: Bounds
    whole: Part
    label: Positions
    row_label: Positions

    def labels(self, wanted: Mask) -> Positions:
        """The parts that hold a wanted cell (`wanted`: one a cell of the system), the smallest first."""
        held: Positions = np.unique(self.label[wanted[self.whole.cells]])
        return held[np.argsort(np.bincount(self.label)[held], kind="stable")]

    def take(self, labels: Sequence[int] | Positions) -> Part:
        """Some parts as one."""
        columns = np.sort(np.concatenate([self._columns[label] for label in labels]))
        rows = np.sort(np.concatenate([self._rows[label] for label in labels]))
        equations = self.whole.equations[rows]
        within = sparse.csr_array(
            (equations.data, np.searchsorted(columns, equations.indices), equations.indptr),
            shape=(len(rows), len(columns)),
        )
        return Part(
            self.whole.cells[columns],
            within,
            self.whole.constants[rows],
            self.whole.lower[columns],
            self.whole.upper[columns],
        )

    @cached_property
    def _columns(self) -> list[Positions]:
        return _grouped(self.label, len(self.label))

    @cached_property
    def _rows(self) -> list[Positions]:
        return _grouped(self.row_label, len(self.label))


def reduction(system: System) -> Reduction:
    """The cells that propagation leaves open, and how they hang together.

    Raises InvalidInput (F119) if no counts satisfy the system.
    """
    found = propagation.bounds(system)
    equations = propagation.whole(system.equations)
    unknown = found.lower < found.upper
    cells = np.flatnonzero(unknown)
    left = equations[:, cells]
    rows = np.flatnonzero(np.diff(left.indptr))
    left = left[rows]
    constants = -(equations @ np.where(unknown, 0, found.lower))[rows]
    tied = sparse.block_array([[None, left], [abs(left).T, None]]) if len(rows) else sparse.csr_array((len(cells),) * 2)
    _, label = connected_components(tied, directed=False)
    part = Part(cells, left, constants, found.lower[cells], found.upper[cells])
    return Reduction(found, part, label[len(rows) :].astype(np.intp), label[: len(rows)].astype(np.intp))


def _grouped(label: Positions, most: int) -> list[Positions]:
    """The positions of each label, by label."""
    order = np.argsort(label, kind="stable")
    return np.split(order, np.searchsorted(label[order], np.arange(1, most)))
