"""Two reporters on one page: what a reader sees, in both languages, and what is refused."""

import csv
import io
import re
from typing import Any

import pytest

PAGE = {"es": "/es/comparabilidad/pan/hnd/", "en": "/en/comparability/pan/hnd/"}


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def page(client: Any, language: str, **query: str) -> str:
    response = client.get(PAGE[language], query)
    assert response.status_code == 200
    return text_of(response)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "es",
            (
                "Panamá y Honduras",
                "2 El mismo concepto y unidad, otra cobertura",
                "Las diferencias son Panamá menos Honduras",
                "ago 2023 81,946 65,526 +16,420",
                "Lista de nacionalidades",
                "Una descripción, nunca una prueba",
                "no hay espejo entre ellos",
            ),
        ),
        (
            "en",
            (
                "Panama and Honduras",
                "Differences are given as Panama minus Honduras",
                "Aug 2023 81,946 65,526 +16,420",
                "Nationalities, January to August 2023",
                "A description, never a proof",
                "there is no mirror between them",
            ),
        ),
    ],
)
def test_the_two_series_stand_side_by_side_with_reasons(
    figures: None, client: Any, language: str, words: tuple[str, ...]
) -> None:
    seen = page(client, language)
    assert [word for word in words if word not in seen] == []


def test_nationalities_stand_at_their_node_with_the_codes_of_each_source(figures: None, client: Any) -> None:
    seen = page(client, "en")
    assert re.search(r"China or Taiwan PAN: CHN [\d,]+; HND: TWN [\d,]+ ", seen)
    assert re.search(r"Senegal n/c [\d,]+ [\d.]+% n/a List of nationalities", seen)
    assert "Route that does not pass the station" in seen


def test_policy_changes_of_the_months_stand_in_a_list_with_their_source_and_mark_the_pictures(
    figures: None, client: Any
) -> None:
    response = client.get(PAGE["es"])
    shown = response.content.decode()
    seen = text_of(response)
    assert "11 ago 2023 Vía regular abierta o cerrada Estados Unidos permite tramitar en línea" in seen
    assert "Sobre personas de: Cuba, Haití." in seen
    assert "no se vio el texto oficial" in seen
    assert shown.count(">▲<") >= 8


def test_the_lag_says_on_how_many_months_it_rests(figures: None, client: Any) -> None:
    assert re.search(r"0 [−\d.]+ 20 [−\d.]+ 19", page(client, "es"))


def test_the_pair_turned_round_leads_to_the_same_page(figures: None, client: Any) -> None:
    response = client.get("/es/comparabilidad/hnd/pan/", {"year": "2022"})
    assert (response.status_code, response["Location"]) == (302, "/es/comparabilidad/pan/hnd/?year=2022")
    assert client.get("/es/comparabilidad/PAN/HND/")["Location"] == PAGE["es"]


def test_another_year_and_a_year_that_is_not_held(figures: None, client: Any) -> None:
    assert "Nationalities, 2022" in page(client, "en", year="2022")
    for year in ("2019", "abc", "-1"):
        assert client.get(PAGE["en"], {"year": year}).status_code == 404


def test_an_unknown_measure_or_reporter_and_a_reporter_with_itself_are_not_found(figures: None, client: Any) -> None:
    assert client.get(PAGE["en"], {"first": "DEPORT"}).status_code == 404
    for path in ("pan/fra", "pan/pan", "xx/pan"):
        assert client.get(f"/es/comparabilidad/{path}/").status_code == 404


def test_a_reporter_without_figures_is_named_and_never_zero(figures: None, client: Any) -> None:
    seen = text_of(client.get("/es/comparabilidad/pan/cri/"))
    assert "Aún no hay nada que poner lado a lado" in seen
    assert "Costa Rica no tiene cifras públicas en esta instalación" in seen


def test_before_anything_is_loaded_both_are_named(database: None, client: Any) -> None:
    seen = text_of(client.get(PAGE["en"]))
    assert "Panama has no public figures" in seen
    assert "Honduras has no public figures" in seen


def test_the_file_has_the_figures_of_the_page(figures: None, client: Any) -> None:
    response = client.get(f"{PAGE['en']}series.csv", {"year": "2022"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    august = next(row for row in rows if row["PERIOD"] == "2023-08")
    assert (august["FIRST_VALUE"], august["SECOND_VALUE"], august["DIFFERENCE"]) == ("81946", "65526", "16420")
    assert {row["PERIOD"] for row in rows if row["CITIZENSHIP"] != "_T"} == {"2022"}
    assert client.get("/en/comparability/pan/cri/series.csv").status_code == 404


def test_a_reporter_s_page_leads_to_its_pairs_and_shows_the_changes_beside_its_series(
    figures: None, client: Any
) -> None:
    response = client.get("/es/informantes/hnd/")
    assert 'href="/es/comparabilidad/pan/hnd/"' in response.content.decode().replace("/hnd/pan/", "/pan/hnd/")
    seen = text_of(response)
    assert "cambios de política en estos meses" in seen
    assert "Honduras deja de cobrar la multa por ingreso irregular" in seen
    assert "Junto a otro informante" in seen


def test_the_matrix_of_comparability_leads_to_each_pair(database: None, client: Any) -> None:
    shown = client.get("/en/comparability/").content.decode()
    for pair in ("pan/hnd", "hnd/mex", "mex/usa"):
        assert f'href="/en/comparability/{pair}/"' in shown


def test_the_brief_lists_its_changes_and_leads_to_the_pages_of_two_reporters(published: Any, client: Any) -> None:
    response = client.get("/es/informes/2023-08/1/")
    shown = response.content.decode()
    assert 'href="/es/comparabilidad/pan/hnd/?year=2023"' in shown
    assert "Cambios de política del mes" in shown
    assert "11 ago 2023 Vía regular abierta o cerrada" in text_of(response)
