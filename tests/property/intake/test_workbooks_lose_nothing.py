"""Of generated workbooks with several sheets and tables, merged cells and repeated headers, no row is lost or made."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from istmo.intake.profiles import read_profile
from istmo.intake.result import Intake
from istmo.intake.run import intake
from istmo.model.errors import InvalidInput
from istmo.model.findings import rules

MONTHS = ("Enero", "Febrero", "Marzo")
CODES = {"Haití": "HTI", "Cuba": "CUB"}
HEADER = ["País", "Delegación", "n"]
TITLE = ["Cuadro No. 003"]
PROFILE = read_profile(
    """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,Delegación,n"}, sheets: "* 2024", tables: "^Cuadro No", stop_at: "^Fuente"}
capture: {mes + year: {in: sheet, match: "^(\\\\w+) (\\\\d{4})$", required: yes}}
totals: [{row: {País: "^Total$"}, over: [País, Delegación]}]
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: $mes, period: {month: es, year: $year}}
  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}
  OBS_VALUE: {from: n, integer: {}}
drop: {Delegación: it only tells the rows apart}
accept: {max_stopped: 100 %}
""".encode(),
    name="p.yaml",
)

# a group is a label over as many rows as it has figures, merged or written in each; then perhaps the header again
GROUPS = st.lists(
    st.tuples(
        st.sampled_from([*CODES, "Atlántida"]),
        st.lists(st.sampled_from([0, 1, 7, "x", ""]), min_size=1, max_size=4),
        st.booleans(),
        st.sampled_from(["", "", "", "header", "blank"]),
    ),
    min_size=1,
    max_size=4,
)
TABLES = st.tuples(GROUPS, st.booleans(), st.booleans())  # with a row of total, with a footer
SHEETS = st.lists(st.lists(TABLES, min_size=1, max_size=3), min_size=1, max_size=3)


@dataclass(slots=True)
class Written:
    """The rows of a sheet, its merged cells, and what must come out of it: (row, label, figure) of each record."""

    rows: list[list[Any]] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)
    records: list[tuple[int, str, Any]] = field(default_factory=list)
    again: int = 0
    totals: int = 0


def write(tables: list[tuple]) -> Written:
    sheet = Written()
    for groups, total, footer in tables:
        sheet.rows += [TITLE, HEADER]
        for label, figures, merged, after in groups:
            first = len(sheet.rows)
            for number, figure in enumerate(figures):
                sheet.rows.append(["" if merged and number else label, f"D{len(sheet.rows)}", figure])
                sheet.records.append((len(sheet.rows), label, figure))
            if merged and len(figures) > 1:
                sheet.merged.append((first, len(sheet.rows) - 1))
            if after == "header":
                sheet.rows.append(HEADER)
                sheet.again += 1
            elif after == "blank":
                sheet.rows.append([])
        if total:
            sheet.rows.append(["Total", "", 99])
            sheet.totals += 1
        if footer:
            sheet.rows += [["Fuente: nadie"], ["Nota", "x", "y"]]
    return sheet


def new(sheets: list[Written]) -> bytes:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    book.add_worksheet("Portada").write(0, 0, "nada")
    for month, sheet in zip(MONTHS, sheets, strict=False):
        page = book.add_worksheet(f"{month} 2024")
        for number, row in enumerate(sheet.rows):
            page.write_row(number, 0, row)
        for first, last in sheet.merged:
            page.merge_range(first, 0, last, 0, sheet.rows[first][0])
    book.close()
    return raw.getvalue()


def old(sheets: list[Written]) -> bytes:
    raw = io.BytesIO()
    book = xlwt.Workbook()
    book.add_sheet("Portada").write(0, 0, "nada")
    for month, sheet in zip(MONTHS, sheets, strict=False):
        page = book.add_sheet(f"{month} 2024", cell_overwrite_ok=True)
        for number, row in enumerate(sheet.rows):
            for column, cell in enumerate(row):
                if cell != "":
                    page.write(number, column, cell)
        for first, last in sheet.merged:
            page.write_merge(first, last, 0, 0, sheet.rows[first][0])
    book.save(raw)
    return raw.getvalue()


def read(raw: bytes) -> Intake:
    return intake(io.BytesIO(raw), filename="f", profile=PROFILE)


def stopped(sheets: list[Written]) -> Iterator[tuple[str, int]]:
    for month, sheet in zip(MONTHS, sheets, strict=False):
        for row, label, figure in sheet.records:
            if label not in CODES or not isinstance(figure, int):
                yield f"{month} 2024", row


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables=SHEETS)
def test_every_row_is_read_once_with_its_sheet_label_and_figure(tables: list[list[tuple]]) -> None:
    sheets = [write(own) for own in tables]
    wanted: Counter[tuple[str, str]] = Counter()
    known: set[tuple[str, str]] = set()
    for number, sheet in enumerate(sheets, start=1):
        for _, label, figure in sheet.records:
            if label in CODES and isinstance(figure, int):
                known.add((f"2024-0{number}", CODES[label]))
                wanted[f"2024-0{number}", CODES[label]] += figure
    results = [read(new(sheets)), read(old(sheets))]
    for result in results:
        assert result.read == sum(len(sheet.records) for sheet in sheets)
        assert result.accepted + result.quarantined + result.rejected == result.read
        assert result.rejected == sum(figure == "x" for sheet in sheets for _, _, figure in sheet.records)
        assert result.stopped == len(list(stopped(sheets)))
        got = {row[:2]: row[2] for row in result.observations.select("PERIOD", "CITIZENSHIP", "OBS_VALUE").iter_rows()}
        assert got == {key: wanted[key] for key in known}
        errors = result.findings.filter((pl.col("severity") == "error") & (pl.col("rule") != "F15"))
        assert set(errors.select("sheet", "row").iter_rows()) == set(stopped(sheets))
        assert len(result.set_aside) == sum(sheet.totals for sheet in sheets)
        said = result.findings.filter(pl.col("rule") == "F35")["message_en"].to_list()
        assert sum(int(message.partition("(")[2].partition(")")[0]) for message in said) == sum(
            sheet.again for sheet in sheets
        )
    first, other = results
    assert first.observations.drop("SOURCE_HASH").equals(other.observations.drop("SOURCE_HASH"))
    assert first.findings.equals(other.findings)


def read_or_refuse(raw: bytes) -> Intake | InvalidInput:
    try:
        return read(raw)
    except InvalidInput as error:
        return error


GOOD = old([write([([("Haití", [1, 2], True, "header"), ("Cuba", [3], False, "")], True, True)])])


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=4), cut=st.floats(0, 2))
def test_a_mutilated_old_workbook_is_counted_in_full_or_refused_with_its_place(
    changes: list[tuple[float, bytes]], cut: float
) -> None:
    raw = bytearray(GOOD)
    for place, content in changes:
        start = int(place * (len(raw) - len(content)))
        raw[start : start + len(content)] = content
    result = read_or_refuse(bytes(raw[: int(cut * len(raw))] or b"\0"))
    if isinstance(result, InvalidInput):
        assert result.place.startswith("f")
        assert result.rule in rules()
    else:
        assert result.accepted + result.quarantined + result.rejected == result.read


# --- hierarchies

TREES = st.lists(
    st.tuples(st.lists(st.integers(0, 50), max_size=4), st.integers(-1, 1)), min_size=1, max_size=4
)  # the figures of each parent's children, and what is wrong with the parent's own
NAMES = ("América", "África", "Asia", "Europa")


def hierarchy(levels: str) -> str:
    parts = "".join(f"{name} {number}: HTI, " for name in NAMES for number in range(4))
    parents = "".join(f"{name}: CUB, " for name in NAMES)
    return f"""
