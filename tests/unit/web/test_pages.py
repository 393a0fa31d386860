"""Public pages over the real database: empty, with figures, and with a published brief; in both languages."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import translate_url
from django.utils.translation import override

if TYPE_CHECKING:
    from istmo.hub.briefs.models import BriefEdition

PUBLIC = (
    "/es/",
    "/es/informes/",
    "/es/informantes/",
    "/es/informantes/pan/",
    "/es/informantes/blz/",
    "/es/perfiles/PAN.SNM.cuadro003/",
    "/es/comparabilidad/",
    "/es/metodo/",
    "/es/glosario/",
    "/es/codigos/",
    "/es/codigos/measure/",
    "/es/acerca/",
    "/es/ingresar/",
)


def in_english(path: str) -> str:
    with override("es"):
        return translate_url(path, "en")


def text_of(response: Any) -> str:
    """What a reader sees: without tags, white space evened out."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_page_stands_in_both_languages_before_anything_is_loaded(
    database: None, client: Any, path: str
) -> None:
    for address, language in ((path, "es-419"), (in_english(path), "en")):
        response = client.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        assert f'<html lang="{language}">' in page
        assert page.count("<h1") == 1
        assert "style=" not in page
        scripts = ["/static/istmo/passkey.js"] if path == "/es/ingresar/" else []  # passkeys, and nothing else
        assert re.findall(r'<script(?: src="([^"]+)")?', page) == scripts
        assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) == []


@pytest.mark.parametrize("path", PUBLIC)
def test_the_other_language_of_the_same_page_is_one_click_away(database: None, client: Any, path: str) -> None:
    other = in_english(path)
    assert other != path
    assert f'href="{other}" lang="en"' in client.get(path).content.decode()
    assert f'href="{path}" lang="es"' in client.get(other).content.decode()


@pytest.mark.parametrize("path", [path for path in PUBLIC if path != "/es/ingresar/"])
def test_public_pages_set_no_cookie_and_allow_nothing_inline(database: None, client: Any, path: str) -> None:
    response = client.get(path)
    assert not response.cookies
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("path", PUBLIC)
def test_every_page_of_a_demonstration_says_so(database: None, client: Any, path: str) -> None:
    assert "DEMOSTRACIÓN" in text_of(client.get(path))


def test_the_root_leads_to_the_home_page_in_the_readers_language(client: Any) -> None:
    assert client.get("/", headers={"accept-language": "en"}).headers["Location"] == "/en/"
    assert client.get("/", headers={"accept-language": "pt"}).headers["Location"] == "/es/"


def test_home_says_what_will_be_there_before_a_brief_is_published(database: None, client: Any) -> None:
    assert "Aún no hay un informe publicado" in text_of(client.get("/es/"))
    assert "No brief is published yet" in text_of(client.get("/en/"))


def test_home_shows_the_latest_brief_and_each_reporters_last_month(published: "BriefEdition", client: Any) -> None:
    page = text_of(client.get("/es/"))
    assert "Agosto de 2023" in page
    assert "81,946" in page
    assert "+26,559 +48" in page
    assert "+50,842 +163" in page
    assert "65,526" in page
    assert "Informaron la medida del corredor: 2" in page
    assert client.get("/es/").content.decode().count('class="spark"') == 2


def test_home_never_shows_a_sum_over_reporters(published: "BriefEdition", client: Any) -> None:
    assert f"{81_946 + 65_526:,}" not in text_of(client.get("/es/"))


def test_the_brief_stands_at_its_permanent_address(published: "BriefEdition", client: Any) -> None:
    page = client.get("/en/briefs/2023-08/1/")
    assert page.status_code == 200
    assert 'id="T2.PAN.2023-08"' in page.content.decode()
    assert "August 2023" in text_of(page)
    assert client.get("/en/briefs/2023-08/").headers["Location"] == "/en/briefs/2023-08/1/"


