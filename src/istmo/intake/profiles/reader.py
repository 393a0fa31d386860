"""What does a profile's file say? From YAML to `grammar.Profile`; what is unknown is refused with its place."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl

from istmo.intake import expressions
from istmo.intake.expressions import Kind
from istmo.intake.grammar import (
    Action,
    Capture,
    Cell,
    Check,
    Const,
    DateOf,
    Field,
    Integer,
    Keep,
    Labels,
    Levels,
    Meaning,
    Parameter,
    PeriodOf,
    Profile,
    Read,
    Recognise,
    RecordGrain,
    Sample,
    Total,
    Unpivot,
)
from istmo.intake.layout import sources
from istmo.intake.profiles.blocks import Block, refused
from istmo.intake.profiles.fields import check_code, read_field
from istmo.intake.profiles.marks import check_decided
from istmo.model.codes import text
from istmo.model.documents import read_document
from istmo.model.findings import Severity, rules
from istmo.model.labels import clean
from istmo.model.observations import CODELISTS, DEFAULTS, KEY
from istmo.model.text import Text

Base = Callable[[str], bytes | None]  # the file of a profile by id, None when there is none

TARGETS = {RecordGrain.AGGREGATE: "RCM:DF_MIGFLOW(1.0.0)", RecordGrain.PERSON: "RCM:EVENT(1.0.0)"}
_KEYS = (
    *("profile", "version", "author", "date", "title", "target", "grain", "extends", "abstract", "recognise"),
    *(
        "read",
        "capture",
        "parameters",
        "fill_down",
        "levels",
        "totals",
        "unpivot",
        "cells",
        "fields",
        "drop",
        "same_key",
    ),
    *("checks", "accept", "tests"),
)
_OWN = ("abstract", "author", "date", "tests", "extends")  # what a profile says for itself and hands to none
_DEPTH = 8
_AUTHOR = 120
_ENCODINGS = ("utf-8", "cp1252", "latin-1", "iso-8859-1", "iso-8859-15", "cp850", "cp437", "mac-roman")
_DELIMITERS = (",", ";", "\t", "|")
_CELL = re.compile(r"^(.+) has a (total|number)$")


def read_profile(raw: bytes, *, name: str, base: Base) -> Profile:
    """The profile in `raw`; `base` finds the one that it extends. Raises `InvalidInput`."""
    document, digest = _extended(raw, name, base, ())
    check_decided(document, name=name)
    if Block(document, name, allowed=_KEYS).flag("abstract"):
        raise refused(
            "Este perfil solo sirve para que otros lo extiendan.",
            "This profile is only there to be extended.",
            place=name,
        )
    return _profile(Block(document, name, allowed=_KEYS, required=("profile", "version", "fields", "read")), digest)


def files_of(raw: bytes, *, name: str, base: Base) -> dict[str, bytes]:
    """The file and those that it extends, by id."""
    found: dict[str, bytes] = {}
    file: bytes | None = raw
    while file is not None:
        block = Block(read_document(file, name=name), name, allowed=_KEYS, required=("profile", "version"))
        id_ = block.text("profile")
        if id_ in found:
            break
        found[id_] = file
        file = base(block.text("extends")) if "extends" in block else None
    return found


def is_abstract(raw: bytes, *, name: str) -> bool:
    """Whether the profile is only there to be extended."""
    return Block(read_document(raw, name=name), name, allowed=_KEYS).flag("abstract")


def _extended(raw: bytes, name: str, base: Base, seen: tuple[str, ...]) -> tuple[Mapping[str, Any], str]:
    block = Block(read_document(raw, name=name), name, allowed=_KEYS, required=("profile", "version"))
    id_ = block.text("profile")
    digest = hashlib.sha256(raw)
    if id_ in seen or len(seen) > _DEPTH:
        chain = " > ".join((*seen, id_))
        raise refused(
            f"El perfil se extiende a sí mismo: {chain}.",
            f"The profile extends itself: {chain}.",
            place=name,
            rule="F21",
        )
    if "extends" not in block:
        return block.values, digest.hexdigest()
    parent = base(block.text("extends"))
    if parent is None:
        raise refused(
            f"No existe el perfil «{block.text('extends')}».",
            f"There is no profile “{block.text('extends')}”.",
            place=block.at("extends"),
        )
    inherited, parent_digest = _extended(parent, f"{block.text('extends')}.yaml", base, (*seen, id_))
    own = {key: value for key, value in block.values.items() if key != "extends"}
    kept = {key: value for key, value in inherited.items() if key not in _OWN}
    digest.update(parent_digest.encode())
    return _merged(kept, own), digest.hexdigest()


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`own` over `base`: mappings key by key, the rest replaced; an empty value removes what was inherited."""
    result = dict(base)
    for key, value in own.items():
        inherited = base.get(key)
        if value == "" and key in base:
            del result[key]
        elif isinstance(value, Mapping) and isinstance(inherited, Mapping) and not _constant(value, inherited):
            result[key] = _merged(inherited, value)
        else:
            result[key] = value
    return result


