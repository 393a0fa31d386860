"""What is asked of the explorer, and how does it stand in an address?

    /es/datos/?reporter=PAN,HND&measure=corridor&origin=SEN&first=2022-08&last=2023-08&mix=apart

The names are those of the columns of an observation, the same in both languages. `address` writes every choice in one
order, so that two ways of asking the same have one address; `read_question` reads it, and what a form sends, and says
of an impossible choice what could be chosen. `as_of` names a vintage: what came in after it is left out, so that the
address gives the same figures for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.periods import Grain, Period, month, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, is_organisation
from istmo.registry.members import members
from istmo.statistics.explore.origins import ALL, is_origin, origin_order, read_origin
from istmo.statistics.wording import short_name

CORRIDOR = "corridor"
WINDOW = 13
LONGEST = 240
PARAMETERS = ("reporter", "measure", "origin", "country", "first", "last", "mix", "as_of")


class Mix(StrEnum):
    """What is done with the columns. All but APART and SHARE take figures of several together."""

    APART = "apart"
    SHARE = "share"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    SCALE = "scale"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS = {
    Mix.APART: Text(es="Una al lado de la otra, cada una con su escala", en="Side by side, each on its own scale"),
    Mix.SHARE: Text(es="Parte del total propio de cada serie", en="Share of each series’ own total"),
    Mix.DIFFERENCE: Text(es="Diferencia: la primera menos la segunda", en="Difference: the first less the second"),
    Mix.RATIO: Text(es="Cociente: la primera en % de la segunda", en="Quotient: the first in % of the second"),
    Mix.SCALE: Text(es="Una misma escala para todas", en="One scale for all"),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be chosen: the datasets that hold figures here, the months and years held, the countries that
    organisations report about.
    """

    datasets: tuple[Dataset, ...]
    first: Period
    last: Period
    countries: tuple[str, ...] = ()

    @property
    def reporters(self) -> tuple[str, ...]:
        """Members in the order of the route, then organisations."""
        held = {one.reporter for one in self.datasets}
        ordered = [one.code for one in members()]
        return tuple(sorted(held, key=lambda code: (ordered.index(code) if code in ordered else len(ordered), code)))

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(code for code in self.reporters if not is_organisation(code))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures held, in the order of their list."""
        held = {measure for one in self.datasets for measure in one.measures}
        return tuple(code.id for code in codelist("measure") if code.id in held)

    def of(self, reporter: str, measure: str) -> tuple[Dataset, ...]:
        """The datasets of a reporter that hold a measure, best ranked first; its corridor measure for `corridor`."""
        found = [
            one
            for one in self.datasets
            if one.reporter == reporter and (one.corridor if measure == CORRIDOR else measure in one.measures)
        ]
        return tuple(sorted(found, key=lambda one: one.rank))

    @property
    def corridor(self) -> tuple[str, ...]:
        """The reporters that hold their corridor measure."""
        return tuple(code for code in self.states if self.of(code, CORRIDOR))


@dataclass(frozen=True, slots=True)
class Question:
    """`measures`: codes, or `corridor` for the corridor measure of each reporter; `first` and `last` are months."""

    reporters: tuple[str, ...]
    measures: tuple[str, ...]
    origins: tuple[str, ...]
    first: Period
    last: Period
    mix: Mix = Mix.APART
    countries: tuple[str, ...] = ()
    as_of: str = ""

    @property
    def wanted(self) -> tuple[tuple[str, str], ...]:
        return tuple((reporter, measure) for reporter in self.reporters for measure in self.measures)


def address(question: Question) -> str:
    """The query string of a question, every choice in one order."""
    values = {
        "reporter": ",".join(question.reporters),
        "measure": ",".join(question.measures),
        "origin": ",".join(question.origins),
        "country": ",".join(question.countries),
        "first": str(question.first),
        "last": str(question.last),
        "mix": question.mix.value,
        "as_of": question.as_of,
    }
    return "&".join(f"{name}={quote(values[name], safe=',')}" for name in PARAMETERS if values[name])


def read_question(parameters: Mapping[str, Sequence[str]], catalogue: Catalogue) -> Question:
    """The question of an address or a form; raises `InvalidInput` with what can be chosen."""
    given = {name: [text for text in values if text.strip()] for name, values in parameters.items()}
    first, last = _window(given, catalogue)
    reporters = _codes(given.get("reporter", []), catalogue.reporters, "reporter")
    measures = _codes(given.get("measure", []), (CORRIDOR, *catalogue.measures), "measure")
    reporters = reporters or _reporters_of(measures, catalogue)
    measures = measures or _measures_of(reporters, catalogue)
    countries = _codes(given.get("country", []), catalogue.countries, "citizenship", parameter="country")
    question = Question(
        reporters=tuple(code for code in catalogue.reporters if code in reporters),
        measures=tuple(code for code in (CORRIDOR, *catalogue.measures) if code in measures),
        origins=_origins(given.get("origin", [])),
        first=first,
        last=last,
        mix=_mix(given.get("mix", [])),
        countries=_needed_countries(reporters, countries, catalogue),
        as_of=(given.get("as_of") or [""])[0].strip(),
    )
    _possible(question, catalogue)
    return question


def _reporters_of(measures: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Who is meant where no reporter is named: every State that has one of the measures, else every organisation."""
    asked = measures or ((CORRIDOR,) if catalogue.corridor else catalogue.measures)
    having = [code for code in catalogue.reporters if any(catalogue.of(code, measure) for measure in asked)]
    return tuple(code for code in having if not is_organisation(code)) or tuple(having)


