"""Small systems and tables that attackers are tried on."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from istmo.statistics.disclosure.cube import Cube, Mask, cube
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.system import Bounds, System


def system(equations: Sequence[Sequence[int]], lower: Sequence[int], upper: Sequence[int]) -> System:
    made = sparse.csr_array(np.array(equations, dtype=np.int64).reshape(-1, len(lower)))
    return System(made, np.array(lower, dtype=np.int64), np.array(upper, dtype=np.int64))


def pairs(found: Bounds) -> list[tuple[int, int]]:
    return [(int(low), int(high)) for low, high in zip(found.lower, found.upper, strict=True)]


POINT = hierarchy("point", [("PAN", ""), ("DARIEN", "PAN"), ("BAJO", "DARIEN"), ("CANAAN", "DARIEN"), ("PASO", "PAN")])
NATIONALITY = flat("nationality", ["CUB", "ERI", "HTI", "VEN"])


def border(counts: Sequence[Sequence[int]]) -> Cube:
    """A cube of the three points (rows) and the four nationalities (columns)."""
    leaves = ("BAJO", "CANAAN", "PASO")
    rows = [
        ((point, nationality), count)
        for point, row in zip(leaves, counts, strict=True)
        for nationality, count in zip(NATIONALITY.codes[1:], row, strict=True)
    ]
    return cube([POINT, NATIONALITY], rows)


def suppressed(made: Cube, withheld: Mask) -> ProtectedTable:
    return ProtectedTable(made.dimensions, Method.SUPPRESS, 0, np.where(withheld, 0, made.counts), withheld)


def threshold_only(made: Cube, threshold: int = 5) -> ProtectedTable:
    """The defence switched off: only the cells under the threshold are withheld, none to guard them."""
    return suppressed(made, small(made, threshold))


def small(made: Cube, threshold: int = 5) -> Mask:
    return (made.counts > 0) & (made.counts < threshold)
