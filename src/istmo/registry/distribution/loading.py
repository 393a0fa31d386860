"""The snapshot that decisions read, from files; or the reason why these files are not taken.

    load(files, trusted_root=root, previous=held, now=now)      for files that have just arrived
    reopen(files, trusted_root=root, now=now)                   for the copy that was taken before

What has arrived must be fresh and must not go back behind what is held. The copy that is held serves on after it is
stale: `Snapshot.expires` then lies in the past, and nothing about a person is sent until a fresh one comes.

A party whose part has run out only loses its keys; it cannot hold up the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from tuf.api.metadata import Metadata, Root, Targets
from tuf.api.metadata import Snapshot as TufSnapshot
from tuf.api.metadata import Timestamp as TufTimestamp

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.activation import activate
from istmo.registry.agreements.reading import TYP
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.validity import Flaw, Missing, valid
from istmo.registry.denunciations import SignedDenunciation, read_denunciation
from istmo.registry.distribution.contents import read_focal_points, read_keys, read_parties
from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import (
    AGREEMENTS,
    DENUNCIATION,
    FOCAL_POINTS,
    KEYS,
    LIFETIME,
    PARTIES,
    ROOT,
    SKEW,
    SNAPSHOT,
    SUSPENSION,
    TARGETS,
    TIMESTAMP,
    Files,
    Source,
    agreement_path,
)
from istmo.registry.distribution.metadata import holds
from istmo.registry.distribution.verifying import Verified, source_of, verify
from istmo.registry.moments import written
from istmo.registry.notices import PartyNotice, is_signed
from istmo.registry.parties import KeyRecord, KeyRing
from istmo.registry.signing import Signed, read_signed
from istmo.registry.snapshot import Denunciation, Snapshot
from istmo.registry.suspensions import Act, Notice, effective, read_notice


@dataclass(frozen=True, slots=True)
class Loaded:
    """A registry that was taken: what decisions read, the chain that it rests on, what parties said alone in it."""

    snapshot: Snapshot
    verified: Verified
    notices: tuple[Notice, ...]
    denunciations: tuple[SignedDenunciation, ...]


def load(files: Files, *, trusted_root: bytes, previous: Verified | None = None, now: datetime) -> Snapshot:
    """The snapshot of files that are verified, fresh at `now` and not behind `previous`; raises `RegistryRefused`."""
    return take(source_of(files), trusted_root=trusted_root, previous=previous, now=now).snapshot


def take(source: Source, *, trusted_root: bytes, previous: Verified | None = None, now: datetime) -> Loaded:
    """As `load`, from a source that is asked file by file."""
    verified = verify(source, trusted_root=trusted_root)
    check_fresh(verified, now)
    loaded = _loaded(verified, now)
    if previous is not None:
        check_forward(verified, previous)
        _check_kept(verified, previous, now)
    return loaded


def reopen(files: Files, *, trusted_root: bytes, now: datetime) -> Loaded:
    """The registry of a copy that was taken before, fresh or not."""
    return _loaded(verify(source_of(files), trusted_root=trusted_root), now)


def check_fresh(verified: Verified, now: datetime) -> None:
    """Nothing has run out, and nothing is signed for longer than it may be: else a stolen key would freeze for ever."""
    for role, expires in _ends(verified).items():
        if expires <= now:
            raise RegistryRefused(
                Fault.STALE,
                role,
                advice=Text(es=f"Venció el {written(expires)}.", en=f"It expired at {written(expires)}."),
            )
        if expires > now + LIFETIME[role] + SKEW:
            raise RegistryRefused(
                Fault.CLOCK,
                role,
                advice=Text(
                    es=f"Aquí son las {written(now)}: compare el reloj con una fuente segura.",
                    en=f"Here it is {written(now)}: compare the clock with a source that you trust.",
                ),
            )


def check_forward(verified: Verified, previous: Verified) -> None:
    """No part is older than the one held. A part that was signed by keys now rotated out counts no more: whoever had
    stolen them could have given it a version that no honest one reaches (specification 5.3.11)."""
    root = verified.root.signed
    _forward(ROOT, verified.root, previous.root)
    for role, new, old in (
        (TIMESTAMP, verified.timestamp, previous.timestamp),
        (SNAPSHOT, verified.snapshot, previous.snapshot),
        (TARGETS, verified.targets, previous.targets),
    ):
        if holds(root, role, old):
            _forward(role, new, old)
    for role, held in previous.delegated.items():
        if role in verified.delegated and holds(verified.targets.signed, role, held):
            _forward(role, verified.delegated[role], held)


_Any = Metadata[Root] | Metadata[TufTimestamp] | Metadata[TufSnapshot] | Metadata[Targets]


def _forward(role: str, new: _Any, old: _Any) -> None:
    same = new.signed.version == old.signed.version
    if new.signed.version < old.signed.version or (same and new.signed_bytes != old.signed_bytes):
        raise RegistryRefused(Fault.ROLLBACK, role)


def _check_kept(verified: Verified, previous: Verified, now: datetime) -> None:
    """An agreement that all had signed never disappears: an earlier version of it would come back to life."""
    keys = _keys(previous)
    for path, document in _agreement_documents(previous):
        if _was_signed(_judged(path, document, keys, now)):
            raw = verified.documents.get(path)
            kept = None if raw is None else _document(raw, path)
            if kept is None or kept.digest != document.digest:
                raise RegistryRefused(Fault.ROLLBACK, path)


def _ends(verified: Verified) -> dict[str, datetime]:
    return {
        ROOT: verified.root.signed.expires,
        TARGETS: verified.targets.signed.expires,
        SNAPSHOT: verified.snapshot.signed.expires,
        TIMESTAMP: verified.timestamp.signed.expires,
        AGREEMENTS: verified.delegated[AGREEMENTS].signed.expires,
    }


def _loaded(verified: Verified, now: datetime) -> Loaded:
    if PARTIES not in verified.documents:
        raise RegistryRefused(Fault.MISSING, PARTIES)
    parties = read_parties(verified.documents[PARTIES], place=PARTIES)
    unknown = set(verified.delegated) - set(parties) - {AGREEMENTS}
    if unknown:
        raise RegistryRefused(Fault.CONTENT, min(unknown))
    for path, raw in _of_parties(verified, FOCAL_POINTS):
        read_focal_points(raw, party=_party_of(path), place=path)
    keys = _keys(verified)
    notices, denunciations = _notices(verified, keys, now), _denunciations(verified, keys)
    said = tuple(one.said for one in denunciations)
    snapshot = Snapshot(
        version=verified.snapshot.signed.version,
        digest=verified.digest,
        parties=parties,
        keys=keys,
        agreements=MappingProxyType(_agreements(verified, keys, now, said)),
        suspensions=effective(notices),
        expires=min(_ends(verified).values()),
        denunciations=said,
    )
    return Loaded(snapshot, verified, notices, denunciations)


def _keys(verified: Verified) -> KeyRing:
    records: dict[str, KeyRecord] = {}
    for path, raw in _of_parties(verified, KEYS):
        party = _party_of(path)
        lapses = verified.delegated[party].signed.expires
        for record in read_keys(raw, party=party, place=path):
            if record.key.kid in records:
                raise RegistryRefused(Fault.CONTENT, f"{path}, {record.key.kid}")
            records[record.key.kid] = replace(record, valid_to=min(record.valid_to, lapses))
    return KeyRing(MappingProxyType(records))


def _notices(verified: Verified, keys: KeyRing, now: datetime) -> tuple[Notice, ...]:
    """What the parties published. Any key of a party suspends, a revoked one too; a lift needs one not revoked."""
    return tuple(
        notice
        for path, raw in _of_parties(verified, SUSPENSION)
        if (notice := _notice(path, raw, keys, now)) is not None
    )


def _notice(path: str, raw: bytes, keys: KeyRing, now: datetime) -> Notice | None:
    try:
        notice = read_notice(raw, name=path)
    except InvalidInput:
        raise RegistryRefused(Fault.CONTENT, path) from None
    own = _own_keys(notice, path, keys)
    good = {kid for kid, record in own.items() if record.revoked_from is None or now < record.revoked_from}
    return notice if is_signed(notice, keys, among=good if notice.act is Act.LIFT else own) else None


def _denunciations(verified: Verified, keys: KeyRing) -> tuple[SignedDenunciation, ...]:
    """Any key of a party denounces, one revoked since too: what ended does not come back with a change of keys."""
    found = []
    for path, raw in _of_parties(verified, DENUNCIATION):
        try:
            one = read_denunciation(raw, name=path)
        except InvalidInput:
            raise RegistryRefused(Fault.CONTENT, path) from None
        if is_signed(one, keys, among=_own_keys(one, path, keys)):
            found.append(one)
    return tuple(found)


def _own_keys(notice: PartyNotice, path: str, keys: KeyRing) -> dict[str, KeyRecord]:
    return {kid: record for kid, record in keys.records.items() if record.party == notice.party == _party_of(path)}


def _agreements(
    verified: Verified, keys: KeyRing, now: datetime, denunciations: tuple[Denunciation, ...]
) -> dict[str, Agreement]:
    """Of each agreement the newest version in force that all parties signed, else the first that will be.

    A document that cannot be read, that not all signed, or that may not come into force, counts for nothing. A version
    that all signed and that lost a key since gives way to none before it.
    """
    versions: dict[str, list[Agreement | Missing]] = {}
    for path, document in _agreement_documents(verified):
        judged = _judged(path, document, keys, now)
        if judged is not None and _was_signed(judged):
            versions.setdefault(_agreement_of(judged).id, []).append(judged)
    chosen = {id_: _chosen(judged, now) for id_, judged in versions.items()}
    active = activate((one for one in chosen.values() if isinstance(one, Agreement)), denunciations).active
    return dict(sorted(active.items()))


def _chosen(judged: Iterable[Agreement | Missing], now: datetime) -> Agreement | Missing:
    """A later version counts only if all parties of those before it are its own: nobody ends another's agreement."""
    ordered: list[Agreement | Missing] = []
    for one in sorted(judged, key=lambda one: _agreement_of(one).version):
        if not ordered or _agreement_of(one).party_ids >= _agreement_of(ordered[-1]).party_ids:
            ordered.append(one)
    begun = [one for one in ordered if _agreement_of(one).in_force <= now.date()]
    return begun[-1] if begun else ordered[0]