@pytest.mark.parametrize("name", ["brief.es.pdf", "brief.xlsx", "observations.csv", "brief.json", "brief.en.html"])
def test_a_published_file_is_given_byte_by_byte(published: "BriefEdition", client: Any, name: str) -> None:
    from istmo.hub.briefs.models import PublishedFile

    response = client.get(f"/es/informes/2023-08/1/{name}")
    assert response.content == bytes(PublishedFile.objects.get(edition=published, name=name).content)
    assert response["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("address", ["2023-08/2/", "2023-09/", "2023-08/1/brief.exe", "2023-08/1/brief.fr.pdf"])
def test_what_was_not_published_is_not_found(published: "BriefEdition", client: Any, address: str) -> None:
    response = client.get(f"/es/informes/{address}")
    assert response.status_code == 404
    assert "Esta página no existe" in text_of(response)


def test_a_draft_is_not_shown_to_the_public(draft: "BriefEdition", client: Any) -> None:
    assert client.get("/es/informes/2023-08/1/").status_code == 404
    assert "2023-08" not in client.get("/es/informes/").content.decode()


def test_a_reporters_page_shows_series_vintages_and_where_a_total_comes_from(figures: None, client: Any) -> None:
    page = text_of(client.get("/es/informantes/pan/"))
    assert "81,946" in page
    assert "según lo declarado" in page
    assert "2023-09-08.1" in page
    assert "PAN.SNM.cuadro003@" in page
    assert "público en la fuente" in page
    assert re.search(r"\b[0-9a-f]{64}\b", page)


def test_a_reporters_series_can_be_taken_along(figures: None, client: Any) -> None:
    lines = client.get("/es/informantes/pan/series.csv").content.decode().splitlines()
    assert lines[0].startswith("REPORTER,AGENCY,DATASET,MEASURE,UNIT,PERIOD")
    assert [line.split(",")[15] for line in lines if ",2023-08," in line] == ["81946"]
    assert client.get("/es/informantes/blz/series.csv").status_code == 404


def test_a_month_that_did_not_arrive_is_not_reported_and_never_zero(figures: None, client: Any) -> None:
    page = text_of(client.get("/es/informantes/pan/"))
    assert "sep 2023 n/d" in page
    assert "Último mes ago 2023 81,946" in page
    assert "ago 2024 n/d" in page
    assert "sep 2024" not in page


def test_months_to_come_are_not_shown_as_missing(published: "BriefEdition", client: Any) -> None:
    page = text_of(client.get("/es/informantes/pan/"))
    assert "ago 2023 81,946" in page
    assert "sep 2023 n/d" not in page


def test_a_member_that_reports_nothing_has_a_page_that_says_so(database: None, client: Any) -> None:
    assert "Este miembro aún no informa a esta instalación" in text_of(client.get("/es/informantes/cri/"))
    assert client.get("/es/informantes/xyz/").status_code == 404


def test_a_profile_can_be_read_and_taken_along(client: Any, database: None) -> None:
    from istmo.intake.profiles import builtin_profiles

    response = client.get("/es/perfiles/PAN.SNM.cuadro003/yaml")
    assert b"PAN.SNM.cuadro003" in response.content
    assert builtin_profiles()["PAN.SNM.cuadro003"].hash in text_of(client.get("/es/perfiles/PAN.SNM.cuadro003/"))
    assert client.get("/es/perfiles/nada/").status_code == 404


def test_comparability_names_every_pair_with_level_and_reason_and_no_mirror_is_collected(
    database: None, client: Any
) -> None:
    from istmo.statistics.comparability import matrix, mirrors
    from istmo.web.public.comparability import shown_series, stations

    page = text_of(client.get("/en/comparability/"))
    for pair in matrix(shown_series()):
        assert " ".join(pair.comparability.reason.en.split()) in page.replace("&#x27;", "'")
    assert [station.series.reporter for station in stations()] == ["PAN", "HND", "MEX", "USA"]
    assert [station.onward and station.onward.level for station in stations()] == [2, 1, 0, None]
    assert page.count("n/c") >= len(mirrors())


def test_the_method_page_names_every_rule_and_the_glossary_every_word(database: None, client: Any) -> None:
    from istmo.model.findings import rules
    from istmo.web.public.reference import glossary_groups

    page = client.get("/es/metodo/").content.decode()
    for rule in rules():
        assert f'id="{rule}"' in page
    words = client.get("/en/glossary/").content.decode()
    for group in glossary_groups():
        for term in group.terms:
            assert f'id="{term.id}"' in words


def test_every_code_list_can_be_browsed_with_both_names(database: None, client: Any) -> None:
    from istmo.model.codes import codelists

    for listed in codelists():
        response = client.get(f"/es/codigos/{listed.id}/")
        assert response.status_code == 200, listed.id
    assert client.get("/es/codigos/nada/").status_code == 404
    page = text_of(client.get("/es/codigos/citizenship/"))
    assert "Haití" in page
    assert "Haiti" in page


def test_an_address_that_does_not_exist_says_so_in_the_language_of_the_address(client: Any, database: None) -> None:
    assert "Esta página no existe" in text_of(client.get("/es/nada/"))
    assert "This page does not exist" in text_of(client.get("/en/nothing/"))


def test_a_failure_of_ours_is_said_in_the_language_of_the_address(client: Any, database: None) -> None:
    from django.test import RequestFactory

    from istmo.web.common.errors import bad_request, csrf_failed, server_error, too_many, unavailable

    for view, status in ((server_error, 500), (bad_request, 400), (csrf_failed, 403), (too_many, 429)):
        for language, word in (("es", "Vuelva|Inténtelo|Espere"), ("en", "Go back|Try again|Wait")):
            response = view(RequestFactory().get(f"/{language}/"))
            assert response.status_code == status
            assert re.search(word, text_of(response))
    response = unavailable(RequestFactory().get("/en/"), text="x")
    assert (response.status_code, response["Retry-After"]) == (503, "60")


def test_the_first_page_weighs_less_than_150_kb(published: "BriefEdition", client: Any) -> None:
    from istmo.web.translations import package

    static = package() / "static" / "istmo"
    weight = len(client.get("/es/").content)
    weight += sum(file.stat().st_size for file in (static / "istmo.css", static / "mark.svg"))
    weight += sum(file.stat().st_size for file in (static / "fonts").glob("*.woff2"))
    assert weight < 150_000
