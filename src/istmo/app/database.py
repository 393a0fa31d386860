"""Which database and roles does an installation work with, and what may each role do?

Besides the cluster's superuser (the launcher's alone) an installation has three roles: `istmo_owner` (owns the tables,
runs migrations), `istmo_app` (what the program works as: it bypasses no row-level security and owns nothing; the
program refuses to start otherwise) and `istmo_exchange` (the listener that peers reach: what `listener_may` of a model
says, and no other table). Tables that only ever grow (`insert_only = True` on the model) give neither UPDATE nor DELETE
to anybody but their owner. Where installations share a cluster, each has its own database and roles, and none enters
another's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
from psycopg import sql

from istmo.app.postgres import PORT, Server
from istmo.app.postgres_programs import FLOOR
from istmo.model.errors import IntegrityFailure, InvalidInput, Unavailable
from istmo.model.text import Text

if TYPE_CHECKING:
    from istmo.app.home import Home

Rights = Mapping[str, Collection[str]]
"""What a role may do in each table, in PostgreSQL's words; a table that is not named is out of its reach."""
TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach a database as one role. `repr` does not show the password."""

    host: str
    port: int
    name: str
    user: str
    password: str
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Login({self.user}@{self.host}:{self.port}/{self.name})"

    def connect(self, *, autocommit: bool = True) -> psycopg.Connection:
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            autocommit=autocommit,
            connect_timeout=10,
            **dict(self.options),  # type: ignore[arg-type] - libpq's own words, for example sslmode
        )


def login_from_url(url: str) -> Login:
    """`postgresql://user:password@host:port/name?sslmode=…`; a host in the query may be a socket directory."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = options.pop("host", "") or (parts.hostname or "")
    if not (host and parts.username and parts.path.strip("/")):
        raise InvalidInput(
            Text(
                es="A la dirección de la base de datos le falta una parte.", en="The database's address lacks a part."
            ),
            advice=Text(
                es="Escriba postgresql://usuario:clave@servidor:5432/base.",
                en="Write postgresql://user:password@host:5432/name.",
            ),
        )
    return Login(
        host=unquote(host),
        port=parts.port or int(options.pop("port", PORT)),
        name=parts.path.strip("/"),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        options=tuple(sorted(options.items())),
    )


def make_database(server: Server, *, owner: Login, app: Login, exchange: Login | None = None) -> None:
    """The installation's database and its roles, made on first use and left as they are afterwards."""
    others = [login for login in (app, exchange) if login is not None]
    with server.superuser() as connection:
        for login in (owner, *others):
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", login.user):
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
                    ).format(sql.Identifier(login.user), sql.Literal(login.password))
                )
        fresh, known = sql.Identifier(owner.name), True
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", owner.name):
            known = False
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(fresh, sql.Identifier(owner.user)))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(fresh))
        for login in others:
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(fresh, sql.Identifier(login.user))
            )
        if known:
            return
    with server.superuser(owner.name) as connection:
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner.user)))
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def check_role(app: Login) -> None:
    """Refuse to work as a role that could get round the database's own rules, or with a server that is too old."""
    try:
        connection = app.connect()
    except psycopg.OperationalError as exc:
        raise Unavailable(
            Text(es="No se puede entrar a la base de datos.", en="The database cannot be entered."),
            place=repr(app),
            advice=Text(es="Ejecute «istmo doctor».", en="Run “istmo doctor”."),
            rule="F64",
        ) from exc
    with connection:
        major = connection.info.server_version // 10000
        if major < FLOOR:
            raise Unavailable(
                Text(
                    es=f"El servidor es PostgreSQL {major}; hace falta {FLOOR} o posterior.",
                    en=f"The server is PostgreSQL {major}; {FLOOR} or later is needed.",
                ),
                rule="F64",
            )
        problem = _role_problem(connection)
    if problem:
        raise IntegrityFailure(
            Text(
                es=f"El papel «{app.user}» no sirve para trabajar: {problem.es}.",
                en=f"The role “{app.user}” cannot be worked as: {problem.en}.",
            ),
            advice=Text(
                es="Use un papel sin privilegios, que no sea dueño de nada.",
                en="Use a role without privileges that owns nothing.",
            ),
            rule="F65",
        )


def _role_problem(connection: psycopg.Connection) -> Text | None:
    row = connection.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    if row[0]:
        return Text(es="es superusuario", en="it is a superuser")
    if row[1]:
        return Text(es="se salta la seguridad por filas", en="it bypasses row-level security")
    if row[2]:
        return Text(es="puede crear papeles", en="it can make roles")
    if _exists(
        connection,
        "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND pg_has_role(current_user, c.relowner, 'MEMBER')",
        "public",
    ):
        return Text(es="es dueño de tablas", en="it owns tables")
    return None


def grant(owner: Login, role: str, rights: Rights) -> None:
    """Give a role exactly `rights`: nothing in a table that they do not name."""
    name = sql.Identifier(role)
    with owner.connect(autocommit=False) as connection:
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name))
        connection.execute(sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(name))
        for table, allowed in sorted(rights.items()):
            listed = sql.SQL(", ").join(map(sql.SQL, sorted(allowed)))
            connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(listed, sql.Identifier(table), name))
        for sequence in _sequences(connection, rights):
            connection.execute(sql.SQL("GRANT USAGE, SELECT ON SEQUENCE {} TO {}").format(sequence, name))


def differing(login: Login, role: str, rights: Rights) -> tuple[str, ...]:
    """The tables in which a role may do more or less than `rights` say."""
    with login.connect() as connection:
        rows = connection.execute(
            "SELECT t.tablename, p.privilege FROM pg_tables t"
            " CROSS JOIN unnest(%s::text[]) AS p(privilege) WHERE t.schemaname = 'public'"
            " AND has_table_privilege(%s, format('public.%%I', t.tablename), p.privilege)",
            (list(TABLE_RIGHTS), role),
        ).fetchall()
    held: dict[str, set[str]] = {}
    for table, privilege in rows:
        held.setdefault(table, set()).add(privilege)
    return tuple(sorted(table for table in {*held, *rights} if held.get(table, set()) != set(rights.get(table, ()))))


def _sequences(connection: psycopg.Connection, rights: Rights) -> list[sql.Identifier]:
    """The sequences of the columns of the tables that may be added to."""
    rows = connection.execute(
        "SELECT s.relname, t.relname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')"
        " JOIN pg_class t ON t.oid = d.refobjid WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace"
    ).fetchall()
    return [sql.Identifier(sequence) for sequence, table in rows if "INSERT" in rights.get(table, ())]


def empty_tables(home: "Home") -> None:
    """Remove every row of our tables, as their owner. For tests that commit."""
    from django.apps import apps

    owner = home.owner
    assert owner is not None
    with owner.connect() as connection:
        connection.execute("SET lock_timeout = '10s'")
        names = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
        kept = {"django_content_type", "auth_permission", "codelists_codelistversion"}
        connection.execute(
            sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, sorted(set(names) - kept))))
        )


def django_database(login: Login) -> dict[str, Any]:
    """The same in Django's words. A connection lives for some requests; one that died meanwhile is noticed."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": login.host,
        "PORT": str(login.port),
        "NAME": login.name,
        "USER": login.user,
        "PASSWORD": login.password,
        "OPTIONS": dict(login.options),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def on_socket(login: Login, directory: Path) -> Login:
    return replace(login, host=str(directory))


def _exists(connection: psycopg.Connection, query: str, value: str) -> bool:
    return connection.execute(query, (value,)).fetchone() is not None
