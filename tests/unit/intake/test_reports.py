"""The validation report: each finding in its cell of the sender's own sheet, by rule, with a link, and no person."""

import io
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter
import xlwt

from istmo.intake.limits import Limits
from istmo.intake.problems import HIDDEN
from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.reporting import report as reporting
from istmo.intake.reporting.grouping import groups, ordered, places_only, rule_of
from istmo.intake.reporting.report import annotated_report
from istmo.intake.reporting.sent import EXCERPT, near, read_sent
from istmo.intake.reporting.sheets import NewSheet
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.findings import FINDING_SCHEMA, Finding, Severity, findings_frame
from istmo.model.text import Text

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "national"
PROFILE = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,n"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB, "=Chad": TCD}}
  OBS_VALUE: {from: n, integer: {}}
"""
LIMITS = Limits()


def read(data: bytes, profile: str = PROFILE, filename: str = "mi cuadro.csv") -> Intake:
    return intake(io.BytesIO(data), filename=filename, profile=read_profile(profile.encode(), name="p"))


def report(data: bytes, result: Intake, language: str = "es", **more: tuple[NewSheet | Text, ...]) -> openpyxl.Workbook:
    made = annotated_report(data, result, result.findings, language=language, limits=LIMITS, **more)  # type: ignore[arg-type]
    return openpyxl.load_workbook(io.BytesIO(made))


def notes(workbook: openpyxl.Workbook) -> dict[str, str]:
    cells = (cell for row in workbook.worksheets[0].iter_rows() for cell in row)
    return {cell.coordinate: cell.comment.text for cell in cells if cell.comment}


def test_a_text_file_becomes_a_sheet_with_each_row_at_its_number_and_notes_in_the_cells() -> None:
    data = 'Título\nPaís,n,otra\n"Hai\ntí",1,007\nHatí,2,1.5\nCuba,x,=1+1\n=Chad,4,-3\n'.encode("cp1252")
    workbook = report(data, read(data))
    assert workbook.sheetnames == ["mi cuadro", "Istmo resumen", "Istmo hallazgos"]
    rows = [tuple(cell.value for cell in row) for row in workbook["mi cuadro"].iter_rows()]
    assert rows == [
        *(("Título", None, None), ("País", "n", "otra"), ("Hai\ntí", 1, "007"), (None, None, None)),
        *(("Hatí", 2, "1.5"), ("Cuba", "x", "=1+1"), ("=Chad", 4, -3)),
    ]
    assert not any(cell.data_type == "f" for sheet in workbook for row in sheet.iter_rows() for cell in row)
    found = notes(workbook)
    assert set(found) == {"A3", "A5", "B6", "C2"}
    assert found["A5"].startswith("R9 · Error\n«Hatí» no está en las correspondencias del perfil.\nSugerencia: HTI")
    assert found["C2"].startswith("F27 · Nota\n")


def test_findings_are_listed_by_rule_the_gravest_first_and_lead_to_their_cells() -> None:
    data = "País,n,otra\nHatí,2,1\nCuba,x,1\nKuba,y,1\n".encode()
    result = read(data)
    workbook = report(data, result, "en")
    listed = [[cell.value for cell in row] for row in workbook["Istmo findings"].iter_rows(min_row=2)]
    assert [(row[0], row[1], row[2], row[3], row[7]) for row in listed] == [
        (1, "B3", "Error", "F10", 3),
        (2, "B4", "Error", "F10", 4),
        (3, "A2", "Error", "R9", 2),
        (4, "A4", "Error", "R9", 4),
        (5, "whole file", "Error", "F15", None),
        (6, "C1", "Note", "F27", 1),
    ]
    assert workbook["Istmo findings"]["B2"].hyperlink.location == "'mi cuadro'!B3"
    assert workbook["Istmo findings"]["B6"].hyperlink is None
    summary = workbook["Istmo summary"]
    by_rule = {row[0].value: (row[0], row[3].value) for row in summary.iter_rows() if row[3].value is not None}
    assert {rule: count for rule, (_, count) in by_rule.items()} == {
        "Rule": "Findings",
        "F10": 2,
        "R9": 2,
        "F15": 1,
        "F27": 1,
    }
    assert by_rule["R9"][0].hyperlink.location == "'Istmo findings'!A4"
    counts = {row[0].value: row[1].value for row in summary.iter_rows()}
    assert (counts["Read"], counts["Accepted"], counts["In quarantine"], counts["Rejected"]) == (3, 0, 1, 2)
    assert counts["SHA-256"] == result.source_hash
    assert any(str(row[1].value).startswith("More records were stopped") for row in summary.iter_rows())


def test_a_file_in_which_nothing_was_found_says_so() -> None:
    data = "País,n\nHaití,2\n".encode()
    workbook = report(data, read(data), "es", remarks=(Text(es="Nada cambió.", en="Nothing changed."),))
    said = [row[1].value for row in workbook["Istmo resumen"].iter_rows()]
    assert "No se encontró nada." in said
    assert "Nada cambió." in said
    assert notes(workbook) == {}


def test_sheets_of_others_come_after_the_findings_and_findings_of_others_are_told() -> None:
    data = "País,n\nHaití,2\n".encode()
    result = read(data)
    later = Finding("R18a", Severity.WARNING, Text(es="Otra fuente dice más.", en="Another source says more."))
    found = pl.concat([result.findings, findings_frame([later])])
    extra = NewSheet("Istmo cambios", (10,), (("a",),))
    made = annotated_report(data, result, found, language="es", limits=LIMITS, more=(extra,))
    workbook = openpyxl.load_workbook(io.BytesIO(made))
    assert workbook.sheetnames == ["mi cuadro", "Istmo resumen", "Istmo hallazgos", "Istmo cambios"]
    assert workbook["Istmo hallazgos"]["E2"].value == "Otra fuente dice más."


def workbook_of(rows: list[list[object]], first_row: int, first_column: int, title: str = "Hoja 1") -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = title
    for row, cells in enumerate(rows, start=first_row):
        for column, value in enumerate(cells, start=first_column):
            workbook.active.cell(row, column, value)
    made = io.BytesIO()
    workbook.save(made)
    return made.getvalue()


def test_in_a_workbook_the_note_stands_in_its_cell_wherever_the_table_begins() -> None:
    data = workbook_of([["País", "n"], ["Haití", 3], ["Hatí", "x"]], 4, 3)
    result = read(data, filename="libro.xlsx")
    workbook = report(data, result)
    assert set(notes(workbook)) == {"C6", "D6"}
    again = io.BytesIO()
    workbook.save(again)
    assert (
        read(again.getvalue(), filename="libro.xlsx")
        .observations.drop("SOURCE_HASH")
        .equals(result.observations.drop("SOURCE_HASH"))
    )


def test_columns_that_a_layout_makes_stand_where_they_come_from() -> None:
    data = (FIXTURES / "mex_upm_3_1_1.tsv").read_bytes()
    sent = read_sent(data, builtin_profiles()["MEX.UPM.3_1_1"], LIMITS, filename="x.tsv")
    assert sent.column("", 9, "pais") == sent.column("", 9, "Continente/País de nacionalidad") == 0
    assert sent.column("", 9, "Enero") == 1
    assert sent.column("", 9, "no such column") is None
    assert sent.column("no such sheet", 9, "Enero") is None
    joined = PROFILE.replace('n"}}', 'n"}, combine: {junto: [País, n]}}').replace("from: País,", "from: junto,")
    table = "País,n\nHaití,2\n".encode()
    assert read_sent(table, read_profile(joined.encode(), name="p"), LIMITS, filename="x").column("", 2, "junto") == 0


SHEETS = PROFILE.replace("read: {", "read: {sheets: '* 2024', ")


def sheets_of(kind: str) -> bytes:
    """Two months in two sheets, the second below a title, each with a label that no map has."""
    months = {
        "Enero 2024": [["País", "n"], ["Haití", 1], ["Hatí", 2]],
        "Febrero 2024": [["t"], ["País", "n"], ["Hatiy", 3]],
    }
    raw = io.BytesIO()
    book = xlwt.Workbook() if kind == "xls" else openpyxl.Workbook()
    if kind != "xls":
        book.remove(book.active)
    for name, rows in {"Portada": [["=1+1"]], **months}.items():
        page = book.add_sheet(name) if kind == "xls" else book.create_sheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if kind == "xls":
                    page.write(number, column + 1, cell)
                else:
                    page.cell(number + 1, column + 2, cell)
    book.save(raw)
    return raw.getvalue()


@pytest.mark.parametrize("kind", ["xls", "xlsx"])
def test_of_several_sheets_each_has_its_own_notes_and_an_old_workbook_keeps_its_sheets(kind: str) -> None:
    data = sheets_of(kind)
    result = read(data, SHEETS, f"libro.{kind}")
    workbook = report(data, result)
    assert workbook.sheetnames[:3] == ["Portada", "Enero 2024", "Febrero 2024"]
    noted = {
        sheet.title: [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment]
        for sheet in workbook
    }
    assert (noted["Enero 2024"], noted["Febrero 2024"]) == (["B3"], ["B3"])
    assert (workbook["Enero 2024"]["C2"].value, workbook["Portada"]["B1"].value) == (1, "=1+1")
    places = [cell.value for cell in workbook["Istmo hallazgos"]["B"]]
    assert {"Enero 2024, B3", "Febrero 2024, B3"} <= set(places)
    sent = read_sent(data, result.profile, LIMITS, filename="x")
    found = sent.excerpt(result.findings)
    assert found.select("sheet", "header_row", "row").rows() == [
        ("Enero 2024", 1, 1),
        ("Enero 2024", 1, 2),
        ("Enero 2024", 1, 3),
        ("Febrero 2024", 2, 2),
        ("Febrero 2024", 2, 3),
    ]


TABLES = (
    PROFILE.replace("read: {", "read: {sheets: '* 2024', tables: '^Cuadro', ")
    .replace("fields:", "capture: {mes + year: {in: sheet, match: '^(\\w+) (\\d{4})$'}}\nfields:")
    .replace("{const: 2023-08, period: {grain: M}}", "{const: $mes, period: {month: es, year: $year}}")
)


def several_tables() -> bytes:
    """Two sheets with two tables each, with merged titles and labels; around them sheets that are not read, one hidden,
    one with a name of signs that XML and links quote.
    """
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    book.add_worksheet("Portada").write(0, 0, "Ministerio inventado")
    for name, more in (("Enero 2024", 2), ("O'Hara & <m>", None), ("Febrero 2024", 0)):
        page = book.add_worksheet(name)
        if more is None:
            continue
        page.merge_range(more, 1, more, 3, "Cuadro 1")
        for row, cells in enumerate([["País", "n", "otra"], ["Haití", 1], ["Hatí", 2]], start=more + 1):
            page.write_row(row, 1, cells)
        page.write(more + 6, 1, "Cuadro 2")
        page.write_row(more + 7, 1, ["País", "n"])
        page.merge_range(more + 8, 1, more + 10, 1, "Kuba")
        page.write_column(more + 8, 2, [3, "x", 5])
        page.write_row(more + 11, 1, ["Cuba", -1])
    book.add_worksheet("Notas").hide()
    book.close()
    return made.getvalue()


def test_of_several_tables_in_several_sheets_each_finding_leads_to_its_sheet_and_to_a_cell_that_is_seen() -> None:
    data = several_tables()
    result = read(data, TABLES, "libro.xlsx")
    workbook = report(data, result)
    assert workbook.sheetnames == [
        *("Portada", "Enero 2024", "O'Hara & <m>", "Febrero 2024", "Notas", "Istmo resumen", "Istmo hallazgos"),
    ]
    assert workbook["Notas"].sheet_state == "hidden"
    noted = {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }
    for sheet, first in (("Enero 2024", 3), ("Febrero 2024", 1)):
        cells = {place for name, place in noted if name == sheet}
        unread, label, covered, text, negative = (
            *(f"D{first + 1}", f"B{first + 3}", f"B{first + 8}", f"C{first + 9}", f"C{first + 11}"),
        )
        assert cells == {unread, label, covered, text, negative}
        assert noted[sheet, covered].count("«Kuba» no está en las correspondencias") == 1
        assert "F34 · Nota" in noted[sheet, covered]
    listed = workbook["Istmo hallazgos"]
    places = [
        (row[3].value, row[7].value, row[1].hyperlink.location, row[1].value)
        for row in listed.iter_rows(min_row=2)
        if row[1].hyperlink
    ]
    assert [place for place in places if place[0] == "R9" and "Febrero" in place[2]] == [
        *(("R9", row, f"'Febrero 2024'!{cell}", f"Febrero 2024, {cell}") for row, cell in KUBA),
    ]
    assert {(location.partition("!")[0].strip("'"), location.partition("!")[2]) for *_, location, _ in places} == {
        *noted
    }
    assert listed.column_dimensions["B"].width >= len("Febrero 2024, B12")


KUBA = ((4, "B4"), (9, "B9"), (10, "B9"), (11, "B9"))


def test_an_excerpt_shows_a_merged_label_in_each_of_its_rows_and_a_figure_only_where_it_is_written() -> None:
    result = read(several_tables(), TABLES, "libro.xlsx")
    sent = read_sent(several_tables(), result.profile, LIMITS, filename="x")
    second = sent.excerpt(result.findings).filter(pl.col("sheet") == "Febrero 2024", pl.col("header_row") == 8)
    assert [cells[:2] for cells in second["cells"].to_list()] == [
        *(["País", "n"], ["Kuba", "3"], ["Kuba", "x"], ["Kuba", "5"], ["Cuba", "-1"]),
    ]


def test_a_sheet_that_is_read_alone_among_others_is_named_with_its_cells() -> None:
    data = several_tables()
    result = read(data, TABLES.replace("* 2024", "Enero 2024"), "libro.xlsx")
    places = [cell.value for cell in report(data, result)["Istmo hallazgos"]["B"]]
    assert "Enero 2024, B11" in places
    assert not any("Febrero" in str(place) for place in places)


def test_a_finding_on_a_row_stands_at_the_first_cell_of_its_table() -> None:
    data = workbook_of([["País", "n"], ["Haití", 3]], 4, 3)
    result = read(data, filename="libro.xlsx")
    found = findings_frame([Finding("F2", Severity.INFO, Text(es="a", en="a"), "Hoja 1", 5)])
    made = annotated_report(data, result, found, language="es", limits=LIMITS)
    assert set(notes(openpyxl.load_workbook(io.BytesIO(made)))) == {"C5"}


def test_of_several_tables_in_a_sheet_the_one_above_a_row_is_its_own() -> None:
    by = PROFILE.replace("read: {", "read: {tables: '^Cuadro', ")
    data = "Cuadro 1\nPaís,n\nHaití,1\nCuadro 2\nPaís,n\nHatí,2\n".encode()
    result = read(data, by)
    sent = read_sent(data, result.profile, LIMITS, filename="x")
    assert [sent.table_of("", row) for row in (1, 2, 3, 5, 6)] == [0, 0, 0, 1, 1]
    assert sent.excerpt(result.findings).filter(pl.col("row") == 6)["header_row"].to_list() == [5]
    assert sent.excerpt(findings_frame([Finding("F2", Severity.INFO, Text(es="a", en="a"), "otra", 3)])).is_empty()


def test_many_findings_of_one_cell_are_told_in_one_note_up_to_five() -> None:
    data = "País,n\nHatí,2\n".encode()
    result = read(data)
    again = [Finding("F10", Severity.INFO, Text(es=f"Nota {n}.", en=f"Note {n}."), "", 2, "n", "2") for n in range(7)]
    made = annotated_report(data, result, findings_frame(again), language="es", limits=LIMITS)
    (note,) = notes(openpyxl.load_workbook(io.BytesIO(made))).values()
    assert note.count("F10 · Nota") == 5
    assert note.endswith("y 2 más en esta celda")


def test_what_does_not_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "NOTES", 2)
    monkeypatch.setattr(reporting, "LISTED", 3)
    monkeypatch.setattr(reporting, "LONG", 9)
    rows = [f"{'Hatí' if n in (15, 16, 30, 31) else 'Haití'},{n}" for n in range(40)]
    data = "\n".join(["País,n", *rows, ""]).encode()
    result = read(data)
    workbook = report(data, result)
    said = " ".join(str(row[1].value) for row in workbook["Istmo resumen"].iter_rows())
    assert "La tabla es muy larga" in said
    assert "Llevan nota las primeras 2 celdas" in said
    assert f"Se escriben los primeros 3 hallazgos de {result.findings.height}" in said
    assert len(notes(workbook)) == 2
    held = {row[0].row for row in workbook.worksheets[0].iter_rows() if row[0].value}
    assert held == {*range(1, 7), *range(14, 22), *range(29, 37)}
    assert workbook.worksheets[0]["B32"].value == 30


def test_rows_beyond_what_a_sheet_holds_have_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "ROWS", 3)
    data = "País,n\nHatí,1\nHaití,2\nHatí,3\n".encode()
    workbook = report(data, read(data))
    assert workbook.worksheets[0].max_row == 3
    assert set(notes(workbook)) == {"A2"}
    listed = workbook["Istmo hallazgos"]
    places = [listed.cell(row, 2).value for row in range(2, listed.max_row + 1)]
    assert sorted(filter(None, places)) == ["A2", "todo el archivo"]


def test_no_note_and_no_list_holds_a_value_of_a_personal_field() -> None:
    data = (FIXTURES / "cri_dgme_permisos.csv").read_bytes()
    result = intake(io.BytesIO(data), filename="p.csv", profile=builtin_profiles()["CRI.DGME.permisos"])
    workbook = report(data, result)
    listed = workbook["Istmo hallazgos"]
    values = {listed.cell(row, 9).value: listed.cell(row, 6).value for row in range(2, listed.max_row + 1)}
    assert values["Consecutivo"] == values["Fecha Nacimiento"] == HIDDEN
    told = " ".join([*notes(workbook).values(), *(str(cell.value) for row in listed.iter_rows() for cell in row)])
    assert "PC-000104" not in told
    assert "1988" not in told


def test_of_a_table_on_persons_no_row_is_ever_shown() -> None:
    data = (FIXTURES / "cri_dgme_permisos.csv").read_bytes()
    profile = builtin_profiles()["CRI.DGME.permisos"]
    result = intake(io.BytesIO(data), filename="p.csv", profile=profile)
    sent = read_sent(data, profile, LIMITS, filename="p.csv")
    assert sent.excerpt(result.findings).is_empty()


def test_an_excerpt_has_the_header_and_the_rows_around_findings_in_the_columns_that_the_profile_reads() -> None:
    rows = [f"{'Hatí' if n == 20 else 'Haití'},{n},Ana Ejemplo" for n in range(40)]
    data = "\n".join(["País,n,quien", *rows, ""]).encode()
    result = read(data)
    sent = read_sent(data, result.profile, LIMITS, filename="x.csv")
    found = sent.excerpt(result.findings.filter(pl.col("rule") == "R9"))
    assert found["row"].to_list() == [1, *range(19, 26)]
    assert set(found["header_row"]) == {1}
    assert found["cells"].to_list()[:2] == [["País", "n", "quien"], ["Haití", "17", HIDDEN]]
    unpivoted = builtin_profiles()["HND.INM.flujo"]
    raw = (FIXTURES / "hnd_inm_flujo.csv").read_bytes()
    shown = read_sent(raw, unpivoted, LIMITS, filename="h.csv").shown
    assert shown == {"Año", "Mes", "Nacionalidad", "Delegación", "Hombres", "Mujeres", "Niños", "Niñas", "Total"}


def test_an_excerpt_has_an_end() -> None:
    assert near([5, 100], most=EXCERPT) == {*range(2, 9), *range(97, 104)}
    assert near([5, 100, 200], most=8) == {*range(2, 9), *range(97, 104)}


@pytest.mark.parametrize(
    ("name", "id_", "parameters"),
    [
        ("pan_snm_cuadro003.csv", "PAN.SNM.cuadro003", {}),
        ("pan_snm_cuadro002.csv", "PAN.SNM.cuadro002", {"year": "2016"}),
        ("hnd_inm_flujo.csv", "HND.INM.flujo", {}),
        ("mex_upm_3_1_1.tsv", "MEX.UPM.3_1_1", {}),
        ("gtm_igm_rechazados.csv", "GTM.IGM.rechazados", {}),
        ("usa_cbp_nationwide.csv", "USA.CBP.nationwide", {}),
        ("cri_dgme_permisos.csv", "CRI.DGME.permisos", {}),
        ("mex_upmrip_bdsiomr.csv", "MEX.UPMRIP.bdsiomr", {}),
    ],
)
def test_the_annotated_workbook_of_each_national_file_reads_as_the_file_does(
    name: str, id_: str, parameters: dict[str, str]
) -> None:
    data = (FIXTURES / name).read_bytes()
    by = builtin_profiles()[id_]
    result = intake(io.BytesIO(data), filename=name, profile=by, parameters=parameters)
    made = annotated_report(data, result, result.findings, language="en", limits=LIMITS)
    again = intake(io.BytesIO(made), filename="report.xlsx", profile=by, parameters=parameters)
    assert again.read == result.read
    assert (again.accepted, again.quarantined, again.rejected) == (result.accepted, result.quarantined, result.rejected)
    assert again.observations.drop("SOURCE_HASH").equals(result.observations.drop("SOURCE_HASH"))
    assert again.events.equals(result.events)


def test_of_findings_on_persons_only_place_rule_and_severity_are_kept() -> None:
    data = (FIXTURES / "cri_dgme_permisos.csv").read_bytes()
    result = intake(io.BytesIO(data), filename="p.csv", profile=builtin_profiles()["CRI.DGME.permisos"])
    kept = places_only(result.findings)
    same = ["sheet", "row", "column", "rule", "severity"]
    assert kept.select(same).equals(result.findings.select(same))
    assert set(kept["value"]) == {"", HIDDEN}
    assert set(kept["suggestion"]) == {""}
    assert kept.filter(pl.col("rule") == "R21")["message_en"].item() == rule_of("R21").title.en
    assert kept.schema == result.findings.schema
    assert places_only(FINDING_SCHEMA.to_frame()).is_empty()


def test_a_rule_of_a_profiles_own_that_is_not_listed_is_told_by_its_name() -> None:
    found = findings_frame([Finding("MIA", Severity.INFO, Text(es="a", en="b"))])
    assert groups(found)[0].rule.title.es == "MIA"
    assert ordered(FINDING_SCHEMA.to_frame()).is_empty()
