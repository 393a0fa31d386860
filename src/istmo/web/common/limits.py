"""How large a request may be, decided before a byte of its body is read.

Django reads an upload into a temporary file while it parses the form; this middleware refuses by the declared length,
so that a file over the limit costs nothing. A body without a declared length is not read at all.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from istmo.installation.submissions.sandbox import Bounds
from istmo.web.common.errors import too_large

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
