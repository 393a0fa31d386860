"""One's own account: what protects it, its sessions, what happened to it; changing the password.

account            the page with everything
account-sessions   ends one session, or all of them (this one too)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.views import PasswordChangeView
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from istmo.installation.accounts.permissions import PERMISSIONS, Act, may, needs_second_factor
from istmo.installation.accounts.second_factor import KINDS, lacks_needed_factor, must_have_factor
from istmo.installation.accounts.sessions import IDLE, LIFETIME
from istmo.installation.audit.models import Event, EventKind
from istmo.web.accounts.signin import passkeys_work_at
from istmo.web.accounts.trail import write
from istmo.web.common.permissions import requires

EVENTS_SHOWN = 20

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session as its owner recognises it."""

    id: int
    program: str
    address: str
    started: datetime
    seen: datetime
    this_one: bool


@require_safe
@requires(Act.OWN_ACCOUNT)
def account(request: HttpRequest) -> HttpResponse:
    user = request.user
    held = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    codes = next((each for each in held if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "menu": "account",
        "acts": [act for act in PERMISSIONS if may(user, act)],
        "application": next((each for each in held if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in held if each.type == Authenticator.Type.WEBAUTHN],
        "passkeys_work": passkeys_work_at(request),
        "codes_left": None if codes is None else len(codes.wrap().get_unused_codes()),
        "protected": any(each.type in KINDS for each in held),
        "needed": must_have_factor(user),
        "lacking": lacks_needed_factor(user),
        "role_needs_one": needs_second_factor(user.account_role),
        "relaxed": not settings.ISTMO_SECOND_FACTOR_REQUIRED,
        "sessions": sessions_of(request),
        "rests_after": int(IDLE.total_seconds()) // 60,
        "ends_after": int(LIFETIME.total_seconds()) // 3600,
        "events": [(each, EventKind(each.kind)) for each in events_about(user)[:EVENTS_SHOWN]],
    }
    return render(request, "istmo/account/account.html", context)


@require_POST
@requires(Act.OWN_ACCOUNT)
def end_session(request: HttpRequest) -> HttpResponse:
    """End the session that `id` names, or every one; with the last, this one too."""
    ended = UserSession.objects.filter(user=request.user)
    chosen = request.POST.get("id", "")
    if chosen != "all":
        ended = ended.filter(pk=int(chosen) if chosen.isdecimal() else 0)
    ending = list(ended)
    here = chosen == "all" or any(each.session_key == request.session.session_key for each in ending)
    with transaction.atomic():
        for each in ending:
            each.end()
        if ending or here:
            write(EventKind.SESSIONS_ENDED, request.user, by=request.user, sessions=len(ending))
    if here:
        logout(request)
        messages.success(request, _("Your sessions were ended. Nobody is signed in with your account now."))
        return redirect("account_login")
    messages.success(request, _("The session was ended."))
    return redirect("account")


class PasswordView(PasswordChangeView):
    """A new password, on showing the old one; the other sessions end."""

    template_name = "istmo/account/password.html"
    extra_context = {"menu": "account"}  # noqa: RUF012 - Django's own attribute

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            end_other_sessions(self.request)
            write(EventKind.PASSWORD_CHANGED, self.request.user, by=self.request.user)
        messages.success(self.request, _("The password was changed. Your other sessions were ended."))
        return response


def end_other_sessions(request: HttpRequest) -> None:
    for each in UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key):
        each.end()


def sessions_of(request: HttpRequest) -> list[ShownSession]:
    """The account's sessions that can still be used, this one first."""
    found = [
        ShownSession(
            id=each.pk,
            program=program(each.user_agent),
            address=each.ip,
            started=each.created_at,
            seen=each.last_seen_at,
            this_one=each.session_key == request.session.session_key,
        )
        for each in UserSession.objects.purge_and_list(request.user)
    ]
    return sorted(found, key=lambda each: (not each.this_one, -each.seen.timestamp()))


def events_about(account: Any) -> Any:
    """What the account did to itself and what others did to it, the latest first."""
    concerned = Q(object_type="account", object_id=str(account.pk))
    return Event.objects.filter(concerned).select_related("account").order_by("-at")


def program(user_agent: str) -> str:
    """ "Firefox, Windows" out of what the browser says of itself."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or _("unknown program")
