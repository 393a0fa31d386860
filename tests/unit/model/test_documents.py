"""YAML of ours: strings only, each key once, no aliases, no tags; what is wrong is said with its place."""

import pytest

from istmo.model.documents import MAX_BYTES, only, read_document
from istmo.model.errors import InvalidInput


def refused(raw: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_document(raw, name="profile.yaml")
    assert caught.value.rule == "F20"
    return caught.value


@pytest.mark.parametrize(
    "written", ["No", "on", "yes", "~", "null", "012", "0.10", "1e3", "2016-06-01", ".inf", "0x1f"]
)
def test_a_plain_value_stays_what_was_written(written: str) -> None:
    assert read_document(f"a: {written}".encode(), name="x.yaml") == {"a": written}


def test_an_empty_value_is_empty_text() -> None:
    assert read_document(b"a:\nb: ''", name="x.yaml") == {"a": "", "b": ""}


def test_a_document_without_content_is_nothing() -> None:
    assert read_document(b"# only a comment\n", name="x.yaml") is None


def test_a_merge_key_is_an_ordinary_key() -> None:
    assert read_document(b"<<: {a: 1}", name="x.yaml") == {"<<": {"a": "1"}}


def test_a_key_that_stands_twice_is_refused_with_its_line() -> None:
    error = refused(b"map:\n  Congo: COG\n  Congo: COD\n")
    assert error.place == "profile.yaml:3:3"
    assert "«Congo» está dos veces" in error.message.es
    assert "“Congo” stands twice" in error.message.en


def test_an_alias_is_refused() -> None:
    error = refused(b"a: &list [x, y]\nb: *list\n")
    assert error.place == "profile.yaml:2:4"
    assert "alias" in error.message.es


@pytest.mark.parametrize("tagged", ["!!int 5", "!!python/object:os.system {}", "!own [a]", "!!timestamp 2016-06-01"])
def test_a_type_tag_is_refused(tagged: str) -> None:
    error = refused(f"a: {tagged}".encode())
    assert error.place == "profile.yaml:1:4"
    assert "type tags" in error.message.en


def test_a_key_that_is_not_text_is_refused() -> None:
    assert "a key is not text" in refused(b"? [HOMBRES, MUJERES]\n: M\n").message.en


def test_a_syntax_error_says_where() -> None:
    error = refused(b"a: [1, 2\nb: 3\n")
    assert error.place.startswith("profile.yaml:2:")
    assert "sintaxis" in error.message.es


def test_a_sign_that_yaml_does_not_allow_is_refused_without_a_place_in_the_file() -> None:
    error = refused(b"a: \x00")
    assert error.place == "profile.yaml"
    assert "syntax" in error.message.en


def test_half_of_a_surrogate_pair_is_refused() -> None:
    error = refused(b'a: "\\ud800"')
    assert error.place == "profile.yaml:1:4"
    assert "no es texto" in error.message.es


def test_a_document_that_nests_without_end_is_refused() -> None:
    assert "nested too deeply" in refused(b"[" * 20_000).message.en


def test_a_document_in_another_encoding_is_refused() -> None:
    assert "UTF-8" in refused("país: Haití".encode("cp1252")).message.es


def test_a_document_that_is_too_large_is_refused() -> None:
    assert "too large" in refused(b"#" * (MAX_BYTES + 1)).message.en


def test_only_gives_the_mapping_back_when_its_keys_are_right() -> None:
    mapping = {"a": "1", "b": "2"}
    assert only(mapping, ("a", "b", "c"), name="x.yaml", required=("a",)) is mapping


def test_only_refuses_what_is_not_a_mapping() -> None:
    with pytest.raises(InvalidInput, match="A block of keys"):
        only(["a"], ("a",), name="x.yaml")


def test_only_refuses_an_unknown_key_and_names_the_allowed_ones() -> None:
    with pytest.raises(InvalidInput, match="Unknown key: “mapp”") as caught:
        only({"mapp": ""}, ("map", "from"), name="x.yaml")
    assert caught.value.advice is not None
    assert "map, from" in caught.value.advice.es


def test_only_refuses_a_missing_key() -> None:
    with pytest.raises(InvalidInput, match="“from” is missing"):
        only({"map": ""}, ("map", "from"), name="x.yaml", required=("map", "from"))
