"""A node is saved to one encrypted file and comes back from it as it was, or not at all."""

import base64
import dataclasses
import io
import json
import os
import shutil
import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from psycopg import sql

from istmo.app import backup
from istmo.app.backup import back_up, new_identity, read_identities, read_recipient, restore
from istmo.app.django_setup import configure
from istmo.app.home import Home, Role, init, open_home, read_home
from istmo.app.keys import private_key
from istmo.app.settings import Settings
from istmo.installation.alarms.models import Alarm
from istmo.installation.audit.models import Event
from istmo.installation.delivery.models import Content, HeldReceipt, Inbound, Outbound
from istmo.installation.evidence import sequencing
from istmo.installation.evidence.models import Head, Leaf, promise_leaves
from istmo.installation.evidence.sequencing import is_whole, sequence
from istmo.installation.observations.models import Vintage
from istmo.installation.observations.store import observations
from istmo.model.errors import IntegrityFailure, InvalidInput, IstmoError, NotFound, Unavailable
from istmo.registry.keys import Use

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_before(installation: Home) -> Iterator[None]:
    """These tests open other installations; the others find theirs as it was."""
    yield
    configure(installation.settings, installation)


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="istmo-backup-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return new_identity()


@pytest.fixture(scope="module")
def node(
    installation: Home, directory: Path, arrived: Callable[[str], Any]
) -> Iterator[tuple[Settings, dict[str, object]]]:
    """A node with a month of figures, accounts, keys, a waiting file and a registry; closed again. And what it held."""
    settings = Settings(home=directory / "pan", data_dir=directory / "data", log_level="error")
    init(settings, role=Role.NODE, member="PAN")
    with open_home(settings) as home:
        _fill(home, arrived)
        held = _held(home)
    yield settings, held
    configure(installation.settings, installation)


@pytest.fixture(scope="module")
def saved(node: tuple[Settings, dict[str, object]], directory: Path, keys: tuple[str, str]) -> Path:
    out = directory / "pan.age"
    with open_home(node[0]) as home:
        made = back_up(home, out, recipients=(read_recipient(keys[1]),), now=NOW)
    assert (made.party, made.role, made.made_at) == ("PAN", "node", "2026-03-01T12:00:00Z")
    assert made.tables["observations_vintage"] == 1
    return out


def _fill(home: Home, arrived: Callable[[str], Any]) -> None:
    from istmo.app.demonstration import files
    from istmo.installation.accounts.models import User, make_account
    from istmo.installation.submissions.submit import submit_read

    make_account(
        username="eva", role="statistician", full_name="Eva Prueba", member=None, password="una clave larga", at=NOW
    )
    name = "pan_snm_cuadro003_2022.csv"
    content = next(file for file in files() if file.name == name).content()
    stored = submit_read(
        arrived(name),
        size=len(content),
        data=content,
        account=User.objects.get(username="eva"),
        on=NOW.date(),
        received_at=NOW,
    )
    assert stored.error is None
    _exchange(home)
    for place, text in (("received/waiting", "a"), ("kept/figures", "b"), ("drafts/draft", "c"), ("istmo.log", "d")):
        file = home.path / place
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (home.path / "registry" / "copies" / "7").mkdir(parents=True)
    (home.path / "registry" / "copies" / "7" / "root.json").write_text("{}")
    (home.path / "registry" / "current").symlink_to("copies/7")
    nested = home.path / "nodes" / "hnd"
    nested.mkdir(parents=True)
    (nested / "istmo.json").write_text("{}")


