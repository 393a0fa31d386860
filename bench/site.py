"""How long does a reader of the explorer wait, at twenty requests a second that never wait for an answer?

The real server over ten years x eleven reporters x two hundred nationalities (the invented figures of `bench.brief`),
each reporter with a registered dataset of its own. Requests come at a constant rate; a time counts from the moment at
which its request was due, so that a stalled server is not excused. The limit in the same run: bytes of the same size
from the same server, with nothing made. Questions are a hash of their number: nationalities, regions and totals; one,
four or eleven reporters; 13, 36 or 120 months; page or file; both languages.
"""

import http.client
import multiprocessing
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from bench.brief import LAST, figures
from istmo.app.home import Role, init, open_home
from istmo.app.settings import Settings, read_settings
from istmo.model.codes import codelist
from istmo.registry.members import members

RATE = 20
SECONDS = 30
WANTED = 200  # milliseconds, p95
PLAIN = "/bench-plain/"
_THREADS = 96
_REGIONS = ("AFRICA", "ASIA", "SOUTH_AM", "RCM", "EXTRA", "EXTRACONT", "_T")


def run(years: int = 10, nationalities: int = 200) -> list[dict[str, object]]:
    """Milliseconds of the explorer, of the same pages asked again, and of plain bytes of the same size."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="istmo-bench-") as folder:
        settings = read_settings(home=Path(folder) / "home")
        init(settings, role=Role.HUB)
        with open_home(settings):
            _store(figures(years, nationalities))
            port = _free_port()
            server = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings, port))
            server.start()
            try:
                rows = _measure(port, nationalities)
            finally:
                server.terminate()
                server.join(30)
    return [
        *rows,
        {**_row(f"load of the machine when it began: {load:.2f} on {os.cpu_count()} cores", [], 0), "wanted": ""},
    ]


def _measure(port: int, nationalities: int) -> list[dict[str, object]]:
    _wait(port)
    cold = _ask(port, "/es/datos/", {})
    for path in questions(nationalities, number=0, count=12):
        _ask(port, path, {})
    paths = list(questions(nationalities, number=100, count=RATE * SECONDS))
    answers = _fire(port, [(path, {}) for path in paths])
    size = sorted(one.size for one in answers)[len(answers) // 2]
    tagged = [(path, {"If-None-Match": one.tag}) for path, one in zip(paths, answers, strict=True) if one.tag]
    again = _fire(port, tagged)
    limit = _fire(port, [(f"{PLAIN}{size}", {})] * (RATE * SECONDS))
    strange = [one.status for one in answers if one.status != 200] + [one.status for one in limit if one.status != 200]
    assert not strange, strange[:5]
    assert {one.status for one in again} == {304}, {one.status for one in again}
    return [
        {**_row("first page of a process (reads every vintage)", [cold.seconds], cold.size), "wanted": ""},
        {
            **_row(f"explorer, {RATE} a second for {SECONDS} s", [one.seconds for one in answers], size),
            "wanted": f"p95 at most {WANTED} ms",
        },
        {**_row("the same asked again, unchanged (304)", [one.seconds for one in again], 0), "wanted": ""},
        {**_row("limit: as many plain bytes from the same server", [one.seconds for one in limit], size), "wanted": ""},
    ]


def _row(what: str, seconds: Sequence[float], size: int) -> dict[str, object]:
    ordered = sorted(1000 * one for one in seconds)

    def at(part: float) -> float | str:
        return round(ordered[min(int(part * len(ordered)), len(ordered) - 1)], 1) if ordered else ""

    return {
        "what": what,
        "requests": len(ordered),
        "p50 ms": at(0.5),
        "p95 ms": at(0.95),
        "p99 ms": at(0.99),
        "bytes": size,
    }


# --- questions


def questions(nationalities: int, *, number: int, count: int) -> Iterable[str]:
    """Addresses of the explorer, each from a hash of its number."""
    countries = [one.id for one in codelist("citizenship") if one.attributes.get("kind") == "country"][
        : nationalities + 9
    ]
    picks = pl.select(pl.int_range(number, number + count).hash(3)).to_series().to_list()
    return [_address(int(pick), countries) for pick in picks]


def _address(pick: int, countries: Sequence[str]) -> str:
    def one_of(choices: Sequence[Any], shift: int) -> Any:
        return choices[(pick >> shift) % len(choices)]

    codes = [member.code for member in members()]
    origin = one_of(countries, 8) if pick % 10 < 7 else one_of(_REGIONS, 8)
    if origin != "_T" and pick % 13 == 0:
        origin = f"{origin},{one_of(countries, 20)}"
    first = LAST.plus(1 - one_of((13, 13, 36, 120), 28))
    reporters = one_of((codes[:7:2], codes, [one_of(codes, 40)]), 32)
    query = f"reporter={','.join(reporters)}&measure=corridor&origin={origin}&first={first}&last={LAST}&mix=apart"
    language = one_of(("es/datos", "en/data"), 44)
    kind = one_of(("", "", "", "", "", "", "", "data.csv"), 48)
    if pick % 11 == 0:
        where = "nacionalidades" if language == "es/datos" else "nationalities"
        return f"/{language}/{where}/{one_of(countries, 8).lower()}/"
    return f"/{language}/{kind}?{query}".replace(" ", "")


# --- client


class Answered:
    """One answer: `seconds` from when its request was due."""

    def __init__(self, status: int, seconds: float, size: int, tag: str) -> None:
        self.status, self.seconds, self.size, self.tag = status, seconds, size, tag


def _ask(port: int, path: str, headers: dict[str, str], due: float | None = None) -> Answered:
    began = time.perf_counter() if due is None else due
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": "127.0.0.1", **headers})
        response = connection.getresponse()
        body = response.read()
        if response.status == 302:
            target = urlsplit(response.headers["Location"])
            return _ask(port, f"{target.path}?{target.query}", headers, began)
        return Answered(response.status, time.perf_counter() - began, len(body), response.headers.get("ETag", ""))
    finally:
        connection.close()


def _fire(port: int, requests: Sequence[tuple[str, dict[str, str]]]) -> list[Answered]:
    """Every request at its due moment, whether or not the ones before it are answered."""
    began = time.perf_counter() + 0.2

    def one(number: int) -> Answered:
        due = began + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        path, headers = requests[number]
        return _ask(port, path, headers, due)

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(one, range(len(requests))))


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            if _ask(port, f"{PLAIN}1", {}).status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the site did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- server


def _store(frame: pl.DataFrame) -> None:
    from istmo.installation.observations.store import store_frame

    received = datetime(2023, 9, 10, tzinfo=UTC)
    for _, part in frame.group_by("REPORTER", maintain_order=True):
        store_frame(part, profile_hash="", parameters={}, source_name="bench", on=received.date(), received_at=received)


def _serve(settings: Settings, port: int) -> None:
    """The site's own server, with a registry that knows the invented datasets."""
    from istmo.app import server

    server._load = load
    with open_home(settings) as home:
        server.serve(home, port=port)


def load(settings: Settings, parent: int) -> Callable[..., Any]:
    """In the worker: the site, and plain bytes of any size at `PLAIN`, which no part of the site has touched."""
    from istmo.app.server import application

    register()
    site = application(settings)

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(PLAIN):
            return site(environ, start_response)  # type: ignore[no-any-return]
        body = b"x" * int(path.removeprefix(PLAIN))
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return serve


def register() -> None:
    """Let the registry know a dataset for each reporter of `bench.brief` that it has none for."""
    from istmo.registry import datasets as registry

    known = registry._registry()
    model = known.datasets["HND.INM.flujo"]
    named = {"PAN", "HND", "MEX", "USA"}
    added = {
        f"{code}.BENCH.bench": replace(
            model,
            id=f"{code}.BENCH.bench",
            reporter=code,
            agency="BENCH",
            dataset="bench",
            coverage_key=code,
            breaks=(),
        )
        for code in (member.code for member in members())
        if code not in named
    }
    extended = replace(known, datasets=MappingProxyType({**known.datasets, **added}))
    registry._registry = lambda: extended  # type: ignore[assignment]
