"""Accounts in Chromium: from the invitation to the second factor, passkeys by a virtual authenticator, limits, sessions
and a brief that two people with second factors take to publication. The site asks for second factors, as an
installation that is no demonstration does.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, CDPSession, Page, expect

from .conftest import barriers

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"
CHOSEN = "cuatro palabras que nadie junta"
SECRETS = {"ana": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "adela": "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"}

WORDS = {
    "es": {
        "sign_in": "/es/ingresar/",
        "account": "/es/cuenta/",
        "desk": "/es/mesa/",
        "accounts": "/es/mesa/cuentas/",
        "invite": "Invitar a una persona",
        "to_account": "Ir a la cuenta",
        "needs": "Su función necesita un segundo factor",
        "application": "Preparar una aplicación",
        "no_camera": "Sin cámara",
        "kept": "Ya los guardé",
        "out": "Salir",
        "second": "Segundo paso",
        "add": "Añadir una llave de acceso",
        "passkey": "Llave de acceso",
        "use": "Usar una llave de acceso",
        "alone": "Ingresar con una llave de acceso",
        "rename": "Cambiar el nombre",
        "remove": "Quitar",
        "removed": "La llave de acceso se quitó",
        "too_many": "Demasiados intentos",
    },
    "en": {
        "sign_in": "/en/sign-in/",
        "account": "/en/account/",
        "desk": "/en/workbench/",
        "accounts": "/en/workbench/accounts/",
        "invite": "Invite a person",
        "to_account": "To the account",
        "needs": "Your role needs a second factor",
        "application": "Set up an application",
        "no_camera": "Without a camera",
        "kept": "I have kept them",
        "out": "Sign out",
        "second": "Second step",
        "add": "Add a passkey",
        "passkey": "Passkey",
        "use": "Use a passkey",
        "alone": "Sign in with a passkey",
        "rename": "Rename",
        "remove": "Remove",
        "removed": "The passkey was removed",
        "too_many": "Too many attempts",
    },
}


@pytest.fixture(scope="module", autouse=True)
def _people(site: str) -> Iterator[None]:
    """An administrator and an analyst with applications, an approver and a reader without; factors are asked for."""
    from allauth.mfa.totp.internal.auth import TOTP
    from django.conf import settings

    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.roles import AccountRole

    for username, name, role in (
        ("adela", "Adela Ejemplo", AccountRole.ADMINISTRATOR),
        ("lea", "Lea Ejemplo", AccountRole.READER),
    ):
        User.objects.create_user(username, full_name=name, role=role, password=PASSWORD)
    for username, secret in SECRETS.items():
        TOTP.activate(User.objects.get(username=username), secret)
    settings.ISTMO_SECOND_FACTOR_REQUIRED = True
    yield
    settings.ISTMO_SECOND_FACTOR_REQUIRED = False


@pytest.fixture(autouse=True)
def _no_memory_of_attempts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`later(minutes=31)`: the clocks of sessions, confirmations and limits stand that much after the real one."""
    from allauth.account.internal.flows import login, reauthentication
    from allauth.core.internal import ratelimit

    from istmo.web.common import sessions

    real = sessions.now

    def move(**by: int) -> None:
        shift = timedelta(**by)
        moved = SimpleNamespace(
            time=lambda: time.time() + shift.total_seconds(), monotonic=time.monotonic, sleep=time.sleep
        )
        monkeypatch.setattr(sessions, "now", lambda: real() + shift)
        for module in (login, reauthentication, ratelimit):
            monkeypatch.setattr(module, "time", moved)

    return move


class Person:
    """Somebody at a browser of their own, at the site's name: passkeys need one."""

    def __init__(self, browser: Browser, site: str, language: str = "es", *, script: bool = True) -> None:
        self.site = site.replace("127.0.0.1", "localhost")
        self.words = WORDS[language]
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 900}, locale=language, java_script_enabled=script
        )
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def go(self, path: str) -> None:
        self.page.goto(f"{self.site}{path}")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def send(self) -> None:
        self.page.locator("main form:not([data-passkey]) button[type=submit]").first.click()

    def sign_in(self, username: str, password: str = PASSWORD, *, code: str = "") -> None:
        self.go(self.words["sign_in"])
        self.page.fill("#id_login", username)
        self.page.fill("#id_password", password)
        self.send()
        if code:
            self.page.fill("#code", code)
            self.send()

    def is_at(self, name: str) -> None:
        expect(self.page).to_have_url(f"{self.site}{self.words[name]}")

    def with_authenticator(self) -> CDPSession:
        """A device that keeps passkeys and knows its owner's finger."""
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        devtools.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        return devtools