def _constant(*values: Mapping[str, Any]) -> bool:
    """Whether one of the values is a constant field, which replaces another field or is replaced by it as a whole."""
    return any("const" in value and "period" not in value for value in values)


def _profile(block: Block, digest: str) -> Profile:
    id_ = block.text("profile")
    parts = id_.split(".")
    if len(parts) != 3 or not all(re.fullmatch(r"\w+", part, re.ASCII) for part in parts):
        raise refused(
            f"«{id_}» no es un identificador como PAN.SNM.cuadro003.",
            f"“{id_}” is not an id such as PAN.SNM.cuadro003.",
            place=block.at("profile"),
        )
    if not re.fullmatch(r"\d+\.\d+\.\d+", block.text("version"), re.ASCII):
        raise refused("La versión se escribe 1.0.0.", "A version is written 1.0.0.", place=block.at("version"))
    grain = RecordGrain(block.choice("grain", tuple(RecordGrain), RecordGrain.AGGREGATE))
    read = _read(block)
    fields = _fields(block, grain, read, parts)
    profile = Profile(
        id=id_,
        version=block.text("version"),
        author=_author(block),
        date=_date(block),
        title=text(block.values.get("title", {"es": id_, "en": id_}), name=block.at("title")),
        hash=digest,
        target=block.text("target", TARGETS[grain]),
        grain=grain,
        recognise=_recognise(block),
        read=read,
        captures=_captures(block),
        parameters=_parameters(block),
        fill_down=tuple(map(clean, block.texts("fill_down"))),
        levels=_levels(block),
        totals=_totals(block),
        unpivot=_unpivot(block),
        cells=_cells(block),
        fields=fields,
        drop=MappingProxyType({clean(label): reason for label, reason in block.pairs("drop").items()}),
        add_same_key=_same_key(block) != "quarantine",
        incidents=_same_key(block) == "incidents",
        checks=_checks(block, fields),
        max_stopped=_max_stopped(block),
        samples=_samples(block),
    )
    _coherent(profile, block)
    return profile


def attributed(profile: Profile, *, name: str) -> Profile:
    """The profile itself if it names its author and date (R10); else `InvalidInput` with the place of what is missing.

    A profile that does not may be tried; nothing is stored by it.
    """
    for key, value in (("author", profile.author), ("date", profile.date)):
        if not value:
            raise refused(
                f"Falta la clave «{key}»: el perfil dice quién responde por él y de qué día es esta versión.",
                f"The key “{key}” is missing: a profile says who answers for it and of which day this version is.",
                place=f"{name}, {key}",
                rule="R10",
                advice=Text(
                    es="Por ejemplo «author: Dirección de Estadística» y «date: 2024-02-01».",
                    en="For example “author: Directorate of Statistics” and “date: 2024-02-01”.",
                ),
            )
    return profile


