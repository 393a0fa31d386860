"""What does the latest published brief say of each reporter's last month? Read from the edition, never computed again.

The change on another month is given in absolute numbers, and in per cent only on a base of 30 or more (R16).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from istmo.model.periods import Period, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, datasets
from istmo.statistics.brief.figures import APPROXIMATE, LETTERS, SIGNS, count
from istmo.statistics.brief.values import Brief, Panel, Point
from istmo.web.common import words
from istmo.web.common.language import current
from istmo.web.common.spark import Bar, sparkline

SMALLEST_BASE = 30
CORRIDOR_CHART = "C1"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference to an earlier month; `percent` is None on a base below 30, all is None where a figure is missing.

    `letters` has an `a` where one of the two is rounded.
    """

    absolute: int | None
    percent: float | None
    letters: str = ""


@dataclass(frozen=True, slots=True)
class Latest:
    """A reporter's last month in the brief, with the twelve before it."""

    reporter: str
    dataset: Dataset | None
    what: Text
    unit: Text
    period: Period
    text: str
    letters: str
    sparkline: SafeString
    on_previous: Change
    on_year: Change
    breaks: tuple[Text, ...]


def latest_figures(brief: Brief) -> tuple[Latest, ...]:
    """The reporters that have a figure in the corridor chart of the brief, in route order."""
    panels = brief.chart(CORRIDOR_CHART).panels
    rounded = {
        cell.id for table in brief.tables for row in table.rows for cell in row.cells if APPROXIMATE in cell.flags
    }
    return tuple(_latest(panel, rounded) for panel in panels if any(point.value is not None for point in panel.points))


def change(points: Sequence[Point], steps: int) -> Change:
    """From the point `steps` before the last one to the last one."""
    if len(points) <= steps:
        return Change(None, None)
    before, now = points[-1 - steps].value, points[-1].value
    if before is None or now is None:
        return Change(None, None)
    return Change(round(now - before), 100 * (now - before) / before if before >= SMALLEST_BASE else None)


def summary(points: Sequence[Point]) -> str:
    """The bars in one sentence: first and last month, lowest and highest."""
    language = current()
    known = [(point.value, period(point.x)) for point in points if point.value is not None]
    if not known:
        return _("No figure in any month.")

    def written(pair: tuple[float, Period]) -> tuple[str, str]:
        return count(round(pair[0])), words.short(pair[1], language)

    (first, first_month), (last, last_month) = written(known[0]), written(known[-1])
    (low, low_month), (high, high_month) = written(min(known)), written(max(known))
    return _(
        "%(first)s in %(first_month)s, %(last)s in %(last_month)s; lowest %(low)s in %(low_month)s, "
        "highest %(high)s in %(high_month)s."
    ) % {
        "first": first,
        "first_month": first_month,
        "last": last,
        "last_month": last_month,
        "low": low,
        "low_month": low_month,
        "high": high,
        "high_month": high_month,
    }


def _latest(panel: Panel, cells: Collection[str]) -> Latest:
    """`cells`: those with a rounded figure."""
    language, last, dataset = current(), panel.points[-1], _corridor_dataset(panel.reporter)
    broken = {at for at, _text in panel.breaks}
    bars = [
        Bar(words.short(period(point.x), language), point.value, point.status == "P", "b" if point.x in broken else "")
        for point in panel.points
    ]
    return Latest(
        reporter=panel.reporter,
        dataset=dataset,
        what=dataset.what if dataset else panel.title,
        unit=panel.unit,
        period=period(last.x),
        text=SIGNS.get(last.status, "n/d") if last.value is None else count(round(last.value)),
        letters="" if last.value is None else LETTERS.get(last.status, "") + _approximate(cells, last),
        sparkline=sparkline(bars, alt=summary(panel.points), key=panel.reporter),
        on_previous=_marked(change(panel.points, 1), cells, panel.points, 1),
        on_year=_marked(change(panel.points, 12), cells, panel.points, 12),
        breaks=tuple(text for _at, text in panel.breaks),
    )


def _approximate(cells: Collection[str], *points: Point) -> str:
    return APPROXIMATE if any(point.cell in cells for point in points) else ""


def _marked(found: Change, cells: Collection[str], points: Sequence[Point], steps: int) -> Change:
    if found.absolute is None:
        return found
    return replace(found, letters=_approximate(cells, points[-1], points[-1 - steps]))


def _corridor_dataset(reporter: str) -> Dataset | None:
    found = [each for each in datasets().values() if each.reporter == reporter and each.corridor and each.demonstration]
    return min(found, key=lambda each: each.rank, default=None)
