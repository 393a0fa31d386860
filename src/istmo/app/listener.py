"""How do peers reach this installation? By a listener of its own: mutual TLS, the exchange's end points, nothing else.

It works as the database role `istmo_exchange` where there is one, which reaches the tables of the exchange and no
other. Who may connect is decided by `keys/tls/peers.pem`, the authorities of the members; who speaks, by what is
signed.
"""

import atexit
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from istmo.app.exchange import access_point_of, read_exchange, state_of_files, tls_files
from istmo.app.home import Home, Role, read_home
from istmo.app.settings import Settings
from istmo.installation.delivery.point import AccessPoint

THREADS = 4
APPS = (
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "istmo.installation.accounts",
    "istmo.installation.audit",
    "istmo.installation.alarms",
    "istmo.installation.evidence",
    "istmo.installation.delivery",
)
"""What the end points need, and nothing of the site."""
MakePoint = Callable[[Home], AccessPoint]


def listen(settings: Settings, *, make_point: MakePoint = access_point_of) -> None:
    """Serve the exchange until SIGTERM, or until a key or the configuration changes. The database runs already."""
    import multiprocessing

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    home = read_home(settings)
    exchange = read_exchange(home)
    check_certificates(home)
    files = tls_files(home)
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "istmo-exchange",
        address=exchange.host,
        port=exchange.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backpressure=THREADS * 4,
        log_enabled=False,
        log_level=LogLevels.error,
        websockets=False,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        ssl_cert=files["cert"],
        ssl_key=files["key"],
        ssl_ca=files["peers"],
        ssl_client_verify=True,
    )
    threading.Thread(target=_end_on_change, args=(home,), daemon=True).start()
    server.serve(target_loader=partial(_load, settings, os.getpid(), make_point), wrap_loader=False)


def _end_on_change(home: Home) -> None:
    """End once a key, a certificate or the configuration has changed: whoever supervises starts a new listener."""
    begun_with = state_of_files(home)
    while state_of_files(home) == begun_with:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


def check_certificates(home: Home) -> None:
    """Refuse files of keys or certificates that hold rubbish, before a port is opened."""
    from istmo.app.exchange import client_context

    client_context(home)


def application(settings: Settings, make_point: MakePoint = access_point_of) -> Callable[..., Any]:
    """The WSGI application of the exchange."""
    from istmo.app.database import django_database
    from istmo.app.django_setup import configure

    home = read_home(settings)
    login = home.exchange or home.app
    point = make_point(home)
    configure(
        settings,
        home,
        over={
            "INSTALLED_APPS": list(APPS),
            "ROOT_URLCONF": "istmo.api.urls",
            "MIDDLEWARE": ["istmo.api.limits.BodyLimitMiddleware"],
            "ALLOWED_HOSTS": [
                "*"
            ],  # whoever was let in by mutual TLS names the host as it likes; nothing depends on it
            "DATABASES": {"default": django_database(login)},
            "DATA_UPLOAD_MAX_MEMORY_SIZE": None,  # the middleware holds the limit
            "SECURE_HSTS_SECONDS": 0,
            "ISTMO_ACCESS_POINT": lambda: point,
            "ISTMO_REGISTRY": home.path / "registry" / "published" if home.role is Role.HUB else None,
        },
    )
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def _load(settings: Settings, parent: int, make_point: MakePoint) -> Callable[..., Any]:
    from istmo.app.logs import logger, set_up_logs
    from istmo.app.processes import end_with_parent

    end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process, which ends this one
    set_up_logs(level=settings.log_level, file=settings.log_file)
    loaded = application(settings, make_point)
    logger("listener").info("exchange_listens")
    from istmo.app.django_setup import disconnect

    atexit.register(disconnect)
    return loaded
