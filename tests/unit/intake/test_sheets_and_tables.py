"""Several sheets, several tables below titles, a header that is repeated: all are read, and what is not is said."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import xlwt

from istmo.intake.grammar import Profile
from istmo.intake.limits import Limits
from istmo.intake.opening import open_table
from istmo.intake.profiles import read_profile
from istmo.intake.recognise import fitting
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.intake.testing import run_samples
from istmo.model.errors import InvalidInput

Rows = Sequence[Sequence[Any]]
Book = Callable[[Mapping[str, Rows]], bytes]


def new(sheets: Mapping[str, Rows], hidden: str = "") -> bytes:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        if name == hidden:
            page.hide()
    book.close()
    return raw.getvalue()


def old(sheets: Mapping[str, Rows]) -> bytes:
    raw = io.BytesIO()
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        page = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell != "":
                    page.write(number, column, cell)
    book.save(raw)
    return raw.getvalue()


BOTH = pytest.mark.parametrize("book", [new, old])


def profile(read: str, *, more: str = "", period: str = "{const: 2024, period: {grain: A}}", head: str = "") -> Profile:
    text = f"""
profile: PAN.SNM.prueba
version: 1.0.0
{head}
read: {{header: {{find: "^País,n"}}, {read}}}
{more}
fields:
  MEASURE: {{const: TRA_IRR}}
  UNIT: {{const: REGISTRATION}}
  PERIOD: {period}
  CITIZENSHIP: {{from: País, map: {{Haití: HTI, Cuba: CUB, Total: _T}}}}
  OBS_VALUE: {{from: n, integer: {{}}}}
