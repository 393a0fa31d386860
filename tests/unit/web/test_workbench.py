"""The workbench: signing in, sending a file, reading its findings, and a brief that two people take to publication."""

import io
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from istmo.hub.briefs.models import BriefEdition
from istmo.installation.submissions.models import Submission
from istmo.model.findings import Finding, Severity, findings_frame
from istmo.model.text import Text
from istmo.web.hub.submissions import filtered, groups

if TYPE_CHECKING:
    from istmo.installation.accounts.models import User

PASSWORD = "frase-larga-de-prueba-1"
EDITION = "/es/mesa/informes/2023-08/1/"


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture(autouse=True)
def _no_memory_of_attempts() -> Any:
    cache.clear()
    yield
    cache.clear()


def test_a_visitor_is_sent_to_sign_in_and_then_to_where_they_wanted_to_go(analyst: "User", client: Any) -> None:
    response = client.get("/es/mesa/archivos/")
    assert response.headers["Location"] == "/es/ingresar/?next=/es/mesa/archivos/"
    assert 'name="next" value="/es/mesa/archivos/"' in client.get(response.headers["Location"]).content.decode()
    sent = {"login": "ana", "password": PASSWORD, "next": "/es/mesa/archivos/"}
    assert client.post("/es/ingresar/", sent).headers["Location"] == "/es/mesa/archivos/"


def test_a_wrong_password_is_said_in_words_without_saying_which_part_is_wrong(analyst: "User", client: Any) -> None:
    for sent in ({"login": "ana", "password": "no"}, {"login": "nadie", "password": "no"}):
        assert "El usuario y la contraseña no corresponden" in text_of(client.post("/es/ingresar/", sent))


def test_after_five_wrong_passwords_the_right_one_has_to_wait(analyst: "User", client: Any) -> None:
    for _ in range(5):
        client.post("/es/ingresar/", {"login": "ana", "password": "no"})
    response = client.post("/es/ingresar/", {"login": "ana", "password": PASSWORD})
    assert response.status_code == 429
    assert "Nadie puede ingresar con este nombre" in text_of(response)
    assert client.get("/es/mesa/").status_code == 302


def test_an_address_that_sends_the_form_too_often_is_told_to_wait(client: Any, database: None) -> None:
    responses = [client.post("/es/ingresar/", {}) for _ in range(31)]
    assert [response.status_code for response in responses[:30]] == [200] * 30
    assert responses[30].status_code == 429
    assert "Demasiados intentos" in text_of(responses[30])


@pytest.mark.parametrize("path", ["signup/", "accounts/signup/", "password/reset/", "admin/"])
def test_nobody_signs_up_here_and_there_is_no_admin(client: Any, database: None, path: str) -> None:
    assert client.get(f"/es/{path}").status_code == 404


