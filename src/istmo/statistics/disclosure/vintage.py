"""What leaves of a vintage whose dataset is not public at its source?

`protect_vintage` makes of the exact figures the rows that may leave, and the tables that go into the release register.
Each measure and period is a table of its own (of each set of columns that the file crosses): small nationalities are
counted together by region of origin, the rest is protected as the dataset's rules say, and the result is settled
beside everything that was published before. What cannot be made safe is refused as a whole.

| in the file | OBS_STATUS | what leaves |
|---|---|---|
| a count that may be seen | A | the count, or rounded with a note |
| a nationality too small to stand alone | K | no value: included in the row of its region |
| that row (`X_AFRICA`) | W | the count of all that it includes |
| withheld | Q | no value |

A period that was published before and now has other figures is a revision of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.observations import CODELISTS, COLUMNS, KEY, schema
from istmo.model.periods import period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.places import places
from istmo.registry.regions import name_of_row, region
from istmo.statistics.disclosure.approximation import approximated
from istmo.statistics.disclosure.attackers import propagation
from istmo.statistics.disclosure.attackers.near_threshold import near_threshold
from istmo.statistics.disclosure.coarsen import coarsen, withhold
from istmo.statistics.disclosure.cube import Cube, Mask, cell_id, cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat, hierarchy
from istmo.statistics.disclosure.keys import aggregate_keys, pattern_draw
from istmo.statistics.disclosure.notes import includes_note, join_notes, range_note, rolled_up_note, rounded_note
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.published import headline_cells, known_to_readers
from istmo.statistics.disclosure.register import PERIOD, Published, Register, append, small_revisions, withheld_before
from istmo.statistics.disclosure.roll_up import Recode, Step, roll_up
from istmo.statistics.disclosure.rounding import listed
from istmo.statistics.disclosure.rules import RULE, Rules, check_headline
from istmo.statistics.disclosure.settling import settle
from istmo.statistics.disclosure.spans import Span, span_of
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.union import Attack, Fact, Mirror
from istmo.statistics.disclosure.unrolled import Unrolled, unrolled
from istmo.statistics.disclosure.verify import verify

TOTAL = "_T"
CITIZENSHIP = "CITIZENSHIP"
TOGETHER = "X_MIXED"
DIMENSIONS = (CITIZENSHIP, "SEX", "AGE", "ACCOMPANIMENT", "BORDER", "PLACE", "COUNTERPART", "ENTRY_MODE")
WAYS = frozenset({Method.SUPPRESS, Method.ROUND, Method.ALIKE, Method.NEAREST})
_ALWAYS_LISTED = ("XXA", "_U")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds others: its code, its count, and each category in it with its count. For the releasers."""

    code: str
    count: int
    holds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A withheld cell with its count; `small`: it is one of those to be protected. For the releasers."""

    codes: tuple[tuple[str, str], ...]
    count: int
    small: bool


@dataclass(frozen=True)
class Told:
    """What was done to one table, in exact figures: only those who release it may see this."""

    measure: str
    period: str
    columns: tuple[str, ...]
    cells: int
    revises: bool
    rows: tuple[Row, ...]
    withheld: tuple[Hidden, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure,
            "period": self.period,
            "columns": list(self.columns),
            "cells": self.cells,
            "revises": self.revises,
            "rows": [
                {"code": one.code, "count": one.count, "holds": [list(held) for held in one.holds]} for one in self.rows
            ],
            "withheld": [
                {"codes": [list(code) for code in one.codes], "count": one.count, "small": one.small}
                for one in self.withheld
            ],
        }


@dataclass(frozen=True, eq=False)
class ProtectedVintage:
    """`frame` has the columns of an observation; `entries` what is new in the register; `told` is for the releasers."""

    frame: pl.DataFrame
    entries: tuple[Published, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True)
class Context:
    """What a release is made with. `secret` never leaves the node; `by` are the people who release."""

    rules: Rules
    secret: bytes
    release: str
    at: datetime
    by: tuple[str, ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    facts: tuple[Fact, ...] = ()
    attack: Attack = propagation.bounds


def population(dataset_id: str, measure: str, unit: str) -> str:
    """What a figure counts, as the register names it."""
    return f"{dataset_id}/{measure}/{unit}"


def protect_vintage(frame: pl.DataFrame, dataset: Dataset, register: Register, context: Context) -> ProtectedVintage:
    """Raises InvalidInput: a column or method that the rules do not provide for (F110), what the table says of itself
    (F112-F115), what cannot be made safe (F116, F118), what contradicts or repeats what was published (F117-F120).
    """
    _check(frame, context.rules)
    rows: list[pl.DataFrame] = [frame.filter(pl.col("OBS_VALUE").is_null())]
    entries: list[Published] = []
    told: list[Told] = []
    counted = frame.filter(pl.col("OBS_VALUE").is_not_null())
    for keys, part in sorted(counted.group_by("MEASURE", "UNIT", "PERIOD"), key=lambda one: tuple(map(str, one[0]))):
        measure, unit, over = (str(key) for key in keys)
        known = rows[0].filter(pl.col("MEASURE") == measure, pl.col("UNIT") == unit, pl.col("PERIOD") == over)
        if known.height:
            raise _refused(
                "hay celdas sin cifra en un período con cifras",
                "cells without a figure stand in a period with figures",
                over,
            )
        began = register
        for columns, table in _tables(part):
            check_headline(context.rules, columns, place=over)
            made = _Table(dataset, measure, unit, over, columns, table, context)
            entry, rolled = made.settled(register, began)
            if entry is not None:
                entries.append(entry)
                register = append(register, [entry])
            rows.append(made.rows(rolled))
            told.append(made.told(rolled, revises=entry is not None and entry.revises))
    joined = pl.concat([one.select(COLUMNS) for one in rows]).unique(KEY, keep="last", maintain_order=True)
    return ProtectedVintage(joined.sort(*KEY), tuple(entries), tuple(told))


def _check(frame: pl.DataFrame, rules: Rules) -> None:
    if rules.way not in WAYS:
        raise _refused(
            f"el método «{rules.method.value}» no se usa en una entrega",
            f"the method “{rules.method.value}” is not used in a release",
            rules.id,
        )
    named = {one.name for one in rules.dimensions}
    for column in DIMENSIONS:
        if column not in named and frame[column].cast(pl.String).n_unique() > 1:
            raise _refused(
                f"las reglas no prevén la columna {column}",
                f"the rules do not provide for the column {column}",
                rules.id,
            )


def _tables(part: pl.DataFrame) -> Iterator[tuple[tuple[str, ...], pl.DataFrame]]:
    """The tables of one measure and period: by the columns that the file crosses; margins go with the first fitting."""
    pattern = pl.concat_str(
        [pl.when(pl.col(c).cast(pl.String) == TOTAL).then(pl.lit("0")).otherwise(pl.lit("1")) for c in DIMENSIONS]
    )
    marked = part.with_columns(pattern.alias("_CROSSED"))
    crossed = sorted(
        (frozenset(_columns(p)) for p in marked["_CROSSED"].unique()), key=lambda one: (-len(one), sorted(one))
    )
    whole = [one for one in crossed if not any(one < other for other in crossed)]
    taken: set[frozenset[str]] = set()
    for columns in whole:
        mine = [one for one in crossed if one <= columns and one not in taken]
        taken.update(mine)
        patterns = [p for p in marked["_CROSSED"].unique() if frozenset(_columns(p)) in mine]
        yield (
            tuple(c for c in DIMENSIONS if c in columns),
            marked.filter(pl.col("_CROSSED").is_in(patterns)).drop("_CROSSED"),
        )


def _columns(pattern: str) -> list[str]:
    return [column for column, sign in zip(DIMENSIONS, pattern, strict=True) if sign == "1"]


@dataclass(frozen=True, eq=False)
class _Rolled:
    """A table as it leaves: `cube` has the true counts, `table` what is seen, `recodes` the leaf categories in rows."""

    cube: Cube
    table: ProtectedTable
    recodes: tuple[Recode, ...]


class _Table:
    """One table of a vintage: `counts` are the true counts, before anything is counted together."""

    def __init__(
        self,
        dataset: Dataset,
        measure: str,
        unit: str,
        over: str,
        columns: tuple[str, ...],
        rows: pl.DataFrame,
        context: Context,
    ) -> None:
        self.context, self.source = context, rows
        self.measure, self.over = measure, over
        self.name = "+".join(columns) or TOTAL
        self.columns = columns or (CITIZENSHIP,)  # a total alone is a nationality table with no nationality
        self.span: Span = span_of(period(over))
        self.population = population(dataset.id, measure, unit)
        self.rules = _rules_for(context.rules, columns)
        self.dimensions = tuple(
            _dimension(column, rows[column].cast(pl.String).unique().to_list(), dataset) for column in columns
        ) or (hierarchy(CITIZENSHIP, [(TOTAL, "")]),)
        given = rows.select(*self.columns, "OBS_VALUE").cast(dict.fromkeys(self.columns, pl.String)).rows()
        names = {i: f"{measure} {over} {' '.join(row[:-1])}" for i, row in enumerate(given)}
        self.counts = cube(self.dimensions, [(row[:-1], row[-1]) for row in given], places=names)
        self.rolled, self.recodes = self._together()

    def settled(self, register: Register, began: Register) -> tuple[Published | None, _Rolled]:
        """What is new for the register (None where all of it was published before), and the table as it leaves."""
        earlier = [
            one
            for one in register.entries
            if (one.population, one.span, one.table) == (self.population, self.span, self.name)
        ]
        if earlier:
            again, rolled = self._made(
                np.zeros(self.blank.protected.shape, dtype=np.bool_), earlier[-1].state, revises=False
            )
            if _same(again, earlier[-1]):
                return None, rolled
        state = register.state_of(self.population)
        if earlier:
            state = max(began.state_of(self.population) + 1, state)
        required = self._of_revision(register) if earlier else np.zeros(self.blank.protected.shape, dtype=np.bool_)
        done = settle(
            register.entries,
            lambda asked: self._made(asked, state, revises=bool(earlier))[0],
            required=required,
            attack=self.context.attack,
            then=near_threshold(self.rules.threshold),
            mirrors=self.context.mirrors,
            facts=self.context.facts,
        )
        return self._made(done.required, state, revises=bool(earlier))

    def _of_revision(self, register: Register) -> Mask:
        """What a revision withholds besides its small counts: what changes by a few people, and what the version before
        withheld.
        """
        shown = self.blank.protected
        changed = Cube(shown.dimensions, shown.values)
        few = small_revisions(
            register, changed, population=self.population, over=self.span, threshold=self.rules.threshold
        )
        stays = withheld_before(register, changed, population=self.population, over=self.span)
        required: Mask = (few | stays) & ~shown.withheld & (changed.counts > 0)
        return required

    @cached_property
    def blank(self) -> Unrolled:
        """The table with nothing withheld."""
        nothing = np.zeros(self.rolled.shape, dtype=np.bool_)
        return unrolled(
            self.dimensions,
            ProtectedTable(self.rolled.dimensions, Method.SUPPRESS, 0, self.rolled.counts, nothing),
            self.recodes,
        )

    def rows(self, made: _Rolled) -> pl.DataFrame:
        """The rows that leave."""
        table = made.table
        shown = listed(table, self.rules.zeros).reshape(-1)
        codes = [made.cube.codes_of(int(i)) for i in np.flatnonzero(shown)]
        values, hidden = table.values.reshape(-1)[shown].tolist(), table.withheld.reshape(-1)[shown].tolist()
        held = _held_by(made.recodes)
        notes = self._notes(made)[shown.nonzero()[0]]
        found = []
        for at, value, withheld, note in zip(codes, values, hidden, notes, strict=True):
            row = dict(zip(self.columns, at, strict=True))
            holds = len(held.get(row.get(CITIZENSHIP, ""), ()))
            if withheld or note.startswith("RANGE"):
                found.append({**row, "OBS_VALUE": None, "OBS_STATUS": "Q", "NOTE": note if not withheld else ""})
            elif holds:
                found.append(
                    {**row, "OBS_VALUE": value, "OBS_STATUS": "W", "NOTE": join_notes(includes_note(holds), note)}
                )
            else:
                found.append({**row, "OBS_VALUE": value, "OBS_STATUS": "A", "NOTE": note})
        for one in made.recodes:
            row = dict.fromkeys(self.columns, TOTAL) | {CITIZENSHIP: one.code}
            name = name_of_row(one.into)
            found.append({**row, "OBS_VALUE": None, "OBS_STATUS": "K", "NOTE": rolled_up_note(one.into, name)})
        types = {
            **dict.fromkeys(self.columns, pl.String()),
            "OBS_VALUE": pl.Int64(),
            "OBS_STATUS": pl.String(),
            "NOTE": pl.String(),
        }
        made_rows = pl.DataFrame(found, schema=types)
        head = self.source.row(0, named=True)
        rest = [c for c in COLUMNS if c not in made_rows.columns]
        told = [pl.lit(TOTAL if c in DIMENSIONS else head[c]).alias(c) for c in rest]
        return made_rows.with_columns(told).select(COLUMNS).cast(schema())

    def told(self, made: _Rolled, *, revises: bool) -> Told:
        leaf = dict(zip((d.name for d in self.dimensions), self.dimensions, strict=True))
        counts = self.counts.counts
        alone = {}
        if made.recodes:
            axis = self.columns.index(CITIZENSHIP)
            totals = counts[tuple(slice(None) if a == axis else 0 for a in range(counts.ndim))]
            alone = {code: int(n) for code, n in zip(leaf[CITIZENSHIP].codes, totals, strict=True)}
        rows = tuple(
            Row(code, sum(alone[c] for c in holds), tuple((c, alone[c]) for c in holds if alone[c]))
            for code, holds in _held_by(made.recodes).items()
        )
        true = made.cube.counts.reshape(-1)
        withheld = tuple(
            Hidden(
                tuple(zip(self.columns, made.cube.codes_of(int(flat)), strict=True)),
                int(true[flat]),
                0 < int(true[flat]) < self.rules.threshold,
            )
            for flat in np.flatnonzero(made.table.withheld)
        )
        return Told(self.measure, self.over, self.columns, made.table.values.size, revises, rows, withheld)

    def _together(self) -> tuple[Cube, tuple[Recode, ...]]:
        """Small nationalities in the row of their region, or of several; no region has a total of its own."""
        if CITIZENSHIP not in self.rules.roll_up:
            return self.counts, ()
        axis = self.columns.index(CITIZENSHIP)
        dimension = self.dimensions[axis]
        by_region = hierarchy(CITIZENSHIP, _by_region(dimension))
        leaves = np.moveaxis(self.counts.leaf_counts, axis, 0)
        order = [dimension.leaves.index(dimension.position[by_region.codes[leaf]]) for leaf in by_region.leaves]
        nested = tuple(by_region if a == axis else d for a, d in enumerate(self.dimensions))
        whole = cube_of_leaves(nested, np.moveaxis(leaves[order], 0, axis))
        rolled = roll_up(whole, threshold=self.rules.threshold, steps=[Step(CITIZENSHIP)], other=_row_of)
        recodes = tuple(
            Recode(CITIZENSHIP, one.code, _row_of(one.into), TOTAL)
            for one in rolled.recodes
            if one.code in dimension.position
        )
        coarse = rolled.cube.dimensions[axis]
        shown = flat(CITIZENSHIP, [_row_of(coarse.codes[leaf]) for leaf in coarse.leaves], total=TOTAL)
        counts = np.moveaxis(rolled.cube.leaf_counts, axis, 0)
        order = [[_row_of(coarse.codes[i]) for i in coarse.leaves].index(shown.codes[leaf]) for leaf in shown.leaves]
        dimensions = tuple(shown if a == axis else d for a, d in enumerate(self.dimensions))
        return cube_of_leaves(dimensions, np.moveaxis(counts[order], 0, axis)), recodes

    def _made(self, asked: Mask, state: int, *, revises: bool) -> tuple[Published, _Rolled]:
        table = self._protected(self.blank.shown(asked))
        reader = known_to_readers(table, self.rules)
        full = unrolled(self.dimensions, table, self.recodes, read=reader)
        entry = Published(
            release=self.context.release,
            table=self.name,
            population=self.population,
            span=self.span,
            protected=full.protected,
            rules=self.context.rules.digest,
            threshold=self.rules.threshold,
            at=self.context.at,
            strict=table.method is Method.SUPPRESS,
            state=state,
            revises=revises,
            by=self.context.by,
            reader=full.reader,
        )
        return entry, _Rolled(self.rolled, table, self.recodes)

    def _protected(self, asked: Mask) -> ProtectedTable:
        counts, rules, secret = self.rolled, self.rules, self.context.secret
        name = f"{cell_id(self.population, ())}|{PERIOD}={self.span}"
        if rules.method is Method.SUPPRESS:
            drawn = pattern_draw(secret, name, counts.dimensions)
            found = suppress(counts, threshold=rules.threshold, required=asked, chance=drawn)
            if verify(counts, found, rules.threshold):
                raise InvalidInput(
                    Text(
                        es="La protección de la tabla no se pudo demostrar: no se publica nada.",
                        en="The protection of the table could not be proved: nothing is published.",
                    ),
                    place=f"{self.population} {self.over}",
                    rule="F116",
                )
            values = np.where(found.withheld, 0, counts.counts)
            return ProtectedTable(counts.dimensions, Method.SUPPRESS, 0, values, found.withheld)
        keys = aggregate_keys(secret, name, counts)
        safe = coarsen(
            counts,
            approximated(counts, rules, keys, secret=secret),
            keys,
            secret=secret,
            threshold=rules.threshold,
            knowledge=lambda made: known_to_readers(made, rules),
        )
        return withhold(safe.table, asked)

    def _notes(self, made: _Rolled) -> Any:
        """The note of each cell, flat; what may be an exact total or a rounded one says that it is rounded."""
        table = made.table
        notes = np.full(table.values.size, "", dtype=object)
        if table.method is Method.SUPPRESS:
            return notes
        values = table.values.reshape(-1)
        method = "round" if table.method is Method.ALIKE else table.method.value
        notes[:] = rounded_note(table.spread, method)
        if table.method is Method.ALIKE:
            notes[values == 0] = range_note(0, table.spread - 1)
        exact = headline_cells(table.dimensions, self.rules).reshape(-1) & (values > table.spread)
        notes[exact] = ""
        return notes


def _rules_for(rules: Rules, columns: tuple[str, ...]) -> Rules:
    """The rules of one table: without the columns that it lacks, and without the period, which is the table's own."""
    used = frozenset(columns)
    return replace(
        rules,
        dimensions=tuple(one for one in rules.dimensions if one.name in used),
        headline=tuple(dict.fromkeys(table & used for table in rules.headline)) if rules.method is Method.ROUND else (),
        roll_up=tuple(name for name in rules.roll_up if name in used),
    )


