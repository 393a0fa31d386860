"""The same table gives the same records as CSV, as TSV, with semicolons, in another encoding and as workbooks."""

import csv
import io

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.intake.profiles import builtin_profiles, read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake

PROFILE = read_profile(
    """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,Total,Ene"}, stop_at: "^Fuente", thousands: ","}
capture: {year: {in: preamble, match: "AÑO (\\\\d{4})", required: "yes"}}
totals: [{row: {País: "^Total$"}, over: País, keep: "yes"}, {column: Total, over: mes}]
unpivot: {keep: [País], columns: "^(Ene|Feb)$", as: mes, value: valor}
cells: {"-": {zero_if: mes has a total, else: not_reported}, "": not_a_record}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {from: mes, period: {month: es, year: $year}}
  CITIZENSHIP: {from: País, map: {Congo: X_CONGO}, lists: [names_es]}
  OBS_VALUE: {from: valor, integer: {}}
accept: {max_stopped: 100 %}
""".encode(),
    name="p.yaml",
)
CELLS = st.sampled_from(["-", "", "0", "7", "1,534", "x", " 12 ", "-3"])
LABELS = st.sampled_from(
    ["Haití", "Congo", "Total", "Cuba", "Atlántida", 'De "prueba"', "Corea, República de", " Chile "]
)
TABLES = st.lists(st.tuples(LABELS, CELLS, CELLS, CELLS), min_size=1, max_size=6)


def text_file(rows: list[list[str]], delimiter: str, encoding: str, end: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows(rows)
    return stream.getvalue().encode(encoding)


def workbook(rows: list[list[str]], *, numbers: bool) -> bytes:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_numbers": False})
    book.add_worksheet("Portada").write(0, 0, "nada")
    sheet = book.add_worksheet("Cuadro 3")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if numbers and cell.isdigit():
                sheet.write_number(number, column, int(cell))
            elif cell:
                sheet.write_string(number, column, cell)
    book.close()
    return raw.getvalue()


def old_workbook(rows: list[list[str]], *, numbers: bool) -> bytes:
    raw = io.BytesIO()
    book = xlwt.Workbook()
    book.add_sheet("Portada").write(0, 0, "nada")
    sheet = book.add_sheet("Cuadro 3")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell:
                sheet.write(number, column, int(cell) if numbers and cell.isdigit() else cell)
    book.save(raw)
    return raw.getvalue()


def read(raw: bytes) -> Intake:
    return intake(io.BytesIO(raw), filename="f", profile=PROFILE)


@settings(max_examples=40, deadline=None)
@given(table=TABLES)
def test_a_table_gives_the_same_records_in_every_format(table: list[tuple[str, str, str, str]]) -> None:
    rows = [
        ["Tránsito irregular: AÑO 2016"],
        ["País", "Total", "Ene", "Feb"],
        *map(list, table),
        ["Fuente: nadie"],
    ]
    results = [
        read(text_file(rows, ",", "utf-8", "\n")),
        read(text_file(rows, ";", "cp1252", "\r\n")),
        read(text_file(rows, "\t", "utf-8-sig", "\n")),
        read(text_file(rows, "|", "utf-16", "\r")),
        read(workbook(rows, numbers=False)),
        read(workbook(rows, numbers=True)),
        read(old_workbook(rows, numbers=False)),
        read(old_workbook(rows, numbers=True)),
    ]
    first = results[0]
    for other in results[1:]:
        assert (first.read, first.accepted, first.quarantined, first.rejected) == (
            other.read,
            other.accepted,
            other.quarantined,
            other.rejected,
        )
        assert first.observations.drop("SOURCE_HASH").equals(other.observations.drop("SOURCE_HASH"))
        assert first.findings.select("row", "column", "rule", "message_en").equals(
            other.findings.select("row", "column", "rule", "message_en")
        )


@pytest.mark.parametrize("profile", builtin_profiles().values(), ids=lambda profile: profile.id)
def test_the_samples_of_every_profile_read_the_same_as_a_workbook(profile) -> None:
    for sample in profile.samples:
        raw = sample.text.encode(sample.encoding)
        delimiter = max(",;\t", key=sample.text.count)
        rows = list(csv.reader(io.StringIO(sample.text, newline=""), delimiter=delimiter))
        one = intake(io.BytesIO(raw), filename=sample.name, profile=profile, parameters=sample.parameters)
        for book in (workbook(rows, numbers=False), old_workbook(rows, numbers=False)):
            other = intake(io.BytesIO(book), filename=sample.name, profile=profile, parameters=sample.parameters)
            assert one.rows.select(set(one.rows.columns) - {"SOURCE_HASH"}).equals(
                other.rows.select(set(one.rows.columns) - {"SOURCE_HASH"})
            )
