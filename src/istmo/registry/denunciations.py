"""A party denounces an agreement with its own signature: from a day on it is no longer bound, and nothing undoes that.

A denunciation is a signed document, `istmo-denunciation+jws`. As a suspension it travels in the signed registry and as
a message to every counterparty, and counts from whichever comes first. It acts from the day that it names, which the
notice agreed in the text may put off. Whoever takes part again signs a new agreement, under a new id.

    made = denounce(agreement, party="PAN", at=now, reason=reason, key=key)
    check(made, snapshot, now=now)                # on receipt (`istmo.registry.notices`)
    with_denunciations(snapshot, kept_at_home)    # what decisions read
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.stopping import earliest
from istmo.registry.keys import PrivateKey
from istmo.registry.moments import read_moment, written
from istmo.registry.notices import read_reason, refused
from istmo.registry.signing import Signed, canonical, payload_of, read_signed, sign
from istmo.registry.snapshot import Denunciation, Snapshot

TYP = "istmo-denunciation+jws"
FORMAT = "istmo-denunciation/1"
_FIELDS = frozenset({"format", "agreement", "party", "at", "from", "reason"})
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class SignedDenunciation:
    """A denunciation and the document that says it."""

    document: Signed
    said: Denunciation

    @property
    def agreement(self) -> str:
        return self.said.agreement

    @property
    def party(self) -> str:
        return self.said.party

    @property
    def digest(self) -> str:
        return self.document.digest


def denounce(
    agreement: Agreement, *, party: str, at: datetime, reason: Text, key: PrivateKey, day: date | None = None
) -> SignedDenunciation:
    """Acts on `day`, else as early as the text allows; raises `InvalidInput` for a day before that."""
    first = earliest(agreement, at)
    if day is not None and day < first:
        raise refused(
            Text(
                es=f"El acuerdo pide un preaviso: la denuncia actúa, como pronto, el {first.isoformat()}.",
                en=f"The agreement asks for notice: a denunciation acts from {first.isoformat()} at the earliest.",
            ),
            agreement.id,
            Text(
                es="Para detenerlo antes, suspéndalo además con «istmo agreement suspend».",
                en="To stop it before that day, suspend it as well with “istmo agreement suspend”.",
            ),
        )
    fields = {
        "format": FORMAT,
        "agreement": agreement.id,
        "party": party,
        "at": written(at),
        "from": (day or first).isoformat(),
        "reason": reason.as_json(),
    }
    return _read(sign(canonical(fields), key, typ=TYP), fields, "")


def read_denunciation(raw: str | bytes, *, name: str = "") -> SignedDenunciation:
    """What the document says; whether its signature counts is told by `istmo.registry.notices.check`."""
    document = read_signed(raw, typ=TYP, name=name)
    return _read(document, payload_of(document, name=name), name)


def with_denunciations(snapshot: Snapshot, known: Iterable[SignedDenunciation]) -> Snapshot:
    """The snapshot with what is known at home besides. Its digest changes with what is added, and only then."""
    found = set(snapshot.denunciations) | {one.said for one in known}
    if found == set(snapshot.denunciations):
        return snapshot
    ordered = tuple(sorted(found, key=_identity))
    stated = json.dumps([_identity(one) for one in ordered], ensure_ascii=False)
    digest = sha256(f"{snapshot.digest} {stated}".encode()).hexdigest()
    return replace(snapshot, denunciations=ordered, digest=digest)


def _identity(one: Denunciation) -> tuple[str, ...]:
    return one.agreement, one.party, written(one.at), one.day.isoformat(), one.reason.es, one.reason.en


def _read(document: Signed, fields: Mapping[str, Any], name: str) -> SignedDenunciation:
    reason, at, day = read_reason(fields.get("reason")), read_moment(fields.get("at")), _day(fields.get("from"))
    agreement, party = fields.get("agreement"), fields.get("party")
    if (
        fields.get("format") != FORMAT
        or fields.keys() != _FIELDS
        or reason is None
        or at is None
        or day is None
        or not all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in (agreement, party))
    ):
        raise _unreadable(name)
    return SignedDenunciation(document, Denunciation(str(agreement), str(party), at, day, reason))


def _day(text: object) -> date | None:
    """A day as it is written here, `YYYY-MM-DD`, and in no other form of ISO 8601."""
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _unreadable(name: str) -> InvalidInput:
    return refused(
        Text(es="El aviso no dice lo que dice una denuncia.", en="The notice does not say what a denunciation says."),
        name,
    )
