"""May a person's decision about a label stand? An ambiguous label is never mapped without a rule of its source.

    decide(profile, field="CITIZENSHIP", label="Hatí", verdict=Verdict.MAP, codes=("HTI",), note="errata", ...)

R9: a label is decided by a person, with a note. R11: one that the registry lists as ambiguous, in every source or in
some, needs the source's own rule beside the note, and then goes only where the registry says that it may. One that is
spelt so but for a letter needs it too, and so does a label that goes elsewhere than the reference lists have it.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rapidfuzz.distance import DamerauLevenshtein

from istmo.intake.grammar import Profile
from istmo.intake.profiles.fields import check_code
from istmo.intake.reviewing.labels import code_lists, decoder, labelled_field
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.labels import clean, fold
from istmo.model.text import Text
from istmo.registry.names import REFERENCE_LISTS, Ambiguous, LabelKind, ambiguous_labels, reference_list

LONGEST = 500
_ALWAYS = ("X_OTHER_LABEL", "_U", "_O")  # for labels that name nothing that could be a country
_BLANK = ("_T", "_U", "_Z")
_SHORTEST = 4  # letters of a label that is compared by its spelling
_UNDECIDABLE = frozenset(LabelKind) - {LabelKind.CONFUSABLE}


class Verdict(StrEnum):
    """What a person decided about a label."""

    MAP = "map"
    LEAVE = "leave"
    NEEDS_RULE = "needs_rule"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one label of a field. `codes` is one for each code list of the field, and only of MAP."""

    field: str
    label: str
    verdict: Verdict
    codes: tuple[str, ...]
    note: str
    source_rule: str
    author: str
    on: datetime.date

    @property
    def folded(self) -> str:
        return fold(self.label)


def decide(
    profile: Profile,
    *,
    field: str,
    label: str,
    verdict: Verdict,
    codes: tuple[str, ...] = (),
    note: str,
    source_rule: str = "",
    author: str,
    on: datetime.date,
) -> Decision:
    """The decision, if it may stand; raises `InvalidInput` (R9, R10, R11)."""
    place = f"{profile.label}, {field}, «{label}»"
    known = labelled_field(profile, field)
    if known is None:
        raise _refused(
            f"El perfil no tiene un campo «{field}» con correspondencias.",
            f"The profile has no field “{field}” with maps.",
            place,
            "F20",
        )
    texts = {"note": note, "source_rule": source_rule, "author": author}
    for text in texts.values():
        if len(text) > LONGEST or not all(sign.isprintable() or sign.isspace() for sign in text):
            raise _refused(
                f"Un texto tiene más de {LONGEST} signos, o signos que no se pueden imprimir.",
                f"A text has more than {LONGEST} characters, or some that cannot be printed.",
                place,
                "R10",
            )
    note, source_rule, author = (clean(text) for text in texts.values())
    if not note or not author:
        raise _refused(
            "Cada decisión lleva una nota y el nombre de quien decide.",
            "Each decision has a note and the name of who decides.",
            place,
            "R10",
        )
    unknown = decoder(known).unknown(label)
    if len(unknown) != 1:
        raise _refused(
            "El perfil ya decide esta etiqueta." if not unknown else "Una decisión es sobre una sola etiqueta.",
            "The profile decides this label already." if not unknown else "A decision is about one label.",
            place,
            "R9",
        )
    label = unknown[0]  # without its footnote mark
    if verdict is not Verdict.MAP:
        return Decision(field, label, verdict, (), note, source_rule, author, on)
    lists = code_lists(known)
    if len(codes) != len(lists):
        raise _refused(
            f"Se esperaban {len(lists)} códigos y hay {len(codes)}.",
            f"{len(lists)} codes were expected and there are {len(codes)}.",
            place,
            "F20",
        )
    for code, list_ in zip(codes, lists, strict=True):
        check_code(code, list_, place)
    if lists[0] == "citizenship":
        _check_citizenship(label, codes[0], source_rule, place)
    return Decision(field, label, verdict, codes, note, source_rule, author, on)


