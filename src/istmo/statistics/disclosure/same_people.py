"""What does it tell that a total and its part are printed differently?

Where keys are sums of record keys, the same people are always printed as the same number. So if a total is printed as
0 and one of its parts as 5, the total holds somebody who is not in that part, and is greater by 1 at least; of two
parts, the other has somebody. A chain of totals printed 5, 0, 5, 0 to base 5 is 1, 2, 3, 4. `known_of_records` adds
this to what the intervals and equations say; it does not hold where each cell has a key of its own name
(`keys.aggregate_keys`).
"""

import numpy as np
from scipy import sparse

from istmo.statistics.disclosure.cube import Counts
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
    totals, parts, others = _pairs(table)
    told = drawn[totals] & drawn[parts] & (values[totals] != values[parts])
    told &= system.upper[parts] >= system.lower[totals]
    totals, parts, others = totals[told], parts[told], others[told]
    lower = system.lower.copy()
    lower[others[others >= 0]] = np.maximum(lower[others[others >= 0]], 1)
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
        np.concatenate([lower, np.ones(more, dtype=np.int64)]),
        np.concatenate([system.upper, np.full(more, UNBOUNDED, dtype=np.int64)]),
    )


def _pairs(table: ProtectedTable) -> tuple[Counts, Counts, Counts]:
    """Each total of one dimension with each of its parts, as cell numbers, and the other part if they are two (-1)."""
    number = np.arange(table.values.size, dtype=np.int64).reshape(table.shape)
    none = np.zeros(0, dtype=np.int64)
    totals, parts, others = [none], [none], [none]
    for axis, dimension in enumerate(table.dimensions):
        for total, children in enumerate(dimension.children):
            of_total = np.take(number, total, axis=axis).reshape(-1)
            below = [np.take(number, child, axis=axis).reshape(-1) for child in children]
            totals += [of_total] * len(children)
            parts += below
            others += below[::-1] if len(children) == 2 else [np.full_like(of_total, -1)] * len(children)
    return np.concatenate(totals), np.concatenate(parts), np.concatenate(others)
