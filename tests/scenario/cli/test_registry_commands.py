"""The registry on the command line: three members, each where its key lies, and the hub that publishes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.scenario.cli.conftest import Run

from istmo.model.text import Text
from istmo.registry.demonstration import demonstration_documents, demonstration_key, demonstration_snapshot
from istmo.registry.denunciations import denounce
from istmo.registry.distribution.contents import FocalPoint, write_focal_points
from istmo.registry.keys import Use
from istmo.registry.reference import own_documents
from istmo.registry.suspensions import suspend

MEMBERS = ("PAN", "HND", "MEX")


@pytest.fixture
def keys(istmo: Run, tmp_path: Path) -> Path:
    for name in (*MEMBERS, "hub", "new"):
        istmo("registry", "key", tmp_path / f"{name}.pem")
    return tmp_path


def begun(istmo: Run, keys: Path) -> Path:
    members = [part for one in MEMBERS for part in ("--member", f"{one}={keys / one}.pem.pub.json")]
    istmo("registry", "init", keys / "registry", *members, "--hub", keys / "hub.pem.pub.json")
    return keys / "registry"


def published(istmo: Run, keys: Path) -> Path:
    registry = begun(istmo, keys)
    for one in MEMBERS:
        istmo("registry", "sign", registry, "--key", keys / f"{one}.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem")
    return registry


def kid(file: Path) -> str:
    return str(json.loads(file.read_text())["kid"])


def status(istmo: Run, registry: Path, exit_code: int = 0) -> dict[str, object]:
    return dict(json.loads(istmo("registry", "status", registry, "--json", exit_code=exit_code).stdout))


def test_a_registry_begins_is_signed_by_its_members_and_published(istmo: Run, keys: Path) -> None:
    assert (keys / "PAN.pem").stat().st_mode & 0o077 == 0
    registry = begun(istmo, keys)
    assert "nothing published yet" in istmo("registry", "status", registry, exit_code=1).stdout
    istmo("registry", "publish", registry, "--key", keys / "hub.pem", exit_code=2)
    shown = istmo("registry", "sign", registry, "--key", keys / "PAN.pem").stdout
    assert "root 1: missing / faltan 1" in shown
    for one in ("HND", "MEX"):
        istmo("registry", "sign", registry, "--key", keys / f"{one}.pem")
    assert "registry / registro 1" in istmo("registry", "publish", registry, "--key", keys / "hub.pem").stdout
    istmo("registry", "publish", registry, "--key", keys / "hub.pem", "--renew")
    assert status(istmo, registry)["version"] == 1


def test_an_agreement_counts_once_the_keys_that_signed_it_are_published(istmo: Run, keys: Path) -> None:
    registry = published(istmo, keys)
    istmo("registry", "key", keys / "HTI.pem")
    istmo("registry", "add", registry, "--party", f"HTI={keys / 'HTI'}.pem.pub.json")
    for party in ("PAN", "HTI"):
        (keys / "signing.pem").write_bytes(demonstration_key(party).as_pem())
        istmo("registry", "public", keys / "signing.pem", "--out", keys / f"{party}.jwk")
        (keys / "sealing.pem").write_bytes(demonstration_key(party, Use.SEALING).as_pem())
        istmo("registry", "public", keys / "sealing.pem", "--out", keys / f"{party}.seal.jwk")
        istmo("registry", "keys", registry, party, "--add", keys / f"{party}.jwk", "--add", keys / f"{party}.seal.jwk")
    signed = keys / "agreement.jws.json"
    signed.write_text(demonstration_documents()["demo:PAN-HTI-IDENT"].as_json())
    istmo("registry", "add", registry, signed)
    for one in ("PAN", "HND", "HTI"):
        istmo("registry", "sign", registry, "--key", keys / f"{one}.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem")
    found = status(istmo, registry)
    assert found["agreements"] == ["demo:PAN-HTI-IDENT"]
    assert len(found["keys"]) == 4  # type: ignore[arg-type]

    istmo("registry", "keys", registry, "PAN", "--revoke", kid(keys / "PAN.jwk"))
    istmo("registry", "sign", registry, "--key", keys / "PAN.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem")
    assert status(istmo, registry)["agreements"] == []


def test_a_notice_of_a_party_finds_its_place_and_waits_for_its_party_alone(istmo: Run, keys: Path) -> None:
    registry, now = published(istmo, keys), datetime.now(UTC).replace(microsecond=0)
    (keys / "signing.pem").write_bytes(demonstration_key("PAN").as_pem())
    istmo("registry", "public", keys / "signing.pem", "--out", keys / "PAN.jwk")
    istmo("registry", "keys", registry, "PAN", "--add", keys / "PAN.jwk")
    text = demonstration_snapshot(now).agreements["demo:PAN-HTI-IDENT"]
    reason, key = Text(es="Prueba", en="Test"), demonstration_key("PAN")
    for number, notice in enumerate(
        (
            suspend(text.id, party="PAN", since=now, reason=reason, key=key),
            denounce(text, party="PAN", at=now, reason=reason, key=key),
        )
    ):
        file = keys / f"notice-{number}.jws.json"
        file.write_text(notice.document.as_json())
        shown = istmo("registry", "add", registry, file).stdout
        assert "draft / borrador PAN" in shown
        assert "draft / borrador targets" not in shown
    istmo("registry", "sign", registry, "--key", keys / "PAN.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem")
    served = sorted(path.name.split(".")[1] for path in (registry / "targets/members/PAN").glob("*.json"))
    assert served == ["denunciation", "keys", "suspension"]


def test_a_draft_of_focal_points_is_shown_and_waits_for_the_party_alone(istmo: Run, keys: Path) -> None:
    registry = published(istmo, keys)
    point = FocalPoint(
        "INFORMATION_SYSTEM", "holder", "Ada Ejemplo", "", "Instituto", "es", "", "", "2026-01-01", "2026-12-31"
    )
    file = keys / "PAN-focal-points.json"
    file.write_bytes(write_focal_points("PAN", [point]))
    shown = istmo("registry", "add", registry, file).stdout
    assert "INFORMATION_SYSTEM holder: Ada Ejemplo, Instituto (2026-01-01 – 2026-12-31)" in shown
    assert "draft / borrador PAN" in shown
    istmo("registry", "sign", registry, "--key", keys / "HND.pem", exit_code=2)
    istmo("registry", "sign", registry, "--key", keys / "PAN.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem")
    assert list((registry / "targets/members/PAN").glob("*.focal-points.json"))
    file.write_text('{"format": "istmo-focal-points/1", "party": "PAN", "points": 3}')
    istmo("registry", "add", registry, file, exit_code=2)
    file.write_text("[]")
    istmo("registry", "add", registry, file, exit_code=2)


def test_lists_of_the_program_are_drafted_and_those_of_a_later_version_are_left(istmo: Run, keys: Path) -> None:
    registry = published(istmo, keys)
    assert (registry / "targets/codelists").is_dir(), "a registry begins with the lists of the program"
    assert "draft" not in istmo("registry", "lists", registry).stdout
    own = own_documents()["codelists/sex.yaml"]
    for version, said in ((b"0.9.0", "drafted"), (b"9.0.0", "left")):
        (keys / "sex.yaml").write_bytes(own.replace(b"version: 1.0.0", b"version: " + version))
        istmo("registry", "add", registry, keys / "sex.yaml", "--as", "codelists/sex.yaml")
        for one in ("PAN", "HND"):
            istmo("registry", "sign", registry, "--key", keys / f"{one}.pem")
        istmo("registry", "publish", registry, "--key", keys / "hub.pem")
        shown = istmo("registry", "lists", registry).stdout
        assert f"{said} / " in shown
        assert ("draft / borrador targets" in shown) is (said == "drafted")
    rule, place = keys / "rule.yaml", "rules/disclosure/another.yaml"
    rule.write_bytes(own_documents()["rules/disclosure/monthly-flows.yaml"])
    assert "targets" in istmo("registry", "add", registry, rule, "--as", place).stdout
    rule.write_bytes(b"version: 1\nthreshold: 2\n")
    assert "F110" in istmo("registry", "add", registry, rule, "--as", place, exit_code=2).stderr
    (keys / "sex.yaml").write_bytes(b"rubbish: [")
    refused = istmo("registry", "add", registry, keys / "sex.yaml", "--as", "codelists/sex.yaml", exit_code=2)
    assert "sex.yaml" in refused.stderr


def test_a_lost_key_of_a_member_and_the_hubs_are_replaced_by_the_others(istmo: Run, keys: Path) -> None:
    registry = published(istmo, keys)
    old = kid(keys / "PAN.pem.pub.json")
    istmo("registry", "rotate", registry, "--party", "PAN", "--old", old, "--new", keys / "new.pem.pub.json")
    for one in ("HND", "MEX", "new"):
        istmo("registry", "sign", registry, "--key", keys / f"{one}.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem")
    istmo("registry", "sign", registry, "--key", keys / "PAN.pem", exit_code=2)

    istmo("registry", "key", keys / "hub2.pem")
    istmo("registry", "rotate", registry, "--party", "hub", "--new", keys / "hub2.pem.pub.json")
    for one in ("HND", "new"):
        istmo("registry", "sign", registry, "--key", keys / f"{one}.pem")
    istmo("registry", "publish", registry, "--key", keys / "hub.pem", exit_code=2)
    istmo("registry", "publish", registry, "--key", keys / "hub2.pem")
    assert status(istmo, registry)["drafts"] == []


def test_what_is_wrong_is_told_in_both_languages_and_nothing_is_changed(istmo: Run, keys: Path) -> None:
    registry = published(istmo, keys)
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    private, public = keys / "PAN.pem", keys / "PAN.pem.pub.json"
    for arguments in (
        ("key", private),
        ("key", keys / "no" / "where.pem"),
        (
            "init",
            registry,
            "--member",
            f"PAN={public}",
            "--member",
            f"HND={keys / 'HND'}.pem.pub.json",
            "--hub",
            public,
        ),
        ("init", registry, "--member", f"PAN={private}", "--hub", public),
        ("init", registry, "--member", "PAN", "--hub", public),
        ("add", registry),
        ("add", registry, private),
        ("add", registry, private, "--as", "../secrets.json"),
        ("add", registry, keys / "none.json"),
        ("keys", registry, "PAN", "--revoke", "none"),
        ("sign", registry, "--key", keys / "new.pem"),
        ("sign", registry, "--key", public),
        ("publish", registry, "--key", private),
        ("rotate", registry, "--party", "PAN", "--old", "none", "--new", public),
        ("public", public, "--out", keys / "x"),
        ("status", keys / "none"),
    ):
        done = istmo("registry", *arguments, exit_code=2)
        assert len(done.stderr.strip().splitlines()) >= 2, arguments
    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before
