"""Two reporters side by side, as a statistician reads it: nodes, refusals, lags.

A row of nationalities is compared at the node that its codes share; figures are subtracted only at level 2 or 3.
"""

import pytest
from tests.unit.statistics.frames import by_code, frame

from istmo.model.periods import Period, month, months
from istmo.registry.datasets import dataset, datasets
from istmo.statistics.comparability import Figure, NotComparable, Series, compare
from istmo.statistics.reconciliation.compare import reconcile
from istmo.statistics.reconciliation.differences import differences
from istmo.statistics.reconciliation.lags import lags

# what Honduras printed | what Mexico printed -> row, Honduras, Mexico, reasons
NODES = [
    ("COG 300 COD 200", "COD 400", "X_CONGO", 500, 400, "NODE"),
    ("X_CONGO 300", "COD 400 COG 1", "X_CONGO", 300, 401, "NODE"),
    ("X_CONGO 300 COD 20", "COD 400", "X_CONGO", 320, 400, "NODE"),
    ("COD 300", "COD 400", "COD", 300, 400, ""),
    ("TWN 300", "CHN 400", "X_CHN_TWN", 300, 400, "NODE"),
    ("SDN 300", "SDN 400 SSD 0", "X_SDN_SSD", 300, 400, ""),
    ("VEN 300", "VEN 400", "VEN", 300, 400, ""),
    ("VEN 300", "HTI 400", "VEN", 300, 0, "BYPASS"),
    ("VEN 9000 CUB 900", "VEN 9000 CUB 10", "CUB", 900, 10, "BYPASS"),
    ("VEN 9000 CUB 900", "VEN 9000 CUB 90", "CUB", 900, 90, ""),
    ("VEN 9000 CUB 99", "VEN 9000 CUB 1", "CUB", 99, 1, ""),
    ("VEN 9000 GUF 300", "VEN 9000 GUY 300", "GUF", 300, 0, "NODE"),
]


@pytest.mark.parametrize(("first", "second", "code", "here", "there", "reasons"), NODES)
def test_nodes(first: str, second: str, code: str, here: int, there: int, reasons: str) -> None:
    rows = [*_printed("HND.INM.flujo", first), *_printed("MEX.UPMRIP.3.1.1", second)]
    found = reconcile(frame(*rows), "HND", "MEX", datasets=datasets(), calendar=())
    row = next(one for one in found.nationalities if one.code == code)
    assert (row.first.figure.value, row.second.figure.value, " ".join(row.reasons)) == (here, there, reasons)


def _printed(id_: str, text: str) -> list:  # type: ignore[type-arg]
    parts = text.split()
    return by_code(id_, "2019-05", dict(zip(parts[::2], map(int, parts[1::2]), strict=True)))


# first | second | level | subtracted
REFUSALS = [
    ("PAN.SNM.cuadro003 TRA_IRR", "HND.INM.flujo ENT_IRR", 2, True),
    ("PAN.SNM.cuadro003 TRA_IRR", "PAN.SNM.cuadro002 TRA_IRR", 3, True),
    ("PAN.SNM.cuadro003 TRA_IRR", "MEX.UPMRIP.3.1.1 EVT_IRR", 1, False),
    ("HND.INM.flujo ENT_IRR", "MEX.UPMRIP.3.1.1 EVT_IRR", 1, False),
    ("MEX.UPMRIP.3.1.1 EVT_IRR", "USA.CBP.nationwide ENCOUNTER", 0, False),
    ("MEX.UPMRIP.3.2.4 DEPORT", "GTM.IGM.retornados RET_REC", 0, False),
]


@pytest.mark.parametrize(("first", "second", "level", "subtracted"), REFUSALS)
def test_refusals(first: str, second: str, level: int, subtracted: bool) -> None:
    a, b = (Series(dataset(text.split()[0]), text.split()[1]) for text in (first, second))
    assert compare(a.dataset, b.dataset, a.measure, b.measure).level == level
    columns = [Figure(a, 10), Figure(a, None)], [Figure(b, 7), Figure(b, 7)]
    if subtracted:
        assert differences(*columns) == (3, None)
    else:
        with pytest.raises(NotComparable):
            differences(*columns)


FIRST = month(2022, 1)
RISING = [10, 40, 20, 80, 30, 70, 50, 90, 60, 15, 25, 85, 35, 45, 95, 55]
# the second series | since | lag | months | of figures | of changes
LAGS = [
    ("the same months", RISING, None, 0, 16, 1.0, 1.0),
    ("the same, two months later", [0, 0, *RISING], None, 2, 16, 1.0, 1.0),
    ("the opposite", [100 - value for value in RISING], None, 0, 16, -1.0, -1.0),
    ("no variation", [5] * 16, None, 0, 16, None, None),
    ("eleven months", RISING[:11], None, 0, 11, None, None),
    ("twelve months", RISING[:12], None, 0, 12, 1.0, None),
    ("twelve months after a break", RISING, month(2022, 5), 0, 12, 1.0, None),
    ("eleven months after a break", RISING, month(2022, 6), 0, 11, None, None),
]


@pytest.mark.parametrize(
    ("case", "second", "since", "later", "held", "of_figures", "of_changes"), LAGS, ids=[case for case, *_ in LAGS]
)
def test_lags(
    case: str,
    second: list[int],
    since: Period | None,
    later: int,
    held: int,
    of_figures: float | None,
    of_changes: float | None,
) -> None:
    a, b = _series("PAN.SNM.cuadro003", RISING), _series("HND.INM.flujo", second)
    found = lags(a, b, since=since)[later]
    assert found.figures == held, case
    assert found.of_figures == (None if of_figures is None else pytest.approx(of_figures))
    assert found.of_changes == (None if of_changes is None else pytest.approx(of_changes))


def _series(id_: str, values: list[int]) -> dict[Period, Figure]:
    of = dataset(id_)
    series = Series(of, of.measures[0])
    return {at: Figure(series, value) for at, value in zip(months(FIRST, FIRST.plus(40)), values, strict=False)}
