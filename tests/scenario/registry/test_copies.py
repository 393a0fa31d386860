"""A hub publishes, an installation copies; whatever the hub sends or fails to send, the last good copy serves on."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import httpx
import pytest
from tests.unit.registry.distribution.region import (
    AGREEMENT,
    HOUR,
    HUB,
    NOW,
    REASON,
    exchange_key,
    published,
    put_keys,
    record,
    registry_key,
    root_of,
    signed_by,
)

from istmo.installation.registry_copy.copy import Fetch, RegistryCopy
from istmo.installation.registry_copy.fetching import fetch_with
from istmo.installation.registry_copy.files import read_files
from istmo.installation.registry_copy.published import Published
from istmo.model.errors import IntegrityFailure, InvalidInput, NotFound, Unavailable
from istmo.registry.distribution import layout, making
from istmo.registry.distribution.faults import Fault, RegistryRefused
from istmo.registry.distribution.layout import Files, metadata_path
from istmo.registry.suspensions import lift, suspend

TIMESTAMP = metadata_path(layout.TIMESTAMP, 0)


@pytest.fixture
def hub(tmp_path: Path) -> Published:
    store = Published(tmp_path / "hub")
    store.change(lambda _: published())
    return store


@pytest.fixture
def copy(tmp_path: Path, hub: Published) -> RegistryCopy:
    made = RegistryCopy(tmp_path / "node")
    made.install(root_of(hub.files()))
    made.refresh(fetching(hub), now=NOW)
    return made


def fetching(hub: Published) -> Fetch:
    return lambda path, _limit: hub.served(path)


def test_a_refresh_brings_what_is_new_and_fetches_nothing_twice(hub: Published, copy: RegistryCopy) -> None:
    asked = []

    def fetch(path: str, limit: int) -> bytes | None:
        asked.append(path)
        return hub.served(path)

    hub.renew(HUB, now=NOW + HOUR)
    snapshot = copy.refresh(fetch, now=NOW + HOUR)
    assert asked == [metadata_path(layout.ROOT, 2), TIMESTAMP]
    assert snapshot.expires == NOW + 73 * HOUR
    assert copy.alarm(NOW + HOUR) is None
    assert len(list((copy.directory / "copies").iterdir())) == 2
    copy.refresh(fetch, now=NOW + HOUR)
    assert copy.snapshot(NOW + HOUR) == snapshot


def changed(hub: Published, number: int) -> None:
    """The members sign another document."""
    raw = f"document: rules\nnumber: {number}\n".encode()
    hub.change(lambda files: making.put(files, "rules/figures.yaml", raw, now=NOW))
    hub.change(lambda files: signed_by(files, registry_key("PAN"), registry_key("MEX")))
    hub.publish(HUB, now=NOW)


def test_every_change_is_kept_and_what_it_brought_is_told_while_time_stamps_alone_are_not(
    hub: Published, copy: RegistryCopy
) -> None:
    for number in range(3):
        for hour in range(4):
            hub.renew(HUB, now=NOW + hour * HOUR)
            copy.refresh(fetching(hub), now=NOW + hour * HOUR)
        changed(hub, number)
        copy.refresh(fetching(hub), now=NOW + 4 * HOUR)
    hub.change(lambda files: making.delegate(files, "PAN", [registry_key("PAN").public], now=NOW))
    hub.change(lambda files: signed_by(files, registry_key("PAN"), registry_key("MEX")))
    hub.publish(HUB, now=NOW)
    copy.refresh(fetching(hub), now=NOW + 4 * HOUR)
    history = copy.history()
    assert [one.changed for one in history] == [(), *[("rules/figures.yaml",)] * 3, ()]
    assert [one.added for one in history[:-1]] == [()] * 4
    assert "parties.json" in history[-1].added
    assert history[0].copy.in_use
    assert len(list((copy.directory / "copies").iterdir())) <= 6


def test_what_did_not_change_lies_on_the_disk_once_and_is_written_where_links_are_not_known(
    hub: Published, copy: RegistryCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inode(of: str) -> int:
        (file,) = (copy.directory / "current" / "targets").glob(f"*.{of}")
        return file.stat().st_ino

    before = inode("parties.json")
    changed(hub, 1)
    copy.refresh(fetching(hub), now=NOW)
    assert inode("parties.json") == before

    def unknown(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("istmo.installation.registry_copy.files.os.link", unknown)
    changed(hub, 2)
    copy.refresh(fetching(hub), now=NOW)
    assert inode("parties.json") != before
    assert copy.snapshot(NOW).version == 3


def test_an_earlier_content_that_comes_back_is_a_change_of_its_own(hub: Published, copy: RegistryCopy) -> None:
    for number in (1, 2, 1):
        changed(hub, number)
        copy.refresh(fetching(hub), now=NOW)
    assert len(copy.history()) == 4


def test_what_is_kept_has_a_bound_and_the_one_in_use_is_always_kept(
    hub: Published, copy: RegistryCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("istmo.installation.registry_copy.copy.MOST_KEPT", 3)
    for number in range(6):
        changed(hub, number)
        copy.refresh(fetching(hub), now=NOW)
        assert any(one.in_use for one in copy.copies())
    assert len(copy.history()) == 3
    assert len(copy.copies()) == 3
    assert copy.snapshot(NOW).version == 7


def test_drafts_are_not_served_and_nothing_outside(hub: Published) -> None:
    hub.change(lambda files: put_keys(files, "PAN", record("PAN", 2)))
    assert (hub.directory / "drafts" / "PAN.json").is_file()
    for path in (
        "drafts/PAN.json",
        "metadata/../drafts/PAN.json",
        "metadata/",
        "metadata",
        "",
        "../x",
        "metadata/\0",
        ".lock",
    ):
        assert hub.served(path) is None, path
    assert hub.served(TIMESTAMP) == hub.files()[TIMESTAMP]


def unreachable(path: str, limit: int) -> bytes | None:
    raise Unavailable(REASON)


def endless(path: str, limit: int) -> bytes | None:
    return b" " * (limit + 1)


def broken(path: str, limit: int) -> bytes | None:
    raise ConnectionResetError


def test_the_copy_in_use_and_the_one_before_are_told_with_their_versions(hub: Published, copy: RegistryCopy) -> None:
    (first,) = copy.copies()
    assert (first.version, first.in_use) == (1, True)
    assert first.expires == NOW + layout.LIFETIME[layout.TIMESTAMP]
    assert copy.snapshot(NOW).digest.startswith(first.digest)
    hub.renew(HUB, now=NOW + HOUR)
    copy.refresh(fetching(hub), now=NOW + HOUR)
    (copy.directory / "copies" / "left-behind").mkdir()
    assert [(one.version, one.in_use) for one in copy.copies()] == [(2, True), (1, False)]
    assert RegistryCopy(copy.directory / "none").copies() == ()


@pytest.mark.parametrize(
    ("fetch", "error"),
    [
        (unreachable, Unavailable),
        (broken, ConnectionResetError),
        (endless, RegistryRefused),
        (lambda path, limit: None, RegistryRefused),
        (lambda path, limit: b"{", RegistryRefused),
        (lambda path, limit: b"[" * limit, RegistryRefused),
    ],
)
def test_whatever_fails_the_last_good_copy_stays(copy: RegistryCopy, fetch: Fetch, error: type[Exception]) -> None:
    before = read_files(copy.directory / "current")
    with pytest.raises(error):
        copy.refresh(fetch, now=NOW)
    assert read_files(copy.directory / "current") == before
    assert copy.snapshot(NOW).agreements.keys() == {AGREEMENT}
    assert copy.last_failure() is not None


def test_a_hub_that_breaks_off_in_the_middle_changes_nothing(hub: Published, copy: RegistryCopy) -> None:
    files = signed_by(put_keys(hub.files(), "PAN", record("PAN", 2)), registry_key("PAN"))
    hub.change(lambda _: making.publish(files, HUB, now=NOW))
    new = 4  # root 2 (absent), timestamp, snapshot, PAN's part, PAN's keys
    for most in range(new):
        left = [most]

        def fetch(path: str, limit: int, left: list[int] = left) -> bytes | None:
            left[0] -= 1
            if left[0] < 0:
                raise ConnectionResetError
            return hub.served(path)

        with pytest.raises(ConnectionResetError):
            copy.refresh(fetch, now=NOW)
        assert copy.snapshot(NOW).version == 1
    assert copy.refresh(fetching(hub), now=NOW).version == 2
    assert copy.last_failure() is None


def test_after_72_hours_the_alarm_says_why(copy: RegistryCopy) -> None:
    later = NOW + 72 * HOUR
    with pytest.raises(Unavailable):
        copy.refresh(unreachable, now=later)
    alarm = copy.alarm(later)
    assert alarm is not None
    assert (alarm.since, alarm.cause is not None) == (later, True)
    assert "vencido" in alarm.message.es
    assert "stale" in alarm.message.en
    assert copy.snapshot(later).agreements.keys() == {AGREEMENT}


def test_an_installation_trusts_one_root_and_says_what_is_missing(tmp_path: Path, hub: Published) -> None:
    fresh = RegistryCopy(tmp_path / "fresh")
    with pytest.raises(NotFound):
        fresh.refresh(fetching(hub), now=NOW)
    fresh.install(root_of(hub.files()))
    with pytest.raises(NotFound):
        fresh.snapshot(NOW)
    with pytest.raises(InvalidInput):
        fresh.install(b"another")
    fresh.install(root_of(hub.files()))
    assert fresh.refresh(fetching(hub), now=NOW).version == 1


def test_a_suspension_acts_at_home_at_once_and_no_later_registry_forgets_it(hub: Published, copy: RegistryCopy) -> None:
    notice = suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN"))
    copy.receive(notice.document.as_json(), now=NOW)
    assert copy.snapshot(NOW).suspended(AGREEMENT, NOW) is not None
    hub.renew(HUB, now=NOW + HOUR)
    assert copy.refresh(fetching(hub), now=NOW + HOUR).suspended(AGREEMENT, NOW + HOUR) is not None
    forged = lift(notice, at=NOW, reason=REASON, key=exchange_key("HTI"))
    with pytest.raises(InvalidInput):
        copy.receive(forged.document.as_json(), now=NOW + HOUR)
    assert copy.snapshot(NOW + HOUR).suspended(AGREEMENT, NOW + HOUR) is not None
    ended = lift(notice, at=NOW + HOUR, reason=REASON, key=exchange_key("PAN"))
    copy.receive(ended.document.as_json(), now=NOW + HOUR)
    assert copy.snapshot(NOW + HOUR).suspended(AGREEMENT, NOW + HOUR) is None


def test_a_suspension_of_the_registry_is_kept_at_home(hub: Published, copy: RegistryCopy) -> None:
    notice = suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN"))
    path = layout.suspension_path("PAN", notice.digest)
    raw = notice.document.as_json().encode()
    hub.change(lambda files: signed_by(making.put(files, path, raw, now=NOW), registry_key("PAN")))
    hub.publish(HUB, now=NOW)
    copy.refresh(fetching(hub), now=NOW)
    hub.change(lambda files: signed_by(making.remove(files, path, now=NOW), registry_key("PAN")))
    hub.publish(HUB, now=NOW)
    copy.refresh(fetching(hub), now=NOW)
    assert copy.loaded(NOW).snapshot.suspensions == ()
    assert copy.snapshot(NOW).suspended(AGREEMENT, NOW) is not None


def test_a_damaged_notice_stops_decisions(copy: RegistryCopy) -> None:
    notice = suspend(AGREEMENT, party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN"))
    copy.receive(notice.document.as_json(), now=NOW)
    kept = copy.directory / "suspensions" / f"{notice.digest}.json"
    good = kept.read_bytes()
    other = suspend("x:y", party="PAN", since=NOW, reason=REASON, key=exchange_key("PAN"))
    for raw in (b"{", other.document.as_json().encode()):
        kept.write_bytes(raw)
        with pytest.raises(IntegrityFailure):
            copy.snapshot(NOW)
    kept.write_bytes(good)
    assert copy.snapshot(NOW).suspended(AGREEMENT, NOW) is not None


def test_a_damaged_copy_is_told_and_fetched_anew(hub: Published, copy: RegistryCopy) -> None:
    file = copy.directory / "current" / TIMESTAMP
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(RegistryRefused) as refused:
        copy.snapshot(NOW)
    assert refused.value.fault is Fault.MALFORMED
    hub.renew(HUB, now=NOW + HOUR)
    assert copy.refresh(fetching(hub), now=NOW + HOUR).version == 1


def test_an_edit_that_fails_changes_nothing_at_the_hub(hub: Published) -> None:
    before = hub.files()

    def fail(files: Files) -> Files:
        return making.put(files, "nowhere", b"", now=NOW)

    with pytest.raises(InvalidInput):
        hub.change(fail)
    with pytest.raises(InvalidInput):
        hub.publish(registry_key("PAN"), now=NOW)
    assert hub.files() == before


def test_whoever_fetches_while_the_hub_publishes_gets_one_registry_or_the_other(tmp_path: Path, hub: Published) -> None:
    root = root_of(hub.files())
    taken = set()

    def publish() -> None:
        for hour in range(1, 12):
            hub.change(
                lambda files, hour=hour: making.publish(  # type: ignore[misc]
                    signed_by(put_keys(files, "PAN", record("PAN", hour)), registry_key("PAN")), HUB, now=NOW
                )
            )

    thread = Thread(target=publish)
    thread.start()
    number = 0
    while thread.is_alive() or number < 3:
        number += 1
        node = RegistryCopy(tmp_path / f"node {number}")
        node.install(root)
        taken.add(node.refresh(fetching(hub), now=NOW).version)
    thread.join()
    assert taken <= set(range(1, 13))
    assert node.refresh(fetching(hub), now=NOW).version == 12


# --- over HTTP ---


def client_of(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer), base_url="https://hub.invalid")


def test_files_come_over_http_up_to_their_size(hub: Published) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raw = hub.served(request.url.path.removeprefix("/registry/"))
        return httpx.Response(404) if raw is None else httpx.Response(200, content=iter([raw]))

    fetch = fetch_with(client_of(answer))
    for path, raw in making.distributed(hub.files()).items():
        assert fetch(path, len(raw)) == raw
    assert fetch("metadata/9.root.json", 10) is None


def stream(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield b" " * 1000


def test_an_endless_answer_is_cut_off_and_an_error_is_one() -> None:
    fetch = fetch_with(client_of(lambda request: httpx.Response(200, content=stream(10**9))))
    raw = fetch(TIMESTAMP, 5000)
    assert raw is not None
    assert len(raw) <= 6000
    with pytest.raises(Unavailable):
        fetch_with(client_of(lambda request: httpx.Response(200, content=stream(5))), longest=-1)(TIMESTAMP, 10**6)
    with pytest.raises(Unavailable):
        fetch_with(client_of(lambda request: httpx.Response(500)))(TIMESTAMP, 100)

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    with pytest.raises(Unavailable):
        fetch_with(client_of(fail))(TIMESTAMP, 100)
    assert isinstance(NOW, datetime)


def test_a_version_is_too_old_once_nobody_can_hold_it_fresh_any_more(hub: Published, copy: RegistryCopy) -> None:
    skew = timedelta(minutes=5)
    first = copy.snapshot(NOW).version
    assert copy.oldest_fresh(NOW + 72 * HOUR, skew=skew) == 0
    changed = NOW + 10 * HOUR
    hub.change(lambda files: signed_by(put_keys(files, "PAN", record("PAN", 2), now=changed), registry_key("PAN")))
    hub.publish(HUB, now=changed)
    assert copy.refresh(fetching(hub), now=changed).version > first
    second = copy.snapshot(changed).version
    for hour in (40, 80):
        hub.renew(HUB, now=NOW + hour * HOUR)
        copy.refresh(fetching(hub), now=NOW + hour * HOUR)
    assert copy.oldest_fresh(changed + 72 * HOUR, skew=skew) in (0, first), "whoever copied it just before is fresh"
    assert copy.oldest_fresh(changed + 72 * HOUR + skew, skew=skew) == second
    assert copy.snapshot(changed).version == second, "what is held is never too old"
