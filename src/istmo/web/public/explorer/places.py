"""C4: where are the posts and stations that the sources name? Points without figures.

No figure stands on a map until disclosure control is part of the program (ADR 0008): a small count at a named post can
point at people. Only places whose coordinates have a source are drawn; the others are listed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from istmo.model.codes import codelist
from istmo.model.labels import collation_key
from istmo.registry.members import route
from istmo.registry.outlines import outlines
from istmo.registry.places import Place, places
from istmo.statistics.wording import short_name
from istmo.web.common.language import current
from istmo.web.public.explorer.caching import tagged

WIDTH = 960.0
STEP = 10  # degrees between two lines of the graticule
LETTER, LINE = 6.4, 14.0  # about the width and height of a label's letter


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name: str
    places: tuple[tuple[Place, str], ...]


@require_safe
@tagged
def places_map(request: HttpRequest) -> HttpResponse:
    known = list(places().values())
    drawn = [one for one in known if one.coordinates is not None]
    context = {
        "section": "data",
        "picture": drawing(drawn),
        "countries": _countries(known),
        "drawn": len(drawn),
        "all": len(known),
        "outline_source": outlines().source,
        "point_sources": sorted({one.coordinates.source for one in drawn if one.coordinates}),
    }
    return render(request, "istmo/data/map.html", context)


def _countries(known: Sequence[Place]) -> tuple[Country, ...]:
    """The countries in the order of the route, then the others, each with its places by name and their kind."""
    language, kinds = current(), codelist("place_kind")
    order = ("COL", *route())
    found: dict[str, list[Place]] = {}
    for place in known:
        found.setdefault(place.member, []).append(place)
    return tuple(
        Country(
            code,
            short_name("reporter", code).in_(language),
            tuple(
                (place, kinds[place.kind].name.in_(language))
                for place in sorted(found[code], key=lambda one: collation_key(one.name.in_(language)))
            ),
        )
        for code in sorted(found, key=lambda one: order.index(one) if one in order else len(order))
    )


class Projection:
    """Equirectangular, true to scale at the middle of the window."""

    def __init__(self) -> None:
        self.west, south, east, self.north = outlines().window
        self.narrow = math.cos(math.radians((south + self.north) / 2))
        self.scale = WIDTH / ((east - self.west) * self.narrow)
        self.height = (self.north - south) * self.scale
        self.south, self.east = south, east

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        return (longitude - self.west) * self.narrow * self.scale, (self.north - latitude) * self.scale


def drawing(drawn: Sequence[Place]) -> SafeString:
    """The outlines, a graticule, and a numbered point for each place."""
    to, language = Projection(), current()
    parts = [f'<path class="lat" d="{_graticule(to)}"/>']
    for rings in outlines().rings.values():
        path = "".join(
            "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in (to.at(*point) for point in ring)) + "Z" for ring in rings
        )
        parts.append(f'<path class="land" d="{path}"/>')
    for place in drawn:
        assert place.coordinates is not None
        x, y = to.at(place.coordinates.longitude, place.coordinates.latitude)
        name = escape(place.name.in_(language))
        parts.append(
            f'<circle class="pt r-{place.member}" cx="{x:.1f}" cy="{y:.1f}" r="6"><title>{name}</title></circle>'
        )
    parts.extend(_country_codes(to))
    taken: list[tuple[float, float, float]] = []
    for place in sorted(drawn, key=_northernmost):
        assert place.coordinates is not None
        x, y = to.at(place.coordinates.longitude, place.coordinates.latitude)
        name = place.name.in_(language)
        low = _free(x + 12, y + 4, len(name) * LETTER, taken)
        if low - y > LINE:
            parts.append(f'<path class="lead" d="M{x:.1f},{y:.1f}L{x + 10:.1f},{low - 4:.1f}"/>')
        parts.append(f'<text class="pl" x="{x + 12:.1f}" y="{low:.1f}">{escape(name)}</text>')
    names = ", ".join(place.name.in_(language) for place in drawn)
    return mark_safe(  # noqa: S308 - names are escaped, the rest are numbers of our own
        f'<svg viewBox="0 0 {WIDTH:g} {to.height:.0f}" role="img" aria-label="{escape(names)}">{"".join(parts)}</svg>'
    )


def _northernmost(place: Place) -> float:
    return -(place.coordinates.latitude if place.coordinates else 0.0)


def _free(x: float, y: float, wide: float, taken: list[tuple[float, float, float]]) -> float:
    """The height of a label that stands clear of those before it."""
    while any(abs(y - other) < LINE and x < right and left < x + wide for left, right, other in taken):
        y += 1
    taken.append((x, x + wide, y))
    return y


def _country_codes(to: Projection) -> list[str]:
    """The ISO code of each country that is large enough for it, in the middle of its largest part."""
    parts = []
    for code, rings in outlines().rings.items():
        points = [to.at(*point) for point in max(rings, key=len)]
        across, down = zip(*points, strict=True)
        if max(across) - min(across) > 2 * LETTER * len(code):
            x, y = (max(across) + min(across)) / 2, (max(down) + min(down)) / 2
            parts.append(f'<text class="cn" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{code}</text>')
    return parts


def _graticule(to: Projection) -> str:
    west, east = math.ceil(to.west / STEP) * STEP, math.floor(to.east / STEP) * STEP
    south, north = math.ceil(to.south / STEP) * STEP, math.floor(to.north / STEP) * STEP
    lines = [(to.at(x, to.north), to.at(x, to.south)) for x in range(west, east + 1, STEP)]
    lines += [(to.at(to.west, y), to.at(to.east, y)) for y in range(south, north + 1, STEP)]
    return "".join(f"M{a:.1f},{b:.1f}L{c:.1f},{d:.1f}" for (a, b), (c, d) in lines)
