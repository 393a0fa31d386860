"""What must hold of the files themselves: imports, what is never committed, links, words."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
TEXT = {
    ".py",
    ".md",
    ".yaml",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".txt",
    ".po",
    ".csv",
    ".tsv",
    ".typ",
    ".svg",
    ".in",
    ".lock",
    "",
}


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    return [(path, path.read_text("utf-8", errors="ignore")) for path in tracked() if path.suffix in TEXT]


def test_imports_point_down_and_the_core_knows_no_shell() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True) == 0


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    # Written in pieces so that this file does not name them itself.
    forbidden = [
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "registry.npm" + "js",
        "deb." + "debian",
        "/work" + "/main",
        "/work" + "/shared",
    ]
    found = [f"{path.relative_to(ROOT)}: {word}" for path, text in texts() for word in forbidden if word in text]
    assert found == []


@pytest.mark.reference
def test_no_published_file_is_committed(reference_data: Path) -> None:
    published = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (reference_data / "data").rglob("*") if path.is_file()
    }
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if "vendor" not in path.parts
        and path.name not in {"LICENSE"}
        and hashlib.sha256(path.read_bytes()).hexdigest() in published
    ]
    assert found == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in tracked():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} -> {target}")
    assert broken == []


def test_words_that_offend_stand_on_no_page_and_in_no_translation() -> None:
    banned = re.compile(
        r"\bilegal(es)?\b|\boleadas?\b|\bavalanchas?\b|flujo total de la región"
        r"|\billegal (migrant|immigrant|alien)s?\b|\baliens?\b",
        re.IGNORECASE,
    )
    places = (
        "src/istmo/web/",
        "src/istmo/hub/",
        "src/istmo/statistics/brief/",
        "src/istmo/registry/",
        "src/istmo/model/",
    )
    found = []
    for path, text in texts():
        name = str(path.relative_to(ROOT))
        if not name.startswith(places):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if banned.search(line) and "BANNED" not in line:
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert found == []


def test_no_table_of_this_version_can_hold_a_person() -> None:
    personal = re.compile(
        r"\b(surname|given_name|birth_date|date_of_birth|passport|document_number|fingerprint)\b\s*=\s*models\."
    )
    found = [
        f"{path.relative_to(ROOT)}"
        for path, text in texts()
        if path.suffix == ".py" and "/node/" not in str(path) and "src/istmo" in str(path) and personal.search(text)
    ]
    assert found == []
