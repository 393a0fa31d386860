"""Which secret number belongs to a cell, so that the same people get the same treatment in every table?

A record (a person, an event) has a key of 64 bits: a pseudo-random function of the node's secret and of the stable
id of the record, never of the load or the row in which it came. The key of a cell is the sum of its records' keys
modulo 2**64. The same records have the same sum in any table, month and release, so a method that draws its noise
from it draws the same noise: repeating a table, turning it round or sending a batch again tells nothing new.

A source that sends counts and no records has the key of (secret, name of the cell, count) instead. The name is that of
`cube.cell_id`, which is the same in every table; its parts are hashed one by one and added, so a million cells of a
cube need a hash a code and not a hash a cell.

The secret has 32 random bytes, stays where the records are and is never printed; `key_id` names it. Each use has
its own key (`Use`), so a value of one use says nothing about another.
"""

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import Counts, Cube, cube_of_leaves, with_margins
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.siphash import Keys, siphash

SECRET_BYTES = 32


class Use(StrEnum):
    """What a value is drawn for; at most 16 bytes, since it is the personalisation of BLAKE2b."""

    RECORD = "record"
    NAME = "name of a cell"
    AGGREGATE = "aggregate"
    ROUND = "round"
    CELL_KEY = "cell key"
    DECOY = "decoy"
    PATTERN = "pattern"


def key_id(secret: bytes) -> str:
    """The name of a secret, which may stand in a report: 12 hexadecimal digits."""
    return hashlib.sha256(b"istmo disclosure key id\x00" + _checked(secret)).hexdigest()[:12]


def record_key(secret: bytes, record_id: str) -> int:
    """The key of a record by its stable id."""
    return int.from_bytes(_digest(secret, Use.RECORD, record_id, size=8), "little")


def record_keys(secret: bytes, record_ids: Iterable[str]) -> Keys:
    start = _blank(secret, Use.RECORD, size=8)
    made = bytearray()
    for record_id in record_ids:
        state = start.copy()
        state.update(record_id.encode("utf-8"))
        made += state.digest()
    return np.frombuffer(bytes(made), dtype="<u8").astype(np.uint64)


def cell_keys(dimensions: Sequence[Hierarchy], leaves: Keys) -> Keys:
    """The keys of all cells from those of the leaf cells, in the shape of the cube."""
    return with_margins(dimensions, leaves.view(np.int64)).view(np.uint64)


def cube_of_records(
    dimensions: Sequence[Hierarchy], at: Sequence[NDArray[np.integer]], keys: Keys
) -> tuple[Cube, Keys]:
    """The cube that counts the records, and the key of each of its cells.

    `at` has for each dimension the leaf of each record, as its number in `dimension.leaves`; `keys` has the key of
    each record.
    """
    shape = tuple(len(d.leaves) for d in dimensions)
    flat = np.ravel_multi_index(tuple(at), shape)
    size = int(np.prod(shape))
    counts: Counts = np.bincount(flat, minlength=size).astype(np.int64)
    sums = np.zeros(size, dtype=np.uint64)
    np.add.at(sums, flat, keys)
    return cube_of_leaves(dimensions, counts.reshape(shape)), cell_keys(dimensions, sums.reshape(shape))


def aggregate_key(secret: bytes, cell: str, count: int) -> int:
    """The key of a cell of which only the count is known; `cell` is its `cell_id`."""
    name = np.array([sum(_part(secret, part) for part in cell.split("|")) % 2**64], dtype=np.uint64)
    key = siphash(subkey(secret, Use.AGGREGATE), [name, np.array([count], dtype=np.uint64)])
    return int(key[0])


def aggregate_keys(secret: bytes, table: str, cube: Cube) -> Keys:
    """The keys of all cells of a cube of which only the counts are known.

    `table` is the `cell_id` of the grand total: what is counted, and the coordinates that all cells share, such as
    the month.
    """
    total = sum(_part(secret, part) for part in table.split("|")) % 2**64
    names = np.uint64(total) + cell_names(secret, cube.dimensions)
    counts = cube.counts.reshape(-1).astype(np.uint64)
    keys = siphash(subkey(secret, Use.AGGREGATE), [names.reshape(-1), counts])
    return keys.reshape(cube.shape)


def cell_names(secret: bytes, dimensions: Sequence[Hierarchy]) -> Keys:
    """The hash of the coordinates of each cell, whatever the table: the sum of its codes' hashes, 0 for a root."""
    names = np.zeros((1,) * len(dimensions), dtype=np.uint64)
    for axis, dimension in enumerate(dimensions):
        parts = [
            0 if position == 0 else _part(secret, f"{quote(dimension.name, safe='')}={quote(code, safe='')}")
            for position, code in enumerate(dimension.codes)
        ]
        shape = [-1 if a == axis else 1 for a in range(len(dimensions))]
        names = names + np.array(parts, dtype=np.uint64).reshape(shape)
    return names


def draw(secret: bytes, use: Use, keys: Keys, *, of: str = "") -> Keys:
    """A number from 0 to 2**64 - 1 for each cell key, as if by chance and always the same (the shape of `keys`).

    `of` tells apart what is drawn for the same cell and use more than once.
    """
    words = [keys.reshape(-1)] + ([np.array([_part(secret, of)], dtype=np.uint64)] if of else [])
    return siphash(subkey(secret, use), words).reshape(keys.shape)


def pattern_draw(secret: bytes, table: str, dimensions: Sequence[Hierarchy]) -> Keys:
    """What weighs each cell of a table that is protected by withholding; the same in each release of the table.

    `table` is the `cell_id` of the grand total, with the month: what many months withhold tells nothing of the weights
    of the next.
    """
    return draw(secret, Use.PATTERN, cell_names(secret, dimensions), of=table)


def subkey(secret: bytes, use: Use) -> bytes:
    return _blank(secret, use, size=16).digest()


def _part(secret: bytes, part: str) -> int:
    return int.from_bytes(_digest(secret, Use.NAME, part, size=8), "little")


def _digest(secret: bytes, use: Use, text: str, *, size: int) -> bytes:
    state = _blank(secret, use, size=size)
    state.update(text.encode("utf-8"))
    return state.digest()


def _blank(secret: bytes, use: Use, *, size: int) -> "hashlib.blake2b":
    return hashlib.blake2b(key=_checked(secret), person=use.encode("ascii"), digest_size=size)


def _checked(secret: bytes) -> bytes:
    if len(secret) != SECRET_BYTES:
        raise InvalidInput(
            Text(
                es=f"La clave de la protección tiene {SECRET_BYTES} bytes; este archivo no la contiene.",
                en=f"The key of the protection has {SECRET_BYTES} bytes; this file does not hold it.",
            ),
            rule="F110",
        )
    return secret
