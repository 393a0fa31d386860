"""What an installation does for its registry now and then: the hub says that it is current, the others fetch it.

The hub renews the timestamp every hour; every installation refreshes its copy, the hub too, and tells when it has grown
stale.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from istmo.app import keys
from istmo.app.exchange import client_context, read_exchange
from istmo.app.home import Home, Role, party_of
from istmo.app.worker import Duty
from istmo.installation.registry_copy.copy import Fetch, RegistryCopy
from istmo.installation.registry_copy.fetching import fetch_with
from istmo.installation.registry_copy.published import Published
from istmo.model.errors import IstmoError, Unavailable
from istmo.registry.parties import SECRETARIAT
from istmo.registry.reference import carries_reference, compared

_LOG = logging.getLogger(__name__)
RENEWED = timedelta(hours=1)
REFRESHED = timedelta(minutes=2)


def registry_duties(home: Home) -> tuple[Duty, ...]:
    """Nothing for an installation that was handed no root yet."""
    copy = RegistryCopy(home.path / "registry")
    if not (copy.directory / "root.json").is_file():
        return ()
    if home.role is Role.HUB:
        published = Published(copy.directory / "published")

        def take(now: datetime) -> None:
            _refresh(copy, lambda path, limit: published.served(path), now, party_of(home))

        def renew(now: datetime) -> None:
            published.renew(keys.registry_key(home.path), now=now)
            take(now)

        return (Duty("registry", RENEWED, renew), Duty("registry_copy", REFRESHED, take))
    return (Duty("registry", REFRESHED, _fetching(home, copy)),)


def _fetching(home: Home, copy: RegistryCopy) -> Callable[[datetime], None]:
    def fetch(now: datetime) -> None:
        address = read_exchange(home).peers.get(SECRETARIAT)
        if address is None:
            return
        with httpx.Client(base_url=address, verify=client_context(home), timeout=20, trust_env=False) as client:
            _refresh(copy, fetch_with(client), now, party_of(home))

    return fetch


def _refresh(copy: RegistryCopy, fetch: Fetch, now: datetime, party: str) -> None:
    """What was held is held on when it fails; an alarm stands while the copy is stale or what came was refused."""
    from istmo.installation.alarms.models import AlarmKind, raise_alarm, settle
    from istmo.installation.alarms.stops import tell_stops

    before = copy.digest()
    try:
        copy.refresh(fetch, now=now)
        if copy.digest() != before:
            _compare(copy, now)
        tell_stops(party, copy.snapshot(now), now=now)
    except Unavailable:
        pass  # the hub does not answer: that alone is no alarm before the copy is stale
    except IstmoError as error:
        raise_alarm(AlarmKind.REGISTRY, at=now, reason=error.rule)
        return
    if copy.alarm(now) is not None:
        raise_alarm(AlarmKind.REGISTRY, at=now, reason="stale")
    else:
        settle(AlarmKind.REGISTRY, at=now)


def _compare(copy: RegistryCopy, now: datetime) -> None:
    """Say in the log where this program's lists are not those that the members signed; people see it on the page."""
    documents = copy.loaded(now).verified.documents
    for one in compared(documents) if carries_reference(documents) else ():
        if one.needs_attention:
            _LOG.warning(
                "registry document %s: %s (program %s, registry %s)",
                one.path,
                one.standing,
                one.own_version,
                one.version,
            )
