"""Both languages are complete, and the compiled catalogue is that of the text that translators read."""

import re

import pytest

from istmo.web import translations
from istmo.web.translations import compiled, extracted, lacking, messages_of, read_catalogue

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%%")


def test_every_message_of_the_site_has_its_spanish() -> None:
    catalogue = read_catalogue()
    assert extracted() - messages_of(catalogue) == set()
    assert lacking(catalogue) == []


def test_the_catalogue_holds_no_message_that_nobody_shows() -> None:
    assert messages_of(read_catalogue()) - extracted() == set()


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    assert translations.catalogue_path().with_suffix(".mo").read_bytes() == compiled(read_catalogue())


def test_no_message_is_left_doubtful() -> None:
    assert [message.id for message in read_catalogue() if message.id and message.fuzzy] == []


def test_a_message_and_its_spanish_take_the_same_values() -> None:
    for message in read_catalogue():
        if not message.id:
            continue
        both = zip(
            message.id if isinstance(message.id, tuple) else (message.id,),
            message.string if isinstance(message.string, tuple) else (message.string,),
            strict=True,
        )
        for english, spanish in both:
            assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(spanish)), english


@pytest.mark.parametrize("word", ["ilegal", "oleada", "avalancha", "tú ", "usuario/a"])
def test_the_spanish_keeps_the_vocabulary_of_the_region(word: str) -> None:
    text = " ".join(str(message.string) for message in read_catalogue()).lower()
    assert word not in text
