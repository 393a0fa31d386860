"""What may be decided about a figure outside the usual."""

from enum import StrEnum

from istmo.model.text import Text


class Decision(StrEnum):
    """To mention it in the comment, to leave it out, or to take the decision back."""

    MENTION = "mention"
    LEAVE = "leave"
    OPEN = "open"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    Decision.MENTION: Text(es="Mencionado en el comentario", en="Mentioned in the comment"),
    Decision.LEAVE: Text(es="Dejado fuera del comentario", en="Left out of the comment"),
    Decision.OPEN: Text(es="Por decidir", en="To be decided"),
}
