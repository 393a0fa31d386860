"""What an administrator does with accounts: invite, give a link, change a role, disable, enable, reset the factor.

The site and the command line call the same functions; `by` is the acting account, None on the command line, whose user
owns the installation anyway. Nobody acts on their own account here, so no administrator can make themselves anything
else, and the last administrator who can sign in stays one. Each act writes its audit event in its own transaction.

    invited = invite(username="ana", full_name="Ana Ejemplo", role=AccountRole.ANALYST, member=None, by=admin,
                     at=now, token=new_token())
    accept(token, password=..., at=now)
"""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Q, QuerySet

from istmo.installation.accounts.models import Invitation, User
from istmo.installation.accounts.passwords import require_good_password
from istmo.installation.accounts.permissions import Act, may
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.accounts.sessions import LINK_LASTS
from istmo.installation.audit.models import EventKind, record
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.text import Text

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,59}")


def new_token() -> str:
    """The secret part of an invitation's address: 256 random bits."""
    return secrets.token_urlsafe(32)


def invite(
    *,
    username: str,
    full_name: str,
    role: AccountRole | str,
    member: str | None,
    by: User | None,
    at: datetime,
    token: str,
) -> User:
    """A new account without a password, and the invitation with which its person sets one."""
    username, full_name = username.strip().lower(), full_name.strip()
    chosen, member = _role(role), _member(member, role)
    if not _USERNAME.fullmatch(username):
        raise _refused(
            Text(es="El nombre de usuario no sirve.", en="The user name cannot be used."),
            Text(
                es="Use de 2 a 60 letras minúsculas sin tilde, cifras, puntos o guiones; la primera, una letra.",
                en="Use 2 to 60 lower-case letters without accents, digits, dots or hyphens; the first one a letter.",
            ),
        )
    if not full_name:
        raise _refused(
            Text(es="Falta el nombre de la persona.", en="The person’s name is missing."),
            Text(es="Se imprime en lo que apruebe.", en="It is printed on what they approve."),
        )
    with transaction.atomic():
        _require_administrator(by)
        if User.objects.filter(username__iexact=username).exists():
            raise _refused(
                Text(es="Ese nombre de usuario ya existe.", en="That user name exists already."),
                Text(es="Elija otro, o dé un enlace nuevo a esa cuenta.", en="Choose another, or give it a new link."),
            )
        account = User.objects.create_user(
            username, full_name=full_name, role=chosen, password=None, member=member, created_by=by
        )
        _new_invitation(account, by=by, at=at, token=token)
        codes = {"role": chosen.value, **({"member": member} if member else {})}
        _record(EventKind.ACCOUNT_INVITED, account, by=by, at=at, codes=codes)
    return account


def give_new_link(account: User, *, by: User | None, at: datetime, token: str) -> Invitation:
    """Another link for somebody who lost theirs or forgot the password; earlier ones stop working."""
    with _acting(account, by=by) as held:
        if not held.is_active:
            raise _refused(
                Text(es="La cuenta está desactivada.", en="The account is disabled."),
                Text(es="Actívela primero.", en="Enable it first."),
            )
        invitation = _new_invitation(held, by=by, at=at, token=token)
        _record(EventKind.LINK_GIVEN, held, by=by, at=at)
    return invitation


def find_invitation(token: str, *, at: datetime) -> Invitation | None:
    """The open invitation of a link; None if it is used, withdrawn, too old, invented, or of a disabled account."""
    found = Invitation.objects.select_related("account").filter(digest=_digest(token)).first()
    return found if found and found.is_open(at) and found.account.is_active else None


def accept(token: str, *, password: str, at: datetime) -> User:
    """Set the password of an invited account; the link does not work again."""
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().filter(digest=_digest(token)).first()
        found = find_invitation(token, at=at) if locked else None
        if found is None:
            raise NotFound(
                Text(es="Este enlace ya no sirve.", en="This link no longer works."),
                advice=Text(es="Pida otro a la administración.", en="Ask the administrator for another."),
                rule="F50",
            )
        account = found.account
        require_good_password(password, account)
        account.set_password(password)
        account.save(update_fields=["password"])
        found.used_at = at
        found.save(update_fields=["used_at"])
        end_sessions(account)
        _record(EventKind.INVITATION_ACCEPTED, account, by=account, at=at)
    return account


def change_role(account: User, role: AccountRole | str, *, member: str | None, by: User | None, at: datetime) -> User:
    """Give the account another role or State; its sessions end, so that it is asked for what the new role needs."""
    chosen, member = _role(role), _member(member, role)
    with _acting(account, by=by) as held:
        if (held.account_role, held.member) == (chosen, member):
            return held
        if chosen is not AccountRole.ADMINISTRATOR:
            _keep_an_administrator(held)
        codes = {"from": held.role, "to": chosen.value, **({"member": member} if member else {})}
        held.role, held.member = chosen.value, member
        held.save(update_fields=["role", "member"])
        end_sessions(held)
        _record(EventKind.ROLE_CHANGED, held, by=by, at=at, codes=codes)
    return held


def disable(account: User, *, by: User | None, at: datetime) -> User:
    """Nobody can sign in with the account any more; what it did stays. Its sessions and its link end."""
    with _acting(account, by=by) as held:
        if not held.is_active:
            return held
        _keep_an_administrator(held)
        held.is_active = False
        held.save(update_fields=["is_active"])
        _withdraw_invitations(held, at=at)
        end_sessions(held)
        _record(EventKind.ACCOUNT_DISABLED, held, by=by, at=at)
    return held


