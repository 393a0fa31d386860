"""The exchange in Chromium, in both languages: a peer is tried from the page, alarms are read."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PASSWORD = "frase-larga-de-prueba-1"


@pytest.fixture(scope="module")
def more() -> Iterator[Callable[[], None]]:
    """The site takes part as PAN, knows the Secretariat, and has an alarm about it."""
    from dataclasses import replace

    from django.conf import settings
    from tests.scenario.delivery.region import Region

    before = settings.ISTMO_ACCESS_POINT
    pan = replace(Region().pan, addresses=lambda: {"TS": "https://ts.example.org:8443"})

    def prepare() -> None:
        from istmo.installation.alarms.models import AlarmKind, raise_alarm

        settings.ISTMO_ACCESS_POINT = lambda: pan
        at = datetime(2026, 3, 2, 8, tzinfo=UTC)
        reason = "2026-03-01T02:00:00Z/2026-03-02T07:00:00Z"
        raise_alarm(AlarmKind.PEER_RESTORED, at=at, party="TS", reason=reason)
        ident = "demo:PAN-HTI-IDENT"
        since, day = "2026-03-02T08:00:00Z", "2026-04-01"
        raise_alarm(AlarmKind.AGREEMENT_SUSPENDED, at=at, party="HTI", object_id=ident, reason=since)
        raise_alarm(AlarmKind.AGREEMENT_DENOUNCED, at=at, party="HTI", object_id=ident, reason=f"{since}/{day}")

    yield prepare
    settings.ISTMO_ACCESS_POINT = before


@pytest.mark.parametrize(
    ("sign_in", "peers", "alarms", "sent", "stands", "told"),
    [
        (
            "/es/ingresar/",
            "/es/mesa/intercambio/partes/",
            "/es/mesa/intercambio/alarmas/",
            "Las preguntas están en camino",
            "Faltan respuestas",
            (
                "Copia del 2026-03-01 02:00:00 UTC; restaurada el 2026-03-02 07:00:00 UTC.",
                "demo:PAN-HTI-IDENT, desde el 2026-03-02 08:00:00 UTC.",
                "denunciado el 2026-03-02 08:00:00 UTC; deja de obligarla el 2026-04-01.",
            ),
        ),
        (
            "/en/sign-in/",
            "/en/workbench/exchange/peers/",
            "/en/workbench/exchange/alarms/",
            "The questions are on their way",
            "Answers are to come",
            (
                "Backup of 2026-03-01 02:00:00 UTC; restored on 2026-03-02 07:00:00 UTC.",
                "demo:PAN-HTI-IDENT, since 2026-03-02 08:00:00 UTC.",
                "denounced on 2026-03-02 08:00:00 UTC; it is not bound from 2026-04-01.",
            ),
        ),
    ],
)
def test_a_peer_is_tried_and_alarms_are_read(
    visit: Any, sign_in: str, peers: str, alarms: str, sent: str, stands: str, told: tuple[str, ...]
) -> None:
    visit.go(sign_in)
    visit.page.fill("#id_login", "pio")
    visit.page.fill("#id_password", PASSWORD)
    visit.page.locator("main button[type=submit]").click()
    expect(visit.page.locator(".menu")).to_be_visible()
    visit.go(peers)
    visit.page.select_option("#trial-each", "5")
    visit.page.locator("#trial form button[type=submit]").click()
    expect(visit.page.get_by_role("status")).to_contain_text(sent)
    expect(visit.page.locator("#trial")).to_contain_text(stands)
    for address in (peers, alarms):
        visit.go(address)
        assert visit.barriers() == []
        assert visit.narrow(360) == 0
        visit.page.set_viewport_size({"width": 1280, "height": 900})
    for words in told:
        expect(visit.page.locator("main")).to_contain_text(words)
    visit.page.get_by_role("link", name={"es": "Acuerdos", "en": "Agreements"}[alarms[1:3]]).last.click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text({"es": "Acuerdos", "en": "Agreements"}[alarms[1:3]])
    assert visit.problems == []
