"""The sample brief, and what a test of any format asks of it."""

import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from istmo.model.observations import COLUMNS, DEFAULTS, schema
from istmo.statistics.brief.values import Brief, Cell

HERE = Path(__file__).resolve().parent
NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?![\w])|(?<![\w.,])\d{4,}(?![\w])")


def load_sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hub_sample", HERE / "sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    return load_sample()


@pytest.fixture(scope="session")
def brief(sample: ModuleType) -> Brief:
    made = sample.brief()
    assert isinstance(made, Brief)
    return made


@pytest.fixture(scope="session")
def draft(sample: ModuleType) -> Brief:
    made = sample.brief(state=sample.BriefState.DRAFT)
    assert isinstance(made, Brief)
    return made


@pytest.fixture(scope="session")
def observations() -> pl.DataFrame:
    """Two invented rows; the first has a text that a spreadsheet would run."""
    base = DEFAULTS | {"REPORTER": "PAN", "AGENCY": "SNM", "DATASET": "cuadro003", "MEASURE": "TRA_IRR"}
    rows = [
        base | {"PERIOD": "2023-08", "OBS_VALUE": 63_767, "NOTE": "=1+1", "UNIT": "REGISTRATION"},
        base | {"PERIOD": "2023-07", "OBS_VALUE": None, "OBS_STATUS": "O", "UNIT": "REGISTRATION"},
    ]
    filled = [{column: row.get(column, "") for column in COLUMNS} for row in rows]
    return pl.DataFrame(filled, schema=schema())


def cells_of(brief: Brief) -> Iterator[Cell]:
    for table in brief.tables:
        for row in table.rows:
            yield from row.cells


@pytest.fixture(scope="session")
def sums_over_reporters(brief: Brief) -> frozenset[int]:
    """Every sum of two or more reporters' figures that stand in one row of the brief."""
    found: set[int] = set()
    for table in brief.tables:
        for row in table.rows:
            figures: dict[str, int] = {}
            for column, cell in zip(table.columns, row.cells, strict=True):
                if column.reporter and cell.kind.value == "count" and cell.value is not None:
                    figures[column.reporter] = int(cell.value)
            for size in range(2, len(figures) + 1):
                found |= {sum(chosen) for chosen in combinations(figures.values(), size)}
    shown = {int(cell.value) for cell in cells_of(brief) if cell.kind.value == "count" and cell.value is not None}
    return frozenset(number for number in found - shown if number >= 1_000)


@pytest.fixture(scope="session")
def numbers_in() -> Callable[[str], list[int]]:
    """The numbers of four digits and more in a text."""

    def find(text: str) -> list[int]:
        return [int(match.replace(",", "")) for match in NUMBER.findall(text)]

    return find


@pytest.fixture(scope="session")
def figures_of(brief: Brief) -> frozenset[str]:
    """Every count of the brief as its cell shows it."""
    from istmo.statistics.brief.figures import shown

    return frozenset(shown(cell, "es") for cell in cells_of(brief) if cell.kind.value == "count")


@pytest.fixture(scope="session")
def all_in() -> Callable[[Iterable[str], str], list[str]]:
    """Those of the texts that do not stand in the whole."""

    def missing(texts: Iterable[str], whole: str) -> list[str]:
        return [text for text in texts if text not in whole]

    return missing
