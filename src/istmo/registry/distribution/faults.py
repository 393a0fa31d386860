"""Why files are not taken as the registry: one fault for each thing that can be wrong with them."""

from enum import StrEnum

from istmo.model.errors import InvalidInput
from istmo.model.text import Text


class Fault(StrEnum):
    """`STALE` and `CLOCK` are about time (F77), the others about what the files are (F76)."""

    MISSING = "missing"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    KEY = "key"
    UNSIGNED = "unsigned"
    DIGEST = "digest"
    VERSION = "version"
    MIXED = "mixed"
    ROLLBACK = "rollback"
    CONTENT = "content"
    STALE = "stale"
    CLOCK = "clock"

    @property
    def message(self) -> Text:
        return _WORDS[self]


_WORDS = {
    Fault.MISSING: Text(es="Falta un archivo del registro.", en="A file of the registry is missing."),
    Fault.TOO_LARGE: Text(
        es="Un archivo del registro es demasiado grande, o son demasiados.",
        en="A file of the registry is too large, or there are too many.",
    ),
    Fault.MALFORMED: Text(es="Un archivo del registro no se puede leer.", en="A file of the registry cannot be read."),
    Fault.KEY: Text(
        es="El registro nombra una clave que no es Ed25519 o cuyo identificador no es su huella.",
        en="The registry names a key that is not Ed25519 or whose id is not its thumbprint.",
    ),
    Fault.UNSIGNED: Text(
        es="Una parte del registro tiene menos firmas válidas de las que necesita.",
        en="A part of the registry has fewer good signatures than it needs.",
    ),
    Fault.DIGEST: Text(
        es="Un archivo del registro no es el que se firmó: su tamaño o su huella es otra.",
        en="A file of the registry is not the one that was signed: its size or digest differs.",
    ),
    Fault.VERSION: Text(
        es="Un archivo del registro tiene otra versión que la anunciada.",
        en="A file of the registry has another version than the one announced.",
    ),
    Fault.MIXED: Text(
        es="El registro mezcla partes de momentos distintos.", en="The registry mixes parts of different moments."
    ),
    Fault.ROLLBACK: Text(
        es="El registro retrocede: es más antiguo que el que ya se tenía, o le falta algo de él.",
        en="The registry goes back: it is older than the one already held, or lacks something of it.",
    ),
    Fault.CONTENT: Text(
        es="Un documento del registro no dice lo que debe.", en="A document of the registry does not say what it must."
    ),
    Fault.STALE: Text(es="El registro está vencido.", en="The registry is stale."),
    Fault.CLOCK: Text(
        es="El registro está firmado para más tiempo del permitido, o el reloj de esta instalación está atrasado.",
        en="The registry is signed for longer than is allowed, or the clock of this installation is behind.",
    ),
}


class RegistryRefused(InvalidInput):
    """The files are not taken; what was held before stays. `place` is the path of the file or the role."""

    def __init__(self, fault: Fault, place: str, *, advice: Text | None = None) -> None:
        rule = "F77" if fault in (Fault.STALE, Fault.CLOCK) else "F76"
        super().__init__(fault.message, place=place, advice=advice, rule=rule)
        self.fault = fault
