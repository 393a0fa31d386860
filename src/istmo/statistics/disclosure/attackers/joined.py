"""What do several tables tell together?

The same cell in two tables is one unknown, found by its canonical identity: subtotals that were not there when a table
was protected, the months and the year to date, a neighbour who publishes the other side of the same border crossings.
Each function makes one `System` of the published tables; any attacker can be set on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.attackers.propagation import Positions
from istmo.statistics.disclosure.cube import Counts, cell_id
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.protected import ProtectedTable, known
from istmo.statistics.disclosure.system import UNBOUNDED, System, equations_of

_NO_SLACK = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Joined:
    """One system of several tables: `cells[i]` are the positions in it of the cells of the i-th table, in C order."""

    system: System
    cells: tuple[Positions, ...]


def linked(
    tables: Sequence[tuple[str, ProtectedTable]], *, frames: Sequence[tuple[str, Sequence[Hierarchy]]] = ()
) -> Joined:
    """Tables by the population that each counts; cells of the same identity are one.

    `frames` are hierarchies that a reader knows although no table prints all their cells: which points are in which
    region. Raises InvalidInput (F119) if two tables exclude each other's value of a cell.
    """
    number: dict[str, int] = {}
    held = [(population, table.dimensions, known(table)) for population, table in tables]
    held += [(population, tuple(dimensions), _blank(dimensions)) for population, dimensions in frames]
    cells = [
        np.array([number.setdefault(name, len(number)) for name in names(population, dimensions)], dtype=np.intp)
        for population, dimensions, _ in held
    ]
    systems = [system for _, _, system in held]
    lower = np.full(len(number), np.iinfo(np.int64).min, dtype=np.int64)
    upper = np.full(len(number), np.iinfo(np.int64).max, dtype=np.int64)
    for at, system in zip(cells, systems, strict=True):
        lower[at] = np.maximum(lower[at], system.lower)
        upper[at] = np.minimum(upper[at], system.upper)
    if (lower > upper).any():
        raise InvalidInput(
            Text(
                es="Dos tablas publican valores distintos de la misma celda.",
                en="Two tables publish different values of the same cell.",
            ),
            rule="F119",
        )
    moved = [_renumbered(system.equations, at, len(number)) for at, system in zip(cells, systems, strict=True)]
    return Joined(System(sparse.vstack(moved).tocsr(), lower, upper), tuple(cells[: len(tables)]))


def year_to_date(months: Sequence[ProtectedTable], to_date: Sequence[ProtectedTable]) -> Joined:
    """The months of one year and the sums from its beginning to each of them; the tables of the months come first.

    A sum is the one before and its month.
    """
    size = months[0].values.size
    own, sums = np.arange(len(months)), np.arange(len(months), 2 * len(months))
    steps = sparse.lil_array((len(months), 2 * len(months)), dtype=np.int64)
    for month in own:
        steps[month, own[month]], steps[month, sums[month]] = 1, -1
        if month:
            steps[month, sums[month - 1]] = 1
    return _side_by_side([*months, *to_date], sparse.kron(steps, sparse.eye_array(size, dtype=np.int64)), _NO_SLACK)


def neighbour(own: ProtectedTable, other: ProtectedTable, *, tolerance: int) -> Joined:
    """Two countries' tables of the same crossings, with the same dimensions: each leaf cell differs by at most
    `tolerance` between them."""
    leaves = np.flatnonzero(own.is_leaf())
    count, size = len(leaves), own.values.size
    one = sparse.coo_array((np.ones(count, dtype=np.int64), (np.arange(count), leaves)), shape=(count, size))
    slack = sparse.eye_array(count, dtype=np.int64)
    return _side_by_side([own, other], sparse.hstack([one, -one, slack]), np.full(count, tolerance, dtype=np.int64))


def _side_by_side(tables: Sequence[ProtectedTable], between: sparse.sparray, slack: NDArray[np.int64]) -> Joined:
    """Tables whose cells are all different unknowns, the equations between them, and the unknowns of tolerances."""
    systems = [known(table) for table in tables]
    within = sparse.block_diag([system.equations for system in systems], format="csr")
    within = sparse.hstack([within, sparse.csr_array((within.shape[0], len(slack)), dtype=np.int64)])
    lower = np.concatenate([*(system.lower for system in systems), -slack])
    upper = np.concatenate([*(system.upper for system in systems), slack])
    ends = np.cumsum([0, *(system.size for system in systems)])
    cells = tuple(np.arange(ends[i], ends[i + 1]) for i in range(len(systems)))
    return Joined(System(sparse.vstack([within, between]).tocsr().astype(np.int64), lower, upper), cells)


def names(population: str, dimensions: Sequence[Hierarchy]) -> list[str]:
    """The canonical identity of each cell, in C order."""
    return [
        cell_id(population, [(d, d.codes[i]) for d, i in zip(dimensions, at, strict=True)])
        for at in np.ndindex(*(len(d.codes) for d in dimensions))
    ]


def _blank(dimensions: Sequence[Hierarchy]) -> System:
    """Sums of cells of which nothing is published."""
    equations = equations_of(dimensions)
    size = equations.shape[1]
    return System(equations, np.zeros(size, dtype=np.int64), np.full(size, UNBOUNDED, dtype=np.int64))


def _renumbered(equations: sparse.csr_array, at: Positions, size: int) -> sparse.csr_array:
    columns: Counts = at[equations.indices]
    return sparse.csr_array((equations.data, columns, equations.indptr), shape=(equations.shape[0], size))
