"""Filters and tags: texts in the reader's language, figures and dates in one style, icons, the switch of language."""

from datetime import date, datetime

from django import template
from django.urls import translate_url
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from istmo.model.errors import IstmoError
from istmo.model.periods import Period, period
from istmo.model.text import Text
from istmo.registry.datasets import Dataset
from istmo.registry.members import Agency, Member
from istmo.statistics.brief import figures
from istmo.statistics.explore.origins import origin_name
from istmo.web.common import words
from istmo.web.common.language import current, swap
from istmo.web.public import shown

register = template.Library()


@register.filter
def t(value: Text | IstmoError | str | None) -> str:
    """A text, or an error's sentence with its place and advice, in the reader's language."""
    if isinstance(value, Text | IstmoError):
        return value.in_(current())
    return value or ""


@register.filter
def origin(code: str) -> str:
    """The short name of a nationality, a region or a group of regions."""
    return origin_name(code).in_(current())


@register.filter
def count(value: int | None) -> str:
    return "" if value is None else figures.count(value)


@register.filter
def change(value: int | None) -> str:
    return "" if value is None else figures.change(value)


@register.filter
def percent(value: float | None) -> str:
    return "" if value is None else figures.percent(value, current(), signed=True)


@register.filter
def day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return words.day(value.date() if isinstance(value, datetime) else value, current())


@register.filter
def moment(value: datetime | None) -> str:
    return "" if value is None else words.moment(value, current())


@register.filter
def standing(dataset: Dataset) -> str:
    """Why the cells of a dataset may stand here."""
    return _("Public at source.") if dataset.public_at_source else _("Protected before it left the institution.")


@register.filter
def meant(letters: str) -> SafeString:
    """The letters behind a figure, each with what it means."""
    return mark_safe(shown.abbreviated(letters, set()))  # noqa: S308 - letters and meanings of our own


@register.filter
def month(value: Period | str) -> str:
    """`2023-08` as "agosto de 2023"."""
    return words.long(_period(value), current())


@register.filter
def month_short(value: Period | str) -> str:
    return words.short(_period(value), current())


@register.filter
def month_only(value: Period | str) -> str:
    return words.month_only(_period(value), current())


@register.filter
def upfirst(value: object) -> str:
    text = str(value)
    return text[:1].upper() + text[1:]


@register.filter
def get(mapping: dict[str, object], key: str) -> object:
    return mapping.get(key)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag(takes_context=True)
def in_language(context: template.Context, language: str) -> str:
    """The address of this very page in the other language."""
    path = context["request"].get_full_path()
    other = translate_url(path, language)
    return other if other != path or language == get_language() else swap(path, language)


def _period(value: Period | str) -> Period:
    return value if isinstance(value, Period) else period(value)


@register.filter
def measured(datasets: list[Dataset]) -> list[Dataset]:
    """One dataset for each thing that is measured: two tables of one measure are named once."""
    return list({(each.what, each.unit): each for each in reversed(datasets)}.values())[::-1]


@register.filter
def agency(member: Member, acronym: str) -> Agency | None:
    """The member's agency with that acronym, or None where the registry does not name it."""
    return next((each for each in member.agencies if acronym in (each.acronym, each.formerly)), None)


@register.filter
def both(value: object) -> str:
    """Text that a submission keeps as JSON: `{"es": ..., "en": ...}`, or a plain string."""
    return str(value.get(current(), "")) if isinstance(value, dict) else str(value)


@register.filter
def is_number(value: object) -> bool:
    """Whether a figure is one, or the sign of why there is none."""
    return isinstance(value, int)


@register.simple_tag
def querystring_of(**values: object) -> str:
    """The values as the query of an address."""
    return urlencode(values)
