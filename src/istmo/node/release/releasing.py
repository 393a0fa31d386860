"""Propose the release of a vintage, release it with a second pair of eyes, keep what the hub answered.

proposed = propose(vintage, account=statistician, at=now)
release(proposed, account=approver, at=now, post=post)        # the message and this state commit together
take_answer(message_id, payload, at=now)
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from istmo.exchange.submission import Submission, read_answer, write_submission
from istmo.installation.accounts.permissions import Act, may
from istmo.installation.audit.models import EventKind, record
from istmo.installation.observations.models import Vintage
from istmo.installation.observations.store import whole_vintage
from istmo.installation.releases.keeping import keep
from istmo.installation.submissions import models as submissions
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.node.release import protecting
from istmo.node.release.models import MOVES, OPEN, Protection, Release, ReleaseState
from istmo.registry.datasets import datasets

Post = Callable[[bytes, str, datetime], UUID]
"""Hands the payload (and the dataset it is of) to the outbox within the caller's transaction; gives the message id."""


def propose(vintage: Vintage, *, account: Any, at: datetime) -> Release:
    """Somebody who has read the report of a file proposes that its vintage is released."""
    if not may(account, Act.PROPOSE_RELEASE):
        raise _refused(
            Text("Su función no permite proponer una entrega.", "Your role does not allow proposing a release."),
            Text("Pídalo a estadística.", "Ask the statistician."),
        )
    known = datasets().get(vintage.dataset_id)
    if known is None or not known.may_leave:
        raise _refused(
            Text(
                "El conjunto no es público en su fuente y el registro no da reglas para protegerlo.",
                "The dataset is not public at its source, and the registry gives no rules to protect it.",
            ),
            Text("Sus cifras quedan aquí.", "Its figures stay here."),
        )
    held = protecting.protected(vintage, at=at) if known.is_protected else None
    try:
        with transaction.atomic():
            made = Release.objects.create(vintage=vintage, proposed_by=account, proposed_at=at)
            if held is not None:
                protecting.draft(made, held, at=at)
            _record(EventKind.RELEASE_PROPOSED, made, account, at)
    except IntegrityError:
        raise _refused(
            Text("La versión ya está propuesta o enviada.", "The vintage is proposed or sent already."),
            Text("Véala en la lista.", "See it in the list."),
        ) from None
    return made


def drop(proposed: Release, *, account: Any, at: datetime) -> Release:
    """The proposal is taken back; the vintage can be proposed again."""
    if not (may(account, Act.PROPOSE_RELEASE) or may(account, Act.RELEASE)):
        raise _refused(
            Text("Su función no permite retirar la propuesta.", "Your role does not allow dropping the proposal."),
            Text("Pídalo a quien la hizo.", "Ask whoever made it."),
        )
    with transaction.atomic():
        held = _moved(proposed, ReleaseState.DROPPED)
        held.save()
        _record(EventKind.RELEASE_DROPPED, held, account, at)
    return held


def release(proposed: Release, *, account: Any, at: datetime, post: Post) -> Release:
    """Another person releases what was proposed: the message goes to the outbox and the state changes, or neither."""
    if not may(account, Act.RELEASE):
        raise _refused(
            Text("Su función no permite autorizar una entrega.", "Your role does not allow releasing."),
            Text("La autoriza quien aprueba.", "An approver releases."),
        )
    if account.pk == proposed.proposed_by_id:
        raise _refused(
            Text("Quien propuso la entrega no la autoriza.", "Whoever proposed the release does not release it."),
            Text("Otra persona la autoriza.", "Another person releases it."),
        )
    with transaction.atomic():
        held = _moved(proposed, ReleaseState.SENT)
        held.released_by, held.released_at = account, at
        _register(held, account, at)
        held.message_id = post(write_submission(submission_of(held)), held.vintage.dataset_id, at)
        held.save()
        _record(EventKind.RELEASED, held, account, at)
    return held


