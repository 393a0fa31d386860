"""What does one distinct text of the source mean? Plain Python, called once for each distinct text.

The engine looks at the distinct texts of a column (a few hundred in a million rows), asks here what each means, and
gives every row its answer by number: the rules below never run for each row.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process

from istmo.intake.dates import day, month_number
from istmo.intake.grammar import (
    Action,
    Blank,
    DatedMap,
    DateOf,
    Field,
    Integer,
    Labels,
    Listed,
    PeriodOf,
    Precision,
    YearOf,
)
from istmo.intake.numbers import integer
from istmo.intake.problems import Problem
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.findings import Severity
from istmo.model.labels import clean, fold
from istmo.model.periods import Grain, Period, from_fiscal, period
from istmo.model.text import Text
from istmo.registry.names import LabelKind, ambiguous, reference_list
from istmo.registry.places import place_labels

TOTAL = "\x00total"  # stands for the label of a kept total in the columns that it sums over
_SHOWN_OTHERWISE = frozenset({"hindu", "hindues", "hindus"})  # for people of India; shown as indio, india (DOMAIN 16)
_RULE = {"UNIT": "R2", "MEASURE": "R3"}  # the rule that an unknown label of the column breaks, else R9
_LIKELY = 75  # from which likeness on a label is worth suggesting
_LOOKED_AT = 12  # labels that are nearest, of which
_CANDIDATES = 3  # codes are named
MAX_SUGGESTIONS = 300  # distinct unknown labels of a field that get one

_PAST = frozenset({"EVENT_DATE", "BIRTH_DATE"})  # dates that cannot lie in the future; a permit's end may

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Found:
    """A problem of a text, with what a person might choose instead."""

    problem: Problem
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means: one value for each output of its decoder, and the problems it has."""

    values: tuple[Cell, ...]
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """The values outside the table (captured and given); a flag that stands is "yes"."""

    values: Mapping[str, str]

    def __call__(self, text: str) -> str:
        """`text` itself, or the value of the name it gives ("$year"); "" for an optional one that is absent."""
        return self.values.get(text[1:], "") if text.startswith("$") else text


# --- labels


