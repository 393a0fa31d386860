"""Two reporters side by side, policy changes beside their series, and what is unusual, in Chromium: both languages, by
keyboard, on a narrow screen, dark and on paper.
"""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"
PAGES = (
    ("/es/comparabilidad/pan/hnd/", "/en/comparability/pan/hnd/"),
    ("/es/comparabilidad/pan/hnd/?year=2022", "/en/comparability/pan/hnd/?year=2022"),
    ("/es/comparabilidad/mex/usa/", "/en/comparability/mex/usa/"),
    ("/es/comparabilidad/pan/cri/", "/en/comparability/pan/cri/"),
    ("/es/informantes/hnd/", "/en/reporters/hnd/"),
)


def look(visit: Any) -> None:
    """The page has no barrier, wide and narrow."""
    assert visit.barriers() == []
    assert {width: visit.narrow(width) for width in (360, 320)} == {360: 0, 320: 0}
    assert visit.barriers() == []
    visit.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("path", [path for pair in PAGES for path in pair])
def test_a_page_of_two_reporters_has_no_barrier_no_error_and_fits_a_narrow_screen(visit: Any, path: str) -> None:
    assert visit.go(path) == 200
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    look(visit)
    assert visit.problems == []
    assert visit.outside == []


@pytest.mark.parametrize(("spanish", "english"), PAGES)
def test_the_other_language_opens_the_same_pair(visit: Any, spanish: str, english: str) -> None:
    visit.go(spanish)
    visit.page.locator(".lang").get_by_role("link", name="English").click()
    assert visit.page.url == f"{visit.site}{english}"
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    visit.page.locator(".lang").get_by_role("link", name="Español").click()
    assert visit.page.url == f"{visit.site}{spanish}"


@pytest.mark.parametrize(("path", "update"), [(PAGES[0][0], "Comparar"), (PAGES[0][1], "Compare")])
def test_a_year_is_chosen_by_keyboard_alone(visit: Any, path: str, update: str) -> None:
    page = visit.page
    visit.go(path)
    page.locator("#year").focus()
    page.keyboard.type("2022")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == update
    assert page.evaluate("getComputedStyle(document.activeElement).boxShadow") != "none"
    page.keyboard.press("Enter")
    page.wait_for_url("**year=2022**")
    expect(page.locator("#nationalities h2")).to_contain_text("2022")


def test_the_pair_is_reached_from_the_brief_and_from_a_reporter(visit: Any) -> None:
    for start in ("/es/informes/2023-08/1/", "/es/informantes/pan/"):
        visit.go(start)
        visit.page.locator("#pairs").get_by_role("link", name="Panamá y Honduras").click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Panamá y Honduras")


@pytest.mark.parametrize("path", [PAGES[0][0], PAGES[2][1]])
def test_a_pair_can_be_read_in_dark_colours_and_printed(visit: Any, path: str) -> None:
    visit.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    visit.go(path)
    assert visit.barriers() == []
    visit.narrow(360)
    assert visit.barriers() == []
    visit.page.emulate_media(media="print", color_scheme="light")
    expect(visit.page.locator("nav.nav")).to_be_hidden()
    expect(visit.page.locator("#reasons")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "desk", "month", "taken"),
    [
        ("es", "/es/mesa/fuera-de-lo-usual/", "2023-06", "Mencionado en el comentario"),
        ("en", "/en/workbench/outside-the-usual/", "2023-07", "Mentioned in the comment"),
    ],
)
def test_the_analyst_decides_what_of_the_unusual_the_comment_mentions(
    visit: Any, language: str, desk: str, month: str, taken: str
) -> None:
    page = visit.page
    briefs = f"{desk.rsplit('/', 2)[0]}/{'informes' if language == 'es' else 'briefs'}/"
    visit.go("/es/ingresar/" if language == "es" else "/en/sign-in/")
    page.fill("#id_login", "ana")
    page.fill("#id_password", PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".menu")).to_be_visible()
    visit.go(f"{desk}2023-08/")
    look(visit)
    expect(page.locator("button[value=mention]")).to_have_count(0)

    visit.go(briefs)
    page.select_option("#month", month)
    page.fill("#cut_off", "2023-09-18")
    page.locator("form[action$='/open/'] button").click()
    visit.go(f"{desk}{month}/")
    look(visit)
    first = page.locator("section.find").first
    sentence = first.locator("p").first.inner_text()
    first.locator("button[value=mention]").click()
    expect(page.locator("section.find").first).to_contain_text(taken)
    look(visit)
    visit.go(f"{briefs}{month}/1/")
    assert sentence in page.locator(f"#{language}").input_value()

    visit.go(f"{desk}{month}/")
    page.locator("section.find").first.locator("button[value=open]").click()
    expect(page.locator("section.find").first.locator("button[value=mention]")).to_be_visible()
    visit.go(f"{briefs}{month}/1/")
    assert sentence not in page.locator(f"#{language}").input_value()
    assert visit.problems == []
    assert visit.outside == []
