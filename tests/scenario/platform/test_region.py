"""The demonstration's four homes trust one registry that was signed as a real one is; it is renewed, or made anew."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from istmo.app import keys, registry_duties
from istmo.app.demonstration_registry import distribute
from istmo.app.doctor import Health, _reference
from istmo.app.exchange import Registry, read_exchange
from istmo.app.home import Home
from istmo.app.region import NODES, connect, made_homes
from istmo.app.settings import Settings
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.installation.registry_copy.published import Published
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.demonstration import demonstration_key
from istmo.registry.denunciations import denounce
from istmo.registry.distribution import making
from istmo.registry.keys import Use
from istmo.registry.reference import own_documents
from istmo.registry.suspensions import suspend

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def homes() -> Iterator[dict[str, Home]]:
    directory = Path(tempfile.mkdtemp(prefix="istmo-region-"))
    settings = Settings(home=directory / "hub", data_dir=directory / "data")
    made = made_homes(settings, lambda said: None)
    connect(made, port=18000)
    distribute(made, now=NOW)
    yield made
    shutil.rmtree(directory)


def copy_of(home: Home) -> RegistryCopy:
    return RegistryCopy(home.path / "registry")


def test_every_home_holds_the_same_registry_with_the_keys_of_all(homes: dict[str, Home]) -> None:
    snapshots = {party: copy_of(home).snapshot(NOW) for party, home in homes.items()}
    assert len({one.digest for one in snapshots.values()}) == 1
    held = snapshots["PAN"]
    assert "demo:RCM-STAT" in held.agreements
    for party, home in homes.items():
        record = held.keys.records[keys.public_key(home.path, Use.SIGNING).kid]
        assert record.party == party
    assert demonstration_key("PAN").kid not in held.keys.records
    assert held.keys.records[demonstration_key("USA").kid].party == "USA"


def test_the_lists_that_the_members_signed_are_the_reference_and_a_newer_one_is_told_and_never_loaded(
    homes: dict[str, Home], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, published = homes["PAN"], Published(homes["TS"].path / "registry" / "published")
    listed = Registry(node).listed()
    assert set(own_documents()) < set(listed)
    assert {one for path in own_documents() for one in listed[path].signers} == {"HND", "MEX", "PAN"}
    assert [(one.name, one.health) for one in _reference(node)] == [("reference", Health.OK)]
    path = "codelists/sex.yaml"
    newer = own_documents()[path].replace(b"version: 1.0.0", b"version: 1.1.0") + b"  Z9: {es: Nuevo, en: New}\n"
    published.change(lambda files: making.put(files, path, newer, now=NOW))
    first, second = (keys.registry_key(homes[party].path) for party in ("PAN", "HND"))
    published.change(lambda files: making.sign(making.sign(files, first).files, second).files)
    published.publish(keys.registry_key(homes["TS"].path), now=NOW)
    copy = copy_of(node)
    monkeypatch.setattr(registry_duties._LOG, "disabled", False)  # import-linter, run by another test, disables loggers
    with caplog.at_level(logging.WARNING):
        before = copy.digest()
        copy.refresh(lambda path, limit: published.served(path), now=NOW)
        assert copy.digest() != before
        registry_duties._compare(copy, NOW)
    assert f"registry document {path}: behind (program 1.0.0, registry 1.1.0)" in caplog.text
    (check,) = _reference(node)
    assert check.health is Health.WARN
    assert "faltan aquí: Z9" in check.message.es
    assert "Z9" not in codelist("sex")
    assert Registry(homes["HND"]).listed()[path].digest != Registry(node).listed()[path].digest


def test_an_agreement_is_signed_and_judged_by_the_registry_of_the_installation(
    homes: dict[str, Home], tmp_path: Path
) -> None:
    node, now = homes["PAN"], datetime.now(UTC).replace(microsecond=0)
    distribute(homes, now=now)
    id_, source, signed = "demo:PAN-HTI-IDENT", tmp_path / "held.jws.json", tmp_path / "new.jws.json"
    source.write_text(str(Registry(node).document(id_, 1)))
    key = node.path / "keys" / "exchange" / "signing.pem"
    said = istmo(node, "agreement", "sign", source, "--key", key, "--out", signed, "--yes", "--home", node.path)
    assert "(PAN)" in said.stderr
    shown = json.loads(istmo(node, "agreement", "show", signed, "--home", node.path, "--json").stdout)
    assert (shown["state"], shown["valid"]) == ("IN_FORCE", True)
    elsewhere = json.loads(istmo(node, "agreement", "show", signed, "--json", code=1).stdout)
    assert [one["signed"] for one in elsewhere["parties"]] == [False, True], "those keys are of that registry alone"
    text, ended = Registry(node)().agreements[id_], now - timedelta(days=60)
    reason = Text(es="Prueba", en="Test")
    notice = denounce(text, party="PAN", at=ended, reason=reason, key=keys.private_key(node.path, Use.SIGNING))
    copy_of(node).receive(notice.document.as_json().encode(), now=now)
    shown = json.loads(istmo(node, "agreement", "show", signed, "--home", node.path, "--json").stdout)
    assert shown["state"] == "DENOUNCED"
    istmo(node, "agreement", "sign", source, "--key", key, "--out", signed, "--yes", "--home", tmp_path, code=2)


def istmo(home: Home, *arguments: str | Path, code: int = 0) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ISTMO_")}
    done = subprocess.run(
        [sys.executable, "-m", "istmo", *map(str, arguments)],
        env=environment | {"ISTMO_DATA_DIR": str(home.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def test_homes_know_each_other_by_address_and_authority(homes: dict[str, Home]) -> None:
    for party, home in homes.items():
        exchange = read_exchange(home)
        assert set(exchange.peers) == set(homes) - {party}
        assert f"https://127.0.0.1:{exchange.port}" not in exchange.peers.values()
        assert (home.path / "keys" / "tls" / "peers.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 4


def test_a_second_start_renews_and_one_after_years_makes_it_anew_and_forgets_no_suspension(
    homes: dict[str, Home],
) -> None:
    reason = Text(es="Prueba", en="Test")
    signing = keys.private_key(homes["PAN"].path, Use.SIGNING)
    notice = suspend("demo:RCM-STAT", party="PAN", since=NOW, reason=reason, key=signing)
    copy_of(homes["PAN"]).receive(notice.document.as_json(), now=NOW)
    root = (homes["HND"].path / "registry" / "root.json").read_bytes()
    for later in (timedelta(hours=5), timedelta(days=60)):
        distribute(homes, now=NOW + later)
        assert (homes["HND"].path / "registry" / "root.json").read_bytes() == root
        assert copy_of(homes["HND"]).snapshot(NOW + later).expires == NOW + later + timedelta(hours=72)
    years = NOW + timedelta(days=800)
    with pytest.raises(InvalidInput):
        copy_of(homes["HND"]).install(b"another root")
    distribute(homes, now=years)
    assert (homes["HND"].path / "registry" / "root.json").read_bytes() != root
    assert copy_of(homes["PAN"]).snapshot(years).suspended("demo:RCM-STAT", years) is not None
    assert len(NODES) == 3
