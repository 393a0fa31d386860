"""Two installations come to know each other by one file each; whatever is wrong with it changes nothing."""

import json
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from istmo.app import joining, keys
from istmo.app.exchange import access_point_of, client_context, read_exchange
from istmo.app.home import Home, Role, init, read_home
from istmo.app.joining import Presentation, know, listen, presentation, read_presentation
from istmo.app.settings import Settings
from istmo.cli import _public, app
from istmo.exchange.manifest import SKEW
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.model.errors import InvalidInput
from istmo.registry.keys import Use, from_jwk


@pytest.fixture
def homes() -> Iterator[dict[str, Home]]:
    directory = Path(tempfile.mkdtemp(prefix="istmo-joining-"))
    made = {
        "TS": init(Settings(home=directory / "ts", data_dir=directory / "data"), role=Role.HUB),
        "PAN": init(Settings(home=directory / "pan", data_dir=directory / "data"), role=Role.NODE, member="PAN"),
    }
    yield made
    shutil.rmtree(directory)


@pytest.fixture
def joined(homes: dict[str, Home]) -> dict[str, Home]:
    for party, home in homes.items():
        listen(home, host="127.0.0.1", port=9443, names=(f"{party.lower()}.example.org",))
    return homes


def presented(home: Home, **changed: Any) -> bytes:
    return json.dumps({**presentation(home), **changed}).encode()


def test_what_is_handed_over_holds_nothing_secret_and_is_read_again(joined: dict[str, Home]) -> None:
    raw = presented(joined["TS"])
    assert b"PRIVATE" not in raw
    assert b'"d"' not in raw
    read = read_presentation(raw, name="ts.json")
    assert (read.party, read.address) == ("TS", "https://ts.example.org:9443")
    assert read.fingerprint == joining.fingerprint(keys.authority_of(joined["TS"].path))
    assert len(read.kids) == 2


def test_a_peer_is_believed_and_delivered_to_from_then_on_and_known_once(joined: dict[str, Home]) -> None:
    node = joined["PAN"]
    other = read_presentation(presented(joined["TS"]), name="ts.json")
    for _ in range(2):
        know(node, other)
    assert read_exchange(node).peers == {"TS": "https://ts.example.org:9443"}
    assert len(joining.believed(node)) == 2
    assert len(client_context(node).get_ca_certs()) == 2


def test_a_peer_with_a_new_authority_replaces_the_old_one(joined: dict[str, Home], homes: dict[str, Home]) -> None:
    node = joined["PAN"]
    know(node, read_presentation(presented(joined["TS"]), name="ts.json"))
    shutil.rmtree(joined["TS"].path / "keys" / "tls")
    keys.make_keys(joined["TS"].path, "TS", hosts=("ts.example.org",))
    know(node, read_presentation(presented(joined["TS"]), name="ts.json"))
    assert set(joining.believed(node)) == {keys.authority_of(home.path) for home in joined.values()}


def test_a_certificate_is_renewed_for_the_same_names(joined: dict[str, Home]) -> None:
    node = joined["PAN"]
    before = (node.path / "keys" / "tls" / "cert.pem").read_bytes()
    joining.renew(node)
    assert (node.path / "keys" / "tls" / "cert.pem").read_bytes() != before
    assert joining.names(node) == ("pan.example.org", "localhost", "127.0.0.1", "::1")


@pytest.mark.parametrize("name", ["", "https://pan.example.org", "pan example", "pan.example.org:8443", "-pan", "ñ"])
def test_what_is_no_name_of_a_server_is_refused(homes: dict[str, Home], name: str) -> None:
    with pytest.raises(InvalidInput, match="not the name"):
        listen(homes["PAN"], host="127.0.0.1", port=9443, names=(name,))
    assert not (homes["PAN"].path / "exchange.json").exists()


def wrong(home: Home) -> dict[str, bytes]:
    authority = presentation(home)["authority"]
    leaf = (home.path / "keys" / "tls" / "cert.pem").read_text()
    private = (home.path / "keys" / "tls" / "ca-key.pem").read_text()
    return {
        "rubbish": b"\x00\xff",
        "a list": b"[]",
        "no authority": presented(home, authority=""),
        "rubbish for an authority": presented(home, authority="-----BEGIN CERTIFICATE-----\nrubbish\n"),
        "a private key for an authority": presented(home, authority=private),
        "two authorities": presented(home, authority=authority * 2),
        "a certificate that is none of an authority": presented(home, authority=leaf),
        "a party that nobody knows": presented(home, party="XXX"),
        "no keys": presented(home, keys=None),
        "a key of another kind": presented(home, keys=[{"use": "sig", "kty": "RSA"}]),
    }


def test_a_file_with_something_wrong_is_refused(joined: dict[str, Home]) -> None:
    for what, raw in wrong(joined["TS"]).items():
        with pytest.raises(InvalidInput) as raised:
            read_presentation(raw, name="ts.json")
        assert raised.value.rule == ("F70" if "key of another" in what else "F87"), what
        assert raised.value.in_("es") != raised.value.in_("en")


