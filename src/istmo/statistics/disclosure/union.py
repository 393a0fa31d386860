"""What does anybody know who has read everything that was published, here and at the neighbours?

`union` puts all published tables into one `System`, with one variable a canonical cell: the same count in two tables,
or published again, is one unknown. The equations are those of each table's hierarchies and those of time. Time has
one variable more a cell: the count from January to each month where some published span ends. A span is the
difference of two of these, so a month follows from two years to date, a quarter from its months, and a year from its
quarters; the runs between these ends are cells too, although nobody published them. A revision makes new variables of
the months that it touches, and only of those.

Beside it enter what others publish of the same events: mirrored cells (A's exits to B are B's entries from A, equal
within a tolerance; only between reporters at comparability 3) and external facts (`read_facts`).

    findings = check_union(union([*register.entries, draft], mirrors=mirrors, facts=facts), attack=propagation.bounds)
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.statistics.disclosure.cube import GREATEST, Counts, Mask, cell_id
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.register import PERIOD, STATE, Published, revisions_of, state_in_force
from istmo.statistics.disclosure.spans import Span, span
from istmo.statistics.disclosure.system import UNBOUNDED, Bounds, System, equations_of
from istmo.statistics.disclosure.tables import whole_number
from istmo.statistics.disclosure.unrolled import flattened

COMPARABLE = 3
FACT_COLUMNS = ("population", "period", "cell", "value", "source", "date")

Attack = Callable[[System], Bounds]
Coordinates = str  # a `cell_id` without months: population and codes


@dataclass(frozen=True, slots=True)
class Mirror:
    """Two populations that count the same events; their most detailed cells differ by at most `tolerance`, and a total
    by that much for each cell in it.

    `spans`: only in these months; None in all.
    """

    left: str
    right: str
    tolerance: int
    spans: frozenset[Span] | None = None

    @classmethod
    def at(cls, comparability: int, left: str, right: str, tolerance: int) -> tuple["Mirror", ...]:
        """The mirror of two reporters; none where they are not comparable, since then nothing follows."""
        return (cls(left, right, tolerance),) if comparability >= COMPARABLE else ()

    def joins(self, population: str) -> bool:
        return population in (self.left, self.right)

    def in_(self, over: Span) -> bool:
        return self.spans is None or over in self.spans


@dataclass(frozen=True, slots=True)
class Fact:
    """An exact total that somebody else publishes: `cell` is `nationality=HTI|sex=F`, empty for the grand total."""

    population: str
    span: Span
    cell: str
    value: int
    source: str
    on: date

    @property
    def coordinates(self) -> Coordinates:
        parts = [part for part in self.cell.split("|") if part]
        return "|".join([cell_id(self.population, ()), *sorted(parts)])


class Kind(StrEnum):
    """`EXACT`: a cell of 1 to T - 1 is known to the person. `SMALL`: it is proved to lie there. `REVISED`: it is known
    that a revision added or took away 1 to T - 1.
    """

    EXACT = "exact"
    SMALL = "small"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an attacker works out: `cell` with its months, the least and the greatest count. It is for the releasers."""

    kind: Kind
    cell: str
    lower: int
    upper: int
    variable: int


@dataclass(frozen=True, eq=False)
class Union:
    """`cells[i]`: the variables of the cells of the i-th table, in C order. After the last named variable come those
    of the tolerances, which are no cells.
    """

    system: System
    tables: tuple[Published, ...]
    cells: tuple[NDArray[np.int64], ...]
    thresholds: Counts
    strict: Mask
    fixed_by_facts: Mask
    revised: tuple[tuple[int, int], ...]
    _coordinates: tuple[Coordinates, ...]
    _moments: tuple[tuple[Span, int], ...]
    _keys: NDArray[np.int64]

    @property
    def named(self) -> int:
        return len(self._keys)

    def name_of(self, variable: int) -> str:
        coordinate, moment = divmod(int(self._keys[variable]), len(self._moments))
        over, state = self._moments[moment]
        return f"{self._coordinates[coordinate]}|{PERIOD}={over}" + (f"|{STATE}={state}" if state else "")

    @cached_property
    def equations_by_cell(self) -> sparse.csr_array:
        return sparse.csr_array(self.system.equations.T)


