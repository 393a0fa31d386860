"""Are the tables those that this version of the program understands? If they are older, bring them up to date.

Migrations run as `istmo_owner`, and so do the code lists' types; afterwards `istmo_app` gets its rights table by table.
A database with migrations that this version does not know was written by a newer one and is refused.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from istmo.app.database import Login, Rights, differing, django_database, grant
from istmo.app.home import Home
from istmo.model.errors import Unavailable
from istmo.model.text import Text

READ_AND_ADD = ("SELECT", "INSERT")
ALL = (*READ_AND_ADD, "UPDATE", "DELETE")
ALSO_ONLY_GROW = frozenset({"django_migrations", "codelists_codelistversion"})


def pending() -> tuple[list[str], list[str]]:
    """Migrations that the database lacks, and those that it has and this version does not know."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ours = {config.label for config in apps.get_app_configs()}
    known = set(loader.disk_migrations)
    applied = {key for key in loader.applied_migrations if key[0] in ours}
    return sorted(map(".".join, known - applied)), sorted(map(".".join, applied - known))


def bring_up_to_date(home: Home, *, migrate: bool = True) -> None:
    """Migrate if something is pending; refuse a newer database, and an older one when it may not be changed here."""
    from istmo.installation.codelists.synchronise import outdated

    older, newer = pending()
    if newer:
        raise Unavailable(
            Text(
                es="La base de datos es de una versión más nueva del programa.",
                en="The database is of a newer version of the program.",
            ),
            place=", ".join(newer),
            advice=Text(es="Instale esa versión.", en="Install that version."),
            rule="F67",
        )
    if not older and not outdated():
        if home.owner is not None and wrong_rights(home):
            give_rights(home)
        return
    if not migrate or home.owner is None:
        raise Unavailable(
            Text(
                es="La base de datos es de una versión anterior del programa.",
                en="The database is of an earlier version of the program.",
            ),
            place=", ".join(older),
            advice=Text(
                es="Abra la instalación una vez con ISTMO_DATABASE_OWNER_URL.",
                en="Open the installation once with ISTMO_DATABASE_OWNER_URL.",
            ),
            rule="F67",
        )
    _migrate(home)


def _migrate(home: Home) -> None:
    from django.core.management import call_command

    from istmo.installation.codelists.synchronise import synchronise

    assert home.owner is not None
    with _alone(home), _as_owner(home):
        call_command("migrate", interactive=False, verbosity=0)
        synchronise()
    give_rights(home)


def rights(home: Home) -> tuple[tuple[Login, Rights], ...]:
    """What each of the installation's working roles may do, from the models: `insert_only`, `listener_may`."""
    from django.apps import apps
    from django.db import connection

    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    grows = {table for table, model in models.items() if getattr(model, "insert_only", False)} | ALSO_ONLY_GROW
    tables = connection.introspection.table_names()
    of_app = {table: READ_AND_ADD if table in grows else ALL for table in tables}
    of_listener = {table: model.listener_may for table, model in models.items() if getattr(model, "listener_may", ())}
    return ((home.app, of_app), *([(home.exchange, of_listener)] if home.exchange else []))


def wrong_rights(home: Home) -> tuple[tuple[str, str], ...]:
    """The roles and tables in which a role may do more or less than the models say."""
    return tuple(
        (login.user, table) for login, allowed in rights(home) for table in differing(home.app, login.user, allowed)
    )


def give_rights(home: Home) -> None:
    """Give each working role what the models say. Django is configured for the home."""
    assert home.owner is not None
    with _alone(home):
        for login, allowed in rights(home):
            grant(home.owner, login.user, allowed)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with (home.path / ".migrating").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _as_owner(home: Home) -> Iterator[None]:
    """Django works as the owner of the tables for as long as it migrates."""
    from django.db import connections

    assert home.owner is not None
    connections.close_all()
    connections.databases["default"].update(django_database(home.owner))
    try:
        yield
    finally:
        connections.close_all()
        connections.databases["default"].update(django_database(home.app))
