"""Which documents does a registry carry, who signed each, and since when does it stand there as it is?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from istmo.registry.distribution.layout import TARGETS
from istmo.registry.distribution.metadata import OWNER
from istmo.registry.distribution.verifying import Verified
from istmo.registry.moments import read_moment, written

SINCE = "since"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the registry. `role` is the part that it belongs to, `version` that of the part, `since` when its
    signers put it there as it is (None where they did not say), `signers` who signed the part: parties, or `hub`.
    """

    path: str
    role: str
    version: int
    size: int
    digest: str
    since: datetime | None
    signers: tuple[str, ...]


def listed(verified: Verified) -> Mapping[str, Listed]:
    """By path."""
    return MappingProxyType({one.path: one for one in _listed(verified)})


def stamped(file: TargetFile, before: TargetFile | None, now: datetime) -> TargetFile:
    """The entry of a document with the moment of its last change, which its signers sign with it."""
    kept = since(before) if before is not None and before.hashes == file.hashes else None
    file.unrecognized_fields["custom"] = {SINCE: written(kept or now)}
    return file


def since(file: TargetFile) -> datetime | None:
    custom = file.unrecognized_fields.get("custom")
    return read_moment(custom.get(SINCE)) if isinstance(custom, Mapping) else None


def _listed(verified: Verified) -> Iterator[Listed]:
    for role, metadata in {TARGETS: verified.targets, **verified.delegated}.items():
        delegator = verified.root.signed if role == TARGETS else verified.targets.signed
        signers = _signers(delegator, role, metadata)
        for path, file in sorted(metadata.signed.targets.items()):
            raw = verified.documents[path]
            yield Listed(path, role, metadata.signed.version, len(raw), sha256(raw).hexdigest(), since(file), signers)


def _signers(delegator: Root | Targets, role: str, metadata: Metadata[Targets]) -> tuple[str, ...]:
    result = delegator.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
    return tuple(sorted({str(key.unrecognized_fields.get(OWNER, role)) for key in result.signed.values()}))
