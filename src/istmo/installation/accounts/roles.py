"""What each role is for. A person has one role; four eyes are two accounts."""

from enum import StrEnum

from istmo.model.text import Text


class AccountRole(StrEnum):
    READER = "reader"
    STATISTICIAN = "statistician"
    ANALYST = "analyst"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    AccountRole.READER: Text(es="Lectura", en="Reader"),
    AccountRole.STATISTICIAN: Text(es="Estadística", en="Statistician"),
    AccountRole.ANALYST: Text(es="Análisis", en="Analyst"),
    AccountRole.APPROVER: Text(es="Aprobación", en="Approver"),
    AccountRole.ADMINISTRATOR: Text(es="Administración", en="Administrator"),
}

# Who may send files. The brief's own transitions are in `istmo.hub.briefs.workflow`.
MAY_SUBMIT = frozenset({AccountRole.STATISTICIAN, AccountRole.ANALYST, AccountRole.ADMINISTRATOR})
