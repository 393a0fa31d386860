"""Does an account have a second factor, and must it have one? A code from an application, or a passkey.

Recovery codes are no factor of their own: they stand in for the one that was lost.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from istmo.installation.accounts.permissions import needs_second_factor

KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def second_factors(account: Any) -> int:
    """How many factors the account has, each passkey counted."""
    return Authenticator.objects.filter(user=account, type__in=KINDS).count()


def must_have_factor(account: Any) -> bool:
    """Whether the account's role needs a factor here; a demonstration may be without."""
    return settings.ISTMO_SECOND_FACTOR_REQUIRED and needs_second_factor(account.account_role)


def lacks_needed_factor(account: Any) -> bool:
    return must_have_factor(account) and second_factors(account) == 0
