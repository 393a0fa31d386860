"""Comparability of every measure and pair of the demonstration's reporters, as a statistician reads it.

0 other concept · 1 same concept, other unit · 2 same concept and unit, other coverage · 3 comparable
"""

import pytest

from istmo.registry.datasets import datasets
from istmo.statistics.comparability import compare, matrix, series_of

# first dataset, measure · second dataset, measure · level · words of the reason (en)
TABLE = [
    ("PAN.SNM.cuadro003 TRA_IRR", "HND.INM.flujo ENT_IRR", 2, "other coverage"),
    ("PAN.SNM.cuadro003 TRA_IRR", "MEX.UPMRIP.3.1.1 EVT_IRR", 1, "registrations of a person and MEX events"),
    ("HND.INM.flujo ENT_IRR", "MEX.UPMRIP.3.1.1 EVT_IRR", 1, "registrations of a person and MEX events"),
    ("PAN.SNM.cuadro003 TRA_IRR", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
    ("HND.INM.flujo ENT_IRR", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.1.1 EVT_IRR", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.2.4 DEPORT", "GTM.IGM.retornados RET_REC", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.2.4 RET_ASS", "GTM.IGM.retornados RET_REC", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.2.4 RET_ASS_CH", "GTM.IGM.retornados RET_REC", 0, "do not measure the same"),
    ("PAN.SNM.cuadro003 TRA_IRR", "GTM.IGM.retornados RET_REC", 0, "do not measure the same"),
    ("HND.INM.flujo ENT_IRR", "GTM.IGM.retornados RET_REC", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.1.1 EVT_IRR", "GTM.IGM.retornados RET_REC", 0, "do not measure the same"),
    ("GTM.IGM.retornados RET_REC", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
    ("PAN.SNM.cuadro003 TRA_IRR", "MEX.UPMRIP.3.2.4 DEPORT", 0, "do not measure the same"),
    ("PAN.SNM.cuadro003 TRA_IRR", "MEX.UPMRIP.3.2.4 RET_ASS", 0, "do not measure the same"),
    ("PAN.SNM.cuadro003 TRA_IRR", "MEX.UPMRIP.3.2.4 RET_ASS_CH", 0, "do not measure the same"),
    ("HND.INM.flujo ENT_IRR", "MEX.UPMRIP.3.2.4 DEPORT", 0, "do not measure the same"),
    ("HND.INM.flujo ENT_IRR", "MEX.UPMRIP.3.2.4 RET_ASS", 0, "do not measure the same"),
    ("HND.INM.flujo ENT_IRR", "MEX.UPMRIP.3.2.4 RET_ASS_CH", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.2.4 DEPORT", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.2.4 RET_ASS", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
    ("MEX.UPMRIP.3.2.4 RET_ASS_CH", "USA.CBP.nationwide ENCOUNTER", 0, "do not measure the same"),
]
# Two tables of one register of one reporter.
ONE_REPORTER = [
    ("PAN.SNM.cuadro003 TRA_IRR", "PAN.SNM.cuadro002 TRA_IRR", 3, "and coverage"),
    ("MEX.UPMRIP.3.1.1 EVT_IRR", "MEX.UPMRIP.3.1.3 EVT_IRR", 3, "and coverage"),
    ("MEX.UPMRIP.3.1.1 EVT_IRR", "MEX.UPMRIP.3.2.4 DEPORT", 0, "do not measure the same"),
]


@pytest.mark.parametrize(("first", "second", "level", "reason"), [*TABLE, *ONE_REPORTER])
def test_comparability(first: str, second: str, level: int, reason: str) -> None:
    (a, measure_a), (b, measure_b) = first.split(), second.split()
    for one, other in (((a, measure_a), (b, measure_b)), ((b, measure_b), (a, measure_a))):
        found = compare(datasets()[one[0]], datasets()[other[0]], one[1], other[1])
        assert found.level == level
    assert reason in compare(datasets()[a], datasets()[b], measure_a, measure_b).reason.en


def test_the_table_names_every_pair_of_the_demonstration() -> None:
    pairs = matrix(series_of(one for one in datasets().values() if one.demonstration))
    named = {frozenset((first, second)) for first, second, _, _ in TABLE}
    found = {frozenset(f"{one.dataset.id} {one.measure}" for one in (pair.first, pair.second)) for pair in pairs}
    assert found == named
