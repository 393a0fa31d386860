"""How does a table whose small categories were counted together stand in the register?

With all its categories: those that are not shown are there without a value (nothing is said of them, not even that
they are not 0), below the row that holds them. A row "other" holds other categories every month; it is named after what
it holds, so that two rows with one name are one count, and the months, quarters and neighbours that show a category on
its own meet the row that holds it elsewhere.

    X_AFRICA              X_AFRICA
      SOM        ->         SOM
      X_OTHER_AFRICA        X_OTHER_AFRICA~4f0c...
                              ERI
                              KEN
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from istmo.statistics.disclosure.cube import Counts, Mask
from istmo.statistics.disclosure.hierarchy import ROOT, Hierarchy, hierarchy
from istmo.statistics.disclosure.protected import ProtectedTable, known
from istmo.statistics.disclosure.roll_up import Recode
from istmo.statistics.disclosure.system import UNBOUNDED, System

MARK = "~"


@dataclass(frozen=True, eq=False)
class Unrolled:
    """`protected` and `reader` as a `Published` has them; `positions`: where the cells of the shown table are, flat."""

    protected: ProtectedTable
    reader: tuple[Counts, Counts]
    positions: NDArray[np.int64]
    shape: tuple[int, ...]

    def shown(self, mask: Mask) -> Mask:
        """A mask over all cells as one over the cells of the shown table."""
        made: Mask = mask.reshape(-1)[self.positions].reshape(self.shape)
        return made


def unrolled(
    originals: Sequence[Hierarchy], table: ProtectedTable, recodes: Iterable[Recode], *, read: System | None = None
) -> Unrolled:
    """`originals`: the dimensions before anything was rolled up, in the order of the table's; `read`: what a reader of
    the table knows, where it is more than `known` says.
    """
    recodes = tuple(recodes)
    dimensions, places = [], []
    for original, shown in zip(originals, table.dimensions, strict=True):
        full, names = _full(original, [one for one in recodes if one.dimension == original.name])
        dimensions.append(full)
        places.append(np.array([full.position[names.get(code, code)] for code in shown.codes], dtype=np.intp))
    shape = tuple(len(d.codes) for d in dimensions)
    positions = np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)[np.ix_(*places)].reshape(-1)
    withheld = np.ones(int(np.prod(shape)), dtype=np.bool_)
    values = np.zeros(withheld.size, dtype=np.int64)
    values[positions], withheld[positions] = table.values.reshape(-1), table.withheld.reshape(-1)
    read = known(table) if read is None else read
    lower, upper = np.zeros(withheld.size, dtype=np.int64), np.full(withheld.size, UNBOUNDED, dtype=np.int64)
    lower[positions], upper[positions] = read.lower, read.upper
    protected = ProtectedTable(
        tuple(dimensions), table.method, table.spread, values.reshape(shape), withheld.reshape(shape)
    )
    return Unrolled(protected, (lower, upper), positions, table.shape)


def flattened(dimension: Hierarchy) -> Hierarchy:
    """The dimension without rows "other": what these hold stands below what holds them."""
    if not any(MARK in code for code in dimension.codes):
        return dimension
    pairs = []
    for position, code in enumerate(dimension.codes):
        above = dimension.parent[position]
        while above != ROOT and MARK in dimension.codes[above]:
            above = dimension.parent[above]
        if MARK not in code:
            pairs.append((code, "" if above == ROOT else dimension.codes[above]))
    return hierarchy(dimension.name, pairs)


def _full(original: Hierarchy, recodes: Sequence[Recode]) -> tuple[Hierarchy, dict[str, str]]:
    """The dimension with its rows "other" between, and the names of these rows by their codes in the shown table."""
    into = {one.code: one for one in recodes if one.into not in original.position}
    held: dict[str, list[str]] = {}
    parents = {}
    for position, code in enumerate(original.codes):
        above = "" if original.parent[position] == ROOT else original.codes[original.parent[position]]
        row = into[code].into if code in into else ""
        if row and not (above in into and into[above].into == row):
            held.setdefault(row, []).append(code)
            above = row
        parents[code] = above
    names = {row: f"{row}{MARK}{_digest(codes)}" for row, codes in held.items()}
    pairs = [(code, names.get(above, above)) for code, above in parents.items()]
    pairs += [(names[one.into], one.below) for one in _once(into.values())]
    return hierarchy(original.name, pairs), names


def _once(recodes: Iterable[Recode]) -> Iterable[Recode]:
    """One recode a row."""
    return {one.into: one for one in recodes}.values()


def _digest(codes: Iterable[str]) -> str:
    return hashlib.sha256("|".join(sorted(codes)).encode()).hexdigest()[:12]
