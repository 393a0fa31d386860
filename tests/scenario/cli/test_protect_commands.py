"""Protect a table of one's own office and attack it, on the command line, with files good and bad."""

import csv
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from tests.scenario.cli.conftest import Run

from istmo.app import protecting
from istmo.model.errors import Unavailable
from istmo.statistics.disclosure.cube import Cube
from istmo.statistics.disclosure.protect import protect
from istmo.statistics.disclosure.witness import Suppression

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "protection"
PUBLIC = {"published.csv", "report.json", "report.es.html", "report.en.html"}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The example's files, to be changed."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "office"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def cells(directory: Path) -> dict[tuple[str, ...], str]:
    with (directory / "published.csv").open(encoding="utf-8", newline="") as file:
        return {tuple(row.values())[:-3]: row["value"] for row in csv.DictReader(file)}


def content(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_table_is_protected_attacked_and_released_and_the_second_time_nothing_changes(
    istmo: Run, office: Path, tmp_path: Path
) -> None:
    out = tmp_path / "release"
    done = istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out)
    assert "1 to 4 is withheld" in done.stdout
    assert "never handed over" in done.stderr
    assert "nunca se entrega" in done.stderr
    assert {path.name for path in out.iterdir()} == {*PUBLIC, "audit"}
    assert stat.S_IMODE((out / "audit").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (out / "audit").iterdir()} == {0o600}
    published = cells(out)
    assert len(published) == 8 * 3 * 3
    assert published["ERI", "DARIEN", "F"] == published["ERI", "CHIRIQUI", "M"] == ""
    assert published["ERI", "CHIRIQUI", "F"] == "0"
    before = content(out)
    again = istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out)
    assert "same is there already" in again.stderr
    assert content(out) == before
    attacked = istmo("attack", out)
    assert "ningún hallazgo" in attacked.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_rows_locale_hash_seed_and_process_change_no_byte(istmo: Run, office: Path, tmp_path: Path) -> None:
    lines = (office / "tabla.csv").read_text(encoding="utf-8").splitlines()
    (office / "otra.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    for method in ("suppress", "round", "cell_key", "small_count"):
        text = (EXAMPLE / "reglas.yaml").read_text(encoding="utf-8").replace("suppress", method)
        (office / "reglas.yaml").write_text(text, encoding="utf-8")
        one, other = tmp_path / f"{method}-1", tmp_path / f"{method}-2"
        istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", one, PYTHONHASHSEED="1")
        istmo(
            "protect",
            office / "otra.csv",
            "--rules",
            office / "reglas.yaml",
            "--out",
            other,
            PYTHONHASHSEED="7",
            LC_ALL="C",
            TZ="Asia/Tokyo",
        )
        assert content(one) == content(other)
        istmo("attack", one)


def test_the_key_of_the_home_is_made_once_and_one_that_is_named_is_used(
    istmo: Run, office: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = tmp_path / "first"
    run = ("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--home", home)
    istmo(*run, "--out", first)
    key = home / "keys" / "disclosure"
    assert (len(key.read_bytes()), stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)
    istmo(*run, "--out", tmp_path / "second")
    assert content(first) == content(tmp_path / "second")
    edit(office / "reglas.yaml", "threshold: 5", "threshold: 5\nkey: clave")
    assert "clave" in istmo(*run, "--out", tmp_path / "third", exit_code=2).stderr
    (office / "clave").write_bytes(os.urandom(31))
    assert "32 bytes" in istmo(*run, "--out", tmp_path / "third", exit_code=2).stderr
    (office / "clave").write_bytes(os.urandom(32))
    (office / "clave").chmod(0o644)
    assert "chmod 600" in istmo(*run, "--out", tmp_path / "third").stderr
    reports = [json.loads((tmp_path / name / "report.json").read_text()) for name in ("first", "third")]
    assert reports[0]["key_id"] != reports[1]["key_id"]
    assert reports[0]["rules_digest"] == reports[1]["rules_digest"]
    assert not (tmp_path / "fourth").exists()


def test_what_is_there_already_is_never_overwritten(istmo: Run, office: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = ("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out)
    out.mkdir()
    istmo(*run)
    edit(office / "tabla.csv", "HTI,DARIEN,F,214", "HTI,DARIEN,F,215")
    before = content(out)
    assert "Something else is there" in istmo(*run, exit_code=2).stderr
    assert content(out) == before
    file = tmp_path / "file"
    file.write_text("x")
    istmo(*run[:-1], file, exit_code=2)
    assert file.read_text() == "x"


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "rule"),
    [
        ("tabla.csv", "ERI,DARIEN,F,2\n", "ERI,DARIEN,F,-2\n", "tabla.csv:13", "F114"),
        ("tabla.csv", "ERI,DARIEN,F,2\n", "ERI,DARIEN,F,2.5\n", "tabla.csv:13", "F114"),
        ("tabla.csv", "ERI,DARIEN,F,2\n", "ERI,DARIEN,_T,12\n", "tabla.csv:13", "F115"),
        ("tabla.csv", "ERI,DARIEN,F,2\n", "ERI,COLON,F,2\n", "tabla.csv:13", "F112"),
        ("tabla.csv", ",sexo,n", ",edad,n", "tabla.csv:1", "F1"),
        ("tabla.csv", ",", ";", "tabla.csv:1", "F1"),
        ("nacionalidad.csv", "X_AFRICA,_T", "X_AFRICA,", "nacionalidad.csv:6", "F111"),
        ("nacionalidad.csv", "ERI,X_AFRICA", "ERI,X_ASIA", "nacionalidad.csv:8", "F111"),
        ("reglas.yaml", "threshold: 5", "threshold: 4", "reglas.yaml:6", "F110"),
        ("reglas.yaml", "threshold: 5", "threshold: 5\nsecret: yes", "reglas.yaml:7", "F110"),
        ("reglas.yaml", "suppress", "hide", "reglas.yaml:7", "F110"),
        ("reglas.yaml", "{hierarchy: sexo.csv}", "{}", "reglas.yaml", "F110"),
        ("reglas.yaml", "sexo.csv", "nada.csv", "nada.csv", "F1"),
    ],
)
def test_bad_input_is_told_in_both_languages_with_its_place_and_nothing_is_written(
    istmo: Run, office: Path, tmp_path: Path, name: str, old: str, new: str, place: str, rule: str
) -> None:
    edit(office / name, old, new)
    out = tmp_path / "out"
    done = istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out, exit_code=2)
    english, spanish = (line for line in done.stderr.splitlines() if place in line)
    assert f"error {rule}" in english
    assert english.split(": ", 1)[1] != spanish.strip()
    assert done.stdout == ""
    assert not out.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["office"]


def test_a_table_of_which_nothing_could_be_published_is_refused(istmo: Run, office: Path, tmp_path: Path) -> None:
    (office / "tabla.csv").write_text("nacionalidad,region,sexo,n\nERI,DARIEN,F,2\nERI,DARIEN,M,1\n", encoding="utf-8")
    out = tmp_path / "out"
    done = istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out, exit_code=2)
    assert "F118" in done.stderr
    assert not out.exists()
    empty = office / "vacia.csv"
    empty.write_bytes(b"")
    assert (
        "The file is empty"
        in istmo("protect", empty, "--rules", office / "reglas.yaml", "--out", out, exit_code=2).stderr
    )
    istmo("protect", office, "--rules", office / "reglas.yaml", "--out", out, exit_code=2)
    wrong = ("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out, "--period", "August")
    istmo(*wrong, exit_code=2)


def test_a_pattern_that_withholds_too_little_is_found_by_an_outsider(istmo: Run, office: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out, "--json")
    truth = {}
    with (out / "audit" / "cells.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            truth[row["nacionalidad"], row["region"], row["sexo"]] = (row["n"], row["CONF_STATUS"])
    lines = (out / "published.csv").read_text(encoding="utf-8").splitlines()
    told = [lines[0]]
    for line in lines[1:]:
        codes = tuple(line.split(",")[:3])
        count, status = truth[codes]
        told.append(line if status == "A" else ",".join([*codes, count, "A", "F"]))
    (out / "published.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
    done = istmo("attack", out, "--json", exit_code=1)
    answer = json.loads(done.stdout)
    assert answer["audited"]
    assert answer["altered"] == [str(out)]
    found = {tuple(one["cell"]): one for attack in answer["attacks"] for one in attack["findings"]}
    assert (found["ERI", "DARIEN", "F"]["lower"], found["ERI", "DARIEN", "F"]["secret"]) == (2, True)
    shutil.rmtree(out / "audit")
    shown = istmo("attack", out, exit_code=1)
    assert "ERI · DARIEN · F" in shown.stdout
    assert "not the file that report.json is about" in shown.stderr


def test_what_others_publish_and_another_release_are_put_beside_it(istmo: Run, office: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (office / "clave").write_bytes(b"k" * 32)  # with another key other cells may be given away, or none
    edit(office / "reglas.yaml", "method: suppress", "method: suppress\nkey: clave")
    run = ("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--period", "2023-08")
    istmo(*run, "--out", one)
    facts = office / "hechos.csv"
    facts.write_text(
        "nacionalidad,region,sexo,value,source\nERI,DARIEN,M,9,https://ministry.example\n"
        "ERI,_T,_T,14,https://ministry.example\nERI,CHIRIQUI,_T,3,https://ministry.example\n",
        encoding="utf-8",
    )
    found = json.loads(istmo("attack", one, "--facts", facts, "--json", exit_code=1).stdout)
    assert {tuple(cell["cell"]) for attack in found["attacks"] for cell in attack["findings"]} >= {
        ("ERI", "DARIEN", "F")
    }
    facts.write_text("nacionalidad,value\nERI,14\n", encoding="utf-8")
    assert "hechos.csv:1" in istmo("attack", one, "--facts", facts, exit_code=2).stderr
    edit(office / "reglas.yaml", "method: suppress", "method: round")
    istmo(*run, "--out", other)
    twice = istmo("attack", one, "--against", other, exit_code=1)  # the same table by two methods
    assert "Linked tables" in twice.stdout
    istmo("attack", one, "--against", one)
    edit(office / "reglas.yaml", "method: round", "method: nearest")
    edit(office / "tabla.csv", "HTI,DARIEN,F,214", "HTI,DARIEN,F,264")
    third = tmp_path / "third"
    istmo(*run, "--out", third)
    assert "F119" in istmo("attack", one, "--against", third, exit_code=2).stderr


def test_a_correction_is_put_beside_what_it_corrects(istmo: Run, office: Path, tmp_path: Path) -> None:
    (office / "clave").write_bytes(b"k" * 32)
    edit(office / "reglas.yaml", "method: suppress", "method: suppress\nkey: clave")
    run = ("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--period", "2023-08")
    istmo(*run, "--out", tmp_path / "one")
    edit(office / "tabla.csv", "HTI,DARIEN,F,214", "HTI,DARIEN,F,216")
    istmo(*run, "--out", tmp_path / "two")
    done = istmo("attack", tmp_path / "two", "--before", tmp_path / "one", exit_code=1)
    assert "HTI · DARIEN · F" in done.stdout
    edit(office / "tabla.csv", "HTI,DARIEN,F,216", "HTI,DARIEN,F,264")
    istmo(*run, "--out", tmp_path / "three")
    istmo("attack", tmp_path / "three", "--before", tmp_path / "one")
    assert istmo("attack", tmp_path / "three", "--before", office, exit_code=2).stdout == ""


def test_a_directory_of_another_program_is_attacked_with_its_rules(istmo: Run, office: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "h.csv").write_text("code,parent\nT,\na,T\nb,T\nc,T\n")
    (theirs / "published.csv").write_text("d,value\nT,11\na,\nb,\nc,9\n")
    (theirs / "rules.yaml").write_text("threshold: 5\nmethod: suppress\ndimensions:\n  d: {hierarchy: h.csv}\n")
    done = istmo("attack", theirs, "--rules", theirs / "rules.yaml", exit_code=1)
    assert "is known exactly" in done.stdout or "exact count" in done.stdout
    assert "--rules" not in done.stderr
    assert istmo("attack", theirs, exit_code=2).stdout == ""
    (theirs / "report.json").write_text("[]")
    assert "--rules" in istmo("attack", theirs, exit_code=2).stderr
    (theirs / "report.json").write_text('{"format": "istmo-protected-table/1", "rules": {}, "dimensions": []}')
    istmo("attack", theirs, exit_code=2)


def test_a_table_that_its_report_is_not_about_is_a_finding(istmo: Run, office: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out)
    with (out / "published.csv").open("ab") as file:
        file.write(b"\n")
    done = istmo("attack", out, exit_code=1)
    assert "no finding" in done.stdout
    assert "no es el archivo del que habla report.json" in done.stderr


def test_what_is_left_in_a_release_is_found(istmo: Run, office: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--out", out)
    (out / "borrador.xlsx").write_bytes(b"x")
    done = istmo("attack", out, exit_code=1)
    assert "borrador.xlsx" in done.stdout


def test_at_a_node_the_audit_is_encrypted_and_the_node_reads_it(istmo: Run, office: Path, tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    home.mkdir()
    (home / "istmo.json").write_text('{"role": "node", "member": "PAN"}')
    run = ("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--home", home, "--out", out)
    assert "encrypted with this node's key" in istmo(*run).stderr
    assert [path.name for path in (out / "audit").iterdir()] == ["audit.age"]
    assert b"ERI" not in (out / "audit" / "audit.age").read_bytes()
    assert "same is there already" in istmo(*run).stderr
    assert json.loads(istmo("attack", out, "--home", home, "--json").stdout)["audited"]
    assert not json.loads(istmo("attack", out, "--json").stdout)["audited"]
    identity = home / "keys" / "audit"
    assert stat.S_IMODE(identity.stat().st_mode) == 0o600


def test_the_key_does_not_stand_in_the_way_of_a_new_installation(istmo: Run, office: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    istmo("protect", office / "tabla.csv", "--rules", office / "reglas.yaml", "--home", home, "--out", tmp_path / "o")
    key = (home / "keys" / "disclosure").read_bytes()
    istmo("init", "--role", "hub", "--home", home)
    assert (home / "keys" / "disclosure").read_bytes() == key


def test_where_something_is_found_only_the_releasers_report_is_written(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_small(made: Cube, *, threshold: int, chance: object) -> Suppression:
        small = (made.counts > 0) & (made.counts < threshold)
        return Suppression(small, small, ())

    monkeypatch.setattr("istmo.statistics.disclosure.protect.suppress", only_small)
    inputs = protecting.read_inputs(office / "tabla.csv", office / "reglas.yaml")
    made = protect(inputs.cube, inputs.rules, secret=b"k" * 32, program="istmo")
    assert made.broken
    out = tmp_path / "out"
    assert protecting.write(made, out)
    assert [path.name for path in out.iterdir()] == ["audit"]
    assert {"audit.json", "report.es.html"} <= {path.name for path in (out / "audit").iterdir()}
    assert not protecting.write(made, out)


def test_what_cannot_be_written_leaves_nothing(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = protecting.read_inputs(office / "tabla.csv", office / "reglas.yaml")
    made = protect(inputs.cube, inputs.rules, secret=b"k" * 32, program="istmo")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(Unavailable):
        protecting.write(made, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["office"]
