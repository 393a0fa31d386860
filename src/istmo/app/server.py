"""How is the site served? By granian, in a worker process of its own, until somebody stops it.

    with open_home(settings) as home:
        serve(home, port=8000, on_ready=print_addresses)

The worker gets the settings by pickling, secrets included, never by its environment, which every request can see.
Ctrl-C and SIGTERM end the worker, then this process, which lets go of the database.
"""

import atexit
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from istmo.app.home import Home
from istmo.app.processes import end_with_parent
from istmo.app.settings import Settings
from istmo.model.errors import InvalidInput, Unavailable
from istmo.model.text import Text

THREADS = 8


def serve(home: Home, *, port: int, host: str = "127.0.0.1", on_ready: Callable[[], None] | None = None) -> None:
    """Serve the open installation until it is stopped; `on_ready` is called when the first page can be asked for."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    check_port(host, port)
    multiprocessing.set_start_method(
        "spawn", force=True
    )  # a fork would copy Polars' threads in whatever state they are
    server = Server(
        "istmo",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backpressure=THREADS * 4,
        log_enabled=False,
        log_level=LogLevels.error,
        websockets=False,
        workers_kill_timeout=10,
    )

    def ready() -> None:
        server.respawn_failed_workers = True  # from now on; a site that cannot even be loaded ends the command
        if on_ready:
            on_ready()

    threading.Thread(target=_call_when_ready, args=(host, port, ready), daemon=True).start()
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.serve(target_loader=partial(_load, home.settings, os.getpid()), wrap_loader=False)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def check_port(host: str, port: int) -> None:
    """Raise `Unavailable` with what to do when the port cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as exc:
        raise InvalidInput(
            Text(es=f"«{host}» no es una dirección de esta máquina.", en=f"“{host}” is no address of this machine."),
            rule="F69",
        ) from exc
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as exc:
            raise Unavailable(
                Text(es=f"El puerto {port} está ocupado.", en=f"Port {port} is in use."),
                place=f"{host}:{port}",
                advice=Text(
                    es=f"Elija otro con --port, por ejemplo --port {port + 1}.",
                    en=f"Choose another with --port, for example --port {port + 1}.",
                ),
                rule="F69",
            ) from exc


def application(settings: Settings) -> Callable[..., Any]:
    """The WSGI application of an installation whose database is running, with the reader of the files sent to it."""
    from istmo.app.django_setup import configure, kept, received
    from istmo.app.home import read_home
    from istmo.app.joining import register_measures

    home = read_home(settings)
    configure(settings, home)
    register_measures(home)
    from django.core.wsgi import get_wsgi_application

    made = get_wsgi_application()
    from istmo.installation.submissions import background

    background.start(received(home), keep=kept(home))
    atexit.register(background.stop)
    return made


def _load(settings: Settings, parent: int) -> Callable[..., Any]:
    """In the worker: end with the parent, take up the logs, load the site."""
    from istmo.app.logs import logger, set_up_logs

    end_with_parent(parent)
    set_up_logs(level=settings.log_level, file=settings.log_file)
    started = time.monotonic()
    loaded = application(settings)
    logger("server").info("site_loaded", seconds=round(time.monotonic() - started, 3))
    return loaded


def _call_when_ready(host: str, port: int, on_ready: Callable[[], None]) -> None:
    """granian binds before the worker has loaded: a request that is answered tells that it has."""
    import urllib.error
    import urllib.request

    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    address = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=30).close()  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            break
    on_ready()
