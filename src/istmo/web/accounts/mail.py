"""Sending an invitation by e-mail, where the settings name a server.

The message is in both languages. A failure is told, never raised, because the link can always be handed over.
"""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from istmo.installation.accounts.models import User
from istmo.installation.accounts.sessions import LINK_LASTS


def send_invitation(to: str, *, address: str, account: User) -> bool:
    """Whether the server took the message."""
    if not settings.ISTMO_MAIL_FROM:
        return False
    parts, subjects = [], []
    for language in ("es", "en"):
        with override(language):
            subjects.append(_("Invitation to Istmo"))
            parts.append(_text(address, account))
    message = EmailMessage(
        subject=" / ".join(subjects), body="\n\n---\n\n".join(parts), from_email=settings.ISTMO_MAIL_FROM, to=[to]
    )
    try:
        return message.send() == 1
    except (smtplib.SMTPException, OSError):
        return False


def _text(address: str, account: User) -> str:
    return _(
        "You were invited to the workbench of Istmo with the user name %(username)s.\n\n"
        "Open this address within %(days)s days and choose your password:\n%(address)s\n\n"
        "The link works once. If you did not expect this message, do nothing."
    ) % {"username": account.username, "days": LINK_LASTS.days, "address": address}
