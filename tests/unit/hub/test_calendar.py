"""What came of a dataset for each month, and when, as a table that a statistician can read."""

from datetime import date

import pytest

from istmo.hub.deliveries.calendar import Arrival, Load, calendar, late
from istmo.model.periods import month, months
from istmo.registry.datasets import dataset

PANAMA = dataset("PAN.SNM.cuadro003")  # due on the 10th of the month after
KNOWN = {PANAMA.id: PANAMA}


def load(on: str, first: tuple[int, int], last: tuple[int, int]) -> Load:
    return Load(PANAMA.id, date.fromisoformat(on), frozenset(months(month(*first), month(*last))))


FIRST = load("2023-05-09", (2023, 1), (2023, 4))

CASES = [
    # loads, month, today, arrival, days late
    ([], (2023, 4), "2023-05-10", Arrival.NOT_DUE, 0),
    ([], (2023, 4), "2023-05-11", Arrival.MISSING, 0),
    ([FIRST], (2023, 4), "2023-12-01", Arrival.ON_TIME, 0),
    ([FIRST], (2023, 3), "2023-12-01", Arrival.RECEIVED, 0),
    ([FIRST, load("2023-06-10", (2023, 5), (2023, 5))], (2023, 5), "2023-12-01", Arrival.ON_TIME, 0),
    ([FIRST, load("2023-06-13", (2023, 5), (2023, 5))], (2023, 5), "2023-12-01", Arrival.LATE, 3),
    # a correction that comes later does not make a month late
    ([load("2023-09-01", (2023, 4), (2023, 4)), FIRST], (2023, 4), "2023-12-01", Arrival.ON_TIME, 0),
]


@pytest.mark.parametrize(("loads", "at", "today", "arrival", "days"), CASES)
def test_a_month_of_a_dataset(loads: list[Load], at: tuple[int, int], today: str, arrival: Arrival, days: int) -> None:
    (line,) = calendar(loads, first=month(*at), last=month(*at), on=date.fromisoformat(today), registered=KNOWN)
    (square,) = line.squares
    assert PANAMA.due(month(2023, 4)) == date(2023, 5, 10)
    assert (square.arrival, square.days) == (arrival, days)
    assert square.loads == sum(month(*at) in each.months for each in loads)


def test_the_longest_late_stands_first_and_who_is_on_time_does_not_stand_there() -> None:
    honduras = dataset("HND.INM.flujo")
    mexico = dataset("MEX.UPMRIP.3.1.1")
    known = {each.id: each for each in (PANAMA, honduras, mexico)}
    held = [
        FIRST,
        Load(honduras.id, date(2023, 4, 9), frozenset(months(month(2023, 1), month(2023, 3)))),
        Load(mexico.id, date(2023, 7, 1), frozenset(months(month(2023, 1), month(2023, 6)))),
    ]
    today = date(2023, 6, 30)
    lines = calendar(held, first=month(2023, 1), last=month(2023, 5), on=today, registered=known)
    found = late(lines, on=today)
    assert [line.dataset.id for line, _ in found] == [honduras.id, PANAMA.id]
    assert [days for _, days in found] == [(today - honduras.due(month(2023, 4))).days, 20]


def test_a_dataset_that_never_began_is_not_late() -> None:
    today = date(2023, 12, 1)
    (line,) = calendar([], first=month(2023, 1), last=month(2023, 5), on=today, registered=KNOWN)
    assert len(line.missing) == 5
    assert not line.began
    assert late([line], on=today) == ()


def test_every_arrival_has_a_name_in_both_languages() -> None:
    assert (
        len({arrival.title.es for arrival in Arrival}) == len({arrival.title.en for arrival in Arrival}) == len(Arrival)
    )
