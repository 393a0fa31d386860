"""How large a request may be, and how often a form may be sent.

Django reads an upload into a temporary file while it parses the form; the middleware refuses by the declared length,
so that a file over the limit costs nothing. A body without a declared length is not read at all. How often is counted
by django-allauth; the rates stand in `istmo.web.composition.RATE_LIMITS`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse

from istmo.installation.submissions.sandbox import Bounds
from istmo.web.common.errors import too_large, too_many

# Form fields and boundaries around the file.
ENVELOPE = 64 * 1024


class UploadLimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.limit = Bounds().file_bytes

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > self.limit + ENVELOPE:
            return too_large(request, limit=self.limit)
        return self.get_response(request)


def limited(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view whose form may be sent as often as the rate of `action` allows; then the page for too many."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and not ratelimit.consume(request, action=action):
                return too_many(request)
            return view(request, *args, **kwargs)

        return counted

    return decorate
