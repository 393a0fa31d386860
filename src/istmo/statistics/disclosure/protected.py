"""What will the public see of a table, and what does that tell about each true count?

A `ProtectedTable` is what a method made of a cube: a value for each cell or nothing where it is withheld, and for each
cell the interval in which the published value places the true count. The intervals follow from the published rules
and values alone (`interval`), never from the true counts: anybody can work them out.

| method | a value v says |
|---|---|
| `suppress` | exactly v; a withheld cell is at least 1, because zeros are published |
| `round`, base b | more than v - b and less than v + b |
| `alike`, base b | 0, printed as a class ("0-9"): less than b, zero or small; another v: as `round`, and at least b |
| `nearest`, base b | at least v - b/2 and less than v + b/2 |
| `cell_key`, greatest noise D | at most D from v, and at least 1 if v is |
| `small_count`, base b | a leaf: exactly v unless v is 0 (less than b) or b (1 to b); a total: nothing of its own |
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.system import UNBOUNDED, System, equations_of


class Method(StrEnum):
    SUPPRESS = "suppress"
    ROUND = "round"
    ALIKE = "alike"
    NEAREST = "nearest"
    CELL_KEY = "cell_key"
    SMALL_COUNT = "small_count"


@dataclass(frozen=True, eq=False)
class ProtectedTable:
    """`values` and `withheld` have the shape of the dimensions; a withheld value is 0 here and is never read.

    `spread` is the method's number: the base of a rounding, the greatest noise of `cell_key`, 0 for `suppress`.
    `headline` marks the totals that a table of rounded numbers prints as they are.
    """

    dimensions: tuple[Hierarchy, ...]
    method: Method
    spread: int
    values: Counts
    withheld: Mask
    headline: Mask | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def is_leaf(self) -> Mask:
        """Which cells have no parts, in any dimension."""
        leaf = np.ones(self.shape, dtype=np.bool_)
        for axis, dimension in enumerate(self.dimensions):
            below = np.zeros(len(dimension.codes), dtype=np.bool_)
            below[list(dimension.leaves)] = True
            leaf &= below.reshape([-1 if a == axis else 1 for a in range(len(self.dimensions))])
        return leaf


def interval(method: Method, spread: int, values: Counts, withheld: Mask, leaf: Mask) -> tuple[Counts, Counts]:
    """The least and the greatest true count that each published cell allows (int64, the shape of `values`)."""
    zero = np.zeros_like(values)
    match method:
        case Method.SUPPRESS:
            lower, upper = values, values
        case Method.ROUND:
            lower, upper = values - spread + 1, values + spread - 1
        case Method.ALIKE:
            small = values == 0
            lower = np.where(small, 0, np.maximum(values - spread + 1, spread))
            upper = values + spread - 1
        case Method.NEAREST:
            lower, upper = values - spread // 2, values + (spread - 1) // 2
        case Method.CELL_KEY:
            lower, upper = np.where(values > 0, np.maximum(values - spread, 1), 0), values + spread
        case Method.SMALL_COUNT | _:
            small, rounded = values == 0, values == spread
            lower = np.where(small, 0, np.where(rounded, 1, values))
            upper = np.where(small, spread - 1, values)
            lower, upper = np.where(leaf, lower, zero), np.where(leaf, upper, UNBOUNDED)
    least = 1 if method is Method.SUPPRESS else 0
    return (
        np.where(withheld, least, np.maximum(lower, 0)).astype(np.int64),
        np.where(withheld, UNBOUNDED, upper).astype(np.int64),
    )


def known(table: ProtectedTable) -> System:
    """All that a reader of the table knows, cells in C order."""
    lower, upper = interval(table.method, table.spread, table.values, table.withheld, table.is_leaf())
    if table.headline is not None:
        as_they_are = table.headline & ~table.withheld
        lower, upper = np.where(as_they_are, table.values, lower), np.where(as_they_are, table.values, upper)
    return System(equations_of(table.dimensions), lower.reshape(-1), upper.reshape(-1))
