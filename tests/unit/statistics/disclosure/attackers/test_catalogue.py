"""The catalogue of attackers: each has its module, and says what it finds."""

from importlib import import_module

from istmo.statistics.disclosure.attackers.catalogue import ATTACKERS, KINDS, Kind


def test_each_attacker_is_there_once_and_has_its_module_and_kinds() -> None:
    assert len({attacker.id for attacker in ATTACKERS}) == len(ATTACKERS) == 16
    for attacker in ATTACKERS:
        assert import_module(f"istmo.statistics.disclosure.attackers.{attacker.module}").__doc__
        assert attacker.finds
    assert set(KINDS) == set(Kind)
