"""How is a stranger's file read without putting the installation at risk? In a process of its own, with limits.

    reading = read_in_sandbox(path, filename="cuadro003.csv", profile_id=None, parameters={"year": "2016"}, ...)

So are the annotated workbook and the difference of two profiles made (`istmo.installation.submissions.tasks`), and the
draft of a profile (`istmo.installation.drafts.child`). The
child gets no secret, no database and no standing: it reads the file, writes its result into a
private directory and ends. It has a limit of memory, of processor time and of file size; the parent ends it after
`Bounds.seconds`, and its own end ends it too. On its way it tells how far it has come (`Told`).
"""

import ctypes
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from istmo.installation.submissions.reading import (
    NONE_INSTALLED,
    Installed,
    choose_profile,
    error_as_json,
    error_from_json,
    profiles_with,
    read_by,
)
from istmo.model.errors import InvalidInput, IstmoError, Unavailable
from istmo.model.text import Text

if TYPE_CHECKING:
    from istmo.intake.result import Intake

GIB = 1024**3
NO_TABLES: Mapping[str, pl.DataFrame] = MappingProxyType({})
_MADE = ("source_hash", "findings", "events")
_LOOK_EVERY = 0.25  # seconds
_PR_SET_PDEATHSIG = 1
_CHUNK = 1024 * 1024


class Task(StrEnum):
    """What the child is asked to do."""

    READ = "read"
    REPORT = "report"
    DIFFERENCE = "difference"
    SUGGEST = "suggest"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost."""

    file_bytes: int = 100 * 1024**2
    seconds: int = 300
    memory_bytes: int = 6 * GIB


@dataclass(frozen=True, slots=True)
class Told:
    """What the child has said of itself: the profile it reads by, and how many lines the file has if it is text."""

    profile_id: str
    lines: int | None


def _unheard(told: Told | None) -> None:
    """Nobody asks how far it has come."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and the rows around its findings (`istmo.intake.reporting.sent.EXCERPT_SCHEMA`)."""

    intake: "Intake"
    excerpt: pl.DataFrame


def read_in_sandbox(
    path: Path,
    *,
    filename: str,
    profile_id: str | None,
    parameters: Mapping[str, str],
    on: date,
    bounds: Bounds,
    installed: Installed = NONE_INSTALLED,
    look: Callable[[Told | None], None] = _unheard,
) -> Reading:
    """The intake of the file; raises what the reading raised, or `InvalidInput` (F5) when it took too much.

    `installed` are the profiles that stand in for those of the program. `look` is called some times a second with what
    the child has told so far; if it raises, the reading ends.
    """
    request = {
        "profile": profile_id,
        "parameters": dict(parameters),
        "on": on.isoformat(),
        "installed": {id_: dict(sources) for id_, sources in installed.items()},
    }
    with run(Task.READ, path, request, filename=filename, bounds=bounds, look=look) as (document, directory):
        excerpt = pl.read_ipc(io.BytesIO((directory / "excerpt.arrow").read_bytes()))
        return Reading(_intake(document, directory, installed), excerpt)


@contextmanager
def run(
    task: Task,
    path: Path,
    request: Mapping[str, Any],
    *,
    filename: str,
    bounds: Bounds,
    tables: Mapping[str, pl.DataFrame] = NO_TABLES,
    look: Callable[[Told | None], None] = _unheard,
) -> Iterator[tuple[dict[str, Any], Path]]:
    """A task of the child on the file at `path`: the document that it writes, and the directory with its other files.

    `tables` are given to the child. Its private directory stands beside the file and bears its name; it is removed at
    the end.
    """
    with tempfile.TemporaryDirectory(prefix=f"{path.name}-", dir=path.parent) as name:
        directory = Path(name)
        for table, frame in tables.items():
            frame.write_ipc(directory / f"{table}.arrow")
        whole = {
            **request,
            "task": task.value,
            "path": str(path),
            "filename": filename,
            "seconds": bounds.seconds,
            "memory": bounds.memory_bytes,
            "parent": os.getpid(),
        }
        (directory / "request.json").write_text(json.dumps(whole), encoding="utf-8")
        code = _run(name, bounds.seconds, look)
        result = directory / "result.json"
        if code != 0 or not result.is_file():
            raise _too_much(filename, bounds) if code in (None, -9, -24, -25, 77) else _broken(filename)
        document = json.loads(result.read_text(encoding="utf-8"))
        if "error" in document:
            raise error_from_json(document["error"])
        yield document, directory


