"""The whole region on this machine: a hub and three nodes, each with its home, database, keys and processes.

    demonstrate(settings, month="2023-08", port=8000, say=print)

The files of Panama, Honduras and Mexico are loaded at their nodes, released there by two people, and reach the hub as
signed messages over HTTPS with mutual TLS on the loopback interface; those of the others are sent to the hub by people.
A second start finds everything done. Ports: the hub's site on `port`, the nodes' on the next ones, the listeners ten
above.
"""

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from istmo.app import keys
from istmo.app.demonstration import DemoFile, files
from istmo.app.demonstration_loading import (
    PEOPLE,
    Person,
    Step,
    accounts_of,
    line,
    load_files,
    month_of,
    opened,
    publish,
    welcome,
)
from istmo.app.demonstration_registry import distribute
from istmo.app.exchange import Exchange, write_exchange
from istmo.app.home import Home, Role, init, open_home, party_of, read_home
from istmo.app.processes import read_settings_of_parent, supervised
from istmo.app.running import EXCHANGE, exchanging, reviving
from istmo.app.server import check_port, serve
from istmo.app.settings import Settings
from istmo.intake.profiles import builtin_profiles
from istmo.model.errors import NotFound, Unavailable
from istmo.model.text import Text
from istmo.registry.members import member
from istmo.registry.parties import SECRETARIAT

HOST = "127.0.0.1"
NODES = ("PAN", "HND", "MEX")
PARTIES = (SECRETARIAT, *NODES)
LISTENERS = 10
SLOT = timedelta(seconds=1)
"""Of neutral answers: nobody waits a minute in a demonstration."""
ARRIVAL_SECONDS = 180
NODE_PEOPLE = (
    Person("estadistica", "Elisa Prueba", "statistician"),
    Person("aprobador", "Andrés Ejemplo", "approver"),
    Person("administradora", "Adela Modelo", "administrator"),
)

Say = Callable[[str], None]


def demonstrate(settings: Settings, *, month: str, port: int, say: Say) -> None:
    """Make what is missing, load it, publish the brief, serve all sites until somebody stops it."""
    wanted = month_of(month)
    for number in range(len(PARTIES)):
        check_port(HOST, port + number)
        check_port(HOST, port + LISTENERS + number)
    settings = replace(settings, log_file=settings.log_file or settings.home / "istmo.log")
    homes = made_homes(settings, say)
    connect(homes, port=port)
    distribute(homes, now=datetime.now(UTC))
    hub = homes[SECRETARIAT]
    with opened(settings, say), ExitStack() as stack:
        accounts = accounts_of(hub)
        _share_passwords(homes)
        fresh = _missing(files())
        if fresh:
            stack.enter_context(exchanging(hub))
            stack.enter_context(_nodes_exchanging(homes))
            _load(homes, fresh, say)
        publish(wanted, progress=lambda text: say(f"{text.en} / {text.es}"))
        say("Starting the sites / Iniciando los sitios ...")

        def ready() -> None:
            say(welcome(accounts, wanted, port))
            if not fresh:  # the first page comes first
                stack.enter_context(exchanging(hub))
            starting = threading.Thread(
                target=_start_sites, args=(homes, port, say, stack, not fresh), name="istmo-sites", daemon=True
            )
            starting.start()

        serve(hub, port=port, on_ready=ready)


def made_homes(settings: Settings, say: Say) -> dict[str, Home]:
    """The four homes, made on first use: the hub's is `settings.home`, the nodes' lie under `nodes/`."""
    try:
        hub = read_home(settings)
    except NotFound:
        say(f"Making the demonstration / Creando la demostración: {settings.home}")
        hub = init(settings, role=Role.HUB, demonstration=True)
    homes = {SECRETARIAT: hub}
    for code in NODES:
        own = settings_of(settings, code)
        try:
            homes[code] = read_home(own)
        except NotFound:
            homes[code] = init(own, role=Role.NODE, member=code, demonstration=True, beside=hub)
    return homes


def settings_of(settings: Settings, party: str) -> Settings:
    return settings if party == SECRETARIAT else replace(settings, home=settings.home / "nodes" / party.lower())


def connect(homes: Mapping[str, Home], *, port: int) -> None:
    """Make the four known to each other: addresses and authorities."""
    listeners = {party: port + LISTENERS + number for number, party in enumerate(PARTIES)}
    authorities = [keys.authority_of(home.path) for home in homes.values()]
    for party, home in homes.items():
        keys.believe(home.path, authorities)
        peers = {other: f"https://{HOST}:{listeners[other]}" for other in homes if other != party}
        write_exchange(home, Exchange(HOST, listeners[party], peers, slot=SLOT))


def _share_passwords(homes: Mapping[str, Home]) -> None:
    """The invented people have one password in the whole demonstration."""
    of_hub = homes[SECRETARIAT].path / "keys" / "demonstration.json"
    for code in NODES:
        keys.keep(homes[code].path / "keys" / "demonstration.json", of_hub.read_bytes())


@contextmanager
def _nodes_exchanging(homes: Mapping[str, Home]) -> Iterator[None]:
    with ExitStack() as stack:
        for code in NODES:
            stack.enter_context(supervised(homes[code].settings, EXCHANGE, revive=reviving(homes[code])))
        yield