@dataclass(frozen=True, slots=True)
class LabelDecoder:
    """Labels of a field to its codes and a note. `decode(label, day)`; `day` matters only to maps by period."""

    field: Field
    how: Labels
    named: Named
    column: str  # the header's label that findings name, "" for that of the cell
    source: str

    def decode(self, text: str, on: date | None) -> Meaning:
        if text == TOTAL:
            return Meaning((*(self.how.total or ("_T",) * len(self.field.columns)), None))
        if self.how.listed is not None:
            return self._list(clean(text), self.how.listed, on)
        label, note = self._stripped(clean(text))
        codes = self._codes(label, on)
        if codes is None:
            return Meaning((*(None,) * len(self.field.columns), note), (self._unmapped(label),))
        return Meaning((*codes, note), tuple(self._remarks(label, codes)))

    def _list(self, text: str, how: Listed, on: date | None) -> Meaning:
        """The code of a cell with one label, or that for several with the whole list beside it, in its order.

        A list of one code, however often, is that code. One label that is not known stops the whole cell.
        """
        labels = [clean(part) for part in text.split(how.separator)]
        codes = [self._codes(label, on) for label in labels]
        unknown = next((label for label, code in zip(labels, codes, strict=True) if code is None), None)
        if unknown is not None:
            return Meaning((None, None), (self._unmapped(unknown),))
        known = [code for found in codes if found is not None for code in found]
        distinct = list(dict.fromkeys(known))
        remarks = tuple(found for code in distinct for found in self._remarks(text, (code,)))
        if len(distinct) == 1:
            return Meaning((distinct[0], ""), remarks)
        shown = ", ".join(known)
        return Meaning((how.several, f"{how.note.es}: {shown} / {how.note.en}: {shown}"), remarks)

    def _stripped(self, label: str) -> tuple[str, str | None]:
        """The label without its footnote mark, and the text of the note."""
        match = re.search(self.how.strip, label) if self.how.strip else None
        if match is None:
            return label, None
        mark = next((group for group in match.groups() if group), match[0])
        notes = dict(self.how.note)
        note = self.named(notes[mark]) if mark in notes else ""
        return clean(label[: match.start()] + label[match.end() :]), note or None

    def _codes(self, label: str, on: date | None) -> tuple[str, ...] | None:
        folded = fold(label)
        for known in self.how.maps:
            if folded in known.codes and _in_force(known, on):
                return known.codes[folded]
        if not label:
            return ("_T",) if self.how.slug is not None else None
        if self.how.codes is not None and self._is_code(label):
            return (label,)
        for names in self._lists():
            if folded in names:
                return (names[folded],)
        if self.how.slug is not None:
            return (self.how.slug + re.sub(r"[^A-Z0-9]+", "_", fold(label).replace("ñ", "n").upper()).strip("_"),)
        return None

    def _is_code(self, label: str) -> bool:
        list_ = self.field.codelists[0]
        if self.how.codes == "ISO3":
            countries = codelist("citizenship")
            return label in countries and countries[label].attributes.get("kind") == "country"
        return list_ is not None and list_ != "place" and label in codelist(list_)

    def _lists(self) -> tuple[Mapping[str, str], ...]:
        places = (place_labels(self.how.places),) if self.how.places else ()
        return (*places, *(reference_list(name) for name in self.how.lists))

    def _remarks(self, label: str, codes: tuple[str, ...]) -> list[Found]:
        found = []
        nodes = [code for code in codes if code.startswith("X_")]
        if nodes:
            found.append(
                Found(
                    self._problem(
                        "R11",
                        Severity.INFO,
                        Action.ACCEPT,
                        f"«{{value}}» no designa un solo país: se registra como {nodes[0]}.",
                        f"“{{value}}” does not name one single country: recorded as {nodes[0]}.",
                    )
                )
            )
        if fold(label) in _SHOWN_OTHERWISE:
            found.append(
                Found(
                    self._problem(
                        "F24",
                        Severity.INFO,
                        Action.ACCEPT,
                        f"«{{value}}» se acepta como {codes[0]} y se muestra con el nombre del país.",
                        f"“{{value}}” is accepted as {codes[0]} and shown with the name of the country.",
                    )
                )
            )
        return found

    def _unmapped(self, label: str) -> Found:
        rule = _RULE.get(self.field.columns[0], "R9")
        if not label:
            return Found(
                self._problem(
                    "F14",
                    Severity.ERROR,
                    Action.QUARANTINE,
                    "La etiqueta está en blanco y el perfil no dice qué significa.",
                    "The label is blank and the profile does not say what that means.",
                )
            )
        entry = ambiguous(label) if self._is_citizenship else None
        if entry is not None and entry.kind is not LabelKind.CONFUSABLE:
            return Found(
                self._problem(
                    "R11",
                    Severity.ERROR,
                    Action.QUARANTINE,
                    "«{value}» es ambigua: decide una regla de la fuente en el perfil.",
                    "“{value}” is ambiguous: a rule of the source in the profile decides.",
                ),
                ", ".join(filter(None, (*entry.candidates, entry.node))),
            )
        es = {"R2": "«{value}» no es una unidad de conteo.", "R3": "«{value}» no es una medida de la lista."}
        en = {"R2": "“{value}” is not a unit of count.", "R3": "“{value}” is not a measure of the list."}
        return Found(
            self._problem(
                rule,
                Severity.ERROR,
                Action.QUARANTINE,
                es.get(rule, "«{value}» no está en las correspondencias del perfil."),
                en.get(rule, "“{value}” is not in the maps of the profile."),
            )
        )

    def unknown(self, text: str) -> tuple[str, ...]:
        """The labels in a text that neither map nor list decides, without their footnote marks; "" is a blank."""
        if self.how.listed is not None:
            labels = [clean(part) for part in text.split(self.how.listed.separator)]
        else:
            labels = [self._stripped(clean(text))[0]]
        return tuple(dict.fromkeys(label for label in labels if self._codes(label, None) is None))

    @property
    def _is_citizenship(self) -> bool:
        return self.field.codelists[0] == "citizenship"

    def suggestion(self, text: str) -> str:
        """The nearest known labels with their codes: a person decides (R9)."""
        label, _ = self._stripped(clean(text))
        known = {text: codes[0] for map_ in self.how.maps for text, codes in map_.codes.items()}
        for names in self._lists():
            known = {**names, **known}
        likely = process.extract(fold(label), known.keys(), scorer=fuzz.WRatio, score_cutoff=_LIKELY, limit=_LOOKED_AT)
        candidates: dict[str, str] = {}
        for text, _, _ in likely:
            candidates.setdefault(known[text], text)
        return ", ".join(f"{code} ({text})" for code, text in list(candidates.items())[:_CANDIDATES])

    def _problem(self, rule: str, severity: Severity, action: Action, es: str, en: str) -> Problem:
        if self.field.personal:
            es, en = es.replace("{value}", "…"), en.replace("{value}", "…")
        return Problem(rule, severity, action, Text(es=es, en=en), self.column, self.source, self.field.personal)


