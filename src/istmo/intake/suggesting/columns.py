"""What is each column for? A part of a wide table, the figure, the period, a label of a code list, a person's data.

The header's words propose, the texts below decide: a column is a field only when its labels are those of the field's
list. What nobody recognises stays unknown, is not shown, and a person decides whether it may be left out.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from istmo.intake.suggesting.footnotes import bare
from istmo.intake.suggesting.groups import meanings
from istmo.intake.suggesting.hierarchy import Tree
from istmo.intake.suggesting.labelling import Reading, citizenships, place_country, read_names, read_places
from istmo.intake.suggesting.personal import is_free_text, personal
from istmo.intake.suggesting.shapes import Shape
from istmo.intake.suggesting.texts import is_number, is_period, is_total, month_language
from istmo.model.labels import clean, fold
from istmo.model.text import Text

ENOUGH = 0.5
_HEADERS: Mapping[str, str] = {
    "CITIZENSHIP": r"nacionalidad(?:es)?|nationality|nat|citizenship|ciudadania|gentilicio|pais|country",
    "COUNTERPART": r"procedencia|origin|origen|destino|destination|departure|embarque",
    "PLACE": r"puesto|lugar|delegacion|post|place|area|aor|sector|state|estado|oficina|punto|port|puerto|estacion",
    "BORDER": r"border|frontera",
    "GROUP": r"sexo|sex|genero|gender|edad|edades|age|demog|demographic|condicion|grupos?|group",
    "ENTRY_MODE": r"encounter type|type|tipo|authority|modo|mode",
    "MEASURE": r"medida|measure|evento|type|tipo",
}
_ELSEWHERE = r"residencia|residence|nacimiento|birth|expedicion|issue|emision"  # countries that are no nationality
_LISTS = {"BORDER": "border", "ENTRY_MODE": "entry_mode", "MEASURE": "measure"}
_VALUE = (
    r"n|total|valor|value|casos|cases|cantidad|count|numero|number|personas|persons|people|eventos|events|registros|"
    r"cifra|figure|frecuencia|frequency|obs value|poblacion|flujo"
)
_CODE = 4  # digits of a code of sex, age or the like
_DIGITS, _KEY = 9, 8  # no figure has more of them; and no column of figures so many in every row
_FISCAL = r"fiscal"
_YEAR = r"año|ano|anio|year|ejercicio"
_MONTH = r"mes|month"
_EXPIRY = r"vence|vencimiento|vigencia|valid until|valid|expir\w*|caduca"


@dataclass(frozen=True, slots=True)
class Wide:
    """Columns that are values of one dimension: which, of what kind (`month`, `period`, `group`, `citizenship` ...)."""

    kind: str
    labels: tuple[str, ...]
    totals: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the profile calls the dimension."""
        return {"month": "mes", "period": "periodo", "group": "grupo", "citizenship": "nacionalidad"}[self.kind]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labels that belong to a list: the field, where they stand (a column, or a level of one), how they are read.

    `reading` is None for groups of persons, whose labels are read word by word.
    """

    field: str
    source: str
    labels: tuple[str, ...]
    reading: Reading | None
    country: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every column of the table by its use; a label stands in exactly one place."""

    person: bool
    wide: Wide | None
    values: tuple[str, ...]
    year: Shape | None
    month: Shape | None
    period: Shape | None
    dates: tuple[Shape, ...]
    labelled: tuple[Labelled, ...]
    personal: Mapping[str, Text]
    unknown: tuple[Shape, ...]

    def field(self, name: str) -> Labelled | None:
        return next((entry for entry in self.labelled if entry.field == name), None)


def plan(shapes: Sequence[Shape], trees: Mapping[str, Tree]) -> Plan:
    """The use of each column; `trees` are the columns with a hierarchy in them."""
    private = {shape.label: why for shape in shapes if (why := personal(shape)) is not None}
    left = [shape for shape in shapes if shape.label not in private]
    wide = wide_of([shape for shape in left if shape.is_figures and not is_long(shape)])
    if wide is not None:
        left = [shape for shape in left if shape.label not in (*wide.labels, *wide.totals)]
    values = () if wide else values_of(left, private)
    left = [shape for shape in left if shape.label not in values]
    year, month, period, left = _times(left)
    dates = tuple(shape for shape in shapes if shape.is_dated and shape in left)
    left = [shape for shape in left if shape not in dates]
    labelled = tuple(_labelled(left, trees))
    taken = {entry.source for entry in labelled} | set(trees)
    return Plan(
        person=not wide and _is_of_persons(shapes, private, dates, counted=bool(values)),
        wide=wide,
        values=values,
        year=year,
        month=month,
        period=period,
        dates=dates,
        labelled=labelled,
        personal=private,
        unknown=tuple(shape for shape in left if shape.label not in taken),
    )


