"""Under which rules is a table protected? A document says it, and every release stores the one that it used.

    threshold: 5
    method: suppress
    dimensions:
      nationality: {hierarchy: nationality.csv}
      point: {hierarchy: point.csv, finest: point}

That is enough for a table of one's own. The region's documents (`registry/documents/disclosure`) have an id, a version,
a date and a title too. Every value is text, as in the other documents; whatever is not known is an error with its line
(F110). Only combinations that keep their promise are read: the reasons stand in `docs/reference/disclosure.md`.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NoReturn

from istmo.model.documents import lines_of, only, read_document
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.signing import canonical
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.rounding import Zeros

RULE = "F110"
THRESHOLDS = range(5, 16)
BASES = (5, 10, 15, 20, 25, 50, 100)
SENSITIVE_BASE = 10
KEYS: Mapping[str, Text] = {
    "id": Text(es="nombre del documento", en="name of the document"),
    "version": Text(es="su versión, 1 o más", en="its version, 1 or more"),
    "date": Text(es="su fecha, AAAA-MM-DD", en="its date, YYYY-MM-DD"),
    "title": Text(es="título de la tabla, es y en", en="title of the table, es and en"),
    "source": Text(es="política publicada que lo pide, es y en", en="published policy that asks for it, es and en"),
    "member": Text(es="país al que se aplica", en="member that it is for"),
    "population": Text(
        es="qué se cuenta; da el mismo nombre a la misma celda en todas las tablas",
        en="what is counted; gives the same cell the same name in all tables",
    ),
    "mirrored": Text(
        es="nombre común de tablas que cuentan los mismos hechos en dos países: un solo umbral",
        en="common name of tables that count the same events in two countries: one threshold",
    ),
    "threshold": Text(es="recuento más pequeño que no se protege, 5 a 15", en="least count not protected, 5 to 15"),
    "method": Text(
        es="suppress, round, cell_key, small_count o nearest", en="suppress, round, cell_key, small_count or nearest"
    ),
    "base": Text(
        es="base del redondeo: al menos el umbral; 10 o más si la tabla es sensible o con nearest",
        en="base of the rounding: the threshold at least; 10 or more for a sensitive table and with nearest",
    ),
    "noise": Text(
        es="de cell_key: greatest (al menos el umbral), variance, least (lo que nunca se imprime)",
        en="of cell_key: greatest (the threshold at least), variance, least (what is never printed)",
    ),
    "sensitive": Text(
        es="yes: con round y base 10, cero y pequeño se escriben igual («0-9»)",
        en="yes: with round and base 10, zero and small are printed alike (“0-9”)",
    ),
    "dimensions": Text(
        es="nombre: {hierarchy: archivo, finest: country, region, point o period}",
        en="name: {hierarchy: file, finest: country, region, point or period}",
    ),
    "headline": Text(
        es="tablas que se publican exactas, cada una por sus dimensiones; [] es el total general",
        en="tables that are published exact, each by its dimensions; [] is the grand total",
    ),
    "roll_up": Text(
        es="dimensiones cuyas categorías pequeñas se incluyen primero en la de arriba",
        en="dimensions whose small categories are first included in the one above",
    ),
    "zeros": Text(
        es="every combination (todas las filas) o none (ninguna fila con 0)",
        en="every combination (all rows) or none (no row with 0)",
    ),
    "key": Text(
        es="archivo de la clave secreta (32 bytes); si falta, el de la instalación",
        en="file of the secret key (32 bytes); without it, that of the installation",
    ),
}
METHODS = ("suppress", "round", "cell_key", "small_count", "nearest")
REQUIRED = ("threshold", "method", "dimensions")
RESERVED = ("n", "value", "OBS_STATUS", "CONF_STATUS", "cell", "source")  # columns of tables, releases, audits, totals
NOISE = ("greatest", "variance", "least")
ZEROS = {"every combination": Zeros.EVERY_COMBINATION, "none": Zeros.NO_ZERO}


class Finest(StrEnum):
    """What the most detailed codes of a dimension are, as far as the rules depend on it."""

    COUNTRY = "country"
    REGION = "region"
    POINT = "point"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension of the table. `hierarchy` is the file of its codes, "" where the system's own list holds."""

    name: str
    hierarchy: str = ""
    finest: Finest | None = None


