"""Every alarm by name, in words, with what to do about it."""

from enum import StrEnum

from istmo.model.text import Text


class AlarmKind(StrEnum):
    """What can go wrong in the exchange without anybody standing by."""

    PEER_UNREACHABLE = "peer_unreachable"
    MESSAGE_ENDED = "message_ended"
    NOT_HANDLED = "not_handled"
    PEER_LOG = "peer_log"
    INCLUSION_MISSING = "inclusion_missing"
    OWN_LOG = "own_log"
    TIME_STAMP = "time_stamp"
    REGISTRY = "registry"
    DISCLOSURE = "disclosure"
    RESTORED = "restored"
    PEER_RESTORED = "peer_restored"
    AGREEMENT_SUSPENDED = "agreement_suspended"
    AGREEMENT_DENOUNCED = "agreement_denounced"

    @property
    def title(self) -> Text:
        return _WORDS[self][0]

    @property
    def advice(self) -> Text:
        return _WORDS[self][1]


_WORDS = {
    AlarmKind.PEER_UNREACHABLE: (
        Text(es="No se llega a una parte", en="A party cannot be reached"),
        Text(
            es="Los mensajes esperan y salen solos cuando responda. Si dura, llame a su contacto técnico.",
            en="Messages wait and leave by themselves once it answers. If it lasts, call its technical contact.",
        ),
    ),
    AlarmKind.MESSAGE_ENDED: (
        Text(es="Un mensaje terminó sin entregarse", en="A message ended undelivered"),
        Text(
            es="Vea el motivo en la lista de mensajes; si ya no existe, vuelva a intentarlo allí.",
            en="See the reason in the list of messages; once it is gone, try again from there.",
        ),
    ),
    AlarmKind.NOT_HANDLED: (
        Text(es="Un mensaje recibido no se pudo tratar", en="A message received could not be handled"),
        Text(
            es="El mensaje está guardado y se intenta de nuevo; avise a quien mantiene el programa.",
            en="The message is kept and is tried again; tell whoever maintains the program.",
        ),
    ),
    AlarmKind.PEER_LOG: (
        Text(es="El registro de una parte fue alterado", en="The log of a party was altered"),
        Text(
            es="Guarde las cabezas firmadas que se muestran, que lo prueban, y llame al punto focal de esa parte.",
            en="Keep the signed heads shown, which prove it, and call the focal point of that party.",
        ),
    ),
    AlarmKind.INCLUSION_MISSING: (
        Text(
            es="Una parte no prueba que un mensaje está en su registro",
            en="A party does not prove that a message stands in its log",
        ),
        Text(
            es="El recibo firmado lo prometía: llame al punto focal de esa parte.",
            en="The signed receipt promised it: call the focal point of that party.",
        ),
    ),
    AlarmKind.OWN_LOG: (
        Text(es="El registro propio no es el que se escribió", en="Our own log is not what was written"),
        Text(
            es="No toque la base de datos; llame a auditoría y compare con una copia de seguridad.",
            en="Leave the database as it is; call the auditor and compare with a backup.",
        ),
    ),
    AlarmKind.TIME_STAMP: (
        Text(es="El sello de tiempo no responde", en="The time-stamping authority does not answer"),
        Text(
            es="Nada se detiene: el registro sigue y se sellará cuando responda.",
            en="Nothing stops: the log goes on and is stamped once it answers.",
        ),
    ),
    AlarmKind.REGISTRY: (
        Text(es="El registro de partes no se pudo renovar", en="The registry could not be renewed"),
        Text(
            es="Pasadas 72 horas no sale nada sobre personas y la estadística espera en la cola.",
            en="After 72 hours nothing about persons leaves, and statistics wait in the queue.",
        ),
    ),
    AlarmKind.RESTORED: (
        Text(es="Esta instalación volvió de una copia de seguridad", en="This installation came back from a backup"),
        Text(
            es="Las demás partes reciben el aviso y cuentan lo que se intercambió después de la copia. Cargue de nuevo "
            "los archivos de entonces, hable con ellas y cierre la alarma.",
            en="The other parties are told, and tell what was exchanged after the backup. Load the files of that time "
            "once more, speak with them, and close the alarm.",
        ),
    ),
    AlarmKind.PEER_RESTORED: (
        Text(es="Una parte volvió de una copia de seguridad", en="A party came back from a backup"),
        Text(
            es="Perdió lo que recibió después de la copia; se le cuenta solo. Llame a su punto focal y confirme que es "
            "cierto: la cabeza firmada que su registro tenía antes se conserva aquí.",
            en="It lost what it received after the backup and is told of it without you. Call its focal point and make "
            "sure that it is true: the signed head that its log had before is kept here.",
        ),
    ),
    AlarmKind.DISCLOSURE: (
        Text(
            es="Con lo publicado se podría calcular lo que se retiene",
            en="What is withheld could be worked out from what is published",
        ),
        Text(
            es="No se publicó nada nuevo. Quien autoriza las entregas ve cuáles celdas en «Tablas protegidas».",
            en="Nothing new was published. Whoever releases sees which cells under “Protected tables”.",
        ),
    ),
    AlarmKind.AGREEMENT_SUSPENDED: (
        Text(es="Una parte suspendió un acuerdo", en="A party suspended an agreement"),
        Text(
            es="Desde ese momento no se intercambia nada con ella bajo ese acuerdo. Lea la razón en el acuerdo y llame "
            "a su punto focal: solo ella levanta la suspensión, y entonces la alarma se cierra sola.",
            en="From that moment nothing is exchanged with it under that agreement. Read the reason on the agreement's "
            "page and call its focal point: only that party lifts the suspension, and then the alarm closes by itself.",
        ),
    ),
    AlarmKind.AGREEMENT_DENOUNCED: (
        Text(es="Una parte denunció un acuerdo", en="A party denounced an agreement"),
        Text(
            es="Desde el día indicado no se intercambia nada con ella bajo ese acuerdo, y nada lo deshace. Para "
            "seguir, las partes firman un acuerdo nuevo, con otro id.",
            en="From the day stated nothing is exchanged with it under that agreement, and nothing undoes that. To go "
            "on, the parties sign a new agreement under another id.",
        ),
    ),
}
