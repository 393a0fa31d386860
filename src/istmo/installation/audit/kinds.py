"""Every act that changes the installation's state, by name and in words."""

from enum import StrEnum

from istmo.model.text import Text


class EventKind(StrEnum):
    """What the trail can hold."""

    ACCOUNT_MADE = "account_made"
    ACCOUNT_INVITED = "account_invited"
    LINK_GIVEN = "link_given"
    INVITATION_ACCEPTED = "invitation_accepted"
    ROLE_CHANGED = "role_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    FACTOR_RESET = "factor_reset"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    CONFIRMED = "confirmed"
    FACTOR_FAILED = "factor_failed"
    FACTOR_ADDED = "factor_added"
    FACTOR_RENAMED = "factor_renamed"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an act
    SESSIONS_ENDED = "sessions_ended"
    SUBMISSION_RECEIVED = "submission_received"
    SUBMISSION_VALIDATED = "submission_validated"
    SUBMISSION_ACCEPTED = "submission_accepted"
    SUBMISSION_REJECTED = "submission_rejected"
    SUBMISSION_SUPERSEDED = "submission_superseded"
    FILE_REMOVED = "file_removed"
    VINTAGE_STORED = "vintage_stored"
    LABEL_DECIDED = "label_decided"
    LABEL_DECISION_UNDONE = "label_decision_undone"
    PROFILE_DRAFTED = "profile_drafted"
    PROFILE_INSTALLED = "profile_installed"
    PROFILE_WITHDRAWN = "profile_withdrawn"
    BRIEF_COMPILED = "brief_compiled"
    BRIEF_ANALYSED = "brief_analysed"
    BRIEF_RETURNED = "brief_returned"
    BRIEF_APPROVED = "brief_approved"
    BRIEF_PUBLISHED = "brief_published"
    BRIEF_REPLIED = "brief_replied"
    BRIEF_WITHDRAWAL_PROPOSED = "brief_withdrawal_proposed"
    BRIEF_WITHDRAWAL_DROPPED = "brief_withdrawal_dropped"
    BRIEF_WITHDRAWN = "brief_withdrawn"
    ANOMALY_JUDGED = "anomaly_judged"
    REMINDED = "reminded"
    CONTACT_CHANGED = "contact_changed"
    FOCAL_POINT_RECORDED = "focal_point_recorded"
    RELEASE_PROPOSED = "release_proposed"
    RELEASE_DROPPED = "release_dropped"
    RELEASED = "released"
    RELEASE_ANSWERED = "release_answered"
    TABLES_REGISTERED = "tables_registered"
    RELEASE_CHECKED = "release_checked"
    FACTS_IMPORTED = "facts_imported"
    PROTECTION_READ = "protection_read"
    MESSAGE_RETRIED = "message_retried"
    CONTENT_DELETED = "content_deleted"
    EVIDENCE_EXPORTED = "evidence_exported"
    ALARM_CLOSED = "alarm_closed"
    PEER_TESTED = "peer_tested"
    RESTORED = "restored"
    EXCHANGE_RECOUNTED = "exchange_recounted"
    AGREEMENT_SUSPENDED = "agreement_suspended"
    AGREEMENT_LIFTED = "agreement_lifted"
    AGREEMENT_DENOUNCED = "agreement_denounced"
    TRAIL_READ = "trail_read"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    EventKind.ACCOUNT_MADE: Text(es="Cuenta creada", en="Account made"),
    EventKind.ACCOUNT_INVITED: Text(es="Persona invitada", en="Person invited"),
    EventKind.LINK_GIVEN: Text(es="Enlace nuevo dado", en="New link given"),
    EventKind.INVITATION_ACCEPTED: Text(es="Contraseña puesta con un enlace", en="Password set with a link"),
    EventKind.ROLE_CHANGED: Text(es="Función cambiada", en="Role changed"),
    EventKind.ACCOUNT_DISABLED: Text(es="Cuenta desactivada", en="Account disabled"),
    EventKind.ACCOUNT_ENABLED: Text(es="Cuenta activada de nuevo", en="Account enabled again"),
    EventKind.FACTOR_RESET: Text(es="Segundo factor restablecido", en="Second factor reset"),
    EventKind.SIGNED_IN: Text(es="Ingreso", en="Signed in"),
    EventKind.SIGN_IN_FAILED: Text(es="Contraseña equivocada", en="Wrong password"),
    EventKind.SIGNED_OUT: Text(es="Salida", en="Signed out"),
    EventKind.CONFIRMED: Text(es="Identidad confirmada", en="Identity confirmed"),
    EventKind.FACTOR_FAILED: Text(es="Segundo factor equivocado", en="Wrong second factor"),
    EventKind.FACTOR_ADDED: Text(es="Segundo factor añadido", en="Second factor added"),
    EventKind.FACTOR_RENAMED: Text(es="Llave con otro nombre", en="Passkey renamed"),
    EventKind.FACTOR_REMOVED: Text(es="Segundo factor quitado", en="Second factor removed"),
    EventKind.RECOVERY_CODES_MADE: Text(es="Códigos de recuperación hechos", en="Recovery codes made"),
    EventKind.RECOVERY_CODE_USED: Text(es="Código de recuperación usado", en="Recovery code used"),
    EventKind.PASSWORD_CHANGED: Text(es="Contraseña cambiada", en="Password changed"),
    EventKind.SESSIONS_ENDED: Text(es="Sesiones terminadas", en="Sessions ended"),
    EventKind.SUBMISSION_RECEIVED: Text(es="Envío recibido", en="Submission received"),
    EventKind.SUBMISSION_VALIDATED: Text(es="Envío validado", en="Submission validated"),
    EventKind.SUBMISSION_ACCEPTED: Text(es="Envío aceptado", en="Submission accepted"),
    EventKind.SUBMISSION_REJECTED: Text(es="Envío rechazado", en="Submission rejected"),
    EventKind.SUBMISSION_SUPERSEDED: Text(es="Envío sustituido", en="Submission superseded"),
    EventKind.FILE_REMOVED: Text(es="Archivo retirado por una persona", en="File removed by a person"),
    EventKind.LABEL_DECIDED: Text(es="Etiqueta decidida", en="Label decided"),
    EventKind.LABEL_DECISION_UNDONE: Text(
        es="Decisión sobre una etiqueta deshecha", en="Decision about a label undone"
    ),
    EventKind.PROFILE_DRAFTED: Text(es="Perfil pedido para un archivo", en="Profile asked for a file"),
    EventKind.PROFILE_INSTALLED: Text(es="Versión de un perfil instalada", en="Version of a profile installed"),
    EventKind.PROFILE_WITHDRAWN: Text(es="Versión de un perfil retirada", en="Version of a profile withdrawn"),
    EventKind.VINTAGE_STORED: Text(es="Versión de datos guardada", en="Vintage stored"),
    EventKind.BRIEF_COMPILED: Text(es="Informe compilado", en="Brief compiled"),
    EventKind.BRIEF_ANALYSED: Text(es="Informe analizado", en="Brief analysed"),
    EventKind.BRIEF_RETURNED: Text(es="Informe devuelto", en="Brief returned"),
    EventKind.BRIEF_APPROVED: Text(es="Informe aprobado", en="Brief approved"),
    EventKind.BRIEF_PUBLISHED: Text(es="Informe publicado", en="Brief published"),
    EventKind.BRIEF_REPLIED: Text(es="Un miembro respondió", en="A member replied"),
    EventKind.BRIEF_WITHDRAWAL_PROPOSED: Text(es="Retiro propuesto", en="Withdrawal proposed"),
    EventKind.BRIEF_WITHDRAWAL_DROPPED: Text(es="Retiro descartado", en="Withdrawal dropped"),
    EventKind.BRIEF_WITHDRAWN: Text(es="Informe retirado", en="Brief withdrawn"),
    EventKind.ANOMALY_JUDGED: Text(es="Cifra fuera de lo usual decidida", en="Figure outside the usual decided on"),
    EventKind.REMINDED: Text(es="Institución recordada", en="Institution reminded"),
    EventKind.CONTACT_CHANGED: Text(es="Contacto cambiado", en="Contact changed"),
    EventKind.FOCAL_POINT_RECORDED: Text(es="Punto focal registrado", en="Focal point recorded"),
    EventKind.RELEASE_PROPOSED: Text(es="Entrega propuesta", en="Release proposed"),
    EventKind.RELEASE_DROPPED: Text(es="Propuesta de entrega retirada", en="Proposal of a release dropped"),
    EventKind.RELEASED: Text(es="Entrega autorizada y enviada", en="Released and sent"),
    EventKind.RELEASE_ANSWERED: Text(es="Respuesta de la Secretaría recibida", en="Answer of the Secretariat received"),
    EventKind.TABLES_REGISTERED: Text(
        es="Tablas protegidas anotadas en el registro de entregas",
        en="Protected tables entered in the release register",
    ),
    EventKind.FACTS_IMPORTED: Text(
        es="Totales que otros publican, importados", en="Totals that others publish imported"
    ),
    EventKind.RELEASE_CHECKED: Text(es="Lo publicado revisado en conjunto", en="What is published checked as a whole"),
    EventKind.PROTECTION_READ: Text(
        es="Lo retenido o reunido de una tabla consultado", en="What is withheld or counted together was looked at"
    ),
    EventKind.MESSAGE_RETRIED: Text(es="Mensaje vuelto a intentar", en="Message tried again"),
    EventKind.CONTENT_DELETED: Text(
        es="Contenido de mensajes eliminado al vencer su plazo", en="Content of messages deleted, its time being over"
    ),
    EventKind.EVIDENCE_EXPORTED: Text(es="Prueba de un intercambio exportada", en="Evidence of an exchange exported"),
    EventKind.ALARM_CLOSED: Text(es="Alarma cerrada", en="Alarm closed"),
    EventKind.PEER_TESTED: Text(es="Conexión con una parte probada", en="Connection with a party tested"),
    EventKind.RESTORED: Text(
        es="Instalación restaurada de una copia de seguridad", en="Installation restored from a backup"
    ),
    EventKind.EXCHANGE_RECOUNTED: Text(
        es="Una parte contó lo intercambiado después de la copia", en="A party told what was exchanged after the backup"
    ),
    EventKind.AGREEMENT_SUSPENDED: Text(es="Acuerdo suspendido por esta parte", en="Agreement suspended by this party"),
    EventKind.AGREEMENT_LIFTED: Text(
        es="Suspensión de un acuerdo levantada por esta parte", en="Suspension of an agreement lifted by this party"
    ),
    EventKind.AGREEMENT_DENOUNCED: Text(es="Acuerdo denunciado por esta parte", en="Agreement denounced by this party"),
    EventKind.TRAIL_READ: Text(es="Registro de actos consultado", en="Trail read"),
}
