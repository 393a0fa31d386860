"""Workbooks as ministries send them: old XLS without a profile named, files that are not what their name says."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

PANAMA = Path(__file__).resolve().parents[3] / "tests/fixtures/national/pan_snm_cuadro003.csv"

Run = Callable[..., subprocess.CompletedProcess[str]]


def old_workbook() -> bytes:
    """Panama's table as an old workbook, its figures as numbers."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Cuadro 003")
    rows = csv.reader(io.StringIO(PANAMA.read_text("utf-8-sig"), newline=""))
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            plain = cell.replace(",", "")
            if cell:
                sheet.write(number, column, int(plain) if plain.isdigit() else cell)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def test_an_old_workbook_is_recognised_and_gives_what_the_text_gives(istmo: Run, tmp_path: Path) -> None:
    (tmp_path / "cuadro.xls").write_bytes(old_workbook())
    reports = []
    for file in (PANAMA, tmp_path / "cuadro.xls"):
        done = istmo("intake", file, "--dry-run", "--findings", tmp_path / "f.json", "--out", tmp_path / "rows.csv")
        assert "PAN.SNM.cuadro003" in done.stdout
        report = json.loads((tmp_path / "f.json").read_text("utf-8"))
        rows = list(csv.DictReader((tmp_path / "rows.csv").open(encoding="utf-8")))
        figures = [(row["PERIOD"], row["CITIZENSHIP"], row["OBS_VALUE"], row["OBS_STATUS"]) for row in rows]
        found = [(f["row"], f["column"], f["rule"], f["message"]["es"]) for f in report["findings"]]
        reports.append((figures, found, report["read"], len(report["set_aside"])))
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cuadro.xlsx", old_workbook(), "XLS workbook"),
        ("cuadro.xls", PANAMA.read_bytes(), "text (CSV)"),
    ],
)
def test_a_file_with_another_name_is_read_as_what_it_is_and_this_is_said(
    istmo: Run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = istmo("intake", tmp_path / name, "--dry-run")
    assert "F2" in done.stdout
    assert said in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><body><table><tr><td>Pa\xeds</td></tr></table></body></html>", "HTML"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"),
        (old_workbook()[:3000], "truncated"),
    ],
)
def test_what_is_no_workbook_says_what_it_is_and_what_to_do(
    istmo: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "cuadro.xls").write_bytes(content)
    english, spanish = istmo("intake", tmp_path / "cuadro.xls", exit_code=2).stderr.splitlines()
    assert said in english
    assert "XLSX" in english
    assert "XLSX" in spanish
