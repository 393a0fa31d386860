"""A vintage leaves a node when two people want it to; what the hub answered is kept; nothing is half done."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from istmo.app.demonstration import files
from istmo.exchange.submission import Answer, read_submission, write_answer
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.submit import submit_read
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.node.release import releasing
from istmo.node.release.models import Release, ReleaseState

pytestmark = pytest.mark.usefixtures("database")

AT = datetime(2023, 9, 14, 15, tzinfo=UTC)
MESSAGE = UUID(int=7)
People = dict[str, User]


@pytest.fixture
def people(database: None) -> People:
    return {
        name: User.objects.create_user(name, full_name=f"{name.title()} Ejemplo", role=role, password=None)
        for name, role in (
            ("eli", AccountRole.STATISTICIAN),
            ("ana", AccountRole.ANALYST),
            ("pio", AccountRole.APPROVER),
            ("lea", AccountRole.READER),
        )
    }


def load(name: str, account: Any = None) -> Vintage:
    file = next(one for one in files() if one.name == name)
    read = intake(
        io.BytesIO(file.content()),
        filename=file.name,
        profile=builtin_profiles()[file.profile],
        parameters=file.parameters,
    )
    received = datetime.combine(file.received, time(12), tzinfo=UTC)
    made = submit_read(read, size=1, account=account, on=file.received, received_at=received)
    assert made.vintage is not None
    return made.vintage


@pytest.fixture
def vintage(people: People) -> Vintage:
    return load("pan_snm_cuadro003_2023-08.csv", people["eli"])


class Outbox:
    """What was handed over; `fails` as a full disk would."""

    def __init__(self, *, fails: bool = False) -> None:
        self.posted: list[tuple[bytes, str]] = []
        self.fails = fails

    def __call__(self, payload: bytes, dataset_id: str, at: datetime) -> UUID:
        if self.fails:
            raise OSError("no space left")
        self.posted.append((payload, dataset_id))
        return MESSAGE


def test_a_vintage_is_proposed_released_by_another_sent_and_acknowledged(people: People, vintage: Vintage) -> None:
    assert releasing.waiting() == (vintage,)
    proposed = releasing.propose(vintage, account=people["eli"], at=AT)
    assert releasing.waiting() == ()
    outbox = Outbox()
    sent = releasing.release(proposed, account=people["pio"], at=AT, post=outbox)
    assert sent.release_state is ReleaseState.SENT
    (payload, dataset_id) = outbox.posted[0]
    read = read_submission(payload)
    assert (read.dataset_id, read.head["VINTAGE"], read.counts["accepted"]) == (dataset_id, vintage.name, 444)
    answer = write_answer(Answer("acknowledged", vintage.name, ({"rule": "R6"},)))
    held = releasing.take_answer(MESSAGE, answer, at=AT)
    assert held is not None
    assert (held.release_state, held.vintage_at_hub) == (ReleaseState.ACKNOWLEDGED, vintage.name)
    again = releasing.take_answer(MESSAGE, write_answer(Answer("refused")), at=AT)
    assert again is not None
    assert again.release_state is ReleaseState.ACKNOWLEDGED
    assert releasing.take_answer(UUID(int=9), answer, at=AT) is None
    kinds = list(Event.objects.filter(object_id=vintage.name).values_list("kind", flat=True))
    assert {"release_proposed", "released", "release_answered"} <= set(kinds)
    assert kinds.count("release_answered") == 1


def test_whoever_proposed_does_not_release(people: People, vintage: Vintage) -> None:
    people["pio"].role = AccountRole.ANALYST.value
    proposed = releasing.propose(vintage, account=people["eli"], at=AT)
    for name, said in (("eli", "does not allow"), ("lea", "does not allow")):
        with pytest.raises(InvalidInput, match=said):
            releasing.release(proposed, account=people[name], at=AT, post=Outbox())
    Release.objects.filter(pk=proposed.pk).update(proposed_by=User.objects.get(username="pio"))
    approver = User.objects.get(username="pio")
    with pytest.raises(InvalidInput, match="does not release it"):
        releasing.release(Release.objects.get(), account=approver, at=AT, post=Outbox())
    with pytest.raises(DatabaseError), transaction.atomic():
        Release.objects.filter(pk=proposed.pk).update(
            released_by=approver, proposed_by=approver, state="SENT", message_id=MESSAGE
        )
    assert Release.objects.get().release_state is ReleaseState.PROPOSED


def test_when_the_message_cannot_be_handed_over_nothing_has_changed(people: People, vintage: Vintage) -> None:
    proposed = releasing.propose(vintage, account=people["eli"], at=AT)
    with pytest.raises(OSError, match="no space"):
        releasing.release(proposed, account=people["pio"], at=AT, post=Outbox(fails=True))
    assert Release.objects.get().release_state is ReleaseState.PROPOSED
    assert not Event.objects.filter(kind="released").exists()
    releasing.release(proposed, account=people["pio"], at=AT, post=Outbox())
    with pytest.raises(InvalidInput, match="decided already"):
        releasing.release(proposed, account=people["pio"], at=AT, post=Outbox())


def test_a_proposal_is_dropped_and_made_again(people: People, vintage: Vintage) -> None:
    proposed = releasing.propose(vintage, account=people["ana"], at=AT)
    with pytest.raises(InvalidInput, match="proposed or sent already"):
        releasing.propose(vintage, account=people["eli"], at=AT)
    with pytest.raises(InvalidInput, match="does not allow dropping"):
        releasing.drop(proposed, account=people["lea"], at=AT)
    assert releasing.drop(proposed, account=people["ana"], at=AT).release_state is ReleaseState.DROPPED
    assert releasing.waiting() == (vintage,)
    assert releasing.propose(vintage, account=people["eli"], at=AT).release_state is ReleaseState.PROPOSED


def test_what_the_hub_refused_can_be_proposed_again_and_is_not_waiting(people: People, vintage: Vintage) -> None:
    proposed = releasing.propose(vintage, account=people["eli"], at=AT)
    releasing.release(proposed, account=people["pio"], at=AT, post=Outbox())
    why = Text(es="No.", en="No.")
    held = releasing.take_answer(MESSAGE, write_answer(Answer("refused", message=why)), at=AT)
    assert held is not None
    assert (held.release_state, held.answer["message"]) == (ReleaseState.REFUSED, {"es": "No.", "en": "No."})
    assert releasing.waiting() == ()
    releasing.propose(vintage, account=people["eli"], at=AT)


def test_a_vintage_that_a_later_one_replaces_is_not_waiting(people: People, vintage: Vintage) -> None:
    later: Callable[[str], Vintage] = load
    other = later("pan_snm_cuadro003_2022.csv")
    assert set(releasing.waiting()) == {vintage, other}
    with pytest.raises(InvalidInput, match="does not allow proposing"):
        releasing.propose(vintage, account=people["lea"], at=AT)
