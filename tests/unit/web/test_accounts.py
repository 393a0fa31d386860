"""Accounts on the site: invitations, signing in with a second factor, sessions, the administrator's pages, the trail.

Time is a parameter: `later` moves the site's clock for sessions, and codes are computed from their secret.
"""

import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from istmo.installation.accounts.administration import invite, new_token
from istmo.installation.accounts.models import Invitation, User
from istmo.installation.accounts.permissions import Act
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.audit.models import Event
from istmo.web.common import sessions

from .conftest import person

if TYPE_CHECKING:
    from istmo.hub.briefs.models import BriefEdition

PASSWORD = "frase-larga-de-prueba-1"
OTHER = "cuatro palabras que nadie junta"
EDITION = "/es/mesa/informes/2023-08/1/"


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture(autouse=True)
def _no_memory_of_attempts() -> Any:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def required(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an installation that is not a demonstration: roles that change something need a second factor."""
    from django.conf import settings

    monkeypatch.setattr(settings, "ISTMO_SECOND_FACTOR_REQUIRED", True)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`later(minutes=31)`: the site's clock stands that much after the real one."""
    clock, seconds = sessions.now, time.time

    def move(**by: int) -> None:
        monkeypatch.setattr(sessions, "now", lambda: clock() + timedelta(**by))
        monkeypatch.setattr(time, "time", lambda: seconds() + timedelta(**by).total_seconds())

    return move


@pytest.fixture
def administrator(database: None) -> User:
    return person("adela", "Adela Ejemplo", "administrator")


def sign_in(username: str, password: str = PASSWORD, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/es/ingresar/", {"login": username, "password": password})
    return client


def with_application(account: User) -> str:
    """Give the account an application; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    return secret


def code(secret: str, *, step: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def kinds() -> list[str]:
    return list(Event.objects.filter(object_type="account").order_by("at", "id").values_list("kind", flat=True))


def is_in(client: Client) -> bool:
    return client.get("/es/mesa/archivos/").status_code == 200


# --- signing in ---


def test_with_a_second_factor_the_password_alone_opens_nothing(approver: User) -> None:
    secret = with_application(approver)
    client = sign_in("pio")
    assert client.get("/es/mesa/").headers["Location"].startswith("/es/ingresar/")
    assert "Segundo paso" in text_of(client.get("/es/ingresar/segundo-factor/"))
    wrong = client.post("/es/ingresar/segundo-factor/", {"code": "000000"})
    assert "El código no es correcto" in text_of(wrong)
    assert not is_in(client)
    assert client.post("/es/ingresar/segundo-factor/", {"code": code(secret)}).headers["Location"] == "/es/mesa/"
    assert is_in(client)
    assert kinds() == ["factor_failed", "signed_in"]


def test_a_code_works_once(approver: User) -> None:
    secret = with_application(approver)
    shown = code(secret)
    assert sign_in("pio").post("/es/ingresar/segundo-factor/", {"code": shown}).status_code == 302
    again = sign_in("pio")
    assert "El código no es correcto" in text_of(again.post("/es/ingresar/segundo-factor/", {"code": f" {shown} "}))
    assert not is_in(again)


@pytest.mark.parametrize(("step", "accepted"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_the_clock_of_the_telephone_may_be_half_a_minute_off_and_no_more(
    approver: User, step: int, accepted: bool
) -> None:
    if int(time.time()) % 30 > 27:
        time.sleep(3)  # the step must not change between the code and its check
    secret = with_application(approver)
    client = sign_in("pio")
    client.post("/es/ingresar/segundo-factor/", {"code": code(secret, step=step)})
    assert is_in(client) is accepted


def test_a_recovery_code_lets_in_once(approver: User) -> None:
    with_application(approver)
    first, second = RecoveryCodes.activate(approver).generate_codes()[:2]
    for shown, accepted in ((first, True), (first, False), (second, True)):
        client = sign_in("pio")
        client.post("/es/ingresar/segundo-factor/", {"code": shown})
        assert is_in(client) is accepted
    assert kinds().count("recovery_code_used") == 2


def test_five_wrong_codes_close_the_second_step_for_five_minutes(approver: User) -> None:
    secret = with_application(approver)
    client = sign_in("pio")
    for _ in range(5):
        client.post("/es/ingresar/segundo-factor/", {"code": "000000"})
    response = client.post("/es/ingresar/segundo-factor/", {"code": code(secret)})
    assert response.status_code == 429
    assert "Espere cinco minutos" in text_of(response)
    assert not is_in(client)


def test_a_disabled_account_an_unknown_name_and_a_wrong_password_get_the_same_answer(approver: User) -> None:
    User.objects.create_user("cora", full_name="Cora", role=AccountRole.READER, password=PASSWORD)
    User.objects.filter(username="cora").update(is_active=False)
    invited = User.objects.create_user("iris", full_name="Iris", role=AccountRole.READER, password=None)
    tries = [("cora", PASSWORD), ("nadie", PASSWORD), ("pio", "otra"), (invited.username, "otra")]
    answers = [Client().post("/es/ingresar/", {"login": name, "password": word}) for name, word in tries]

    def seen(response: Any, name: str) -> str:
        return text_of(response).replace(name, "")

    assert {response.status_code for response in answers} == {200}
    assert len({seen(response, name) for response, (name, _) in zip(answers, tries, strict=True)}) == 1


def test_the_limit_of_tries_answers_a_name_that_does_not_exist_as_one_that_does(approver: User) -> None:
    for name in ("pio", "nadie"):
        client = Client()
        answers = [client.post("/es/ingresar/", {"login": name, "password": "no"}).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
        cache.clear()


def test_a_failed_try_leaves_a_trace_without_the_name_that_was_typed(approver: User) -> None:
    sign_in("pio", "no")
    sign_in("nadie", "no")
    events = list(Event.objects.filter(kind="sign_in_failed"))
    assert [(event.object_id, event.account, event.codes) for event in events] == [(str(approver.pk), None, {})]


def test_another_account_can_be_chosen_in_the_second_step(approver: User, analyst: User) -> None:
    with_application(approver)
    client = sign_in("pio")
    client.post("/es/salir/", {"next": "/es/ingresar/"})
    assert is_in(sign_in("ana", client=client))


# --- roles that need a second factor ---


def test_a_role_that_changes_something_enters_only_with_a_second_factor(required: None, analyst: User) -> None:
    client = sign_in("ana")
    response = client.get("/es/mesa/", follow=True)
    assert response.redirect_chain[-1][0] == "/es/cuenta/"
    assert "Su función necesita un segundo factor" in text_of(response)
    assert client.post("/es/mesa/informes/open/", {"month": "2023-08"}).headers["Location"] == "/es/cuenta/"
    page = client.get("/es/cuenta/aplicacion/")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.content.decode()).group(1).replace(" ", "")  # type: ignore[union-attr]
    codes = client.post("/es/cuenta/aplicacion/", {"code": code(secret)}, follow=True)
    assert len(re.findall(r"<li><code>\d{8}</code></li>", codes.content.decode())) == 10
    assert client.get("/es/mesa/").status_code == 200
    assert kinds() == ["signed_in", "factor_added", "recovery_codes_made"]


def test_a_reader_may_do_without(required: None, reader: User) -> None:
    client = sign_in("lea")
    assert client.get("/es/mesa/").status_code == 200
    assert "es decisión suya" in text_of(client.get("/es/cuenta/"))


def test_a_demonstration_does_without_and_says_so(analyst: User) -> None:
    client = sign_in("ana")
    assert client.get("/es/mesa/").status_code == 200
    assert "Esta demostración no pide un segundo factor" in text_of(client.get("/es/cuenta/"))
    assert "This demonstration does not ask for a second factor" in text_of(client.get("/en/account/"))


def test_the_last_factor_of_a_role_that_needs_one_is_not_removed(required: None, approver: User) -> None:
    secret = with_application(approver)
    client = sign_in("pio")
    client.post("/es/ingresar/segundo-factor/", {"code": code(secret)})
    response = client.post("/es/cuenta/aplicacion/quitar/")
    assert "Añada otro antes de quitar este" in text_of(response)
    assert Authenticator.objects.filter(user=approver).count() == 1


def test_a_factor_that_is_not_needed_can_be_removed_and_its_recovery_codes_go_with_it(reader: User) -> None:
    secret = with_application(reader)
    RecoveryCodes.activate(reader)
    client = sign_in("lea")
    client.post("/es/ingresar/segundo-factor/", {"code": code(secret)})
    assert "La aplicación se quitó" in text_of(client.post("/es/cuenta/aplicacion/quitar/", follow=True))
    assert not Authenticator.objects.filter(user=reader).exists()
    assert kinds()[-1] == "factor_removed"


def test_recovery_codes_are_shown_once_and_new_ones_replace_them(reader: User) -> None:
    secret = with_application(reader)
    old = RecoveryCodes.activate(reader).generate_codes()
    client = sign_in("lea")
    client.post("/es/ingresar/segundo-factor/", {"code": code(secret)})
    assert old[0] in text_of(client.get("/es/cuenta/codigos-de-recuperacion/"))
    again = text_of(client.get("/es/cuenta/codigos-de-recuperacion/"))
    assert "no se pueden mostrar de nuevo" in again
    assert not re.search(r"\d{8}", again)
    fresh = text_of(client.post("/es/cuenta/codigos-de-recuperacion/nuevos/", follow=True))
    assert len(re.findall(r"\b\d{8}\b", fresh)) == 10
    assert old[0] not in fresh


def test_a_secret_lies_sealed_in_the_database_and_its_page_is_kept_nowhere(reader: User) -> None:
    client = sign_in("lea")
    page = client.get("/es/cuenta/aplicacion/")
    assert "no-store" in page.headers["Cache-Control"]
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.content.decode()).group(1).replace(" ", "")  # type: ignore[union-attr]
    client.post("/es/cuenta/aplicacion/", {"code": code(secret)})
    stored = Authenticator.objects.get(user=reader, type=Authenticator.Type.TOTP).data
    assert secret not in str(stored)


def test_with_the_first_factor_the_sessions_that_were_opened_without_one_end(analyst: User) -> None:
    elsewhere, client = sign_in("ana"), sign_in("ana")
    page = client.get("/es/cuenta/aplicacion/").content.decode()
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")  # type: ignore[union-attr]
    client.post("/es/cuenta/aplicacion/", {"code": code(secret)})
    assert is_in(client)
    assert not is_in(elsewhere)


# --- sessions ---


def test_a_session_rests_after_half_an_hour_and_goes_on_with_what_was_sent(
    analyst: User, draft: "BriefEdition", later: Callable[..., None]
) -> None:
    client = sign_in("ana")
    later(minutes=31)
    sent = {"es": "Texto que no se pierde.", "en": "Text that is not lost.", "version": "0"}
    asked = client.post(f"{EDITION}save/", sent)
    assert asked.headers["Location"] == f"/es/cuenta/confirmar/?next={EDITION.replace('/', '%2F')}save%2F"
    assert client.get("/es/mesa/").status_code == 302
    draft.refresh_from_db()
    assert draft.analysis_es == ""
    page = client.get(asked.headers["Location"])
    assert "la sesión descansa" in text_of(page)
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": f"{EDITION}save/"}, follow=True)
    draft.refresh_from_db()
    assert draft.analysis_es == "Texto que no se pierde."
    assert client.get("/es/mesa/").status_code == 200
    assert kinds()[-1] == "confirmed"


def test_what_a_script_asks_for_while_a_session_rests_does_not_take_the_place_of_the_kept_form(
    analyst: User, draft: "BriefEdition", later: Callable[..., None]
) -> None:
    client = sign_in("ana")
    later(minutes=31)
    sent = {"es": "Texto que no se pierde.", "en": "Text that is not lost.", "version": "0"}
    asked = client.post(f"{EDITION}save/", sent)
    assert client.post(f"{EDITION}comment/", sent, headers={"Sec-Fetch-Dest": "empty"}).status_code == 401
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": f"{EDITION}save/"}, follow=True)
    draft.refresh_from_db()
    assert draft.analysis_es == "Texto que no se pierde."


def test_a_resting_session_does_nothing_on_a_wrong_password(
    analyst: User, draft: "BriefEdition", later: Callable[..., None]
) -> None:
    client = sign_in("ana")
    later(minutes=31)
    asked = client.post(f"{EDITION}save/", {"es": "x", "en": "y", "version": "0"})
    wrong = client.post(asked.headers["Location"], {"password": "otra", "next": f"{EDITION}save/"})
    assert "La contraseña no es correcta" in text_of(wrong)
    draft.refresh_from_db()
    assert draft.analysis_es == ""
    assert client.get("/es/mesa/").status_code == 302


def test_a_session_that_is_used_does_not_rest_but_ends_after_twelve_hours(
    analyst: User, later: Callable[..., None]
) -> None:
    client = sign_in("ana")
    for minutes in range(25, 12 * 60, 25):
        later(minutes=minutes)
        assert client.get("/es/mesa/").status_code == 200, minutes
    later(hours=12)
    response = client.get("/es/mesa/archivos/", follow=True)
    assert response.redirect_chain[0][0] == "/es/ingresar/?next=/es/mesa/archivos/"
    assert "Su sesión terminó a las 12 horas" in text_of(response)


def test_a_public_page_does_not_wake_a_resting_session(analyst: User, later: Callable[..., None]) -> None:
    client = sign_in("ana")
    later(minutes=31)
    assert client.get("/es/").status_code == 200
    assert client.get("/es/mesa/").headers["Location"].startswith("/es/cuenta/confirmar/")


def test_a_password_that_was_typed_is_not_kept_for_later(analyst: User, later: Callable[..., None]) -> None:
    client = sign_in("ana")
    later(minutes=31)
    response = client.post("/es/cuenta/contrasena/", {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER})
    assert response.headers["Location"] == "/es/cuenta/confirmar/?next=/es/cuenta/contrasena/"
    assert OTHER not in str(dict(client.session))


def test_publishing_wants_a_confirmation_of_the_last_five_minutes(
    analyst: User, approver: User, draft: "BriefEdition", later: Callable[..., None]
) -> None:
    from istmo.hub.briefs import workflow
    from istmo.statistics.brief.values import BriefState
    from istmo.web.common.sessions import now

    written = workflow.write_analysis(draft, es="Análisis.", en="Analysis.", account=analyst)
    workflow.move(written, BriefState.ANALYSED, account=analyst, at=now())
    client = sign_in("pio")
    later(minutes=6)
    client.post(f"{EDITION}approve/")
    draft.refresh_from_db()
    assert draft.brief_state is BriefState.APPROVED
    asked = client.post(f"{EDITION}publish/now/")
    assert asked.headers["Location"].startswith("/es/cuenta/confirmar/")
    draft.refresh_from_db()
    assert draft.brief_state is BriefState.APPROVED
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": f"{EDITION}publish/now/"})
    draft.refresh_from_db()
    assert draft.brief_state is BriefState.PUBLISHED


def test_the_list_of_sessions_names_each_and_ends_one_or_all(analyst: User) -> None:
    here, there = Client(HTTP_USER_AGENT="Mozilla Firefox Windows"), Client(HTTP_USER_AGENT="Mozilla Safari iPhone")
    sign_in("ana", client=here)
    sign_in("ana", client=there)
    page = here.get("/es/cuenta/")
    assert "Firefox, Windows" in text_of(page)
    assert "Safari, iPhone" in text_of(page)
    ids = re.findall(r'name="id" value="(\d+)"', page.content.decode())
    assert len(ids) == 2
    here.post("/es/cuenta/sessions/end/", {"id": ids[1]})
    assert is_in(here)
    assert not is_in(there)
    sign_in("ana", client=there)
    response = here.post("/es/cuenta/sessions/end/", {"id": "all"}, follow=True)
    assert "Nadie está dentro con su cuenta" in text_of(response)
    assert not is_in(here)
    assert not is_in(there)
    assert kinds().count("sessions_ended") == 2


def test_nobody_ends_the_session_of_another(analyst: User, approver: User) -> None:
    theirs, mine = sign_in("pio"), sign_in("ana")
    page = theirs.get("/es/cuenta/").content.decode()
    for chosen in (*re.findall(r'name="id" value="(\d+)"', page), "nada", "-1"):
        mine.post("/es/cuenta/sessions/end/", {"id": chosen})
    assert is_in(theirs)


def test_a_new_password_ends_the_other_sessions(analyst: User) -> None:
    here, there = sign_in("ana"), sign_in("ana")
    sent = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    wrong = here.post("/es/cuenta/contrasena/", {**sent, "oldpassword": "no"})
    assert "Esta no es su contraseña actual" in text_of(wrong)
    assert "La contraseña se cambió" in text_of(here.post("/es/cuenta/contrasena/", sent, follow=True))
    assert is_in(here)
    assert not is_in(there)
    assert kinds()[-1] == "password_changed"


# --- invitations ---


def invited(by: User | None, *, role: str = "analyst", member: str | None = None) -> str:
    token = new_token()
    invite(username="ida", full_name="Ida Ejemplo", role=role, member=member, by=by, at=sessions.now(), token=token)
    return f"/es/invitacion/{token}/"


def test_an_invitation_leads_to_a_password_and_into_the_workbench(administrator: User) -> None:
    address, client = invited(administrator), Client()
    page = text_of(client.get(address))
    assert "Ida Ejemplo" in page
    assert "Análisis" in page
    for sent, words in (
        ({}, "Escriba una contraseña"),
        ({"password": OTHER, "again": "otra"}, "no son iguales"),
        ({"password": "corta", "again": "corta"}, "al menos 12|por lo menos 12"),
        ({"password": "contraseña123", "again": "contraseña123"}, ""),
    ):
        response = client.post(address, sent)
        if words:
            assert response.status_code == 400
            assert re.search(words, text_of(response))
            assert is_in(client) is False
    assert client.get("/es/mesa/").status_code in (200, 302)


def test_an_invitation_works_once_and_says_the_same_of_every_link_that_does_not(
    administrator: User, later: Callable[..., None]
) -> None:
    address = invited(administrator)
    assert Client().head(address).status_code == 200
    assert Client().post(address, {"password": OTHER, "again": OTHER}).headers["Location"] == "/es/mesa/"
    used, invented = Client().get(address), Client().get("/es/invitacion/nada/")
    assert used.status_code == invented.status_code == 404
    assert text_of(used).replace(address, "") == text_of(invented)
    assert "Este enlace ya no sirve" in text_of(used)
    assert Client().post(address, {"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert User.objects.get(username="ida").check_password(OTHER)


def test_an_invitation_ends_after_three_days(administrator: User, later: Callable[..., None]) -> None:
    address = invited(administrator)
    later(days=2, hours=23)
    assert Client().get(address).status_code == 200
    later(days=3)
    assert Client().get(address).status_code == 404


def test_a_new_link_does_not_pass_the_second_factor_by(administrator: User, approver: User) -> None:
    from istmo.installation.accounts.administration import give_new_link

    secret, token, client = with_application(approver), new_token(), Client()
    give_new_link(approver, by=administrator, at=sessions.now(), token=token)
    response = client.post(f"/es/invitacion/{token}/", {"password": OTHER, "again": OTHER})
    assert response.headers["Location"] == "/es/ingresar/segundo-factor/"
    assert not is_in(client)
    client.post("/es/ingresar/segundo-factor/", {"code": code(secret)})
    assert is_in(client)


def test_the_form_of_an_invitation_is_sent_at_most_twenty_times_a_minute(administrator: User) -> None:
    address, client = invited(administrator), Client()
    answers = [client.post(address, {"password": "", "again": ""}).status_code for _ in range(21)]
    assert answers == [400] * 20 + [429]


# --- the administrator's pages ---


def test_an_administrator_invites_and_hands_the_link_over(administrator: User) -> None:
    client = sign_in("adela")
    sent = {"username": "ida", "full_name": "Ida Ejemplo", "role": "statistician", "member": "PAN"}
    page = client.post("/es/mesa/cuentas/invitar/", sent)
    address = re.search(r'id="link">http://testserver(/es/invitacion/[^<]+/)<', page.content.decode()).group(1)  # type: ignore[union-attr]
    assert Client().get(address).status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    listed = text_of(client.get("/es/mesa/cuentas/"))
    assert "Ida Ejemplo ida Estadística nacional (Panamá) invitada, aún sin contraseña" in listed
    assert "Ana Ejemplo" not in listed


class _Post(socketserver.StreamRequestHandler):
    """As much of a mail server as one message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
            if command == b"QUIT":
                return
            self.wfile.write(b"250 test\r\n")


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A mail server on this machine that the settings name; what it was given."""
    from django.conf import settings

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Post)
    server.mails = []  # type: ignore[attr-defined]
    for name, value in {
        "ISTMO_MAIL_FROM": "istmo@example.org",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": server.server_address[1],
        "EMAIL_TIMEOUT": 5,
    }.items():
        monkeypatch.setattr(settings, name, value, raising=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.mails  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


MAILED = {"username": "ida", "full_name": "Ida Ejemplo", "role": "analyst", "mail": "ida@example.org"}


def test_an_invitation_is_sent_where_the_settings_name_a_mail_server(administrator: User, post: list[bytes]) -> None:
    from email import message_from_bytes, policy

    client = sign_in("adela")
    assert "Dirección de correo" in text_of(client.get("/es/mesa/cuentas/invitar/"))
    wrong = client.post("/es/mesa/cuentas/invitar/", {**MAILED, "mail": "nada"})
    assert "La dirección de correo no es válida" in text_of(wrong)
    page = client.post("/es/mesa/cuentas/invitar/", MAILED)
    assert "El servidor de correo aceptó el mensaje" in text_of(page)
    address = re.search(r'id="link">([^<]+)<', page.content.decode()).group(1)  # type: ignore[union-attr]
    message = message_from_bytes(post[0], policy=policy.default)
    assert (message["To"], message["From"]) == ("ida@example.org", "istmo@example.org")
    text = message.get_content()  # type: ignore[attr-defined]
    assert text.count(address) == 2
    assert "Se le invitó" in text
    assert "You were invited" in text
    held = str(list(User.objects.values())) + str(list(Invitation.objects.values())) + str(list(Event.objects.values()))
    assert "ida@example.org" not in held


def test_a_mail_server_that_does_not_answer_leaves_the_link_to_be_handed_over(
    administrator: User, post: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "EMAIL_PORT", 1)
    page = text_of(sign_in("adela").post("/en/workbench/accounts/invite/", MAILED))
    assert "The message could not be sent. Hand the link over yourself." in page
    assert User.objects.filter(username="ida").exists()


def test_without_a_mail_server_nobody_is_asked_for_an_address(administrator: User) -> None:
    assert "Dirección de correo" not in text_of(sign_in("adela").get("/es/mesa/cuentas/invitar/"))


def test_a_wrong_invitation_says_what_is_wrong_and_keeps_what_was_typed(administrator: User) -> None:
    client = sign_in("adela")
    sent = {"username": "ida", "full_name": "Ida Ejemplo", "role": "statistician", "member": ""}
    page = client.post("/en/workbench/accounts/invite/", sent)
    assert page.status_code == 400
    assert "The person’s State is missing" in text_of(page)
    assert 'value="Ida Ejemplo"' in page.content.decode()
    assert User.objects.count() == 1


def test_each_step_of_an_account_says_what_it_did(administrator: User, approver: User) -> None:
    with_application(approver)
    client, account = sign_in("adela"), f"/es/mesa/cuentas/{approver.pk}/"
    steps = [
        ("role/", {"role": "reader", "member": "PAN"}, "La función se cambió"),
        ("role/", {"role": "nada"}, "No existe la función"),
        ("factor/", {}, "El segundo factor se quitó"),
        ("factor/", {}, "La cuenta no tiene segundo factor"),
        ("disable/", {}, "La cuenta se desactivó"),
        ("link/", {}, "La cuenta está desactivada"),
        ("enable/", {}, "La cuenta está activa de nuevo"),
        ("link/", {}, "Se muestra solo ahora"),
    ]
    for step, sent, words in steps:
        assert words in text_of(client.post(f"{account}{step}", sent, follow=True)), step
    page = text_of(client.get(account))
    assert "Función cambiada Aprobación → Lectura, Panamá Adela Ejemplo" in page
    assert "Enlace vigente" in page


def test_an_administrator_sees_no_button_for_their_own_account_and_cannot_press_one(administrator: User) -> None:
    client, account = sign_in("adela"), f"/es/mesa/cuentas/{administrator.pk}/"
    page = client.get(account)
    assert "Nadie administra su propia cuenta" in text_of(page)
    assert f'action="{account}' not in page.content.decode()
    for step in ("role", "disable", "factor", "link"):
        answer = client.post(f"{account}{step}/", {"role": "approver"}, follow=True)
        assert "Nadie administra su propia cuenta" in text_of(answer)
    administrator.refresh_from_db()
    assert administrator.account_role is AccountRole.ADMINISTRATOR


def test_administering_wants_a_confirmation_of_the_last_five_minutes(
    administrator: User, reader: User, later: Callable[..., None]
) -> None:
    client = sign_in("adela")
    later(minutes=6)
    assert client.get("/es/mesa/cuentas/").status_code == 200
    asked = client.post(f"/es/mesa/cuentas/{reader.pk}/disable/")
    assert asked.headers["Location"].startswith("/es/cuenta/confirmar/")
    reader.refresh_from_db()
    assert reader.is_active
    page = text_of(client.get(asked.headers["Location"]))
    assert "Este paso es importante" in page
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": f"/es/mesa/cuentas/{reader.pk}/disable/"})
    reader.refresh_from_db()
    assert not reader.is_active


def test_every_page_of_accounts_is_closed_to_every_other_role(
    analyst: User, approver: User, reader: User, administrator: User
) -> None:
    for name in ("ana", "pio", "lea"):
        client = sign_in(name)
        for path in ("", "invitar/", f"{reader.pk}/"):
            assert client.get(f"/es/mesa/cuentas/{path}").status_code == 403
        for step in ("link", "role", "disable", "enable", "factor"):
            assert client.post(f"/es/mesa/cuentas/{reader.pk}/{step}/").status_code == 403
    assert not Invitation.objects.exists()


def test_a_person_who_is_disabled_is_out_at_the_next_request(administrator: User, reader: User) -> None:
    client = sign_in("lea")
    assert is_in(client)
    sign_in("adela").post(f"/es/mesa/cuentas/{reader.pk}/disable/")
    assert not is_in(client)


def test_the_first_administrator_is_told_whom_to_invite(administrator: User) -> None:
    assert "Por ahora solo está usted" in text_of(sign_in("adela").get("/es/mesa/cuentas/"))


# --- the trail ---


def test_the_trail_is_read_by_its_roles_filtered_and_taken_along(
    administrator: User, approver: User, analyst: User
) -> None:
    sign_in("ana", "no")
    client = sign_in("adela")
    page = text_of(client.get("/es/mesa/registro/"))
    assert "Contraseña equivocada alguien que no había ingresado cuenta ana" in page
    assert "Ingreso Adela Ejemplo" in page
    filtered = text_of(client.get("/es/mesa/registro/?kind=signed_in&account=adela"))
    assert "1 suceso" in filtered
    assert "No event" in text_of(client.get("/en/workbench/audit/?kind=nothing"))
    taken = client.get("/es/mesa/registro/audit.csv?kind=sign_in_failed")
    lines = taken.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "AT,KIND,ACCOUNT,OBJECT_TYPE,OBJECT_ID,COUNTS,CODES"
    assert [line.split(",")[1:5] for line in lines[1:]] == [["sign_in_failed", "", "account", str(analyst.pk)]]
    assert sign_in("pio").get("/es/mesa/registro/").status_code == 200
    assert sign_in("ana").get("/es/mesa/registro/").status_code == 403


# --- every address ---


def _patterns(resolver: URLResolver) -> list[URLPattern]:
    found = []
    for entry in resolver.url_patterns:
        found.extend(_patterns(entry) if isinstance(entry, URLResolver) else [entry])
    return found


# Those that somebody opens who has not signed in yet, or whose session rests.
OPEN = {
    "account_login",
    "account_logout",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "invitation",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}


def test_every_address_of_accounts_asks_for_a_permission_but_those_of_signing_in() -> None:
    ours = {
        each.name: each.callback
        for each in _patterns(get_resolver())
        if each.callback.__module__.startswith(("istmo.web.accounts.", "allauth.")) or each.name in OPEN
    }
    assert len(ours) >= 25
    guarded = {name for name, view in ours.items() if isinstance(getattr(view, "act", None), Act)}
    assert set(ours) - guarded == OPEN


def test_no_page_of_accounts_can_be_put_in_a_frame(administrator: User) -> None:
    client = sign_in("adela")
    for path in ("/es/ingresar/", "/es/cuenta/", "/es/mesa/cuentas/", invited(None)):
        response = client.get(path)
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
        assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_form_of_accounts_from_another_site_is_refused(administrator: User, reader: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    for path in ("/es/mesa/cuentas/invitar/", f"/es/mesa/cuentas/{reader.pk}/disable/", "/es/cuenta/sessions/end/"):
        assert client.post(path).status_code == 403
    reader.refresh_from_db()
    assert reader.is_active


# --- whose files are whose ---


@pytest.fixture
def statistician(database: None) -> User:
    return User.objects.create_user(
        "elisa", full_name="Elisa Ejemplo", role=AccountRole.STATISTICIAN, password=PASSWORD, member="HND"
    )


def test_an_account_of_a_state_sees_the_files_of_that_state_only(
    statistician: User, analyst: User, figures: None
) -> None:
    from istmo.installation.submissions.models import Submission

    for number, dataset in enumerate(("HND.INM.flujo", "PAN.SNM.cuadro003")):
        Submission.objects.create(
            filename=f"archivo-{dataset[:3]}.csv", dataset_id=dataset, account=analyst, received_at=sessions.now()
        )
        assert Submission.objects.count() == number + 1
    mine, theirs = (Submission.objects.get(filename=f"archivo-{code}.csv") for code in ("HND", "PAN"))
    client = sign_in("elisa")
    for page in ("/es/mesa/archivos/", "/es/mesa/"):
        assert "archivo-HND.csv" in text_of(client.get(page))
        assert "archivo-PAN.csv" not in text_of(client.get(page))
    assert client.get(f"/es/mesa/archivos/{mine.id}/").status_code == 200
    for path in ("", "findings.csv", "findings.json"):
        assert client.get(f"/es/mesa/archivos/{theirs.id}/{path}").status_code == 404
    for step in ("again/", "discard/"):
        assert client.post(f"/es/mesa/archivos/{theirs.id}/{step}").status_code == 404
    assert "archivo-PAN.csv" in text_of(sign_in("ana").get("/es/mesa/archivos/"))
    assert client.get("/es/mesa/informes/").status_code == 403


def test_more_than_sixty_files_an_hour_are_loaded_from_the_command_line(analyst: User) -> None:
    client = sign_in("ana")
    answers = [client.post("/es/mesa/archivos/nuevo/", {}).status_code for _ in range(61)]
    assert answers == [400] * 60 + [429]
