"""What lies outside the usual, as the analyst sees it: the list, a decision, its trace in the comment, its undoing."""

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from istmo.hub.briefs.models import BriefEdition
    from istmo.installation.accounts.models import User

PAGE = {"es": "/es/mesa/fuera-de-lo-usual/2023-08/", "en": "/en/workbench/outside-the-usual/2023-08/"}
SENEGAL = "HND.INM.flujo/ENT_IRR/2023-08/nationality/SEN"


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def decide(client: Any, decision: str, *, anomaly: str = SENEGAL, note: str = "") -> Any:
    return client.post(
        "/es/mesa/fuera-de-lo-usual/2023-08/1/decide/",
        {"anomaly": anomaly, "decision": decision, "note": note},
        follow=True,
    )


def test_the_list_says_what_is_unusual_what_services_may_need_and_what_was_left_out(
    draft: "BriefEdition", analyst: "User", signed_in: Any
) -> None:
    seen = text_of(signed_in(analyst).get(PAGE["es"]))
    assert "Fuera de lo usual: agosto de 2023" in seen
    assert "De personas de Senegal, Honduras registró 1,629 ingresos irregulares en agosto de 2023" in seen
    assert "con interpretación en wólof y francés según lo que cada persona pida" in seen
    assert "no son su causa probada" in seen
    assert "Otro informante parece leer la misma etiqueta con otro código (R18a)." in seen
    assert "Mencionar en el comentario" in seen
    english = text_of(signed_in(analyst).get(PAGE["en"]))
    assert "Of people from Senegal, Honduras registered 1,629 irregular entries in August 2023" in english


def test_a_mention_puts_the_sentences_into_the_comment_in_both_languages_and_can_be_taken_back(
    draft: "BriefEdition", analyst: "User", signed_in: Any
) -> None:
    from istmo.hub.briefs import workflow
    from istmo.installation.audit.models import Event
    from istmo.web.templatetags.accounts import more_about

    workflow.write_analysis(draft, es="Lo primero.", en="What came first.", account=analyst)
    client = signed_in(analyst)
    seen = text_of(decide(client, "mention"))
    assert "Las frases se pusieron al final del comentario, en los dos idiomas." in seen
    assert "Mencionado en el comentario" in seen
    assert "Ana Ejemplo" in seen
    draft.refresh_from_db()
    assert draft.analysis_es.startswith("Lo primero.\n\nDe personas de Senegal, Honduras registró 1,629")
    assert draft.analysis_en.startswith("What came first.\n\nOf people from Senegal, Honduras registered 1,629")
    assert "ya estaba tomada" in text_of(decide(client, "mention"))
    decide(client, "open")
    draft.refresh_from_db()
    assert (draft.analysis_es, draft.analysis_en) == ("Lo primero.", "What came first.")
    assert [one.decision for one in draft.judgements.all()] == ["mention", "open"]
    written = Event.objects.filter(kind="anomaly_judged").order_by("at")
    assert [(event.codes, event.counts) for event in written] == [
        *(({"decision": "mention"}, {}), ({"decision": "open"}, {})),
    ]
    assert [more_about(event) for event in written] == [["Mencionado en el comentario"], ["Por decidir"]]


def test_words_that_the_analyst_changed_stay_when_a_mention_is_taken_back(
    draft: "BriefEdition", analyst: "User", signed_in: Any
) -> None:
    from istmo.hub.briefs import workflow

    client = signed_in(analyst)
    decide(client, "mention")
    draft.refresh_from_db()
    own = draft.analysis_es.replace("1,629 ingresos", "más ingresos (1,629)")
    workflow.write_analysis(draft, es=own, en=draft.analysis_en, account=analyst)
    assert "se ha redactado de otro modo" in text_of(client.get(PAGE["es"]))
    decide(client, "open")
    draft.refresh_from_db()
    assert (draft.analysis_es, draft.analysis_en) == (own, "")


def test_leaving_out_needs_a_reason_which_is_kept(draft: "BriefEdition", analyst: "User", signed_in: Any) -> None:
    client = signed_in(analyst)
    assert "Falta decir por qué no se menciona." in text_of(decide(client, "leave"))
    assert draft.judgements.count() == 0
    seen = text_of(decide(client, "leave", note="Ya se dijo en julio."))
    assert "Dejado fuera del comentario" in seen
    assert "Ya se dijo en julio." in seen
    draft.refresh_from_db()
    assert draft.analysis_es == ""


def test_only_the_analyst_decides_and_only_while_the_edition_is_a_draft(
    published: "BriefEdition", analyst: "User", approver: "User", reader: "User", signed_in: Any
) -> None:
    assert "Mencionar en el comentario" not in text_of(signed_in(analyst).get(PAGE["es"]))
    assert "Se decide mientras la edición es un borrador." in text_of(decide(signed_in(analyst), "mention"))
    assert decide(signed_in(approver), "mention").status_code == 403
    assert signed_in(reader).get(PAGE["es"]).status_code == 200
    assert published.judgements.count() == 0


@pytest.mark.parametrize("anomaly", ["HND.INM.flujo/ENT_IRR/2023-08/nationality/FRA", "", "x" * 300])
def test_what_is_not_outside_the_usual_cannot_be_decided_on(
    draft: "BriefEdition", analyst: "User", signed_in: Any, anomaly: str
) -> None:
    assert "ya no está fuera de lo usual" in text_of(decide(signed_in(analyst), "mention", anomaly=anomaly))
    assert decide(signed_in(analyst), "perhaps").status_code == 404


def test_a_month_without_an_edition_is_read_from_what_is_in_force_and_a_month_without_figures_is_not_found(
    figures: None, analyst: "User", signed_in: Any
) -> None:
    client = signed_in(analyst)
    seen = text_of(client.get(PAGE["en"]))
    assert "what is in force now; no edition of the month has been opened" in seen
    assert "Mention in the comment" not in seen
    assert client.get("/en/workbench/outside-the-usual/2030-01/").status_code == 404


def test_the_list_opens_at_the_brief_in_work_else_at_the_latest_month_and_says_when_there_is_nothing(
    database: None, analyst: "User", signed_in: Any
) -> None:
    seen = text_of(signed_in(analyst).get("/es/mesa/fuera-de-lo-usual/"))
    assert "Aún no se han recibido cifras" in seen


def test_the_menu_leads_to_the_month_of_the_brief_in_work(
    draft: "BriefEdition", analyst: "User", signed_in: Any
) -> None:
    client = signed_in(analyst)
    assert client.get("/es/mesa/fuera-de-lo-usual/")["Location"] == PAGE["es"]
    chosen = client.get("/es/mesa/fuera-de-lo-usual/", {"month": "2023-07"})
    assert chosen["Location"] == "/es/mesa/fuera-de-lo-usual/2023-07/"
    assert 'href="/es/mesa/fuera-de-lo-usual/"' in client.get("/es/mesa/").content.decode()


def test_the_latest_month_is_shown_where_no_brief_is_in_work(figures: None, analyst: "User", signed_in: Any) -> None:
    assert signed_in(analyst).get("/es/mesa/fuera-de-lo-usual/")["Location"] == PAGE["es"]


def test_a_visitor_is_asked_to_sign_in(figures: None, client: Any) -> None:
    assert client.get(PAGE["es"]).status_code == 302
