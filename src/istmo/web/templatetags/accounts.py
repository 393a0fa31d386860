"""Filters for what an audit event holds: codes and names of counts in the reader's words; States by name."""

from allauth.mfa.models import Authenticator
from django import template
from django.utils.translation import gettext_lazy as _

from istmo.installation.accounts.roles import AccountRole
from istmo.model.codes import codelist
from istmo.web.common.language import current

register = template.Library()

_FACTORS = {
    Authenticator.Type.TOTP.value: _("application"),
    Authenticator.Type.WEBAUTHN.value: _("passkey"),
    Authenticator.Type.RECOVERY_CODES.value: _("recovery code"),
}
_COUNTS = {
    "accepted": _("accepted"),
    "factors": _("factors"),
    "files": _("files"),
    "quarantined": _("in quarantine"),
    "read": _("read"),
    "rejected": _("rejected"),
    "rows": _("rows"),
    "sessions": _("sessions"),
    "vintages": _("vintages"),
}


@register.filter
def state(code: str) -> str:
    """ "PAN" as "Panamá"."""
    return codelist("reporter").label(code, current()) if code in codelist("reporter") else code


@register.filter
def code_in_words(code: str) -> str:
    if code in set(AccountRole):
        return AccountRole(code).title.in_(current())
    return str(_FACTORS.get(code) or state(code))


@register.filter
def count_in_words(name: str) -> str:
    return str(_COUNTS.get(name, name))
