"""A sentence stands in both languages or not at all; an error says what, where and what next in both."""

import errno
import os

import pytest

from istmo.model.errors import IntegrityFailure, InvalidInput, IstmoError, NotFound, Unavailable, reason_of
from istmo.model.text import Text

MESSAGE = Text(es="El archivo está vacío.", en="The file is empty.")


@pytest.mark.parametrize(("es", "en"), [("", "The file"), ("El archivo", "")])
def test_a_text_in_one_language_cannot_be_made(es: str, en: str) -> None:
    with pytest.raises(ValueError, match="both languages"):
        Text(es=es, en=en)


def test_a_text_speaks_the_language_asked_for() -> None:
    assert (MESSAGE.in_("es"), MESSAGE.in_("en")) == ("El archivo está vacío.", "The file is empty.")
    assert MESSAGE.as_json() == {"es": "El archivo está vacío.", "en": "The file is empty."}


def test_a_language_that_the_system_does_not_speak_is_refused() -> None:
    with pytest.raises(ValueError, match="no such language: fr"):
        MESSAGE.in_("fr")


@pytest.mark.parametrize("kind", [InvalidInput, NotFound, Unavailable, IntegrityFailure])
def test_an_error_says_what_where_and_what_next(kind: type[IstmoError]) -> None:
    advice = Text(es="Envíe otro archivo.", en="Send another file.")
    error = kind(MESSAGE, place="a.csv", advice=advice, rule="F4")
    assert error.in_("es") == "El archivo está vacío. (a.csv) Envíe otro archivo."
    assert error.in_("en") == "The file is empty. (a.csv) Send another file."
    assert error.rule == "F4"
    assert str(error) == "The file is empty."


def test_an_error_without_place_and_advice_is_its_message() -> None:
    assert NotFound(MESSAGE).in_("en") == "The file is empty."


def test_what_the_system_refuses_is_said_in_both_languages() -> None:
    said = reason_of(OSError(errno.ENOENT, os.strerror(errno.ENOENT)))
    assert (said.es, said.en) == ("no existe ese archivo o directorio", "there is no such file or directory")
    assert reason_of(OSError(errno.EIO, "Input/output error")).es == "Input/output error"
    assert reason_of(OSError()).en == "error"
