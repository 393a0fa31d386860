"""Which citizenship code does a label mean, when it can mean only one, and which labels must a program not decide?

`reference_list("gentilicios_es")["haitianos"]` is `HTI`. The lists hold only labels that mean one code, in every list
and language; a profile says which of them it takes and overrides what its source uses in another way.
`ambiguous("Congo")` says why a label stands in no list, which codes it may mean and the node it may go to by a rule of
the source (R11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Any

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.labels import fold
from istmo.model.text import Text
from istmo.registry.regions import nodes

REFERENCE_LISTS = ("names_es", "names_en", "gentilicios_es", "gentilicios_en")


class LabelKind(StrEnum):
    """Why a label is listed; only a confusable one may be decided, and only when it matches exactly."""

    AMBIGUOUS = "ambiguous"
    CONFUSABLE = "confusable"
    ETHNONYM = "ethnonym"
    MISSING = "missing"
    NOT_ISO = "not_iso"
    PLACE = "place"
    REGION = "region"
    RESIDUAL = "residual"
    STATELESS = "stateless"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Labels that a program must not resolve alone; with `context`, only in that kind of source or period."""

    labels: tuple[str, ...]
    kind: LabelKind
    candidates: tuple[str, ...] = ()
    node: str | None = None
    context: Text | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class CandidateGroup:
    """Codes that sources take for one another: the members of `node`, or the candidates of one label (node None)."""

    codes: tuple[str, ...]
    node: str | None = None

    @property
    def name(self) -> str:
        return self.node or ";".join(self.codes)


@cache
def reference_list(id_: str) -> Mapping[str, str]:
    """Code by folded label; raises `NotFound`."""
    return MappingProxyType({fold(label): code for code, labels in labels_of(id_).items() for label in labels})


@cache
def labels_of(id_: str) -> Mapping[str, tuple[str, ...]]:
    """The labels of a reference list as written, by code; raises `NotFound`."""
    if id_ not in REFERENCE_LISTS:
        raise NotFound(
            Text(es=f"No existe la lista de referencia «{id_}».", en=f"There is no reference list “{id_}”."),
            advice=Text(es=f"Existen: {', '.join(REFERENCE_LISTS)}.", en=f"There are: {', '.join(REFERENCE_LISTS)}."),
        )
    return read_reference_list(_document(f"{id_}.yaml"), name=f"{id_}.yaml")


def read_reference_list(raw: bytes, *, name: str) -> Mapping[str, tuple[str, ...]]:
    """Labels by code; a label that would mean two codes, and a code that is in no list, are refused."""
    keys = ("list", "version", "source", "labels")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    citizenship = codelist("citizenship")
    seen: dict[str, str] = {}
    for code, labels in document["labels"].items():
        if code not in citizenship:
            raise InvalidInput(
                Text(es=f"El código «{code}» no está en la lista.", en=f"Code “{code}” is not in the list."),
                place=name,
                rule="F20",
            )
        for label in labels:
            other = seen.setdefault(fold(label), code)
            if other != code:
                raise InvalidInput(
                    Text(
                        es=f"La etiqueta «{label}» está con {other} y con {code}.",
                        en=f"The label “{label}” stands with {other} and with {code}.",
                    ),
                    place=name,
                    rule="R11",
                )
    return MappingProxyType({code: tuple(labels) for code, labels in document["labels"].items()})


def ambiguous(label: str) -> Ambiguous | None:
    """The entry of a label that must not be resolved alone, whatever its source; None for any other label."""
    return _by_label().get(fold(label))


@cache
def ambiguous_labels() -> tuple[Ambiguous, ...]:
    """Every entry, also those that hold only for some sources or periods (`context`)."""
    name = "ambiguous_labels.yaml"
    return read_ambiguous_labels(_document(name), name=name)


def read_ambiguous_labels(raw: bytes, *, name: str) -> tuple[Ambiguous, ...]:
    keys = ("document", "version", "source", "entries")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    return tuple(
        _ambiguous(entry, name=f"{name}, entry {number}") for number, entry in enumerate(document["entries"], start=1)
    )


@cache
def candidate_groups() -> tuple[CandidateGroup, ...]:
    """The groups that the check across reporters compares (R18a): members of a node, and candidates of one label."""
    of_nodes = [CandidateGroup(codes=codes, node=node) for node, codes in nodes().items()]
    of_labels = [CandidateGroup(codes=entry.candidates) for entry in ambiguous_labels() if len(entry.candidates) > 1]
    groups: dict[frozenset[str], CandidateGroup] = {}
    for group in chain(of_nodes, of_labels):
        groups.setdefault(frozenset(group.codes), group)
    return tuple(groups.values())


@cache
def _by_label() -> Mapping[str, Ambiguous]:
    return MappingProxyType(
        {fold(label): entry for entry in ambiguous_labels() if entry.context is None for label in entry.labels}
    )


def _ambiguous(entry: Any, *, name: str) -> Ambiguous:
    keys = ("labels", "kind", "candidates", "node", "context", "note")
    fields = only(entry, keys, name=name, required=("labels", "kind"))
    candidates = tuple(fields.get("candidates", ()))
    node = fields.get("node")
    citizenship = codelist("citizenship")
    unknown = [code for code in (*candidates, *([node] if node else [])) if code not in citizenship]
    if fields["kind"] not in set(LabelKind) or unknown:
        what = ", ".join(unknown) or fields["kind"]
        raise InvalidInput(
            Text(es=f"Código o tipo desconocido: {what}.", en=f"Unknown code or kind: {what}."), place=name, rule="F20"
        )
    return Ambiguous(
        labels=tuple(fields["labels"]),
        kind=LabelKind(fields["kind"]),
        candidates=candidates,
        node=node,
        context=text(fields["context"], name=name) if "context" in fields else None,
        note=text(fields["note"], name=name) if "note" in fields else None,
    )


def _document(name: str) -> bytes:
    return (files("istmo.registry") / "documents" / name).read_bytes()
