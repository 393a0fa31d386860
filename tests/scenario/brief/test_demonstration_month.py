"""August 2023 from the demonstration's files to all formats: the published figures come out, in both languages."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import combinations
from types import SimpleNamespace

import openpyxl
import pytest
from django.db import transaction
from pypdf import PdfReader

from istmo.app.demonstration import files as region
from istmo.hub.briefs.compilation import Drafted, draft
from istmo.hub.briefs.render.outputs import digests, render_all
from istmo.installation.observations.store import store_intake
from istmo.intake.profiles import builtin_profiles
from istmo.intake.run import intake
from istmo.model.observations import COLUMNS
from istmo.model.periods import month
from istmo.statistics.brief.figures import shown
from istmo.statistics.brief.values import Brief, Cell

CUT_OFF = date(2023, 9, 18)
AUGUST = {
    "T2.PAN.2023-08": 81_946,
    "T2.HND.2023-08": 65_526,
    "T2.MEX.2023-08": 82_376,
    "T2.USA.2023-08": 232_963,
    "T3.PAN.VEN": 62_700,
    "T3.PAN.ECU": 8_642,
    "T3.PAN.COL": 2_989,
    "T3.PAN.CHN": 2_433,
    "T3.PAN.HTI": 1_559,
    "T3.HND.CUB": 11_343,
    "T7B._T": 206,
    "T7B.MEX": 119,
    "T7B.SEVERAL": 18,
    "T8.MEX.ASY_APP.GOV_FI.PERSON_SOURCE": 118_735,
    "T8.USA.ASY_APP.GOV_IN.PERSON_SOURCE": 431_413,
    "T8.USA.ASY_APP.GOV_EO.PERSON_SOURCE": 298_986,
    "T8.PAN.ASY_APP.GOV_FI.CASE": 694,
    "T8.CRI.ASY_PEN._T.PERSON": 239_640,
    "T8B.MEX.GOV_FI.PERSON_SOURCE.ASY_REC": 21_882,
}
NUMBER = re.compile(r"(?<![\w.,#-])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.,#-])\d{5,}(?![\w.])")


@pytest.fixture(scope="module")
def drafted(installation: object) -> Iterator[Drafted]:
    """The region as it stood at the cut-off, in a transaction that is rolled back."""
    profiles = builtin_profiles()
    with transaction.atomic():
        for file in region():
            if file.received > CUT_OFF:
                continue
            read = intake(
                io.BytesIO(file.content()),
                filename=file.name,
                profile=profiles[file.profile],
                parameters=dict(file.parameters),
            )
            store_intake(read, on=file.received, received_at=datetime.combine(file.received, time(12), tzinfo=UTC))
        yield draft(month(2023, 8), on=CUT_OFF, demonstration=True)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def made(drafted: Drafted) -> Mapping[str, bytes]:
    return render_all(drafted.brief, css="", observations=drafted.observations)


@pytest.fixture(scope="module")
def texts(made: Mapping[str, bytes]) -> Mapping[str, str]:
    """Every format as the text that a reader sees."""
    held = {name: content.decode() for name, content in made.items() if name.endswith((".json", ".csv"))}
    for language in ("es", "en"):
        page = re.sub(r"<style>.*?</style>", "", made[f"brief.{language}.html"].decode(), flags=re.DOTALL)
        held[f"brief.{language}.html"] = re.sub(r"<[^>]*>", " ", page)
        reader = PdfReader(io.BytesIO(made[f"brief.{language}.pdf"]))
        held[f"brief.{language}.pdf"] = "\n".join(each.extract_text() for each in reader.pages)
    book = openpyxl.load_workbook(io.BytesIO(made["brief.xlsx"]))
    values = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)
    held["brief.xlsx"] = " ".join(str(value) for value in values)
    return held


def cells(brief: Brief) -> dict[str, Cell]:
    return {cell.id: cell for table in brief.tables for row in table.rows for cell in row.cells}


@pytest.mark.parametrize(("id_", "figure"), AUGUST.items())
def test_the_published_figures_come_out(drafted: Drafted, id_: str, figure: int) -> None:
    assert cells(drafted.brief)[id_].value == figure


@pytest.mark.parametrize("name", ["brief.es.html", "brief.en.html", "brief.es.pdf", "brief.en.pdf"])
def test_every_figure_stands_in_page_and_pdf(drafted: Drafted, texts: Mapping[str, str], name: str) -> None:
    language = name.split(".")[1]
    figures = {shown(cell, language) for cell in cells(drafted.brief).values() if cell.kind.value == "count"}
    assert len(figures) > 100
    assert not [figure for figure in figures if figure not in texts[name]]


def test_every_cell_stands_in_the_json(drafted: Drafted, made: Mapping[str, bytes]) -> None:
    held = json.loads(made["brief.json"])
    found = {cell["id"]: cell["value"] for table in held["tables"] for row in table["rows"] for cell in row["cells"]}
    assert found == {id_: cell.value for id_, cell in cells(drafted.brief).items()}


def test_every_format_says_demonstration_and_draft(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if name.endswith(".csv"):
            continue
        wanted = ("DEMONSTRATION", "DRAFT") if ".en." in name else ("DEMOSTRACIÓN", "BORRADOR")
        assert all(word in text for word in wanted), name


def test_a_sentence_is_made_from_cells_that_are_there(drafted: Drafted) -> None:
    held = cells(drafted.brief)
    assert len(drafted.brief.sentences) >= 4
    for sentence in drafted.brief.sentences:
        assert sentence.cells
        assert set(sentence.cells) <= set(held)


def test_every_point_of_a_chart_names_a_cell_with_the_same_figure(drafted: Drafted) -> None:
    held = cells(drafted.brief)
    for chart in drafted.brief.charts:
        for panel in chart.panels:
            for point in panel.points:
                assert held[point.cell].value == point.value, (chart.id, point.cell)


def sums_over_reporters(brief: Brief) -> set[int]:
    """Each sum of two or more reporters' counts that stand in one row, where it is no figure of its own."""
    found: set[int] = set()
    for table in brief.tables:
        for row in table.rows:
            counts = SimpleNamespace(by={})
            for column, cell in zip(table.columns, row.cells, strict=True):
                if column.reporter and cell.kind.value == "count" and cell.value:
                    counts.by[column.reporter] = int(cell.value)
            for size in range(2, len(counts.by) + 1):
                found |= {sum(chosen) for chosen in combinations(counts.by.values(), size)}
    own = {int(cell.value) for cell in cells(brief).values() if cell.kind.value != "text" and cell.value is not None}
    return {number for number in found - own if number >= 10_000}


