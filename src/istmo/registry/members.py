"""Who are the members of the Regional Conference on Migration, in which order does the route meet them, who counts?

Four of the eleven are not on the route from Colombia to the north. Names come from the code list; the rest from
`documents/members.yaml`. The order of the route is an order of reporters side by side, never a sum over them (R1).
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency that signs figures; `formerly` is the acronym that earlier files carry."""

    acronym: str
    name: Text
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """`route_order` counts from the first arrival (1) northwards; `colour` is the place in the palette, from 1."""

    code: str
    name: Text
    short: Text
    route_order: int | None
    colour: int
    agencies: tuple[Agency, ...]

    @property
    def on_route(self) -> bool:
        return self.route_order is not None

    def agency(self, acronym: str) -> Agency:
        """The agency that signs, or signed, with `acronym`; raises `NotFound`."""
        for agency in self.agencies:
            if acronym in (agency.acronym, agency.formerly):
                return agency
        raise NotFound(
            Text(
                es=f"{self.code} no tiene una institución «{acronym}».",
                en=f"{self.code} has no agency “{acronym}”.",
            )
        )


@cache
def members() -> tuple[Member, ...]:
    """The eleven members: those on the route in its order, then the others by code."""
    name = "members.yaml"
    return read_members((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


def member(code: str) -> Member:
    """Raises `NotFound` for a State that is not a member."""
    for known in members():
        if known.code == code:
            return known
    raise NotFound(Text(es=f"«{code}» no es miembro de la CRM.", en=f"“{code}” is not a member of the RCM."))


def route() -> tuple[str, ...]:
    """Codes of the members on the route, from the first arrival northwards."""
    return tuple(known.code for known in members() if known.on_route)


def read_members(raw: bytes, *, name: str) -> tuple[Member, ...]:
    keys = ("document", "version", "source", "members")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    found = [_member(code, entry, name=f"{name}, {code}") for code, entry in document["members"].items()]
    return tuple(sorted(found, key=lambda known: (known.route_order or len(found) + 1, known.code)))


def _member(code: str, entry: Any, *, name: str) -> Member:
    fields = only(entry, ("route", "colour", "agencies"), name=name, required=("colour", "agencies"))
    known = codelist("member")[code]
    named = codelist("citizenship")[code]
    return Member(
        code=code,
        name=known.name,
        short=Text(es=named.short("es"), en=named.short("en")),
        route_order=_number(fields["route"], name=name) if "route" in fields else None,
        colour=_number(fields["colour"], name=name),
        agencies=tuple(_agency(agency, name=name) for agency in fields["agencies"]),
    )


def _agency(entry: Any, *, name: str) -> Agency:
    fields = only(entry, ("acronym", "es", "en", "formerly"), name=name, required=("acronym", "es", "en"))
    return Agency(
        acronym=fields["acronym"],
        name=text({"es": fields["es"], "en": fields["en"]}, name=name),
        formerly=fields.get("formerly"),
    )


def _number(value: str, *, name: str) -> int:
    if not value.isdecimal():
        raise InvalidInput(
            Text(es=f"«{value}» no es un número.", en=f"“{value}” is not a number."), place=name, rule="F20"
        )
    return int(value)
