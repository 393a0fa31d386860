"""The administrator's pages: who has an account, inviting somebody, and one account with what can be done to it.

What each step does stands in `istmo.installation.accounts.administration`. An invitation's link is shown once, to be
handed over; where the settings name a mail server it can be sent as well. The address is not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from istmo.installation.accounts import administration
from istmo.installation.accounts.models import User
from istmo.installation.accounts.permissions import PERMISSIONS, Act
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.accounts.second_factor import must_have_factor, second_factors
from istmo.installation.accounts.sessions import LINK_LASTS
from istmo.installation.audit.models import EventKind
from istmo.model.codes import choices
from istmo.model.errors import InvalidInput
from istmo.web.accounts.mail import send_invitation
from istmo.web.accounts.own import EVENTS_SHOWN, events_about
from istmo.web.common import sessions
from istmo.web.common.language import current
from istmo.web.common.limits import limited
from istmo.web.common.permissions import requires


@dataclass(frozen=True, slots=True)
class Line:
    """An account in the list, with how many second factors it has and whether its role needs one."""

    account: User
    factors: int
    needed: bool


@require_safe
@requires(Act.MANAGE_ACCOUNTS)
def index(request: HttpRequest) -> HttpResponse:
    found = [line(each) for each in User.objects.order_by("username")]
    return render(request, "istmo/accounts/accounts.html", {"menu": "accounts", "lines": found, "table": table()})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Act.MANAGE_ACCOUNTS)
@limited("invite")
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        mail = request.POST.get("mail", "").strip()
        token = administration.new_token()
        try:
            _check_address(mail)
            made = administration.invite(
                username=request.POST.get("username", ""),
                full_name=request.POST.get("full_name", ""),
                role=request.POST.get("role", ""),
                member=request.POST.get("member") or None,
                by=request.user,
                at=sessions.now(),
                token=token,
            )
        except InvalidInput as error:
            problem = error.in_(current())
        except ValidationError:
            problem = _("The e-mail address is not one.")
        else:
            return _hand_over(request, made, token=token, mail=mail)
    context = {
        "menu": "accounts",
        "problem": problem,
        "sent": request.POST,
        "roles": list(AccountRole),
        "states": list(choices("reporter", current())),
        "can_mail": bool(settings.ISTMO_MAIL_FROM),
        "days": LINK_LASTS.days,
    }
    return render(request, "istmo/accounts/invite.html", context, status=400 if problem else 200)


@require_safe
@requires(Act.MANAGE_ACCOUNTS)
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    found = get_object_or_404(User, pk=account_id)
    context = {
        "menu": "accounts",
        "line": line(found),
        "own": found.pk == request.user.pk,
        "invitation": found.invitations.filter(used_at=None, withdrawn_at=None, expires_at__gt=sessions.now()).first(),
        "roles": list(AccountRole),
        "states": list(choices("reporter", current())),
        "events": [(each, EventKind(each.kind)) for each in events_about(found)[:EVENTS_SHOWN]],
    }
    return render(request, "istmo/accounts/account.html", context)


@require_POST
@requires(Act.MANAGE_ACCOUNTS)
@limited("invite")
@never_cache
def new_link(request: HttpRequest, account_id: int) -> HttpResponse:
    found, token = get_object_or_404(User, pk=account_id), administration.new_token()
    try:
        administration.give_new_link(found, by=request.user, at=sessions.now(), token=token)
    except InvalidInput as error:
        messages.error(request, error.in_(current()))
        return redirect("managed-account", account_id=account_id)
    return _hand_over(request, found, token=token, mail="")


@require_POST
@requires(Act.MANAGE_ACCOUNTS)
def change_role(request: HttpRequest, account_id: int) -> HttpResponse:
    def step(found: User) -> str:
        administration.change_role(
            found,
            request.POST.get("role", ""),
            member=request.POST.get("member") or None,
            by=request.user,
            at=sessions.now(),
        )
        return _("The role was changed. The account’s sessions were ended.")

    return _take(request, account_id, step)


@require_POST
@requires(Act.MANAGE_ACCOUNTS)
def disable(request: HttpRequest, account_id: int) -> HttpResponse:
    def step(found: User) -> str:
        administration.disable(found, by=request.user, at=sessions.now())
        return _("The account was disabled. Nobody can sign in with it.")

    return _take(request, account_id, step)


@require_POST
@requires(Act.MANAGE_ACCOUNTS)
def enable(request: HttpRequest, account_id: int) -> HttpResponse:
    def step(found: User) -> str:
        administration.enable(found, by=request.user, at=sessions.now())
        return _("The account is enabled again.")

    return _take(request, account_id, step)


@require_POST
@requires(Act.MANAGE_ACCOUNTS)
def reset_factor(request: HttpRequest, account_id: int) -> HttpResponse:
    def step(found: User) -> str:
        administration.reset_second_factor(found, by=request.user, at=sessions.now())
        return _("The second factor was removed. The person adds a new one when signing in.")

    return _take(request, account_id, step)


def line(account: User) -> Line:
    """What the list and the account's page show of it."""
    return Line(account, second_factors(account), must_have_factor(account))


def table() -> list[tuple[Act, list[tuple[AccountRole, bool]]]]:
    """The table of permissions as the page shows it."""
    return [(act, [(role, role in roles) for role in AccountRole]) for act, roles in PERMISSIONS.items()]


def invitation_address(request: HttpRequest, token: str) -> str:
    """The whole address of an invitation, in Spanish; its page has the switch of language."""
    with override("es"):
        return request.build_absolute_uri(reverse("invitation", kwargs={"token": token}))


def _hand_over(request: HttpRequest, made: User, *, token: str, mail: str) -> HttpResponse:
    """The page that shows the link, once."""
    address = invitation_address(request, token)
    context = {
        "menu": "accounts",
        "made": made,
        "address": address,
        "days": LINK_LASTS.days,
        "mailed": send_invitation(mail, address=address, account=made) if mail else None,
    }
    return render(request, "istmo/accounts/link.html", context)


def _check_address(mail: str) -> None:
    if mail:
        validate_email(mail)


def _take(request: HttpRequest, account_id: int, step: Callable[[User], str]) -> HttpResponse:
    """Take the step and say what happened: its own sentence, or why it is refused."""
    found = get_object_or_404(User, pk=account_id)
    try:
        messages.success(request, step(found))
    except InvalidInput as error:
        messages.error(request, error.in_(current()))
    return redirect("managed-account", account_id=account_id)
