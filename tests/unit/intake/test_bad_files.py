"""A file that cannot be read says so in both languages, with its place and what to do; nothing of it comes through."""

import datetime
import io
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import xlsxwriter

from istmo.intake.grammar import Profile
from istmo.intake.limits import MIB, Limits
from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"
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
GOOD = "País,n\nHaití,1\n".encode()


LIMITS = Limits()
TABLE = (("País", "n"), ("Haití", 1))


def small(header: str, fields: str, read: str = "") -> Profile:
    """A profile whose header is `header` and which has these fields beside the mandatory constants."""
    text = f"""
profile: PAN.SNM.prueba
version: 1.0.0
read: {{header: {{find: "{header}"}}{read}}}
fields:
  MEASURE: {{const: TRA_IRR}}
  UNIT: {{const: REGISTRATION}}
{fields}
"""
    return read_profile(text.encode(), name="p.yaml")


AUGUST = "  PERIOD: {const: 2023-08, period: {grain: M}}\n  OBS_VALUE: {from: n, integer: {}}\n"


def read(raw: bytes, limits: Limits = LIMITS) -> Intake:
    return intake(io.BytesIO(raw), filename="f", profile=PROFILE, limits=limits)


def refused(raw: bytes, rule: str, limits: Limits = LIMITS) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(raw, limits)
    error = caught.value
    assert error.rule == rule
    assert error.place.startswith("f")
    assert error.message.es != error.message.en
    return error


def workbook(rows: Iterable[Iterable[object]] = TABLE, sheet: str = "Cuadro 1") -> bytes:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    book.close()
    return raw.getvalue()


