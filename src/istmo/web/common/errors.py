"""The pages for what went wrong: 400, 403, 404, 413, 429, 500 and 503, in the language of the address.

Each says what happened and what to do next. The one for 500 renders without the database, the session or a context
processor, since any of them may be what failed.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_from_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from istmo.web.common.language import current


def page(request: HttpRequest, *, status: int, title: str, text: str, advice: str) -> HttpResponse:
    """The error page, in the language of the address also when no middleware has run."""
    context = {
        "status": status,
        "title": title,
        "text": text,
        "advice": advice,
        "language": current(),
        "node_of": settings.ISTMO_NODE_OF,
        "request": request,
    }
    return HttpResponse(render_to_string("istmo/error.html", context), status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=404,
            title=_("This page does not exist"),
            text=_("The address may have been copied incompletely, or what it named is not in this installation."),
            advice=_("Go to the home page, or look for the brief, the reporter or the method page in the menu above."),
        )


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=403,
            title=_("Your account may not do this"),
            text=str(exception) or _("This step belongs to another role in the workbench."),
            advice=_("Ask a colleague who has that role, or sign in with another account."),
        )


@requires_csrf_token
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=403,
            title=_("The form could not be accepted"),
            text=_("The page was open for too long, or the form came from another site."),
            advice=_("Go back, load the page again and send the form once more. Nothing was changed."),
        )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=400,
            title=_("The request could not be read"),
            text=_("What the browser sent is incomplete or not in the form that this page expects."),
            advice=_("Go back, load the page again and repeat the step."),
        )


def too_large(request: HttpRequest, *, limit: int) -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=413,
            title=_("The file is too large"),
            text=_("Files of up to %(size)s MB are accepted here. Nothing was stored.")
            % {"size": limit // (1024 * 1024)},
            advice=_(
                "Send one year or one table at a time, or ask the administrator to load it from the command line."
            ),
        )


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=429,
            title=_("Too many attempts"),
            text=_("This form was sent too often from this address or with this account. Nothing was changed."),
            advice=_(
                "Wait five minutes and try again. If you have forgotten your password, ask the administrator; many"
                " files at once are loaded from the command line."
            ),
        )


def unavailable(request: HttpRequest, *, text: str) -> HttpResponse:
    with _language(request):
        response = page(
            request,
            status=503,
            title=_("This part is not available now"),
            text=text,
            advice=_("Try again in a minute. Nothing was changed."),
        )
    response["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    with _language(request):
        return page(
            request,
            status=500,
            title=_("Something failed on our side"),
            text=_("The failure was recorded. What you had sent may not have been stored."),
            advice=_(
                "Try again in a minute; if it fails again, tell the administrator the time and this page’s address."
            ),
        )


def _language(request: HttpRequest) -> translation.override:
    return translation.override(get_language_from_path(request.path_info) or current())
