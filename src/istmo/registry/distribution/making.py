"""The registry's files in the making: begin it, edit a part, sign what is drafted, publish, renew, rotate keys.

Every function gives new files and changes none:

    files = begin(owners, threshold=2, hub=hub_public, now=now)      # drafts of root and targets
    files = put(files, "parties.json", raw, now=now)
    files = sign(files, key).files                                   # each member, where its key lies
    files = publish(files, hub_key, now=now)                         # the hub: only what is complete

An edit makes a draft, `drafts/ROLE.json`, with the next version and no signature; editing it again takes its
signatures off. `publish` takes up the drafts that have enough signatures and leaves the others waiting; what it gives
has been loaded as an installation would load it, so a hub never publishes what others refuse.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.distribution.layout import (
    AGREEMENTS,
    CODELISTS,
    LEAST_SIGNERS,
    LIFETIME,
    PARTY,
    PARTY_LIFETIME,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Files,
    document_path,
    draft_path,
    metadata_path,
    owner_of,
    pattern_of,
)
from istmo.registry.distribution.listing import stamped
from istmo.registry.distribution.loading import Loaded, reopen, take
from istmo.registry.distribution.metadata import OWNER, as_tuf, delegations, holds, parse, signer
from istmo.registry.distribution.verifying import source_of
from istmo.registry.keys import PrivateKey, PublicKey
from istmo.registry.parties import PartyKind
from istmo.registry.reference import read_reference

_Kind = TypeVar("_Kind", Root, Targets, Snapshot, Timestamp)


@dataclass(frozen=True, slots=True)
class Owner:
    """A member and its registry key, which signs root and top targets with those of the others."""

    party: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Signing:
    """Files with one key's signatures more; `roles` are the drafts that it signed."""

    files: Files
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft: who signed, who else may, how many signatures are missing. A root asks the old keys and the new."""

    role: str
    version: int
    signed: tuple[str, ...]
    others: tuple[str, ...]
    missing: int


def begin(owners: Sequence[Owner], *, threshold: int, hub: PublicKey, now: datetime) -> Files:
    """Drafts of the first root and targets; the hub's key may only say what is current."""
    if not LEAST_SIGNERS <= threshold <= len(owners):
        raise _refused(
            Text(
                es=f"Hacen falta al menos {LEAST_SIGNERS} firmas y no más que miembros.",
                en=f"At least {LEAST_SIGNERS} signatures are needed, and no more than there are members.",
            )
        )
    _check_distinct(owners, hub)
    kids = [owner.key.kid for owner in owners]
    root = Root(
        version=1,
        expires=now + LIFETIME[ROOT],
        keys={
            **{owner.key.kid: as_tuf(owner.key, owner=owner.party) for owner in owners},
            hub.kid: as_tuf(hub, owner="hub"),
        },
        roles={
            ROOT: Role(kids, threshold),
            TARGETS: Role(list(kids), threshold),
            SNAPSHOT: Role([hub.kid], 1),
            TIMESTAMP: Role([hub.kid], 1),
        },
    )
    targets = Targets(
        version=1,
        expires=now + LIFETIME[TARGETS],
        delegations=Delegations(
            keys={hub.kid: as_tuf(hub, owner="hub")}, roles={AGREEMENTS: _delegation(AGREEMENTS, [hub])}
        ),
    )
    return _drafted(_drafted({}, ROOT, Metadata(root)), TARGETS, Metadata(targets))


def put(files: Files, path: str, raw: bytes, *, now: datetime) -> Files:
    """A document at its target path, in a draft of the role that signs it; a code list has to be readable."""
    role = owner_of(path)
    if role is None:
        raise _refused(
            Text(
                es="El registro no tiene lugar para este documento.", en="The registry has no place for this document."
            ),
            path,
        )
    if path.startswith(f"{CODELISTS}/"):
        read_reference(path, raw)
    draft = _next(files, role, now)
    file = TargetFile.from_data(path, raw, ["sha256"])
    draft.signed.targets[path] = stamped(file, draft.signed.targets.get(path), now)
    digest = sha256(raw).hexdigest()
    return {**_drafted(files, role, draft), document_path(path, digest): raw}


def remove(files: Files, path: str, *, now: datetime) -> Files:
    """The registry without a document."""
    role = owner_of(path)
    draft = None if role is None else _next(files, role, now)
    if role is None or draft is None or draft.signed.targets.pop(path, None) is None:
        raise NotFound(
            Text(es="El registro no tiene este documento.", en="The registry has no such document."), place=path
        )
    return _drafted(files, role, draft)


