"""What does this installation's operator decide? Read once, from the environment; everything else stands in the home.

`SETTINGS` documents each variable: its name, what it means in both languages and what holds without it. A variable that
carries a secret is taken out of `os.environ` once read, because the web server hands the environment to every request.
"""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from istmo.model.errors import InvalidInput
from istmo.model.text import Text


@dataclass(frozen=True, slots=True)
class Setting:
    """A documented environment variable; `secret` ones leave the environment once read."""

    name: str
    meaning: Text
    default: Text
    secret: bool = False


SETTINGS = (
    Setting(
        "ISTMO_HOME",
        Text(
            es="Directorio de la instalación: función, claves y todo lo que publica.",
            en="The directory of the installation: role, keys and all that it publishes.",
        ),
        Text(es="El directorio de la demostración.", en="The demonstration's directory."),
    ),
    Setting(
        "ISTMO_DATA_DIR",
        Text(
            es="Directorio de los servidores PostgreSQL propios; la cuenta de servicio debe poder llegar a él.",
            en="The directory of Istmo's own PostgreSQL servers; the service account must be able to reach it.",
        ),
        Text(
            es="/var/lib/istmo para root; si no, ~/.local/share/istmo.",
            en="/var/lib/istmo for root; otherwise ~/.local/share/istmo.",
        ),
    ),
    Setting(
        "ISTMO_DATABASE_URL",
        Text(
            es="Base de datos PostgreSQL (16 o posterior) ya existente, con el papel con que trabaja el programa.",
            en="An existing PostgreSQL database (16 or later), with the role that the program works as.",
        ),
        Text(es="Un servidor propio, que el programa inicia.", en="A server of its own, which the program starts."),
        secret=True,
    ),
    Setting(
        "ISTMO_DATABASE_OWNER_URL",
        Text(
            es="La misma base con el papel propietario de las tablas; solo hace falta para cambiar su estructura.",
            en="The same database with the role that owns the tables; needed only to change their structure.",
        ),
        Text(es="Ninguno: la estructura no se cambia.", en="None: the structure is not changed."),
        secret=True,
    ),
    Setting(
        "ISTMO_DATABASE_EXCHANGE_URL",
        Text(
            es="La misma base con el papel del servicio de intercambio, que alcanza solo las tablas del intercambio.",
            en="The same database with the role of the exchange's listener, which reaches the exchange's tables alone.",
        ),
        Text(es="El papel con que trabaja el programa.", en="The role that the program works as."),
        secret=True,
    ),
    Setting(
        "ISTMO_HOSTS",
        Text(
            es="Nombres con que se llega al sitio, separados por comas.",
            en="Names under which the site is reached, separated by commas.",
        ),
        Text(es="127.0.0.1 y localhost.", en="127.0.0.1 and localhost."),
    ),
    Setting(
        "ISTMO_HTTPS",
        Text(
            es="«1» si el sitio se sirve por HTTPS (un servidor delante lo termina): las cookies solo viajan así.",
            en="“1” when the site is served over HTTPS (behind a server that ends it): cookies then travel only so.",
        ),
        Text(es="0.", en="0."),
    ),
    Setting(
        "ISTMO_SECOND_FACTOR",
        Text(
            es="«required»: las funciones que cambian o publican algo necesitan un segundo factor. «optional» solo se"
            " admite en una demostración.",
            en="“required”: roles that change or publish something need a second factor. “optional” is allowed only in"
            " a demonstration.",
        ),
        Text(es="required; en una demostración, optional.", en="required; in a demonstration, optional."),
    ),
    Setting(
        "ISTMO_MAIL_URL",
        Text(
            es="Servidor de correo para enviar invitaciones: smtp://usuario:clave@servidor:587 (STARTTLS) o smtps://….",
            en="Mail server that sends invitations: smtp://user:password@host:587 (STARTTLS) or smtps://….",
        ),
        Text(es="Ninguno: quien administra entrega el enlace.", en="None: the administrator hands the link over."),
        secret=True,
    ),
    Setting(
        "ISTMO_MAIL_FROM",
        Text(
            es="Dirección que firma las invitaciones enviadas por correo.",
            en="The address that invitations sent by e-mail come from.",
        ),
        Text(es="Necesaria con ISTMO_MAIL_URL.", en="Needed with ISTMO_MAIL_URL."),
    ),
    Setting(
        "ISTMO_LOG_LEVEL",
        Text(
            es="Nivel de los registros: debug, info, warning o error.",
            en="Level of the logs: debug, info, warning or error.",
        ),
        Text(es="info.", en="info."),
    ),
    Setting(
        "ISTMO_LOG_FILE",
        Text(
            es="Archivo de los registros, una línea JSON por suceso.",
            en="File of the logs, one JSON line an event.",
        ),
        Text(es="La salida de errores.", en="Standard error."),
    ),
    Setting(
        "ISTMO_REFERENCE_DATA",
        Text(
            es="Carpeta con los archivos publicados que leen algunas pruebas; solo para pruebas.",
            en="The folder with the published files that some tests read; for tests only.",
        ),
        Text(
            es="La carpeta «shared» junto al clon; sin ella esas pruebas no se ejecutan.",
            en="The folder “shared” beside the clone; without it those tests are not run.",
        ),
    ),
)

