"""What may a label of a code list mean? Decided when it can mean one thing only; else ranked candidates, for a person.

A label is decided by the reference lists (exact, folded, one code in every list) or, elsewhere, by the exact name of a
code. A label that the registry calls ambiguous, in every source or in some, is never decided here, whatever the lists
say of it; a code of three letters is a code only where the whole column is written in codes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from rapidfuzz import fuzz, process

from istmo.intake.suggesting.values import Option
from istmo.model.codes import codelist
from istmo.model.labels import clean, fold
from istmo.model.text import Text
from istmo.registry.names import REFERENCE_LISTS, Ambiguous, LabelKind, ambiguous, ambiguous_labels, reference_list
from istmo.registry.places import places
from istmo.registry.regions import nodes

CANDIDATES = 3
_LIKELY = 72
_LOOKED_AT = 12
_ALWAYS = ("_O", "_U", "XXA", "X_OTHER_LABEL")
_LEAVE = Text(
    es="dejar en cuarentena: sus filas esperan una decisión", en="leave in quarantine: its rows wait for a decision"
)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A label that a person must decide, with what it may mean, best first, and why it is not decided."""

    label: str
    options: tuple[Option, ...]
    why: Text


@dataclass(frozen=True, slots=True)
class Reading:
    """The labels of a column as one code list reads them. `lists` are the reference lists that decide, in order."""

    decided: Mapping[str, str]
    undecided: tuple[Undecided, ...]
    lists: tuple[str, ...] = ()
    iso3: bool = False

    @property
    def share(self) -> float:
        """The part of the labels that is decided or known to be ambiguous."""
        total = len(self.decided) + len(self.undecided)
        known = len(self.decided) + sum(is_known(entry.label) for entry in self.undecided)
        return known / total if total else 0


def is_known(label: str) -> bool:
    """Whether the registry knows the label as one of citizenship, be it ambiguous."""
    return label != "" and (_entry(label) is not None or any(fold(label) in reference_list(n) for n in REFERENCE_LISTS))


def citizenships(labels: Sequence[str]) -> Reading:
    """Labels of nationality: by the reference lists, or as ISO codes where the column is written in codes."""
    named = [label for label in labels if label]
    if _is_iso3(named):
        decided = {label: label for label in named if _is_country(label)}
        return Reading(decided, _undecided([label for label in labels if label not in decided]), iso3=True)
    may = {label for label in named if _entry(label) is None}
    hits = {name: {label for label in may if fold(label) in reference_list(name)} for name in REFERENCE_LISTS}
    lists: list[str] = []
    left = set(may)
    while left and (best := max(hits, key=lambda name: len(hits[name] & left))) and hits[best] & left:
        lists.append(best)
        left -= hits[best]
    decided = {label: reference_list(_list_of(label, lists))[fold(label)] for label in named if label in may - left}
    return Reading(decided, _undecided([label for label in labels if label not in decided]), tuple(lists))


def groups_in_part(codes: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Nodes of which a list of codes holds some members and not others, with those it holds."""
    present = set(codes)
    found = ((node, tuple(code for code in members if code in present)) for node, members in nodes().items())
    return tuple((node, held) for node, held in found if held and set(nodes()[node]) - present)


def names_of(list_id: str) -> Mapping[str, str]:
    """Code by folded name, for names that only one code of the list has; a name's part in brackets may be left out."""
    return _names_of(list_id)


def read_names(labels: Sequence[str], list_id: str) -> Reading:
    """Labels by the names and ids of a code list."""
    names = names_of(list_id)
    decided = {label: names[fold(label)] for label in labels if fold(label) in names}
    left = [label for label in labels if label not in decided]
    undecided = tuple(Undecided(label, _nearest(label, names, list_id), _why_not(label)) for label in left)
    return Reading(MappingProxyType(decided), undecided)


def read_places(labels: Sequence[str], country: str) -> Reading:
    """Labels by the place list of a country; what is not in it may be any place of it."""
    names = {fold(label): place.id for place in places().values() if place.member == country for label in place.labels}
    decided = {label: names[fold(label)] for label in labels if fold(label) in names}
    left = [label for label in labels if label not in decided]
    undecided = tuple(Undecided(label, _nearest_places(label, names), _why_not(label)) for label in left)
    return Reading(MappingProxyType(decided), undecided)


def place_country(labels: Sequence[str]) -> tuple[str, int]:
    """The country whose place list knows most of the labels, and how many; "" when none knows one or two tie."""
    folded = {fold(label) for label in labels if label}
    counts: dict[str, int] = {}
    for place in places().values():
        counts[place.member] = counts.get(place.member, 0) + sum(fold(label) in folded for label in place.labels)
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] == 0 or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return "", 0
    return ranked[0]


