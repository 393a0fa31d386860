"""An account: a named person of an institution with one role. Accounts are made by others, never by signing up."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from istmo.installation.accounts.roles import AccountRole
from istmo.installation.codelists.fields import CodelistField


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
    """`member` is the State whose institution the person works for; None at the Secretariat."""

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
            )
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def account_role(self) -> AccountRole:
        return AccountRole(self.role)

    def get_full_name(self) -> str:
        return self.full_name
