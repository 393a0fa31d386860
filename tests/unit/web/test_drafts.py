"""A file that nobody has described: brought, shown, decided about, read by its draft, and its profile taken along."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from istmo.installation.audit.models import Event
from istmo.installation.drafts import drafting
from istmo.installation.drafts.models import DraftDecision, DraftState, ProfileDraft
from istmo.installation.mapping.models import ProfileVersion
from istmo.installation.observations.models import Vintage
from istmo.installation.submissions.models import Submission
from istmo.intake.profiles import read_profile
from istmo.intake.suggesting.writing import option_text
from istmo.intake.testing import run_samples

if TYPE_CHECKING:
    from istmo.installation.accounts.models import User

TABLE = (
    "CUADRO 1. INGRESOS IRREGULARES, AÑO 2022\n"
    "País,Enero,Febrero,Total\n"
    "Haití,10,2,12\nCongo,5,-,5\nKenya y otros,1,1,2\nTotal,16,3,19\n"
    "Fuente: registros\n"
)
PERSONS = (
    "Expediente;Nombre;Fecha de ingreso;Nacionalidad;Sexo\n"
    "ZX-1;Persona Inventada;23/06/2016;Haitiana;F\nZX-2;Otra Inventada;24/06/2016;Cubana;F\n"
)


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ISTMO_DRAFTS", tmp_path / "drafts")


def bring(client: Any, content: str, *, name: str = "cuadro.csv") -> ProfileDraft:
    client.post("/es/mesa/borradores/nuevo/", {"file": SimpleUploadedFile(name, content.encode())})
    return ProfileDraft.objects.get()


def first_answers(draft: ProfileDraft, **own: str) -> dict[str, str]:
    """What a form sends: the number of an option, or the text of a typed answer."""
    typed = {"profile": "HND.INM.ingresos", "author": "Dirección de Estadística", **own}
    sent = {}
    for number, decision in enumerate(draft.draft.decisions):
        first = option_text(decision.options[0]) if decision.options else ""
        sent[f"decision-{number}"] = (typed.get(decision.id) or first) if decision.free else "0"
    return sent


def test_a_file_is_brought_and_its_table_shown_with_what_is_to_be_decided(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    draft = bring(client, TABLE, name="C:\\datos\\cuadro.csv")
    assert (draft.draft_state, draft.filename, draft.account) == (DraftState.DRAFTED, "cuadro.csv", analyst)
    page = text_of(client.get(f"/es/mesa/borradores/{draft.id}/"))
    assert "Encabezado en la fila 2" in page
    assert "Haití 10 2 12" in page
    assert "¿Qué código lleva «Congo»?" in page
    assert "Cuando no quede nada por decidir, el archivo se lee con el borrador" in page
    english = text_of(client.get(f"/en/workbench/drafts/{draft.id}/"))
    assert "Which code does “Congo” take?" in english
    assert "cuadro.csv" in text_of(client.get("/es/mesa/borradores/"))
    assert Event.objects.get(object_type="profile_draft").kind == "profile_drafted"


def test_decisions_are_kept_in_part_taken_back_and_the_file_is_read_when_nothing_is_open(
    signed_in: Any, analyst: "User"
) -> None:
    client = signed_in(analyst)
    draft = bring(client, TABLE)
    address = f"/es/mesa/borradores/{draft.id}/"
    sent = first_answers(draft)
    some = dict(list(sent.items())[:2])
    assert "Algunas quedan por tomar" in text_of(client.post(f"{address}decide/", some, follow=True))
    assert len(ProfileDraft.objects.get().answers) == 2
    marked = client.get(f"{address}profile.yaml").content.decode()
    assert "profile: HND.INM.ingresos" in marked
    assert "DECIDE: MEASURE" in marked
    assert "Ya no queda nada por decidir" in text_of(client.post(f"{address}decide/", sent, follow=True))
    page = text_of(client.post(f"{address}decide/", {**sent, "read": "1"}, follow=True))
    assert "Leídas 8 = Aceptadas 8" in page
    assert "2022-01" in page
    assert not Vintage.objects.exists()
    response = client.get(f"{address}profile.yaml")
    assert response.headers["Content-Disposition"] == 'attachment; filename="HND.INM.ingresos.yaml"'
    profile = read_profile(response.content, name="x.yaml")
    assert (profile.author, run_samples(profile)) == ("Dirección de Estadística", ())
    number = [decision.id for decision in draft.draft.decisions].index("MEASURE")
    client.post(f"{address}decide/", {f"decision-{number}": "?"})
    taken_back = ProfileDraft.objects.get()
    assert [decision.id for decision in taken_back.left] == ["MEASURE"]
    assert taken_back.outcome is None
    said = text_of(client.post(f"{address}decide/", {"read": "1"}, follow=True))
    assert "Quedan decisiones por tomar" in said


def test_who_took_each_decision_and_when_is_kept_and_shown(
    signed_in: Any, analyst: "User", statistician: "User"
) -> None:
    draft = bring(signed_in(analyst), TABLE)
    address, sent = f"/es/mesa/borradores/{draft.id}/", first_answers(draft)
    measure = [decision.id for decision in draft.draft.decisions].index("MEASURE")
    client = signed_in(analyst)
    client.post(f"{address}decide/", sent)
    client.post(f"{address}decide/", sent)
    assert DraftDecision.objects.count() == len(sent), "the same answer again is no decision"
    other = signed_in(statistician)
    other.post(f"{address}decide/", {f"decision-{measure}": "?"})
    other.post(f"{address}decide/", {f"decision-{measure}": "1"})
    changed = DraftDecision.objects.filter(decision="MEASURE").order_by("id")
    assert [(one.account, one.answer is None) for one in changed] == [
        (analyst, False),
        (statistician, True),
        (statistician, False),
    ]
    assert all(one.at.tzinfo for one in changed)
    page = text_of(other.get(address))
    assert f"Decidió {statistician.full_name}" in page
    assert f"Decidió {analyst.full_name}" in page
    assert "retirada" in page
    assert f"Decided by {analyst.full_name}" in text_of(other.get(f"/en/workbench/drafts/{draft.id}/"))
    client.post(f"{address}decide/", {"parameter-year": "2022"})
    assert DraftDecision.objects.count() == len(sent) + 2
    client.post(f"{address}quitar/")
    assert not ProfileDraft.objects.exists()
    assert not DraftDecision.objects.exists()


def test_who_took_a_decision_that_stands_does_not_install_the_profile(
    signed_in: Any, analyst: "User", statistician: "User"
) -> None:
    draft = read_by_its_draft(signed_in(analyst))
    address = f"/es/mesa/borradores/{draft.id}/"
    DraftDecision.objects.filter(decision="MEASURE").update(account=statistician)
    client = signed_in(statistician)
    assert "Usted tomó una decisión de este borrador" in text_of(client.get(address))
    said = text_of(client.post(f"{address}instalar/", follow=True))
    assert "Quien tomó una decisión del borrador no lo instala" in said
    assert not ProfileVersion.objects.exists()


def test_an_answer_that_is_none_is_said_at_its_question_and_the_others_are_kept(
    signed_in: Any, analyst: "User"
) -> None:
    client = signed_in(analyst)
    draft = bring(client, TABLE)
    sent = {**first_answers(draft, profile="sin puntos"), "decision-99": "0"}
    response = client.post(f"/es/mesa/borradores/{draft.id}/decide/", sent)
    assert response.status_code == 400
    assert "«sin puntos» no es una respuesta" in text_of(response)
    assert "profile" not in ProfileDraft.objects.get().answers
    assert "MEASURE" in ProfileDraft.objects.get().answers


def test_what_the_file_does_not_say_is_asked_and_a_reading_that_fails_is_explained(
    signed_in: Any, analyst: "User"
) -> None:
    client = signed_in(analyst)
    draft = bring(client, "País,Enero,Febrero\nHaití,1,2\nCuba,3,4\n")
    address = f"/es/mesa/borradores/{draft.id}/"
    assert "Año del cuadro" in text_of(client.get(address))
    sent = {**first_answers(draft), "read": "1"}
    assert "no se indicó" in text_of(client.post(f"{address}decide/", sent, follow=True))
    page = text_of(client.post(f"{address}decide/", {**sent, "parameter-year": "2022"}, follow=True))
    assert "Leídas 4 = Aceptadas 4" in page
    assert "Primeros registros" in page


def test_of_a_file_with_a_row_for_each_person_nothing_is_shown_or_kept(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    draft = bring(client, PERSONS)
    page = client.get(f"/es/mesa/borradores/{draft.id}/").content.decode()
    assert "Un archivo con una fila por persona" in page
    assert "Leer el archivo" not in page
    whole = page + str(draft.draft_json) + client.get(f"/es/mesa/borradores/{draft.id}/profile.yaml").content.decode()
    assert not [secret for secret in ("Inventada", "ZX-1", "23/06/2016") if secret in whole]
    assert list(settings.ISTMO_DRAFTS.iterdir()) == []
    assert not drafting.has_file(draft, settings.ISTMO_DRAFTS, at=datetime.now(UTC))


def test_a_file_without_a_table_is_refused_in_words_and_not_kept(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    draft = bring(client, "solo una frase\n")
    page = text_of(client.get(f"/es/mesa/borradores/{draft.id}/"))
    assert "No se encontró una tabla" in page
    assert "El archivo no se guardó" in page
    assert list(settings.ISTMO_DRAFTS.iterdir()) == []
    assert client.get(f"/es/mesa/borradores/{draft.id}/profile.yaml").status_code == 404
    assert "Sin tabla" in text_of(client.get("/es/mesa/borradores/"))


def test_a_form_without_a_file_or_with_one_too_large_says_what_to_do(
    signed_in: Any, analyst: "User", monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(analyst)
    assert "Todavía no hay borradores" in text_of(client.get("/es/mesa/borradores/"))
    assert "Elija primero un archivo" in text_of(client.post("/es/mesa/borradores/nuevo/", {}))
    empty = {"file": SimpleUploadedFile("a.csv", b"")}
    assert "El archivo está vacío" in text_of(client.post("/es/mesa/borradores/nuevo/", empty))
    monkeypatch.setattr(drafting, "BOUNDS", drafting.Bounds(file_bytes=10))
    large = {"file": SimpleUploadedFile("a.csv", b"x" * 11)}
    response = client.post("/es/mesa/borradores/nuevo/", large)
    assert response.status_code == 400
    assert "pasa de 0 MB" in text_of(response)
    assert not ProfileDraft.objects.exists()
    assert list(settings.ISTMO_DRAFTS.iterdir()) == []


def test_a_draft_is_removed_with_its_file_after_a_confirmation(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    draft = bring(client, TABLE)
    address = f"/es/mesa/borradores/{draft.id}/quitar/"
    assert "No se puede deshacer" in text_of(client.get(address))
    assert "se quitaron" in text_of(client.post(address, follow=True))
    assert not ProfileDraft.objects.exists()
    assert list(settings.ISTMO_DRAFTS.iterdir()) == []
    assert Event.objects.filter(kind="file_removed", object_id=str(draft.id)).count() == 1


def test_a_reader_has_no_drafts_and_a_state_sees_its_own_only(signed_in: Any, analyst: "User", reader: "User") -> None:
    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.roles import AccountRole

    draft = bring(signed_in(analyst), TABLE)
    assert signed_in(reader).get("/es/mesa/borradores/").status_code == 403
    of_panama = User.objects.create_user(
        "eva",
        full_name="Eva Ejemplo",
        role=AccountRole("statistician"),
        password="frase-larga-de-prueba-1",
        member="PAN",
    )
    client = signed_in(of_panama)
    assert client.get(f"/es/mesa/borradores/{draft.id}/").status_code == 404
    assert "cuadro.csv" not in text_of(client.get("/es/mesa/borradores/"))


def test_a_file_that_is_being_looked_at_says_so_and_one_that_nobody_looks_at_can_be_begun_again(
    signed_in: Any, analyst: "User"
) -> None:
    client = signed_in(analyst)
    now = datetime.now(UTC)
    draft = drafting.receive(
        io.BytesIO(TABLE.encode()), filename="cuadro.csv", account=analyst, directory=settings.ISTMO_DRAFTS, at=now
    )
    address = f"/es/mesa/borradores/{draft.id}/"
    draft.begun_at = now
    draft.save()
    response = client.get(address)
    assert "Se está mirando el archivo" in text_of(response)
    assert response.headers["Refresh"] == "2"
    draft.begun_at = now - 2 * drafting.LASTS
    draft.save()
    assert "Se interrumpió" in text_of(client.get(address))
    client.post(f"{address}again/")
    assert ProfileDraft.objects.get().draft_state is DraftState.DRAFTED
    client.post(f"{address}again/")  # nothing is interrupted any more
    assert ProfileDraft.objects.get().draft_state is DraftState.DRAFTED


def test_files_are_kept_for_some_days_and_what_no_draft_keeps_is_removed(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    draft = bring(client, TABLE)
    (settings.ISTMO_DRAFTS / "left-behind").mkdir()
    (settings.ISTMO_DRAFTS / "lost").write_bytes(b"x")
    now = datetime.now(UTC)
    assert drafting.expire(settings.ISTMO_DRAFTS, at=now) == 2
    assert drafting.has_file(draft, settings.ISTMO_DRAFTS, at=now)
    later = now + drafting.KEPT_FOR + timedelta(days=1)
    assert drafting.expire(settings.ISTMO_DRAFTS, at=later) == 1
    sent = {**first_answers(draft), "read": "1"}
    said = text_of(client.post(f"/es/mesa/borradores/{draft.id}/decide/", sent, follow=True))
    assert "El archivo ya no está aquí" in said


def test_a_list_of_many_labels_is_asked_in_parts(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    rows = "".join(f"2020-01-01,Etiqueta {number},1\n" for number in range(150))
    draft = bring(client, "t,Nacionalidad,n\n" + rows)
    page = client.get(f"/es/mesa/borradores/{draft.id}/")
    assert page.content.decode().count('class="pill warn"') == 120
    assert "siguen cuando se tomen algunas" in text_of(page)


# --- installing


@pytest.fixture
def statistician(database: None) -> "User":
    from .conftest import person

    return person("eli", "Elisa Prueba", "statistician")


def read_by_its_draft(client: Any, **own: str) -> ProfileDraft:
    draft = bring(client, TABLE)
    client.post(f"/es/mesa/borradores/{draft.id}/decide/", {**first_answers(draft, **own), "read": "1"})
    return ProfileDraft.objects.get()


def test_another_person_installs_the_profile_and_such_files_are_read_and_stored_by_it(
    signed_in: Any, analyst: "User", statistician: "User"
) -> None:
    draft = read_by_its_draft(signed_in(analyst))
    address = f"/es/mesa/borradores/{draft.id}/"
    assert "Lo instala aquí una persona de estadística" in text_of(signed_in(analyst).get(address))
    assert signed_in(analyst).post(f"{address}instalar/").status_code == 403
    client = signed_in(statistician)
    assert "Instalar el perfil" in text_of(client.get(address))
    page = text_of(client.post(f"{address}instalar/", {"note": "cuadro nuevo"}, follow=True))
    assert "Desde ahora los archivos se leen con HND.INM.ingresos@1.0.0." in page
    assert "Los archivos se leen con HND.INM.ingresos@1.0.0. Enviar el archivo · Versiones del perfil" in page
    assert "Instalar el perfil" not in page
    assert "Files are read by HND.INM.ingresos@1.0.0." in text_of(client.get(f"/en/workbench/drafts/{draft.id}/"))
    assert Event.objects.filter(kind="profile_installed", account=statistician).count() == 1
    client.post("/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile("cuadro.csv", TABLE.encode())})
    submission = Submission.objects.get()
    assert (submission.profile, submission.accepted, submission.quarantined) == ("HND.INM.ingresos@1.0.0", 8, 0)
    assert Vintage.objects.count() == 1
    page = text_of(client.get(f"/es/mesa/archivos/{submission.id}/"))
    assert "Llegan al explorador y al informe cuando el registro de conjuntos de datos" in page
    assert client.get("/es/mesa/correspondencias/HND.INM.ingresos/propuesta/").status_code == 200


def test_a_draft_is_not_installed_by_who_brought_it_nor_before_it_reads_the_file(
    signed_in: Any, statistician: "User", analyst: "User"
) -> None:
    client = signed_in(statistician)
    draft = read_by_its_draft(client)
    address = f"/es/mesa/borradores/{draft.id}/"
    assert "Usted trajo el archivo. Otra persona instala su perfil." in text_of(client.get(address))
    assert "Quien trajo el archivo no instala su perfil" in text_of(client.post(f"{address}instalar/", follow=True))
    ProfileDraft.objects.update(account=analyst, outcome=None)
    assert "Un borrador se instala cuando con él se lee el archivo" in text_of(
        client.post(f"{address}instalar/", follow=True)
    )
    assert not ProfileVersion.objects.exists()


def test_a_version_that_exists_already_is_not_installed_again(
    signed_in: Any, analyst: "User", statistician: "User"
) -> None:
    draft = read_by_its_draft(signed_in(analyst), profile="PAN.SNM.cuadro003")
    client = signed_in(statistician)
    page = text_of(client.post(f"/es/mesa/borradores/{draft.id}/instalar/", follow=True))
    assert "no es posterior a la vigente" in page
    assert not ProfileVersion.objects.exists()


def test_the_page_of_a_file_that_no_profile_recognises_leads_to_a_draft(signed_in: Any, analyst: "User") -> None:
    client = signed_in(analyst)
    client.post("/es/mesa/archivos/nuevo/", {"file": SimpleUploadedFile("cuadro.csv", TABLE.encode())})
    submission = Submission.objects.get()
    for path, link, words in (
        ("/es/mesa/archivos", "/es/mesa/borradores/nuevo/", "Hacer un borrador de perfil de este archivo"),
        ("/en/workbench/files", "/en/workbench/drafts/new/", "Draft a profile from this file"),
    ):
        assert f'<a href="{link}">{words}</a>' in client.get(f"{path}/{submission.id}/").content.decode()
