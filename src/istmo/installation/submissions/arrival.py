"""A vintage that a node sent: check whose it is, store it under the name that it has there, and answer.

    answer = take_in(payload, sender="PAN", received_at=now)      # within the transaction that marks it handled

The same payload again gives the same answer and stores nothing. What cannot be stored is refused with a reason that
the node can act on; it is kept as a rejected submission, and nothing else changes.
"""

import hashlib
from datetime import datetime

from django.db import transaction

from istmo.exchange.submission import Answer, UnknownCodes, read_submission
from istmo.exchange.submission import Submission as Sent
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations import store
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.models import FileReport, Submission
from istmo.installation.submissions.protected import register, tables_of
from istmo.installation.submissions.states import SubmissionState
from istmo.installation.submissions.submit import checks_after, supersede
from istmo.intake.reporting.sent import EXCERPT_SCHEMA
from istmo.model.errors import InvalidInput, IstmoError
from istmo.model.findings import findings_json
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.statistics.resubmission import since_last

SHOWN_FINDINGS = 500


def take_in(payload: bytes, *, sender: str, received_at: datetime) -> Answer:
    """Store the vintage of `payload`, or say why not. `sender` is the party that signed the message."""
    submission = Submission(
        filename=f"{sender}.submission",
        size=len(payload),
        source_hash=hashlib.sha256(payload).hexdigest(),
        received_at=received_at,
    )
    try:
        sent = read_submission(payload)
        _require_own(sent, sender)
        tables = tables_of(sent, received_at) if sent.protection is not None else ()
        with transaction.atomic():
            register(tables, sent, received_at)
            return _store(submission, sent, received_at)
    except IstmoError as error:
        submission.state = SubmissionState.RECEIVED.value
        submission.vintage = None
        return _refuse(submission, error, received_at)


def _require_own(sent: Sent, sender: str) -> None:
    """A party sends its own figures, of a dataset that the registry knows and that is public at its source."""
    known = datasets().get(sent.dataset_id)
    if sent.head["REPORTER"] != sender:
        raise _refused(
            Text(
                es="Las cifras son de otro informante: cada parte envía las suyas.",
                en="The figures are another reporter's: each party sends its own.",
            ),
            sent.dataset_id,
        )
    if known is None:
        raise _refused(
            Text(es="El registro no conoce ese conjunto de datos.", en="The registry does not know that dataset."),
            sent.dataset_id,
        )
    if not known.may_leave or (known.is_protected and sent.protection is None):
        raise _refused(
            Text(
                es="El conjunto no es público en su fuente: llega como tabla protegida o no llega.",
                en="The dataset is not public at its source: it arrives as a protected table or not at all.",
            ),
            sent.dataset_id,
        )


def _store(submission: Submission, sent: Sent, at: datetime) -> Answer:
    head = sent.head
    submission.filename = sent.source_name
    submission.source_hash = head["SOURCE_HASH"]
    submission.profile = head["PROFILE"]
    submission.profile_id = head["PROFILE"].partition("@")[0]
    submission.dataset_id = sent.dataset_id
    submission.parameters = dict(sent.parameters)
    before = store.observations(datasets=[sent.dataset_id])
    stored = store.store_frame(
        sent.frame,
        profile_hash=sent.profile_hash,
        parameters=sent.parameters,
        source_name=sent.source_name,
        on=at.date(),
        received_at=at,
        name=head["VINTAGE"],
    )
    outcome = "acknowledged" if stored.name == head["VINTAGE"] else "known"
    if not stored.created:
        return Answer(outcome, stored.name)
    for name in ("read", "accepted", "quarantined", "rejected"):
        setattr(submission, name, sent.counts.get(name))
    submission.vintage = Vintage.objects.get(name=stored.name)
    submission.findings = checks_after(submission, before)
    submission.finished_at = at
    submission.save(force_insert=True)
    _received(submission, at)
    submission.move(SubmissionState.VALIDATED, at=at)
    submission.move(SubmissionState.ACCEPTED, at=at)
    submission.save()
    FileReport.made(submission, EXCERPT_SCHEMA.to_frame(), since_last(before, sent.frame))
    supersede(submission, at)
    found = findings_json(submission.findings.head(SHOWN_FINDINGS))
    return Answer(outcome, stored.name, tuple(found))


def _refuse(submission: Submission, error: IstmoError, at: datetime) -> Answer:
    message = Text(es=error.in_("es"), en=error.in_("en"))
    earlier = Submission.objects.filter(source_hash=submission.source_hash, state=SubmissionState.REJECTED.value)
    if not earlier.filter(error_json=_as_json(error)).exists():
        submission.error = error
        submission.finished_at = at
        submission.save(force_insert=True)
        _received(submission, at)
        submission.move(SubmissionState.REJECTED, at=at)
        submission.save()
    found = error.findings(most=SHOWN_FINDINGS) if isinstance(error, UnknownCodes) else ()
    return Answer("refused", findings=found, message=message)


def _as_json(error: IstmoError) -> object:
    held = Submission()
    held.error = error
    return held.error_json


def _received(submission: Submission, at: datetime) -> None:
    record(EventKind.SUBMISSION_RECEIVED, at=at, account=None, object_type="submission", object_id=str(submission.id))


def _refused(message: Text, place: str) -> InvalidInput:
    return InvalidInput(message, place=place, rule="F85")
