"""Two reporters on one page: their months side by side, the reasons to differ, the nationalities of a year at their
common node, how closely the series move together, and the policy changes of the time.

What is compared, subtracted or refused is decided by `istmo.statistics.reconciliation`; this module lays it out. Only
datasets that may be shown are read, so everything on the page is public.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from istmo.installation.observations.store import observations, periods_held
from istmo.model.codes import Code, codelist
from istmo.model.csvtext import csv_bytes
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import Period, months
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.registry.members import Member, member, members
from istmo.statistics.brief.figures import APPROXIMATE, change, count, share
from istmo.statistics.brief.values import Point
from istmo.statistics.comparability import Figure, Series
from istmo.statistics.reconciliation.compare import in_order, measures_of, reconcile
from istmo.statistics.reconciliation.lags import Lag
from istmo.statistics.reconciliation.table import as_table
from istmo.statistics.reconciliation.values import (
    FREQUENT,
    MonthPair,
    NationalityPair,
    Reason,
    Reconciliation,
    Side,
)
from istmo.statistics.wording import short_name
from istmo.web.common.language import current
from istmo.web.common.policies import ChangeView, marks, shown_changes, views
from istmo.web.common.spark import Bar, panel
from istmo.web.common.words import short
from istmo.web.public import shown
from istmo.web.public.published import summary

CHART_MONTHS = 36
SHOWN_FIRST = 13


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is written; `sign` where it has no value, `html` then with what it means and where it leads."""

    text: str
    letters: str
    sign: bool
    html: SafeString | None = None


@dataclass(frozen=True, slots=True)
class Half:
    """One reporter of the pair with its picture over the same months as the other's."""

    member: Member
    series: Series
    picture: SafeString
    vintages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthRow:
    month: Period
    first: Cell
    second: Cell
    difference: str
    letters: str


@dataclass(frozen=True, slots=True)
class NationalityRow:
    """`parts`: the codes that a node was printed under, at the first and at the second reporter."""

    name: Text
    first: Cell
    first_share: str
    second: Cell
    second_share: str
    difference: str
    letters: str
    parts: tuple[str, str]
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class LagRow:
    months_later: int
    figures: int
    of_figures: str
    changes: int
    of_changes: str


@require_safe
def pair(request: HttpRequest, first: str, second: str) -> HttpResponse:
    """The pair in route order; an address with the two turned round leads there."""
    a, b = _members(first, second)
    if (first, second) != (a.code.lower(), b.code.lower()):
        address = reverse("pair", kwargs={"first": a.code.lower(), "second": b.code.lower()})
        query = request.GET.urlencode()
        return redirect(f"{address}?{query}" if query else address)
    held = _held(a.code, b.code, _in_force(a.code, b.code))
    offered = [measures_of(held, each.code, datasets=datasets()) for each in (a, b)]
    context: dict[str, object] = {"section": "comparability", "a": a, "b": b}
    if not all(offered):
        silent = [each for each, measures in zip((a, b), offered, strict=True) if not measures]
        return render(request, "istmo/pair.html", {**context, "silent": silent})
    found = _reconciled(request, a, b)
    context |= _context(found, a, b) | {"offered": list(zip((a, b), offered, strict=True)), "query": _query(request)}
    return render(request, "istmo/pair.html", context)


