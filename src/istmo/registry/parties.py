"""Who takes part: a party of the registry, its kind, and the keys that speak for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from istmo.model.text import Text
from istmo.registry.keys import PublicKey

SECRETARIAT = "TS"


class PartyKind(StrEnum):
    """What a party is to the Conference; a guest has fewer rights than a member, and `STATE` is none of the others."""

    MEMBER = "member"
    OBSERVER = "observer"
    GUEST = "guest"
    ORGANISATION = "organisation"
    SECRETARIAT = "secretariat"
    STATE = "state"

    @property
    def label(self) -> Text:
        return _KINDS[self]

    @property
    def is_state(self) -> bool:
        return self in (PartyKind.MEMBER, PartyKind.OBSERVER, PartyKind.GUEST, PartyKind.STATE)


_KINDS = {
    PartyKind.MEMBER: Text(es="Estado miembro", en="Member State"),
    PartyKind.OBSERVER: Text(es="Estado observador", en="Observer State"),
    PartyKind.GUEST: Text(es="Estado invitado", en="Guest State"),
    PartyKind.ORGANISATION: Text(es="Organización observadora", en="Observer organisation"),
    PartyKind.SECRETARIAT: Text(es="Secretaría", en="Secretariat"),
    PartyKind.STATE: Text(es="Otro Estado", en="Other State"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both within; an open end is None."""

    start: date
    end: date | None = None

    def holds(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on <= self.end)


@dataclass(frozen=True, slots=True)
class Party:
    """A party: `id` is alpha-3 for a State, `TS` for the Secretariat, the acronym for an organisation."""

    id: str
    kind: PartyKind
    name: Text
    active: Period
    passes_on_to: frozenset[str] = frozenset()
    """States that receive what this party receives: the floor counts them as recipients too."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key with the party that it speaks for. What it signed after `revoked_from` never counts."""

    party: str
    key: PublicKey
    valid_from: datetime
    valid_to: datetime
    revoked_from: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether the key may sign, or be sealed to, at `now`."""
        end = self.valid_to if self.revoked_from is None else min(self.valid_to, self.revoked_from)
        return self.valid_from <= now < end


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of all parties by key id."""

    records: Mapping[str, KeyRecord]

    def good(self, kid: str, now: datetime) -> KeyRecord | None:
        """The record of a key that is good at `now`, else None."""
        record = self.records.get(kid)
        return record if record is not None and record.is_good(now) else None