def test_signing_out_ends_the_session(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    assert "Salir de la mesa de trabajo" in text_of(client.get("/es/salir/"))
    assert client.post("/es/salir/").status_code == 302
    assert client.get("/es/mesa/").status_code == 302


def test_a_reader_sees_the_workbench_and_is_told_why_the_rest_is_closed(signed_in: Any, reader: "User") -> None:
    client = signed_in(reader)
    assert client.get("/es/mesa/").status_code == 200
    response = client.get("/es/mesa/archivos/nuevo/")
    assert response.status_code == 403
    assert "Su función en la mesa de trabajo no incluye este paso" in text_of(response)
    assert "Enviar un archivo" not in text_of(client.get("/es/mesa/archivos/"))


def test_a_form_from_another_site_is_refused_in_words(analyst: "User") -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(analyst)
    response = client.post("/es/mesa/informes/open/", {"month": "2023-08"})
    assert response.status_code == 403
    assert "No se pudo aceptar el formulario" in text_of(response)


def test_empty_lists_say_what_will_be_there(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    assert "Aún no se ha recibido ningún archivo" in text_of(client.get("/es/mesa/archivos/"))
    assert "No brief has been opened yet" in text_of(client.get("/en/workbench/briefs/"))


def test_a_request_over_the_limit_is_refused_before_it_is_read(client: Any, database: None) -> None:
    from istmo.installation.submissions.sandbox import Bounds

    too_long = str(Bounds().file_bytes + 100_000)
    response = client.post("/en/workbench/files/new/", b"", content_type="text/csv", CONTENT_LENGTH=too_long)
    assert response.status_code == 413
    assert "The file is too large" in text_of(response)


def test_a_form_without_a_file_says_what_to_do(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    assert "Elija primero un archivo" in text_of(client.post("/es/mesa/archivos/nuevo/", {}))
    empty = {"file": SimpleUploadedFile("a.csv", b"")}
    assert "El archivo está vacío" in text_of(client.post("/es/mesa/archivos/nuevo/", empty))
    wrong = {"file": SimpleUploadedFile("a.csv", b"x"), "profile": "NADA"}
    response = client.post("/es/mesa/archivos/nuevo/", wrong)
    assert response.status_code == 400
    assert "Ese perfil no existe aquí" in text_of(response)
    assert not Submission.objects.exists()


def test_a_file_is_sent_and_its_result_shown_with_every_count(signed_in: Any, analyst: "User") -> None:
    from istmo.app.demonstration import files

    file = next(file for file in files() if file.name == "pan_snm_cuadro003_2016.csv")
    client = signed_in(analyst)
    sent = {"file": SimpleUploadedFile("C:\\datos\\cuadro003.csv", file.content()), "profile": ""}
    response = client.post("/es/mesa/archivos/nuevo/", sent, follow=True)
    page = text_of(response)
    assert "cuadro003.csv" in page
    assert "Aceptado" in page
    assert "PAN.SNM.cuadro003@" in page
    submission = Submission.objects.get()
    assert submission.account == analyst
    assert f"Leídas {submission.read}" in page
    assert "R11" in page  # the label Congo went to its node
    listed = text_of(client.get("/es/mesa/archivos/"))
    assert "cuadro003.csv" in listed


def test_a_file_of_another_country_says_why_and_stores_nothing(signed_in: Any, analyst: "User") -> None:
    from istmo.installation.observations.models import Vintage

    client = signed_in(analyst)
    sent = {"file": SimpleUploadedFile("x.csv", "país;otra cosa\nA;1\n".encode()), "profile": ""}
    response = client.post("/es/mesa/archivos/nuevo/", sent, follow=True)
    page = text_of(response)
    assert "El archivo no se pudo usar" in page
    assert "x.csv" in page
    assert "Elija el perfil en la lista" in page
    assert "--profile" not in page
    assert not Vintage.objects.exists()


@pytest.fixture
def submission(analyst: "User") -> Submission:
    """A file with sixty findings of two rules."""
    from datetime import UTC, datetime

    found = Submission(
        filename="hnd.csv", account=analyst, received_at=datetime(2023, 9, 13, tzinfo=UTC), read=100, accepted=40
    )
    found.quarantined, found.rejected = 59, 1
    message = Text(es="No está en el mapa.", en="Not in the map.")
    many = [
        Finding("R9", Severity.ERROR, message, row=n, column="País", value="=Niger" if n == 1 else f"País {n}")
        for n in range(1, 60)
    ]
    found.findings = findings_frame([*many, Finding("R20", Severity.WARNING, message, row=70, value="31/06")])
    found.save()
    return found


def test_findings_are_grouped_by_rule_filtered_and_paged(
    signed_in: Any, analyst: "User", submission: Submission
) -> None:
    client, address = signed_in(analyst), f"/es/mesa/archivos/{submission.id}/"
    page = text_of(client.get(address))
    assert "Página 1 de 2" in page
    assert "Una etiqueta sin correspondencia detiene la fila" in page
    assert "País 59" not in page
    assert "País 59" in text_of(client.get(address, {"page": 2}))
    only = text_of(client.get(address, {"rule": "R20"}))
    assert "31/06" in only
    assert "País 2" not in only
    assert "Ningún hallazgo tiene esa regla" in text_of(client.get(address, {"rule": "R20", "severity": "error"}))
    assert [(group.rule.id, group.count) for group in groups(submission.findings)] == [("R9", 59), ("R20", 1)]
    assert filtered(submission.findings, {"severity": "warning"}).height == 1


@pytest.fixture
def received(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Where files lie until they have been read."""
    from django.conf import settings

    monkeypatch.setattr(settings, "ISTMO_RECEIVED", tmp_path)
    return tmp_path


def waiting(analyst: "User", **others: Any) -> Submission:
    """A file of a thousand records that was received just now."""
    from datetime import UTC, datetime

    values = {"filename": "x.csv", "size": 2_000_000, "received_at": datetime.now(UTC), "account": analyst, **others}
    return Submission.objects.create(**values)


def test_the_files_of_one_state_are_shown_alone_and_counted(signed_in: Any, analyst: "User") -> None:
    for name, state in (("uno.csv", "REJECTED"), ("dos.csv", "VALIDATED"), ("tres.csv", "VALIDATED")):
        waiting(analyst, filename=name, state=state)
    client = signed_in(analyst)
    listed = text_of(client.get("/es/mesa/archivos/"))
    assert "Todos los archivos 3 Validado 2 Rechazado 1" in listed
    rejected = text_of(client.get("/es/mesa/archivos/?state=REJECTED"))
    assert "uno.csv" in rejected
    assert "dos.csv" not in rejected
    assert "Ningún archivo está en este estado" in text_of(client.get("/es/mesa/archivos/?state=SUPERSEDED"))
    assert "tres.csv" in text_of(client.get("/es/mesa/archivos/?state=NADA"))


@pytest.mark.parametrize(
    ("stage", "known", "said"),
    [
        ("waiting", {}, ["En espera de lectura", "2,000 kB"]),
        ("choosing", {}, ["Se busca el perfil"]),
        ("reading", {"lines": 1_000_001}, ["Se lee y se revisa", "1,000,001"]),
        ("storing", {"read": 1000, "accepted": 990, "quarantined": 10, "rejected": 0}, ["Se guarda", "1,000"]),
        ("", {}, ["El archivo se está leyendo"]),
    ],
)
def test_a_file_that_is_being_read_says_how_far_it_has_come_and_looks_again(
    signed_in: Any, analyst: "User", stage: str, known: dict[str, int], said: list[str]
) -> None:
    found = waiting(analyst, stage=stage, **known)
    response = signed_in(analyst).get(f"/es/mesa/archivos/{found.id}/")
    page = text_of(response)
    assert [words for words in ["El archivo se está leyendo", *said] if words not in page] == []
    assert response["Refresh"] == "2"
    assert "Nada que señalar" not in page
    assert "Hallazgos" not in page
    listed = text_of(signed_in(analyst).get("/es/mesa/archivos/"))
    assert said[0] in listed or not stage


def test_a_file_that_nobody_reads_any_more_says_what_to_do(signed_in: Any, analyst: "User") -> None:
    from datetime import UTC, datetime, timedelta

    found = waiting(analyst, received_at=datetime.now(UTC) - timedelta(hours=1))
    response = signed_in(analyst).get(f"/es/mesa/archivos/{found.id}/")
    assert "Envíe el archivo de nuevo" in text_of(response)
    assert "Refresh" not in response.headers


def test_an_interrupted_file_is_read_again_or_discarded_by_who_may_send_files(
    signed_in: Any, analyst: "User", reader: "User", received: Any
) -> None:
    from istmo.app.demonstration import files

    client = signed_in(analyst)
    content = next(file for file in files() if file.name == "pan_snm_cuadro003_2016.csv").content()
    found = waiting(analyst, stage="reading", attempts=2)
    (received / str(found.id)).write_bytes(content)
    address = f"/es/mesa/archivos/{found.id}/"
    response = client.get(address)
    assert "La lectura se interrumpió" in text_of(response)
    assert "Refresh" not in response.headers
    assert "Leerlo otra vez" not in text_of(signed_in(reader).get(address))
    assert signed_in(reader).post(f"{address}again/").status_code == 403
    client = signed_in(analyst)
    assert "Aceptado" in text_of(client.post(f"{address}again/", follow=True))
    assert "no está interrumpida" in text_of(client.post(f"{address}again/", follow=True))
    other = waiting(analyst, stage="reading", attempts=2)
    address = f"/es/mesa/archivos/{other.id}/"
    assert "El archivo se descartó" in text_of(client.post(f"{address}discard/", follow=True))
    assert "no está interrumpida" in text_of(client.post(f"{address}discard/", follow=True))
    assert list(received.iterdir()) == []


def test_a_sender_waits_a_little_for_a_reader_and_not_for_ever(
    signed_in: Any, analyst: "User", received: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader of this test is awake and reads nothing."""
    from istmo.installation.submissions import background

    monkeypatch.setattr(background, "wake", lambda: True)
    monkeypatch.setattr("istmo.web.hub.submissions.WAIT", 0.2)
    page = signed_in(analyst).post(
        "/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile("a.csv", b"a;b\n")}, follow=True
    )
    assert "En espera de lectura" in text_of(page)
    assert len(list(received.iterdir())) == 1


def test_findings_can_be_taken_along_and_run_nothing_in_a_spreadsheet(
    signed_in: Any, analyst: "User", submission: Submission
) -> None:
    client, address = signed_in(analyst), f"/es/mesa/archivos/{submission.id}/findings"
    table = pl.read_csv(io.BytesIO(client.get(f"{address}.csv").content))
    assert table.height == 60
    assert "'=Niger" in table["value"].to_list()
    document = client.get(f"{address}.json").json()
    assert document["read"] == 100
    assert document["findings"][0]["message"]["es"] == "No está en el mapa."
    assert client.get(f"{address}.exe").status_code == 404


def test_two_people_take_a_brief_from_draft_to_the_home_page(
    figures: None, signed_in: Any, analyst: "User", approver: "User"
) -> None:
    client = signed_in(analyst)
    opened = client.post("/es/mesa/informes/open/", {"month": "2023-08"})
    assert opened.headers["Location"] == EDITION
    assert "81,946" in text_of(client.get(f"{EDITION}borrador/"))
    missing = client.post(f"{EDITION}save/", {"es": "Sube.", "en": "", "close": "yes"}, follow=True)
    assert "Falta el análisis en español o en inglés" in text_of(missing)
    assert "Sube." in missing.content.decode()
    saved = client.post(f"{EDITION}save/", {"es": "Sube.", "en": "It rises.", "close": "yes"}, follow=True)
    assert "La edición está analizada" in text_of(saved)
    assert client.post(f"{EDITION}approve/").status_code == 403
    client = signed_in(approver)
    assert "Aprobar la edición" in text_of(client.get(EDITION))
    assert "La edición está aprobada" in text_of(client.post(f"{EDITION}approve/", follow=True))
    confirm = text_of(client.get(f"{EDITION}publicar/"))
    assert "¿Publicar el informe de agosto de 2023, edición 1?" in confirm
    assert "brief.es.pdf" in confirm
    assert "Ana Ejemplo" in confirm
    done = client.post(f"{EDITION}publish/now/", follow=True)
    assert "La edición está publicada" in text_of(done)
    trail = text_of(client.get(EDITION))
    for step in ("Borrador → Analizado", "Analizado → Aprobado", "Aprobado → Publicado", "Pío Ejemplo"):
        assert step in trail
    assert "It rises." in text_of(client.get("/en/briefs/2023-08/1/"))
    assert "August 2023" in text_of(client.get("/en/"))


def test_a_draft_is_made_final_and_every_page_says_so(
    draft: BriefEdition, signed_in: Any, analyst: "User", approver: "User"
) -> None:
    client = signed_in(analyst)
    assert "Hacer definitiva la edición" in text_of(client.get(EDITION))
    assert "La edición es ahora definitiva" in text_of(client.post(f"{EDITION}kind/", {"kind": "final"}, follow=True))
    assert "La edición es ahora preliminar" in text_of(
        client.post(f"{EDITION}kind/", {"kind": "preliminary"}, follow=True)
    )
    assert "Elija si la edición" in text_of(client.post(f"{EDITION}kind/", {"kind": "other"}, follow=True))
    client.post(f"{EDITION}kind/", {"kind": "final"})
    client.post(f"{EDITION}save/", {"es": "Sube.", "en": "It rises.", "close": "yes"})
    assert "Hacer preliminar la edición" not in text_of(client.get(EDITION))
    client = signed_in(approver)
    assert client.post(f"{EDITION}kind/", {"kind": "preliminary"}).status_code == 403
    client.post(f"{EDITION}approve/")
    assert "1, definitiva" in text_of(client.get(f"{EDITION}publicar/"))
    client.post(f"{EDITION}publish/now/")
    for address in ("/es/", "/es/informes/", "/es/informes/2023-08/1/"):
        assert "definitiva" in text_of(client.get(address))
    client = signed_in(analyst)
    refused = client.post("/es/mesa/informes/open/", {"month": "2023-08", "kind": "preliminary"}, follow=True)
    assert "no puede seguirla una preliminar" in text_of(refused)
    opened = client.post("/es/mesa/informes/open/", {"month": "2023-08", "kind": "final"}, follow=True)
    assert "Hacer preliminar la edición" not in text_of(opened)


def test_an_approver_sends_a_brief_back_with_a_reason(
    draft: BriefEdition, signed_in: Any, analyst: "User", approver: "User"
) -> None:
    signed_in(analyst).post(f"{EDITION}save/", {"es": "Sube.", "en": "It rises.", "close": "yes"})
    client = signed_in(approver)
    assert "hay que decir por qué" in text_of(client.post(f"{EDITION}return/", {"note": " "}, follow=True))
    back = text_of(client.post(f"{EDITION}return/", {"note": "Falta hablar de Guatemala."}, follow=True))
    assert "vuelve a ser un borrador" in back
    assert "Falta hablar de Guatemala." in back
    draft.refresh_from_db()
    assert (draft.state, draft.analysis_es) == ("DRAFT", "Sube.")


def test_only_an_approved_edition_reaches_the_page_that_publishes(
    draft: BriefEdition, signed_in: Any, approver: "User"
) -> None:
    client = signed_in(approver)
    assert "Solo puede publicarse una edición aprobada" in text_of(client.get(f"{EDITION}publicar/", follow=True))
    assert "no se pasa a" in text_of(client.post(f"{EDITION}publish/now/", follow=True))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"month": "agosto"}, "no es un período"),
        ({"month": "2023-08", "cut_off": "18/09"}, "La fecha de corte no se entiende"),
    ],
)
def test_an_edition_is_not_opened_for_what_cannot_be_read(
    signed_in: Any, analyst: "User", sent: dict[str, str], said: str
) -> None:
    assert said in text_of(signed_in(analyst).post("/es/mesa/informes/open/", sent, follow=True))
    assert not BriefEdition.objects.exists()


def test_a_month_without_figures_has_no_draft_to_show(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    client.post("/es/mesa/informes/open/", {"month": "2023-08"})
    assert "No hay observaciones de 2023-08" in text_of(client.get(f"{EDITION}borrador/", follow=True))
    assert client.get("/es/mesa/informes/2023-07/1/").status_code == 404


def test_the_overview_says_whose_turn_it_is(
    draft: BriefEdition, signed_in: Any, analyst: "User", approver: "User"
) -> None:
    assert "A usted" in text_of(signed_in(analyst).get("/es/mesa/"))
    assert "A usted" not in text_of(signed_in(approver).get("/es/mesa/"))