def code_option(list_id: str, code: str, reason: Text | None = None) -> Option:
    entry = codelist(list_id)[code]
    return Option(code, entry.name, reason)


def quarantine() -> Option:
    return Option(None, _LEAVE)


# --- labels of nationality


def _entry(label: str) -> Ambiguous | None:
    """Why the label may not be decided, be it only in some sources or periods; None when it may."""
    entry = ambiguous(label)
    if entry is not None and entry.kind is not LabelKind.CONFUSABLE:
        return entry
    return _in_context().get(fold(label))


@cache
def _in_context() -> Mapping[str, Ambiguous]:
    return MappingProxyType(
        {fold(label): entry for entry in ambiguous_labels() if entry.context is not None for label in entry.labels}
    )


def _is_iso3(labels: Sequence[str]) -> bool:
    """Whether the column is written in ISO codes: all of three capitals, and nearly all of them countries."""
    codes = [label for label in labels if len(label) == 3 and label.isascii() and label.isupper()]
    return bool(labels) and len(codes) >= 0.9 * len(labels) and sum(map(_is_country, codes)) >= 0.6 * len(labels)


def _is_country(code: str) -> bool:
    countries = codelist("citizenship")
    return code in countries and countries[code].attributes.get("kind") == "country"


def _list_of(label: str, lists: Sequence[str]) -> str:
    return next(name for name in lists if fold(label) in reference_list(name))


def _undecided(labels: Sequence[str]) -> tuple[Undecided, ...]:
    return tuple(Undecided(label, _candidates(label), _why(label)) for label in labels)


def _why(label: str) -> Text:
    entry = _entry(label)
    if not label:
        return Text(es="en blanco: la fuente no lo dice", en="blank: the source does not say it")
    if entry is None:
        return _why_not(label)
    reason = entry.note or entry.context
    es, en = (f": {reason.es}", f": {reason.en}") if reason else ("", "")
    return Text(es=f"ambigua{es}", en=f"ambiguous{en}")


def _why_not(label: str) -> Text:
    if not label:
        return Text(es="en blanco: la fuente no lo dice", en="blank: the source does not say it")
    return Text(es="no está en las listas de referencia", en="not in the reference lists")


def _candidates(label: str) -> tuple[Option, ...]:
    if not label:
        codes = ("_T", "_U", "_Z")
        return (*(code_option("citizenship", code) for code in codes), quarantine())
    entry = _entry(label)
    ranked: dict[str, Text | None] = {}
    if entry is not None:
        ranked.update(dict.fromkeys((*([entry.node] if entry.node else []), *entry.candidates)))
    exact = names_of("citizenship").get(fold(label))
    if exact is not None:
        ranked.setdefault(exact, Text(es="es el nombre del código", en="it is the name of the code"))
    for code, name, score in _likely(label) if entry is None else ():
        ranked.setdefault(code, Text(es=f"se parece a «{name}» ({score} %)", en=f"like “{name}” ({score} %)"))
    for code in _ALWAYS:
        ranked.setdefault(code, None)
    options = [code_option("citizenship", code, reason) for code, reason in ranked.items()]
    if fold(label) in _in_context():
        return tuple(options)
    return (*options, quarantine())