def _dimension(column: str, used: Sequence[str], dataset: Dataset) -> Hierarchy:
    """The codes that a table lists, whoever is in it this month: a row more or less would tell something.

    Ages stand below the groups that the code list gives them; every other column has one level.
    """
    here = set(used) - {TOTAL}
    if column == "AGE":
        return hierarchy(column, _ages(here))
    return flat(column, sorted(here | _always(column, dataset)), total=TOTAL)


def _always(column: str, dataset: Dataset) -> set[str]:
    if column == "PLACE":
        return {one.id for one in places().values() if one.member == dataset.reporter}
    known = codelist(CODELISTS[column])
    if column == CITIZENSHIP:
        if dataset.nationality_list == "fixed":
            return set(dataset.nationality_codes)
        return {code.id for code in known if code.attributes["kind"] == "country"} | set(_ALWAYS_LISTED)
    if column in ("BORDER", "COUNTERPART"):
        return set()
    return set(known.ids) - {TOTAL}


def _ages(used: Iterable[str]) -> list[tuple[str, str]]:
    known = codelist("age_group")
    held: dict[str, str] = {}
    for code in sorted(used):
        while code != TOTAL and code not in held:
            held[code] = known[code].parent or TOTAL
            code = held[code]
    return [(TOTAL, ""), *sorted(held.items())]


