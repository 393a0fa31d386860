"""Signing in and out by django-allauth, with our pages: a password and then the second factor, or a passkey alone.

None of its addresses for signing up, e-mail or resetting a password exist here.
"""

import ipaddress
from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView, LogoutView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.generic.edit import FormView

from istmo.installation.accounts.sessions import Standing
from istmo.installation.audit.models import EventKind
from istmo.web.accounts.trail import write
from istmo.web.common.sessions import standing_of

TOO_MANY = ("too_many_login_attempts", "rate_limited")


def passkeys_work_at(request: HttpRequest) -> bool:
    """Browsers make passkeys for names only, never for an address in figures such as 127.0.0.1."""
    try:
        ipaddress.ip_address(request.get_host().rsplit(":", 1)[0].strip("[]"))
    except ValueError:
        return True
    return False


def too_many(form: Any) -> bool:
    return any(error.code in TOO_MANY for errors in form.errors.as_data().values() for error in errors)


class _TooMany:
    """A form that the rate limit stopped is answered with 429."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        form = context.get("form")
        if form is not None and too_many(form):
            context["too_many"] = True
            kwargs["status"] = HTTPStatus.TOO_MANY_REQUESTS
        return super().render_to_response(context, **kwargs)  # type: ignore[misc]


class SignInView(_TooMany, LoginView):
    template_name = "istmo/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form and where to go afterwards; allauth's own context would need its sign-up address."""
        context = FormView.get_context_data(self, **kwargs)
        context["redirect_field_name"] = REDIRECT_FIELD_NAME
        context["redirect_field_value"] = self.get_success_url() if REDIRECT_FIELD_NAME in self.request.GET else ""
        context["passkeys"] = passkeys_work_at(self.request)
        return context


class SecondFactorView(_TooMany, AuthenticateView):
    """The second step: a code of the application, a passkey, or a recovery code."""

    template_name = "istmo/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.request.method == "POST" and "code" not in self.request.POST:
            context["form"] = self.webauthn_form
        context["passkeys"] = passkeys_work_at(self.request) and _has_passkey(self.stage.login.user)
        return context


class PasskeySignInView(LoginWebAuthnView):
    """A passkey that knows its owner's finger or PIN is both factors at once."""

    def form_invalid(self, form: Any) -> HttpResponse:
        messages.error(self.request, _("The passkey was not accepted. Sign in with the password."))
        return redirect("account_login")


class SignOutView(LogoutView):
    """Signs out on POST only; a GET asks for confirmation."""

    template_name = "istmo/sign_out.html"


class _Confirming(_TooMany):
    template_name = "istmo/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        alternatives = context["reauthentication_alternatives"]
        if not passkeys_work_at(request):
            alternatives = [each for each in alternatives if each["id"] != "mfa_reauthenticate:webauthn"]
        return {
            **context,
            "alternatives": alternatives,
            "resting": standing_of(request) is Standing.RESTING,
            "redirect_field_value": request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, ""),
        }

    def form_valid(self, form: Any) -> HttpResponse:
        account = self.request.user  # type: ignore[attr-defined]
        write(EventKind.CONFIRMED, account, by=account)
        return super().form_valid(form)  # type: ignore[misc]


class ConfirmByPasswordView(_Confirming, ReauthenticateView):
    extra_context = {"by": "password"}  # noqa: RUF012 - Django's own attribute


class ConfirmByCodeView(_Confirming, CodeReauthenticateView):
    extra_context = {"by": "code"}  # noqa: RUF012 - Django's own attribute


class ConfirmByPasskeyView(_Confirming, ReauthenticateWebAuthnView):
    extra_context = {"by": "passkey"}  # noqa: RUF012 - Django's own attribute

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))


def _has_passkey(account: Any) -> bool:
    from allauth.mfa.models import Authenticator

    return bool(Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN).exists())
