"""The directory in Chromium: an analyst names a focal point, sees it, and ends its function, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"


@pytest.mark.parametrize(
    ("language", "paths", "named", "ended"),
    [
        ("es", ("/es/ingresar/", "/es/mesa/directorio/"), "El punto focal quedó nombrado", "El fin de la función"),
        ("en", ("/en/sign-in/", "/en/workbench/directory/"), "The focal point was named", "The end of the function"),
    ],
)
def test_a_focal_point_is_named_and_ended(
    visit: Any, language: str, paths: tuple[str, str], named: str, ended: str
) -> None:
    visit.go(paths[0])
    visit.page.fill("#id_login", "ana")
    visit.page.fill("#id_password", PASSWORD)
    visit.page.locator("main button[type=submit]").click()
    expect(visit.page.locator(".menu")).to_be_visible()
    visit.go(paths[1])
    assert visit.barriers() == []
    assert visit.narrow(360) == 0
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    visit.go(f"{paths[1]}hnd/")
    visit.page.select_option("#theme", "INFORMATION_SYSTEM")
    visit.page.fill("#name-new", "Persona Inventada")
    visit.page.fill("#institution-new", "INM")
    visit.page.fill("#address-new", "foco@example.org")
    visit.page.locator("form[action$='/name/'] button[type=submit]").click()
    expect(visit.page.get_by_role("status")).to_contain_text(named)
    assert visit.barriers() == []
    assert visit.narrow(360) == 0
    visit.page.locator("article summary").nth(1).click()
    visit.page.locator("form[action$='/end/'] button[type=submit]").first.click()
    expect(visit.page.get_by_role("status")).to_contain_text(ended)
    assert visit.problems == []