LOCAL_HOSTS = ("127.0.0.1", "localhost")
LOG_LEVELS = ("debug", "info", "warning", "error")
SECOND_FACTOR = ("required", "optional")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where messages are handed in. `repr` does not show the password. `tls` is from the first byte, not STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's decisions. `home` is the installation's directory, `data_dir` that of the PostgreSQL servers;
    `home_named` says whether somebody named the home, or it is the demonstration's for want of another;
    `second_factor` is None where nobody decided.
    """

    home: Path
    data_dir: Path
    home_named: bool = True
    database_url: str | None = field(default=None, repr=False)
    database_owner_url: str | None = field(default=None, repr=False)
    database_exchange_url: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = LOCAL_HOSTS
    https: bool = False
    second_factor: str | None = None
    mail: MailServer | None = None
    log_level: str = "info"
    log_file: Path | None = None


def read_settings(environ: MutableMapping[str, str] | None = None, *, home: Path | None = None) -> Settings:
    """The settings of this process; `home` (from `--home`) wins over ISTMO_HOME. Secrets are removed from `environ`."""
    environ = os.environ if environ is None else environ
    data_dir = Path(environ.get("ISTMO_DATA_DIR") or _default_data_dir(environ)).expanduser().absolute()
    chosen = home or (Path(environ["ISTMO_HOME"]) if environ.get("ISTMO_HOME") else data_dir / "demonstration")
    level = environ.get("ISTMO_LOG_LEVEL", "info").lower()
    if level not in LOG_LEVELS:
        raise _refused("ISTMO_LOG_LEVEL", ", ".join(LOG_LEVELS))
    https = environ.get("ISTMO_HTTPS", "0")
    if https not in ("0", "1"):
        raise _refused("ISTMO_HTTPS", "0, 1")
    second_factor = environ.get("ISTMO_SECOND_FACTOR") or None
    if second_factor not in (None, *SECOND_FACTOR):
        raise _refused("ISTMO_SECOND_FACTOR", ", ".join(SECOND_FACTOR))
    hosts = tuple(host.strip() for host in environ.get("ISTMO_HOSTS", "").split(",") if host.strip())
    settings = Settings(
        home=chosen.expanduser().absolute(),
        data_dir=data_dir,
        home_named=home is not None or bool(environ.get("ISTMO_HOME")),
        database_url=_url(environ, "ISTMO_DATABASE_URL"),
        database_owner_url=_url(environ, "ISTMO_DATABASE_OWNER_URL"),
        database_exchange_url=_url(environ, "ISTMO_DATABASE_EXCHANGE_URL"),
        hosts=hosts or LOCAL_HOSTS,
        https=https == "1",
        second_factor=second_factor,
        mail=_mail(environ),
        log_level=level,
        log_file=Path(environ["ISTMO_LOG_FILE"]).absolute() if environ.get("ISTMO_LOG_FILE") else None,
    )
    for setting in SETTINGS:
        if setting.secret:
            environ.pop(setting.name, None)
    return settings


def _url(environ: Mapping[str, str], name: str) -> str | None:
    url = environ.get(name) or None
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise _refused(name, "postgresql://…")
    return url


def _mail(environ: Mapping[str, str]) -> MailServer | None:
    url, sender = environ.get("ISTMO_MAIL_URL"), environ.get("ISTMO_MAIL_FROM", "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise _refused("ISTMO_MAIL_URL", "smtp://…, smtps://…")
    if "@" not in sender:
        raise _refused("ISTMO_MAIL_FROM", "istmo@example.org")
    tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
    )


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/istmo")
    base = environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "istmo"


def _refused(name: str, allowed: str) -> InvalidInput:
    return InvalidInput(
        Text(es=f"El valor de {name} no sirve.", en=f"The value of {name} cannot be used."),
        advice=Text(es=f"Se permite: {allowed}.", en=f"Allowed: {allowed}."),
    )
