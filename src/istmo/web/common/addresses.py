"""How a month stands in an address: `2023-08`."""

from django.urls import register_converter
from django.urls.converters import get_converters

from istmo.model.errors import InvalidInput
from istmo.model.periods import Grain, Period, period


class MonthConverter:
    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> Period:
        try:
            read = period(value)
        except InvalidInput as exc:
            raise ValueError(value) from exc
        if read.grain is not Grain.MONTH:
            raise ValueError(value)
        return read

    def to_url(self, value: Period | str) -> str:
        return str(value)


def register() -> None:
    """Make `<month:...>` known before the first address that uses it."""
    if "month" not in get_converters():
        register_converter(MonthConverter, "month")
