"""How does a command come by a running PostgreSQL of its own, and who stops it?

Each home has one cluster, `<data>/clusters/<id>`, reached only through a Unix socket in a directory of mode 0700. The
first command starts the server; a second one adopts it. Whoever leaves last stops it, and only if Istmo started it: a
server that an administrator started by hand is adopted and left alone.

    with running(Cluster(id, data_dir), programs) as server:
        psycopg.connect(host=str(server.socket_dir), ...)

As root the server runs as the system account `istmo` (never `nobody`, which other services share); PostgreSQL refuses
uid 0.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg

from istmo.app.postgres_programs import Programs, make_directory
from istmo.model.errors import IntegrityFailure, Unavailable
from istmo.model.text import Text

ACCOUNT = "istmo"
SUPERUSER = "postgres"
PORT = 5432
LONGEST_SOCKET = 99
START_RETRY_SECONDS = 15
READY_SECONDS = 60
STOP_SECONDS = 30

# Errors of statements quote values; the server's log keeps only what the server itself has to say.
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "password_encryption": "scram-sha-256",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "shared_buffers": "128MB",
    "max_connections": "200",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster lies. Its directory belongs to who runs Istmo, `data` and the socket to the service account."""

    id: str
    data_dir: Path

    @property
    def directory(self) -> Path:
        return self.data_dir / "clusters" / self.id

    @property
    def pgdata(self) -> Path:
        return self.directory / "data"

    @property
    def socket_dir(self) -> Path:
        """Beside the data, or in /tmp when that path is too long for a Unix socket; the id cannot be guessed."""
        beside = self.directory / "run"
        if len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
            return beside
        return Path("/tmp") / f"istmo-{os.geteuid()}-{self.id}"  # noqa: S108 - made 0700, its owner is checked

    @property
    def log(self) -> Path:
        return self.directory / "postgres.log"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `started` says whether this command started it."""

    cluster: Cluster
    pid: int
    started: bool

    @property
    def socket_dir(self) -> Path:
        return self.cluster.socket_dir

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the launcher itself; nothing else uses it."""
        return _connect(self.cluster, database)


@contextmanager
def running(cluster: Cluster, programs: Programs) -> Iterator[Server]:
    """The cluster's server, made on first use, started or adopted; stopped on leaving if nobody else uses it."""
    account = _service_account()
    _make_directories(cluster, account)
    with (cluster.directory / "users").open("a") as users:
        with _alone(cluster):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _adopt_or_start(cluster, programs, account)
        try:
            yield server
        finally:
            with _alone(cluster):
                _leave(cluster, users)


def revive(cluster: Cluster, programs: Programs) -> bool:
    """Start the server again that died under the commands that use it; False when it runs."""
    if status(cluster) is not None:
        return False
    with _alone(cluster):
        return _adopt_or_start(cluster, programs, _service_account()).started


def status(cluster: Cluster) -> int | None:
    """The process id of the cluster's running server, None when it does not run."""
    pid = _pid_in_file(cluster)
    return pid if pid is not None and _is_ours(cluster, pid) else None


def note_home(cluster: Cluster, home: Path) -> None:
    """Write down that the cluster holds the database of this installation; several may share one."""
    with _alone(cluster):
        known = homes_of(cluster)
        if home not in known:
            (cluster.directory / "home").write_text("\n".join(map(str, (*known, home))), encoding="utf-8")


def homes_of(cluster: Cluster) -> tuple[Path, ...]:
    """The installations that were ever opened with this cluster, one a line."""
    try:
        noted = (cluster.directory / "home").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    return tuple(Path(each) for each in noted.splitlines() if each)


def _adopt_or_start(cluster: Cluster, programs: Programs, account: pwd.struct_passwd) -> Server:
    pid = status(cluster)
    if pid is not None:
        _wait_until_ready(cluster, pid, None)
        return Server(cluster, pid, started=False)
    if not cluster.pgdata.is_dir():
        _initialise(cluster, programs, account)
    _check_major(cluster, programs)
    pid = _start(cluster, programs, account)
    (cluster.directory / "started").write_text(str(pid), encoding="ascii")
    return Server(cluster, pid, started=True)


