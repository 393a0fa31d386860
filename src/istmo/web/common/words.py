"""How a date, a month and a period are written in each language: one way each, the same on every page.

Spanish of the region: "20 sep 2023", "agosto de 2023"; English: "20 Sep 2023", "August 2023".
"""

from datetime import date, datetime

from django.utils import timezone

from istmo.model.periods import Grain, Period

_LONG = {
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_SHORT = {
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def day(value: date, language: str) -> str:
    return f"{value.day} {_SHORT[language][value.month - 1]} {value.year}"


def moment(value: datetime, language: str) -> str:
    """A moment in universal time, which is the time that every record of an edition keeps."""
    utc = value.astimezone(timezone.timezone.utc) if timezone.is_aware(value) else value
    return f"{day(utc.date(), language)}, {utc:%H:%M} UTC"


def long(value: Period, language: str) -> str:
    match value.grain:
        case Grain.MONTH:
            name = _LONG[language][value.number - 1]
            return f"{name} de {value.year}" if language == "es" else f"{name} {value.year}"
        case Grain.QUARTER:
            return (
                f"trimestre {value.number} de {value.year}"
                if language == "es"
                else f"quarter {value.number}, {value.year}"
            )
        case Grain.YEAR:
            return str(value.year)


def short(value: Period, language: str) -> str:
    if value.grain is Grain.MONTH:
        return f"{_SHORT[language][value.number - 1]} {value.year}"
    return str(value)


def month_only(value: Period, language: str) -> str:
    return _LONG[language][value.number - 1]
