"""Is this machine fit for Istmo, and is this installation sound? Each question is one small function with one answer.

    checks = examine(read_settings())
    worst = max(check.health.rank for check in checks)

`ok` needs nothing, `warn` can wait, `fail` has to be mended before the installation works; each says what to do. A
check that cannot be made because an earlier one failed is left out.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from istmo.app.database import check_role
from istmo.app.home import Home, database_running, read_home
from istmo.app.postgres import Cluster, homes_of, status
from istmo.app.postgres_programs import find_programs
from istmo.app.settings import Settings
from istmo.model.errors import IstmoError, NotFound
from istmo.model.text import Text

GIB = 1024**3
LEAST_PYTHON = (3, 11)
FREE_TO_WORK, FREE_TO_BE_CALM = 1, 5
NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        return list(Health).index(self)


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to one question; `name` is stable, for machines."""

    name: str
    health: Health
    message: Text

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "health": self.health.value, "message": self.message.as_json()}


def examine(settings: Settings, *, now: datetime | None = None) -> tuple[Check, ...]:
    """Every check that can be made of this machine and of the installation at `settings.home`."""
    return tuple(_checks(settings, now or datetime.now(UTC)))


def _checks(settings: Settings, now: datetime) -> Iterator[Check]:
    yield _python()
    yield _clock(now)
    yield _disk(settings)
    yield _fonts()
    yield _browser()
    if not settings.database_url:
        yield _programs(settings)
        yield _orphans(settings)
    try:
        home = read_home(settings)
    except NotFound as error:
        yield Check("home", Health.WARN, _sentence(error))
        return
    except IstmoError as error:
        yield Check("home", Health.FAIL, _sentence(error))
        return
    yield _home(home)
    try:
        with database_running(home):
            yield from _database(home)
    except IstmoError as error:
        yield Check("database", Health.FAIL, _sentence(error))


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST_PYTHON:
        return Check(
            "python", Health.FAIL, Text(es=f"Python {version}: hace falta 3.11", en=f"Python {version}: 3.11 is needed")
        )
    return Check("python", Health.OK, _plain(f"Python {version}"))


def _clock(now: datetime) -> Check:
    if now < NOT_BEFORE:
        return Check(
            "clock",
            Health.FAIL,
            Text(
                es=f"El reloj marca {now:%Y-%m-%d}, antes de que existiera este programa: póngalo en hora.",
                en=f"The clock says {now:%Y-%m-%d}, before this program existed: set it.",
            ),
        )
    return Check("clock", Health.OK, _plain(f"{now:%Y-%m-%d %H:%M} UTC"))


def _disk(settings: Settings) -> Check:
    place = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.is_dir())
    free = shutil.disk_usage(place).free / GIB
    health = Health.FAIL if free < FREE_TO_WORK else Health.WARN if free < FREE_TO_BE_CALM else Health.OK
    return Check(
        "disk",
        health,
        Text(es=f"{free:.1f} GiB libres en {place}", en=f"{free:.1f} GiB free in {place}"),
    )


def _fonts() -> Check:
    """The PDF takes its letters from the program's own files only."""
    folder = files("istmo.hub.briefs") / "render" / "fonts"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".ttf"))
    if not names:
        return Check(
            "fonts", Health.FAIL, Text(es="Faltan las letras del PDF.", en="The letters of the PDF are missing.")
        )
    return Check("fonts", Health.OK, _plain(", ".join(names)))


