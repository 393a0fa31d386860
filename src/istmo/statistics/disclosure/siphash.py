"""What is the keyed hash of each of a million numbers?

SipHash-2-4 (Aumasson and Bernstein 2012), a pseudo-random function with a key of 16 bytes and a value of 64 bits,
worked out for whole arrays at once. The same key and number give the same value in every process and on every machine.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
_CHUNK = 1 << 14  # numbers whose state fits into a processor's cache
_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def siphash(key: bytes, words: Sequence[Keys]) -> Keys:
    """The hash of the messages (words[0][i], words[1][i], ...), 64-bit words in little-endian order, as uint64."""
    length = 8 * len(words)
    return siphash_blocks(key, [*words, np.full(1, (length & 0xFF) << 56, dtype=np.uint64)])


def siphash_blocks(key: bytes, blocks: Sequence[Keys]) -> Keys:
    """The hash of messages that are cut into words already; the last word has the length in its highest byte."""
    size = next((len(block) for block in blocks if len(block) != 1), 1)
    made = np.empty(size, dtype=np.uint64)
    for start in range(0, size, _CHUNK):
        here = slice(start, start + _CHUNK)
        made[here] = _hash(key, [block if len(block) == 1 else block[here] for block in blocks], len(made[here]))
    return made


def _hash(key: bytes, blocks: Sequence[Keys], size: int) -> Keys:
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
    v = [np.full(size, start ^ k, dtype=np.uint64) for start, k in zip(_START, (k0, k1, k0, k1), strict=True)]
    spare = np.empty(size, dtype=np.uint64)
    for block in blocks:
        v[3] ^= block
        _rounds(v, spare, 2)
        v[0] ^= block
    v[2] ^= np.uint64(0xFF)
    _rounds(v, spare, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: Sequence[Keys], spare: Keys, times: int) -> None:
    v0, v1, v2, v3 = v
    for _ in range(times):
        v0 += v1
        _rotate(v1, 13, spare)
        v1 ^= v0
        _rotate(v0, 32, spare)
        v2 += v3
        _rotate(v3, 16, spare)
        v3 ^= v2
        v0 += v3
        _rotate(v3, 21, spare)
        v3 ^= v0
        v2 += v1
        _rotate(v1, 17, spare)
        v1 ^= v2
        _rotate(v2, 32, spare)


def _rotate(x: Keys, by: int, spare: Keys) -> None:
    np.right_shift(x, np.uint64(64 - by), out=spare)
    np.left_shift(x, np.uint64(by), out=x)
    x |= spare