@pytest.mark.parametrize(
    "name", ["brief.es.html", "brief.en.html", "brief.es.pdf", "brief.en.pdf", "brief.xlsx", "brief.json"]
)
def test_no_number_is_a_sum_over_reporters(drafted: Drafted, texts: Mapping[str, str], name: str) -> None:
    forbidden = sums_over_reporters(drafted.brief)
    printed = {int(number.replace(",", "")) for number in NUMBER.findall(texts[name])}
    assert len(forbidden) > 100
    assert len(printed) > 50
    assert not forbidden & printed


def test_the_observations_have_one_total_for_each_dataset_measure_and_month(made: Mapping[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(made["observations.csv"].decode())))
    assert list(rows[0]) == list(COLUMNS)
    total = [row for row in rows if row["CITIZENSHIP"] == row["SEX"] == row["AGE"] == row["ACCOMPANIMENT"] == "_T"]
    keys = [(row["REPORTER"], row["DATASET"], row["MEASURE"], row["PERIOD"], row["COUNTERPART"]) for row in total]
    assert len(keys) == len(set(keys))
    panama = next(row for row in total if row["DATASET"] == "cuadro003" and row["PERIOD"] == "2023-08")
    assert panama["OBS_VALUE"] == "81946"


def test_the_first_figures_after_a_break_have_status_b(made: Mapping[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(made["observations.csv"].decode())))
    broken = [row for row in rows if row["OBS_STATUS"] == "B"]
    assert {(row["DATASET"], row["PERIOD"]) for row in broken} == {
        ("nationwide", "2023-05"),
        ("flujo", "2023-03"),
        ("cuadro003", "2023-01"),
        ("cuadro002", "2023-01"),
    }
    assert {row["CITIZENSHIP"] for row in broken if row["DATASET"] == "flujo"} == {"TWN"}
    assert {row["CITIZENSHIP"] for row in broken if row["DATASET"] == "cuadro003"} == {"GUF", "IRN", "SDN", "VNM", "_O"}
    assert all(row["OBS_VALUE"] and "Time series break" in row["NOTE"] for row in broken)