@pytest.mark.parametrize(
    "address", ["http://ts.example.org", "ts.example.org", "https://ts.example.org/path", "https://"]
)
def test_an_address_that_is_none_changes_nothing(joined: dict[str, Home], address: str) -> None:
    node = joined["PAN"]
    before = read_exchange(node), joining.believed(node)
    with pytest.raises(InvalidInput, match="address"):
        know(node, read_presentation(presented(joined["TS"]), name="ts.json", address=address))
    assert (read_exchange(node), joining.believed(node)) == before


def test_nobody_is_a_peer_of_itself_or_without_an_address(joined: dict[str, Home]) -> None:
    node = joined["PAN"]
    with pytest.raises(InvalidInput, match="itself"):
        know(node, read_presentation(presented(node), name="pan.json"))
    nowhere = Presentation("TS", keys.authority_of(joined["TS"].path), "", ())
    with pytest.raises(InvalidInput, match="where it listens"):
        know(node, nowhere)
    (node.path / "keys" / "tls" / "peers.pem").write_text("rubbish")
    with pytest.raises(InvalidInput, match="cannot be read"):
        joining.believed(node)


def test_the_commands_do_the_same_and_ask_before_a_peer_is_believed(joined: dict[str, Home], tmp_path: Path) -> None:
    run, file = CliRunner(), tmp_path / "ts.json"
    hub, node = (["--home", str(joined[party].path)] for party in ("TS", "PAN"))
    assert run.invoke(app, ["exchange", "show", "--out", str(file), *hub]).exit_code == 0
    refused = run.invoke(app, ["exchange", "peer", str(file), *node], input="n\n")
    assert refused.exit_code == 1
    assert read_exchange(joined["PAN"]).peers == {}
    agreed = run.invoke(app, ["exchange", "peer", str(file), *node], input="s\n")
    assert agreed.exit_code == 0, agreed.output
    assert joining.fingerprint(keys.authority_of(joined["TS"].path)) in agreed.output
    assert read_exchange(joined["PAN"]).peers == {"TS": "https://ts.example.org:9443"}
    assert run.invoke(app, ["exchange", "certificate", *node]).exit_code == 0
    assert run.invoke(app, ["exchange", "listen", "--port", "9500", *node]).exit_code == 0
    assert read_exchange(joined["PAN"]).port == 9500
    assert read_exchange(read_home(joined["PAN"].settings)).peers == {"TS": "https://ts.example.org:9443"}


def test_the_certificate_names_what_tls_needs(joined: dict[str, Home]) -> None:
    files = {name: joined["PAN"].path / "keys" / "tls" / f"{name}.pem" for name in ("cert", "key")}
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files["cert"], files["key"])


def test_a_root_is_trusted_once_after_it_was_compared(joined: dict[str, Home], tmp_path: Path) -> None:
    run, node = CliRunner(), ["--home", str(joined["PAN"].path)]
    root = json.dumps({"signed": {"_type": "root", "keys": {"a": 1}, "roles": {"root": 1}}, "signatures": []})
    file, other = tmp_path / "root.json", tmp_path / "other.json"
    file.write_text(root)
    other.write_text(root + " ")
    kept = joined["PAN"].path / "registry" / "root.json"
    assert run.invoke(app, ["exchange", "trust", str(file), *node], input="n\n").exit_code == 1
    assert not kept.exists()
    for _ in range(2):
        assert run.invoke(app, ["exchange", "trust", str(file), "--yes", *node]).exit_code == 0
    assert kept.read_text() == root
    with pytest.raises(InvalidInput, match="another root"):
        joining.trust(joined["PAN"], other.read_bytes())
    assert kept.read_text() == root


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"signed": {"_type": "snapshot", "keys": {"a": 1}, "roles": {"b": 1}}}']
)
def test_what_is_no_root_is_not_trusted(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="not the root") as raised:
        joining.read_root(raw, name="root.json")
    assert raised.value.rule == "F76"


def test_the_registry_key_is_shown_and_handed_over_with_the_others(joined: dict[str, Home], tmp_path: Path) -> None:
    run, node, file = CliRunner(), joined["PAN"], tmp_path / "pan.json"
    kid = keys.registry_key(node.path).kid
    shown = run.invoke(app, ["exchange", "show", "--out", str(file), "--home", str(node.path)])
    assert f"registry key / clave del registro: {kid}" in shown.output
    handed = json.loads(file.read_text())
    assert from_jwk(handed["registry"], use=Use.SIGNING, name="pan.json").kid == kid
    assert "d" not in handed["registry"]
    assert kid not in read_presentation(file.read_bytes(), name="pan.json").kids, "no message is signed with it"
    assert _public(file).kid == kid, "“istmo registry” takes the file as it was handed over"


def test_what_arrives_is_held_to_the_oldest_registry_that_may_be_fresh(
    joined: dict[str, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def oldest(copy: RegistryCopy, now: datetime, *, skew: timedelta) -> int:
        asked.append((copy.directory, skew))
        return 7

    monkeypatch.setattr(RegistryCopy, "oldest_fresh", oldest)
    point = access_point_of(joined["PAN"])
    assert [point.oldest_registry() for _ in range(3)] == [7, 7, 7]
    assert set(asked) == {(joined["PAN"].path / "registry", SKEW)}
    assert len(asked) < 3, "it is looked up once a minute"