def _was_signed(judged: Agreement | Missing | None) -> bool:
    """Whether every party has signed, be it with a key that it revoked since or that ran out."""
    if not isinstance(judged, Missing):
        return judged is not None
    lost = {one.party for one in judged.flawed if one.flaw in (Flaw.REVOKED, Flaw.PAST)}
    return set(judged.parties) <= lost


def _agreement_documents(verified: Verified) -> list[tuple[str, Signed]]:
    paths = verified.delegated[AGREEMENTS].signed.targets
    read = [(path, _document(verified.documents[path], path)) for path in sorted(paths)]
    return [(path, document) for path, document in read if document is not None]


def _document(raw: bytes, path: str) -> Signed | None:
    try:
        return read_signed(raw, typ=TYP, name=path)
    except InvalidInput:
        return None


def _judged(path: str, document: Signed, keys: KeyRing, now: datetime) -> Agreement | Missing | None:
    """None for a document that this version cannot read, or that lies under another agreement's path."""
    try:
        judged = valid(document, keys, now, name=path)
    except InvalidInput:
        return None
    agreement = _agreement_of(judged)
    return judged if path == agreement_path(agreement.id, agreement.version) else None


def _agreement_of(judged: Agreement | Missing) -> Agreement:
    return judged if isinstance(judged, Agreement) else judged.agreement


def _of_parties(verified: Verified, name: str) -> list[tuple[str, bytes]]:
    """The parties' documents with this name, or with a name that begins so."""
    return [
        (path, raw)
        for path, raw in sorted(verified.documents.items())
        if path.startswith("members/") and path.split("/")[2].startswith(name)
    ]


def _party_of(path: str) -> str:
    return path.split("/")[1]
