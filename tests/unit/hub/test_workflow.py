"""The states of a brief as data: every one has an owner, and the diagram says the same."""

from istmo.hub.briefs.workflow import EVENTS, MOVES, OWNERS, TITLES, default_cut_off, default_next_release, diagram
from istmo.model.periods import month
from istmo.statistics.brief.values import BriefState


def test_every_state_has_moves_an_owner_a_title_and_an_event() -> None:
    for held in (MOVES, OWNERS, TITLES, EVENTS):
        assert set(held) == set(BriefState)
    for state, moves in MOVES.items():
        assert (OWNERS[state] is None) == (not moves)


def test_published_is_reached_only_through_approval() -> None:
    assert [state for state, moves in MOVES.items() if BriefState.PUBLISHED in moves] == [BriefState.APPROVED]
    assert [state for state, moves in MOVES.items() if BriefState.APPROVED in moves] == [BriefState.ANALYSED]


def test_the_diagram_has_a_line_for_every_move() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    for state, moves in MOVES.items():
        for target in moves:
            assert any(line.strip().startswith(f"{state.value} --> {target.value}:") for line in lines)
    assert "    PUBLISHED --> [*]" in lines


def test_a_month_is_cut_off_on_the_18th_and_the_next_brief_comes_on_the_20th() -> None:
    assert str(default_cut_off(month(2023, 8))) == "2023-09-18"
    assert str(default_next_release(month(2023, 8))) == "2023-10-20"
    assert str(default_cut_off(month(2023, 12))) == "2024-01-18"
