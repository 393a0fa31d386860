"""A home is made once, opened safely, and refused when it is not what this version understands."""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection

from istmo.app.database import check_role, login_from_url
from istmo.app.django_setup import configure
from istmo.app.home import Role, database_running, init, open_home, read_home
from istmo.app.settings import Settings
from istmo.installation.accounts.sealing import seal, unseal
from istmo.installation.codelists import synchronise as codelists
from istmo.installation.codelists.synchronise import outdated
from istmo.model.codes import Codelist, codelist
from istmo.model.errors import IntegrityFailure, InvalidInput, NotFound, Unavailable

if TYPE_CHECKING:
    from istmo.app.django_setup import configure
from istmo.app.home import Home


@pytest.fixture(autouse=True)
def _as_before(installation: "Home") -> Iterator[None]:
    """These tests open the installation in other ways; the others find it as it was."""
    yield
    configure(installation.settings, installation)


@pytest.fixture
def settings() -> Iterator[Settings]:
    directory = Path(tempfile.mkdtemp(prefix="istmo-home-"))
    directory.chmod(0o755)
    yield Settings(home=directory / "home", data_dir=directory / "data")
    shutil.rmtree(directory)


def url(home: "Home", user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@/{home.app.name}?host={home.app.host}&port={home.app.port}"


def test_a_home_keeps_its_secrets_to_its_owner(settings: Settings) -> None:
    home = init(settings, role=Role.HUB)
    for file in (home.path / "istmo.json", home.path / "keys" / "django", home.path / "keys" / "database.json"):
        assert file.stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert home.app.password not in repr(home)
    assert home.app.password != (home.owner.password if home.owner else "")


def test_the_key_of_second_factors_is_made_once_also_in_a_home_of_an_earlier_version(settings: Settings) -> None:
    home = init(settings, role=Role.HUB)
    key = home.accounts_key
    assert (settings.home / "keys" / "accounts").stat().st_mode & 0o777 == 0o600
    assert unseal(seal("secreto", key=key), key=read_home(settings).accounts_key) == "secreto"
    assert [path.name for path in (settings.home / "keys").iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("demonstration", "decided", "required"),
    [(False, None, True), (False, "required", True), (True, None, False), (True, "required", True)],
)
def test_the_second_factor_is_needed_but_in_a_demonstration(
    settings: Settings, demonstration: bool, decided: str | None, required: bool
) -> None:
    chosen = dataclasses.replace(settings, second_factor=decided)
    assert init(chosen, role=Role.HUB, demonstration=demonstration).second_factor_required is required


def test_a_real_installation_cannot_do_without_the_second_factor(settings: Settings) -> None:
    home = init(dataclasses.replace(settings, second_factor="optional"), role=Role.HUB)
    with pytest.raises(InvalidInput, match="Only a demonstration"):
        _ = home.second_factor_required


def test_a_second_installation_does_not_overwrite_the_first(settings: Settings) -> None:
    first = init(settings, role=Role.HUB)
    with pytest.raises(InvalidInput, match="already"):
        init(settings, role=Role.NODE, member="PAN")
    assert read_home(settings) == first


def test_a_home_is_not_given_an_empty_database_because_the_data_directory_is_another(settings: Settings) -> None:
    init(settings, role=Role.HUB)
    with database_running(read_home(settings)):
        pass
    elsewhere = dataclasses.replace(settings, data_dir=settings.data_dir.with_name("other"))
    with pytest.raises(NotFound, match="not in the data directory") as caught, database_running(read_home(elsewhere)):
        pass
    assert caught.value.advice is not None
    assert f"ISTMO_DATA_DIR={settings.data_dir}" in caught.value.advice.en
    settings.data_dir.rename(elsewhere.data_dir)
    with database_running(read_home(elsewhere)):
        pass
    with pytest.raises(NotFound), database_running(read_home(settings)):
        pass


@pytest.mark.parametrize("member", ["", "FRA", "pan"])
def test_a_node_belongs_to_a_member(settings: Settings, member: str) -> None:
    with pytest.raises(InvalidInput, match="country"):
        init(settings, role=Role.NODE, member=member)
    assert not settings.home.exists()


def test_a_directory_without_an_installation_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(NotFound) as raised:
        read_home(settings)
    assert "istmo init" in raised.value.in_("es")


def test_an_installation_of_an_unknown_format_is_refused(settings: Settings) -> None:
    init(settings, role=Role.HUB)
    file = settings.home / "istmo.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": 2}))
    with pytest.raises(InvalidInput, match="format"):
        read_home(settings)


