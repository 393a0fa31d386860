"""How is an installation saved, and how does it come back? One file that only the holder of an age key can open.

    back_up(home, out, recipients=(read_recipient("age1…"),), now=now)
    restore(file, settings=settings, identities=read_identities(text, name="key.txt"), now=now)

Inside the encryption (age, X25519) is a tar: `database.dump` (pg_dump's own format, one snapshot), the files of the
home and, last, `manifest.json` with the hash of each file, the rows of each table, and the versions. Left out are the
files of figures and of drafts that are kept for some days only, which a backup would keep beyond their term, logs, and
homes within the home. A restored installation is complete or is not there: every hash is compared before anything is
made, every table's rows afterwards, and the home gets its name last.
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
import pyrage
from psycopg import sql
from psycopg.conninfo import make_conninfo

from istmo import __version__
from istmo.app.database import Login
from istmo.app.home import Home, database_running, open_home, party_of, read_home
from istmo.app.postgres import Cluster, status
from istmo.app.postgres_programs import Programs, find_programs, make_directory
from istmo.app.settings import Settings
from istmo.model.errors import IntegrityFailure, InvalidInput, NotFound, Unavailable, reason_of
from istmo.model.text import Text
from istmo.registry.keys import Use
from istmo.registry.moments import written

FORMAT = 1
DUMP, MANIFEST, HOME = "database.dump", "manifest.json", "home"
LEFT_OUT = frozenset({"database", "kept", "drafts"})
"""Where the cluster lies here, and files that are kept for some days only."""
TRIES = 3
CHUNK = 1 << 20

Recipient = Any
Identity = Any


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds. `tables` are rows by table; `migrations` the steps that its tables have gone through."""

    party: str
    role: str
    made_at: str
    program: str
    postgresql: str
    migrations: tuple[str, ...]
    tables: Mapping[str, int]
    files: int
    size: int


def new_identity() -> tuple[str, str]:
    """A new age key: the secret line and the public one."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def read_recipient(text: str) -> Recipient:
    """The public key to which a backup is encrypted: `age1…`."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as exc:
        raise InvalidInput(
            Text(es="La clave del destinatario no es una clave pública de age.", en="This is no public key of age."),
            advice=Text(
                es="Empieza por «age1»; «istmo key backup» hace una.",
                en="It begins with “age1”; “istmo key backup” makes one.",
            ),
            rule="F95",
        ) from exc


