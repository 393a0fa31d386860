"""Which figures does the brief of a month read, and from which dataset of each reporter?

`Material` holds, for the edition's month and the twelve before it, what each table needs: totals, and the breakdowns
by nationality, by sex and age and by country of provenance, as figures that know their series. Several datasets may
hold one measure of one reporter (a table of the source and a compilation of it): only one is read, the best ranked
that has the month.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from istmo.model.codes import codelist
from istmo.model.periods import Period, months, period
from istmo.registry.datasets import Dataset
from istmo.registry.members import members, route
from istmo.registry.names import candidate_groups
from istmo.registry.regions import region
from istmo.registry.regions import taken_together as taken_together_rows
from istmo.statistics.brief.values import Edition, Revision, VintageUsed
from istmo.statistics.comparability import Figure, Series, taken_together
from istmo.statistics.disclosure.notes import read_note, rounding_of
from istmo.statistics.margins import margin
from istmo.statistics.selection import (
    by_organisations,
    lists_by_year,
    monthly,
    of_corridor_border,
    of_states,
    with_dataset_id,
)

WINDOW = 13

SeriesKey = tuple[str, str]
Demographic = tuple[str, str, str]


@dataclass(frozen=True)
class Material:
    """What the tables of one edition are made from. Keys are (dataset id, measure), then the month, then the code."""

    edition: Edition
    on: date
    datasets: Mapping[str, Dataset]
    totals: Mapping[SeriesKey, Mapping[Period, Figure]]
    nationalities: Mapping[SeriesKey, Mapping[Period, Mapping[str, Figure]]]
    demographics: Mapping[SeriesKey, Mapping[Demographic, Figure]]
    counterparts: Mapping[SeriesKey, Mapping[Period, Mapping[str, Figure]]]
    listed: Mapping[SeriesKey, Mapping[int, frozenset[str]]]
    ever_printed: Mapping[SeriesKey, frozenset[str]]
    received: Mapping[str, date]
    vintages: tuple[VintageUsed, ...]
    revisions: tuple[Revision, ...]
    doubtful: Mapping[str, frozenset[str]]
    by_year_only: frozenset[str]
    organisations: pl.DataFrame  # what international organisations publish about States, with ID; months and years
    left_out: tuple[str, ...] = ()

    @property
    def month(self) -> Period:
        return self.edition.month

    @property
    def previous(self) -> Period:
        return self.month.plus(-1)

    @property
    def year_before(self) -> Period:
        return self.month.plus(-12)

    @property
    def window(self) -> tuple[Period, ...]:
        """The thirteen months of the brief, oldest first."""
        return months(self.month.plus(1 - WINDOW), self.month)

    def figure(self, series: Series, at: Period) -> Figure:
        """The total of a series in a month; a month that the dataset does not hold is O, not reported."""
        return self.totals.get(_key(series), {}).get(at, Figure(series, None, "O"))

    def nationality(self, series: Series, at: Period, code: str) -> Figure:
        """The figure of a nationality in a month, with the reason where it has none."""
        return nationality_figure(
            series,
            self.nationalities.get(_key(series), {}).get(at, {}),
            code,
            total=self.figure(series, at),
            doubtful=self.doubtful.get(series.dataset.id, frozenset()),
        )

    @cached_property
    def corridor(self) -> Mapping[str, Series]:
        """The series of each reporter on the route that holds its corridor measure in the window, in route order."""
        return self._chosen(lambda series: any(self.figure(series, m).reported for m in self.window))

    @cached_property
    def reported(self) -> Mapping[str, Series]:
        """Those of them that have reported the month, be it that the figure is withheld."""
        return {code: s for code, s in self.corridor.items() if self.figure(s, self.month).reported}

    @cached_property
    def by_nationality(self) -> Mapping[str, Series]:
        """The series of each reporter on the route with figures by nationality in the month."""
        return self._chosen(lambda series: _any_value(self.nationalities.get(_key(series), {}).get(self.month, {})))

    @cached_property
    def by_demographic(self) -> Mapping[str, Series]:
        """The series of each reporter on the route with figures by sex, age or accompaniment in the month."""
        return self._chosen(lambda series: _any_value(self.demographics.get(_key(series), {})))

    @cached_property
    def other_measures(self) -> Mapping[str, tuple[Series, ...]]:
        """By member, the series of the month that are no corridor measure, best ranked of each measure."""
        found: dict[str, dict[str, Series]] = {}
        for series in self._held():
            if series.dataset.corridor or not self.figure(series, self.month).reported:
                continue
            best = found.setdefault(series.reporter, {})
            if series.measure not in best or series.dataset.rank < best[series.measure].dataset.rank:
                best[series.measure] = series
        return {member.code: tuple(found[member.code].values()) for member in members() if member.code in found}

    def _held(self) -> Iterable[Series]:
        return (Series(self.datasets[id_], measure) for id_, measure in self.totals)

    def _chosen(self, usable: Callable[[Series], bool]) -> Mapping[str, Series]:
        """For each reporter on the route its corridor series: usable in the month first, then by rank."""
        chosen: dict[str, Series] = {}
        for reporter in route():
            candidates = [
                series
                for series in self._held()
                if series.reporter == reporter and series.dataset.corridor and usable(series)
            ]
            if candidates:
                chosen[reporter] = min(candidates, key=self._preference)
        return chosen

    def _preference(self, series: Series) -> tuple[bool, int]:
        return not self.figure(series, self.month).reported, series.dataset.rank


def nationality_figure(
    series: Series, printed: Mapping[str, Figure], code: str, *, total: Figure, doubtful: Collection[str] = ()
) -> Figure:
    """The figure of a nationality where `printed` holds the month's rows by nationality, and `total` its total.

    A month without any nationality row has the reason of its total where that has no value (`without_rows`), else L:
    the source printed only the total. In a month with rows, an absent code is 0 only where the source prints every
    nationality that it registered; it is L, not distinguished, where the list is fixed or the code may be inside a
    residual or a node. A row of nationalities taken together is M where the source has no such row.
    """
    if not printed:
        return without_rows(series, total)
    if code in printed:
        return printed[code]
    if code == series.reporter or code in taken_together_rows():
        return Figure(series, None, "M")
    parts = parts_of_node(printed, code)
    if parts and series.dataset.nationality_list == "open":
        return taken_together(series, [printed[part] for part in parts])
    zero = Figure(series, 0, told=rounding_of(figure.told for figure in printed.values()))
    if code in series.dataset.nationality_codes:
        return zero
    whole_list = series.dataset.nationality_list == "open" and code not in doubtful
    return zero if whole_list and not _may_hold(printed, code) else Figure(series, None, "L")


def without_rows(series: Series, total: Figure) -> Figure:
    """What a part is in a month of which the source gives no part: withheld or held elsewhere where the total is, O
    where that was not reported either, else L, not distinguished.
    """
    if total.value is not None:
        return Figure(series, None, "L")
    return Figure(series, None, total.status, total.told) if total.reported else Figure(series, None, "O")


def _key(series: Series) -> SeriesKey:
    return series.dataset.id, series.measure


def _any_value(figures: Mapping[Any, Figure]) -> bool:
    return any(figure.reported for figure in figures.values())


def parts_of_node(printed: Mapping[str, Figure], code: str) -> tuple[str, ...]:
    """The printed rows that make up a node which the source does not print itself; each has a value."""
    citizenship = codelist("citizenship")
    parts = sorted(other for other in printed if citizenship[other].parent == code)
    return tuple(parts) if all(printed[part].value is not None for part in parts) else ()


def _may_hold(printed: Mapping[str, Figure], code: str) -> bool:
    """Whether a printed row may hold people of a nationality without a row of its own: a residual, its node, its
    parts.
    """
    citizenship = codelist("citizenship")
    residual = any(figure.value != 0 and _is_residual_of(other, code) for other, figure in printed.items())
    return (
        residual or citizenship[code].parent in printed or any(citizenship[other].parent == code for other in printed)
    )


def _is_residual_of(row: str, code: str) -> bool:
    """The residual of the source, or what it groups of the same region or of several."""
    grouped = codelist("citizenship")[row].attributes["kind"] == "aggregate"
    return row == "_O" or (grouped and region(row) in (region(code), "MIXED"))


def gather(
    observations: pl.DataFrame,
    *,
    edition: Edition,
    on: date,
    datasets: Mapping[str, Dataset],
    vintages: Sequence[VintageUsed] = (),
    revisions: Sequence[Revision] = (),
    findings: pl.DataFrame | None = None,
    deliveries: Mapping[str, date] | None = None,
) -> Material:
    """The material of an edition from the store's observations.

    Figures after its month are left out, and datasets that may not be shown.

    `deliveries` says on which day the month's figures of a dataset first came in; one that it does not name came with
    a load of earlier months, and is not called late. Without `deliveries` the vintages' own day counts.
    """
    last = edition.month
    until = with_dataset_id(observations).filter(pl.col("PERIOD") <= str(last))
    datasets = {id_: dataset for id_, dataset in datasets.items() if dataset.may_be_shown}
    organisations = until.filter(by_organisations())
    held = of_states(monthly(until))
    left_out = sorted({*held["ID"].unique(), *organisations["ID"].unique()} - set(datasets))
    held = of_corridor_border(held.filter(pl.col("ID").is_in(list(datasets))), datasets)
    month = pl.col("PERIOD") == str(last)
    three = pl.col("PERIOD").is_in([str(last), str(last.plus(-1)), str(last.plus(-12))])
    return Material(
        edition=edition,
        on=on,
        datasets=datasets,
        totals=_totals(margin(held.drop("ID")), datasets),
        nationalities=_by_month(margin(held.filter(three).drop("ID"), keep=("CITIZENSHIP",)), datasets, "CITIZENSHIP"),
        demographics=_demographics(margin(held.filter(month).drop("ID"), keep=("DEMOGRAPHIC",)), datasets),
        counterparts=_by_month(margin(held.filter(three).drop("ID"), keep=("COUNTERPART",)), datasets, "COUNTERPART"),
        listed=_listed(held, datasets),
        ever_printed=_ever_printed(held),
        received=_received(held.filter(month), vintages) if deliveries is None else dict(deliveries),
        vintages=tuple(vintages),
        revisions=tuple(revisions),
        doubtful=doubtful_codes(findings, last),
        by_year_only=_by_year_only(observations, datasets, last),
        organisations=organisations.filter(pl.col("ID").is_in(list(datasets))),
        left_out=tuple(left_out),
    )


def _figures(rows: pl.DataFrame, datasets: Mapping[str, Dataset]) -> Iterable[tuple[Figure, dict[str, str]]]:
    for row in with_dataset_id(rows).iter_rows(named=True):
        series = Series(datasets[row["ID"]], row["MEASURE"])
        yield Figure(series, row["OBS_VALUE"], row["OBS_STATUS"], read_note(row["NOTE"])), row


def _totals(rows: pl.DataFrame, datasets: Mapping[str, Dataset]) -> dict[SeriesKey, dict[Period, Figure]]:
    result: dict[SeriesKey, dict[Period, Figure]] = {}
    for figure, row in _figures(rows, datasets):
        result.setdefault(_key(figure.series), {})[period(row["PERIOD"])] = figure
    return result


def _by_month(
    rows: pl.DataFrame, datasets: Mapping[str, Dataset], column: str
) -> dict[SeriesKey, dict[Period, dict[str, Figure]]]:
    result: dict[SeriesKey, dict[Period, dict[str, Figure]]] = {}
    for figure, row in _figures(rows, datasets):
        months_of = result.setdefault(_key(figure.series), {})
        months_of.setdefault(period(row["PERIOD"]), {})[row[column]] = figure
    return result


def _demographics(rows: pl.DataFrame, datasets: Mapping[str, Dataset]) -> dict[SeriesKey, dict[Demographic, Figure]]:
    result: dict[SeriesKey, dict[Demographic, Figure]] = {}
    for figure, row in _figures(rows, datasets):
        result.setdefault(_key(figure.series), {})[row["SEX"], row["AGE"], row["ACCOMPANIMENT"]] = figure
    return result


def _listed(held: pl.DataFrame, datasets: Mapping[str, Dataset]) -> dict[SeriesKey, dict[int, frozenset[str]]]:
    """The nationality codes that each dataset with a changing fixed list printed in each year."""
    result: dict[SeriesKey, dict[int, frozenset[str]]] = {}
    for id_, measure, year, codes in lists_by_year(held, datasets).iter_rows():
        result.setdefault((id_, measure), {})[year] = frozenset(codes)
    return result


def _ever_printed(held: pl.DataFrame) -> dict[SeriesKey, frozenset[str]]:
    """Every nationality code that a series has had a figure for, in any month up to the edition's."""
    rows = held.filter(pl.col("CITIZENSHIP") != "_T", pl.col("OBS_VALUE").is_not_null())
    codes = rows.group_by("ID", pl.col("MEASURE").cast(pl.String)).agg(pl.col("CITIZENSHIP").cast(pl.String).unique())
    return {(id_, measure): frozenset(printed) for id_, measure, printed in codes.iter_rows()}


