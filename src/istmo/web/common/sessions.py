"""The session of a request: is it open, resting or over, and has its owner just shown who they are?

The rules are `istmo.installation.accounts.sessions`. A session that is over is ended before any view sees it; a resting
one is turned away by `istmo.web.common.permissions.requires` until its owner confirms who they are.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from istmo.installation.accounts.sessions import NOTED_EVERY, Standing, is_fresh, standing

STARTED, SEEN = "istmo_started", "istmo_seen"


def now() -> datetime:
    return datetime.now(UTC)


class SessionRulesMiddleware:
    """Ends a session that is over, and notes when an open one was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        if request.user.is_authenticated and standing_of(request) is Standing.OVER:
            logout(request)
            request.session_ended = True  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated and standing_of(request) is Standing.OPEN:
            _note(request)
        return response


def begin(*, request: HttpRequest, **_signal: Any) -> None:
    """Somebody signed in: the session starts now."""
    request.session[STARTED] = request.session[SEEN] = now().timestamp()


def forget_ended() -> None:
    """Remove what is left of sessions that are over, with the addresses that they came from."""
    SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def standing_of(request: HttpRequest) -> Standing:
    return standing(started=_moment(request, STARTED), seen=_last_sign(request), now=now())


def just_confirmed(request: HttpRequest) -> bool:
    """Whether the session's owner signed in, or confirmed who they are, in the last five minutes."""
    return is_fresh(_confirmed(request), now=now())


def _note(request: HttpRequest) -> None:
    seen, moment = _moment(request, SEEN), now()
    if seen is None or moment - seen >= NOTED_EVERY:
        request.session[SEEN] = moment.timestamp()
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=moment)


def _last_sign(request: HttpRequest) -> datetime | None:
    return max(filter(None, (_moment(request, SEEN), _confirmed(request))), default=None)


def _confirmed(request: HttpRequest) -> datetime | None:
    records = get_authentication_records(request, request.user)
    shown = [datetime.fromtimestamp(record["at"], UTC) for record in records]
    return max(filter(None, (_moment(request, STARTED), *shown)), default=None)


def _moment(request: HttpRequest, key: str) -> datetime | None:
    value = request.session.get(key)
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None
