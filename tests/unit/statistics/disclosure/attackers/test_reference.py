"""The cubes of the reference data: what each attacker recovers with a defence switched off, and nothing with it on."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from tests.unit.statistics.disclosure.attackers.systems import small, suppressed, threshold_only

from istmo.statistics.disclosure.attackers import joined, linear, null_space, propagation
from istmo.statistics.disclosure.cube import Cube, cube
from istmo.statistics.disclosure.hierarchy import hierarchy
from istmo.statistics.disclosure.keys import aggregate_keys
from istmo.statistics.disclosure.protected import Method, ProtectedTable, known
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.system import Bounds, below, exact

pytestmark = pytest.mark.reference
SECRET = bytes(range(32))


def made(reference_data: Path, size: str, seed: int = 1) -> Cube:
    found = importlib.util.spec_from_file_location("table_cubes", reference_data / "bench" / "table_cubes.py")
    assert found is not None
    assert found.loader is not None
    cubes = importlib.util.module_from_spec(found)
    found.loader.exec_module(cubes)
    dimensions, leaves = cubes.make(size, seed)
    own = [
        hierarchy(
            name,
            [(cubes.code(axis, i), cubes.code(axis, above) if above >= 0 else "") for i, above in enumerate(parent)],
        )
        for axis, (name, (parent, _)) in enumerate(zip(cubes.DIMENSIONS, dimensions, strict=True))
    ]
    rows = (
        ([cubes.code(axis, dimensions[axis][1][i]) for axis, i in enumerate(at)], int(leaves[tuple(at)]))
        for at in np.argwhere(leaves > 0)
    )
    return cube(own, rows)


def protected(table: Cube, threshold: int = 5) -> ProtectedTable:
    return suppressed(table, suppress(table, threshold=threshold).withheld)


def of(found: Bounds, tables: joined.Joined, number: int) -> Bounds:
    return Bounds(found.lower[tables.cells[number]], found.upper[tables.cells[number]])


@pytest.mark.parametrize(("size", "secrets", "known_exactly"), [("1k", 186, 186), ("10k", 2414, 2356)])
def test_the_threshold_alone_gives_almost_all_small_cells_away(
    reference_data: Path, size: str, secrets: int, known_exactly: int
) -> None:
    table = made(reference_data, size)
    secret = small(table).reshape(-1)
    found = propagation.bounds(known(threshold_only(table)))
    assert (secret.sum(), exact(found, secret).sum()) == (secrets, known_exactly)


def test_witnesses_withstand_propagation_the_null_space_and_linear_programs(reference_data: Path) -> None:
    table = made(reference_data, "1k")
    secret = small(table).reshape(-1)
    system = known(protected(table))
    assert not below(propagation.bounds(system), secret, 5).any()
    assert not null_space.determined(system, np.random.default_rng(1).standard_normal(system.size)).any()
    done = linear.audit(system, secret, reach=5, width=4)
    assert not (below(done.bounds, secret, 5) | done.undecided).any()
    assert done.whole.tolist() == secret.tolist()


def test_a_neighbour_with_threshold_3_gives_away_a_quarter_of_them(reference_data: Path) -> None:
    table = made(reference_data, "1k")
    secret = small(table).reshape(-1)
    lower = joined.neighbour(protected(table), protected(table, 3), tolerance=0)
    assert exact(of(propagation.bounds(lower.system), lower, 0), secret).sum() > 0.2 * secret.sum()
    same = joined.neighbour(protected(table), protected(table), tolerance=0)
    assert not below(of(propagation.bounds(same.system), same, 0), secret, 5).any()


def test_a_year_to_date_under_the_threshold_alone_gives_away_what_the_months_withhold(reference_data: Path) -> None:
    """Rounded to 10 it does not; rounded to 5 it would still give away 32 of 1,219."""
    months = [made(reference_data, "1k", seed) for seed in range(1, 7)]
    sums = [Cube(months[0].dimensions, total) for total in np.cumsum([month.counts for month in months], axis=0)]
    open_ = joined.year_to_date([protected(month) for month in months], [threshold_only(total) for total in sums])
    keyed = [
        rounded(
            total, aggregate_keys(SECRET, f"YTD|month={number}", total), method=Method.ROUND, base=10, secret=SECRET
        )
        for number, total in enumerate(sums)
    ]
    closed = joined.year_to_date([protected(month) for month in months], keyed)
    naked, covered = propagation.bounds(open_.system), propagation.bounds(closed.system)
    secrets = [small(month).reshape(-1) for month in months]
    recovered = sum(int(exact(of(naked, open_, i), secret).sum()) for i, secret in enumerate(secrets))
    assert recovered > 0.79 * sum(int(secret.sum()) for secret in secrets)
    assert not any(exact(of(covered, closed, i), secret).any() for i, secret in enumerate(secrets))