@pytest.fixture
def person(browser: Browser, site: str) -> Iterator[Callable[..., Person]]:
    came: list[Person] = []

    def come(language: str = "es", *, script: bool = True) -> Person:
        came.append(Person(browser, site, language, script=script))
        return came[-1]

    yield come
    for each in came:
        assert each.problems == []
        each.context.close()


@pytest.fixture
def look() -> Callable[[Person], None]:
    """The page has no barrier and fits a narrow screen."""

    def examine(who: Person) -> None:
        assert barriers(who.page) == [], who.page.url
        who.page.set_viewport_size({"width": 360, "height": 800})
        wider = who.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0, who.page.url
        who.page.set_viewport_size({"width": 1280, "height": 900})

    return examine


def code(secret: str, *, step: int = 0) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret.replace(" ", ""), int(time.time()) // 30 + step))


def asked(query: Callable[[], Any]) -> Any:
    """A question to the database, in a thread without Playwright's event loop."""
    found: list[Any] = []

    def ask() -> None:
        from django.db import connection

        try:
            found.append(query())
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join(timeout=30)
    return found[0]


def invited(who: Person, username: str, *, role: str, look: Callable[[Person], None] | None = None) -> str:
    """The administrator invites somebody; the link."""
    who.sign_in("adela", code=code(SECRETS["adela"]))
    who.go(who.words["accounts"])
    if look:
        look(who)
    who.follow(who.words["invite"])
    who.page.fill("#full_name", f"{username.title()} Inventada")
    who.page.fill("#username", username)
    who.page.check(f"input[value={role}]")
    if look:
        look(who)
    who.send()
    if look:
        look(who)
    return who.page.inner_text("#link")


@pytest.mark.parametrize(("language", "username"), [("es", "marta"), ("en", "martha")])
def test_from_the_invitation_to_the_password_and_the_application(
    person: Callable[..., Person], look: Callable[[Person], None], language: str, username: str
) -> None:
    administrator = person(language)
    link = invited(administrator, username, role="analyst", look=look)
    administrator.follow(administrator.words["to_account"])
    look(administrator)

    who = person(language)
    who.page.goto(link if language == "es" else link.replace("/es/invitacion/", "/en/invitation/"))
    look(who)
    who.page.fill("#password", CHOSEN)
    who.page.fill("#again", CHOSEN)
    who.send()
    who.is_at("account")
    who.sees(who.words["needs"])
    look(who)
    who.go(who.words["desk"])
    who.is_at("account")
    who.follow(who.words["application"])
    who.page.get_by_text(who.words["no_camera"]).click()
    look(who)
    expect(who.page.locator(".qr svg")).to_be_visible()
    secret = who.page.inner_text("code.secret")
    who.page.fill("#code", "000000")
    who.send()
    expect(who.page.get_by_role("alert")).to_be_visible()
    assert who.page.text_content("code.secret") == secret
    who.page.fill("#code", code(secret))
    who.send()
    assert who.page.locator("ol.codes li").count() == 10
    look(who)
    recovery = who.page.locator("ol.codes li").first.inner_text()
    who.follow(who.words["kept"])
    look(who)
    who.go(who.words["desk"])
    who.is_at("desk")
    who.press(who.words["out"])

    who.sign_in(username, CHOSEN)
    who.sees(who.words["second"])
    look(who)
    who.page.fill("#code", code(secret))
    who.send()
    who.is_at("desk")
    who.press(who.words["out"])
    who.sign_in(username, CHOSEN, code=recovery)
    who.is_at("desk")


@pytest.mark.parametrize(("language", "username"), [("es", "petra"), ("en", "peter")])
def test_a_passkey_is_added_and_signs_in_as_the_second_step_and_alone(
    person: Callable[..., Person], look: Callable[[Person], None], language: str, username: str
) -> None:
    link = invited(person(language), username, role="approver")
    who = person(language)
    who.with_authenticator()
    who.page.goto(link)
    who.page.fill("#password", CHOSEN)
    who.page.fill("#again", CHOSEN)
    who.send()
    who.go(who.words["account"])
    who.follow(who.words["add"])
    look(who)
    who.page.fill("#name", "Portátil")
    who.press(who.words["add"])
    expect(who.page.locator("ol.codes li")).to_have_count(10)
    who.follow(who.words["kept"])
    who.sees(f"{who.words['passkey']}: Portátil")
    look(who)
    who.press(who.words["out"])

    who.sign_in(username, CHOSEN)
    look(who)
    who.press(who.words["use"])
    who.is_at("desk")
    who.press(who.words["out"])

    who.go(who.words["sign_in"])
    look(who)
    who.press(who.words["alone"])
    who.is_at("desk")

    who.go(who.words["account"])
    who.page.get_by_role("link", name=f"{who.words['rename']} Portátil").click()
    look(who)
    who.page.fill("#name", "Portátil de la oficina")
    who.send()
    who.sees("Portátil de la oficina")
    who.page.get_by_role("link", name=f"{who.words['remove']} Portátil de la oficina").click()
    look(who)
    who.send()
    who.is_at("account")  # the last factor of a role that needs one stays
    who.sees("Portátil de la oficina")


