"""A home that an earlier version made is opened by this one: nothing is lost, and what is new is added."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from istmo.app.database import Login, grant
from istmo.app.django_setup import configure
from istmo.app.home import Home, Role, database_running, init, open_home, read_home
from istmo.app.schema import _as_owner, pending, rights, wrong_rights
from istmo.app.settings import Settings
from istmo.model.errors import Unavailable

NEW = ("delivery", "evidence")


@pytest.fixture(autouse=True)
def _as_before(installation: Home) -> Iterator[None]:
    """These tests open the installation in other ways; the others find it as it was."""
    yield
    configure(installation.settings, installation)


def test_the_tables_of_an_earlier_version_are_brought_up_to_date_and_keep_their_rows(
    installation: Home, committed_database: None
) -> None:
    from istmo.installation.audit.models import Event, EventKind, record

    record(EventKind.SIGNED_IN, at=datetime.now(UTC), object_type="account", object_id="1")
    with _as_owner(installation):
        for app in NEW:
            call_command("migrate", app, "zero", interactive=False, verbosity=0)
    assert pending()[0]
    with open_home(installation.settings) as home:
        assert pending() == ([], [])
        assert wrong_rights(home) == ()
        assert Event.objects.count() == 1


def test_a_home_of_two_roles_gets_the_third_and_stays_as_it_was(installation: Home) -> None:
    document, passwords = (installation.path / name for name in ("istmo.json", "keys/database.json"))
    kept = document.read_text(), passwords.read_text()
    assert installation.exchange is not None
    old = {name: value for name, value in json.loads(kept[0]).items() if name != "database"}
    two = {name: value for name, value in json.loads(kept[1]).items() if name != "exchange"}
    _drop_role(installation, installation.exchange)
    document.write_text(json.dumps(old))
    passwords.write_text(json.dumps(two))
    try:
        home = read_home(installation.settings)
        assert home.app == installation.app
        assert home.exchange == read_home(installation.settings).exchange
        assert json.loads(passwords.read_text()) == two
        with open_home(installation.settings) as opened:
            assert opened.exchange is not None
            assert opened.exchange.password not in (opened.app.password, opened.owner.password if opened.owner else "")
            opened.exchange.connect().close()
            assert wrong_rights(opened) == ()
        _drop_role(installation, installation.exchange)
    finally:
        document.write_text(kept[0])
        passwords.write_text(kept[1])
    with open_home(installation.settings):
        pass


def test_the_listener_reaches_the_tables_of_the_exchange_and_no_other(installation: Home) -> None:
    assert installation.exchange is not None
    assert {login.user for login, _ in rights(installation)} == {installation.app.user, installation.exchange.user}
    with installation.exchange.connect() as listener:
        listener.execute("SELECT message_id FROM delivery_inbound")
        for refused in (
            "SELECT 1 FROM accounts_user",
            "SELECT 1 FROM observations_vintage",
            "SELECT 1 FROM audit_event",
            "SELECT payload FROM delivery_content",
            "SELECT payload FROM delivery_outbound",
            "DELETE FROM delivery_inbound",
            "UPDATE evidence_leaf SET text = ''",
            "INSERT INTO evidence_head (size, root, at, text) VALUES (1, '', now(), '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                listener.execute(refused)


def test_rights_that_somebody_changed_are_put_right_when_the_installation_is_opened(installation: Home) -> None:
    assert installation.owner is not None
    assert installation.exchange is not None
    with installation.owner.connect() as owner:
        owner.execute(f"GRANT SELECT ON accounts_user TO {installation.exchange.user}")
        owner.execute(f"GRANT DELETE ON audit_event TO {installation.app.user}")
        owner.execute(f"REVOKE SELECT ON delivery_inbound FROM {installation.exchange.user}")
    assert wrong_rights(installation) == (
        (installation.app.user, "audit_event"),
        (installation.exchange.user, "accounts_user"),
        (installation.exchange.user, "delivery_inbound"),
    )
    with open_home(installation.settings) as home:
        assert wrong_rights(home) == ()


@pytest.fixture
def neighbours() -> Iterator[dict[str, Home]]:
    """Two nodes in one cluster that runs, both with the tables of an earlier version and an event in the trail."""
    directory = Path(tempfile.mkdtemp(prefix="istmo-upgrade-"))
    directory.chmod(0o755)
    settings = Settings(home=directory / "pan", data_dir=directory / "data")
    pan = init(settings, role=Role.NODE, member="PAN")
    hnd = init(replace(settings, home=directory / "hnd"), role=Role.NODE, member="HND", beside=pan)
    with database_running(pan):
        for home in (pan, hnd):
            with open_home(home.settings):
                with _as_owner(home):
                    call_command("migrate", "audit", "0001", interactive=False, verbosity=0)
                    call_command("migrate", "submissions", "0002", interactive=False, verbosity=0)
                _write_as_before(home)
        yield {"PAN": pan, "HND": hnd}
    shutil.rmtree(directory)


def test_one_node_is_brought_up_to_date_while_the_one_beside_it_stays_behind_and_works(
    neighbours: dict[str, Home],
) -> None:
    pan, hnd = neighbours["PAN"], neighbours["HND"]
    before = _schema(hnd)
    assert _schema(pan) == before
    with hnd.app.connect(autocommit=False) as working:
        working.execute("SELECT kind FROM audit_event")
        with open_home(pan.settings) as opened:
            assert pending() == ([], [])
            assert wrong_rights(opened) == ()
            assert _events(pan) == 1
    assert _schema(pan) != before
    assert _schema(hnd) == before
    _write_as_before(hnd)
    assert _events(hnd) == 2
    with pytest.raises(Unavailable, match="earlier version"), open_home(hnd.settings, migrate=False):
        pass
    assert _schema(hnd) == before
    with open_home(hnd.settings):
        assert pending() == ([], [])
        assert _events(hnd) == 2
    assert _schema(hnd) == _schema(pan)


def _schema(home: Home) -> tuple[list[object], list[object]]:
    """Every column, and every migration that was applied, as the owner of the tables sees them."""
    assert home.owner is not None
    with home.owner.connect() as owner:
        columns = owner.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        ).fetchall()
        return columns, owner.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2").fetchall()


def _write_as_before(home: Home) -> None:
    """What the earlier version writes into the trail, as its working role."""
    with home.app.connect() as app:
        app.execute(
            "INSERT INTO audit_event (id, at, kind, object_type, object_id, counts)"
            " VALUES (gen_random_uuid(), now(), 'signed_in', 'account', '1', '{}')"
        )


def _events(home: Home) -> int:
    with home.app.connect() as app:
        row = app.execute("SELECT count(*) FROM audit_event").fetchone()
        assert row is not None
        return int(row[0])


def _drop_role(home: Home, login: Login) -> None:
    from istmo.app.postgres import Server

    assert home.owner is not None
    assert home.cluster is not None
    grant(home.owner, login.user, {})
    with Server(home.cluster, 0, started=False).superuser(home.app.name) as superuser:
        superuser.execute(f"DROP OWNED BY {login.user}")
        superuser.execute(f"DROP ROLE {login.user}")
    connection.close()
