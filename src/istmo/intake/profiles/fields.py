"""What does one field of a profile say? From the YAML of `fields` to `grammar.Field`, with every code checked."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from istmo.intake.dates import MONTH_LANGUAGES, check_format
from istmo.intake.grammar import (
    Blank,
    Const,
    Conversion,
    DatedMap,
    DateOf,
    Field,
    Flags,
    Integer,
    Labels,
    Listed,
    PeriodOf,
    Plain,
    Precision,
    Read,
    RecordGrain,
    YearOf,
)
from istmo.intake.profiles.blocks import Block, refused
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.labels import fold
from istmo.model.observations import CODELISTS, COLUMNS
from istmo.model.periods import Grain, period
from istmo.model.text import Text
from istmo.registry.names import reference_list
from istmo.registry.places import places

FIXED = ("VINTAGE", "SOURCE_HASH", "PROFILE")  # given by the engine and the store, never by a profile
_PLACE_CODES = frozenset({"_T", "_U", "_O", "_Z"})
_COMMON = ("from", "personal", "unique")
_ALLOWED = {
    "period": (*_COMMON, "const", "date", "period", "keep_as"),
    "const": ("const", "if"),
    "integer": (*_COMMON, "integer", "missing", "blank"),
    "date": (*_COMMON, "date", "partial", "missing", "blank"),
    "text": (*_COMMON, "text"),
    "flags": ("flags", "on", "off", "missing", "personal"),
    "labels": (
        *_COMMON,
        *("map", "lists", "codes", "places", "slug", "strip", "note", "total", "unmapped", "codelist", "list"),
    ),
}


def read_field(key: str, value: Any, place: str, *, grain: RecordGrain, read: Read) -> Field:
    """The field `key` ("SEX" or "SEX + AGE") of the document."""
    columns = _columns(key, place, grain)
    kind = next((kind for kind in _ALLOWED if isinstance(value, Mapping) and kind in value), "labels")
    block = Block(value, place, allowed=_ALLOWED[kind])
    lists = _codelists(block, columns)
    how = _conversion(kind, block, columns, lists, read)
    if len(columns) > 1 and not isinstance(how, Labels):
        raise refused("Solo un mapa llena varios campos.", "Only a map fills several fields.", place=place)
    if "unique" in block:
        block.block("unique", allowed=("on_duplicate",)).choice("on_duplicate", ("quarantine",), "quarantine")
    return Field(
        columns=columns,
        source=_source(block, how),
        how=how,
        codelists=lists,
        personal=block.flag("personal"),
        unique="unique" in block,
    )


def _columns(key: str, place: str, grain: RecordGrain) -> tuple[str, ...]:
    columns = tuple(part.strip() for part in key.split("+"))
    for column in columns:
        if grain is RecordGrain.AGGREGATE and (column not in COLUMNS or column in FIXED):
            raise refused(
                f"«{column}» no es una columna de la observación.",
                f"“{column}” is not a column of the observation.",
                place=place,
            )
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", column):
            raise refused(
                f"«{column}» no es un nombre de campo.",
                f"“{column}” is not a name of a field.",
                place=place,
            )
    return columns


def _codelists(block: Block, columns: tuple[str, ...]) -> tuple[str | None, ...]:
    own = block.texts("codelist")
    for name in own:
        try:
            codelist(name)
        except NotFound as exc:
            raise refused(exc.message.es, exc.message.en, place=block.at("codelist")) from exc
    return tuple(
        own[index] if index < len(own) else ("place" if column == "PLACE" else CODELISTS.get(column))
        for index, column in enumerate(columns)
    )


def _source(block: Block, how: Conversion) -> str | None:
    if isinstance(how, Const | Flags):
        return None
    source = block.optional("from")
    if (source is None) == ("const" not in block):
        raise refused("Se necesita «from».", "“from” is needed.", place=block.place)
    return source


def _conversion(
    kind: str, block: Block, columns: tuple[str, ...], lists: tuple[str | None, ...], read: Read
) -> Conversion:
    match kind:
        case "period":
            return _period(block)
        case "const":
            return _const(block, lists[0])
        case "integer":
            return _integer(block, columns[0], read)
        case "date":
            return DateOf(
                format=check_format(block.text("date"), place=block.at("date")),
                partial=tuple(
                    (prefix, Precision(_one_of(name, ("year", "month"), block.at("partial"))))
                    for prefix, name in block.pairs("partial").items()
                ),
                missing=block.texts("missing"),
                blank=Blank(block.choice("blank", tuple(Blank), Blank.REJECT)),
            )
        case "text":
            return Plain()
        case "flags":
            return Flags(
                codes=MappingProxyType(block.pairs("flags")),
                on=block.texts("on") or ("1",),
                off=block.texts("off") or ("0", ""),
                missing=block.texts("missing"),
            )
        case _:
            return _labels(block, columns, lists)


def _one_of(value: str, choices: tuple[str, ...], place: str) -> str:
    if value not in choices:
        raise refused(
            f"«{value}» no es una opción; se permiten: {', '.join(choices)}.",
            f"“{value}” is not an option; allowed: {', '.join(choices)}.",
            place=place,
        )
    return value


def _const(block: Block, list_: str | None) -> Const:
    when = tuple(block.pairs("if").items())
    for value in (block.text("const"), *(value for _, value in when)):
        if not value.startswith("$"):
            check_code(value, list_, block.place)
    return Const(block.text("const"), tuple((name.removeprefix("$"), value) for name, value in when))


def check_code(code: str, list_: str | None, place: str) -> str:
    """`code` itself if it is in the list (any text if there is none); else `InvalidInput`."""
    known = list_ is None or (code in places() or code in _PLACE_CODES if list_ == "place" else code in codelist(list_))
    if not known:
        raise refused(
            f"El código «{code}» no está en la lista {list_}.",
            f"Code “{code}” is not in list {list_}.",
            place=place,
        )
    return code


def _integer(block: Block, column: str, read: Read) -> Integer:
    marks = block.block("integer", allowed=("min", "max", "thousands", "decimal"))
    minimum = marks.integer("min")
    return Integer(
        minimum=0 if minimum is None and column == "OBS_VALUE" else minimum,
        maximum=marks.integer("max"),
        thousands=marks.text("thousands", read.thousands),
        decimal=marks.text("decimal", read.decimal),
        missing=block.texts("missing"),
        blank=Blank(block.choice("blank", tuple(Blank), Blank.QUARANTINE)),
    )


def _period(block: Block) -> PeriodOf:
    how = block.block("period", allowed=("month", "year", "fiscal_start", "grain", "when"))
    month = how.choice("month", MONTH_LANGUAGES, MONTH_LANGUAGES[0]) if "month" in how else None
    start = how.integer("fiscal_start")
    if start is not None and not 1 <= start <= 12:
        raise refused("El mes va de 1 a 12.", "A month is 1 to 12.", place=how.at("fiscal_start"))
    if (month is None) == ("year" in how):
        raise refused("«month» y «year» van juntos.", "“month” and “year” go together.", place=how.place)
    format_ = block.optional("date")
    if format_ is not None:
        check_format(format_, place=block.at("date"))
    if "keep_as" in block:
        block.choice("keep_as", ("SOURCE_PERIOD",), "SOURCE_PERIOD")
    return PeriodOf(
        grains=_grains(how),
        month=month,
        year=_year(how) if month is not None else None,
        fiscal_start=start or 1,
        date=format_,
        keep_as=block.optional("keep_as"),
        const=block.optional("const"),
    )


def _grains(how: Block) -> tuple[tuple[date | None, Grain], ...]:
    grains = tuple(Grain)
    if "when" not in how:
        return ((None, Grain(how.choice("grain", grains, Grain.MONTH))),)
    entries = how.blocks("when", allowed=("before", "grain"), required=("grain",))
    return tuple((_day(entry, "before"), Grain(entry.choice("grain", grains, Grain.MONTH))) for entry in entries)


def _day(block: Block, key: str) -> date | None:
    """A day `2020-01-01`, or a period, of which the first day."""
    text = block.optional(key)
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else period(text).first_day
    except (ValueError, InvalidInput) as exc:
        raise refused(f"«{text}» no es una fecha.", f"“{text}” is not a date.", place=block.at(key)) from exc


def _year(how: Block) -> YearOf:
    if isinstance(how.values["year"], str):
        return YearOf(value=how.text("year"), column=None, match=None)
    year = how.block("year", allowed=("from", "match"), required=("from",))
    return YearOf(value=None, column=year.text("from"), match=year.pattern("match"))


def _labels(block: Block, columns: tuple[str, ...], lists: tuple[str | None, ...]) -> Labels:
    block.choice("unmapped", ("quarantine",), "quarantine")
    listed = _listed(block, columns, lists) if "list" in block else None
    if listed is not None:
        lists = lists[:1]  # what a label means is the code alone; the second column holds the list
    for name in block.texts("lists"):
        try:
            reference_list(name)
        except NotFound as exc:
            raise refused(exc.message.es, exc.message.en, place=block.at("lists")) from exc
    total = block.texts("total")
    if total:
        _check_codes(total, lists, block.at("total"))
    codes = block.optional("codes")
    if codes is not None:
        _one_of(codes, ("ISO3", "same"), block.at("codes"))
    if not any(key in block for key in ("map", "lists", "codes", "places", "slug")):
        raise refused("El campo no dice cómo se lee.", "The field does not say how it is read.", place=block.place)
    if len(lists) > 1 and (codes or block.texts("lists") or "places" in block or "slug" in block):
        raise refused("Varios campos solo toman «map».", "Several fields take “map” only.", place=block.place)
    return Labels(
        maps=_maps(block, lists),
        lists=block.texts("lists"),
        codes=codes,
        places=block.optional("places"),
        slug=block.optional("slug"),
        strip=block.pattern("strip"),
        note=tuple(block.pairs("note").items()),
        total=total if listed is None else (*(total or ("_T",)), ""),
        listed=listed,
    )


def _listed(block: Block, columns: tuple[str, ...], lists: tuple[str | None, ...]) -> Listed:
    how = block.block("list", allowed=("separator", "several", "es", "en"), required=("separator", "several"))
    if len(columns) != 2 or columns[1] != "NOTE" or "strip" in block:
        raise refused(
            "Una lista llena un campo y NOTE («CITIZENSHIP + NOTE»), sin «strip».",
            "A list fills one field and NOTE (“CITIZENSHIP + NOTE”), without “strip”.",
            place=how.place,
        )
    if not how.text("separator"):
        raise refused("Falta el separador.", "The separator is missing.", place=how.at("separator"))
    return Listed(
        separator=how.text("separator"),
        several=check_code(how.text("several"), lists[0], how.at("several")),
        note=Text(es=how.text("es", "según la fuente"), en=how.text("en", "as in the source")),
    )


def _maps(block: Block, lists: tuple[str | None, ...]) -> tuple[DatedMap, ...]:
    value = block.values.get("map", {})
    if isinstance(value, Mapping):
        return (DatedMap(_map(block.block("map"), lists)),) if value else ()
    entries = block.blocks("map", allowed=("from", "until", "map"), required=("map",))
    return tuple(
        DatedMap(_map(entry.block("map"), lists), _day(entry, "from"), _day(entry, "until")) for entry in entries
    )


def _map(block: Block, lists: tuple[str | None, ...]) -> Mapping[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for label in block.values:
        codes = block.texts(label)
        _check_codes(codes, lists, block.at(label))
        if result.setdefault(fold(label), codes) != codes:
            raise refused(
                f"La etiqueta «{label}» está dos veces con códigos distintos.",
                f"The label “{label}” stands twice with different codes.",
                place=block.at(label),
            )
    return MappingProxyType(result)


def _check_codes(codes: tuple[str, ...], lists: tuple[str | None, ...], place: str) -> None:
    if len(codes) != len(lists):
        raise refused(
            f"Se esperaban {len(lists)} códigos y hay {len(codes)}.",
            f"{len(lists)} codes were expected and there are {len(codes)}.",
            place=place,
        )
    for code, list_ in zip(codes, lists, strict=True):
        check_code(code, list_, place)
