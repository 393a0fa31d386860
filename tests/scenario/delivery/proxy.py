"""A proxy between two installations that does what networks do: cuts, delays, drops, repeats, reorders.

It ends TLS with the certificate of a member, which the others' authorities vouch for, so it can act on whole requests;
who speaks is known from what is signed, so that it can do no more than a bad network can.
"""

import random
import ssl
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from istmo.installation.delivery.client import tls_context

FAULTS = ("none", "none", "cut", "lost", "slow", "twice", "again", "reorder", "refuse", "garbage")


class Proxy:
    """Forwards to `target` from a free port; `fault(random)` names what happens to a request."""

    def __init__(self, target: int, tls: Path, *, seed: int = 1, port: int = 0) -> None:
        self.happened: Counter[str] = Counter()
        self.faulty = True
        self._random = random.Random(seed)
        self._first = self._random.sample(FAULTS[2:], len(FAULTS) - 2)  # each fault once before chance decides
        self._earlier: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        self._target, self._tls = target, tls
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy._handle(self, b"")

            def do_POST(self) -> None:
                proxy._handle(self, self.rfile.read(int(self.headers.get("content-length", 0))))

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(tls / "cert.pem"), str(tls / "key.pem"))
        context.load_verify_locations(str(tls / "peers.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def has_done_each(self) -> bool:
        """Whether every fault has happened."""
        return not self._first

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        with self._lock:
            fault = "none"
            if self.faulty and handler.command == "POST":
                fault = self._first.pop() if self._first else self._random.choice(FAULTS)
            earlier = self._random.choice(self._earlier) if self._earlier else None
            self.happened[fault] += 1
            if handler.command == "POST":
                self._earlier = [*self._earlier[-20:], (handler.path, body)]
        if fault == "cut":
            self._break(handler)
            return
        if fault == "refuse":
            self._answer(handler, 503, b'{"detail": "busy"}')
            return
        if fault == "slow":
            time.sleep(0.5)
        if fault in ("again", "reorder") and earlier is not None:
            self._forward("POST", *earlier)  # an old request arrives once more, before this one
        if fault == "reorder":
            threading.Timer(0.3, self._forward, ("POST", handler.path, body)).start()  # and this one after later ones
            self._break(handler)
            return
        answer = self._forward(handler.command, handler.path, body)
        if fault == "twice":
            answer = self._forward(handler.command, handler.path, body)
        if answer is None or fault == "lost":
            self._break(handler)
        elif fault == "garbage":
            self._answer(handler, 200, answer.content[: len(answer.content) // 2])
        else:
            self._answer(handler, answer.status_code, answer.content)

    def _forward(self, method: str, path: str, body: bytes) -> httpx.Response | None:
        files = {name: self._tls / f"{name}.pem" for name in ("cert", "key", "peers")}
        try:
            with httpx.Client(verify=tls_context(**files), timeout=20, trust_env=False) as client:
                return client.request(
                    method,
                    f"https://127.0.0.1:{self._target}{path}",
                    content=body,
                    headers={"content-type": "application/json"},
                )
        except httpx.HTTPError:
            return None

    @staticmethod
    def _answer(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        handler.send_response(status)
        handler.send_header("content-length", str(len(body)))
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def _break(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is what this is for."""
