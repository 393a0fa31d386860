"""Keys are lost, stolen and replaced, hubs turn hostile: the registry that is held stays the members' own."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from tests.unit.registry.distribution.region import (
    AGREEMENT,
    DAY,
    HOUR,
    HUB,
    MEMBERS,
    NOW,
    REASON,
    Hostile,
    agreement,
    exchange_key,
    key,
    published,
    put_agreement,
    put_keys,
    record,
    registry_key,
    root_of,
    signed_by,
)
from tuf.api.metadata import Root, Timestamp

from istmo.registry.distribution import layout, making
from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import Files, metadata_path
from istmo.registry.distribution.loading import Loaded, load, take
from istmo.registry.distribution.making import Owner
from istmo.registry.distribution.metadata import parse, signer
from istmo.registry.distribution.verifying import source_of
from istmo.registry.keys import PrivateKey
from istmo.registry.snapshot import Snapshot
from istmo.registry.suspensions import Notice, suspend, with_notices

TIMESTAMP = metadata_path(layout.TIMESTAMP, 0)


@dataclass
class Installation:
    """What it holds, as `istmo.installation.registry_copy` keeps it: the last registry taken, the notices known."""

    root: bytes
    held: Loaded
    notices: list[Notice] = field(default_factory=list)

    def offer(self, files: Files, now: datetime = NOW) -> Fault | None:
        """None when the files are taken; else why not, and what was held is held on."""
        try:
            self.held = take(source_of(files), trusted_root=self.root, previous=self.held.verified, now=now)
        except RegistryRefused as refused:
            return refused.fault
        self.notices += self.held.notices
        return None

    @property
    def snapshot(self) -> Snapshot:
        return with_notices(self.held.snapshot, self.notices)


def installation(files: Files, now: datetime = NOW) -> Installation:
    return Installation(root_of(files), take(source_of(files), trusted_root=root_of(files), now=now))


def suspended(files: Files, now: datetime = NOW) -> Files:
    """PAN suspends the agreement in its own part of the registry."""
    notice = suspend(AGREEMENT, party="PAN", since=now, reason=REASON, key=exchange_key("PAN"))
    path = layout.suspension_path("PAN", notice.digest)
    files = making.put(files, path, notice.document.as_json().encode(), now=now)
    return making.publish(signed_by(files, registry_key("PAN")), HUB, now=now)


# --- rotation and revocation ---


def test_an_exchange_key_is_replaced_by_the_party_alone() -> None:
    files = published()
    here = installation(files)
    files = put_keys(files, "PAN", record("PAN", revoked_from=NOW + HOUR), record("PAN", 2))
    files = making.publish(signed_by(files, registry_key("PAN")), HUB, now=NOW)
    assert here.offer(files) is None
    keys = here.snapshot.keys
    assert keys.good(exchange_key("PAN").kid, NOW) is not None
    assert keys.good(exchange_key("PAN").kid, NOW + HOUR) is None
    assert keys.good(exchange_key("PAN", 2).kid, NOW + HOUR) is not None
    assert here.offer(making.renew(files, HUB, now=NOW + HOUR), NOW + HOUR) is None
    assert here.snapshot.agreements == {}, "PAN signs its agreements again with the new key"


def test_a_lost_member_key_is_rotated_out_by_the_two_others() -> None:
    files = published()
    here = installation(files)
    new = key("PAN registry 2")
    files = making.replace_member_key(files, registry_key("PAN").kid, Owner("PAN", new.public), now=NOW)
    assert making.drafts(files) == ("root", "targets", "PAN")
    files = making.publish(signed_by(files, registry_key("HND"), registry_key("MEX"), new), HUB, now=NOW)
    assert here.offer(files) is None
    assert here.snapshot.agreements.keys() == {AGREEMENT}

    with pytest.raises(Exception, match="signs none"):
        making.sign(put_keys(files, "PAN", record("PAN")), registry_key("PAN"))
    old = making.put(files, layout.keys_path("PAN"), b"{}", now=NOW)
    stolen = parse(old[layout.draft_path("PAN")], making.Targets, place="")
    stolen.sign(signer(registry_key("PAN")))
    forged = Hostile({**files, metadata_path("PAN", stolen.signed.version): stolen.to_bytes()}).announce(now=NOW)
    assert here.offer(forged) is Fault.UNSIGNED


def test_all_root_keys_are_rotated_one_after_another_and_an_installation_that_slept_follows() -> None:
    files = published()
    slept, current = installation(files), {party: registry_key(party) for party in MEMBERS}
    for party in MEMBERS:
        new = key(f"{party} registry 2")
        files = making.replace_member_key(files, current[party].kid, Owner(party, new.public), now=NOW)
        others = [one for name, one in current.items() if name != party]
        files = making.publish(signed_by(files, *others, new), HUB, now=NOW)
        current[party] = new
    assert making._highest(files, layout.ROOT) == 4
    assert slept.offer(files) is None
    broken = {path: raw for path, raw in files.items() if path != metadata_path(layout.ROOT, 3)}
    assert installation(published()).offer(broken) is not None


def test_one_member_rotates_nobody() -> None:
    files = published()
    here = installation(files)
    draft = making.replace_member_key(files, registry_key("PAN").kid, Owner("PAN", key("x").public), now=NOW)
    draft = signed_by(draft, registry_key("HND"), key("x"))
    assert making.waiting(draft)[0].missing == 1
    root = draft[layout.draft_path(layout.ROOT)]
    assert here.offer({**files, metadata_path(layout.ROOT, 2): root}) is Fault.UNSIGNED


def test_a_new_root_is_signed_by_its_own_keys_as_well() -> None:
    files = published()
    here = installation(files)
    draft = files
    for party in MEMBERS:
        draft = making.replace_member_key(
            draft, registry_key(party).kid, Owner(party, key(f"{party} registry 2").public), now=NOW
        )
    root = parse(draft[layout.draft_path(layout.ROOT)], Root, place="")
    for party in MEMBERS:
        root.sign(signer(registry_key(party)), append=True)
    assert here.offer({**files, metadata_path(layout.ROOT, 2): root.to_bytes()}) is Fault.UNSIGNED
    for party in MEMBERS[:2]:
        root.sign(signer(key(f"{party} registry 2")), append=True)
    assert here.offer({**files, metadata_path(layout.ROOT, 2): root.to_bytes()}) is not None


# --- replays ---


def test_an_older_registry_is_refused() -> None:
    first = published()
    second = suspended(first)
    here = installation(second)
    assert here.offer(first) is Fault.ROLLBACK
    assert here.offer(making.renew(second, HUB, now=NOW + HOUR), NOW + HOUR) is None
    assert here.offer(second, NOW + HOUR) is Fault.ROLLBACK
    assert here.snapshot.suspended(AGREEMENT, NOW) is not None


def test_a_frozen_registry_is_found_stale_after_72_hours() -> None:
    first = published()
    here = installation(first)
    for hour in range(72):
        assert here.offer(first, NOW + hour * HOUR) is None
    assert here.offer(first, NOW + 72 * HOUR) is Fault.STALE
    assert here.snapshot.expires <= NOW + 72 * HOUR
    assert here.snapshot.agreements.keys() == {AGREEMENT}


# --- a stolen hub key ---


def test_a_stolen_hub_key_adds_no_agreement() -> None:
    files = published()
    here = installation(files)
    wide = agreement(2, "HTI", retention_days="9999")
    forged = making._sealed(
        put_agreement(files, wide, 2),
        layout.AGREEMENTS,
        making._next(put_agreement(files, wide, 2), layout.AGREEMENTS, NOW),
        HUB,
    )
    assert here.offer(Hostile(forged).announce(now=NOW)) is None
    assert here.snapshot.agreements[AGREEMENT].version == 1


def test_a_stolen_hub_key_adds_no_party_and_no_key() -> None:
    files = published()
    here = installation(files)
    for path, role in ((layout.PARTIES, layout.TARGETS), (layout.keys_path("PAN"), "PAN")):
        draft = making._next(making.put(files, path, b"{}", now=NOW), role, NOW)
        draft.sign(signer(HUB))
        forged = {**files, metadata_path(role, 2): draft.to_bytes()}
        assert here.offer(Hostile(forged).announce(now=NOW)) is Fault.UNSIGNED


def test_a_stolen_hub_key_reopens_no_suspended_agreement() -> None:
    first = published()
    second = suspended(first)
    here = installation(second)
    without = {path: raw for path, raw in second.items() if path != metadata_path("PAN", 2)}
    assert here.offer(Hostile(without).announce(now=NOW)) is Fault.ROLLBACK
    assert here.snapshot.suspended(AGREEMENT, NOW) is not None


def test_a_suspension_held_at_home_outlasts_a_registry_that_never_shows_it() -> None:
    files = published()
    here = installation(files)
    here.notices.append(suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN")))
    for hour in range(0, 24 * 20, 24):
        files = making.renew(files, HUB, now=NOW + hour * HOUR)
        assert here.offer(files, NOW + hour * HOUR) is None
        assert here.snapshot.suspended(AGREEMENT, NOW + hour * HOUR) is not None


def test_a_stolen_hub_key_brings_no_earlier_version_of_an_agreement_back() -> None:
    files = published()
    files = making.publish(put_agreement(files, agreement(2, retention_days="5"), 2), HUB, now=NOW)
    here = installation(files)
    assert here.snapshot.agreements[AGREEMENT].version == 2
    dropped = making.remove(files, layout.agreement_path(AGREEMENT, 2), now=NOW)
    dropped = making._sealed(dropped, layout.AGREEMENTS, making._next(dropped, layout.AGREEMENTS, NOW), HUB)
    assert here.offer(Hostile(dropped).announce(now=NOW)) is Fault.ROLLBACK
    assert here.snapshot.agreements[AGREEMENT].version == 2


def test_a_stolen_hub_key_can_delay_for_72_hours_before_everybody_knows() -> None:
    first = published()
    here = installation(first)
    second = suspended(first)
    frozen = first
    for hour in range(0, 24 * 10, 24):
        frozen = making.renew(frozen, HUB, now=NOW + hour * HOUR)
        assert here.offer(frozen, NOW + hour * HOUR) is None, "as long as it signs, it can hide what is new"
    held = here.snapshot
    assert held.suspended(AGREEMENT, NOW + 9 * DAY) is None, "hence a suspension is sent to the counterparty as well"
    assert second != first


def test_a_stolen_hub_key_bricks_nobody_once_it_is_rotated_out() -> None:
    files = published()
    here = installation(files)
    far = 2**40
    fast = {**files}
    stamp = parse(fast[TIMESTAMP], Timestamp, place=TIMESTAMP)
    stamp.signed.version = far
    stamp.sign(signer(HUB))
    assert here.offer({**fast, TIMESTAMP: stamp.to_bytes()}) is None
    assert here.held.verified.timestamp.signed.version == far
    assert here.offer(making.renew(files, HUB, now=NOW + HOUR), NOW + HOUR) is Fault.ROLLBACK

    new = key("hub 2")
    rotated = making.replace_hub_key(files, new.public, now=NOW + HOUR)
    rotated = making.publish(signed_by(rotated, registry_key("HND"), registry_key("MEX")), new, now=NOW + HOUR)
    assert here.offer(rotated, NOW + HOUR) is None
    assert here.held.verified.timestamp.signed.version < far
    assert here.snapshot.agreements.keys() == {AGREEMENT}
    with pytest.raises(RegistryRefused):
        making.renew(rotated, HUB, now=NOW + HOUR)


def test_a_stolen_hub_key_fills_nobodys_disk() -> None:
    files = published()
    here = installation(files)
    junk = making.put(files, layout.agreement_path("junk", 1), b" " * (layout.DOCUMENT_LIMIT + 1), now=NOW)
    junk = making._sealed(junk, layout.AGREEMENTS, making._next(junk, layout.AGREEMENTS, NOW), HUB)
    assert here.offer(Hostile(junk).announce(now=NOW)) is Fault.TOO_LARGE


def test_the_hub_key_and_one_members_key_together_change_only_that_members_part() -> None:
    files = published()
    here = installation(files)
    forged = put_keys(files, "PAN", record("PAN", 9))
    forged = signed_by(forged, registry_key("PAN"))
    assert here.offer(making.publish(forged, HUB, now=NOW)) is None
    assert here.snapshot.keys.good(exchange_key("HND").kid, NOW) is not None
    assert here.snapshot.agreements == {}, "what PAN signed with its old key counts no more"


# --- clocks ---


@pytest.mark.parametrize(("shift", "fault"), [(-HOUR, Fault.CLOCK), (HOUR, None)])
def test_a_clock_an_hour_off_keeps_the_last_good_registry(shift: object, fault: Fault | None) -> None:
    files = published()
    here = installation(files)
    before = here.snapshot
    renewed = making.renew(files, HUB, now=NOW + HOUR)
    assert here.offer(renewed, NOW + HOUR + shift) is fault  # type: ignore[operator]
    assert here.snapshot.agreements == before.agreements


def test_the_reference_client_of_tuf_takes_the_same_files(tmp_path: object) -> None:
    """python-tuf's own updater, which reads the clock, as an independent judge of what we make."""
    from datetime import UTC
    from pathlib import Path
    from urllib.parse import unquote, urlparse

    from tuf.ngclient import Updater, UpdaterConfig
    from tuf.ngclient.fetcher import FetcherInterface

    from istmo.registry.distribution.layout import PARTIES

    now = datetime.now(UTC).replace(microsecond=0)
    files = published(now)

    class Fetcher(FetcherInterface):
        def _fetch(self, url: str) -> object:
            from tuf.api.exceptions import DownloadHTTPError

            raw = files.get(unquote(urlparse(url).path).lstrip("/"))
            if raw is None:
                raise DownloadHTTPError(url, 404)
            return iter([raw])

    folder = Path(str(tmp_path))
    updater = Updater(
        str(folder),
        "https://hub.invalid/metadata/",
        str(folder),
        "https://hub.invalid/targets/",
        fetcher=Fetcher(),
        config=UpdaterConfig(),
        bootstrap=root_of(files),
    )
    updater.refresh()
    for path in (PARTIES, layout.keys_path("PAN"), layout.agreement_path(AGREEMENT, 1)):
        found = updater.get_targetinfo(path)
        assert found is not None, path
        assert Path(updater.download_target(found)).read_bytes() == making.document(files, path)
    assert load(files, trusted_root=root_of(files), now=now).version == 1


def test_two_thieves_with_two_member_keys_are_the_limit_that_the_members_chose() -> None:
    files = published()
    here = installation(files)
    thieves: list[PrivateKey] = [registry_key("PAN"), registry_key("HND")]
    forged = signed_by(making.put(files, "rules/figures.yaml", b"other", now=NOW), *thieves)
    assert here.offer(making.publish(forged, HUB, now=NOW)) is None
    assert here.held.verified.documents["rules/figures.yaml"] == b"other"
