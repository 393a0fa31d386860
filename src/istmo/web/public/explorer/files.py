"""An answer as a file: every row of the CSV says what it is a figure of, where it comes from and what must be known.

A text never runs as a formula (`csvtext`, `strings_to_formulas`). The workbook has the table as on the page, with
Spanish above English, then the notes, the levels of comparability and the sources.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

import polars as pl
import xlsxwriter
from django.http import HttpResponse

from istmo.hub.briefs.render.csv import observations_csv
from istmo.model.codes import codelist
from istmo.model.csvtext import csv_bytes
from istmo.model.observations import DEFAULTS, schema
from istmo.model.periods import Grain, Period
from istmo.model.text import Text
from istmo.statistics.disclosure.notes import join_notes, written
from istmo.statistics.explore.answer import Answer, Column
from istmo.statistics.explore.caveats import caveats, notes_of, protection_of
from istmo.statistics.explore.holdings import Line
from istmo.statistics.explore.mixing import compare_lines, line_name, unit_name
from istmo.statistics.explore.origins import ALL, origin_name
from istmo.statistics.explore.question import Mix
from istmo.statistics.wording import month_short
from istmo.web.public import shown
from istmo.web.public.explorer import present
from istmo.web.public.reference import signs

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = {
    "REPORTER": pl.String(),
    "AGENCY": pl.String(),
    "DATASET": pl.String(),
    "MEASURE": pl.String(),
    "UNIT": pl.String(),
    "PERIOD": pl.String(),
    "ORIGIN": pl.String(),
    "CITIZENSHIP_STATUS": pl.String(),
    "COUNTERPART": pl.String(),
    "ENTRY_MODE": pl.String(),
    "OBS_VALUE": pl.Int64(),
    "OBS_STATUS": pl.String(),
    "SHARE_OF_OWN_TOTAL": pl.Float64(),
    "NOTE": pl.String(),
    "VINTAGE": pl.String(),
    "SOURCE_HASH": pl.String(),
    "PROFILE": pl.String(),
    "SOURCE": pl.String(),
    "COVERAGE": pl.String(),
    "COMPARABILITY": pl.String(),
    "ADDRESS": pl.String(),
}


def response(answer: Answer, kind: str, *, where: str) -> HttpResponse:
    """The file, always for saving; its name says what was asked."""
    content = rows_csv(answer, where=where) if kind == "csv" else workbook(answer, where=where)
    question = answer.question
    name = f"istmo-{'-'.join(question.origins)}-{question.first}-{question.last}.{kind}"
    made = HttpResponse(content, content_type=KINDS[kind])
    made["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def rows_csv(answer: Answer, *, where: str) -> bytes:
    """One row for each column and period, oldest first."""
    return csv_bytes(table(answer, where=where))


def table(answer: Answer, *, where: str) -> pl.DataFrame:
    levels = {line: "; ".join(_levels(answer, line)) for line in answer.lines}
    rows = [row for column in answer.columns for row in _rows(column, levels=levels[column.line], where=where)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _rows(column: Column, *, levels: str, where: str) -> Iterable[tuple[Any, ...]]:
    line, dataset = column.line, column.line.dataset
    head = (line.reporter, dataset.agency, dataset.dataset, line.measure, line.unit)
    about = (column.origin, line.nationality_status, line.about, line.channel)
    tail = (f"{_both(dataset.source)} {dataset.source_url}", _both(dataset.coverage), levels, where)
    for at, figure in column.figures.items():
        load, part = column.load(at), column.shares[at] if column.origin != ALL else None
        yield (
            *head,
            str(at),
            *about,
            figure.value,
            "B" if figure.value is not None and at in column.breaks else figure.status,
            None if part is None else round(part, 0 if figure.told.rounded else 4),
            join_notes(protection_of(column, at), *(_both(note) for note in notes_of(column, at))),
            *((load.vintage, load.source_hash, load.profile) if load else ("", "", "")),
            *tail,
        )


def nationalities_response(answer: Answer) -> HttpResponse:
    """Every nationality printed at the lines and periods of an answer, in the columns of an observation."""
    question = answer.question
    made = HttpResponse(observations_csv(nationalities(answer)), content_type=KINDS["csv"])
    name = f"istmo-{question.measures[0]}-{question.first}-{question.last}-by-nationality.csv"
    made["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def nationalities(answer: Answer) -> pl.DataFrame:
    """Rows by nationality, never crossed with sex, age or place."""
    rows = []
    for column in answer.columns:
        line, dataset = column.line, column.line.dataset
        for at in column.figures:
            load = column.load(at)
            for code, figure in column.held.nationalities.get(at, {}).items():
                rows.append(
                    {
                        **DEFAULTS,
                        "REPORTER": line.reporter,
                        "AGENCY": dataset.agency,
                        "DATASET": dataset.dataset,
                        "MEASURE": line.measure,
                        "UNIT": line.unit,
                        "PERIOD": str(at),
                        "CITIZENSHIP": code,
                        "CITIZENSHIP_STATUS": line.nationality_status,
                        "COUNTERPART": line.about,
                        "ENTRY_MODE": line.channel,
                        "BORDER": dataset.border or ALL,
                        "OBS_VALUE": figure.value,
                        "OBS_STATUS": figure.status,
                        "NOTE": written(figure.told),
                        "VINTAGE": load.vintage if load else "",
                        "SOURCE_HASH": load.source_hash if load else "",
                        "PROFILE": load.profile if load else "",
                    }
                )
    return pl.DataFrame(rows, schema=schema())


def _levels(answer: Answer, line: Line) -> Iterable[str]:
    """How far each other line shown can be taken together with this one: `HND.ENT_IRR=2`."""
    for other in answer.lines:
        if other != line:
            yield f"{other.reporter}.{other.measure}={compare_lines(line, other).level}"


def _both(text: Text) -> str:
    return text.es if text.es == text.en else f"{text.es} / {text.en}"


def _over(text: Text) -> str:
    return text.es if text.es == text.en else f"{text.es}\n{text.en}"


def workbook(answer: Answer, *, where: str) -> bytes:
    """The workbook's bytes; a number is a number, its status stands beside it, and where there is none stands its
    sign.
    """
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    title = present.title_of(answer.question)
    created = datetime.combine(answer.question.last.first_day, time())
    about = {"title": title.es, "subject": title.en, "company": "Istmo", "comments": where, "created": created}
    book.set_properties(about)
    base: dict[str, Any] = {"font_name": "Source Sans 3", "font_size": 10, "valign": "top"}
    form = {
        "text": book.add_format(base),
        "wrap": book.add_format(base | {"text_wrap": True}),
        "bold": book.add_format(base | {"bold": True}),
        "title": book.add_format(base | {"bold": True, "font_size": 13}),
        "head": book.add_format(base | {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom"}),
        "count": book.add_format(base | {"num_format": "#,##0", "align": "right"}),
        "share": book.add_format(base | {"num_format": '0.0"%"', "align": "right"}),
        "change": book.add_format(base | {"num_format": "+#,##0;\u2212#,##0;0", "align": "right"}),
        "sign": book.add_format(base | {"font_color": "#46515b", "align": "right"}),
        "status": book.add_format(base | {"font_color": "#6b4300", "font_size": 8}),
        "whole": book.add_format(base | {"num_format": '0"%"', "align": "right"}),
    }
    for grain, name in ((Grain.MONTH, "Meses · Months"), (Grain.YEAR, "Años · Years")):
        if answer.of_grain(grain):
            _figures(book.add_worksheet(name), answer, grain, title, where, form)
    if answer.mixed is not None:
        _mixed(book.add_worksheet("Dos series · Two series"), answer, form)
    _notes(book.add_worksheet("Notas · Notes"), answer, form)
    _sources(book.add_worksheet("Fuentes · Sources"), answer, where, form)
    book.close()
    return made.getvalue()


def _figures(sheet: Any, answer: Answer, grain: Grain, title: Text, where: str, form: dict[str, Any]) -> None:
    sheet.write_string(0, 0, _both(title), form["title"])
    sheet.write_string(1, 0, _both(_APART), form["text"])
    sheet.write_string(2, 0, where, form["text"])
    columns = answer.of_grain(grain)
    rounded = {
        f"{_both(line_name(column.line))}: {_both(one.told.how)}": None
        for column in columns
        for one in column.figures.values()
        if one.value is not None and one.told.rounded
    }
    if rounded:
        sheet.write_string(3, 0, f"{_both(_APPROXIMATE)}: {'; '.join(rounded)}", form["text"])
    by_share = answer.question.mix is Mix.SHARE
    sheet.set_column(0, 0, 14)
    sheet.write_string(4, 0, _over(Text("Período", "Period")), form["head"])
    for number, column in enumerate(columns):
        at = 1 + 2 * number
        head = [_over(line_name(column.line)), _over(codelist("measure")[column.line.measure].name)]
        if column.origin != ALL:
            head.append(_over(origin_name(column.origin)))
        head.append(_over(Text("% del total propio", "% of own total") if by_share else unit_name(column.line)))
        sheet.write_string(4, at, "\n".join(head), form["head"])
        sheet.write_string(4, at + 1, "", form["head"])
        sheet.set_column(at, at, 24)
        sheet.set_column(at + 1, at + 1, 4)
    sheet.set_row(4, 14 * 9)
    sheet.freeze_panes(5, 1)
    periods = answer.months if grain is Grain.MONTH else answer.years
    for row, period in enumerate(sorted(periods, reverse=True), start=5):
        sheet.write_string(row, 0, str(period), form["text"])
        for number, column in enumerate(columns):
            _cell(sheet, row, 1 + 2 * number, column, period, by_share, form)


def _cell(sheet: Any, row: int, at: int, column: Column, period: Period, by_share: bool, form: dict[str, Any]) -> None:
    figure = column.shown(period)
    value = column.shares.get(period) if by_share else figure.value
    if value is None:
        name = figure.told.name if figure.value is None else None
        where = f" {_both(name)}" if name is not None else ""
        sign = shown.sign(figure) if figure.value is None else "n/a"
        sheet.write_string(row, at, f"{sign}{where}", form["sign"])
    elif by_share and figure.told.rounded:
        sheet.write_number(row, at, round(value), form["whole"])
    else:
        sheet.write_number(row, at, value, form["share" if by_share else "count"])
    letters = shown.letters(figure, broken=period in column.breaks)
    if letters:
        sheet.write_string(row, at + 1, letters, form["status"])


def _mixed(sheet: Any, answer: Answer, form: dict[str, Any]) -> None:
    assert answer.mixed is not None
    mixed = answer.mixed
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 40)
    sheet.write_string(0, 0, _both(mixed.mix.label), form["title"])
    sides = [f"{_both(line_name(one.line))}, {_both(origin_name(one.origin))}" for one in (mixed.first, mixed.second)]
    sheet.write_string(1, 0, " | ".join(sides), form["text"])
    sheet.write_string(2, 0, f"{mixed.comparability.level}: {_both(mixed.comparability.reason)}", form["text"])
    for row, (period, value) in enumerate(reversed(mixed.values.items()), start=4):
        sheet.write_string(row, 0, str(period), form["text"])
        if value is None:
            sheet.write_string(row, 1, "n/a", form["sign"])
        else:
            sheet.write_number(row, 1, value, form["share" if mixed.mix is Mix.RATIO else "change"])


def _notes(sheet: Any, answer: Answer, form: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 2, 70)
    row = _lines(sheet, 0, form, _BEFORE, [(one.title, one.text) for one in caveats(answer)])
    row = _lines(sheet, row + 1, form, _SIGNS, [(Text(sign, sign), Text(text, text)) for sign, text in signs()])
    pairs = [
        (
            Text(f"{line_name(a).es} – {line_name(b).es}", f"{line_name(a).en} – {line_name(b).en}"),
            Text(
                f"{found.level}: {found.name.es}. {found.reason.es}",
                f"{found.level}: {found.name.en}. {found.reason.en}",
            ),
        )
        for a, b, found in answer.pairs
    ]
    _lines(sheet, row + 1, form, _LEVELS, pairs)


def _lines(sheet: Any, row: int, form: dict[str, Any], title: Text, lines: Sequence[tuple[Text, Text]]) -> int:
    sheet.write_string(row, 0, _both(title), form["title"])
    for head, text in lines:
        row += 1
        sheet.write_string(row, 0, _both(head), form["wrap"])
        sheet.write_string(row, 1, text.es, form["wrap"])
        sheet.write_string(row, 2, text.en, form["wrap"])
    return row + 1


def _sources(sheet: Any, answer: Answer, where: str, form: dict[str, Any]) -> None:
    sheet.set_column(0, 7, 30)
    for at, head in enumerate(_SOURCE_HEADS):
        sheet.write_string(0, at, _over(head), form["head"])
    row = 0
    for line in answer.lines:
        dataset = line.dataset
        loads = dict.fromkeys(load for one in answer.columns if one.line == line for load in one.loads)
        for load in loads:
            row += 1
            months = [
                str(at) for one in answer.columns if one.line == line for at in one.figures if one.load(at) == load
            ]
            values = (
                dataset.id,
                _both(dataset.source),
                dataset.source_url,
                _both(unit_name(line)),
                _both(dataset.coverage),
                load.vintage,
                f"{min(months)} – {max(months)}",
                f"{load.profile}; sha256 {load.source_hash}",
            )
            for at, value in enumerate(values):
                sheet.write_string(row, at, value, form["wrap"])
    row += 2
    public = all(line.dataset.public_at_source for line in answer.lines)
    sheet.write_string(row, 0, _both(_PUBLIC if public else _PROTECTED), form["text"])
    title = present.title_of(answer.question)
    cite = Text(f"Istmo, explorador de datos: {title.es}. {where}", f"Istmo, data explorer: {title.en}. {where}")
    sheet.write_string(row + 1, 0, _both(Text("Cómo citar", "How to cite")) + ": " + _both(cite), form["text"])
    broken = [
        (line_name(column.line), at, one)
        for column in answer.columns
        for at, many in column.breaks.items()
        for one in many
    ]
    for row_, (name, at, one) in enumerate(dict.fromkeys(broken), start=row + 3):
        sheet.write_string(row_, 0, f"{_both(name)}: {_both(month_short(at))}", form["text"])
        sheet.write_string(row_, 1, _both(one.text), form["text"])


_APART = Text(
    "Cada columna es de un informante y tiene su propia unidad; las columnas no se suman.",
    "Each column is of one reporter and has its own unit; columns are not added.",
)
_APPROXIMATE = Text("Cifras aproximadas (a)", "Approximate figures (a)")
_BEFORE = Text("Antes de usar estas cifras", "Before you use these figures")
_SIGNS = Text("Signos", "Signs")
_LEVELS = Text("Comparabilidad", "Comparability")
_PUBLIC = Text("Cifras públicas en su fuente.", "Figures public at their source.")
_PROTECTED = Text(
    "Cifras públicas en su fuente, o protegidas antes de salir de la institución.",
    "Figures public at their source, or protected before they left the institution.",
)
_SOURCE_HEADS = (
    Text("Conjunto de datos", "Dataset"),
    Text("Fuente", "Source"),
    Text("Dirección", "Address"),
    Text("Unidad", "Unit"),
    Text("Cobertura", "Coverage"),
    Text("Versión", "Vintage"),
    Text("Períodos", "Periods"),
    Text("Perfil y archivo", "Profile and file"),
)