def _leave(cluster: Cluster, users: IO[str]) -> None:
    """Stop the server if this was the last command that used it and Istmo started it."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    started = cluster.directory / "started"
    pid = status(cluster)
    if pid is not None and started.is_file() and started.read_text(encoding="ascii") == str(pid):
        _stop(cluster, pid)
        started.unlink()


@contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """One command at a time starts or stops the server of a cluster."""
    with (cluster.directory / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _service_account() -> pwd.struct_passwd:
    """Whoever runs the command; for root the system account `istmo`, made when it is missing."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError:
        account = _make_account()
    if account.pw_uid == 0:
        raise Unavailable(
            Text(es=f"La cuenta «{ACCOUNT}» es root.", en=f"The account “{ACCOUNT}” is root."), rule="F61"
        )
    return account


def _make_account() -> pwd.struct_passwd:
    command = shutil.which("useradd") or "/usr/sbin/useradd"
    options = [
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
    ]
    try:
        subprocess.run([command, *options, ACCOUNT], check=True, capture_output=True, cwd="/")
    except (OSError, subprocess.CalledProcessError) as exc:
        try:
            return pwd.getpwnam(ACCOUNT)  # another command made it at the same moment
        except KeyError:
            raise Unavailable(
                Text(
                    es=f"No se pudo crear la cuenta de sistema «{ACCOUNT}», con la que funciona PostgreSQL.",
                    en=f"The system account “{ACCOUNT}”, as which PostgreSQL runs, could not be made.",
                ),
                advice=Text(
                    es=f"Cree la cuenta «{ACCOUNT}» o ejecute el programa como usuario corriente.",
                    en=f"Make the account “{ACCOUNT}”, or run the program as an ordinary user.",
                ),
                rule="F61",
            ) from exc
    return pwd.getpwnam(ACCOUNT)


def _make_directories(cluster: Cluster, account: pwd.struct_passwd) -> None:
    root = os.geteuid() == 0
    make_directory(cluster.data_dir, 0o755 if root else 0o700)
    make_directory(cluster.directory, 0o711 if root else 0o700)
    if root:
        _check_reachable(cluster.directory, account)
    socket_dir = cluster.socket_dir
    socket_dir.mkdir(mode=0o700, exist_ok=True)
    if socket_dir.is_symlink() or socket_dir.stat().st_uid not in (os.geteuid(), account.pw_uid):
        raise IntegrityFailure(
            Text(
                es="El directorio de conexión de PostgreSQL pertenece a otra cuenta.",
                en="PostgreSQL's socket directory belongs to another account.",
            ),
            place=str(socket_dir),
            rule="F62",
        )
    os.chown(socket_dir, account.pw_uid, account.pw_gid)


def _check_reachable(directory: Path, account: pwd.struct_passwd) -> None:
    """Every directory on the way must let the service account through."""
    for parent in reversed([directory, *directory.parents]):
        facts = parent.stat()
        if not (facts.st_mode & 0o001 or (facts.st_uid == account.pw_uid and facts.st_mode & 0o100)):
            raise Unavailable(
                Text(
                    es=f"La cuenta de servicio «{account.pw_name}» no puede llegar al directorio de datos.",
                    en=f"The service account “{account.pw_name}” cannot reach the data directory.",
                ),
                place=str(parent),
                advice=Text(
                    es="Indique en ISTMO_DATA_DIR otro directorio, por ejemplo /var/lib/istmo.",
                    en="Name another directory in ISTMO_DATA_DIR, for example /var/lib/istmo.",
                ),
                rule="F62",
            )


