"""What arrives is the registry that its members signed, fresh and not behind the one held, or it is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from securesystemslib.signer import Key, SSlibKey
from tests.unit.registry.distribution.region import (
    AGREEMENT,
    DAY,
    HOUR,
    HUB,
    MEMBERS,
    NOW,
    OTHERS,
    REASON,
    Hostile,
    agreement,
    begun,
    exchange_key,
    key,
    parties,
    published,
    put_agreement,
    put_keys,
    record,
    registry_key,
    root_of,
    signed_by,
)
from tuf.api.metadata import MetaFile, Root, Targets

from istmo.model.errors import InvalidInput
from istmo.registry.agreements.reading import TYP
from istmo.registry.distribution import layout, making
from istmo.registry.distribution.contents import FocalPoint, read_focal_points, write_parties
from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import Files, metadata_path
from istmo.registry.distribution.loading import load, reopen, take
from istmo.registry.distribution.metadata import as_tuf, from_tuf, parse, signer
from istmo.registry.distribution.verifying import Verified, source_of, verify
from istmo.registry.keys import Use
from istmo.registry.parties import PartyKind
from istmo.registry.signing import Signed, add_signature, canonical, payload_of, sign
from istmo.registry.snapshot import Snapshot
from istmo.registry.suspensions import lift, suspend

TIMESTAMP = metadata_path(layout.TIMESTAMP, 0)


def held(files: Files) -> Verified:
    return verify(source_of(files), trusted_root=root_of(files))


def refusal(files: Files, *, previous: Files | None = None, now: object = NOW, root: bytes | None = None) -> Fault:
    with pytest.raises(RegistryRefused) as refused:
        load(
            files,
            trusted_root=root_of(files) if root is None else root,
            previous=None if previous is None else held(previous),
            now=now,  # type: ignore[arg-type]
        )
    assert refused.value.message.es != refused.value.message.en
    return refused.value.fault


def loaded(files: Files, *, previous: Files | None = None, now: object = NOW) -> Snapshot:
    return load(
        files,
        trusted_root=root_of(files),
        previous=None if previous is None else held(previous),
        now=now,  # type: ignore[arg-type]
    )


def changed(files: Files, path: str, edit: Callable[[dict[str, object]], object]) -> Files:
    """The file at `path` with its JSON edited, its signatures as they were."""
    document = json.loads(files[path])
    edit(document)
    return {**files, path: json.dumps(document).encode()}


def resigned(files: Files, role: str, kind: type, edit: Callable[[object], object], *names: object) -> Files:
    """A role's newest metadata edited and signed anew by these keys, then announced by a hub that checks nothing."""
    path = metadata_path(role, making._highest(files, role))
    metadata = parse(files[path], kind, place=path)
    edit(metadata.signed)
    metadata.signatures.clear()
    for one in names:
        metadata.sign(signer(one), append=True)  # type: ignore[arg-type]
    return Hostile({**files, path: metadata.to_bytes()}).announce(now=NOW)


def test_the_snapshot_holds_what_was_signed() -> None:
    files = published()
    snapshot = loaded(files)
    assert (snapshot.version, snapshot.expires) == (1, NOW + timedelta(hours=72))
    assert set(snapshot.parties) == {*MEMBERS, *OTHERS}
    assert set(snapshot.agreements) == {AGREEMENT}
    assert snapshot.keys.records[exchange_key("PAN").kid].party == "PAN"
    assert snapshot.suspensions == ()
    path = layout.focal_points_path("PAN")
    found = read_focal_points(held(files).documents[path], party="PAN", place=path)
    assert found == (
        FocalPoint("trafficking", "holder", "Ada Ejemplo", "", "Instituto", "es", "", "", "2026-01-01", ""),
    )


def test_the_hourly_renewal_changes_nothing_but_the_end() -> None:
    files = published()
    renewed = making.renew(files, HUB, now=NOW + HOUR)
    first, second = loaded(files), loaded(renewed, previous=files, now=NOW + HOUR)
    assert replace(second, expires=first.expires) == first
    assert second.expires == first.expires + HOUR