def _author(block: Block) -> str:
    author = block.text("author").strip()
    if "author" in block and not (author.isprintable() and 0 < len(author) <= _AUTHOR):
        raise refused(
            f"El autor es una institución o una función, en una línea de hasta {_AUTHOR} signos.",
            f"The author is an institution or a role, on one line of up to {_AUTHOR} characters.",
            place=block.at("author"),
            rule="R10",
        )
    return author


def _date(block: Block) -> date | None:
    text = block.optional("date")
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass  # 2024-02-30
    raise refused(
        f"«{text}» no es una fecha como 2024-02-01.",
        f"“{text}” is not a date such as 2024-02-01.",
        place=block.at("date"),
        rule="R10",
    )


def _read(block: Block) -> Read:
    read = block.block(
        "read",
        allowed=(
            *("format", "encoding", "delimiter", "sheet", "sheets", "table", "tables"),
            *("decimal", "thousands", "header", "stop_at", "combine"),
        ),
        required=("header",),
    )
    for one, every in (("sheet", "sheets"), ("table", "tables")):
        if one in read and every in read:
            raise refused(
                f"«{one}» y «{every}» no van juntos.",
                f"“{one}” and “{every}” do not go together.",
                place=read.at(every),
            )
    header = read.block("header", allowed=("find", "rows", "fill", "repeats"), required=("find",))
    delimiter = read.choice("delimiter", _DELIMITERS, ",") if "delimiter" in read else None
    return Read(
        find=Block.check_pattern(header.text("find"), header.at("find")),
        header_rows=header.integer("rows") or 1,
        fill=header.flag("fill"),
        format=read.choice("format", ("table", "csv", "tsv", "xlsx", "xls"), "table"),
        encoding=read.choice("encoding", _ENCODINGS, "cp1252"),
        delimiter=delimiter,
        sheet=read.text("sheets", read.text("sheet", "*")),
        decimal=read.text("decimal"),
        thousands=read.text("thousands"),
        stop_at=_table_pattern(read, "stop_at"),
        combine=_combine(read),
        every_sheet="sheets" in read,
        table=read.pattern("tables") or read.pattern("table"),
        every_table="tables" in read,
        repeats=header.flag("repeats"),
    )


def _combine(read: Block) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """New columns, each of the labels of two or more columns."""
    combine = read.block("combine")
    result = tuple((clean(name), tuple(map(clean, combine.texts(name)))) for name in combine.values)
    for name, columns in result:
        if len(columns) < 2:
            raise refused(
                "Se esperaban dos columnas o más.", "Two or more columns were expected.", place=combine.at(name)
            )
    return result


def _table_pattern(block: Block, key: str) -> str | None:
    """A pattern that is matched on every row, so by Polars: no look-around and no back-references."""
    pattern = block.pattern(key)
    if pattern is not None:
        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.ComputeError as exc:
            raise refused(
                "La expresión regular usa algo que aquí no se admite.",
                "The regular expression uses something that is not allowed here.",
                place=block.at(key),
            ) from exc
    return pattern


def _recognise(block: Block) -> Recognise:
    recognise = block.block("recognise", allowed=("first_lines", "header", "filename"))
    return Recognise(
        first_lines=recognise.pattern("first_lines"),
        header=recognise.texts("header"),
        filename=recognise.pattern("filename"),
    )


def _captures(block: Block) -> tuple[Capture, ...]:
    captures = block.block("capture")
    result = []
    for key in captures.values:
        entry = captures.block(key, allowed=("in", "match", "required", "as"), required=("in", "match"))
        names = tuple(name.strip() for name in key.split("+"))
        flag = entry.choice("as", ("text", "flag"), "text") == "flag"
        match = Block.check_pattern(entry.text("match"), entry.at("match"))
        if not flag and re.compile(match).groups != len(names):
            raise refused(
                "Hace falta un grupo por cada nombre.",
                "There must be one group for each name.",
                place=entry.at("match"),
            )
        where = entry.choice("in", ("preamble", "footer", "sheet"), "preamble")
        result.append(Capture(names, where, match, entry.flag("required"), flag))
    return tuple(result)


