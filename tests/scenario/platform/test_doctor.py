"""The doctor says what is wrong and what to do, in both languages."""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from istmo.app import joining
from istmo.app.django_setup import configure
from istmo.app.doctor import Check, Health, examine
from istmo.app.home import Role, init
from istmo.app.settings import Settings
from istmo.installation.codelists.models import CodelistVersion

if TYPE_CHECKING:
    from istmo.app.home import Home


@pytest.fixture(autouse=True)
def _as_before(installation: "Home") -> Iterator[None]:
    """These tests open the installation in other ways; the others find it as it was."""
    yield
    configure(installation.settings, installation)


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.fixture
def elsewhere() -> Iterator[Settings]:
    directory = Path(tempfile.mkdtemp(prefix="istmo-doctor-"))
    directory.chmod(0o755)
    yield Settings(home=directory / "home", data_dir=directory / "data")
    shutil.rmtree(directory)


def test_a_sound_installation_is_well(installation: "Home") -> None:
    checks = examine(installation.settings)
    assert {check.name: check.health.value for check in checks if "disk" not in check.name} == dict.fromkeys(
        [
            "python",
            "clock",
            "fonts",
            "chromium",
            "postgresql",
            "orphan_clusters",
            "home",
            "keys",
            "certificate",
            "exchange",
            "database",
            "roles",
            "database_clock",
            "schema",
            "grants",
            "codelists",
            "accounts",
        ],
        "ok",
    )
    assert "citizenship 1." in by_name(checks)["codelists"].message.en
    assert checks[0].as_json()["message"] == {"es": checks[0].message.es, "en": checks[0].message.en}


def test_without_an_installation_the_machine_is_still_examined(elsewhere: Settings) -> None:
    checks = by_name(examine(elsewhere))
    assert checks["home"].health is Health.WARN
    assert "istmo init" in checks["home"].message.en
    assert checks["postgresql"].health is Health.OK
    assert "database" not in checks


def test_a_clock_before_the_program_existed_is_wrong(elsewhere: Settings) -> None:
    checks = by_name(examine(elsewhere, now=datetime(1970, 1, 1, tzinfo=UTC)))
    assert checks["clock"].health is Health.FAIL


def test_a_cluster_whose_home_is_gone_is_an_orphan(elsewhere: Settings) -> None:
    cluster = elsewhere.data_dir / "clusters" / "0123456789abcdef"
    cluster.mkdir(parents=True)
    (cluster / "home").write_text("/nowhere/at/all")
    found = by_name(examine(elsewhere))["orphan_clusters"]
    assert found.health is Health.WARN
    assert "0123456789abcdef" in found.message.es


def test_keys_that_others_can_read_are_a_failure(installation: "Home") -> None:
    keys = installation.path / "keys"
    keys.chmod(0o755)
    try:
        found = by_name(examine(installation.settings))["home"]
    finally:
        keys.chmod(0o700)
    assert found.health is Health.FAIL
    assert "chmod 700" in found.message.es


def test_a_database_that_cannot_be_reached_is_a_failure(installation: "Home") -> None:
    settings = dataclasses.replace(installation.settings, database_url="postgresql://a:b@127.0.0.1:1/none")
    found = by_name(examine(settings))
    assert found["roles"].health is Health.FAIL
    assert "b@" not in found["roles"].message.en


def test_code_lists_of_another_version_are_named(installation: "Home", committed_database: None) -> None:
    sex = CodelistVersion.objects.get(codelist="sex")
    assert installation.owner is not None
    with installation.owner.connect() as owner:
        owner.execute("UPDATE codelists_codelistversion SET digest = 'other' WHERE codelist = 'sex'")
        try:
            found = by_name(examine(installation.settings))["codelists"]
        finally:
            owner.execute("UPDATE codelists_codelistversion SET digest = %s WHERE codelist = 'sex'", (sex.digest,))
    assert found.health is Health.WARN
    assert "sex" in found.message.en


def test_an_installation_without_anybody_who_administers_is_told_to_invite(
    installation: "Home", committed_database: None
) -> None:
    from istmo.installation.accounts.models import User
    from istmo.installation.accounts.roles import AccountRole

    def found() -> Check:
        return by_name(examine(installation.settings))["accounts"]

    assert (found().health, found().message.en) == (Health.OK, "None yet: istmo account invite")
    User.objects.create_user("ana", full_name="Ana", role=AccountRole.ANALYST, password="frase larga de prueba")
    User.objects.create_user("adela", full_name="Adela", role=AccountRole.ADMINISTRATOR, password=None)
    assert found().health is Health.WARN
    assert "istmo account invite" in found().message.es
    User.objects.create_user("eva", full_name="Eva", role=AccountRole.ADMINISTRATOR, password="frase larga de prueba")
    assert found().health is Health.OK


def test_a_key_that_others_can_read_is_wrong_and_one_that_is_missing_is_made(installation: "Home") -> None:
    keys = installation.path / "keys"
    sealing = keys / "exchange" / "sealing.pem"
    kept = sealing.read_bytes()
    sealing.chmod(0o640)
    found = by_name(examine(installation.settings))
    assert found["keys"].health is Health.FAIL
    assert str(sealing) in found["keys"].message.es
    assert "chmod" in found["keys"].message.en
    assert "certificate" not in found
    sealing.unlink()
    found = by_name(examine(installation.settings))
    assert (found["keys"].health, "backup" in found["keys"].message.en) == (Health.WARN, True)
    sealing.write_bytes((keys / "exchange" / "signing.pem").read_bytes())
    sealing.chmod(0o600)
    try:
        found = by_name(examine(installation.settings))
        assert found["keys"].health is Health.FAIL
        assert "X25519" in found["keys"].message.en
    finally:
        sealing.write_bytes(kept)
    assert by_name(examine(installation.settings))["keys"].health is Health.OK