def test_a_passkey_of_another_device_and_a_forged_answer_open_nothing(person: Callable[..., Person]) -> None:
    link = invited(person(), "pura", role="approver")
    who = person()
    who.with_authenticator()
    who.page.goto(link)
    who.page.fill("#password", CHOSEN)
    who.page.fill("#again", CHOSEN)
    who.send()
    who.follow(who.words["add"])
    who.press(who.words["add"])
    expect(who.page.locator("ol.codes li")).to_have_count(10)

    other = person()
    other.with_authenticator()
    other.sign_in("pura", CHOSEN)
    other.press(other.words["use"])
    other.sees("El navegador no dio ninguna llave")
    other.page.evaluate(
        """() => {
            const form = document.querySelector("form[data-passkey]");
            form.elements.credential.value = JSON.stringify({id: "AAAA", rawId: "AAAA", type: "public-key",
                clientExtensionResults: {}, response: {clientDataJSON: "e30", authenticatorData: "AAAA",
                signature: "AAAA"}});
            HTMLFormElement.prototype.submit.call(form);
        }"""
    )
    other.sees("Eso no se aceptó")
    other.go(other.words["desk"])
    expect(other.page).to_have_url(re.compile(r"/es/ingresar/segundo-factor/$"))


def test_a_device_that_does_not_know_its_owner_does_not_sign_in_alone(person: Callable[..., Person]) -> None:
    link = invited(person(), "paula", role="reader")
    who = person()
    devtools = who.context.new_cdp_session(who.page)
    devtools.send("WebAuthn.enable")
    added = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    who.page.goto(link)
    who.page.fill("#password", CHOSEN)
    who.page.fill("#again", CHOSEN)
    who.send()
    who.go(who.words["account"])
    who.follow(who.words["add"])
    who.press(who.words["add"])
    expect(who.page.locator("ol.codes li")).to_have_count(10)
    who.press(who.words["out"])
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": added["authenticatorId"], "isUserVerified": False})
    who.go(who.words["sign_in"])
    who.press(who.words["alone"])
    who.sees("El navegador no dio ninguna llave")
    who.go(who.words["desk"])
    expect(who.page).to_have_url(re.compile(r"/es/ingresar/"))


def test_without_javascript_a_code_signs_in_and_no_button_is_dead(person: Callable[..., Person]) -> None:
    who = person(script=False)
    who.sign_in("ana")
    assert who.page.get_by_role("button", name=who.words["use"]).count() == 0
    who.page.fill("#code", code(SECRETS["ana"]))
    who.send()
    who.is_at("desk")
    who.go("/es/cuenta/llaves/nueva/")
    who.sees("Las llaves de acceso son lo único aquí que necesita JavaScript")
    assert who.page.get_by_role("button", name=who.words["add"]).count() == 0
    who.press(who.words["out"])
    who.go(who.words["sign_in"])
    assert who.page.get_by_role("button", name=who.words["alone"]).count() == 0