def test_the_snapshot_itself_is_renewed_when_half_of_its_time_is_over() -> None:
    files = published()
    for hour in range(0, 24 * 30, 24):
        following = making.renew(files, HUB, now=NOW + hour * HOUR)
        loaded(following, previous=files, now=NOW + hour * HOUR)
        files = following
    assert loaded(files, now=NOW + 29 * DAY).version > 1


# --- files that are not what was signed ---


def test_every_file_is_needed() -> None:
    files = published()
    for path in files:
        if path != metadata_path(layout.ROOT, 1):
            assert refusal({**{one: raw for one, raw in files.items() if one != path}}) is Fault.MISSING, path


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"{}", b'{"signed": {}, "signatures": []}', b"[" * 90_000])
def test_rubbish_is_told(raw: bytes) -> None:
    files = published()
    assert refusal({**files, TIMESTAMP: raw}) in (Fault.MALFORMED, Fault.TOO_LARGE)
    assert refusal(files, root=raw) is Fault.MALFORMED


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (lambda one: one["signed"].update(version=2), Fault.UNSIGNED),
        (lambda one: one["signed"].update(version=True), Fault.MALFORMED),
        (lambda one: one["signed"].update(version=2**60), Fault.MALFORMED),
        (lambda one: one["signed"].update(version=1.5), Fault.MALFORMED),
        (lambda one: one["signed"].update(expires="2099-01-01T00:00:00Z"), Fault.UNSIGNED),
        (lambda one: one["signed"].update(expires="soon"), Fault.MALFORMED),
        (lambda one: one["signed"].update(spec_version="2.0.0"), Fault.MALFORMED),
        (lambda one: one["signed"].update(extra=None), Fault.UNSIGNED),
        (lambda one: one["signed"].update(_type="snapshot"), Fault.MALFORMED),
        (lambda one: one.update(signatures=[]), Fault.UNSIGNED),
        (lambda one: one["signatures"][0].update(sig="zz"), Fault.UNSIGNED),
        (lambda one: one.update(signatures=one["signatures"] * 2), Fault.MALFORMED),
    ],
)
def test_a_timestamp_that_was_changed(edit: Callable[[object], object], fault: Fault) -> None:
    assert refusal(changed(published(), TIMESTAMP, edit)) is fault


def test_a_key_that_stands_twice_or_a_constant_is_malformed() -> None:
    files = published()
    twice = files[TIMESTAMP].replace(b'{"signatures"', b'{"signatures":[],"signatures"', 1)
    nan = files[TIMESTAMP].replace(b'"version":1}', b'"version":NaN}')
    assert refusal({**files, TIMESTAMP: twice}) is Fault.MALFORMED
    assert refusal({**files, TIMESTAMP: nan}) is Fault.MALFORMED


def test_a_snapshot_where_a_timestamp_belongs_is_malformed() -> None:
    files = published()
    assert refusal({**files, TIMESTAMP: files[metadata_path(layout.SNAPSHOT, 1)]}) is Fault.MALFORMED


def test_endless_files_are_cut_off() -> None:
    files = published()
    assert refusal({**files, TIMESTAMP: b" " * (layout.LIMIT[layout.TIMESTAMP] + 1)}) is Fault.TOO_LARGE
    snapshot = metadata_path(layout.SNAPSHOT, 1)
    assert refusal({**files, snapshot: files[snapshot] + b" "}) is Fault.TOO_LARGE
    assert refusal({**files, snapshot: files[snapshot][:-1]}) is Fault.DIGEST


def test_a_file_that_is_announced_too_large_or_without_its_digest_is_not_even_asked_for() -> None:
    files = published()
    asked = []

    def source(path: str, limit: int) -> bytes | None:
        asked.append((path, limit))
        return hostile.get(path)

    for meta, fault in (
        (MetaFile(1, length=10**12, hashes={"sha256": "0" * 64}), Fault.TOO_LARGE),
        (MetaFile(1, hashes={"sha256": "0" * 64}), Fault.TOO_LARGE),
        (MetaFile(1, length=10), Fault.DIGEST),
        (MetaFile(1, length=10, hashes={"sha256": "../../x"}), Fault.DIGEST),
    ):
        hostile = timestamp_with(files, meta)
        with pytest.raises(RegistryRefused) as refused:
            take(source, trusted_root=root_of(files), now=NOW)
        assert refused.value.fault is fault
    assert {path for path, _ in asked} == {metadata_path(layout.ROOT, 2), TIMESTAMP}


