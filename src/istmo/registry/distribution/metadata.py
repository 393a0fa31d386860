"""A metadata file of TUF, read strictly; our Ed25519 keys as TUF's keys and back.

TUF leaves a key's id free. Here it must be the key's thumbprint, else one key under two ids would count as two
signers.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import AGREEMENTS, LEAST_SIGNERS, MAX_VERSION, PARTY, ROOT, TARGETS, pattern_of
from istmo.registry.keys import PrivateKey, PublicKey, Use

OWNER = "x-istmo-party"
_ED25519 = "ed25519"
_Kind = TypeVar("_Kind", Root, Timestamp, Snapshot, Targets)


def as_tuf(key: PublicKey, *, owner: str = "") -> SSlibKey:
    """Our key as TUF's; `owner` is the party that it belongs to, for people to read."""
    return SSlibKey(key.kid, _ED25519, _ED25519, {"public": key.x.hex()}, {OWNER: owner} if owner else None)


def from_tuf(key: Key) -> PublicKey | None:
    """TUF's key as ours; None for one of another kind, or whose id is not its thumbprint."""
    public = key.keyval.get("public")
    if (key.keytype, key.scheme) != (_ED25519, _ED25519) or not isinstance(public, str):
        return None
    try:
        ours = PublicKey(Use.SIGNING, bytes.fromhex(public))
    except ValueError:
        return None
    return ours if len(ours.x) == 32 and ours.kid == key.keyid and ours.x.hex() == public else None


def signer(key: PrivateKey) -> CryptoSigner:
    loaded = key.loaded()
    if not isinstance(loaded, Ed25519PrivateKey):
        raise RegistryRefused(Fault.KEY, key.kid)
    return CryptoSigner(loaded, as_tuf(key.public))


def parse(raw: bytes, kind: type[_Kind], *, place: str) -> Metadata[_Kind]:
    """The metadata of a file. Nothing is verified but its form."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse)
        metadata: Metadata[_Kind] = Metadata.from_dict(value)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise RegistryRefused(Fault.MALFORMED, place) from None
    signed = metadata.signed
    if not isinstance(signed, kind) or not _is_version(signed.version):
        raise RegistryRefused(Fault.MALFORMED, place)
    _check_form(signed, place)
    return metadata


def holds(delegator: Root | Targets, role: str, metadata: Metadata[Any]) -> bool:
    """Whether enough of the role's keys have signed."""
    try:
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except (RepositoryError, ValueError):
        return False
    return True


def delegations(targets: Targets) -> Sequence[str]:
    """The roles that the members delegate to, in order."""
    delegated = targets.delegations
    return tuple(delegated.roles or ()) if delegated else ()


def _check_form(signed: Root | Timestamp | Snapshot | Targets, place: str) -> None:
    if isinstance(signed, Root):
        _check_keys(signed.keys, place)
        if not signed.consistent_snapshot or any(
            signed.roles[role].threshold < LEAST_SIGNERS for role in (ROOT, TARGETS)
        ):
            raise RegistryRefused(Fault.UNSIGNED, place)
    elif isinstance(signed, Targets) and signed.delegations is not None:
        _check_keys(signed.delegations.keys, place)
        for name, role in (signed.delegations.roles or {}).items():
            known = name == AGREEMENTS or PARTY.fullmatch(name)
            if not known or role.paths != [pattern_of(name)]:
                raise RegistryRefused(Fault.CONTENT, f"{place}, {name}")


def _check_keys(keys: Mapping[str, Key], place: str) -> None:
    for kid, key in keys.items():
        if from_tuf(key) is None:
            raise RegistryRefused(Fault.KEY, f"{place}, {kid}")


def _is_version(value: object) -> bool:
    return type(value) is int and 1 <= value <= MAX_VERSION


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(text)
