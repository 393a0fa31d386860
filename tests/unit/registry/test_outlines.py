"""The outlines of the map: made from Natural Earth by our own script, clipped, of countries that the lists know."""

import json
from pathlib import Path

import pytest

from istmo.model.errors import InvalidInput, NotFound
from istmo.registry.outlines import outlines, read_outlines
from istmo.registry.places import places

from .make_outlines import TARGET, WINDOW, area, clipped, simplified, text
from .make_outlines import outlines as made_from


def test_every_outline_lies_within_the_window() -> None:
    found = outlines()
    assert {"PAN", "CRI", "NIC", "HND", "SLV", "GTM", "BLZ", "MEX", "USA", "DOM", "COL"} <= set(found.rings)
    points = [point for rings in found.rings.values() for ring in rings for point in ring]
    assert all(found.shows(*point) for point in points)
    assert not found.shows(0, 0)
    assert found.window == WINDOW
    assert "Natural Earth" in found.source


def test_every_place_with_coordinates_is_on_the_map() -> None:
    drawn = [place for place in places().values() if place.coordinates]
    assert len(drawn) >= 9
    assert all(outlines().shows(p.coordinates.longitude, p.coordinates.latitude) for p in drawn if p.coordinates)


def test_a_document_with_an_unknown_field_or_country_is_refused() -> None:
    document = json.loads(TARGET.read_text("utf-8"))
    with pytest.raises(InvalidInput):
        read_outlines(json.dumps({**document, "more": 1}).encode(), name="x.json")
    with pytest.raises(NotFound):
        read_outlines(json.dumps({**document, "rings": {"QQQ": [[[0, 0]]]}}).encode(), name="x.json")


def test_a_ring_is_cut_at_the_window_and_keeps_its_shape() -> None:
    west, south, east, north = WINDOW
    square = [(west - 10, south - 10), (east + 10, south - 10), (east + 10, north + 10), (west - 10, north + 10)]
    assert abs(area(clipped(square))) == pytest.approx((east - west) * (north - south))
    assert clipped([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]) == []
    line = [(0.0, 0.0), (1.0, 0.01), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)]
    assert (1.0, 0.01) not in simplified(line)
    assert len(simplified(line)) < len(line)


@pytest.mark.reference
def test_the_outlines_are_those_that_the_script_makes(reference_data: Path) -> None:
    topology = json.loads((reference_data / "data" / "geo" / "world-atlas_countries-50m.json").read_text("utf-8"))
    assert text(made_from(topology)) == TARGET.read_text("utf-8")
