"""Reference lists hold only what means one code; the rest is listed with its reason and goes to no code by itself."""

import csv
from pathlib import Path

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.labels import fold
from istmo.registry.names import (
    REFERENCE_LISTS,
    CandidateGroup,
    LabelKind,
    ambiguous,
    ambiguous_labels,
    candidate_groups,
    labels_of,
    read_ambiguous_labels,
    read_reference_list,
    reference_list,
)

LIST = b"list: names_es\nversion: 1.0.0\nsource: here\nlabels:\n  COD: [Zaire]\n  COG: [Congo Brazzaville]\n"
ENTRIES = b"""
document: ambiguous_labels
version: 1.0.0
source: here
entries:
  - labels: [Congo]
    kind: ambiguous
    candidates: [COG, COD]
    node: X_CONGO
    context: {es: hoy, en: today}
    note: {es: cuidado, en: care}
"""


@pytest.mark.parametrize(
    ("id_", "label", "code"),
    [
        ("names_es", "Congo, República Democrática del", "COD"),
        ("names_es", "CONGO (REP. DEMOCRÁTICA)", "COD"),
        ("names_es", "Rep. Dominicana", "DOM"),
        ("names_es", "Viet Nam", "VNM"),
        ("names_es", "Vietnam", "VNM"),
        ("names_es", "China, República Popular", "CHN"),
        ("names_es", "Bangladés", "BGD"),
        ("names_es", "Bangladesh", "BGD"),
        ("names_es", "Costa de Marfil", "CIV"),
        ("names_es", "Côte d’Ivoire", "CIV"),
        ("names_es", "Haiti", "HTI"),
        ("names_es", "Guinea Ecuatorial", "GNQ"),
        ("names_es", "Niger", "NER"),
        ("names_es", "Nigeria", "NGA"),
        ("names_es", "Palestina", "PSE"),
        ("names_en", "CHINA, PEOPLES REPUBLIC OF", "CHN"),
        ("names_en", "MYANMAR (BURMA)", "MMR"),
        ("names_en", "TURKEY", "TUR"),
        ("names_en", "Ivory Coast", "CIV"),
        ("gentilicios_es", "HAITIANOS", "HTI"),
        ("gentilicios_es", "haitianas", "HTI"),
        ("gentilicios_es", "HINDÚES", "IND"),
        ("gentilicios_es", "CAMERUNESES", "CMR"),
        ("gentilicios_es", "CAMERUNESA", "CMR"),
        ("gentilicios_es", "NEPALÉS", "NPL"),
        ("gentilicios_es", "nicaragüenses", "NIC"),
        ("gentilicios_es", "alemanes", "DEU"),
        ("gentilicios_es", "paquistaníes", "PAK"),
        ("gentilicios_es", "dominicanas", "DOM"),
        ("gentilicios_es", "ecuatoguineanos", "GNQ"),
        ("gentilicios_en", "Nigeriens", "NER"),
        ("gentilicios_en", "Nigerians", "NGA"),
        ("gentilicios_en", "Chinese", "CHN"),
    ],
)
def test_a_label_that_means_one_code_is_found_however_it_is_written(id_: str, label: str, code: str) -> None:
    assert reference_list(id_)[fold(label)] == code


@pytest.mark.parametrize(
    "label",
    [
        "Congo",
        "congolés",
        "congoleños",
        "Guinea",
        "guineana",
        "Corea",
        "Samoa",
        "turco",
        "saharaui",
        "palestino",
        "Guayana Francesa",
        "Antillas",
        "africano",
        "Otros",
        "Desconocida",
        "Apátrida",
        "Tíbet",
        "República de China",
        "Congolese",
        "Dominican",
        "norteamericano",
        "",
    ],
)
def test_a_label_that_a_program_may_not_decide_is_in_no_list(label: str) -> None:
    assert not [id_ for id_ in REFERENCE_LISTS if fold(label) in reference_list(id_)]


def test_a_list_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound, match="There is no reference list “names_fr”"):
        reference_list("names_fr")


def test_labels_are_kept_as_written_by_code() -> None:
    assert labels_of("gentilicios_es")["HTI"] == ("haitiano", "haitianos", "haitiana", "haitianas")


def test_a_list_in_which_a_label_means_two_codes_is_refused() -> None:
    assert read_reference_list(LIST, name="x.yaml") == {"COD": ("Zaire",), "COG": ("Congo Brazzaville",)}
    with pytest.raises(InvalidInput, match="“ZAÍRE” stands with COD and with COG"):
        read_reference_list(LIST.replace(b"Congo Brazzaville", "ZAÍRE".encode()), name="x.yaml")


def test_a_list_with_a_code_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Code “ZAR” is not in the list"):
        read_reference_list(LIST.replace(b"COD", b"ZAR"), name="x.yaml")


# Nationalities that the compiled series hold under the code of a territory, or whose gentilicio may not be decided.
WITHOUT_NAME = {"GUF"}
WITHOUT_GENTILICIO = {"GUF", "CCK", "TUR", "PSE"}


def test_every_country_but_french_guiana_has_a_name_in_both_languages() -> None:
    countries = {code.id for code in codelist("citizenship") if code.attributes["kind"] == "country"}
    assert countries - set(labels_of("names_es")) == WITHOUT_NAME
    assert countries - set(labels_of("names_en")) == WITHOUT_NAME