def timestamp_with(files: Files, meta: MetaFile) -> Files:
    timestamp = parse(files[TIMESTAMP], making.Timestamp, place=TIMESTAMP)
    timestamp.signed.snapshot_meta = meta
    timestamp.sign(signer(HUB))
    return {**files, TIMESTAMP: timestamp.to_bytes()}


def test_a_chain_of_roots_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("istmo.registry.distribution.verifying.MAX_ROOTS", 1)
    files = published()
    files = making.replace_hub_key(files, key("hub 2").public, now=NOW)
    rotated = signed_by(files, registry_key("PAN"), registry_key("HND"), key("hub 2"))
    assert (
        refusal({**rotated, metadata_path(layout.ROOT, 2): rotated[layout.draft_path(layout.ROOT)]}) is Fault.TOO_LARGE
    )


def test_a_root_of_another_version_than_its_name_is_refused() -> None:
    files = published()
    rotated = signed_by(making.replace_hub_key(files, key("hub 2").public, now=NOW), *map(registry_key, MEMBERS))
    root = parse(rotated[layout.draft_path(layout.ROOT)], Root, place="")
    root.signed.version = 3
    for number, party in enumerate(MEMBERS):
        root.sign(signer(registry_key(party)), append=number > 0)
    assert refusal({**files, metadata_path(layout.ROOT, 2): root.to_bytes()}) is Fault.VERSION


def test_many_files_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    files = published()
    monkeypatch.setattr("istmo.registry.distribution.verifying.MAX_FILES", 5)
    assert refusal(files) is Fault.TOO_LARGE


# --- who signs ---


def test_one_member_alone_signs_neither_root_nor_targets() -> None:
    files = signed_by(begun(), registry_key("PAN"), *(registry_key(party) for party in OTHERS))
    assert {one.role: one.missing for one in making.waiting(files)}[layout.ROOT] == 1
    with pytest.raises(InvalidInput):
        making.publish(files, HUB, now=NOW)
    files = published()
    assert refusal(resigned(files, "targets", Targets, lambda one: one, registry_key("PAN"))) is Fault.UNSIGNED
    root = parse(root_of(files), Root, place="")
    root.signatures = {kid: one for kid, one in root.signatures.items() if kid == registry_key("PAN").kid}
    assert refusal(files, root=root.to_bytes()) is Fault.UNSIGNED


def test_a_root_that_one_key_could_sign_is_refused() -> None:
    files = published()

    def weaken(root: Root) -> None:
        root.roles["targets"].threshold = 1

    root = parse(root_of(files), Root, place="")
    weaken(root.signed)
    for party in MEMBERS:
        root.sign(signer(registry_key(party)), append=True)
    assert refusal(files, root=root.to_bytes()) is Fault.UNSIGNED


def test_one_key_under_two_ids_does_not_count_twice() -> None:
    files = published()
    root = parse(root_of(files), Root, place="")
    public = registry_key("PAN").public
    root.signed.keys["other"] = SSlibKey("other", "ed25519", "ed25519", {"public": public.x.hex()})
    assert refusal(files, root=root.to_bytes()) is Fault.KEY


@pytest.mark.parametrize(
    "made",
    [
        SSlibKey("a", "rsa", "rsassa-pss-sha256", {"public": "x"}),
        SSlibKey("a", "ed25519", "ed25519", {"public": "zz"}),
        SSlibKey("a", "ed25519", "ed25519", {"public": "00"}),
    ],
)
def test_a_key_of_another_kind_is_not_ours(made: Key) -> None:
    assert from_tuf(made) is None


