"""An installation at work: its site in this process, the exchange's listener and worker beside it when it takes part.

with open_home(settings) as home:
    run(home, port=8000, on_ready=print_addresses)
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from istmo.app.exchange import takes_part
from istmo.app.home import Home
from istmo.app.postgres import revive
from istmo.app.postgres_programs import find_programs
from istmo.app.processes import Supervisor, supervised
from istmo.app.server import serve

EXCHANGE = ("listener", "worker")


def run(home: Home, *, port: int, host: str = "127.0.0.1", on_ready: Callable[[], None] | None = None) -> None:
    """Serve until somebody stops it."""
    with exchanging(home):
        serve(home, port=port, host=host, on_ready=on_ready)


@contextmanager
def exchanging(home: Home) -> Iterator[Supervisor | None]:
    """The listener and the worker of a home that takes part in the exchange; nothing for one that does not."""
    if not takes_part(home):
        yield None
        return
    with supervised(home.settings, EXCHANGE, revive=reviving(home)) as supervisor:
        yield supervisor


def reviving(home: Home) -> Callable[[], None]:
    """Starts the home's PostgreSQL again when it died; nothing where the database is somebody else's."""
    cluster = home.cluster
    if cluster is None:
        return lambda: None
    programs = find_programs(home.data_dir)

    def look() -> None:
        revive(cluster, programs)

    return look
