"""The editor of the brief in Chromium: a comment shown while it is typed, a member's reply, a month withdrawn by two
people, editions side by side, and the calendar.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"
OUT = {"es": "Salir", "en": "Sign out"}
DESK = {"es": "/es/mesa", "en": "/en/workbench"}
MONTH = {"es": "2023-05", "en": "2023-04"}
BRIEFS = {"es": "informes", "en": "briefs"}


@pytest.fixture(scope="module")
def people(site: str) -> None:
    """A second approver and a statistician of Panama, made in another thread than the browser's."""
    from concurrent.futures import ThreadPoolExecutor

    def make() -> None:
        from django.db import connection

        from istmo.installation.accounts.models import User
        from istmo.installation.accounts.roles import AccountRole

        for username, name, role, member in (
            ("pia", "Pía Ejemplo", AccountRole.APPROVER, None),
            ("eva", "Eva Ejemplo", AccountRole.STATISTICIAN, "PAN"),
        ):
            User.objects.create_user(username, full_name=name, role=role, password=PASSWORD, member=member)
        connection.close()

    with ThreadPoolExecutor(max_workers=1) as beside:
        beside.submit(make).result()


def sign_in(visit: Any, username: str, language: str) -> None:
    visit.page.context.clear_cookies()
    visit.go("/es/ingresar/" if language == "es" else "/en/sign-in/")
    visit.page.fill("#id_login", username)
    visit.page.fill("#id_password", PASSWORD)
    visit.page.locator("main button[type=submit]").click()
    expect(visit.page.locator(".menu")).to_be_visible()


def look(visit: Any) -> None:
    """The page has no barrier, wide and narrow."""
    assert visit.barriers() == []
    assert {width: visit.narrow(width) for width in (360, 320)} == {360: 0, 320: 0}
    visit.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("language", ["es", "en"])
def test_a_comment_a_reply_and_a_withdrawal(visit: Any, language: str) -> None:
    page, desk, month = visit.page, DESK[language], MONTH[language]
    edition = f"{desk}/{BRIEFS[language]}/{month}/1/"
    sign_in(visit, "ana", language)
    visit.go(f"{desk}/{BRIEFS[language]}/")
    page.select_option("#month", month)
    page.fill("#cut_off", "2023-09-18")
    late: list[Any] = []
    page.route("**/preview*.js", lambda route: late.append(route))
    with page.expect_request("**/preview*.js"):
        page.locator("form[action$='/open/'] button").click()
    page.fill("#es", "El flujo total de la región sube.")  # on a slow line the first words come before the script
    while not late:
        page.wait_for_timeout(50)  # the route is told of the request in its turn
    late.pop().continue_()
    page.unroute("**/preview*.js")
    expect(page.locator("#comment-preview")).to_contain_text("El flujo total de la región sube.")
    expect(page.locator("#comment-preview .note.bad")).to_contain_text("flujo total de la región")
    look(visit)
    page.fill("#es", "Sube.")
    page.fill("#en", "It rises.")
    expect(page.locator("#comment-preview .note.bad")).to_have_count(0)
    page.locator("button[name=close]").click()
    expect(page.locator(".steps [aria-current]")).to_contain_text("Analizado" if language == "es" else "Analysed")

    sign_in(visit, "eva", language)
    visit.go(f"{desk}/{'replicas' if language == 'es' else 'replies'}/")
    look(visit)
    page.locator("main table a").first.click()
    look(visit)
    page.fill("#es", "Nota de Panamá.")
    page.fill("#en", "A note of Panama.")
    page.locator("#note button:not([name])").click()
    said = "La nota se recibió" if language == "es" else "The note was received"
    expect(page.locator("[role=status]")).to_contain_text(said)

    sign_in(visit, "pio", language)
    visit.go(edition)
    expect(page.get_by_text("Nota de Panamá." if language == "es" else "A note of Panama.")).to_be_visible()
    look(visit)
    page.locator("form[action$='/approve/'] button").click()
    visit.go(f"{edition}{'publicar' if language == 'es' else 'publish'}/")
    page.locator("form[action$='/publish/now/'] button").click()
    public = f"/{language}/{BRIEFS[language]}/{month}/1/"
    visit.go(public)
    expect(page.get_by_text("Nota de Panamá." if language == "es" else "A note of Panama.")).to_be_visible()
    look(visit)
    visit.go(edition)
    page.locator("details summary").last.click()
    page.fill("#why-es", "Una hoja se sumó dos veces.")
    page.fill("#why-en", "A sheet was added twice.")
    page.locator("form[action$='/withdraw/'] button").click()

    sign_in(visit, "pia", language)
    visit.go(edition)
    look(visit)
    page.locator("button[name=confirm]").click()
    assert visit.problems == []
    assert visit.go(public) == 410
    expect(page.get_by_text("Una hoja se sumó" if language == "es" else "A sheet was added")).to_be_visible()
    look(visit)


@pytest.mark.parametrize(("language", "path"), [("es", "entregas"), ("en", "deliveries")])
def test_the_calendar_and_the_chase_list(visit: Any, language: str, path: str) -> None:
    sign_in(visit, "ana", language)
    visit.go(f"{DESK[language]}/{path}/?first=2022-09&last=2023-08")
    page = visit.page
    expect(page.locator("table.cal")).to_be_visible()
    look(visit)
    page.locator(".late details summary").first.click()
    expect(page.locator(".letter").first).to_be_visible()
    look(visit)
    page.locator(".late form[action$='/remind/'] button").first.click()
    year = str(datetime.now(UTC).year)
    expect(page.locator(".late .kv").first).to_contain_text(year)
    assert visit.problems == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_two_editions_side_by_side(visit: Any, language: str) -> None:
    page, desk = visit.page, DESK[language]
    month = {"es": "2022-12", "en": "2022-11"}[language]
    sign_in(visit, "ana", language)
    first = f"{desk}/{BRIEFS[language]}/2023-08/1/"
    visit.go(first)
    expect(page.get_by_role("link", name="Word (English)")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Word (English)").click()
    assert download.value.suggested_filename.endswith(".en.docx")
    visit.go(f"{desk}/{BRIEFS[language]}/")
    page.select_option("#month", "2023-08" if language == "es" else month)
    page.locator("form[action$='/open/'] button").click()
    if language == "es":
        page.fill("#correction-es", "Corrige.")
        page.fill("#correction-en", "Corrects.")
        page.locator("form[action$='/correction/'] button").click()
        look(visit)
        page.get_by_role("link", name="Comparar con la edición 1").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Edición 2 frente a la edición 1")
        look(visit)
    assert visit.problems == []