@dataclass(frozen=True, slots=True)
class Noise:
    """Of `cell_key`: the greatest noise, its variance, and the greatest count that is never printed."""

    greatest: int = 5
    variance: float = 3.0
    least: int = 2


@dataclass(frozen=True)
class Rules:
    """A rule document. `base` is 0 for `suppress` and `cell_key`; `key` is a path beside the document, or ""."""

    threshold: int
    method: Method
    dimensions: tuple[Dimension, ...]
    base: int = 0
    id: str = ""
    version: int = 1
    dated: date | None = None
    title: Text | None = None
    source: Text | None = None
    member: str = ""
    population: str = ""
    mirrored: str = ""
    noise: Noise = field(default_factory=Noise)
    sensitive: bool = False
    headline: tuple[frozenset[str], ...] = ()
    roll_up: tuple[str, ...] = ()
    zeros: Zeros = Zeros.EVERY_COMBINATION
    key: str = ""

    @property
    def way(self) -> Method:
        """The method as it works: a sensitive table prints zero and small counts alike."""
        return Method.ALIKE if self.sensitive else self.method

    @property
    def spread(self) -> int:
        """The number of the method that a reader must know: base or greatest noise."""
        return self.noise.greatest if self.method is Method.CELL_KEY else self.base

    def as_json(self) -> dict[str, Any]:
        """What is published with a release: the document, without the place of the key and without folders."""
        given: dict[str, Any] = {
            "id": self.id,
            "version": self.version,
            "date": str(self.dated) if self.dated else None,
            "title": self.title.as_json() if self.title else None,
            "source": self.source.as_json() if self.source else None,
            "member": self.member,
            "population": self.population,
            "mirrored": self.mirrored,
            "threshold": self.threshold,
            "method": self.method.value,
            "base": self.base or None,
            "noise": (
                {"greatest": self.noise.greatest, "variance": self.noise.variance, "least": self.noise.least}
                if self.method is Method.CELL_KEY
                else None
            ),
            "sensitive": self.sensitive or None,
            "dimensions": {
                one.name: {
                    key: value
                    for key, value in (
                        ("hierarchy", PurePath(one.hierarchy).name),
                        ("finest", one.finest.value if one.finest else ""),
                    )
                    if value
                }
                for one in self.dimensions
            },
            "headline": [sorted(table) for table in self.headline],
            "roll_up": list(self.roll_up),
            "zeros": next(said for said, zeros in ZEROS.items() if zeros is self.zeros),
        }
        return {key: value for key, value in given.items() if value not in (None, "", [])}

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of what is published of the document."""
        return sha256(canonical(self.as_json())).hexdigest()


class _Reader:
    """The values of one document, each with its line when it is wrong."""

    def __init__(self, raw: bytes, name: str) -> None:
        self.name = name
        try:
            document = read_document(raw, name=name)
        except InvalidInput as exc:
            raise InvalidInput(exc.message, place=exc.place, advice=exc.advice, rule=RULE) from exc
        self.lines = lines_of(raw) if document is not None else {}
        self.document = self.block(document, KEYS, (), required=REQUIRED)

    def place(self, path: tuple[str, ...]) -> str:
        line = self.lines.get(path)
        return f"{self.name}:{line}" if line else self.name

    def refuse(self, es: str, en: str, path: tuple[str, ...], advice: Text | None = None) -> NoReturn:
        raise InvalidInput(Text(es=es, en=en), place=self.place(path), advice=advice, rule=RULE)

    def block(
        self, value: Any, allowed: Iterable[str], path: tuple[str, ...], *, required: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        try:
            return only(value, allowed, name=self.name, required=required)
        except InvalidInput as exc:
            unknown = next((key for key in value if key not in set(allowed)), "") if isinstance(value, Mapping) else ""
            at = (*path, unknown) if unknown else path
            raise InvalidInput(exc.message, place=self.place(at), advice=exc.advice, rule=RULE) from exc

    def text(self, value: Any, path: tuple[str, ...]) -> str:
        if not isinstance(value, str) or not value.strip():
            self.refuse("Se esperaba un texto.", "Text was expected.", path)
        return value.strip()

    def both(self, value: Any, path: tuple[str, ...]) -> Text:
        said = self.block(value, ("es", "en"), path, required=("es", "en"))
        return Text(**{key: self.text(said[key], (*path, key)) for key in ("es", "en")})

    def number(self, value: Any, allowed: Sequence[int], path: tuple[str, ...]) -> int:
        said = self.text(value, path)
        if not (said.isascii() and said.isdigit() and len(said) < 10) or int(said) not in allowed:
            listed = (
                f"{allowed[0]}-{allowed[-1]}"
                if isinstance(allowed, range)
                else ", ".join(str(each) for each in allowed)
            )
            self.refuse(
                f"«{path[-1]}» no puede ser «{said}».",
                f"“{path[-1]}” cannot be “{said}”.",
                path,
                Text(es=f"Se permite: {listed}.", en=f"Allowed: {listed}."),
            )
        return int(said)

    def one_of(self, value: Any, allowed: Sequence[str], path: tuple[str, ...]) -> str:
        said = self.text(value, path)
        if said not in allowed:
            self.refuse(
                f"«{path[-1]}» no puede ser «{said}».",
                f"“{path[-1]}” cannot be “{said}”.",
                path,
                Text(es=f"Se permite: {', '.join(allowed)}.", en=f"Allowed: {', '.join(allowed)}."),
            )
        return said

    def listed(self, value: Any, path: tuple[str, ...]) -> list[Any]:
        if not isinstance(value, list):
            self.refuse("Se esperaba una lista.", "A list was expected.", path)
        return value

    def day(self, value: Any, path: tuple[str, ...]) -> date:
        said = self.text(value, path)
        try:
            return date.fromisoformat(said)
        except ValueError:
            self.refuse(f"«{said}» no es un día.", f"“{said}” is no day.", path)

    def decimal(self, value: Any, path: tuple[str, ...]) -> float:
        said = self.text(value, path)
        try:
            number = float(said)
        except ValueError:
            number = 0.0
        if not 0 < number <= 100:
            self.refuse(f"«{said}» no es una varianza.", f"“{said}” is no variance.", path)
        return number

    def names(self, value: Any, known: Sequence[str], path: tuple[str, ...]) -> tuple[str, ...]:
        """Names of dimensions, each once."""
        entries = [
            self.one_of(entry, known, (*path, str(number))) for number, entry in enumerate(self.listed(value, path), 1)
        ]
        if len(set(entries)) < len(entries):
            self.refuse("Un nombre está dos veces.", "A name stands twice.", path)
        return tuple(entries)


def read_rules(raw: bytes, *, name: str) -> Rules:
    """The rules of a YAML document; raises `InvalidInput` (F110), whose place is `name:line`."""
    reader = _Reader(raw, name)
    given = reader.document

    def value(key: str, read: Any, otherwise: Any) -> Any:
        return read(given[key], (key,)) if key in given else otherwise

    method = Method(reader.one_of(given["method"], METHODS, ("method",)))
    threshold = reader.number(given["threshold"], THRESHOLDS, ("threshold",))
    dimensions = _dimensions(reader, given["dimensions"])
    names = [one.name for one in dimensions]
    sensitive = value("sensitive", lambda said, path: reader.one_of(said, ("yes", "no", "true", "false"), path), "no")
    rules = Rules(
        threshold=threshold,
        method=method,
        dimensions=dimensions,
        base=_base(reader, method, threshold, sensitive in ("yes", "true")),
        id=value("id", reader.text, ""),
        version=value("version", lambda said, path: reader.number(said, range(1, 10_000), path), 1),
        dated=value("date", reader.day, None),
        title=value("title", reader.both, None),
        source=value("source", reader.both, None),
        member=value("member", reader.text, ""),
        population=value("population", reader.text, ""),
        mirrored=value("mirrored", reader.text, ""),
        noise=value("noise", lambda said, path: _noise(reader, said, threshold), Noise()),
        sensitive=sensitive in ("yes", "true"),
        headline=value("headline", lambda said, path: _headline(reader, said, names), ()),
        roll_up=value("roll_up", lambda said, path: reader.names(said, names, path), ()),
        zeros=ZEROS[value("zeros", lambda said, path: reader.one_of(said, list(ZEROS), path), "every combination")],
        key=value("key", reader.text, ""),
    )
    _check(reader, rules)
    return rules


def rules_of(document: Any, *, name: str) -> Rules:
    """The rules that a release stores (`Rules.as_json`), read with the same checks."""
    return read_rules(json.dumps(_as_text(document), ensure_ascii=False).encode(), name=name)


def _as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _as_text(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _dimensions(reader: _Reader, value: Any) -> tuple[Dimension, ...]:
    if not isinstance(value, Mapping) or not value:
        reader.refuse("Faltan las dimensiones.", "The dimensions are missing.", ("dimensions",))
    found = []
    for name, said in value.items():
        path = ("dimensions", name)
        if name in RESERVED:
            reader.refuse(
                f"«{name}» es una columna de los archivos, no una dimensión.",
                f"“{name}” is a column of the files, no dimension.",
                path,
            )
        block = reader.block(said, ("hierarchy", "finest"), path)
        found.append(
            Dimension(
                name,
                reader.text(block["hierarchy"], (*path, "hierarchy")) if "hierarchy" in block else "",
                Finest(reader.one_of(block["finest"], list(Finest), (*path, "finest"))) if "finest" in block else None,
            )
        )
    return tuple(found)


def _base(reader: _Reader, method: Method, threshold: int, sensitive: bool) -> int:
    """The base of a rounding: as given, else the least that is safe; 0 where the method has none."""
    path = ("base",)
    least = SENSITIVE_BASE if sensitive or method is Method.NEAREST else min(b for b in BASES if b >= threshold)
    base = reader.number(reader.document["base"], BASES, path) if "base" in reader.document else least
    if method in (Method.SUPPRESS, Method.CELL_KEY):
        return 0
    if base < threshold:
        reader.refuse(
            f"Con la base {base} se imprimirían recuentos menores que el umbral {threshold}.",
            f"With base {base}, counts below the threshold {threshold} would be printed.",
            path,
        )
    if method is Method.NEAREST and base < SENSITIVE_BASE:
        reader.refuse(
            "El redondeo al múltiplo más cercano de 5 deja celdas que se pueden calcular: la base es 10 o más.",
            "Rounding to the nearest 5 leaves cells that can be worked out: the base is 10 or more.",
            path,
        )
    return base


def _noise(reader: _Reader, value: Any, threshold: int) -> Noise:
    block = reader.block(value, NOISE, ("noise",))
    said = Noise(
        greatest=(
            reader.number(block["greatest"], range(threshold, 51), ("noise", "greatest"))
            if "greatest" in block
            else max(threshold, Noise().greatest)
        ),
        variance=reader.decimal(block["variance"], ("noise", "variance")) if "variance" in block else Noise().variance,
        least=reader.number(block["least"], range(11), ("noise", "least")) if "least" in block else Noise().least,
    )
    if said.least >= said.greatest:
        reader.refuse("«least» es menor que «greatest».", "“least” is smaller than “greatest”.", ("noise", "least"))
    return said


def _headline(reader: _Reader, value: Any, names: Sequence[str]) -> tuple[frozenset[str], ...]:
    path = ("headline",)
    return tuple(
        frozenset(reader.names(entry, names, (*path, str(number))))
        for number, entry in enumerate(reader.listed(value, path), 1)
    )


def _check(reader: _Reader, rules: Rules) -> None:
    """What the rules may not combine."""
    rounded = rules.method is not Method.SUPPRESS
    periods = {one.name for one in rules.dimensions if one.finest is Finest.PERIOD}
    points = [one.name for one in rules.dimensions if one.finest is Finest.POINT]
    if rules.sensitive and not (rules.method is Method.ROUND and rules.base >= SENSITIVE_BASE):
        reader.refuse(
            "Una tabla sensible se redondea con la base 10 o mayor («method: round») y escribe «0-9».",
            "A sensitive table is rounded with base 10 or more (“method: round”) and prints “0-9”.",
            ("sensitive",),
        )
    if points and rules.way in (Method.ROUND, Method.CELL_KEY, Method.SMALL_COUNT):
        reader.refuse(
            f"Con «{rules.method}» se puede probar que hubo alguien en un puesto («{points[0]}»).",
            f"With “{rules.method}” it can be proved that somebody was at a point (“{points[0]}”).",
            ("method",),
            Text(
                es="Agregue los puestos por región, o escriba «sensitive: yes» y «base: 10».",
                en="Take the points together by region, or write “sensitive: yes” and “base: 10”.",
            ),
        )
    if rules.method is Method.CELL_KEY and rules.noise.greatest < rules.threshold:
        reader.refuse(
            f"El ruido llega al menos al umbral {rules.threshold} («noise: greatest»).",
            f"The noise reaches the threshold {rules.threshold} at least (“noise: greatest”).",
            ("threshold",),
        )
    if rules.headline and rules.method is Method.ROUND and rules.base != rules.threshold:
        reader.refuse(
            f"Con totales exactos, la base del redondeo es el umbral ({rules.threshold}).",
            f"Beside exact totals, the base of the rounding is the threshold ({rules.threshold}).",
            ("headline",),
        )
    for number, table in enumerate(rules.headline, 1):
        if rounded and (rules.sensitive or len(table - periods) > 1):
            reader.refuse(
                "Junto a un detalle redondeado solo se imprimen exactos los totales de una dimensión, y ninguno en una"
                " tabla sensible.",
                "Beside rounded detail only the totals of one dimension are printed exact, and none in a sensitive"
                " table.",
                ("headline", str(number)),
            )
    if rules.headline and rules.method not in (Method.SUPPRESS, Method.ROUND):
        reader.refuse(
            "Solo «suppress» y «round» publican totales exactos.",
            "Only “suppress” and “round” publish exact totals.",
            ("headline",),
        )
    if rules.zeros is Zeros.NO_ZERO and rules.method is Method.SUPPRESS:
        reader.refuse(
            "Una tabla con celdas retenidas publica sus ceros.",
            "A table with withheld cells publishes its zeros.",
            ("zeros",),
        )


def check_headline(rules: Rules, columns: Collection[str], *, place: str = "") -> None:
    """What is withheld from and not rounded is a headline table: F110 for one by more dimensions than the rules list.

    Rules that list none are for tables of any dimensions.
    """
    if rules.method is not Method.SUPPRESS or not rules.headline or any(set(columns) <= one for one in rules.headline):
        return
    told = "; ".join(" × ".join(sorted(table)) or "_T" for table in rules.headline)
    raise InvalidInput(
        Text(
            es=f"Con estas reglas no se publica exacta una tabla por {' × '.join(columns)}, solo: {told}.",
            en=f"Under these rules a table by {' × '.join(columns)} is not published exact, only: {told}.",
        ),
        place=place,
        advice=Text(
            es="Entregue esas tablas, o use reglas que redondean el detalle.",
            en="Hand in those tables, or use rules that round detail.",
        ),
        rule=RULE,
    )


def check_mirrored(documents: Iterable[Rules]) -> None:
    """Members whose tables mirror each other (one's exits are another's entries) have one threshold: F110 otherwise.

    A neighbour with a lower threshold reveals what the other withholds.
    """
    first: dict[str, Rules] = {}
    for rules in documents:
        if not rules.mirrored:
            continue
        other = first.setdefault(rules.mirrored, rules)
        if other.threshold != rules.threshold:
            raise InvalidInput(
                Text(
                    es=f"Los documentos «{other.id}» y «{rules.id}» protegen tablas en espejo («{rules.mirrored}») con"
                    f" umbrales distintos, {other.threshold} y {rules.threshold}.",
                    en=f"The documents “{other.id}” and “{rules.id}” protect mirrored tables (“{rules.mirrored}”) with"
                    f" different thresholds, {other.threshold} and {rules.threshold}.",
                ),
                rule=RULE,
            )


@cache
def region_rules() -> Mapping[str, Rules]:
    """The region's own rule documents by id."""
    folder = files("istmo.registry") / "documents" / "disclosure"
    read = [
        read_rules(entry.read_bytes(), name=entry.name)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    ]
    check_mirrored(read)
    return MappingProxyType({rules.id: rules for rules in read})


