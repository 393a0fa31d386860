"""Which multiple of the base is printed for a count?

| way | what is printed |
|---|---|
| `round_cells` | the multiple below or above, above with probability r/b for a remainder r: right on average |
| `round_alike` | the same from b on; a count under b, zero included, is printed as one class: "0-9" for base 10 |
| `round_nearest` | the nearest multiple, a half upwards: what some offices do with all they print |

Chance comes from the cell's key (`keys.draw`): the same people are rounded in the same way in every table, month and
release, so neither asking again nor averaging tells anything. One draw serves every base: a cell of 1 to 4 that is
printed as 0 to base 5 is not printed as 10 to base 10. Totals are rounded on their own keys, so a table of rounded
numbers does not add up, and says so.

With `round_cells`, 0 stays 0 and 1 to b - 1 is never printed. A table of rounded numbers lists every combination of
codes or no zero at all (`Zeros`): a single row that stands there with 0 says that somebody was there.
"""

from enum import StrEnum

import numpy as np

from istmo.statistics.disclosure.cube import Counts, Cube, Mask
from istmo.statistics.disclosure.keys import Use, draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.siphash import Keys


class Zeros(StrEnum):
    """Which rows a rounded table has."""

    EVERY_COMBINATION = "every_combination"
    NO_ZERO = "no_zero"


def round_cells(counts: Counts, keys: Keys, *, base: int, secret: bytes) -> Counts:
    below, rest = np.divmod(counts, base)
    chance = np.array([(r << 64) // base for r in range(base)], dtype=np.uint64)
    up = draw(secret, Use.ROUND, keys) < chance[rest]
    rounded: Counts = base * (below + up)
    return rounded


def round_alike(counts: Counts, keys: Keys, *, base: int, secret: bytes) -> Counts:
    """0 stands for the class of all counts under the base."""
    return np.where(counts < base, 0, round_cells(counts, keys, base=base, secret=secret))


def round_nearest(counts: Counts, *, base: int) -> Counts:
    rounded: Counts = (counts + base // 2) // base * base
    return rounded


def rounded(cube: Cube, keys: Keys, *, method: Method, base: int, secret: bytes) -> ProtectedTable:
    """The table of a cube, by `Method.ROUND`, `ALIKE` or `NEAREST`; nothing is withheld yet (see `coarsen`)."""
    match method:
        case Method.ROUND:
            values = round_cells(cube.counts, keys, base=base, secret=secret)
        case Method.ALIKE:
            values = round_alike(cube.counts, keys, base=base, secret=secret)
        case Method.NEAREST:
            values = round_nearest(cube.counts, base=base)
        case _:
            raise ValueError(f"{method} is not a way to round")
    return ProtectedTable(cube.dimensions, method, base, values, np.zeros(cube.shape, dtype=np.bool_))


def listed(table: ProtectedTable, zeros: Zeros) -> Mask:
    """The cells that get a row."""
    if zeros is Zeros.EVERY_COMBINATION:
        return np.ones(table.shape, dtype=np.bool_)
    some: Mask = (table.values != 0) | table.withheld
    return some


def listing(table: ProtectedTable, rows: Mask) -> Zeros | None:
    """Which of the two ways the rows of a table follow; neither: its rows tell more than its numbers."""
    return next((zeros for zeros in Zeros if np.array_equal(rows, listed(table, zeros))), None)


def printed(table: ProtectedTable, value: int) -> str:
    """What a reader sees for a value that is not withheld."""
    return f"0-{table.spread - 1}" if table.method is Method.ALIKE and value == 0 else str(value)