def union(tables: Sequence[Published], *, mirrors: Iterable[Mirror] = (), facts: Iterable[Fact] = ()) -> Union:
    """Everything in one system. Raises InvalidInput: a fact about no published cell (F122) or against one (F119)."""
    return _Builder(tables).built(tuple(mirrors), tuple(facts))


def check_union(union: Union, *, attack: Attack) -> tuple[Finding, ...]:
    """What the attacker finds, in canonical order; nothing of what an external fact says by itself."""
    found = attack(union.system)
    lower, upper = found.lower[: union.named], found.upper[: union.named]
    small = (lower >= 1) & (upper < union.thresholds) & ~union.fixed_by_facts
    hits = np.flatnonzero(small & ((lower == upper) | union.strict))
    findings = [
        Finding(
            Kind.EXACT if lower[i] == upper[i] else Kind.SMALL, union.name_of(i), int(lower[i]), int(upper[i]), int(i)
        )
        for i in hits.tolist()
    ]
    for before, after in union.revised:
        least, greatest = int(lower[after] - upper[before]), int(upper[after] - lower[before])
        if least == greatest and 0 < abs(least) < union.thresholds[after]:
            findings.append(Finding(Kind.REVISED, union.name_of(after), least, greatest, after))
    return tuple(sorted(findings, key=lambda one: (one.cell, one.kind)))


def attacked(
    tables: Sequence[Published], *, attack: Attack, mirrors: Iterable[Mirror] = (), facts: Iterable[Fact] = ()
) -> tuple[Union, tuple[Finding, ...]]:
    """The union and what is found in it. A mirror that does not hold in some months says nothing there and is left."""
    mirrors, facts = tuple(mirrors), tuple(facts)
    whole = union(tables, mirrors=mirrors, facts=facts)
    try:
        return whole, check_union(whole, attack=attack)
    except InvalidInput:
        holding = tuple(one for one in _by_span(tables, mirrors) if _holds(tables, one, attack))
    if not holding:
        whole = union(tables, facts=facts)
        return whole, check_union(whole, attack=attack)
    return attacked(tables, attack=attack, mirrors=holding, facts=facts)


def _by_span(tables: Sequence[Published], mirrors: Iterable[Mirror]) -> Iterator[Mirror]:
    for mirror in mirrors:
        if mirror.spans is None or len(mirror.spans) > 1:
            for over in sorted({table.span for table in tables if mirror.in_(table.span)}):
                yield replace(mirror, spans=frozenset({over}))


def _holds(tables: Sequence[Published], mirror: Mirror, attack: Attack) -> bool:
    sides = [table for table in tables if table.population in (mirror.left, mirror.right) and mirror.in_(table.span)]
    try:
        attack(union(sides, mirrors=[mirror]).system)
    except InvalidInput:
        return False
    return True


