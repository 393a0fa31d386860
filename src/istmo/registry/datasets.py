"""Which datasets do the members' figures come from, and what must be known of each before it is read beside another?

A dataset is one table of one agency: `PAN.SNM.cuadro003`. Its entry in `documents/datasets.yaml` says what it counts
and in which unit, what it covers, whether its nationality list is fixed (a code that is absent is *not
distinguished*, never zero), when it is due, where its series breaks, and its `rank` among the datasets with the same
reporter and measure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import Period, period
from istmo.model.text import Text

NATIONALITY_LISTS = ("fixed", "open", "none")
FREQUENCIES = ("M", "A")
BREAK_SCOPES = ("total", "citizenship", "demographic", "counterpart")

_FIELDS = (
    "title",
    "what",
    "measures",
    "unit",
    "unit_name",
    "counted",
    "coverage",
    "coverage_key",
    "nationality_list",
    "frequency",
    "breaks",
    "method",
    "source",
    "source_url",
    "public_at_source",
    "corridor",
    "rank",
    "demonstration",
)
_OPTIONAL = ("border", "nationality_codes", "due_day", "protection", "mirror")


@dataclass(frozen=True, slots=True)
class Break:
    """`period` is the first month of the new practice; `on`: which figures it touches; `measure` None: all measures.

    `codes`: the nationalities that a break of their list touches; empty: all.
    """

    period: Period
    on: str
    text: Text
    ground: Text
    measure: str | None = None
    codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Counted:
    """What one unit of a measure is called in a sentence: one *tránsito irregular*, many *tránsitos irregulares*."""

    one: Text
    many: Text

    def of(self, number: int) -> Text:
        return self.one if abs(number) == 1 else self.many


@dataclass(frozen=True, slots=True)
class MirrorOf:
    """A measure of this dataset counts what `measure` of `dataset` counts from the other side of the border; the cells
    of both differ by at most `tolerance`. `level` is the comparability that the two agencies have established.
    """

    of: str
    dataset: str
    measure: str
    level: int
    tolerance: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table of one agency. `corridor`: it holds the reporter's corridor measure; `border`: the border it covers
    there. `due_day` is 0 for an organisation that publishes and owes no delivery. `area` is the State that an
    organisation's figures are about, where they are read as that State's (`comparability.about`). `protection` is the
    id of the rules (`documents/disclosure`) under which what is not public at its source leaves a node; "" where it
    stays.
    """

    id: str
    reporter: str
    agency: str
    dataset: str
    title: Text
    what: Text
    measures: tuple[str, ...]
    unit: str
    unit_name: Text
    counted: Mapping[str, Counted]
    coverage: Text
    coverage_key: str
    border: str
    nationality_list: str
    nationality_codes: frozenset[str]
    due_day: int
    frequency: str
    breaks: tuple[Break, ...]
    method: Text
    source: Text
    source_url: str
    public_at_source: bool
    corridor: bool
    rank: int
    demonstration: bool
    area: str = ""
    protection: str = ""
    mirror: MirrorOf | None = None

    @property
    def is_protected(self) -> bool:
        """Whether its figures leave a node only as a protected table."""
        return bool(self.protection) and not self.public_at_source

    @property
    def may_leave(self) -> bool:
        """Whether its figures leave a node at all: as they are, or as a protected table."""
        return self.public_at_source or bool(self.protection)

    @property
    def may_be_shown(self) -> bool:
        """Whether its cells, as they left the node, may stand on public pages and in public files."""
        return self.may_leave

    @property
    def has_due_day(self) -> bool:
        return self.due_day > 0

    def due(self, month: Period) -> date:
        """The day on which the figures of `month` are due: day `due_day` of the month after it."""
        return month.plus(1).first_day.replace(day=self.due_day)

    def breaks_on(self, scope: str, measure: str) -> tuple[Break, ...]:
        """The breaks that touch figures of that scope; a break of the total touches every breakdown too."""
        return tuple(b for b in self.breaks if b.on in ("total", scope) and b.measure in (None, measure))


