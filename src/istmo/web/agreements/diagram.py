"""The states of an agreement as a drawing, with the way that one has come: boxes and arrows from the table of moves.

The drawing is 328 units wide, so that its words are read on a telephone too. What it shows is said in words beside it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from istmo.registry.agreements.states import MOVES, Event, Status
from istmo.web.common.language import current

WIDTH, HEIGHT = 328, 34
ENDS = tuple(status for status in Status if not any(before is status for before, _event in MOVES))
_COLUMN = (Status.DRAFT, Status.PROPOSED, Status.SIGNED)
_MIDDLE = (Status.IN_FORCE, Status.SUSPENDED)
_STEP, _FAN = 62, 92
_MIDDLE_Y, _ENDS_Y = len(_COLUMN) * _STEP, len(_COLUMN) * _STEP + _FAN


@dataclass(frozen=True, slots=True)
class Place:
    x: int
    y: int
    width: int

    @property
    def centre(self) -> int:
        return self.x + self.width // 2

    @property
    def bottom(self) -> int:
        return self.y + HEIGHT


PLACES: Mapping[Status, Place] = {
    **{status: Place(38, number * _STEP, 252) for number, status in enumerate(_COLUMN)},
    **{status: Place(number * 188, _MIDDLE_Y, 140) for number, status in enumerate(_MIDDLE)},
    **{status: Place(number * 112, _ENDS_Y, 104) for number, status in enumerate(ENDS)},
}
BOTTOM = max(place.bottom for place in PLACES.values())


def diagram(taken: Collection[tuple[Status, Event]], status: Status) -> SafeString:
    """`taken` are the moves made, `status` is the state today."""
    walked = {(before, MOVES[before, event]) for before, event in taken}
    reached = {Status.DRAFT, *(after for _before, after in walked)}
    moves = dict.fromkeys((before, after) for (before, _event), after in MOVES.items())
    plain = [(before, after) for before, after in moves if (before, after) not in walked]
    arrows = format_html_join("", "{}", ((_arrow(*move, made=move in walked),) for move in (*plain, *walked)))
    boxes = format_html_join("", "{}", ((_box(one, status, reached),) for one in Status))
    return format_html(
        '<svg class="states" viewBox="-1 -1 {} {}" role="img" aria-label="{}"><defs>{}{}</defs>{}{}</svg>',
        WIDTH + 2,
        BOTTOM + 2,
        _("States of an agreement. Today: %(state)s.") % {"state": status.label.in_(current())},
        _head("head", "arrow-head"),
        _head("head-made", "arrow-head made"),
        arrows,
        boxes,
    )


def _box(one: Status, status: Status, reached: Collection[Status]) -> SafeString:
    place = PLACES[one]
    kind = "now" if one is status else "been" if one in reached else "other"
    return format_html(
        '<g class="state {}"><rect x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        kind,
        place.x,
        place.y,
        place.width,
        HEIGHT,
        place.centre,
        place.y + HEIGHT // 2 + 5,
        one.label.in_(current()),
    )


def _arrow(before: Status, after: Status, *, made: bool) -> SafeString:
    return format_html(
        '<path class="arrow{}" d="{}" marker-end="url(#{})"/>',
        " made" if made else "",
        _line(PLACES[before], PLACES[after]),
        "head-made" if made else "head",
    )


def _line(start: Place, end: Place) -> str:
    """There and back again are apart; what leaves the column for an end goes down between the boxes of the middle."""
    if start.y == end.y:
        if start.x < end.x:
            return f"M{start.x + start.width} {start.y + 10}H{end.x}"
        return f"M{start.x} {start.y + 24}H{end.x + end.width}"
    if start.y < _MIDDLE_Y and end.y == _ENDS_Y:
        return f"M{start.centre} {start.bottom}V{_MIDDLE_Y + HEIGHT + 8}L{end.centre} {end.y}"
    across = end.centre if end.y == _MIDDLE_Y else start.centre
    return f"M{across} {start.bottom}L{end.centre} {end.y}"


def _head(id_: str, kind: str) -> SafeString:
    return format_html(
        '<marker id="{}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="{}" d="M0 0L8 4L0 8Z"/></marker>',
        id_,
        kind,
    )