class _Builder:
    """Numbers the cells: a key is coordinate * moments + moment, a moment is months with the state in force."""

    def __init__(self, tables: Sequence[Published]) -> None:
        self.tables = tuple(tables)
        self.revisions = revisions_of(tables)
        self.coordinates: dict[Coordinates, int] = {}
        self.of_cube: dict[tuple[str, tuple[Hierarchy, ...]], NDArray[np.int64]] = {}
        self.moments: dict[tuple[Span, int], int] = {}
        for table in self.tables:
            self.coordinates_of(table.population, table.protected.dimensions)
            self.coordinates_of(table.population, _flattened(table))
            self.moment(table.population, table.span, table.state)
        self.times = [one for population in self.populations() for one in self.times_of(population)]

    def populations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(table.population for table in self.tables))

    def coordinates_of(self, population: str, dimensions: tuple[Hierarchy, ...]) -> NDArray[np.int64]:
        """The coordinate of each cell of a table, in C order."""
        key = (population, dimensions)
        if key not in self.of_cube:
            made = names_of(population, dimensions)
            self.of_cube[key] = np.array(
                [self.coordinates.setdefault(name, len(self.coordinates)) for name in made], dtype=np.int64
            )
        return self.of_cube[key]

    def moment(self, population: str, over: Span, state: int) -> int:
        in_force = state_in_force(self.revisions.get(population, ()), over, state)
        return self.moments.setdefault((over, in_force), len(self.moments))

    def times_of(self, population: str) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
        """The equations of time of a population, as (moment, factor): the same for each of its cells."""
        equations: dict[tuple[tuple[int, int], ...], None] = {}
        states = sorted({0, *(state for state, _ in self.revisions.get(population, ()))})
        published = sorted({table.span for table in self.tables if table.population == population})
        for year in sorted({one.year for one in published}):
            spans = [one for one in published if one.year == year]
            if all(one.first == one.last for one in spans):
                continue
            for state in states:
                for terms in _times_of_year(year, spans):
                    made = tuple((self.moment(population, over, state), factor) for over, factor in terms)
                    equations[tuple(sorted(made))] = None
        return [(population, terms) for terms in equations]

    def built(self, mirrors: tuple[Mirror, ...], facts: tuple[Fact, ...]) -> Union:
        width = len(self.moments)
        of_population = {
            population: np.unique(
                np.concatenate([held for (owner, _), held in self.of_cube.items() if owner == population])
            )
            for population in self.populations()
        }
        used: dict[str, set[int]] = {population: set() for population in of_population}
        for table in self.tables:
            used[table.population].add(self.moment(table.population, table.span, table.state))
        for population, terms in self.times:
            used[population].update(moment for moment, _ in terms)
        keys = np.unique(
            np.concatenate(
                [np.zeros(0, dtype=np.int64)]
                + [
                    (held[:, None] * width + np.array(sorted(used[p]))[None, :]).reshape(-1)
                    for p, held in of_population.items()
                ]
            )
        )
        rows = _Rows(keys)
        cells: list[NDArray[np.int64]] = []
        lower = np.zeros(len(keys), dtype=np.int64)
        upper = np.full(len(keys), UNBOUNDED, dtype=np.int64)
        thresholds = np.zeros(len(keys), dtype=np.int64)
        strict = np.zeros(len(keys), dtype=np.bool_)
        for table in self.tables:
            coordinates = self.coordinates_of(table.population, table.protected.dimensions)
            at = rows.find(coordinates * width + self.moment(table.population, table.span, table.state))
            cells.append(at)
            least, greatest = table.bounds
            lower[at] = np.maximum(lower[at], least)
            upper[at] = np.minimum(upper[at], greatest)
            for moment in used[table.population]:
                everywhere = rows.find(coordinates * width + moment)
                thresholds[everywhere] = np.maximum(thresholds[everywhere], table.threshold)
                strict[everywhere] |= table.strict
        self._hierarchies(rows, used, width)
        for population, terms in self.times:
            held = of_population[population]
            rows.each([(rows.find(held * width + moment), factor) for moment, factor in terms])
        fixed = self._fix(facts, rows, width, lower, upper)
        slack_lower, slack_upper = self._mirror(mirrors, rows, of_population, used, width, lower, upper)
        system = System(
            rows.made(len(keys) + len(slack_lower)),
            np.concatenate([lower, np.array(slack_lower, dtype=np.int64)]),
            np.concatenate([upper, np.array(slack_upper, dtype=np.int64)]),
        )
        return Union(
            system,
            self.tables,
            tuple(cells),
            thresholds,
            strict,
            fixed,
            self._revised(rows, width),
            tuple(self.coordinates),
            tuple(self.moments),
            keys,
        )

    def _hierarchies(self, rows: "_Rows", used: Mapping[str, set[int]], width: int) -> None:
        """The equations of each table where it was published; at other months of its year those that all tables of
        the population share: a total that has other parts in another month is not the sum of these there.
        """
        spans = [over for over, _ in self.moments]
        printed: dict[tuple[str, tuple[Hierarchy, ...]], set[int]] = {}
        common: dict[tuple[str, tuple[Hierarchy, ...]], set[int]] = {}
        for table in self.tables:
            moment = self.moment(table.population, table.span, table.state)
            own, flat = table.protected.dimensions, _flattened(table)
            printed.setdefault((table.population, own), set()).add(moment)
            common.setdefault((table.population, flat), set()).add(moment)
        for (population, dimensions), moments in printed.items():
            coordinates, template = self.of_cube[population, dimensions], equations_of(dimensions)
            for moment in sorted(moments):
                rows.table(template, rows.find(coordinates * width + moment))
        parts = self._parts()
        for (population, dimensions), moments in common.items():
            coordinates, template = self.of_cube[population, dimensions], equations_of(dimensions)
            done = printed.get((population, dimensions), set())
            for year in sorted({spans[moment].year for moment in moments}):
                shared = template[_shared_rows(dimensions, [parts[population, year, d.name] for d in dimensions])]
                for moment in sorted(m for m in used[population] - done if spans[m].year == year):
                    rows.table(shared, rows.find(coordinates * width + moment))

    def _parts(self) -> dict[tuple[str, int, str], dict[str, set[frozenset[str]]]]:
        """By population, year and dimension: what each total is the sum of, in all tables."""
        made: dict[tuple[str, int, str], dict[str, set[frozenset[str]]]] = {}
        for table in self.tables:
            for d in _flattened(table):
                held = made.setdefault((table.population, table.span.year, d.name), {})
                for node, children in enumerate(d.children):
                    if children:
                        name = d.codes[node] if node else ""
                        held.setdefault(name, set()).add(frozenset(d.codes[child] for child in children))
        return made

    def _fix(self, facts: tuple[Fact, ...], rows: "_Rows", width: int, lower: Counts, upper: Counts) -> Mask:
        fixed = np.zeros(len(rows.keys), dtype=np.bool_)
        for fact in facts:
            coordinate = self.coordinates.get(fact.coordinates)
            last = max((state for state, _ in self.revisions.get(fact.population, ())), default=0)
            in_force = state_in_force(self.revisions.get(fact.population, ()), fact.span, last)
            moment = self.moments.get((fact.span, in_force))
            if coordinate is None or moment is None or not rows.holds(coordinate * width + moment):
                raise _fact(
                    fact,
                    "no es de ninguna celda de las tablas: dé su población, su período y sus códigos",
                    "is of no cell of the tables: give its population, period and codes",
                    "F122",
                )
            at = rows.position(coordinate * width + moment)
            if not lower[at] <= fact.value <= upper[at]:
                raise _fact(fact, "no cabe en lo que ya se publicó", "does not fit what is published already", "F119")
            fixed[at] = lower[at] != upper[at]
            lower[at] = upper[at] = fact.value
        return fixed

    def _mirror(
        self,
        mirrors: tuple[Mirror, ...],
        rows: "_Rows",
        of_population: Mapping[str, NDArray[np.int64]],
        used: Mapping[str, set[int]],
        width: int,
        lower: Counts,
        upper: Counts,
    ) -> tuple[list[int], list[int]]:
        """Cells of two mirrored populations: left - right - tolerance = 0. What is known to differ by more is left."""
        slack_lower: list[int] = []
        slack_upper: list[int] = []
        names = list(self.coordinates)
        parts = self._sizes()
        for mirror in mirrors:
            if mirror.left not in of_population or mirror.right not in of_population:
                continue
            moments = [self._last_moments(population, used) for population in (mirror.left, mirror.right)]
            shared = sorted(over for over in moments[0].keys() & moments[1].keys() if mirror.in_(over))
            other = {_codes(names[c]): int(c) for c in of_population[mirror.right]}
            pairs = [(int(c), other[codes]) for c in of_population[mirror.left] if (codes := _codes(names[c])) in other]
            for over in shared:
                for left, right in pairs:
                    a = rows.position(left * width + moments[0][over])
                    b = rows.position(right * width + moments[1][over])
                    apart = mirror.tolerance * max(parts[left], parts[right])
                    if lower[a] - apart > upper[b] or lower[b] - apart > upper[a]:
                        continue
                    slack = len(rows.keys) + len(slack_lower)
                    slack_lower.append(-apart)
                    slack_upper.append(apart)
                    rows.one([(a, 1), (b, -1), (slack, -1)])
        return slack_lower, slack_upper

    def _sizes(self) -> Counts:
        """Of how many most detailed cells each coordinate is the sum, in the finest table that has it."""
        sizes = np.ones(len(self.coordinates), dtype=np.int64)
        for (_, dimensions), coordinates in self.of_cube.items():
            below = np.ones((1,) * len(dimensions), dtype=np.int64)
            for axis, d in enumerate(dimensions):
                leaves = np.array(d.last_leaf, dtype=np.int64) - np.array(d.first_leaf, dtype=np.int64)
                below = below * leaves.reshape([-1 if a == axis else 1 for a in range(len(dimensions))])
            sizes[coordinates] = np.maximum(sizes[coordinates], below.reshape(-1))
        return sizes

    def _last_moments(self, population: str, used: Mapping[str, set[int]]) -> dict[Span, int]:
        """Of each months of a population the moment of the last state."""
        last: dict[Span, int] = {}
        state_of: dict[Span, int] = {}
        for (over, state), moment in self.moments.items():
            if moment in used[population] and state >= state_of.get(over, 0):
                last[over], state_of[over] = moment, state
        return last

    def _revised(self, rows: "_Rows", width: int) -> tuple[tuple[int, int], ...]:
        """Pairs of the same cell before and after a revision, where it was printed exactly before."""
        pairs: dict[tuple[int, int], None] = {}
        for table in self.tables:
            printed = self.coordinates_of(table.population, table.protected.dimensions)[table.exact]
            before = self.moment(table.population, table.span, table.state)
            for state, months in self.revisions.get(table.population, ()):
                after = self.moment(table.population, table.span, state)
                if state > table.state and months.overlaps(table.span) and after != before:
                    for coordinate in printed.tolist():
                        one, other = (
                            rows.position(coordinate * width + before),
                            rows.position(coordinate * width + after),
                        )
                        pairs[(one, other)] = None
        return tuple(pairs)