def sentences(rules: Rules) -> tuple[Text, ...]:
    """The rules in plain words, a sentence each."""
    t, b = rules.threshold, rules.base
    said = []
    match rules.method:
        case Method.SUPPRESS:
            said = [
                Text(
                    es=f"Los recuentos de {t} o más se publican exactos, y los ceros como 0.",
                    en=f"Counts of {t} or more are published exact, and zeros as 0.",
                ),
                Text(
                    es=f"Un recuento de 1 a {t - 1} se retiene, y con él otros, para que nadie pueda calcularlo ni"
                    f" probar que es menor que {t}.",
                    en=f"A count of 1 to {t - 1} is withheld, and others with it, so that nobody can work it out or"
                    f" prove that it is under {t}.",
                ),
            ]
        case Method.ROUND if rules.sensitive:
            said = [
                Text(
                    es=f"La tabla es sensible: un recuento menor que {b} se escribe «0-{b - 1}», haya o no haya"
                    " alguien.",
                    en=f"The table is sensitive: a count under {b} is printed “0-{b - 1}”, whether there is anybody or"
                    " not.",
                ),
                Text(
                    es=f"Los demás se redondean a un múltiplo de {b}, hacia arriba o hacia abajo según una clave"
                    " secreta.",
                    en=f"The others are rounded to a multiple of {b}, up or down by a secret key.",
                ),
            ]
        case Method.ROUND:
            said = [
                Text(
                    es=f"Cada recuento se redondea a un múltiplo de {b}, hacia arriba o hacia abajo según una clave"
                    " secreta: las mismas personas dan siempre el mismo valor, y en promedio no se pierde ni se agrega"
                    " nadie.",
                    en=f"Each count is rounded to a multiple of {b}, up or down by a secret key: the same people always"
                    " give the same value, and on average nobody is lost or added.",
                ),
                Text(
                    es="Cada total se redondea por sí mismo: puede diferir de la suma de sus partes.",
                    en="Each total is rounded on its own: it may differ from the sum of its parts.",
                ),
            ]
        case Method.NEAREST:
            said = [
                Text(
                    es=f"Cada recuento y cada total se redondea por sí mismo al múltiplo de {b} más cercano.",
                    en=f"Each count and each total is rounded on its own to the nearest multiple of {b}.",
                )
            ]
        case Method.CELL_KEY:
            said = [
                Text(
                    es=f"A cada recuento se le suma un ruido de {rules.noise.greatest} a lo sumo, que depende de una"
                    " clave secreta y es siempre el mismo para las mismas personas; un cero sigue siendo cero.",
                    en=f"To each count a noise of {rules.noise.greatest} at most is added, which depends on a secret"
                    " key and is always the same for the same people; a zero stays a zero.",
                )
            ]
        case _:
            said = [
                Text(
                    es=f"Los recuentos de 1 a {b - 1} del detalle se cambian por 0 o {b}; los totales son las sumas de"
                    " lo publicado.",
                    en=f"Counts of 1 to {b - 1} in the detail become 0 or {b}; totals are the sums of what is"
                    " published.",
                )
            ]
    if rules.headline:
        told_es = "; ".join(" × ".join(sorted(table)) or "total general" for table in rules.headline)
        told_en = "; ".join(" × ".join(sorted(table)) or "grand total" for table in rules.headline)
        said.append(
            Text(es=f"Tablas que se publican exactas: {told_es}.", en=f"Tables that are published exact: {told_en}.")
        )
    if rules.roll_up:
        said.append(
            Text(
                es=f"Antes de retener, lo pequeño se incluye en la categoría superior, en este orden:"
                f" {', '.join(rules.roll_up)}.",
                en=f"Before anything is withheld, what is small is included in the category above, in this order:"
                f" {', '.join(rules.roll_up)}.",
            )
        )
    if rules.zeros is Zeros.NO_ZERO:
        said.append(Text(es="No se escribe ninguna fila con 0.", en="No row with 0 is printed."))
    elif rules.method is not Method.SUPPRESS:
        said.append(
            Text(
                es="Se escribe cada combinación, también las que quedan en 0.",
                en="Every combination is printed, those that come to 0 too.",
            )
        )
    return tuple(said)


def reading(rules: Rules) -> Text:
    """The rules in plain words, as one paragraph."""
    said = sentences(rules)
    return Text(es=" ".join(one.es for one in said), en=" ".join(one.en for one in said))
