"""The files of a protected table: what an office hands in, what is written for the public, and what stays.

    inputs = read_inputs(table, rules)                     the table, its rules and its hierarchies, all read or refused
    write(protection, out, recipients=())                  a directory, whole or not at all
    held = read_directory(directory)                       a release as an outsider holds it

A directory is written beside its place and renamed; one that exists with other content is refused. `audit/` has mode
0700. At a node it is one file, encrypted with age to the identity in `<home>/keys/audit`: a copy tells nothing.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from istmo.app.keys import keep
from istmo.model.errors import IntegrityFailure, InvalidInput, Unavailable, reason_of
from istmo.model.text import LANGUAGES, Text
from istmo.statistics.disclosure.attack import BY_ID, Finding, Outcome
from istmo.statistics.disclosure.attackers.catalogue import Kind
from istmo.statistics.disclosure.attackers.traces import metadata
from istmo.statistics.disclosure.audit import CELLS, Truth, read_truth
from istmo.statistics.disclosure.cube import Cube
from istmo.statistics.disclosure.facts import facts_beside
from istmo.statistics.disclosure.hierarchy import Hierarchy
from istmo.statistics.disclosure.protect import PUBLISHED, REPORT, Protection
from istmo.statistics.disclosure.published import Release, hierarchies_of, read_release
from istmo.statistics.disclosure.report import FORMAT
from istmo.statistics.disclosure.rules import Rules, read_rules, rules_of
from istmo.statistics.disclosure.tables import read_hierarchy, read_table
from istmo.statistics.disclosure.union import Fact

AUDIT, SEALED = "audit", "audit.age"
RULE = "F1"


@dataclass(frozen=True, eq=False)
class Inputs:
    """`key`: the file that the rules name, if they name one."""

    rules: Rules
    cube: Cube
    key: Path | None


@dataclass(frozen=True, eq=False)
class Directory:
    """A release as it lies in a directory. `truth` is what its audit says, where it is there and can be read;
    `altered` says that `published.csv` is not the file that the report is about, `ours` that the report is Istmo's.
    """

    path: Path
    release: Release
    truth: Truth | None
    altered: bool
    ours: bool


def read_inputs(table: Path, rules_file: Path) -> Inputs:
    """Raises InvalidInput with the file and line of whatever is wrong."""
    rules = read_rules(_bytes(rules_file), name=rules_file.name)
    hierarchies = read_hierarchies(rules, rules_file)
    with _opened(table) as stream:
        cube = read_table(stream, rules, hierarchies, name=table.name)
    return Inputs(rules, cube, rules_file.parent / rules.key if rules.key else None)


def read_hierarchies(rules: Rules, rules_file: Path) -> dict[str, Hierarchy]:
    found = {}
    for one in rules.dimensions:
        if not one.hierarchy:
            raise InvalidInput(
                Text(
                    es=f"La dimensión «{one.name}» no dice el archivo de su jerarquía.",
                    en=f"The dimension “{one.name}” does not say the file of its hierarchy.",
                ),
                place=rules_file.name,
                rule="F110",
            )
        file = rules_file.parent / one.hierarchy
        with _opened(file) as stream:
            found[one.name] = read_hierarchy(stream, dimension=one.name, name=file.name)
    return found


# --- keys ---


def secret_key(inputs: Inputs, home: Path) -> bytes:
    """The key that the rules name, else that of the home, which is made once."""
    if inputs.key is not None:
        return _bytes(inputs.key)
    return made_once(home, "disclosure", lambda: secrets.token_bytes(32))


def is_private(key: Path) -> bool:
    """Whether nobody but its owner reads the file."""
    return not key.stat().st_mode & 0o077


def audit_identity(home: Path) -> Any:
    """The age identity with which a node's audits are encrypted and opened; made once."""
    said = made_once(home, "audit", lambda: str(pyrage.x25519.Identity.generate()).encode("ascii") + b"\n")
    return pyrage.x25519.Identity.from_str(said.decode("ascii").strip())