def _flattened(table: Published) -> tuple[Hierarchy, ...]:
    return tuple(flattened(d) for d in table.protected.dimensions)


def _shared_rows(
    dimensions: tuple[Hierarchy, ...], parts: Sequence[Mapping[str, set[frozenset[str]]]]
) -> NDArray[np.intp]:
    """The rows of `equations_of(dimensions)` whose total has the same parts in all tables."""
    cells = int(np.prod([len(d.codes) for d in dimensions]))
    kept: list[NDArray[np.bool_]] = []
    for dimension, of_total in zip(dimensions, parts, strict=True):
        width = cells // len(dimension.codes)
        kept.extend(
            np.full(width, len(of_total[dimension.codes[node] if node else ""]) == 1)
            for node, children in enumerate(dimension.children)
            if children
        )
    return np.flatnonzero(np.concatenate(kept) if kept else np.zeros(0, dtype=np.bool_))


class _Rows:
    """Equations in the making, over the variables of sorted `keys`."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.keys = keys
        self.count = 0
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.keys, keys).astype(np.int64)

    def position(self, key: int) -> int:
        return int(np.searchsorted(self.keys, key))

    def holds(self, key: int) -> bool:
        at = self.position(key)
        return at < len(self.keys) and int(self.keys[at]) == key

    def table(self, template: sparse.csr_array, variables: NDArray[np.int64]) -> None:
        entries = template.tocoo()
        self._add(
            entries.row.astype(np.int64), variables[entries.col], entries.data.astype(np.int64), template.shape[0]
        )

    def each(self, terms: Sequence[tuple[NDArray[np.int64], int]]) -> None:
        """One equation for each place of the arrays."""
        size = len(terms[0][0])
        for variables, factor in terms:
            self._add(np.arange(size), variables, np.full(size, factor, dtype=np.int64), 0)
        self.count += size

    def one(self, terms: Sequence[tuple[int, int]]) -> None:
        variables, factors = (np.array(part, dtype=np.int64) for part in zip(*terms, strict=True))
        self._add(np.zeros(len(terms), dtype=np.int64), variables, factors, 1)

    def made(self, size: int) -> sparse.csr_array:
        if not self._parts:
            return sparse.csr_array((0, size), dtype=np.int64)
        rows, columns, values = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return sparse.coo_array((values, (rows, columns)), shape=(self.count, size)).tocsr()

    def _add(self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.int64], made: int) -> None:
        self._parts.append((rows + self.count, columns, values))
        self.count += made


def _times_of_year(year: int, spans: Sequence[Span]) -> list[list[tuple[Span, int]]]:
    """The equations of time among the spans of a year: by the counts from January on, and by the runs between ends."""
    ends = sorted({one.first - 1 for one in spans} | {one.last for one in spans} | {0})
    runs = [Span(year, before + 1, end) for before, end in pairwise(ends)]
    equations = []
    for one in dict.fromkeys([*spans, *runs]):
        if one.first > 1:
            equations.append([(one, 1), (Span(year, 1, one.last), -1), (Span(year, 1, one.first - 1), 1)])
        inside = [run for run in runs if one.first <= run.first and run.last <= one.last]
        if len(inside) > 1:
            equations.append([(one, 1), *((run, -1) for run in inside)])
    return equations


def names_of(population: str, dimensions: tuple[Hierarchy, ...]) -> list[Coordinates]:
    """The name of each cell in C order, without months."""
    shape = tuple(len(d.codes) for d in dimensions)
    return [
        cell_id(population, ((d, d.codes[i]) for d, i in zip(dimensions, at, strict=True))) for at in np.ndindex(*shape)
    ]


def _codes(name: Coordinates) -> str:
    """The codes of a coordinate, without its population."""
    return name.partition("|")[2]


def read_facts(raw: bytes, *, place: str) -> tuple[Fact, ...]:
    """Exact totals of a CSV file with the columns of FACT_COLUMNS. Raises InvalidInput (F122) with the line."""
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    if not rows or tuple(rows[0]) != FACT_COLUMNS:
        told = ", ".join(FACT_COLUMNS)
        raise InvalidInput(
            Text(es=f"Las columnas son {told}.", en=f"The columns are {told}."), place=place, rule="F122"
        )
    facts = []
    for number, row in enumerate(rows[1:], start=2):
        try:
            population, over, cell, value, source, on = row
            count = whole_number(value.strip())
            if count is None or count > GREATEST or not source:
                raise ValueError
            facts.append(Fact(population, span(over), cell, count, source, date.fromisoformat(on)))
        except (ValueError, InvalidInput):
            raise InvalidInput(
                Text(
                    es="No es un total con su período, su valor entero, su fuente y su fecha.",
                    en="It is no total with its period, whole value, source and date.",
                ),
                place=f"{place}, {number}",
                rule="F122",
            ) from None
    return tuple(facts)


def _fact(fact: Fact, es: str, en: str, rule: str) -> InvalidInput:
    return InvalidInput(
        Text(es=f"El total publicado por otros {es}.", en=f"The total that others publish {en}."),
        place=f"{fact.source}, {fact.population}, {fact.span}, {fact.cell}",
        rule=rule,
    )
