"""In which encoding is a text read? A mark decides; else UTF-8 if the whole file is; else what the profile says."""

import codecs

import pytest

from istmo.intake.encoding import decode
from istmo.model.errors import InvalidInput

TEXT = "Delegación;Niñas;Haití\nAgua Caliente;1;«2»\n"

# what is in the file, what the profile says, the encoding it was read in
CASES = (
    (TEXT.encode("utf-8"), "cp1252", "utf-8"),
    (codecs.BOM_UTF8 + TEXT.encode("utf-8"), "cp1252", "utf-8"),
    (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "cp1252", "utf-16-le"),
    (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "cp1252", "utf-16-be"),
    (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), "cp1252", "utf-32-le"),
    (TEXT.encode("cp1252"), "cp1252", "cp1252"),
    (TEXT.encode("cp1252"), "utf-8", "cp1252"),  # a profile cannot make UTF-8 of what is none
    (TEXT.encode("latin-1"), "latin-1", "latin-1"),
    (TEXT.encode("cp850"), "cp850", "cp850"),  # only by the profile: it has no mark of its own
)


@pytest.mark.parametrize(("raw", "legacy", "encoding"), CASES)
def test_the_same_text_comes_out_of_every_encoding(raw: bytes, legacy: str, encoding: str) -> None:
    decoded = decode(raw, legacy, filename="f.csv")
    assert (decoded.data.decode("utf-8"), decoded.encoding) == (TEXT, encoding)


def test_one_accent_in_the_last_row_decides() -> None:
    raw = b"a;b\n" * 700_000 + "Haití;1\n".encode("cp1252")
    assert decode(raw, "cp1252", filename="f.csv").encoding == "cp1252"


def test_lines_ended_by_carriage_returns_alone_are_lines() -> None:
    assert decode(b"a;b\rc;d\r", "cp1252", filename="f.csv").data == b"a;b\nc;d\n"


def test_the_end_mark_of_old_systems_is_no_text() -> None:
    assert decode(b"a;b\n\x1a", "cp1252", filename="f.csv").data == b"a;b\n"


# what is in the file, what the message names, the rule
REFUSED = (
    (b"%PDF-1.7 ...", "PDF", "F2"),
    (b"\xd0\xcf\x11\xe0old spreadsheet", "XLS", "F2"),
    (b"\x89PNG\r\n", "PNG", "F2"),
    (b"\x09\x04\x06\x00\x00\x04", "Excel 4", "F2"),
    (b"a;b\n\x00\x00\x01", "neither text nor XLSX nor XLS", "F2"),
    (TEXT.encode("utf-16-le"), "neither text nor XLSX nor XLS", "F2"),  # UTF-16 without a mark
    (b"\xff\x00\x81;1\n", "neither text nor XLSX nor XLS", "F2"),
    (b"a;b\n\x01\x02\x03\x04", "neither text nor XLSX nor XLS", "F2"),
    (b"\x81\x8d\xff;1\n", "cp1252", "F3"),
    (codecs.BOM_UTF8 + b"\xff\xfe;1\n", "utf-8", "F3"),
    (codecs.BOM_UTF16_LE + b"\x00\xd8\x00", "utf-16", "F3"),
)


@pytest.mark.parametrize(("raw", "named", "rule"), REFUSED)
def test_what_is_no_text_is_refused_with_what_it_looks_like(raw: bytes, named: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as error:
        decode(raw, "cp1252", filename="f.csv")
    assert (error.value.rule, error.value.place) == (rule, "f.csv")
    assert named in error.value.message.en
    assert error.value.advice is not None
