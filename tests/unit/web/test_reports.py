"""The report of a file as pages: from a finding to its cell, what changed, the annotated workbook, who sees them."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import polars as pl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from istmo.app.demonstration import files
from istmo.installation.audit.models import Event
from istmo.installation.submissions.models import FileReport, Submission
from istmo.intake.reporting.sent import EXCERPT_SCHEMA
from istmo.model.findings import Finding, Severity, findings_frame
from istmo.model.text import Text

from .test_workbench import text_of

if TYPE_CHECKING:
    from istmo.installation.accounts.models import User

CUADRO = next(file for file in files() if file.name == "pan_snm_cuadro003_2023-08.csv").content()
WRONG = CUADRO.replace(b"Nepal,", b"Nepall,").replace(b"62,700", b"62,690")


@pytest.fixture
def client_of(signed_in: Any, analyst: "User", figures: None) -> Any:
    return signed_in(analyst)


def send(client: Any, data: bytes, name: str = "cuadro.csv", profile: str = "PAN.SNM.cuadro003") -> Submission:
    client.post("/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile(name, data), "profile": profile})
    sent = Submission.objects.first()
    assert sent is not None
    return sent


def page_of(sent: Submission, rest: str = "") -> str:
    return f"/es/mesa/archivos/{sent.id}/{rest}"


def test_a_finding_leads_to_its_cell_in_the_rows_around_it(client_of: Any) -> None:
    sent = send(client_of, WRONG)
    page = client_of.get(page_of(sent, "?rule=R9")).content.decode()
    number = sent.findings["rule"].to_list().index("R9") + 1
    assert f'href="{page_of(sent, f"hoja/{number}/")}#cell"' in page
    sheet = client_of.get(page_of(sent, f"hoja/{number}/"))
    content = sheet.content.decode()
    assert 'id="cell" class="hit e"><mark>Nepall</mark>' in content
    assert text_of(sheet).count("Pakistán") == 0
    assert "Fila 17, columna País" in text_of(sheet)
    assert "Nepall" in text_of(client_of.get(f"/en/workbench/files/{sent.id}/sheet/{number}/"))
    assert client_of.get(page_of(sent, "hoja/999/")).status_code == 302


def test_findings_are_filtered_by_rule_severity_and_column(client_of: Any) -> None:
    sent = send(client_of, WRONG)
    shown = text_of(client_of.get(page_of(sent, "?column=Pa%C3%ADs")))
    assert "fila 17, País" in shown
    assert "R14" not in shown.partition("Mostrar")[2]
    assert "Ningún hallazgo tiene esa regla, gravedad y columna" in text_of(
        client_of.get(page_of(sent, "?column=Pa%C3%ADs&rule=R14"))
    )


def test_a_finding_about_the_whole_file_says_that_there_are_no_rows(client_of: Any) -> None:
    rows = [line.replace(b",", b"x,", 1) for line in CUADRO.splitlines()[6:20]]
    sent = send(client_of, b"\n".join([*CUADRO.splitlines()[:6], *rows, b""]))
    number = sent.findings["rule"].to_list().index("F15") + 1
    assert "No hay filas que mostrar" in text_of(client_of.get(page_of(sent, f"hoja/{number}/")))


def test_a_wide_table_is_shown_around_the_finding() -> None:
    from istmo.web.hub.reports import WIDE, _columns

    assert _columns(5, 4) == (0, 1, 2, 3, 4)
    assert _columns(100, 50) == (0, 1, 2, *range(42, 42 + WIDE - 3))
    assert _columns(100, None)[-1] < WIDE + 9
    assert 99 in _columns(100, 99)


def test_what_changed_is_told_by_month_and_nationality_and_can_be_taken_along(client_of: Any) -> None:
    sent = send(client_of, CUADRO.replace(b"62,700", b"62,690"))
    told = "Desde el último envío: 0 celdas agregadas, 0 retiradas y 1 celda revisada"
    assert "0 retiradas y 1 revisada, en 1 período" in text_of(client_of.get(page_of(sent)))
    assert told not in text_of(client_of.get(page_of(sent)))
    page = text_of(client_of.get(page_of(sent, "cambios/")))
    assert "Venezuela (República Bolivariana de) VEN 2023-08" in page
    assert "62,700 62,690 −10" in page
    assert "Ninguna cifra por nacionalidad cambió así" in text_of(client_of.get(page_of(sent, "cambios/?kind=added")))
    assert "VEN" in text_of(client_of.get(page_of(sent, "cambios/?period=2023-08&kind=revised")))
    csv = client_of.get(page_of(sent, "changes.csv")).content.decode().splitlines()
    assert len(csv) == 2
    assert "VEN" in csv[1]


def test_a_file_that_changes_nothing_and_a_first_one_say_so(client_of: Any) -> None:
    from istmo.installation.observations.models import Vintage

    assert Vintage.objects.filter(dataset="cuadro003").exists()
    assert "Nada cambió desde el último envío" in text_of(client_of.get(page_of(send(client_of, CUADRO))))
    first = next(file for file in files() if file.name.startswith("gtm_igm_retornados_2022"))
    sent = send(client_of, first.content(), first.name, first.profile)
    assert "Es el primer envío de este conjunto de datos" in text_of(client_of.get(page_of(sent, "cambios/")))
    report = FileReport.objects.get(submission=sent)
    assert report.since is not None
    assert report.since.cells.is_empty()


def test_a_file_that_could_not_be_read_was_compared_with_nothing(client_of: Any) -> None:
    sent = send(client_of, b"a,b\n1,2\n")
    assert "no se comparó con nada" in text_of(client_of.get(page_of(sent, "cambios/")))
    assert client_of.get(page_of(sent, "changes.csv")).status_code == 302
    assert "El archivo ya no está aquí" in text_of(client_of.get(page_of(sent, "report.xlsx"), follow=True))


def test_a_rejected_file_tells_what_it_would_have_changed(client_of: Any) -> None:
    rows = [line.replace(b",", b"x,", 1) for line in CUADRO.splitlines()[6:20]]
    sent = send(client_of, b"\n".join([*CUADRO.splitlines()[:6], *rows, b""]))
    assert sent.vintage is None
    page = text_of(client_of.get(page_of(sent, "cambios/")))
    assert "Nada de este archivo se guardó. Esto es lo que habría cambiado" in page
    assert "Las filas detenidas cuentan como retiradas" in page


def test_the_annotated_workbook_is_the_senders_file_with_notes_in_the_readers_language(client_of: Any) -> None:
    sent = send(client_of, WRONG)
    assert "Libro anotado, XLSX" in text_of(client_of.get(page_of(sent)))
    spanish = client_of.get(page_of(sent, "report.xlsx"))
    workbook = openpyxl.load_workbook(io.BytesIO(spanish.content))
    assert workbook.sheetnames == ["cuadro", "Istmo resumen", "Istmo hallazgos", "Istmo cambios"]
    assert workbook["cuadro"]["A17"].comment.text.startswith("R9 · Error\n«Nepall» no está")
    english = client_of.get(f"/en/workbench/files/{sent.id}/report.xlsx")
    assert 'filename="report-' in english["Content-Disposition"]
    workbook = openpyxl.load_workbook(io.BytesIO(english.content))
    assert workbook.sheetnames[1:] == ["Istmo summary", "Istmo findings", "Istmo changes"]
    assert [cell.value for cell in workbook["Istmo changes"][2]][:4] == [
        "2023-08",
        "Irregular transit registered",
        "Nepal",
        "NPL",
    ]


def test_a_file_can_be_removed_at_once_and_then_there_is_no_workbook(client_of: Any) -> None:
    sent = send(client_of, WRONG)
    removed = client_of.post(page_of(sent, "remove/"), follow=True)
    assert "El archivo se retiró" in text_of(removed)
    assert "Libro anotado" not in text_of(removed)
    assert Event.objects.filter(kind="file_removed", object_id=str(sent.id)).count() == 1
    assert "El archivo ya no está aquí" in text_of(client_of.post(page_of(sent, "remove/"), follow=True))
    number = sent.findings["rule"].to_list().index("R9") + 1
    assert "Nepall" in text_of(client_of.get(page_of(sent, f"hoja/{number}/")))


def test_who_may_only_read_gets_no_whole_file(client_of: Any, signed_in: Any, reader: "User") -> None:
    sent = send(client_of, WRONG)
    client = signed_in(reader)
    assert "Libro anotado" not in text_of(client.get(page_of(sent)))
    assert client.get(page_of(sent, "report.xlsx")).status_code == 403
    assert client.post(page_of(sent, "remove/")).status_code == 403


def test_an_account_of_another_state_finds_no_rows_and_no_file(client_of: Any, signed_in: Any) -> None:
    from .conftest import person

    sent = send(client_of, WRONG)
    other = person("hon", "Hona Prueba", "statistician")
    other.member = "HND"
    other.save()
    client = signed_in(other)
    for rest in ("hoja/1/", "cambios/", "changes.csv", "report.xlsx"):
        assert client.get(page_of(sent, rest)).status_code == 404


def test_of_a_file_on_persons_only_the_places_are_kept(client_of: Any) -> None:
    from pathlib import Path

    raw = (Path(__file__).parents[2] / "fixtures" / "national" / "cri_dgme_permisos.csv").read_bytes()
    client_of.post("/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile("permisos.csv", raw)})
    sent = Submission.objects.first()
    assert sent is not None
    assert sent.profile_id == "CRI.DGME.permisos"
    assert sent.kept_until is None
    assert set(sent.findings["value"]) <= {"", "•••"}
    assert FileReport.objects.get(submission=sent).excerpt.is_empty()
    shown = " ".join(text_of(client_of.get(page_of(sent, rest))) for rest in ("", "hoja/1/", "hoja/2/", "cambios/"))
    for text in ("CONGOLEÑA", "31/06/2016", "1988", "PC-0001"):
        assert text not in shown
    assert "fila 8, Fecha Registro" in shown
    assert not sent.unmapped.exists()


def sheets(analyst: "User") -> Submission:
    """A file of two sheets with findings in the same rows, and the rows around them."""
    sent = Submission.objects.create(
        received_at=datetime(2024, 3, 1, tzinfo=UTC),
        filename="libro.xlsx",
        account=analyst,
        profile="PAN.SNM.prueba@1.0.0",
    )
    said = Text(es="algo", en="something")
    sent.findings = findings_frame(
        [
            Finding("R9", Severity.ERROR, said, "Enero", 3, "País", "Hatí"),
            Finding("R9", Severity.ERROR, said, "Febrero", 3, "País", "Hatiy"),
            Finding("F2", Severity.INFO, said, "Febrero", 2),
        ]
    )
    sent.save()
    rows = [(1, ["País", "n"]), (2, ["Cuba", "1"]), (3, ["{}", "2"])]
    excerpt = pl.DataFrame(
        [
            (sheet, 1, row, [cell.format(label) for cell in cells])
            for sheet, label in (("Enero", "Hatí"), ("Febrero", "Hatiy"))
            for row, cells in rows
        ],
        EXCERPT_SCHEMA,
        orient="row",
    )
    FileReport.made(sent, excerpt, None)
    return sent


def test_the_rows_around_a_finding_are_those_of_its_sheet_and_a_row_without_a_cell_is_found_too(
    client_of: Any, analyst: "User"
) -> None:
    sent = sheets(analyst)
    first = client_of.get(page_of(sent, "hoja/1/"))
    assert "<mark>Hatí</mark>" in first.content.decode()
    assert "Qué más se encontró en estas filas" not in text_of(first)
    second = client_of.get(page_of(sent, "hoja/2/"))
    assert "Hoja Febrero" in text_of(second)
    assert text_of(second).count("fila 2") == 1
    whole = client_of.get(page_of(sent, "hoja/3/")).content.decode()
    assert whole.count('id="cell"') == 1
    assert '<tr id="cell"><th scope="row">2</th>' in whole
