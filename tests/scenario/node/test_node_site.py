"""A node serves its own site: files, profiles, releases; nothing of the hub, and nothing to strangers."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def shown() -> Any:
    directory = Path(tempfile.mkdtemp(prefix="istmo-node-"))
    directory.chmod(0o755)
    script = Path(__file__).with_name("node_site.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(directory / "home"), str(directory / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(directory)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_node_installs_nothing_of_the_hub(shown: Any) -> None:
    assert "istmo.node.release" in shown["apps"]
    assert [name for name in shown["apps"] if name.startswith("istmo.hub")] == []


def test_its_pages_stand_in_both_languages(shown: Any) -> None:
    for path, statuses in shown["statuses"].items():
        wanted = {"eli": 200, "pio": 200, "ada": 200}
        if "cuentas" in path:
            wanted = {"eli": 403, "pio": 403, "ada": 200}
        elif "/registro/" in path:
            wanted = {"eli": 403, "pio": 200, "ada": 200}
        elif "borradores" in path or "nuevo" in path:
            wanted = {"eli": 200, "pio": 403, "ada": 403}
        assert statuses == wanted, path


def test_whoever_does_not_sign_in_sees_whose_node_it_is_and_nothing_that_it_holds(shown: Any) -> None:
    assert shown["closed"] == {"/es/": 200, "/es/mesa/": 302, "/es/informes/": 404, "/es/datos/": 404}
    assert "Esta página no existe" in shown["missing"]


def test_a_vintage_is_proposed_and_without_an_exchange_nothing_is_half_released(shown: Any) -> None:
    assert "Todavía no se ha propuesto nada" in shown["empty"]
    assert shown["vintage"].endswith("591")
    assert "La entrega quedó propuesta" in shown["proposed"]
    assert shown["own"] == 403
    assert "no participa todavía en el intercambio" in shown["released"]
    assert "Propuesta" in shown["after"]
    assert "Entregar" in shown["after"]
    assert "Está suspendido. (R46, cláusula 9)" in shown["refused"], "who releases may read the trail"
