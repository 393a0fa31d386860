"""What does a table tell that is published again?

The difference between two vintages counts those who were added or taken away: a late record, a person removed. And if
a cell gets new noise at each publication, the mean of the published values is the count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.protected import ProtectedTable
from istmo.statistics.disclosure.system import Bounds


def revision(before: Bounds, after: Bounds, *, threshold: int) -> Mask:
    """The cells of which two vintages show that 1 to `threshold` - 1 persons more were added than taken away, or fewer.

    `before` and `after` are what each vintage alone tells of the same cells: what it gives away counts as published.
    """
    exact = (before.lower == before.upper) & (after.lower == after.upper)
    change = np.abs(after.lower - before.lower)
    few: Mask = exact & (change > 0) & (change < threshold)
    return few


@dataclass(frozen=True, eq=False)
class Average:
    """Arrays of the table's shape: `moved` says which cells had different values, `guess` is their mean, rounded."""

    moved: Mask
    guess: Counts


def averaging(releases: Sequence[ProtectedTable]) -> Average:
    """What the mean says of a table that is published again and again without any change of the counts."""
    values = np.stack([table.values for table in releases])
    return Average(np.ptp(values, axis=0) > 0, np.rint(values.mean(axis=0)).astype(np.int64))
