"""Agreements in Chromium: the public register, a text studied before it is signed, what would happen if."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from istmo.registry.agreements.reading import TYP
from istmo.registry.demonstration import demonstration_documents, demonstration_key
from istmo.registry.signing import canonical, payload_of, read_signed, sign

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"
IDENT = "demo:PAN-HTI-IDENT"


def check(visit: Any) -> None:
    """No barrier at either width, and nothing wider than a telephone."""
    assert visit.barriers() == []
    assert visit.narrow(360) == 0
    assert visit.barriers() == []
    visit.page.set_viewport_size({"width": 1280, "height": 900})


def sign_in(visit: Any, address: str) -> None:
    visit.go(address)
    visit.page.fill("#id_login", "ana")
    visit.page.fill("#id_password", PASSWORD)
    visit.page.locator("main button[type=submit]").click()
    expect(visit.page.locator(".menu")).to_be_visible()


@pytest.mark.parametrize(
    ("register", "said"),
    [
        ("/es/acuerdos/", ("Registro público de acuerdos", "Vigente", "no obliga a nadie")),
        ("/en/agreements/", ("Register of agreements", "In force", "it binds nobody")),
    ],
)
def test_the_public_register_is_read_by_anybody(visit: Any, register: str, said: tuple[str, str, str]) -> None:
    title, state, demonstration = said
    assert visit.go(register) == 200
    expect(visit.page.locator("h1")).to_have_text(title)
    expect(visit.page.locator("tbody tr")).to_have_count(len(demonstration_documents()))
    check(visit)
    visit.page.locator("tbody th a").first.click()
    expect(visit.page.locator(".facts")).to_contain_text(state)
    expect(visit.page.locator(".note").first).to_contain_text(demonstration)
    expect(visit.page.locator("svg.states .state.now")).to_have_text(state)
    check(visit)
    with visit.page.expect_download() as given:
        visit.page.locator(".get a").first.click()
    assert read_signed(given.value.path().read_bytes(), typ=TYP).digest in visit.page.content()
    assert visit.problems == []
    assert visit.outside == []


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (
            ("/es/ingresar/", "/es/mesa/acuerdos/", "firmar/"),
            ("Compare esto por teléfono", "Se verificó y se añadió 1 firma", "Eso era una clave privada"),
        ),
        (
            ("/en/sign-in/", "/en/workbench/agreements/", "sign/"),
            ("Compare this by telephone", "1 signature was verified and added", "That was a private key"),
        ),
    ],
)
def test_a_text_is_studied_and_signed_where_the_key_lies(
    visit: Any, tmp_path: Path, addresses: tuple[str, str, str], said: tuple[str, str, str]
) -> None:
    content = {**payload_of(demonstration_documents()[IDENT]), "id": "demo:PAN-HTI-NEW"}
    content |= {"signed_on": "2027-12-01", "in_force": "2028-01-01", "review": "2028-06-01", "expires": "2029-12-31"}
    text, signed, key = (tmp_path / name for name in ("text.json", "signed.jws.json", "signing.pem"))
    text.write_bytes(canonical(content))
    entrance, desk, signing = addresses
    sign_in(visit, entrance)
    visit.go(desk)
    check(visit)
    visit.go(f"{desk}{signing}")
    check(visit)
    visit.page.set_input_files("#file", text)
    visit.page.locator("main form button[type=submit]").first.click()
    expect(visit.page.locator("main")).to_contain_text(said[0])
    check(visit)
    with visit.page.expect_download() as given:
        visit.page.locator("form[action$='/file/'] button").click()
    signed.write_text(sign(given.value.path().read_bytes(), demonstration_key("PAN"), typ=TYP).as_json())
    visit.page.set_input_files("#file", signed)
    visit.page.locator("main form button[type=submit]").last.click()
    expect(visit.page.get_by_role("status")).to_contain_text(said[1])
    assert visit.problems == []
    key.write_bytes(demonstration_key("HTI").as_pem())
    visit.page.set_input_files("#file", key)
    visit.page.locator("main form button[type=submit]").last.click()
    expect(visit.page.get_by_role("alert")).to_contain_text(said[2])
    assert "PRIVATE KEY" not in visit.page.content()
    check(visit)


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (
            ("/es/ingresar/", "/es/mesa/acuerdos/que-pasaria-si/"),
            ("no se guarda", "se permite", "se deniega", "consulte a la persona oficial de protección"),
        ),
        (
            ("/en/sign-in/", "/en/workbench/agreements/what-if/"),
            ("it is not stored", "permitted", "refused", "ask the protection officer"),
        ),
    ],
)
def test_a_question_is_answered_with_the_rule_and_without_a_trace(
    visit: Any, addresses: tuple[str, str], said: tuple[str, str, str, str]
) -> None:
    forgotten, permitted, refused, clerk = said
    sign_in(visit, addresses[0])
    visit.go(addresses[1])
    expect(visit.page.locator("main .note").first).to_contain_text(forgotten)
    visit.page.select_option("#agreement", IDENT)
    visit.page.locator("form.filter button").click()
    check(visit)
    visit.page.locator("form.form button[type=submit]").click()
    expect(visit.page.locator("#decision .pill")).to_have_text(permitted)
    visit.page.fill("#f-declared", "NPL HTI")
    visit.page.locator("form.form button[type=submit]").click()
    expect(visit.page.locator("#decision .pill")).to_have_text(refused)
    expect(visit.page.locator("#decision")).to_contain_text("R53")
    expect(visit.page.locator("#decision")).to_contain_text(clerk)
    expect(visit.page.locator("#f-declared")).to_have_value("NPL HTI")
    check(visit)
    visit.page.locator(".lang button").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", "en" if addresses[0].startswith("/es/") else "es-419")
    expect(visit.page.locator("#f-declared")).to_have_value("NPL HTI")
    expect(visit.page.locator("#decision")).to_contain_text("R53")
    assert visit.problems == []
    assert visit.outside == []


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (("/es/ingresar/", "/es/mesa/acuerdos/documentos/"), ("Documentos del registro", "En palabras sencillas")),
        (("/en/sign-in/", "/en/workbench/agreements/documents/"), ("Documents of the registry", "In plain words")),
    ],
)
def test_the_documents_of_the_registry_are_read_by_people(
    visit: Any, addresses: tuple[str, str], said: tuple[str, str]
) -> None:
    sign_in(visit, addresses[0])
    assert visit.go(addresses[1]) == 200
    expect(visit.page.locator("[aria-current=page].chip")).to_have_text(said[0])
    check(visit)
    visit.page.get_by_role("link", name="codelists/protection_state.yaml").click()
    expect(visit.page.locator("tbody")).to_contain_text("NONE_FOUND")
    check(visit)
    visit.page.go_back()
    visit.page.get_by_role("link", name="rules/disclosure/monthly-flows.yaml").click()
    expect(visit.page.locator("#reading h2")).to_have_text(said[1])
    check(visit)
    assert visit.problems == []
    assert visit.outside == []
