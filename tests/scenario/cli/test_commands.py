"""The command line as a ministry's IT person uses it: right files, wrong files, twice; exit codes as documented."""

import csv
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NATIONAL = ROOT / "tests/fixtures/national"
PANAMA = NATIONAL / "pan_snm_cuadro003.csv"

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_dry_run_names_the_profile_and_its_counts_add_up(istmo: Run, tmp_path: Path) -> None:
    done = istmo("intake", PANAMA, "--dry-run", "--findings", tmp_path / "f.json", "--out", tmp_path / "rows.csv")
    assert "PAN.SNM.cuadro003" in done.stdout
    report = json.loads((tmp_path / "f.json").read_text("utf-8"))
    assert report["accepted"] + report["quarantined"] + report["rejected"] == report["read"] == 84
    rows = list(csv.DictReader((tmp_path / "rows.csv").open(encoding="utf-8")))
    june = [row for row in rows if row["PERIOD"] == "2016-06" and row["CITIZENSHIP"] == "X_CONGO"]
    assert [row["OBS_VALUE"] for row in june] == ["125"]
    assert {"R11"} == {finding["rule"] for finding in report["findings"]}


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.csv", "empty"),
        (b"# a page\n\nnothing here\n", "page.csv", "profile"),
        (b"\x00\x01\x02\x03" * 500, "binary.csv", ""),
        (b"PK\x03\x04 truncated", "cut.xlsx", ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_both_languages(
    istmo: Run, tmp_path: Path, content: bytes, name: str, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = istmo("intake", tmp_path / name, exit_code=2)
    english, spanish = (line for line in done.stderr.splitlines() if line.strip())
    assert name in english
    assert name in spanish
    assert words in english


def test_a_profile_that_needs_the_year_asks_for_it(istmo: Run) -> None:
    done = istmo("intake", NATIONAL / "pan_snm_cuadro002.csv", "--dry-run", exit_code=2)
    assert "--set year=2016" in done.stderr
    istmo("intake", NATIONAL / "pan_snm_cuadro002.csv", "--dry-run", "--set", "year=2016")


def test_another_country_s_profile_is_refused(istmo: Run) -> None:
    istmo("intake", PANAMA, "--profile", "HND.INM.flujo", "--dry-run", exit_code=2)
    istmo("intake", PANAMA, "--profile", "XXX.YYY.zzz", "--dry-run", exit_code=2)


def test_unit_records_are_judged_but_no_personal_value_leaves_the_command(istmo: Run, tmp_path: Path) -> None:
    done = istmo(
        "intake",
        NATIONAL / "cri_dgme_permisos.csv",
        "--findings",
        tmp_path / "f.json",
        "--out",
        tmp_path / "r.csv",
        "--dry-run",
        exit_code=1,
    )
    everything = (
        done.stdout + done.stderr + (tmp_path / "f.json").read_text("utf-8") + (tmp_path / "r.csv").read_text("utf-8")
    )
    assert "2016-PC-000104" not in everything
    assert "14/03/1991" not in everything
    assert "1991-03-14" not in everything
    assert "•••" in everything


def test_a_load_is_a_vintage_and_the_same_file_again_is_the_same_vintage(istmo: Run, tmp_path: Path) -> None:
    istmo("intake", PANAMA)
    assert "already stored" in istmo("intake", PANAMA).stdout
    corrected = PANAMA.read_text("utf-8").replace("Congo,206,-,-,-,31,50,125", "Congo,207,-,-,-,31,50,126")
    assert corrected != PANAMA.read_text("utf-8")
    (tmp_path / "corrected.csv").write_text(corrected, "utf-8")
    istmo("intake", tmp_path / "corrected.csv", "--profile", "PAN.SNM.cuadro003")
    vintages = json.loads(istmo("vintages", "--json").stdout)
    assert [v["dataset"] for v in vintages] == ["PAN.SNM.cuadro003"] * 2
    assert "125 -> 126" in istmo("revisions", "PAN.SNM.cuadro003", exit_code=1).stdout
    istmo("observations", "--out", tmp_path / "now.csv")
    istmo("observations", "--as-of", "2016-01-01", "--out", tmp_path / "then.csv")
    reported = 7 * 5  # seven rows in each of the five months that have a total; the others hold nothing
    assert len((tmp_path / "now.csv").read_text().splitlines()) == 1 + reported
    assert len((tmp_path / "then.csv").read_text().splitlines()) == 1


def test_a_profile_that_names_no_author_is_tried_but_stores_nothing(istmo: Run, tmp_path: Path) -> None:
    text = istmo("profile", "show", "PAN.SNM.cuadro003").stdout
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("author: ", "# author: "), "utf-8")
    istmo("intake", PANAMA, "--profile", mine, "--dry-run")
    held = istmo("vintages", "--json").stdout
    refused = istmo("intake", PANAMA, "--profile", mine, exit_code=2)
    english, spanish = refused.stderr.splitlines()
    assert "R10" in english
    assert all(f"{mine}, author" in line for line in (english, spanish))
    assert istmo("vintages", "--json").stdout == held


def test_the_brief_of_an_unpublished_month_is_marked_draft_in_every_format(istmo: Run, tmp_path: Path) -> None:
    istmo("intake", PANAMA)
    istmo("brief", "2016-06", "--out", tmp_path / "new" / "brief")
    made = sorted(path.name for path in (tmp_path / "new" / "brief").iterdir())
    assert made == [
        "brief.en.html",
        "brief.en.pdf",
        "brief.es.html",
        "brief.es.pdf",
        "brief.json",
        "brief.xlsx",
        "observations.csv",
    ]
    assert "BORRADOR" in (tmp_path / "new/brief/brief.es.html").read_text("utf-8").upper()
    assert json.loads((tmp_path / "new/brief/brief.json").read_text("utf-8"))["edition"]["state"] == "DRAFT"
    istmo("brief", "1999-01", "--out", tmp_path / "none", exit_code=2)
    istmo("brief", "June", "--out", tmp_path / "none", exit_code=2)
    assert not (tmp_path / "none").exists()


def test_profiles_are_listed_shown_tested_and_compared(istmo: Run, tmp_path: Path) -> None:
    entries = json.loads(istmo("profile", "list", "--json").stdout)
    assert {(entry["author"], entry["date"]) for entry in entries} == {("Proyecto Istmo", "2026-11-24")}
    ids = {entry["id"] for entry in entries}
    assert {"PAN.SNM.cuadro003", "HND.INM.flujo", "MEX.UPM.3_1_1", "GTM.IGM.rechazados", "USA.CBP.nationwide"} <= ids
    text = istmo("profile", "show", "PAN.SNM.cuadro003").stdout
    mine = tmp_path / "mine.yaml"
    mine.write_text(text, "utf-8")
    istmo("profile", "test", mine)
    istmo("profile", "diff", "PAN.SNM.cuadro003", mine, PANAMA)
    mine.write_text(text.replace("Congo: X_CONGO", "Congo: COD"), "utf-8")
    changed = istmo("profile", "diff", "PAN.SNM.cuadro003", mine, PANAMA, exit_code=1).stdout
    assert "X_CONGO" in changed
    assert "COD" in changed
    mine.write_text(text + "\nsurprise: yes\n", "utf-8")
    assert "surprise" in istmo("profile", "test", mine, exit_code=2).stderr


def test_every_pair_of_the_demonstration_has_a_level_and_a_reason(istmo: Run) -> None:
    pairs = json.loads(istmo("comparability", "--json").stdout)
    levels = {(pair["first"], pair["second"]): pair["level"] for pair in pairs}
    assert levels["PAN TRA_IRR", "HND ENT_IRR"] == 2
    assert levels["PAN TRA_IRR", "MEX EVT_IRR"] == 1
    assert levels["PAN TRA_IRR", "USA ENCOUNTER"] == 0
    assert all(pair["reason"]["es"] and pair["reason"]["en"] for pair in pairs)


FACTS = "population,period,cell,value,source,date\n"
FACT = "HND.INM.gdi_nat/ENT_IRR/REGISTRATION,2023-08,CITIZENSHIP=HTI,38,https://example.org/cuadro,2023-09-15\n"


def test_totals_that_others_publish_are_taken_in_once_and_a_bad_file_not_at_all(istmo: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(FACTS + FACT, encoding="utf-8")
    bad.write_text(FACTS + FACT + FACT.replace("38", "muchos"), encoding="utf-8")
    told = istmo("facts", good).stdout
    assert "1 new totals, 0 known; 0 about tables published here." in told
    assert "1 totales nuevos, 0 ya conocidos" in told
    refused = istmo("facts", bad, exit_code=2).stderr
    assert "F122" in refused
    assert re.search(r"\(bad\.csv\D+3\)", refused)
    assert json.loads(istmo("facts", good, "--json").stdout) == {"new": 0, "known": 1, "beside": 0, "findings": 0}
    assert "F1" in istmo("facts", tmp_path / "none.csv", exit_code=2).stderr


def test_the_doctor_and_the_calendar_answer_for_a_machine(istmo: Run) -> None:
    checks = json.loads(istmo("doctor", "--json").stdout)
    assert {check["health"] for check in checks} <= {"ok", "warn"}
    due = json.loads(istmo("due", "--on", "2016-07-12", "--json", exit_code=1).stdout)
    assert {entry["standing"] for entry in due} <= {"on_time", "late", "silent"}


def test_a_second_installation_in_the_same_place_is_refused(istmo: Run, tmp_path: Path) -> None:
    istmo("init", "--role", "hub", "--home", tmp_path / "second")
    istmo("init", "--role", "hub", "--home", tmp_path / "second", exit_code=2)
    istmo("init", "--role", "node", "--member", "ZZZ", "--home", tmp_path / "third", exit_code=2)


def test_an_installation_is_made_ready_for_the_exchange_in_one_command(istmo: Run, tmp_path: Path) -> None:
    node, request = tmp_path / "node", tmp_path / "pan.json"
    options = ("init", "--role", "node", "--member", "PAN", "--home", node, "--request", request)
    for wrong in (
        ("--exchange-host", "https://pan.example.org"),
        ("--exchange-port", "many"),
        ("--exchange-port", "65536"),
        ("--request", tmp_path / "nowhere" / "pan.json"),
    ):
        istmo(*options, *wrong, exit_code=2)
        assert not node.exists()
        assert not request.exists()
    said = istmo(*options, "--exchange-host", "pan.example.org", "--exchange-port", "9443").stdout
    document = json.loads(request.read_text())
    assert (document["party"], document["address"]) == ("PAN", "https://pan.example.org:9443")
    assert "PRIVATE" not in request.read_text()
    fingerprint = (
        istmo("exchange", "show", "--home", node).stdout.partition("authority / autoridad: ")[2].splitlines()[0]
    )
    assert fingerprint in said
    assert "istmo exchange listen" not in said
    istmo("init", "--role", "hub", "--home", tmp_path / "hub", "--request", request, exit_code=2)
    assert json.loads(request.read_text()) == document
    assert not (tmp_path / "hub").exists()
    istmo("exchange", "listen", "--name", "localhost", "--home", node)
    shown = istmo("exchange", "show", "--out", tmp_path / "again.json", "--home", node).stdout
    assert json.loads((tmp_path / "again.json").read_text())["address"] == ""
    assert "No address in it" in shown
    assert "No lleva dirección" in shown


@pytest.mark.parametrize(
    ("arguments", "english", "spanish"),
    [
        (
            ("exchange", "listen", "--port", "99999"),
            "--port",
            "--port no es válido: tiene que ser un número de 1 a 65535",
        ),
        (
            ("exchange", "listen", "--port", "abc"),
            "--port",
            "--port no es válido: tiene que ser un número de 1 a 65535",
        ),
        (("serve", "--port", "abc"), "--port", "El valor de --port no es válido"),
        (("exchange", "test"), "Missing", "Falta --to"),
        (("profile", "show"), "Missing", "Falta PROFILE"),
        (("exchange", "--nothing"), "No such option", "No existe la opción --nothing"),
        (("exchang",), "No such command", "El comando o sus argumentos no son correctos"),
    ],
)
def test_wrong_use_is_told_in_both_languages(
    istmo: Run, arguments: tuple[str, ...], english: str, spanish: str
) -> None:
    told = istmo(*arguments, exit_code=2).stderr
    assert english in told
    assert spanish in told


def test_a_command_without_arguments_shows_its_help_alone(istmo: Run) -> None:
    told = istmo("exchange", exit_code=2)
    assert "Vea --help" not in told.stdout + told.stderr
    assert "exchange" in told.stdout + told.stderr
