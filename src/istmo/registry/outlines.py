"""How do the countries around the route look on a map, and where is a place on it?

`documents/outlines.json` is made from Natural Earth by `tests/unit/registry/make_outlines.py`. Outlines and boundaries
are those of that source and imply no opinion on the status of a territory or on where a boundary runs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from istmo.model.codes import codelist
from istmo.model.documents import only

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Outlines:
    """`window`: west, south, east, north in degrees; `rings`: longitude and latitude, by country."""

    source: str
    window: tuple[float, float, float, float]
    rings: Mapping[str, tuple[Ring, ...]]

    def shows(self, longitude: float, latitude: float) -> bool:
        """Whether a point lies within the window."""
        west, south, east, north = self.window
        return west <= longitude <= east and south <= latitude <= north


@cache
def outlines() -> Outlines:
    """The outlines of the package."""
    name = "outlines.json"
    return read_outlines((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


def read_outlines(raw: bytes, *, name: str) -> Outlines:
    """The document as values; raises `InvalidInput` for a field and `NotFound` for a country that is not known."""
    keys = ("outlines", "version", "source", "window", "rings")
    document = only(json.loads(raw), keys, name=name, required=keys)
    west, south, east, north = document["window"]
    citizenship = codelist("citizenship")
    return Outlines(
        source=document["source"],
        window=(west, south, east, north),
        rings=MappingProxyType(
            {
                citizenship[code].id: tuple(tuple((x / 100, y / 100) for x, y in ring) for ring in rings)
                for code, rings in document["rings"].items()
            }
        ),
    )
