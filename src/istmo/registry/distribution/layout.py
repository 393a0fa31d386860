"""Where each part of the registry lies, who signs it, how long it is valid and how large it may be.

metadata/timestamp.json            the hub, every hour                       72 hours
metadata/N.snapshot.json           the hub                                   14 days
metadata/N.root.json               2 or more of the members' registry keys   400 days
metadata/N.targets.json            the same; parties, code lists, rules      400 days
metadata/N.PAN.json                that party's registry key                 400 days
metadata/N.agreements.json         the hub: only which there are             14 days
targets/DIRECTORY/SHA256.NAME      a document, named by its digest
drafts/ROLE.json                   a next version on its way through its signers; never distributed
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

Files = Mapping[str, bytes]
Source = Callable[[str, int], bytes | None]
"""Gives the file of a path, of at most so many bytes; None where there is none."""

ROOT = "root"
TARGETS = "targets"
SNAPSHOT = "snapshot"
TIMESTAMP = "timestamp"
AGREEMENTS = "agreements"

LIFETIME = {
    ROOT: timedelta(days=400),
    TARGETS: timedelta(days=400),
    SNAPSHOT: timedelta(days=14),
    AGREEMENTS: timedelta(days=14),
    TIMESTAMP: timedelta(hours=72),
}
PARTY_LIFETIME = timedelta(days=400)
SKEW = timedelta(minutes=5)
LEAST_SIGNERS = 2

LIMIT = {ROOT: 512 * 1024, TIMESTAMP: 64 * 1024, SNAPSHOT: 1024 * 1024}
METADATA_LIMIT = 4 * 1024 * 1024
DOCUMENT_LIMIT = 4 * 1024 * 1024
MAX_BYTES = 128 * 1024 * 1024
MAX_FILES = 20_000
MAX_ROOTS = 1024
MAX_VERSION = 2**53

PARTIES = "parties.json"
CODELISTS = "codelists"
RULES = "rules"
KEYS = "keys.json"
FOCAL_POINTS = "focal-points.json"
SUSPENSION = "suspension."
DENUNCIATION = "denunciation."

_NAME = r"[A-Za-z0-9][A-Za-z0-9:._-]{0,95}"
_OWNER = {
    TARGETS: re.compile(rf"{PARTIES}|{CODELISTS}/{_NAME}|{RULES}/(?:disclosure/)?{_NAME}"),
    AGREEMENTS: re.compile(rf"agreements/{_NAME}/[1-9][0-9]{{0,6}}\.json"),
}
PARTY = re.compile(r"[A-Z][A-Z0-9]{1,11}")


def metadata_path(role: str, version: int) -> str:
    return f"metadata/{TIMESTAMP}.json" if role == TIMESTAMP else f"metadata/{version}.{role}.json"


def draft_path(role: str) -> str:
    return f"drafts/{role}.json"


def document_path(path: str, sha256: str) -> str:
    """Where the document of a target path lies; the digest in its name lets two versions stand side by side."""
    directory, _, name = path.rpartition("/")
    return "/".join(part for part in ("targets", directory, f"{sha256}.{name}") if part)


def keys_path(party: str) -> str:
    return f"members/{party}/{KEYS}"


def focal_points_path(party: str) -> str:
    return f"members/{party}/{FOCAL_POINTS}"


def suspension_path(party: str, digest: str) -> str:
    return f"members/{party}/{SUSPENSION}{digest[:32]}.json"


def denunciation_path(party: str, digest: str) -> str:
    return f"members/{party}/{DENUNCIATION}{digest[:32]}.json"


def agreement_path(id_: str, version: int) -> str:
    return f"agreements/{id_}/{version}.json"


def pattern_of(role: str) -> str:
    """The TUF pattern of the paths that are delegated to a role."""
    return "agreements/*/*" if role == AGREEMENTS else f"members/{role}/*"


def owner_of(path: str) -> str | None:
    """The role that signs a target path; None for a path that nobody may sign."""
    for role, pattern in _OWNER.items():
        if pattern.fullmatch(path):
            return role
    parts = path.split("/")
    own = len(parts) == 3 and parts[0] == "members" and PARTY.fullmatch(parts[1]) and re.fullmatch(_NAME, parts[2])
    return parts[1] if own else None
