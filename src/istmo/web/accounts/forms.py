"""Forms of the second factor: a code works once, also while the clock of the phone lets its neighbours work too."""

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.core.cache import cache


class _OnceOnly:
    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        kept = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
        digits = "".join(filter(str.isdigit, code))
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(  # type: ignore[attr-defined]
            f"istmo.code:{self.authenticator.pk}:{digits}",  # type: ignore[attr-defined]
            True,
            timeout=kept,
        ):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_OnceOnly, AuthenticateForm):
    """The second step of signing in."""


class ConfirmingCodeForm(_OnceOnly, ReauthenticateForm):
    """Confirming who one is, within a session."""
