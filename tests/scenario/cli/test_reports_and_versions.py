"""The annotated workbook and the versions of a profile on the command line, in the order in which they are used."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).resolve().parents[3]
NATIONAL = ROOT / "tests/fixtures/national"
PANAMA = NATIONAL / "pan_snm_cuadro003.csv"
ID = "PAN.SNM.cuadro003"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """Panama's table with a label that no map has, and a figure that is another."""
    text = (
        PANAMA.read_text("utf-8")
        .replace("Cuba,", "Kuba,")
        .replace("Congo,206,-,-,-,31,50,125", "Congo,207,-,-,-,31,50,126")
    )
    path = tmp_path / "cuadro.csv"
    path.write_text(text, "utf-8")
    return path


def cells(path: Path, sheet: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[sheet].iter_rows()]


def test_before_anything_is_installed_the_report_compares_with_nothing(istmo: Run, wrong: Path, tmp_path: Path) -> None:
    done = istmo("intake", wrong, "--dry-run", "--report", tmp_path / "out.xlsx", exit_code=1)
    assert "Since the last submission" not in done.stdout
    workbook = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert workbook.sheetnames == ["cuadro", "Istmo summary", "Istmo findings"]
    assert workbook["cuadro"]["A9"].comment.text.startswith("R9 · Error\n“Kuba” is not in the maps of the profile.")
    istmo("intake", wrong, "--dry-run", "--report", tmp_path / "otro.xlsx", exit_code=1, LANG="es_CR.UTF-8")
    assert openpyxl.load_workbook(tmp_path / "otro.xlsx").sheetnames[1:] == ["Istmo resumen", "Istmo hallazgos"]


def test_the_report_is_an_xlsx_and_not_the_file_itself(istmo: Run, wrong: Path, tmp_path: Path) -> None:
    assert "XLSX" in istmo("intake", wrong, "--dry-run", "--report", tmp_path / "out.txt", exit_code=2).stderr
    book = tmp_path / "book.xlsx"
    istmo("intake", wrong, "--dry-run", "--report", book, exit_code=1)
    before = book.read_bytes()
    assert "does not overwrite the file" in istmo("intake", book, "--dry-run", "--report", book, exit_code=2).stderr
    assert book.read_bytes() == before


def test_an_annotated_workbook_can_be_mended_and_sent_back(istmo: Run, wrong: Path, tmp_path: Path) -> None:
    istmo("intake", wrong, "--dry-run", "--report", tmp_path / "first.xlsx", exit_code=1)
    workbook = openpyxl.load_workbook(tmp_path / "first.xlsx")
    workbook["cuadro"]["A9"] = "Cuba"
    workbook.save(tmp_path / "mended.xlsx")
    istmo("intake", tmp_path / "mended.xlsx", "--profile", ID, "--dry-run", "--report", tmp_path / "second.xlsx")
    again = openpyxl.load_workbook(tmp_path / "second.xlsx")
    assert again["cuadro"]["A9"].comment is None
    assert again.sheetnames == ["cuadro", "Istmo summary", "Istmo findings"]


def test_after_a_load_the_report_tells_what_changed_before_anything_is_stored(
    istmo: Run, wrong: Path, tmp_path: Path
) -> None:
    stored = istmo("intake", PANAMA).stdout
    assert "This is the first submission of the dataset" in stored
    done = istmo("intake", wrong, "--dry-run", "--report", tmp_path / "out.xlsx", exit_code=1)
    told = "Since the last submission: 0 cells added, 5 removed and 1 revised, in 5 periods. Rows that were stopped"
    assert told in done.stdout
    assert "dry run: nothing was stored" in done.stdout
    changes = cells(tmp_path / "out.xlsx", "Istmo changes")
    (congo,) = (row for row in changes if row[3] == "X_CONGO")
    assert (congo[0], congo[4:]) == ("2016-06", ["Revised", 125, 126, 1])
    assert any(row[3] == "CUB" and row[4] == "Removed" for row in changes)
    assert len(json.loads(istmo("vintages", "--json").stdout)) == 1


def test_a_new_version_reads_what_the_old_one_stopped_and_the_old_one_still_reads_the_same(
    istmo: Run, wrong: Path, tmp_path: Path
) -> None:
    istmo("intake", PANAMA)
    text = istmo("profile", "show", ID).stdout
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        text.replace("version: 1.0.0", "version: 1.1.0").replace(
            "          Otras: _O\n", "          Otras: _O\n          Kuba: CUB\n"
        ),
        "utf-8",
    )
    difference = istmo("profile", "diff", ID, mine, wrong, exit_code=1).stdout
    assert "accepted / aceptados: 72 -> 84" in difference
    assert "12 cells change" in difference
    assert "CITIZENSHIP=CUB" in difference
    assert "No cell changes" in istmo("profile", "diff", ID, mine, PANAMA).stdout

    istmo("intake", PANAMA, "--dry-run", "--out", tmp_path / "before.csv")
    assert f"in force / vigente: {ID}@1.1.0" in istmo("profile", "install", mine, "--note", "errata").stdout
    assert "is not later than" in istmo("profile", "install", mine, exit_code=2).stderr
    done = istmo("intake", wrong)
    assert f"profile {ID} 1.1.0" in done.stdout
    listed = {row["version"]: row["in force"] for row in json.loads(istmo("profile", "versions", ID, "--json").stdout)}
    assert listed == {"1.1.0": "yes", "1.0.0": ""}
    assert "1.1.0" in istmo("profile", "versions").stdout
    assert istmo("profile", "show", f"{ID}@1.0.0").stdout == text
    assert istmo("profile", "show", f"{ID}@1.1.0").stdout == mine.read_text("utf-8")

    istmo("intake", PANAMA, "--profile", f"{ID}@1.0.0", "--dry-run", "--out", tmp_path / "again.csv")
    assert without_vintage(tmp_path / "again.csv") == without_vintage(tmp_path / "before.csv")
    assert "already stored" in istmo("intake", PANAMA, "--profile", f"{ID}@1.0.0").stdout
    assert "12 cells" in istmo("profile", "diff", f"{ID}@1.0.0", f"{ID}@1.1.0", wrong, exit_code=1).stdout

    assert "of the program" in istmo("profile", "withdraw", ID).stdout
    assert "no installed version" in istmo("profile", "withdraw", ID, exit_code=2).stderr
    assert f"profile {ID} 1.0.0" in istmo("intake", wrong, "--dry-run", exit_code=1).stdout
    istmo("profile", "show", f"{ID}@7.7.7", exit_code=2)


def without_vintage(path: Path) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8")))
    return [{key: value for key, value in row.items() if key != "VINTAGE"} for row in rows]


def test_the_report_of_a_file_on_persons_marks_places_and_holds_no_personal_value(istmo: Run, tmp_path: Path) -> None:
    persons = NATIONAL / "cri_dgme_permisos.csv"
    istmo("intake", persons, "--dry-run", "--report", tmp_path / "out.xlsx", exit_code=1)
    workbook = openpyxl.load_workbook(tmp_path / "out.xlsx")
    notes = " ".join(cell.comment.text for row in workbook.worksheets[0].iter_rows() for cell in row if cell.comment)
    listed = " ".join(str(cell) for row in cells(tmp_path / "out.xlsx", "Istmo findings") for cell in row)
    assert "R21" in notes
    for value in ("2016-PC-000104", "14/03/1991", "00/00/1988"):
        assert value not in notes + listed
