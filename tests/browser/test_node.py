"""A node's own pages in Chromium: empty, with a file that was sent there, proposed and not sent for want of a peer."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from istmo.app.demonstration import files

from .conftest import PASSWORD, Visit, watch

pytestmark = pytest.mark.browser

FILE = "pan_snm_cuadro003_2023-08.csv"
PATHS = {
    "es": {
        "home": "/es/",
        "sign_in": "/es/ingresar/",
        "desk": "/es/mesa/",
        "files": "/es/mesa/archivos/",
        "new": "/es/mesa/archivos/nuevo/",
        "releases": "/es/mesa/entregas-a-la-secretaria/",
        "mappings": "/es/mesa/correspondencias/",
        "drafts": "/es/mesa/borradores/",
        "registry": "/es/mesa/acuerdos/",
        "agreement": "/es/mesa/acuerdos/demo:RCM-STAT/1/",
        "protection": "/es/mesa/proteccion/",
        "sign": "/es/mesa/acuerdos/firmar/",
        "read": "Enviar y leer el archivo",
        "accepted": "Aceptado",
    },
    "en": {
        "home": "/en/",
        "sign_in": "/en/sign-in/",
        "desk": "/en/workbench/",
        "files": "/en/workbench/files/",
        "new": "/en/workbench/files/new/",
        "releases": "/en/workbench/releases/",
        "mappings": "/en/workbench/mappings/",
        "drafts": "/en/workbench/drafts/",
        "registry": "/en/workbench/agreements/",
        "agreement": "/en/workbench/agreements/demo:RCM-STAT/1/",
        "protection": "/en/workbench/protection/",
        "sign": "/en/workbench/agreements/sign/",
        "read": "Send and read the file",
        "accepted": "Accepted",
    },
}
PAGES = tuple(name for name in PATHS["es"] if name not in ("sign_in", "read", "accepted"))


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """The address of a node that nobody has sent anything to."""
    directory = Path(tempfile.mkdtemp(prefix="istmo-node-"))
    directory.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = Path(__file__).with_name("node_server.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(directory / "home"), str(directory / "data"), str(port), PASSWORD],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        yield started
        started.close()


def visiting(browser: Browser, node: str, language: str, name: str) -> Visit:
    made = Visit(browser.new_context(viewport={"width": 1280, "height": 900}, locale=language).new_page(), node)
    watch(made)
    made.go(PATHS[language]["sign_in"])
    made.page.fill("#id_login", name)
    made.page.fill("#id_password", PASSWORD)
    made.page.locator("main button[type=submit]").click()
    expect(made.page.locator(".menu")).to_be_visible()
    return made


def sound(visit: Visit, path: str) -> None:
    """The page stands, axe finds nothing, it fits a telephone, nothing failed and nothing came from elsewhere."""
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    assert visit.go(path) == 200, path
    assert visit.barriers() == [], path
    assert visit.narrow(360) == 0, path
    assert (visit.problems, visit.outside) == ([], []), path
    visit.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_empty_node_says_what_comes_next(browser: Browser, node: str, language: str) -> None:
    visit = visiting(browser, node, language, "eli")
    for page in PAGES:
        sound(visit, PATHS[language][page])
    visit.go(PATHS[language]["releases"])
    expect(visit.page.locator("main")).to_contain_text({"es": "Todavía no", "en": "yet"}[language])


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_file_is_sent_at_a_node_and_waits_to_be_released(
    browser: Browser, node: str, language: str, tmp_path: Path
) -> None:
    words = PATHS[language]
    sent = tmp_path / FILE
    sent.write_bytes(next(one for one in files() if one.name == FILE).content() + (b"\n" if language == "en" else b""))
    visit = visiting(browser, node, language, "eli")
    visit.go(words["new"])
    visit.page.set_input_files("#file", sent)
    visit.page.get_by_role("button", name=words["read"]).click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text(FILE)
    expect(visit.page.get_by_text(words["accepted"]).first).to_be_visible(timeout=60_000)
    for page in PAGES:
        sound(visit, words[page])
    visit.go(words["desk"])
    expect(visit.page.locator("main")).to_contain_text(FILE)
    expect(visit.page.locator("main")).to_contain_text("2023")
    visit.go(words["home"])
    assert FILE not in visit.page.content()
    for name in ("pio", "ada"):
        sound(visiting(browser, node, language, name), words["desk"])
