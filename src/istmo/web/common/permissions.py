"""Who may do what in the workbench: one table, asked by every page and every button.

A person has one role (`istmo.installation.accounts.roles`). The table says which role may try an act; that an approver
is not the one who wrote the comment is the workflow's own rule and holds whatever this table says.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from istmo.installation.accounts.roles import MAY_SUBMIT, AccountRole


class Act(StrEnum):
    READ_WORKBENCH = "read_workbench"
    SUBMIT = "submit"
    DECIDE_SUBMISSION = "decide_submission"
    COMMENT = "comment"
    APPROVE = "approve"


_ROLES = MappingProxyType(
    {
        Act.READ_WORKBENCH: frozenset(AccountRole),
        Act.SUBMIT: MAY_SUBMIT,
        Act.DECIDE_SUBMISSION: frozenset({AccountRole.ANALYST, AccountRole.APPROVER}),
        Act.COMMENT: frozenset({AccountRole.ANALYST}),
        Act.APPROVE: frozenset({AccountRole.APPROVER}),
    }
)


def may(user: Any, act: Act) -> bool:
    """Whether the account's role may try `act`; a visitor and a closed account may nothing."""
    return bool(user.is_authenticated and user.is_active and user.account_role in _ROLES[act])


def requires(act: Act) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view that sends visitors to sign in and refuses accounts whose role may not do `act`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, act):
                raise PermissionDenied(_("Your role in the workbench does not include this step."))
            return view(request, *args, **kwargs)

        guarded.act = act  # type: ignore[attr-defined]
        return guarded

    return decorate
