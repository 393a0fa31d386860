"""Which figures may be read together? The stations of the route side by side, every pair with its reason, the mirrors.

Levels and reasons come from `istmo.statistics.comparability`; nothing is decided here.
"""

from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from istmo.hub.briefs.editions import latest_published
from istmo.model.codes import codelist
from istmo.registry.datasets import datasets
from istmo.registry.members import members, route
from istmo.statistics.comparability import Comparability, Pair, Series, compare, matrix, mirrors, series_of
from istmo.web.public.published import Latest, latest_figures


@dataclass(frozen=True, slots=True)
class Station:
    """A reporter on the route with its corridor measure; `onward` compares it with the next station that reports."""

    series: Series
    figure: Latest | None
    next_reporter: str
    onward: Comparability | None


def corridor_series() -> tuple[Series, ...]:
    """The corridor measure of each reporter that has one, in route order."""
    chosen = {each.reporter: each for each in reversed(shown_series()) if each.dataset.corridor}
    return tuple(chosen[code] for code in route() if code in chosen)


def shown_series() -> tuple[Series, ...]:
    """Every series of the datasets that this installation reports from."""
    return series_of(each for each in datasets().values() if each.demonstration)


def stations() -> tuple[Station, ...]:
    series = corridor_series()
    brief = latest_published()
    figures = {figure.reporter: figure for figure in (latest_figures(brief) if brief else ())}
    return tuple(
        Station(
            series=here,
            figure=figures.get(here.reporter),
            next_reporter=there.reporter if there else "",
            onward=compare(here.dataset, there.dataset, here.measure, there.measure) if there else None,
        )
        for here, there in zip(series, (*series[1:], None), strict=True)
    )


def grid(series: tuple[Series, ...]) -> list[tuple[Series, list[tuple[Series, Comparability | None]]]]:
    """The matrix of the corridor measures; None where a series meets itself."""
    return [
        (
            row,
            [
                (column, None if row is column else compare(row.dataset, column.dataset, row.measure, column.measure))
                for column in series
            ],
        )
        for row in series
    ]


def pairs_by_first(pairs: tuple[Pair, ...]) -> list[tuple[Series, list[Pair]]]:
    """Pairs under their first series, in the order given."""
    return [(found[0].first, found) for _key, group in groupby(pairs, key=_first) if (found := list(group))]


def _first(pair: Pair) -> tuple[str, str]:
    return pair.first.dataset.id, pair.first.measure


@require_safe
def comparability(request: HttpRequest) -> HttpResponse:
    corridor = corridor_series()
    context = {
        "section": "comparability",
        "levels": codelist("comparability"),
        "stations": stations(),
        "grid": grid(corridor),
        "corridor": corridor,
        "pairs": pairs_by_first(matrix(shown_series())),
        "mirrors": mirrors(),
        "names": {member.code: member.short for member in members()},
        "measures": codelist("measure").codes,
    }
    return render(request, "istmo/comparability.html", context)