def rewritten(raw: bytes, changes: dict[str, bytes], **added: bytes) -> bytes:
    """The workbook with entries replaced and added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name, content in added.items():
            new.writestr(name.replace("__", "/"), content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet_xml(cells: str) -> bytes:
    header = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>País</t></is></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row>'
    )
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'{header}<row r="2"><c r="A2" t="inlineStr"><is><t>Haití</t></is></c>{cells}</row></sheetData></worksheet>'
    ).encode()


# --- text


def test_an_empty_file_is_refused() -> None:
    assert "empty" in refused(b"", "F4").message.en


@pytest.mark.parametrize(
    "raw", ["País,n\n".encode(), "País,n".encode(), "País,n\n\n  ,\n".encode(), workbook([["País", "n"]])]
)
def test_a_file_with_only_a_header_is_refused(raw: bytes) -> None:
    assert "no rows" in refused(raw, "F4").message.en


def test_a_file_over_the_limit_is_refused_before_it_is_parsed() -> None:
    assert "2 MiB" in refused(b"x" * (2 * MIB + 1), "F5", Limits(file=2 * MIB)).message.en


def test_a_line_over_a_mebibyte_is_refused_with_its_number() -> None:
    error = refused(GOOD + b"x" * (MIB + 1) + b",1\n", "F5")
    assert error.place == "f, 3"


def test_a_line_of_a_mebibyte_is_read() -> None:
    assert read(GOOD + b"x" * (MIB - 2) + b",1\n").quarantined == 1


def test_a_long_file_of_short_lines_is_read() -> None:
    assert read("País,n\n".encode() + "Haití,1\n".encode() * 200_000).read == 200_000


def test_a_binary_called_csv_is_refused() -> None:
    refused(bytes(range(256)) * 4, "F2")


def test_too_many_rows_and_columns_are_refused() -> None:
    refused(GOOD + GOOD, "F5", Limits(rows=1))
    refused("País,n,a,b\nHaití,1,2,3\n".encode(), "F5", Limits(columns=3))


def test_a_header_that_is_not_there_names_what_was_looked_for_and_what_stands_there() -> None:
    error = refused(b"country;count\nHTI;1\n", "F7")
    assert "^País,n" in error.message.en
    assert error.advice is not None
    assert "country" in error.advice.en


def test_a_first_line_that_may_be_a_persons_is_not_quoted() -> None:
    error = refused(b"Ana Inventada;2016-06-01\n", "F7")
    assert error.advice is not None
    assert "Ana" not in error.in_("en") + error.in_("es")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('País,n\nHaití,"1\nCuba,2\n', 2),  # never closed
        ('País,n\nHaití,1\n"Cuba"x,2\n', 3),  # text after the closing quote
        ('País,n\n"Hai\ntí",1\n"Cuba"x,2\n', 4),
    ],
)
def test_quotes_that_cannot_be_read_are_refused_with_their_row(text: str, row: int) -> None:
    assert refused(text.encode(), "F2").place == f"f, {row}"


def test_a_row_with_more_cells_than_the_header_is_rejected_and_named() -> None:
    result = read("País,n\nHaití,1,9\nCuba,2,\nHaití,3\n".encode())
    assert (result.read, result.accepted, result.rejected) == (3, 2, 1)
    assert result.findings.select("rule", "row").rows() == [("F9", 2)]


def test_a_row_with_fewer_cells_has_blanks() -> None:
    result = read("País,n\nHaití\nCuba,2\n".encode())
    assert result.findings.select("rule", "row").rows() == [("R17", 2)]


def test_rows_keep_their_numbers_after_a_line_break_within_quotes() -> None:
    result = read('País,n\n"Hai\ntí",1\nAtlántida,2\n'.encode())
    assert result.findings.select("value", "row").rows() == [("Hai\ntí", 2), ("Atlántida", 4)]


def test_a_quote_within_a_cell_is_a_sign_like_any_other() -> None:
    assert read('País,n\nA" B,1\nC" D,2\n'.encode()).findings["value"].to_list() == ['A" B', 'C" D']


def test_blank_lines_are_no_rows() -> None:
    result = read("\n\nPaís,n\n\nHaití,1\n , \n\u00a0,\nCuba,2\n\n".encode())
    assert (result.read, result.accepted) == (2, 2)


def test_blank_header_cells_are_named_by_number_and_dropped_at_the_end() -> None:
    result = read("País,n,,x,,\nHaití,1,,2,,\n".encode())
    assert result.accepted == 1
    assert result.findings.select("rule", "column").rows() == [("F27", "#3"), ("F27", "x")]


def test_two_columns_of_one_name_that_the_profile_uses_are_refused() -> None:
    assert "n" in refused("País,n,n\nHaití,1,2\n".encode(), "F18").message.en
    assert read("País,n,x,x\nHaití,1,2,3\n".encode()).accepted == 1


def test_a_column_that_the_profile_needs_and_the_header_lacks_is_named() -> None:
    profile = small("^a,b", "  PERIOD: {from: t, period: {grain: M}}\n  OBS_VALUE: {from: n, integer: {}}\n")
    with pytest.raises(InvalidInput) as caught:
        intake(io.BytesIO(b"a,b\n1,2\n"), filename="f", profile=profile)
    assert (caught.value.rule, caught.value.place) == ("F7", "f, 1")
    assert "n, t" in caught.value.message.en


def test_another_countrys_layout_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        intake(
            io.BytesIO((FIXTURES / "hnd_inm_flujo.csv").read_bytes()),
            filename="hnd.csv",
            profile=builtin_profiles()["PAN.SNM.cuadro003"],
        )
    assert caught.value.rule == "F7"


# --- workbooks


@pytest.mark.parametrize("cut", [30, 0.3, 0.7, 0.97])
def test_a_truncated_workbook_is_refused(cut: float) -> None:
    raw = workbook()
    refused(raw[: int(cut if cut > 1 else len(raw) * cut)], "F1")


def test_a_zip_file_that_is_no_workbook_is_refused() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.txt", "x")
    refused(raw.getvalue(), "F1")
    refused(b"PK\x05\x06" + b"\0" * 18, "F1")


def test_a_workbook_whose_parts_are_broken_is_refused() -> None:
    refused(rewritten(workbook(), {"xl/workbook.xml": b"<workbook"}), "F1")
    refused(rewritten(workbook(), {SHEET: b"<worksheet><sheetData><row"}), "F1")


def test_a_workbook_that_unfolds_beyond_the_limit_is_refused_by_what_it_declares() -> None:
    bomb = rewritten(workbook(), {}, xl__media__x=b"\0" * (3 * MIB))
    assert "2 MiB" in refused(bomb, "F5", Limits(unzipped=2 * MIB)).message.en


def test_a_workbook_that_declares_less_than_it_unfolds_to_is_refused() -> None:
    bomb = bytearray(rewritten(workbook(), {}, xl__media__x=b"\0" * (40 * MIB)))
    real = struct.pack("<I", 40 * MIB)
    assert bomb.count(real) == 2
    lying = bytes(bomb).replace(real, struct.pack("<I", 100))
    with pytest.raises(InvalidInput) as caught:
        read(lying)
    assert caught.value.rule in ("F1", "F5")


def test_a_workbook_that_unfolds_out_of_proportion_is_refused() -> None:
    error = refused(rewritten(workbook(), {}, xl__media__x=b"\0" * (20 * MIB)), "F5")
    assert "xl/media/x" in error.place


def test_a_workbook_with_too_many_entries_is_refused() -> None:
    refused(workbook(), "F5", Limits(entries=3))


def test_a_workbook_within_a_workbook_is_refused() -> None:
    error = refused(rewritten(workbook(), {}, xl__embeddings__x=workbook()), "F5")
    assert "xl/embeddings/x" in error.place


def test_a_workbook_spread_over_more_cells_than_the_limit_is_refused_before_room_is_made_for_them() -> None:
    far = '<c r="B2"><v>1</v></c></row><row r="1048576"><c r="AO1048576"><v>1</v></c>'
    refused(rewritten(workbook(), {SHEET: sheet_xml(far)}), "F5")
    wide = '<c r="B2"><v>1</v></c><c r="XFD2"><v>1</v></c>'
    assert read(rewritten(workbook(), {SHEET: sheet_xml(wide)})).read == 1


@pytest.mark.parametrize(
    ("part", "content", "kind"),
    [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "ODS"),
        ("xl/workbook.bin", "x", "XLSB"),
        ("word/document.xml", "<x/>", "DOCX"),
        ("mimetype", "image/png", None),
    ],
)
def test_a_document_of_another_kind_is_named(part: str, content: str, kind: str | None) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(part, content)
    error = refused(raw.getvalue(), "F2" if kind else "F1")
    assert kind is None or kind in error.message.en


def test_an_error_and_a_formula_stand_in_their_cells_where_the_table_begins_in_a_later_column() -> None:
    cells = (
        '<row r="1"><c r="C1" t="inlineStr"><is><t>País</t></is></c><c r="D1" t="inlineStr"><is><t>n</t></is></c></row>'
        '<row r="2"><c r="C2" t="inlineStr"><is><t>Haití</t></is></c><c r="D2" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="C3" t="inlineStr"><is><t>Cuba</t></is></c><c r="D3"><f>1</f><v>1</v></c></row>'
    )
    xml = sheet_xml("").split(b"<sheetData>")[0] + b"<sheetData>" + cells.encode() + b"</sheetData></worksheet>"
    result = read(rewritten(workbook(), {SHEET: xml}))
    assert result.findings.select("rule", "row", "column").rows() == [("F10", 2, "n"), ("F13", 3, "n")]


def test_a_workbook_that_declares_entities_is_refused() -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'
    refused(rewritten(workbook(), {SHEET: entity}), "F5")


def test_a_workbook_whose_xml_is_in_utf_16_is_refused() -> None:
    hidden = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><workbook/>'.encode("utf-16")
    refused(rewritten(workbook(), {"xl/workbook.xml": hidden}), "F5")


def test_an_encrypted_workbook_is_refused() -> None:
    raw = bytearray(workbook())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1  # the flag of an encrypted entry
    refused(bytes(raw), "F1")


def test_a_formula_without_a_stored_result_is_refused_with_its_cell() -> None:
    for cell in ('<c r="B2"><f>1+1</f></c>', '<c r="B2"><f>1+1</f><v></v></c>', '<c r="B2"><f>1+1</f><v/></c>'):
        error = refused(rewritten(workbook(), {SHEET: sheet_xml(cell)}), "F13")
        assert error.place == "f, Cuadro 1, 2, n"


def test_a_formula_with_a_stored_result_is_read_and_said() -> None:
    result = read(rewritten(workbook(), {SHEET: sheet_xml('<c r="B2"><f>1+1</f><v>2</v></c>')}))
    assert result.observations["OBS_VALUE"].to_list() == [2]
    found = result.findings.row(0, named=True)
    assert (found["rule"], found["severity"], found["row"], found["column"]) == ("F13", "info", 2, "n")
    assert (found["sheet"], result.sheet) == ("Cuadro 1", "Cuadro 1")


def test_a_formula_outside_the_table_does_not_matter() -> None:
    result = read(rewritten(workbook(), {SHEET: sheet_xml('<c r="B2"><v>2</v></c><c r="D2"><f>1</f></c>')}))
    assert (result.accepted, result.findings.height) == (1, 0)


def test_an_error_value_is_text_and_never_a_blank() -> None:
    result = read(rewritten(workbook(), {SHEET: sheet_xml('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>')}))
    assert result.findings.select("rule", "value").rows() == [("F10", "#DIV/0!")]


def test_a_cell_without_a_reference_is_not_looked_at_for_formulas() -> None:
    result = read(rewritten(workbook(), {SHEET: sheet_xml('<c r="B2"><v>2</v></c><c><f>1</f><v>1</v></c>')}))
    assert result.findings.filter(result.findings["rule"] == "F13").height == 0


def test_dates_numbers_and_booleans_of_a_workbook_are_text() -> None:
    profile = read_profile(
        b"profile: CRI.DGME.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: '^d,n'}}\nfields:\n"
        b"  EVENT_DATE: {from: d, date: DD/MM/YYYY}\n  YEARS: {from: n, integer: {}}\n  YES: {from: b, text: {}}\n",
        name="p",
    )
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    page = book.add_worksheet()
    page.write_row(0, 0, ["d", "n", "b"])
    page.write_row(1, 0, [datetime.date(2016, 6, 2), 1234.0, True])
    page.write_row(2, 0, ["02/06/2016", "1234", "true"])
    book.close()
    result = intake(io.BytesIO(raw.getvalue()), filename="f", profile=profile)
    assert result.events.row(0) == result.events.row(1)
    assert result.events["YEARS"].to_list() == [1234, 1234]


def test_merged_header_cells_are_filled_and_joined_with_the_line_below() -> None:
    profile = read_profile(
        """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,2023", rows: 2, fill: "yes"}}
