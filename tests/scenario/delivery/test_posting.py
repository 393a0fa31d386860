"""A message is posted in the transaction of what it tells, or not at all."""

from datetime import UTC, datetime

import pytest
from tests.scenario.delivery.region import Region

from istmo.exchange.manifest import Kind
from istmo.installation.delivery.models import Outbound
from istmo.installation.delivery.outbox import post
from istmo.installation.evidence.models import PendingLeaf


@pytest.mark.usefixtures("committed_database")
def test_nothing_is_posted_outside_a_transaction() -> None:
    region = Region()
    with pytest.raises(RuntimeError, match="in the transaction of what it tells"):
        post(region.pan, kind=Kind.TEST, recipient="TS", payload=b"{}", at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert not Outbound.objects.exists()
    assert not PendingLeaf.objects.exists()