def take_answer(message_id: UUID, payload: bytes, *, at: datetime) -> Release | None:
    """Keep the hub's answer to a submission; None when it answers none of ours. Again, it changes nothing."""
    answer = read_answer(payload)
    with transaction.atomic():
        held = Release.objects.select_for_update().filter(message_id=message_id).first()
        if held is None or held.release_state is not ReleaseState.SENT:
            return held
        refused = answer.outcome == "refused"
        held.state = (ReleaseState.REFUSED if refused else ReleaseState.ACKNOWLEDGED).value
        held.vintage_at_hub = answer.vintage
        held.answer = {
            "outcome": answer.outcome,
            "findings": [dict(finding) for finding in answer.findings],
            "message": answer.message.as_json() if answer.message else None,
        }
        held.answered_at = at
        held.save()
        _record(EventKind.RELEASE_ANSWERED, held, None, at, findings=len(answer.findings))
    return held


def submission_of(released: Release) -> Submission:
    """What is sent of a vintage: every row, and how the file was judged here; of a protected one what may leave."""
    vintage = released.vintage
    if datasets()[vintage.dataset_id].is_protected:
        return protecting.sent(released)
    read = submissions.Submission.objects.filter(vintage=vintage).order_by("received_at").first()
    counts = {name: getattr(read, name) or 0 if read else 0 for name in ("read", "accepted", "quarantined", "rejected")}
    return Submission(
        frame=whole_vintage(vintage),
        profile_hash=vintage.profile_hash,
        parameters=vintage.parameters,
        source_name=vintage.source_name,
        counts=counts,
    )


def _register(held: Release, account: Any, at: datetime) -> None:
    """The tables of a protected vintage enter the register, in the transaction of the release."""
    if datasets()[held.vintage.dataset_id].is_protected:
        if not Protection.objects.filter(release=held).exists():
            raise _refused(
                Text(
                    "Se propuso antes de que el registro diera reglas para protegerlo.",
                    "It was proposed before the registry gave rules to protect it.",
                ),
                Text("Retire la propuesta y hágala de nuevo.", "Drop the proposal and make it again."),
            )
        by = (held.proposed_by.get_full_name(), account.get_full_name())
        made = protecting.confirmed(held, at=at, by=by)
        keep(
            made.entries,
            party=held.vintage.reporter,
            rules=held.protection.rules,
            at=at,
            proposed_by=held.proposed_by,
            released_by=account,
        )


def waiting() -> tuple[Vintage, ...]:
    """Vintages that nobody has proposed yet and that a later one does not replace, the newest first."""
    from istmo.installation.observations.store import periods_held

    in_force = set(periods_held()["VINTAGE"])
    taken = Release.objects.filter(state__in=[*(state.value for state in OPEN), ReleaseState.REFUSED.value])
    fresh = Vintage.objects.exclude(id__in=taken.values("vintage_id")).order_by("-received_at", "-id")
    known = datasets()
    return tuple(
        one for one in fresh if one.name in in_force and one.dataset_id in known and known[one.dataset_id].may_leave
    )


def _moved(release_: Release, to: ReleaseState) -> Release:
    held = Release.objects.select_for_update(of=("self",)).select_related("vintage").get(pk=release_.pk)
    if to not in MOVES[held.release_state]:
        raise _refused(
            Text("Otra persona ya decidió.", "Somebody else has decided already."),
            Text("Vea el estado nuevo.", "Look at the new state."),
        )
    held.state = to.value
    return held


def _record(kind: EventKind, release_: Release, account: Any, at: datetime, **counts: int) -> None:
    record(
        kind,
        at=at,
        account=account,
        object_type="vintage",
        object_id=release_.vintage.name,
        **({"counts": counts} if counts else {}),
    )


def _refused(message: Text, advice: Text) -> InvalidInput:
    return InvalidInput(message, advice=advice, rule="F51")