def enable(account: User, *, by: User | None, at: datetime) -> User:
    """The account can be signed in to again, with its password and its second factor."""
    with _acting(account, by=by) as held:
        if held.is_active:
            return held
        held.is_active = True
        held.save(update_fields=["is_active"])
        _record(EventKind.ACCOUNT_ENABLED, held, by=by, at=at)
    return held


def reset_second_factor(account: User, *, by: User | None, at: datetime) -> User:
    """Remove application, passkeys and recovery codes, for somebody who lost them; the sessions end."""
    with _acting(account, by=by) as held:
        factors = Authenticator.objects.filter(user=held)
        if not factors:
            raise _refused(
                Text(es="La cuenta no tiene segundo factor.", en="The account has no second factor."),
                Text(es="No hay nada que restablecer.", en="There is nothing to reset."),
            )
        counts = {"factors": factors.count()}
        factors.delete()
        end_sessions(held)
        _record(EventKind.FACTOR_RESET, held, by=by, at=at, counts=counts)
    return held


def end_sessions(account: User) -> int:
    """End every session of the account, and say how many there were."""
    sessions = list(UserSession.objects.filter(user=account))
    for session in sessions:
        session.end()
    return len(sessions)


def find_account(username: str) -> User:
    found = User.objects.filter(username__iexact=username.strip()).first()
    if found is None:
        raise NotFound(
            Text(es=f"No existe la cuenta «{username}».", en=f"There is no account “{username}”."),
            advice=Text(es="Vea «istmo account list».", en="See “istmo account list”."),
        )
    return found


def administrators_who_can_sign_in() -> "QuerySet[User]":
    """Accounts of the role that are not disabled and have a password."""
    return User.objects.filter(role=AccountRole.ADMINISTRATOR.value, is_active=True).exclude(
        password__startswith=UNUSABLE_PASSWORD_PREFIX
    )


@contextmanager
def _acting(account: User, *, by: User | None) -> Iterator[User]:
    """The account, read anew and locked together with every administrator: of two who act on each other, one comes
    second and finds what the first has done.
    """
    with transaction.atomic():
        concerned = Q(pk=account.pk) | Q(role=AccountRole.ADMINISTRATOR.value)
        locked = {each.pk: each for each in User.objects.select_for_update().filter(concerned).order_by("pk")}
        _require_administrator(by)
        if by is not None and by.pk == account.pk:
            raise _refused(
                Text(es="Nadie administra su propia cuenta.", en="Nobody administers their own account."),
                Text(es="Pídalo a otra persona que administre.", en="Ask another administrator."),
            )
        yield locked[account.pk]


def _require_administrator(by: User | None) -> None:
    if by is not None and not may(User.objects.get(pk=by.pk), Act.MANAGE_ACCOUNTS):
        raise _refused(
            Text(es="Su función no permite administrar cuentas.", en="Your role does not allow managing accounts."),
            Text(es="Pídalo a quien administra.", en="Ask an administrator."),
        )


def _keep_an_administrator(account: User) -> None:
    """Refuse to take away the last administrator who can sign in."""
    able = administrators_who_can_sign_in()
    if able.filter(pk=account.pk).exists() and not able.exclude(pk=account.pk).exists():
        raise _refused(
            Text(es="Es la última cuenta que administra.", en="It is the last account that administers."),
            Text(es="Invite antes a otra persona.", en="Invite another person first."),
        )


def _new_invitation(account: User, *, by: User | None, at: datetime, token: str) -> Invitation:
    _withdraw_invitations(account, at=at)
    return Invitation.objects.create(
        account=account, digest=_digest(token), made_by=by, made_at=at, expires_at=at + LINK_LASTS
    )


def _withdraw_invitations(account: User, *, at: datetime) -> None:
    account.invitations.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=at)


def _role(role: AccountRole | str) -> AccountRole:
    if role not in set(AccountRole):
        raise _refused(
            Text(es=f"No existe la función «{role}».", en=f"There is no role “{role}”."),
            Text(es=f"Elija: {', '.join(AccountRole)}.", en=f"Choose: {', '.join(AccountRole)}."),
        )
    return AccountRole(role)


def _member(member: str | None, role: AccountRole | str) -> str | None:
    """A national statistician is of a State; analysts, approvers and administrators of the institution itself."""
    member = (member or "").strip().upper() or None
    if member is not None and member not in codelist("reporter"):
        raise _refused(
            Text(es=f"«{member}» no es un código de la lista.", en=f"“{member}” is not a code of the list."),
            Text(es="Escriba por ejemplo PAN.", en="Write for example PAN."),
        )
    if role == AccountRole.STATISTICIAN and member is None:
        raise _refused(
            Text(es="Falta el Estado de la persona.", en="The person’s State is missing."),
            Text(
                es="Quien hace la estadística nacional envía los archivos de un Estado.",
                en="A national statistician sends the files of one State.",
            ),
        )
    if member is not None and role not in (AccountRole.STATISTICIAN, AccountRole.READER):
        raise _refused(
            Text(es="Esa función es de la Secretaría.", en="That role belongs to the Secretariat."),
            Text(es="Deje el Estado vacío, o elija otra función.", en="Leave the State empty, or choose another role."),
        )
    return member


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _refused(message: Text, advice: Text) -> InvalidInput:
    return InvalidInput(message, advice=advice, rule="F52")


def _record(
    kind: EventKind,
    account: User,
    *,
    by: User | None,
    at: datetime,
    codes: dict[str, str] | None = None,
    counts: dict[str, int] | None = None,
) -> None:
    record(kind, at=at, account=by, object_type="account", object_id=str(account.pk), codes=codes, counts=counts)
