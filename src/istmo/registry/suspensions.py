"""A party suspends an agreement with its own signature, and only the same party lifts it.

A notice is a signed document, `istmo-suspension+jws`. It travels in two ways, the signed registry and a message to
every counterparty, and acts from whichever comes first:

    notice = suspend("demo:pan-hnd", party="PAN", since=now, reason=reason, key=key)
    check(notice, snapshot, now=now)              # on receipt (`istmo.registry.notices`): who signed, and may they?
    with_notices(snapshot, notices_kept_at_home)  # what decisions read

A suspension that is known at home counts whether or not the registry holds it yet, and whatever a later registry
leaves out.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.keys import PrivateKey
from istmo.registry.moments import read_moment, written
from istmo.registry.notices import LONGEST, read_reason, refused
from istmo.registry.signing import Signed, canonical, payload_of, read_signed, sign
from istmo.registry.snapshot import Snapshot, Suspension

TYP = "istmo-suspension+jws"
FORMAT = "istmo-suspension/1"
_FIELDS = frozenset({"format", "act", "agreement", "party", "at", "reason", "suspension"})


class Act(StrEnum):
    SUSPEND = "suspend"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a signed document says. `at` is when it begins to hold; `suspension` is the digest of what a lift ends."""

    document: Signed
    act: Act
    agreement: str
    party: str
    at: datetime
    reason: Text
    suspension: str

    @property
    def digest(self) -> str:
        return self.document.digest


def suspend(agreement: str, *, party: str, since: datetime, reason: Text, key: PrivateKey) -> Notice:
    return _made(Act.SUSPEND, agreement, party, since, reason, "", key)


def lift(suspension: Notice, *, at: datetime, reason: Text, key: PrivateKey) -> Notice:
    """Ends a suspension of the same party; anything else of it stays as it was."""
    return _made(Act.LIFT, suspension.agreement, suspension.party, at, reason, suspension.digest, key)


def read_notice(raw: str | bytes, *, name: str = "") -> Notice:
    """What the document says; whether its signature counts is told by `istmo.registry.notices.check`."""
    document = read_signed(raw, typ=TYP, name=name)
    return _read(document, payload_of(document, name=name), name)


def effective(notices: Iterable[Notice]) -> tuple[Suspension, ...]:
    """The suspensions that the notices make, each with the earliest lift of it by the same party."""
    known = {notice.digest: notice for notice in notices}
    lifts: dict[str, datetime] = {}
    for notice in known.values():
        ended = known.get(notice.suspension)
        if ended is not None and _ends(notice, ended):
            lifts[ended.digest] = min(notice.at, lifts.get(ended.digest, notice.at))
    return tuple(
        Suspension(notice.agreement, notice.party, notice.at, notice.reason, lifts.get(digest))
        for digest, notice in sorted(known.items())
        if notice.act is Act.SUSPEND
    )


def with_notices(snapshot: Snapshot, notices: Iterable[Notice]) -> Snapshot:
    """The snapshot with what is known at home besides. Its digest changes with what is added, and only then."""
    merged = {_identity(one): one for one in snapshot.suspensions}
    for one in effective(notices):
        ends = [end for end in (one.lifted_from, _end(merged.get(_identity(one)))) if end is not None]
        merged[_identity(one)] = replace(one, lifted_from=min(ends, default=None))
    suspensions = tuple(merged[key] for key in sorted(merged))
    if set(suspensions) == set(snapshot.suspensions):
        return snapshot
    stated = json.dumps([[*_identity(one), _text(one.lifted_from)] for one in suspensions], ensure_ascii=False)
    digest = sha256(f"{snapshot.digest} {stated}".encode()).hexdigest()
    return replace(snapshot, suspensions=suspensions, digest=digest)


def _ends(lifting: Notice, suspension: Notice) -> bool:
    return (lifting.act, lifting.party, lifting.agreement) == (Act.LIFT, suspension.party, suspension.agreement) and (
        suspension.act is Act.SUSPEND
    )


def _identity(one: Suspension) -> tuple[str, str, str, str, str]:
    return one.agreement, one.party, written(one.since), one.reason.es, one.reason.en


def _end(one: Suspension | None) -> datetime | None:
    return None if one is None else one.lifted_from


def _text(moment: datetime | None) -> str:
    return "" if moment is None else written(moment)


def _made(act: Act, agreement: str, party: str, at: datetime, reason: Text, suspension: str, key: PrivateKey) -> Notice:
    fields = {
        "format": FORMAT,
        "act": act.value,
        "agreement": agreement,
        "party": party,
        "at": written(at),
        "reason": reason.as_json(),
        "suspension": suspension,
    }
    return _read(sign(canonical(fields), key, typ=TYP), fields, "")


def _read(document: Signed, fields: Mapping[str, Any], name: str) -> Notice:
    reason, at = read_reason(fields.get("reason")), read_moment(fields.get("at"))
    strings = [fields.get(key) for key in ("act", "agreement", "party", "suspension")]
    if fields.get("format") != FORMAT or fields.keys() != _FIELDS or at is None or reason is None:
        raise _unreadable(name)
    if any(not isinstance(one, str) or len(one) > LONGEST for one in strings):
        raise _unreadable(name)
    act, agreement, party, suspension = map(str, strings)
    if act not in list(Act) or (act == Act.LIFT) != bool(suspension) or not agreement:
        raise _unreadable(name)
    return Notice(document, Act(act), agreement, party, at, reason, suspension)


def _unreadable(name: str) -> InvalidInput:
    return refused(
        Text(
            es="El aviso no dice lo que dice una suspensión o su levantamiento.",
            en="The notice does not say what a suspension, or the lifting of one, says.",
        ),
        name,
    )
