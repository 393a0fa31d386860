"""A file with wrong labels, from the list of findings to the cell, and from a label to a version that reads it."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from istmo.app.demonstration import files

from .conftest import PASSWORD, Visit, watch

pytestmark = pytest.mark.browser

CUADRO = next(file.content() for file in files() if file.name == "pan_snm_cuadro003_2023-08.csv")
WRONG = CUADRO.replace(b"Nepal,", b"Nepall,").replace("Camerún,".encode(), b"Corea,").replace(b"62,700", b"62,690")
ID = "PAN.SNM.cuadro003"
WORDS = {
    "es": {
        "sign_in": "/es/ingresar/",
        "new": "/es/mesa/archivos/nuevo/",
        "send": "Enviar y leer el archivo",
        "show": "Mostrar",
        "row": "fila 17, País",
        "heading": "Fila 17, columna País",
        "all": "Todos los hallazgos",
        "changed": "Qué cambió, por mes y nacionalidad",
        "changed_heading": "Qué cambió desde el último envío",
        "workbook": "Libro anotado, XLSX",
        "mappings": "/es/mesa/correspondencias/",
        "write": "Anotar la decisión",
        "maps": "Corresponde a un código",
        "undo": "Deshacer la decisión",
        "undone": "La decisión se deshizo. La etiqueta espera de nuevo.",
        "refused": "solo la decide una regla de la propia fuente",
        "proposal": "Ver la versión del perfil que resulta de las decisiones",
        "compare": "Comparar",
        "cells": "12 celdas cambian",
        "take": "Leer los archivos con la versión",
        "back": "Volver a la versión anterior",
    },
    "en": {
        "sign_in": "/en/sign-in/",
        "new": "/en/workbench/files/new/",
        "send": "Send and read the file",
        "show": "Show",
        "row": "row 17, País",
        "heading": "Row 17, column País",
        "all": "All findings",
        "changed": "What changed, by month and nationality",
        "changed_heading": "What changed since the last submission",
        "workbook": "Annotated workbook, XLSX",
        "mappings": "/en/workbench/mappings/",
        "write": "Write the decision down",
        "maps": "Maps to a code",
        "undo": "Undo the decision",
        "undone": "The decision was undone. The label waits again.",
        "refused": "only a rule of the source itself decides it",
        "proposal": "See the version of the profile that the decisions make",
        "compare": "Compare",
        "cells": "12 cells change",
        "take": "Read files by version",
        "back": "Go back to the version before",
    },
}


@pytest.fixture(params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def words(language: str) -> dict[str, str]:
    return WORDS[language]


@pytest.fixture
def analyst(browser: Browser, site: str, words: dict[str, str]) -> Iterator[Visit]:
    yield from signed_in(browser, site, words, "ana")


@pytest.fixture
def statistician(browser: Browser, site: str, words: dict[str, str]) -> Iterator[Visit]:
    yield from signed_in(browser, site, words, "eli")


def signed_in(browser: Browser, site: str, words: dict[str, str], username: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    made = Visit(context.new_page(), site)
    watch(made)
    made.go(words["sign_in"])
    made.page.fill("#id_login", username)
    made.page.fill("#id_password", PASSWORD)
    made.page.locator("main button[type=submit]").click()
    yield made
    context.close()


def send(made: Visit, words: dict[str, str], folder: Path, content: bytes = WRONG) -> str:
    """Send the file, wait until it was read; the address of its page."""
    path = folder / "cuadro.csv"
    path.write_bytes(content)
    made.go(words["new"])
    made.page.set_input_files("#file", path)
    made.page.get_by_role("button", name=words["send"]).click()
    expect(made.page.locator("#findings")).to_be_visible(timeout=30_000)
    return made.page.url


def sound(made: Visit) -> None:
    """No barrier, no error of a script, nothing from outside, and no page wider than a narrow screen."""
    assert made.barriers() == []
    assert made.narrow(360) == 0
    made.page.set_viewport_size({"width": 1280, "height": 900})
    assert (made.problems, made.outside) == ([], [])


def test_findings_are_filtered_and_one_click_leads_to_the_cell(
    analyst: Visit, words: dict[str, str], tmp_path: Path
) -> None:
    page = analyst.page
    address = send(analyst, words, tmp_path)
    sound(analyst)
    page.select_option("#rule", "R9")
    page.select_option("#column", "País")
    page.get_by_role("button", name=words["show"]).click()
    rows = page.locator("#findings .tbl").last.locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=words["row"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words["heading"])
    cell = page.locator("#cell")
    expect(cell).to_contain_text("Nepall")
    expect(cell).to_be_in_viewport()
    assert page.url.endswith("#cell")
    sound(analyst)
    page.get_by_role("link", name=words["all"]).click()
    assert page.url.startswith(address)


def test_what_changed_is_told_and_the_workbook_has_notes_in_its_cells(
    analyst: Visit, words: dict[str, str], tmp_path: Path
) -> None:
    page = analyst.page
    address = send(analyst, words, tmp_path)
    page.get_by_role("link", name=words["changed"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words["changed_heading"])
    page.select_option("#kind", "revised")
    page.get_by_role("button", name=words["show"]).click()
    expect(page.get_by_role("cell", name="62,690")).to_be_visible()
    sound(analyst)
    page.goto(address)
    with page.expect_download() as download:
        page.get_by_role("link", name=words["workbook"]).click()
    workbook = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    noted = {cell.coordinate for row in workbook["cuadro"].iter_rows() for cell in row if cell.comment}
    assert "A17" in noted
    links = [cell.hyperlink.location for cell in workbook.worksheets[2]["B"] if cell.hyperlink]
    assert "'cuadro'!A17" in links


def test_a_label_is_decided_undone_decided_again_and_another_person_takes_the_version_over(
    analyst: Visit, statistician: Visit, words: dict[str, str], tmp_path: Path
) -> None:
    page = analyst.page
    send(analyst, words, tmp_path)
    analyst.go(words["mappings"])
    sound(analyst)
    page.get_by_role("link", name="«Nepall»").click()
    sound(analyst)
    decide(page, words, "NPL")
    expect(page.locator("#decision")).to_contain_text(words["maps"])
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.get_by_text(words["undone"])).to_be_visible()
    decide(page, words, "NPL")
    page.get_by_role("link", name=words["proposal"]).click()
    expect(page.locator(".diff .added").filter(has_text="Nepall: NPL")).to_be_visible()
    page.get_by_role("button", name=words["compare"]).click()
    expect(page.get_by_text(words["cells"])).to_be_visible(timeout=30_000)
    sound(analyst)
    expect(page.get_by_role("button", name=words["take"])).to_have_count(0)

    other = statistician.page
    other.goto(page.url.partition("#")[0])
    other.get_by_role("button", name=words["take"]).click()
    expect(other.locator("#versions .pill.ok")).to_have_count(1)
    sound(statistician)
    send(statistician, words, tmp_path)
    expect(other.get_by_text(re.compile(rf"^{ID}@1\.[1-9]\.0$"))).to_be_visible()
    assert "Nepall" not in other.locator("#findings").inner_text()
    other.goto(page.url.partition("#")[0])
    other.get_by_role("button", name=words["back"]).click()  # so that the next test finds the program's own
    analyst.go(words["mappings"] + "?state=decided")
    page.get_by_role("link", name="«Nepall»").click()
    page.get_by_role("button", name=words["undo"]).click()


def test_an_ambiguous_label_is_not_mapped_without_a_rule_of_its_source(
    analyst: Visit, words: dict[str, str], tmp_path: Path
) -> None:
    page = analyst.page
    send(analyst, words, tmp_path)
    analyst.go(words["mappings"])
    page.get_by_role("link", name="«Corea»").click()
    sound(analyst)
    decide(page, words, "KOR")
    expect(page.locator("#problem")).to_contain_text(words["refused"])
    assert analyst.barriers() == []
    analyst.problems.clear()  # the browser names the refusal, status 400, as an error
    expect(page.locator("#note")).to_have_value("una nota")
    page.check("#v-needs_rule")
    page.get_by_role("button", name=words["write"]).click()
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.get_by_text(words["undone"])).to_be_visible()


def decide(page: Page, words: dict[str, str], code: str) -> None:
    page.check("#v-map")
    page.check(f"input[name=codes][value={code}]")
    page.fill("#note", "una nota")
    page.get_by_role("button", name=words["write"]).click()