def _in_force(known: DatedMap, on: date | None) -> bool:
    if known.first is None and known.last is None:
        return True
    return on is not None and (known.first is None or known.first <= on) and (known.last is None or on <= known.last)


def by_period(how: Labels) -> bool:
    """Whether the maps depend on the record's period."""
    return any(known.first or known.last for known in how.maps)


# --- periods


@dataclass(frozen=True, slots=True)
class PeriodDecoder:
    """The texts of a period's columns to the period, its first day and the source's own words."""

    how: PeriodOf
    named: Named
    column: str
    source: str | None
    has_source: bool

    def decode(self, texts: tuple[str, ...]) -> Meaning:
        """`texts` are the label (unless it is a constant) and the year (where a column gives it)."""
        own = clean(texts[0]) if self.has_source else self.named(self.how.const or "")
        shown = " ".join(clean(text) for text in reversed(texts) if text != TOTAL)
        result = self._period(own, texts)
        if isinstance(result, Problem):
            return Meaning((None, None, shown), (Found(result),))
        return Meaning((str(result), result.first_day, shown))

    def _period(self, own: str, texts: tuple[str, ...]) -> Period | Problem:
        if self.how.month is not None and self.how.year is not None:
            return self._of_month(own, texts, self.how.month, self.how.year)
        if self.how.date is not None:
            dated = day(own, self.how.date)
            return self._unreadable(own) if dated is None else self._of_day(dated.day)
        try:
            result = period(own)
        except InvalidInput:
            return self._unreadable(own)
        grains = {grain for _, grain in self.how.grains}
        return result if result.grain in grains else self._unreadable(own)

    def _of_month(self, own: str, texts: tuple[str, ...], language: str, of: YearOf) -> Period | Problem:
        year = self._year(texts, of)
        if year is None:
            return self._problem("F12", "No se lee el año.", "The year cannot be read.")
        if TOTAL in texts:
            return Period(year, 1, Grain.YEAR)
        number = month_number(own, language)
        return self._unreadable(own) if number is None else from_fiscal(year, number, self.how.fiscal_start)

    def _year(self, texts: tuple[str, ...], of: YearOf) -> int | None:
        text = clean(texts[-1]) if of.column is not None else self.named(of.value or "")
        match = re.search(of.match or r"^(\d{4})$", text)
        found = match[1] if match and match.groups() else ""
        return int(found) if re.fullmatch(r"(19|20|21)\d\d", found, re.ASCII) else None

    def _of_day(self, on: date) -> Period:
        grain = next((grain for before, grain in self.how.grains if before is None or on < before), Grain.MONTH)
        number = {Grain.YEAR: 1, Grain.QUARTER: (on.month + 2) // 3, Grain.MONTH: on.month}[grain]
        return Period(on.year, number, grain)

    def _unreadable(self, own: str) -> Problem:
        if self.how.date is not None and re.search(r"\d", own):
            return self._problem("R20", "«{value}» no es una fecha posible.", "“{value}” is not a possible date.")
        return self._problem("F12", "«{value}» no es un período.", "“{value}” is not a period.")

    def _problem(self, rule: str, es: str, en: str) -> Problem:
        return Problem(rule, Severity.ERROR, Action.REJECT, Text(es=es, en=en), self.column, self.source)


# --- numbers and dates of unit records

_ACTIONS = {Blank.QUARANTINE: Action.QUARANTINE, Blank.REJECT: Action.REJECT}


def number_decoder(field: Field, how: Integer, source: str) -> Callable[[str], Meaning]:
    """Texts of a number to the number; missing values are null."""

    def decode(text: str) -> Meaning:
        plain = clean(text)
        if plain in how.missing:
            return Meaning((None,))
        if not plain:
            return Meaning((None,), _blank(field, how.blank, source, "R17"))
        number = integer(plain, thousands=how.thousands, decimal=how.decimal)
        if number is None:
            return Meaning((None,), (_found(field, source, "F10", "no es un número entero", "is not a whole number"),))
        if (how.minimum is not None and number < how.minimum) or (how.maximum is not None and number > how.maximum):
            found = _found(field, source, "F11", "está fuera del intervalo admitido", "is outside the allowed range")
            return Meaning((number,), (found,))
        return Meaning((number,))

    return decode


def date_decoder(field: Field, how: DateOf, source: str, on: date | None) -> Callable[[str], Meaning]:
    """Texts of a date to the date and its precision; one that cannot be, or has not come by `on`, is rejected (R20)."""
    past = on if field.columns[0] in _PAST else None

    def decode(text: str) -> Meaning:
        plain = clean(text)
        if plain in how.missing or (not plain and how.blank is Blank.UNKNOWN):
            return Meaning((None, Precision.UNKNOWN.value))
        if not plain:
            return Meaning((None, None), _blank(field, how.blank, source, "R20"))
        dated = day(plain, how.format, how.partial)
        if dated is None:
            rule = "R20" if re.search(r"\d", plain) else "F12"
            found = _found(field, source, rule, "no es una fecha posible", "is not a possible date")
            return Meaning((None, None), (found,))
        if past is not None and dated.day > past:
            found = _found(
                field, source, "R20", "es una fecha que aún no ha llegado", "is a date that has not come yet"
            )
            return Meaning((dated.day, dated.precision.value), (found,))
        if dated.precision is Precision.DAY:
            return Meaning((dated.day, dated.precision.value))
        partial = Problem(
            "R20",
            Severity.INFO,
            Action.ACCEPT,
            Text(
                es=f"De la fecha solo se conoce: {_KNOWN[dated.precision].es}.",
                en=f"Of the date only this is known: {_KNOWN[dated.precision].en}.",
            ),
            source,
            source,
            field.personal,
        )
        return Meaning((dated.day, dated.precision.value), (Found(partial),))

    return decode


_KNOWN = {
    Precision.YEAR: Text(es="el año", en="the year"),
    Precision.MONTH: Text(es="el mes y el año", en="the month and the year"),
}


def _blank(field: Field, blank: Blank, source: str, rule: str) -> tuple[Found, ...]:
    if blank not in _ACTIONS:
        return ()
    message = Text(es="El valor está en blanco.", en="The value is blank.")
    return (Found(Problem(rule, Severity.ERROR, _ACTIONS[blank], message, source, source, field.personal)),)


def _found(field: Field, source: str, rule: str, es: str, en: str) -> Found:
    message = Text(
        es=f"El valor {es}." if field.personal else f"«{{value}}» {es}.",
        en=f"The value {en}." if field.personal else f"“{{value}}” {en}.",
    )
    return Found(Problem(rule, Severity.ERROR, Action.REJECT, message, source, source, field.personal))
