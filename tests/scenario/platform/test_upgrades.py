"""A home that an earlier version made is opened by this one: nothing is lost, and what is new is added."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from istmo.app.database import Login, grant
from istmo.app.django_setup import configure
from istmo.app.home import Home, open_home, read_home
from istmo.app.schema import _as_owner, pending, rights, wrong_rights

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


def _drop_role(home: Home, login: Login) -> None:
    from istmo.app.postgres import Server

    assert home.owner is not None
    assert home.cluster is not None
    grant(home.owner, login.user, {})
    with Server(home.cluster, 0, started=False).superuser(home.app.name) as superuser:
        superuser.execute(f"DROP OWNED BY {login.user}")
        superuser.execute(f"DROP ROLE {login.user}")
    connection.close()
