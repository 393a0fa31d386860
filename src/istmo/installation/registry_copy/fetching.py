"""Files of the registry over HTTP, from the hub's listener; whatever it sends, no more is read than may come."""

import time
from urllib.parse import quote

import httpx

from istmo.installation.registry_copy.copy import Fetch
from istmo.model.errors import Unavailable
from istmo.model.text import Text

LONGEST = 60.0


def fetch_with(client: httpx.Client, *, longest: float = LONGEST) -> Fetch:
    """A `Fetch` through a client that has the hub's address and our certificate; `longest` are seconds for a file."""

    def fetch(path: str, limit: int) -> bytes | None:
        until = time.monotonic() + longest
        raw = bytearray()
        try:
            with client.stream("GET", f"/registry/{quote(path)}", headers={"Accept-Encoding": "identity"}) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    return None
                response.raise_for_status()
                for chunk in response.iter_raw():
                    raw += chunk
                    if len(raw) > limit:
                        return bytes(raw)
                    if time.monotonic() > until:
                        raise _unreached(path)
        except httpx.HTTPError as error:
            raise _unreached(path) from error
        return bytes(raw)

    return fetch


def _unreached(path: str) -> Unavailable:
    return Unavailable(
        Text(es="No se llega al registro del centro.", en="The registry of the hub cannot be reached."),
        place=path,
        advice=Text(
            es="Se sigue trabajando con el último registro y se intenta de nuevo.",
            en="Work goes on with the last registry, and it is tried again.",
        ),
        rule="F76",
    )
