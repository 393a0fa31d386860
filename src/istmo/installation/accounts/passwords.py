"""Is a password good enough? Django's own checks, told in both languages."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import override

from istmo.model.errors import InvalidInput
from istmo.model.text import Text


def require_good_password(password: str, account: Any) -> None:
    """Raise `InvalidInput` with everything that is wrong with it. Some messages are made in the language of the moment
    in which they are raised, so the checks run once in each.
    """
    said = {language: _problems(password, account, language) for language in ("es", "en")}
    if any(said.values()):
        raise InvalidInput(Text(es=" ".join(said["es"]), en=" ".join(said["en"])), rule="F52")


def _problems(password: str, account: Any, language: str) -> list[str]:
    with override(language):
        try:
            validate_password(password, account)
        except ValidationError as exc:
            return list(exc.messages)
    return []