def test_a_key_goes_to_tuf_and_back() -> None:
    public = key("x").public
    assert from_tuf(as_tuf(public, owner="PAN")) == public
    with pytest.raises(RegistryRefused):
        signer(key("x", Use.SEALING))


def test_another_party_does_not_sign_a_part() -> None:
    files = making.put(published(), layout.keys_path("HND"), b"{}", now=NOW)
    draft = parse(files[layout.draft_path("HND")], Targets, place="")
    draft.sign(signer(registry_key("PAN")))
    forged = {**files, metadata_path("HND", 2): draft.to_bytes()}
    assert refusal(Hostile(forged).announce(now=NOW)) is Fault.UNSIGNED


def test_a_party_puts_no_document_into_the_part_of_another() -> None:
    def reach(targets: Targets) -> None:
        targets.targets[layout.keys_path("HND")] = targets.targets[layout.keys_path("PAN")]

    assert refusal(resigned(published(), "PAN", Targets, reach, registry_key("PAN"))) is Fault.CONTENT


def test_a_part_delegates_to_nobody() -> None:
    def hand_on(targets: Targets) -> None:
        targets.delegations = making.Delegations({}, {})

    assert refusal(resigned(published(), "PAN", Targets, hand_on, registry_key("PAN"))) is Fault.CONTENT


def test_a_role_that_is_not_of_the_registry_is_refused() -> None:
    def widen(targets: Targets) -> None:
        assert targets.delegations
        assert targets.delegations.roles
        targets.delegations.roles["PAN"].paths = ["members/*/*"]

    path = metadata_path(layout.TARGETS, 1)
    targets = parse(published()[path], Targets, place=path)
    widen(targets.signed)
    with pytest.raises(RegistryRefused) as refused:
        parse(targets.to_bytes(), Targets, place=path)
    assert refused.value.fault is Fault.CONTENT


# --- mix and match ---


def edited() -> tuple[Files, Files]:
    """The region, and the same after PAN revoked its key."""
    first = published()
    files = put_keys(first, "PAN", record("PAN", revoked_from=NOW), record("PAN", 2))
    return first, making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW)


def test_parts_of_two_moments_do_not_go_together() -> None:
    first, second = edited()
    for path in (TIMESTAMP, metadata_path(layout.SNAPSHOT, 2), metadata_path("PAN", 2)):
        mixed = {**second, path: first.get(path, first[path.replace("/2.", "/1.")])}
        if path == TIMESTAMP:
            assert loaded(mixed).version == 1
            assert refusal(mixed, previous=second) is Fault.ROLLBACK
        else:
            assert refusal(mixed) in (Fault.DIGEST, Fault.TOO_LARGE), path


def test_a_version_that_is_not_the_one_announced_is_refused() -> None:
    files = published()
    path = metadata_path(layout.SNAPSHOT, 1)
    claimed = MetaFile(7, length=len(files[path]), hashes=MetaFile.from_data(1, files[path], ["sha256"]).hashes)
    moved = {**files, metadata_path(layout.SNAPSHOT, 7): files[path]}
    assert refusal(timestamp_with(moved, claimed)) is Fault.VERSION


def snapshot_with(files: Files, edit: Callable[[dict[str, MetaFile]], object]) -> Files:
    path = metadata_path(layout.SNAPSHOT, making._highest(files, layout.SNAPSHOT))
    snapshot = parse(files[path], making.Snapshot, place=path)
    edit(snapshot.signed.meta)
    snapshot.sign(signer(HUB))
    made = {**files, path: snapshot.to_bytes()}
    return making._timestamped(made, snapshot, HUB, NOW)


def test_a_hub_that_leaves_a_part_out_is_refused() -> None:
    for name in ("root.json", "targets.json", "PAN.json", "agreements.json"):
        assert refusal(snapshot_with(published(), lambda meta, name=name: meta.pop(name))) is Fault.MIXED, name
    assert refusal(snapshot_with(published(), lambda meta: meta.update({"XXX.json": MetaFile(1)}))) is Fault.MIXED


