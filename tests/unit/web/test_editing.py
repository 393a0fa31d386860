"""The brief in the workbench: the comment as it will be printed, two writers at once, corrections, the right of reply,
editions side by side, the Word document, withdrawal, and who is late.
"""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import docx
import pytest

from istmo.hub.briefs import replies, workflow
from istmo.hub.briefs.models import BriefEdition
from istmo.hub.deliveries.models import Contact, Reminder
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.model.periods import month
from istmo.statistics.brief.values import BriefState

EDITION = "/es/mesa/informes/2023-08/1/"
TYPED = {"es": "Sube en agosto.", "en": "It rises in August."}
AT = datetime(2023, 9, 20, 9, tzinfo=UTC)

SignedIn = Callable[[User], Any]


def text_of(response: Any) -> str:
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def honduras(database: None) -> User:
    made = User.objects.create_user(
        "estela", full_name="Estela Ejemplo", role=AccountRole.STATISTICIAN, password=None, member="HND"
    )
    assert isinstance(made, User)
    return made


@pytest.fixture
def analysed(draft: BriefEdition, analyst: User, honduras: User) -> BriefEdition:
    workflow.write_analysis(draft, es="Análisis.", en="Analysis.", account=analyst)
    return workflow.move(draft, BriefState.ANALYSED, account=analyst, at=datetime.now(UTC))


# --- the comment


def test_the_comment_is_shown_as_it_will_be_printed_and_not_saved(
    signed_in: SignedIn, analyst: User, draft: BriefEdition
) -> None:
    client = signed_in(analyst)
    response = client.post(f"{EDITION}save/", {**TYPED, "try": "yes", "version": "0"})
    assert response.status_code == 200
    assert "Como se imprimirá" in text_of(response)
    assert ">Sube en agosto.</textarea>" in response.content.decode()
    draft.refresh_from_db()
    assert draft.analysis_es == ""
    fragment = client.post(f"{EDITION}comment/", {"es": "El flujo total de la región.", "en": ""})
    assert "Palabras que ningún informe lleva: flujo total de la región" in text_of(fragment)
    assert "<html" not in fragment.content.decode()


def test_a_text_with_marks_of_html_is_shown_as_text(signed_in: SignedIn, analyst: User, draft: BriefEdition) -> None:
    client = signed_in(analyst)
    shown = client.post(f"{EDITION}comment/", {"es": "<script>x</script>", "en": "b"}).content.decode()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_two_analysts_see_both_texts_and_nothing_is_lost(
    signed_in: SignedIn, analyst: User, draft: BriefEdition
) -> None:
    client = signed_in(analyst)
    workflow.write_analysis(draft, es="De otra persona.", en="Somebody else’s.", account=analyst, version=0)
    response = client.post(f"{EDITION}save/", {**TYPED, "version": "0"})
    assert response.status_code == 200
    said = text_of(response)
    assert "Otra persona guardó el comentario mientras usted escribía" in said
    assert "De otra persona." in said
    assert "Sube en agosto." in said
    draft.refresh_from_db()
    assert draft.analysis_es == "De otra persona."
    assert 'name="version" value="1"' in response.content.decode()
    client.post(f"{EDITION}save/", {**TYPED, "version": "1"})
    draft.refresh_from_db()
    assert draft.analysis_es == "Sube en agosto."


# --- corrections, comparison, Word


def test_a_second_edition_asks_for_its_notice_and_shows_what_changed(
    signed_in: SignedIn, analyst: User, published: BriefEdition, client: Any
) -> None:
    workflow.open_edition(month(2023, 8), account=analyst, at=AT, demonstration=True)
    second = "/es/mesa/informes/2023-08/2/"
    client = signed_in(analyst)
    assert "Nota de corrección" in text_of(client.get(second))
    client.post(f"{second}save/", {**TYPED, "version": "0"})
    refused = client.post(f"{second}save/", {**TYPED, "version": "1", "close": "yes"}, follow=True)
    assert "Falta decir en español y en inglés qué cambia" in text_of(refused)
    client.post(f"{second}correction/", {"es": "Corrige una errata.", "en": "Corrects a slip."})
    difference = text_of(client.get(f"{second}frente-a/1/"))
    assert "Edición 2 frente a la edición 1" in difference
    assert "Análisis." in difference
    assert "Sube en agosto." in difference
    assert "Edition 2 against edition 1" in text_of(client.get("/en/workbench/briefs/2023-08/2/against/1/"))


