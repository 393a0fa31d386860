"""Do two years of eleven reporters stand up to somebody who reads all of it at once?

Every month each reporter of an invented corridor publishes its exits and entries by nationality (exact; small
categories are counted together, and what is small still is withheld), its entries by nationality and sex (rounded), its
entries of the year to date and, every third month, of the quarter (rounded, each with a key of its own). A reporter's
entries are the exits of the one before it, equal or within a tolerance, and both are published. Three months later some
months of every second reporter are revised because records came late. Each table is settled beside what was published
before; then everybody's tables of each year are attacked together.

The bar is 0 recoveries over the whole register, by bound propagation and by linear programs. Beside it the same region
that protects each table well, but alone.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import linear, propagation
from istmo.statistics.disclosure.attackers.near_threshold import near_threshold
from istmo.statistics.disclosure.cube import Cube, Mask, cell_id, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.keys import aggregate_keys, pattern_draw
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published, Register, append, small_revisions, withheld_before
from istmo.statistics.disclosure.roll_up import Step, roll_up
from istmo.statistics.disclosure.rounding import rounded
from istmo.statistics.disclosure.settling import settle
from istmo.statistics.disclosure.spans import Span
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.union import Mirror, attacked, union
from istmo.statistics.disclosure.unrolled import unrolled

THRESHOLD = 5
BASE = 5
FIRST_YEAR = 2022
LATE = 3  # months until a month is revised
AT = datetime(2022, 2, 15, tzinfo=UTC)

NATIONALITY = hierarchy(
    "nationality",
    [
        ("_T", ""),
        *((f"R{region}", "_T") for region in range(5)),
        *((f"R{region}C{country}", f"R{region}") for region in range(5) for country in range(5)),
    ],
)
SEX = flat("sex", ["F", "M"])
COUNTRIES = len(NATIONALITY.leaves)

Counts = NDArray[np.int64]


def run(seed: int | None = None) -> list[dict[str, object]]:
    chosen = int(time.time()) % 100_000 if seed is None else seed
    return [region(chosen, settled=settled, programs=settled) for settled in (True, False)]


def region(
    seed: int, months: int = 24, reporters: int = 11, *, settled: bool = True, programs: bool = False
) -> dict[str, object]:
    """Counts of one region: tables and cells published, what was withheld, tables refused, recoveries, seconds.

    `programs`: also by linear programs over all that was published, which find what propagation does not.
    """
    started = time.perf_counter()
    made = _Region(seed, months, reporters, settled)
    made.publish()
    published = time.perf_counter()
    recoveries = made.recoveries()
    ended = time.perf_counter()
    by_programs = made.by_programs() if programs else ""
    tried = time.perf_counter()
    entries = made.register.entries
    cells = sum(entry.protected.values.size for entry in entries)
    withheld = sum(int(entry.protected.withheld.sum()) for entry in entries)
    return {
        "what": "settled beside the register" if settled else "each table protected alone",
        "seed": seed,
        "reporters": reporters,
        "months": months,
        "tables": len(entries),
        "refused": len(made.refused),
        "cells": cells,
        "withheld": withheld,
        "for the register": made.more,
        "revisions": sum(entry.revises for entry in entries),
        "recoveries": recoveries,
        "by linear programs": by_programs,
        "publish s": round(published - started, 1),
        "check s": round(ended - published, 1),
        "programs s": round(tried - ended, 1) if programs else "",
    }


@dataclass
class _Region:
    seed: int
    months: int
    reporters: int
    settled: bool
    register: Register = field(default_factory=Register)
    refused: list[str] = field(default_factory=list)
    more: int = 0

    def __post_init__(self) -> None:
        chance = np.random.default_rng(self.seed)
        size = (self.reporters + 1, self.months, COUNTRIES, 2)
        level = np.exp(chance.normal(1.2, 1.6, size=(1, 1, COUNTRIES, 1))) * np.exp(chance.normal(0, 0.7, size=size))
        flow = chance.poisson(level).astype(np.int64)  # what crossed the border before each reporter, by month
        revised = (np.arange(self.reporters + 1)[:, None] % 2 == 1) & (chance.random(size[:2]) < 0.25)
        self.late: Counts = np.minimum(np.where(revised[:, :, None, None], chance.poisson(0.4, size=size), 0), flow)
        self.entries: Counts = flow - self.late
        apart = chance.integers(0, 3, size=self.reporters + 1)
        noise = chance.integers(-apart[:, None, None], apart[:, None, None] + 1, size=size[:3])
        self.exits: Counts = np.maximum(flow.sum(axis=3) + noise, 0)
        self.secret = bytes(chance.integers(0, 256, size=32, dtype=np.uint8))
        most_late = self.late.sum(axis=3).max(axis=(1, 2))
        self.mirrors = tuple(
            Mirror(f"R{i - 1}/exits", f"R{i}/entries", int(2 * apart[i] + most_late[i]))
            for i in range(1, self.reporters)
        )

    def publish(self) -> None:
        for month in range(self.months):
            for reporter in range(self.reporters):
                for table in self.tables(reporter, month):
                    self.put(table)

    def tables(self, reporter: int, month: int) -> Iterator["_Table"]:
        year, number = FIRST_YEAR + month // 12, month % 12 + 1
        now = Span(year, number, number)
        out, in_ = f"R{reporter}/exits", f"R{reporter}/entries"
        at = AT + timedelta(days=30 * month)
        yield _Table("exits", out, now, cube_of_leaves((NATIONALITY,), self.exits[reporter + 1, month]), at)
        yield _Table("entries", in_, now, _by_nationality(self.entries[reporter, month]), at)
        yield _Table("entries-by-sex", in_, now, _by_sex(self.entries[reporter, month]), at, rounded=True)
        if month >= LATE and number > LATE and self.late[reporter, month - LATE].any():
            then = month - LATE
            self.entries[reporter, then] += self.late[reporter, then]
            over = Span(year, number - LATE, number - LATE)
            yield _Table("entries", in_, over, _by_nationality(self.entries[reporter, then]), at, revises=True)
            yield _Table(
                "entries-by-sex", in_, over, _by_sex(self.entries[reporter, then]), at, rounded=True, again=True
            )
        january = month - number + 1
        for first, told in ((january, number > 1), (month - 2, number % 3 == 0 and number > 3)):
            if told:
                over = Span(year, first % 12 + 1, number)
                total = self.entries[reporter, first : month + 1].sum(axis=0)
                yield _Table("entries-to-date", in_, over, _by_nationality(total), at, rounded=True)

    def put(self, table: "_Table") -> None:
        state = self.register.state_of(table.population) + table.revises

        rolled = roll_up(table.cube, threshold=THRESHOLD, steps=() if table.rounded else (Step("nationality"),))
        probe = unrolled(table.cube.dimensions, _open(rolled.cube), rolled.recodes)

        def make(required: Mask) -> Published:
            asked = probe.shown(required)
            if table.rounded:
                made = _rounded(table, asked, self.secret)
            else:
                made = _suppressed(table, rolled.cube, asked, self.secret)
            full = unrolled(table.cube.dimensions, made, rolled.recodes)
            return Published(
                release=f"{table.population}-{table.span}-{state}",
                table=table.name,
                population=table.population,
                span=table.span,
                protected=full.protected,
                reader=full.reader,
                rules="sha256:bench",
                threshold=THRESHOLD,
                at=table.at,
                strict=not table.rounded,
                state=state,
                revises=table.revises or table.again,
            )

        required = np.zeros(probe.protected.shape, dtype=np.bool_)
        if table.revises:
            revised = Cube(probe.protected.dimensions, probe.protected.values)
            required = small_revisions(
                self.register, revised, population=table.population, over=table.span, threshold=THRESHOLD
            )
            required |= withheld_before(self.register, revised, population=table.population, over=table.span)
            required &= (revised.counts > 0) & ~probe.protected.withheld
        if not self.settled:
            self.register = Register((*self.register.entries, make(np.zeros_like(required))))
            return
        entries = self.register.entries
        try:
            done = settle(
                entries,
                make,
                required=required,
                attack=propagation.bounds,
                then=near_threshold(THRESHOLD),
                mirrors=self.mirrors,
            )
            self.register = append(self.register, [done.published])
            self.more += int((done.required & ~required).sum())
        except InvalidInput as why:
            self.refused.append(f"{why.rule} {table.name} {table.span} {table.population}")

    def recoveries(self) -> int:
        """What is found in all that was published, year by year."""
        return sum(
            len(attacked(entries, attack=propagation.bounds, mirrors=self.mirrors)[1]) for entries in self.by_year()
        )

    def by_programs(self) -> int:
        """The same by linear programs: small counts placed, and those about which they came to no end."""
        found = 0
        for entries in self.by_year():
            whole = union(entries, mirrors=self.mirrors)
            known = propagation.bounds(whole.system)
            asked = known.lower < known.upper
            asked[whole.named :] = False
            audit = linear.audit(whole.system, asked, reach=THRESHOLD, width=1)
            lower, upper = audit.bounds.lower[: whole.named], audit.bounds.upper[: whole.named]
            small = (lower >= 1) & (upper < whole.thresholds) & ((lower == upper) | whole.strict)
            found += int(small.sum()) + int(audit.undecided[: whole.named].sum())
        return found

    def by_year(self) -> list[list[Published]]:
        years = sorted({entry.span.year for entry in self.register.entries})
        return [[entry for entry in self.register.entries if entry.span.year == year] for year in years]


@dataclass(frozen=True)
class _Table:
    name: str
    population: str
    span: Span
    cube: Cube
    at: datetime
    rounded: bool = False
    revises: bool = False
    again: bool = False


def _name(table: _Table) -> str:
    return f"{cell_id(table.population, ())}|period={table.span}"


def _by_nationality(counts: Counts) -> Cube:
    return cube_of_leaves((NATIONALITY,), counts.sum(axis=1))


def _by_sex(counts: Counts) -> Cube:
    return cube_of_leaves((NATIONALITY, SEX), counts)


def _open(cube: Cube) -> ProtectedTable:
    return ProtectedTable(cube.dimensions, Method.SUPPRESS, 0, cube.counts, np.zeros(cube.shape, dtype=np.bool_))


def _suppressed(table: _Table, cube: Cube, required: Mask, secret: bytes) -> ProtectedTable:
    drawn = pattern_draw(secret, _name(table), cube.dimensions)
    withheld = suppress(cube, threshold=THRESHOLD, required=required, chance=drawn).withheld
    return ProtectedTable(cube.dimensions, Method.SUPPRESS, 0, np.where(withheld, 0, cube.counts), withheld)


def _rounded(table: _Table, required: Mask, secret: bytes) -> ProtectedTable:
    keys = aggregate_keys(secret, _name(table), table.cube)
    made = rounded(table.cube, keys, method=Method.ROUND, base=BASE, secret=secret)
    return ProtectedTable(made.dimensions, Method.ROUND, BASE, np.where(required, 0, made.values), required.copy())
