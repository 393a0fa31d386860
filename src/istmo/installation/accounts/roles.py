"""What each role is for. A person has one role; four eyes are two accounts.

What a role may do stands in `istmo.installation.accounts.permissions`.
"""

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

    @property
    def purpose(self) -> Text:
        return _PURPOSES[self]


_TITLES = {
    AccountRole.READER: Text(es="Lectura", en="Reader"),
    AccountRole.STATISTICIAN: Text(es="Estadística nacional", en="National statistician"),
    AccountRole.ANALYST: Text(es="Análisis", en="Analyst"),
    AccountRole.APPROVER: Text(es="Aprobación", en="Approver"),
    AccountRole.ADMINISTRATOR: Text(es="Administración", en="Administrator"),
}

_PURPOSES = {
    AccountRole.READER: Text(
        es="Ve la mesa de trabajo y no cambia nada.", en="Sees the workbench and changes nothing."
    ),
    AccountRole.STATISTICIAN: Text(
        es="Envía los archivos de su Estado y lee lo que se encontró en ellos.",
        en="Sends the files of their State and reads what was found in them.",
    ),
    AccountRole.ANALYST: Text(
        es="Recibe archivos, compila el mes y escribe el análisis.",
        en="Receives files, compiles the month and writes the analysis.",
    ),
    AccountRole.APPROVER: Text(
        es="Aprueba o devuelve lo que otra persona analizó, y lo publica.",
        en="Approves or sends back what another person analysed, and publishes it.",
    ),
    AccountRole.ADMINISTRATOR: Text(
        es="Invita a personas y cuida sus cuentas; no toca cifras ni informes.",
        en="Invites people and looks after their accounts; touches no figures and no briefs.",
    ),
}
