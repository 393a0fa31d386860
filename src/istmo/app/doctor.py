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
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from istmo.app.database import check_role
from istmo.app.exchange import Registry, access_point_of, client_context, read_exchange, takes_part, tls_files
from istmo.app.home import Home, database_running, read_home
from istmo.app.joining import address, believed, names
from istmo.app.keys import authority_of, public_key
from istmo.app.postgres import Cluster, homes_of, status
from istmo.app.postgres_programs import find_programs
from istmo.app.settings import Settings
from istmo.installation.registry_copy.copy import Alarm, RegistryCopy
from istmo.model.errors import IstmoError, NotFound
from istmo.model.text import Text
from istmo.registry.keys import Use
from istmo.registry.reference import Standing, carries_reference

GIB = 1024**3
LEAST_PYTHON = (3, 11)
FREE_TO_WORK, FREE_TO_BE_CALM = 1, 5
CERTIFICATE_SOON, AUTHORITY_SOON = 30, 180  # days
CLOCK_APART, CLOCK_USELESS = 5, 300  # seconds; a peer refuses what is more than five minutes off
SHOWN = 5
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
    clock = datetime.now(UTC)
    return tuple(_checks(settings, now or clock, ahead=(now or clock) - clock))


def _checks(settings: Settings, now: datetime, *, ahead: timedelta) -> Iterator[Check]:
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
    yield _disk_of_home(home)
    yield from _exchange(home, now)
    try:
        with database_running(home):
            yield from _database(home, ahead)
    except IstmoError as error:
        yield Check("database", Health.FAIL, _sentence(error))


def examine_peers(settings: Settings, *, now: datetime | None = None) -> tuple[Check, ...]:
    """Every peer asked for itself: does it answer, is it who it should be, are clocks, registries and keys alike?"""
    from istmo.installation.delivery import peers

    home = read_home(settings)
    try:
        point = access_point_of(home)
    except IstmoError as error:
        return (Check("exchange", Health.FAIL, _sentence(error)),)
    if not point.addresses():
        nobody = Text(es="No hay ninguna parte en exchange.json.", en="There is no peer in exchange.json.")
        return (Check("peers", Health.WARN, nobody),)
    return tuple(
        Check(f"{peer} {check.name}", Health(check.health.value), check.message)
        for peer in sorted(point.addresses())
        for check in peers.examine(point, peer, now=now or datetime.now(UTC))
    )


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


def _disk_of_home(home: Home) -> Check:
    """The home may lie on another disk than the databases."""
    free = shutil.disk_usage(home.path).free / GIB
    health = Health.FAIL if free < FREE_TO_WORK else Health.WARN if free < FREE_TO_BE_CALM else Health.OK
    return Check(
        "home_disk", health, Text(es=f"{free:.1f} GiB libres en {home.path}", en=f"{free:.1f} GiB free in {home.path}")
    )


def _exchange(home: Home, now: datetime) -> Iterator[Check]:
    """What the installation shows to its peers: keys that only it can read, a certificate in force, who is believed."""
    keys = _keys(home)
    yield keys
    if keys.health is not Health.OK:
        return
    yield _certificate(home, now)
    yield _peers(home)
    if takes_part(home):
        registry = _registry(home, now)
        yield registry
        if registry.health is not Health.FAIL:
            yield from _reference(home)


def _keys(home: Home) -> Check:
    folder = home.path / "keys"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_dir()]
    readable = [path for path in files if path.stat().st_mode & 0o077]
    if readable:
        return Check(
            "keys",
            Health.FAIL,
            Text(
                es=f"Otras cuentas pueden leer {readable[0]}: ejecute chmod -R go= {folder}.",
                en=f"Other accounts can read {readable[0]}: run chmod -R go= {folder}.",
            ),
        )
    needed = [folder / "exchange" / "signing.pem", folder / "exchange" / "sealing.pem", *tls_files(home).values()]
    missing = [path for path in needed if not path.is_file()]
    if missing:
        return Check(
            "keys",
            Health.WARN,
            Text(
                es=f"Falta {missing[0]}; se crea al abrir la instalación. Si existía, restaure la copia de seguridad.",
                en=f"{missing[0]} is missing; it is made when the installation is opened. If it existed, restore the"
                " backup.",
            ),
        )
    try:
        shown = ", ".join(public_key(home.path, use).kid[:12] for use in Use)
        client_context(home)
    except IstmoError as error:
        return Check("keys", Health.FAIL, _sentence(error))
    return Check("keys", Health.OK, _plain(shown))


