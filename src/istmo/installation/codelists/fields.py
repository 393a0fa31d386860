"""A column that holds a code of one list: its type in PostgreSQL is a domain made from that list.

    sex = CodelistField("sex")

The domain `code_sex` refuses every other value, whoever writes it; forms offer the codes by name in the page's
language.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import TypedChoiceField
from django.utils.translation import get_language

from istmo.model.codes import Codelist, choices, codelist
from istmo.model.text import LANGUAGES


def domain(codelist_id: str) -> str:
    """The name of a list's type in the database."""
    return f"code_{codelist_id}"


class CodelistField(models.TextField):  # type: ignore[misc] - Django ships no types
    def __init__(self, codelist_id: str, *args: Any, **kwargs: Any) -> None:
        self.codelist_id = codelist_id
        super().__init__(*args, **kwargs)

    @property
    def codelist(self) -> Codelist:
        return codelist(self.codelist_id)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.codelist_id, *args], kwargs

    def db_type(self, connection: Any) -> str:
        return domain(self.codelist_id)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value is not None and value not in self.codelist:
            raise ValidationError(
                "%(value)s is not in the code list %(list)s",
                code="not_in_codelist",
                params={"value": value, "list": self.codelist_id},
            )

    def formfield(self, **kwargs: Any) -> TypedChoiceField:
        language = (get_language() or "es")[:2]
        options = list(choices(self.codelist_id, language if language in LANGUAGES else "es"))
        if self.blank:
            options.insert(0, ("", "—"))
        return TypedChoiceField(
            choices=options,
            required=not self.blank,
            label=kwargs.get("label"),
            empty_value=None if self.null else "",
        )
