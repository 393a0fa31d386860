"""Small published tables for the tests of the register."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from istmo.statistics.disclosure.cube import Cube, cube
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published
from istmo.statistics.disclosure.spans import span

AT = datetime(2023, 9, 14, 15, tzinfo=UTC)
NATIONALITY = flat("nationality", ["CUB", "ECU", "HTI"])
SEX = flat("sex", ["F", "M"])


def counted(counts: Mapping[str, int], dimension: Hierarchy = NATIONALITY) -> Cube:
    return cube([dimension], [((code,), count) for code, count in counts.items()])


def published(
    over: str,
    counts: Mapping[str, int] | Cube,
    *,
    withheld: tuple[str, ...] = (),
    population: str = "PAN.SNM/TRA_IRR",
    method: Method = Method.SUPPRESS,
    spread: int = 0,
    state: int = 0,
    revises: bool = False,
    strict: bool = True,
    dimension: Hierarchy = NATIONALITY,
    release: str = "",
) -> Published:
    made = counts if isinstance(counts, Cube) else counted(counts, dimension)
    hidden = np.zeros(made.shape, dtype=np.bool_)
    hidden[[made.dimensions[0].position[code] for code in withheld]] = True
    return Published(
        release=release or f"R-{over}",
        table="by-nationality",
        population=population,
        span=span(over),
        protected=ProtectedTable(made.dimensions, method, spread, np.where(hidden, 0, made.counts), hidden),
        rules="sha256:00",
        threshold=5,
        at=AT,
        strict=strict,
        state=state,
        revises=revises,
        by=("Eli Ejemplo", "Pío Ejemplo"),
    )
