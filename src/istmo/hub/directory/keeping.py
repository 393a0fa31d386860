"""Name a focal point, change what is known of one, end its function; see who serves on a day and who served before.

    name_focal_point("PAN", theme="IT", rank=Rank.HOLDER, details=Details(...), account=user, at=now, point=uuid4())
    for entry in serving("PAN", on=today): ...

Every change is an entry of its own with its author and moment; nothing recorded is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from istmo.hub.directory.models import FocalPoint
from istmo.hub.refusal import refused
from istmo.installation.audit.models import EventKind, record
from istmo.model.codes import codelist
from istmo.model.errors import NotFound
from istmo.model.text import Text
from istmo.registry.conference import Theme, conference


class Rank(StrEnum):
    HOLDER = "holder"
    DEPUTY = "deputy"

    @property
    def title(self) -> Text:
        return _RANKS[self]


_RANKS = {
    Rank.HOLDER: Text(es="titular", en="focal point"),
    Rank.DEPUTY: Text(es="suplente", en="deputy"),
}


@dataclass(frozen=True, slots=True)
class Details:
    """What a party says of its focal point. `languages` are codes of the list `language`, separated by blanks."""

    name: str
    function: str
    institution: str
    languages: str
    address: str
    telephone: str
    since: date
    note: str = ""


def name_focal_point(
    party: str, *, theme: str, rank: Rank, details: Details, account: Any, at: datetime, point: UUID
) -> FocalPoint:
    """A new focal point of a party. Raises `InvalidInput` or `NotFound`; then nothing is kept."""
    _allowed(party, account)
    known = conference().theme(theme)
    return _keep(
        FocalPoint(point=point, version=1, party=party, theme=known.id, rank=rank.value, **_checked(details)),
        account=account,
        at=at,
    )


def change_focal_point(point: UUID, *, seen: int, details: Details, account: Any, at: datetime) -> FocalPoint:
    """What is known of a focal point changes. `seen` is the version that the author saw: a later one is not lost."""
    last = latest(point)
    _allowed(last.party, account)
    return _keep(_next(last, seen, **_checked(details), until=last.until), account=account, at=at)


def end_focal_point(point: UUID, *, seen: int, until: date, note: str, account: Any, at: datetime) -> FocalPoint:
    """The function ends with the day `until`. A day before it began is refused."""
    last = latest(point)
    _allowed(last.party, account)
    if until < last.since:
        raise refused(
            Text("La función terminaría antes de empezar.", "The function would end before it began."),
            Text("Revise las fechas.", "Check the dates."),
        )
    return _keep(_next(last, seen, until=until, note=_short("note", note)), account=account, at=at)


def latest(point: UUID) -> FocalPoint:
    """The entry that holds of a focal point; raises `NotFound`."""
    entry = FocalPoint.objects.filter(point=point).order_by("-version").first()
    if entry is None:
        raise NotFound(Text(es="Ese punto focal no está aquí.", en="That focal point is not here."))
    return entry


def history(party: str) -> tuple[FocalPoint, ...]:
    """Every entry of a party, the newest first."""
    return tuple(
        FocalPoint.objects.filter(party=party).select_related("recorded_by").order_by("-recorded_at", "-version")
    )


def current(party: str) -> tuple[FocalPoint, ...]:
    """The entry that holds of every focal point that a party ever named, by theme, holders before deputies."""
    return tuple(_holding(FocalPoint.objects.filter(party=party)))


def current_by_party() -> Mapping[str, Sequence[FocalPoint]]:
    """The same of every party, in one question to the database."""
    found: dict[str, list[FocalPoint]] = {}
    for entry in _holding(FocalPoint.objects.all()):
        found.setdefault(entry.party, []).append(entry)
    return found


def serving(party: str, *, on: date) -> tuple[FocalPoint, ...]:
    """Who serves on a day, by theme, holders before deputies."""
    return tuple(entry for entry in current(party) if entry.serves(on))


def by_party(*, on: date) -> dict[str, dict[str, FocalPoint]]:
    """For each party the holder of each theme on a day: the latest named one where there are several."""
    found: dict[str, dict[str, FocalPoint]] = {}
    for entry in _holding(FocalPoint.objects.filter(rank=Rank.HOLDER.value)):
        if entry.serves(on):
            found.setdefault(entry.party, {})[entry.theme] = entry
    return found


def vacant(party: str, *, on: date) -> tuple[Theme, ...]:
    """The themes for which a party has named nobody."""
    named = {entry.theme for entry in serving(party, on=on)}
    return tuple(theme for theme in conference().themes if theme.id not in named)


def _holding(entries: Any) -> Iterable[FocalPoint]:
    last: dict[UUID, FocalPoint] = {}
    for entry in entries.order_by("version"):
        last[entry.point] = entry
    order = {theme.id: number for number, theme in enumerate(conference().themes)}
    return sorted(
        last.values(),
        key=lambda one: (one.party, order.get(one.theme, len(order)), one.rank != Rank.HOLDER.value, one.since),
    )


def _next(last: FocalPoint, seen: int, **changed: Any) -> FocalPoint:
    if last.version != seen:
        raise refused(
            Text("Otra persona lo cambió mientras tanto.", "Somebody else has changed it meanwhile."),
            Text("Vea la entrada nueva y repita el cambio.", "Look at the new entry and make the change again."),
        )
    kept = {
        name: getattr(last, name)
        for name in (
            "party", "theme", "rank", "name", "function", "institution",
            "languages", "address", "telephone", "since", "until",
        )
    }  # fmt: skip
    return FocalPoint(point=last.point, version=last.version + 1, **(kept | changed))


def _keep(entry: FocalPoint, *, account: Any, at: datetime) -> FocalPoint:
    entry.recorded_by, entry.recorded_at = account, at
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
            record(
                EventKind.FOCAL_POINT_RECORDED,
                at=at,
                account=account,
                object_type="focal_point",
                object_id=f"{entry.party}.{entry.theme}",
            )
    except IntegrityError:
        raise refused(
            Text("Otra persona lo cambió mientras tanto.", "Somebody else has changed it meanwhile."),
            Text("Vea la entrada nueva y repita el cambio.", "Look at the new entry and make the change again."),
        ) from None
    return entry


def _allowed(party: str, account: Any) -> None:
    """A party that is known; an account of a State names the focal points of that State alone."""
    conference().participant(party)
    if account.member and account.member != party:
        raise refused(
            Text("Solo puede nombrar a los puntos focales de su Estado.", "You may name only those of your own State."),
            Text("Pida el cambio a la Secretaría.", "Ask the Secretariat for the change."),
        )


def _checked(details: Details) -> dict[str, Any]:
    found = {name: _short(name, value) if isinstance(value, str) else value for name, value in asdict(details).items()}
    for name in ("name", "institution"):
        if not found[name]:
            raise refused(
                Text("Falta el nombre o la institución.", "The name or the institution is missing."),
                Text("Complete los dos.", "Fill in both."),
            )
    if not (found["address"] or found["telephone"]):
        raise refused(
            Text("Sin correo ni teléfono no se le puede consultar.", "Without e-mail or telephone nobody can ask."),
            Text("Escriba al menos uno.", "Write at least one."),
        )
    if found["address"]:
        try:
            validate_email(found["address"])
        except ValidationError:
            raise refused(
                Text("La dirección de correo no sirve.", "The e-mail address cannot be used."),
                Text("Escríbala como nombre@institución.gob.", "Write it as name@institution.gov."),
            ) from None
    known = codelist("language")
    unknown = [code for code in found["languages"].split() if code not in known]
    if unknown:
        raise refused(
            Text(f"No se conoce el idioma «{unknown[0]}».", f"The language “{unknown[0]}” is not known."),
            Text("Use los códigos de la lista, por ejemplo «es en».", "Use the list's codes, for example “es en”."),
        )
    return found


_LENGTHS = {"languages": 60, "telephone": 60, "note": 500}


def _short(name: str, value: str) -> str:
    text = " ".join(value.split())
    if len(text) > _LENGTHS.get(name, 200):
        raise refused(Text("Un texto es muy largo.", "A text is too long."), Text("Acórtelo.", "Shorten it."))
    return text
