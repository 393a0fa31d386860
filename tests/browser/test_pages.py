"""The site in Chromium: every public page, the workbench from upload to publication, the page for migrants offline."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from istmo.app.demonstration import files

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"

# The same page in both languages.
PAGES = (
    ("/es/", "/en/"),
    ("/es/informes/", "/en/briefs/"),
    ("/es/informes/2023-08/1/", "/en/briefs/2023-08/1/"),
    ("/es/informantes/", "/en/reporters/"),
    ("/es/informantes/pan/", "/en/reporters/pan/"),
    ("/es/informantes/mex/", "/en/reporters/mex/"),
    ("/es/informantes/usa/", "/en/reporters/usa/"),
    ("/es/informantes/cri/", "/en/reporters/cri/"),
    ("/es/perfiles/HND.INM.flujo/", "/en/profiles/HND.INM.flujo/"),
    ("/es/comparabilidad/", "/en/comparability/"),
    ("/es/conferencia/", "/en/conference/"),
    ("/es/metodo/", "/en/method/"),
    ("/es/glosario/", "/en/glossary/"),
    ("/es/codigos/", "/en/codes/"),
    ("/es/codigos/citizenship/", "/en/codes/citizenship/"),
    ("/es/acerca/", "/en/about/"),
    ("/es/ingresar/", "/en/sign-in/"),
)
EVERY = [path for pair in PAGES for path in pair]
RIGHTS = [f"/derechos/{language}/" for language in ("es", "en", "fr", "pt", "ht")]


@pytest.mark.parametrize("path", [*EVERY, *RIGHTS])
def test_a_public_page_has_no_barrier_no_error_no_outside_request_and_fits_a_narrow_screen(visit, path: str) -> None:
    assert visit.go(path) == 200
    assert visit.barriers() == []
    assert {width: visit.narrow(width) for width in (360, 320)} == {360: 0, 320: 0}
    assert visit.problems == []
    assert visit.outside == []
    if path in EVERY:
        banner = "DEMOSTRACIÓN" if path.startswith("/es/") else "DEMONSTRATION"
        expect(visit.page.get_by_text(banner).first).to_be_visible()


@pytest.mark.parametrize("path", ["/es/", "/es/informes/2023-08/1/", "/es/informantes/pan/", "/derechos/ht/"])
def test_a_page_can_be_read_in_dark_colours_and_on_a_narrow_screen(visit, path: str) -> None:
    visit.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    visit.go(path)
    visit.narrow(360)
    assert visit.barriers() == []


@pytest.mark.parametrize(("spanish", "english"), PAGES)
def test_the_other_language_opens_the_same_page(visit, spanish: str, english: str) -> None:
    visit.go(spanish)
    visit.page.locator(".lang").get_by_role("link", name="English").click()
    assert visit.page.url == f"{visit.site}{english}"
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    visit.page.locator(".lang").get_by_role("link", name="Español").click()
    assert visit.page.url == f"{visit.site}{spanish}"


def test_every_link_of_the_public_pages_leads_somewhere(visit) -> None:
    seen: set[str] = set()
    for path in EVERY:
        visit.go(path)
        links = visit.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
        ids = set(visit.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
        for link in links:
            address, _, anchor = link.partition("#")
            if address == f"{visit.site}{path}" and anchor:
                assert anchor in ids, f"{path} has no #{anchor}"
            if address.startswith(f"{visit.site}/"):
                seen.add(address)
    broken = {
        link: status
        for link in sorted(seen)
        if (status := visit.page.request.get(link, max_redirects=0).status) not in (200, 302)
    }
    assert broken == {}


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(visit) -> None:
    visit.go("/es/")
    visit.page.keyboard.press("Tab")
    skip = visit.page.get_by_role("link", name="Ir al contenido")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "main"
    visit.page.keyboard.press("Tab")
    outline = visit.page.evaluate("getComputedStyle(document.activeElement).boxShadow")
    assert outline != "none"


def test_a_printed_brief_has_no_menu(visit) -> None:
    visit.go("/es/informes/2023-08/1/")
    visit.page.emulate_media(media="print")
    expect(visit.page.locator("nav.nav")).to_be_hidden()
    expect(visit.page.locator("footer.site")).to_be_hidden()
    expect(visit.page.get_by_text("81,946").first).to_be_visible()


def test_a_page_that_does_not_exist_has_no_barrier(visit) -> None:
    assert visit.go("/es/nada/") == 404
    assert visit.barriers() == []
    assert visit.narrow(320) == 0


def _sign_in(visit, username: str, *, language: str) -> None:
    visit.go("/es/ingresar/" if language == "es" else "/en/sign-in/")
    visit.page.fill("#id_login", username)
    visit.page.fill("#id_password", PASSWORD)
    visit.page.locator("main button[type=submit]").click()


WORDS = {
    "es": {
        "send": "Enviar un archivo",
        "read": "Enviar y leer el archivo",
        "briefs": "Informes",
        "open": "Abrir la edición",
        "draft": "Ver el borrador compilado",
        "back": "Volver a la edición",
        "close": "Guardar y pasar a aprobación",
        "out": "Salir",
        "approve": "Aprobar la edición",
        "go": "Ir a la publicación",
        "publish": "Publicar junio de 2023, edición 1",
        "published": "Leer el informe publicado",
        "accepted": "Aceptado",
        "month": "Junio de 2023",
    },
    "en": {
        "send": "Send a file",
        "read": "Send and read the file",
        "briefs": "Briefs",
        "open": "Open the edition",
        "draft": "See the compiled draft",
        "back": "Back to the edition",
        "close": "Save and hand to the approver",
        "out": "Sign out",
        "approve": "Approve the edition",
        "go": "Go to publication",
        "publish": "Publish July 2023, edition 1",
        "published": "Read the published brief",
        "accepted": "Accepted",
        "month": "July 2023",
    },
}


@pytest.mark.parametrize(
    ("language", "month", "file"),
    [("es", "2023-06", "pan_snm_cuadro003_2016.csv"), ("en", "2023-07", "pan_snm_cuadro003_2015.csv")],
)
def test_the_workbench_from_a_file_to_a_published_brief(
    visit, tmp_path: Path, language: str, month: str, file: str
) -> None:
    words, page = WORDS[language], visit.page
    sent = tmp_path / f"reenvio-{file}"
    sent.write_bytes(next(each for each in files() if each.name == file).content() + b"\n")

    def look() -> None:
        """Each step's page has no barrier, wide and narrow."""
        assert visit.barriers() == []
        assert visit.narrow(360) == 0
        page.set_viewport_size({"width": 1280, "height": 900})

    _sign_in(visit, "ana", language=language)
    look()
    page.get_by_role("link", name=words["send"]).click()
    look()
    page.set_input_files("#file", sent)
    page.get_by_role("button", name=words["read"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sent.name)
    expect(page.get_by_text(words["accepted"]).first).to_be_visible()
    look()
    page.get_by_role("navigation").get_by_role("link", name=words["briefs"], exact=True).first.click()
    look()
    page.select_option("#month", month)
    page.fill("#cut_off", "2023-09-18")
    page.get_by_role("button", name=words["open"]).click()
    look()
    page.get_by_role("link", name=words["draft"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words["month"])
    assert visit.barriers() == []
    page.get_by_role("link", name=words["back"]).click()
    page.fill("#es", "Texto de prueba.")
    page.fill("#en", "Text of a test.")
    page.get_by_role("button", name=words["close"]).click()
    look()
    page.get_by_role("button", name=words["out"]).click()

    _sign_in(visit, "pio", language=language)
    page.get_by_role("link", name=words["month"]).click()
    look()
    page.get_by_role("button", name=words["approve"]).click()
    look()
    page.get_by_role("link", name=words["go"]).click()
    look()
    page.get_by_role("button", name=words["publish"]).click()
    page.get_by_role("link", name=words["published"]).click()
    expect(page.get_by_text("Texto de prueba." if language == "es" else "Text of a test.")).to_be_visible()
    assert visit.problems == []
    assert visit.outside == []


BEING_READ = {
    "es": ("Enviar un archivo", "Enviar y leer el archivo", "Se guarda y se compara", "Archivos recibidos", "Aceptado"),
    "en": ("Send a file", "Send and read the file", "Being stored", "Files received", "Accepted"),
}


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_file_that_takes_long_is_left_and_found_again_without_script(
    browser: Browser, site: str, installation, tmp_path: Path, language: str
) -> None:
    """Another session holds the lock under which a vintage gets its name, so the reading does not come to its end."""
    from istmo.installation.observations import store

    send, read, stores, listed, accepted = BEING_READ[language]
    sent = tmp_path / f"largo-{language}.csv"
    sent.write_bytes(next(each for each in files() if each.name == "pan_snm_cuadro003_2016.csv").content() + b"\n\n")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/{'es/ingresar' if language == 'es' else 'en/sign-in'}/")
    page.fill("#id_login", "ana")
    page.fill("#id_password", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.get_by_role("link", name=send).click()
    page.set_input_files("#file", sent)
    with installation.app.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [store._NAMING])
        page.get_by_role("button", name=read).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(sent.name)
        expect(page.locator(".steps [aria-current]")).to_contain_text(stores, timeout=20_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("link", name=listed).last.click()
        page.get_by_role("link", name=sent.name).click()
        expect(page.locator(".steps [aria-current]")).to_be_visible()
        other.execute("SELECT pg_advisory_unlock(%s)", [store._NAMING])
    expect(page.get_by_text(accepted, exact=True).first).to_be_visible(timeout=20_000)
    expect(page.locator(".steps")).to_have_count(0)
    context.close()


def test_the_page_for_migrants_is_read_without_internet(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/derechos/es/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("caches.keys().then(names => names.length > 0)")
    context.set_offline(True)
    for path in RIGHTS:
        page.goto(f"{site}{path}")
        expect(page.get_by_text("help.unhcr.org")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert context.cookies() == []
    context.close()


def test_the_page_for_migrants_needs_no_script_and_can_be_kept_as_a_file(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{site}/derechos/ht/")
    with page.expect_download() as download:
        page.locator("a.get").click()
    kept = tmp_path / "istmo.html"
    download.value.save_as(kept)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(kept.as_uri())
    assert [url for url in asked if url != kept.as_uri() and not url.startswith("data:")] == []
    page.get_by_role("link", name="Português").click()
    expect(page.get_by_role("heading", name="Seus direitos no caminho")).to_be_in_viewport()
    context.close()
