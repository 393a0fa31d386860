"""Did every party sign? An agreement is valid when a good key of each party has signed the same bytes, else it is not.

A signature carries no time, so a key's past is judged by the day that the text itself gives, `signed_on`, to which
every other party has put its name as well:

- a key that is revoked counts for nothing from then on, because a thief could date a text back: the party signs again
  with its new key, which adds a signature to the same document;
- a key that came to its end without being revoked still counts for what is dated within its time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum

from istmo.model.text import Text
from istmo.registry.agreements.reading import read_agreement
from istmo.registry.agreements.record import Agreement
from istmo.registry.keys import PublicKey, Use
from istmo.registry.parties import KeyRecord, KeyRing
from istmo.registry.signing import Signed, signers


class Flaw(StrEnum):
    """Why a signature counts for nothing."""

    UNKNOWN_KEY = "unknown_key"
    WRONG_USE = "wrong_use"
    OTHER_PARTY = "other_party"
    NOT_YET = "not_yet"
    PAST = "past"
    REVOKED = "revoked"
    DOES_NOT_HOLD = "does_not_hold"

    @property
    def label(self) -> Text:
        return _FLAWS[self]


_FLAWS = {
    Flaw.UNKNOWN_KEY: Text(es="la clave no está en el registro", en="the key is not in the registry"),
    Flaw.WRONG_USE: Text(es="la clave no es de firma", en="the key is not one to sign with"),
    Flaw.OTHER_PARTY: Text(
        es="la clave es de quien no es parte del acuerdo", en="the key is of somebody who is not a party"
    ),
    Flaw.NOT_YET: Text(es="la clave aún no es válida", en="the key is not valid yet"),
    Flaw.PAST: Text(
        es="la clave ya no era válida el día de la firma", en="the key was no longer valid on the day of signing"
    ),
    Flaw.REVOKED: Text(
        es="la clave está revocada: la parte firma de nuevo con la nueva",
        en="the key is revoked: the party signs again with the new one",
    ),
    Flaw.DOES_NOT_HOLD: Text(es="la firma no corresponde al texto", en="the signature does not belong to the text"),
}


@dataclass(frozen=True, slots=True)
class Flawed:
    """A signature that counts for nothing; `party` is "" where the key is not known."""

    kid: str
    party: str
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class Missing:
    """An agreement that is not valid: `parties` have not signed it; `flawed` are the signatures that do not count."""

    agreement: Agreement
    parties: tuple[str, ...]
    signed: frozenset[str]
    flawed: tuple[Flawed, ...]


def valid(document: Signed, keys: KeyRing, now: datetime, *, name: str = "") -> Agreement | Missing:
    """The agreement when all its parties signed, else who is missing; raises `InvalidInput` where it cannot be read."""
    agreement = read_agreement(document, name=name)
    signed, flawed = judged(document, agreement, keys, now)
    missing = tuple(entry.party for entry in agreement.parties if entry.party not in signed)
    return Missing(agreement, missing, signed, flawed) if missing else agreement


def judged(
    document: Signed, agreement: Agreement, keys: KeyRing, now: datetime
) -> tuple[frozenset[str], tuple[Flawed, ...]]:
    """The parties whose signature under `agreement`, which `document` holds, counts; and the signatures that do not."""
    holding = signers(document, _finder(keys))
    signed: set[str] = set()
    flawed = []
    for kid in document.kids:
        record = keys.records.get(kid)
        flaw = _flaw(record, agreement, now) or (None if kid in holding else Flaw.DOES_NOT_HOLD)
        if record is None or flaw is not None:
            flawed.append(Flawed(kid, record.party if record else "", flaw or Flaw.UNKNOWN_KEY))
        else:
            signed.add(record.party)
    return frozenset(signed), tuple(flawed)


def _finder(keys: KeyRing) -> Callable[[str], PublicKey | None]:
    def find(kid: str) -> PublicKey | None:
        record = keys.records.get(kid)
        return record.key if record else None

    return find


def _flaw(record: KeyRecord | None, agreement: Agreement, now: datetime) -> Flaw | None:
    signed_on = datetime.combine(agreement.signed_on, time(), UTC)
    if record is None:
        return Flaw.UNKNOWN_KEY
    if record.key.use is not Use.SIGNING:
        return Flaw.WRONG_USE
    if record.party not in agreement.party_ids:
        return Flaw.OTHER_PARTY
    if record.revoked_from is not None and record.revoked_from <= now:
        return Flaw.REVOKED
    if now < record.valid_from:
        return Flaw.NOT_YET
    if record.valid_to <= signed_on:
        return Flaw.PAST
    return None