def _is_of_persons(
    shapes: Sequence[Shape], private: Mapping[str, Text], dates: Sequence[Shape], *, counted: bool
) -> bool:
    """Whether each row is of a person: one's own data in each row, or no figure and a person's data or a day."""
    own = (shape for shape in shapes if shape.label in private and not is_free_text(shape.label))
    if any(shape.filled > 0.5 * shape.height and shape.distinct > 0.8 * shape.filled for shape in own):
        return True
    return not counted and bool(private or any(not _monthly(shape) for shape in dates))


def says(pattern: str, label: str) -> bool:
    """Whether a header has one of the words."""
    words = fold(label).replace("_", " ")
    return re.search(rf"(?:^|[^\w])(?:{pattern})(?:[^\w]|$)", words) is not None


def is_expiry(label: str) -> bool:
    return says(_EXPIRY, label)


def is_fiscal(label: str) -> bool:
    return says(_FISCAL, label)


# --- wide tables and figures


def wide_of(numeric: Sequence[Shape]) -> Wide | None:
    """The numeric columns whose headers are labels of one dimension, when they are two or more."""
    headers = [shape.label for shape in numeric]
    totals = tuple(label for label in headers if is_total(label))
    groups = meanings([label for label in headers if label not in totals])
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("month", lambda label: month_language(label) is not None),
        ("period", is_period),
        ("group", lambda label: label in groups),
    )
    found = {kind: tuple(label for label in headers if label not in totals and test(label)) for kind, test in tests}
    reading = citizenships([label for label in headers if label not in totals])
    if reading.share >= ENOUGH and len(headers) > 3:
        found["citizenship"] = tuple(label for label in headers if label not in totals)
    kind, labels = max(found.items(), key=lambda pair: len(pair[1]))
    return Wide(kind, labels, totals) if len(labels) >= (1 if totals else 2) else None


def values_of(left: Sequence[Shape], private: Iterable[str]) -> tuple[str, ...]:
    """The columns that may hold the figure of a long table: by their header, else the only one with numbers."""
    numeric = [shape for shape in left if shape.is_numeric and not shape.is_of_years and not _is_code(shape)]
    numeric = [shape for shape in numeric if not is_long(shape)]
    named = tuple(shape.label for shape in numeric if says(_VALUE, shape.label))
    if named:
        return named[-1:] if len({*named}) > 1 and says(r"n|count|total|obs value|valor|value", named[-1]) else named
    if tuple(private):
        return ()
    return tuple(shape.label for shape in numeric) if len(numeric) == 1 and not _is_key(numeric[0]) else ()


def is_long(shape: Shape) -> bool:
    """Whether numbers are longer than figures are, whatever the header: those of documents or telephones."""
    digits = _digits(shape)
    return bool(digits) and (max(digits) > _DIGITS or min(digits) >= _KEY)


def _is_key(shape: Shape) -> bool:
    """Whether numbers under a header that names no figure tell rows apart: alike in length, nearly each row its own."""
    digits = _digits(shape)
    return min(digits) == max(digits) > 3 and shape.distinct > 0.9 * shape.filled


def _digits(shape: Shape) -> list[int]:
    """How many digits each distinct number has."""
    return [sum(sign.isdecimal() for sign in text) for text in shape.texts if is_number(text)]


def _is_code(shape: Shape) -> bool:
    """A column of few small numbers under a header of sex, age or the like."""
    return shape.distinct <= 12 and says(_HEADERS["GROUP"], shape.label) and max(_digits(shape), default=0) <= _CODE


# --- time


def _times(left: list[Shape]) -> tuple[Shape | None, Shape | None, Shape | None, list[Shape]]:
    """The columns of the year, the month and the period, and what is left."""
    year = next((shape for shape in left if _is_year(shape)), None)
    month = next((shape for shape in left if _is_month(shape)), None)
    period = next((shape for shape in left if shape.is_of_periods and shape is not year), None)
    used = [shape for shape in (year, month, period) if shape is not None]
    return year, month, period, [shape for shape in left if shape not in used]


