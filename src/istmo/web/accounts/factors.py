"""Adding and removing second factors: the application with its picture, passkeys, recovery codes.

The steps are django-allauth's; each of them wants a confirmation of the last five minutes. With the first factor the
account's other sessions end, because they were signed in to with a password alone.
"""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from istmo.installation.accounts.second_factor import second_factors
from istmo.installation.audit.models import EventKind
from istmo.web.accounts.own import end_other_sessions
from istmo.web.accounts.signin import passkeys_work_at, too_many
from istmo.web.accounts.trail import write

KIND = Authenticator.Type


class _Page:
    extra_context = {"menu": "account"}  # noqa: RUF012 - Django's own attribute
    request: HttpRequest

    def get_success_url(self) -> str:
        return reverse("account")

    def _adding(self, kind: str, step: Any, said: str) -> HttpResponse:
        """Take the step and write its event in one transaction; on to the recovery codes if there are new ones."""
        account = self.request.user
        with transaction.atomic():
            first = second_factors(account) == 0
            step()
            write(EventKind.FACTOR_ADDED, account, by=account, codes={"kind": kind})
            if first:
                end_other_sessions(self.request)
            fresh = self.did_generate_recovery_codes  # type: ignore[attr-defined]
            if fresh:
                write(EventKind.RECOVERY_CODES_MADE, account, by=account)
        messages.success(self.request, said)
        return redirect("mfa_view_recovery_codes" if fresh else "account")


class ApplicationView(_Page, ActivateTOTPView):
    template_name = "istmo/account/application.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        context["secret"] = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        context["too_many"] = too_many(context["form"])
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        added = super().form_valid
        return self._adding(KIND.TOTP, lambda: added(form), _("The application is set up."))


class RemoveApplicationView(_Page, DeactivateTOTPView):
    template_name = "istmo/account/remove_application.html"

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            write(EventKind.FACTOR_REMOVED, self.request.user, by=self.request.user, codes={"kind": KIND.TOTP})
        messages.success(self.request, _("The application was removed."))
        return response


class RecoveryCodesView(_Page, ViewRecoveryCodesView):
    template_name = "istmo/account/recovery_codes.html"


class NewRecoveryCodesView(_Page, GenerateRecoveryCodesView):
    template_name = "istmo/account/new_recovery_codes.html"

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            write(EventKind.RECOVERY_CODES_MADE, self.request.user, by=self.request.user)
        return response


class PasskeyView(_Page, AddWebAuthnView):
    """A new passkey: kept by the device where it can be, so that it also signs in alone."""

    template_name = "istmo/account/passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        options = context["js_data"]["creation_options"]["publicKey"]
        options["authenticatorSelection"] = {
            **options["authenticatorSelection"],
            "residentKey": "preferred",
            "requireResidentKey": False,
        }
        context["passkeys_work"] = passkeys_work_at(self.request)
        # Made here and not by the parent, which forgets a form that was not accepted.
        context["form"] = kwargs.get("form", context["form"])
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        added = super().form_valid
        return self._adding(KIND.WEBAUTHN, lambda: added(form), _("The passkey was added."))


class RenamePasskeyView(_Page, EditWebAuthnView):
    template_name = "istmo/account/rename_passkey.html"

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            write(EventKind.FACTOR_RENAMED, self.request.user, by=self.request.user, codes={"kind": KIND.WEBAUTHN})
        messages.success(self.request, _("The passkey has its new name."))
        return response


class RemovePasskeyView(_Page, RemoveWebAuthnView):
    template_name = "istmo/account/remove_passkey.html"

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.object):
            messages.error(self.request, str(get_adapter().error_messages["cannot_delete_authenticator"]))
            return redirect("account")
        with transaction.atomic():
            response = super().form_valid(form)
            write(EventKind.FACTOR_REMOVED, self.request.user, by=self.request.user, codes={"kind": KIND.WEBAUTHN})
        messages.success(self.request, _("The passkey was removed."))
        return response
