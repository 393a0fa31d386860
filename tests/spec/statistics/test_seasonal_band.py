"""When a figure lies outside the usual, as a statistician reads it.

The usual is *median ± 3 MAD*, of the twelve months before and, with three years or more, of the same month of earlier
years. A figure is told when it lies outside both (outside the one there is, with fewer years) and counts 50 or more.
Each case: the twelve months before, oldest first (`.` no figure); the same month two, three … years before; the figure;
what is said of it.
"""

import pytest
from tests.unit.statistics.frames import Row, frame, of

from istmo.model.periods import month
from istmo.registry.datasets import datasets
from istmo.statistics.anomalies.review import review
from istmo.statistics.anomalies.values import band

AT = month(2023, 8)
HND = "HND.INM.flujo"

# values                                       median  MAD   from    to
BANDS = [
    ("10 10 10 10", 10, 0, 10, 10),
    ("1 2 3 4 5", 3, 1, 0, 6),
    ("100 110 90 105 95 100", 100, 5, 85, 115),
    ("7", 7, 0, 7, 7),
    ("0 0 0 0 400", 0, 0, 0, 0),
]

STEADY = "100 110 90 105 95 100 108 92 101 99 104 96"
# the twelve months before               | earlier years | figure | told
TABLE = [
    ("above the band", STEADY, "", 140, "above"),
    ("below the band", STEADY, "", 60, "below"),
    ("at the edge of the band", "100 110 90 110 90 110 90 110 90 110 90 100", "", 130, None),
    ("just over the edge", "100 110 90 110 90 110 90 110 90 110 90 100", "", 131, "above"),
    ("within the band", STEADY, "", 104, None),
    ("first people after a year of none", "0 0 0 0 0 0 0 0 0 0 0 0", "", 50, "above"),
    ("fewer than fifty", "0 0 0 0 0 0 0 0 0 0 0 0", "", 49, None),
    ("a fall to fewer than fifty", STEADY, "", 49, None),
    ("nine months are enough", ". . . 105 95 100 108 92 101 99 104 96", "", 140, "above"),
    ("eight months are not", ". . . . 95 100 108 92 101 99 104 96", "", 140, "short"),
    ("usual for the season", STEADY, "150 130 141", 140, None),
    ("unusual for the season too", STEADY, "90 95 102", 140, "above"),
    ("one year more is not a season", STEADY, "140", 140, "above"),
]


@pytest.mark.parametrize(("values", "median", "mad", "low", "high"), BANDS)
def test_band(values: str, median: float, mad: float, low: float, high: float) -> None:
    found = band(int(value) for value in values.split())
    assert (found.median, found.mad, found.low, found.high) == (median, mad, low, high)


@pytest.mark.parametrize(("case", "before", "years", "figure", "told"), TABLE, ids=[case for case, *_ in TABLE])
def test_told(case: str, before: str, years: str, figure: int, told: str | None) -> None:
    rows: list[Row] = [of(HND, str(AT), figure)]
    for back, value in enumerate(reversed(before.split()), start=1):
        if value != ".":
            rows.append(of(HND, str(AT.plus(-back)), int(value)))
    for number, value in enumerate(years.split(), start=2):
        rows.append(of(HND, str(AT.plus(-12 * number)), int(value)))
    found = review(frame(*rows), AT, datasets=datasets())
    said = [one.direction.value for one in found.anomalies] or [one.why.value for one in found.left_out]
    assert (said[0] if said else None) == told, case
