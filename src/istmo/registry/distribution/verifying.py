"""From a root that is trusted to every document: signatures, thresholds, versions, lengths and digests. No clock.

    verified = verify(source_of(files), trusted_root=root)

Each file is asked for only once what announces it is verified, and with the largest size that it may have, so that
the same walk serves files at hand and files that a hub sends. The steps are those of the TUF specification, section
5, made stricter where TUF leaves a choice: every announcement carries length and SHA-256, the root is announced with
the rest, and every delegated role is there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import (
    AGREEMENTS,
    DOCUMENT_LIMIT,
    LIMIT,
    MAX_BYTES,
    MAX_FILES,
    MAX_ROOTS,
    METADATA_LIMIT,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Files,
    Source,
    document_path,
    metadata_path,
    owner_of,
)
from istmo.registry.distribution.metadata import delegations, holds, parse

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Verified:
    """A registry whose chain holds. `documents` are by target path, `files` all that was read, by path.

    `digest` is the SHA-256 of the snapshot file, which pins every other file but the timestamp.
    """

    root: Metadata[Root]
    timestamp: Metadata[Timestamp]
    snapshot: Metadata[Snapshot]
    targets: Metadata[Targets]
    delegated: Mapping[str, Metadata[Targets]]
    documents: Mapping[str, bytes]
    files: Files
    digest: str


def source_of(files: Files) -> Source:
    """Files at hand as a source."""
    return lambda path, _limit: files.get(path)


def verify(source: Source, *, trusted_root: bytes) -> Verified:
    """Raises `RegistryRefused` with the first thing that does not hold; what `source` raises passes through."""
    walk = _Walk(source)
    root, root_raw = _newest_root(walk, trusted_root)
    timestamp = parse(
        walk.take(metadata_path(TIMESTAMP, 0), LIMIT[TIMESTAMP]), Timestamp, place=metadata_path(TIMESTAMP, 0)
    )
    _signed(root.signed, TIMESTAMP, timestamp, metadata_path(TIMESTAMP, 0))

    announced = timestamp.signed.snapshot_meta
    snapshot_path = metadata_path(SNAPSHOT, announced.version)
    snapshot_raw = walk.announced(snapshot_path, announced, LIMIT[SNAPSHOT])
    snapshot = parse(snapshot_raw, Snapshot, place=snapshot_path)
    _signed(root.signed, SNAPSHOT, snapshot, snapshot_path)
    _versioned(snapshot.signed.version, announced, snapshot_path)
    _root_announced(snapshot.signed, root, root_raw)

    targets = _targets(walk, snapshot.signed, root.signed, TARGETS)
    roles = delegations(targets.signed)
    if set(snapshot.signed.meta) != {f"{role}.json" for role in (ROOT, TARGETS, *roles)} or AGREEMENTS not in roles:
        raise RegistryRefused(Fault.MIXED, snapshot_path)
    delegated = {role: _targets(walk, snapshot.signed, targets.signed, role) for role in roles}
    documents = {
        path: walk.announced(document_path(path, _sha256(file, path)), file, DOCUMENT_LIMIT)
        for role, metadata in {TARGETS: targets, **delegated}.items()
        for path, file in _owned(role, metadata.signed)
    }
    return Verified(
        root=root,
        timestamp=timestamp,
        snapshot=snapshot,
        targets=targets,
        delegated=MappingProxyType(delegated),
        documents=MappingProxyType(documents),
        files=MappingProxyType(walk.read),
        digest=sha256(snapshot_raw).hexdigest(),
    )


class _Walk:
    """What has been read so far, within the limits."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = MAX_BYTES
        self.read: dict[str, bytes] = {}

    def find(self, path: str, limit: int) -> bytes | None:
        raw = self._source(path, limit)
        if raw is None:
            return None
        self._left -= len(raw)
        if len(raw) > limit or self._left < 0 or len(self.read) >= MAX_FILES:
            raise RegistryRefused(Fault.TOO_LARGE, path)
        self.read[path] = raw
        return raw

    def take(self, path: str, limit: int) -> bytes:
        raw = self.find(path, limit)
        if raw is None:
            raise RegistryRefused(Fault.MISSING, path)
        return raw

    def announced(self, path: str, file: MetaFile | TargetFile, limit: int) -> bytes:
        """The file that was announced with its length and digest."""
        digest = _sha256(file, path)
        if file.length is None or file.length > limit:
            raise RegistryRefused(Fault.TOO_LARGE, path)
        raw = self.take(path, file.length)
        if len(raw) != file.length or sha256(raw).hexdigest() != digest:
            raise RegistryRefused(Fault.DIGEST, path)
        return raw