def document(files: Files, path: str) -> bytes | None:
    """The newest document of a target path, drafts included."""
    role = owner_of(path)
    newest = None if role is None else _newest(files, role, Targets)
    file = None if newest is None else newest.signed.targets.get(path)
    return None if file is None else files[document_path(path, file.hashes["sha256"])]


def delegate(files: Files, party: str, keys: Sequence[PublicKey], *, now: datetime) -> Files:
    """The party speaks for itself with any of these registry keys: a draft of targets, and one of its own part."""
    if not PARTY.fullmatch(party) or not keys:
        raise _refused(
            Text(es="Hace falta una parte y al menos una clave.", en="A party and at least one key are needed."), party
        )
    draft = _next(files, TARGETS, now)
    _set_delegation(draft.signed, party, keys)
    files = _drafted(files, TARGETS, draft)
    return _drafted(files, party, _next(files, party, now))


def withdraw(files: Files, party: str, *, now: datetime) -> Files:
    """The party no longer speaks in the registry: its keys, focal points and notices leave it. A draft of targets.

    What installations know of its suspensions stays with them.
    """
    draft = _next(files, TARGETS, now)
    if party == AGREEMENTS or not _delegated_keys(draft.signed, party):
        raise NotFound(
            Text(es="Esta parte no habla en el registro.", en="This party does not speak here."), place=party
        )
    _set_delegation(draft.signed, party, [])
    without = {path: raw for path, raw in files.items() if path != draft_path(party)}
    return _drafted(without, TARGETS, draft)


def replace_member_key(files: Files, old: str, new: Owner, *, now: datetime) -> Files:
    """Another key of a member in place of `old` (its id): for root, targets and, where it signed that, its own part."""
    root = _next_root(files, now)
    if old not in root.signed.roles[ROOT].keyids:
        raise NotFound(
            Text(es="Ninguna firma de la raíz es de esta clave.", en="This key is none of the root's."), place=old
        )
    if new.key.kid in root.signed.keys:
        raise _refused(Text(es="Esta clave ya está en la raíz.", en="This key is in the root already."), new.key.kid)
    for role in (ROOT, TARGETS):
        kids = root.signed.roles[role].keyids
        kids[kids.index(old)] = new.key.kid
    root.signed.keys[new.key.kid] = as_tuf(new.key, owner=new.party)
    del root.signed.keys[old]
    targets = _next(files, TARGETS, now)
    files = _drafted(_drafted(files, ROOT, root), TARGETS, targets)
    if old in _delegated_keys(targets.signed, new.party):
        files = delegate(files, new.party, [new.key], now=now)
    return files


def replace_hub_key(files: Files, new: PublicKey, *, now: datetime) -> Files:
    """Another key of the hub: it says from then on what is current, and what the old one said counts no more."""
    root, targets = _next_root(files, now), _next(files, TARGETS, now)
    if new.kid in root.signed.keys:
        raise _refused(Text(es="Esta clave ya está en la raíz.", en="This key is in the root already."), new.kid)
    for kid in root.signed.roles[TIMESTAMP].keyids:
        root.signed.keys.pop(kid, None)
    for role in (SNAPSHOT, TIMESTAMP):
        root.signed.roles[role] = Role([new.kid], 1)
    root.signed.keys[new.kid] = as_tuf(new, owner="hub")
    _set_delegation(targets.signed, AGREEMENTS, [new])
    files = _drafted(_drafted(files, ROOT, root), TARGETS, targets)
    return _drafted(files, AGREEMENTS, _next(files, AGREEMENTS, now))


def sign(files: Files, key: PrivateKey) -> Signing:
    """Every draft that this key may sign, signed; raises where there is none."""
    roles = []
    for role in drafts(files):
        draft = _draft(files, role)
        if any(key.kid in one.get_delegated_role(role).keyids for one in _authorities(files, role)):
            draft.sign(signer(key), append=True)
            files = _drafted(files, role, draft, keep=True)
            roles.append(role)
    if not roles:
        raise _refused(
            Text(es="Esta clave no firma ningún borrador.", en="This key signs none of the drafts."),
            key.kid,
            Text(es="Vea «istmo registry status».", en="See “istmo registry status”."),
        )
    return Signing(files, tuple(roles))


def drafts(files: Files) -> tuple[str, ...]:
    """The roles that have a draft: root and targets first."""
    found = {path.removeprefix("drafts/").removesuffix(".json") for path in files if path.startswith("drafts/")}
    return tuple(sorted(found, key=lambda role: (role != ROOT, role != TARGETS, role)))


