"""How much may a peer send at once? More than a full batch is refused before it is read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from istmo.api.exchange import MAX_BODY


class BodyLimitMiddleware:
    """A request says how long it is, and is not longer than a full batch."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.META.get("HTTP_TRANSFER_ENCODING") or not length.isdigit():
            return JsonResponse({"detail": "length"}, status=411)
        if int(length) > MAX_BODY:
            return JsonResponse({"detail": "too_large"}, status=413)
        return self.get_response(request)