@pytest.mark.parametrize(
    ("days", "health", "said"),
    [
        (0, Health.OK, "localhost"),
        (705, Health.WARN, "istmo exchange certificate"),
        (800, Health.FAIL, "istmo exchange certificate"),
        (3500, Health.WARN, "istmo exchange show"),
        (3700, Health.FAIL, "istmo exchange show"),
    ],
)
def test_a_certificate_is_renewed_in_time(installation: "Home", days: int, health: Health, said: str) -> None:
    check = by_name(examine(installation.settings, now=datetime.now(UTC) + timedelta(days=days)))["certificate"]
    assert check.health is health
    assert said in check.message.en
    assert said in check.message.es


def test_a_certificate_of_another_authority_is_wrong(installation: "Home", elsewhere: Settings) -> None:
    other = init(elsewhere, role=Role.HUB)
    own, strange = (home.path / "keys" / "tls" / "ca.pem" for home in (installation, other))
    kept = own.read_bytes()
    own.write_bytes(strange.read_bytes())
    try:
        check = by_name(examine(installation.settings))["certificate"]
    finally:
        own.write_bytes(kept)
    assert check.health is Health.FAIL


def test_what_the_exchange_still_lacks_is_told(installation: "Home", elsewhere: Settings) -> None:
    file = installation.path / "exchange.json"
    node = init(elsewhere, role=Role.NODE, member="PAN")
    joining.listen(node, host="127.0.0.1", port=9443, names=("pan.example.org",))
    other = joining.read_presentation(json.dumps(joining.presentation(node)).encode(), name="pan.json")
    peers = installation.path / "keys" / "tls" / "peers.pem"
    believed = peers.read_bytes()
    try:
        joining.listen(installation, host="0.0.0.0", port=9443, names=())
        assert _exchange(installation) == (Health.WARN, "istmo exchange peer")
        joining.know(installation, other)
        assert _exchange(installation) == (Health.WARN, "istmo exchange listen --name")
        joining.listen(installation, host="127.0.0.1", port=9443, names=())
        assert _exchange(installation)[0] is Health.OK
        peers.write_bytes(believed)
        assert _exchange(installation) == (Health.WARN, "istmo exchange peer")
        file.write_text("rubbish")
        assert _exchange(installation)[0] is Health.FAIL
    finally:
        file.unlink()
        peers.write_bytes(believed)
    assert _exchange(installation) == (Health.OK, "istmo exchange listen")


def test_a_registry_that_is_missing_or_stale_is_told(installation: "Home", elsewhere: Settings) -> None:
    node = init(elsewhere, role=Role.NODE, member="PAN")
    joining.listen(node, host="127.0.0.1", port=9443, names=())
    check = by_name(examine(node.settings))["registry"]
    assert (check.health, "istmo exchange trust" in check.message.es) == (Health.WARN, True)
    broken = node.path / "registry" / "current" / "metadata" / "timestamp.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("rubbish")
    assert by_name(examine(node.settings))["registry"].health is not Health.OK
    assert installation.demonstration
    joining.listen(installation, host="127.0.0.1", port=9443, names=())
    try:
        for later, health in ((timedelta(0), Health.OK), (timedelta(days=4), Health.FAIL)):
            check = by_name(examine(installation.settings, now=datetime.now(UTC) + later))["registry"]
            assert check.health is health, check.message
        assert "istmo doctor --peers" in check.message.es
    finally:
        (installation.path / "exchange.json").unlink()


def _exchange(home: "Home") -> tuple[Health, str]:
    check = by_name(examine(home.settings))["exchange"]
    found = next((command for command in COMMANDS if command in check.message.en and command in check.message.es), "")
    return check.health, found


COMMANDS = ("istmo exchange listen --name", "istmo exchange peer", "istmo exchange listen")


@pytest.mark.parametrize(
    ("ahead", "health"),
    [(timedelta(0), Health.OK), (timedelta(seconds=60), Health.WARN), (timedelta(hours=-1), Health.FAIL)],
)
def test_the_clock_is_held_against_that_of_the_database(installation: "Home", ahead: timedelta, health: Health) -> None:
    check = by_name(examine(installation.settings, now=datetime.now(UTC) + ahead))["database_clock"]
    assert check.health is health
    assert health is Health.OK or "NTP" in check.message.es


def test_rights_that_somebody_changed_are_told(installation: "Home") -> None:
    assert installation.owner is not None
    assert installation.exchange is not None
    with installation.owner.connect() as owner:
        owner.execute(f"GRANT SELECT ON accounts_user TO {installation.exchange.user}")
        check = by_name(examine(installation.settings))["grants"]
        owner.execute(f"REVOKE SELECT ON accounts_user FROM {installation.exchange.user}")
    assert check.health is Health.WARN
    assert "accounts_user" in check.message.es
