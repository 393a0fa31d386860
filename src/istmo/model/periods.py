"""Periods: a month `2023-08`, a quarter `2023-Q3`, a year `2016`. Flows belong to one; the calendar is Gregorian.

A fiscal year that starts in October is named by the year it ends in: FY2017 holds October 2016
(`from_fiscal(2017, 10, 10)`).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from istmo.model.errors import InvalidInput
from istmo.model.text import Text

_PATTERN = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])|-Q([1-4]))?")


class Grain(StrEnum):
    """SDMX CL_FREQ: annual, quarterly, monthly."""

    YEAR = "A"
    QUARTER = "Q"
    MONTH = "M"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`number` is 1..12 for a month, 1..4 for a quarter, 1 for a year. Ordered by year, number, grain."""

    year: int
    number: int
    grain: Grain

    def __post_init__(self) -> None:
        last = {Grain.YEAR: 1, Grain.QUARTER: 4, Grain.MONTH: 12}[self.grain]
        if not (1900 <= self.year <= 2199 and 1 <= self.number <= last):
            raise ValueError(f"no such period: {self.year}, {self.number}, {self.grain}")

    def __str__(self) -> str:
        if self.grain is Grain.YEAR:
            return f"{self.year:04d}"
        return f"{self.year:04d}-{self.number:02d}" if self.grain is Grain.MONTH else f"{self.year:04d}-Q{self.number}"

    @property
    def first_day(self) -> date:
        months = {Grain.YEAR: 12, Grain.QUARTER: 3, Grain.MONTH: 1}[self.grain]
        return date(self.year, (self.number - 1) * months + 1, 1)

    def plus(self, steps: int) -> "Period":
        """The period `steps` later (earlier when negative), of the same grain."""
        per_year = {Grain.YEAR: 1, Grain.QUARTER: 4, Grain.MONTH: 12}[self.grain]
        index = self.year * per_year + self.number - 1 + steps
        return Period(index // per_year, index % per_year + 1, self.grain)


def month(year: int, number: int) -> Period:
    return Period(year, number, Grain.MONTH)


def period(text: str) -> Period:
    """Read `2023-08`, `2023-Q3` or `2016`; raises `InvalidInput`."""
    match = _PATTERN.fullmatch(text)
    if not match or not 1900 <= int(match[1]) <= 2199:
        raise InvalidInput(
            Text(es=f"«{text}» no es un período.", en=f"“{text}” is not a period."),
            advice=Text(es="Escriba 2023-08, 2023-Q3 o 2016.", en="Write 2023-08, 2023-Q3 or 2016."),
        )
    year = int(match[1])
    if match[2]:
        return Period(year, int(match[2]), Grain.MONTH)
    if match[3]:
        return Period(year, int(match[3]), Grain.QUARTER)
    return Period(year, 1, Grain.YEAR)


def from_fiscal(fiscal_year: int, month_number: int, start: int) -> Period:
    """The calendar month of `month_number` in the fiscal year that starts in month `start`, named by its end."""
    year = fiscal_year - 1 if start > 1 and month_number >= start else fiscal_year
    return month(year, month_number)


def months(first: Period, last: Period) -> tuple[Period, ...]:
    """Every month from `first` to `last`, both included."""
    result = []
    current = first
    while current <= last:
        result.append(current)
        current = current.plus(1)
    return tuple(result)