def waiting(files: Files) -> tuple[Waiting, ...]:
    """What each draft still needs."""
    return tuple(_waiting(files, role) for role in drafts(files))


def publish(files: Files, hub: PrivateKey, *, now: datetime) -> Files:
    """The complete drafts become the registry, under a new snapshot and timestamp; raises as an installation would."""
    settled = _settled(files)
    if AGREEMENTS in drafts(settled) or not _is_current(settled, AGREEMENTS):
        settled = _sealed(settled, AGREEMENTS, _next(settled, AGREEMENTS, now), hub)
    return _announced(settled, files, hub, now)


def renew(files: Files, hub: PrivateKey, *, now: datetime) -> Files:
    """What is published, said to be current once more; the hub does it every hour. Drafts stay what they are."""
    snapshot = _published(files, SNAPSHOT, Snapshot)
    agreements = _published(files, AGREEMENTS, Targets)
    half = LIFETIME[SNAPSHOT] / 2
    if min(snapshot.signed.expires, agreements.signed.expires) > now + half:
        return _checked(_timestamped(files, snapshot, hub, now), files, now)
    agreements.signed.version += 1
    agreements.signed.expires = now + LIFETIME[AGREEMENTS]
    renewed = _placed(files, AGREEMENTS, _signed_by(agreements, hub))
    roots = [ROOT, TARGETS, *delegations(_published(files, TARGETS, Targets).signed)]
    announced = {role: snapshot.signed.meta[f"{role}.json"].version for role in roots}
    return _checked(_snapshotted(renewed, {**announced, AGREEMENTS: agreements.signed.version}, hub, now), files, now)


def current(files: Files, *, now: datetime) -> Loaded | None:
    """What is published, as an installation that trusts the first root reads it; None before the first time."""
    if metadata_path(TIMESTAMP, 0) not in files:
        return None
    return reopen(files, trusted_root=files[metadata_path(ROOT, 1)], now=now)


def distributed(files: Files) -> Files:
    """The files that installations fetch: all but the drafts."""
    return {path: raw for path, raw in files.items() if not path.startswith("drafts/")}


# --- drafts ---


def _drafted(files: Files, role: str, metadata: Metadata[Any], *, keep: bool = False) -> Files:
    if not keep:
        metadata.signatures.clear()
    return {**files, draft_path(role): metadata.to_bytes()}


def _draft(files: Files, role: str) -> Metadata[Any]:
    path = draft_path(role)
    return parse(files[path], Root if role == ROOT else Targets, place=path)


def _newest(files: Files, role: str, kind: type[_Kind]) -> Metadata[_Kind] | None:
    """The draft of a role, else its highest version."""
    path = draft_path(role)
    if path in files:
        return parse(files[path], kind, place=path)
    version = _highest(files, role)
    path = metadata_path(role, version)
    return parse(files[path], kind, place=path) if version else None


def _highest(files: Files, role: str) -> int:
    """The highest version of a role's metadata; 0 for none."""
    suffix = f".{role}.json"
    names = [path.removeprefix("metadata/").removesuffix(suffix) for path in files if path.endswith(suffix)]
    return max((int(name) for name in names if name.isdecimal()), default=0)


def _next(files: Files, role: str, now: datetime) -> Metadata[Targets]:
    """The draft of a role to edit: as it stands, or the version after the newest, or the first."""
    newest = _newest(files, role, Targets)
    if newest is None:
        if role != AGREEMENTS:
            _check_delegated(files, role)
        newest = Metadata(Targets(version=_highest(files, role) + 1))
    elif draft_path(role) not in files:
        newest.signed.version += 1
    newest.signed.expires = now + LIFETIME.get(role, PARTY_LIFETIME)
    return newest


def _next_root(files: Files, now: datetime) -> Metadata[Root]:
    newest = _newest(files, ROOT, Root)
    if newest is None:
        raise _unbegun()
    if draft_path(ROOT) not in files:
        newest.signed.version += 1
    newest.signed.expires = now + LIFETIME[ROOT]
    return newest


def _check_delegated(files: Files, role: str) -> None:
    targets = _newest(files, TARGETS, Targets)
    if targets is None:
        raise _unbegun()
    if role not in delegations(targets.signed):
        raise _refused(
            Text(
                es=f"{role} no tiene todavía una parte propia en el registro.",
                en=f"{role} has no part of its own in the registry yet.",
            ),
            role,
            Text(es="Agréguela con «istmo registry add».", en="Add it with “istmo registry add”."),
        )


