"""What every test may ask for: the published files, an installation with its PostgreSQL, and a Chromium.

Tests marked `reference` read the files that ISTMO_REFERENCE_DATA names (default: the folder `shared` beside the
clone); tests marked `browser` drive Chromium; tests marked `history` run an earlier version of the program, out of the
clone's own history. Where one of these is absent, its tests are reported as not run, with their number; where
ISTMO_REFERENCE_DATA is set, a missing file is a failure. Tests that need the database share one embedded PostgreSQL a
session and work as `istmo_app`, each in a transaction that is rolled back (`database`) or with tables emptied
afterwards (`committed_database`).
"""

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from istmo.app.home import Home
    from istmo.intake.result import Intake

settings.register_profile("istmo", deadline=None)  # no test is a timing: see bench/
settings.load_profile("istmo")

ROOT = Path(__file__).resolve().parents[1]
CORE = {"model", "registry", "intake", "statistics", "exchange", "profiles"}
EARLIER = "efa022e4d36742b688cfbd9af1b49f98aeb0c81e"
"""The first version of the program that exchanged everything that the exchange has; it never changes."""
_not_run = pytest.StashKey[dict[str, int]]()
_session_directory = pytest.StashKey[Path]()


def reference_folder() -> Path | None:
    """The folder of the published files; None where there is none and nobody asked for it."""
    named = os.environ.get("ISTMO_REFERENCE_DATA")
    if named:
        return Path(named)
    beside = ROOT.parent / "shared"
    return beside if (beside / "data").is_dir() else None


def chromium() -> str | None:
    """Debian's Chromium, or another installed one."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), None)


def has_earlier_version() -> bool:
    """Whether the clone holds the commit that tests of two versions take the earlier program from."""
    command = ["git", "-C", str(ROOT), "cat-file", "-e", f"{EARLIER}^{{commit}}"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    absent = {}
    if reference_folder() is None:
        absent["reference"] = "the published files are not here (ISTMO_REFERENCE_DATA)"
    if chromium() is None:
        absent["browser"] = "no Chromium is installed"
    if any(item.get_closest_marker("history") for item in items) and not has_earlier_version():
        absent["history"] = f"the clone has no commit {EARLIER[:7]}: fetch it whole (git fetch --unshallow)"
    counts: dict[str, int] = {}
    for item in items:
        for marker, reason in absent.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
                counts[marker] = counts.get(marker, 0) + 1
    config.stash[_not_run] = counts


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for marker, count in sorted(config.stash.get(_not_run, {}).items()):
        terminalreporter.write_sep("-", f"NOT RUN: {count} {marker} tests")


@pytest.fixture(scope="session")
def read() -> "Callable[..., Intake]":
    """Reads a small file, given as text, by a small profile, given as YAML."""
    from istmo.intake.profiles import read_profile
    from istmo.intake.run import intake

    def read_text(text: str, profile: str, *, encoding: str = "utf-8", **parameters: str) -> "Intake":
        return intake(
            io.BytesIO(text.encode(encoding)),
            filename="file.csv",
            profile=read_profile(profile.encode(), name="profile.yaml"),
            parameters=parameters,
        )

    return read_text


@pytest.fixture(scope="session")
def arrived() -> "Callable[[str], Intake]":
    """Reads a file of the demonstration by its name, once a session: what was read is a value that no test changes."""
    from istmo.app.demonstration import files
    from istmo.intake.profiles import builtin_profiles
    from istmo.intake.run import intake

    by_name = {file.name: file for file in files()}

    @cache
    def read(name: str) -> "Intake":
        file = by_name[name]
        return intake(
            io.BytesIO(file.content()),
            filename=name,
            profile=builtin_profiles()[file.profile],
            parameters=file.parameters,
        )

    return read


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder with `data/`, `fixtures/` and `domain/`. A test that opens a file missing in it fails."""
    folder = reference_folder()
    if folder is None:
        pytest.fail("a test that reads the published files lacks its marker `reference`")
    if not folder.is_dir():
        pytest.fail(f"ISTMO_REFERENCE_DATA names {folder}, which does not exist")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = chromium()
    if path is None:
        pytest.fail("a test that drives Chromium lacks its marker `browser`")
    return path


def _directory(config: pytest.Config) -> Path:
    """One directory a session that a service account can reach, for the home and its PostgreSQL."""
    if _session_directory not in config.stash:
        directory = Path(tempfile.mkdtemp(prefix="istmo-tests-"))
        directory.chmod(0o755)
        config.stash[_session_directory] = directory
    return config.stash[_session_directory]


def _configured_home(config: pytest.Config) -> "Home":
    """The session's installation with Django configured for it; its PostgreSQL is not started yet."""
    from istmo.app.django_setup import configure
    from istmo.app.home import Role, init, read_home
    from istmo.app.settings import Settings

    directory = _directory(config)
    settings = Settings(home=directory / "home", data_dir=directory / "data", log_level="error")
    if not settings.home.exists():
        init(settings, role=Role.HUB, demonstration=True)
        configure(settings, read_home(settings), also=(Role.NODE,))
    return read_home(settings)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Modules outside the core may import models at their top: Django is configured before they are read."""
    parts = module_path.relative_to(ROOT / "tests").parts if module_path.is_relative_to(ROOT / "tests") else ()
    if len(parts) > 1 and not CORE & set(parts) and parts[0] != "repository":
        _configured_home(parent.config)


@pytest.fixture(scope="session")
def installation(request: pytest.FixtureRequest) -> Iterator["Home"]:
    """An open installation with role hub: PostgreSQL running, tables made, Django connected as `istmo_app`."""
    from istmo.app.home import open_home

    home = _configured_home(request.config)
    with ExitStack() as stack:
        yield stack.enter_context(open_home(home.settings))


@pytest.fixture
def database(installation: "Home") -> Iterator[None]:
    """The installation's database within one transaction, rolled back after the test."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed_database(installation: "Home") -> Iterator[None]:
    """The installation's database; what the test commits is removed afterwards, by the owner of the tables."""
    yield
    from istmo.app.database import empty_tables

    empty_tables(installation)


@pytest.fixture
def client(installation: "Home") -> Any:
    """A visitor without session."""
    from django.test import Client

    return Client()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _session_directory in config.stash:
        shutil.rmtree(config.stash[_session_directory], ignore_errors=True)