def test_the_program_works_as_istmo_app_and_owns_nothing(installation: "Home") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, (SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user)")
        assert cursor.fetchone() == ("istmo_app", False)
    check_role(installation.app)


def test_a_role_that_owns_tables_is_refused(installation: "Home") -> None:
    assert installation.owner is not None
    with pytest.raises(IntegrityFailure, match="owns tables"):
        check_role(installation.owner)


def test_a_superuser_is_refused(installation: "Home") -> None:
    assert installation.cluster is not None
    password = (installation.cluster.directory / "superuser").read_text()
    with pytest.raises(IntegrityFailure, match="superuser"):
        check_role(dataclasses.replace(installation.app, user="postgres", password=password))


def test_an_existing_database_is_used_by_its_address(installation: "Home") -> None:
    """ISTMO_DATABASE_URL names a database that somebody else runs: nothing is started, nothing is migrated."""
    settings = dataclasses.replace(
        installation.settings, database_url=url(installation, "istmo_app", installation.app.password)
    )
    with open_home(settings) as home:
        assert home.cluster is None
        assert home.owner is None
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("istmo_app",)


@pytest.mark.parametrize("address", ["postgresql://host/name", "postgresql://user@host", "postgresql://user:x@/name"])
def test_an_address_that_lacks_a_part_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="lacks a part"):
        login_from_url(address)


def test_an_address_is_read_with_its_port_and_options() -> None:
    login = login_from_url("postgresql://us%40er:p%2Fw@db.example:6432/istmo?sslmode=verify-full")
    assert (login.user, login.password, login.host, login.port, login.name) == (
        "us@er",
        "p/w",
        "db.example",
        6432,
        "istmo",
    )
    assert login.options == (("sslmode", "verify-full"),)
    assert "p/w" not in repr(login)


def test_a_database_of_a_newer_version_is_refused(installation: "Home") -> None:
    assert installation.owner is not None
    with installation.owner.connect() as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0999_later', now())")
        try:
            with pytest.raises(Unavailable, match="newer version") as raised, open_home(installation.settings):
                pass
        finally:
            owner.execute("DELETE FROM django_migrations WHERE name = '0999_later'")
    assert raised.value.place == "audit.0999_later"


def test_an_older_database_that_may_not_be_changed_here_is_refused(installation: "Home") -> None:
    assert installation.owner is not None
    settings = dataclasses.replace(
        installation.settings, database_url=url(installation, "istmo_app", installation.app.password)
    )
    with installation.owner.connect() as owner:
        rows = owner.execute("DELETE FROM django_migrations WHERE app = 'audit' RETURNING name, applied").fetchall()
        assert rows
        try:
            with pytest.raises(Unavailable, match="earlier version"), open_home(settings):
                pass
        finally:
            for row in rows:
                owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('audit', %s, %s)", row)


def test_the_types_of_the_database_follow_a_list_that_grew(
    installation: "Home", monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = codelist("sex")
    grown = dataclasses.replace(
        shipped, version="9.0.0", codes={**shipped.codes, "X": dataclasses.replace(shipped["F"], id="X")}
    )
    assert not allowed(installation, "X")
    _ship(monkeypatch, grown)
    assert outdated() == ("sex",)
    with open_home(installation.settings):
        assert outdated() == ()
        assert allowed(installation, "X")
    monkeypatch.undo()
    with open_home(installation.settings):
        assert not allowed(installation, "X")


def test_a_list_that_lost_a_code_in_use_is_refused(
    installation: "Home", committed_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.roles import AccountRole

    User.objects.create_user("ana", full_name="Ana", role=AccountRole.READER, password=None, member="PAN")
    shipped = codelist("reporter")
    _ship(
        monkeypatch,
        dataclasses.replace(shipped, codes={id_: code for id_, code in shipped.codes.items() if id_ != "PAN"}),
    )
    with pytest.raises(IntegrityFailure, match="reporter"), open_home(installation.settings):
        pass
    monkeypatch.undo()
    assert outdated() == ()


def _ship(monkeypatch: pytest.MonkeyPatch, changed: Codelist) -> None:
    """Another version of the program, which ships another list."""
    monkeypatch.setattr(codelists, "codelist", lambda id_: changed if id_ == changed.id else codelist(id_))


def allowed(home: "Home", code: str) -> bool:
    with home.app.connect() as app:
        try:
            app.execute("SELECT %s::code_sex", (code,))
        except psycopg.errors.CheckViolation:
            return False
    return True
