"""The box of policy changes: which stand in it, what it says of each, where C1 marks them."""

from datetime import date

import pytest

from istmo.model.periods import month, months
from istmo.model.text import Text
from istmo.registry.policy_changes import PolicyChange, PolicySource
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.policies import EVERY_NATIONALITY, policy_notes
from istmo.statistics.brief.values import Brief

from .frames import by_code, edition, frame

SOURCE = PolicySource("Gaceta Inventada 12", "https://example.org/12", date(2023, 1, 1))


def change(
    day: date, reporters: tuple[str, ...], *, codes: tuple[str, ...] = (), regions: tuple[str, ...] = ()
) -> PolicyChange:
    what = Text(es=f"Cambio del {day}.", en=f"Change of {day}.")
    return PolicyChange(f"PAN-{day}", day, "VISA", "PAN", reporters, codes, regions, what, SOURCE, checked=False)


CALENDAR = (
    change(date(2022, 7, 31), ("PAN",)),
    change(date(2022, 8, 1), ("PAN",)),
    change(date(2023, 5, 2), ("HND", "MEX"), codes=("IND",), regions=("AFRICA",)),
    change(date(2023, 8, 31), ("PAN", "USA"), codes=("HTI", "CUB")),
    change(date(2023, 9, 1), ("PAN",)),
)


@pytest.fixture(scope="module")
def made() -> Brief:
    rows = by_code("PAN.SNM.cuadro003", "2023-08", {"VEN": 5})
    return compile_brief(frame(*rows), edition=edition(), on=date(2023, 9, 18), calendar=CALENDAR)


def test_the_changes_of_the_thirteen_months_stand_latest_first(made: Brief) -> None:
    assert made.policies is not None
    assert [str(note.day) for note in made.policies] == ["2023-08-31", "2023-05-02", "2022-08-01"]


def test_each_says_of_whom_beside_which_series_and_that_it_is_to_be_checked(made: Brief) -> None:
    assert made.policies is not None
    latest, middle, first = made.policies
    assert latest.about == Text(es="Haití y Cuba", en="Haiti and Cuba")
    assert middle.about == Text(es="India y África", en="India and Africa")
    assert first.about == EVERY_NATIONALITY
    assert middle.reporters == ("HND", "MEX")
    assert (latest.source, latest.url, latest.published, latest.checked) == (
        SOURCE.title,
        SOURCE.url,
        SOURCE.day,
        False,
    )


def test_a_panel_is_marked_where_a_change_may_touch_its_reporter_and_nowhere_else(made: Brief) -> None:
    marked = {panel.reporter: panel.policies for panel in made.chart("C1").panels}
    assert marked["PAN"] == ("2022-08", "2023-08")
    assert marked["HND"] == marked["MEX"] == ("2023-05",)
    assert marked["USA"] == ("2023-08",)
    assert marked["CRI"] == ()


def test_a_month_without_any_has_an_empty_box() -> None:
    assert policy_notes(months(month(2023, 6), month(2023, 7)), CALENDAR) == ()


def test_the_calendar_of_the_registry_is_the_one_that_is_printed() -> None:
    printed = {note.id for note in policy_notes([month(2023, 8)])}
    assert "USA-2023-08-11" in printed
