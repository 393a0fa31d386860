"""Agreements side by side: what governs the same thing at the same time is told, and the earlier text stays."""

from dataclasses import replace
from datetime import date

from tests.unit.registry.agreements.sample import IDENT, NOW, READM, agreement

from istmo.registry.agreements.activation import Ground, activate, overlaps
from istmo.registry.agreements.record import Agreement, Direction, Flow
from istmo.registry.demonstration import demonstration_snapshot

ASK = frozenset({Direction.ASK})


def later(**changes: object) -> Agreement:
    return agreement(id="demo:LATER", signed_on=date(2024, 5, 1), in_force=date(2024, 6, 1), **changes)


def test_two_that_govern_one_purpose_are_told_by_name_and_the_earlier_stands() -> None:
    found = activate([later(), agreement()])
    assert list(found.active) == [IDENT]
    (*_, refusal) = found.refused["demo:LATER"]
    assert refusal.ground is Ground.OVERLAP
    assert refusal.rule == "F74"
    for text in (refusal.reason.es, refusal.reason.en):
        assert IDENT in text
        assert "demo:LATER" in text
        assert "IDENT" in text
    assert {(one.sender, one.recipient, one.direction) for one in overlaps([agreement(), later()])} == {
        ("PAN", "HTI", Direction.ASK),
        ("PAN", "HTI", Direction.ANSWER),
        ("HTI", "PAN", Direction.ASK),
        ("HTI", "PAN", Direction.ANSWER),
    }


def test_one_that_supersedes_stands_beside_what_it_supersedes_and_so_does_the_next() -> None:
    second = later(supersedes=IDENT)
    third = replace(
        second, id="demo:THIRD", supersedes="demo:LATER", in_force=date(2025, 1, 1), signed_on=date(2025, 1, 1)
    )
    assert overlaps([agreement(), second, third]) == ()
    assert set(activate([third, second, agreement()]).active) == {IDENT, "demo:LATER", "demo:THIRD"}


def test_what_is_refused_supersedes_nothing() -> None:
    second = later(supersedes=IDENT, dpia="")
    third = replace(second, id="demo:THIRD", supersedes="demo:LATER", dpia="1", in_force=date(2025, 1, 1))
    found = activate([agreement(), second, third])
    assert list(found.active) == [IDENT]
    assert {one.ground for one in found.refused["demo:THIRD"]} == {Ground.OVERLAP}


def test_two_that_supersede_each_other_do_not_both_govern() -> None:
    assert overlaps([agreement(supersedes="demo:LATER"), later(supersedes=IDENT)]) == ()


def test_nobody_supersedes_an_agreement_of_others() -> None:
    first = agreement()
    other = replace(later(supersedes=IDENT), parties=(first.parties[0],), flows=first.flows)
    assert not other.replaces(first)
    assert overlaps([first, other])


def test_no_overlap_for_another_purpose_flow_direction_or_time() -> None:
    first = agreement(flows=(Flow("PAN", "HTI", ASK),))
    for other in (
        later(flows=first.flows, purposes=frozenset({"FAM_LINK"})),
        later(flows=(Flow("HTI", "PAN", ASK),)),
        later(flows=(Flow("PAN", "HTI", frozenset({Direction.ANSWER})),)),
        replace(later(flows=first.flows), in_force=date(2028, 1, 1), expires=date(2029, 1, 1)),
        replace(first, id="demo:EARLIER", in_force=date(2020, 1, 1), expires=date(2022, 12, 31)),
    ):
        assert overlaps([first, other]) == ()
    assert overlaps([first, later(flows=first.flows)])


def test_a_second_text_under_one_id_is_refused_and_so_is_one_that_may_not_stand_alone() -> None:
    found = activate([agreement(), agreement(version=2), later(dpia="", purposes=frozenset({"FAM_LINK"}))])
    assert list(found.active) == [IDENT]
    assert found.active[IDENT].version == 1
    assert found.refused[IDENT][0].ground is Ground.SAME_ID
    assert found.refused["demo:LATER"][0].ground is Ground.NO_DPIA


def test_all_agreements_of_the_demonstration_stand() -> None:
    assert {IDENT, READM} < set(demonstration_snapshot(NOW).agreements)


def test_every_ground_is_said_in_both_languages() -> None:
    assert all(ground.label.es != ground.label.en for ground in Ground)
