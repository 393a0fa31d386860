"""Which posts, sectors, offices and stretches of border do the members' figures name, and how do files write them?

One file a country, `places/<CODE>.yaml`. A place has coordinates only where the source of them is named. Labels are
exact, folded, and mean one place within their country: `place_labels("HND")["trojes"]` is `HND_TROJES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput
from istmo.model.labels import fold
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees (WGS 84) and where they come from."""

    latitude: float
    longitude: float
    source: str

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180 and self.source):
            raise ValueError(f"no such point: {self.latitude}, {self.longitude} ({self.source!r})")


@dataclass(frozen=True, slots=True)
class Place:
    """`member` is the country of its list; `kind` a code of list `place_kind`; `labels` as sources write them."""

    id: str
    member: str
    name: Text
    kind: str
    labels: tuple[str, ...]
    coordinates: Coordinates | None = None


@cache
def places() -> Mapping[str, Place]:
    """Every place by id, by country and in the order of its file."""
    folder = files("istmo.registry") / "places"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return MappingProxyType(
        {place.id: place for name in names for place in read_places((folder / name).read_bytes(), name=name)}
    )


@cache
def place_labels(member: str) -> Mapping[str, str]:
    """Place id by folded label, for one country; empty for a country without a list."""
    return MappingProxyType(
        {fold(label): place.id for place in places().values() if place.member == member for label in place.labels}
    )


def read_places(raw: bytes, *, name: str) -> tuple[Place, ...]:
    """The places of one country; a label that would mean two of them is refused."""
    keys = ("places", "version", "source", "entries")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    member = document["places"]
    codelist("reporter")[member]
    found = tuple(
        _place(id_, entry, member=member, name=f"{name}, {id_}") for id_, entry in document["entries"].items()
    )
    seen: dict[str, str] = {}
    for place in found:
        for label in place.labels:
            other = seen.setdefault(fold(label), place.id)
            if other != place.id:
                raise _invalid(
                    Text(
                        es=f"La etiqueta «{label}» está con {other} y con {place.id}.",
                        en=f"The label “{label}” stands with {other} and with {place.id}.",
                    ),
                    name=name,
                )
    return found


def _place(id_: str, entry: Any, *, member: str, name: str) -> Place:
    fields = only(entry, ("es", "en", "kind", "labels", "at"), name=name, required=("es", "en", "kind"))
    if not id_.startswith(f"{member}_") or fields["kind"] not in codelist("place_kind"):
        raise _invalid(
            Text(
                es=f"El lugar debe llamarse {member}_… y tener un tipo de la lista place_kind.",
                en=f"The place must be called {member}_… and have a kind of list place_kind.",
            ),
            name=name,
        )
    return Place(
        id=id_,
        member=member,
        name=text({"es": fields["es"], "en": fields["en"]}, name=name),
        kind=fields["kind"],
        labels=tuple(fields.get("labels", ())),
        coordinates=_coordinates(fields["at"], name=name) if "at" in fields else None,
    )


def _coordinates(entry: Any, *, name: str) -> Coordinates:
    keys = ("latitude", "longitude", "source")
    fields = only(entry, keys, name=name, required=keys)
    try:
        return Coordinates(float(fields["latitude"]), float(fields["longitude"]), fields["source"])
    except ValueError as exc:
        raise _invalid(
            Text(es="Las coordenadas no se pueden leer.", en="The coordinates cannot be read."), name=name
        ) from exc


def _invalid(message: Text, *, name: str) -> InvalidInput:
    return InvalidInput(message, place=name, rule="F20")
