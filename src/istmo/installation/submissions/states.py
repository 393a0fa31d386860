"""The states of a submission and the moves between them.

A file is RECEIVED, VALIDATED once it was read and checked, then ACCEPTED (its records are a vintage) or REJECTED
(nothing was stored). An accepted one is SUPERSEDED when a later vintage holds every period that it held.
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