def test_an_edition_that_differs_in_nothing_says_so(
    signed_in: SignedIn, analyst: User, published: BriefEdition
) -> None:
    second = workflow.open_edition(month(2023, 8), account=analyst, at=AT, demonstration=True)
    workflow.write_analysis(second, es="Análisis.", en="Analysis.", account=analyst)
    response = signed_in(analyst).get("/es/mesa/informes/2023-08/2/frente-a/1/")
    assert "Las dos ediciones dicen lo mismo" in text_of(response)


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_draft_leaves_as_a_word_document(
    signed_in: SignedIn, analyst: User, draft: BriefEdition, language: str
) -> None:
    workflow.write_analysis(draft, es="Análisis.", en="Analysis.", account=analyst)
    response = signed_in(analyst).get(f"{EDITION}word.{language}.docx")
    assert response["Content-Disposition"] == f'attachment; filename="istmo-2023-08-1-DRAFT.{language}.docx"'
    document = docx.Document(io.BytesIO(response.content))
    written = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert {"es": "BORRADOR", "en": "DRAFT"}[language] in written
    assert {"es": "Análisis.", "en": "Analysis."}[language] in written
    assert signed_in(analyst).get(f"{EDITION}word.fr.docx").status_code == 404


def test_the_earlier_edition_shows_what_the_later_one_corrects(
    client: Any, analyst: User, approver: User, published: BriefEdition
) -> None:
    from istmo.web.hub.editions import style_sheet

    second = workflow.open_edition(month(2023, 8), account=analyst, at=AT, demonstration=True)
    workflow.write_analysis(second, es="a", en="b", account=analyst)
    workflow.write_correction(second, es="Corrige una errata.", en="Corrects a slip.", account=analyst)
    for state, who in (
        (BriefState.ANALYSED, analyst),
        (BriefState.APPROVED, approver),
        (BriefState.PUBLISHED, approver),
    ):
        workflow.move(second, state, account=who, at=AT, css=style_sheet())
    assert "Corrects a slip." in text_of(client.get("/en/briefs/2023-08/1/"))
    assert "What this edition corrects" in text_of(client.get("/en/briefs/2023-08/2/"))


# --- the right of reply


def test_a_member_sees_its_part_and_its_note_is_kept(
    signed_in: SignedIn, honduras: User, analysed: BriefEdition
) -> None:
    client = signed_in(honduras)
    assert "sin respuesta aún" in text_of(client.get("/es/mesa/replicas/"))
    page = client.get("/es/mesa/replicas/2023-08/1/")
    assert "Bajo embargo" in text_of(page)
    assert "65,526" in text_of(page)
    assert "81,946" not in text_of(page)
    assert "no-store" in page["Cache-Control"]
    half = client.post("/es/mesa/replicas/2023-08/1/answer/", {"es": "Solo español.", "en": ""})
    assert "falta en uno de los dos idiomas" in text_of(half)
    assert ">Solo español.</textarea>" in half.content.decode()
    empty = client.post("/es/mesa/replicas/2023-08/1/answer/", {"es": " ", "en": ""}, follow=True)
    assert "La nota está vacía" in text_of(empty)
    kept = client.post("/es/mesa/replicas/2023-08/1/answer/", {"es": "Una nota.", "en": "A note."}, follow=True)
    assert "La nota se recibió" in text_of(kept)
    assert [note.text.en for note in replies.notes(analysed)] == ["A note."]
    nothing = client.post("/es/mesa/replicas/2023-08/1/answer/", {"nothing": "yes"}, follow=True)
    assert "nada que añadir" in text_of(nothing)
    assert replies.notes(analysed) == ()


def test_the_approver_sees_whom_the_edition_waits_for(
    signed_in: SignedIn, approver: User, analysed: BriefEdition
) -> None:
    said = text_of(signed_in(approver).get(EDITION))
    assert "Honduras · sin respuesta aún" in said
    assert "La edición espera a los miembros nombrados arriba" in said


@pytest.mark.parametrize("who", ["analyst", "approver", "reader", "belize"])
def test_nobody_else_sees_a_part_under_embargo(
    signed_in: SignedIn, analysed: BriefEdition, who: str, request: pytest.FixtureRequest
) -> None:
    if who == "belize":
        account = User.objects.create_user(
            "belen", full_name="Belén", role=AccountRole.STATISTICIAN, password=None, member="BLZ"
        )
    else:
        account = request.getfixturevalue(who)
    assert signed_in(account).get("/es/mesa/replicas/2023-08/1/").status_code in (403, 404)