def _by_region(dimension: Hierarchy) -> list[tuple[str, str]]:
    """Nationalities below their region of origin, where it has a row to hold them."""
    together = codelist("citizenship")
    codes = [dimension.codes[leaf] for leaf in dimension.leaves]
    above = {code: region(code) if f"X_{region(code)}" in together else TOTAL for code in codes}
    regions = sorted({one for one in above.values() if one not in (TOTAL, "MIXED")})
    parents = {code: one if one in regions else TOTAL for code, one in above.items()}
    return [(TOTAL, ""), *((one, TOTAL) for one in regions), *sorted(parents.items())]


def _row_of(code: str) -> str:
    """The row that holds the small ones below a total; a code of the list that is no region stays what it is."""
    if code == TOTAL:
        return TOGETHER
    return f"X_{code}" if code not in codelist("citizenship") else code


def _held_by(recodes: Iterable[Recode]) -> Mapping[str, tuple[str, ...]]:
    """By row: the categories in it."""
    held: dict[str, list[str]] = {}
    for one in recodes:
        held.setdefault(one.into, []).append(one.code)
    return {row: tuple(codes) for row, codes in held.items()}


def _same(one: Published, other: Published) -> bool:
    mine, theirs = one.protected, other.protected
    return (
        mine.dimensions == theirs.dimensions
        and (mine.method, mine.spread) == (theirs.method, theirs.spread)
        and bool(np.array_equal(mine.withheld, theirs.withheld))
        and bool(np.array_equal(mine.values, theirs.values))
    )


def _refused(es: str, en: str, place: str) -> InvalidInput:
    return InvalidInput(
        Text(es=f"La entrega no se puede proteger: {es}.", en=f"The release cannot be protected: {en}."),
        place=place,
        rule=RULE,
    )