def _certificate(home: Home, now: datetime) -> Check:
    try:
        own, authority = (
            x509.load_pem_x509_certificate(content)
            for content in (tls_files(home)["cert"].read_bytes(), authority_of(home.path))
        )
        own.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return Check(
            "certificate",
            Health.FAIL,
            Text(
                es="El certificado no es de la autoridad propia: ejecute «istmo exchange certificate».",
                en="The certificate is not of the own authority: run “istmo exchange certificate”.",
            ),
        )
    days, authority_days = ((one.not_valid_after_utc - now).days for one in (own, authority))
    until = f"{own.not_valid_after_utc:%Y-%m-%d}"
    if authority_days < AUTHORITY_SOON:
        return Check(
            "certificate",
            Health.FAIL if authority_days < 0 else Health.WARN,
            Text(
                es=f"La autoridad propia vence el {authority.not_valid_after_utc:%Y-%m-%d}: aparte ca.pem,"
                " ca-key.pem, cert.pem y key.pem de keys/tls, ejecute «istmo exchange listen --name SERVIDOR» y"
                " «istmo exchange show --out ARCHIVO», y entréguelo a cada par.",
                en=f"The own authority ends on {authority.not_valid_after_utc:%Y-%m-%d}: move ca.pem, ca-key.pem,"
                " cert.pem and key.pem of keys/tls away, run “istmo exchange listen --name SERVER” and"
                " “istmo exchange show --out FILE”, and hand it to every peer.",
            ),
        )
    if days < CERTIFICATE_SOON:
        return Check(
            "certificate",
            Health.FAIL if days < 0 else Health.WARN,
            Text(
                es=f"El certificado vence el {until}: ejecute «istmo exchange certificate».",
                en=f"The certificate ends on {until}: run “istmo exchange certificate”.",
            ),
        )
    return Check("certificate", Health.OK, _plain(f"{until} ({', '.join(names(home))})"))


def _peers(home: Home) -> Check:
    try:
        exchange, authorities = read_exchange(home), believed(home)
    except NotFound:
        return Check(
            "exchange",
            Health.OK,
            Text(
                es="No participa todavía en el intercambio: istmo exchange listen.",
                en="Takes no part in the exchange yet: istmo exchange listen.",
            ),
        )
    except IstmoError as error:
        return Check("exchange", Health.FAIL, _sentence(error))
    if not exchange.peers:
        return Check(
            "exchange",
            Health.WARN,
            Text(
                es="No conoce a ninguna otra instalación: istmo exchange peer ARCHIVO.",
                en="It knows no other installation: istmo exchange peer FILE.",
            ),
        )
    others = [pem for pem in authorities if pem != authority_of(home.path)]
    if len(others) < len(exchange.peers):
        return Check(
            "exchange",
            Health.WARN,
            Text(
                es=f"Pares: {len(exchange.peers)}; autoridades ajenas en que confía: {len(others)}. Traiga las demás:"
                " istmo exchange peer ARCHIVO.",
                en=f"Peers: {len(exchange.peers)}; authorities of others that it believes: {len(others)}. Bring those"
                " that are missing: istmo exchange peer FILE.",
            ),
        )
    if not _is_local(exchange.host) and not address(home):
        return Check(
            "exchange",
            Health.WARN,
            Text(
                es="El certificado no lleva el nombre con que llegan los pares: istmo exchange listen --name SERVIDOR.",
                en="The certificate lacks the name under which peers come: istmo exchange listen --name SERVER.",
            ),
        )
    known = ", ".join(sorted(exchange.peers))
    return Check(
        "exchange",
        Health.OK,
        Text(
            es=f"{exchange.host}:{exchange.port}; pares: {known}; {len(authorities)} autoridades",
            en=f"{exchange.host}:{exchange.port}; peers: {known}; {len(authorities)} authorities",
        ),
    )


def _registry(home: Home, now: datetime) -> Check:
    """Until when the copy of the registry is fresh; later nothing about a person is sent."""
    copy = RegistryCopy(home.path / "registry")
    try:
        expires, failure = Registry(home)().expires, copy.last_failure()
    except NotFound:
        message = Text(
            es="No hay registro todavía: ejecute «istmo exchange trust root.json»; «istmo serve» lo trae.",
            en="There is no registry yet: run “istmo exchange trust root.json”; “istmo serve” fetches it.",
        )
        return Check("registry", Health.WARN, message)
    except IstmoError as error:
        return Check("registry", Health.FAIL, _sentence(error))
    if now < expires:
        until = f"{expires:%Y-%m-%d %H:%M} UTC"
        return Check("registry", Health.OK, Text(es=f"vigente hasta {until}", en=f"fresh until {until}"))
    stale = Alarm(expires, failure).message
    why_es, why_en = (f" {failure.es}", f" {failure.en}") if failure else ("", "")
    return Check(
        "registry",
        Health.FAIL,
        Text(
            es=f"{stale.es}{why_es} «istmo serve» lo renueva; si sigue así: istmo doctor --peers.",
            en=f"{stale.en}{why_en} “istmo serve” renews it; if it stays so: istmo doctor --peers.",
        ),
    )


