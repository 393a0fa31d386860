"""Several installations in one PostgreSQL: each has a database, roles and keys of its own and enters no other's."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from istmo.app import keys
from istmo.app.doctor import Health, examine
from istmo.app.home import Home, Role, database_running, init
from istmo.app.postgres import homes_of
from istmo.app.settings import Settings
from istmo.model.errors import InvalidInput
from istmo.registry.keys import Use


@pytest.fixture(scope="module")
def region() -> Iterator[dict[str, Home]]:
    """A hub and two nodes beside it, with the cluster running."""
    directory = Path(tempfile.mkdtemp(prefix="istmo-region-"))
    directory.chmod(0o755)
    settings = Settings(home=directory / "hub", data_dir=directory / "data")
    hub = init(settings, role=Role.HUB)
    homes = {"TS": hub}
    for member in ("PAN", "HND"):
        homes[member] = init(
            replace(settings, home=directory / member.lower()), role=Role.NODE, member=member, beside=hub
        )
    with database_running(hub), database_running(homes["PAN"]), database_running(homes["HND"]):
        yield homes
    shutil.rmtree(directory)


def test_each_has_a_database_and_three_roles_of_its_own(region: dict[str, Home]) -> None:
    names = {home.app.name for home in region.values()}
    assert names == {"istmo", "istmo_pan", "istmo_hnd"}
    logins = [login for home in region.values() for login in (home.owner, home.app, home.exchange) if login]
    assert len({login.user for login in logins}) == len({login.password for login in logins}) == 9
    for login in logins:
        with login.connect() as connection:
            row = connection.execute("SELECT current_database(), current_user").fetchone()
            assert row == (login.name, login.user)


def test_no_role_enters_the_database_of_another_installation(region: dict[str, Home]) -> None:
    for home in region.values():
        for other in region.values():
            if other is home:
                continue
            for login in (home.owner, home.app, home.exchange):
                assert login is not None
                with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                    replace(login, name=other.app.name).connect()


def test_keys_are_private_made_once_and_of_each_party_alone(region: dict[str, Home]) -> None:
    private = ("exchange/signing.pem", "exchange/sealing.pem", "tls/key.pem", "tls/ca-key.pem")
    before = {}
    for party, home in region.items():
        for name in private:
            file = home.path / "keys" / name
            assert file.stat().st_mode & 0o777 == 0o600
            before[party, name] = file.read_bytes()
        keys.make_keys(home.path, party)
    assert len(set(before.values())) == len(before)
    assert all((region[party].path / "keys" / name).read_bytes() == was for (party, name), was in before.items())
    given = keys.public_keys(region["PAN"].path, "PAN")
    assert given["party"] == "PAN"
    assert {key["use"] for key in given["keys"]} == {"sig", "enc"}
    assert "PRIVATE" not in str(given)
    assert '"d"' not in str(given)


def test_a_certificate_serves_a_listener_and_a_client_and_is_renewed_under_the_same_authority(
    region: dict[str, Home],
) -> None:
    home = region["PAN"].path
    file = home / "keys" / "tls" / "cert.pem"
    authority = x509.load_pem_x509_certificate(keys.authority_of(home))
    first = x509.load_pem_x509_certificate(file.read_bytes())
    later = datetime.now(UTC) + timedelta(days=700)
    keys.renew_certificate(home, "PAN", hosts=("pan.example.org", "10.1.2.3"), now=later)
    second = x509.load_pem_x509_certificate(file.read_bytes())
    for one in (first, second):
        one.verify_directly_issued_by(authority)
        purposes = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert set(purposes) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert second.not_valid_after_utc > first.not_valid_after_utc
    named = second.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert named.get_values_for_type(x509.DNSName) == ["pan.example.org"]
    keys.believe(home, [keys.authority_of(region["TS"].path), keys.authority_of(home)])
    assert (home / "keys" / "tls" / "peers.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 2


def test_keys_that_were_made_are_read_again(region: dict[str, Home]) -> None:
    home = region["HND"].path
    assert keys.public_key(home, Use.SIGNING).kid != keys.public_key(home, Use.SEALING).kid


def test_a_second_installation_of_the_same_party_does_not_share_the_cluster(region: dict[str, Home]) -> None:
    hub = region["TS"]
    taken = replace(hub.settings, home=hub.path.with_name("again"))
    with pytest.raises(InvalidInput, match="another installation") as raised:
        init(taken, role=Role.NODE, member="PAN", beside=hub)
    assert str(region["PAN"].path) in raised.value.place
    assert not taken.home.exists()


def test_a_cluster_is_an_orphan_only_when_none_of_its_installations_is_left(region: dict[str, Home]) -> None:
    hub = region["TS"]
    moved = hub.path.rename(hub.path.with_name("moved"))
    try:
        assert _orphans(hub) is Health.OK
    finally:
        moved.rename(hub.path)
    assert hub.cluster is not None
    assert set(homes_of(hub.cluster)) == {home.path for home in region.values()}


def _orphans(home: Home) -> Health:
    return next(check.health for check in examine(home.settings) if check.name == "orphan_clusters")
