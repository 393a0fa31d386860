"""Does a protected table stand up to its attackers, and how long does protecting and proving it take?

Suppression at 1k, 10k and 100k cells, each with a seed of this run: withheld cells that are not small ("secondaries"),
the time to protect, the time of the independent verifier, of the propagation attack and of the full audit by linear
programmes, and what the zero-aware attackers find (the bar: 0 exact, 0 proved below the threshold). The peer,
pytauargus with its modular method, protects the same table in a process and directory of its own and meets the same
propagation attack. Its guarantee is the weaker one that takes no account of published zeros, so our pattern at that
guarantee stands beside it. Then keyed rounding of a million cells from two million records, and its attack; the limit
there is counting the records. Two years of eleven reporters in one register are `istmo bench register`.

Not on 100k: the peer does not end in seven minutes there.
"""

import csv
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from istmo.statistics.disclosure.attackers import linear, propagation
from istmo.statistics.disclosure.cube import Cube, Mask, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.keys import cube_of_records, pattern_draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.suppression import Worth, pattern, suppress
from istmo.statistics.disclosure.suppression.witnesses import double
from istmo.statistics.disclosure.system import below, exact
from istmo.statistics.disclosure.verify import verify

THRESHOLD = 5
SIZES = ("1k", "10k", "100k")
PEER_SIZES = ("1k", "10k")
PEER_SECONDS = 300
RECORDS = 2_000_000
SECRET = bytes(range(32))  # of the pattern's key

Row = dict[str, object]


def run(seed: int | None = None) -> list[Row]:
    """The rows of one run; without a seed, a new one."""
    chosen = int(time.time()) % 100_000 if seed is None else seed
    rows: list[Row] = [{"what": f"seed {chosen}"}]
    cubes = _cubes()
    for size in SIZES:
        rows += _suppression(cubes, size, chosen)
    rows.append(_rounding(chosen))
    columns = dict.fromkeys(column for row in rows for column in row)
    return [{column: row.get(column, "") for column in columns} for row in rows]


def cube_of(cubes: ModuleType, size: str, seed: int) -> Cube:
    """The table of `table_cubes.py` at a size and seed, with its margins."""
    dimensions, leaf = cubes.make(size, seed)
    made = []
    for number, (parent, leaves) in enumerate(dimensions):
        codes = [cubes.code(number, node) for node in range(len(parent))]
        pairs = [(code, codes[above] if above >= 0 else "") for code, above in zip(codes, parent, strict=True)]
        made.append(hierarchy(cubes.DIMENSIONS[number], pairs))
        at = {codes[node]: place for place, node in enumerate(leaves)}
        leaf = np.take(leaf, [at[made[-1].codes[position]] for position in made[-1].leaves], axis=number)
    return cube_of_leaves(made, leaf.astype(np.int64))


def _suppression(cubes: ModuleType, size: str, seed: int) -> list[Row]:
    cube = cube_of(cubes, size, seed)
    small: Mask = (cube.counts > 0) & (cube.counts < THRESHOLD)
    told = f"{size}, {cube.counts.size:,} cells, {int(small.sum()):,} small"
    rows = [_ours(cube, small, f"{told}: totals spared (what protect does)", Worth.TOTALS)]
    if size in PEER_SIZES:
        rows.append(_ours(cube, small, f"{size}: fewest cells", Worth.CELLS))
        (weak, _), seconds = _timed(lambda: pattern(cube, small, double(), Worth.CELLS))
        rows.append(
            {
                "what": f"{size}: fewest cells, the peer's weaker guarantee",
                **_kept(cube, weak, small),
                "protect s": round(seconds, 2),
                **_attacked(cube, weak, small),
            }
        )
        rows.append({"what": f"{size}: peer, pytauargus MOD", **_peer(cubes, cube, size, seed, small)})
    return rows


def _ours(cube: Cube, small: Mask, what: str, worth: Worth) -> Row:
    drawn = pattern_draw(SECRET, "bench", cube.dimensions)
    protected, seconds = _timed(lambda: suppress(cube, threshold=THRESHOLD, worth=worth, chance=drawn))
    faults, to_verify = _timed(lambda: verify(cube, protected, THRESHOLD))
    assert not faults, faults[:3]
    return {
        "what": what,
        **_kept(cube, protected.withheld, small),
        "protect s": round(seconds, 2),
        "verify s": round(to_verify, 2),
        **_attacked(cube, protected.withheld, small, lp=True),
    }