def _newest_root(walk: _Walk, trusted_root: bytes) -> tuple[Metadata[Root], bytes]:
    """Root after root, each signed by the one before it and by itself, as far as they go (specification 5.3)."""
    root, raw, place = parse(trusted_root, Root, place="root.json"), trusted_root, "root.json"
    _signed(root.signed, ROOT, root, place)
    for version in range(root.signed.version + 1, root.signed.version + 1 + MAX_ROOTS):
        place = metadata_path(ROOT, version)
        found = walk.find(place, LIMIT[ROOT])
        if found is None:
            return root, raw
        following = parse(found, Root, place=place)
        _signed(root.signed, ROOT, following, place)
        _signed(following.signed, ROOT, following, place)
        if following.signed.version != version:
            raise RegistryRefused(Fault.VERSION, place)
        root, raw = following, found
    raise RegistryRefused(Fault.TOO_LARGE, place)


def _targets(walk: _Walk, snapshot: Snapshot, delegator: Root | Targets, role: str) -> Metadata[Targets]:
    announced = snapshot.meta.get(f"{role}.json")
    if announced is None:
        raise RegistryRefused(Fault.MIXED, f"{role}.json")
    path = metadata_path(role, announced.version)
    metadata = parse(walk.announced(path, announced, METADATA_LIMIT), Targets, place=path)
    _signed(delegator, role, metadata, path)
    _versioned(metadata.signed.version, announced, path)
    if role != TARGETS and metadata.signed.delegations is not None:
        raise RegistryRefused(Fault.CONTENT, path)
    return metadata


def _owned(role: str, targets: Targets) -> list[tuple[str, TargetFile]]:
    for path in targets.targets:
        if owner_of(path) != role:
            raise RegistryRefused(Fault.CONTENT, f"{role}.json, {path}")
    return list(targets.targets.items())


def _signed(
    delegator: Root | Targets,
    role: str,
    metadata: Metadata[Root] | Metadata[Timestamp] | Metadata[Snapshot] | Metadata[Targets],
    place: str,
) -> None:
    if not holds(delegator, role, metadata):
        raise RegistryRefused(Fault.UNSIGNED, place)


def _versioned(version: int, announced: MetaFile, place: str) -> None:
    if version != announced.version:
        raise RegistryRefused(Fault.VERSION, place)


def _root_announced(snapshot: Snapshot, root: Metadata[Root], raw: bytes) -> None:
    """The root is announced as well: a hub that hides a new one must show an old registry with it."""
    announced = snapshot.meta.get(f"{ROOT}.json")
    if announced is None or announced.version != root.signed.version:
        raise RegistryRefused(Fault.MIXED, f"{ROOT}.json")
    if _sha256(announced, f"{ROOT}.json") != sha256(raw).hexdigest():
        raise RegistryRefused(Fault.DIGEST, f"{ROOT}.json")


def _sha256(file: MetaFile | TargetFile, place: str) -> str:
    digest = (file.hashes or {}).get("sha256")
    if digest is None or not _SHA256.fullmatch(digest):
        raise RegistryRefused(Fault.DIGEST, place)
    return digest
