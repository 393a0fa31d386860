"""The pages of international organisations: what they publish and how it is read, without a series or a total."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from istmo.intake.result import Intake


@pytest.fixture
def organisations_loaded(database: None, arrived: Callable[[str], "Intake"]) -> None:
    """UNHCR's applications of 2022 and the people dead or missing to August 2023."""
    from istmo.app.demonstration import files
    from istmo.installation.observations.store import store_intake

    for file in files():
        if file.name in ("unhcr_asylum_applications_2022.csv", "iom_missing_migrants_2023-08.csv"):
            store_intake(arrived(file.name), on=file.received, received_at=datetime(2023, 9, 16, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/es/informantes/unhcr/", "Alto Comisionado de las Naciones Unidas para los Refugiados"),
        ("/en/reporters/iom/", "International Organization for Migration"),
    ],
)
def test_an_organisation_has_a_page_with_its_method_and_no_series(
    organisations_loaded: None, client: Any, address: str, said: str
) -> None:
    page = client.get(address).content.decode()
    assert said in page
    assert ("Sin plazo" if "/es/" in address else "No day:") in page
    assert "<figure" not in page
    assert "2023" in page
    index = client.get("/es/informantes/").content.decode()
    assert 'href="/es/informantes/unhcr/"' in index
    assert "Organizaciones internacionales" in index


def test_an_organisation_without_a_load_says_so(figures: None, client: Any) -> None:
    assert (
        "Aún no se ha cargado aquí ningún archivo de esta organización"
        in client.get("/es/informantes/iom/").content.decode()
    )
    assert "Organizaciones internacionales" not in client.get("/es/informantes/").content.decode()


def test_what_an_organisation_publishes_is_taken_along_by_country_never_summed(
    organisations_loaded: None, client: Any
) -> None:
    text = client.get("/es/informantes/unhcr/series.csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    new = {(row["COUNTERPART"], row["ENTRY_MODE"]): row["OBS_VALUE"] for row in rows if row["MEASURE"] == "ASY_APP"}
    assert new["MEX", "GOV_FI"] == "118735"
    assert all(country != "_T" for country, _ in new)
