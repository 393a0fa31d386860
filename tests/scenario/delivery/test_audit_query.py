"""The audit query that an agreement compiles to, on the tables of an installation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from tests.scenario.delivery.region import AGREEMENT, NOW, Region
from tests.scenario.delivery.test_delivery import submission

from istmo.installation.delivery.permission import NotPermitted, permitted
from istmo.installation.evidence.sequencing import sequence
from istmo.policy.compiling.audit import audit_query
from istmo.registry.agreements.record import Agreement
from istmo.registry.demonstration import demonstration_snapshot

pytestmark = pytest.mark.usefixtures("database")


def rows(agreement: Agreement) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(audit_query(agreement))
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_an_auditor_finds_what_travelled_under_an_agreement_and_its_place_in_the_log() -> None:
    region = Region()
    message = region.submit(submission())
    region.post()
    region.pump()
    sequence(party="PAN", signing=region.pan.signing, now=region.moment)
    agreement = demonstration_snapshot(NOW).agreements[AGREEMENT]
    found = rows(agreement)
    assert {row["direction"] for row in found} == {"out", "in"}
    assert {row["message_id"] for row in found} == {str(message.message_id)}
    assert [row["log_index"] is not None for row in found] == [True, True]
    assert all(row["within"] for row in found)
    (sent,) = [row for row in found if row["direction"] == "out"]
    assert (sent["clause"], sent["purpose"], sent["state"]) == ("2", "STAT", "DELIVERED")


def test_the_query_marks_what_left_the_bounds_of_the_agreement() -> None:
    region = Region()
    region.submit(submission())
    agreement = demonstration_snapshot(NOW).agreements[AGREEMENT]
    ended = replace(agreement, expires=NOW.date() - timedelta(days=1))
    assert [row["within"] for row in rows(ended)] == [False]
    assert [row["within"] for row in rows(replace(agreement, purposes=frozenset({"BORDER"})))] == [False]
    assert rows(replace(agreement, id="demo:O'THER")) == []


def test_a_request_with_a_chosen_day_does_not_leave() -> None:
    region = Region()
    posted = region.submit(submission()).request
    assert posted is not None
    chosen = {**posted, "on": NOW.date().isoformat()}
    with pytest.raises(NotPermitted) as refused:
        permitted(chosen, sender="PAN", recipient="TS", snapshot=region.registry(), now=NOW)
    assert refused.value.refusal is not None
    assert refused.value.refusal.rule == "F93"
