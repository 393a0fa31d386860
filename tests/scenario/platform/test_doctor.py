"""The doctor says what is wrong and what to do, in both languages."""

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from istmo.app.django_setup import configure
from istmo.app.doctor import Check, Health, examine
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
    assert {check.name: check.health.value for check in checks if check.name != "disk"} == dict.fromkeys(
        [
            "python",
            "clock",
            "fonts",
            "chromium",
            "postgresql",
            "orphan_clusters",
            "home",
            "database",
            "roles",
            "schema",
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