def _exchange(home: Home) -> None:
    """A message that waits, one that was delivered, one received, and a log of three leaves where two more wait."""
    for sequence_, state in ((1, "DELIVERED"), (2, "WAITING")):
        sent = Outbound.objects.create(
            kind="test",
            recipient="TS",
            conversation="c",
            sequence=sequence_,
            draft={},
            manifest_digest="0" * 64,
            payload=b"ours",
            nonce=b"nonce",
            state=state,
            next_try=NOW,
            created_at=NOW,
            not_after=NOW + timedelta(days=10),
        )
    HeldReceipt.objects.create(message=sent, text="{}", outcome="accepted", received_at=NOW, held_at=NOW)
    received = Inbound.objects.create(
        sender="TS",
        message_id="m",
        manifest_digest="1" * 64,
        kind="test",
        conversation="c",
        sequence=1,
        created_at=NOW,
        received_at=NOW,
        outcome="accepted",
        receipt="{}",
        receipt_kid="k",
    )
    Content.objects.create(inbound=received, payload=b"theirs", payload_type="text/plain", next_try=NOW)
    promise_leaves([(f"m{n}", f"leaf {n}") for n in range(3)], at=NOW)
    assert _sequenced(home) == 3
    promise_leaves([(f"m{n}", f"leaf {n}") for n in range(3, 5)], at=NOW)


def _sequenced(home: Home) -> int:
    return sequence(party="PAN", signing=private_key(home.path, Use.SIGNING), now=NOW)


GROWS = (
    "alarms_alarm",
    "audit_event",
    "evidence_head",
    "evidence_leaf",
    "evidence_node",
    "evidence_pendingleaf",
    "evidence_restoration",
)
"""Where a restoration tells of itself."""


def _contents(home: Home) -> dict[str, str]:
    """A digest of every row of every table but of those."""
    assert home.owner is not None
    with home.owner.connect() as owner:
        names = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: str(
                owner.execute(
                    sql.SQL("SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {} t").format(
                        sql.Identifier(name)
                    )
                ).fetchone()
            )
            for (name,) in names
            if name not in GROWS
        }


def _held(home: Home) -> dict[str, object]:
    """What has to be the same afterwards."""
    private = home.path / "keys"
    return {
        "tables": _contents(home),
        "figures": observations()
        .sort("SERIES" if "SERIES" in observations().columns else observations().columns[0])
        .write_csv(),
        "vintages": list(Vintage.objects.values_list("name", "dataset", "rows", "content_hash")),
        "audit": list(Event.objects.order_by("id").exclude(kind="restored").values_list("id", "at", "kind", "counts")),
        "log": list(Leaf.objects.filter(index__lt=3).values_list("index", "message_id", "text", "at")),
        "head": Head.objects.get(size=3).text,
        "keys": {
            str(file.relative_to(private)): (file.read_bytes(), file.stat().st_mode & 0o777)
            for file in sorted(private.rglob("*"))
            if file.is_file()
        },
        "waiting": (home.path / "received" / "waiting").read_text(),
        "registry": (home.path / "registry" / "current" / "root.json").read_text(),
    }


def test_a_restored_node_holds_the_same_figures_audit_and_keys(
    node: tuple[Settings, dict[str, object]], saved: Path, directory: Path, keys: tuple[str, str]
) -> None:
    target = replace(node[0], home=directory / "again")
    told = restore(saved, settings=target, identities=read_identities(keys[0], name="key"), now=NOW)
    assert told.party == "PAN"
    with open_home(target) as home:
        assert (home.role, home.member) == (Role.NODE, "PAN")
        assert home.cluster != read_home(node[0]).cluster
        assert _held(home) == node[1]
        assert home.path.stat().st_mode & 0o777 == 0o700
        assert (home.path / "keys" / "exchange").stat().st_mode & 0o777 == 0o700
        assert not any((home.path / name).exists() for name in ("kept", "drafts", "istmo.log", "nodes"))
        from istmo.app.schema import pending, wrong_rights

        assert (pending(), wrong_rights(home)) == (([], []), ())
        with pytest.raises(InvalidInput, match="not empty"):
            restore(saved, settings=target, identities=read_identities(keys[0], name="key"), now=NOW)
    with open_home(node[0]) as home:
        assert _held(home) == node[1]