def _parameters(block: Block) -> tuple[Parameter, ...]:
    parameters = block.block("parameters")
    result = []
    for name in parameters.values:
        entry = parameters.block(name, allowed=("type", "required", "default", "title"))
        result.append(
            Parameter(
                name=name,
                type=entry.choice("type", ("text", "year", "month", "date"), "text"),
                required=entry.flag("required"),
                default=entry.optional("default"),
                title=text(entry.values["title"], name=entry.at("title")) if "title" in entry else None,
            )
        )
    return tuple(result)


def _levels(block: Block) -> Levels | None:
    if "levels" not in block:
        return None
    levels = block.block(
        "levels", allowed=("column", "by", "as", "alone", "parents", "order"), required=("column", "as")
    )
    names = levels.texts("as")
    parents = tuple(Block.check_pattern(pattern, levels.at("parents")) for pattern in levels.texts("parents"))
    if len(parents) != (len(names) - 1 if levels.choice("by", ("indent", "label"), "indent") == "label" else 0):
        raise refused(
            "Con «by: label», «parents» describe las etiquetas de cada nivel menos el último; sin él, no se usa.",
            "With “by: label”, “parents” describes the labels of each level but the last; without it, it has no use.",
            place=levels.at("parents"),
        )
    return Levels(
        column=clean(levels.text("column")),
        names=names,
        alone=levels.texts("alone"),
        parents=parents,
        parents_last=levels.choice("order", ("parents_first", "parents_last"), "parents_first") == "parents_last",
    )


def _totals(block: Block) -> tuple[Total, ...]:
    return tuple(
        _total(entry) for entry in block.blocks("totals", allowed=("row", "column", "over", "keep"), required=("over",))
    )


def _total(entry: Block) -> Total:
    over = tuple(map(clean, entry.texts("over")))
    keep = Keep.YES if entry.text("keep", "no") in ("yes", "true") else Keep(entry.choice("keep", tuple(Keep), Keep.NO))
    if ("row" in entry) == ("column" in entry):
        raise refused("Un total es de fila o de columna.", "A total is a row or a column.", place=entry.place)
    if "column" in entry:
        return Total(over=over, keep=keep, column=entry.pattern("column"))
    row = entry.block("row")
    return Total(
        over=over,
        keep=keep,
        row=tuple(
            (clean(label), Block.check_pattern(row.text(label), row.at(label)))
            for label in row.values
            if label not in ("level", "has_children")
        ),
        level=row.integer("level"),
        has_children=row.flag("has_children") if "has_children" in row else None,
    )


def _unpivot(block: Block) -> Unpivot | None:
    if "unpivot" not in block:
        return None
    keys = ("keep", "columns", "as", "value")
    unpivot = block.block("unpivot", allowed=keys, required=keys)
    columns = Block.check_pattern(unpivot.text("columns"), unpivot.at("columns"))
    return Unpivot(tuple(map(clean, unpivot.texts("keep"))), columns, unpivot.text("as"), unpivot.text("value"))


def _cells(block: Block) -> Mapping[str, Cell]:
    cells = block.block("cells")
    return MappingProxyType({clean(sign): _cell(cells, sign) for sign in cells.values})


def _cell(cells: Block, sign: str) -> Cell:
    meanings = tuple(Meaning)
    if isinstance(cells.values[sign], str):
        return Cell(Meaning(cells.choice(sign, meanings, "")))
    conditions = tuple(f"{meaning}_if" for meaning in meanings)
    entry = cells.block(sign, allowed=(*conditions, "else"), required=("else",))
    given = [condition for condition in conditions if condition in entry]
    match = _CELL.match(entry.text(given[0])) if len(given) == 1 else None
    if match is None:
        raise refused(
            "Se esperaba una condición: «COLUMNA has a total» o «COLUMNA has a number».",
            "One condition was expected: “COLUMN has a total” or “COLUMN has a number”.",
            place=entry.place,
        )
    return Cell(
        meaning=Meaning(entry.choice("else", meanings, "")),
        then=Meaning(given[0].removesuffix("_if")),
        test=match[2],
        column=clean(match[1]),
    )


