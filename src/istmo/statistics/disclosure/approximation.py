"""What does a cube become by the keyed method that its rules name, before anything is withheld?

One place for `istmo protect` and for what a node releases, so that the same rules and keys print the same numbers.
"""

from dataclasses import replace

import numpy as np

from istmo.statistics.disclosure.cell_key import perturbed, ptable
from istmo.statistics.disclosure.cube import Cube
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.published import printed_exact
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.rules import Rules
from istmo.statistics.disclosure.siphash import Keys
from istmo.statistics.disclosure.small_count import round_small


def approximated(cube: Cube, rules: Rules, keys: Keys, *, secret: bytes) -> ProtectedTable:
    """The table of every method but `suppress`; headline totals stand as they are."""
    if rules.method is Method.CELL_KEY:
        noise = rules.noise
        chances = ptable(greatest=noise.greatest, variance=noise.variance, least=noise.least)
        return perturbed(cube, keys, chances=chances, secret=secret)
    if rules.method is Method.SMALL_COUNT:
        return round_small(cube, keys, base=rules.base, secret=secret)
    table = rounded(cube, keys, method=rules.way, base=rules.base, secret=secret)
    if not rules.headline:
        return table
    exact = printed_exact(cube.dimensions, rules, cube.counts)
    return replace(table, values=np.where(exact, cube.counts, table.values), headline=exact)
