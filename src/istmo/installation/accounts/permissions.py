"""Who may do what: one table, asked by every page, every button and every command, and printed in the documentation.

A person has one role. The table says which roles may try an act; that an approver is not the one who wrote the
analysis is the workflow's own rule and holds whatever this table says. An account of a State (its `member`) never does
what belongs to the Secretariat, whatever its role.

    may(account, Act.PUBLISH)                       False for everybody but an approver of the Secretariat
    needs_second_factor(AccountRole.ANALYST)        True: the role changes something
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Any

from istmo.installation.accounts.roles import AccountRole
from istmo.model.text import Text


class Act(StrEnum):
    """What can be done in the workbench."""

    OWN_ACCOUNT = "own_account"
    READ_WORKBENCH = "read_workbench"
    READ_BRIEFS = "read_briefs"
    SUBMIT = "submit"
    DECIDE_SUBMISSION = "decide_submission"
    DECIDE_MAPPING = "decide_mapping"
    INSTALL_PROFILE = "install_profile"
    COMMENT = "comment"
    REPLY = "reply"
    NAME_FOCAL_POINT = "name_focal_point"
    PROPOSE_RELEASE = "propose_release"
    RELEASE = "release"
    APPROVE = "approve"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"
    READ_PROTECTION = "read_protection"
    MANAGE_EXCHANGE = "manage_exchange"
    READ_AGREEMENTS = "read_agreements"
    SIMULATE = "simulate"

    @property
    def title(self) -> Text:
        return _TITLES[self]


READER, STATISTICIAN, ANALYST, APPROVER, ADMINISTRATOR = AccountRole

PERMISSIONS = MappingProxyType(
    {
        Act.OWN_ACCOUNT: frozenset(AccountRole),
        Act.READ_WORKBENCH: frozenset(AccountRole),
        Act.READ_BRIEFS: frozenset({READER, ANALYST, APPROVER}),
        Act.SUBMIT: frozenset({STATISTICIAN, ANALYST}),
        Act.DECIDE_SUBMISSION: frozenset({ANALYST, APPROVER}),
        Act.DECIDE_MAPPING: frozenset({STATISTICIAN, ANALYST}),
        Act.INSTALL_PROFILE: frozenset({STATISTICIAN}),
        Act.COMMENT: frozenset({ANALYST}),
        Act.REPLY: frozenset({STATISTICIAN}),
        Act.NAME_FOCAL_POINT: frozenset({STATISTICIAN, ANALYST, ADMINISTRATOR}),
        Act.PROPOSE_RELEASE: frozenset({STATISTICIAN, ANALYST}),
        Act.RELEASE: frozenset({APPROVER}),
        Act.APPROVE: frozenset({APPROVER}),
        Act.PUBLISH: frozenset({APPROVER}),
        Act.WITHDRAW: frozenset({ANALYST, APPROVER}),
        Act.MANAGE_ACCOUNTS: frozenset({ADMINISTRATOR}),
        Act.READ_AUDIT: frozenset({APPROVER, ADMINISTRATOR}),
        Act.READ_PROTECTION: frozenset({STATISTICIAN, ANALYST, APPROVER}),
        Act.MANAGE_EXCHANGE: frozenset({APPROVER, ADMINISTRATOR}),
        Act.READ_AGREEMENTS: frozenset(AccountRole),
        Act.SIMULATE: frozenset({ANALYST, APPROVER, ADMINISTRATOR}),
    }
)

# Acts that only show something, or concern one's own account. Every other act changes or publishes something, and its
# roles need a second factor; a new act is among those until somebody writes it here.
READING = frozenset(
    {
        Act.OWN_ACCOUNT,
        Act.READ_WORKBENCH,
        Act.READ_BRIEFS,
        Act.READ_AUDIT,
        Act.READ_AGREEMENTS,
        Act.SIMULATE,
    }
)

# Acts whose forms hold what may not be kept, not even until the person has confirmed who they are: passwords and codes,
# a file that should not have been sent, what is asked about an invented person.
FORGETTING = frozenset({Act.OWN_ACCOUNT, Act.READ_AGREEMENTS, Act.SIMULATE})

# Acts that only somebody who has just shown who they are may carry out.
SENSITIVE = frozenset({Act.PUBLISH, Act.WITHDRAW, Act.MANAGE_ACCOUNTS})

# What an account of a State may do as far as its role goes. Every other act belongs to the Secretariat.
OF_A_STATE = frozenset(
    {
        Act.OWN_ACCOUNT,
        Act.READ_WORKBENCH,
        Act.SUBMIT,
        Act.DECIDE_MAPPING,
        Act.INSTALL_PROFILE,
        Act.REPLY,
        Act.NAME_FOCAL_POINT,
        Act.READ_AGREEMENTS,
    }
)

_TITLES = {
    Act.OWN_ACCOUNT: Text(
        es="Cuidar su propia cuenta: contraseña, segundo factor, sesiones",
        en="Look after one’s own account: password, second factor, sessions",
    ),
    Act.READ_WORKBENCH: Text(
        es="Entrar a la mesa de trabajo y ver los archivos recibidos",
        en="Enter the workbench and see the files received",
    ),
    Act.READ_BRIEFS: Text(es="Ver los informes en preparación", en="See the briefs in work"),
    Act.SUBMIT: Text(es="Enviar un archivo", en="Send a file"),
    Act.DECIDE_SUBMISSION: Text(es="Decidir sobre un envío", en="Decide about a submission"),
    Act.DECIDE_MAPPING: Text(
        es="Decidir qué significa una etiqueta, con una nota", en="Decide what a label means, with a note"
    ),
    Act.INSTALL_PROFILE: Text(
        es="Instalar o retirar la versión de un perfil que otra persona propuso",
        en="Install or withdraw the version of a profile that another person proposed",
    ),
    Act.COMMENT: Text(es="Abrir una edición y escribir el análisis", en="Open an edition and write the analysis"),
    Act.REPLY: Text(
        es="Ver la parte de su Estado antes de la publicación y añadir una nota",
        en="See the part of one’s State before publication and add a note",
    ),
    Act.NAME_FOCAL_POINT: Text(
        es="Nombrar puntos focales, cambiar sus datos y terminar su función",
        en="Name focal points, change their details and end their function",
    ),
    Act.PROPOSE_RELEASE: Text(
        es="En un nodo: proponer que una versión de cifras se envíe a la Secretaría",
        en="At a node: propose that a vintage of figures is sent to the Secretariat",
    ),
    Act.RELEASE: Text(
        es="En un nodo: autorizar el envío que otra persona propuso",
        en="At a node: release what another person proposed",
    ),
    Act.APPROVE: Text(
        es="Aprobar o devolver lo que otra persona analizó", en="Approve or send back what another person analysed"
    ),
    Act.PUBLISH: Text(es="Publicar una edición aprobada", en="Publish an approved edition"),
    Act.WITHDRAW: Text(
        es="Proponer o confirmar que se retire un informe publicado",
        en="Propose or confirm that a published brief is withdrawn",
    ),
    Act.MANAGE_ACCOUNTS: Text(
        es="Invitar a personas, cambiar su función, desactivar y activar cuentas",
        en="Invite people, change their role, disable and enable accounts",
    ),
    Act.READ_AUDIT: Text(es="Leer el registro de actos", en="Read the audit trail"),
    Act.READ_PROTECTION: Text(
        es="Ver las tablas protegidas publicadas, lo que se retiene y lo que encontró cada revisión",
        en="See the protected tables published, what is withheld and what each check found",
    ),
    Act.MANAGE_EXCHANGE: Text(
        es="Volver a intentar un mensaje, probar la conexión con una parte, cerrar una alarma",
        en="Try a message again, test the connection with a party, close an alarm",
    ),
    Act.READ_AGREEMENTS: Text(
        es="Ver el registro vigente y sus acuerdos, y estudiar un texto antes de que se firme",
        en="See the registry in force and its agreements, and study a text before it is signed",
    ),
    Act.SIMULATE: Text(
        es="Preguntar qué decidiría un acuerdo sobre una solicitud inventada",
        en="Ask what an agreement would decide on an invented request",
    ),
}


def may(account: Any, act: Act) -> bool:
    """Whether the account may try `act`; a visitor and a disabled account may nothing."""
    if not (account.is_authenticated and account.is_active):
        return False
    if act not in OF_A_STATE and getattr(account, "member", None):
        return False
    return account.account_role in PERMISSIONS[act]


def needs_second_factor(role: AccountRole) -> bool:
    """Whether the role may change or publish something."""
    return any(role in PERMISSIONS[act] for act in set(Act) - READING)
