"""The catalogue of attackers: each has its module, and a finding holds no count."""

from dataclasses import fields
from importlib import import_module

import numpy as np

from istmo.statistics.disclosure.attackers.catalogue import ATTACKERS, KINDS, Finding, Kind, found, told


def test_each_attacker_is_there_once_and_has_its_module_and_kinds() -> None:
    assert len({attacker.id for attacker in ATTACKERS}) == len(ATTACKERS) == 16
    for attacker in ATTACKERS:
        assert import_module(f"istmo.statistics.disclosure.attackers.{attacker.module}").__doc__
        assert attacker.finds
    assert set(KINDS) == set(Kind)


def test_a_finding_says_which_cell_and_what_and_never_how_many() -> None:
    mask = np.array([[False, True], [True, False]])
    assert found("margins", Kind.EXACT, mask, ["a", "b", "c", "d"]) == (
        Finding("margins", Kind.EXACT, ("b",)),
        Finding("margins", Kind.EXACT, ("c",)),
    )
    assert told("files", ["counts.tmp"]) == (Finding("files", Kind.LEAK, where="counts.tmp"),)
    assert [field.name for field in fields(Finding)] == ["attacker", "kind", "cells", "where"]
