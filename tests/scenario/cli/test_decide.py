"""Decisions on the command line: `istmo decide`, and what an agreement compiles to, says and would decide."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.scenario.cli.conftest import Run
from tests.unit.policy.asking import asked

from istmo.registry.demonstration import demonstration_documents

SOURCES = Path(str(files("istmo.registry"))) / "documents" / "agreements"
IDENT = SOURCES / "PAN-HTI-IDENT.yaml"


@pytest.fixture
def request_file(tmp_path: Path) -> Any:
    def written(document: object) -> Path:
        path = tmp_path / "request.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return path

    return written


def test_a_permit_is_json_and_exit_0(istmo: Run, request_file: Any) -> None:
    done = istmo("decide", request_file(asked({"on": "2023-08-15"})))
    assert json.loads(done.stdout) == {"decision": "permit", "rule": "", "clause": "2", "public_answer": None}
    assert "se permite" in done.stderr


def test_a_refusal_is_json_and_exit_1_and_says_the_same_to_everybody(istmo: Run, request_file: Any) -> None:
    done = istmo("decide", request_file(asked(protection="CLAIM")), exit_code=1)
    refused = json.loads(done.stdout)
    assert list(refused) == ["decision", "rule", "clause", "public_answer"]
    assert (refused["decision"], refused["rule"], refused["clause"]) == ("refuse", "R28", "")
    assert "Estado de origen" in done.stderr
    assert "State of origin" in done.stderr
    other = istmo("decide", request_file(asked({"fields": ["sex"]})), "--json", exit_code=1)
    assert json.loads(other.stdout)["public_answer"] == refused["public_answer"]
    assert json.loads(other.stdout)["clause"] == "3(b)"
    assert other.stderr == ""


@pytest.mark.parametrize("text", ["[1", "[]", '"x"', '{"sender": "PAN", "sender": "HTI"}', '{"on": NaN}', "[" * 5000])
def test_what_cannot_be_read_is_wrong_use(istmo: Run, request_file: Any, text: str) -> None:
    done = istmo("decide", request_file(text), exit_code=2)
    assert "F90" in done.stderr
    assert done.stdout == ""


def test_signed_agreements_of_a_folder_take_the_place_of_those_of_the_registry(
    istmo: Run, request_file: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "agreements"
    folder.mkdir()
    (folder / "inner.json").mkdir()
    asked_for = request_file(asked())
    istmo("decide", asked_for, "--agreements", folder, exit_code=1)
    (folder / "source.yaml").write_bytes(IDENT.read_bytes())
    unsigned = istmo("decide", asked_for, "--agreements", folder, exit_code=1)
    assert "PAN, HTI have not signed" in unsigned.stderr
    (folder / "source.yaml").unlink()
    (folder / "a.jws.json").write_text(demonstration_documents()["demo:PAN-HTI-IDENT"].as_json(), encoding="utf-8")
    istmo("decide", asked_for, "--agreements", folder)
    (folder / "b.jws.json").write_text(demonstration_documents()["demo:PAN-HTI-IDENT"].as_json(), encoding="utf-8")
    assert "demo:PAN-HTI-IDENT" in istmo("decide", asked_for, "--agreements", folder).stderr
    istmo("decide", asked_for, "--agreements", tmp_path / "none", exit_code=2)
    (folder / "c.yaml").write_text("format: x", encoding="utf-8")
    assert "c.yaml" in istmo("decide", asked_for, "--agreements", folder, exit_code=2).stderr


def test_a_home_that_is_named_must_be_there(istmo: Run, request_file: Any, tmp_path: Path) -> None:
    istmo("decide", request_file(asked()), "--home", tmp_path / "none", exit_code=2)


def test_an_agreement_is_compiled_into_a_folder_twice_alike(istmo: Run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    istmo("agreement", "compile", IDENT, "--out", out)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    istmo("agreement", "compile", IDENT, "--out", out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    assert {"agreement.cedar", "vectors.json", "audit.sql", "payload.schema.json"} <= set(first)
    istmo("agreement", "compile", IDENT, "--out", out / "audit.sql", exit_code=2)
    political = tmp_path / "political.yaml"
    political.write_text(IDENT.read_text("utf-8").replace("kind: TREATY", "kind: RCM_DEC"), encoding="utf-8")
    assert "R52" in istmo("agreement", "compile", political, "--out", tmp_path / "none", exit_code=2).stderr
    assert not (tmp_path / "none").exists()


def test_an_agreement_is_explained_in_either_language(istmo: Run) -> None:
    spanish = istmo("agreement", "explain", IDENT, "--lang", "es").stdout
    assert "Lo que ningún acuerdo puede permitir" in spanish
    assert "What no agreement can permit" not in spanish
    assert "What no agreement can permit" in istmo("agreement", "explain", IDENT).stdout
    istmo("agreement", "explain", IDENT, "--lang", "fr", exit_code=2)


def test_a_simulation_names_the_clause(istmo: Run, request_file: Any) -> None:
    asked_for = request_file(asked({"fields": ["sex"], "agreement": "whatever"}))
    done = json.loads(istmo("agreement", "simulate", IDENT, asked_for, "--json", exit_code=1).stdout)
    assert (done["decision"], done["rule"], done["clause"]) == ("refuse", "R46", "3(b)")
    assert done["clause_text"]["es"].startswith("De ellos")
    shown = istmo("agreement", "simulate", IDENT, request_file(asked({"agreement": "x"}))).stdout
    assert "clause / cláusula 2" in shown
