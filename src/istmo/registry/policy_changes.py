"""Which visas, fees, borders, pathways and procedures changed when, so that a reader sees them beside a series?

`documents/policy_changes.yaml` is the calendar: each entry has the first day on which the change applied, the State
that made it, the reporters whose series it may touch, the nationalities that it is about and one source with its day.
A change stands beside a figure and is never given as its cause. An entry that is not `checked` rests on a report of the
act; a person has to read the act itself.

    changes_beside(("PAN", "HND"), first=month(2023, 1), last=month(2023, 12), citizenship="CUB")
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput
from istmo.model.periods import Period, month
from istmo.model.text import Text
from istmo.registry.members import members
from istmo.registry.regions import nodes, region

_REQUIRED = ("date", "kind", "by", "reporters", "what", "source", "checked")


@dataclass(frozen=True, slots=True)
class PolicySource:
    """`title` as published, in its own language; `day` is that of publication."""

    title: str
    url: str
    day: date


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """`day`: the first on which it applied; `by`: code of the State; no nationality and no region: all of them."""

    id: str
    day: date
    kind: str
    by: str
    reporters: tuple[str, ...]
    nationalities: tuple[str, ...]
    regions: tuple[str, ...]
    what: Text
    source: PolicySource
    checked: bool

    @property
    def month(self) -> Period:
        return month(self.day.year, self.day.month)

    @property
    def whole(self) -> bool:
        """Whether it is about every nationality."""
        return not self.nationalities and not self.regions

    def about(self, citizenship: str) -> bool:
        """Whether it is about people of that code; a node is touched with any of its members."""
        codes = (citizenship, *nodes().get(citizenship, ()))
        return self.whole or any(code in self.nationalities or region(code) in self.regions for code in codes)


@cache
def policy_changes() -> tuple[PolicyChange, ...]:
    """Every change of the calendar, the earliest first."""
    name = "policy_changes.yaml"
    return read_policy_changes((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


def changes_beside(
    reporters: Collection[str],
    *,
    first: Period,
    last: Period,
    citizenship: str | None = None,
    calendar: Collection[PolicyChange] | None = None,
) -> tuple[PolicyChange, ...]:
    """The changes from month `first` to `last` that may touch a series of one of the reporters, the earliest first.

    With `citizenship` only those that are about it. `calendar` defaults to the registry.
    """
    return tuple(
        change
        for change in (policy_changes() if calendar is None else calendar)
        if first <= change.month <= last
        and not set(change.reporters).isdisjoint(reporters)
        and (citizenship is None or change.about(citizenship))
    )


def read_policy_changes(raw: bytes, *, name: str) -> tuple[PolicyChange, ...]:
    """The calendar as values; raises `InvalidInput` with the place."""
    keys = ("registry", "version", "changes")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    entries = only(document["changes"], document["changes"], name=f"{name}, changes")
    found = [_change(id_, entry, place=f"{name}, {id_}") for id_, entry in entries.items()]
    return tuple(sorted(found, key=lambda change: (change.day, change.id)))


def _change(id_: str, entry: Any, *, place: str) -> PolicyChange:
    fields = only(entry, (*_REQUIRED, "nationalities", "regions"), name=place, required=_REQUIRED)
    return PolicyChange(
        id=id_,
        day=_day(fields["date"], place=place),
        kind=codelist("policy_change_kind")[fields["kind"]].id,
        by=codelist("citizenship")[fields["by"]].id,
        reporters=_reporters(fields["reporters"], place=place),
        nationalities=tuple(codelist("citizenship")[code].id for code in fields.get("nationalities", ())),
        regions=tuple(codelist("flow_region")[code].id for code in fields.get("regions", ())),
        what=text(fields["what"], name=f"{place}, what"),
        source=_source(fields["source"], place=f"{place}, source"),
        checked=_yes(fields["checked"], place=place),
    )


def _reporters(codes: Any, *, place: str) -> tuple[str, ...]:
    known = {member.code for member in members()}
    unknown = [code for code in codes if code not in known]
    if unknown or not codes:
        raise _invalid(
            place,
            f"reporters: {', '.join(unknown) or '—'} no es miembro de la CRM",
            f"reporters: {', '.join(unknown) or '—'} is not a member of the RCM",
        )
    return tuple(codes)


def _source(entry: Any, *, place: str) -> PolicySource:
    keys = ("title", "url", "date")
    fields: Mapping[str, str] = only(entry, keys, name=place, required=keys)
    if not fields["url"].startswith(("https://", "http://")):
        raise _invalid(place, f"«{fields['url']}» no es una dirección", f"“{fields['url']}” is not an address")
    return PolicySource(title=fields["title"], url=fields["url"], day=_day(fields["date"], place=place))


def _day(written: str, *, place: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as exc:
        raise _invalid(place, f"«{written}» no es un día", f"“{written}” is not a day") from exc


def _yes(value: str, *, place: str) -> bool:
    if value not in ("yes", "no"):
        raise _invalid(place, f"checked: «{value}» no es yes ni no", f"checked: “{value}” is neither yes nor no")
    return value == "yes"


def _invalid(place: str, es: str, en: str) -> InvalidInput:
    return InvalidInput(
        Text(es=f"Calendario de cambios de política: {es}.", en=f"Calendar of policy changes: {en}."),
        place=place,
        rule="F20",
    )
