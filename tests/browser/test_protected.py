"""Protected tables in Chromium: what is withheld, which row holds a figure and what is rounded, in both languages.

Two invented datasets, one suppressed and one rounded, stand beside those of the demonstration.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect
from tests.unit.statistics.protected import ROUNDED, WITHHELD, observations, protected_registry

pytestmark = pytest.mark.browser

RECEIVED = date(2023, 9, 15)
OF_CRI = "reporter=CRI,NIC&measure=corridor&origin=SEN&first=2022-08&last=2023-08&mix=apart"
PAGES = (
    ("/es/informes/2023-08/", "/en/briefs/2023-08/"),
    (f"/es/datos/?{OF_CRI}", f"/en/data/?{OF_CRI}"),
    (f"/es/datos/?{OF_CRI.replace('SEN', 'VEN')}", f"/en/data/?{OF_CRI.replace('SEN', 'VEN')}"),
    ("/es/datos/nacionalidades/sen/?last=2023-08", "/en/data/nationalities/sen/?last=2023-08"),
    ("/es/datos/nacionalidades/x_africa/?last=2023-08", "/en/data/nationalities/x_africa/?last=2023-08"),
    ("/es/datos/por-nacionalidad/?last=2023-08", "/en/data/by-nationality/?last=2023-08"),
    ("/es/datos/regiones/africa/?last=2023-08", "/en/data/regions/africa/?last=2023-08"),
    ("/es/datos/regiones/", "/en/data/regions/"),
    ("/es/datos/extrarregional/?last=2023-08", "/en/data/extra-regional/?last=2023-08"),
    ("/es/datos/sexo-y-edad/?last=2023-08", "/en/data/age-and-sex/?last=2023-08"),
    (
        f"/es/datos/revisiones/?dataset={WITHHELD}&measure=ENT_IRR&origin=SEN",
        f"/en/data/revisions/?dataset={WITHHELD}&measure=ENT_IRR&origin=SEN",
    ),
    ("/es/informantes/cri/", "/en/reporters/cri/"),
    ("/es/informantes/nic/", "/en/reporters/nic/"),
    ("/es/comparabilidad/cri/nic/", "/en/comparability/cri/nic/"),
    ("/es/metodo/", "/en/method/"),
    ("/es/", "/en/"),
)


@pytest.fixture(scope="module", autouse=True)
def registry() -> Iterator[None]:
    """The registry with the two datasets."""
    with pytest.MonkeyPatch.context() as patch:
        made = protected_registry()
        patch.setattr("istmo.registry.datasets._registry", lambda: made)
        yield


@pytest.fixture(scope="module")
def more() -> Callable[[], None]:
    return _load


def _load() -> None:
    """What left of the two, with the check that a protected table has passed before the hub shows it."""
    from istmo.installation.observations.store import store_frame
    from istmo.installation.releases.checking import VINTAGE
    from istmo.installation.releases.models import Check

    for number, id_ in enumerate((WITHHELD, ROUNDED)):
        at = datetime(2023, 9, 15, 10 + number, tzinfo=UTC)
        stored = store_frame(
            observations(id_),
            profile_hash=f"{number}" * 64,
            parameters={},
            source_name=f"{id_}.csv",
            on=RECEIVED,
            received_at=at,
        )
        Check.objects.create(
            at=at, object_type=VINTAGE, object_id=stored.name, party=id_[:3], tables=13, cells=150, head="0" * 64
        )


@pytest.mark.parametrize("path", [path for pair in PAGES for path in pair])
def test_a_page_with_protected_figures_has_no_barrier_no_error_and_fits_a_narrow_screen(visit, path: str) -> None:
    assert visit.go(path) == 200
    assert visit.barriers() == []
    assert {width: visit.narrow(width) for width in (360, 320)} == {360: 0, 320: 0}
    assert visit.problems == []
    assert visit.outside == []


@pytest.mark.parametrize(("path", "words"), [(PAGES[3][0], "en África"), (PAGES[3][1], "in Africa")])
def test_a_nationality_says_by_month_in_which_row_it_is_counted_and_leads_to_it(visit, path: str, words: str) -> None:
    visit.go(path)
    cell = visit.page.locator("#months tbody tr").first.locator("td", has_text="incl.").first
    expect(cell).to_contain_text(words)
    cell.get_by_role("link", name="incl.").click()
    expect(visit.page.locator("h1")).to_have_text(re.compile(r"África|Africa"))
    expect(visit.page.locator("aside.caveats")).to_contain_text(
        re.compile("Camerún, Eritrea y Senegal|Cameroon, Eritrea")
    )


@pytest.mark.parametrize(("path", "link"), [(PAGES[2][0], "Cómo protegemos"), (PAGES[2][1], "How we protect")])
def test_the_signs_of_a_protected_table_lead_to_how_people_are_protected(visit, path: str, link: str) -> None:
    visit.go(path)
    visit.page.locator("#months .signs").get_by_role("link", name=re.compile(link)).click()
    expect(visit.page).to_have_url(re.compile("#people$"))
    expect(visit.page.locator("#people h2")).to_be_in_viewport()


def test_a_withheld_figure_is_never_zero_never_blank_and_no_bar(visit) -> None:
    visit.go("/es/datos/nacionalidades/col/?last=2023-08")
    cells = visit.page.locator("#months tbody tr td:nth-child(3)").all_inner_texts()
    visit.go(f"/es/datos/?{OF_CRI.replace('SEN', '_T')}")
    assert visit.page.locator(".mini svg text.sign").all_text_contents() == ["incl.", "s"]
    assert cells
    assert "" not in [text.strip() for text in cells]


def test_the_brief_leads_from_a_cell_to_the_row_that_holds_it(visit) -> None:
    visit.go("/es/informes/2023-08/")
    cell = visit.page.locator("[id='T3B.CRI.SEN']")
    expect(cell).to_contain_text("incl.")
    cell.get_by_role("link", name="incl.").click()
    expect(visit.page.locator("[id='T3B.CRI.X_AFRICA']")).to_be_in_viewport()
    expect(visit.page.locator("[id='T3B.CRI.X_AFRICA']")).to_contain_text("23")


def test_every_nationality_that_is_held_back_has_its_row(visit) -> None:
    visit.go("/es/datos/por-nacionalidad/?last=2023-08")
    for name in ("Camerún", "Eritrea", "Senegal", "China", "Colombia", "Ecuador"):
        expect(visit.page.locator("table.heat tbody th[scope=row]").get_by_text(name, exact=True)).to_have_count(1)


def test_a_file_carries_status_and_note(visit) -> None:
    visit.go(f"/es/datos/?{OF_CRI}")
    response = visit.page.request.get(f"{visit.site}/es/datos/data.csv?{OF_CRI}")
    rows = response.text().splitlines()
    assert any("K(X_AFRICA) incluido en África / included in Africa" in row and ",K," in row for row in rows)


def test_the_same_question_gives_the_same_files(visit) -> None:
    visit.go("/es/datos/")
    for kind in ("csv", "xlsx"):
        address = f"{visit.site}/es/datos/data.{kind}?{OF_CRI.replace('SEN', 'VEN')}"
        first, second = (visit.page.request.get(address).body() for _ in range(2))
        assert first == second


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (PAGES[10][0], "una huella con la clave de la institución"),
        (PAGES[10][1], "a digest with the key of the institution"),
        (PAGES[11][0], "una huella con la clave de la institución"),
        (PAGES[11][1], "a digest with the key of the institution"),
    ],
)
def test_what_stands_for_the_hash_of_a_protected_file_is_said(visit, path: str, words: str) -> None:
    visit.go(path)
    expect(visit.page.locator("main")).to_contain_text(words)


@pytest.mark.parametrize("path", PAGES[9])
def test_the_meaning_of_a_sign_stays_in_its_place(visit, path: str) -> None:
    visit.go(path)
    signs = visit.page.locator(".signs li").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
    assert signs
    assert max(signs) <= 0
