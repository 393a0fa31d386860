"""In which languages may services need interpretation when people of a nationality arrive?

`documents/languages.yaml` is a list to start from. It says nothing of a person: which language somebody speaks is
asked, and a language is never evidence of a nationality (R32). A code that is not listed has no languages here.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from istmo.model.codes import codelist
from istmo.model.documents import only, read_document


def languages_of(citizenship: str) -> tuple[str, ...]:
    """Codes of the list `language`, the one to look for first at the front; empty where none is listed."""
    return _languages().get(citizenship, ())


@cache
def _languages() -> Mapping[str, tuple[str, ...]]:
    name = "languages.yaml"
    return read_languages((files("istmo.registry") / "documents" / name).read_bytes(), name=name)


def read_languages(raw: bytes, *, name: str) -> Mapping[str, tuple[str, ...]]:
    """Languages by citizenship code; a code that is in no list is refused."""
    keys = ("document", "version", "source", "languages")
    document = only(read_document(raw, name=name), keys, name=name, required=keys)
    citizenship, language = codelist("citizenship"), codelist("language")
    return MappingProxyType(
        {
            citizenship[code].id: tuple(language[each].id for each in spoken)
            for code, spoken in document["languages"].items()
        }
    )
