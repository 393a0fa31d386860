"""The focal points of the directory as a document of the registry: drafted here, signed by the party itself.

    draft("PAN", on=today)                       bytes of members/PAN/focal-points.json, for the party's key to sign
    agreement("PAN", documents, on=today)        whether the signed registry says what the directory says
    standings(documents, on=today)               the same of every participant, in a word

The hub signs nobody's focal points: the part of a party is under the party's own registry key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from istmo.hub.directory.keeping import current, current_by_party
from istmo.hub.directory.models import FocalPoint as Entry
from istmo.hub.refusal import refused
from istmo.model.text import Text
from istmo.registry.conference import conference
from istmo.registry.distribution.contents import FocalPoint, read_focal_points, write_focal_points
from istmo.registry.distribution.layout import PARTY, focal_points_path


class Standing(StrEnum):
    """How the signed registry stands to the directory."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNSIGNED = "unsigned"
    NOBODY = "nobody"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS = {
    Standing.AGREES: Text(es="firmado, igual al directorio", en="signed, as in the directory"),
    Standing.DIFFERS: Text(es="firmado, distinto del directorio", en="signed, not as in the directory"),
    Standing.UNSIGNED: Text(es="sin firmar todavía", en="not signed yet"),
    Standing.NOBODY: Text(es="nadie nombrado", en="nobody named"),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """`added` stand in the directory alone, `gone` in the signed registry alone; functions that ended are left out."""

    standing: Standing
    added: tuple[FocalPoint, ...] = ()
    gone: tuple[FocalPoint, ...] = ()


def draft(party: str, *, on: date) -> bytes:
    """Those who serve on a day or will; raises `InvalidInput` where the party has named nobody."""
    points = exported(party, on=on)
    if not points or not PARTY.fullmatch(party):
        raise refused(
            Text("Esta parte no ha nombrado a nadie.", "This party has named nobody."),
            Text("Nombre primero a un punto focal.", "Name a focal point first."),
        )
    return write_focal_points(party, points)


def exported(party: str, *, on: date) -> tuple[FocalPoint, ...]:
    return _points(current(party), on)


def agreement(party: str, documents: Mapping[str, bytes], *, on: date) -> Agreement:
    """`documents` are those of the registry held here, by path."""
    return _held_against(party, exported(party, on=on), documents, on)


def standings(documents: Mapping[str, bytes], *, on: date) -> Mapping[str, Standing]:
    """How each participant of the Conference stands, by its code."""
    named = current_by_party()
    return {
        one.id: _held_against(one.id, _points(named.get(one.id, ()), on), documents, on).standing
        for one in conference().participants
    }


def _held_against(party: str, named: tuple[FocalPoint, ...], documents: Mapping[str, bytes], on: date) -> Agreement:
    path = focal_points_path(party)
    raw = documents.get(path)
    if raw is None:
        return Agreement(Standing.UNSIGNED if named else Standing.NOBODY, named)
    signed = tuple(
        one for one in read_focal_points(raw, party=party, place=path) if not one.until or on.isoformat() <= one.until
    )
    added = tuple(one for one in named if one not in signed)
    gone = tuple(one for one in signed if one not in named)
    if not named and not signed:
        return Agreement(Standing.NOBODY)
    return Agreement(Standing.DIFFERS if added or gone else Standing.AGREES, added, gone)


def _points(entries: Iterable[Entry], on: date) -> tuple[FocalPoint, ...]:
    return tuple(_point(entry) for entry in entries if entry.until is None or on <= entry.until)


def _point(entry: Entry) -> FocalPoint:
    return FocalPoint(
        theme=entry.theme,
        rank=entry.rank,
        name=entry.name,
        function=entry.function,
        institution=entry.institution,
        languages=entry.languages,
        address=entry.address,
        telephone=entry.telephone,
        since=entry.since.isoformat(),
        until=entry.until.isoformat() if entry.until else "",
    )