def test_no_observation_is_a_sum_over_reporters(drafted: Drafted, made: Mapping[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(made["observations.csv"].decode())))
    august = {int(row["OBS_VALUE"]) for row in rows if row["PERIOD"] == "2023-08" and row["OBS_VALUE"]}
    row = next(row for row in drafted.brief.table("T2").rows if row.id == "2023-08")
    counts = [int(cell.value) for cell in row.cells if cell.value]
    assert len(counts) == 4
    assert not august & {sum(chosen) for size in range(2, 5) for chosen in combinations(counts, size)}


def test_observations_never_cross_nationality_with_place_or_age(made: Mapping[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(made["observations.csv"].decode())))
    by_nationality = [row for row in rows if row["CITIZENSHIP"] != "_T"]
    assert len(by_nationality) > 1_000
    assert not [row for row in by_nationality if (row["SEX"], row["AGE"], row["PLACE"]) != ("_T", "_T", "_T")]
    assert not [row for row in rows if row["PLACE"] != "_T"]


def test_what_organisations_publish_stands_in_a_file_of_its_own(made: Mapping[str, bytes]) -> None:
    own = list(csv.DictReader(io.StringIO(made["observations.csv"].decode())))
    theirs = list(csv.DictReader(io.StringIO(made["organisations.csv"].decode())))
    assert list(theirs[0]) == list(COLUMNS)
    assert not {row["REPORTER"] for row in own} & {"UNHCR", "IOM"}
    assert {row["REPORTER"] for row in theirs} == {"UNHCR", "IOM"}
    assert {(row["CITIZENSHIP"], row["SEX"], row["AGE"], row["PLACE"]) for row in theirs} == {("_T", "_T", "_T", "_T")}
    assert {row["PERIOD"] for row in theirs if row["REPORTER"] == "UNHCR"} == {"2021", "2022"}
    assert {row["OBS_STATUS"] for row in theirs if row["REPORTER"] == "UNHCR"} == {"E"}
    assert all(row["COUNTERPART"] != "_T" for row in theirs)


def test_the_figures_on_asylum_are_those_of_their_file(drafted: Drafted, made: Mapping[str, bytes]) -> None:
    rows = csv.DictReader(io.StringIO(made["organisations.csv"].decode()))
    held = {
        f"T8.{row['COUNTERPART']}.{row['MEASURE']}.{row['ENTRY_MODE']}.{row['UNIT']}": int(row["OBS_VALUE"])
        for row in rows
        if row["PERIOD"] == "2022"
    }
    shown_ = {id_: cell.value for id_, cell in cells(drafted.brief).items() if id_ in held}
    assert len(shown_) > 25
    assert shown_ == {id_: held[id_] for id_ in shown_}


def test_no_sum_over_countries_of_asylum_stands_in_any_format(drafted: Drafted, texts: Mapping[str, str]) -> None:
    """Each sum of two to four large figures of a column of T8, where it is no figure of its own."""
    own = {
        int(cell.value)
        for cell in cells(drafted.brief).values()
        if cell.kind.value != "text" and cell.value is not None
    }
    large = sorted({int(row.cells[0].value or 0) for row in drafted.brief.table("T8").rows}, reverse=True)[:12]
    sums = {sum(chosen) for size in (2, 3, 4) for chosen in combinations(large, size)} - own
    for name, text in texts.items():
        printed = {int(number.replace(",", "")) for number in NUMBER.findall(text)}
        assert not sums & printed, name


@pytest.mark.parametrize("name", ["brief.es.html", "brief.en.html", "brief.es.pdf", "brief.en.pdf", "brief.xlsx"])
def test_the_caveats_of_asylum_and_of_deaths_are_read_in_every_format(texts: Mapping[str, str], name: str) -> None:
    text = " ".join(texts[name].split())
    languages = ("es", "en") if name == "brief.xlsx" else (name.split(".")[1],)
    wanted = {
        "es": ("no imprime valores de 1 a 4", "Al menos 206 personas murieron o desaparecieron", "un mínimo"),
        "en": ("prints no value from 1 to 4", "At least 206 people died or went missing", "a minimum"),
    }
    assert [words for language in languages for words in wanted[language] if words not in text] == []


def test_the_same_figures_give_the_same_bytes(drafted: Drafted, made: Mapping[str, bytes]) -> None:
    again = draft(month(2023, 8), on=CUT_OFF, demonstration=True)
    assert again.brief == drafted.brief
    assert digests(render_all(again.brief, css="", observations=again.observations)) == digests(made)