def test_a_part_is_not_shown_before_or_after_its_time(signed_in: SignedIn, honduras: User, draft: BriefEdition) -> None:
    client = signed_in(honduras)
    assert client.get("/es/mesa/replicas/2023-08/1/").status_code == 404
    assert "Ninguna edición espera su respuesta" in text_of(client.get("/es/mesa/replicas/"))
    assert client.get(EDITION).status_code == 403


# --- withdrawal


def test_a_month_is_withdrawn_by_two_people_and_its_address_says_why(
    signed_in: SignedIn, analyst: User, approver: User, published: BriefEdition
) -> None:
    client = signed_in(analyst)
    client.post(f"{EDITION}withdraw/", {"es": "Contó dos veces.", "en": "Counted twice."})
    assert client.get("/es/informes/2023-08/1/").status_code == 200
    assert "Descartar la propuesta" in text_of(client.get(EDITION))
    assert "Retirar la edición" not in text_of(client.get(EDITION))
    client = signed_in(approver)
    assert "Retirar la edición" in text_of(client.get(EDITION))
    client.post(f"{EDITION}withdraw/", {"confirm": "yes"})
    page = client.get("/en/briefs/2023-08/1/")
    assert page.status_code == 410
    assert "Counted twice." in text_of(page)
    assert "81,946" not in text_of(page)
    assert client.get("/es/informes/2023-08/1/brief.xlsx").status_code == 302
    assert "Retirada" in text_of(client.get("/es/informes/"))
    assert "81,946" not in text_of(client.get("/es/"))


def test_a_proposal_can_be_dropped(signed_in: SignedIn, analyst: User, published: BriefEdition) -> None:
    client = signed_in(analyst)
    empty = client.post(f"{EDITION}withdraw/", {"es": "", "en": ""}, follow=True)
    assert "Falta la razón" in text_of(empty)
    client.post(f"{EDITION}withdraw/", {"es": "a", "en": "b"})
    dropped = client.post(f"{EDITION}withdraw/", {"drop": "yes"}, follow=True)
    assert "La propuesta se descartó" in text_of(dropped)
    assert client.get("/es/informes/2023-08/1/").status_code == 200


# --- deliveries


def test_the_calendar_and_the_chase_list_say_who_is_late(signed_in: SignedIn, analyst: User, figures: None) -> None:
    client = signed_in(analyst)
    page = client.get("/es/mesa/entregas/?first=2023-07&last=2023-08")
    assert "Calendario de cobertura" in text_of(page)
    assert "PAN.SNM.cuadro003" in text_of(page)
    assert page.content.decode().count('<th scope="col"><abbr') == 2
    assert "Estimadas y estimados colegas" in text_of(page)
    for query in ("first=2023-08&last=2022-01", "first=1900-01", "first=2090-01", "first=abc", "first=2023"):
        assert client.get(f"/en/workbench/deliveries/?{query}").status_code == 200
    about = {"dataset": "PAN.SNM.cuadro003"}
    kept = client.post(
        "/es/mesa/entregas/contact/", {**about, "name": "Foco", "address": "foco@example.org"}, follow=True
    )
    assert "El contacto quedó guardado" in text_of(kept)
    assert Contact.objects.get().name == "Foco"
    noted = client.post("/es/mesa/entregas/remind/", {**about, "month": "2026-10", "channel": "email"}, follow=True)
    assert "El recordatorio quedó anotado" in text_of(noted)
    assert Reminder.objects.count() == 1
    refused = client.post("/es/mesa/entregas/remind/", {**about, "month": "2026-10", "channel": "x"}, follow=True)
    assert "No se conoce ese medio" in text_of(refused)
    assert "El contacto se quitó" in text_of(
        client.post("/es/mesa/entregas/contact/", {**about, "name": ""}, follow=True)
    )


def test_a_statistician_sees_only_the_deliveries_of_its_state(
    signed_in: SignedIn, honduras: User, figures: None
) -> None:
    said = text_of(signed_in(honduras).get("/es/mesa/entregas/"))
    assert "HND.INM.flujo" in said
    assert "PAN.SNM" not in said
    assert "Anotar el recordatorio" not in said
    assert signed_in(honduras).post("/es/mesa/entregas/remind/", {}).status_code == 403