profile: MEX.UPM.prueba
version: 1.0.0
read: {{header: {{find: "^País,n"}}}}
levels: {{column: País, as: [continente, pais], {levels}}}
totals: [{{row: {{level: "0", has_children: yes}}, over: pais}}]
fields:
  MEASURE: {{const: EVT_IRR}}
  UNIT: {{const: EVENT}}
  PERIOD: {{const: 2024, period: {{grain: A}}}}
  CITIZENSHIP: {{from: País, map: {{{parts}{parents}}}}}
  OBS_VALUE: {{from: n, integer: {{}}}}
"""


BY_LABEL = "by: label, parents: ['^(América|África|Asia|Europa)$']"


@settings(max_examples=60, deadline=None)
@given(tree=TREES)
def test_a_hierarchy_gives_the_same_figures_however_it_is_written(tree: list[tuple[list[int], int]]) -> None:
    results = []
    for levels, indent in (("by: indent", "  "), (BY_LABEL, "")):
        for order in ("parents_first", "parents_last"):
            lines = ["País,n"]
            for name, (figures, off) in zip(NAMES, tree, strict=False):
                own = f"{name},{max(sum(figures) + off, 0)}"
                below = [f"{indent}{name} {number},{figure}" for number, figure in enumerate(figures)]
                lines += [own, *below] if order == "parents_first" else [*below, own]
            by = read_profile(hierarchy(f"{levels}, order: {order}").encode(), name="p")
            results.append(intake(io.BytesIO("\n".join(lines).encode()), filename="f", profile=by))
    first = results[0]
    assert first.read == sum(len(figures) or 1 for figures, _ in tree)
    for other in results[1:]:
        assert dict(first.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()) == dict(
            other.observations.select("CITIZENSHIP", "OBS_VALUE").iter_rows()
        )
        assert first.declared.select("label", "total", "parts").equals(other.declared.select("label", "total", "parts"))
        assert [entry.label for entry in first.set_aside] == [entry.label for entry in other.set_aside]
        assert (
            first.findings.filter(pl.col("rule") == "R6").height == other.findings.filter(pl.col("rule") == "R6").height
        )