def _is_year(shape: Shape) -> bool:
    begins = all(re.match(r"(?:19|20)\d\d(?:\D|$)", text) for text in shape.texts)
    return bool(shape.texts) and begins and not shape.is_dated and (shape.is_of_years or says(_YEAR, shape.label))


def _is_month(shape: Shape) -> bool:
    if shape.is_of_months:
        return True
    numbers = all(re.fullmatch(r"0?[1-9]|1[0-2]", text) for text in shape.texts)
    return bool(shape.texts) and numbers and says(_MONTH, shape.label)


def _monthly(shape: Shape) -> bool:
    """Whether every date is the first of its month."""
    return all(re.search(r"(?:^|\D)0?1(?:$| )|^0?1\D", text) for text in shape.texts)


# --- labels


def _labelled(left: Sequence[Shape], trees: Mapping[str, Tree]) -> list[Labelled]:
    """Each field with the labels that fit it best; groups of persons may stand in several columns."""
    found = [entry for shape in left for entry in _entries(shape, trees.get(shape.label))]
    found.sort(key=lambda pair: (-_known(pair[1]) if pair[1].field in _LISTS else 0, -pair[0]))
    result: list[Labelled] = []
    dimensions: set[str] = set()
    for _, entry in found:
        own = {dim for meaning in meanings(entry.labels).values() for dim in meaning.dims} or {"SEX"}
        if entry.field == "GROUP":
            if own & dimensions:
                continue
            dimensions |= own
        elif entry.field in {other.field for other in result}:
            continue
        result.append(entry)
    return result


def _known(entry: Labelled) -> int:
    """How many labels the field's list knows: of two columns of one list, the finer one says more."""
    return len(entry.reading.decided) if entry.reading else 0


def _entries(shape: Shape, tree: Tree | None) -> Iterable[tuple[float, Labelled]]:
    """What the labels of a column are, or those of each level of its tree."""
    coded = _is_code(shape) and shape.is_numeric
    if is_free_text(shape.label) or (shape.is_numeric and not coded):
        return
    if coded:
        if says(r"sexo|sex|genero|gender", shape.label):
            yield 1.0, Labelled("GROUP", shape.label, shape.labels, None)
    elif tree is None:
        yield from _best(shape.label, shape.label, _bare(shape.labels))
    else:
        heads = [*_best(shape.label, tree.names[0], _bare(tree.heads[0]))]
        if heads:
            yield from heads
            yield from _best(shape.label, tree.names[-1], _bare(tree.leaves))
        else:
            yield from _best(shape.label, tree.column, _bare(tree.leaves))


def _bare(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels without marks of footnotes and without those of totals."""
    return tuple(dict.fromkeys(plain for label in labels if not is_total(plain := bare(label))))


def _best(header: str, source: str, labels: tuple[str, ...]) -> Iterable[tuple[float, Labelled]]:
    """The field whose list knows the most of the labels, the header's word weighing a little."""
    filled = [label for label in labels if label]
    if not filled:
        return
    fits = [
        (score + 0.3 * says(_HEADERS[entry.field], header), entry)
        for score, entry in _fits(header, source, labels, filled)
    ]
    enough = [(score, entry) for score, entry in fits if score >= ENOUGH]
    if enough:
        yield max(enough, key=lambda pair: pair[0])


def _fits(header: str, source: str, labels: tuple[str, ...], filled: Sequence[str]) -> Iterable[tuple[float, Labelled]]:
    """The share of the labels that each field's list knows."""
    understood = len(meanings(filled))
    if understood:
        yield understood / len(filled), Labelled("GROUP", source, labels, None)
    nationality = citizenships(labels)
    named = says(r"nacionalidad(?:es)?|nationality|citizenship|ciudadania", header)
    if nationality.share > 0 or named:
        abroad = says(_HEADERS["COUNTERPART"], header) and not named
        if named or not says(_ELSEWHERE, header):
            share = max(nationality.share, ENOUGH) + 0.2 if named else nationality.share
            yield share, Labelled("COUNTERPART" if abroad else "CITIZENSHIP", source, labels, nationality)
    country, hits = place_country(filled)
    if hits:
        yield hits / len(filled), Labelled("PLACE", source, labels, read_places(labels, country), country)
    for field, list_id in _LISTS.items():
        reading = read_names(labels, list_id)
        if reading.decided:
            yield len(reading.decided) / len(filled), Labelled(field, source, labels, reading)


def plain(label: str) -> str:
    """A label as part of an id: letters, digits and low lines."""
    return re.sub(r"\W+", "_", fold(clean(label)), flags=re.ASCII).strip("_")
