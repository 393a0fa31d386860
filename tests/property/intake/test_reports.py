"""Whatever a file holds, its annotated workbook says the same, runs nothing, and tells no value of a personal field."""

import csv
import io

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.intake.limits import Limits
from istmo.intake.profiles import read_profile
from istmo.intake.reporting.report import annotated_report
from istmo.intake.run import intake

FIGURES = read_profile(
    b"""
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^\\\\w+,label,n,other"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: label, map: {Haiti: HTI, Cuba: CUB}}
  NOTE: {from: key, text: {}}
  OBS_VALUE: {from: n, integer: {}}
""",
    name="p",
)
PERSONS = read_profile(
    b"""
profile: PAN.SNM.prueba
version: 1.0.0
grain: person
read: {header: {find: "^\\\\w+,label,n,other"}}
fields:
  REPORTER: {const: PAN}
  AGENCY: {const: SNM}
  DATASET: {const: prueba}
  SOURCE_ID: {from: key, text: {}, personal: yes, unique: {on_duplicate: quarantine}}
  CITIZENSHIP: {from: label, map: {Haiti: HTI, Cuba: CUB}}
  BIRTH_DATE: {from: n, personal: yes, date: YYYY-MM-DD}
  NAME: {from: other, personal: yes, text: {}}
checks:
  - {id: c, rule: R20, that: "NAME is not null", es: Falta el nombre., en: The name is missing.}
""",
    name="p",
)
# What XML has signs for, without the underscore by which workbooks escape a sign.
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="_\ufffe\uffff\r\n"), max_size=8)
STARTS = st.sampled_from(["", "=", "+", "-", "@", "'", "=1+1", "007", "<&>", "«Ñ»"])
CELLS = st.builds(lambda start, rest: start + rest, STARTS, TEXTS)
ROWS = st.lists(
    st.tuples(CELLS, st.sampled_from(["Haiti", "Cuba", "Hati", "=Haiti"]), CELLS, CELLS), min_size=1, max_size=6
)


def written(rows: list[tuple[str, ...]]) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows([("key", "label", "n", "other"), *rows])
    return made.getvalue().encode()


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_the_sheet_says_what_the_file_says_and_nothing_in_it_is_a_formula(rows: list[tuple[str, ...]]) -> None:
    data = written(rows)
    result = intake(io.BytesIO(data), filename="f.csv", profile=FIGURES)
    made = annotated_report(data, result, result.findings, language="es", limits=Limits())
    workbook = openpyxl.load_workbook(io.BytesIO(made))
    sheet = workbook.worksheets[0]
    for number, row in enumerate(rows, start=2):
        for column, text in enumerate(row, start=1):
            value = sheet.cell(number, column).value
            assert ("" if value is None else str(value)) == text
    assert {cell.data_type for each in workbook for row in each.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    told = {(finding["row"]) for finding in result.findings.iter_rows(named=True) if finding["row"]}
    assert {cell.row for row in sheet.iter_rows() for cell in row if cell.comment} == told


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_what_is_read_from_the_annotated_workbook_is_what_was_read_from_the_file(rows: list[tuple[str, ...]]) -> None:
    data = written([(key, label, n, "") for key, label, n, _ in rows])
    result = intake(io.BytesIO(data), filename="f.csv", profile=FIGURES)
    made = annotated_report(data, result, result.findings, language="en", limits=Limits())
    again = intake(io.BytesIO(made), filename="f.xlsx", profile=FIGURES)
    assert (again.read, again.accepted, again.quarantined, again.rejected) == (
        *(result.read, result.accepted, result.quarantined, result.rejected),
    )
    assert again.observations.drop("SOURCE_HASH").equals(result.observations.drop("SOURCE_HASH"))


SECRETS = st.from_regex(r"Zq[a-z]{6}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(SECRETS, st.sampled_from(["Haiti", "Hati", ""]), SECRETS, st.one_of(SECRETS, st.just(""))),
        min_size=1,
        max_size=6,
    )
)
def test_no_note_and_no_sheet_of_ours_holds_a_value_of_a_personal_field(rows: list[tuple[str, ...]]) -> None:
    data = written([*rows, rows[0]])
    result = intake(io.BytesIO(data), filename="f.csv", profile=PERSONS)
    made = annotated_report(data, result, result.findings, language="es", limits=Limits())
    own, *ours = openpyxl.load_workbook(io.BytesIO(made)).worksheets
    told = [str(cell.value) for sheet in ours for row in sheet.iter_rows() for cell in row if cell.value is not None]
    told += [cell.comment.text for row in own.iter_rows() for cell in row if cell.comment]
    assert any("R21" in text for text in told)
    assert not any("Zq" in text for text in told)
