"""A party denounces an agreement at its installation: told to the others at once, acting from its day, and for ever."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from istmo.exchange.manifest import Kind
from istmo.installation.audit.models import Event
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.permission import decided
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.installation.registry_copy.suspending import denounce_here, lift_here, prepared, suspend_here
from istmo.model.errors import IntegrityFailure, InvalidInput, NotFound
from istmo.model.text import Text
from istmo.node.release.posting import statistics_agreement
from istmo.policy import Permit, Refusal
from istmo.registry.demonstration import demonstration_key, demonstration_snapshot
from istmo.registry.denunciations import denounce
from istmo.registry.keys import Use

IDENT, STAT = "demo:PAN-HTI-IDENT", "demo:RCM-STAT"
REASON = Text(es="Cambio de ley", en="Change of law")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OVER = date(2026, 12, 24)


@pytest.fixture
def copy(tmp_path: Path) -> RegistryCopy:
    return RegistryCopy(tmp_path / "registry")


@pytest.fixture
def point(copy: RegistryCopy) -> AccessPoint:
    return AccessPoint(
        party="PAN",
        signing=demonstration_key("PAN"),
        sealing=(demonstration_key("PAN", Use.SEALING),),
        registry=lambda: copy.with_known(demonstration_snapshot(NOW)),
        addresses=lambda: {"HTI": "https://127.0.0.1:1", "TS": "https://127.0.0.1:2"},
    )


def test_it_is_kept_at_home_and_told_to_the_other_party_and_acts_when_the_notice_is_over(
    database: None, point: AccessPoint, copy: RegistryCopy
) -> None:
    made = denounce_here(point, copy, IDENT, reason=REASON, at=NOW)
    assert made.said.day == OVER
    assert [(one.kind, one.recipient) for one in Outbound.objects.all()] == [(Kind.DENUNCIATION.value, "HTI")]
    assert point.registry().denunciations == (made.said,)
    assert RegistryCopy(copy.directory).denunciations() == (made,), "another process reads it too"
    assert [(one.kind, one.object_id) for one in Event.objects.all()] == [("agreement_denounced", IDENT)]


def test_nothing_undoes_it(database: None, point: AccessPoint, copy: RegistryCopy) -> None:
    denounce_here(point, copy, IDENT, reason=REASON, at=NOW)
    with pytest.raises(NotFound):
        lift_here(point, copy, IDENT, reason=REASON, at=NOW)
    for day in (None, date(2027, 6, 1)):
        with pytest.raises(InvalidInput):
            denounce_here(point, copy, IDENT, reason=REASON, at=NOW + timedelta(days=1), day=day)
    suspend_here(point, copy, IDENT, reason=REASON, at=NOW)
    lift_here(point, copy, IDENT, reason=REASON, at=NOW)
    assert len(point.registry().denunciations) == 1


def test_a_later_day_may_be_brought_forward_as_far_as_the_notice_allows(
    database: None, point: AccessPoint, copy: RegistryCopy
) -> None:
    denounce_here(point, copy, IDENT, reason=REASON, at=NOW, day=date(2027, 6, 1))
    earlier = denounce_here(point, copy, IDENT, reason=REASON, at=NOW)
    assert earlier.said.day == OVER


def test_what_is_not_known_or_not_ours_is_not_denounced(database: None, point: AccessPoint, copy: RegistryCopy) -> None:
    with pytest.raises(NotFound):
        denounce_here(point, copy, "demo:none", reason=REASON, at=NOW)
    stranger = replace(point, party="MEX", signing=demonstration_key("MEX"))
    with pytest.raises(InvalidInput):
        prepared(stranger, IDENT, reason=REASON, at=NOW)
    with pytest.raises(InvalidInput):
        denounce_here(point, copy, IDENT, reason=REASON, at=NOW, day=date(2026, 12, 23))
    assert copy.denunciations() == ()
    assert not Outbound.objects.exists()


def test_a_node_that_left_sends_no_month_and_the_others_go_on(
    database: None, point: AccessPoint, copy: RegistryCopy
) -> None:
    assert statistics_agreement(point.registry(), sender="PAN", now=NOW).id == STAT
    made = denounce_here(point, copy, STAT, reason=REASON, at=NOW)
    on = datetime.combine(made.said.day, datetime.min.time(), UTC)
    assert statistics_agreement(point.registry(), sender="PAN", now=on - timedelta(seconds=1)).id == STAT
    with pytest.raises(InvalidInput):
        statistics_agreement(point.registry(), sender="PAN", now=on)
    assert statistics_agreement(point.registry(), sender="HND", now=on).id == STAT
    request = {
        "sender": "PAN",
        "recipient": "TS",
        "direction": "push",
        "purpose": "STAT",
        "categories": ["AGG"],
        "fields": ["PERIOD", "OBS_VALUE"],
        "agreement": STAT,
        "subject": None,
    }
    snapshot = point.registry()
    ends = {"sender": "PAN", "recipient": "TS", "snapshot": snapshot}
    assert isinstance(decided(request, **ends, now=on - timedelta(seconds=1)), Permit)
    refused = decided(request, **ends, now=on)
    assert isinstance(refused, Refusal)
    assert (refused.rule, refused.clause) == ("R46", "10")


def test_a_damaged_denunciation_stops_decisions(database: None, point: AccessPoint, copy: RegistryCopy) -> None:
    made = denounce_here(point, copy, IDENT, reason=REASON, at=NOW)
    kept = copy.directory / "denunciations" / f"{made.digest}.json"
    kept.write_bytes(kept.read_bytes()[:-9])
    with pytest.raises(IntegrityFailure):
        point.registry()


def test_one_that_came_as_a_message_counts_only_if_its_party_signed_it(copy: RegistryCopy) -> None:
    snapshot = demonstration_snapshot(NOW)
    text = snapshot.agreements[IDENT]
    forged = denounce(text, party="HTI", at=NOW, reason=REASON, key=demonstration_key("MEX"))
    with pytest.raises(InvalidInput):
        copy.receive(forged.document.as_json(), now=NOW, snapshot=snapshot)
    good = denounce(text, party="HTI", at=NOW, reason=REASON, key=demonstration_key("HTI"))
    copy.receive(good.document.as_json(), now=NOW, snapshot=snapshot)
    assert copy.with_known(snapshot).denunciations == (good.said,)


def test_a_denunciation_travels_between_two_installations() -> None:
    from tests.scenario.delivery.installations import two_installations, wait_until

    from istmo.app.exchange import Registry, access_point_of

    with two_installations() as (hub, node):
        here, there = access_point_of(node.home), Registry(hub.home)
        folder, notice = hub.home.path / "registry" / "denunciations", node.home.path / "denunciation.jws.json"
        hub.start()
        node.start()
        command = [sys.executable, "-m", "istmo", "agreement", "denounce", STAT, "--home", str(node.home.path)]
        why = ["--reason-es", REASON.es, "--reason-en", REASON.en, "--out", str(notice)]

        def run(*more: str, said: str = "") -> "subprocess.CompletedProcess[str]":
            environment = os.environ | {"ISTMO_DATA_DIR": str(node.home.data_dir)}
            return subprocess.run(
                [*command, *why, *more], env=environment, input=said, capture_output=True, text=True, check=False
            )

        asked = run(said="n\n")
        assert asked.returncode == 1, asked.stderr
        assert "Nada lo deshace" in asked.stderr
        assert not notice.exists()
        assert here.registry().denunciations == ()
        early = run("--yes", "--from", f"{datetime.now(UTC).date()}")
        assert early.returncode == 2
        assert "preaviso" in early.stderr
        done = run("--yes")
        assert done.returncode == 0, done.stderr
        assert "avisado a: TS" in done.stdout
        held = here.registry().denunciations
        assert [(one.party, one.reason) for one in held] == [("PAN", REASON)], "at home at once"
        assert wait_until(lambda: len(list(folder.glob("*.json"))) == 1)
        assert there().denunciations == held
        assert notice.is_file()
        again = run("--yes")
        assert again.returncode == 2
        assert "ya denunció" in again.stderr
