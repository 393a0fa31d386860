"""What becomes of a message on its way out, as data; the diagram of the documents is printed from `MOVES`."""

from enum import StrEnum

from istmo.model.text import Text


class DeliveryState(StrEnum):
    """A message that ended (`DEAD`) keeps its reason and can be tried again by a person."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    DeliveryState.WAITING: Text(es="En cola", en="Waiting"),
    DeliveryState.DELIVERED: Text(es="Entregado, con recibo", en="Delivered, with receipt"),
    DeliveryState.DEAD: Text(es="Terminado sin entregarse", en="Ended undelivered"),
}

MOVES = {
    DeliveryState.WAITING: frozenset({DeliveryState.DELIVERED, DeliveryState.DEAD}),
    DeliveryState.DELIVERED: frozenset[DeliveryState](),
    DeliveryState.DEAD: frozenset({DeliveryState.WAITING, DeliveryState.DELIVERED}),
}


class Reason(StrEnum):
    """Why a message waits or ended. A peer's own codes (`istmo.exchange.refusals.Code`) stand beside these."""

    NONE = ""
    UNREACHABLE = "unreachable"
    NO_ADDRESS = "no_address"
    NO_KEY = "no_key"
    BAD_ANSWER = "bad_answer"
    BUSY = "busy"
    EARLY = "early"
    STALE_REGISTRY = "stale_registry"
    NOT_PERMITTED = "not_permitted"
    NOT_AVAILABLE = "not_available"
    VOLUME = "volume"
    EXPIRED = "expired"
    SEQUENCE = "sequence"

    @property
    def text(self) -> Text:
        return _REASONS[self]


_REASONS = {
    Reason.NONE: Text(es="Sin novedad", en="Nothing to report"),
    Reason.UNREACHABLE: Text(es="La otra parte no responde", en="The other party does not answer"),
    Reason.NO_ADDRESS: Text(
        es="No se conoce la dirección de la otra parte", en="The address of the other party is not known"
    ),
    Reason.NO_KEY: Text(
        es="El registro no tiene una clave vigente de la otra parte",
        en="The registry has no key in force of the other party",
    ),
    Reason.BAD_ANSWER: Text(
        es="La respuesta de la otra parte no se entiende o su recibo no vale",
        en="The other party's answer is not understood, or its receipt does not hold",
    ),
    Reason.BUSY: Text(es="La otra parte pide esperar", en="The other party asks to wait"),
    Reason.EARLY: Text(
        es="Falta un mensaje anterior de la misma conversación",
        en="An earlier message of the same conversation is missing",
    ),
    Reason.STALE_REGISTRY: Text(
        es="El registro lleva más de 72 horas sin renovarse", en="The registry has not been renewed for over 72 hours"
    ),
    Reason.NOT_PERMITTED: Text(
        es="Los acuerdos vigentes ya no lo permiten", en="The agreements in force no longer permit it"
    ),
    Reason.NOT_AVAILABLE: Text(
        es="La otra parte no lo admite según sus acuerdos",
        en="The other party does not take it under its agreements",
    ),
    Reason.VOLUME: Text(
        es="Se alcanzó el volumen que el acuerdo permite", en="The volume that the agreement allows is reached"
    ),
    Reason.EXPIRED: Text(es="Vencieron sus diez días de validez", en="Its ten days of validity have ended"),
    Reason.SEQUENCE: Text(
        es="Su lugar en la conversación ya lo ocupa otro mensaje",
        en="Another message has its place in the conversation",
    ),
}


def reason_text(code: str) -> Text:
    """The words of a reason or of a peer's code; a code that this version does not know is shown as it is.

    Of a refusal (`refused_by`) the rule and the clause stand behind it, for the officers who may read messages.
    """
    from istmo.exchange.refusals import Code

    code, _, by = code.partition("/")
    if by:
        rule, _, clause = by.partition("/")
        return with_rule(reason_text(code), rule, clause)
    if code in list(Reason):
        return Reason(code).text
    if code in list(Code):
        return Code(code).text
    return Text(es=code, en=code)


def with_rule(said: Text, rule: str, clause: str) -> Text:
    """A sentence with the rule and, where one decided, the clause of the agreement."""
    return Text(
        es=f"{said.es} ({rule}, cláusula {clause})" if clause else f"{said.es} ({rule})",
        en=f"{said.en} ({rule}, clause {clause})" if clause else f"{said.en} ({rule})",
    )


def refused_by(rule: str, clause: str) -> str:
    """The reason of a message that was refused, with the rule and, where one decided, the clause."""
    return "/".join([Reason.NOT_PERMITTED.value, rule, *([clause] if clause else [])])[:64]
