"""When may a browser show what it kept? Only after asking: an answer's tag names the vintages it was made from.

A load by somebody else changes the tag at once. Pages of a person who is signed in carry no tag.
"""

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import condition

from istmo.installation.observations.held import state
from istmo.model.codes import codelist
from istmo.web.common.language import current

View = Callable[..., HttpResponse]


def tagged(view: View) -> View:
    """The view with an ETag of the store's state, the program and the address; `no-cache`: ask before showing."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = condition(etag_func=_tag)(view)(request, *args, **kwargs)
        response["Cache-Control"] = "no-cache"
        patch_vary_headers(response, ["Cookie"])
        return response

    return kept


def _tag(request: HttpRequest, *args: Any, **kwargs: Any) -> str | None:
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        return None
    parts = (*map(str, state()), current(), request.get_full_path(), _program(), str(settings.ISTMO_DEMONSTRATION))
    return '"' + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] + '"'


@cache
def _program() -> str:
    """What else a page is made of: templates, words and registry documents of this version."""
    digest = hashlib.sha256(codelist("measure").version.encode())
    for folder in ("istmo.web/templates", "istmo.web/locale", "istmo.web/public", "istmo.registry/documents"):
        package, _, name = folder.partition("/")
        for file in _files(files(package) / name):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files(folder: Traversable) -> list[Traversable]:
    found: list[Traversable] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            found.extend(_files(entry))
        elif not entry.name.endswith(".pyc"):
            found.append(entry)
    return found
