"""The documentation says what the program does: pages, commands, settings and rules are checked against the code."""

import re
import runpy
from pathlib import Path

from istmo.model.findings import rules

ROOT = Path(__file__).resolve().parents[2]
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_generated_pages_are_what_their_sources_say() -> None:
    for name, page in GENERATE["PAGES"].items():
        committed = (ROOT / "docs" / "reference" / name).read_text("utf-8")
        assert committed == page().rstrip() + "\n", (
            f"docs/reference/{name} is not up to date: run python docs/generate.py"
        )


def test_every_rule_that_the_code_names_has_its_title() -> None:
    named = set()
    for path in (ROOT / "src").rglob("*.py"):
        named |= set(re.findall(r"""["'](R\d{1,2}a?|F\d{1,2})["']""", path.read_text("utf-8")))
    for path in (ROOT / "src/istmo/intake/profiles").rglob("*.yaml"):
        named |= set(re.findall(r"\brule: (R\d{1,2}a?|F\d{1,2})\b", path.read_text("utf-8")))
    assert named - set(rules()) == set()
    assert {f"R{number}" for number in range(1, 56)} | {"R18a"} <= set(rules())


def test_every_command_in_the_readme_and_the_guides_exists() -> None:
    reference = GENERATE["commands_page"]()
    pages = [ROOT / "README.md", *(ROOT / "docs/tutorial").glob("*.md"), *(ROOT / "docs/how-to").glob("*.md")]
    for page in pages:
        for first, second in re.findall(
            r"^\s*(?:\.venv/bin/)?istmo ([a-z]+)(?: ([a-z-]+))?", page.read_text("utf-8"), re.MULTILINE
        ):
            command = f"{first} {second}" if f"## `istmo {first} " in reference else first
            assert f"## `istmo {command}`" in reference, f"{page.name}: istmo {command}"


def test_every_setting_that_the_code_reads_is_documented() -> None:
    documented = GENERATE["settings_page"]()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text("utf-8")
        if "environ" in text:
            for name in re.findall(r"""["'](ISTMO_[A-Z_]+)["']""", text):
                assert f"`{name}`" in documented, f"{path.name}: {name}"


def test_every_security_property_names_a_module_and_a_test_that_exist() -> None:
    page = (ROOT / "docs/explanation/security-properties.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 10
    missing = [path for row in rows for path in re.findall(r"`([^`]+)`", row) if not (ROOT / path).is_file()]
    assert missing == []