def _measures_of(reporters: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """What is meant where no measure is named: the corridor measure, and every measure of reporters without one."""
    others = [code for code in catalogue.measures if any(catalogue.of(one, code) for one in reporters
                                                         if not catalogue.of(one, CORRIDOR))]  # fmt: skip
    return ((CORRIDOR,) if any(catalogue.of(one, CORRIDOR) for one in reporters) else ()) + tuple(others)


def _needed_countries(reporters: Sequence[str], chosen: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Organisations report about a country each; a State about itself."""
    if not any(is_organisation(code) for code in reporters):
        return ()
    if not chosen and catalogue.countries:
        raise _impossible(
            "country",
            Text(
                es="Una organización informa de cada país por separado: elija de qué país.",
                en="An organisation reports about each country apart: choose which country.",
            ),
            catalogue.countries,
            "citizenship",
        )
    return tuple(code for code in catalogue.countries if code in chosen)


def _possible(question: Question, catalogue: Catalogue) -> None:
    """Every reporter chosen has one of the measures chosen, and every measure one of the reporters."""
    for reporter in question.reporters:
        if not any(catalogue.of(reporter, measure) for measure in question.measures):
            own = [code for code in (CORRIDOR, *catalogue.measures) if catalogue.of(reporter, code)]
            name = short_name("reporter", reporter)
            raise _impossible(
                "measure",
                Text(
                    es=f"{name.es} no informa ninguna de las medidas elegidas.",
                    en=f"{name.en} reports none of the measures chosen.",
                ),
                own,
                "measure",
            )
    for measure in question.measures:
        if not any(catalogue.of(reporter, measure) for reporter in question.reporters):
            name = measure_name(measure)
            raise _impossible(
                "reporter",
                Text(
                    es=f"Ninguno de los informantes elegidos informa «{name.es}».",
                    en=f"None of the reporters chosen reports “{name.en}”.",
                ),
                [code for code in catalogue.reporters if catalogue.of(code, measure)],
                "reporter",
            )


def measure_name(code: str) -> Text:
    if code == CORRIDOR:
        return Text(es="La medida del corredor de cada informante", en="The corridor measure of each reporter")
    return codelist("measure")[code].name


def _codes(values: Sequence[str], known: Sequence[str], list_: str, *, parameter: str = "") -> tuple[str, ...]:
    """The codes of a parameter, written apart or with commas, in either case."""
    by_name = {code.upper(): code for code in known}
    found = []
    for text in (part.strip() for value in values for part in value.split(",") if part.strip()):
        if text.upper() not in by_name:
            raise _impossible(
                parameter or list_,
                Text(es=f"«{text}» no se puede elegir aquí.", en=f"“{text}” cannot be chosen here."),
                known,
                list_,
            )
        found.append(by_name[text.upper()])
    return tuple(dict.fromkeys(found))


def _origins(values: Sequence[str]) -> tuple[str, ...]:
    """Codes with commas between them, or one name a value: a name may hold a comma."""
    found: list[str] = []
    for value in values:
        parts = [part.strip().upper() for part in value.split(",") if part.strip()]
        found.extend(parts if all(is_origin(part) for part in parts) else [read_origin(value)])
    return tuple(sorted(dict.fromkeys(found), key=origin_order)) or (ALL,)


def _mix(values: Sequence[str]) -> Mix:
    text = values[0].strip() if values else Mix.APART.value
    if text not in set(Mix):
        raise InvalidInput(
            Text(es=f"«{text}» no es una manera de presentar series.", en=f"“{text}” is no way to show series."),
            place="mix",
            advice=Text(es=f"Existen: {', '.join(Mix)}.", en=f"There are: {', '.join(Mix)}."),
            rule="F52",
        )
    return Mix(text)


def _window(given: Mapping[str, Sequence[str]], catalogue: Catalogue) -> tuple[Period, Period]:
    """The months asked for; a year stands for all its months."""
    first = _month(given.get("first", []), 1)
    last = _month(given.get("last", []), 12) or max(catalogue.last, first or catalogue.last)
    first = first or last.plus(1 - WINDOW)
    if first > last:
        raise InvalidInput(
            Text(es=f"{first} es posterior a {last}.", en=f"{first} is after {last}."),
            place="first, last",
            advice=Text(es="Elija un primer mes anterior al último.", en="Choose a first month before the last one."),
            rule="F52",
        )
    if first.plus(LONGEST) <= last:
        raise InvalidInput(
            Text(
                es=f"De {first} a {last} hay más de {LONGEST} meses.",
                en=f"There are more than {LONGEST} months from {first} to {last}.",
            ),
            place="first, last",
            advice=Text(es="Pida los años por partes.", en="Ask for the years in parts."),
            rule="F52",
        )
    return first, last


def _month(values: Sequence[str], number: int) -> Period | None:
    if not values:
        return None
    read = period(values[0].strip())
    if read.grain is Grain.MONTH:
        return read
    if read.grain is Grain.QUARTER:
        return month(read.year, read.number * 3 - (2 if number == 1 else 0))
    return month(read.year, number)


def _impossible(parameter: str, message: Text, choices: Sequence[str], list_: str) -> InvalidInput:
    """An impossible choice, with what can be chosen, by name and code."""

    def named(code: str) -> Text:
        name = measure_name(code) if list_ == "measure" else short_name(list_, code)
        return Text(es=f"{name.es} ({code})", en=f"{name.en} ({code})")

    names = [named(code) for code in choices]
    return InvalidInput(
        message,
        place=parameter,
        advice=Text(
            es=f"Se puede elegir: {'; '.join(one.es for one in names) or 'nada todavía'}.",
            en=f"You can choose: {'; '.join(one.en for one in names) or 'nothing yet'}.",
        ),
        rule="F52",
    )