# Names of the United Nations that sources use for more than one code: shown as they are, decided by no list.
SHOWN_BUT_NOT_DECIDED = {"GIN", "GUF", "MAF", "WSM"}


@pytest.mark.parametrize(("id_", "language"), [("names_es", "es"), ("names_en", "en")])
def test_the_name_that_is_shown_for_a_country_is_a_label_of_it(id_: str, language: str) -> None:
    countries = [code for code in codelist("citizenship") if code.attributes["kind"] == "country"]
    missing = {code.id for code in countries if reference_list(id_).get(fold(code.short(language))) != code.id}
    assert missing == SHOWN_BUT_NOT_DECIDED


@pytest.mark.reference
def test_every_nationality_of_the_published_series_has_a_gentilicio(reference_data: Path) -> None:
    used = set()
    for file in ("irreg_darien_nat.csv", "irreg_honduras_nat.csv", "irreg_mexico_nat.csv", "irreg_mexico_exp.csv"):
        with (reference_data / "data/flows" / file).open(encoding="utf-8", newline="") as stream:
            used |= {row["nat"] for row in csv.DictReader(stream)}
    used &= set(codelist("citizenship").ids)
    assert used - set(labels_of("gentilicios_es")) == WITHOUT_GENTILICIO


@pytest.mark.reference
def test_the_gentilicios_of_the_domain_are_in_the_list_unless_they_are_ambiguous(reference_data: Path) -> None:
    gentilicios = reference_list("gentilicios_es")
    absent = set()
    with (reference_data / "domain/gentilicios_es.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for label in (row["gentilicio_m"], row["gentilicio_f"]):
                if gentilicios.get(fold(label)) != row["iso3"]:
                    absent.add(label)
    assert absent == {"turco", "turca", "palestino", "palestina", "francoguayanés", "francoguayanesa"}


def test_an_ambiguous_label_names_its_candidates_and_its_node() -> None:
    congo = ambiguous("CONGO")
    assert congo is not None
    assert (congo.kind, congo.candidates, congo.node) == (LabelKind.AMBIGUOUS, ("COG", "COD"), "X_CONGO")
    assert congo.note is not None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("", LabelKind.MISSING),
        ("otros", LabelKind.RESIDUAL),
        ("N.E.", LabelKind.UNKNOWN),
        ("Apátridas", LabelKind.STATELESS),
        ("kurdo", LabelKind.ETHNONYM),
        ("Tíbet", LabelKind.NOT_ISO),
        ("Guayana Francesa", LabelKind.PLACE),
        ("Antillas", LabelKind.REGION),
        ("China", LabelKind.CONFUSABLE),
        ("hindúes", LabelKind.CONFUSABLE),
    ],
)
def test_each_kind_of_label_is_told_apart(label: str, kind: LabelKind) -> None:
    found = ambiguous(label)
    assert found is not None
    assert found.kind is kind


def test_an_ordinary_label_is_not_ambiguous() -> None:
    assert ambiguous("Haití") is None


def test_what_holds_only_for_some_sources_is_listed_but_does_not_stop_every_source() -> None:
    conditional = [entry for entry in ambiguous_labels() if entry.context is not None]
    assert {entry.labels[0] for entry in conditional} == {"China", "Sudán"}
    assert ambiguous("Sudán") is None


def test_an_entry_is_read_with_all_it_says() -> None:
    (entry,) = read_ambiguous_labels(ENTRIES, name="x.yaml")
    assert (entry.labels, entry.node) == (("Congo",), "X_CONGO")
    assert entry.context is not None
    assert entry.context.es == "hoy"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"kind: ambiguous", b"kind: strange"),
        (b"COG, COD", b"COG, ZAR"),
        (b"node: X_CONGO", b"node: X_KONGO"),
        (b"labels:", b"label:"),
    ],
)
def test_an_entry_that_is_not_as_it_should_be_is_refused(good: bytes, bad: bytes) -> None:
    assert good in ENTRIES
    with pytest.raises(InvalidInput):
        read_ambiguous_labels(ENTRIES.replace(good, bad), name="x.yaml")


def test_groups_are_the_nodes_and_the_candidates_each_once() -> None:
    groups = candidate_groups()
    assert CandidateGroup(codes=("COD", "COG"), node="X_CONGO") in groups
    assert CandidateGroup(codes=("CHN", "TWN"), node="X_CHN_TWN") in groups
    assert CandidateGroup(codes=("GUY", "GUF")) in groups
    assert CandidateGroup(codes=("IRN", "IRQ")) in groups
    assert len({frozenset(group.codes) for group in groups}) == len(groups)
    assert [group.name for group in groups if "GUY" in group.codes] == ["GUY;GUF"]
    assert [group.name for group in groups if "COG" in group.codes] == ["X_CONGO"]


@pytest.mark.reference
def test_every_row_of_the_domain_is_an_entry(reference_data: Path) -> None:
    entries = {
        (fold(label), entry.kind.value, entry.node): entry for entry in ambiguous_labels() for label in entry.labels
    }
    with (reference_data / "domain/ambiguous_labels.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for label in row["labels"].split(";"):
                plain = label.split(" (")[0] if label not in ("(blank cell)", "francés (Guayana)") else label
                key = ("" if label == "(blank cell)" else fold(plain), row["kind"], row["node"] or None)
                assert key in entries, label
                codes = {code[:3] for code in row["candidates"].split(";") if code and code != "successor States"}
                assert codes == set(entries[key].candidates), label
