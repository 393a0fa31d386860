"""Which fields can an agreement list? The closed catalogue of fields by category of data, `documents/fields.yaml`.

A field belongs to one category, so that its name alone says what it is. `CRIMREC` has no field: nothing of it travels.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from istmo.model.codes import codelist, text
from istmo.model.documents import only, read_document
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

Catalogue = Mapping[str, Mapping[str, Text]]


@cache
def catalogue() -> Catalogue:
    """Category -> field -> its name, as this version of the program ships it."""
    name = "fields.yaml"
    return read_catalogue((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


@cache
def categories() -> Mapping[str, str]:
    """Field -> the category that it belongs to."""
    return MappingProxyType({field: category for category, fields in catalogue().items() for field in fields})


def read_catalogue(raw: bytes, *, name: str) -> Catalogue:
    """The document; raises `InvalidInput` for a category that is missing or not in the code list, or a field twice."""
    keys = ("document", "version", "source", "fields")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    known = codelist("data_category").ids
    by_category = only(document["fields"], known, name=f"{name}, fields", required=known)
    found = {category: _fields(by_category[category], f"{name}, fields.{category}") for category in known}
    names = [field for fields in found.values() for field in fields]
    for field in names:
        if names.count(field) > 1:
            raise InvalidInput(
                Text(
                    es=f"El campo «{field}» está en dos categorías.",
                    en=f"The field “{field}” stands in two categories.",
                ),
                place=name,
                rule="F20",
            )
    return MappingProxyType(found)


def _fields(entry: object, place: str) -> Mapping[str, Text]:
    fields = only(entry, entry if isinstance(entry, Mapping) else (), name=place)
    return MappingProxyType({field: text(both, name=f"{place}.{field}") for field, both in fields.items()})
