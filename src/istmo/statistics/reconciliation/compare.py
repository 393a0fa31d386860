"""Why do two reporters disagree? Their series side by side, and the reasons that are known.

Panama, Honduras, Mexico and the United States are successive stations, not mirrors: a difference between them is a
finding to explain (R18). `reconcile` puts their months and the nationalities of one year next to each other, each with
its unit, and gives the reasons by the codes of the list `difference_reason`: another concept or unit, another coverage,
a fixed list of nationalities, codes of one node, a route that does not pass the station, the time between stations, a
break, a policy change. A reason is what could make the figures differ; none is proved to.

Figures are subtracted only at comparability 2 or more: `differences` refuses below. Nationalities are compared at their
common node: what one source prints as COD and another as COG stands in the row X_CONGO, with its parts beside it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.members import member, members, route
from istmo.registry.policy_changes import PolicyChange, changes_beside
from istmo.statistics.comparability import (
    NotComparable,
    Operation,
    Series,
    compare,
    mirrors,
    require,
)
from istmo.statistics.reconciliation.differences import differences
from istmo.statistics.reconciliation.lags import lags
from istmo.statistics.reconciliation.nationalities import nationality_pairs, total_over
from istmo.statistics.reconciliation.reasons import breaks_between, confused_codes, last_break, reasons_of, with_reasons
from istmo.statistics.reconciliation.values import MonthPair, Reconciliation, Span
from istmo.statistics.series_figures import SeriesFigures, best, read_series
from istmo.statistics.wording import short_name


def in_order(first: str, second: str) -> tuple[str, str]:
    """The two reporters in the order in which they are always shown: along the route, then by code.

    Raises `NotFound` for what is not a member, `InvalidInput` for a reporter and itself.
    """
    codes = [each.code for each in members()]
    one, other = member(first).code, member(second).code
    if one == other:
        raise InvalidInput(
            Text(
                es=f"{one} no se compara consigo mismo aquí: elija dos informantes.",
                en=f"{one} is not compared with itself here: choose two reporters.",
            ),
            rule="F52",
        )
    return (one, other) if codes.index(one) < codes.index(other) else (other, one)


def measures_of(observations: pl.DataFrame, reporter: str, *, datasets: Mapping[str, Dataset]) -> tuple[str, ...]:
    """The measures that a reporter holds and that may be shown: its corridor measure first."""
    held = set(
        observations.filter(pl.col("REPORTER") == reporter)
        .select(
            pl.concat_str(pl.col("REPORTER").cast(pl.String), "AGENCY", "DATASET", separator="."),
            pl.col("MEASURE").cast(pl.String),
        )
        .unique()
        .iter_rows()
    )
    known = [
        (not one.corridor, measure)
        for one in datasets.values()
        if one.may_be_shown
        for measure in one.measures
        if (one.id, measure) in held
    ]
    return tuple(dict.fromkeys(measure for _, measure in sorted(known, key=lambda pair: pair[0])))


def choose_measures(
    observations: pl.DataFrame, reporters: tuple[str, str], asked: Sequence[str], *, datasets: Mapping[str, Dataset]
) -> tuple[str | None, str | None]:
    """Which of the measures asked for is the first reporter's and which the second's: each goes to who holds it.

    One that both hold is taken for both. Raises `NotFound` for a measure that neither holds, `InvalidInput` when two
    are asked of one reporter.
    """
    chosen: list[str | None] = [None, None]
    held = [measures_of(observations, reporter, datasets=datasets) for reporter in reporters]
    for code in asked:
        of = [position for position in (0, 1) if code in held[position]]
        if not of:
            raise _no_measure(code, reporters, held)
        for position in of:
            if chosen[position] not in (None, code):
                raise InvalidInput(
                    Text(
                        es=f"Se pidieron dos medidas de {reporters[position]}: {chosen[position]} y {code}.",
                        en=f"Two measures of {reporters[position]} were asked for: {chosen[position]} and {code}.",
                    ),
                    rule="F52",
                )
            chosen[position] = code
    return chosen[0], chosen[1]


def reconcile(
    observations: pl.DataFrame,
    first: str,
    second: str,
    *,
    datasets: Mapping[str, Dataset],
    measures: tuple[str | None, str | None] = (None, None),
    year: int | None = None,
    calendar: Collection[PolicyChange] | None = None,
) -> Reconciliation:
    """The two reporters in the order given, of each the measure asked for, else its corridor measure or its first.

    Only datasets that may be shown are read. `year`: the one whose nationalities are compared, else the latest
    that both hold. Raises `NotFound` when a reporter holds no such series or the year cannot be compared.
    """
    public = {id_: one for id_, one in datasets.items() if one.may_be_shown and one.reporter in (first, second)}
    held = read_series(observations, datasets=public)
    a = _chosen(held, first, measures[0], observations, datasets)
    b = _chosen(held, second, measures[1], observations, datasets)
    spans = {span.year: span for span in _spans(a, b)}
    if year is not None and year not in spans:
        raise _no_year(year, spans)
    span = spans[max(spans) if year is None else year] if spans else None
    comparability = compare(a.series.dataset, b.series.dataset, a.series.measure, b.series.measure)
    refusal = _refusal(a.series, b.series)
    rows = nationality_pairs(held, a, b, span, refusal is None) if span else ()
    changes = _changes(a, b, calendar)
    confused = confused_codes(rows)
    specific = [change for change in _in_year(changes, span) if not change.whole]
    along = _stations(a.series, b.series)
    rows = tuple(with_reasons(row, along=along, confused=confused, changes=specific) for row in rows)
    since = last_break(a, b)
    return Reconciliation(
        first=a.series,
        second=b.series,
        comparability=comparability,
        refusal=refusal,
        months=_months(a, b, refusal is None),
        years=tuple(sorted(spans, reverse=True)),
        span=span,
        totals=(total_over(a, span.first), total_over(b, span.second)) if span else None,
        nationalities=rows,
        reasons=tuple(
            reasons_of(a, b, comparability, rows, along=along, confused=confused, changes=_in_year(changes, span))
        ),
        lags=lags(a.totals, b.totals, since=since) if along else (),
        lags_since=since,
        breaks=breaks_between(a, b),
        changes=changes,
        mirrors=tuple(one for one in mirrors() if {one.origin, one.destination} == {first, second}),
    )


def _stations(a: Series, b: Series) -> bool:
    """Whether both are what a station of the route registers of those who pass it."""
    return {a.reporter, b.reporter} <= set(route()) and a.dataset.corridor and b.dataset.corridor


def _refusal(a: Series, b: Series) -> Text | None:
    try:
        require(a, b, Operation.SUBTRACT)
    except NotComparable as refused:
        return refused.message
    return None


def _chosen(
    held: tuple[SeriesFigures, ...],
    reporter: str,
    measure: str | None,
    observations: pl.DataFrame,
    datasets: Mapping[str, Dataset],
) -> SeriesFigures:
    """The best ranked series of the measure with the latest month."""
    known = measures_of(observations, reporter, datasets=datasets)
    if not known or measure not in (None, *known):
        raise _no_series(reporter, measure, known)
    code = measure or known[0]
    of_measure = [one for one in held if (one.series.reporter, one.series.measure) == (reporter, code)]
    last = max((at for one in of_measure for at in one.totals if one.total(at).reported), default=None)
    found = best(
        of_measure,
        reporter=reporter,
        measure=code,
        having=lambda one: last is not None and one.total(last).reported,
    )
    if found is None:
        raise _no_series(reporter, measure, known)
    return found


def _no_series(reporter: str, measure: str | None, known: tuple[str, ...]) -> NotFound:
    name = short_name("reporter", reporter)
    what = Text(es=f" de «{measure}»", en=f" of “{measure}”") if measure else None
    return NotFound(
        Text(
            es=f"No hay series públicas{what.es if what else ''} de {name.es}.",
            en=f"There are no public series{what.en if what else ''} of {name.en}.",
        ),
        advice=Text(es=f"Hay: {', '.join(known)}.", en=f"There are: {', '.join(known)}.") if known else None,
    )


def _no_measure(code: str, reporters: tuple[str, str], held: Sequence[tuple[str, ...]]) -> NotFound:
    offered = "; ".join(f"{reporter}: {', '.join(known)}" for reporter, known in zip(reporters, held, strict=True))
    return NotFound(
        Text(
            es=f"Ninguno de los dos tiene series públicas de «{code}».",
            en=f"Neither of the two has public series of “{code}”.",
        ),
        advice=Text(es=f"Hay: {offered}.", en=f"There are: {offered}."),
    )


def _no_year(year: int, spans: Mapping[int, Span]) -> NotFound:
    known = ", ".join(str(each) for each in sorted(spans))
    return NotFound(
        Text(
            es=f"De {year} no hay meses que tengan los dos informantes.",
            en=f"Of {year} there are no months that both reporters hold.",
        ),
        advice=Text(es=f"Se pueden comparar: {known}.", en=f"These can be compared: {known}.") if known else None,
    )


# Months and years


def _months(a: SeriesFigures, b: SeriesFigures, may_subtract: bool) -> tuple[MonthPair, ...]:
    """Every month that one of them holds, latest first."""
    months = sorted({at for at in (*a.totals, *b.totals) if at.grain is Grain.MONTH}, reverse=True)
    first, second = [a.total(at) for at in months], [b.total(at) for at in months]
    gaps = differences(first, second) if may_subtract else (None,) * len(months)
    return tuple(MonthPair(*one) for one in zip(months, first, second, gaps, strict=True))


def _spans(a: SeriesFigures, b: SeriesFigures) -> Iterable[Span]:
    for year in sorted({at.year for at in a.totals} & {at.year for at in b.totals}):
        both = tuple(at for at in _held(a, year) if at in set(_held(b, year)))
        if both and _is_stock(a, b):
            both = both[-1:]  # R5: months of a stock are not summed
        if both:
            yield Span(year, both, both)
            continue
        whole = _whole(a, year), _whole(b, year)
        if whole[0] and whole[1]:
            yield Span(year, whole[0], whole[1])


def _is_stock(a: SeriesFigures, b: SeriesFigures) -> bool:
    return any(codelist("measure")[one.series.measure].attributes["time_basis"] == "STOCK" for one in (a, b))


def _held(one: SeriesFigures, year: int) -> list[Period]:
    """The months of the year with a total."""
    months = sorted(at for at in one.totals if at.year == year and at.grain is Grain.MONTH)
    return [at for at in months if one.total(at).value is not None]


def _whole(one: SeriesFigures, year: int) -> tuple[Period, ...]:
    """The year as published, else all its twelve months; nothing where some are missing."""
    annual = Period(year, 1, Grain.YEAR)
    if one.total(annual).value is not None:
        return (annual,)
    months = _held(one, year)
    return tuple(months) if len(months) == 12 else ()


def _in_year(changes: Sequence[PolicyChange], span: Span | None) -> list[PolicyChange]:
    """Those of the year that is compared."""
    return [change for change in changes if span is not None and change.day.year == span.year]


def _changes(a: SeriesFigures, b: SeriesFigures, calendar: Collection[PolicyChange] | None) -> tuple[PolicyChange, ...]:
    """Those of the time that the two series cover."""
    first = min(min(a.totals).first_day, min(b.totals).first_day)
    last = max(max(a.totals).first_day, max(b.totals).first_day)
    return changes_beside(
        (a.series.reporter, b.series.reporter),
        first=Period(first.year, first.month, Grain.MONTH),
        last=Period(last.year, last.month, Grain.MONTH),
        calendar=calendar,
    )
