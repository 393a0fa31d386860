"""Are both languages complete? Messages are written in English in the code; `locale/es` holds their Spanish.

    python -m istmo.web.translations     adds new messages to the catalogue, drops unused ones, compiles it

`extracted()` reads the messages out of our Python files and templates, so that a test can say which lack Spanish; no
GNU gettext is needed. The compiled catalogue is committed, because an installation has no step that would make it.
"""

import io
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

KEYWORDS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")

Message = tuple[str | None, str | tuple[str, str]]


def package() -> Path:
    return Path(str(files("istmo.web")))


def catalogue_path() -> Path:
    return package() / "locale" / "es" / "LC_MESSAGES" / "django.po"


def extracted() -> set[Message]:
    """Every message as (context, text) or (context, (singular, plural))."""
    found: set[Message] = set()
    for file in sorted(package().rglob("*.py")):
        if file.name != "translations.py":
            found.update(_messages(file.read_text(encoding="utf-8")))
    for file in sorted((package() / "templates").rglob("*.html")):
        found.update(_messages(templatize(file.read_text(encoding="utf-8"), origin=file.name)))
    return found


def _messages(code: str) -> Iterator[Message]:
    for _line, function, message, _comments in extract_python(
        io.BytesIO(code.encode()), KEYWORDS, (), {"encoding": "utf-8"}
    ):
        parts = tuple(part for part in ((message,) if isinstance(message, str) else message) if part)
        if not parts:
            continue
        context = parts[0] if function and function.startswith("pgettext") else None
        texts = parts[1:] if context else parts
        plural = function is not None and function.startswith("ngettext")
        yield (context, (texts[0], texts[1])) if plural else (context, texts[0])


def read_catalogue() -> Catalog:
    with catalogue_path().open("rb") as file:
        return read_po(file, locale="es")


def messages_of(catalogue: Catalog) -> set[Message]:
    return {
        (message.context, tuple(message.id) if isinstance(message.id, tuple | list) else message.id)
        for message in catalogue
        if message.id
    }


def compiled(catalogue: Catalog) -> bytes:
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def update() -> list[Message]:
    """Bring the catalogue up to date with the code, compile it, and return the messages that lack Spanish."""
    catalogue, wanted = read_catalogue(), extracted()
    for context, id_ in messages_of(catalogue) - wanted:
        catalogue.delete(id_, context)
    for context, id_ in wanted - messages_of(catalogue):
        catalogue.add(id_, ("", "") if isinstance(id_, tuple) else "", context=context)
    with catalogue_path().open("wb") as file:
        write_po(file, catalogue, sort_output=True, width=120, omit_header=False)
    catalogue_path().with_suffix(".mo").write_bytes(compiled(catalogue))
    return lacking(catalogue)


def lacking(catalogue: Catalog) -> list[Message]:
    return [
        (message.context, message.id)
        for message in catalogue
        if message.id and not (all(message.string) if isinstance(message.string, tuple | list) else message.string)
    ]


if __name__ == "__main__":
    for _context, text in update():
        print("lacks Spanish:", text)