def _run(directory: str, seconds: int, look: Callable[[Told | None], None]) -> int | None:
    """The child's exit code, None when it had to be ended."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "POLARS_MAX_THREADS": "2"}
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.pathsep.join(
            str(Path(part).absolute()) for part in os.environ["PYTHONPATH"].split(os.pathsep) if part
        )
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "istmo.installation.submissions.sandbox", directory],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=directory,
        env=environment,
        start_new_session=True,
    )
    deadline = time.monotonic() + seconds
    told = Path(directory) / "told.json"
    try:
        while True:
            try:
                return process.wait(timeout=min(_LOOK_EVERY, seconds))
            except subprocess.TimeoutExpired:
                if time.monotonic() >= deadline:
                    process.kill()
                    process.wait()
                    return None
            look(Told(**json.loads(told.read_text(encoding="utf-8"))) if told.is_file() else None)
    except BaseException:
        process.kill()
        process.wait()
        raise


def _intake(document: Mapping[str, Any], directory: Path, installed: Installed) -> "Intake":
    from istmo.intake.result import Intake, SetAside

    tables = {name: pl.read_ipc(io.BytesIO((directory / f"{name}.arrow").read_bytes())) for name in document["tables"]}
    given = {**document["plain"], **tables}
    made = {f"make_{name}": partial(_given, given.pop(name)) for name in _MADE}
    set_aside = tuple(SetAside(**{**entry, "reason": Text(**entry["reason"])}) for entry in document["set_aside"])
    profile = profiles_with(installed)[document["profile"]]
    return Intake(profile=profile, set_aside=set_aside, **given, **made)


def _given(value: object) -> object:
    return value


def _too_much(filename: str, bounds: Bounds) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"Leer el archivo necesita más de {bounds.seconds} segundos o más memoria de la permitida.",
            en=f"Reading the file takes more than {bounds.seconds} seconds or more memory than is allowed.",
        ),
        place=filename,
        advice=Text(
            es="Envíe el archivo por partes, por ejemplo un año en cada una.",
            en="Send the file in parts, for example one year in each.",
        ),
        rule="F5",
    )


def _broken(filename: str) -> Unavailable:
    return Unavailable(
        Text(es="La lectura del archivo se interrumpió.", en="Reading the file was interrupted."),
        place=filename,
        advice=Text(
            es="Inténtelo de nuevo; si se repite, avise a quien administra la instalación.",
            en="Try again; if it happens once more, tell who administers the installation.",
        ),
        rule="F5",
    )


def _main(directory: Path) -> int:
    """The child: read the request, set the limits, carry out the task, write its result."""
    from istmo.installation.drafts import child
    from istmo.installation.submissions import tasks

    request = json.loads((directory / "request.json").read_text(encoding="utf-8"))
    _limit(request["seconds"], request["memory"])
    _end_with(request["parent"])
    carry_out = {
        Task.READ: _read,
        Task.REPORT: tasks.report,
        Task.DIFFERENCE: tasks.difference,
        Task.SUGGEST: child.suggest,
    }[Task(request["task"])]
    try:
        document = carry_out(request, directory)
    except IstmoError as error:
        document = {"error": error_as_json(error)}
    except MemoryError:
        return 77
    _write(directory, "result", document)
    return 0


def _read(request: Mapping[str, Any], directory: Path) -> dict[str, Any]:
    """Read, map and check the file; the rows around what was found beside it."""
    from istmo.installation.submissions.tasks import excerpt

    path, filename = Path(request["path"]), request["filename"]
    installed = request["installed"]
    profile = choose_profile(path, filename=filename, profile_id=request["profile"], installed=installed)
    _write(directory, "told", {"profile_id": profile.id, "lines": _lines(path)})
    on = date.fromisoformat(request["on"])
    intake = read_by(profile, path, filename=filename, parameters=request["parameters"], on=on, installed=installed)
    values = {field.name: getattr(intake, field.name) for field in fields(intake)}
    values |= {name: values.pop(f"make_{name}")() for name in _MADE}  # these are made on demand
    tables = {name: value for name, value in values.items() if isinstance(value, pl.DataFrame)}
    for name, table in tables.items():
        table.write_ipc(directory / f"{name}.arrow")
    excerpt(intake, path.read_bytes()).write_ipc(directory / "excerpt.arrow")
    return {
        "profile": values.pop("profile").id,
        "set_aside": [entry.as_json() for entry in values.pop("set_aside")],
        "tables": list(tables),
        "plain": {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
            if name not in tables
        },
    }


def _limit(seconds: int, memory: int) -> None:
    for limit, value in (
        (resource.RLIMIT_CPU, seconds * 4),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 4 * GIB),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _end_with(parent: int) -> None:
    """No reading goes on for a server that was killed."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)


def _lines(path: Path) -> int | None:
    """How many lines the file has; None for a workbook."""
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return None
        file.seek(0)
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))


def _write(directory: Path, name: str, document: Mapping[str, Any]) -> None:
    partial = directory / f"{name}.partial"
    partial.write_text(json.dumps(document), encoding="utf-8")
    partial.rename(directory / f"{name}.json")


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
