"""Over which months is a count taken? The time coordinate of a cell, the same whatever a table calls it.

A span is a run of months within one calendar year: a month `2023-08`, a quarter `2023-Q3`, a year `2023`, the year to
date `2023-01/2023-08`. The year to date in March is the first quarter, in December the year, in January the month: one
span has one name, so that the same count in two tables is one cell.
"""

import re
from dataclasses import dataclass

from istmo.model.errors import InvalidInput
from istmo.model.periods import Grain, Period, period
from istmo.model.text import Text

_RUN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])/(\d{4})-(0[1-9]|1[0-2])")
_MONTHS = {Grain.YEAR: 12, Grain.QUARTER: 3, Grain.MONTH: 1}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The months `first` to `last` (1..12, both included) of `year`."""

    year: int
    first: int
    last: int

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= 12:
            raise ValueError(f"no such span: {self.year}, {self.first} to {self.last}")

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.year:04d}-{self.first:02d}"
        if (self.first, self.last) == (1, 12):
            return f"{self.year:04d}"
        if self.last - self.first == 2 and self.last % 3 == 0:
            return f"{self.year:04d}-Q{self.last // 3}"
        return f"{self.year:04d}-{self.first:02d}/{self.year:04d}-{self.last:02d}"

    def overlaps(self, other: "Span") -> bool:
        return self.year == other.year and self.first <= other.last and other.first <= self.last


def span_of(time: Period) -> Span:
    """The months of a month, a quarter or a year."""
    months = _MONTHS[time.grain]
    return Span(time.year, (time.number - 1) * months + 1, time.number * months)


def year_to_date(month: Period) -> Span:
    """From January to `month`."""
    return Span(month.year, 1, month.number)


def span(text: str) -> Span:
    """Read `2023-08`, `2023-Q3`, `2023` or `2023-01/2023-08`; raises InvalidInput."""
    found = _RUN.fullmatch(text)
    if not found:
        return span_of(period(text))
    year, first, last = int(found[1]), int(found[2]), int(found[4])
    if found[1] != found[3] or first > last:
        raise InvalidInput(
            Text(
                es=f"«{text}» no es un tramo de meses de un mismo año.",
                en=f"“{text}” is not a run of months of one year.",
            ),
            advice=Text(es="Escriba 2023-01/2023-08.", en="Write 2023-01/2023-08."),
        )
    return Span(year, first, last)
