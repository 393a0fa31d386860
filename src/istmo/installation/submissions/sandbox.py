"""How is a stranger's file read without putting the installation at risk? In a process of its own, with limits.

    read = read_in_sandbox(path, filename="cuadro003.csv", profile_id=None, parameters={"year": "2016"}, ...)

The child gets no secret, no database and no standing: it reads the file, writes its result into a private directory
and ends. It has a limit of memory, of processor time and of file size; the parent ends it after `Bounds.seconds`.
"""

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from istmo.model.errors import InvalidInput, IstmoError, Unavailable
from istmo.model.text import Text

if TYPE_CHECKING:
    from istmo.intake.result import Intake

GIB = 1024**3
_MADE = ("source_hash", "findings", "events")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost."""

    file_bytes: int = 100 * 1024**2
    seconds: int = 300
    memory_bytes: int = 6 * GIB


def read_in_sandbox(
    path: Path,
    *,
    filename: str,
    profile_id: str | None,
    parameters: Mapping[str, str],
    on: date,
    bounds: Bounds,
) -> "Intake":
    """The intake of the file; raises what the reading raised, or `InvalidInput` (F5) when it took too much."""
    with tempfile.TemporaryDirectory(prefix="istmo-intake-") as directory:
        request = {
            "path": str(path),
            "filename": filename,
            "profile": profile_id,
            "parameters": dict(parameters),
            "on": on.isoformat(),
            "seconds": bounds.seconds,
            "memory": bounds.memory_bytes,
        }
        (Path(directory) / "request.json").write_text(json.dumps(request), encoding="utf-8")
        code = _run(directory, bounds.seconds)
        result = Path(directory) / "result.json"
        if code != 0 or not result.is_file():
            raise _too_much(filename, bounds) if code in (None, -9, -24, -25, 77) else _broken(filename)
        return _result(json.loads(result.read_text(encoding="utf-8")), Path(directory))


def _run(directory: str, seconds: int) -> int | None:
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
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    except BaseException:
        process.kill()
        process.wait()
        raise


def _result(document: Mapping[str, Any], directory: Path) -> "Intake":
    from istmo.installation.submissions.reading import error_from_json
    from istmo.intake.profiles import builtin_profiles
    from istmo.intake.result import Intake, SetAside

    if "error" in document:
        raise error_from_json(document["error"])
    tables = {name: pl.read_ipc(io.BytesIO((directory / f"{name}.arrow").read_bytes())) for name in document["tables"]}
    given = {**document["plain"], **tables}
    made = {f"make_{name}": partial(_given, given.pop(name)) for name in _MADE}
    set_aside = tuple(SetAside(**{**entry, "reason": Text(**entry["reason"])}) for entry in document["set_aside"])
    return Intake(profile=builtin_profiles()[document["profile"]], set_aside=set_aside, **given, **made)


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
    """The child: read the request, set the limits, read the file, write the result."""
    from istmo.installation.submissions.reading import error_as_json, read_file

    request = json.loads((directory / "request.json").read_text(encoding="utf-8"))
    _limit(request["seconds"], request["memory"])
    try:
        intake = read_file(
            Path(request["path"]),
            filename=request["filename"],
            profile_id=request["profile"],
            parameters=request["parameters"],
            on=date.fromisoformat(request["on"]),
        )
    except IstmoError as error:
        _write(directory, {"error": error_as_json(error)})
        return 0
    except MemoryError:
        return 77
    values = {field.name: getattr(intake, field.name) for field in fields(intake)}
    values |= {name: values.pop(f"make_{name}")() for name in _MADE}  # these are made on demand
    tables = {name: value for name, value in values.items() if isinstance(value, pl.DataFrame)}
    for name, table in tables.items():
        table.write_ipc(directory / f"{name}.arrow")
    document = {
        "profile": values.pop("profile").id,
        "set_aside": [entry.as_json() for entry in values.pop("set_aside")],
        "tables": list(tables),
        "plain": {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in values.items()
            if name not in tables
        },
    }
    _write(directory, document)
    return 0


def _limit(seconds: int, memory: int) -> None:
    for limit, value in (
        (resource.RLIMIT_CPU, seconds * 4),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 4 * GIB),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _write(directory: Path, document: Mapping[str, Any]) -> None:
    partial = directory / "result.partial"
    partial.write_text(json.dumps(document), encoding="utf-8")
    partial.rename(directory / "result.json")


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