@dataclass(frozen=True, slots=True)
class Concept:
    """What a family of measures has in common; a measure outside every family is a concept of its own."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class DatasetRegistry:
    version: str
    datasets: Mapping[str, Dataset]
    concepts: Mapping[str, Concept]


def datasets() -> Mapping[str, Dataset]:
    """Every dataset by id, in the order of the registry."""
    return _registry().datasets


def dataset(id_: str) -> Dataset:
    """The dataset `id_`; raises `NotFound`."""
    try:
        return datasets()[id_]
    except KeyError:
        raise NotFound(
            Text(es=f"El conjunto de datos «{id_}» no está registrado.", en=f"Dataset “{id_}” is not registered."),
            advice=Text(es=f"Están registrados: {', '.join(datasets())}.", en=f"Registered: {', '.join(datasets())}."),
        ) from None


def concept(measure: str) -> Concept:
    """The concept that `measure` belongs to: its family, else the measure itself under its own name."""
    found = _registry().concepts.get(measure)
    return found or Concept(id=measure, name=codelist("measure")[measure].name)


def is_organisation(reporter: str) -> bool:
    """Whether a reporter is an international organisation: its figures are about States, which COUNTERPART names."""
    return codelist("reporter")[reporter].attributes["status"] == "organisation"


@cache
def organisations() -> tuple[str, ...]:
    """The codes of the reporters that are international organisations."""
    return tuple(code.id for code in codelist("reporter") if is_organisation(code.id))


@cache
def _registry() -> DatasetRegistry:
    name = "datasets.yaml"
    return read_datasets((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


def read_datasets(raw: bytes, *, name: str) -> DatasetRegistry:
    """The registry document as values; raises `InvalidInput` with the place."""
    keys = ("registry", "version", "concepts", "datasets")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    entries: dict[str, Mapping[str, Any]] = {}
    for id_, fields in document["datasets"].items():
        entries[id_] = _extended(fields, entries, place=f"{name}, {id_}")
    return DatasetRegistry(
        version=document["version"],
        datasets=MappingProxyType(
            {id_: _dataset(id_, fields, place=f"{name}, {id_}") for id_, fields in entries.items()}
        ),
        concepts=MappingProxyType(_concepts(document["concepts"], name=name)),
    )


def _concepts(document: Mapping[str, Any], *, name: str) -> dict[str, Concept]:
    """Concept by measure."""
    result = {}
    for id_, fields in document.items():
        only(fields, ("name", "measures"), name=f"{name}, {id_}", required=("name", "measures"))
        for measure in fields["measures"]:
            codelist("measure")[measure]
            result[measure] = Concept(id=id_, name=text(fields["name"], name=f"{name}, {id_}"))
    return result


def _extended(fields: Mapping[str, Any], above: Mapping[str, Mapping[str, Any]], *, place: str) -> Mapping[str, Any]:
    """The entry with what it takes over from the one that it extends, which stands above it."""
    only(fields, (*_FIELDS, *_OPTIONAL, "extends"), name=place)
    base = fields.get("extends")
    if base is None:
        return fields
    if base not in above:
        raise _invalid(place, f"extends «{base}», que no está antes", f"extends “{base}”, which does not stand above")
    return {**above[base], **{key: value for key, value in fields.items() if key != "extends"}}


def _dataset(id_: str, fields: Mapping[str, Any], *, place: str) -> Dataset:
    only(fields, (*_FIELDS, *_OPTIONAL), name=place, required=_FIELDS)
    reporter, agency, table = _parts(id_, place=place)
    measures = tuple(fields["measures"])
    for code in measures:
        codelist("measure")[code]
    codelist("unit_of_count")[fields["unit"]]
    border = fields.get("border", "")
    if border:
        codelist("border")[border]
    return Dataset(
        id=id_,
        reporter=reporter,
        agency=agency,
        dataset=table,
        title=text(fields["title"], name=place),
        what=text(fields["what"], name=place),
        measures=measures,
        unit=fields["unit"],
        unit_name=text(fields["unit_name"], name=place),
        counted=_counted(fields["counted"], measures, place=place),
        coverage=text(fields["coverage"], name=place),
        coverage_key=fields["coverage_key"],
        border=border,
        nationality_list=_one_of(fields["nationality_list"], NATIONALITY_LISTS, place=place),
        nationality_codes=_citizenships(fields.get("nationality_codes", ())),
        due_day=_due_day(reporter, fields, place=place),
        frequency=_one_of(fields["frequency"], FREQUENCIES, place=place),
        breaks=tuple(_break(entry, place=f"{place}, breaks") for entry in fields["breaks"]),
        method=text(fields["method"], name=place),
        source=text(fields["source"], name=place),
        source_url=fields["source_url"],
        public_at_source=_yes(fields["public_at_source"], place=place),
        corridor=_yes(fields["corridor"], place=place),
        rank=_number(fields["rank"], 1, 99, place=place),
        demonstration=_yes(fields["demonstration"], place=place),
        protection=fields.get("protection", ""),
        mirror=_mirror(fields["mirror"], place=f"{place}, mirror") if "mirror" in fields else None,
    )


def _mirror(fields: Mapping[str, Any], *, place: str) -> MirrorOf:
    keys = ("of", "dataset", "measure", "level", "tolerance")
    only(fields, keys, name=place, required=keys)
    for code in (fields["of"], fields["measure"]):
        codelist("measure")[code]
    return MirrorOf(
        of=fields["of"],
        dataset=fields["dataset"],
        measure=fields["measure"],
        level=_number(fields["level"], 0, 3, place=place),
        tolerance=_number(fields["tolerance"], 0, 1000, place=place),
    )


def _due_day(reporter: str, fields: Mapping[str, Any], *, place: str) -> int:
    """The day on which a State's monthly figures are due; an organisation has none."""
    if is_organisation(reporter) == ("due_day" in fields):
        raise _invalid(
            place,
            "un Estado tiene «due_day» y una organización no",
            "a State has “due_day” and an organisation has none",
        )
    return 0 if is_organisation(reporter) else _number(fields["due_day"], 1, 28, place=place)


