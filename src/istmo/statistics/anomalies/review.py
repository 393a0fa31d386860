"""Which figures of a month lie outside what is usual for their series, so that services may need something?

A figure is told when it lies outside the band *median ± 3 MAD* (median absolute deviation) of the twelve months before
it **and** outside that of the same month of earlier years, and counts at least 50. The first band needs nine months,
the second three years: with fewer years it is not made, and the text says that the season is not known yet.

A month on the other side of a break is not compared with, and neither is a nationality that another reporter seems to
read from the same label under another code (R18a): such series are listed as left out, with the reason. A month
without a figure is no zero. Each text names its reporter, unit and band, and what services may need; it ranks nobody
and forecasts nothing. An analyst decides whether it is worth a word in the comment.

    review(observations, month(2023, 8), datasets=datasets(), findings=cross_checks(...))
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from istmo.model.periods import Period
from istmo.registry.datasets import Dataset
from istmo.registry.members import members
from istmo.registry.policy_changes import PolicyChange, changes_beside
from istmo.statistics.anomalies.values import Anomaly, Band, Direction, Kind, LeftOut, Review, Subject, Why, band
from istmo.statistics.anomalies.words import OF_CHILDREN, RETURNS, needs, told, why_left_out
from istmo.statistics.brief.material import doubtful_codes
from istmo.statistics.brief.nationalities import is_nationality
from istmo.statistics.comparability import Figure, Series, ranked
from istmo.statistics.selection import monthly
from istmo.statistics.series_figures import SeriesFigures, best, read_series

AT_LEAST = 50
MONTHS_BEFORE = 12
MONTHS_NEEDED = 9
YEARS_NEEDED = 3
# Policy changes of the month and of so many months before it stand beside an anomaly.
MONTHS_OF_POLICY = 3

# What is looked at: people on the move, returned, or children handed over. Asylum, deaths and attention are not.
MOVEMENT = (
    "APPREH",
    "ENCOUNTER",
    "ENT_IRR",
    "EVT_IRR",
    "EXI_CTL",
    "INADM",
    "PERM_TMP",
    "REF_ENT",
    "SHELTERED",
    "TRA_IRR",
)


@dataclass(frozen=True, slots=True)
class _Examined:
    """One subject of one series with its figures by month and the first month that it can be compared with."""

    held: SeriesFigures
    subject: Subject
    figures: Callable[[Period], Figure]
    since: Period | None
    doubtful: bool

    @property
    def series(self) -> Series:
        return self.held.series

    def comparable(self, months: Iterable[Period]) -> list[int]:
        """The figures of those months that are known and stand on the same side of the break."""
        held = (self.figures(at).value for at in months if self.since is None or at >= self.since)
        return [value for value in held if value is not None]


def review(
    observations: pl.DataFrame,
    month: Period,
    *,
    datasets: Mapping[str, Dataset],
    findings: pl.DataFrame | None = None,
    calendar: Collection[PolicyChange] | None = None,
) -> Review:
    """What lies outside the usual in `month`, from the observations of it and of earlier months.

    Only datasets of members that may be shown are looked at: their texts may be printed. `findings` are
    those of the cross checks. `calendar` defaults to the registry's.
    """
    states = {each.code for each in members()}
    public = {id_: one for id_, one in datasets.items() if one.may_be_shown and one.reporter in states}
    known = read_series(monthly(observations).filter(pl.col("PERIOD") <= str(month)), datasets=public)
    doubtful = doubtful_codes(findings, month)
    anomalies: list[Anomaly] = []
    left_out: list[LeftOut] = []
    examined = 0
    for one in _subjects(known, month, doubtful):
        figure = one.figures(month)
        if figure.value is None or figure.value < AT_LEAST:
            continue
        examined += 1
        of_year = _band(one, _year_before(month), MONTHS_NEEDED)
        why = Why.DOUBTFUL if one.doubtful else _why_short(one, month) if of_year is None else None
        if why is not None or of_year is None:
            left_out.append(_left_out(one, month, figure, why or Why.SHORT))
            continue
        found = _anomaly(one, month, figure, of_year, calendar)
        if found:
            anomalies.append(found)
    return Review(month, tuple(anomalies), tuple(left_out), examined)


def _subjects(
    known: tuple[SeriesFigures, ...], month: Period, doubtful: Mapping[str, frozenset[str]]
) -> Iterable[_Examined]:
    """In route order of the reporters: of each measure its total, its children, its nationalities in its own order."""
    looked_at = (*MOVEMENT, *RETURNS, *OF_CHILDREN)
    pairs = dict.fromkeys((one.series.reporter, one.series.measure) for one in known if one.series.measure in looked_at)
    order = [each.code for each in members()]
    for reporter, measure in sorted(pairs, key=lambda pair: order.index(pair[0])):
        total = best(known, reporter=reporter, measure=measure, having=lambda one: one.total(month).value is not None)
        if total is None:
            continue
        yield _examined(total, Subject(Kind.TOTAL), total.total)
        yield from _of_children(known, reporter, measure, month)
        yield from _of_nationalities(known, reporter, measure, month, doubtful)


def _of_children(known: tuple[SeriesFigures, ...], reporter: str, measure: str, month: Period) -> Iterable[_Examined]:
    held = best(known, reporter=reporter, measure=measure, having=lambda one: month in one.demographics)
    if held is not None:
        yield _examined(held, Subject(Kind.CHILDREN), held.children)
        yield _examined(held, Subject(Kind.UNACCOMPANIED), held.unaccompanied)


def _of_nationalities(
    known: tuple[SeriesFigures, ...],
    reporter: str,
    measure: str,
    month: Period,
    doubtful: Mapping[str, frozenset[str]],
) -> Iterable[_Examined]:
    held = best(known, reporter=reporter, measure=measure, having=lambda one: month in one.nationalities)
    if held is None or held.series.dataset.nationality_list == "none":
        return
    printed = held.nationalities[month]
    named = [(code, printed[code]) for code in sorted(printed) if is_nationality(code)]
    doubted = doubtful.get(held.series.dataset.id, frozenset())
    for code, _ in ranked(named):
        yield _examined(held, Subject(Kind.NATIONALITY, code), _of_code(held, code), code in doubted)


def _of_code(held: SeriesFigures, code: str) -> Callable[[Period], Figure]:
    return lambda at: held.nationality(at, code)


def _examined(
    held: SeriesFigures, subject: Subject, figures: Callable[[Period], Figure], doubtful: bool = False
) -> _Examined:
    """Figures before the latest break that touches the subject are not compared with."""
    scope = {Kind.TOTAL: "total", Kind.NATIONALITY: "citizenship"}.get(subject.kind, "demographic")
    last = max(held.totals)
    touching = [
        one.period
        for one in held.series.dataset.breaks_on(scope, held.series.measure)
        if one.period <= last and (not one.codes or subject.code in one.codes)
    ]
    return _Examined(held, subject, figures, max(touching, default=None), doubtful)


def _band(one: _Examined, months: Iterable[Period], needed: int) -> Band | None:
    values = one.comparable(months)
    return band(values) if len(values) >= needed else None


def _why_short(one: _Examined, month: Period) -> Why:
    return Why.BREAK if one.since is not None and one.since > month.plus(-MONTHS_BEFORE) else Why.SHORT


def _anomaly(
    one: _Examined, month: Period, figure: Figure, of_year: Band, calendar: Collection[PolicyChange] | None
) -> Anomaly | None:
    earlier = [month.plus(-12 * years) for years in range(1, 1 + month.year - min(one.held.totals).year)]
    of_season = _band(one, earlier, YEARS_NEEDED)
    value = figure.value or 0
    if any(usual.holds(value) for usual in (of_year, of_season) if usual):
        return None
    direction = Direction.ABOVE if value > of_year.median else Direction.BELOW
    citizenship = one.subject.code if one.subject.kind is Kind.NATIONALITY else None
    return Anomaly(
        series=one.series,
        subject=one.subject,
        month=month,
        figure=figure,
        direction=direction,
        of_year=of_year,
        of_season=of_season,
        text=told(
            figure,
            one.subject,
            month,
            direction,
            of_year=of_year,
            of_season=of_season,
            years=len(one.comparable(earlier)),
        ),
        needs=needs(one.series.measure, one.subject, direction),
        changes=changes_beside(
            (one.series.reporter,),
            first=month.plus(-MONTHS_OF_POLICY),
            last=month,
            citizenship=citizenship,
            calendar=calendar,
        ),
    )


def _left_out(one: _Examined, month: Period, figure: Figure, why: Why) -> LeftOut:
    months = len(one.comparable(_year_before(month)))
    text = why_left_out(why, months=months, needed=MONTHS_NEEDED, since=one.since or month)
    return LeftOut(one.series, one.subject, figure, why, text)


def _year_before(month: Period) -> list[Period]:
    return [month.plus(-back) for back in range(1, MONTHS_BEFORE + 1)]
