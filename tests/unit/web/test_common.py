"""Dates and months in words, bars drawn on the server, the table of permissions, addresses."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override

from istmo.installation.accounts.roles import AccountRole
from istmo.model.periods import month, period
from istmo.model.text import Text
from istmo.statistics.brief.values import Point
from istmo.web.common import words
from istmo.web.common.addresses import MonthConverter
from istmo.web.common.language import swap
from istmo.web.common.permissions import Act, may
from istmo.web.common.spark import Bar, chart, sparkline, ticks
from istmo.web.public.published import change
from istmo.web.templatetags import istmo as tags


def test_a_day_is_written_one_way_in_each_language() -> None:
    assert words.day(date(2023, 9, 20), "es") == "20 sep 2023"
    assert words.day(date(2023, 9, 20), "en") == "20 Sep 2023"


def test_a_moment_is_written_in_universal_time() -> None:
    here = datetime(2023, 9, 19, 22, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert words.moment(here, "en") == "20 Sep 2023, 03:30 UTC"


@pytest.mark.parametrize(
    ("text", "spanish", "english"),
    [
        ("2023-08", "agosto de 2023", "August 2023"),
        ("2023-Q3", "trimestre 3 de 2023", "quarter 3, 2023"),
        ("2016", "2016", "2016"),
    ],
)
def test_a_period_is_written_in_words(text: str, spanish: str, english: str) -> None:
    assert words.long(period(text), "es") == spanish
    assert words.long(period(text), "en") == english


def test_a_missing_month_is_a_gap_and_a_provisional_one_is_hatched() -> None:
    picture = sparkline([Bar("a", 10), Bar("b", None), Bar("c", 20, hatched=True)], alt="x", key="PAN")
    bars = re.findall(r'<rect class="bar-[^>]*>', picture)
    assert len(bars) == 2
    assert bars[1].startswith('<rect class="bar-open" fill="url(#h-PAN)"')


def test_bars_start_at_zero_and_keep_their_proportion() -> None:
    picture = sparkline([Bar("a", 10), Bar("b", 20)], alt="x", key="k")
    heights = [float(height) for height in re.findall(r'class="bar-[a-z]+"[^>]* height="([\d.]+)"', picture)]
    assert heights == [14.0, 28.0]


def test_a_zero_has_no_height_and_a_gap_says_its_sign_in_the_large_chart() -> None:
    picture = chart([Bar("a", 0), Bar("b", None, sign="n/d"), Bar("c", 5)], alt="x", key="k")
    assert 'height="0.0"' in picture
    assert picture.count(">n/d</text>") == 1


def test_a_break_is_a_line_before_its_month() -> None:
    assert chart([Bar("a", 1), Bar("b", 2, mark="b")], alt="x", key="k").count('class="brk"') == 1


def test_labels_of_a_chart_are_escaped() -> None:
    picture = chart([Bar("<b>", 1), Bar("z", 2)], alt='"><script>', key="k")
    assert "<script>" not in picture
    assert "<b>" not in picture


@pytest.mark.parametrize(
    ("highest", "expected"),
    [(82, (20, 40, 60, 80)), (232_963, (100_000, 200_000)), (1, (1,)), (7, (2, 4, 6))],
)
def test_the_scale_has_round_values(highest: float, expected: tuple[float, ...]) -> None:
    assert ticks(highest) == expected


def _points(*values: float | None) -> list[Point]:
    return [Point(str(month(2023, n + 1)), Text("x", "x"), value) for n, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "absolute", "percent"),
    [((100, 150), 50, 50.0), ((29, 58), 29, None), ((30, 15), -15, -50.0), ((None, 5), None, None), ((5,), None, None)],
)
def test_a_change_is_in_per_cent_only_on_a_base_of_30(
    values: tuple[float | None, ...], absolute: int | None, percent: float | None
) -> None:
    found = change(_points(*values), 1)
    assert (found.absolute, found.percent) == (absolute, percent)


def _user(role: AccountRole, *, active: bool = True) -> SimpleNamespace:
    return SimpleNamespace(is_authenticated=True, is_active=active, account_role=role)


def test_only_an_analyst_comments_and_only_an_approver_approves() -> None:
    assert [role for role in AccountRole if may(_user(role), Act.COMMENT)] == [AccountRole.ANALYST]
    assert [role for role in AccountRole if may(_user(role), Act.APPROVE)] == [AccountRole.APPROVER]


def test_a_visitor_and_a_closed_account_may_do_nothing() -> None:
    visitor = SimpleNamespace(is_authenticated=False)
    closed = _user(AccountRole.ANALYST, active=False)
    assert not any(may(who, act) for who in (visitor, closed) for act in Act)


def _patterns(resolver: URLResolver) -> list[URLPattern]:
    found = []
    for entry in resolver.url_patterns:
        found.extend(_patterns(entry) if isinstance(entry, URLResolver) else [entry])
    return found


def test_every_address_of_the_workbench_asks_for_a_permission() -> None:
    of_the_hub = [each for each in _patterns(get_resolver()) if each.callback.__module__.startswith("istmo.web.hub.")]
    guarded = [each for each in of_the_hub if each.name != "conference"]  # the public page of the Conference
    assert len(guarded) >= 10
    for pattern in guarded:
        assert isinstance(pattern.callback.act, Act), pattern


@pytest.mark.parametrize(("path", "other"), [("/es/nada/", "/en/nada/"), ("/x/", "/en/"), ("/es/", "/en/")])
def test_an_unknown_address_keeps_its_rest_in_the_other_language(path: str, other: str) -> None:
    assert swap(path, "en") == other


@pytest.mark.parametrize("text", ["2023-13", "1800-01"])
def test_an_impossible_month_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        MonthConverter().to_python(text)


def test_the_permanent_address_is_translated() -> None:
    parts = {"month": month(2023, 8), "number": 1}
    with override("es"):
        assert reverse("brief", kwargs=parts) == "/es/informes/2023-08/1/"
    with override("en"):
        assert reverse("brief", kwargs=parts) == "/en/briefs/2023-08/1/"


def test_filters_write_figures_as_the_brief_does() -> None:
    with override("es"):
        assert tags.percent(48.4) == "+48\u00a0%"
        assert tags.month("2023-08") == "agosto de 2023"
        assert tags.moment(datetime(2023, 9, 20, 9, 5, tzinfo=UTC)) == "20 sep 2023, 09:05 UTC"
    with override("en"):
        assert tags.percent(48.4) == "+48%"
    assert tags.change(-12) == "−12"
    assert tags.count(81_946) == "81,946"
    assert [tags.count(None), tags.change(None), tags.percent(None), tags.day(None), tags.moment(None)] == [""] * 5