def _parts(id_: str, *, place: str) -> tuple[str, str, str]:
    parts = id_.split(".", 2)
    if len(parts) != 3 or not all(parts):
        raise _invalid(place, "el identificador es INFORMANTE.DEPENDENCIA.TABLA", "the id is REPORTER.AGENCY.TABLE")
    codelist("reporter")[parts[0]]
    return parts[0], parts[1], parts[2]


def _counted(fields: Mapping[str, Any], measures: tuple[str, ...], *, place: str) -> Mapping[str, Counted]:
    only(fields, measures, name=place, required=measures)
    result = {}
    for measure, words in fields.items():
        only(words, ("one", "many"), name=place, required=("one", "many"))
        result[measure] = Counted(one=text(words["one"], name=place), many=text(words["many"], name=place))
    return MappingProxyType(result)


def _break(fields: Mapping[str, Any], *, place: str) -> Break:
    required = ("period", "on", "text", "ground")
    only(fields, (*required, "measure", "codes"), name=place, required=required)
    if "codes" in fields and fields["on"] != "citizenship":
        raise _invalid(place, "«codes» solo va con «on: citizenship»", "“codes” only goes with “on: citizenship”")
    return Break(
        period=period(fields["period"]),
        on=_one_of(fields["on"], BREAK_SCOPES, place=place),
        text=text(fields["text"], name=place),
        ground=text(fields["ground"], name=place),
        measure=fields.get("measure"),
        codes=_citizenships(fields.get("codes", ())),
    )


def _citizenships(codes: Iterable[str]) -> frozenset[str]:
    citizenship = codelist("citizenship")
    return frozenset(citizenship[code].id for code in codes)


def _one_of(value: str, allowed: tuple[str, ...], *, place: str) -> str:
    if value not in allowed:
        choice = ", ".join(allowed)
        raise _invalid(place, f"«{value}» no es uno de {choice}", f"“{value}” is not one of {choice}")
    return value


def _yes(value: str, *, place: str) -> bool:
    return _one_of(value, ("yes", "no"), place=place) == "yes"


def _number(value: str, first: int, last: int, *, place: str) -> int:
    if not value.isdecimal() or not first <= int(value) <= last:
        raise _invalid(
            place, f"«{value}» no es un número de {first} a {last}", f"“{value}” is not a number from {first} to {last}"
        )
    return int(value)


def _invalid(place: str, es: str, en: str) -> InvalidInput:
    return InvalidInput(
        Text(es=f"Registro de conjuntos de datos: {es}.", en=f"Registry of datasets: {en}."), place=place, rule="F20"
    )