def test_the_root_is_announced_with_the_rest() -> None:
    def other(meta: dict[str, MetaFile]) -> None:
        meta["root.json"] = MetaFile(1, length=1, hashes={"sha256": "0" * 64})

    assert refusal(snapshot_with(published(), other)) is Fault.DIGEST


def test_targets_without_the_agreements_are_refused() -> None:
    def without(targets: Targets) -> None:
        assert targets.delegations
        assert targets.delegations.roles
        del targets.delegations.roles["agreements"]

    def none(targets: Targets) -> None:
        targets.delegations = None

    for edit in (without, none):
        files = resigned(published(), "targets", Targets, edit, registry_key("PAN"), registry_key("HND"))
        assert refusal(files) is Fault.MIXED


# --- time ---


def test_after_72_hours_without_the_hub_the_registry_is_stale_but_what_was_held_serves_on() -> None:
    files, later = published(), NOW + 72 * HOUR
    assert loaded(files, now=later - timedelta(seconds=1)).version == 1
    assert refusal(files, now=later) is Fault.STALE
    kept = reopen(files, trusted_root=root_of(files), now=later).snapshot
    assert kept.expires == later
    assert kept.agreements.keys() == {AGREEMENT}


def test_a_clock_an_hour_behind_is_told_and_one_an_hour_ahead_costs_an_hour() -> None:
    files = published()
    assert refusal(files, now=NOW - HOUR) is Fault.CLOCK
    assert loaded(files, now=NOW - timedelta(minutes=4)).version == 1
    assert loaded(files, now=NOW + HOUR).version == 1


def test_a_hub_cannot_sign_for_longer_than_72_hours() -> None:
    files = published()
    timestamp = parse(files[TIMESTAMP], making.Timestamp, place=TIMESTAMP)
    timestamp.signed.expires = NOW + 3650 * DAY
    timestamp.sign(signer(HUB))
    assert refusal({**files, TIMESTAMP: timestamp.to_bytes()}) is Fault.CLOCK


def test_a_part_that_ran_out_costs_its_party_its_keys_and_nobody_else() -> None:
    files = put_keys(published(), "MEX", record("MEX"), now=NOW - 399 * DAY)
    files = making.publish(signed_by(files, registry_key("MEX")), HUB, now=NOW)
    later = NOW + 2 * DAY
    renewed = making.renew(files, HUB, now=later)
    snapshot = loaded(renewed, previous=files, now=later)
    assert snapshot.keys.good(exchange_key("MEX").kid, later) is None
    assert snapshot.keys.good(exchange_key("PAN").kid, later) is not None
    assert snapshot.agreements.keys() == {AGREEMENT}


# --- content ---


@pytest.mark.parametrize(
    ("path", "raw", "fault"),
    [
        (layout.PARTIES, b"{", Fault.MALFORMED),
        (layout.PARTIES, b"[]", Fault.CONTENT),
        (layout.PARTIES, b'{"format": "istmo-parties/1"}', Fault.CONTENT),
        (layout.PARTIES, b'{"format": "istmo-parties/1", "parties": [{}]}', Fault.CONTENT),
        (
            layout.PARTIES,
            b'{"format": "istmo-parties/1", "parties": [{"id": "pan", "kind": "member", "name": {"es": "a", "en": "b"},'
            b' "from": "2016-01-01", "passes_on_to": []}]}',
            Fault.CONTENT,
        ),
        (layout.PARTIES, write_parties([]), Fault.CONTENT),
        (layout.keys_path("PAN"), b'{"format": "istmo-keys/1", "party": "HND", "keys": []}', Fault.CONTENT),
        (layout.keys_path("PAN"), b'{"format": "istmo-keys/1", "party": "PAN", "keys": [1]}', Fault.CONTENT),
        (layout.keys_path("PAN"), b'{"format": "istmo-keys/1", "party": "PAN", "keys": [{"jwk": {}}]}', Fault.CONTENT),
        (layout.focal_points_path("PAN"), b'{"format": "istmo-focal-points/1"}', Fault.CONTENT),
        (
            layout.focal_points_path("PAN"),
            b'{"format": "istmo-focal-points/1", "party": "PAN", "points": [{}]}',
            Fault.CONTENT,
        ),
        (layout.suspension_path("PAN", "0" * 64), b"{}", Fault.CONTENT),
    ],
)
def test_a_document_that_does_not_say_what_it_must(path: str, raw: bytes, fault: Fault) -> None:
    files = making.put(published(), path, raw, now=NOW)
    files = signed_by(files, registry_key("PAN"))
    files = files if path != layout.PARTIES else signed_by(files, registry_key("HND"))
    with pytest.raises(RegistryRefused) as refused:
        making.publish(files, HUB, now=NOW)
    assert refused.value.fault is fault


