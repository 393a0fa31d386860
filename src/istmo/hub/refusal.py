"""What every step of the Secretariat shares: how it refuses, and how a text typed in a browser is kept."""

from istmo.model.errors import InvalidInput
from istmo.model.text import Text


def refused(message: Text, advice: Text) -> InvalidInput:
    """The error of a step that is not allowed now, not by this account, or not with this text (F51)."""
    return InvalidInput(message, advice=advice, rule="F51")


def typed(text: str) -> str:
    """One kind of line end, so that a text typed in a browser is the same text everywhere."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
