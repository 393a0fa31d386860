"""How a month stands in an address: `2023-08`."""

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
