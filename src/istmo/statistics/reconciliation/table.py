"""How is a comparison of two reporters written for a machine to read: as one table, and as JSON?"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from istmo.registry.policy_changes import PolicyChange
from istmo.statistics.comparability import Figure, Series
from istmo.statistics.disclosure.notes import NOTHING, written
from istmo.statistics.reconciliation.values import NationalityPair, Reconciliation, Side

_SCHEMA = {
    "PERIOD": pl.String(),
    "CITIZENSHIP": pl.String(),
    **{
        f"{side}_{name}": pl.Int64() if name == "VALUE" else pl.String()
        for side in ("FIRST", "SECOND")
        for name in ("DATASET", "MEASURE", "UNIT", "VALUE", "STATUS", "NOTE")
    },
    "COMPARABILITY": pl.Int64(),
    "DIFFERENCE": pl.Int64(),
    "REASONS": pl.String(),
}


def as_table(found: Reconciliation) -> pl.DataFrame:
    """Months with CITIZENSHIP `_T`, then the nationalities of the year that is compared, whose PERIOD is that year.

    FIRST_NOTE and SECOND_NOTE say what was done to a figure to protect people. DIFFERENCE is the first minus the
    second and empty below comparability 2. REASONS are codes of `difference_reason`.
    """
    rows = [
        _row(found, str(one.month), "_T", one.first, one.second, one.difference, ())
        for one in sorted(found.months, key=lambda one: one.month)
    ]
    year = str(found.span.year) if found.span else ""
    rows += [
        _row(found, year, one.code, one.first.figure, one.second.figure, one.difference, one.reasons)
        for one in found.nationalities
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _row(
    found: Reconciliation,
    at: str,
    code: str,
    first: Figure,
    second: Figure,
    gap: int | None,
    reasons: Iterable[str],
) -> tuple[Any, ...]:
    level = found.comparability.level
    return (at, code, *_side(found.first, first), *_side(found.second, second), level, gap, " ".join(reasons))


def _side(series: Series, figure: Figure) -> tuple[Any, ...]:
    return series.dataset.id, series.measure, series.dataset.unit, figure.value, figure.status, written(figure.told)


def as_json(found: Reconciliation) -> dict[str, Any]:
    """Everything that the page shows, with each sentence in both languages."""
    return {
        "first": _series_json(found.first),
        "second": _series_json(found.second),
        "comparability": {
            "level": found.comparability.level,
            "name": found.comparability.name.as_json(),
            "reason": found.comparability.reason.as_json(),
        },
        "refusal": found.refusal.as_json() if found.refusal else None,
        "months": [
            {
                "month": str(one.month),
                "first": _figure_json(one.first),
                "second": _figure_json(one.second),
                "difference": one.difference,
            }
            for one in found.months
        ],
        "years": list(found.years),
        "compared": found.span.name.as_json() if found.span else None,
        "totals": [_figure_json(total) for total in found.totals] if found.totals else None,
        "nationalities": [_nationality_json(one) for one in found.nationalities],
        "reasons": [{"code": one.code, "text": one.text.as_json()} for one in found.reasons],
        "lags": [
            {
                "months_later": one.months_later,
                "figures": {"months": one.figures, "coefficient": one.of_figures},
                "changes": {"months": one.changes, "coefficient": one.of_changes},
            }
            for one in found.lags
        ],
        "lags_since": str(found.lags_since) if found.lags_since else None,
        "policy_changes": [policy_json(one) for one in found.changes],
        "mirrors": [one.text.as_json() for one in found.mirrors],
    }


def policy_json(change: PolicyChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "date": change.day.isoformat(),
        "kind": change.kind,
        "by": change.by,
        "reporters": list(change.reporters),
        "nationalities": list(change.nationalities),
        "regions": list(change.regions),
        "what": change.what.as_json(),
        "source": {
            "title": change.source.title,
            "url": change.source.url,
            "date": change.source.day.isoformat(),
        },
        "checked": change.checked,
    }


def _series_json(series: Series) -> dict[str, Any]:
    return {
        "reporter": series.reporter,
        "dataset": series.dataset.id,
        "measure": series.measure,
        "unit": series.dataset.unit,
        "source": series.dataset.source.as_json(),
    }


def _figure_json(figure: Figure) -> dict[str, Any]:
    note = {} if figure.told == NOTHING else {"note": written(figure.told)}
    return {"value": figure.value, "status": figure.status, **note}


def _nationality_json(one: NationalityPair) -> dict[str, Any]:
    return {
        "code": one.code,
        "first": _side_json(one.first),
        "second": _side_json(one.second),
        "difference": one.difference,
        "reasons": list(one.reasons),
    }


def _side_json(side: Side) -> dict[str, Any]:
    return {
        **_figure_json(side.figure),
        "share": side.share,
        "parts": {code: figure.value for code, figure in side.parts},
        "incomplete": side.incomplete,
    }
