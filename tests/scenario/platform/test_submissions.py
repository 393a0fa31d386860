"""A file is sent: from the stream to the vintage, or to a reason in both languages. Real files, real database, real
child.
"""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import IntegrityError, transaction

from istmo.app.demonstration import DemoFile, files
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.installation.observations import store
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.models import Submission
from istmo.installation.submissions.sandbox import Bounds
from istmo.installation.submissions.states import MOVES, OWNERS, SubmissionState
from istmo.installation.submissions.submit import read, receive, submit_read
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("database")

DAY, LATER = date(2024, 1, 8), date(2024, 2, 8)
AT, AT_LATER = (datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in (DAY, LATER))


def demo(name: str) -> DemoFile:
    return next(file for file in files() if file.name == name)


CUADRO_003 = "pan_snm_cuadro003_2023.csv"


def sent(
    content: bytes,
    *,
    filename: str = CUADRO_003,
    profile: str | None = "PAN.SNM.cuadro003",
    account: User | None = None,
    bounds: Bounds | None = None,
) -> Submission:
    with TemporaryDirectory() as directory:
        submission = receive(
            io.BytesIO(content),
            filename=filename,
            profile_id=profile,
            parameters={},
            account=account,
            directory=Path(directory),
            received_at=AT,
            bounds=bounds,
        )
        if submission.reading_stage:
            read(submission, directory=Path(directory), bounds=bounds, clock=lambda: AT)
        assert list(Path(directory).iterdir()) == []
    return submission


def loaded(content: bytes, *, on: date = DAY, received_at: datetime = AT) -> Submission:
    """The same for a file that was read in this process: a second faster."""
    profile = builtin_profiles()["PAN.SNM.cuadro003"]
    result = intake(io.BytesIO(content), filename=CUADRO_003, profile=profile, on=on)
    return submit_read(result, size=len(content), account=None, on=on, received_at=received_at)


def events_of(submission: Submission) -> list[str]:
    return list(Event.objects.filter(object_id=str(submission.id)).values_list("kind", flat=True).order_by("kind"))


@pytest.fixture
def statistician() -> User:
    return User.objects.create_user(
        "maria", full_name="María Prueba", role=AccountRole.STATISTICIAN, password=None, member="PAN"
    )


def test_a_national_file_becomes_a_vintage_with_its_findings(statistician: User) -> None:
    submission = Submission.objects.get(id=sent(demo(CUADRO_003).content(), account=statistician).id)
    assert submission.submission_state is SubmissionState.ACCEPTED
    assert submission.dataset_id == "PAN.SNM.cuadro003"
    assert submission.vintage is not None
    assert submission.vintage.account == statistician
    frame = store.observations()
    assert frame.height == submission.accepted == submission.read
    august = frame.filter((frame["PERIOD"] == "2023-08") & (frame["CITIZENSHIP"] == "VEN"))
    assert august["OBS_VALUE"].to_list() == [62700]
    assert events_of(submission) == ["submission_accepted", "submission_received", "submission_validated"]


def test_without_a_profile_the_only_one_that_fits_is_taken() -> None:
    submission = sent(demo(CUADRO_003).content(), profile=None)
    assert submission.profile.startswith("PAN.SNM.cuadro003@")
    assert submission.submission_state is SubmissionState.ACCEPTED


def test_the_sandbox_and_the_direct_way_read_the_same(statistician: User) -> None:
    content = demo(CUADRO_003).content()
    apart = sent(content).intake
    direct = intake(io.BytesIO(content), filename=CUADRO_003, profile=builtin_profiles()["PAN.SNM.cuadro003"], on=DAY)
    assert apart is not None
    assert apart.as_json() == direct.as_json()
    assert apart.observations.equals(direct.observations)
    assert apart.declared.equals(direct.declared)
    again = submit_read(direct, size=len(content), account=statistician, on=DAY, received_at=AT)
    assert again.already_loaded


def test_the_same_file_again_is_accepted_and_says_so() -> None:
    first = loaded(demo(CUADRO_003).content())
    again = loaded(demo(CUADRO_003).content(), on=LATER, received_at=AT_LATER)
    assert again.submission_state is SubmissionState.ACCEPTED
    assert again.already_loaded
    assert again.vintage == first.vintage
    assert Vintage.objects.count() == 1


def test_a_later_file_supersedes_the_earlier_one_and_the_changed_month_is_a_finding() -> None:
    content = demo(CUADRO_003).content()
    first = loaded(content)
    assert content.count(b"62,700") == 1
    changed = loaded(content.replace(b"62,700", b"62,690"), on=LATER, received_at=AT_LATER)
    assert "R14" in changed.findings["rule"].to_list()
    assert Submission.objects.get(id=first.id).submission_state is SubmissionState.SUPERSEDED
    assert store.observations(as_of=AT).filter(CITIZENSHIP="VEN", PERIOD="2023-08")["OBS_VALUE"].item() == 62700
    assert store.observations().filter(CITIZENSHIP="VEN", PERIOD="2023-08")["OBS_VALUE"].item() == 62690


