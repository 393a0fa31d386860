"""What does one load hold, series by series, and what is in force of several loads?

A vintage is never changed (ADR 0004): what `read_lines` makes of one can be kept for as long as there is memory, and a
period is taken whole from the load that is in force for it (`in_force`). Only datasets whose cells are public at their
source are read (ADR 0008); deaths are kept by country and month alone, since by nationality a cell would point at
people.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any

import polars as pl

from istmo.model.codes import codelist
from istmo.model.periods import Period, period
from istmo.registry.datasets import Dataset, is_organisation
from istmo.registry.regions import regions
from istmo.statistics.brief.material import Demographic, nationality_figure, without_rows
from istmo.statistics.comparability import Figure, Series, taken_together
from istmo.statistics.disclosure.notes import read_note, rounding_of
from istmo.statistics.explore.origins import ALL, CATEGORIES, GROUPS, REGIONS, regions_of
from istmo.statistics.margins import margin, note_is_sum
from istmo.statistics.selection import of_corridor_border, with_dataset_id

# Never by nationality here: the cell of one incident would point at people, and at their family.
DEATHS = frozenset({"DEATH", "MISSING", "DEATH_MISS"})


@dataclass(frozen=True, slots=True)
class Load:
    """Which load a period comes from."""

    vintage: str
    source_hash: str
    profile: str


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A series of figures that are never added to those of another: a measure of one dataset in one unit.

    An organisation's figures are about a country (`about`) by a channel (`channel`: authority and instance, route).
    """

    series: Series
    unit: str
    about: str = ALL
    channel: str = ALL
    nationality_status: str = "AS_RECORDED"

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same line; a dataset is known by its id."""
        series = (self.series.dataset.id, self.series.measure)
        return (*series, self.unit, self.about, self.channel, self.nationality_status)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def reporter(self) -> str:
        return self.series.reporter

    @property
    def measure(self) -> str:
        return self.series.measure

    @property
    def dataset(self) -> Dataset:
        return self.series.dataset


@dataclass(frozen=True, eq=False)
class Held:
    """The figures of one line; the periods are months, and years where the source published a year.

    `regions` holds the sums by region of the rows that the source printed; `summed` the periods whose total was added
    up here and not declared; `ever` the regions of every nationality printed in any period.
    """

    line: Line
    totals: Mapping[Period, Figure]
    nationalities: Mapping[Period, Mapping[str, Figure]] = field(default_factory=dict)
    regions: Mapping[Period, Mapping[str, Figure]] = field(default_factory=dict)
    demographics: Mapping[Period, Mapping[Demographic, Figure]] = field(default_factory=dict)
    loads: Mapping[Period, Load] = field(default_factory=dict)
    summed: frozenset[Period] = frozenset()
    ever: frozenset[str] = frozenset()

    @property
    def series(self) -> Series:
        return self.line.series

    @property
    def by_nationality(self) -> bool:
        return bool(self.nationalities)

    def total(self, at: Period) -> Figure:
        """The total; a period that is not held is O, not reported."""
        return self.totals.get(at) or Figure(self.series, None, "O")

    def figure(self, origin: str, at: Period) -> Figure:
        """The figure of a nationality, a region or a group of regions, with the reason where it has none."""
        if origin == ALL:
            return self.total(at)
        if origin in REGIONS or origin in GROUPS:
            return self._region(origin, at)
        printed = self.nationalities.get(at, {})
        if origin in printed:
            return printed[origin]
        return nationality_figure(self.series, _around(printed, origin), origin, total=self.total(at))

    def _region(self, code: str, at: Period) -> Figure:
        if not self.nationalities.get(at):
            return without_rows(self.series, self.total(at))
        of_regions = self.regions[at]
        parts = [of_regions[one] for one in (regions_of(code) if code in GROUPS else (code,)) if one in of_regions]
        if parts:
            return taken_together(self.series, parts)
        whole_list = self.series.dataset.nationality_list == "open" and code != "OTHER"
        if whole_list and (code not in CATEGORIES or code in self.ever):
            told = rounding_of(one.told for one in self.nationalities[at].values())
            return Figure(self.series, 0, told=told)
        return Figure(self.series, None, "M" if code == "OTHER" else "L")


def _around(printed: Mapping[str, Figure], code: str) -> Mapping[str, Figure]:
    """The printed rows that decide what an absent code means: what is no country, and its own node and parts.

    One country is kept, so that a month with rows by nationality is never taken for one without.
    """
    parent = codelist("citizenship")[code].parent
    rows = (*_no_country(), *_parts_of_nodes().get(code, ()), *((parent,) if parent else ()))
    near = {row: printed[row] for row in rows if row in printed}
    return near or dict(islice(printed.items(), 1))


@cache
def _no_country() -> frozenset[str]:
    """Nodes, residuals, what a source groups, unknown."""
    return frozenset(one.id for one in codelist("citizenship") if one.attributes["kind"] != "country")


@cache
def _parts_of_nodes() -> Mapping[str, frozenset[str]]:
    """The codes of each node."""
    citizenship = codelist("citizenship")
    parents = {one.parent for one in citizenship if one.parent}
    return MappingProxyType(
        {parent: frozenset(one.id for one in citizenship if one.parent == parent) for parent in parents}
    )


def read_lines(observations: pl.DataFrame, dataset: Dataset) -> tuple[Held, ...]:
    """Every line of one dataset that one load, or a choice of loads, holds; none of a dataset that is not public."""
    rows = with_dataset_id(observations).filter(pl.col("ID") == dataset.id)
    if rows.is_empty() or not dataset.may_be_shown:
        return ()
    rows = of_corridor_border(rows, {dataset.id: dataset}).drop("ID")
    by_nationality = rows.filter(~pl.col("MEASURE").is_in(list(DEATHS)))
    nationalities = _by_line(margin(by_nationality, keep=("CITIZENSHIP",)), dataset)
    demographics = _by_line(margin(rows, keep=("DEMOGRAPHIC",)), dataset)
    return tuple(
        _held(line, part, nationalities.get(line), demographics.get(line))
        for line, part in _by_line(margin(rows), dataset).items()
    )


def _by_line(rows: pl.DataFrame, dataset: Dataset) -> dict[Line, pl.DataFrame]:
    """The rows of each line. What a State reports is about itself, whatever the country or channel that it names."""
    apart = is_organisation(dataset.reporter)
    keys = ["MEASURE", "UNIT", "COUNTERPART", "ENTRY_MODE", "CITIZENSHIP_STATUS"]
    found: dict[Line, pl.DataFrame] = {}
    for (measure, unit, about, channel, status), part in rows.partition_by(
        keys, as_dict=True, maintain_order=True
    ).items():
        where = (str(about), str(channel)) if apart else (ALL, ALL)
        found[Line(Series(dataset, str(measure)), str(unit), *where, str(status))] = part
    return found


def _held(
    line: Line, totals: pl.DataFrame, nationalities: pl.DataFrame | None, demographics: pl.DataFrame | None
) -> Held:
    series, of = line.series, regions()
    printed = _nested(series, nationalities, lambda part: part["CITIZENSHIP"].to_list())
    buckets: dict[Period, dict[str, dict[str, Figure]]] = {}
    for at, rows_of in printed.items():
        here = buckets[at] = {}
        for code, one in rows_of.items():
            here.setdefault(of[code], {})[code] = one
    periods = [_period(text) for text in totals["PERIOD"]]
    values = zip(
        periods, totals["OBS_VALUE"].to_list(), totals["OBS_STATUS"].to_list(), totals["NOTE"].to_list(), strict=True
    )
    loads = zip(periods, totals["VINTAGE"], totals["SOURCE_HASH"], totals["PROFILE"], strict=True)
    return Held(
        line=line,
        totals={at: Figure(series, value, status, read_note(note)) for at, value, status, note in values},
        nationalities=printed,
        regions={
            at: {
                region: taken_together(series, list(figures.values()), figures.keys())
                for region, figures in found.items()
            }
            for at, found in buckets.items()
        },
        demographics=_nested(series, demographics, lambda part: part["SEX", "AGE", "ACCOMPANIMENT"].rows()),
        loads={at: Load(vintage, source_hash, profile) for at, vintage, source_hash, profile in loads},
        summed=frozenset(at for at, note in zip(periods, totals["NOTE"], strict=True) if note_is_sum(note)),
        ever=frozenset(of[code] for found in printed.values() for code, one in found.items() if one.value is not None),
    )


def _nested(
    series: Series, rows: pl.DataFrame | None, keys: Callable[[pl.DataFrame], list[Any]]
) -> dict[Period, dict[Any, Figure]]:
    """The figures by period, and within it by what `keys` gives for each row."""
    found: dict[Period, dict[Any, Figure]] = {}
    if rows is None:
        return found
    told = (read_note(note) for note in rows["NOTE"].to_list())
    columns = (rows["PERIOD"].to_list(), keys(rows), rows["OBS_VALUE"].to_list(), rows["OBS_STATUS"].to_list(), told)
    by_text: dict[str, dict[Any, Figure]] = {text: {} for text in rows["PERIOD"].unique(maintain_order=True)}
    for text, key, value, status, done in zip(*columns, strict=True):
        by_text[text][key] = Figure(series, value, status, done)
    return {_period(text): figures for text, figures in by_text.items()}


@lru_cache(maxsize=4096)
def _period(text: str) -> Period:
    return period(text)


def in_force(loads: Iterable[tuple[Sequence[Held], frozenset[Period]]]) -> tuple[Held, ...]:
    """The lines of a dataset over several loads; each is given with the periods that it is in force for."""
    parts: dict[Line, list[tuple[Held, frozenset[Period]]]] = {}
    for lines, periods in loads:
        for held in lines:
            parts.setdefault(held.line, []).append((held, periods))
    found = [joined for line, held in parts.items() if (joined := _joined(line, held)).totals]
    return _none_documented(found)


def _joined(line: Line, parts: Sequence[tuple[Held, frozenset[Period]]]) -> Held:
    def chosen(name: str) -> dict[Period, Any]:
        return {at: value for held, periods in parts for at, value in getattr(held, name).items() if at in periods}

    return Held(
        line=line,
        totals=chosen("totals"),
        nationalities=chosen("nationalities"),
        regions=chosen("regions"),
        demographics=chosen("demographics"),
        loads=chosen("loads"),
        summed=frozenset(at for held, periods in parts for at in held.summed if at in periods),
        ever=frozenset(region for held, _ in parts for region in held.ever),
    )


def _none_documented(found: Sequence[Held]) -> tuple[Held, ...]:
    """A month with incidents held is complete for its source: a country without one in it has 0, none documented."""
    months: dict[str, dict[Period, Load]] = {}
    for held in found:
        if held.line.measure in DEATHS:
            months.setdefault(held.line.measure, {}).update(held.loads)
    result = []
    for held in found:
        known = months.get(held.line.measure, {})
        totals = {**{at: Figure(held.series, 0) for at in known}, **held.totals}
        result.append(replace(held, totals=totals, loads={**known, **held.loads}) if known else held)
    return tuple(result)