def _fields(block: Block, grain: RecordGrain, read: Read, parts: list[str]) -> tuple[Field, ...]:
    fields = block.block("fields")
    result: list[Field] = []
    seen: set[str] = set()
    for key, value in fields.values.items():
        field = read_field(key, value, fields.at(key), grain=grain, read=read)
        for column in field.columns:
            if column in seen:
                raise refused(
                    f"El campo «{column}» está dos veces.", f"The field “{column}” stands twice.", place=fields.place
                )
            seen.add(column)
        result.append(field)
    for column, part in zip(("REPORTER", "AGENCY", "DATASET"), parts, strict=True):
        if column not in seen:
            check_code(part, CODELISTS.get(column), block.at("profile"))
            result.append(Field((column,), None, Const(part), (CODELISTS.get(column),)))
    return tuple(result)


def _same_key(block: Block) -> str:
    same_key = block.block("same_key", allowed=("action",))
    return same_key.choice("action", ("add", "incidents", "quarantine"), "add")


def _max_stopped(block: Block) -> float:
    accept = block.block("accept", allowed=("max_stopped",))
    match = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", accept.text("max_stopped", "5 %"), re.ASCII)
    if match is None or float(match[1]) > 100:
        raise refused("Se esperaba por ejemplo 5 %.", "For example 5 % was expected.", place=accept.at("max_stopped"))
    return float(match[1]) / 100


def _checks(block: Block, fields: tuple[Field, ...]) -> tuple[Check, ...]:
    kinds = kinds_of(fields)
    result: list[Check] = []
    keys = ("id", "rule", "when", "that", "severity", "action", "es", "en")
    for entry in block.blocks("checks", allowed=keys, required=("id", "that", "es", "en")):
        severity = entry.choice("severity", tuple(Severity), Severity.ERROR)
        default = Action.REJECT if severity == Severity.ERROR else Action.ACCEPT
        for key in ("when", "that"):
            if key in entry:
                expressions.parse(entry.text(key), kinds, place=entry.at(key))
        if entry.text("id") in {check.id for check in result}:
            raise refused("La comprobación está dos veces.", "The check stands twice.", place=entry.place)
        result.append(
            Check(
                id=entry.text("id"),
                rule=entry.choice("rule", tuple(rules()), "F26"),
                when=entry.optional("when"),
                that=entry.text("that"),
                severity=severity,
                action=Action(entry.choice("action", tuple(Action), default)),
                message=Text(es=entry.text("es"), en=entry.text("en")),
            )
        )
    return tuple(result)