accept: {{max_stopped: 100 %}}
"""
    return read_profile(text.encode(), name="p.yaml")


MONTHLY = profile(
    "sheets: '* 2024'",
    more="capture: {mes + year: {in: sheet, match: '^(\\w+) (\\d{4})$', required: yes}}",
    period="{const: $mes, period: {month: es, year: $year}}",
)


def read(raw: bytes, by: Profile, filename: str = "f") -> Intake:
    return intake(io.BytesIO(raw), filename=filename, profile=by)


def refused(raw: bytes, by: Profile, rule: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(raw, by)
    assert caught.value.rule == rule
    return caught.value


HEAD = ["País", "n"]
YEAR = {
    "Portada": [["x"]],
    "Enero 2024": [["t"], HEAD, ["Haití", 1], ["Cuba", "x"]],
    "Febrero 2024": [HEAD, ["Haití", 2], ["Atlántida", 3]],
    "Notas 2024": [],
}


# --- several sheets


@BOTH
def test_every_sheet_that_fits_is_read_and_its_name_gives_the_month(book: Book) -> None:
    result = read(book(YEAR), MONTHLY)
    assert result.observations.select("PERIOD", "CITIZENSHIP", "OBS_VALUE").rows() == [
        ("2024-01", "HTI", 1),
        ("2024-02", "HTI", 2),
    ]
    assert (result.read, result.accepted, result.quarantined, result.rejected) == (4, 2, 1, 1)
    assert result.sheet == "Enero 2024, Febrero 2024"
    found = result.findings.select("sheet", "row", "rule").rows()
    assert found == [("", 0, "F37"), ("Enero 2024", 4, "F10"), ("Febrero 2024", 3, "R9")]
    assert "«Portada», «Notas 2024»" in result.findings["message_en"][0]


@BOTH
def test_the_first_sheet_that_holds_the_table_is_read_and_those_after_it_are_named(book: Book) -> None:
    result = read(book(YEAR), profile("sheet: '*'"))
    assert (result.sheet, result.read) == ("Enero 2024", 2)
    assert "«Febrero 2024», «Notas 2024»" in result.findings.filter(pl.col("rule") == "F37")["message_es"].item()


@BOTH
def test_a_sheet_that_fits_and_holds_no_table_is_refused_so_that_no_month_is_passed_over(book: Book) -> None:
    error = refused(book({**YEAR, "Marzo 2024": [["Pais", "m"], ["Haití", 4]]}), MONTHLY, "F7")
    assert error.place == "f, Marzo 2024"


def test_sheets_that_are_all_empty_are_refused() -> None:
    refused(new({"Enero 2024": []}), MONTHLY, "F7")
    refused(new({"Enero": []}), MONTHLY, "F19")


def test_a_name_of_a_sheet_without_what_is_captured_from_it_is_refused() -> None:
    by = profile(
        "sheets: '*'",
        more="capture: {year: {in: sheet, match: '(\\d{4})', required: yes}}",
        period="{const: $year, period: {grain: A}}",
    )
    error = refused(new({"2023": [HEAD, ["Cuba", 1]], "Hoja": [HEAD, ["Cuba", 2]]}), by, "F8")
    assert error.place == "f, Hoja"
    assert "name of the sheet" in error.message.en


def test_a_table_without_rows_beside_others_is_said() -> None:
    result = read(new({"Enero 2024": [HEAD, ["Cuba", 1]], "Febrero 2024": [HEAD]}), MONTHLY)
    assert result.accepted == 1
    assert result.findings.select("sheet", "row", "rule", "severity").rows() == [("Febrero 2024", 1, "F37", "info")]
    refused(new({"Enero 2024": [HEAD], "Febrero 2024": [HEAD]}), MONTHLY, "F4")


def test_a_key_that_stands_in_two_sheets_is_added_with_both_places() -> None:
    raw = new({"Norte": [HEAD, ["Cuba", 1]], "Sur": [HEAD, ["Haití", 5], ["Cuba", 2]]})
    result = read(raw, profile("sheets: '*'"))
    assert dict(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {"CUB": 3, "HTI": 5}
    found = result.findings.row(0, named=True)
    assert (found["rule"], found["severity"], found["sheet"], found["row"]) == ("R21", "warning", "Sur", 3)
    assert "Norte 2, Sur 3" in found["message_en"]
    assert "Norte 2, Sur 3" in result.observations.filter(pl.col("CITIZENSHIP") == "CUB")["NOTE"].item()
    assert (result.read, result.accepted) == (3, 3)


def test_a_key_that_stands_in_two_sheets_is_quarantined_where_the_profile_says_so() -> None:
    raw = new({"Norte": [HEAD, ["Cuba", 1]], "Sur": [HEAD, ["Cuba", 2]]})
    result = read(raw, profile("sheets: '*'", more="same_key: {action: quarantine}"))
    assert (result.read, result.accepted, result.quarantined) == (2, 1, 1)
    assert result.observations["OBS_VALUE"].to_list() == [1]


def test_totals_are_those_of_their_own_sheet() -> None:
    rows: Rows = [HEAD, ["Total", 3], ["Cuba", 1], ["Haití", 2]]
    wrong: Rows = [HEAD, ["Total", 9], ["Cuba", 1], ["Haití", 2]]
    by = profile(
        "sheets: '*'",
        more="totals: [{row: {País: ^Total$}, over: País}]\ncapture: {y: {in: sheet, match: '(.*)'}}",
        period="{const: $y, period: {grain: A}}",
    )
    result = read(new({"2023": rows, "2024": wrong}), by)
    assert result.accepted == 4
    assert result.declared.select("sheet", "total", "parts").rows() == [("2023", 3, 3), ("2024", 9, 3)]
    assert result.findings.select("sheet", "row", "rule").rows() == [("2024", 2, "R6")]
    assert [(entry.sheet, entry.row) for entry in result.set_aside] == [("2023", 2), ("2024", 2)]


def test_the_limit_of_rows_is_that_of_all_sheets_together() -> None:
    raw = new({"a": [HEAD, ["Cuba", 1]], "b": [HEAD, ["Haití", 2]]})
    with pytest.raises(InvalidInput) as caught:
        intake(io.BytesIO(raw), filename="f", profile=profile("sheets: '*'"), limits=Limits(rows=1))
    assert caught.value.rule == "F5"


def test_a_hidden_sheet_that_is_read_is_said() -> None:
    result = read(new({"a": [["x"]], "b": [HEAD, ["Cuba", 1]]}, hidden="b"), profile("sheet: b"))
    assert result.findings.select("sheet", "rule", "severity").rows() == [("b", "F37", "warning")]


PERSONS = read_profile(
    b"profile: CRI.DGME.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: '^id,p'}, sheets: '*'}\nfields:\n"
    b"  ID: {from: id, text: {}, personal: yes, unique: {on_duplicate: quarantine}}\n"
    b"  CITIZENSHIP: {from: p, map: {Cuba: CUB, Chile: CHL, Peru: PER}}\n"
    b"accept: {max_stopped: 100 %}\n",
    name="p",
)


def test_a_number_of_a_person_that_stands_in_two_sheets_is_found() -> None:
    raw = new(
        {
            "a": [["id", "p"], ["n1", "Cuba"], ["n2", "Chile"]],
            "b": [["x"], ["id", "p"], ["n3", "Peru"], ["n1", "Cuba"], ["n3", "Cuba"]],
        }
    )
    result = read(raw, PERSONS)
    assert (result.read, result.accepted, result.quarantined) == (5, 3, 2)
    assert result.events["CITIZENSHIP"].to_list() == ["CUB", "CHL", "PER"]
    found = result.findings.filter(pl.col("rule") == "R21")
    assert found.select("sheet", "row").rows() == [("b", 4), ("b", 5)]
    assert "row 2 (a)" in found["message_en"][0]
    assert "row 3 already" in found["message_en"][1]


def test_a_sample_may_be_the_sheets_of_a_workbook() -> None:
    sample = """