def why_rule(label: str, code: str | None = None) -> Text | None:
    """Why a label of citizenship needs a rule of its source to be mapped (to `code`); None if it does not."""
    entries = entries_of(label)
    exact = listed(label)
    if any(entry.kind in _UNDECIDABLE for entry in entries):
        return Text(
            es="La etiqueta es ambigua: solo la decide una regla de la propia fuente.",
            en="The label is ambiguous: only a rule of the source itself decides it.",
        )
    near = None if exact or entries else nearly(label)
    if near is not None:
        return Text(
            es=f"La etiqueta se escribe casi como «{near}», que es ambigua: la decide una regla de la fuente.",
            en=f"The label is spelt nearly like “{near}”, which is ambiguous: a rule of the source decides it.",
        )
    right = {*exact.values()} or {*_codes_of(entries)}
    if code is not None and right and code not in right:
        names = ", ".join(sorted(right))
        return Text(
            es=f"Según las listas de referencia la etiqueta es {names}: otro código necesita una regla de la fuente.",
            en=f"By the reference lists the label is {names}: another code needs a rule of the source.",
        )
    return None


def nearly(label: str) -> str | None:
    """The ambiguous label from which this one differs by a letter; None where there is none."""
    folded = fold(label)
    if len(folded) < _SHORTEST:
        return None
    near = (known for known in _ambiguous_labels() if DamerauLevenshtein.distance(folded, fold(known)) == 1)
    return next(near, None)


@cache
def _ambiguous_labels() -> tuple[str, ...]:
    entries = (entry for entry in ambiguous_labels() if entry.kind in _UNDECIDABLE)
    return tuple(label for entry in entries for label in entry.labels if len(fold(label)) >= _SHORTEST)


def entries_of(label: str) -> tuple[Ambiguous, ...]:
    """Every entry of the registry for a label, also those that hold only in some sources or periods."""
    folded = fold(label)
    return tuple(entry for entry in ambiguous_labels() if any(fold(known) == folded for known in entry.labels))


def listed(label: str) -> Mapping[str, str]:
    """The code of a label in each reference list that has it."""
    found = {name: reference_list(name).get(fold(label)) for name in REFERENCE_LISTS}
    return {name: code for name, code in found.items() if code is not None}


def allowed(label: str) -> tuple[str, ...] | None:
    """The codes to which a rule of the source may take an ambiguous label; None where any may be right."""
    if not fold(label):
        return _BLANK
    entries = [entry for entry in entries_of(label) if entry.kind in _UNDECIDABLE]
    if not entries:
        return None
    return _codes_of(tuple(entries)) or _ALWAYS


def rule_wanted(entry: Ambiguous) -> Text:
    """Which rule of the source could decide a label of the entry."""
    names = codelist("citizenship")
    listed_ = [names[code].name for code in entry.candidates]
    es, en = ", ".join(name.es for name in listed_), ", ".join(name.en for name in listed_)
    if entry.node is None and not listed_:
        return Text(
            es="No nombra ninguna nacionalidad: una regla solo puede decir que es otra cosa o desconocida.",
            en="It names no nationality: a rule can only say that it is something else, or unknown.",
        )
    if entry.node is None:
        return Text(
            es=f"Decide una regla que diga cuál es en la fuente: {es}.",
            en=f"A rule decides that says which it is in the source: {en}.",
        )
    if not listed_ or entry.candidates == (entry.node,):
        return Text(
            es=f"Con una regla de la fuente se registra como {names[entry.node].name.es} ({entry.node}).",
            en=f"With a rule of the source it is recorded as {names[entry.node].name.en} ({entry.node}).",
        )
    return Text(
        es=f"Decide una regla que diga cuál es en la fuente ({es}), o que la fuente no distingue ({entry.node}).",
        en=f"A rule decides that says which it is in the source ({en}), or that it tells none apart ({entry.node}).",
    )


def _codes_of(entries: tuple[Ambiguous, ...]) -> tuple[str, ...]:
    codes = ((*entry.candidates, *([entry.node] if entry.node else [])) for entry in entries)
    return tuple(dict.fromkeys(code for own in codes for code in own))


def _check_citizenship(label: str, code: str, source_rule: str, place: str) -> None:
    why = why_rule(label, code)
    if why is not None and not source_rule:
        raise InvalidInput(
            why,
            place=place,
            rule="R11",
            advice=Text(
                es="Escriba qué dice la fuente y dónde; si no lo dice, deje la etiqueta en cuarentena.",
                en="Write what the source says and where; if it does not say, leave the label in quarantine.",
            ),
        )
    may = allowed(label)
    if may is not None and code not in may:
        raise _refused(
            f"Esta etiqueta solo puede ir a {', '.join(may)}.",
            f"This label may only go to {', '.join(may)}.",
            place,
            "R11",
        )


def _refused(es: str, en: str, place: str, rule: str) -> InvalidInput:
    return InvalidInput(Text(es=es, en=en), place=place, rule=rule)
