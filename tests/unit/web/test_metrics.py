"""What monitoring reads: numbers and codes of closed lists, for whoever has the token, whatever the database does."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection, connections
from prometheus_client.parser import text_string_to_metric_families

from istmo.app.joining import register_measures
from istmo.installation import measures as registered
from istmo.installation.alarms.models import AlarmKind, raise_alarm
from istmo.installation.audit.models import EventKind, record
from istmo.installation.measures import Measure, measures, register

if TYPE_CHECKING:
    from istmo.app.home import Home

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_registered() -> Iterator[None]:
    before = dict(registered._registered)
    yield
    registered._registered.clear()
    registered._registered.update(before)


def read(client: Any) -> dict[str, dict[str, float]]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {settings.ISTMO_METRICS_TOKEN}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        family.name: {",".join(sample.labels.values()): sample.value for sample in family.samples}
        for family in families
    }


def test_only_the_token_opens_it(client: Any, database: None) -> None:
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic ñ"}):
        answer = client.get("/metrics", headers=given)
        assert answer.status_code == 401
        assert answer.content == b""
    assert client.post("/metrics").status_code == 405


def test_the_token_is_made_once_and_private(installation: "Home") -> None:
    file = installation.path / "keys" / "metrics"
    assert installation.metrics_token == installation.metrics_token == file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(installation.metrics_token) >= 32


def test_counts_by_state_stand_with_their_zeros(client: Any, database: None) -> None:
    raise_alarm(AlarmKind.PEER_UNREACHABLE, at=NOW, party="PAN")
    found = read(client)
    assert found["istmo_database_up"] == {"": 1.0}
    assert set(found["istmo_measure_up"].values()) == {1.0}
    assert found["istmo_submissions"] == dict.fromkeys(found["istmo_submissions"], 0.0)
    assert "ACCEPTED" in found["istmo_submissions"]
    assert found["istmo_alarms_open"]["peer_unreachable"] == 1.0
    assert found["istmo_outbox_messages"]["WAITING"] == 0.0
    assert "istmo_registry_expires_timestamp_seconds" not in found


def test_no_label_has_free_text(client: Any, database: None) -> None:
    """Every label's value is a code of its measure's closed list, whatever stands in the tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO alarms_alarm (id, kind, party, object_id, reason, first_at, last_at, times)"
            " VALUES (gen_random_uuid(), 'Eva Prueba, PAN 123', '', '', '', now(), now(), 1)"
        )
    found = read(client)
    assert found["istmo_alarms_open"]["other"] == 1.0
    closed = {measure.name: {*map(str, measure.values), "other", ""} for measure in measures()}
    for name, values in found.items():
        if name not in ("istmo_program_info", "istmo_measure_up"):
            assert set(values) <= closed.get(name, {""}), name
    assert set(found["istmo_measure_up"]) == set(closed)
    words = re.findall(
        r'="([^"]*)"',
        client.get("/metrics", headers={"Authorization": f"Bearer {settings.ISTMO_METRICS_TOKEN}"}).content.decode(),
    )
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", word) for word in words)


def test_a_measure_that_fails_spoils_no_other(client: Any, database: None) -> None:
    from django.db import DatabaseError

    def fails(at: datetime) -> dict[str, float]:
        raise DatabaseError("no")

    register(Measure("istmo_broken", "Fails.", read=fails))
    found = read(client)
    assert {name for name, up in found["istmo_measure_up"].items() if not up} == {"istmo_broken"}
    assert "istmo_broken" not in found
    assert "istmo_submissions" in found


def test_failures_to_sign_in_count_for_an_hour(client: Any, database: None) -> None:
    now = datetime.now(UTC)
    for kind, ago in (
        (EventKind.SIGN_IN_FAILED, 1),
        (EventKind.SIGN_IN_FAILED, 59),
        (EventKind.SIGN_IN_FAILED, 61),
        (EventKind.FACTOR_FAILED, 5),
        (EventKind.SIGNED_IN, 5),
    ):
        record(kind, at=now - timedelta(minutes=ago), object_type="account", object_id="1")
    assert read(client)["istmo_sign_in_failures"] == {"sign_in_failed": 2.0, "factor_failed": 1.0}


def test_the_end_of_the_certificate_is_told_and_one_that_cannot_be_read_too(
    client: Any, database: None, installation: "Home"
) -> None:
    file = installation.path / "keys" / "tls" / "cert.pem"
    kept = file.read_bytes()
    register_measures(installation)
    ends = read(client)["istmo_certificate_expires_timestamp_seconds"][""]
    assert 720 < (ends - datetime.now(UTC).timestamp()) / 86400 <= 730
    file.write_text("rubbish")
    try:
        found = read(client)
    finally:
        file.write_bytes(kept)
    assert found["istmo_measure_up"]["istmo_certificate_expires_timestamp_seconds"] == 0.0
    assert "istmo_certificate_expires_timestamp_seconds" not in found


def test_it_answers_when_the_database_does_not(client: Any, installation: "Home") -> None:
    good = dict(connections.databases["default"])
    connections.close_all()
    connections.databases["default"]["HOST"] = "/nonexistent"
    try:
        found = read(client)
    finally:
        connections.close_all()
        connections.databases["default"].update(good)
    assert found["istmo_database_up"] == {"": 0.0}
    assert "istmo_submissions" not in found


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "submissions"},
        {"name": "istmo_Submissions"},
        {"name": "istmo_submissions_total"},
        {"label": "state"},
        {"values": ("A",)},
        {"label": "name", "values": ("Eva Prueba",)},
    ],
)
def test_a_measure_without_a_proper_name_or_closed_list_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"gauge|closed list"):
        Measure(**{"name": "istmo_some", "help": "Some.", "read": lambda at: {}, **wrong})


def test_every_measure_says_what_it_is_and_its_unit(client: Any, database: None) -> None:
    for measure in measures():
        assert measure.help.endswith(".")
        if "oldest" in measure.name or "expires" in measure.name:
            assert measure.name.endswith("_seconds")
