"""Half a year of three reporters, with years to date, revisions and mirrored borders: nothing is recovered."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).resolve().parents[4] / "bench" / "register.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    found = importlib.util.spec_from_file_location("bench_register", BENCH)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [1, 20])
def test_nothing_is_recovered_from_the_union_of_a_region(bench: ModuleType, seed: int) -> None:
    settled = bench.region(seed, months=6, reporters=3, programs=True)
    assert settled["recoveries"] == 0
    assert settled["by linear programs"] == 0
    assert settled["refused"] == 0
    assert settled["tables"] > 60


def test_the_same_region_protected_table_by_table_is_broken(bench: ModuleType) -> None:
    assert bench.region(1, months=6, reporters=3, settled=False)["recoveries"] > 10
