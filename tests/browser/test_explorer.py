"""The explorer in Chromium: both languages, by keyboard, without script, on a narrow screen, dark and on paper."""

import re

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

ASKED = "reporter=PAN,HND&measure=corridor&origin=SEN&first=2022-08&last=2023-08&mix=apart"
PAGES = (
    ("/es/datos/", "/en/data/"),
    (f"/es/datos/?{ASKED}", f"/en/data/?{ASKED}"),
    (f"/es/datos/?{ASKED.replace('apart', 'share')}", f"/en/data/?{ASKED.replace('apart', 'share')}"),
    (f"/es/datos/?{ASKED.replace('apart', 'difference')}", f"/en/data/?{ASKED.replace('apart', 'difference')}"),
    ("/es/datos/?reporter=GTM", "/en/data/?reporter=GTM"),
    ("/es/datos/nacionalidades/", "/en/data/nationalities/"),
    ("/es/datos/nacionalidades/ven/?last=2023-08", "/en/data/nationalities/ven/?last=2023-08"),
    ("/es/datos/por-nacionalidad/", "/en/data/by-nationality/"),
    ("/es/datos/regiones/", "/en/data/regions/"),
    ("/es/datos/regiones/africa/", "/en/data/regions/africa/"),
    ("/es/datos/extrarregional/", "/en/data/extra-regional/"),
    ("/es/datos/sexo-y-edad/", "/en/data/age-and-sex/"),
    ("/es/datos/revisiones/", "/en/data/revisions/"),
    (
        "/es/datos/revisiones/?dataset=HND.INM.flujo&measure=ENT_IRR&origin=SEN",
        "/en/data/revisions/?dataset=HND.INM.flujo&measure=ENT_IRR&origin=SEN",
    ),
    ("/es/datos/mapa/", "/en/data/map/"),
)


@pytest.mark.parametrize("path", [path for pair in PAGES for path in pair])
def test_a_page_of_the_explorer_has_no_barrier_no_error_and_fits_a_narrow_screen(visit, path: str) -> None:
    assert visit.go(path) == 200
    assert visit.barriers() == []
    assert {width: visit.narrow(width) for width in (360, 320)} == {360: 0, 320: 0}
    assert visit.problems == []
    assert visit.outside == []
    assert visit.page.title().endswith("· Istmo")
    assert visit.page.locator("nav.crumbs [aria-current=page]").count() == 1


@pytest.mark.parametrize(("spanish", "english"), PAGES)
def test_the_other_language_opens_the_same_page_of_the_explorer(visit, spanish: str, english: str) -> None:
    visit.go(spanish)
    here = visit.page.url
    visit.page.locator(".lang").get_by_role("link", name="English").click()
    assert visit.page.url.startswith(f"{visit.site}{english.partition('?')[0]}")
    visit.page.locator(".lang").get_by_role("link", name="Español").click()
    assert visit.page.url == here


@pytest.mark.parametrize(
    "path", ["/es/datos/", "/es/datos/regiones/africa/", "/es/datos/mapa/", "/es/datos/sexo-y-edad/"]
)
def test_a_page_of_the_explorer_can_be_read_in_dark_colours(visit, path: str) -> None:
    visit.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    visit.go(path)
    assert visit.barriers() == []
    visit.narrow(360)
    assert visit.barriers() == []


@pytest.mark.parametrize(
    ("path", "typed", "update", "sentence"),
    [
        ("/es/datos/", "Senegal", "Actualizar", "en Panamá y Estados Unidos la fuente no lo distingue"),
        ("/en/data/", "Senegal", "Update", "the source does not distinguish it"),
    ],
)
def test_a_question_is_asked_by_keyboard_alone(visit, path: str, typed: str, update: str, sentence: str) -> None:
    page = visit.page
    visit.go(path)
    page.locator("#origin").focus()
    page.keyboard.type(typed)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == update:
            break
    assert page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_text(sentence).first).to_be_visible()
    assert "origin=SEN" in page.url
    expect(page.locator("input[name=origin][value=SEN]")).to_be_checked()
    assert visit.problems == []


@pytest.mark.parametrize(
    ("path", "reason", "apart"),
    [
        (f"/es/datos/?{ASKED}", "una persona puede estar en las dos cifras", "Una al lado de la otra"),
        (f"/en/data/?{ASKED}", "one person may stand in both figures", "Side by side"),
    ],
)
def test_a_refusal_says_why_and_leads_on(visit, path: str, reason: str, apart: str) -> None:
    page = visit.page
    assert visit.go(path.replace("mix=apart", "mix=scale")) == 422
    expect(page.get_by_role("alert")).to_contain_text(reason)
    assert visit.barriers() == []
    assert visit.narrow(360) == 0
    page.get_by_role("alert").get_by_role("link", name=apart).click()
    assert page.url == f"{visit.site}{path}"
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/es/datos/?origin=Congo", "Congo (sin distinguir)"), ("/en/data/?origin=Congo", "Congo (unspecified)")],
)
def test_an_impossible_choice_says_what_can_be_chosen(visit, path: str, shown: str) -> None:
    assert visit.go(path) == 400
    expect(visit.page.get_by_role("alert")).to_contain_text("X_CONGO")
    expect(visit.page.locator("#origin")).to_have_value("Congo")
    assert visit.barriers() == []
    assert visit.narrow(320) == 0


def test_the_explorer_needs_no_script_and_its_files_are_saved(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{site}/es/datos/")
    page.fill("#origin", "Haití")
    page.get_by_role("button", name="Actualizar").click()
    assert "origin=HTI" in page.url
    for label in ("CSV", "XLSX"):
        with page.expect_download() as download:
            page.get_by_role("link", name=label, exact=True).click()
        assert re.fullmatch(rf"istmo-HTI-[\d-]+\.{label.lower()}", download.value.suggested_filename)
    page.get_by_text("Medida:").click()
    context.close()


def test_a_printed_answer_has_no_form(visit) -> None:
    visit.go(f"/es/datos/?{ASKED}")
    visit.page.emulate_media(media="print")
    expect(visit.page.locator("form.ask")).to_be_hidden()
    expect(visit.page.locator("nav.ways")).to_be_hidden()
    expect(visit.page.get_by_text("1,629").first).to_be_visible()


def test_every_link_of_the_explorer_leads_somewhere(visit) -> None:
    seen: set[str] = set()
    for path in [path for pair in PAGES for path in pair]:
        visit.go(path)
        links = visit.page.evaluate(
            "[...document.querySelectorAll('main a[href], nav.crumbs a[href]')].map(a => a.href)"
        )
        seen.update(link.partition("#")[0] for link in links if link.startswith(visit.site))
    broken = {
        link: status
        for link in sorted(seen)
        if (status := visit.page.request.get(link, max_redirects=0).status) not in (200, 302)
    }
    assert broken == {}