def _start_sites(homes: Mapping[str, Home], port: int, say: Say, stack: ExitStack, exchange: bool) -> None:
    """The nodes' sites, a line each when the first page can be asked for; their exchange too where it does not run."""
    for number, code in enumerate(NODES, start=1):
        names = (f"site {port + number}", *(EXCHANGE if exchange else ()))
        stack.enter_context(supervised(homes[code].settings, names, revive=reviving(homes[code])))
    for number, code in enumerate(NODES, start=1):
        name = member(code).short
        if _answers(port + number):
            say(f"  Nodo / node      http://{HOST}:{port + number}/  {name.es}")
    people = ", ".join(person.username for person in NODE_PEOPLE)
    say(f"  {people}: las mismas claves en los nodos / the same passwords at the nodes.")


def _answers(port: int) -> bool:
    import urllib.error
    import urllib.request

    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/es/", timeout=10).close()
        except urllib.error.HTTPError:
            return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return True
    return False


def _missing(region: tuple[DemoFile, ...]) -> tuple[DemoFile, ...]:
    """The files of the region that have not reached the hub."""
    from istmo.installation.submissions.models import Submission

    here = set(Submission.objects.filter(vintage__isnull=False).values_list("filename", flat=True))
    return tuple(file for file in region if file.name not in here)


def reporter_of(file: DemoFile) -> str:
    return builtin_profiles()[file.profile].reporter


def _load(homes: Mapping[str, Home], fresh: tuple[DemoFile, ...], say: Say) -> None:
    """Every node loads and releases its files in a process of its own; the hub loads the others, then waits for all."""
    region = files()
    done = _Counter(len(region) - len(fresh), len(region), say)
    loaders = [_Loader(homes[code], done) for code in NODES if any(reporter_of(file) == code for file in fresh)]
    load_files(
        [file for file in region if reporter_of(file) not in NODES], account=PEOPLE[0].username, progress=done.count
    )
    for loader in loaders:
        loader.wait()
    deadline = time.monotonic() + ARRIVAL_SECONDS
    waited = False
    while still := _missing(region):
        if time.monotonic() > deadline:
            raise Unavailable(
                Text(
                    es=f"No llegaron {len(still)} envíos de los nodos.",
                    en=f"{len(still)} submissions of the nodes did not arrive.",
                ),
                place=still[0].name,
                advice=Text(es="Vea istmo.log y ejecute de nuevo.", en="Look at istmo.log and run it again."),
                rule="F87",
            )
        if not waited:
            say("Waiting for the nodes' submissions / Esperando los envíos de los nodos ...")
        waited = True
        time.sleep(0.2)


class _Counter:
    """Counts the files of all processes, a line each."""

    def __init__(self, done: int, total: int, say: Say) -> None:
        self._done, self._total, self._say = done, total, say
        self._lock = threading.Lock()

    def count(self, file: DemoFile, place: str = "") -> None:
        with self._lock:
            self._done += 1
            name = f"{file.name}{f' ({place})' if place else ''}"
            self._say(line(Step(Text(es=name, en=name), self._done, self._total)))


class _Loader:
    """A process that loads and releases the files of a node; its lines are the names of the files."""

    def __init__(self, home: Home, done: _Counter) -> None:
        self._party = party_of(home)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "istmo.app.region"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(pickle.dumps((os.getpid(), home.settings)))
        self._process.stdin.close()
        self._thread = threading.Thread(target=self._follow, args=(done,), daemon=True)
        self._thread.start()

    def _follow(self, done: _Counter) -> None:
        known = {file.name: file for file in files()}
        assert self._process.stdout is not None
        for told in self._process.stdout:
            file = known.get(told.decode().strip())
            if file is not None:
                done.count(file, self._party)

    def wait(self) -> None:
        self._thread.join()
        if self._process.wait() != 0:
            raise Unavailable(
                Text(
                    es=f"El nodo {self._party} no pudo cargar sus archivos.",
                    en=f"The node {self._party} could not load its files.",
                ),
                advice=Text(es="Vea istmo.log.", en="Look at istmo.log."),
                rule="F87",
            )


def load_node(home: Home, *, region: Sequence[DemoFile], progress: Callable[[DemoFile], None]) -> None:
    """At a node: its files are loaded as they arrive, each proposed by one person and released by another."""
    from istmo.installation.accounts.models import User
    from istmo.installation.submissions.models import Submission
    from istmo.node.release.posting import post
    from istmo.node.release.releasing import propose, release

    accounts_of(home, NODE_PEOPLE)
    statistician, approver = (User.objects.get(username=person.username) for person in NODE_PEOPLE[:2])

    def send(submission: Submission) -> None:
        assert submission.vintage is not None
        now = datetime.now(UTC)
        release(propose(submission.vintage, account=statistician, at=now), account=approver, at=now, post=post)

    own = [file for file in region if reporter_of(file) == home.member]
    load_files(own, account=NODE_PEOPLE[0].username, progress=progress, then=send)


def _main() -> None:
    settings = read_settings_of_parent()
    from istmo.app.logs import set_up_logs

    set_up_logs(level=settings.log_level, file=settings.log_file)
    with open_home(settings) as home:
        load_node(home, region=files(), progress=lambda file: print(file.name, flush=True))


def homes_of(settings: Settings) -> Mapping[str, Path]:
    """Where the homes of the demonstration lie, made or not."""
    return {party: settings_of(settings, party).home for party in PARTIES}


if __name__ == "__main__":
    _main()