def test_a_party_twice_or_none_at_all_is_refused() -> None:
    from tests.unit.registry.distribution.region import parties

    twice = making.put(published(), layout.PARTIES, write_parties([*parties(), parties()[0]]), now=NOW)
    gone = making.remove(published(), layout.PARTIES, now=NOW)
    for files, fault in ((twice, Fault.CONTENT), (gone, Fault.MISSING)):
        with pytest.raises(RegistryRefused) as refused:
            making.publish(signed_by(files, registry_key("PAN"), registry_key("MEX")), HUB, now=NOW)
        assert refused.value.fault is fault


def test_no_party_takes_the_key_of_another() -> None:
    files = put_keys(published(), "HND", record("HND"), replace(record("PAN"), party="HND"))
    with pytest.raises(RegistryRefused) as refused:
        making.publish(signed_by(files, registry_key("HND")), HUB, now=NOW)
    assert refused.value.fault is Fault.CONTENT


def keys_document(**changes: object) -> bytes:
    entry = {
        "jwk": exchange_key("PAN").public.as_jwk(),
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2028-01-01T00:00:00Z",
        **changes,
    }
    return json.dumps({"format": "istmo-keys/1", "party": "PAN", "keys": [entry]}).encode()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"valid_from": None}, Fault.CONTENT),
        ({"valid_to": "tomorrow"}, Fault.CONTENT),
        ({"valid_to": "2028-1-1T00:00:00Z"}, Fault.CONTENT),
        ({"revoked_from": None}, Fault.CONTENT),
        ({"jwk": {"use": "sig"}}, Fault.KEY),
        ({"jwk": {"use": "x"}}, Fault.KEY),
    ],
)
def test_a_key_that_does_not_say_when_it_is_valid(changes: dict[str, object], fault: Fault) -> None:
    files = making.put(published(), layout.keys_path("PAN"), keys_document(**changes), now=NOW)
    with pytest.raises(RegistryRefused) as refused:
        making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW)
    assert refused.value.fault is fault


# --- agreements ---


def test_the_newest_version_in_force_that_all_signed_counts() -> None:
    files = put_agreement(published(), agreement(2, retention_days="5"), 2)
    files = put_agreement(files, agreement(3, in_force="2026-12-24"), 3)
    files = put_agreement(files, agreement(4, "PAN"), 4)
    snapshot = loaded(making.publish(files, HUB, now=NOW))
    assert snapshot.agreements[AGREEMENT].version == 2


def test_what_all_signed_but_may_not_come_into_force_counts_for_nothing() -> None:
    files = put_agreement(published(), agreement(2, kind="RCM_DEC"), 2)
    assert loaded(making.publish(files, HUB, now=NOW)).agreements == {}


def test_an_agreement_to_come_is_known_before_its_day() -> None:
    files = making.remove(begun(), layout.agreement_path(AGREEMENT, 1), now=NOW)
    files = put_agreement(files, agreement(3, in_force="2026-12-24"), 3)
    files = signed_by(files, *(registry_key(party) for party in (*MEMBERS, *OTHERS)))
    assert loaded(making.publish(files, HUB, now=NOW)).agreements[AGREEMENT].version == 3


def test_what_is_no_agreement_of_this_version_or_lies_elsewhere_counts_for_nothing() -> None:
    files = published()
    for number, raw in enumerate(
        (b"{}", agreement(1).as_json().encode(), agreement(8, purposes=["OTHER"]).as_json().encode()), 7
    ):
        files = making.put(files, layout.agreement_path(AGREEMENT, number), raw, now=NOW)
    assert loaded(making.publish(files, HUB, now=NOW)).agreements[AGREEMENT].version == 1


