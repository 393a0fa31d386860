"""Which categories are too small to stand alone, and in which row are their people counted instead?

Before anything is withheld, the small categories of a dimension are counted together. Under each parent whose children
include one with a total (over all other dimensions) of 1 to threshold - 1, these go into one row "other": the small
ones; those that are 0, so that nobody learns from the row which of its categories somebody is in; and, if they are
still less than the threshold together, the next greater siblings. Where no sibling is left the parent alone is shown.
The parents are looked at from the lowest to the root: what is small as a whole goes on to the level above.

Three Eritreans and 60 Somalis of Eastern Africa with a threshold of 5: both are counted in Eastern Africa, which is
shown alone. With 9 Kenyans beside them, "other of Eastern Africa" holds the 3 and the 9, and Somalia stands.

A category that is shown keeps its count, nobody is lost, and for each category that is not shown a `Recode` says
where its people are. Which are merged depends on totals alone, never on the order of rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from istmo.statistics.disclosure.cube import Cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import ROOT, Hierarchy, hierarchy


@dataclass(frozen=True, slots=True)
class Step:
    """A dimension to roll up. `whole`: a parent with a small child shows no child (a quarter instead of its months)."""

    dimension: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Recode:
    """The people of `code` are counted in `into`, a code of the rolled-up table: `below` itself, or its row "other"."""

    dimension: str
    code: str
    into: str
    below: str


@dataclass(frozen=True, eq=False)
class RolledUp:
    """`cube` has the coarser hierarchies; `recodes` are in the order of the steps and of the codes."""

    cube: Cube
    recodes: tuple[Recode, ...]


def other_of(parent: str) -> str:
    """The code of the row "other" below a parent."""
    return f"{parent}_OTHER"


def roll_up(cube: Cube, *, threshold: int, steps: Sequence[Step], other: Callable[[str], str] = other_of) -> RolledUp:
    """The table with its small categories counted together.

    `other` names the row "other" below a parent. Raises KeyError if a step names no dimension of the table,
    InvalidInput (F111) if the name of a row "other" is already a code.
    """
    axis_of = {d.name: axis for axis, d in enumerate(cube.dimensions)}
    recodes: list[Recode] = []
    for step in steps:
        axis = axis_of[step.dimension]
        dimension = cube.dimensions[axis]
        totals = cube.counts[tuple(slice(None) if a == axis else 0 for a in range(cube.counts.ndim))]
        merged = _merged(dimension, [int(n) for n in totals], threshold, step.whole, other)
        if merged:
            cube = _merge(cube, axis, merged)
            recodes.extend(_recodes(dimension, merged))
    return RolledUp(cube, tuple(recodes))


Merged = dict[int, tuple[str, int]]  # position of a code that is not shown -> code of its row, position of the parent


def _merged(
    dimension: Hierarchy, totals: Sequence[int], threshold: int, whole: bool, other: Callable[[str], str]
) -> Merged:
    merged: Merged = {}
    for parent in range(len(dimension.codes)):
        children = dimension.children[parent]
        if not any(0 < totals[c] < threshold for c in children):
            continue
        together: set[int] = set()
        held = 0
        for child in sorted(children, key=lambda c: (totals[c], c)):
            if totals[child] >= threshold and held >= threshold and not whole:
                break
            together.add(child)
            held += totals[child]
        alone = len(together) == len(children)
        row = dimension.codes[parent] if alone else other(dimension.codes[parent])
        merged.update(dict.fromkeys(sorted(together), (row, parent)))
    return merged


def _held_in(dimension: Hierarchy, merged: Merged, position: int) -> tuple[str, int]:
    """The row that holds a code in the end: that of its highest merged ancestor."""
    held = (dimension.codes[position], position)
    for node in dimension.ancestors(position):
        held = merged.get(node, held)
    return held


def _merge(cube: Cube, axis: int, merged: Merged) -> Cube:
    dimension = cube.dimensions[axis]
    shown = [p for p in range(len(dimension.codes)) if not any(a in merged for a in dimension.ancestors(p))]
    pairs = [
        (dimension.codes[p], "" if dimension.parent[p] == ROOT else dimension.codes[dimension.parent[p]]) for p in shown
    ]
    standing = set(shown)
    for row, parent in dict.fromkeys(merged.values()):
        if parent in standing and row != dimension.codes[parent]:
            pairs.append((row, dimension.codes[parent]))
    coarser = hierarchy(dimension.name, pairs)
    number = {coarser.codes[p]: n for n, p in enumerate(coarser.leaves)}
    of_leaf = [number[_held_in(dimension, merged, leaf)[0]] for leaf in dimension.leaves]
    leaves = np.moveaxis(cube.leaf_counts, axis, 0)
    summed = np.zeros((len(coarser.leaves), *leaves.shape[1:]), dtype=np.int64)
    np.add.at(summed, of_leaf, leaves)
    dimensions = [coarser if a == axis else d for a, d in enumerate(cube.dimensions)]
    return cube_of_leaves(dimensions, np.moveaxis(summed, 0, axis))


def _recodes(dimension: Hierarchy, merged: Merged) -> list[Recode]:
    found = []
    for position, code in enumerate(dimension.codes):
        row, below = _held_in(dimension, merged, position)
        if below != position:
            found.append(Recode(dimension.name, code, row, dimension.codes[below]))
    return found
