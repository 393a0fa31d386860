"""What may a label mean, and what speaks for it? Codes with their reasons, for a person to decide; none is chosen here.

Reasons: a reference list has the label (name or gentilicio), another source profile maps it so, the registry lists it
as ambiguous (then its note says which rule of the source could decide), it is spelt nearly like a label of this very
profile, or it resembles a name of the list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from istmo.intake.grammar import Field, Labels, Profile
from istmo.intake.reviewing.deciding import allowed, entries_of, listed, nearly, rule_wanted
from istmo.intake.reviewing.labels import code_lists, labelled_field
from istmo.intake.suggesting.labelling import Undecided, citizenships, place_country, read_names, read_places
from istmo.model.codes import codelist
from istmo.model.labels import fold
from istmo.model.text import Text
from istmo.registry.places import places

MOST = 6
_NEAR = 2  # letters by which two spellings of one label may differ
_SHORTEST = 4
_LISTS = {
    "names_es": Text(es="nombre en español, lista de referencia", en="Spanish name, reference list"),
    "names_en": Text(es="nombre en inglés, lista de referencia", en="English name, reference list"),
    "gentilicios_es": Text(es="gentilicio en español, lista de referencia", en="Spanish demonym, reference list"),
    "gentilicios_en": Text(es="gentilicio en inglés, lista de referencia", en="English demonym, reference list"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code (one for each code list of the field) and what speaks for it."""

    codes: tuple[str, ...]
    name: Text
    reasons: tuple[Text, ...]


def candidates(label: str, field: str, profile: Profile, others: Mapping[str, Profile]) -> tuple[Candidate, ...]:
    """The codes that a label may mean, the best founded first; `others` are the profiles of other sources."""
    known = labelled_field(profile, field)
    if known is None:
        return ()
    found: dict[tuple[str, ...], list[Text]] = {}
    lists = code_lists(known)
    list_ = lists[0]
    if lists == ("citizenship",):
        for name, code in listed(label).items():
            found.setdefault((code,), []).append(_LISTS[name])
        near = None if found or entries_of(label) else nearly(label)
        for entry in entries_of(near or label):
            why = entry.note or entry.context or rule_wanted(entry)
            for code in (*([entry.node] if entry.node else []), *entry.candidates):
                found.setdefault((code,), []).append(why)
    elsewhere = [other for other in others.values() if other.id != profile.id]
    for codes, reason in _of_others(label, known, elsewhere):
        found.setdefault(codes, []).append(reason)
    for codes, reason in _spelt_nearly(label, known):
        found.setdefault(codes, []).append(reason)
    if len(lists) == 1:
        for code, likeness in _resembling(label, known):
            found.setdefault((code,), []).append(likeness)
    may = allowed(label) if list_ == "citizenship" else None
    kept = [(codes, reasons) for codes, reasons in found.items() if may is None or codes[0] in may]
    return tuple(Candidate(codes, named(known, codes), tuple(dict.fromkeys(reasons))) for codes, reasons in kept[:MOST])


def named(field: Field, codes: tuple[str, ...]) -> Text:
    """The names of codes, one for each code list of the field."""
    names = [_name(code, list_) for code, list_ in zip(codes, code_lists(field), strict=True)]
    return Text(es=", ".join(name.es for name in names), en=", ".join(name.en for name in names))


def _name(code: str, list_: str | None) -> Text:
    if list_ == "place":
        return places()[code].name if code in places() else Text(es=code, en=code)
    if list_ is not None and code in codelist(list_):
        return codelist(list_)[code].name
    return Text(es=code, en=code)


def _of_others(label: str, field: Field, others: Iterable[Profile]) -> list[tuple[tuple[str, ...], Text]]:
    """How other profiles map the very label in a field of the same columns."""
    found = []
    for other in others:
        for own in other.fields:
            if own.columns != field.columns or not isinstance(own.how, Labels):
                continue
            for map_ in own.how.maps:
                codes = map_.codes.get(fold(label))
                if codes is not None:
                    reason = Text(es=f"así en el perfil {other.label}", en=f"so in profile {other.label}")
                    found.append((codes, reason))
    return found


def _spelt_nearly(label: str, field: Field) -> list[tuple[tuple[str, ...], Text]]:
    """Labels of the profile's own map that differ from this one by a letter or two."""
    assert isinstance(field.how, Labels)
    folded = fold(label)
    found = []
    for map_ in field.how.maps:
        for known, codes in map_.codes.items():
            letters = DamerauLevenshtein.distance(folded, known, score_cutoff=_NEAR)
            if min(len(folded), len(known)) >= _SHORTEST and 0 < letters <= _NEAR:
                es, en = ("una letra", "one letter") if letters == 1 else (f"{letters} letras", f"{letters} letters")
                reason = Text(
                    es=f"se escribe como «{known}» de este perfil salvo {es}",
                    en=f"spelt like “{known}” of this profile but for {en}",
                )
                found.append((letters, codes, reason))
    return [(codes, reason) for _, codes, reason in sorted(found, key=lambda entry: entry[0])]


def _resembling(label: str, field: Field) -> list[tuple[str, Text]]:
    """Names of the code list that resemble the label, with how much."""
    undecided = _undecided(label, field)
    options = undecided.options if undecided else ()
    return [(str(option.value), option.reason) for option in options if option.value and option.reason]


def _undecided(label: str, field: Field) -> Undecided | None:
    list_ = field.codelists[0]
    assert isinstance(field.how, Labels)
    if list_ == "citizenship":
        reading = citizenships([label])
    elif list_ == "place":
        reading = read_places([label], field.how.places or place_country([label])[0])
    elif list_ is not None:
        reading = read_names([label], list_)
    else:
        return None
    return next(iter(reading.undecided), None)
