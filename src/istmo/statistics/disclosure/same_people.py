"""What does it tell that a total and its part are printed differently?

Where keys are sums of record keys, the same people are always printed as the same number. So if a total is printed as
0 and one of its parts as 5, the total holds somebody who is not in that part, and is greater by 1 at least. A chain of
totals printed 5, 0, 5, 0 to base 5 is 1, 2, 3, 4. `known_of_records` adds this to what the intervals and equations
say; it does not hold where each cell has a key of its own name (`keys.aggregate_keys`).
"""

import numpy as np
from scipy import sparse

from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.system import UNBOUNDED, System

KEYED = frozenset({Method.ROUND, Method.ALIKE, Method.CELL_KEY})


def known_of_records(table: ProtectedTable) -> System:
    """All that a reader knows of a table whose keys are sums of record keys.

    The first cells are those of the table in C order; then comes one for each total and part that are printed
    differently: by how much the total is greater, 1 at least.
    """
    system = known(table)
    if table.method not in KEYED:
        return system
    drawn = ~table.withheld if table.headline is None else ~table.withheld & ~table.headline
    values, drawn = table.values.reshape(-1), drawn.reshape(-1)
    totals, parts = _pairs(table)
    told = drawn[totals] & drawn[parts] & (values[totals] != values[parts])
    told &= system.upper[parts] >= system.lower[totals]
    totals, parts = totals[told], parts[told]
    size, more = system.size, len(totals)
    rows = np.arange(more)
    entries = np.repeat(np.array([1, -1, -1], dtype=np.int64), more)
    places = (np.tile(rows, 3), np.concatenate([totals, parts, size + rows]))
    differences = sparse.coo_array((entries, places), shape=(more, size + more)).tocsr()
    widened = sparse.csr_array(
        (system.equations.data, system.equations.indices, system.equations.indptr),
        shape=(system.equations.shape[0], size + more),
    )
    return System(
        sparse.vstack([widened, differences], format="csr"),
        np.concatenate([system.lower, np.ones(more, dtype=np.int64)]),
        np.concatenate([system.upper, np.full(more, UNBOUNDED, dtype=np.int64)]),
    )


def _pairs(table: ProtectedTable) -> tuple[np.ndarray, np.ndarray]:
    """Each total of one dimension with each of its children, as cell numbers."""
    number = np.arange(table.values.size, dtype=np.int64).reshape(table.shape)
    totals, parts = [], []
    for axis, dimension in enumerate(table.dimensions):
        below = np.arange(1, len(dimension.codes))
        above = np.array(dimension.parent[1:], dtype=np.int64)
        totals.append(np.take(number, above, axis=axis).reshape(-1))
        parts.append(np.take(number, below, axis=axis).reshape(-1))
    return np.concatenate(totals), np.concatenate(parts)
