"""`/metrics`: what monitoring reads, in Prometheus' text format, for whoever knows the installation's token.

    curl -H "Authorization: Bearer $(cat HOME/keys/metrics)" http://127.0.0.1:8000/metrics

It answers also when the database does not, and then says so. Numbers and codes of closed lists only
(`istmo.installation.measures`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from istmo import __version__
from istmo.installation.measures import measures
from istmo.model.errors import IstmoError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not compare_digest(given.encode(), settings.ISTMO_METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(_Measures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE)


class _Measures(Collector):
    """Every measure that was registered; one that cannot be read is told and left out."""

    def collect(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        about = GaugeMetricFamily("istmo_program_info", "The program's version.", labels=("version", "role"))
        about.add_metric((__version__, "node" if settings.ISTMO_NODE_OF else "hub"), 1)
        yield about
        up = _database_answers()
        yield GaugeMetricFamily("istmo_database_up", "Whether the database answers.", value=float(up))
        read = GaugeMetricFamily("istmo_measure_up", "Whether a measure could be read.", labels=("measure",))
        for measure in measures() if up else ():
            try:
                found = measure.at(now)
            except (DatabaseError, InterfaceError, IstmoError):
                read.add_metric((measure.name,), 0)
                continue
            read.add_metric((measure.name,), 1)
            if found:
                family = GaugeMetricFamily(measure.name, measure.help, labels=(measure.label,) if measure.label else ())
                for value, number in found.items():
                    family.add_metric((value,) if measure.label else (), number)
                yield family
        yield read


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True
