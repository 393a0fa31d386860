"""The gate before every page of the workbench: who may enter, and what has to be shown first.

The table is `istmo.installation.accounts.permissions`. In this order, a request is turned away when nobody is signed
in, when the session rests, when the role needs a second factor that the account lacks, when the role does not include
the act, and when a sensitive act is sent by somebody who has not shown who they are in the last five minutes. What was
sent with a form is kept and carried out after the confirmation.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from istmo.installation.accounts.permissions import FORGETTING, SENSITIVE, Act, may
from istmo.installation.accounts.second_factor import lacks_needed_factor
from istmo.installation.accounts.sessions import Standing
from istmo.web.common.sessions import just_confirmed, standing_of

__all__ = ["Act", "may", "requires"]


def requires(act: Act) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view that only those see who may do `act` and have shown what it asks for."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            elsewhere = _turned_away(request, act)
            return view(request, *args, **kwargs) if elsewhere is None else elsewhere

        guarded.act = act  # type: ignore[attr-defined]
        return guarded

    return decorate


def _turned_away(request: HttpRequest, act: Act) -> HttpResponse | None:
    if not request.user.is_authenticated:
        if getattr(request, "session_ended", False):
            messages.error(request, _("Your session ended after 12 hours. Sign in again to go on."))
        return redirect_to_login(request.get_full_path())
    if standing_of(request) is not Standing.OPEN:
        return _confirm_first(request, act)
    if act is not Act.OWN_ACCOUNT and lacks_needed_factor(request.user):
        messages.error(request, _("Your role needs a second factor. Add one to go on."))
        return redirect("account")
    if not may(request.user, act):
        raise PermissionDenied(_("Your role in the workbench does not include this step."))
    if act in SENSITIVE and request.method == "POST" and not just_confirmed(request):
        return _confirm_first(request, act)
    return None


def _confirm_first(request: HttpRequest, act: Act) -> HttpResponse:
    """To the page that asks who it is. A form is kept until then, except where it holds what may not be kept.

    What a script of the page asks for meanwhile (a preview) is refused and not kept: there is one place for a form, and
    it is the person's.
    """
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        return HttpResponse(status=401)
    if act in FORGETTING:
        method = get_adapter().get_reauthentication_methods(request.user)[0]
        return redirect_to_login(request.path, login_url=method["url"])
    raise ReauthenticationRequired
