"""Why an envelope, receipt or tree head is not taken: a code for the other program, a sentence for a person."""

from enum import StrEnum

from istmo.model.errors import InvalidInput
from istmo.model.text import Text


class Code(StrEnum):
    """What was wrong. The codes travel on the wire: they are added to and never change their meaning."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    HEADER = "header"
    RECIPIENT_KEY = "recipient_key"
    UNDECIPHERABLE = "undecipherable"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    SENDER = "sender"
    RECIPIENT = "recipient"
    KIND = "kind"
    CLOCK = "clock"
    EXPIRED = "expired"
    DIGEST = "digest"
    REGISTRY = "registry"
    REPLAYED = "replayed"

    @property
    def retryable(self) -> bool:
        """Whether the same message can be taken later: after a refresh of the registry or once a clock is right."""
        return self in _RETRYABLE

    @property
    def text(self) -> Text:
        return _TEXTS[self]


_RETRYABLE = frozenset({Code.RECIPIENT_KEY, Code.UNKNOWN_KEY, Code.CLOCK, Code.REGISTRY})
_TEXTS = {
    Code.MALFORMED: Text(
        es="El mensaje no tiene la forma que el intercambio usa.",
        en="The message does not have the form that the exchange uses.",
    ),
    Code.TOO_LARGE: Text(es="El mensaje excede el tamaño admitido.", en="The message exceeds the size allowed."),
    Code.HEADER: Text(
        es="La cabecera del sobre no es la que el intercambio usa; ningún otro algoritmo se admite.",
        en="The envelope's header is not the one that the exchange uses; no other algorithm is allowed.",
    ),
    Code.RECIPIENT_KEY: Text(
        es="El sobre está cerrado para una clave que no es de aquí. Actualice el registro y vuelva a enviar.",
        en="The envelope is sealed to a key that is not one from here. Refresh the registry and send again.",
    ),
    Code.UNDECIPHERABLE: Text(
        es="El sobre no se puede abrir: está dañado o fue alterado.",
        en="The envelope cannot be opened: it is damaged or was altered.",
    ),
    Code.UNKNOWN_KEY: Text(
        es="La clave que firmó no está en el registro o no está vigente. Actualice el registro y vuelva a intentar.",
        en="The key that signed is not in the registry or not in force. Refresh the registry and try again.",
    ),
    Code.SIGNATURE: Text(es="La firma no corresponde a lo firmado.", en="The signature does not hold."),
    Code.SENDER: Text(
        es="Quien firmó no es la parte en cuyo nombre habla el mensaje.",
        en="The signer is not the party that the message speaks for.",
    ),
    Code.RECIPIENT: Text(es="El mensaje es para otra parte.", en="The message is for another party."),
    Code.KIND: Text(
        es="Esta versión no conoce la clase del mensaje.", en="This version does not know the kind of message."
    ),
    Code.CLOCK: Text(
        es="La hora del mensaje está en el futuro: un reloj está mal puesto. Corrija el reloj y vuelva a intentar.",
        en="The time of the message lies in the future: a clock is wrong. Set the clock right and try again.",
    ),
    Code.EXPIRED: Text(es="Venció la validez del mensaje.", en="The validity of the message has ended."),
    Code.DIGEST: Text(
        es="El contenido no es el que dice el manifiesto firmado.",
        en="The content is not the one that the signed manifest names.",
    ),
    Code.REGISTRY: Text(
        es="El mensaje se decidió con una versión antigua del registro. Actualice el registro y decida de nuevo.",
        en="The message was decided under an old version of the registry. Refresh the registry and decide again.",
    ),
    Code.REPLAYED: Text(
        es="Ya se recibió otro mensaje con el mismo identificador.",
        en="Another message with the same id was received before.",
    ),
}


class Rejected(InvalidInput):
    """The only error that reading something from the wire raises. `place` names a field, never a value."""

    def __init__(self, code: Code, *, place: str = "") -> None:
        super().__init__(code.text, place=place, rule="F80")
        self.code = code

    @property
    def retryable(self) -> bool:
        return self.code.retryable
