"""A party suspends an agreement at its installation: at home at once, and as a message to the other parties."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from istmo.exchange.manifest import Kind
from istmo.installation.audit.models import Event
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.point import AccessPoint
from istmo.installation.registry_copy.copy import RegistryCopy
from istmo.installation.registry_copy.suspending import lift_here, suspend_here
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text
from istmo.registry.demonstration import demonstration_key, demonstration_snapshot
from istmo.registry.keys import Use
from istmo.registry.suspensions import suspend, with_notices

IDENT = "demo:PAN-HTI-IDENT"
REASON = Text(es="Prueba", en="Test")
WHY = ("--reason-es", REASON.es, "--reason-en", REASON.en)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def copy(tmp_path: Path) -> RegistryCopy:
    return RegistryCopy(tmp_path / "registry")


@pytest.fixture
def point(copy: RegistryCopy) -> AccessPoint:
    return AccessPoint(
        party="PAN",
        signing=demonstration_key("PAN"),
        sealing=(demonstration_key("PAN", Use.SEALING),),
        registry=lambda: with_notices(demonstration_snapshot(NOW), copy.notices()),
        addresses=lambda: {"HTI": "https://127.0.0.1:1"},
    )


def test_it_holds_at_home_at_once_and_is_told_to_the_other_party(
    database: None, point: AccessPoint, copy: RegistryCopy
) -> None:
    assert point.registry().suspended(IDENT, NOW) is None
    suspend_here(point, copy, IDENT, reason=REASON, at=NOW)
    assert point.registry().suspended(IDENT, NOW) is not None
    assert [(one.kind, one.recipient) for one in Outbound.objects.all()] == [(Kind.SUSPENSION.value, "HTI")]
    lift_here(point, copy, IDENT, reason=REASON, at=NOW)
    assert point.registry().suspended(IDENT, NOW) is None
    assert Outbound.objects.count() == 2
    with pytest.raises(NotFound):
        lift_here(point, copy, IDENT, reason=REASON, at=NOW)
    assert [(one.kind, one.object_type, one.object_id) for one in Event.objects.order_by("-kind")] == [
        ("agreement_suspended", "agreement", IDENT),
        ("agreement_lifted", "agreement", IDENT),
    ]


def test_the_other_party_lifts_nothing(database: None, point: AccessPoint, copy: RegistryCopy) -> None:
    suspend_here(point, copy, IDENT, reason=REASON, at=NOW)
    other = replace(point, party="HTI", signing=demonstration_key("HTI"))
    with pytest.raises(NotFound):
        lift_here(other, copy, IDENT, reason=REASON, at=NOW)


def test_what_is_not_known_or_not_ours_is_not_suspended(database: None, point: AccessPoint, copy: RegistryCopy) -> None:
    with pytest.raises(NotFound):
        suspend_here(point, copy, "demo:none", reason=REASON, at=NOW)
    stranger = replace(point, party="MEX", signing=demonstration_key("MEX"))
    with pytest.raises(InvalidInput):
        suspend_here(stranger, copy, IDENT, reason=REASON, at=NOW)
    assert copy.notices() == ()
    assert not Outbound.objects.exists()


def test_a_notice_that_came_as_a_message_acts_only_if_its_party_signed_it(copy: RegistryCopy) -> None:
    snapshot = demonstration_snapshot(NOW)
    good = suspend(IDENT, party="HTI", since=NOW, reason=REASON, key=demonstration_key("HTI"))
    forged = suspend(IDENT, party="HTI", since=NOW, reason=REASON, key=demonstration_key("MEX"))
    with pytest.raises(InvalidInput):
        copy.receive(forged.document.as_json(), now=NOW, snapshot=snapshot)
    copy.receive(good.document.as_json(), now=NOW, snapshot=snapshot)
    assert with_notices(snapshot, copy.notices()).suspended(IDENT, NOW) is not None


def test_a_suspension_travels_between_two_installations_and_acts_on_receipt() -> None:
    from tests.scenario.delivery.installations import two_installations, wait_until

    from istmo.app.exchange import Registry, access_point_of

    with two_installations() as (hub, node):
        agreement, here, there = "demo:RCM-STAT", access_point_of(node.home), Registry(hub.home)
        folder = hub.home.path / "registry" / "suspensions"
        assert there().suspended(agreement, datetime.now(UTC)) is None
        hub.start()
        node.start()
        done = subprocess.run(
            [sys.executable, "-m", "istmo", "agreement", "suspend", agreement, *WHY, "--home", str(node.home.path)],
            env=os.environ | {"ISTMO_DATA_DIR": str(node.home.data_dir)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "suspendido por PAN" in done.stdout
        held = here.registry().suspended(agreement, datetime.now(UTC))
        assert held is not None, "at home at once"
        assert (held.party, held.reason) == ("PAN", REASON)
        assert wait_until(lambda: len(list(folder.glob("*.json"))) == 1)
        assert there().suspended(agreement, datetime.now(UTC)) == held
        told = "SELECT kind, party, object_id FROM alarms_alarm"
        assert wait_until(lambda: hub.rows(told) == [("agreement_suspended", "PAN", agreement)]), "and told to people"
