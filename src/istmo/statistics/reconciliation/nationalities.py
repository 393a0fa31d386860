"""What did two reporters register of each nationality over a span, compared at the node that their codes share?

One source prints COD and another COG: both stand in the row X_CONGO, with their parts. Where only one code of a node
was printed by either, the row is that code. Rows of one source are taken together within it alone.
"""

from collections.abc import Collection, Sequence

from istmo.model.codes import codelist
from istmo.model.periods import Period
from istmo.registry.regions import nodes
from istmo.statistics.brief.nationalities import is_nationality
from istmo.statistics.comparability import Figure, share, taken_together
from istmo.statistics.reconciliation.differences import differences
from istmo.statistics.reconciliation.values import NationalityPair, Side, Span
from istmo.statistics.series_figures import SeriesFigures, best


def nationality_pairs(
    held: tuple[SeriesFigures, ...], a: SeriesFigures, b: SeriesFigures, span: Span, may_subtract: bool
) -> tuple[NationalityPair, ...]:
    """One row a nationality or node that either printed in the span, in the order of the codes."""
    first, second = _detailed(held, a, span.first), _detailed(held, b, span.second)
    if first is None or second is None:
        return ()
    printed = {
        code
        for one, periods in ((first, span.first), (second, span.second))
        for at in periods
        for code in one.nationalities.get(at, {})
        if is_nationality(code)
    }
    rows = []
    for code in _rows(printed):
        sides = _side(first, code, span.first), _side(second, code, span.second)
        gap = differences([sides[0].figure], [sides[1].figure])[0] if may_subtract else None
        rows.append(NationalityPair(code, *sides, gap, ()))
    return tuple(rows)


def _detailed(held: tuple[SeriesFigures, ...], one: SeriesFigures, periods: Sequence[Period]) -> SeriesFigures | None:
    """The best ranked series of the same measure with nationalities in the span."""
    series = one.series
    return best(
        held,
        reporter=series.reporter,
        measure=series.measure,
        having=lambda each: (
            each.series.dataset.nationality_list != "none" and any(each.nationalities.get(at) for at in periods)
        ),
    )


def _rows(printed: Collection[str]) -> list[str]:
    """The codes themselves; those that share a node stand in one row, under its code."""
    by_node: dict[str, set[str]] = {}
    for code in printed:
        parent = codelist("citizenship")[code].parent
        by_node.setdefault(parent if parent and parent in nodes() else code, set()).add(code)
    return sorted(node if len(codes) > 1 else min(codes) for node, codes in by_node.items())


def _side(one: SeriesFigures, code: str, periods: Sequence[Period]) -> Side:
    codes = (code, *nodes().get(code, ()))
    series = one.series
    months = [_at_node(one, at, codes) for at in periods]
    figure = taken_together(series, months)
    parts = tuple(
        (part, taken_together(series, rows))
        for part in codes
        if (rows := [one.nationalities[at][part] for at in periods if part in one.nationalities.get(at, {})])
    )
    listed = {part for part, _ in parts}
    short = one.series.dataset.nationality_list == "fixed" and code not in listed and len(listed) < len(codes) - 1
    return Side(
        figure=figure,
        share=share(figure, total_over(one, periods)),
        parts=parts,
        incomplete=figure.value is not None and (short or any(month.status == "L" for month in months)),
    )


def _at_node(one: SeriesFigures, at: Period, codes: Sequence[str]) -> Figure:
    """The rows of a node in one period, taken together; where none is printed, what that means."""
    printed = one.nationalities.get(at, {})
    rows = {code: printed[code] for code in codes if code in printed}
    return taken_together(one.series, list(rows.values()), rows) if rows else one.nationality(at, codes[0])


def total_over(one: SeriesFigures, periods: Sequence[Period]) -> Figure:
    return taken_together(one.series, [one.total(at) for at in periods])
