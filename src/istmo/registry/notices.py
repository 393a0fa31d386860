"""What a party says alone about an agreement, signed: who may say it, and whose signature makes it count."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.parties import KeyRing
from istmo.registry.signing import Signed, signers
from istmo.registry.snapshot import Snapshot

RULE = "F78"
LONGEST = 4000


class PartyNotice(Protocol):
    """A suspension, the lifting of one, or a denunciation."""

    @property
    def document(self) -> Signed: ...

    @property
    def agreement(self) -> str: ...

    @property
    def party(self) -> str: ...


def check(notice: PartyNotice, snapshot: Snapshot, *, now: datetime, name: str = "") -> None:
    """Raises `InvalidInput` unless a key of the party that is good at `now` signed, and it is a party's to say.

    A notice about an agreement that is not known here is kept: the registry may bring the agreement later.
    """
    good = {
        kid for kid in notice.document.kids if (found := snapshot.keys.good(kid, now)) and found.party == notice.party
    }
    if not is_signed(notice, snapshot.keys, among=good):
        raise refused(
            Text(
                es=f"Ninguna clave válida de {notice.party} firmó este aviso.",
                en=f"No good key of {notice.party} has signed this notice.",
            ),
            name,
        )
    agreement = snapshot.agreements.get(notice.agreement)
    if agreement is not None and notice.party not in agreement.party_ids:
        raise refused(
            Text(
                es=f"{notice.party} no es parte del acuerdo {notice.agreement}.",
                en=f"{notice.party} is not a party to the agreement {notice.agreement}.",
            ),
            name,
        )


def is_signed(notice: PartyNotice, keys: KeyRing, *, among: Iterable[str]) -> bool:
    """Whether the signature of one of these keys holds."""
    allowed = set(among)

    def find(kid: str) -> Any:
        return keys.records[kid].key if kid in allowed else None

    return bool(signers(notice.document, find))


def read_reason(value: object) -> Text | None:
    """A reason in both languages, neither empty nor too long; None for anything else."""
    if not isinstance(value, Mapping) or value.keys() != {"es", "en"}:
        return None
    words = [value["es"], value["en"]]
    if not all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in words):
        return None
    return Text(es=words[0], en=words[1])


def refused(message: Text, place: str, advice: Text | None = None) -> InvalidInput:
    return InvalidInput(message, place=place, advice=advice, rule=RULE)
