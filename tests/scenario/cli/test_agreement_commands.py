"""Agreements on the command line, as the legal and the IT person of a ministry use it."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from tests.scenario.cli.conftest import Run

from istmo.registry.demonstration import demonstration_key
from istmo.registry.keys import Use

SOURCES = Path(str(files("istmo.registry"))) / "documents" / "agreements"
IDENT = SOURCES / "PAN-HTI-IDENT.yaml"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for party in ("PAN", "HTI", "USA"):
        (tmp_path / f"{party}.pem").write_bytes(demonstration_key(party).as_pem())
    (tmp_path / "sealing.pem").write_bytes(demonstration_key("PAN", Use.SEALING).as_pem())
    return tmp_path


def test_two_parties_sign_one_after_the_other_and_the_agreement_is_valid(istmo: Run, keys: Path) -> None:
    signed = keys / "agreement.jws.json"
    done = istmo("agreement", "sign", IDENT, "--key", keys / "PAN.pem", "--out", signed, "--yes")
    for said in ("Nombre, Fecha de nacimiento", "Name, Date of birth", "protection floor", "(PAN)"):
        assert said in done.stderr
    one = json.loads(istmo("agreement", "show", signed, "--json", exit_code=1).stdout)
    assert (one["state"], one["valid"]) == ("SIGNED", False)
    assert one["parties"] == [{"party": "PAN", "signed": True}, {"party": "HTI", "signed": False}]
    istmo("agreement", "sign", signed, "--key", keys / "HTI.pem", "--out", signed, "--yes")
    both = json.loads(istmo("agreement", "show", signed, "--json").stdout)
    assert (both["valid"], both["flawed"], both["digest"]) == (True, [], one["digest"])
    shown = istmo("agreement", "show", signed).stdout
    assert "HTI: signed / firmó" in shown


def test_nothing_is_signed_without_an_answer(istmo: Run, keys: Path) -> None:
    out = keys / "agreement.jws.json"
    istmo("agreement", "sign", IDENT, "--key", keys / "PAN.pem", "--out", out, exit_code=1)
    assert not out.exists()


def test_signing_twice_with_one_key_changes_nothing(istmo: Run, keys: Path) -> None:
    out = keys / "agreement.jws.json"
    istmo("agreement", "sign", IDENT, "--key", keys / "PAN.pem", "--out", out, "--yes")
    before = out.read_bytes()
    done = istmo("agreement", "sign", out, "--key", keys / "PAN.pem", "--out", out, "--json")
    assert out.read_bytes() == before
    assert json.loads(done.stdout)["party"] == "PAN"
    assert "ya lo firmó" in done.stderr


@pytest.mark.parametrize(("key", "said"), [("USA.pem", "F75"), ("sealing.pem", "F70"), ("none.pem", "F1")])
def test_a_key_that_cannot_sign_it_is_told(istmo: Run, keys: Path, key: str, said: str) -> None:
    out = keys / "agreement.jws.json"
    done = istmo("agreement", "sign", IDENT, "--key", keys / key, "--out", out, "--yes", exit_code=2)
    assert said in done.stderr
    assert not out.exists()


def test_check_tells_the_place_in_both_languages_and_what_overlaps(istmo: Run, tmp_path: Path) -> None:
    text = IDENT.read_text("utf-8")
    (tmp_path / "unknown.yaml").write_text(text.replace("[IDENT]", "[WATCH]"), "utf-8")
    done = istmo("agreement", "check", tmp_path / "unknown.yaml", exit_code=2)
    assert done.stderr.count("(unknown.yaml, purposes[1])") == 2
    (tmp_path / "mou.yaml").write_text(text.replace("kind: TREATY", "kind: MOU"), "utf-8")
    found = json.loads(istmo("agreement", "check", tmp_path / "mou.yaml", "--json", exit_code=1).stdout)
    assert [one["ground"] for one in found["agreements"][0]["refusals"]] == ["non_binding"]
    assert "no vinculante" in istmo("agreement", "check", tmp_path / "mou.yaml", exit_code=1).stdout
    (tmp_path / "twin.yaml").write_text(text.replace("id: demo:PAN-HTI-IDENT", "id: own:TWIN"), "utf-8")
    both = istmo("agreement", "check", tmp_path / "twin.yaml", IDENT, exit_code=1).stdout
    assert "own:TWIN" in both
    assert "F74" in both
    istmo("agreement", "check", *sorted(SOURCES.iterdir()))


def test_what_could_not_come_into_force_is_not_signed(istmo: Run, keys: Path) -> None:
    source = keys / "mou.yaml"
    source.write_text(IDENT.read_text("utf-8").replace("kind: TREATY", "kind: MOU"), "utf-8")
    done = istmo("agreement", "sign", source, "--key", keys / "PAN.pem", "--out", keys / "x", "--yes", exit_code=1)
    assert "no vinculante" in done.stderr
    assert not (keys / "x").exists()
    assert "F73" in istmo("agreement", "show", source, exit_code=1).stdout


def test_what_is_no_agreement_is_refused(istmo: Run, keys: Path) -> None:
    (keys / "cut.jws.json").write_text('{"payload":"e30","signatures":[')
    for name in ("cut.jws.json", "PAN.pem"):
        istmo("agreement", "show", keys / name, exit_code=2)
        istmo("agreement", "sign", keys / name, "--key", keys / "PAN.pem", "--out", keys / "x", "--yes", exit_code=2)
    assert not (keys / "x").exists()