def _by_year_only(observations: pl.DataFrame, datasets: Mapping[str, Dataset], month: Period) -> frozenset[str]:
    """The reporters whose corridor measure is held for the year of the month as one figure, not by month."""
    corridor = [id_ for id_, dataset in datasets.items() if dataset.corridor]
    rows = with_dataset_id(observations).filter(
        pl.col("ID").is_in(corridor), pl.col("PERIOD") == str(month.year), pl.col("OBS_VALUE").is_not_null()
    )
    return frozenset(rows["REPORTER"].cast(pl.String).unique())


def _received(rows: pl.DataFrame, vintages: Sequence[VintageUsed]) -> dict[str, date]:
    """The day on which the vintage that holds the month came in, by dataset."""
    used = set(rows.select("ID", "VINTAGE").unique().iter_rows())
    days: dict[str, date] = {}
    for vintage in vintages:
        if (vintage.dataset, vintage.vintage) in used:
            days[vintage.dataset] = min(vintage.received, days.get(vintage.dataset, vintage.received))
    return days


def doubtful_codes(findings: pl.DataFrame | None, month: Period) -> dict[str, frozenset[str]]:
    """By dataset, the codes that R18a doubts in the year of the month, with the others of their groups."""
    result: dict[str, set[str]] = {}
    if findings is not None:
        for id_, value in findings.filter(pl.col("rule") == "R18a").select("column", "value").iter_rows():
            year, _, code = value.partition(" ")
            if year == str(month.year):
                groups = (set(group.codes) for group in candidate_groups() if code in group.codes)
                result.setdefault(id_, set()).update({code}, *groups)
    return {id_: frozenset(codes) for id_, codes in result.items()}
