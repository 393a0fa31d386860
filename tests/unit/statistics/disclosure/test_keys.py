"""The same people have the same key in any table, and the key tells nobody anything."""

import subprocess
import sys

import numpy as np
import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.cube import cell_id, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.keys import (
    Use,
    aggregate_key,
    aggregate_keys,
    cube_of_records,
    draw,
    key_id,
    record_key,
    record_keys,
    subkey,
)
from istmo.statistics.disclosure.siphash import siphash, siphash_blocks

SECRET = bytes(range(32))
OTHER = bytes(range(1, 33))
PLACES = hierarchy("point", [("PAN", ""), ("DARIEN", "PAN"), ("BAJO", "DARIEN"), ("CANAAN", "DARIEN"), ("PASO", "PAN")])
SEX = flat("sex", ["F", "M"])


def word(text: bytes) -> np.ndarray:
    return np.frombuffer(text, dtype="<u8").astype(np.uint64)


def test_siphash_gives_the_value_of_its_paper() -> None:
    """Appendix A of the paper: key 00 to 0f, message 00 to 0e, hash a129ca6149be45e5."""
    message = bytes(range(15)) + b"\x0f"  # the last byte of the last word is the length
    assert siphash_blocks(bytes(range(16)), [word(message[:8]), word(message[8:])])[0] == 0xA129CA6149BE45E5


def test_siphash_gives_the_vectors_of_its_authors_for_whole_words() -> None:
    """vectors_sip64 of the reference implementation, messages 00 01 02 ... of 0 and 8 bytes."""
    key = bytes(range(16))
    assert siphash(key, [])[0] == 0x726FDB47DD0E0E31
    assert siphash(key, [word(bytes(range(8)))])[0] == 0x93F5F5799A932462


def test_a_hash_does_not_depend_on_how_many_are_worked_out_at_once() -> None:
    numbers = np.arange(40_000, dtype=np.uint64)
    together = siphash(SECRET, [numbers, numbers[::-1].copy()])
    assert siphash(SECRET, [numbers[:0]]).size == 0
    for at in (0, 16_383, 16_384, 39_999):
        assert siphash(SECRET, [numbers[at : at + 1], numbers[::-1][at : at + 1].copy()])[0] == together[at]


def test_keys_are_the_same_in_every_process() -> None:
    """Known answers: a change of any of these would round every published series anew."""
    assert key_id(SECRET) == "d1fffdafc9f3"
    assert record_key(SECRET, "HND-2023-000017") == 5880509972531425709
    assert aggregate_key(SECRET, "HND-IRREG|month=2023-08|nationality=HTI", 3) == 13454197264356343447
    assert int(draw(SECRET, Use.ROUND, np.array([17], dtype=np.uint64))[0]) == 17255250062725468382


def test_keys_do_not_depend_on_the_seed_of_hash() -> None:
    program = (
        "from istmo.statistics.disclosure.keys import record_key, aggregate_key;"
        "s = bytes(range(32)); print(record_key(s, 'x'), aggregate_key(s, 'A|b=c', 3))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(told) == 1


def test_a_key_is_named_without_being_told() -> None:
    assert key_id(SECRET) != key_id(OTHER)
    assert len(key_id(SECRET)) == 12
    assert key_id(SECRET) not in SECRET.hex()


def test_each_use_has_its_own_key() -> None:
    assert len({subkey(SECRET, use) for use in Use}) == len(Use)
    assert not {subkey(SECRET, use) for use in Use} & {subkey(OTHER, use) for use in Use}


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_a_secret_of_another_length_is_refused_in_both_languages(secret: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        key_id(secret)
    assert refused.value.rule == "F110"
    assert "32 bytes" in refused.value.message.es
    assert "32 bytes" in refused.value.message.en


def test_many_record_keys_are_those_of_each_record() -> None:
    ids = ["HND-1", "HND-2", "ñandú"]
    assert record_keys(SECRET, ids).tolist() == [record_key(SECRET, record_id) for record_id in ids]
    assert record_keys(SECRET, []).size == 0


def test_the_key_of_a_cell_is_the_sum_of_its_records() -> None:
    at = [np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])]
    keys = np.array([2**64 - 1, 5, 2**63, 2**63], dtype=np.uint64)
    cube, of_cells = cube_of_records([PLACES, SEX], at, keys)
    cell = {
        (place, sex): (
            int(cube.counts[PLACES.position[place], SEX.position[sex]]),
            int(of_cells[PLACES.position[place], SEX.position[sex]]),
        )
        for place in PLACES.codes
        for sex in SEX.codes
    }
    assert cell["BAJO", "F"] == (2, 4)
    assert cell["BAJO", "_T"] == (2, 4)  # the same people
    assert cell["BAJO", "M"] == (0, 0)
    assert cell["DARIEN", "_T"] == (3, 2**63 + 4)
    assert cell["PAN", "_T"] == (4, 4)


def test_without_records_a_cell_has_the_key_of_its_name_and_count_in_every_table() -> None:
    leaves = np.arange(6, dtype=np.int64).reshape(3, 2)
    wide = cube_of_leaves([PLACES, SEX], leaves)
    narrow = cube_of_leaves([PLACES], leaves.sum(axis=1))
    table = "HND-IRREG|month=2023-08"
    keys = aggregate_keys(SECRET, table, wide)
    assert np.array_equal(aggregate_keys(SECRET, table, narrow), keys[:, 0])
    month = flat("month", ["2023-08"], total="2023")
    for place, sex in (("BAJO", "F"), ("PAN", "M"), ("DARIEN", "_T"), ("PAN", "_T")):
        name = cell_id("HND-IRREG", [(month, "2023-08"), (PLACES, place), (SEX, sex)])
        here = PLACES.position[place], SEX.position[sex]
        assert aggregate_key(SECRET, name, int(wide.counts[here])) == int(keys[here])


def test_another_count_population_or_secret_is_another_key() -> None:
    name = "HND-IRREG|nationality=HTI"
    keys = {
        aggregate_key(SECRET, name, 3),
        aggregate_key(SECRET, name, 4),
        aggregate_key(SECRET, "HND-ASYL|nationality=HTI", 3),
        aggregate_key(OTHER, name, 3),
    }
    assert len(keys) == 4
