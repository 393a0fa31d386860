"""What does the store hold of each series, period by period: totals, nationalities, sex and age?

The brief reads thirteen months; a comparison of two reporters and a seasonal band need every month held. A series is a
measure of one dataset, and nothing here reaches over two of them. A reporter may have several datasets for one measure:
`best` takes the best ranked one that holds what is asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl

from istmo.model.periods import Period, period
from istmo.registry.datasets import Dataset
from istmo.statistics.brief.demography import children_of, leaves, unaccompanied_of
from istmo.statistics.brief.material import Demographic, nationality_figure
from istmo.statistics.comparability import Figure, Series
from istmo.statistics.disclosure.notes import read_note
from istmo.statistics.margins import margin
from istmo.statistics.selection import of_corridor_border, of_states, with_dataset_id

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class SeriesFigures:
    """The figures of one series; the periods are months, and years where the source published a year."""

    series: Series
    totals: Mapping[Period, Figure]
    nationalities: Mapping[Period, Mapping[str, Figure]] = field(default_factory=dict)
    demographics: Mapping[Period, Mapping[Demographic, Figure]] = field(default_factory=dict)

    def total(self, at: Period) -> Figure:
        """The total; a period that is not held is O, not reported."""
        return self.totals.get(at, Figure(self.series, None, "O"))

    def nationality(self, at: Period, code: str) -> Figure:
        """The figure of a nationality, with the reason where there is none (`nationality_figure`)."""
        return nationality_figure(self.series, self.nationalities.get(at, {}), code, total=self.total(at))

    def children(self, at: Period) -> Figure:
        """People under 18; L where the source does not distinguish them in that period."""
        return children_of(self.series, leaves(self.demographics.get(at, {})))

    def unaccompanied(self, at: Period) -> Figure:
        return unaccompanied_of(self.series, leaves(self.demographics.get(at, {})))


def read_series(observations: pl.DataFrame, *, datasets: Mapping[str, Dataset]) -> tuple[SeriesFigures, ...]:
    """Every series of the datasets given that the observations hold, in the order of these; of States alone, since an
    organisation's figures are about many and have no total.
    """
    held = with_dataset_id(of_states(observations)).filter(pl.col("ID").is_in(list(datasets)))
    held = of_corridor_border(held, datasets).drop("ID")
    totals = _by_series(margin(held), datasets, lambda _: "_T")
    nationalities = _by_series(margin(held, keep=("CITIZENSHIP",)), datasets, lambda row: row["CITIZENSHIP"])
    demographics = _by_series(
        margin(held, keep=("DEMOGRAPHIC",)), datasets, lambda row: (row["SEX"], row["AGE"], row["ACCOMPANIMENT"])
    )
    order = list(datasets)
    return tuple(
        SeriesFigures(
            series=Series(datasets[id_], measure),
            totals={at: figures["_T"] for at, figures in months.items()},
            nationalities=nationalities.get((id_, measure), {}),
            demographics=demographics.get((id_, measure), {}),
        )
        for (id_, measure), months in sorted(totals.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))
    )


def best(
    held: Iterable[SeriesFigures], *, reporter: str, measure: str, having: Callable[[SeriesFigures], bool]
) -> SeriesFigures | None:
    """The best ranked series of that reporter and measure for which `having` is true; None where there is none."""
    fitting = [one for one in held if one.series.reporter == reporter and one.series.measure == measure and having(one)]
    return min(fitting, key=lambda one: one.series.dataset.rank, default=None)


def _by_series(
    rows: pl.DataFrame, datasets: Mapping[str, Dataset], key: Callable[[dict[str, str]], Key]
) -> dict[tuple[str, str], dict[Period, dict[Key, Figure]]]:
    result: dict[tuple[str, str], dict[Period, dict[Key, Figure]]] = {}
    for row in with_dataset_id(rows).iter_rows(named=True):
        series = Series(datasets[row["ID"]], row["MEASURE"])
        months = result.setdefault((row["ID"], row["MEASURE"]), {})
        figure = Figure(series, row["OBS_VALUE"], row["OBS_STATUS"], read_note(row["NOTE"]))
        months.setdefault(period(row["PERIOD"]), {})[key(row)] = figure
    return result