def is_node(home: Path) -> bool:
    try:
        return bool(json.loads((home / "istmo.json").read_text(encoding="utf-8"))["role"] == "node")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def made_once(home: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """A private file of `<home>/keys`, made when it is missing, also when two commands come at once."""
    path = home / "keys" / name
    if not path.exists():
        try:
            for folder in (home, home / "keys"):
                if not folder.is_dir():
                    folder.mkdir(parents=True, exist_ok=True)
                    folder.chmod(0o700)
            keep(path, make())
        except OSError as exc:
            raise Unavailable(
                Text(
                    es=f"No se puede guardar la clave: {reason_of(exc).es}.",
                    en=f"The key cannot be kept: {reason_of(exc).en}.",
                ),
                place=str(path),
                advice=Text(
                    es="Indique otra instalación con --home, o «key: ARCHIVO» en las reglas.",
                    en="Name another home with --home, or “key: FILE” in the rules.",
                ),
                rule=RULE,
            ) from exc
    return _bytes(path)


# --- writing ---


def write(protection: Protection, out: Path, *, identity: Any = None) -> bool:
    """The directory of a release, or only its audit where something was found. False: the same is there already.

    `identity`: the age identity to which the audit is encrypted. Raises InvalidInput where something else is there.
    """
    reports = {name: data for name, data in protection.public.items() if name != PUBLISHED}
    public = {} if protection.broken else protection.public
    audit = {**protection.audit, **reports} if protection.broken else protection.audit
    if out.exists() or out.is_symlink():
        if _holds(out, public, audit, identity):
            return False
        if not out.is_dir() or any(out.iterdir()):
            raise InvalidInput(
                Text(
                    es="Ahí ya hay otra cosa; no se cambió nada.",
                    en="Something else is there already; nothing changed.",
                ),
                place=str(out),
                advice=Text(es="Elija otro directorio con --out.", en="Choose another directory with --out."),
                rule=RULE,
            )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _beside(out) as staging:
            for name, data in public.items():
                (staging / name).write_bytes(data)
            folder = staging / AUDIT
            folder.mkdir(mode=0o700)
            for name, data in (_sealed(audit, identity) if identity else audit).items():
                with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(data)
            staging.chmod(0o777 & ~_umask())
            staging.rename(out)
    except OSError as exc:
        raise Unavailable(
            Text(es=f"No se puede escribir: {reason_of(exc).es}.", en=f"It cannot be written: {reason_of(exc).en}."),
            place=str(out),
            rule=RULE,
        ) from exc
    return True


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A private directory beside the target, gone afterwards whatever happens, unless it was renamed."""
    staging = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    staging.mkdir(mode=0o700)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _umask() -> int:
    before = os.umask(0o077)
    os.umask(before)
    return before


def _holds(out: Path, public: Mapping[str, bytes], audit: Mapping[str, bytes], identity: Any) -> bool:
    """Whether the directory holds exactly this."""
    try:
        names = {path.name for path in out.iterdir()}
        same = names == {*public, AUDIT} and all((out / name).read_bytes() == data for name, data in public.items())
        return same and _read_audit(out / AUDIT, identity) == dict(audit)
    except (OSError, IntegrityFailure):
        return False


def _sealed(audit: Mapping[str, bytes], identity: Any) -> dict[str, bytes]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(audit):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(audit[name]), 0o600
            tar.addfile(entry, io.BytesIO(audit[name]))
    return {SEALED: pyrage.encrypt(packed.getvalue(), [identity.to_public()])}


def _read_audit(folder: Path, identity: Any) -> dict[str, bytes]:
    """The files of an audit folder, opened where it is encrypted; raises IntegrityFailure where that fails."""
    sealed = folder / SEALED
    if not sealed.exists():
        return {path.name: path.read_bytes() for path in folder.iterdir()}
    try:
        packed = pyrage.decrypt(sealed.read_bytes(), [identity] if identity else [])
    except pyrage.DecryptError as exc:
        raise IntegrityFailure(
            Text(es="La carpeta audit no se puede descifrar aquí.", en="The folder audit cannot be decrypted here."),
            place=str(sealed),
            rule=RULE,
        ) from exc
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        return {entry.name: _content(tar, entry) for entry in tar}


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    reader = tar.extractfile(entry)
    return reader.read() if reader else b""


# --- reading what was published ---


def read_directory(path: Path, *, rules_file: Path | None = None, identity: Any = None) -> Directory:
    """A release in a directory, ours or, with `rules_file`, another tool's: only what anybody holds, and the audit."""
    report: Mapping[str, Any] = {}
    if rules_file is None:
        report = _report(path / REPORT)
        rules = rules_of(report["rules"], name=REPORT)
        hierarchies = hierarchies_of(report["dimensions"], name=REPORT)
        if missing := [one.name for one in rules.dimensions if one.name not in hierarchies]:
            raise _no_report(path / REPORT, missing[0])
    else:
        rules = read_rules(_bytes(rules_file), name=rules_file.name)
        hierarchies = read_hierarchies(rules, rules_file)
    data = _bytes(path / PUBLISHED)
    release = read_release(io.BytesIO(data), rules, hierarchies, name=PUBLISHED, period=str(report.get("period", "")))
    altered = report.get("files", {}).get(PUBLISHED) not in (None, hashlib.sha256(data).hexdigest())
    return Directory(path, release, _truth(path / AUDIT, release, identity), altered, rules_file is None)


def attack_files(directories: Sequence[Directory]) -> Outcome:
    """What the files tell besides their content: times and authors inside them, files that were left behind."""
    named = {PUBLISHED, REPORT, *(f"report.{language}.html" for language in LANGUAGES)}
    found = []
    for directory in directories:
        files = {
            path.relative_to(directory.path).as_posix(): path.read_bytes()
            for path in sorted(directory.path.rglob("*"))
            if path.is_file() and AUDIT not in path.relative_to(directory.path).parts
        }
        told = metadata(files, named if directory.ours else files)
        found += [Finding(Kind.LEAK, str(directory.path), (name,), 0, 0) for name in told]
    return Outcome(BY_ID["files"], tuple(found))


def _report(file: Path) -> Mapping[str, Any]:
    raw = _bytes(file)
    try:
        document = json.loads(raw)
        if document["format"] == FORMAT and document["rules"] and document["dimensions"]:
            return dict(document)
    except (ValueError, KeyError, TypeError):
        pass
    raise _no_report(file, FORMAT)


def _truth(folder: Path, release: Release, identity: Any) -> Truth | None:
    """What the audit says of each cell; None where it is not there or not for us to open."""
    try:
        files = _read_audit(folder, identity)
    except (OSError, IntegrityFailure):
        return None
    if CELLS not in files:
        return None
    truth = read_truth(files[CELLS], place=str(folder / CELLS))
    if truth.counts.size != release.table.values.size:
        raise IntegrityFailure(
            Text(es="La carpeta audit es de otra tabla.", en="The folder audit is of another table."),
            place=str(folder),
            rule="F116",
        )
    return truth


def read_facts(file: Path, release: Release) -> tuple[Fact, ...]:
    """Exact totals that others publish: the register's columns, or this table's dimensions with `value`, `source`."""
    return facts_beside(_bytes(file), release, name=file.name)


def _bytes(path: Path) -> bytes:
    with _opened(path) as stream:
        return stream.read()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        stream = path.open("rb")
    except OSError as exc:
        raise InvalidInput(
            Text(
                es=f"No se puede abrir el archivo: {reason_of(exc).es}.",
                en=f"The file cannot be opened: {reason_of(exc).en}.",
            ),
            place=str(path),
            rule=RULE,
        ) from exc
    with stream:
        try:
            yield stream
        except IsADirectoryError as exc:
            raise InvalidInput(
                Text(es="Es un directorio, no un archivo.", en="It is a directory, no file."),
                place=str(path),
                rule=RULE,
            ) from exc


def _no_report(file: Path, told: str) -> InvalidInput:
    return InvalidInput(
        Text(
            es=f"No es el informe de una tabla protegida ({told}).",
            en=f"It is no report of a protected table ({told}).",
        ),
        place=str(file),
        advice=Text(
            es="Si es de otro programa, indique sus reglas y jerarquías con --rules.",
            en="If it is of another program, name its rules and hierarchies with --rules.",
        ),
        rule=RULE,
    )
