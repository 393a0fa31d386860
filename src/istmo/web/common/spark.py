"""Bars drawn on the server: the 13-month sparkline of a reporter and the longer chart of a series.

Bars start at zero; a month without a figure is a gap; a provisional month is hatched; the last bar and the same month a
year before are solid. Colour comes from the reporter's class around the picture, so nothing is styled inline.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` None is a gap; `label` names the period; `hatched`: a provisional figure; `mark`: a break before it;
    `sign`: what a gap means."""

    label: str
    value: float | None
    hatched: bool = False
    mark: str = ""
    sign: str = ""


def sparkline(bars: Sequence[Bar], *, alt: str, key: str) -> SafeString:
    """Small bars without axis labels, 126 x 30."""
    width, height = 126.0, 30.0
    return _svg(
        "spark",
        width,
        height,
        alt,
        key,
        _bars(bars, key, 0.0, width, 1.0, height - 1.0),
        _axis(0.0, width, height - 0.5),
    )


def chart(bars: Sequence[Bar], *, alt: str, key: str, marks: Mapping[int, str] | None = None) -> SafeString:
    """Bars with a scale from zero at the left and some months named below; a gap shows its sign. `marks` are short
    texts under the axis, by the number of the bar.
    """
    width, height, left, top, bottom = 960.0, 232.0, 84.0, 14.0, 40.0
    floor = height - bottom
    highest = max((bar.value for bar in bars if bar.value is not None), default=0.0)
    parts = []
    if highest > 0:
        for tick in ticks(highest):
            y = floor - (floor - top) * tick / highest
            parts.append(f'<line class="gr" x1="{left}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text class="tx" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,.0f}</text>')
    parts.append(_bars(bars, key, left, width - left, top, floor, signs=True))
    step = (width - left) / max(len(bars), 1)
    for index in _named(bars):
        anchor = "end" if index == len(bars) - 1 else "start"
        x = left + step * (index + (1 if anchor == "end" else 0))
        parts.append(
            f'<text class="tx" x="{x:.1f}" y="{height - 8}" text-anchor="{anchor}">{escape(bars[index].label)}</text>'
        )
    for index, mark in (marks or {}).items():
        middle = f'x="{left + step * (index + 0.5):.1f}" y="{floor + 13:.1f}" text-anchor="middle"'
        parts.append(f'<text class="tx" {middle}>{escape(mark)}</text>')
    return _svg("", width, height, alt, key, *parts, _axis(left, width, floor + 0.5))


