"""`istmo reconcile` and `istmo anomalies` as an analyst uses them: two years of two reporters, wrong requests."""

import json
import subprocess
from collections.abc import Callable

import pytest

from istmo.app.demonstration import files

WANTED = {
    "pan_snm_cuadro003_2022.csv",
    "pan_snm_cuadro003_2023.csv",
    "hnd_inm_flujo_2022.csv",
    "hnd_inm_flujo_2023.csv",
}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module", autouse=True)
def _loaded(istmo: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The installation has loaded Panama and Honduras, 2022 and 2023."""
    chosen = [file for file in files() if file.name in WANTED]
    assert {file.name for file in chosen} == WANTED
    base = tmp_path_factory.mktemp("files")
    for file in chosen:
        (base / file.name).write_bytes(file.content())
        istmo("intake", base / file.name, "--profile", file.profile)


def test_two_reporters_are_compared_with_reasons_and_subtracted_at_level_2(istmo: Run) -> None:
    told = istmo("reconcile", "pan", "hnd", "--year", "2023").stdout
    assert "2 Same concept and unit, other coverage" in told
    assert ["2023-08", "81,946", "65,526", "+16,420"] in [line.split() for line in told.splitlines()]
    assert {line.split()[0] for line in told.splitlines() if line[:3].isupper()} >= {
        *("LIST", "NODE", "BYPASS", "LAG", "COVERAGE", "POLICY"),
    }
    assert "a description, not a proof" in told
    assert "una descripción, no una prueba" in told
    assert "2023-08-11 PATHWAY" in told


def test_the_order_of_the_route_is_the_order_of_the_answer(istmo: Run) -> None:
    first, second = (
        json.loads(istmo("reconcile", *pair, "--json").stdout) for pair in (("HND", "PAN"), ("PAN", "HND"))
    )
    assert first == second
    assert first["comparability"]["level"] == 2
    august = next(month for month in first["months"] if month["month"] == "2023-08")
    assert august["difference"] == 16_420


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("PAN", "PAN"), "choose two reporters"),
        (("PAN", "XXX"), "is not a member"),
        (("PAN", "CRI"), "no public series of Costa Rica"),
        (("PAN", "HND", "--measure", "ENCOUNTER"), "There are: PAN: TRA_IRR; HND: ENT_IRR."),
        (("PAN", "HND", "--year", "1999"), "1999"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(istmo: Run, arguments: tuple[str, ...], said: str) -> None:
    english, spanish = istmo("reconcile", *arguments, exit_code=2).stderr.splitlines()[:2]
    assert said in english
    assert english != spanish


def test_the_unusual_of_a_month_is_told_with_what_services_may_need_and_what_was_left_out(istmo: Run) -> None:
    told = istmo("anomalies", "2023-08", exit_code=1).stdout
    assert "PAN.SNM.cuadro003/TRA_IRR/2023-08/total/_T" in told
    assert "Reception, accommodation, water, health and information may need more capacity" in told
    assert "left out / sin examinar" in told


def test_the_latest_month_is_the_one_that_is_looked_at(istmo: Run) -> None:
    done = json.loads(istmo("anomalies", "--json", exit_code=1).stdout)
    assert done["month"] == "2023-12"
    assert all(one["text"]["es"] and one["text"]["en"] for one in done["anomalies"])


@pytest.mark.parametrize(
    ("month", "said"),
    [("2023", "is not a month"), ("August", "is not a period"), ("1999-01", "There are no observations of 1999-01")],
)
def test_a_month_that_is_none_or_holds_nothing_is_refused(istmo: Run, month: str, said: str) -> None:
    assert said in istmo("anomalies", month, exit_code=2).stderr