def _reference(home: Home) -> Iterator[Check]:
    """Are the code lists and rules of this program those that the members signed? Nothing where there are none."""
    registry = Registry(home)
    try:
        documents, found = registry.documents(), registry.compared()
    except NotFound:
        return
    if not carries_reference(documents):
        return
    differ = [one for one in found if one.needs_attention]
    if not differ:
        count = sum(one.path in documents for one in found)
        same = Text(
            es=f"{count} listas y reglas, iguales al registro", en=f"{count} lists and rules as in the registry"
        )
        yield Check("reference", Health.OK, same)
        return
    behind = any(one.standing in (Standing.BEHIND, Standing.ONLY_REGISTRY, Standing.UNREADABLE) for one in differ)
    what_es = "instale la versión nueva del programa" if behind else "firmen los miembros la del programa"
    what_en = "install the newer version of the program" if behind else "let the members sign those of the program"
    yield Check(
        "reference",
        Health.WARN,
        Text(
            es=f"{'. '.join(one.message.es for one in differ[:SHOWN])}. Qué hacer: {what_es}.",
            en=f"{'. '.join(one.message.en for one in differ[:SHOWN])}. What to do: {what_en}.",
        ),
    )


def _is_local(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _database(home: Home, ahead: timedelta) -> Iterator[Check]:
    where = f"socket, pid {status(home.cluster)}" if home.cluster else home.app.host
    shared = [path for path in homes_of(home.cluster) if path != home.path] if home.cluster else []
    beside = f"; + {', '.join(map(str, shared))}" if shared else ""
    yield Check("database", Health.OK, _plain(f"{home.app.name}, {where}{beside}"))
    logins = [login for login in (home.app, home.exchange) if login is not None]
    try:
        for login in logins:
            check_role(login)
    except IstmoError as error:
        yield Check("roles", Health.FAIL, _sentence(error))
        return
    yield Check("roles", Health.OK, _plain(", ".join(login.user for login in logins)))
    yield _database_clock(home, ahead)
    yield from _schema(home)


def _database_clock(home: Home, ahead: timedelta) -> Check:
    """Moments are compared with those that the database writes, and with those of peers."""
    with home.app.connect() as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    apart = abs((row[0] - datetime.now(UTC) - ahead).total_seconds())
    if apart > CLOCK_APART:
        return Check(
            "database_clock",
            Health.FAIL if apart > CLOCK_USELESS else Health.WARN,
            Text(
                es=f"El reloj de la base de datos y el de esta máquina difieren {apart:.0f} s: sincronice ambos (NTP).",
                en=f"The clocks of the database and of this machine differ by {apart:.0f} s: synchronise both (NTP).",
            ),
        )
    return Check("database_clock", Health.OK, Text(es=f"difiere {apart:.1f} s", en=f"{apart:.1f} s apart"))


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
        yield _grants(home)
        yield _codelists()
        yield _accounts()
    finally:
        disconnect()


def _grants(home: Home) -> Check:
    """Each working role may do in each table what the models say: no less, or something fails, and no more."""
    from istmo.app.schema import wrong_rights

    wrong = wrong_rights(home)
    if not wrong:
        return Check("grants", Health.OK, Text(es="Las que deben ser", en="As they have to be"))
    shown = ", ".join(f"{role}: {table}" for role, table in wrong[:SHOWN]) + (", …" if len(wrong) > SHOWN else "")
    if home.owner is None:
        return Check(
            "grants",
            Health.FAIL,
            Text(
                es=f"Permisos distintos de los debidos ({shown}): abra una vez con ISTMO_DATABASE_OWNER_URL.",
                en=f"Rights other than they have to be ({shown}): open it once with ISTMO_DATABASE_OWNER_URL.",
            ),
        )
    return Check(
        "grants",
        Health.WARN,
        Text(
            es=f"Permisos distintos de los debidos ({shown}); se corrigen al abrir la instalación.",
            en=f"Rights other than they have to be ({shown}); they are put right when the installation is opened.",
        ),
    )


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