def panel(
    bars: Sequence[Bar],
    *,
    alt: str,
    key: str,
    top: float | None = None,
    scale: Sequence[tuple[float, str]] | None = None,
    marks: Mapping[int, str] | None = None,
) -> SafeString:
    """A panel of small multiples, 330 x 158: bars from zero, or around it where a value is negative.

    `top` is the value that the scale ends at, where several panels share one; `scale` its marks with their labels, else
    round counts; `marks` are short texts under the axis, by the number of the bar.
    """
    width, height, left, head, bottom = 330.0, 158.0, 46.0, 16.0, 34.0
    values = [bar.value for bar in bars if bar.value is not None]
    highest = max([*values, 0.0]) if top is None else top
    lowest = min([*values, 0.0])
    span = (highest - lowest) or 1.0
    floor = height - bottom
    tall = floor - head

    def at(value: float) -> float:
        return floor - tall * (value - lowest) / span

    parts = []
    for tick, label in _scale(lowest, highest) if scale is None else scale:
        y = at(tick)
        parts.append(f'<line class="gr" x1="{left}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tx" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    step = (width - left) / max(len(bars), 1)
    wide = step * 0.76
    signs = step >= 15
    for index, bar in enumerate(bars):
        x = left + step * index + step * 0.12
        if bar.mark:
            edge = f"{left + step * index:.1f}"
            parts.append(f'<line class="brk" x1="{edge}" x2="{edge}" y1="{head - 4}" y2="{floor:.1f}"/>')
        if bar.value is None:
            if bar.sign and signs:
                middle = f'x="{x + wide / 2:.1f}" y="{floor - 3:.1f}" text-anchor="middle"'
                parts.append(f'<text class="tx sign" {middle}>{escape(bar.sign)}</text>')
            continue
        y, deep = at(max(bar.value, 0.0)), abs(at(bar.value) - at(0.0))
        if bar.value and deep < 0.6:
            y, deep = at(0.0) - 0.6, 0.6
        paint = f'class="bar-open" fill="url(#h-{key})"' if bar.hatched else f'class="{_weight(index, len(bars))}"'
        parts.append(f'<rect {paint} x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0.8):.1f}" height="{deep:.1f}"/>')
    for index, mark in (marks or {}).items():
        middle = left + step * (index + 0.5)
        parts.append(
            f'<text class="tx st2" x="{middle:.1f}" y="{floor + 12:.1f}" text-anchor="middle">{escape(mark)}</text>'
        )
    low = height - 3
    if bars:
        parts.append(f'<text class="tx" x="{left}" y="{low}">{escape(bars[0].label)}</text>')
    if len(bars) > 1:
        parts.append(f'<text class="tx" x="{width}" y="{low}" text-anchor="end">{escape(bars[-1].label)}</text>')
    return _svg("", width, height, alt, key, *parts, _axis(left, width, at(0.0) + 0.5))


def _weight(index: int, number: int) -> str:
    """Solid: the last bar, and the one twelve before it."""
    return "bar-full" if index in (number - 1, number - 13) else "bar-dim"


def _scale(lowest: float, highest: float) -> list[tuple[float, str]]:
    """Round counts above zero, and below it where there is something below, all of one step."""
    above, below = ticks(highest) if highest >= 1 else (), ticks(-lowest) if lowest <= -1 else ()
    step = max([*above[:1], *below[:1]], default=0.0)
    if not step:
        return []
    first, last = -math.floor(-lowest / step), math.floor(highest / step)
    return [(step * n, f"{step * n:,.0f}".replace("-", "\u2212")) for n in range(first, last + 1) if n]


def ticks(highest: float) -> tuple[float, ...]:
    """Two to four round values up to `highest`: 25, 50, 75 for 82."""
    for size in (1, 2, 2.5, 5, 10):
        for power in range(12):
            step = size * 10**power
            if step >= 1 and float(step).is_integer() and 2 <= highest // step <= 4:
                return tuple(step * number for number in range(1, int(highest // step) + 1))
    return (highest,)


def _named(bars: Sequence[Bar]) -> list[int]:
    """The first and the last bar, and those between that are far enough from both, evenly."""
    last = len(bars) - 1
    if last < 1:
        return [0] if bars else []
    middle = list(range(12, last - 5, 12)) if last > 17 else []
    return [0, *middle, last]


def _bars(
    bars: Sequence[Bar], key: str, left: float, width: float, top: float, floor: float, *, signs: bool = False
) -> str:
    highest = max((bar.value for bar in bars if bar.value is not None), default=0.0) or 1.0
    step = width / max(len(bars), 1)
    parts = []
    for index, bar in enumerate(bars):
        x = left + step * index + step * 0.1
        if bar.mark:
            edge = f"{left + step * index:.1f}"
            parts.append(f'<line class="brk" x1="{edge}" x2="{edge}" y1="{top:.1f}" y2="{floor:.1f}"/>')
        if bar.value is None:
            if signs and bar.sign:
                middle = f'x="{x + step * 0.4:.1f}" y="{floor - 3:.1f}" text-anchor="middle"'
                parts.append(f'<text class="tx sign" {middle}>{escape(bar.sign)}</text>')
            continue
        tall = max((floor - top) * bar.value / highest, 0.5 if bar.value else 0.0)
        solid = index in (len(bars) - 1, len(bars) - 13)
        paint = (
            f'class="bar-open" fill="url(#h-{key})"' if bar.hatched else f'class="{"bar-full" if solid else "bar-dim"}"'
        )
        parts.append(f'<rect {paint} x="{x:.1f}" y="{floor - tall:.1f}" width="{step * 0.8:.1f}" height="{tall:.1f}"/>')
    return "".join(parts)


def _axis(left: float, right: float, y: float) -> str:
    return f'<line class="ax" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'


def _svg(css: str, width: float, height: float, alt: str, key: str, *parts: str) -> SafeString:
    hatch = (
        f'<defs><pattern id="h-{key}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="tile-bg" width="4" height="4"/><rect class="tile-c" width="1.9" height="4"/></pattern></defs>'
    )
    kind = f' class="{css}"' if css else ""
    body = "".join(parts)
    return mark_safe(  # noqa: S308 - labels are escaped, the rest are numbers and names of our own
        f'<svg{kind} viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(alt)}">{hatch}{body}</svg>'
    )
