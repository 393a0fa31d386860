"""Signing in and out, and second factors used, as audit events. What the pages change themselves they write themselves.

An event names the account and nothing else: no name that was typed, no address of a machine.
"""

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from istmo.installation.accounts.models import User
from istmo.installation.audit.models import Event, EventKind, record
from istmo.web.common import sessions


def write(
    kind: EventKind, account: User, *, by: User | None, codes: Mapping[str, str] | None = None, **counts: int
) -> Event:
    """The event of something that concerns `account`; `by` is None where nobody is signed in."""
    return record(
        kind,
        at=sessions.now(),
        account=by,
        object_type="account",
        object_id=str(account.pk),
        codes=codes,
        counts=counts,
    )


def on_signed_in(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    sessions.forget_ended()
    write(EventKind.SIGNED_IN, user, by=user)


def on_signed_out(*, request: HttpRequest, user: User | None, **_signal: Any) -> None:
    if user is not None:
        write(EventKind.SIGNED_OUT, user, by=user)


def on_factor_used(*, user: User, authenticator: Authenticator, reauthenticated: bool, **_signal: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        write(EventKind.RECOVERY_CODE_USED, user, by=user)


def on_factor_failed(*, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    write(EventKind.FACTOR_FAILED, user, by=None, codes={"kind": str(authenticator.type)})


def connect() -> None:
    from allauth.account import signals as account
    from allauth.mfa import signals as mfa
    from django.contrib.auth import signals as django

    from istmo.web.common.sessions import begin

    django.user_logged_in.connect(begin, dispatch_uid="istmo.session")
    django.user_logged_out.connect(on_signed_out, dispatch_uid="istmo.trail")
    account.user_logged_in.connect(on_signed_in, dispatch_uid="istmo.trail")
    mfa.authenticator_used.connect(on_factor_used, dispatch_uid="istmo.trail")
    mfa.authentication_failed.connect(on_factor_failed, dispatch_uid="istmo.trail")