def _initialise(cluster: Cluster, programs: Programs, account: pwd.struct_passwd) -> None:
    """`initdb` into a new directory, renamed when complete: a start cut off half way leaves no half cluster."""
    fresh = cluster.directory / "fresh"
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    password = secrets.token_urlsafe(32)
    _write_private(cluster.directory / "superuser", password)
    password_file = fresh / "password"
    _write_private(password_file, password)
    os.chown(fresh, account.pw_uid, account.pw_gid)
    os.chown(password_file, account.pw_uid, account.pw_gid)
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if programs.major < 17:
        locale = ["--locale=C.UTF-8"]
    options = ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--no-instructions", *locale]
    command: list[str | Path] = [programs.folder / "initdb", f"--pgdata={fresh / 'data'}", f"--username={SUPERUSER}"]
    run = subprocess.run(
        [*command, f"--pwfile={password_file}", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_environment(),
        **_as_account(account),
    )
    if run.returncode != 0:
        shutil.rmtree(fresh)
        raise _no_start(cluster, "initdb", run.stderr)
    (fresh / "data").rename(cluster.pgdata)
    shutil.rmtree(fresh)


def _check_major(cluster: Cluster, programs: Programs) -> None:
    written = (cluster.pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
    if written != str(programs.major):
        raise Unavailable(
            Text(
                es=f"Los datos son de PostgreSQL {written} y los programas de {programs.version}.",
                en=f"The data are of PostgreSQL {written} and the programs of {programs.version}.",
            ),
            place=str(cluster.pgdata),
            advice=Text(
                es=f"Instale de nuevo los programas de la versión {written} o traslade los datos con pg_upgrade.",
                en=f"Install the programs of version {written} again, or move the data with pg_upgrade.",
            ),
            rule="F63",
        )


def _start(cluster: Cluster, programs: Programs, account: pwd.struct_passwd) -> int:
    """Start the server. A refused start is tried again: a killed server leaves processes that end late."""
    deadline = time.monotonic() + START_RETRY_SECONDS
    while True:
        _remove_stale_files(cluster)
        process = _launch(cluster, programs, account)
        if _wait_until_ready(cluster, process.pid, process):
            return process.pid
        if time.monotonic() > deadline:
            raise _no_start(cluster, "postgres", cluster.log.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.3)


def _remove_stale_files(cluster: Cluster) -> None:
    """A killed server leaves its pid in two files; postgres refuses to start while any process has that number.

    `status` has seen before that no server of ours runs.
    """
    socket = cluster.socket_dir / f".s.PGSQL.{PORT}"
    for file in (cluster.pgdata / "postmaster.pid", socket, socket.with_name(socket.name + ".lock")):
        file.unlink(missing_ok=True)


def _launch(cluster: Cluster, programs: Programs, account: pwd.struct_passwd) -> subprocess.Popen[bytes]:
    options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
    with cluster.log.open("wb") as log:
        return subprocess.Popen(
            [
                programs.folder / "postgres",
                "-D",
                cluster.pgdata,
                f"--unix_socket_directories={cluster.socket_dir}",
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for us: we stop the server ourselves
            **_as_account(account),
        )


def _wait_until_ready(cluster: Cluster, pid: int, process: subprocess.Popen[bytes] | None) -> bool:
    """True once it accepts connections, False when the process ended (a start that was refused)."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            return False
        try:
            _connect(cluster, "postgres").close()
        except psycopg.OperationalError as exc:
            if process is None and not _is_ours(cluster, pid):
                raise _no_start(cluster, "postgres", str(exc)) from exc
            time.sleep(0.02)
        else:
            return True
    raise _no_start(cluster, "postgres", f"no answer within {READY_SECONDS} s")


def _stop(cluster: Cluster, pid: int) -> None:
    """A fast shutdown: sessions are ended, everything is written. The pid file goes last."""
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while status(cluster) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    if status(cluster) is not None:
        os.kill(pid, signal.SIGQUIT)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return  # another command started it


def _pid_in_file(cluster: Cluster) -> int | None:
    try:
        first = (cluster.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]
    except (FileNotFoundError, IndexError):
        return None
    return int(first) if first.strip().isdigit() else None


def _is_ours(cluster: Cluster, pid: int) -> bool:
    """Whether process `pid` is a postgres that works in this cluster; numbers are used again after a crash."""
    try:
        program = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
        place = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return False
    return Path(program).name == "postgres" and Path(place) == cluster.pgdata.resolve()


def _connect(cluster: Cluster, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(cluster.socket_dir),
        port=PORT,
        user=SUPERUSER,
        password=(cluster.directory / "superuser").read_text(encoding="ascii"),
        dbname=database,
        autocommit=True,
        connect_timeout=10,
    )


def _environment() -> dict[str, str]:
    """The server gets nothing of ours: no secret, no locale, no PG* variable."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _as_account(account: pwd.struct_passwd) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {"umask": 0o077}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "umask": 0o077}


def _write_private(path: Path, content: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)


def _no_start(cluster: Cluster, program: str, said: str) -> Unavailable:
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    return Unavailable(
        Text(
            es=f"PostgreSQL no arranca ({program}): {last}",
            en=f"PostgreSQL does not start ({program}): {last}",
        ),
        place=str(cluster.log),
        advice=Text(es="Ejecute «istmo doctor».", en="Run “istmo doctor”."),
        rule="F63",
    )
