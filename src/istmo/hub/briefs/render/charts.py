"""How does a panel of monthly bars look? One SVG a reporter, drawn by Vega through vl-convert, with its own scale
from zero.

The scale of one panel says nothing about another: panels share the months on x and never the values on y. A
provisional month is hatched, a month without a figure is a gap that carries its sign (`n/d`), a break is a
dashed rule marked `b`, whose note stands beside the panel as text. A triangle above a month says that a policy changed
in it; the brief lists which. The month of the brief and the same month a
year earlier are solid, the others pale.

Vega has no hatching: the bars refer to a `<pattern>` that is put into the SVG afterwards. Ids are made from the
chart and the reporter, never by the renderer, so the same brief gives the same bytes and two panels on one page
do not share an id.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import vl_convert

from istmo.hub.briefs.render import words
from istmo.hub.briefs.render.colours import HAIR, INK, INK_2, colour
from istmo.statistics.brief.figures import SIGNS, count
from istmo.statistics.brief.values import Panel, Point

FONT = "Source Sans 3"


@dataclass(frozen=True, slots=True)
class Size:
    """The drawing's size in its own units; `left` holds the labels of the scale."""

    width: int
    height: int
    left: int
    font: int


SCREEN = Size(width=252, height=138, left=46, font=12)
PAPER = Size(width=176, height=76, left=42, font=11)


def ticks(largest: float) -> tuple[int, ...]:
    """Two to four round marks above zero, none of them above the largest value: 81,946 gives 25,000, 50,000 and
    75,000.
    """
    if largest < 2:
        return (1,) if largest > 0 else ()
    power = 10 ** math.floor(math.log10(largest))
    for step in (power / 4, power / 2, power, power * 2, power * 2.5):
        marks = math.floor(largest / step)
        if marks <= 4 and (step >= 1 and float(step).is_integer()):
            return tuple(round(step * (index + 1)) for index in range(marks))
    return (power,)


def panel_svg(chart: str, panel: Panel, language: str, *, size: Size) -> str:
    """The panel as an SVG element with title and description, ready to stand in a page or to be set by typst."""
    marked = f"{chart}-{panel.reporter}"
    drawing = _drawing(json.dumps(_specification(marked, panel, language, size), sort_keys=True))
    inside = drawing[drawing.index(">") + 1 :]
    title, description = escape(panel.title.in_(language)), escape(panel_alt(panel, language))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="panel" viewBox="0 0 {size.width} {size.height}" role="img" '
        f'aria-labelledby="{marked}-t {marked}-d"><title id="{marked}-t">{title}</title>'
        f'<desc id="{marked}-d">{description}</desc>'
        f"<defs>{_hatch(marked, colour(panel.reporter))}</defs>{inside}"
    )


def panel_alt(panel: Panel, language: str) -> str:
    """What the panel shows, in a sentence: first and last month, highest and lowest, how many months have no figure,
    in which a policy changed.
    """
    known = [point for point in panel.points if point.value is not None]
    missing = len(panel.points) - len(known)
    if not known:
        parts = [words.PANEL_ALT_NOTHING.in_(language)]
    else:
        highest, lowest = max(known, key=_value), min(known, key=_value)
        parts = [
            _at(words.PANEL_ALT_POINT.in_(language), point, language) for point in dict.fromkeys((known[0], known[-1]))
        ]
        parts.append(_at(words.PANEL_ALT_HIGHEST.in_(language), highest, language))
        parts.append(_at(words.PANEL_ALT_LOWEST.in_(language), lowest, language))
        if missing:
            text = words.PANEL_ALT_MISSING_ONE if missing == 1 else words.PANEL_ALT_MISSING
            parts.append(text.in_(language).format(missing))
    policies = [point.label.in_(language) for point in panel.points if point.x in panel.policies]
    if policies:
        parts.append(words.PANEL_ALT_POLICY.in_(language).format(", ".join(policies)))
    return words.PANEL_ALT.in_(language).format(panel.title.in_(language), "; ".join(parts))


def heat_step(value: float, largest: float) -> int:
    """How dark a cell is, 0 to 5, from its part of the largest value of the same column: never from another
    reporter's.
    """
    if value <= 0 or largest <= 0:
        return 0
    part = value / largest
    return 1 + sum(part >= bound for bound in (0.10, 0.25, 0.50, 0.75))


def _value(point: Point) -> float:
    return point.value or 0.0


def _at(pattern: str, point: Point, language: str) -> str:
    return pattern.format(count(round(_value(point))), point.label.in_(language))


@lru_cache(maxsize=256)
def _drawing(specification: str) -> str:
    """Vega's SVG without what differs from call to call or would name this machine; the cache serves the pages of a
    draft.
    """
    svg = vl_convert.vega_to_svg(specification)
    svg = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"', "", svg)
    svg = re.sub(r'<path d="M0,0h[\d.]+v[\d.]+h-?[\d.]+Z"/>|<path d="" display="none"/>', "", svg)
    return re.sub(r"(\d+\.\d{2})\d+", r"\1", svg)


def _hatch(marked: str, fill: str) -> str:
    return (
        f'<pattern id="{marked}-h" width="4.5" height="4.5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        f'<rect width="2" height="4.5" fill="{fill}"/></pattern>'
    )


