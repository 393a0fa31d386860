"""Whatever the table, a release is attacked as an outsider would and nothing is found, or it is refused."""

import io
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attack import attack, held
from istmo.statistics.disclosure.cube import Cube, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import Hierarchy, flat, hierarchy
from istmo.statistics.disclosure.protect import direction, protect
from istmo.statistics.disclosure.published import hierarchies_of, read_release
from istmo.statistics.disclosure.rules import read_rules, rules_of

METHODS = {
    "suppress": "method: suppress",
    "suppress_rolled_up": "method: suppress\nroll_up: [d0]",
    "round": "method: round",
    "headline": "method: round\nheadline: [[], [d0]]",
    "sensitive": "method: round\nsensitive: yes",
    "nearest": "method: nearest\nzeros: none",
    "cell_key": "method: cell_key",
    "small_count": "method: small_count",
}


@st.composite
def cubes(draw: st.DrawFn) -> Cube:
    dimensions: list[Hierarchy] = []
    for number in range(draw(st.integers(1, 3))):
        width = draw(st.integers(2, 4))
        if draw(st.booleans()):
            dimensions.append(flat(f"d{number}", [f"c{i}" for i in range(width)]))
        else:
            pairs = [("T", ""), ("A", "T"), ("B", "T"), *((f"a{i}", "A") for i in range(width)), ("b", "B")]
            dimensions.append(hierarchy(f"d{number}", pairs))
    size = int(np.prod([len(d.leaves) for d in dimensions]))
    counts = draw(st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 8, 13, 40]), min_size=size, max_size=size))
    return cube_of_leaves(dimensions, np.array(counts, dtype=np.int64).reshape([len(d.leaves) for d in dimensions]))


@given(made=cubes(), method=st.sampled_from(sorted(METHODS)))
@settings(max_examples=60)
def test_an_outsider_finds_nothing_in_what_was_released(made: Cube, method: str) -> None:
    dimensions = "".join(f"  {d.name}: {{hierarchy: h.csv}}\n" for d in made.dimensions)
    rules = read_rules(f"threshold: 5\n{METHODS[method]}\ndimensions:\n{dimensions}".encode(), name="rules.yaml")
    try:
        protection = protect(made, rules, secret=b"k" * 32, program="istmo", programs=False)
    except InvalidInput as refused:
        if refused.rule != "F118":
            raise
        return
    assert not protection.broken, [outcome for outcome in protection.outcomes if outcome.findings]
    report = json.loads(protection.public["report.json"])
    again = read_release(
        io.BytesIO(protection.public["published.csv"]),
        rules_of(report["rules"], name="report.json"),
        hierarchies_of(report["dimensions"], name="report.json"),
        name="published.csv",
    )
    assert np.array_equal(again.table.values, protection.made.table.values)
    assert np.array_equal(again.table.withheld, protection.made.table.withheld)
    known = held([("r", again)])
    counts = protection.made.cube.counts.reshape(-1)
    assert ((known.system.lower <= counts) & (counts <= known.system.upper)).all()
    outcomes = attack(known, direction=direction(known.system.size), programs=False)
    assert not any(outcome.findings for outcome in outcomes)
