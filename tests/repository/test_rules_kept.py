"""The page of the statistical rules names code and tests: do they exist, and is every rule there?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/explanation/rules-kept.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| R")]
TESTS = sorted(set(re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", PAGE)))


def test_every_statistical_rule_has_one_row() -> None:
    named = [re.match(r"\| (R\w+) ", row) for row in ROWS]
    expected = [*(f"R{number}" for number in range(1, 19)), "R18a", *(f"R{number}" for number in range(19, 23))]
    assert [name.group(1) for name in named if name] == expected


def test_every_file_named_as_keeping_a_rule_exists() -> None:
    paths = set(re.findall(r"`(src/istmo/[\w/.]+\.(?:py|yaml))`", PAGE))
    assert len(paths) > 10
    assert not [path for path in paths if not (ROOT / path).is_file()]


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_every_test_named_as_guarding_a_rule_exists(path: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), f"{path}::{name}"


def test_every_rule_is_guarded_by_a_test_or_says_what_is_not_yet_there() -> None:
    for row in ROWS:
        assert "::test_" in row, row[:40]
