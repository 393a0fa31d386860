"""What the environment decides, and what it may not keep."""

import os
import re
from pathlib import Path

import pytest

from istmo.app.settings import SETTINGS, read_settings
from istmo.model.errors import InvalidInput


def test_secrets_leave_the_environment_once_read() -> None:
    environ = {
        "ISTMO_DATABASE_URL": "postgresql://a:b@localhost/x",
        "ISTMO_DATABASE_OWNER_URL": "postgresql://o:p@localhost/x",
    }
    settings = read_settings(environ)
    assert settings.database_url == "postgresql://a:b@localhost/x"
    assert settings.database_owner_url == "postgresql://o:p@localhost/x"
    assert environ == {}


def test_the_home_given_on_the_command_line_wins_over_the_environment(tmp_path: Path) -> None:
    environ = {"ISTMO_HOME": "/somewhere", "ISTMO_DATA_DIR": "/data"}
    assert read_settings(dict(environ), home=tmp_path).home == tmp_path
    assert read_settings(dict(environ)).home == Path("/somewhere")
    assert read_settings({"ISTMO_DATA_DIR": "/data"}).home == Path("/data/demonstration")


def test_the_data_directory_is_one_that_a_service_account_can_reach() -> None:
    expected = Path("/var/lib/istmo") if os.geteuid() == 0 else Path.home() / ".local/share/istmo"
    assert read_settings({}).data_dir == expected


@pytest.mark.parametrize(
    "environ",
    [
        {"ISTMO_LOG_LEVEL": "loud"},
        {"ISTMO_HTTPS": "yes"},
        {"ISTMO_DATABASE_URL": "sqlite:///x"},
        {"ISTMO_SECOND_FACTOR": "no"},
        {"ISTMO_MAIL_URL": "mail.example.org"},
        {"ISTMO_MAIL_FROM": "nobody", "ISTMO_MAIL_URL": "smtp://mail.example.org"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_a_value_that_cannot_be_used_is_named(environ: dict[str, str]) -> None:
    name = next(iter(environ))
    with pytest.raises(InvalidInput, match=name):
        read_settings(environ)


def test_hosts_are_a_list_and_https_is_a_switch() -> None:
    settings = read_settings({"ISTMO_HOSTS": "istmo.example, 10.0.0.5", "ISTMO_HTTPS": "1"})
    assert settings.hosts == ("istmo.example", "10.0.0.5")
    assert settings.https
    assert not read_settings({}).https


def test_a_mail_server_is_read_with_its_secret_and_its_sender() -> None:
    environ = {
        "ISTMO_MAIL_URL": "smtps://istmo:cl%40ve@mail.example.org",
        "ISTMO_MAIL_FROM": "istmo@example.org",
    }
    mail = read_settings(environ).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.tls, mail.user, mail.password) == (
        "mail.example.org",
        465,
        True,
        "istmo",
        "cl@ve",
    )
    assert "cl@ve" not in repr(mail)
    assert "ISTMO_MAIL_URL" not in environ
    plain = read_settings({"ISTMO_MAIL_URL": "smtp://mail.example.org", "ISTMO_MAIL_FROM": "istmo@example.org"}).mail
    assert plain is not None
    assert (plain.port, plain.tls, plain.user) == (587, False, "")
    assert read_settings({}).mail is None


def test_every_variable_is_documented_and_read_in_one_place() -> None:
    package = Path(__file__).parents[3] / "src" / "istmo"
    reading = package / "app" / "settings.py"
    named = set(re.findall(r"ISTMO_[A-Z_]*[A-Z]", reading.read_text(encoding="utf-8")))
    assert named == {setting.name for setting in SETTINGS}
    elsewhere = re.compile(r"""(environ(\.get)?[\[(]|getenv\()\s*["']ISTMO_""")
    others = [file for file in package.rglob("*.py") if file != reading and elsewhere.search(file.read_text("utf-8"))]
    assert others == []
