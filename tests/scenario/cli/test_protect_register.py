"""An office keeps a register of what it published: a release that tells on an earlier one is not written."""

from pathlib import Path

import pytest
from tests.scenario.cli.conftest import Run

RULES = "threshold: 5\nmethod: suppress\npopulation: visas\ndimensions:\n  nationality: {hierarchy: n.csv}\n"
CODES = "code,parent\n_T,\nCUB,_T\nECU,_T\nHTI,_T\n"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    (tmp_path / "n.csv").write_text(CODES, encoding="utf-8")
    return tmp_path


def table(office: Path, **counts: int) -> Path:
    path = office / "visas.csv"
    path.write_text("nationality,n\n" + "".join(f"{code},{n}\n" for code, n in counts.items()), encoding="utf-8")
    return path


def protect(istmo: Run, office: Path, period: str, *more: str, exit_code: int = 0, **counts: int) -> str:
    out = office / f"out-{period.replace('/', '_')}-{len(list(office.glob('out-*')))}"
    arguments = ["protect", table(office, **counts), "--rules", office / "rules.yaml", "--out", out, *more]
    if period:
        arguments += ["--period", period]
    done = istmo(*arguments, "--register", office / "register.jsonl", exit_code=exit_code)
    assert out.exists() == (exit_code == 0)
    return done.stdout + done.stderr


def lines(office: Path) -> int:
    path = office / "register.jsonl"
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def test_a_quarter_that_gives_a_withheld_month_away_is_not_written(istmo: Run, office: Path) -> None:
    protect(istmo, office, "2023-07", CUB=30, ECU=9, HTI=20)
    protect(istmo, office, "2023-08", CUB=30, ECU=2, HTI=20)
    protect(istmo, office, "2023-09", CUB=30, ECU=9, HTI=20)
    assert lines(office) == 3
    told = protect(istmo, office, "2023-Q3", exit_code=2, CUB=90, ECU=20, HTI=60)
    assert "protected cells can be worked out" in told
    assert "celdas protegidas" in told
    assert lines(office) == 3


def test_the_same_again_is_entered_once_and_another_value_only_as_a_revision(istmo: Run, office: Path) -> None:
    protect(istmo, office, "2023-07", CUB=30, ECU=9, HTI=20)
    protect(istmo, office, "2023-07", CUB=30, ECU=9, HTI=20)
    assert lines(office) == 1
    told = protect(istmo, office, "2023-07", exit_code=2, CUB=30, ECU=9, HTI=40)
    assert "published with another value" in told
    told = protect(istmo, office, "2023-07", "--revises", exit_code=2, CUB=30, ECU=9, HTI=22)
    assert "a few people" in told
    protect(istmo, office, "2023-07", "--revises", CUB=30, ECU=9, HTI=40)
    assert lines(office) == 2


def test_a_correction_that_tells_what_was_withheld_before_is_not_written(istmo: Run, office: Path) -> None:
    protect(istmo, office, "2023-07", CUB=30, ECU=2, HTI=30)
    told = protect(istmo, office, "2023-07", "--revises", exit_code=2, CUB=30, ECU=22, HTI=30)
    assert "what the version before withheld" in told
    assert "lo que la versión anterior retuvo" in told
    other = table(office, CUB=30, ECU=22, HTI=30).rename(office / "visas-corregidas.csv")
    run = ("protect", other, "--rules", office / "rules.yaml", "--register", office / "register.jsonl", "--revises")
    istmo(*run, "--period", "2023-07", "--out", office / "corrected", exit_code=2)
    assert not (office / "corrected").exists()
    assert lines(office) == 1


def test_a_register_that_was_changed_or_a_table_without_period_stops_everything(istmo: Run, office: Path) -> None:
    told = protect(istmo, office, "", exit_code=2, CUB=30, ECU=9, HTI=20)
    assert "--period" in told
    protect(istmo, office, "2023-07", CUB=30, ECU=9, HTI=20)
    path = office / "register.jsonl"
    path.write_bytes(path.read_bytes().replace(b"59", b"58"))
    told = protect(istmo, office, "2023-08", exit_code=2, CUB=30, ECU=9, HTI=20)
    assert told
    path.write_bytes(b"no register\n")
    told = protect(istmo, office, "2023-09", exit_code=3, CUB=30, ECU=9, HTI=20)
    assert "not what was written" in told