class Kinds(dict[str, Kind]):
    """The kind of each name; any `[column]` of the source is text."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and name.startswith("["))

    def __missing__(self, name: str) -> Kind:
        return Kind.TEXT


def kinds_of(fields: tuple[Field, ...]) -> Kinds:
    """What a check may name, with its kind."""
    kinds = Kinds()
    for field in fields:
        kind = {Integer: Kind.NUMBER, DateOf: Kind.DATE}.get(type(field.how), Kind.TEXT)
        kinds.update(dict.fromkeys(field.columns, kind))
    return kinds


def _samples(block: Block) -> tuple[Sample, ...]:
    keys = ("name", "text", "sheets", "encoding", "parameters", "expect", "cells", "findings")
    counts = ("read", "accepted", "quarantined", "rejected", "set_aside", "storable")
    result = []
    for entry in block.blocks("tests", allowed=keys, required=("name",)):
        if ("text" in entry) == ("sheets" in entry):
            raise refused("Una muestra tiene «text» o «sheets».", "A sample has “text” or “sheets”.", place=entry.place)
        entry.block("expect", allowed=counts)
        result.append(
            Sample(
                name=entry.text("name"),
                text=entry.text("text"),
                encoding=entry.choice("encoding", _ENCODINGS, "utf-8"),
                parameters=MappingProxyType(entry.pairs("parameters")),
                expect=MappingProxyType(entry.pairs("expect")),
                cells=_wanted(entry, "cells"),
                findings=_wanted(entry, "findings"),
                sheets=MappingProxyType(entry.pairs("sheets")),
            )
        )
    return tuple(result)


def _wanted(entry: Block, key: str) -> tuple[Mapping[str, str], ...]:
    value = entry.values.get(key, [])
    if not isinstance(value, list):
        raise refused("Se esperaba una lista.", "A list was expected.", place=entry.at(key))
    blocks = [Block(item, f"{entry.at(key)} {number}") for number, item in enumerate(value, start=1)]
    return tuple({name: block.text(name) for name in block.values} for block in blocks)


def _coherent(profile: Profile, block: Block) -> None:
    """What only the whole profile shows: mandatory columns, the value of an aggregate, names that exist."""
    given = {column for field in profile.fields for column in field.columns}
    if profile.grain is RecordGrain.AGGREGATE:
        needed = [column for column in (*KEY, "OBS_VALUE") if column not in given and column not in DEFAULTS]
        if needed:
            raise refused(
                f"Faltan campos obligatorios: {', '.join(needed)}.",
                f"Mandatory fields are missing: {', '.join(needed)}.",
                place=block.at("fields"),
                rule="R2" if "UNIT" in needed else "F20",
            )
        for field in profile.fields:
            name = field.columns[0]
            if (name == "OBS_VALUE" and not isinstance(field.how, Integer)) or (
                name == "PERIOD" and not isinstance(field.how, PeriodOf)
            ):
                how = "integer" if name == "OBS_VALUE" else "period"
                raise refused(
                    f"{name} se lee con «{how}».",
                    f"{name} is read with “{how}”.",
                    place=f"{block.at('fields')}, {name}",
                )
    for column in ("REPORTER", "AGENCY", "DATASET"):
        if not profile.constant(column):
            raise refused(f"{column} es una constante.", f"{column} is a constant.", place=block.at("fields"))
    if any(total.column for total in profile.totals) and profile.unpivot is None:
        raise refused(
            "Un total de columna necesita «unpivot».", "A column total needs “unpivot”.", place=block.at("totals")
        )
    if (
        any(total.level is not None or total.has_children is not None for total in profile.totals)
        and not profile.levels
    ):
        raise refused("Un total de nivel necesita «levels».", "A level total needs “levels”.", place=block.at("totals"))
    places = {column for field in profile.fields for column in sources(field)}
    if profile.unpivot:
        places |= {*profile.unpivot.keep, profile.unpivot.name}
    for sign, cell in profile.cells.items():
        if cell.test is not None and cell.column not in places:
            raise refused(
                f"«{cell.column}» no es una columna de la tabla.",
                f"“{cell.column}” is no column of the table.",
                place=f"{block.at('cells')}, {sign}",
            )
    known = {name for capture in profile.captures for name in capture.names}
    known |= {parameter.name for parameter in profile.parameters}
    for name in sorted(named_values(profile) - known):
        raise refused(f"Nada da un valor a ${name}.", f"Nothing gives ${name} a value.", place=block.place, rule="F8")


def named_values(profile: Profile) -> frozenset[str]:
    """Every `$name` that the profile uses, without the sign."""
    texts: list[str] = []
    for field in profile.fields:
        match field.how:
            case Const(value=value, when=when):
                texts += [value, *(f"${name}" for name, _ in when), *(value for _, value in when)]
            case PeriodOf(const=const, year=year):
                texts += [const or "", (year.value or "") if year else ""]
            case Labels(note=note):
                texts += [value for _, value in note]
    return frozenset(text.removeprefix("$") for text in texts if text.startswith("$"))
