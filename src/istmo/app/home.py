"""What is an installation, where does it lie, and how does a command open it?

A home is a directory of mode 0700: `istmo.json` (role, member, the random id of its PostgreSQL cluster, the name of its
database in it) and `keys/` (Django's secret key, the key that seals second factors, the passwords of the three database
roles, what the exchange needs: `istmo.app.keys`; files of mode 0600). Several homes may share a cluster, each with a
database and roles of its own.
`init` makes one; `open_home` starts or adopts its PostgreSQL, brings the tables up to date, connects Django and cleans
up after:

    with open_home(read_settings()) as home:
        ...

A database that is newer than this program is refused; an older one is migrated first.
"""

import hmac
import json
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import FrameType

from istmo.app.database import Login, check_role, login_from_url, make_database
from istmo.app.keys import keep, make_keys
from istmo.app.postgres import PORT, Cluster, homes_of, note_home, running
from istmo.app.postgres_programs import find_programs
from istmo.app.settings import Settings
from istmo.installation.accounts.sealing import new_key
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.parties import SECRETARIAT

FORMAT = 1
DATABASE = "istmo"
DATABASE_ROLES = ("owner", "app", "exchange")


class Role(StrEnum):
    """A hub is the Secretariat's installation, a node a country's."""

    HUB = "hub"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Home:
    """An installation. `owner` is None where the database is somebody else's and no owner's address was given."""

    settings: Settings
    role: Role
    member: str
    demonstration: bool
    cluster: Cluster | None
    owner: Login | None
    app: Login
    exchange: Login | None = None
    """The role of the exchange's listener; None where the database is somebody else's and no address was given."""

    @property
    def path(self) -> Path:
        return self.settings.home

    @property
    def data_dir(self) -> Path:
        return self.settings.data_dir

    @property
    def secret_key(self) -> str:
        return (self.path / "keys" / "django").read_text(encoding="ascii")

    @property
    def accounts_key(self) -> str:
        """Seals the secrets of second factors; made on first use, for homes of earlier versions."""
        path = self.path / "keys" / "accounts"
        with suppress(FileExistsError):
            _write_new(path, new_key())
        return path.read_text(encoding="ascii")

    @property
    def metrics_token(self) -> str:
        """What monitoring shows to read `/metrics`; made on first use."""
        path = self.path / "keys" / "metrics"
        with suppress(FileExistsError):
            _write_new(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii")

    @property
    def disclosure_key(self) -> bytes:
        """The secret by which figures are rounded; made on first use, never changed, and of a node only."""
        if self.role is not Role.NODE:
            return b""
        path = self.path / "keys" / "disclosure"
        if not path.exists():
            keep(path, secrets.token_bytes(32))
        return path.read_bytes()

    @property
    def second_factor_required(self) -> bool:
        """Whether roles that change something need a second factor; only a demonstration may be without."""
        if self.settings.second_factor == "optional" and not self.demonstration:
            raise InvalidInput(
                Text(
                    es="Solo una demostración puede prescindir del segundo factor.",
                    en="Only a demonstration may do without the second factor.",
                ),
                advice=Text(es="Quite ISTMO_SECOND_FACTOR.", en="Remove ISTMO_SECOND_FACTOR."),
                rule="F66",
            )
        return not self.demonstration or self.settings.second_factor == "required"


def init(
    settings: Settings, *, role: Role, member: str = "", demonstration: bool = False, beside: Home | None = None
) -> Home:
    """Make the installation's directory. Nothing is started; one that exists is refused.

    `beside`: the home whose cluster it shares, with a database and roles of its own.
    """
    from istmo.registry.members import members

    home = settings.home
    if (home / "istmo.json").exists():
        raise InvalidInput(
            Text(es="Aquí ya hay una instalación.", en="There is an installation here already."),
            place=str(home),
            advice=Text(es="Elija otro directorio con --home.", en="Choose another directory with --home."),
            rule="F66",
        )
    known = {known.code for known in members()}
    if role is Role.NODE and member not in known:
        raise InvalidInput(
            Text(es="Un nodo necesita el código de su país.", en="A node needs the code of its country."),
            advice=Text(es=f"Se permite: {', '.join(sorted(known))}.", en=f"Allowed: {', '.join(sorted(known))}."),
            rule="F66",
        )
    database = DATABASE if beside is None else f"{DATABASE}_{(member or SECRETARIAT).lower()}"
    if beside is not None:
        _require_free(beside, database)
    _make_private(home)
    _make_private(home / "keys")
    _write_private(home / "keys" / "django", secrets.token_urlsafe(48))
    passwords = {name: secrets.token_urlsafe(32) for name in DATABASE_ROLES}
    _write_private(home / "keys" / "database.json", json.dumps(passwords))
    cluster = beside.cluster.id if beside and beside.cluster else secrets.token_hex(8)
    document = {
        "format": FORMAT,
        "role": role.value,
        "member": member,
        "demonstration": demonstration,
        "cluster": cluster,
        "database": database,
    }
    _write_private(home / "istmo.json", json.dumps(document, indent=2) + "\n")
    made = read_home(settings)
    make_keys(made.path, party_of(made))
    return made


def party_of(home: Home) -> str:
    """The party of the registry that the installation speaks for."""
    return SECRETARIAT if home.role is Role.HUB else home.member


def read_home(settings: Settings) -> Home:
    """The installation at `settings.home`, not opened; raises `NotFound` or `InvalidInput`."""
    file = settings.home / "istmo.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        passwords = json.loads((settings.home / "keys" / "database.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFound(
            Text(es="Aquí no hay ninguna instalación.", en="There is no installation here."),
            place=str(settings.home),
            advice=Text(es="Créela con «istmo init» o «istmo demo».", en="Make one with “istmo init” or “istmo demo”."),
            rule="F66",
        ) from exc
    except PermissionError as exc:
        raise InvalidInput(
            Text(es="La instalación pertenece a otra cuenta.", en="The installation belongs to another account."),
            place=str(settings.home),
            rule="F66",
        ) from exc
    if document.get("format") != FORMAT:
        raise InvalidInput(
            Text(
                es="La instalación tiene un formato que esta versión no conoce.",
                en="The installation has a format that this version does not know.",
            ),
            place=str(file),
            rule="F66",
        )
    cluster = None if settings.database_url else Cluster(document["cluster"], settings.data_dir)
    database = document.get("database", DATABASE)
    passwords.setdefault("exchange", _derived(passwords["owner"]))
    return Home(
        settings=settings,
        role=Role(document["role"]),
        member=document["member"],
        demonstration=document["demonstration"],
        cluster=cluster,
        owner=_login("owner", passwords, cluster, database, settings.database_owner_url),
        app=_own_login("app", passwords, cluster, database) if cluster else login_from_url(settings.database_url or ""),
        exchange=_login("exchange", passwords, cluster, database, settings.database_exchange_url),
    )


@contextmanager
def open_home(settings: Settings, *, migrate: bool = True) -> Iterator[Home]:
    """The installation with its PostgreSQL running, its tables up to date and Django connected as `istmo_app`."""
    home = read_home(settings)
    make_keys(home.path, party_of(home))  # those that a home of an earlier version lacks
    with _ending_on_sigterm(), database_running(home):
        from istmo.app.django_setup import configure, disconnect
        from istmo.app.schema import bring_up_to_date

        configure(settings, home)
        try:
            bring_up_to_date(home, migrate=migrate)
            check_role(home.app)
            yield home
        finally:
            disconnect()


@contextmanager
def database_running(home: Home) -> Iterator[None]:
    """The home's PostgreSQL with its database and roles; with ISTMO_DATABASE_URL there is nothing to start."""
    if home.cluster is None or home.owner is None:
        yield
        return
    _require_own_database(home, home.cluster)
    with running(home.cluster, find_programs(home.data_dir)) as server:
        _write_private(home.path / "database", f"{home.cluster.directory}\n")
        note_home(home.cluster, home.path)
        make_database(server, owner=home.owner, app=home.app, exchange=home.exchange)
        yield


def _require_own_database(home: Home, cluster: Cluster) -> None:
    """A home that had a database is not given an empty one because the directory of the databases is another."""
    known = home.path / "database"
    if not known.exists() or cluster.directory.exists():
        return
    before = Path(known.read_text(encoding="utf-8").strip())
    raise NotFound(
        Text(
            es="La base de datos de esta instalación no está en el directorio de datos.",
            en="The database of this installation is not in the data directory.",
        ),
        place=str(cluster.directory),
        advice=Text(
            es=f"Estaba en {before}: use ISTMO_DATA_DIR={before.parent.parent}, o restaure la copia de seguridad.",
            en=f"It was at {before}: use ISTMO_DATA_DIR={before.parent.parent}, or restore the backup.",
        ),
        rule="F66",
    )


def _require_free(beside: Home, database: str) -> None:
    """Two installations of one party do not share a cluster: their databases would have one name."""
    if beside.cluster is None:
        raise InvalidInput(
            Text(
                es="Esa instalación usa una base de datos ajena, que no se puede compartir así.",
                en="That installation uses a database of somebody else's, which cannot be shared this way.",
            ),
            place=str(beside.path),
            rule="F66",
        )
    for path in {beside.path, *homes_of(beside.cluster)}:
        with suppress(OSError, ValueError):
            document = json.loads((path / "istmo.json").read_text(encoding="utf-8"))
            if (document["cluster"], document.get("database", DATABASE)) == (beside.cluster.id, database):
                raise InvalidInput(
                    Text(
                        es="Esa base de datos ya es de otra instalación del mismo servidor.",
                        en="That database belongs to another installation of the same server already.",
                    ),
                    place=f"{database}: {path}",
                    advice=Text(es="Créela sin --beside.", en="Make it without --beside."),
                    rule="F66",
                )


def _derived(password: str) -> str:
    """The third role's password in a home of an earlier version, which has two: the owner's, hashed."""
    return hmac.new(password.encode("ascii"), b"istmo exchange role", "sha256").hexdigest()


def _login(
    role: str, passwords: dict[str, str], cluster: Cluster | None, database: str, url: str | None
) -> Login | None:
    if cluster:
        return _own_login(role, passwords, cluster, database)
    return login_from_url(url) if url else None


def _own_login(role: str, passwords: dict[str, str], cluster: Cluster, database: str) -> Login:
    return Login(str(cluster.socket_dir), PORT, database, f"{database}_{role}", passwords[role])


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """SIGTERM ends a command as an exception does, so that the server that it started is stopped."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return

    def end(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + signum)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _make_private(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


def _write_new(path: Path, content: str) -> None:
    """Write a private file that does not exist yet, whole or not at all: two processes may come at the same time."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write_private(fresh, content)
    try:
        os.link(fresh, path)
    finally:
        fresh.unlink()


def _write_private(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