def read_identities(text: str, *, name: str) -> tuple[Identity, ...]:
    """The secret keys of a key file of age: one a line, comments after `#`."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        found = tuple(pyrage.x25519.Identity.from_str(line) for line in lines)
    except pyrage.IdentityError as exc:
        raise _no_identity(name) from exc
    if not found:
        raise _no_identity(name)
    return found


def back_up(home: Home, out: Path, *, recipients: Sequence[Recipient], now: datetime) -> Backup:
    """Write the open installation to the new file `out`, encrypted; whole or not at all."""
    if not recipients:
        raise _refused(Text(es="Falta la clave del destinatario.", en="The recipient's key is missing."))
    _require_place(home, out)
    with _aside(home.path, ".backup-") as staging:
        tables = _dump(home, staging / DUMP)
        files = [_entry(staging / DUMP, DUMP), *_copied(home.path, staging)]
        manifest = {
            "format": FORMAT,
            "party": party_of(home),
            "role": home.role.value,
            "made_at": written(now),
            "program": __version__,
            "postgresql": find_programs(home.data_dir).version,
            "migrations": _migrations(),
            "tables": tables,
            "files": files,
        }
        (staging / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        plain = staging / "backup.tar"
        with tarfile.open(plain, "w", format=tarfile.PAX_FORMAT) as tar:
            for entry in [*files, {"path": MANIFEST}]:
                tar.add(staging / entry["path"], arcname=entry["path"], recursive=False)
        _encrypt(plain, out, recipients)
    return _described(manifest)


def restore(file: Path, *, settings: Settings, identities: Sequence[Identity], now: datetime) -> Backup:
    """Make the installation of a backup anew at `settings.home`, in a cluster of its own; all of it or nothing.

    One that takes part in the exchange, or has a log, says from then on that it was restored, and from which moment.
    """
    target = settings.home
    _require_new(target)
    if settings.database_url:
        raise _refused(
            Text(
                es="Una restauración hace su propio PostgreSQL: quite ISTMO_DATABASE_URL.",
                en="A restoration makes a PostgreSQL of its own: remove ISTMO_DATABASE_URL.",
            )
        )
    existing = next(path for path in (target.parent, *target.parents) if path.is_dir())
    with _aside(existing, ".restore-") as staging:
        manifest = _opened(file, staging, identities)
        _check_versions(manifest, find_programs(settings.data_dir))
        fresh = staging / HOME
        document = json.loads((fresh / "istmo.json").read_text(encoding="utf-8"))
        document["cluster"] = secrets.token_hex(8)
        (fresh / "istmo.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        cluster = Cluster(document["cluster"], settings.data_dir)
        try:
            _load(read_home(replace(settings, home=fresh)), staging / DUMP, manifest, now)
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh.rename(target)
            (cluster.directory / "home").write_text(str(target), encoding="utf-8")
        except BaseException:
            if status(cluster) is None:
                for directory in (cluster.socket_dir, cluster.directory):
                    shutil.rmtree(directory, ignore_errors=True)
            raise
    with open_home(settings):
        return _described(manifest)


def _require_place(home: Home, out: Path) -> None:
    if out.exists():
        raise _refused(
            Text(es="El archivo ya existe y no se sobrescribe.", en="The file exists already and is not overwritten."),
            out,
        )
    if not out.parent.is_dir():
        raise _refused(Text(es="El directorio no existe.", en="The directory does not exist."), out.parent)
    if out.resolve().is_relative_to(home.path.resolve()):
        raise _refused(
            Text(
                es="Una copia de seguridad no se guarda dentro de la instalación.",
                en="A backup is not kept within the installation.",
            ),
            out,
        )


def _require_new(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidInput(
            Text(
                es="El directorio no está vacío: una restauración no toca una instalación que existe.",
                en="The directory is not empty: a restoration touches no installation that exists.",
            ),
            place=str(target),
            advice=Text(es="Elija otro con --home.", en="Choose another with --home."),
            rule="F66",
        )


@contextmanager
def _aside(folder: Path, prefix: str) -> Iterator[Path]:
    """A private directory beside what is saved or made, so that renaming is one step; removed afterwards."""
    aside = folder / f"{prefix}{secrets.token_hex(4)}"
    aside.mkdir(mode=0o700)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _dump(home: Home, out: Path) -> dict[str, int]:
    """pg_dump of one snapshot, and how many rows each table has in it."""
    login = home.owner or home.app
    with login.connect(autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        _run(
            find_programs(home.data_dir),
            "pg_dump",
            login,
            [f"--snapshot={row[0]}", "--format=custom", "--no-owner", "--no-privileges", f"--file={out}"],
        )
        return _rows(connection)


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    counted = {}
    for (name,) in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        assert row is not None
        counted[name] = int(row[0])
    return counted


def _migrations() -> list[str]:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def _copied(home: Path, staging: Path) -> list[dict[str, Any]]:
    """The home's files, copied; tried again when one goes while it is read (the registry's copy is swapped)."""
    for left in reversed(range(TRIES)):
        shutil.rmtree(staging / HOME, ignore_errors=True)
        try:
            return [_copy(path, home, staging) for path in _files(home)]
        except FileNotFoundError:
            if not left:
                raise
    raise AssertionError


def _files(home: Path) -> Iterator[Path]:
    """Files and symbolic links of the home, without hidden ones (they are on their way) and what is left out."""
    waiting = [home]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if path.name.startswith(".") or path.suffix == ".log" or (path.parent == home and path.name in LEFT_OUT):
                continue
            if path.is_symlink() or path.is_file():
                yield path
            elif path.is_dir() and not (path / "istmo.json").is_file():
                waiting.append(path)


def _copy(path: Path, home: Path, staging: Path) -> dict[str, Any]:
    name = f"{HOME}/{path.relative_to(home).as_posix()}"
    copy = staging / name
    make_directory(copy.parent, 0o700)
    shutil.copy2(path, copy, follow_symlinks=False)
    return _entry(copy, name)


def _entry(path: Path, name: str) -> dict[str, Any]:
    if path.is_symlink():
        return {"path": name, "link": os.readlink(path)}
    stat = path.stat()
    return {"path": name, "sha256": _hash(path), "bytes": stat.st_size, "mode": stat.st_mode & 0o777}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encrypt(plain: Path, out: Path, recipients: Sequence[Recipient]) -> None:
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with (
            plain.open("rb") as reader,
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to,
        ):
            pyrage.encrypt_io(reader, to, list(recipients))
            to.flush()
            os.fsync(to.fileno())
        try:
            os.link(part, out)
        except FileExistsError as exc:
            raise _refused(Text(es="El archivo ya existe.", en="The file exists already."), out) from exc
    except OSError as exc:
        raise Unavailable(
            Text(es=f"No se puede escribir: {reason_of(exc).es}.", en=f"It cannot be written: {reason_of(exc).en}."),
            place=str(out),
            rule="F95",
        ) from exc
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _opened(file: Path, staging: Path, identities: Sequence[Identity]) -> dict[str, Any]:
    """The manifest of a backup that was decrypted and unpacked into `staging` and agrees with it in every file."""
    plain = staging / "backup.tar"
    try:
        with file.open("rb") as reader, plain.open("wb") as to:
            pyrage.decrypt_io(reader, to, list(identities))
    except FileNotFoundError as exc:
        raise NotFound(
            Text(es="No existe el archivo.", en="There is no such file."), place=str(file), rule="F95"
        ) from exc
    except OSError as exc:
        raise _not_whole(file) from exc
    except pyrage.DecryptError as exc:
        raise InvalidInput(
            Text(
                es="La copia no se puede descifrar con esta clave, o no es una copia, o está dañada.",
                en="The backup cannot be decrypted with this key, or is no backup, or is damaged.",
            ),
            place=str(file),
            rule="F95",
        ) from exc
    try:
        with tarfile.open(plain) as tar:
            for member in tar:
                _unpack(tar, member, staging)
        manifest = json.loads((staging / MANIFEST).read_text(encoding="utf-8"))
        expected = {entry["path"]: entry for entry in manifest["files"]}
        known = manifest["format"] == FORMAT and (f"{HOME}/istmo.json" in expected) and (DUMP in expected)
    except (tarfile.TarError, OSError, ValueError, KeyError, TypeError) as exc:
        raise _not_whole(file) from exc
    plain.unlink()
    if not known:
        raise _not_whole(file)
    found = {path.relative_to(staging).as_posix() for path in staging.rglob("*") if path.is_symlink() or path.is_file()}
    if found != {*expected, MANIFEST} or any(_entry(staging / name, name) != entry for name, entry in expected.items()):
        raise _not_whole(file)
    return dict(manifest)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, staging: Path) -> None:
    """One file or relative link, within `staging` and nowhere else."""
    parts = PurePosixPath(member.name).parts
    linked = (PurePosixPath(member.name).parent / member.linkname).parts
    outside = member.name.startswith("/") or ".." in parts or parts[:1] == ("backup.tar",)
    if outside or (member.issym() and (member.linkname.startswith("/") or ".." in linked)):
        raise ValueError(member.name)
    target = staging.joinpath(*parts)
    make_directory(target.parent, 0o700)
    if not target.parent.resolve().is_relative_to(staging.resolve()):
        raise ValueError(member.name)
    if member.issym():
        target.symlink_to(member.linkname)
        return
    content = tar.extractfile(member)
    if content is None:
        raise ValueError(member.name)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, CHUNK)
    target.chmod(member.mode & 0o777)


def _check_versions(manifest: Mapping[str, Any], programs: Programs) -> None:
    if int(str(manifest["postgresql"]).split(".")[0]) > programs.major:
        raise Unavailable(
            Text(
                es=f"La copia es de PostgreSQL {manifest['postgresql']} y aquí está {programs.version}.",
                en=f"The backup is of PostgreSQL {manifest['postgresql']} and here is {programs.version}.",
            ),
            rule="F95",
        )


def _load(home: Home, dump: Path, manifest: Mapping[str, Any], now: datetime) -> None:
    """The dump into a new cluster, opened once: tables and roles are then those of this version."""
    from istmo.app.django_setup import configure
    from istmo.app.schema import give_rights

    assert home.owner is not None
    with ExitStack() as stack:
        stack.enter_context(database_running(home))
        _run(
            find_programs(home.data_dir),
            "pg_restore",
            home.owner,
            ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dump)],
        )
        with home.owner.connect(autocommit=False) as connection:
            rows = _rows(connection)
        tables = dict(manifest["tables"])
        if rows != tables:
            differing = sorted(name for name in {*rows, *tables} if rows.get(name) != tables.get(name))
            raise IntegrityFailure(
                Text(
                    es="Lo restaurado no tiene las filas que dice la copia.",
                    en="What was restored does not have the rows that the backup tells.",
                ),
                place=", ".join(differing),
                rule="F95",
            )
        configure(home.settings, home)
        give_rights(home)
        opened = stack.enter_context(open_home(home.settings))
        _begin_again(opened, _moment(manifest), now)


def _begin_again(home: Home, backup_at: datetime, now: datetime) -> None:
    """The log goes on under a head that tells of the restoration; one that is damaged is left to be looked at."""
    from istmo.app.exchange import takes_part
    from istmo.app.keys import private_key
    from istmo.installation.alarms.models import AlarmKind, raise_alarm
    from istmo.installation.evidence.models import Head
    from istmo.installation.evidence.restored import begin_again
    from istmo.installation.evidence.sequencing import LogDamaged, sequence

    if not (takes_part(home) or Head.objects.exists()):
        return
    signing = private_key(home.path, Use.SIGNING)
    begin_again(party=party_of(home), signing=signing, backup_at=backup_at, now=now)
    try:
        while sequence(party=party_of(home), signing=signing, now=now):
            pass
    except LogDamaged:
        raise_alarm(AlarmKind.OWN_LOG, at=now)


def _moment(manifest: Mapping[str, Any]) -> datetime:
    return datetime.strptime(str(manifest["made_at"]), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _run(programs: Programs, program: str, login: Login, options: Sequence[str]) -> None:
    """A program of PostgreSQL; the password goes by its environment alone, which nobody else can read."""
    where = make_conninfo(host=login.host, port=login.port, dbname=login.name, user=login.user, **dict(login.options))
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PGPASSWORD": login.password}
    try:
        done = subprocess.run(
            [programs.folder / program, f"--dbname={where}", *options],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=environment,
        )
    except OSError as exc:
        raise _no_program(program, str(exc.strerror)) from exc
    if done.returncode != 0:
        raise _no_program(program, next((line for line in reversed(done.stderr.splitlines()) if line.strip()), ""))


def _described(manifest: Mapping[str, Any]) -> Backup:
    return Backup(
        party=manifest["party"],
        role=manifest["role"],
        made_at=manifest["made_at"],
        program=manifest["program"],
        postgresql=manifest["postgresql"],
        migrations=tuple(manifest["migrations"]),
        tables=manifest["tables"],
        files=len(manifest["files"]),
        size=sum(entry.get("bytes", 0) for entry in manifest["files"]),
    )


def _refused(message: Text, place: Path | None = None) -> InvalidInput:
    return InvalidInput(message, place=str(place or ""), rule="F95")


def _no_identity(name: str) -> InvalidInput:
    return InvalidInput(
        Text(es="El archivo no contiene una clave secreta de age.", en="The file holds no secret key of age."),
        place=name,
        advice=Text(es="Empieza por «AGE-SECRET-KEY-1».", en="It begins with “AGE-SECRET-KEY-1”."),
        rule="F95",
    )


def _not_whole(file: Path) -> IntegrityFailure:
    return IntegrityFailure(
        Text(
            es="La copia de seguridad no está completa o no es de Istmo; no se cambió nada.",
            en="The backup is not whole or not of Istmo; nothing was changed.",
        ),
        place=str(file),
        rule="F95",
    )


def _no_program(program: str, said: str) -> Unavailable:
    return Unavailable(
        Text(es=f"{program} no terminó: {said}", en=f"{program} did not finish: {said}"),
        advice=Text(es="Ejecute «istmo doctor».", en="Run “istmo doctor”."),
        rule="F95",
    )