tests:
  - name: two months
    sheets: {Portada: "x\\n", Enero 2024: "País,n\\nCuba,1\\n", Febrero 2024: "País,n\\nCuba,2\\n"}
    expect: {read: 2, accepted: 2}
    cells: [{PERIOD: 2024-02, OBS_VALUE: 2}]
    findings: [{rule: F37}]
"""
    by = profile(
        "sheets: '* 2024'",
        more="capture: {mes + year: {in: sheet, match: '^(\\w+) (\\d{4})$', required: yes}}",
        period="{const: $mes, period: {month: es, year: $year}}",
        head=sample.strip(),
    )
    assert run_samples(by) == ()


# --- several tables

STACK: Rows = [
    ["REPÚBLICA DE PANAMÁ", "AÑO 2019"],
    [],
    ["Cuadro No. 001", "por región"],
    ["Región", "n"],
    ["África", 3],
    ["Fuente: nadie"],
    [],
    ["Cuadro No. 003", "AÑO 2023"],
    HEAD,
    ["Cuba", 1],
    [],
    ["Haití", 2],
    ["Fuente: nadie"],
    ["Cuadro No. 003"],
    HEAD,
    ["Cuba", 4],
]
TITLE = "'^Cuadro No\\. 003'"
YEARS = "capture: {y: {in: preamble, match: 'AÑO (\\d{4})', required: yes}}"
OF_YEAR = "{const: $y, period: {grain: A}}"


def text(rows: Rows, delimiter: str = ";") -> bytes:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows).encode()


@pytest.mark.parametrize(
    "raw", [new({"x": STACK}), old({"x": STACK}), text(STACK), text(STACK, ","), text(STACK, "\t")], ids=range(5)
)
def test_every_table_is_found_below_its_title_and_captures_what_stands_with_it(raw: bytes) -> None:
    by = profile(f"tables: {TITLE}, stop_at: ^Fuente", more=YEARS, period=OF_YEAR)
    result = read(raw, by)
    assert result.observations.select("PERIOD", "CITIZENSHIP", "OBS_VALUE").rows() == [
        ("2023", "CUB", 1),
        ("2023", "HTI", 2),
        ("2019", "CUB", 4),  # its own title says no year, the lines above all tables do
    ]
    assert result.findings.height == 0


@pytest.mark.parametrize("raw", [new({"x": STACK}), old({"x": STACK}), text(STACK)], ids=range(3))
def test_one_table_is_read_below_its_title_and_others_of_that_title_are_named(raw: bytes) -> None:
    result = read(raw, profile(f"table: {TITLE}, stop_at: ^Fuente", more=YEARS, period=OF_YEAR))
    assert result.observations.select("PERIOD", "OBS_VALUE").rows() == [("2023", 1), ("2023", 2)]
    found = result.findings.row(0, named=True)
    assert (found["rule"], found["severity"], found["row"]) == ("F37", "warning", 14)
    assert found["suggestion"] == "profile: read.tables"


def test_one_table_whose_title_stands_once_ends_with_the_file() -> None:
    result = read(text(STACK[:12]), profile(f"table: {TITLE}"))
    assert (result.accepted, result.findings.height) == (2, 0)


@pytest.mark.parametrize("raw", [new({"x": STACK[7:]}), text(STACK[7:])], ids=range(2))
def test_a_table_far_below_the_first_lines_is_found_by_its_title(raw: bytes) -> None:
    far: Rows = [*([["línea", "x"]] * 100), *STACK[7:13]]
    by = profile(f"table: {TITLE}, stop_at: ^Fuente")
    assert read(new({"x": far}), by).accepted == read(text(far), by).accepted == read(raw, by).accepted == 2


def test_a_title_without_its_table_is_refused_with_its_row() -> None:
    by = profile(f"tables: {TITLE}")
    rows: Rows = [*STACK, ["Cuadro No. 003"], ["País", "m"], ["Cuba", 4]]
    for raw in (new({"x": rows}), text(rows)):
        error = refused(raw, by, "F7")
        assert error.place.endswith(", 17")
    assert "is the title" in refused(text([HEAD, ["Cuba", 1]]), by, "F7").message.en
    assert "is the title" in refused(new({"x": [HEAD]}), by, "F7").message.en


def test_quotes_that_are_not_closed_are_refused_in_a_text_with_titles_too() -> None:
    assert refused('Cuadro No. 003\n"País,n\nCuba,1\n'.encode(), profile(f"tables: {TITLE}, delimiter: ','"), "F2")


def test_rows_of_a_text_with_titles_keep_their_numbers_and_what_is_beyond_the_header_is_said() -> None:
    rows = 'Cuadro No. 003\nPaís,n\n"Cu\nba",1\nCuba,x\nHaití,1,9\nHaití\n'
    found = read(rows.encode(), profile(f"tables: {TITLE}")).findings
    assert found.select("row", "rule").rows() == [(3, "R9"), (5, "F10"), (6, "F9"), (7, "R17")]


def test_tables_of_several_sheets_are_all_read() -> None:
    by = profile(f"sheets: '*', tables: {TITLE}, stop_at: ^Fuente", more=YEARS, period=OF_YEAR)
    result = read(new({"a": STACK, "b": STACK}), by)
    assert (result.read, result.accepted, result.sheet) == (6, 6, "a, b")
    assert result.observations["OBS_VALUE"].to_list() == [2, 4, 8]
    assert result.findings.select("sheet", "row", "rule").rows() == [
        ("b", 10, "R21"),
        ("b", 12, "R21"),
        ("b", 16, "R21"),
    ]


def test_a_profile_with_titles_or_sheets_is_found_for_its_files() -> None:
    by = {
        "titles": profile(f"tables: {TITLE}", head="recognise: {header: [País, n], first_lines: 'AÑO 2023'}"),
        "sheets": profile("sheets: '*'"),
    }
    for raw in (new({"x": STACK}), text(STACK)):
        fits = fitting(io.BytesIO(raw), filename="f", profiles=by)
        assert [(fit.header_row, fit.sheet in ("", "x")) for fit in fits] == [(9, True), (9, True)]
    assert fitting(io.BytesIO(text([["Cuadro No. 003"], ["País", "m"]])), filename="f", profiles=by) == ()
    assert fitting(io.BytesIO(new({"x": [["Cuadro No. 003"], ["País", "m"]]})), filename="f", profiles=by) == ()


def test_the_first_of_several_tables_can_be_opened_alone() -> None:
    by = profile(f"tables: {TITLE}, stop_at: ^Fuente")
    assert open_table(text(STACK), by.read, Limits(), filename="f").header_row == 9


@pytest.mark.parametrize("keys", ["sheet: a, sheets: b", "table: a, tables: b"])
def test_one_and_every_do_not_go_together(keys: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        profile(keys)
    assert caught.value.rule == "F20"


# --- a header that is repeated

PAGES = (
    ["Ingresos", "página"],
    HEAD,
    ["Cuba", 1],
    HEAD,
    ["Haití", 2],
    ["Ingresos", "página"],
    HEAD,
    ["Cuba", 3],
    HEAD,
)


@pytest.mark.parametrize("raw", [new({"x": PAGES}), old({"x": PAGES}), text(PAGES)], ids=range(3))
@pytest.mark.parametrize("layout", ["", "totals: [{row: {País: ^Total$}, over: País}]"])
def test_a_header_that_is_printed_again_is_no_record_and_is_said(raw: bytes, layout: str) -> None:
    result = read(raw, profile("thousands: ','", more=layout))
    assert dict(result.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == {"CUB": 4, "HTI": 2}
    assert result.read == 3
    found = result.findings.filter(pl.col("rule") == "F35").row(0, named=True)
    assert (found["severity"], found["row"]) == ("info", 4)
    assert found["message_en"].endswith("(4): 4, 6, 7, 9.")


def test_only_a_row_that_is_the_header_in_every_column_is_taken_for_it() -> None:
    result = read(text([HEAD, ["País", 1], ["Cuba", "n"], ["País ", "n"], ["país", "n"]]), profile("thousands: ','"))
    assert (result.read, result.accepted) == (4, 0)
    assert "F35" not in result.findings["rule"]


def test_lines_above_a_repeated_header_are_left_out_only_as_far_as_they_are_those_above_the_first() -> None:
    rows: Rows = [["A"], ["B"], HEAD, ["Cuba", 1], ["A"], ["B"], HEAD, ["Haití", 2], ["B"], HEAD, HEAD, ["Cuba", 3]]
    result = read(text(rows), profile("thousands: ','"))
    assert (result.read, result.accepted) == (3, 3)
    assert result.findings.filter(pl.col("rule") == "F35")["message_es"].item().endswith("(6): 5, 6, 7, 9, 10, 11.")


YEARLY: Rows = [["AÑO 2022"], HEAD, ["Cuba", 1], ["AÑO 2023"], HEAD, ["Cuba", 2]]


@pytest.mark.parametrize("raw", [new({"x": YEARLY}), old({"x": YEARLY}), text(YEARLY)], ids=range(3))
def test_a_header_below_another_title_may_head_another_table_and_is_refused(raw: bytes) -> None:
    error = refused(raw, profile("thousands: ','"), "F7")
    assert error.place.endswith(", 4")
    assert error.advice is not None
    assert "read.tables" in error.advice.en
    years = "capture: {y: {in: preamble, match: 'AÑO (\\d{4})', required: yes}}"
    both = read(raw, profile("tables: '^AÑO'", more=years, period="{const: $y, period: {grain: A}}"))
    assert both.observations.select("PERIOD", "OBS_VALUE").rows() == [("2022", 1), ("2023", 2)]


def test_a_profile_may_say_that_its_header_is_repeated_below_whatever() -> None:
    by = profile("thousands: ','")
    text_ = (
        "profile: PAN.SNM.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: ^País, repeats: yes}}\nfields:\n"
    )
    paged = read_profile((text_ + "  A: {from: n, text: {}}\n").encode(), name="p")
    rows: Rows = [HEAD, ["Cuba", 1], ["África", ""], HEAD, ["Haití", 2]]
    assert read(text(rows), paged).read == 3
    refused(text(rows), by, "F7")


def test_a_table_above_the_first_title_is_said_to_be_unread() -> None:
    rows: Rows = [HEAD, ["Haití", 9], *STACK[7:]]
    for raw in (new({"x": rows}), text(rows)):
        found = read(raw, profile(f"tables: {TITLE}, stop_at: ^Fuente")).findings
        f37 = found.filter(pl.col("rule") == "F37")
        assert f37.select("row", "severity").rows() == [(1, "warning")]


def test_a_header_of_two_lines_is_repeated_as_two_lines() -> None:
    by = read_profile(
        """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,2024", rows: 2}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2024, period: {grain: A}}
  CITIZENSHIP: {from: País, map: {Cuba: CUB}}
  OBS_VALUE: {from: 2024 / n, integer: {}}