def test_a_restored_node_goes_on_where_the_saved_one_was(
    node: tuple[Settings, dict[str, object]], saved: Path, directory: Path, keys: tuple[str, str]
) -> None:
    """Its log grows from the signed head that it had, and says so; its next message gets a number of its own."""
    target = replace(node[0], home=directory / "goes-on")
    later = NOW + timedelta(days=3)
    restore(saved, settings=target, identities=read_identities(keys[0], name="key"), now=later)
    with open_home(target) as home:
        assert Outbound.objects.filter(state="WAITING").count() == 1
        assert Head.objects.get(size=3)
        assert is_whole()
        leaves = list(Leaf.objects.values_list("index", "message_id"))
        assert leaves == [*((n, f"m{n}") for n in range(5)), (5, "restoration-2026-03-04T12:00:00Z")]
        claim = {"at": "2026-03-04T12:00:00Z", "backup_at": "2026-03-01T12:00:00Z", "size": 3}
        assert _payload(Head.objects.get(size=6).text)["restored"] == claim
        assert _payload(Leaf.objects.get(index=5).text) == {"log_id": "PAN", **claim}
        assert Alarm.objects.get().reason == "2026-03-01T12:00:00Z/2026-03-04T12:00:00Z"
        assert Event.objects.get(kind="restored").counts == {"leaves": 3}
        assert _sequenced(home) == 0
        last = Outbound.objects.first()
        assert last is not None
        before = last.pk
        last.pk, last.message_id, last.sequence = None, uuid.uuid4(), 3
        last.save(force_insert=True)
        assert last.pk > before


def _payload(jws: str) -> dict[str, object]:
    text = json.loads(jws)["payload"]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def test_a_log_that_is_not_the_one_that_was_signed_is_restored_as_it_is_with_an_alarm(
    node: tuple[Settings, dict[str, object]],
    saved: Path,
    directory: Path,
    keys: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sequencing, "tree", lambda proof: lambda level, index: b"\1" * 32)
    target = replace(node[0], home=directory / "damaged")
    restore(saved, settings=target, identities=read_identities(keys[0], name="key"), now=NOW)
    with open_home(target):
        assert set(Alarm.objects.values_list("kind", flat=True)) == {"restored", "own_log"}
        assert Leaf.objects.count() == 3


def test_a_backup_says_nothing_without_its_key(saved: Path, keys: tuple[str, str], directory: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    content = saved.read_bytes()
    assert content.startswith(b"age-encryption.org/v1")
    assert not any(word in content for word in (b"istmo.json", b"PRIVATE", b"eva", b"PGDMP"))
    with pytest.raises(InvalidInput, match="cannot be decrypted"):
        _restored(saved, directory, read_identities(new_identity()[0], name="key"))


def test_every_byte_counts(saved: Path, keys: tuple[str, str], directory: Path) -> None:
    whole = saved.read_bytes()
    identities = read_identities(keys[0], name="key")
    damaged = directory / "damaged.age"
    for cut in (whole[:-1], whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1]), b"", b"rubbish"):
        damaged.write_bytes(cut)
        with pytest.raises(IstmoError):
            _restored(damaged, directory, identities)
    with pytest.raises(NotFound):
        _restored(directory / "absent.age", directory, identities)


@pytest.mark.parametrize(
    "change",
    [
        "a file more",
        "a file less",
        "another content",
        "another mode",
        "a path outside",
        "a link outside",
        "no manifest",
    ],
)
def test_a_backup_that_somebody_with_the_public_key_put_together_wrongly_is_refused(
    saved: Path, keys: tuple[str, str], directory: Path, change: str
) -> None:
    """Whoever has the public key can encrypt: the hashes of the manifest have to hold, and nothing leaves the place."""
    plain = io.BytesIO(pyrage.decrypt(saved.read_bytes(), list(read_identities(keys[0], name="key"))))
    changed = io.BytesIO()
    with tarfile.open(fileobj=plain) as old, tarfile.open(fileobj=changed, mode="w") as new:
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            raw = content.read() if content else b""
            if member.name == "home/keys/django":
                if change == "a file less":
                    continue
                raw = b"x" * len(raw) if change == "another content" else raw
                member.mode = 0o644 if change == "another mode" else member.mode
            if member.name == "manifest.json" and change == "no manifest":
                continue
            new.addfile(member, io.BytesIO(raw) if content else None)
        extra = {
            "a file more": tarfile.TarInfo("home/more"),
            "a path outside": tarfile.TarInfo("../outside"),
            "a link outside": tarfile.TarInfo("home/link"),
        }.get(change)
        if extra is not None:
            if change == "a link outside":
                extra.type, extra.linkname = tarfile.SYMTYPE, "../../outside"
            new.addfile(extra, io.BytesIO(b"") if extra.isfile() else None)
    wrong = directory / "wrong.age"
    wrong.write_bytes(pyrage.encrypt(changed.getvalue(), [read_recipient(keys[1])]))
    with pytest.raises(IntegrityFailure, match="not whole"):
        _restored(wrong, directory, read_identities(keys[0], name="key"))
    assert not (directory / "outside").exists()