def _kept(cube: Cube, withheld: Mask, small: Mask) -> Row:
    """The withheld cells that are not small, and how many of the totals of one dimension are published."""
    ways = np.count_nonzero(np.indices(cube.shape), axis=0)
    totals = (ways < 2) & (cube.counts > 0)
    return {
        "secondaries": int((withheld & ~small).sum()),
        "totals kept": f"{int((totals & ~withheld).sum())} of {int(totals.sum())}",
    }


def _rounding(seed: int) -> Row:
    """A million cells from two million records, each with its key: counted, rounded by key, then attacked."""
    chance = np.random.default_rng(seed)
    dimensions = [flat(name, [f"{name}{number:02d}" for number in range(99)]) for name in ("a", "b", "c")]
    at = [chance.zipf(1.3, RECORDS) % 99 for _ in dimensions]
    keys = chance.integers(0, 2**64, RECORDS, dtype=np.uint64)
    secret = chance.bytes(32)
    (cube, of_cells), counted = _timed(lambda: cube_of_records(dimensions, at, keys))
    table, seconds = _timed(lambda: rounded(cube, of_cells, method=Method.ROUND, base=5, secret=secret))
    system = known(table)
    small = ((cube.counts > 0) & (cube.counts < THRESHOLD)).reshape(-1)
    found, attack = _timed(lambda: propagation.bounds(system))
    return {
        "what": f"rounding {cube.counts.size:,} cells of {RECORDS:,} records (counting them alone: {counted:.2f} s)",
        "protect s": round(counted + seconds, 2),
        "exact": int(exact(found, small).sum()),
        "propagation s": round(attack, 2),
    }


def _attacked(cube: Cube, withheld: Mask, small: Mask, *, lp: bool = False) -> Row:
    """What the zero-aware attackers find in a table with the withheld cells left out."""
    values = np.where(withheld, 0, cube.counts)
    system = known(ProtectedTable(cube.dimensions, Method.SUPPRESS, 0, values, withheld))
    secret = small.reshape(-1)
    found, seconds = _timed(lambda: propagation.bounds(system))
    row: Row = {
        "exact": int(exact(found, secret).sum()),
        "under T": int(below(found, secret, THRESHOLD).sum()),
        "propagation s": round(seconds, 2),
    }
    if lp:
        audit, seconds = _timed(lambda: linear.audit(system, secret, reach=THRESHOLD, width=THRESHOLD - 1))
        row |= {
            "exact": int(exact(audit.bounds, secret).sum()),
            "under T": int(below(audit.bounds, secret, THRESHOLD).sum()),
            "undecided": int(audit.undecided.sum()),
            "audit s": round(seconds, 1),
        }
    return row


def _peer(cubes: ModuleType, cube: Cube, size: str, seed: int, small: Mask) -> Row:
    """pytauargus on the same table: what it withholds, and what the same attack finds."""
    if importlib.util.find_spec("pytauargus") is None:
        return {"exact": "not installed (requirements-bench.lock)"}
    with tempfile.TemporaryDirectory() as directory:
        where = Path(directory)
        cubes.write(*cubes.make(size, seed), where)
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        command = [sys.executable, "-m", "bench.peer_pytauargus", directory, "MOD"]
        started = time.perf_counter()
        try:
            subprocess.run(
                command, cwd=directory, env=environment, check=True, capture_output=True, timeout=PEER_SECONDS
            )
        except subprocess.TimeoutExpired:
            return {"protect s": f"over {PEER_SECONDS}"}
        except subprocess.CalledProcessError as failed:
            return {"protect s": f"failed ({failed.returncode})"}
        seconds = time.perf_counter() - started
        withheld = np.zeros(cube.shape, dtype=np.bool_)
        with (where / "withheld.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                withheld[tuple(d.position[row[d.name]] for d in cube.dimensions)] = True
    return {
        **_kept(cube, withheld, small),
        "protect s": round(seconds, 2),
        **_attacked(cube, withheld, small),
    }


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = act()
    return made, time.perf_counter() - started


def _cubes() -> ModuleType:
    """`table_cubes.py` of the reference data: synthetic monthly flows, sparse as real ones are."""
    folder = os.environ.get("ISTMO_REFERENCE_DATA") or str(Path(__file__).resolve().parents[2] / "shared")
    path = Path(folder) / "bench" / "table_cubes.py"
    found = importlib.util.spec_from_file_location("table_cubes", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
