"""Code lists: complete in both languages, versioned, and refused when they are not as they should be."""

import json
from pathlib import Path

import pytest

from istmo.model.codes import choices, codelist, codelists, read_codelist, text
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text

SEX = b"""
codelist: sex
version: 2.1.0
name: {es: Sexo, en: Sex}
source: SDMX CL_SEX
codes:
  F: {es: Mujer, en: Female, parent: _T}
  _T:
    es: Total
    en: Total
    note: {es: todos, en: all}
"""


def test_a_list_is_read_in_its_order_with_notes_and_attributes() -> None:
    sex = read_codelist(SEX, name="sex.yaml")
    assert (sex.id, sex.version, sex.name, sex.ids) == ("sex", "2.1.0", Text(es="Sexo", en="Sex"), ("F", "_T"))
    assert sex["F"].parent == "_T"
    assert sex["_T"].parent is None
    assert sex["_T"].note == Text(es="todos", en="all")
    assert sex["F"].note is None
    assert "F" in sex
    assert "X" not in sex
    assert [code.id for code in sex] == ["F", "_T"]
    assert sex.label("F", "es") == "Mujer"


def test_a_code_that_is_not_in_the_list_is_not_found() -> None:
    with pytest.raises(NotFound, match="Code “X” is not in list sex"):
        read_codelist(SEX, name="sex.yaml")["X"]


@pytest.mark.parametrize("id_", ["nosuchlist", "../rules", "sex.yaml", ""])
def test_a_list_that_does_not_exist_is_not_found(id_: str) -> None:
    with pytest.raises(NotFound, match="There is no code list"):
        codelist(id_)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"en: Female", b"em: Female"),
        (b"en: Female", b"en: ''"),
        (b"en: Female", b"en: [Female]"),
        (b"parent: _T", b"parent: [_T]"),
        (b"{es: todos, en: all}", b"{es: todos}"),
        (b"{es: todos, en: all}", b"todos"),
        (b"version: 2.1.0", b"versions: 2.1.0"),
        (b"name: {es: Sexo, en: Sex}", b"name: Sexo"),
        (b"F: {es: Mujer, en: Female, parent: _T}", b"F: Mujer"),
    ],
)
def test_a_list_that_is_not_as_it_should_be_is_refused(good: bytes, bad: bytes) -> None:
    assert good in SEX
    with pytest.raises(InvalidInput):
        read_codelist(SEX.replace(good, bad), name="sex.yaml")


def test_codes_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(InvalidInput, match="A block of keys"):
        read_codelist(b"codelist: x\nversion: 1.0.0\nname: {es: a, en: b}\ncodes: [F, M]", name="x.yaml")


def test_a_text_with_one_language_left_empty_is_refused() -> None:
    with pytest.raises(InvalidInput, match="missing in one of the languages"):
        text({"es": "", "en": "Sex"}, name="x.yaml")


def test_each_file_holds_the_list_that_it_is_called_after() -> None:
    folder = Path(__file__).parents[3] / "src/istmo/model/codelists"
    assert {file.stem for file in folder.glob("*.yaml")} == {one.id for one in codelists()}


@pytest.mark.parametrize("id_", [one.id for one in codelists()])
def test_names_and_notes_are_complete_and_written_with_care(id_: str) -> None:
    one = codelist(id_)
    assert one.version.count(".") == 2
    assert one.codes
    for code in one:
        for written in (code.name, code.note):
            if written is not None:
                for sentence in (written.es, written.en):
                    assert sentence == " ".join(sentence.split())
        assert code.parent is None or code.parent in one


@pytest.mark.parametrize("id_", [one.id for one in codelists()])
@pytest.mark.parametrize("language", ["es", "en"])
def test_two_codes_of_a_list_do_not_have_one_name(id_: str, language: str) -> None:
    names = [code.name.in_(language) for code in codelist(id_)]
    assert sorted(set(names)) == sorted(names)


def test_the_short_name_is_the_name_where_there_is_no_other() -> None:
    citizenship = codelist("citizenship")
    assert citizenship["VEN"].name.es == "Venezuela (República Bolivariana de)"
    assert citizenship["VEN"].short("es") == "Venezuela"
    assert citizenship["HTI"].short("es") == "Haití"
    assert citizenship["HTI"].short("en") == "Haiti"


def test_choices_come_sorted_in_spanish_by_name() -> None:
    names = [name for _, name in choices("citizenship", "es")]
    assert names[:3] == ["Afganistán", "Albania", "Alemania"]
    assert names.index("España") < names.index("Estonia")
    assert ("HTI", "Haití") in choices("citizenship", "es")
    assert ("HTI", "Haiti") in choices("citizenship", "en")
    assert len(names) == len(codelist("citizenship").ids)


def test_ages_nest() -> None:
    ages = codelist("age_group")
    for code, ancestors in {"Y0T4": ["Y_LT12", "Y_LT18", "_T"], "Y18T25": ["Y18T59", "Y_GE18", "_T"]}.items():
        found = []
        while (parent := ages[code].parent) is not None:
            found.append(parent)
            code = parent
        assert found == ancestors


@pytest.mark.reference
def test_every_code_of_the_domain_is_in_its_list(reference_data: Path) -> None:
    domain = json.loads((reference_data / "domain/codelists.json").read_text(encoding="utf-8"))
    for id_, codes in domain.items():
        missing = [code["code"] for code in codes if code["code"] not in codelist(id_)]
        assert not missing, id_
        without_note = [code["code"] for code in codes if "note" in code and codelist(id_)[code["code"]].note is None]
        assert not without_note, id_
