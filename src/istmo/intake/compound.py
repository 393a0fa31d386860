"""How is a compound file (OLE2, [MS-CFB]) opened? It is what an old Office document is, and a document with a password.

The chains of sectors are followed once and may not run in circles. `wrapped` writes the smallest container that holds
one stream, so that a reader of workbooks sees nothing else of a file that a stranger sent.
"""

import struct
from array import array
from collections.abc import Mapping
from types import MappingProxyType

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WRAPPED = 400 * 1024 * 1024  # bytes of a stream that `wrapped` can hold
_END = 0xFFFFFFFE
_FREE = 0xFFFFFFFF
_FAT_SECTOR = 0xFFFFFFFD
_LAST_SECTOR = 0xFFFFFFFA  # numbers from here on are marks
_IN_HEADER = 109
_ENTRY = 128
_STREAM = 2
_ROOT = 5
_SHIFT = 12


def is_compound(data: bytes) -> bool:
    return data.startswith(MAGIC)


class Compound:
    """The streams of a compound file by their names in lower case; raises `ValueError` where it is damaged."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512:
            raise ValueError("no header")
        self._data = data
        self._shift, small_shift = struct.unpack_from("<HH", data, 30)
        if self._shift not in (9, 12) or small_shift != 6:
            raise ValueError("unknown size of sectors")
        directory, _, self._limit, small_table = struct.unpack_from("<IIII", data, 48)
        self._table = self._read_table()
        entries = self._joined(_chain(directory, self._table))
        found: dict[str, tuple[int, int]] = {}
        root = (_END, 0)
        for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", entries, at + 64)
            start, size = struct.unpack_from("<IQ" if self._shift == _SHIFT else "<II", entries, at + 116)
            name = entries[at : at + min(max(length - 2, 0), 62)].decode("utf-16-le", errors="replace")
            if kind == _STREAM:
                found.setdefault(name.casefold(), (start, size))
            elif kind == _ROOT:
                root = (start, size)
        self.streams: Mapping[str, tuple[int, int]] = MappingProxyType(found)
        self._small = self._joined(_chain(root[0], self._table))
        self._small_table = _numbers(self._joined(_chain(small_table, self._table)))

    def read(self, name: str) -> bytes:
        """The bytes of a stream; raises `ValueError` when some of them are missing."""
        start, size = self.streams[name]
        if size < self._limit:
            parts = _chain(start, self._small_table)
            content = b"".join(self._small[part * 64 : part * 64 + 64] for part in parts)
        else:
            content = self._joined(_chain(start, self._table))
        if len(content) < size:
            raise ValueError("a stream is cut")
        return content[:size]

    def _read_table(self) -> "array[int]":
        """Which sector follows each sector, from the sectors that the header and its continuation name."""
        named = _numbers(self._data[76:512])
        following = struct.unpack_from("<I", self._data, 68)[0]
        most = len(self._data) >> self._shift
        for _ in range(most + 1):
            if following >= _LAST_SECTOR:
                break
            more = _numbers(self._joined([following]))
            named.extend(more[:-1])
            following = more[-1]
        else:
            raise ValueError("the list of sectors runs in circles")
        sectors = [sector for sector in named if sector < _LAST_SECTOR]
        if len(set(sectors)) < len(sectors):
            raise ValueError("a sector of the table is named twice")
        return _numbers(self._joined(sectors))

    def _joined(self, sectors: list[int]) -> bytes:
        size = 1 << self._shift
        parts = [self._data[(sector + 1) * size : (sector + 2) * size] for sector in sectors]
        if any(len(part) < size for part in parts[:-1]) or (parts and not parts[-1]):
            raise ValueError("a sector is missing")
        return b"".join(parts)


def _chain(start: int, table: "array[int]") -> list[int]:
    chain: list[int] = []
    while start < _LAST_SECTOR:
        if start >= len(table) or len(chain) >= len(table):
            raise ValueError("a chain of sectors runs in circles or leaves the file")
        chain.append(start)
        start = table[start]
    return chain


def _numbers(content: bytes) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(content[: len(content) // 4 * 4])
    return numbers


def wrapped(name: str, content: bytes) -> bytes:
    """A compound file (version 4) with one stream of at least 4096 bytes, `WRAPPED` at most."""
    size = 1 << _SHIFT
    content = content.ljust(size, b"\0")
    count = -(-len(content) // size)
    fat = -(-(count + 2 + count // 1023 + 2) // 1024)
    followers = array("I", [_END, _END, *range(3, 2 + count), _END, *[_FAT_SECTOR] * fat])
    followers.extend([_FREE] * (fat * 1024 - len(followers)))
    places = [2 + count + number for number in range(fat)]
    header = MAGIC + struct.pack(
        "<16xHHHHH6xIIIIIIIII",
        *(0x3E, 4, 0xFFFE, _SHIFT, 6),
        *(1, fat, 0, 0, 4096, _END, 0, _END, 0),
    )
    header += array("I", places + [_FREE] * (_IN_HEADER - fat)).tobytes()
    directory = _entry("Root Entry", _ROOT, child=1, start=1, size=64) + _entry(
        name, _STREAM, start=2, size=len(content)
    )
    return b"".join(
        (
            header.ljust(size, b"\0"),
            directory.ljust(size, b"\0"),
            bytes(size),
            content.ljust(count * size, b"\0"),
            followers.tobytes(),
        )
    )


def _entry(name: str, kind: int, *, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII36xIQ", text, len(text) + 2, kind, 1, _FREE, _FREE, child, start, size)