accept: {max_stopped: 100 %}
""".encode(),
        name="p",
    )
    rows: Rows = [["País", "2024"], ["", "n"], ["Cuba", 1], ["País", "2024"], ["", "n"], ["País", "2024"], ["Cuba", 2]]
    result = read(text(rows), by)
    assert (result.read, result.accepted) == (3, 2)
    assert result.findings.filter(pl.col("rule") == "F35")["row"].to_list() == [4]


def test_many_repeated_headers_are_counted_and_the_first_are_named() -> None:
    result = read(text([HEAD, *[HEAD] * 20, ["Cuba", 1]]), profile("thousands: ','"))
    found = result.findings.filter(pl.col("rule") == "F35")["message_en"].item()
    assert "(20): 2, " in found
    assert found.endswith("11, ….")


def test_blank_lines_are_no_header_and_a_blank_first_line_of_one_is_not_sought_again() -> None:
    text_ = "profile: PAN.SNM.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: ^$, rows: ROWS}}\nfields:\n"
    one, two = (
        read_profile((text_.replace("ROWS", rows) + "  A: {from: a, text: {}}\n").encode(), name="p") for rows in "12"
    )
    refused(b",\n,\n1,2\n", one, "F7")
    assert read(b",\na,b\n1,2\n", two).accepted == 1


def test_a_header_of_years_is_not_sought_among_numbers() -> None:
    by = read_profile(
        b"profile: PAN.SNM.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: ^2023}}\nfields:\n"
        b"  A: {from: '2023', integer: {}}\n",
        name="p",
    )
    assert read(b"2023,2024\n2023,5\n2023,2024\n", by).read == 1


def test_a_header_among_numbers_of_persons_is_found_as_among_texts() -> None:
    by = read_profile(
        b"profile: PAN.SNM.prueba\nversion: 1.0.0\ngrain: person\nread: {header: {find: '^age,p'}}\nfields:\n"
        b"  AGE_YEARS: {from: age, integer: {}}\n  CITIZENSHIP: {from: p, map: {Cuba: CUB}}\n",
        name="p",
    )
    assert read(b"age,p\n3,Cuba\n4,Cuba\n", by).accepted == 2
    result = read(b"age,p\n3,Cuba\nage,p\n4,Cuba\n", by)
    assert (result.read, result.accepted, result.findings["rule"].to_list()) == (2, 2, ["F35"])
