"""Which of the two languages this request is read in, and the same address in the other."""

from django.utils.translation import get_language

from istmo.model.text import LANGUAGES


def current() -> str:
    """ "es" or "en"; anything else reads Spanish, the first language of the Conference's region."""
    language = (get_language() or "es").partition("-")[0]
    return language if language in LANGUAGES else "es"


def swap(path: str, language: str) -> str:
    """`path` with its language prefix exchanged; the home page in `language` where there is none to exchange."""
    first, _, rest = path.removeprefix("/").partition("/")
    return f"/{language}/{rest}" if first in LANGUAGES else f"/{language}/"
