"""The page for migrants: five languages that say the same, a date after which it is hidden, nothing from outside."""

import base64
import hashlib
import re
from datetime import date, timedelta
from typing import Any

import pytest

from istmo.web.public.rights import LANGUAGES, render, rights

DAY = rights().as_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_sections_and_sentences(language: str) -> None:
    def shape(text: dict[str, Any]) -> list[tuple[int, int, int]]:
        return [
            (len(section["paragraphs"]), len(section.get("points", ())), len(section.get("after", ())))
            for section in text["sections"]
        ]

    assert shape(rights().texts[language]) == shape(rights().texts["es"])
    assert len(rights().texts[language]["sources"]["items"]) == 3
    assert rights().texts[language].keys() == rights().texts["es"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_its_sources_its_dates_and_that_no_lawyer_has_reviewed_it(language: str) -> None:
    page = render((language,), on=DAY, served=True)
    text = rights().texts[language]
    assert "1951" in page
    assert "1984" in page
    assert text["review"] in page
    assert "2026" in text["dates"].format(as_of=DAY.year, valid_until="")
    assert "help.unhcr.org" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_its_date_the_text_is_hidden_and_the_contacts_stay(language: str) -> None:
    text = rights().texts[language]
    last, next_day = (render((language,), on=rights().valid_until + timedelta(days=n), served=True) for n in (0, 1))
    assert text["lead"] in last
    assert text["lead"] not in next_day
    assert text["sections"][2]["heading"] not in next_day
    assert text["expired"] in next_day
    assert "help.unhcr.org" in next_day


def test_the_text_is_true_for_a_year_at_most() -> None:
    assert rights().as_of < rights().valid_until <= rights().as_of + timedelta(days=366)


def test_the_page_asks_nothing_of_another_address() -> None:
    for page in (render(("es",), on=DAY, served=True), render(LANGUAGES, on=DAY, served=False)):
        assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) == []
        assert "@import" not in page
        assert "url(" not in page


def test_the_file_to_keep_holds_every_language_and_no_script() -> None:
    page = render(LANGUAGES, on=DAY, served=False)
    for language in LANGUAGES:
        assert f'<article id="{language}" lang="{language}">' in page
        assert rights().texts[language]["title"] in page.replace("&#x27;", "'")
    assert "<script" not in page
    assert 'href="/' not in page


def test_the_page_sets_no_cookie_and_its_policy_allows_only_its_own_style(client: Any) -> None:
    response = client.get("/derechos/ht/")
    assert response.status_code == 200
    assert not response.cookies
    style = re.search(r"<style>(.*?)</style>", response.content.decode(), re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = response["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy
    assert "http:" not in policy.replace("http://testserver", "")


def test_a_language_that_is_not_there_is_not_found(client: Any) -> None:
    assert client.get("/derechos/de/").status_code == 404


def test_the_service_worker_keeps_the_five_pages(client: Any) -> None:
    script = client.get("/derechos/worker.js")
    assert script["Content-Type"].startswith("text/javascript")
    for language in LANGUAGES:
        assert f'"/derechos/{language}/"' in script.content.decode()


def test_no_text_promises_asylum_or_deters_from_asking() -> None:
    spanish = str(rights().texts["es"])
    assert "no significa que se lo darán" in spanish
    for word in ("deport", "cárcel", "ilegal", "garantiza"):
        assert word not in spanish.lower()


def test_days_are_written_in_words() -> None:
    text = rights().in_("pt", on=date(2026, 12, 1))
    assert "24 de novembro de 2026" in text["dates"]
