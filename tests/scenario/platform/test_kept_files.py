"""Figures' files are kept some days so that their report can be made; those on persons never; all are let go of."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from istmo.app.demonstration import files
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.installation.mapping import versions
from istmo.installation.submissions import background, keeping
from istmo.installation.submissions.models import FileReport, Submission
from istmo.installation.submissions.sandbox import Bounds
from istmo.installation.submissions.submit import read, receive, submit_read
from istmo.installation.submissions.tasks import difference_in_sandbox, report_in_sandbox
from istmo.intake.profiles import builtin_profiles, profile_source
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput, NotFound

pytestmark = pytest.mark.usefixtures("database")

AT = datetime(2024, 1, 8, 12, tzinfo=UTC)
CUADRO_003 = "pan_snm_cuadro003_2023-08.csv"
CONTENT = next(file.content() for file in files() if file.name == CUADRO_003)
WRONG = CONTENT.replace(b"Nepal,", b"Nepall,")
PERSONS = (Path(__file__).parents[2] / "fixtures" / "national" / "cri_dgme_permisos.csv").read_bytes()


def sent(directory: Path, content: bytes = WRONG, *, at: datetime = AT) -> Submission:
    submission = receive(
        io.BytesIO(content),
        filename=CUADRO_003,
        profile_id=None,
        parameters={},
        account=None,
        directory=directory / "received",
        received_at=at,
    )
    read(submission, directory=directory / "received", keep=directory / "kept", clock=lambda: at)
    return Submission.objects.get(id=submission.id)


def test_a_file_of_figures_is_kept_for_its_days_and_then_removed(tmp_path: Path) -> None:
    submission = sent(tmp_path)
    assert submission.kept_until == AT + keeping.KEPT_FOR
    path = keeping.kept_file(submission, tmp_path / "kept", at=AT)
    assert path is not None
    assert path.read_bytes() == WRONG
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "received").iterdir()) == []
    assert keeping.expire(tmp_path / "kept", at=AT + timedelta(days=29)) == 0
    late = AT + timedelta(days=30)
    assert keeping.kept_file(submission, tmp_path / "kept", at=late) is None
    assert keeping.expire(tmp_path / "kept", at=late) == 1
    assert not path.exists()
    assert Submission.objects.get(id=submission.id).kept_until is None
    assert not Submission.objects.get(id=submission.id).findings.is_empty()


def test_what_no_submission_keeps_is_removed_too_and_a_missing_directory_is_none(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert keeping.expire(kept, at=AT) == 0
    submission = sent(tmp_path)
    (kept / "lost").write_bytes(b"x")
    assert keeping.expire(kept, at=AT) == 1
    assert [path.name for path in kept.iterdir()] == [str(submission.id)]
    (kept / str(submission.id)).unlink()
    assert keeping.kept_file(submission, kept, at=AT) is None


def test_a_file_on_persons_and_one_that_cannot_be_read_are_never_kept(tmp_path: Path) -> None:
    for content in (PERSONS, b"a,b\n1,2\n"):
        submission = sent(tmp_path, content)
        assert submission.kept_until is None
        assert not (tmp_path / "kept").exists() or list((tmp_path / "kept").iterdir()) == []
        assert list((tmp_path / "received").iterdir()) == []


def test_a_person_has_a_file_removed_at_once_and_it_is_written_down(tmp_path: Path) -> None:
    maria = User.objects.create_user("maria", full_name="María Prueba", role=AccountRole.STATISTICIAN, password=None)
    submission = sent(tmp_path)
    keeping.remove(submission, tmp_path / "kept", account=maria, at=AT)
    assert list((tmp_path / "kept").iterdir()) == []
    (event,) = Event.objects.filter(kind="file_removed")
    assert (event.object_id, event.account) == (str(submission.id), maria)
    with pytest.raises(NotFound, match="no longer here"):
        keeping.remove(submission, tmp_path / "kept", account=maria, at=AT)


def test_the_reader_in_the_background_keeps_and_removes(tmp_path: Path) -> None:
    submission = sent(tmp_path, at=AT - timedelta(days=40))
    reader = background.Reader(tmp_path / "received", keep=tmp_path / "kept", bounds=Bounds(), clock=lambda: AT)
    reader._stopping.set()
    assert (tmp_path / "kept" / str(submission.id)).is_file()
    waiting = receive(
        io.BytesIO(CONTENT),
        filename=CUADRO_003,
        profile_id=None,
        parameters={},
        account=None,
        directory=tmp_path / "received",
        received_at=AT,
    )
    assert background.read_next(tmp_path / "received", keep=tmp_path / "kept", clock=lambda: AT)
    assert (tmp_path / "kept" / str(waiting.id)).is_file()


def test_the_command_line_keeps_the_rows_around_findings_and_not_the_file() -> None:
    result = intake(io.BytesIO(WRONG), filename=CUADRO_003, profile=builtin_profiles()["PAN.SNM.cuadro003"])
    without = submit_read(result, size=len(WRONG), account=None, on=AT.date(), received_at=AT)
    assert FileReport.objects.get(submission=without).excerpt.is_empty()
    submission = submit_read(result, size=len(WRONG), data=WRONG, account=None, on=AT.date(), received_at=AT)
    assert submission.kept_until is None
    assert 17 in FileReport.objects.get(submission=submission).excerpt["row"].to_list()


# --- what is made of it, apart


def test_the_annotated_workbook_is_made_in_the_process_without_secrets(tmp_path: Path) -> None:
    sent(tmp_path, CONTENT.replace(b"62,700", b"62,690"))
    submission = sent(tmp_path)
    report = FileReport.objects.get(submission=submission)
    made = report_in_sandbox(
        tmp_path / "kept" / str(submission.id),
        filename=submission.filename,
        profile_id=submission.profile_id,
        sources=versions.version(submission.profile).sources,
        parameters={},
        on=AT.date(),
        findings=submission.findings,
        since=report.since,
        language="es",
        bounds=Bounds(),
    )
    workbook = openpyxl.load_workbook(io.BytesIO(made))
    assert workbook.sheetnames[1:] == ["Istmo resumen", "Istmo hallazgos", "Istmo cambios"]
    assert [path.name for path in (tmp_path / "kept").iterdir() if path.is_dir()] == []
    changed = [[cell.value for cell in row] for row in workbook["Istmo cambios"].iter_rows(min_row=2)]
    assert ["2023-08", "Tránsito irregular registrado", "Venezuela (República Bolivariana de)", "VEN"] in [
        row[:4] for row in changed
    ]
    said = [row[1].value for row in workbook["Istmo resumen"].iter_rows()]
    assert any(str(text).startswith("Desde el último envío: ") for text in said)


def test_what_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a,b\n1,2\n")
    source = {"PAN.SNM.cuadro003": profile_source("PAN.SNM.cuadro003").decode()}
    with pytest.raises(InvalidInput) as refused:
        difference_in_sandbox(
            path,
            filename="x.csv",
            profile_id="PAN.SNM.cuadro003",
            old=source,
            new=source,
            parameters={},
            on=AT.date(),
            bounds=Bounds(),
        )
    assert refused.value.rule == "F7"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_the_report_that_is_kept_is_the_one_that_was_made(tmp_path: Path) -> None:
    first = sent(tmp_path, CONTENT)
    second = sent(tmp_path, CONTENT.replace(b"62,700", b"62,690"))
    assert FileReport.objects.get(submission=first).first is True
    report = FileReport.objects.get(submission=second)
    assert report.since is not None
    assert report.since.cells.select("CITIZENSHIP", "BEFORE", "AFTER").rows() == [("VEN", 62700, 62690)]
    assert report.since.months["REVISED"].to_list() == [1]
    assert set(report.excerpt.columns) == {"sheet", "header_row", "row", "cells"}
    assert report.excerpt.filter(pl.col("row") == 30).height == 1