def _authorities(files: Files, role: str) -> list[Root | Targets]:
    """What a draft's signatures are counted against; empty while nothing says yet who signs it."""
    if role == ROOT:
        version = _highest(files, ROOT)
        path = metadata_path(ROOT, version)
        before = [parse(files[path], Root, place=path).signed] if version else []
        return [*before, parse(files[draft_path(ROOT)], Root, place=draft_path(ROOT)).signed]
    if role == TARGETS:
        root = _newest(files, ROOT, Root)
        return [] if root is None else [root.signed]
    targets = _newest(files, TARGETS, Targets)
    return [targets.signed] if targets is not None and role in delegations(targets.signed) else []


def _waiting(files: Files, role: str) -> Waiting:
    draft = _draft(files, role)
    signed: dict[str, str] = {}
    others: dict[str, str] = {}
    missing = 0
    for authority in _authorities(files, role):
        result = authority.get_verification_result(role, draft.signed_bytes, draft.signatures)
        signed |= {kid: _owner(key, role) for kid, key in result.signed.items()}
        others |= {kid: _owner(key, role) for kid, key in result.unsigned.items()}
        missing = max(missing, result.missing)
    return Waiting(role, draft.signed.version, _named(signed), _named(others), missing)


def _owner(key: Any, role: str) -> str:
    return str(key.unrecognized_fields.get(OWNER, role))


def _named(keys: Mapping[str, str]) -> tuple[str, ...]:
    """`PAN (first eight characters of the key id)`, in order."""
    return tuple(sorted(f"{owner} ({kid[:8]})" for kid, owner in keys.items()))


def _delegation(role: str, keys: Sequence[PublicKey]) -> DelegatedRole:
    return DelegatedRole(role, [key.kid for key in keys], 1, terminating=True, paths=[pattern_of(role)])


def _set_delegation(targets: Targets, role: str, keys: Sequence[PublicKey]) -> None:
    """The role under these keys; under none, no role. Keys that nothing uses any more leave with it."""
    delegated = targets.delegations or Delegations({}, {})
    roles = {name: one for name, one in (delegated.roles or {}).items() if name != role}
    if keys:
        roles[role] = _delegation(role, keys)
    known = {**delegated.keys, **{key.kid: as_tuf(key, owner=role) for key in keys}}
    used = {kid for one in roles.values() for kid in one.keyids}
    targets.delegations = Delegations({kid: key for kid, key in known.items() if kid in used}, roles)


def _delegated_keys(targets: Targets, role: str) -> Sequence[str]:
    return targets.get_delegated_role(role).keyids if role in delegations(targets) else ()


# --- publishing ---


def _settled(files: Files) -> Files:
    """The drafts that have enough signatures, as metadata: root first, since it says who signs the others."""
    for role in drafts(files):
        draft = _draft(files, role)
        authorities = _authorities(_without_drafts(files, role), role)
        if role != AGREEMENTS and authorities and all(holds(authority, role, draft) for authority in authorities):
            files = _placed({path: raw for path, raw in files.items() if path != draft_path(role)}, role, draft)
    return files


def _without_drafts(files: Files, role: str) -> Files:
    """Only this draft: others that are not complete yet say nothing about who signs it."""
    return {path: raw for path, raw in files.items() if not path.startswith("drafts/") or path == draft_path(role)}


def _is_current(files: Files, role: str) -> bool:
    version = _highest(files, role)
    targets = _newest(files, TARGETS, Targets)
    path = metadata_path(role, version)
    return version > 0 and targets is not None and holds(targets.signed, role, parse(files[path], Targets, place=path))


def _sealed(files: Files, role: str, metadata: Metadata[Targets], hub: PrivateKey) -> Files:
    placed = _placed(files, role, _signed_by(metadata, hub))
    return {path: raw for path, raw in placed.items() if path != draft_path(role)}


def _signed_by(metadata: Metadata[_Kind], key: PrivateKey) -> Metadata[_Kind]:
    metadata.sign(signer(key))
    return metadata


def _placed(files: Files, role: str, metadata: Metadata[Any]) -> Files:
    return {**files, metadata_path(role, metadata.signed.version): metadata.to_bytes()}


