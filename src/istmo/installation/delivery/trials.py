"""Does a peer answer neutrally? A trial asks it about nobody and judges what is seen of its answers.

    run = ask(point, "HND", cases=tuple(Case), each=20, at=now, shuffle=random.shuffle)
    trial_of(run).judgement

Whoever is asked decides the case and answers with the one neutral answer, at the end of a slot. The answers of a trial
come as any message; what is judged is what an asker sees: length, moment, order, words.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models.functions import Length

from istmo.exchange.envelope import sealed_length
from istmo.exchange.manifest import Kind
from istmo.exchange.receipts import Outcome
from istmo.exchange.slots import departure, neutral_answer
from istmo.exchange.trial import Case, Judgement, Seen, decided, judge, read_question, write_question
from istmo.installation.delivery.handling import Arrived, register
from istmo.installation.delivery.models import Inbound, Outbound, TrialQuestion
from istmo.installation.delivery.outbox import post
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.delivery.states import DeliveryState
from istmo.installation.evidence.models import Leaf, PendingLeaf

MOST = 1000
"""Questions of each case in one trial."""
TEST = b'{"test": true}'


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as it stands. `reasons` are the codes for which questions wait or ended; `judgement` is None until every
    question has its answer, or once their contents were deleted.
    """

    run: uuid.UUID
    peer: str
    at: datetime
    asked: Mapping[Case, int]
    answered: Mapping[Case, int]
    ended: int
    reasons: Sequence[str]
    judgement: Judgement | None

    @property
    def rows(self) -> Sequence[tuple[Case, int, int]]:
        """Each case asked, with the number of its questions and of their answers."""
        return [(case, number, self.answered[case]) for case, number in self.asked.items() if number]

    @property
    def waiting(self) -> int:
        """Questions that may still be answered."""
        return sum(self.asked.values()) - sum(self.answered.values()) - self.ended


def register_trials() -> None:
    register(Kind.TRIAL_QUESTION, _asked)
    register(Kind.TRIAL_ANSWER, _answered)


def send_tests(point: AccessPoint, peer: str, *, count: int, at: datetime) -> list[Outbound]:
    """Messages that ask for nothing but their receipt."""
    with transaction.atomic():
        return [post(point, kind=Kind.TEST, recipient=peer, payload=TEST, at=at) for _ in range(count)]


def ask(
    point: AccessPoint,
    peer: str,
    *,
    cases: Sequence[Case],
    each: int,
    at: datetime,
    shuffle: Callable[[list[Case]], object],
) -> uuid.UUID:
    """Queue `each` questions of each case, mixed by `shuffle`; the trial's id. Raises as `post` does."""
    run, order = uuid.uuid4(), [case for case in cases for _ in range(each)]
    shuffle(order)
    with transaction.atomic():
        asked = [
            TrialQuestion(
                message=post(point, kind=Kind.TRIAL_QUESTION, recipient=peer, payload=write_question(case), at=at),
                run=run,
                case=case.value,
            )
            for case in order
        ]
        TrialQuestion.objects.bulk_create(asked)
    return run


def latest(peer: str) -> Trial | None:
    """The last trial of a peer."""
    last = TrialQuestion.objects.filter(message__recipient=peer).order_by("-message_id").first()
    return trial_of(last.run) if last is not None else None


def trial_of(run: uuid.UUID) -> Trial:
    """How a trial stands now."""
    asked = _questions(run)
    first, cases = asked[0].message, _cases(asked)
    answers = _answers(first.recipient, first.created_at, cases)
    seen = _seen(answers, cases) if len(answers) == len(asked) else None
    ended = [one.message for one in asked if one.message.delivery_state is DeliveryState.DEAD]
    return Trial(
        run=run,
        peer=first.recipient,
        at=first.created_at,
        asked=_counted([Case(one.case) for one in asked]),
        answered=_counted([cases[one.in_reply_to][0] for one in answers]),
        ended=len(ended),
        reasons=sorted({one.message.reason for one in asked if one.message.reason}),
        judgement=judge(seen) if seen is not None else None,
    )


def seen_in(run: uuid.UUID) -> Sequence[Seen]:
    """What was seen of the answers that have come, in their order; nothing once their contents were deleted."""
    asked = _questions(run)
    cases, first = _cases(asked), asked[0].message
    return _seen(_answers(first.recipient, first.created_at, cases), cases) or ()


def _questions(run: uuid.UUID) -> list[TrialQuestion]:
    found = TrialQuestion.objects.filter(run=run).select_related("message").order_by("message_id")
    return list(found.defer("message__payload", "message__nonce", "message__envelope"))


def _cases(asked: Sequence[TrialQuestion]) -> dict[str, tuple[Case, Outbound]]:
    return {str(one.message.message_id): (Case(one.case), one.message) for one in asked}


def _answers(peer: str, since: datetime, cases: Mapping[str, object]) -> list[Inbound]:
    """The first answer to each question, in the order in which they came."""
    found = Inbound.objects.filter(
        sender=peer,
        kind=Kind.TRIAL_ANSWER.value,
        outcome=Outcome.ACCEPTED.value,
        received_at__gte=since - timedelta(minutes=5),
        in_reply_to__in=list(cases),
    )
    first = {one.in_reply_to: one for one in found.select_related("content").order_by("-id")}
    return sorted(first.values(), key=lambda one: one.pk)


def _seen(answers: Sequence[Inbound], cases: Mapping[str, tuple[Case, Outbound]]) -> list[Seen] | None:
    ids = [one.message_id for one in answers]
    lines = {
        id_: length
        for kept in (PendingLeaf, Leaf)
        for id_, length in kept.objects.filter(message_id__in=ids)
        .annotate(length=Length("text"))
        .values_list("message_id", "length")
    }
    seen = []
    for place, one in enumerate(answers):
        case, question = cases[one.in_reply_to]
        if one.content.payload is None:
            return None
        said, line = bytes(one.content.payload), lines[one.message_id]
        seen.append(
            Seen(
                case=case,
                asked=question.ended_at or question.created_at,
                left=one.created_at,
                came=one.received_at,
                length=sealed_length(line, len(said)),
                manifest=line,
                place=place,
                said=said,
            )
        )
    return seen


def _counted(cases: Sequence[Case]) -> Mapping[Case, int]:
    return {case: cases.count(case) for case in Case}


def _asked(arrived: Arrived) -> None:
    """Decide, and answer the same whatever was decided, at the end of the first whole slot after the question came."""
    question, began = arrived.message, monotonic()
    decided(read_question(arrived.payload), arrived.at)
    ready = arrived.at + timedelta(seconds=monotonic() - began)
    post(
        arrived.point,
        kind=Kind.TRIAL_ANSWER,
        recipient=question.sender,
        payload=neutral_answer(),
        at=arrived.at,
        conversation=question.conversation,
        in_reply_to=question.message_id,
        leaves_at=departure(question.received_at, ready, slot=arrived.point.slot),
    )


def _answered(arrived: Arrived) -> None:
    """An answer is kept as it came; `trial_of` judges it."""
