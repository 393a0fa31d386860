"""An old workbook (XLS) is read as an XLSX is; a damaged, encrypted or hostile one is refused before it is read."""

import datetime
import io
import struct
from collections.abc import Iterator
from typing import Any

import pytest
import xlsxwriter
import xlwt

from istmo.intake.compound import Compound, wrapped
from istmo.intake.limits import Limits
from istmo.intake.profiles import read_profile
from istmo.intake.recognise import fitting
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.intake.sheets import Merged
from istmo.intake.workbook import is_workbook, open_book
from istmo.intake.xls import read_xls
from istmo.model.errors import InvalidInput

PROFILE = read_profile(
    """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,n"}, sheet: "Cuadro*"}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: n, integer: {}}
accept: {max_stopped: 100 %}
""".encode(),
    name="p.yaml",
)
LIMITS = Limits()
TABLE: tuple[tuple[Any, ...], ...] = (("País", "n"), ("Haití", 1), ("Cuba", 2))
FILEPASS, WRITEACCESS, BOUNDSHEET, SST, EOF = 0x2F, 0x5C, 0x85, 0xFC, 0x0A
FORMULA, BOOLERR, LABEL, RSTRING, STRING, NUMBER = 0x06, 0x205, 0x204, 0xD6, 0x207, 0x203
BOF, DIMENSIONS, CODEPAGE, MERGED = 0x809, 0x200, 0x42, 0xE5


def xls(*sheets: tuple[tuple[Any, ...], ...], names: tuple[str, ...] = ("Cuadro 1", "Cuadro 2")) -> bytes:
    """A workbook with these rows in each sheet; a cell that is callable is handed the sheet and its place."""
    book = xlwt.Workbook()
    for name, rows in zip(names, sheets, strict=False):
        page = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell != "":
                    page.write(number, column, cell)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def stream_of(raw: bytes) -> bytearray:
    return bytearray(Compound(raw).read("workbook"))


def records(stream: bytearray) -> Iterator[tuple[int, int, int]]:
    """Type, place of the content and length of every record, to the last end of a substream."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == 0:
            return
        yield kind, at + 4, size
        at += 4 + size


def place(stream: bytearray, kind: int, number: int = 0) -> tuple[int, int]:
    return [(at, size) for own, at, size in records(stream) if own == kind][number]


def changed(raw: bytes, kind: int, change: bytes, *, at: int = 0, number: int = 0, type_: int | None = None) -> bytes:
    """The workbook with bytes changed in one of its records, or its type."""
    stream = stream_of(raw)
    start, size = place(stream, kind, number)
    stream[start + at : start + at + len(change)] = change
    if type_ is not None:
        struct.pack_into("<HH", stream, start - 4, type_, size)
    return wrapped("Workbook", bytes(stream))


def read(raw: bytes, limits: Limits = LIMITS, filename: str = "f.xls") -> Intake:
    return intake(io.BytesIO(raw), filename=filename, profile=PROFILE, limits=limits)


def refused(raw: bytes, rule: str, limits: Limits = LIMITS) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(raw, limits)
    error = caught.value
    assert (error.rule, error.place.split(",")[0]) == (rule, "f.xls")
    assert error.message.es != error.message.en
    assert error.advice is not None
    return error


def test_an_old_workbook_is_read_with_its_sheet_and_rows() -> None:
    result = read(xls(TABLE))
    assert is_workbook(xls(TABLE))
    assert result.observations["OBS_VALUE"].to_list() == [1, 2]
    assert (result.sheet, result.findings.height) == ("Cuadro 1", 0)
    wrong = read(xls((("",), ("", ""), ("País", "n"), ("Haití", "x"))))
    assert wrong.findings.select("sheet", "row", "column", "rule").rows() == [("Cuadro 1", 4, "n", "F10")]


def test_it_is_found_without_naming_a_profile() -> None:
    fits = fitting(io.BytesIO(xls((("x",),), TABLE)), filename="f.xls", profiles={"p": PROFILE})
    assert [(fit.sheet, fit.header_row) for fit in fits] == [("Cuadro 2", 1)]


def test_a_profile_may_insist_on_old_workbooks() -> None:
    text = """
