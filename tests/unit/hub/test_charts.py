"""What a panel draws, and what it never does."""

import re
from dataclasses import replace

import pytest

from istmo.hub.briefs.render import charts
from istmo.model.text import Text
from istmo.statistics.brief.values import Panel, Point


def panel_of(*values: float | None, statuses: str = "", reporter: str = "PAN", breaks: tuple[str, ...] = ()) -> Panel:
    points = tuple(
        Point(
            f"2023-{index:02d}",
            Text(f"mes {index}", f"month {index}"),
            value,
            (statuses or "A" * len(values))[index - 1],
        )
        for index, value in enumerate(values, start=1)
    )
    return Panel(
        reporter,
        Text("Panamá", "Panama"),
        Text("registros", "registrations"),
        points,
        breaks=tuple((at, Text("cambio", "change")) for at in breaks),
    )


def bars(svg: str) -> list[str]:
    return re.findall(r'<path d="[^"]*" fill="([^"]*)"', svg)


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (0, ()),
        (1, (1,)),
        (3, (1, 2, 3)),
        (81_946, (20_000, 40_000, 60_000, 80_000)),
        (99, (20, 40, 60, 80)),
        (0.4, (1,)),
    ],
)
def test_scale_marks_are_round_and_start_above_zero(largest: float, expected: tuple[int, ...]) -> None:
    assert charts.ticks(largest) == expected


def test_a_month_without_a_figure_is_a_gap_with_its_sign_and_never_a_bar_of_zero() -> None:
    svg = charts.panel_svg("C1", panel_of(10, None, 30, statuses="AOA"), "es", size=charts.SCREEN)
    assert len(bars(svg)) == 2
    assert ">n/d</text>" in svg


def test_a_policy_change_is_a_triangle_above_its_month_and_stands_in_the_words() -> None:
    panel = replace(panel_of(10, 20, 30), policies=("2023-02", "2024-01"))
    plain, drawn = (charts.panel_svg("C1", one, "es", size=charts.SCREEN) for one in (panel_of(10, 20, 30), panel))
    assert len(re.findall(r"<path", drawn)) - len(re.findall(r"<path", plain)) == 1
    assert charts.panel_alt(panel, "es").endswith("; cambios de política en mes 2.")
    assert "cambios" not in charts.panel_alt(panel_of(10), "es")


def test_a_zero_is_drawn_as_a_bar_of_no_height() -> None:
    svg = charts.panel_svg("C1", panel_of(10, 0), "es", size=charts.SCREEN)
    assert len(bars(svg)) == 2
    assert "n/d" not in svg


def test_a_provisional_month_is_hatched() -> None:
    svg = charts.panel_svg("C1", panel_of(10, 20, statuses="AP"), "es", size=charts.SCREEN)
    assert bars(svg) == ["#0072B2", "url(#C1-PAN-h)"]
    assert '<pattern id="C1-PAN-h"' in svg


def test_a_break_is_a_dashed_rule_marked_b() -> None:
    without = charts.panel_svg("C1", panel_of(10, 20), "es", size=charts.SCREEN)
    broken = charts.panel_svg("C1", panel_of(10, 20, breaks=("2023-02",)), "es", size=charts.SCREEN)
    assert "stroke-dasharray" not in without
    assert "stroke-dasharray" in broken
    assert ">b</text>" in broken


def test_panels_of_one_page_share_no_id() -> None:
    ids = [
        re.findall(r'id="([^"]*)"', charts.panel_svg("C1", panel_of(1, 2, reporter=reporter), "es", size=charts.SCREEN))
        for reporter in ("PAN", "HND")
    ]
    assert ids[0]
    assert not set(ids[0]) & set(ids[1])


def test_a_reporter_keeps_its_colour_whatever_the_chart() -> None:
    for chart in ("C1", "C9"):
        assert "#009E73" in charts.panel_svg(chart, panel_of(1, reporter="MEX"), "en", size=charts.PAPER)


def test_a_title_cannot_put_markup_into_the_drawing() -> None:
    panel = replace(panel_of(1), title=Text("<script>alert(1)</script>", "<b>"))
    svg = charts.panel_svg("C1", panel, "es", size=charts.SCREEN)
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_the_text_of_a_panel_names_first_last_highest_lowest_and_missing_months() -> None:
    text = charts.panel_alt(panel_of(5, None, 9, 7), "en")
    assert (
        text
        == "Panama: 5 in month 1; 7 in month 4; highest 9 in month 3; lowest 5 in month 1; 1 month without a figure."
    )
    assert "sin dato" in charts.panel_alt(panel_of(None, None), "es")


@pytest.mark.parametrize(
    ("value", "largest", "step"),
    [(0, 10, 0), (0.5, 10, 1), (1, 10, 2), (2.5, 10, 3), (5, 10, 4), (7.5, 10, 5), (1, 0, 0)],
)
def test_a_shade_depends_on_the_largest_value_of_its_own_column(value: float, largest: float, step: int) -> None:
    assert charts.heat_step(value, largest) == step


def test_a_panel_without_months_is_drawn_empty() -> None:
    assert charts.panel_svg("C1", panel_of(), "es", size=charts.SCREEN).endswith("</svg>")
