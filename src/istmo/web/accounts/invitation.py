"""The page that an invitation's link opens: the invited person sets the password and is signed in.

Opening the link changes nothing, so that a program which looks at links does not use it up. A link that does not work
is told in the same words whatever the reason.
"""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from istmo.installation.accounts.administration import accept, find_invitation
from istmo.model.errors import InvalidInput, NotFound
from istmo.web.common import sessions
from istmo.web.common.language import current
from istmo.web.common.limits import limited


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "again")
@never_cache
@limited("invitation")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = find_invitation(token, at=sessions.now())
    if found is None:
        return _gone(request)
    problem = ""
    if request.method == "POST":
        password = request.POST.get("password", "")
        if not password:
            problem = _("Write a password.")
        elif password != request.POST.get("again", ""):
            problem = _("The two passwords are not the same.")
        else:
            try:
                account = accept(token, password=password, at=sessions.now())
            except NotFound:
                return _gone(request)
            except InvalidInput as error:
                problem = error.in_(current())
            else:
                messages.success(request, _("Your password is set."))
                return perform_login(request, account)
    context = {"invited": found.account, "problem": problem, "expires": found.expires_at}
    return render(request, "istmo/invitation.html", context, status=400 if problem else 200)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "istmo/invitation_gone.html", status=404)
