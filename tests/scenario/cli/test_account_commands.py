"""Accounts on the command line: the first administrator, links, roles, the last administrator, wrong use."""

import json
import re
import subprocess
from collections.abc import Callable

Run = Callable[..., subprocess.CompletedProcess[str]]
LINK = re.compile(r"^(\S+)/es/invitacion/[\w-]{43}/$", re.MULTILINE)


def test_the_first_administrator_gets_a_link_and_the_others_follow(istmo: Run) -> None:
    assert "istmo account invite" in istmo("account", "list").stdout
    done = istmo("account", "invite", "adela", "--role", "administrator", "--name", "Adela Ejemplo")
    link = LINK.search(done.stdout)
    assert link is not None
    assert link.group(1) == "http://127.0.0.1:8000"
    istmo("account", "invite", "Elisa", "--role", "statistician", "--name", "Elisa Ejemplo", "--member", "pan")
    other = istmo("account", "link", "elisa", "--site", "https://istmo.example.org/")
    assert LINK.search(other.stdout).group(1) == "https://istmo.example.org"  # type: ignore[union-attr]
    istmo("account", "role", "elisa", "reader", "--member", "PAN")
    istmo("account", "disable", "elisa")
    listed = json.loads(istmo("account", "list", "--json").stdout)
    assert [(each["username"], each["role"], each["member"], each["state"]) for each in listed] == [
        ("adela", "administrator", None, "invited"),
        ("elisa", "reader", "PAN", "disabled"),
    ]
    assert [each["factor_missing"] for each in listed] == [True, False]
    istmo("account", "enable", "elisa")
    shown = istmo("account", "list").stdout
    assert "Elisa Ejemplo" in shown
    assert "missing" in shown


def test_wrong_use_is_told_in_both_languages_and_changes_nothing(istmo: Run) -> None:
    before = istmo("account", "list", "--json").stdout
    for arguments, words in (
        (("invite", "Ana Banana", "--role", "analyst", "--name", "Ana"), "user name cannot be used"),
        (("invite", "ana", "--role", "boss", "--name", "Ana"), "There is no role"),
        (("invite", "ana", "--role", "statistician", "--name", "Ana"), "State is missing"),
        (("role", "nadie", "reader"), "There is no account"),
        (("reset-factor", "adela"), "no second factor"),
    ):
        done = istmo("account", *arguments, exit_code=2)
        english, spanish = (line for line in done.stderr.splitlines() if line.strip())
        assert words in english
        assert spanish != english
    assert istmo("account", "list", "--json").stdout == before


def test_the_table_of_roles_is_printed_for_people_and_machines(istmo: Run) -> None:
    roles = json.loads(istmo("account", "roles", "--json").stdout)
    assert roles["reader"]["second_factor"] is False
    assert roles["approver"]["second_factor"] is True
    assert "publish" in roles["approver"]["acts"]
    assert "statistician" in istmo("account", "roles").stdout


def test_only_a_demonstration_does_without_the_second_factor(istmo: Run) -> None:
    done = istmo("account", "list", exit_code=2, ISTMO_SECOND_FACTOR="optional")
    assert "Only a demonstration" in done.stderr
