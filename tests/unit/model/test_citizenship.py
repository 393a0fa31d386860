"""The list of citizenships: ISO 3166-1, the special codes, the nodes, and the names of the United Nations."""

import csv
from pathlib import Path

import pytest

from istmo.model.codes import codelist

NODES = {
    "X_CONGO": {"COG", "COD"},
    "X_GUINEA": {"GIN", "GNB", "GNQ"},
    "X_KOREA": {"KOR", "PRK"},
    "X_CHN_TWN": {"CHN", "TWN"},
    "X_SDN_SSD": {"SDN", "SSD"},
}


def test_it_holds_the_countries_of_iso_and_kosovo() -> None:
    countries = [code for code in codelist("citizenship") if code.attributes["kind"] == "country"]
    iso = [code for code in countries if "numeric" in code.attributes]
    assert len(iso) == 249
    assert len({code.attributes["numeric"] for code in iso}) == 249
    assert len({code.attributes["iso2"] for code in iso}) == 249
    assert all(len(code.attributes["numeric"]) == 3 for code in iso)
    assert {code.id for code in countries} - {code.id for code in iso} == {"XKX"}


def test_every_special_code_of_nationality_is_a_citizenship() -> None:
    assert set(codelist("nationality_special").ids) <= set(codelist("citizenship").ids)
    for code in codelist("nationality_special"):
        assert codelist("citizenship")[code.id].name == code.name


@pytest.mark.parametrize("node", NODES)
def test_a_node_holds_the_codes_that_sources_take_for_one_another(node: str) -> None:
    citizenship = codelist("citizenship")
    assert citizenship[node].attributes["kind"] == "node"
    assert {code.id for code in citizenship if code.parent == node} == NODES[node]


def test_only_members_of_nodes_have_a_parent() -> None:
    with_parent = {code.id for code in codelist("citizenship") if code.parent is not None}
    assert with_parent == set().union(*NODES.values())


def test_every_code_has_a_kind_and_a_region_of_the_list() -> None:
    for code in codelist("citizenship"):
        assert code.attributes["kind"] in {"country", "special", "node", "aggregate"}
        assert code.attributes["region"] in codelist("flow_region")


@pytest.mark.parametrize(
    ("code", "es", "en"),
    [
        ("COG", "República del Congo", "Republic of the Congo"),
        ("COD", "República Democrática del Congo", "Democratic Republic of the Congo"),
        ("AFG", "Afganistán", "Afghanistan"),
        ("NLD", "Países Bajos", "Netherlands"),
        ("CIV", "Costa de Marfil", "Côte d’Ivoire"),
        ("TUR", "Turquía", "Türkiye"),
        ("COK", "Islas Cook", "Cook Islands"),
        ("SLV", "El Salvador", "El Salvador"),
        ("NER", "Níger", "Niger"),
    ],
)
def test_names_are_those_of_the_united_nations_without_the_article(code: str, es: str, en: str) -> None:
    assert (codelist("citizenship")[code].name.es, codelist("citizenship")[code].name.en) == (es, en)


def test_names_carry_no_marks_of_their_source() -> None:
    for code in codelist("citizenship"):
        for name in (code.name.es, code.name.en):
            assert "*" not in name
            assert not name.endswith(("(el)", "(la)", "(los)", "(las)", "(the)"))


def test_the_reporters_are_states_of_the_two_conferences_and_international_organisations() -> None:
    reporter = codelist("reporter")
    by_status = {
        status: [code.id for code in reporter if code.attributes["status"] == status]
        for status in codelist("reporter_status").ids
    }
    assert by_status["member"] == list(codelist("member").ids)
    assert by_status["observer"] == ["ARG", "COL", "ECU", "JAM", "PER"]
    assert by_status["guest"] == ["BRA", "HTI"]
    assert by_status["organisation"] == ["UNHCR", "IOM"]
    assert {code.id for code in reporter if code.attributes.get("scm") == "yes"} == set(codelist("scm_member").ids)
    assert sum(map(len, by_status.values())) == len(reporter.ids)
    for code in reporter:
        if code.id not in by_status["organisation"]:
            assert code.name == codelist("citizenship")[code.id].name


# Codes of the compiled series that no list of ours has on purpose; the profiles map them.
MAPPED = {"OOO", "STL", "TIB", ""}


@pytest.mark.reference
@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("irreg_darien_nat.csv", "nat"),
        ("irreg_honduras_nat.csv", "nat"),
        ("irreg_mexico_nat.csv", "nat"),
        ("irreg_mexico_exp.csv", "nat"),
        ("irreg_usa.csv", "nat"),
        ("irreg_guatemala.csv", "origin"),
    ],
)
def test_every_code_of_the_published_series_is_known(reference_data: Path, file: str, column: str) -> None:
    with (reference_data / "data/flows" / file).open(encoding="utf-8", newline="") as stream:
        used = {row[column] for row in csv.DictReader(stream)}
    assert used - MAPPED
    assert not used - MAPPED - set(codelist("citizenship").ids)