profile: PAN.SNM.prueba
version: 1.0.0
grain: person
read: {header: {find: "^País"}, format: xls}
fields: {X: {from: n, text: {}}}
"""
    profile = read_profile(text.encode(), name="p")
    assert intake(io.BytesIO(xls(TABLE)), filename="f", profile=profile).accepted == 2
    assert fitting(io.BytesIO("País,n\n".encode()), filename="f", profiles={"p": profile}) == ()
    with pytest.raises(InvalidInput) as caught:
        intake(io.BytesIO("País,n\nHaití,1\n".encode()), filename="f", profile=profile)
    assert caught.value.rule == "F2"
    assert "text (CSV)" in caught.value.in_("en")


def test_dates_numbers_and_texts_are_those_of_the_same_workbook_as_xlsx() -> None:
    cells = ("País", "ñ€", 1204, 1204.5, -3, 1e15, 0.1, True, datetime.date(2024, 2, 29))
    old, new = io.BytesIO(), io.BytesIO()
    book = xlwt.Workbook()
    page = book.add_sheet("Cuadro 1")
    style = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for column, cell in enumerate(cells):
        page.write(1, column + 1, cell, *([style] if isinstance(cell, datetime.date) else []))
    book.save(old)
    other = xlsxwriter.Workbook(new, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    other.add_worksheet("Cuadro 1").write_row(1, 1, cells)
    other.close()
    a, b = (open_book(raw.getvalue(), LIMITS, filename="f").grid("Cuadro 1") for raw in (old, new))
    assert (a.first_column, b.first_column) == (1, 1)
    assert a.cells.equals(b.cells)
    assert a.cells.height == 2


def test_the_text_of_the_fifth_version_is_read_in_its_code_page() -> None:
    texts = b"".join(
        (
            struct.pack("<HHHHHH", BOF, 8, 0x0500, 0x0005, 0, 0),
            struct.pack("<HHH", CODEPAGE, 2, 0x8001),
            struct.pack("<HHIBBB", BOUNDSHEET, 7 + 8, 0, 0, 0, 8) + b"Cuadro 1",
            struct.pack("<HH", EOF, 0),
        )
    )
    texts = texts.replace(struct.pack("<IBBB", 0, 0, 0, 8), struct.pack("<IBBB", len(texts), 0, 0, 8))
    cells = struct.pack("<HHHHHH", BOF, 8, 0x0500, 0x0010, 0, 0)
    for row, (label, value) in enumerate((("País", "n"), ("Haití", 7), ("Cuba", 8))):
        raw = label.encode("cp1252")
        kind = RSTRING if label == "Haití" else LABEL
        tail = b"\x00" if kind == RSTRING else b""
        cells += struct.pack("<HHHHHH", kind, 8 + len(raw) + len(tail), row, 0, 0, len(raw)) + raw + tail
        if isinstance(value, str):
            cells += struct.pack("<HHHHHH", LABEL, 8 + 2, row, 1, 0, 2) + value.encode().ljust(2)
        else:
            cells += struct.pack("<HHHHHd", NUMBER, 14, row, 1, 0, value)
    result = read(wrapped("Book", texts + cells + struct.pack("<HH", EOF, 0)))
    assert result.observations.select("CITIZENSHIP", "OBS_VALUE").rows() == [("HTI", 7), ("CUB", 8)]


def test_a_code_page_that_contradicts_the_eighth_version_is_not_believed() -> None:
    assert read(changed(xls(TABLE), CODEPAGE, struct.pack("<H", 1251))).accepted == 2


# --- formulas and errors


def with_formula(result: bytes, flags: int = 0) -> bytes:
    raw = xls((("País", "n"), ("Haití", xlwt.Formula("1+1"))))
    return changed(raw, FORMULA, result + struct.pack("<H", flags), at=6)


def test_a_formula_with_a_stored_result_is_read_and_said() -> None:
    result = read(with_formula(struct.pack("<d", 7)))
    assert result.observations["OBS_VALUE"].to_list() == [7]
    assert result.findings.select("rule", "severity", "sheet", "row", "column").rows() == [
        ("F13", "info", "Cuadro 1", 2, "n")
    ]


@pytest.mark.parametrize(
    ("result", "flags"),
    [
        (b"\x03\0\0\0\0\0\xff\xff", 0),  # an empty text
        (b"\x00\0\0\0\0\0\xff\xff", 0),  # a text that does not follow
        (bytes(8), 2),  # zero, to be computed when the workbook is opened
    ],
)
def test_a_formula_without_a_stored_result_is_refused_with_its_cell(result: bytes, flags: int) -> None:
    assert refused(with_formula(result, flags), "F13").place == "f.xls, Cuadro 1, 2, n"


def test_a_stored_zero_and_a_stored_truth_are_results() -> None:
    assert read(with_formula(bytes(8))).observations["OBS_VALUE"].to_list() == [0]
    assert read(with_formula(b"\x01\0\x01\0\0\0\xff\xff")).findings["rule"].to_list() == ["F13", "F10"]


def test_the_text_of_a_formula_follows_in_a_record_of_its_own() -> None:
    raw = xls((("País", "n"), (xlwt.Formula('"Ha"&"iti"'), 5), ("Cuba", "123456789")))
    stream = stream_of(changed(raw, FORMULA, b"\x00\0\0\0\0\0\xff\xff", at=6))
    text = struct.pack("<HHHB", STRING, 8, 5, 0) + b"Haiti"
    at, size = place(stream, FORMULA)
    start = place(stream, BOF, 1)[0] - 4
    longer = stream[: at + size] + text + stream[at + size :]
    result = read(wrapped("Workbook", bytes(longer)))
    assert start < at
    assert result.observations.select("CITIZENSHIP", "OBS_VALUE").rows() == [("HTI", 5), ("CUB", 123456789)]
    empty = stream[: at + size] + struct.pack("<HHHB", STRING, 3, 0, 0) + stream[at + size :]
    assert refused(wrapped("Workbook", bytes(empty)), "F13").place.endswith("2, País")


def test_an_error_is_text_and_never_a_blank() -> None:
    of_formula = with_formula(b"\x02\0\x07\0\0\0\xff\xff")
    constant = changed(xls((("País", "n"), ("Haití", True))), BOOLERR, b"\x2a\x01", at=6)
    for raw, text in ((of_formula, "#DIV/0!"), (constant, "#N/A")):
        assert read(raw).findings.select("rule", "value").rows() == [("F10", text)]


def test_an_error_that_is_none_is_refused() -> None:
    refused(changed(xls((("País", "n"), ("Haití", True))), BOOLERR, b"\x55\x01", at=6), "F1")


# --- what a workbook can do to a reader


def test_a_workbook_with_a_password_is_refused_and_says_so() -> None:
    old = changed(xls(TABLE), WRITEACCESS, b"\0\0", type_=FILEPASS)  # even the oldest cipher, which calamine reads on
    for raw in (old, wrapped("EncryptedPackage", b"x" * 5000)):
        assert "password" in refused(raw, "F1").message.en


def test_a_document_of_another_program_is_named() -> None:
    assert "DOC" in refused(wrapped("WordDocument", b"x"), "F2").message.en
    assert "no workbook" in refused(wrapped("Anything", b"x"), "F2").message.en


@pytest.mark.parametrize("cut", [8, 100, 600, 0.5, 0.8])
def test_a_truncated_workbook_is_refused(cut: float) -> None:
    raw = xls(tuple((f"País {number}", number) for number in range(3000)))
    refused(raw[: int(cut if cut > 1 else len(raw) * cut)], "F1")


def header_with(raw: bytes, at: int, value: int) -> bytes:
    changed_ = bytearray(raw)
    struct.pack_into("<I", changed_, at, value)
    return bytes(changed_)


def test_a_container_that_runs_in_circles_is_refused() -> None:
    raw = wrapped("Workbook", bytes(stream_of(xls(TABLE))))
    table = len(raw) - 4096
    refused(header_with(raw, table, 0), "F1")  # the directory is followed by itself
    refused(header_with(raw, table + 8, 2), "F1")  # the stream too
    refused(header_with(raw, 48, 99_999), "F1")  # the directory lies outside the file
    refused(header_with(raw, 80, struct.unpack_from("<I", raw, 76)[0]), "F1")  # a sector of the table twice
    refused(header_with(raw, 30, 7), "F1")  # sectors of an unknown size
    with pytest.raises(InvalidInput):
        read(header_with(raw, 76, 99_999))


def test_a_stream_of_few_bytes_stands_among_the_small_ones() -> None:
    raw = xls((("x",),))
    compound = Compound(raw)
    assert compound.read("workbook") == bytes(stream_of(raw))
    small = bytearray(wrapped("Workbook", b"x"))  # the root's stream, cut into small sectors by a table of its own
    struct.pack_into("<I", small, 60, 2)
    struct.pack_into("<Q", small, 4096 + 128 + 120, 100)
    struct.pack_into("<I", small, 4096 + 128 + 116, 1)
    struct.pack_into("<IIII", small, 3 * 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0xFFFFFFFE)
    struct.pack_into("<4s", small, 2 * 4096 + 64, b"abcd")
    struct.pack_into("<2s", small, 2 * 4096, b"ef")
    content = Compound(bytes(small)).read("workbook")
    assert (len(content), content[:4], content[64:66]) == (100, b"abcd", b"ef")
    struct.pack_into("<Q", small, 4096 + 128 + 120, 1000)
    with pytest.raises(ValueError, match="cut"):
        Compound(bytes(small)).read("workbook")


def test_the_table_of_a_large_container_goes_on_outside_its_header() -> None:
    raw = bytearray(wrapped("Workbook", bytes(stream_of(xls(TABLE)))))
    fat = struct.unpack_from("<I", raw, 76)[0]
    more = len(raw) // 4096 - 1
    struct.pack_into("<II", raw, 68, more, 1)
    struct.pack_into("<I", raw, 76, 0xFFFFFFFF)
    raw += struct.pack("<I", fat) + b"\xff" * (4096 - 8) + struct.pack("<I", 0xFFFFFFFE)
    assert read(bytes(raw)).accepted == 2
    struct.pack_into("<I", raw, len(raw) - 4, more)
    refused(bytes(raw), "F1")


def test_a_workbook_over_the_limits_is_refused() -> None:
    assert "40 cells" in refused(xls(TABLE + (("",),) * 40 + (("Cuba", 1),)), "F5", Limits(cells=40)).message.en
    far = (*TABLE, *(("",),) * 10, ("x",))
    assert read(xls(far, far), Limits(cells=60)).read == 3
    refused(xls(far, far), "F5", Limits(cells=50))


def test_numbers_side_by_side_in_one_record_are_read_and_counted_in_the_area() -> None:
    globals_ = struct.pack("<HHHHHH", BOF, 8, 0x0600, 0x0005, 0, 0)
    globals_ += struct.pack("<HHIBBBB", BOUNDSHEET, 8 + 8, 12 + 20 + 4, 0, 0, 8, 0) + b"Cuadro 1"
    globals_ += struct.pack("<HH", EOF, 0)
    cells = struct.pack("<HHHHHH", BOF, 8, 0x0600, 0x0010, 0, 0)
    numbers = b"".join(struct.pack("<Hi", 0, number << 2 | 2) for number in (7, 8, 9))
    cells += struct.pack("<HHHH", 0x00BD, 4 + 18 + 2, 4, 2) + numbers + struct.pack("<H", 4)
    raw = wrapped("Workbook", globals_ + cells + struct.pack("<HH", EOF, 0))
    grid = open_book(raw, Limits(cells=3), filename="f").grid("Cuadro 1")
    assert grid.cells.drop("#row").row(4) == ("7", "8", "9")
    assert grid.first_column == 2
    with pytest.raises(InvalidInput) as caught:
        open_book(raw, Limits(cells=2), filename="f")
    assert caught.value.rule == "F5"


def test_a_stream_too_long_to_wrap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("istmo.intake.xls.WRAPPED", 1000)
    refused(xls(TABLE), "F5")


def test_a_number_of_texts_that_the_file_cannot_hold_is_refused() -> None:
    refused(changed(xls(TABLE), SST, struct.pack("<I", 0x7FFFFFFF), at=4), "F1")


def test_many_texts_go_on_in_further_records() -> None:
    rows = tuple((f"{'x' * 40}{number}", number) for number in range(2000))
    assert read(xls((*TABLE, *rows))).read == 2002


def test_declared_extents_are_not_believed() -> None:
    lying = changed(xls(TABLE), DIMENSIONS, struct.pack("<IIHH", 0, 0xFFFFFFFF, 0, 0xFFFF))
    assert read(lying).accepted == 2


def test_sheets_may_not_share_their_records_nor_lie_outside() -> None:
    two = xls(TABLE, TABLE)
    first = struct.unpack_from("<I", stream_of(two), place(stream_of(two), BOUNDSHEET)[0])[0]
    refused(changed(two, BOUNDSHEET, struct.pack("<I", first), number=1), "F1")
    refused(changed(two, BOUNDSHEET, struct.pack("<I", 1 << 30), number=1), "F1")


def test_a_chart_is_no_sheet_of_cells() -> None:
    raw = changed(xls(TABLE, TABLE), BOUNDSHEET, b"\x02", at=5)
    assert read(raw).sheet == "Cuadro 2"


def test_a_hidden_sheet_is_known() -> None:
    raw = changed(xls(TABLE, TABLE), BOUNDSHEET, b"\x01", at=4, number=1)
    assert [sheet.hidden for sheet in open_book(raw, LIMITS, filename="f").sheets.values()] == [False, True]


def test_records_that_are_cut_or_do_not_begin_are_refused() -> None:
    refused(wrapped("Workbook", b"\0" * 5000), "F1")
    refused(changed(xls(TABLE), BOF, struct.pack("<H", 0x0400)), "F1")
    stream = stream_of(xls(TABLE))
    at, _ = place(stream, NUMBER + 0x7B)  # RK
    struct.pack_into("<H", stream, at - 2, 0x7FFF)
    refused(wrapped("Workbook", bytes(stream)), "F1")


def test_where_the_reader_stops_in_a_panic_the_workbook_is_damaged() -> None:
    raw = xls((("abcdefghij",),))
    stream = stream_of(raw)
    at, size = place(stream, SST)
    stream[at + 8 : at + 11] = b"\0\0\x08"  # formats of a text that the record does not hold
    struct.pack_into("<HH", stream, at - 4, SST, 11)
    struct.pack_into("<HH", stream, at + 11, 0xFFFE, size - 11 - 4)
    refused(wrapped("Workbook", bytes(stream)), "F1")


def test_what_the_reader_is_not_to_blame_for_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fastexcel.read_excel", stopped)
    with pytest.raises(KeyboardInterrupt):
        read(xls(TABLE))


def test_a_chart_within_a_sheet_does_not_end_it() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("Cuadro 1")
    page.write(0, 0, "x")
    page.write_merge(1, 2, 0, 0, "y")
    raw = io.BytesIO()
    book.save(raw)
    stream = stream_of(raw.getvalue())
    at = place(stream, MERGED)[0] - 4
    chart = struct.pack("<HHHHHH", BOF, 8, 0x0600, 0x0020, 0, 0) + struct.pack("<HH", EOF, 0)
    (sheet,) = read_xls(wrapped("Workbook", bytes(stream[:at] + chart + stream[at:])), LIMITS, filename="f").sheets
    assert sheet is not None
    assert sheet.merged == (Merged(2, 3, 0, 0),)


def test_what_only_the_reader_refuses_is_damaged_too() -> None:
    refused(changed(xls(TABLE), BOUNDSHEET, b"\x55", at=5), "F1")


# --- merged cells


def test_merged_cells_are_told_with_rows_from_one_and_columns_from_zero() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("Cuadro 1")
    page.write_merge(1, 3, 2, 2, "MÉXICO")
    page.write_merge(0, 0, 0, 4, "Título")
    raw = io.BytesIO()
    book.save(raw)
    (sheet,) = read_xls(raw.getvalue(), LIMITS, filename="f").sheets
    assert sheet is not None
    assert set(sheet.merged) == {Merged(2, 4, 2, 2), Merged(1, 1, 0, 4)}
    refused(changed(raw.getvalue(), MERGED, struct.pack("<H", 900)), "F1")


# --- names that say something else


@pytest.mark.parametrize(
    ("filename", "kind"),
    [("f.xls", ""), ("f.xlsx", "XLS workbook"), ("F.CSV", "XLS workbook"), ("f.dat", ""), ("f", "")],
)
def test_a_name_that_says_something_else_is_told(filename: str, kind: str) -> None:
    found = read(xls(TABLE), filename=filename).findings
    assert found["rule"].to_list() == (["F2"] if kind else [])
    assert all(kind in message for message in found["message_en"])


def test_text_and_xlsx_that_are_called_xls_are_read_as_what_they_are() -> None:
    assert "text (CSV)" in read("País,n\nHaití,1\n".encode()).findings["message_en"].item()
    new = io.BytesIO()
    book = xlsxwriter.Workbook(new, {"in_memory": True})
    page = book.add_worksheet("Cuadro 1")
    for number, row in enumerate(TABLE):
        page.write_row(number, 0, row)
    book.close()
    assert "XLSX workbook" in read(new.getvalue()).findings["message_en"].item()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<html><body><table><tr><td>País</td></tr></table></body></html>", "HTML"),
        ("\n<!-- export -->\n<TABLE><tr><td>País</td></tr></TABLE>", "HTML"),
        ('<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"),
        ("MIME-Version: 1.0\nContent-Type: multipart/related\n", "MHTML"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_web_page_that_is_called_xls_is_named_with_what_to_do(text: str, kind: str, encoding: str) -> None:
    error = refused(text.encode(encoding), "F2")
    assert f" {kind}," in error.message.en
    assert error.advice is not None
    assert "XLSX" in error.advice.en
