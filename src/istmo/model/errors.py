"""Errors, sorted by who can act on them. Each message is a sentence in both languages and quotes no person's data.

The command line and the site map them once: `InvalidInput` and `NotFound` are for the sender to mend (exit 2),
`Unavailable` is for later (exit 3), `IntegrityFailure` is for the focal point (exit 3).
"""

import errno

from istmo.model.text import Text

_SYSTEM = {
    errno.ENOENT: Text(es="no existe ese archivo o directorio", en="there is no such file or directory"),
    errno.EEXIST: Text(es="ya existe", en="it exists already"),
    errno.EACCES: Text(es="falta el permiso", en="permission is missing"),
    errno.EPERM: Text(es="falta el permiso", en="permission is missing"),
    errno.EISDIR: Text(es="es un directorio", en="it is a directory"),
    errno.ENOTDIR: Text(es="un directorio de su camino es un archivo", en="a directory on its path is a file"),
    errno.ENOSPC: Text(es="el disco está lleno", en="the disk is full"),
    errno.EROFS: Text(es="el disco es solo de lectura", en="the disk is read-only"),
    errno.ENAMETOOLONG: Text(es="el nombre es demasiado largo", en="the name is too long"),
}


class IstmoError(Exception):
    """What went wrong (`message`), where (`place`, for example "file.csv, row 7"), and what to do next (`advice`)."""

    def __init__(self, message: Text, *, place: str = "", advice: Text | None = None, rule: str = "") -> None:
        super().__init__(message.en)
        self.message = message
        self.place = place
        self.advice = advice
        self.rule = rule

    def in_(self, language: str) -> str:
        parts = [self.message.in_(language)]
        if self.place:
            parts.append(f"({self.place})")
        if self.advice:
            parts.append(self.advice.in_(language))
        return " ".join(parts)


class InvalidInput(IstmoError):
    """The sender's file, profile, code or request cannot be used as it is."""


class NotFound(IstmoError):
    """What was asked for does not exist here."""


class Unavailable(IstmoError):
    """A part of the installation is not there now; try later."""


class IntegrityFailure(IstmoError):
    """Something stored is not what was written; a person has to look."""


def reason_of(error: OSError) -> Text:
    """Why the system refused, without a full stop; what is not known here in the system's own words."""
    own = error.strerror or "error"
    return _SYSTEM.get(error.errno or 0, Text(es=own, en=own))
