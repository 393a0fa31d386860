"""Sign-in and sign-out by django-allauth, with our pages and without its sign-up, e-mail and password-reset addresses.

Accounts are made by the installation's administrator (`istmo` on the command line); nobody signs up here.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.views import LoginView, LogoutView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse
from django.views.generic.edit import FormView


class NoSignUpAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened themselves: no "signed in as" banner."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("workbench")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")


class SignInView(LoginView):
    template_name = "istmo/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form and where to go afterwards; allauth's own context would need its sign-up address."""
        context = FormView.get_context_data(self, **kwargs)
        context["redirect_field_name"] = REDIRECT_FIELD_NAME
        context["redirect_field_value"] = self.get_success_url() if REDIRECT_FIELD_NAME in self.request.GET else ""
        return context


class SignOutView(LogoutView):
    """Signs out on POST only; a GET asks for confirmation."""

    template_name = "istmo/sign_out.html"