def test_at_an_address_in_figures_the_page_says_where_passkeys_work(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/es/ingresar/")
    assert page.get_by_role("button", name=WORDS["es"]["alone"]).count() == 0
    page.fill("#id_login", "lea")
    page.fill("#id_password", PASSWORD)
    page.locator("main form:not([data-passkey]) button[type=submit]").first.click()
    page.goto(f"{site}/es/cuenta/")
    expect(page.get_by_text("Abra este sitio como «localhost»")).to_be_visible()
    context.close()


@pytest.mark.parametrize("language", ["es", "en"])
def test_after_five_wrong_passwords_even_the_right_one_waits_five_minutes(
    person: Callable[..., Person],
    look: Callable[[Person], None],
    later: Callable[..., None],
    language: str,
) -> None:
    who = person(language)
    for _ in range(5):
        who.sign_in("lea", "equivocada")
    who.sign_in("lea")
    who.sees(who.words["too_many"])
    look(who)
    later(minutes=4)
    who.sign_in("lea")
    who.sees(who.words["too_many"])
    later(minutes=6)
    who.sign_in("lea")
    who.is_at("desk")


def test_a_resting_session_asks_who_it_is_and_keeps_the_comment(
    person: Callable[..., Person], look: Callable[[Person], None], later: Callable[..., None]
) -> None:
    who = person()
    who.sign_in("ana", code=code(SECRETS["ana"]))
    who.go("/es/mesa/informes/")
    who.page.select_option("#month", "2022-12")
    who.page.fill("#cut_off", "2023-09-18")
    who.press("Abrir la edición")
    who.page.fill("#es", "Un análisis que tardó media hora.")
    who.page.fill("#en", "An analysis that took half an hour.")
    later(minutes=31)
    who.page.get_by_role("button", name="Guardar", exact=False).first.click()
    who.sees("la sesión descansa")
    look(who)
    who.page.fill("#password", "equivocada")
    who.send()
    who.sees("La contraseña no es correcta")
    who.follow("Usar un código")
    look(who)
    who.page.fill("#code", code(SECRETS["ana"], step=1))
    who.send()
    expect(who.page.locator("#es")).to_have_value("Un análisis que tardó media hora.")
    from istmo.hub.briefs.models import BriefEdition

    kept = asked(lambda: BriefEdition.objects.get(month="2022-12").analysis_es)
    assert kept == "Un análisis que tardó media hora."


def test_a_session_ends_after_twelve_hours_and_says_so(
    person: Callable[..., Person], look: Callable[[Person], None], later: Callable[..., None]
) -> None:
    who = person("en")
    who.sign_in("lea")
    later(hours=12)
    who.go("/en/workbench/files/")
    who.sees("Your session ended after 12 hours")
    look(who)
    who.page.fill("#id_login", "lea")
    who.page.fill("#id_password", PASSWORD)
    who.send()
    expect(who.page).to_have_url(f"{who.site}/en/workbench/files/")


def test_signing_out_everywhere_reaches_the_other_browser(person: Callable[..., Person]) -> None:
    here, there = person(), person()
    here.sign_in("lea")
    there.sign_in("lea")
    here.go("/es/cuenta/")
    here.press("Salir de todas partes")
    here.sees("Nadie está dentro con su cuenta")
    for each in (here, there):
        each.go("/es/mesa/")
        expect(each.page).to_have_url(re.compile(r"/es/ingresar/"))


def test_two_people_with_second_factors_publish_a_brief_and_one_alone_cannot(
    person: Callable[..., Person], look: Callable[[Person], None], later: Callable[..., None]
) -> None:
    edition = "/es/mesa/informes/2023-05/1/"
    ana = person()
    ana.sign_in("ana", code=code(SECRETS["ana"]))
    ana.go("/es/mesa/informes/")
    ana.page.select_option("#month", "2023-05")
    ana.page.fill("#cut_off", "2023-09-18")
    ana.press("Abrir la edición")
    ana.page.fill("#es", "Texto de prueba.")
    ana.page.fill("#en", "Text of a test.")
    ana.press("Guardar y pasar a aprobación")
    ana.sees("La edición está analizada")
    assert ana.page.get_by_role("button", name="Aprobar la edición").count() == 0

    pio = person()
    pio.with_authenticator()
    pio.sign_in("pio")
    pio.go(edition)
    pio.is_at("account")  # no step without a second factor
    pio.follow(pio.words["add"])
    pio.press(pio.words["add"])
    expect(pio.page.locator("ol.codes li")).to_have_count(10)
    pio.go(edition)
    pio.press("Aprobar la edición")
    pio.sees("La edición está aprobada")
    pio.follow("Ir a la publicación")
    later(minutes=6)
    pio.press("Publicar mayo de 2023, edición 1")
    pio.sees("Confirme que es usted")
    look(pio)
    pio.follow("Usar una llave de acceso")
    look(pio)
    pio.press(pio.words["use"])
    pio.sees("La edición está publicada")
    from istmo.installation.audit.models import Event

    events = asked(
        lambda: list(
            Event.objects.filter(object_type="brief", object_id__startswith="2023-05")
            .order_by("at")
            .values_list("kind", "account__username")
        )
    )
    assert ("brief_analysed", "ana") in events
    assert ("brief_approved", "pio") in events
    assert ("brief_published", "pio") in events


@pytest.mark.parametrize(
    "path", ["/es/mesa/registro/", "/en/workbench/audit/", "/es/mesa/cuentas/", "/es/cuenta/contrasena/"]
)
def test_the_pages_of_the_administrator_have_no_barrier(
    person: Callable[..., Person], look: Callable[[Person], None], path: str
) -> None:
    who = person()
    who.sign_in("adela", code=code(SECRETS["adela"]))
    who.go(path)
    look(who)
    who.page.emulate_media(color_scheme="dark")
    look(who)
