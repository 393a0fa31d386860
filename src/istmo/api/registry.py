"""The registry as the hub serves it: files that are what their signers made, to be had by whoever is let in."""

from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import condition, require_safe

from istmo.installation.registry_copy.published import Published
from istmo.registry.distribution.layout import TIMESTAMP, metadata_path

_WHILE_CURRENT = "no-cache"
_FOR_EVER = "public, max-age=31536000, immutable"


def _served(path: str) -> bytes | None:
    directory: Path | None = getattr(settings, "ISTMO_REGISTRY", None)
    return None if directory is None else Published(directory).served(path)


def _etag(request: HttpRequest, path: str) -> str | None:
    raw = _served(path)
    return None if raw is None else f'"{sha256(raw).hexdigest()}"'


@require_safe
@condition(etag_func=_etag)
def file(request: HttpRequest, path: str) -> HttpResponse:
    """A file of the published registry; drafts and anything else do not exist here."""
    raw = _served(path)
    if raw is None:
        return HttpResponseNotFound(content_type="text/plain")
    response = HttpResponse(raw, content_type="application/octet-stream")
    response["Cache-Control"] = _WHILE_CURRENT if path == metadata_path(TIMESTAMP, 0) else _FOR_EVER
    response["X-Content-Type-Options"] = "nosniff"
    return response
