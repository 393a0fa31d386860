"""The directory of focal points: named, changed, ended; nothing recorded is lost; a State names its own alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from istmo.hub.deliveries import chasing
from istmo.hub.directory import exporting, keeping
from istmo.hub.directory.models import FocalPoint
from istmo.installation.accounts.models import User
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.distribution.contents import read_focal_points, write_focal_points
from istmo.registry.distribution.layout import focal_points_path

SignedIn = Callable[[User], Any]
PANAMA = "/es/mesa/directorio/pan/"
TYPED = {
    "theme": "INFORMATION_SYSTEM",
    "rank": "holder",
    "name": "Persona Inventada",
    "function": "Jefatura de estadística",
    "institution": "SNM",
    "languages": "es en",
    "address": "foco@example.org",
    "telephone": "",
    "since": "2016-11-04",
    "note": "Nota 12/2016",
}


def text_of(response: Any) -> str:
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def panama(database: None) -> User:
    made = User.objects.create_user(
        "pana", full_name="Pana Ejemplo", role=AccountRole.STATISTICIAN, password=None, member="PAN"
    )
    assert isinstance(made, User)
    return made


def test_nobody_is_named_at_first_and_the_page_says_so(signed_in: SignedIn, reader: User) -> None:
    client = signed_in(reader)
    assert "nadie nombrado" in text_of(client.get("/es/mesa/directorio/"))
    page = text_of(client.get(PANAMA))
    assert "aún no ha nombrado puntos focales" in page
    assert "Nombrar el punto focal" not in page
    assert client.get("/es/mesa/directorio/xxx/").status_code == 404
    assert client.post(f"{PANAMA}name/", TYPED).status_code == 403


def test_a_focal_point_is_named_changed_and_ended_and_the_history_keeps_all(signed_in: SignedIn, analyst: User) -> None:
    client = signed_in(analyst)
    page = text_of(client.post(f"{PANAMA}name/", TYPED, follow=True))
    assert "El punto focal quedó nombrado" in page
    assert "Persona Inventada, Jefatura de estadística" in page
    point = FocalPoint.objects.get().point
    changed = {**TYPED, "name": "Otra Persona", "seen": "1"}
    assert "Otra Persona" in text_of(client.post(f"{PANAMA}{point}/change/", changed, follow=True))
    ended = client.post(f"{PANAMA}{point}/end/", {"seen": "2", "until": "2016-12-31", "note": "Traslado"}, follow=True)
    page = text_of(ended)
    assert "aún no ha nombrado puntos focales" in page
    assert "Persona Inventada" in page
    assert "Traslado" in page
    assert [entry.version for entry in keeping.history("PAN")] == [3, 2, 1]
    assert Event.objects.filter(kind="focal_point_recorded", object_id="PAN.INFORMATION_SYSTEM").count() == 3
    assert keeping.serving("PAN", on=date(2016, 12, 31))[0].name == "Otra Persona"
    assert "Persona" not in str(Event.objects.filter(kind="focal_point_recorded").values())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Falta el nombre o la institución"),
        ({"address": "", "telephone": ""}, "no se le puede consultar"),
        ({"address": "foco"}, "dirección de correo no sirve"),
        ({"languages": "es klingon"}, "No se conoce el idioma «klingon»"),
        ({"since": "ayer"}, "La fecha no se puede leer"),
        ({"theme": "HUNT"}, "no está en el registro"),
        ({"name": "x" * 201}, "muy largo"),
    ],
)
def test_a_wrong_form_is_refused_and_what_was_typed_stays(
    signed_in: SignedIn, analyst: User, wrong: dict[str, str], said: str
) -> None:
    response = signed_in(analyst).post(f"{PANAMA}name/", {**TYPED, **wrong})
    assert response.status_code == 400
    assert said in text_of(response)
    assert 'value="SNM"' in response.content.decode()
    assert not FocalPoint.objects.exists()


def test_two_people_who_change_one_entry_do_not_lose_either(signed_in: SignedIn, analyst: User) -> None:
    client = signed_in(analyst)
    client.post(f"{PANAMA}name/", TYPED)
    point = FocalPoint.objects.get().point
    client.post(f"{PANAMA}{point}/change/", {**TYPED, "seen": "1", "name": "La Primera"})
    late = client.post(f"{PANAMA}{point}/change/", {**TYPED, "seen": "1", "name": "La Segunda"})
    assert late.status_code == 400
    assert "Otra persona lo cambió mientras tanto" in text_of(late)
    assert keeping.latest(point).name == "La Primera"


def test_a_function_does_not_end_before_it_began(analyst: User) -> None:
    at = datetime(2016, 11, 5, tzinfo=UTC)
    details = keeping.Details("A B", "", "SNM", "es", "a@example.org", "", date(2016, 11, 4))
    point = UUID(int=1)
    keeping.name_focal_point(
        "PAN", theme="IT", rank=keeping.Rank.DEPUTY, details=details, account=analyst, at=at, point=point
    )
    with pytest.raises(InvalidInput, match="before it began"):
        keeping.end_focal_point(point, seen=1, until=date(2016, 11, 3), note="", account=analyst, at=at)
    with pytest.raises(NotFound):
        keeping.latest(UUID(int=2))
    with pytest.raises(InvalidInput, match="changed it meanwhile"):
        keeping.name_focal_point(
            "PAN", theme="IT", rank=keeping.Rank.DEPUTY, details=details, account=analyst, at=at, point=point
        )
    assert [theme.id for theme in keeping.vacant("PAN", on=at.date())][:2] == ["CONFERENCE", "INFORMATION_SYSTEM"]


def test_a_state_names_its_own_focal_points_and_no_others(signed_in: SignedIn, panama: User) -> None:
    client = signed_in(panama)
    assert "quedó nombrado" in text_of(client.post(f"{PANAMA}name/", TYPED, follow=True))
    other = client.post("/es/mesa/directorio/hnd/name/", TYPED)
    assert other.status_code == 400
    assert "Solo puede nombrar a los puntos focales de su Estado" in text_of(other)
    assert "Nombrar el punto focal" not in text_of(client.get("/es/mesa/directorio/hnd/"))
    assert FocalPoint.objects.count() == 1


def test_what_was_recorded_is_neither_changed_nor_removed(signed_in: SignedIn, analyst: User) -> None:
    signed_in(analyst).post(f"{PANAMA}name/", TYPED)
    for statement in ("UPDATE directory_focalpoint SET name = 'x'", "DELETE FROM directory_focalpoint"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_chase_list_asks_the_focal_point_where_a_dataset_has_no_contact(
    signed_in: SignedIn, analyst: User, figures: None
) -> None:
    client = signed_in(analyst)
    client.post(f"{PANAMA}name/", {**TYPED, "since": "2016-11-04"})
    late = [entry for entry in chasing.chase_list(on=date(2023, 11, 20)) if entry.dataset.reporter == "PAN"]
    assert late
    assert late[0].contact is None
    assert late[0].focal_point is not None
    assert late[0].focal_point.name == "Persona Inventada"


def test_the_public_page_shows_the_conference_and_no_contact(client: Any, signed_in: SignedIn, analyst: User) -> None:
    signed_in(analyst).post(f"{PANAMA}name/", TYPED)
    client.logout()
    page = text_of(client.get("/es/conferencia/"))
    assert "Grupo Regional de Consulta sobre Migración" in page
    assert "2016 Honduras" in page
    assert "Persona Inventada" not in page
    assert "Regional Consultation Group on Migration" in text_of(client.get("/en/conference/"))


# --- the signed registry ---


class Held:
    """A registry with these documents, or none."""

    def __init__(self, documents: dict[str, bytes] | None) -> None:
        self._documents = documents

    def documents(self) -> dict[str, bytes]:
        if self._documents is None:
            raise NotFound(Text(es="No hay registro.", en="No registry."))
        return self._documents


PATH = focal_points_path("PAN")
TODAY = datetime.now(UTC).date()


def test_the_hub_drafts_the_focal_points_and_the_party_signs_them(signed_in: SignedIn, analyst: User) -> None:
    client = signed_in(analyst)
    assert client.get(f"{PANAMA}focal-points.json").status_code == 302, "nobody is named yet"
    client.post(f"{PANAMA}name/", TYPED)
    client.post(f"{PANAMA}name/", {**TYPED, "name": "Quien Fue", "rank": "deputy"})
    gone = FocalPoint.objects.get(name="Quien Fue")
    client.post(f"{PANAMA}{gone.point}/end/", {"seen": "1", "until": "2020-01-01"})
    answer = client.get(f"{PANAMA}focal-points.json")
    assert "PAN-focal-points.json" in answer["Content-Disposition"]
    (point,) = read_focal_points(answer.content, party="PAN", place="draft")
    assert (point.theme, point.rank, point.name, point.until) == ("INFORMATION_SYSTEM", "holder", TYPED["name"], "")
    assert "Nota 12/2016" not in answer.content.decode(), "what the Secretariat notes stays with it"


def test_an_account_of_another_state_gets_no_draft(signed_in: SignedIn, panama: User, analyst: User) -> None:
    signed_in(analyst).post("/es/mesa/directorio/hnd/name/", TYPED)
    client = signed_in(panama)
    assert client.get("/es/mesa/directorio/hnd/focal-points.json").status_code == 404


def test_pages_say_whether_the_signed_registry_and_the_directory_agree(
    client: Any, signed_in: SignedIn, analyst: User
) -> None:
    bench = signed_in(analyst)
    with override_settings(ISTMO_REGISTRY_HELD=Held({})):
        assert "Puntos focales en el registro firmado" not in text_of(client.get("/es/conferencia/"))
    bench.post(f"{PANAMA}name/", TYPED)
    signed = exporting.draft("PAN", on=TODAY)
    (point,) = read_focal_points(signed, party="PAN", place="draft")
    ended = replace(point, name="Quien Fue", until="2020-01-01")
    other = replace(point, name="Otra Persona")
    cases = (
        ({}, "sin firmar todavía", "istmo registry add"),
        ({PATH: signed}, "firmado, igual al directorio", ""),
        ({PATH: write_focal_points("PAN", [point, ended])}, "firmado, igual al directorio", ""),
        ({PATH: write_focal_points("PAN", [other])}, "firmado, distinto del directorio", "Otra Persona"),
    )
    for documents, said, more in cases:
        with override_settings(ISTMO_REGISTRY_HELD=Held(documents)):
            assert said in text_of(bench.get("/es/mesa/directorio/"))
            page = text_of(bench.get(PANAMA))
            assert said in page
            assert more in page
            assert ("istmo registry sign" in page) is bool(more)
            public = text_of(client.get("/es/conferencia/"))
            assert said in public
            assert TYPED["name"] not in public
            assert "Otra Persona" not in public
    with override_settings(ISTMO_REGISTRY_HELD=Held(None)):
        assert "aquí no hay registro" in text_of(bench.get("/es/mesa/directorio/"))
        assert "registro firmado" not in text_of(client.get("/es/conferencia/"))
        assert "En el registro firmado" not in text_of(bench.get(PANAMA))


def test_the_pages_ask_the_database_once_for_all_parties(client: Any, signed_in: SignedIn, analyst: User) -> None:
    bench = signed_in(analyst)
    bench.post(f"{PANAMA}name/", TYPED)
    for browser, address in ((client, "/es/conferencia/"), (bench, "/es/mesa/directorio/")):
        asked = []
        for documents in (None, {}):
            with override_settings(ISTMO_REGISTRY_HELD=Held(documents)), CaptureQueriesContext(connection) as queries:
                browser.get(address)
            asked.append(len(queries))
        assert asked[1] == asked[0] + 1
