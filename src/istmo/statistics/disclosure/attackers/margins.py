"""Which withheld cell is what a single sum leaves of it?

The first thing that a reader tries: a total less its published parts, or the sum of the parts where the total is
withheld; and with each cell so found, the next sum.
"""

import numpy as np

from istmo.statistics.disclosure.attackers.propagation import whole
from istmo.statistics.disclosure.cube import Mask
from istmo.statistics.disclosure.system import System


def determined(system: System) -> Mask:
    """The cells, unknown in the system, that single sums give one after the other."""
    filled = abs(whole(system.equations)).sign()
    unknown: Mask = system.lower < system.upper
    left = unknown.copy()
    while True:
        last = filled[np.flatnonzero(filled @ left.astype(np.int64) == 1)]
        found = np.unique(last.indices[left[last.indices]])
        if not len(found):
            return unknown & ~left
        left[found] = False
