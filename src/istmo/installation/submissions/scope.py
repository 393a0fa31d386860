"""Whose files are whose: an account of a State sends and sees the files of that State, the Secretariat those of all."""

from typing import Any

from django.db.models import Q, QuerySet

from istmo.installation.submissions.models import Submission
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text


def visible_to(account: Any) -> "QuerySet[Submission]":
    """The submissions that the account may see: of its State's people, and of its State's datasets."""
    if not account.member:
        return Submission.objects.all()
    return Submission.objects.filter(Q(account__member=account.member) | Q(dataset_id__startswith=f"{account.member}."))


def require_own_state(account: Any, reporter: str) -> None:
    """Refuse a file of another State from an account of a State; without account the command line sends any."""
    if account is None or not account.member or account.member == reporter:
        return
    states = codelist("reporter")
    raise InvalidInput(
        Text(
            es=f"El archivo es de {states.label(reporter, 'es')}; su cuenta es de "
            f"{states.label(account.member, 'es')}.",
            en=f"The file is of {states.label(reporter, 'en')}; your account is of "
            f"{states.label(account.member, 'en')}.",
        ),
        advice=Text(
            es="Envíe los archivos de su Estado; los demás los recibe la Secretaría.",
            en="Send the files of your State; the Secretariat receives the others.",
        ),
        rule="F51",
    )
