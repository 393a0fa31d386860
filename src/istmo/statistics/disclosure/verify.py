"""Does the proof of a suppression hold? Arithmetic alone: no solver, and nothing of the code that made the proof.

Each move must be whole persons, change only withheld cells, leave every total the sum of its parts, and leave at least
1 in every cell that it changes (an attacker takes every withheld cell for at least 1). Then the true table plus the
move is a table that everything published allows. Every primary must be withheld, reach the threshold in one of these
tables, and differ by at least the threshold less one between two of them (the true table counts as one). No published
number may be a primary's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Counts, Cube
from istmo.statistics.disclosure.system import equations_of
from istmo.statistics.disclosure.witness import Move, Suppression

BATCH = 2**22  # entries of moves that are multiplied at once


class Wrong(StrEnum):
    """What is wrong with a proof."""

    SHAPE = "shape"
    SMALL_NOT_PRIMARY = "small_not_primary"
    PRIMARY_PUBLISHED = "primary_published"
    ZERO_WITHHELD = "zero_withheld"
    MOVE_UNREADABLE = "move_unreadable"
    MOVE_CHANGES_PUBLISHED = "move_changes_published"
    MOVE_UNDER_ONE = "move_under_one"
    MOVE_BREAKS_TOTAL = "move_breaks_total"
    TOO_LOW = "too_low"
    TOO_NARROW = "too_narrow"


WORDS = {
    Wrong.SHAPE: Text(
        es="La supresión no tiene la forma de la tabla.", en="The suppression does not have the shape of the table."
    ),
    Wrong.SMALL_NOT_PRIMARY: Text(
        es="Una celda pequeña no está entre las que se protegen.", en="A small cell is not among those protected."
    ),
    Wrong.PRIMARY_PUBLISHED: Text(
        es="Una celda que se protege está publicada.", en="A cell that is protected is published."
    ),
    Wrong.ZERO_WITHHELD: Text(
        es="Un cero está retenido, y quien lee lo toma por uno o más.",
        en="A zero is withheld, and a reader takes it for one or more.",
    ),
    Wrong.MOVE_UNREADABLE: Text(
        es="El testigo no se puede leer: celdas repetidas, desconocidas o sin números enteros.",
        en="The witness cannot be read: cells that are repeated, unknown or without whole numbers.",
    ),
    Wrong.MOVE_CHANGES_PUBLISHED: Text(
        es="El testigo cambia una celda publicada.", en="The witness changes a published cell."
    ),
    Wrong.MOVE_UNDER_ONE: Text(
        es="El testigo deja menos de uno en una celda retenida.",
        en="The witness leaves less than one in a withheld cell.",
    ),
    Wrong.MOVE_BREAKS_TOTAL: Text(
        es="En el testigo un total no es la suma de sus partes.",
        en="In the witness a total is not the sum of its parts.",
    ),
    Wrong.TOO_LOW: Text(
        es="Ningún testigo lleva la celda hasta el umbral: se puede probar que es pequeña.",
        en="No witness takes the cell to the threshold: it can be proved to be small.",
    ),
    Wrong.TOO_NARROW: Text(
        es="Los testigos dejan a la celda un intervalo demasiado estrecho.",
        en="The witnesses leave the cell too narrow an interval.",
    ),
}


@dataclass(frozen=True)
class Fault:
    """What is wrong (`kind`), in which cell (codes) and in which move (its number), where they are known."""

    kind: Wrong
    cell: tuple[str, ...] = ()
    move: int | None = None

    @property
    def message(self) -> Text:
        return WORDS[self.kind]

    @property
    def place(self) -> str:
        parts = [] if self.move is None else [f"move {self.move}"]
        return ", ".join([*parts, *([" · ".join(self.cell)] if self.cell else [])])


def verify(cube: Cube, suppression: Suppression, threshold: int) -> tuple[Fault, ...]:
    """The faults of a proof; none if it holds. Whatever the moves are, nothing is raised."""
    withheld, primary = np.asarray(suppression.withheld), np.asarray(suppression.primary)
    if any(m.shape != cube.shape or m.dtype != np.bool_ for m in (withheld, primary)):
        return (Fault(Wrong.SHAPE),)
    counts, withheld, primary = cube.counts.reshape(-1), withheld.reshape(-1), primary.reshape(-1)
    faults: list[Fault] = []

    def told(kind: Wrong, wrong: NDArray[np.bool_]) -> None:
        faults.extend(Fault(kind, cube.codes_of(int(cell))) for cell in np.flatnonzero(wrong))

    told(Wrong.SMALL_NOT_PRIMARY, (counts > 0) & (counts < threshold) & ~primary)
    told(Wrong.PRIMARY_PUBLISHED, primary & ~withheld)
    told(Wrong.ZERO_WITHHELD, withheld & (counts == 0))
    readable: list[tuple[int, Move]] = []
    for number, move in enumerate(suppression.moves):
        if _readable(move, counts.size):
            readable.append((number, move))
        else:
            faults.append(Fault(Wrong.MOVE_UNREADABLE, move=number))
    highest, lowest = counts.copy(), counts.copy()
    equations = equations_of(cube.dimensions).tocsc()
    for batch in _batches(readable):
        faults.extend(_check(cube, batch, counts, withheld, equations, highest, lowest))
    told(Wrong.TOO_LOW, primary & (highest < threshold))
    told(Wrong.TOO_NARROW, primary & (highest - lowest < threshold - 1))
    return tuple(faults)


def _readable(move: Move, size: int) -> bool:
    cells, changes = np.asarray(move.cells), np.asarray(move.changes)
    if cells.ndim != 1 or cells.shape != changes.shape:
        return False
    if cells.dtype != np.int64 or changes.dtype != np.int64:
        return False
    if not len(cells):
        return True
    inside = cells.min() >= 0 and cells.max() < size and np.abs(changes).max() < 2**53 and changes.min() > -(2**53)
    return bool(inside) and len(np.unique(cells)) == len(cells)


def _batches(moves: Sequence[tuple[int, Move]]) -> list[list[tuple[int, Move]]]:
    batches: list[list[tuple[int, Move]]] = []
    entries = 0
    for number, move in moves:
        if not batches or entries + len(move.cells) > BATCH:
            batches.append([])
            entries = 0
        batches[-1].append((number, move))
        entries += len(move.cells)
    return batches


def _check(
    cube: Cube,
    batch: list[tuple[int, Move]],
    counts: Counts,
    withheld: NDArray[np.bool_],
    equations: sparse.csc_array,
    highest: Counts,
    lowest: Counts,
) -> list[Fault]:
    """The faults of some moves; what the sound ones reach goes into `highest` and `lowest`."""
    numbers = np.array([number for number, _ in batch], dtype=np.int64)
    sizes = np.array([len(move.cells) for _, move in batch], dtype=np.int64)
    cells = np.concatenate([move.cells for _, move in batch])
    changes = np.concatenate([move.changes for _, move in batch])
    column = np.repeat(np.arange(len(batch)), sizes)
    reached = counts[cells] + changes
    faults: list[Fault] = []
    sound = np.ones(len(batch), dtype=np.bool_)

    def told(kind: Wrong, at: NDArray[np.int64], of: NDArray[np.int64]) -> None:
        sound[of] = False
        faults.extend(
            Fault(kind, cube.codes_of(int(cell)), int(number)) for cell, number in zip(at, numbers[of], strict=True)
        )

    published = ~withheld[cells] & (changes != 0)
    told(Wrong.MOVE_CHANGES_PUBLISHED, cells[published], column[published])
    under = withheld[cells] & (reached < 1)
    told(Wrong.MOVE_UNDER_ONE, cells[under], column[under])
    table = sparse.coo_array((changes, (cells, column)), shape=(counts.size, len(batch))).tocsc()
    left = (equations @ table).tocoo()
    broken = left.data != 0
    equation, move = np.array(left.coords[0])[broken], np.array(left.coords[1])[broken]
    rows = equations.tocsr()
    total = np.array([rows.indices[rows.indptr[e] : rows.indptr[e + 1]].min() for e in equation], dtype=np.int64)
    told(Wrong.MOVE_BREAKS_TOTAL, total, move)
    good = sound[column]
    np.maximum.at(highest, cells[good], reached[good])
    np.minimum.at(lowest, cells[good], reached[good])
    return faults
