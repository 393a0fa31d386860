"""The states of a submission and the moves between them.

A file is RECEIVED, VALIDATED once it was read and checked, then ACCEPTED (its records are a vintage) or REJECTED
(nothing was stored). An accepted one is SUPERSEDED when a later vintage holds every period that it held. While it is
RECEIVED, its `Stage` says how far the reading has come.
"""

from enum import StrEnum

from istmo.installation.audit.models import EventKind
from istmo.model.text import Text


class SubmissionState(StrEnum):
    RECEIVED = "RECEIVED"
    VALIDATED = "VALIDATED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"

    @property
    def title(self) -> Text:
        return _TITLES[self]


class Stage(StrEnum):
    """How far the reading of a received file has come; the program writes it down at each step."""

    WAITING = "waiting"
    CHOOSING = "choosing"
    READING = "reading"
    STORING = "storing"

    @property
    def title(self) -> Text:
        return _STAGE_TITLES[self]


_STAGE_TITLES = {
    Stage.WAITING: Text(es="En espera de lectura", en="Waiting to be read"),
    Stage.CHOOSING: Text(es="Se busca el perfil que corresponde", en="Looking for the profile that fits"),
    Stage.READING: Text(es="Se lee y se revisa", en="Being read and checked"),
    Stage.STORING: Text(
        es="Se guarda y se compara con lo anterior", en="Being stored and compared with what was there"
    ),
}

_TITLES = {
    SubmissionState.RECEIVED: Text(es="Recibido", en="Received"),
    SubmissionState.VALIDATED: Text(es="Validado", en="Validated"),
    SubmissionState.ACCEPTED: Text(es="Aceptado", en="Accepted"),
    SubmissionState.REJECTED: Text(es="Rechazado", en="Rejected"),
    SubmissionState.SUPERSEDED: Text(es="Sustituido", en="Superseded"),
}

MOVES = {
    SubmissionState.RECEIVED: frozenset({SubmissionState.VALIDATED, SubmissionState.REJECTED}),
    SubmissionState.VALIDATED: frozenset({SubmissionState.ACCEPTED, SubmissionState.REJECTED}),
    SubmissionState.ACCEPTED: frozenset({SubmissionState.SUPERSEDED}),
    SubmissionState.REJECTED: frozenset[SubmissionState](),
    SubmissionState.SUPERSEDED: frozenset[SubmissionState](),
}

# Who moves a submission on. Reading and storing is the program's own work; correcting the file is its sender's.
OWNERS = {
    SubmissionState.RECEIVED: "installation",
    SubmissionState.VALIDATED: "installation",
    SubmissionState.ACCEPTED: "installation",
    SubmissionState.REJECTED: "sender",
    SubmissionState.SUPERSEDED: "nobody",
}

EVENTS = {
    SubmissionState.RECEIVED: EventKind.SUBMISSION_RECEIVED,
    SubmissionState.VALIDATED: EventKind.SUBMISSION_VALIDATED,
    SubmissionState.ACCEPTED: EventKind.SUBMISSION_ACCEPTED,
    SubmissionState.REJECTED: EventKind.SUBMISSION_REJECTED,
    SubmissionState.SUPERSEDED: EventKind.SUBMISSION_SUPERSEDED,
}
