"""Errors, sorted by who can act on them. Each message is a sentence in both languages and quotes no person's data.

The command line and the site map them once: `InvalidInput` and `NotFound` are for the sender to mend (exit 2),
`Unavailable` is for later (exit 3), `IntegrityFailure` is for the focal point (exit 3).
"""

from istmo.model.text import Text


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
