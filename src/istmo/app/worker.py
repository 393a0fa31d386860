"""Who delivers, logs, handles and looks after things? Threads of one process, woken by the database (LISTEN/NOTIFY).

A pump for each peer, the sequencer, the handler of what arrived, and the rounds of what is due now and then: heads and
proofs of peers, contents to delete, time stamps, and the `Duty` of other packages. Whoever misses a notification looks
again after a second. A thread outlives whatever goes wrong; a database that is away is waited for.
"""

import logging
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from istmo.app.exchange import access_point_of, client_context, read_exchange, state_of_files
from istmo.app.home import Home, read_home
from istmo.app.settings import Settings
from istmo.installation.delivery.client import PeerClient, PeerUnavailable
from istmo.installation.delivery.point import AccessPoint

GATHER = 0.06  # seconds that the sequencer lets leaves gather
BUSY, LINGER = 0.1, 0.025  # a pump that sent within BUSY seconds lets messages gather for LINGER
LOOK_AGAIN = 1.0
DATABASE_AWAY = 0.3
CLEANING = timedelta(hours=1)
STAMPING = timedelta(hours=1)
TELLING = timedelta(minutes=1)
MakePoint = Callable[[Home], AccessPoint]
Step = Callable[[], float]
"""Does what is to be done and gives the seconds after which to look again; 0 for at once."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do now and then; what `act` raises is logged, and it is done again when it is due."""

    name: str
    every: timedelta
    act: Callable[[datetime], object]


