"""A file that nobody has described: from the drafts page to figures on a page, by two people, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from istmo.intake.profiles import read_profile
from istmo.intake.testing import run_samples

from .conftest import Visit
from .test_reports import signed_in, sound

pytestmark = pytest.mark.browser

TABLE = (
    "CUADRO 7. INGRESOS IRREGULARES POR PUESTO FRONTERIZO, AÑO 2022\n"
    "País de nacionalidad,Total,Enero,Febrero\n"
    "África,30,20,10\nGhana,10,10,0\nTogo,20,10,10\n"
    "América,20,12,8\nCuba,10,8,2\nHaití,10,4,6\n"
    "No especificado,3,1,2\nCongo,5,5,-\n"
    "Total,58,38,20\n"
    "Fuente: registros de la institución\n"
)
WORDS = {
    "es": {
        "sign_in": "/es/ingresar/",
        "drafts": "/es/mesa/borradores/",
        "bring": "Traer un archivo nuevo",
        "look": "Mirar el archivo",
        "hierarchy": "2 etiquetas de «País de nacionalidad» son en cada columna la suma",
        "congo": "¿Qué código lleva «Congo»?",
        "save": "Guardar las decisiones",
        "read": "Guardar y leer el archivo",
        "download": "Descargar el perfil (YAML)",
        "install": "Instalar el perfil",
        "two": "Lo instala aquí una persona de estadística",
        "installed": "Los archivos se leen con",
        "send": "Enviar el archivo",
        "sent": "Enviar y leer el archivo",
        "unknown": "/es/mesa/archivos/nuevo/",
        "draft_it": "Hacer un borrador de perfil de este archivo",
        "stored": "Sus cifras se guardaron.",
        "changed": "Qué cambió, por mes y nacionalidad",
        "refused": "No se encontró una tabla",
    },
    "en": {
        "sign_in": "/en/sign-in/",
        "drafts": "/en/workbench/drafts/",
        "bring": "Bring a new file",
        "look": "Look at the file",
        "hierarchy": "2 labels of “País de nacionalidad” are in each column the sum",
        "congo": "Which code does “Congo” take?",
        "save": "Save the decisions",
        "read": "Save and read the file",
        "download": "Download the profile (YAML)",
        "install": "Install the profile",
        "two": "A statistician installs it here",
        "installed": "Files are read by",
        "send": "Send the file",
        "sent": "Send and read the file",
        "unknown": "/en/workbench/files/new/",
        "draft_it": "Draft a profile from this file",
        "stored": "Its figures are stored.",
        "changed": "What changed, by month and nationality",
        "refused": "No table was found",
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


def bring(made: Visit, words: dict[str, str], path: Path) -> None:
    made.go(words["drafts"])
    made.page.get_by_role("link", name=words["bring"]).first.click()
    made.page.set_input_files("#file", path)
    made.page.get_by_role("button", name=words["look"]).click()


def decide(page: Page, question: str | re.Pattern[str], answer: str) -> Locator:
    """Choose the option that begins so, or write the answer."""
    field = page.locator("form.decide").get_by_label(question)
    if field.evaluate("element => element.tagName") == "INPUT":
        field.fill(answer)
    else:
        option = field.locator("option").filter(has_text=re.compile(f"^{re.escape(answer)}"))
        field.select_option(str(option.first.get_attribute("value")))
    return field


def counts(page: Page) -> list[int]:
    """Read, accepted, in quarantine, rejected, as the page says."""
    return [int(text) for text in page.locator("dl.sum dd").all_inner_texts()]


def test_a_new_file_is_described_by_one_person_installed_by_another_and_its_figures_are_seen(
    analyst: Visit, statistician: Visit, words: dict[str, str], language: str, tmp_path: Path
) -> None:
    page = analyst.page
    profile = f"SLV.DGME.cuadro7_{language}"
    path = tmp_path / f"cuadro7_{language}.csv"
    path.write_text(TABLE.replace("CUADRO 7", "CUADRO 7" if language == "es" else "CUADRO 8"), encoding="utf-8")

    analyst.go(words["unknown"])
    page.set_input_files("#file", path)
    page.get_by_role("button", name=words["sent"]).click()
    page.get_by_role("link", name=words["draft_it"]).click()
    page.set_input_files("#file", path)
    page.get_by_role("button", name=words["look"]).click()

    expect(page.locator("#decisions")).to_be_visible(timeout=30_000)
    expect(page.get_by_text(words["hierarchy"]).first).to_be_attached()
    expect(page.get_by_role("cell", name="Ghana").first).to_be_visible()
    expect(page.get_by_label(words["congo"])).to_have_value("?")  # never guessed
    sound(analyst)

    decide(page, re.compile("informante|Reporting", re.IGNORECASE), profile)
    decide(page, re.compile("responde por|answers for"), "Dirección de Estadística")
    decide(page, words["congo"], "X_CONGO")
    page.get_by_role("button", name=words["save"]).click()
    expect(page.get_by_label(words["congo"])).not_to_have_value("?")
    selects = page.locator("form.decide select")
    for number in range(selects.count()):
        if selects.nth(number).input_value() == "?":
            selects.nth(number).select_option("0")
    decide(page, re.compile("qué lugar|which place"), "_T")
    page.get_by_role("button", name=words["read"]).click()
    expect(page.locator("#reading dl.sum")).to_be_visible(timeout=30_000)
    read = counts(page)
    assert read[0] == read[1] > 0
    with page.expect_download() as download:
        page.get_by_role("link", name=words["download"]).click()
    drafted = read_profile(Path(download.value.path()).read_bytes(), name="x.yaml")
    assert (drafted.id, run_samples(drafted)) == (profile, ())
    expect(page.get_by_text(words["two"])).to_be_visible()
    expect(page.get_by_role("button", name=words["install"])).to_have_count(0)
    sound(analyst)

    other = statistician.page
    other.goto(page.url.partition("#")[0])
    other.get_by_role("button", name=words["install"]).click()
    expect(other.locator("#installed")).to_contain_text(f"{words['installed']} {profile}@1.0.0")
    sound(statistician)
    other.locator("#installed").get_by_role("link", name=words["send"]).click()
    other.set_input_files("#file", path)
    other.get_by_role("button", name=words["sent"]).click()
    expect(other.locator("#findings")).to_be_visible(timeout=30_000)
    expect(other.get_by_text(f"{profile}@1.0.0")).to_be_visible()
    expect(other.get_by_text(words["stored"])).to_be_visible()
    assert counts(other) == read
    sound(statistician)

    other.goto(f"{statistician.site}{words['unknown']}")
    path.write_text(path.read_text(encoding="utf-8").replace("Togo,20,10,10", "Togo,21,11,10"), encoding="utf-8")
    other.set_input_files("#file", path)
    other.get_by_role("button", name=words["sent"]).click()
    expect(other.locator("#findings")).to_be_visible(timeout=30_000)
    other.get_by_role("link", name=words["changed"]).click()
    row = other.get_by_role("row").filter(has_text="Togo").last
    expect(row).to_contain_text("2022")
    expect(row.get_by_role("cell", name="10", exact=True)).to_be_visible()
    expect(row.get_by_role("cell", name="11", exact=True)).to_be_visible()
    sound(statistician)


def test_a_text_instead_of_a_table_is_refused_in_words(analyst: Visit, words: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "nota.csv"
    path.write_text("Estimada colega, aquí va la nota.\nVa, como siempre, sin cifras.\nSaludos, la oficina.\n" * 3)
    bring(analyst, words, path)
    expect(analyst.page.get_by_text(words["refused"])).to_be_visible(timeout=30_000)
    sound(analyst)