def _browser() -> Check:
    """Only the tests need one."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        return Check(
            "chromium",
            Health.OK,
            Text(es="Sin Chromium: solo lo usan las pruebas.", en="No Chromium: only the tests use it."),
        )
    return Check("chromium", Health.OK, _plain(found))


def _programs(settings: Settings) -> Check:
    try:
        programs = find_programs(settings.data_dir)
    except (IstmoError, OSError) as error:
        message = _sentence(error) if isinstance(error, IstmoError) else _plain(str(error))
        return Check("postgresql", Health.FAIL, message)
    return Check(
        "postgresql",
        Health.OK,
        _plain(f"PostgreSQL {programs.version} ({programs.folder})"),
    )


def _orphans(settings: Settings) -> Check:
    """Clusters whose home is gone, or belongs to another cluster now: space that nobody uses."""
    orphans = [cluster.name for cluster in sorted(_clusters(settings)) if not _has_home(cluster)]
    if not orphans:
        return Check("orphan_clusters", Health.OK, Text(es="Ninguno", en="None"))
    place = settings.data_dir / "clusters"
    names = ", ".join(orphans)
    return Check(
        "orphan_clusters",
        Health.WARN,
        Text(
            es=f"Datos sin instalación en {place}: {names}. Si ya no los necesita, bórrelos.",
            en=f"Data without an installation in {place}: {names}. If you no longer need them, remove them.",
        ),
    )


def _clusters(settings: Settings) -> list[Path]:
    folder = settings.data_dir / "clusters"
    try:
        return [entry for entry in folder.iterdir() if (entry / "home").is_file()]
    except OSError:
        return []


def _has_home(cluster: Path) -> bool:
    """Whether any installation that was opened with the cluster is still there."""
    return any(_belongs(home, cluster.name) for home in homes_of(Cluster(cluster.name, cluster.parents[1])))


def _belongs(home: Path, cluster: str) -> bool:
    try:
        document = json.loads((home / "istmo.json").read_text(encoding="utf-8"))
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return bool(document.get("cluster") == cluster)


def _home(home: Home) -> Check:
    open_to_others = [path for path in (home.path, home.path / "keys") if path.stat().st_mode & 0o077]
    if open_to_others:
        return Check(
            "home",
            Health.FAIL,
            Text(
                es=f"Otras cuentas pueden leer {open_to_others[0]}: ejecute chmod 700.",
                en=f"Other accounts can read {open_to_others[0]}: run chmod 700.",
            ),
        )
    role = f"{home.role.value} {home.member}".strip()
    return Check("home", Health.OK, _plain(f"{home.path} ({role})"))


def _database(home: Home) -> Iterator[Check]:
    where = f"socket, pid {status(home.cluster)}" if home.cluster else home.app.host
    yield Check("database", Health.OK, _plain(where))
    try:
        check_role(home.app)
    except IstmoError as error:
        yield Check("roles", Health.FAIL, _sentence(error))
        return
    yield Check("roles", Health.OK, _plain(home.app.user))
    yield from _schema(home)


def _schema(home: Home) -> Iterator[Check]:
    from istmo.app.django_setup import configure, disconnect
    from istmo.app.schema import pending

    configure(home.settings, home)
    try:
        older, newer = pending()
        if newer:
            names = ", ".join(newer)
            yield Check(
                "schema",
                Health.FAIL,
                Text(es=f"De una versión más nueva: {names}", en=f"Of a newer version: {names}"),
            )
            return
        if older:
            yield Check(
                "schema",
                Health.WARN,
                Text(
                    es=f"{len(older)} cambios pendientes; se hacen al abrir la instalación.",
                    en=f"{len(older)} changes pending; they are made when the installation is opened.",
                ),
            )
            return
        yield Check("schema", Health.OK, Text(es="Al día", en="Up to date"))
        yield _codelists()
        yield _accounts()
    finally:
        disconnect()


def _codelists() -> Check:
    from istmo.installation.codelists.synchronise import outdated, used_codelists

    behind = outdated()
    if behind:
        names = ", ".join(behind)
        return Check(
            "codelists",
            Health.WARN,
            Text(
                es=f"De otra versión: {names}; se ponen al día al abrir la instalación.",
                en=f"Of another version: {names}; brought up to date when the installation is opened.",
            ),
        )
    shown = ", ".join(f"{codes.id} {codes.version}" for codes in used_codelists())
    return Check("codelists", Health.OK, _plain(shown))


def _accounts() -> Check:
    """Somebody must be able to let people in."""
    from istmo.installation.accounts.administration import administrators_who_can_sign_in
    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.second_factor import lacks_needed_factor

    usable = list(User.objects.filter(is_active=True))
    if not usable:
        return Check(
            "accounts",
            Health.OK,
            Text(es="Ninguna todavía: istmo account invite", en="None yet: istmo account invite"),
        )
    if not administrators_who_can_sign_in().exists():
        return Check(
            "accounts",
            Health.WARN,
            Text(
                es="Nadie que administre puede ingresar: istmo account invite NOMBRE --role administrator.",
                en="Nobody who administers can sign in: istmo account invite NAME --role administrator.",
            ),
        )
    without = sum(lacks_needed_factor(account) for account in usable)
    return Check(
        "accounts",
        Health.OK,
        Text(
            es=f"{len(usable)}; a {without} les falta el segundo factor, que se pide al ingresar",
            en=f"{len(usable)}; {without} lack the second factor, which is asked for at sign-in",
        )
        if without
        else _plain(str(len(usable))),
    )


def _sentence(error: IstmoError) -> Text:
    return Text(es=error.in_("es"), en=error.in_("en"))


def _plain(text: str) -> Text:
    """What reads the same in both languages."""
    return Text(es=text, en=text)