def test_a_version_that_lost_a_key_gives_way_to_none_before_it() -> None:
    made = put_keys(published(), "PAN", record("PAN"), record("PAN", 2))
    second = making.publish(signed_by(made, registry_key("PAN")), HUB, now=NOW)
    newer = two_keys(agreement(2, "HTI"))
    second = making.publish(put_agreement(second, newer, 2), HUB, now=NOW)
    assert loaded(second).agreements[AGREEMENT].version == 2
    revoked = put_keys(second, "PAN", record("PAN"), record("PAN", 2, revoked_from=NOW))
    third = making.publish(signed_by(revoked, registry_key("PAN")), HUB, now=NOW)
    assert loaded(third, previous=second).agreements == {}
    gone = making.remove(third, layout.agreement_path(AGREEMENT, 2), now=NOW)
    with pytest.raises(RegistryRefused) as refused:
        making.publish(gone, HUB, now=NOW)
    assert refused.value.fault is Fault.ROLLBACK


def two_keys(made: Signed) -> Signed:
    return add_signature(made, exchange_key("PAN", 2))


# --- suspensions in the registry ---


def test_a_suspension_that_a_party_publishes_holds_and_a_lift_ends_it() -> None:
    notice = suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN"))
    files = making.put(
        published(), layout.suspension_path("PAN", notice.digest), notice.document.as_json().encode(), now=NOW
    )
    files = making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW)
    assert loaded(files).suspended(AGREEMENT, NOW) is not None
    ended = lift(notice, at=NOW + HOUR, reason=REASON, key=exchange_key("PAN"))
    files = making.put(
        files, layout.suspension_path("PAN", ended.digest), ended.document.as_json().encode(), now=NOW + HOUR
    )
    files = making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW + HOUR)
    snapshot = loaded(files, now=NOW + HOUR)
    assert snapshot.suspended(AGREEMENT, NOW) is not None
    assert snapshot.suspended(AGREEMENT, NOW + HOUR) is None
    revoked = put_keys(files, "PAN", record("PAN", revoked_from=NOW + 2 * HOUR), record("PAN", 2), now=NOW + HOUR)
    files = making.publish(signed_by(revoked, registry_key("PAN")), HUB, now=NOW + HOUR)
    assert loaded(files, now=NOW + 2 * HOUR).suspended(AGREEMENT, NOW + 2 * HOUR) is not None


def test_a_notice_that_the_party_did_not_sign_counts_for_nothing() -> None:
    notice = suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("HTI"))
    path = layout.suspension_path("PAN", notice.digest)
    files = making.put(published(), path, notice.document.as_json().encode(), now=NOW)
    files = making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW)
    assert loaded(files).suspensions == ()


def test_a_version_without_all_parties_of_the_one_before_it_ends_nothing() -> None:
    """MEX and HND sign a text under the id of the agreement between PAN and HTI: that one stands."""
    text = json.dumps(payload_of(agreement(2)))
    theirs = json.loads(text.replace('"PAN"', '"MEX"').replace('"HTI"', '"HND"'))
    made = sign(canonical(theirs), exchange_key("MEX"), typ=TYP)
    files = put_agreement(published(), add_signature(made, exchange_key("HND")), 2)
    held = load(making.publish(files, HUB, now=NOW), trusted_root=root_of(files), now=NOW).agreements[AGREEMENT]
    assert (held.version, held.party_ids) == (1, {"PAN", "HTI"})


def test_a_guest_has_its_own_part_and_does_not_sign_the_root() -> None:
    others = [replace(one, kind=PartyKind.GUEST) if one.id == "MEX" else one for one in parties()]
    files = making.put(begun(), layout.PARTIES, write_parties(others), now=NOW)
    files = signed_by(files, *(registry_key(party) for party in (*MEMBERS, *OTHERS)))
    with pytest.raises(InvalidInput, match="“MEX” is no member"):
        making.publish(files, HUB, now=NOW)
