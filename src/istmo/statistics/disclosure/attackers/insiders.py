"""What does a table tell those who are in it, and of a group as a whole?"""

from collections.abc import Sequence

import numpy as np

from istmo.statistics.disclosure.attackers.propagation import whole
from istmo.statistics.disclosure.cube import Mask
from istmo.statistics.disclosure.system import Bounds, System


def coalition(system: System, members: Sequence[int]) -> System:
    """What persons know who tell each other in which cell they are (`members`: a position each, most often of a leaf).

    A cell that is withheld holds at least those of them who are in it. Any attacker can be set on the system; of a cell
    with members the others are one fewer for each (`others`).
    """
    lower = np.maximum(system.lower, np.bincount(members, minlength=system.size))
    return System(system.equations, lower, system.upper)


def others(found: Bounds, members: Sequence[int]) -> Bounds:
    """The persons of each cell who are no members of the coalition."""
    own = np.bincount(members, minlength=len(found.lower))
    return Bounds(found.lower - own, found.upper - own)


def groups(system: System, found: Bounds, *, threshold: int) -> Mask:
    """The cells that hold all persons of a group which may be smaller than `threshold`.

    A group is a total with somebody in it; where all its parts but one are known to be empty, everybody who knows that
    a person belongs to it knows the part too.
    """
    equations = whole(system.equations)
    rows = np.repeat(np.arange(equations.shape[0]), np.diff(equations.indptr))
    columns, total = equations.indices, equations.data > 0
    open_ = ~total & (found.upper[columns] > 0)
    one_part = np.bincount(rows[open_], minlength=equations.shape[0]) == 1
    some = total & (found.lower[columns] > 0) & (found.lower[columns] < threshold)
    small = np.bincount(rows[some], minlength=equations.shape[0]) == 1
    parts = np.bincount(rows[~total], minlength=equations.shape[0]) > 1
    hit = open_ & (one_part & small & parts)[rows]
    told = np.zeros(system.size, dtype=np.bool_)
    told[columns[hit]] = True
    return told
