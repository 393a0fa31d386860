"""Who is late, and who is silent?"""

from datetime import date

import polars as pl
import pytest

from istmo.installation.observations.gaps import Standing, expected_month, standing
from istmo.model.periods import month
from istmo.registry.datasets import datasets


def held(*periods: str) -> pl.DataFrame:
    rows = [("PAN", "SNM", "cuadro003", period, "2023-09-15.1") for period in periods]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("REPORTER", "AGENCY", "DATASET", "PERIOD", "VINTAGE"), pl.String()), orient="row"
    )


def test_the_expected_month_changes_on_the_due_day() -> None:
    dataset = datasets()["PAN.SNM.cuadro003"]
    due = dataset.due(month(2023, 8))
    assert expected_month(dataset, due) == month(2023, 8)
    assert expected_month(dataset, due.replace(day=due.day - 1)) == month(2023, 7)


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        (("2022-01", "2023-08"), Standing.ON_TIME),
        (("2023-07",), Standing.LATE),
        (("2023-05",), Standing.LATE),
        (("2023-04",), Standing.SILENT),
        (("2016",), Standing.SILENT),
        ((), Standing.SILENT),
    ],
)
def test_a_dataset_is_late_after_its_due_day_and_silent_after_three_months(
    periods: tuple[str, ...], expected: Standing
) -> None:
    found = {each.dataset.id: each for each in standing(held(*periods), on=date(2023, 9, 30))}
    assert found["PAN.SNM.cuadro003"].standing is expected
    assert found["PAN.SNM.cuadro003"].expected == month(2023, 8)
    assert found["HND.INM.flujo"].standing is Standing.SILENT


def test_an_organisation_that_owes_nothing_is_neither_late_nor_silent() -> None:
    found = {each.dataset.reporter for each in standing(held(), on=date(2023, 9, 30))}
    assert found & {"PAN", "MEX"}
    assert not found & {"UNHCR", "IOM"}
