"""A vintage that a node sent is the same vintage at the hub; what is not the sender's, or not known, is refused."""

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from istmo.app.demonstration import files
from istmo.exchange.submission import Answer, Submission, read_answer, write_answer, write_submission
from istmo.installation.observations import store
from istmo.installation.observations.models import Observation, Vintage
from istmo.installation.submissions import arrival
from istmo.installation.submissions import models as submissions
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.model.codes import codelist

pytestmark = pytest.mark.usefixtures("database")

AT = datetime(2023, 9, 14, 15, tzinfo=UTC)
NAME = "2023-09-14.1591"


@pytest.fixture(scope="module")
def panama() -> Submission:
    """Panama's file of August 2023 of the demonstration, as its node would send it."""
    file = next(one for one in files() if one.name == "pan_snm_cuadro003_2023-08.csv")
    read = intake(
        io.BytesIO(file.content()),
        filename=file.name,
        profile=builtin_profiles()[file.profile],
        parameters=file.parameters,
    )
    return Submission(
        frame=read.observations.with_columns(pl.lit(NAME).alias("VINTAGE")),
        profile_hash=read.profile.hash,
        parameters=read.parameters,
        source_name=file.name,
        counts={
            "read": read.read,
            "accepted": read.accepted,
            "quarantined": read.quarantined,
            "rejected": read.rejected,
        },
    )


def sent(submission: Submission, *, sender: str = "PAN") -> Answer:
    return arrival.take_in(write_submission(submission), sender=sender, received_at=AT)


def changed(submission: Submission, **columns: Any) -> Submission:
    frame = submission.frame.with_columns(pl.lit(value).alias(name) for name, value in columns.items())
    return Submission(
        frame=frame.cast(dict(submission.frame.schema)),
        profile_hash=submission.profile_hash,
        parameters=submission.parameters,
        source_name=submission.source_name,
        counts=submission.counts,
    )


def test_the_vintage_has_the_same_name_and_figures_and_is_acknowledged(panama: Submission) -> None:
    answer = sent(panama)
    assert (answer.outcome, answer.vintage) == ("acknowledged", NAME)
    held = store.whole_vintage(Vintage.objects.get(name=NAME))
    assert held.sort(held.columns).equals(panama.frame.select(held.columns).sort(held.columns))
    received = submissions.Submission.objects.get()
    assert (received.state, received.dataset_id, received.filename) == (
        "ACCEPTED",
        "PAN.SNM.cuadro003",
        panama.source_name,
    )
    assert received.accepted == panama.counts["accepted"]


def test_the_same_message_again_gives_the_same_answer_and_stores_nothing(panama: Submission) -> None:
    first = sent(panama)
    rows = Observation.objects.count()
    again = sent(panama)
    assert (again.outcome, again.vintage) == (first.outcome, first.vintage)
    assert Observation.objects.count() == rows
    assert submissions.Submission.objects.count() == 1


def test_what_was_loaded_at_the_hub_before_is_known_under_that_name(panama: Submission) -> None:
    store.store_frame(
        panama.frame,
        profile_hash=panama.profile_hash,
        parameters=panama.parameters,
        source_name=panama.source_name,
        on=date(2023, 9, 13),
        received_at=AT,
    )
    answer = sent(panama)
    assert (answer.outcome, answer.vintage) == ("known", "2023-09-13.1")


@pytest.mark.parametrize("sender", ["HND", "TS", "HTI"])
def test_nobody_sends_the_figures_of_another(panama: Submission, sender: str) -> None:
    answer = sent(panama, sender=sender)
    assert answer.outcome == "refused"
    assert answer.message is not None
    assert "each party sends its own" in answer.message.en
    assert not Vintage.objects.exists()
    assert submissions.Submission.objects.get().state == "REJECTED"
    sent(panama, sender=sender)
    assert submissions.Submission.objects.count() == 1


def test_a_dataset_that_the_registry_does_not_know_is_refused(panama: Submission) -> None:
    answer = sent(changed(panama, DATASET="cuadro999"))
    assert answer.outcome == "refused"
    assert answer.message is not None
    assert "no conoce ese conjunto" in answer.message.es


def test_a_name_that_is_taken_by_other_figures_is_refused_and_nothing_changes(panama: Submission) -> None:
    sent(panama)
    rows = Observation.objects.count()
    answer = sent(changed(panama, OBS_VALUE=1, OBS_STATUS="A"))
    assert answer.outcome == "refused"
    assert answer.message is not None
    assert "with other content" in answer.message.en
    assert Observation.objects.count() == rows


def test_a_code_that_the_hub_does_not_know_is_answered_with_a_finding_that_names_its_list(panama: Submission) -> None:
    document = json.loads(write_submission(panama))
    document["columns"]["CITIZENSHIP"] = ["ZZZ"] * document["rows"]
    answer = arrival.take_in(json.dumps(document).encode(), sender="PAN", received_at=AT)
    assert answer.outcome == "refused"
    (finding,) = read_answer(write_answer(answer)).findings
    assert (finding["rule"], finding["column"], finding["value"]) == ("F86", "CITIZENSHIP", "ZZZ")
    assert f"citizenship {codelist('citizenship').version}" in finding["message"]["en"]
    assert not Observation.objects.exists()


def test_what_is_no_submission_is_refused(panama: Submission) -> None:
    assert arrival.take_in(b"{}", sender="PAN", received_at=AT).outcome == "refused"
