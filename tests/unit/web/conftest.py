"""People of the workbench and a month of published figures, for the tests of the site.

Models are imported inside the fixtures: this file is read before Django is configured.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from istmo.hub.briefs.models import BriefEdition
    from istmo.installation.accounts.models import User
    from istmo.intake.result import Intake

PASSWORD = "frase-larga-de-prueba-1"
FILES = (
    "pan_snm_cuadro003_2022.csv",
    "pan_snm_cuadro003_2023-08.csv",
    "hnd_inm_flujo_2022.csv",
    "hnd_inm_flujo_2023-08.csv",
)


def person(username: str, full_name: str, role: str) -> "User":
    """An account with `PASSWORD`, which is hashed once a session."""
    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.roles import AccountRole

    made = User.objects.create_user(username, full_name=full_name, role=AccountRole(role), password=None)
    made.password = _hashed()
    made.save()
    return made


@cache
def _hashed() -> str:
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


@pytest.fixture
def analyst(database: None) -> "User":
    return person("ana", "Ana Ejemplo", "analyst")


@pytest.fixture
def approver(database: None) -> "User":
    return person("pio", "Pío Ejemplo", "approver")


@pytest.fixture
def reader(database: None) -> "User":
    return person("lea", "Lea Ejemplo", "reader")


@pytest.fixture
def figures(database: None, arrived: Callable[[str], "Intake"]) -> None:
    """Panama and Honduras, 2022 and January to August 2023, as they would have arrived."""
    from istmo.app.demonstration import files
    from istmo.installation.observations.store import store_intake

    for file in files():
        if file.name in FILES:
            received = datetime.combine(file.received, time(10), tzinfo=UTC)
            store_intake(arrived(file.name), on=file.received, received_at=received)


@pytest.fixture
def draft(figures: None, analyst: "User") -> "BriefEdition":
    from istmo.hub.briefs import workflow
    from istmo.model.periods import month

    return workflow.open_edition(
        month(2023, 8), account=analyst, at=datetime(2023, 9, 18, 9, tzinfo=UTC), demonstration=True
    )


@pytest.fixture
def published(draft: "BriefEdition", analyst: "User", approver: "User") -> "BriefEdition":
    from istmo.hub.briefs import workflow
    from istmo.statistics.brief.values import BriefState
    from istmo.web.hub.editions import style_sheet

    at = datetime(2023, 9, 20, 9, tzinfo=UTC)
    edition = workflow.write_analysis(draft, es="Análisis.", en="Analysis.", account=analyst)
    edition = workflow.move(edition, BriefState.ANALYSED, account=analyst, at=at)
    edition = workflow.move(edition, BriefState.APPROVED, account=approver, at=at)
    return workflow.move(edition, BriefState.PUBLISHED, account=approver, at=at, css=style_sheet())


@pytest.fixture
def signed_in(client: Any) -> "Callable[[User], Any]":
    """`signed_in(user)` is a visitor with that user's session."""

    def sign_in(user: "User") -> Any:
        client.force_login(user)
        return client

    return sign_in