class Worker:
    """The threads of a home; `start` and `stop`. `duties` are those of other packages."""

    def __init__(self, home: Home, point: AccessPoint, *, duties: Sequence[Duty] = ()) -> None:
        self.home = home
        self.point = point
        self._stopping = threading.Event()
        self._awake: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        peers = [peer for peer in point.addresses() if peer != point.party]
        heads = read_exchange(home).heads
        self._steps: dict[str, Step] = {
            "sequencer": self._sequence,
            "handler": self._handle,
            **{f"pump {peer}": _Pump(home, point, peer) for peer in peers},
            "round": _Round((*_own_duties(home, point), *duties)),
            **{f"witness {peer}": _Round(_duties_with(home, point, peer, heads)) for peer in peers},
        }

    def start(self) -> None:
        for name, step in self._steps.items():
            self._awake[name] = threading.Event()
            self._begin(name, lambda name=name, step=step: self._loop(name, step))  # type: ignore[misc]
        self._begin("notified", self._listen)

    def stop(self) -> None:
        self._stopping.set()
        for event in self._awake.values():
            event.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _begin(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"istmo-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, name: str, step: Step) -> None:
        from django.db import InterfaceError, OperationalError, connection

        awake = self._awake[name]
        while not self._stopping.is_set():
            awake.clear()
            try:
                pause = step()
            except (OperationalError, InterfaceError):
                connection.close()
                pause = DATABASE_AWAY
            except Exception:  # what it was about is tried again
                _LOG.exception("%s failed", name)
                connection.close()
                pause = LOOK_AGAIN
            if pause > 0:
                awake.wait(pause)
        connection.close()

    def _sequence(self) -> float:
        from istmo.installation.alarms.models import AlarmKind, raise_alarm
        from istmo.installation.evidence.sequencing import LogDamaged, sequence

        self._stopping.wait(GATHER)
        try:
            done = sequence(party=self.point.party, signing=self.point.signing, now=_now())
        except LogDamaged:
            raise_alarm(AlarmKind.OWN_LOG, at=_now())
            return 60.0
        return 0.0 if done else LOOK_AGAIN

    def _handle(self) -> float:
        from istmo.installation.delivery.handling import handle_next

        return 0.0 if handle_next(self.point, now=_now()) else LOOK_AGAIN

    def _listen(self) -> None:
        """One session that listens; a notification wakes the thread that it is for."""
        import psycopg

        from istmo.installation.delivery.models import INBOX_CHANNEL, OUTBOX_CHANNEL
        from istmo.installation.evidence.models import SEQUENCE_CHANNEL

        while not self._stopping.is_set():
            try:
                with self.home.app.connect() as session:
                    for channel in (INBOX_CHANNEL, OUTBOX_CHANNEL, SEQUENCE_CHANNEL):
                        session.execute(f"LISTEN {channel}".encode())
                    for event in self._awake.values():
                        event.set()
                    while not self._stopping.is_set():
                        for note in session.notifies(timeout=1.0):
                            name = {INBOX_CHANNEL: "handler", OUTBOX_CHANNEL: f"pump {note.payload}"}
                            self._wake(name.get(note.channel, "sequencer"))
            except (psycopg.Error, OSError):
                self._stopping.wait(DATABASE_AWAY)

    def _wake(self, name: str) -> None:
        event = self._awake.get(name)
        if event is not None:
            event.set()


class _Peer:
    """A connection to a peer, made anew after each failure, with the address and the certificates of then."""

    def __init__(self, home: Home, point: AccessPoint, peer: str) -> None:
        self._home, self._point, self.peer = home, point, peer
        self._client: PeerClient | None = None

    def client(self) -> PeerClient:
        if self._client is None:
            self._client = PeerClient(self._point.addresses()[self.peer], client_context(self._home))
        return self._client

    def drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


class _Pump:
    """Delivers to one peer; after a failure it waits ever longer, and sends one envelope at a time where the peer's
    program failed on a batch.
    """

    def __init__(self, home: Home, point: AccessPoint, peer: str) -> None:
        self._point = point
        self._connection = _Peer(home, point, peer)
        self._failures, self._most = 0, 20
        self._sent, self._full = 0.0, 0

    def __call__(self) -> float:
        from istmo.installation.delivery.pump import deliver, next_due

        peer = self._connection.peer
        if time.monotonic() - self._sent < BUSY and self._full < 20:
            time.sleep(LINGER)
        progress = deliver(
            self._point,
            peer,
            self._connection.client(),
            now=_now,
            jitter=random.random(),  # noqa: S311 - it only scatters attempts
            most=self._most,
        )
        if progress.unavailable:
            self._connection.drop()
            self._failures += 1
            self._most = 1 if progress.unavailable.startswith("http_5") else 20
            backoff = self._point.backoff
            return backoff.after(self._failures, random.random(), longest=backoff.peer_longest).total_seconds()  # noqa: S311
        if progress.taken:
            self._failures, self._most = 0, 20
            self._sent, self._full = time.monotonic(), progress.taken
            return 0.0
        due = next_due(peer)
        return LOOK_AGAIN if due is None else min(LOOK_AGAIN, max((due - _now()).total_seconds(), 0.01))


class _Round:
    """Does each duty when it is due; one that fails does not hold up the others."""

    def __init__(self, duties: Sequence[Duty]) -> None:
        self._duties = duties
        self._done: dict[str, datetime] = {}

    def __call__(self) -> float:
        from django.db import InterfaceError, OperationalError

        for duty in self._duties:
            now = _now()
            if now - self._done.get(duty.name, datetime.min.replace(tzinfo=UTC)) < duty.every:
                continue
            try:
                duty.act(now)
            except (OperationalError, InterfaceError):
                raise
            except PeerUnavailable:
                pass  # the pump says so, once there is something to deliver
            except Exception:  # a bug in one duty: the others are done all the same, and it is tried when it is due
                _LOG.exception("%s failed", duty.name)
            self._done[duty.name] = now
        return min([LOOK_AGAIN, *(duty.every.total_seconds() for duty in self._duties)])


def _duties_with(home: Home, point: AccessPoint, peer: str, every: timedelta) -> tuple[Duty, ...]:
    from istmo.installation.delivery.witnesses import collect_proofs, exchange_heads

    connection = _Peer(home, point, peer)

    def asked(act: Callable[..., object]) -> Callable[[datetime], object]:
        def ask(now: datetime) -> object:
            try:
                return act(point, peer, connection.client(), now=now)
            except PeerUnavailable:
                connection.drop()
                raise

        return ask

    return (Duty("heads", every, asked(exchange_heads)), Duty("proofs", every / 10, asked(collect_proofs)))


def _own_duties(home: Home, point: AccessPoint) -> tuple[Duty, ...]:
    from istmo.installation.delivery.handling import delete_contents
    from istmo.installation.delivery.restorations import announce
    from istmo.installation.evidence.stamping import stamp

    duties = [
        Duty("contents", CLEANING, lambda now: delete_contents(now=now)),
        Duty("restoration", TELLING, lambda now: announce(point, now=now)),
    ]
    authority = read_exchange(home).time_stamp
    if authority:
        duties.append(Duty("stamp", STAMPING, lambda now: stamp(authority, now=now, ask=ask_authority)))
    return tuple(duties)


def ask_authority(address: str, query: bytes) -> bytes:
    import httpx

    try:
        answer = httpx.post(
            address, content=query, headers={"content-type": "application/timestamp-query"}, timeout=10, trust_env=False
        )
    except httpx.HTTPError as error:
        raise OSError(str(error)) from error
    if answer.status_code != 200:
        raise OSError(f"HTTP {answer.status_code}")
    return answer.content


def work(settings: Settings, *, make_point: MakePoint = access_point_of, duties: Sequence[Duty] = ()) -> None:
    """Work until SIGTERM, or until a key or the configuration changes. The database runs already, or comes back."""
    from istmo.app.django_setup import configure

    home = read_home(settings)
    point = make_point(home)
    configure(settings, home, over={"ISTMO_ACCESS_POINT": lambda: point})
    worker = Worker(home, point, duties=duties)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Waited for, not handled: a handler that sets an event runs between two steps of the thread that waits for it, and
    # would wait for ever for the lock that this thread holds. The threads inherit the mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    worker.start()
    begun_with = state_of_files(home)
    while signal.sigtimedwait({signal.SIGTERM}, 1.0) is None and state_of_files(home) == begun_with:
        pass
    worker.stop()


def _now() -> datetime:
    return datetime.now(UTC)
