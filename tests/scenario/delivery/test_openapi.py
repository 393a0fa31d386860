"""Whatever a peer's program asks, the exchange answers it, and never with a fault of its own."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from tests.scenario.delivery.region import Region

from istmo.installation.evidence.models import promise_leaf
from istmo.installation.evidence.sequencing import sequence


@pytest.fixture(scope="module")
def schema(installation: object) -> Iterator[object]:
    """The OpenAPI of the exchange, as the listener serves it."""
    from istmo.app.database import empty_tables

    region = Region()
    with override_settings(
        ROOT_URLCONF="istmo.api.urls",
        MIDDLEWARE=["istmo.api.limits.BodyLimitMiddleware"],
        ALLOWED_HOSTS=["*"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        ISTMO_ACCESS_POINT=lambda: region.ts,
    ):
        for number in range(5):
            promise_leaf("message-of-a-test", f'{{"entry": {number}}}', at=region.moment)
        sequence(party="TS", signing=region.ts.signing, now=region.moment)
        yield schemathesis.openapi.from_wsgi("/exchange/v1/openapi.json", WSGIHandler())
    assert settings.ROOT_URLCONF != "istmo.api.urls"
    empty_tables(installation)  # type: ignore[arg-type]


def test_nothing_that_is_asked_is_a_server_error(schema: Any) -> None:
    asked = Counter[int]()
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 5
    for operation in operations:

        @hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            response = case.call()
            assert response.status_code < 500, (case.method, case.path, response.status_code)
            asked[response.status_code] += 1

        ask()
    assert asked[200] > 0
    assert asked[422] + asked[400] > 0
