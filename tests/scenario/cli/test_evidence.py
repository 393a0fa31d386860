"""`istmo log verify` on the command line: a package that proves, one that does not, and files that are none."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

V1 = Path(__file__).resolve().parents[2] / "fixtures" / "exchange" / "v1"
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_package_is_verified_without_an_installation(istmo: Run) -> None:
    told = istmo("log", "verify", V1 / "evidence.json").stdout
    assert "The package proves this exchange, if the keys below are those of the parties." in told
    assert "El paquete prueba este intercambio, si las claves de abajo son las de las partes." in told
    assert told.startswith("The package")
    assert istmo("log", "verify", V1 / "evidence.json", LANG="es_PA.UTF-8").stdout.startswith("El paquete")
    verdict = json.loads(istmo("log", "verify", V1 / "evidence.json", "--keys", V1 / "keys.json", "--json").stdout)
    assert (verdict["proves"], verdict["message"]["sender"], verdict["message"]["purpose"]) == (True, "PAN", "STAT")
    assert {one["check"]: one["state"] for one in verdict["checks"]}["keys"] == "holds"


def test_a_package_that_was_altered_exits_1_and_says_what_does_not_hold(istmo: Run, tmp_path: Path) -> None:
    package = json.loads((V1 / "evidence.json").read_text())
    package["log"][0]["index"] += 1
    (tmp_path / "altered.json").write_text(json.dumps(package))
    told = istmo("log", "verify", tmp_path / "altered.json", exit_code=1).stdout
    assert "[FAILS] A proof of inclusion" in told
    assert "[NO VALE] Una prueba de inclusión" in told


def test_what_is_no_package_exits_2_in_both_languages(istmo: Run, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    for arguments in (
        (tmp_path / "x.json",),
        (V1 / "keys.json",),
        (V1 / "evidence.json", "--keys", tmp_path / "x.json"),
    ):
        told = istmo("log", "verify", *arguments, exit_code=2).stderr
        assert "F81" in told
        assert "cannot be read" in told
        assert "no se puede leer" in told
