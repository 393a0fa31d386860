"""The Conference: who takes part and as what, its bodies and presidencies with their dates, and the themes for which a
party names a focal point. From `documents/conference.yaml`; the members come from the code list.

Dates are as precise as the source is: a year, a month or a day. What is not established is None, never a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.agreements.record import Certainty
from istmo.registry.members import Agency, members
from istmo.registry.parties import PartyKind

_Kind = TypeVar("_Kind", bound=StrEnum)
_DAY = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Span:
    """From a day, month or year to another, both within, as the source writes them; None where not established."""

    start: str | None = None
    end: str | None = None

    def covers(self, on: date) -> bool:
        """Whether it may hold on a day; an end that is not established excludes nothing."""
        day = on.isoformat()
        return (self.start is None or self.start <= day[: len(self.start)]) and (
            self.end is None or day[: len(self.end)] <= self.end
        )


@dataclass(frozen=True, slots=True)
class Participant:
    """A party of the Conference; `agencies` are those of its institutions that sign figures here."""

    id: str
    kind: PartyKind
    name: Text
    span: Span
    note: Text | None
    certainty: Certainty
    agencies: tuple[Agency, ...]


@dataclass(frozen=True, slots=True)
class Body:
    id: str
    name: Text
    span: Span
    note: Text | None
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Presidency:
    """The presidency pro tempore of a member; its span has a start."""

    party: str
    span: Span
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Theme:
    """What a focal point is for; `commitment` is the seed's item that asks for one."""

    id: str
    name: Text
    commitment: str


@dataclass(frozen=True, slots=True)
class Conference:
    """`participants`: members by their order in the code list, then observers, guests, organisations, Secretariat."""

    version: str
    source: str
    participants: tuple[Participant, ...]
    bodies: tuple[Body, ...]
    presidencies: tuple[Presidency, ...]
    themes: tuple[Theme, ...]

    def participant(self, id_: str) -> Participant:
        """Raises `NotFound`."""
        return _found(self.participants, id_)

    def theme(self, id_: str) -> Theme:
        """Raises `NotFound`."""
        return _found(self.themes, id_)

    def of_kind(self, kind: PartyKind) -> tuple[Participant, ...]:
        return tuple(one for one in self.participants if one.kind is kind)


@cache
def conference() -> Conference:
    name = "conference.yaml"
    return read_conference((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


def read_conference(raw: bytes, *, name: str) -> Conference:
    """The document; raises `InvalidInput` with the place."""
    keys = ("document", "version", "source", "parties", "bodies", "presidencies", "themes")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    others = [_participant(id_, entry, f"{name}, {id_}") for id_, entry in document["parties"].items()]
    order = list(PartyKind)
    participants = [*_members(), *sorted(others, key=lambda one: order.index(one.kind))]
    if len({one.id for one in participants}) < len(participants):
        raise _refused(Text(es="Una parte está dos veces.", en="A party stands twice."), name)
    known = {one.id for one in participants if one.kind is PartyKind.MEMBER}
    return Conference(
        version=document["version"],
        source=document["source"],
        participants=tuple(participants),
        bodies=tuple(_body(id_, entry, f"{name}, {id_}") for id_, entry in document["bodies"].items()),
        presidencies=tuple(
            _presidency(entry, known, f"{name}, presidencies[{n}]") for n, entry in enumerate(document["presidencies"])
        ),
        themes=tuple(_theme(id_, entry, f"{name}, {id_}") for id_, entry in document["themes"].items()),
    )


def _members() -> list[Participant]:
    agencies = {one.code: one.agencies for one in members()}
    return [
        Participant(code, PartyKind.MEMBER, entry.name, Span(), None, Certainty.VERIFIED, agencies[code])
        for code, entry in codelist("member").codes.items()
    ]


_DATED = ("from", "to", "certainty", "es_note", "en_note")


def _participant(id_: str, entry: Any, place: str) -> Participant:
    fields = only(entry, ("kind", "es", "en", *_DATED), name=place, required=("kind",))
    kind = _of(PartyKind, fields["kind"], place)
    states = codelist("citizenship")
    name = states[id_].name if kind.is_state and id_ in states else _name(fields, place)
    return Participant(id_, kind, name, _span(fields, place), _note(fields, place), _certainty(fields, place), ())


def _body(id_: str, entry: Any, place: str) -> Body:
    fields = only(entry, ("es", "en", *_DATED), name=place)
    return Body(id_, _name(fields, place), _span(fields, place), _note(fields, place), _certainty(fields, place))


def _presidency(entry: Any, known: set[str], place: str) -> Presidency:
    fields = only(entry, ("party", "from", "to", "certainty"), name=place, required=("party", "from"))
    if fields["party"] not in known:
        raise _refused(Text(es="Solo preside un miembro.", en="Only a member presides."), place)
    return Presidency(fields["party"], _span(fields, place), _certainty(fields, place))


def _theme(id_: str, entry: Any, place: str) -> Theme:
    fields = only(entry, ("es", "en", "commitment"), name=place)
    return Theme(id_, _name(fields, place), fields.get("commitment", ""))


def _name(fields: Mapping[str, Any], place: str) -> Text:
    return text({key: fields[key] for key in ("es", "en") if key in fields}, name=place)


def _note(fields: Mapping[str, Any], place: str) -> Text | None:
    if "es_note" not in fields and "en_note" not in fields:
        return None
    return text({key: fields[f"{key}_note"] for key in ("es", "en") if f"{key}_note" in fields}, name=place)


def _span(fields: Mapping[str, Any], place: str) -> Span:
    span = Span(fields.get("from"), fields.get("to"))
    for written in (span.start, span.end):
        if written is not None and not _DAY.fullmatch(str(written)):
            raise _refused(
                Text(es=f"«{written}» no es un año, un mes ni un día.", en=f"“{written}” is no year, month or day."),
                place,
            )
    return span


def _certainty(fields: Mapping[str, Any], place: str) -> Certainty:
    return _of(Certainty, fields.get("certainty", Certainty.VERIFIED.value), place)


def _of(kind: type[_Kind], value: str, place: str) -> _Kind:
    try:
        return kind(value)
    except ValueError:
        raise _refused(
            Text(es=f"«{value}» no se conoce.", en=f"“{value}” is not known."),
            place,
            Text(es=f"Se permite: {', '.join(kind)}.", en=f"Allowed: {', '.join(kind)}."),
        ) from None


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_Named)


def _found(entries: tuple[_Entry, ...], id_: str) -> _Entry:
    for entry in entries:
        if entry.id == id_:
            return entry
    raise NotFound(Text(es=f"«{id_}» no está en el registro.", en=f"“{id_}” is not in the registry."))


def _refused(message: Text, place: str, advice: Text | None = None) -> InvalidInput:
    return InvalidInput(message, place=place, advice=advice, rule="F20")
