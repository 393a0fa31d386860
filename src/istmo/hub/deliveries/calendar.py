"""What came of each dataset for each month, and when? The calendar of coverage, and from it who has to be reminded.

Pure: the vintages' days and the registry in, a value out.

    rows = calendar(arrivals, first=month(2023, 1), last=month(2023, 12), on=today)
    late(rows, on=today)                          those with a month that is due and is not here, the longest late first

A month is *on time* if its first figures came by the dataset's due day, *late* after it, *missing* if it is due and
nothing came, *not due* before. Months that came with the first load of a dataset were published before it began to
send here: they are *received*, neither on time nor late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from istmo.model.periods import Period, months
from istmo.model.text import Text
from istmo.registry.datasets import Dataset, datasets


class Arrival(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    RECEIVED = "received"
    MISSING = "missing"
    NOT_DUE = "not_due"

    @property
    def title(self) -> Text:
        return _TITLES[self]


_TITLES = {
    Arrival.ON_TIME: Text(es="a tiempo", en="on time"),
    Arrival.LATE: Text(es="tarde", en="late"),
    Arrival.RECEIVED: Text(es="recibido", en="received"),
    Arrival.MISSING: Text(es="falta", en="missing"),
    Arrival.NOT_DUE: Text(es="aún no vence", en="not due yet"),
}


@dataclass(frozen=True, slots=True)
class Load:
    """A vintage as far as the calendar asks: its dataset, the day on which it came, the months it holds."""

    dataset: str
    on: date
    months: frozenset[Period]


@dataclass(frozen=True, slots=True)
class Square:
    """One month of one dataset. `on`: the day its first figures came; `days`: how many days after the due day."""

    month: Period
    arrival: Arrival
    due: date
    on: date | None = None
    days: int = 0
    loads: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """`began`: whether any load of the dataset has ever come."""

    dataset: Dataset
    squares: tuple[Square, ...]
    began: bool

    @property
    def missing(self) -> tuple[Square, ...]:
        return tuple(square for square in self.squares if square.arrival is Arrival.MISSING)


def calendar(
    loads: Iterable[Load],
    *,
    first: Period,
    last: Period,
    on: date,
    registered: Mapping[str, Dataset] | None = None,
) -> tuple[Line, ...]:
    """A line for each dataset that has a due day, in the order of the registry."""
    by_dataset: dict[str, list[Load]] = {}
    for load in sorted(loads, key=lambda load: load.on):
        by_dataset.setdefault(load.dataset, []).append(load)
    known = (registered or datasets()).values()
    wanted = tuple(months(first, last))
    return tuple(
        Line(
            dataset,
            tuple(_square(dataset, month, by_dataset.get(dataset.id, []), on) for month in wanted),
            dataset.id in by_dataset,
        )
        for dataset in known
        if dataset.has_due_day
    )


def late(lines: Iterable[Line], *, on: date) -> tuple[tuple[Line, int], ...]:
    """The lines with months that are due and not here, with the days since the first of them was due.

    A dataset that never began is not late: its member has not agreed to send it yet.
    """
    found = [(line, (on - line.missing[0].due).days) for line in lines if line.began and line.missing]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0].dataset.id)))


def _square(dataset: Dataset, month: Period, loads: list[Load], on: date) -> Square:
    due = dataset.due(month)
    holding = [load for load in loads if month in load.months]
    if not holding:
        return Square(month, Arrival.MISSING if due < on else Arrival.NOT_DUE, due)
    came = holding[0]
    days = (came.on - due).days
    with_the_first = came is loads[0] and month < max(came.months)
    arrival = Arrival.RECEIVED if with_the_first else Arrival.LATE if days > 0 else Arrival.ON_TIME
    return Square(month, arrival, due, came.on, days if arrival is Arrival.LATE else 0, len(holding))