def test_what_fails_half_way_leaves_nothing(
    saved: Path, keys: tuple[str, str], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identities = read_identities(keys[0], name="key")
    monkeypatch.setattr(backup, "_rows", lambda connection: {"audit_event": 0})
    with pytest.raises(IntegrityFailure, match="does not have the rows"):
        _restored(saved, directory, identities)
    monkeypatch.undo()
    old = dataclasses.replace(backup.find_programs(directory / "data"), version="16.1")
    monkeypatch.setattr(backup, "find_programs", lambda data_dir: old)
    with pytest.raises(Unavailable, match="PostgreSQL"):
        _restored(saved, directory, identities)


def test_a_backup_of_a_newer_version_is_refused(
    node: tuple[Settings, dict[str, object]], directory: Path, keys: tuple[str, str]
) -> None:
    out = directory / "newer.age"
    with open_home(node[0]) as home:
        assert home.owner is not None
        with home.owner.connect() as owner:
            owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('audit', '0999_later', now())")
            try:
                back_up(home, out, recipients=(read_recipient(keys[1]),), now=NOW)
            finally:
                owner.execute("DELETE FROM django_migrations WHERE name = '0999_later'")
    with pytest.raises(Unavailable, match="newer version"):
        _restored(out, directory, read_identities(keys[0], name="key"))


def test_a_backup_overwrites_nothing_and_lies_elsewhere(
    node: tuple[Settings, dict[str, object]], saved: Path, keys: tuple[str, str]
) -> None:
    before = saved.read_bytes()
    recipients = (read_recipient(keys[1]),)
    with open_home(node[0]) as home:
        for place, said in (
            (saved, "exists already"),
            (home.path / "backup.age", "within"),
            (home.path.parent / "no" / "where.age", "directory does not exist"),
        ):
            with pytest.raises(InvalidInput, match=said):
                back_up(home, place, recipients=recipients, now=NOW)
        with pytest.raises(InvalidInput, match="missing"):
            back_up(home, home.path.parent / "nobody.age", recipients=(), now=NOW)
        assert not [path for path in home.path.iterdir() if path.name.startswith(".backup")]
    assert saved.read_bytes() == before


@pytest.mark.parametrize("text", ["", "# only a comment", "AGE-SECRET-KEY-1NOT", "age1public"])
def test_a_file_without_a_secret_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no secret key"):
        read_identities(text, name="key.txt")


@pytest.mark.parametrize("text", ["", "age1", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no public key"):
        read_recipient(text)


def _restored(file: Path, directory: Path, identities: Any) -> None:
    """Restore where nothing is; whatever happens, nothing is left."""
    clusters = sorted(os.listdir(directory / "data" / "clusters"))
    settings = Settings(home=directory / "restored", data_dir=directory / "data", log_level="error")
    try:
        restore(file, settings=settings, identities=identities, now=NOW)
    finally:
        assert not settings.home.exists()
        assert sorted(os.listdir(directory / "data" / "clusters")) == clusters
        assert not [path for path in directory.iterdir() if path.name.startswith(".")]


def test_what_the_manifest_tells_is_read_again(saved: Path, keys: tuple[str, str]) -> None:
    plain = pyrage.decrypt(saved.read_bytes(), list(read_identities(keys[0], name="key")))
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        document = json.loads(manifest.read())
    assert document["format"] == 1
    assert {"home/keys/exchange/signing.pem", "home/keys/tls/ca-key.pem", "database.dump"} <= {
        entry["path"] for entry in document["files"]
    }
