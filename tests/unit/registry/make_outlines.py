"""Makes `registry/documents/outlines.json`: the countries around the route, clipped and simplified from Natural Earth.

    python tests/unit/registry/make_outlines.py REFERENCE_FOLDER

Natural Earth is in the public domain; it is read here from the TopoJSON `world-atlas` 2.0.2 (1:50 million). Boundaries
are drawn as that source draws them and imply no opinion; names are not taken from it.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from istmo.model.codes import codelist

Point = tuple[float, float]
WINDOW = (-118.5, -4.0, -59.0, 34.0)  # west, south, east, north
TOLERANCE = 0.04  # degrees
SMALLEST = 0.02  # square degrees: islands below it are left out
SOURCE = "Natural Earth 1:50m (public domain), by world-atlas 2.0.2; clipped and simplified"
TARGET = Path(__file__).resolve().parents[3] / "src" / "istmo" / "registry" / "documents" / "outlines.json"


def outlines(topology: dict[str, Any]) -> dict[str, Any]:
    """The document: rings by ISO code, longitude and latitude in hundredths of a degree."""
    arcs = _arcs(topology)
    by_number = {
        code.attributes["numeric"]: code.id for code in codelist("citizenship") if "numeric" in code.attributes
    }
    found: dict[str, list[list[list[int]]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = by_number.get(str(geometry.get("id", "")).zfill(3))
        if code is None:
            continue
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            ring = clipped(_ring(polygon[0], arcs))
            if len(ring) > 3 and abs(area(ring)) >= SMALLEST:
                flat = simplified(ring)
                if len(flat) > 3:
                    found.setdefault(code, []).append([[round(x * 100), round(y * 100)] for x, y in flat])
    return {
        "outlines": "route",
        "version": "1.0.0",
        "source": SOURCE,
        "window": list(WINDOW),
        "rings": {code: found[code] for code in sorted(found)},
    }


def _arcs(topology: dict[str, Any]) -> list[list[Point]]:
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    result = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        result.append(points)
    return result


def _ring(numbers: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    points: list[Point] = []
    for number in numbers:
        arc = list(arcs[number]) if number >= 0 else list(reversed(arcs[~number]))
        points.extend(arc if not points else arc[1:])
    return points


def clipped(ring: Sequence[Point]) -> list[Point]:
    """The ring within the window, side by side (Sutherland and Hodgman)."""
    west, south, east, north = WINDOW
    result = list(ring)
    for axis, bound, inside_above in ((0, west, True), (0, east, False), (1, south, True), (1, north, False)):
        result = list(_clip_side(result, axis, bound, inside_above))
    return result


def _clip_side(ring: Sequence[Point], axis: int, bound: float, inside_above: bool) -> Iterable[Point]:
    def inside(point: Point) -> bool:
        return point[axis] >= bound if inside_above else point[axis] <= bound

    for before, point in zip([ring[-1], *ring[:-1]] if ring else [], ring, strict=True):
        if inside(point) != inside(before):
            part = (bound - before[axis]) / (point[axis] - before[axis])
            other = before[1 - axis] + part * (point[1 - axis] - before[1 - axis])
            yield (bound, other) if axis == 0 else (other, bound)
        if inside(point):
            yield point


def simplified(ring: Sequence[Point]) -> list[Point]:
    """The ring with fewer points, none farther than the tolerance from it (Douglas and Peucker)."""
    middle = len(ring) // 2
    return [*_line(ring[: middle + 1])[:-1], *_line(ring[middle:])]


def _line(points: Sequence[Point]) -> list[Point]:
    if len(points) < 3:
        return list(points)
    distances = [_distance(point, points[0], points[-1]) for point in points[1:-1]]
    farthest = max(range(len(distances)), key=distances.__getitem__)
    if distances[farthest] <= TOLERANCE:
        return [points[0], points[-1]]
    at = farthest + 1
    return [*_line(points[: at + 1])[:-1], *_line(points[at:])]


def _distance(point: Point, first: Point, last: Point) -> float:
    dx, dy = last[0] - first[0], last[1] - first[1]
    length = (dx * dx + dy * dy) ** 0.5
    if not length:
        return float(((point[0] - first[0]) ** 2 + (point[1] - first[1]) ** 2) ** 0.5)
    return float(abs(dy * (point[0] - first[0]) - dx * (point[1] - first[1])) / length)


def area(ring: Sequence[Point]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs) / 2


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace('],"', '],\n"') + "\n"


def main(folder: Path) -> None:
    topology = json.loads((folder / "data" / "geo" / "world-atlas_countries-50m.json").read_text("utf-8"))
    TARGET.write_text(text(outlines(topology)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
