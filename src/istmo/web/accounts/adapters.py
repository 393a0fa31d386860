"""What django-allauth asks of the site: its words, where to go, how secrets are kept, and what is written to the trail.

Accounts are made by the installation's administrator; nobody signs up here. A wrong name, a wrong password and a
disabled account are told in the same words.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from istmo.installation.accounts.models import User
from istmo.installation.accounts.sealing import seal, unseal
from istmo.installation.accounts.second_factor import KINDS, must_have_factor, second_factors
from istmo.installation.audit.models import EventKind
from istmo.web.accounts.trail import write
from istmo.web.common.sessions import just_confirmed


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {  # noqa: RUF012 - allauth's own attribute
        **DefaultAccountAdapter.error_messages,
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("The password is not right."),
        "incorrect_code": _("The code is not right. Wait for the next one and try again."),
        "too_many_login_attempts": _("There were too many attempts. Wait five minutes and try again."),
        "rate_limited": _("There were too many attempts. Wait five minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened themselves: no "signed in as" banner."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("workbench")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """As allauth does it, but a disabled account gives the answer of a wrong password."""
        account = super().authenticate(request, **credentials)
        if account is not None and not account.is_active:
            self.authentication_failed(request, **credentials)
            return None
        return account

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Only names that exist leave a trace, and at most as often as the rate limit lets anybody try."""
        found = User.objects.filter(username__iexact=credentials.get("username", "")).first()
        if found is not None:
            write(EventKind.SIGN_IN_FAILED, found, by=None)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """A passkey of a disabled account opens nothing."""
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Signing in counts as a confirmation, like any later one."""
        return not just_confirmed(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": _("Use the password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        return [{**each, "description": words[each["id"]]} for each in super().get_reauthentication_methods(user)]


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {  # noqa: RUF012 - allauth's own attribute
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("The code is not right. Wait for the next one and try again."),
        "cannot_delete_authenticator": _(
            "Your role needs a second factor. Add another one before you remove this one."
        ),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, key=settings.ISTMO_ACCOUNTS_KEY)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, key=settings.ISTMO_ACCOUNTS_KEY)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        last = authenticator.type in KINDS and second_factors(authenticator.user) == 1
        return not (last and must_have_factor(authenticator.user))

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("Passkey %(number)s") % {"number": number})

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Istmo"}

    def build_totp_svg(self, url: str) -> str:
        """The picture as it stands inside a page: without the XML declaration, in the page's own size."""
        picture = super().build_totp_svg(url)
        return picture[picture.index("<svg") :]