@require_safe
def pair_file(request: HttpRequest, first: str, second: str) -> HttpResponse:
    """The same figures as a table: months, then the nationalities of the year."""
    a, b = _members(first, second)
    table = as_table(_reconciled(request, a, b))
    response = HttpResponse(csv_bytes(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="istmo-{a.code.lower()}-{b.code.lower()}.csv"'
    return response


def partners(code: str) -> tuple[Member, ...]:
    """The members that stand beside `code` on a page of their own: those with public figures of the same kind here."""
    registered = [each for each in datasets().values() if each.demonstration and each.may_be_shown]
    corridor = {each.reporter for each in registered if each.corridor}
    reporting = corridor if code in corridor else {each.reporter for each in registered}
    return tuple(each for each in members() if each.code in reporting - {code})


def _members(first: str, second: str) -> tuple[Member, Member]:
    try:
        codes = in_order(first.upper(), second.upper())
    except (InvalidInput, NotFound) as exc:
        raise Http404(exc.in_(current())) from exc
    return member(codes[0]), member(codes[1])


def _reconciled(request: HttpRequest, a: Member, b: Member) -> Reconciliation:
    """As asked for in the address; what does not exist here is not found."""
    year = request.GET.get("year", "")
    if year and not year.isdecimal():
        raise Http404
    measures = request.GET.get("first") or None, request.GET.get("second") or None
    try:
        return _compared(a.code, b.code, _in_force(a.code, b.code), measures, int(year) if year else None)
    except NotFound as exc:
        raise Http404(exc.in_(current())) from exc


def _in_force(first: str, second: str) -> tuple[str, ...]:
    held = periods_held().filter(pl.col("REPORTER").is_in([first, second]))
    return tuple(sorted(set(held["VINTAGE"])))


@lru_cache(maxsize=16)
def _held(first: str, second: str, in_force: tuple[str, ...]) -> pl.DataFrame:
    """What is in force of the two, kept by the vintages in force: a new load makes a new answer."""
    return observations(reporters=[first, second])


@lru_cache(maxsize=64)
def _compared(
    first: str,
    second: str,
    in_force: tuple[str, ...],
    measures: tuple[str | None, str | None],
    year: int | None,
) -> Reconciliation:
    held = _held(first, second, in_force)
    return reconcile(held, first, second, datasets=datasets(), measures=measures, year=year)


def _query(request: HttpRequest) -> str:
    """The measures and the year of the address, for the file with the same figures."""
    kept = request.GET.copy()
    for name in set(kept) - {"first", "second", "year"}:
        del kept[name]
    return kept.urlencode()


def _context(found: Reconciliation, a: Member, b: Member) -> dict[str, object]:
    window = _chart_months(found)
    changes = shown_changes((a.code, b.code), window)
    rows = [_nationality(row) for row in found.frequent]
    rest = [_nationality(row) for row in found.nationalities if not row.frequent]
    earlier = [one for one in found.changes if not window or one.month < window[0]]
    month_rows = [_month(found, one) for one in found.months]
    return {
        "found": found,
        "halves": [_half(each, found, position, window, changes) for position, each in enumerate((a, b))],
        "changes": changes,
        "earlier": views(reversed(earlier)),
        "months": month_rows[:SHOWN_FIRST],
        "more_months": month_rows[SHOWN_FIRST:],
        "nationalities": rows,
        "more_nationalities": rest,
        "frequent": FREQUENT,
        "totals": [_cell(total) for total in found.totals] if found.totals else [],
        "protection": shown.protection(_signs_of(found)),
        "reasons": _by_code(found.reasons),
        "lags": [_lag(one) for one in found.lags],
        "measures": codelist("measure").codes,
        "subtracted": found.refusal is None,
    }


def _signs_of(found: Reconciliation) -> set[str]:
    """The signs and letters of every figure of the comparison."""
    sides = [side.figure for row in found.nationalities for side in (row.first, row.second)]
    used: set[str] = set()
    for figure in [*sides, *(one for pair in found.months for one in (pair.first, pair.second))]:
        used.update(shown.letters(figure))
        if figure.value is None:
            used.add(shown.RANGE if figure.told.range else shown.sign(figure))
    return used


def _by_code(reasons: Iterable[Reason]) -> list[tuple[Code, list[Text]]]:
    """The texts of each reason, in the order of the code list."""
    told: dict[str, list[Text]] = {}
    for one in reasons:
        told.setdefault(one.code, []).append(one.text)
    return [(code, told[code.id]) for code in codelist("difference_reason") if code.id in told]


def _chart_months(found: Reconciliation) -> tuple[Period, ...]:
    """The months of both pictures, oldest first: up to the last that either holds."""
    held = [one.month for one in found.months]
    if not held:
        return ()
    return months(max(held[-1], held[0].plus(1 - CHART_MONTHS)), held[0])


def _half(
    of: Member, found: Reconciliation, position: int, window: tuple[Period, ...], changes: tuple[ChangeView, ...]
) -> Half:
    series = (found.first, found.second)[position]
    by_month = {one.month: (one.first, one.second)[position] for one in found.months}
    broken = {each.period for each in series.dataset.breaks_on("total", series.measure)}
    missing = Figure(series, None, "O")
    figures = [(at, by_month.get(at, missing)) for at in window]
    language = current()
    bars = [
        Bar(
            short(at, language),
            figure.value,
            hatched=figure.status == "P",
            mark="b" if at in broken else "",
            sign="" if figure.value is not None else shown.sign(figure),
        )
        for at, figure in figures
    ]
    alt = summary([Point(str(at), of.short, figure.value, figure.status) for at, figure in figures])
    own = [view for view in changes if of.code in view.change.reporters]
    picture = panel(bars, alt=alt, key=f"pair-{of.code}", marks=marks(own, window))
    in_force = periods_held().filter(
        pl.concat_str(pl.col("REPORTER"), "AGENCY", "DATASET", separator=".") == series.dataset.id
    )
    return Half(of, series, picture, tuple(sorted(set(in_force["VINTAGE"]))))


def _cell(figure: Figure, letters: str = "") -> Cell:
    if figure.value is None:
        html = mark_safe(shown.instead(figure, set()))  # noqa: S308 - signs of our own, names are escaped
        return Cell(shown.sign(figure), "", True, html)
    return Cell(count(figure.value), shown.letters(figure) + letters, False)


def _difference(value: int | None) -> str:
    return "" if value is None else change(value)


def _approximate(first: Figure, second: Figure) -> str:
    """The letter of a difference of rounded figures."""
    return APPROXIMATE if first.told.rounded or second.told.rounded else ""


def _month(found: Reconciliation, one: MonthPair) -> MonthRow:
    letters = [
        "b" if any(each.period == one.month for each in series.dataset.breaks_on("total", series.measure)) else ""
        for series in (found.first, found.second)
    ]
    return MonthRow(
        one.month,
        _cell(one.first, letters[0]),
        _cell(one.second, letters[1]),
        _difference(one.difference),
        _approximate(one.first, one.second),
    )


def _nationality(row: NationalityPair) -> NationalityRow:
    reasons = codelist("difference_reason")
    return NationalityRow(
        name=short_name("citizenship", row.code),
        first=_cell(row.first.figure),
        first_share=_share(row.first),
        second=_cell(row.second.figure),
        second_share=_share(row.second),
        difference=_difference(row.difference),
        letters=_approximate(row.first.figure, row.second.figure),
        parts=(_parts(row.first), _parts(row.second)) if row.is_node else ("", ""),
        reasons=tuple(reasons[code].name for code in row.reasons),
    )


def _share(side: Side) -> str:
    return "" if side.share is None else share(side.share, current(), rounded=side.figure.told.rounded)


def _parts(side: Side) -> str:
    """`COD 117, COG 473`."""
    return ", ".join(
        f"{code} {shown.sign(figure) if figure.value is None else count(figure.value)}" for code, figure in side.parts
    )


def _lag(one: Lag) -> LagRow:
    return LagRow(
        one.months_later, one.figures, _coefficient(one.of_figures), one.changes, _coefficient(one.of_changes)
    )


def _coefficient(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace("-", "\u2212")