def _specification(marked: str, panel: Panel, language: str, size: Size) -> Mapping[str, object]:
    plot_width, plot_height = size.width - size.left, size.height - 2 * size.font - 14
    known = [_value(point) for point in panel.points if point.value is not None]
    largest = max(known, default=0.0)
    fill = colour(panel.reporter)
    solid = _solid(panel)
    bars, gaps = [], []
    for point in panel.points:
        if point.value is None:
            if known:
                gaps.append({"x": point.x, "sign": SIGNS.get(point.status, "n/d")})
            continue
        provisional = point.status == "P"
        bars.append(
            {
                "x": point.x,
                "v": point.value,
                "fill": f"url(#{marked}-h)" if provisional else fill,
                "pale": 1 if provisional or point.x in solid else 0.45,
            }
        )
    order = {point.x: index for index, point in enumerate(panel.points)}
    breaks = [{"x": at} for at, _ in panel.breaks if at in order]
    policies = [{"x": at} for at in panel.policies if at in order]
    centre = {"scale": "x", "field": "x", "band": 0.5}
    return {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "autosize": "none",
        "width": plot_width,
        "height": plot_height,
        "padding": {"left": size.left, "right": 0, "top": size.font + 6, "bottom": size.font + 8},
        "data": [
            {"name": "bars", "values": bars},
            {"name": "gaps", "values": gaps},
            {"name": "breaks", "values": breaks},
            {"name": "policies", "values": policies},
            {"name": "ticks", "values": [{"v": mark, "label": count(mark)} for mark in ticks(largest)]},
            {"name": "labels", "values": _month_labels(panel, language, size)},
        ],
        "scales": [
            {
                "name": "x",
                "type": "band",
                "domain": list(order),
                "range": [0, plot_width],
                "paddingInner": 0.22,
                "paddingOuter": 0.11,
            },
            {"name": "y", "type": "linear", "domain": [0, max(largest, 1)], "range": [plot_height, 0]},
        ],
        "marks": [
            _mark("rule", "ticks", x=0, x2=plot_width, y={"scale": "y", "field": "v"}, stroke=HAIR),
            _text(
                "ticks",
                size,
                x=-6,
                y={"scale": "y", "field": "v"},
                text={"field": "label"},
                align="right",
                baseline="middle",
            ),
            _mark(
                "rect",
                "bars",
                x={"scale": "x", "field": "x"},
                width={"scale": "x", "band": 1},
                y={"scale": "y", "field": "v"},
                y2={"scale": "y", "value": 0},
                fill={"field": "fill"},
                fillOpacity={"field": "pale"},
                stroke=fill,
                strokeWidth=0.9,
            ),
            _text(
                "gaps",
                size,
                x=centre,
                y=plot_height - 4,
                text={"field": "sign"},
                align="left",
                baseline="middle",
                angle=-90,
            ),
            _mark(
                "rule", "breaks", x={"scale": "x", "field": "x"}, y=-6, y2=plot_height, stroke=INK, strokeDash=[3, 2]
            ),
            _text(
                "breaks",
                size,
                x={"scale": "x", "field": "x"},
                y=-8,
                text="b",
                align="center",
                baseline="bottom",
                weight=600,
            ),
            _mark("symbol", "policies", x=centre, y=-6, shape="triangle-up", size=3 * size.font, fill=INK_2),
            _mark("rule", None, x=0, x2=plot_width, y=plot_height, stroke=INK),
            _text(
                "labels",
                size,
                x={"field": "at"},
                y=plot_height + 5,
                text={"field": "label"},
                align={"field": "align"},
                baseline="top",
            ),
        ],
    }


def _solid(panel: Panel) -> frozenset[str]:
    """The last month and the same month a year earlier, which are compared in the text."""
    if not panel.points:
        return frozenset()
    last = panel.points[-1].x
    return frozenset({last, f"{int(last[:4]) - 1}{last[4:]}"} if last[:4].isdigit() else {last})


def _month_labels(panel: Panel, language: str, size: Size) -> list[dict[str, object]]:
    """The first and the last month are named; January too, where it stands clear of both."""
    points, width = panel.points, size.width - size.left
    if not points:
        return []
    texts = [point.label.in_(language) for point in points]
    named: list[dict[str, object]] = [{"label": texts[0], "align": "left", "at": 0}]
    if len(points) > 1:
        named.append({"label": texts[-1], "align": "right", "at": width})
    letter = size.font * 0.52
    for index, point in enumerate(points):
        at, half = width * (index + 0.5) / len(points), len(texts[index]) * letter / 2
        clear = len(texts[0]) * letter + 6 < at - half and at + half < width - len(texts[-1]) * letter - 6
        if point.x.endswith("-01") and clear:
            named.append({"label": texts[index], "align": "center", "at": round(at, 1)})
            break
    return named


def _mark(kind: str, data: str | None, **channels: object) -> dict[str, object]:
    encoded = {name: channel if isinstance(channel, dict) else {"value": channel} for name, channel in channels.items()}
    mark: dict[str, object] = {"type": kind, "encode": {"update": encoded}, "aria": False}
    return mark if data is None else mark | {"from": {"data": data}}


def _text(data: str, size: Size, *, weight: int = 400, **channels: object) -> dict[str, object]:
    return _mark("text", data, font=FONT, fontSize=size.font, fontWeight=weight, fill=INK_2, **channels)
