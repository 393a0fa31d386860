"""An account: a named person of an institution with one role. Accounts are made by others, never by signing up.

The person sets the password with an invitation: a link that works once and for three days. Only its digest is stored.
"""

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import override

from istmo.installation.accounts.passwords import require_good_password
from istmo.installation.accounts.roles import AccountRole
from istmo.installation.codelists.fields import CodelistField
from istmo.model.errors import InvalidInput
from istmo.model.text import Text


class UserManager(BaseUserManager["User"]):
    def create_user(
        self,
        username: str,
        *,
        full_name: str,
        role: AccountRole,
        password: str | None,
        member: str | None = None,
        created_by: "User | None" = None,
    ) -> "User":
        user = self.model(
            username=self.model.normalize_username(username),
            full_name=full_name,
            role=role.value,
            member=member,
            created_by=created_by,
        )
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """`member` is the State whose institution the person works for; None at the institution that runs the installation
    (at a hub, the Secretariat).
    """

    username = models.CharField(max_length=60, unique=True)
    full_name = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    member = CodelistField("reporter", null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "role"]

    objects = UserManager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in AccountRole]), name="accounts_user_role"
            ),
            models.UniqueConstraint(Lower("username"), name="accounts_user_name_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def account_role(self) -> AccountRole:
        return AccountRole(self.role)

    @property
    def state(self) -> str:
        """enabled, invited (no password yet) or disabled."""
        if not self.is_active:
            return "disabled"
        return "enabled" if self.has_usable_password() else "invited"

    def get_full_name(self) -> str:
        return self.full_name


class Invitation(models.Model):
    """A link with which an account's person sets the password. `made_by` is None on the command line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="accounts_invitation_lasts"
            ),
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="accounts_invitation_ends_once",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="accounts_one_open_invitation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} until {self.expires_at:%Y-%m-%dT%H:%MZ}"

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and self.withdrawn_at is None and at < self.expires_at


def make_account(
    *,
    username: str,
    role: AccountRole | str,
    full_name: str,
    password: str | None,
    at: datetime,
    member: str | None = None,
    created_by: User | None = None,
) -> User:
    """A new account with its audit event; raises `InvalidInput` with what is wrong with it."""
    from istmo.installation.audit.models import EventKind, record

    if role not in set(AccountRole):
        raise InvalidInput(
            Text(es=f"No existe la función «{role}».", en=f"There is no role “{role}”."),
            advice=Text(es=f"Elija: {', '.join(AccountRole)}.", en=f"Choose: {', '.join(AccountRole)}."),
            rule="F52",
        )
    if password is not None:
        require_good_password(password, User(username=username, full_name=full_name))
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username,
                full_name=full_name or username,
                role=AccountRole(role),
                password=password,
                member=member,
                created_by=created_by,
            )
            record(EventKind.ACCOUNT_MADE, at=at, account=created_by, object_type="account", object_id=str(user.pk))
    except ValidationError as exc:
        with override("es"):
            spanish = " ".join(exc.messages)
        with override("en"):
            english = " ".join(exc.messages)
        raise InvalidInput(Text(es=spanish, en=english), place=username, rule="F52") from exc
    return user