def _announced(files: Files, before: Files, hub: PrivateKey, now: datetime) -> Files:
    version = _highest(files, TARGETS)
    if not version or not _highest(files, ROOT):
        raise _refused(
            Text(
                es="La raíz y los documentos comunes no tienen todavía firmas suficientes.",
                en="The root and the common documents do not have enough signatures yet.",
            ),
            "",
            Text(es="Vea «istmo registry status».", en="See “istmo registry status”."),
        )
    path = metadata_path(TARGETS, version)
    roles = [ROOT, TARGETS, *delegations(parse(files[path], Targets, place=path).signed)]
    versions = {role: _highest(files, role) for role in roles}
    absent = [role for role, highest in versions.items() if not highest]
    if absent:
        raise _refused(
            Text(
                es=f"{', '.join(absent)} no ha firmado todavía su parte.",
                en=f"{', '.join(absent)} has not signed its part yet.",
            )
        )
    return _checked(_snapshotted(files, versions, hub, now), before, now)


def _snapshotted(files: Files, versions: Mapping[str, int], hub: PrivateKey, now: datetime) -> Files:
    meta = {
        f"{role}.json": MetaFile.from_data(version, files[metadata_path(role, version)], ["sha256"])
        for role, version in versions.items()
    }
    snapshot = Metadata(Snapshot(version=_highest(files, SNAPSHOT) + 1, expires=now + LIFETIME[SNAPSHOT], meta=meta))
    return _timestamped(_placed(files, SNAPSHOT, _signed_by(snapshot, hub)), snapshot, hub, now)


def _timestamped(files: Files, snapshot: Metadata[Snapshot], hub: PrivateKey, now: datetime) -> Files:
    path = metadata_path(TIMESTAMP, 0)
    before = parse(files[path], Timestamp, place=path).signed.version if path in files else 0
    version = snapshot.signed.version
    announced = MetaFile.from_data(version, files[metadata_path(SNAPSHOT, version)], ["sha256"])
    timestamp = Metadata(Timestamp(before + 1, expires=now + LIFETIME[TIMESTAMP], snapshot_meta=announced))
    return _placed(files, TIMESTAMP, _signed_by(timestamp, hub))


def _checked(files: Files, before: Files, now: datetime) -> Files:
    """The files, once an installation that held those before would take them."""
    held = current(before, now=now)
    first = files[metadata_path(ROOT, 1)]
    taken = take(source_of(files), trusted_root=first, previous=None if held is None else held.verified, now=now)
    _check_owners(files, taken)
    return files


def _check_owners(files: Files, taken: Loaded) -> None:
    """Only members answer for the registry: an observer, a guest or an organisation has its own part and no more."""
    root = _published(files, ROOT, Root)
    for kid in root.signed.roles[ROOT].keyids:
        owner = str(root.signed.keys[kid].unrecognized_fields.get(OWNER, ""))
        party = taken.snapshot.parties.get(owner)
        if party is None or party.kind is not PartyKind.MEMBER:
            raise _refused(
                Text(
                    es=f"«{owner}» no es un miembro: solo los miembros firman la raíz del registro.",
                    en=f"“{owner}” is no member: only members sign the root of the registry.",
                ),
                owner,
            )


def _published(files: Files, role: str, kind: type[_Kind]) -> Metadata[_Kind]:
    """The metadata of a role that the timestamp's snapshot announces."""
    path = metadata_path(TIMESTAMP, 0)
    if path not in files:
        raise NotFound(
            Text(es="Todavía no se ha publicado ningún registro.", en="No registry has been published yet."),
            advice=Text(es="Publíquelo con «istmo registry publish».", en="Publish it with “istmo registry publish”."),
        )
    announced = parse(files[path], Timestamp, place=path).signed.snapshot_meta
    path = metadata_path(SNAPSHOT, announced.version)
    if role != SNAPSHOT:
        path = metadata_path(role, parse(files[path], Snapshot, place=path).signed.meta[f"{role}.json"].version)
    return parse(files[path], kind, place=path)


def _check_distinct(owners: Iterable[Owner], hub: PublicKey) -> None:
    listed = list(owners)
    kids = {owner.key.kid for owner in listed} | {hub.kid}
    if len(kids) <= len(listed) or len({owner.party for owner in listed}) < len(listed):
        raise _refused(
            Text(
                es="Cada miembro firma con una clave propia, y el centro con otra.",
                en="Each member signs with a key of its own, and the hub with another.",
            )
        )


def _unbegun() -> NotFound:
    return NotFound(
        Text(es="Aquí no hay ningún registro.", en="There is no registry here."),
        advice=Text(es="Comience con «istmo registry init».", en="Begin with “istmo registry init”."),
    )


def _refused(message: Text, place: str = "", advice: Text | None = None) -> InvalidInput:
    return InvalidInput(message, place=place, advice=advice, rule="F79")