def _likely(label: str) -> list[tuple[str, str, int]]:
    found = process.extract(
        fold(label), _every_label().keys(), scorer=fuzz.WRatio, score_cutoff=_LIKELY, limit=_LOOKED_AT
    )
    result: dict[str, tuple[str, str, int]] = {}
    for text, score, _ in sorted(found, key=lambda hit: (-hit[1], len(hit[0]), hit[0])):
        result.setdefault(_every_label()[text], (_every_label()[text], text, round(score)))
    return list(result.values())[:CANDIDATES]


@cache
def _every_label() -> Mapping[str, str]:
    return MappingProxyType({label: code for name in REFERENCE_LISTS for label, code in reference_list(name).items()})


# --- labels of other lists


# Words of sources for codes whose names are longer, in lists where they can mean no other code.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "entry_mode": {"inadmissibles": "INADM", "apprehensions": "APPREH", "title 8": "TITLE8"},
    "border": {"northern": "NLB", "southwest": "SWB"},
    "measure": {
        "deportation": "DEPORT",
        "deportacion": "DEPORT",
        "deportaciones": "DEPORT",
        "retorno asistido de menores de 18 años": "RET_ASS_CH",
    },
}


@cache
def _names_of(list_id: str) -> Mapping[str, str]:
    result: dict[str, set[str]] = {fold(text): {code} for text, code in _WORDS.get(list_id, {}).items()}
    for code in codelist(list_id):
        for text in (code.id, *(part for name in (code.name.es, code.name.en) for part in _variants(name))):
            result.setdefault(fold(text), set()).add(code.id)
    result.pop("", None)
    return MappingProxyType({name: next(iter(codes)) for name, codes in result.items() if len(codes) == 1})


def _variants(name: str) -> Iterable[str]:
    """A name, and without what stands in brackets or after a stroke."""
    yield name
    plain = clean(name.split("(")[0])
    yield plain
    yield from (clean(part) for part in plain.split(" / ")[:1])


def _nearest(label: str, names: Mapping[str, str], list_id: str) -> tuple[Option, ...]:
    ranked: dict[str, Text | None] = {}
    for text, score, _ in process.extract(fold(label), names.keys(), scorer=fuzz.WRatio, score_cutoff=50, limit=6):
        reason = Text(es=f"se parece a «{text}» ({round(score)} %)", en=f"like “{text}” ({round(score)} %)")
        ranked.setdefault(names[text], reason)
    for code in codelist(list_id).ids:
        ranked.setdefault(code, None)
    return (*(code_option(list_id, code, reason) for code, reason in ranked.items()), quarantine())


def _nearest_places(label: str, names: Mapping[str, str]) -> tuple[Option, ...]:
    ranked: dict[str, Text | None] = {}
    if not label:
        ranked["_T"] = None
    for text, score, _ in process.extract(fold(label), names.keys(), scorer=fuzz.WRatio, score_cutoff=60, limit=6):
        reason = Text(es=f"se parece a «{text}» ({round(score)} %)", en=f"like “{text}” ({round(score)} %)")
        ranked.setdefault(names[text], reason)
    for id_ in (*names.values(), "_T", "_U", "_O"):
        ranked.setdefault(id_, None)
    return (*(place_option(id_, reason) for id_, reason in ranked.items()), quarantine())


def place_option(id_: str, reason: Text | None = None) -> Option:
    """A place, or one of the codes that stand for no single place."""
    special = {
        "_T": Text(es="Todos los lugares", en="All places"),
        "_U": Text(es="Lugar desconocido", en="Place unknown"),
        "_O": Text(es="Otro lugar", en="Another place"),
    }
    return Option(id_, special[id_] if id_ in special else places()[id_].name, reason)