@pytest.mark.parametrize(
    ("content", "filename", "profile"),
    [
        (b"", "vacio.csv", "PAN.SNM.cuadro003"),
        (bytes(range(256)) * 40, "imagen.csv", None),
        (b"PK\x03\x04 truncated", "cuadro.xlsx", None),
        (b"a;b;c\n1;2;3\n", "otro.csv", None),
        (b"a;b;c\n1;2;3\n", "otro.csv", "PAN.SNM.cuadro003"),
        (b"x" * (2 * 1024 * 1024), "linea.csv", "PAN.SNM.cuadro003"),
        (b"a;b;c\n1;2;3\n", "otro.csv", "XXX.no.existe"),
    ],
    ids=["empty", "binary", "truncated", "unknown", "another-layout", "long-line", "no-such-profile"],
)
def test_a_file_that_cannot_be_read_is_rejected_with_a_sentence_in_both_languages(
    content: bytes, filename: str, profile: str | None
) -> None:
    kept = loaded(demo(CUADRO_003).content())
    submission = Submission.objects.get(id=sent(content, filename=filename, profile=profile).id)
    assert submission.submission_state is SubmissionState.REJECTED
    error = submission.error
    assert error is not None
    assert error.rule
    assert error.message.es != error.message.en
    assert events_of(submission) == ["submission_received", "submission_rejected"]
    assert [vintage.name for vintage in Vintage.objects.all()] == [kept.vintage.name if kept.vintage else ""]


def test_a_file_with_too_many_stopped_records_stores_nothing_and_keeps_its_findings() -> None:
    content = demo(CUADRO_003).content()
    text = content.decode("utf-8")
    wrong = "\n".join(
        line.replace("Venezuela", "Venezolandia").replace("Ecuador", "Ecuatoria").replace("Colombia", "Colombolandia")
        for line in text.split("\n")
    )
    for name in ("Chile", "Brasil", "Cuba", "Haití", "China", "India", "Nepal", "Bangladesh", "Camerún", "Angola"):
        wrong = wrong.replace(name, f"{name}landia")
    submission = loaded(wrong.encode("utf-8"))
    assert submission.submission_state is SubmissionState.REJECTED
    assert submission.quarantined
    assert submission.findings.height > 0
    assert submission.error is not None
    assert submission.error.rule == "F15"
    assert Vintage.objects.count() == 0


def test_a_file_over_the_limit_is_refused_while_it_arrives() -> None:
    submission = sent(b"x" * 2_000_000, bounds=Bounds(file_bytes=1024 * 1024))
    assert submission.error is not None
    assert "1 MB" in submission.error.message.en
    assert submission.error.rule == "F5"


def test_a_reading_that_takes_too_long_is_ended() -> None:
    submission = sent(demo(CUADRO_003).content(), bounds=Bounds(seconds=0))
    assert submission.error is not None
    assert "0 seconds" in submission.error.message.en
    assert submission.submission_state is SubmissionState.REJECTED


def test_a_reading_that_takes_too_much_memory_is_ended() -> None:
    submission = sent(demo(CUADRO_003).content(), bounds=Bounds(memory_bytes=200 * 1024 * 1024))
    assert submission.submission_state is SubmissionState.REJECTED


@pytest.mark.reference
def test_records_of_persons_are_never_stored_among_the_figures(reference_data: Path) -> None:
    path = reference_data / "fixtures" / "mex_upmrip_bdsiomr.csv"
    submission = sent(path.read_bytes(), filename=path.name, profile="MEX.UPMRIP.bdsiomr")
    assert submission.submission_state is SubmissionState.REJECTED
    assert Vintage.objects.count() == 0


def test_an_account_of_a_state_sends_no_file_of_another(statistician: User) -> None:
    User.objects.filter(pk=statistician.pk).update(member="HND")
    statistician.refresh_from_db()
    submission = sent(demo(CUADRO_003).content(), account=statistician)
    assert submission.submission_state is SubmissionState.REJECTED
    assert submission.error is not None
    assert "The file is of Panama; your account is of Honduras." in submission.error.in_("en")
    assert "El archivo es de Panamá; su cuenta es de Honduras." in submission.error.in_("es")
    assert Vintage.objects.count() == 0


def test_a_reader_may_not_send_files() -> None:
    reader = User.objects.create_user("lector", full_name="Lector Prueba", role=AccountRole.READER, password=None)
    with pytest.raises(InvalidInput, match="does not allow"):
        sent(b"", account=reader)
    assert Submission.objects.count() == 0


def test_a_submission_moves_only_as_the_table_of_moves_allows() -> None:
    submission = loaded(demo(CUADRO_003).content())
    with pytest.raises(ValueError, match="does not move"):
        submission.move(SubmissionState.REJECTED, at=AT)
    assert set(MOVES) == set(OWNERS) == set(SubmissionState)


def test_the_database_refuses_counts_that_do_not_add_up() -> None:
    submission = loaded(demo(CUADRO_003).content())
    submission.quarantined = (submission.quarantined or 0) + 1
    with pytest.raises(IntegrityError), transaction.atomic():
        submission.save()


def test_the_name_of_a_file_cannot_steer_a_path_or_a_terminal() -> None:
    submission = sent(b"", filename="../../etc/\x1b[31mpasswd.csv")
    assert submission.filename == "[31mpasswd.csv"


def test_the_findings_of_a_submission_have_the_documented_shape() -> None:
    document = json.loads(json.dumps(loaded(demo(CUADRO_003).content()).as_json()))
    assert list(document) == ["file", "profile", "read", "accepted", "quarantined", "rejected", "set_aside", "findings"]
    assert document["read"] == document["accepted"] + document["quarantined"] + document["rejected"]
    for finding in document["findings"]:
        assert set(finding) == {"sheet", "row", "column", "value", "rule", "severity", "message", "suggestion"}
