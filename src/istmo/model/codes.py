"""Code lists: one source of truth for the database, the tables and the forms.

Each list is a YAML file of this package, `codelists/<id>.yaml`:

    codelist: sex
    version: 1.0.0
    name: {es: Sexo, en: Sex}
    codes:
      F: {es: Mujer, en: Female}
      M: {es: Hombre, en: Male, note: {es: …, en: …}}

Every other key of a code (`parent`, `region`, `numeric` ...) is an attribute and kept as text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.labels import collation_key
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list, with its name in both languages and its attributes as written (`parent`, `region` ...)."""

    id: str
    name: Text
    note: Text | None
    attributes: Mapping[str, str]

    @property
    def parent(self) -> str | None:
        return self.attributes.get("parent")

    def short(self, language: str) -> str:
        """The name for a narrow table or a chart: `short_es`, `short_en` where the list has one, else the name."""
        return self.attributes.get(f"short_{language}") or self.name.in_(language)


@dataclass(frozen=True, slots=True)
class Codelist:
    """An ordered, versioned list of codes."""

    id: str
    version: str
    name: Text
    codes: Mapping[str, Code]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.codes)

    def __contains__(self, id_: object) -> bool:
        return id_ in self.codes

    def __getitem__(self, id_: str) -> Code:
        try:
            return self.codes[id_]
        except KeyError:
            raise NotFound(
                Text(
                    es=f"El código «{id_}» no está en la lista {self.id}.", en=f"Code “{id_}” is not in list {self.id}."
                )
            ) from None

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes.values())

    def label(self, id_: str, language: str) -> str:
        return self[id_].name.in_(language)


@cache
def codelist(id_: str) -> Codelist:
    """The list `id_` as this version of the program ships it; raises `NotFound`."""
    file = files("istmo.model") / "codelists" / f"{id_}.yaml"
    if not id_.isidentifier() or not file.is_file():
        raise NotFound(Text(es=f"No existe la lista de códigos «{id_}».", en=f"There is no code list “{id_}”."))
    return read_codelist(file.read_bytes(), name=f"{id_}.yaml")


def codelists() -> tuple[Codelist, ...]:
    """All lists, by id."""
    folder = files("istmo.model") / "codelists"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(codelist(name.removesuffix(".yaml")) for name in names)


def choices(codelist_id: str, language: str) -> tuple[tuple[str, str], ...]:
    """Pairs of code and name for a form, by name as a Spanish dictionary sorts them."""
    pairs = ((code.id, code.name.in_(language)) for code in codelist(codelist_id))
    return tuple(sorted(pairs, key=lambda pair: (collation_key(pair[1]), pair[0])))


def read_codelist(raw: bytes, *, name: str) -> Codelist:
    document = only(
        read_document(raw, name=name),
        ("codelist", "version", "name", "source", "codes"),
        name=name,
        required=("codelist", "version", "name", "codes"),
    )
    entries = _mapping(document["codes"], name=f"{name}, codes")
    codes = {id_: _code(id_, fields, name=f"{name}, {id_}") for id_, fields in entries.items()}
    return Codelist(
        id=document["codelist"],
        version=document["version"],
        name=text(document["name"], name=name),
        codes=MappingProxyType(codes),
    )


def text(fields: object, *, name: str) -> Text:
    """A `Text` from a mapping with `es` and `en`, neither empty; raises `InvalidInput`."""
    both = only(fields, ("es", "en"), name=name, required=("es", "en"))
    if not all(isinstance(both[language], str) and both[language] for language in ("es", "en")):
        raise InvalidInput(
            Text(es="Falta el texto en uno de los idiomas.", en="The text is missing in one of the languages."),
            place=name,
            rule="F20",
        )
    return Text(es=both["es"], en=both["en"])


def _code(id_: str, entry: object, *, name: str) -> Code:
    fields = _mapping(entry, name=name)
    attributes = {
        key: _attribute(value, name=f"{name}, {key}")
        for key, value in fields.items()
        if key not in ("es", "en", "note")
    }
    return Code(
        id=id_,
        name=text({key: fields[key] for key in ("es", "en") if key in fields}, name=name),
        note=text(fields["note"], name=name) if "note" in fields else None,
        attributes=MappingProxyType(attributes),
    )


def _attribute(value: object, *, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(
            Text(es="Un atributo es un texto simple.", en="An attribute is plain text."), place=name, rule="F20"
        )
    return value


def _mapping(value: object, *, name: str) -> Mapping[str, object]:
    """`value` if it is a mapping, whatever its keys."""
    return only(value, value if isinstance(value, Mapping) else (), name=name)
