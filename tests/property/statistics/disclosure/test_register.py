"""Whatever the months hold: what is released beside them gives no small count away, and the truth is not excluded."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.statistics.disclosure.publishing import AT

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.attackers import linear, propagation
from istmo.statistics.disclosure.cube import Cube, Mask, cube_of_leaves
from istmo.statistics.disclosure.hierarchy import hierarchy
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.register import Published, Register, append, append_lines, read_lines, small_revisions
from istmo.statistics.disclosure.settling import settle
from istmo.statistics.disclosure.spans import Span
from istmo.statistics.disclosure.suppression import suppress
from istmo.statistics.disclosure.union import Mirror, Union, check_union, union

NATIONALITY = hierarchy(
    "nationality",
    [("_T", ""), ("A", "_T"), ("B", "_T"), ("A1", "A"), ("A2", "A"), ("B1", "B"), ("B2", "B"), ("B3", "B")],
)
MONTHS = st.lists(
    st.lists(st.integers(0, 12), min_size=5, max_size=5).map(lambda row: [*row[:4], row[4] + 9]), min_size=3, max_size=3
)
LATE = st.lists(st.integers(0, 6), min_size=5, max_size=5)
Truth = dict[str, int]


class Office:
    """An office that publishes months, a revision of the first and the quarter; the truth of each cell by its name."""

    def __init__(self) -> None:
        self.register = Register()
        self.truth: Truth = {}
        self.mirrors: tuple[Mirror, ...] = ()

    def publish(self, population: str, over: Span, counts: list[int], *, revises: bool = False) -> None:
        cube = cube_of_leaves((NATIONALITY,), np.array(counts, dtype=np.int64))
        state = self.register.state_of(population) + revises

        def make(required: Mask) -> Published:
            withheld = suppress(cube, threshold=5, required=required).withheld
            table = ProtectedTable(cube.dimensions, Method.SUPPRESS, 0, np.where(withheld, 0, cube.counts), withheld)
            return Published(str(over), "t", population, over, table, "r", 5, AT, state=state, revises=revises)

        required = np.zeros(cube.shape, dtype=np.bool_)
        if revises:
            required = small_revisions(self.register, cube, population=population, over=over, threshold=5)
        try:
            done = settle(
                self.register.entries, make, required=required, attack=propagation.bounds, mirrors=self.mirrors
            )
            self.register = append(self.register, [done.published])
        except InvalidInput:
            return
        self.keep(done.published, cube)

    def keep(self, published: Published, cube: Cube) -> None:
        for flat, count in enumerate(cube.counts.reshape(-1).tolist()):
            self.truth[published.name_of(flat)] = count

    def union(self) -> Union:
        return union(self.register.entries, mirrors=self.mirrors)


def holds(whole: Union, truth: Truth) -> bool:
    """Every published cell's true count lies in what is known of it, also after the attack."""
    found = propagation.bounds(whole.system)
    return all(
        found.lower[i] <= truth[whole.name_of(i)] <= found.upper[i]
        for i in range(whole.named)
        if whole.name_of(i) in truth
    )


@given(months=MONTHS, late=LATE)
@settings(deadline=None)
def test_a_revision_and_a_quarter_give_no_small_count_away(months: list[list[int]], late: list[int]) -> None:
    office = Office()
    for number, counts in enumerate(months, start=1):
        office.publish("P", Span(2023, number, number), counts)
    revised = [count + more for count, more in zip(months[0], late, strict=True)]
    published = len(office.register.entries)
    office.publish("P", Span(2023, 1, 1), revised, revises=True)
    if len(office.register.entries) > published:
        months = [revised, *months[1:]]
    office.publish("P", Span(2023, 1, 3), np.sum(months, axis=0).tolist())
    whole = office.union()
    assert check_union(whole, attack=propagation.bounds) == ()
    assert holds(whole, office.truth)


@given(months=MONTHS)
@settings(deadline=None)
def test_both_sides_of_a_border_give_no_small_count_away(months: list[list[int]]) -> None:
    office = Office()
    office.mirrors = (Mirror("exits", "entries", 0),)
    for number, counts in enumerate(months, start=1):
        office.publish("exits", Span(2023, number, number), counts)
        office.publish("entries", Span(2023, number, number), counts)
    whole = office.union()
    assert check_union(whole, attack=propagation.bounds) == ()
    assert holds(whole, office.truth)


@given(months=MONTHS)
@settings(deadline=None, max_examples=20)
def test_the_register_is_read_back_and_programs_agree_with_the_truth(months: list[list[int]]) -> None:
    office = Office()
    for number, counts in enumerate(months, start=1):
        office.publish("P", Span(2023, number, number), counts)
    lines, register = append_lines(Register(), office.register.entries)
    assert read_lines(lines).head == register.head
    whole = office.union()
    if whole.named:
        found = linear.bounds(whole.system, np.ones(whole.system.size, dtype=np.bool_))
        named = [(i, office.truth[whole.name_of(i)]) for i in range(whole.named) if whole.name_of(i) in office.truth]
        assert all(found.lower[i] <= true <= found.upper[i] for i, true in named)