unpivot: {keep: [País], columns: "^2023 / ", as: grupo, value: valor}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: País, map: {Haití: HTI}}
  SEX: {from: grupo, map: {2023 / Hombres: M, 2023 / Mujeres: F}}
  OBS_VALUE: {from: valor, integer: {}}
""".encode(),
        name="p",
    )
    rows: list[list[object]] = [["País", "2023", ""], ["", "Hombres", "Mujeres"], ["Haití", 1, 2]]
    result = intake(io.BytesIO(workbook(rows)), filename="f", profile=profile)
    assert result.observations.select("SEX", "OBS_VALUE").rows() == [("M", 1), ("F", 2)]


def test_a_workbook_without_the_sheet_names_the_sheets_it_has() -> None:
    error = refused(workbook(sheet="Hoja1"), "F19")
    assert error.advice is not None
    assert "Hoja1" in error.advice.en


def test_a_sheet_is_chosen_by_pattern_and_by_the_header_it_holds() -> None:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    book.add_worksheet("Portada").write_row(0, 0, ["País", "n"])
    book.add_worksheet("cuadro 1").write(0, 0, "nada")
    page = book.add_worksheet("Cuadro 2")
    page.write_row(2, 1, ["País", "n", "", "x"])
    page.write_row(3, 1, ["Haití", 1])
    page.write_row(4, 1, ["Haití", "x", "", "", "y"])
    book.close()
    citizenship = "  CITIZENSHIP: {from: País, map: {Haití: HTI}}\n"
    profile = small("^,?País,n", citizenship + AUGUST, ", sheet: 'Cuadro*'")
    result = intake(io.BytesIO(raw.getvalue()), filename="f", profile=profile)
    assert (result.sheet, result.read, result.accepted, result.rejected) == ("Cuadro 2", 2, 1, 1)
    assert {("F9", 5), ("F10", 5)} <= set(result.findings.select("rule", "row").rows())


def test_no_sheet_with_the_header_is_refused() -> None:
    refused(workbook([["x", "y"]]), "F7")


def test_a_profile_may_insist_on_its_format() -> None:
    for format_, raw in (("xlsx", GOOD), ("csv", workbook()), ("tsv", workbook())):
        insisting = small("^País,n", AUGUST, f", format: {format_}")
        with pytest.raises(InvalidInput) as caught:
            intake(io.BytesIO(raw), filename="f", profile=insisting)
        assert caught.value.rule == "F2"
    given = small("^País,n", AUGUST, ", format: csv, delimiter: ','")
    assert intake(io.BytesIO(GOOD), filename="f", profile=given).accepted == 1


def test_a_sheet_that_is_no_table_of_cells_is_passed_over() -> None:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    page = book.add_worksheet("Cuadro 1")
    for number, row in enumerate(TABLE):
        page.write_row(number, 0, row)
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "='Cuadro 1'!$B$2:$B$2"})
    book.add_chartsheet("Cuadro 0").set_chart(chart)
    book.close()
    assert read(raw.getvalue()).sheet == "Cuadro 1"
