"""A site with the figures of August 2023 and a published brief, served to a real Chromium.

Models are imported inside the fixtures: this file is read before Django is configured. The ORM is used only before the
browser starts and after it has stopped, because Playwright keeps an event loop in this thread.
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

if TYPE_CHECKING:
    from istmo.app.home import Home
    from istmo.intake.result import Intake

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PASSWORD = "frase-larga-de-prueba-1"
CUT_OFF = date(2023, 9, 18)
# Server, PostgreSQL and Chromium share two cores in continuous integration: an expectation may wait for its turn.
expect.set_options(timeout=30_000)


VIOLATIONS = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(
    rule => [rule.id, rule.nodes.slice(0, 3).map(node => node.target)]))"""


def barriers(page: Page) -> list[str]:
    """What axe finds on a page: rule and the first elements that break it. Only that is brought out of the browser."""
    page.wait_for_load_state()  # a click returns once the next page has begun
    page.evaluate(AXE)
    return [f"{rule}: {targets}" for rule, targets in page.evaluate(VIOLATIONS)]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """The test says what failed."""


@pytest.fixture(scope="module")
def more() -> Callable[[], None]:
    """What a module loads beside the files of the demonstration, before the brief is made."""
    return lambda: None


@pytest.fixture(scope="module")
def site(installation: "Home", arrived: Callable[[str], "Intake"], more: Callable[[], None]) -> Iterator[str]:
    """The address of a site with what had arrived by the cut-off, three people, and the brief of August 2023."""
    from django.core.wsgi import get_wsgi_application

    from istmo.app.database import empty_tables
    from istmo.app.django_setup import kept, received
    from istmo.installation.submissions import background

    _fill(arrived, more)
    background.start(received(installation), keep=kept(installation))
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    background.stop()
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)
    empty_tables(installation)


def _fill(arrived: Callable[[str], "Intake"], more: Callable[[], None]) -> None:
    from istmo.app.demonstration import files
    from istmo.hub.briefs import workflow
    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.roles import AccountRole
    from istmo.installation.observations.store import store_intake
    from istmo.model.periods import month
    from istmo.statistics.brief.values import BriefState
    from istmo.web.hub.editions import style_sheet

    for file in files():
        if file.received <= CUT_OFF:
            received = datetime.combine(file.received, time(10), tzinfo=UTC)
            store_intake(arrived(file.name), on=file.received, received_at=received)
    more()
    ana, pio, _eli = (
        User.objects.create_user(username, full_name=name, role=role, password=PASSWORD)
        for username, name, role in (
            ("ana", "Ana Ejemplo", AccountRole.ANALYST),
            ("pio", "Pío Ejemplo", AccountRole.APPROVER),
            ("eli", "Elisa Ejemplo", AccountRole.STATISTICIAN),
        )
    )
    at = datetime(2023, 9, 20, 9, tzinfo=UTC)
    edition = workflow.open_edition(month(2023, 8), account=ana, at=at, demonstration=True)
    edition = workflow.write_analysis(edition, es="Análisis de agosto.", en="Analysis of August.", account=ana)
    edition = workflow.move(edition, BriefState.ANALYSED, account=ana, at=at)
    edition = workflow.move(edition, BriefState.APPROVED, account=pio, at=at)
    workflow.move(edition, BriefState.PUBLISHED, account=pio, at=at, css=style_sheet())


@pytest.fixture(scope="module")
def browser(site: str, chromium_path: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        yield started
        started.close()


@dataclass
class Visit:
    """A page of the browser with what went wrong on it and what it asked for."""

    page: Page
    site: str
    problems: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def go(self, path: str) -> int:
        response = self.page.goto(f"{self.site}{path}")
        assert response is not None
        return response.status

    def narrow(self, width: int) -> int:
        """How many pixels wider than the window the page is at this width."""
        self.page.wait_for_load_state()
        self.page.set_viewport_size({"width": width, "height": 800})
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def barriers(self) -> list[str]:
        """What axe finds: rule and the first elements that break it."""
        return barriers(self.page)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="es")
    made = Visit(context.new_page(), site)
    watch(made)
    yield made
    context.close()


def watch(made: Visit) -> None:
    made.page.on("console", lambda message: made.problems.append(message.text) if message.type == "error" else None)
    made.page.on("pageerror", lambda error: made.problems.append(str(error)))
    made.page.on(
        "request",
        lambda request: (
            None if request.url.startswith((made.site, "data:", "blob:")) else made.outside.append(request.url)
        ),
    )
