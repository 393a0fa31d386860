"""Code lists and rules that the members sign together, held against those that this program was built with.

    own_documents()                     path in the registry -> bytes, as the program ships them
    compared(documents)                 each of them beside the registry's: equal, behind, ahead, and which codes differ

The signed document is the reference. A program does not take codes from it while it runs (decision 0017): the types of
its database and the words of its rules were made from the lists that it shipped with. So it says where it differs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from istmo.model.codes import Codelist, read_codelist
from istmo.model.documents import read_document
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.distribution.layout import CODELISTS, RULES

DISCLOSURE = f"{RULES}/disclosure"
_RULES = ("ambiguous_labels", "datasets", "fields")
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,2}")
MOST_SHOWN = 40


class Standing(StrEnum):
    """How the program's own document stands to that of the registry."""

    EQUAL = "equal"
    BEHIND = "behind"
    AHEAD = "ahead"
    DIFFERENT = "different"
    UNREADABLE = "unreadable"
    ONLY_REGISTRY = "only_registry"
    ONLY_PROGRAM = "only_program"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS = {
    Standing.EQUAL: Text(es="igual al del registro", en="equal to the registry's"),
    Standing.BEHIND: Text(es="anterior al del registro", en="behind the registry"),
    Standing.AHEAD: Text(es="posterior al del registro", en="ahead of the registry"),
    Standing.DIFFERENT: Text(es="misma versión, otro contenido", en="same version, other content"),
    Standing.UNREADABLE: Text(es="aquí no se puede leer", en="cannot be read here"),
    Standing.ONLY_REGISTRY: Text(es="aquí no se conoce", en="not known here"),
    Standing.ONLY_PROGRAM: Text(es="no está en el registro", en="not in the registry"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A document of both, or of one. `version` and `digest` (SHA-256) are "" where there is none.

    `added` are codes that the registry has and the program lacks, `lost` those that the program alone has, `renamed`
    those with another name or attribute. For a document that is no code list they are empty.
    """

    path: str
    standing: Standing
    own_version: str
    own_digest: str
    version: str
    digest: str
    added: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(".yaml")

    @property
    def is_codelist(self) -> bool:
        return self.path.startswith(f"{CODELISTS}/")

    @property
    def needs_attention(self) -> bool:
        """Whether somebody should look. What the registry does not carry yet is the program's alone to say."""
        return self.standing not in (Standing.EQUAL, Standing.ONLY_PROGRAM)

    @property
    def message(self) -> Text:
        """One line for a person: which document, how it stands, which codes."""
        own, theirs = self.own_version or "–", self.version or "–"
        parts_es = [f"{self.path}: {self.standing.label.es} (este programa {own}, registro {theirs})"]
        parts_en = [f"{self.path}: {self.standing.label.en} (this program {own}, registry {theirs})"]
        for codes, word_es, word_en in (
            (self.added, "faltan aquí", "missing here"),
            (self.lost, "solo aquí", "only here"),
            (self.renamed, "con otro nombre", "named otherwise"),
        ):
            if codes:
                more = f" (+{len(codes) - MOST_SHOWN})" if len(codes) > MOST_SHOWN else ""
                listed = ", ".join(codes[:MOST_SHOWN]) + more
                parts_es.append(f"{word_es}: {listed}")
                parts_en.append(f"{word_en}: {listed}")
        return Text(es="; ".join(parts_es), en="; ".join(parts_en))


@cache
def own_documents() -> Mapping[str, bytes]:
    """What this program ships, by the path that it has in the registry."""
    documents = files("istmo.registry") / "documents"
    found = {
        f"{CODELISTS}/{entry.name}": entry.read_bytes()
        for entry in (files("istmo.model") / "codelists").iterdir()
        if entry.name.endswith(".yaml")
    }
    found |= {f"{RULES}/{name}.yaml": (documents / f"{name}.yaml").read_bytes() for name in _RULES}
    found |= {
        f"{DISCLOSURE}/{entry.name}": entry.read_bytes()
        for entry in (documents / "disclosure").iterdir()
        if entry.name.endswith(".yaml")
    }
    return MappingProxyType(dict(sorted(found.items())))


def compared(documents: Mapping[str, bytes], own: Mapping[str, bytes] | None = None) -> tuple[Compared, ...]:
    """By path. `documents` are those of a registry; others than code lists and rules are left out."""
    ours = own_documents() if own is None else own
    theirs = {path: raw for path, raw in documents.items() if path.startswith((f"{CODELISTS}/", f"{RULES}/"))}
    return tuple(_compared(path, ours.get(path), theirs.get(path)) for path in sorted(ours.keys() | theirs.keys()))


def carries_reference(documents: Mapping[str, bytes]) -> bool:
    """Whether a registry carries any code list or rule."""
    return any(path.startswith((f"{CODELISTS}/", f"{RULES}/")) for path in documents)


def read_reference(path: str, raw: bytes) -> Any:
    """The content of such a document: a `Codelist`, or what the YAML says; raises `InvalidInput` with the place."""
    name = path.rpartition("/")[2]
    if not path.startswith(f"{CODELISTS}/"):
        document = read_document(raw, name=name)
        if not isinstance(document, Mapping) or not _VERSION.fullmatch(str(document.get("version", ""))):
            raise _unversioned(path)
        return document
    codes = read_codelist(raw, name=name)
    if not _VERSION.fullmatch(codes.version) or name != f"{codes.id}.yaml":
        raise _unversioned(path)
    return codes


def _compared(path: str, own: bytes | None, raw: bytes | None) -> Compared:
    """At least one of the two is there; the program's own can be read."""
    mine = None if own is None else read_reference(path, own)
    own_version, own_digest = _version(mine), _digest(own)
    if raw is None or raw == own:
        standing = Standing.ONLY_PROGRAM if raw is None else Standing.EQUAL
        version, digest = ("", "") if raw is None else (own_version, own_digest)
        return Compared(path, standing, own_version, own_digest, version, digest)
    try:
        theirs = read_reference(path, raw)
    except InvalidInput:
        return Compared(path, Standing.UNREADABLE, own_version, own_digest, "", _digest(raw))
    version = _version(theirs)
    return Compared(
        path,
        Standing.ONLY_REGISTRY if own is None else _standing(own_version, version),
        own_version,
        own_digest,
        version,
        _digest(raw),
        *_codes(mine, theirs),
    )


def _standing(own: str, theirs: str) -> Standing:
    if _order(own) == _order(theirs):
        return Standing.DIFFERENT
    return Standing.BEHIND if _order(own) < _order(theirs) else Standing.AHEAD


def _order(version: str) -> tuple[int, ...]:
    """`1` and `1.0.0` are one version."""
    numbers = [int(part) for part in version.split(".")]
    return tuple([*numbers, 0, 0][:3])


def _codes(own: Any, theirs: Any) -> Iterator[tuple[str, ...]]:
    """Codes added, lost and renamed, each in the order of its list."""
    before: Mapping[str, Any] = own.codes if isinstance(own, Codelist) else {}
    after: Mapping[str, Any] = theirs.codes if isinstance(theirs, Codelist) else {}
    yield tuple(id_ for id_ in after if id_ not in before)
    yield tuple(id_ for id_ in before if id_ not in after)
    yield tuple(id_ for id_ in after if id_ in before and after[id_] != before[id_])


def _version(document: Any) -> str:
    if document is None:
        return ""
    return document.version if isinstance(document, Codelist) else str(document["version"])


def _digest(raw: bytes | None) -> str:
    return "" if raw is None else sha256(raw).hexdigest()


def _unversioned(path: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es="Una lista o regla del registro lleva su versión, y una lista el nombre de su archivo.",
            en="A code list or rule of the registry carries its version, and a list the name of its file.",
        ),
        place=path,
        rule="F79",
    )
