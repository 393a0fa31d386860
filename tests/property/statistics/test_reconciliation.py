"""Whatever the figures: nothing is subtracted below level 2, nothing is summed over reporters, no word offends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.statistics.frames import MARK, Row, by_code, crosses, frame
from tests.unit.statistics.reading import texts

from istmo.model.periods import month, months
from istmo.registry.datasets import dataset, datasets
from istmo.registry.policy_changes import policy_changes
from istmo.statistics.comparability import Figure, NotComparable, Series, compare
from istmo.statistics.reconciliation.compare import in_order, reconcile
from istmo.statistics.reconciliation.differences import differences
from istmo.statistics.reconciliation.values import Reconciliation
from istmo.statistics.wording import banned_words

IDS = ("PAN.SNM.cuadro003", "HND.INM.flujo", "MEX.UPMRIP.3.1.1", "USA.CBP.nationwide")
CODES = (
    "VEN",
    "HTI",
    "CUB",
    "CHN",
    "TWN",
    "COD",
    "COG",
    "X_CONGO",
    "GUF",
    "GUY",
    "SEN",
    "GIN",
    "GNQ",
    "_O",
    "_U",
    "MEX",
)
AT = [str(at) for at in months(month(2022, 11), month(2023, 3))]
CELLS = st.lists(
    st.tuples(st.sampled_from(IDS), st.sampled_from(AT), st.sampled_from(CODES), st.none() | st.integers(0, 2000)),
    max_size=40,
    unique_by=lambda cell: cell[:3],
)
PAIRS = st.sampled_from([(a[:3], b[:3]) for a in IDS for b in IDS if a != b])


def rows_of(cells: list[tuple[str, str, str, int | None]]) -> list[Row]:
    """The cells, and one month at every reporter so that each pair has a series."""
    rows = [row for id_ in IDS for row in by_code(id_, "2023-04", {"VEN": 300}, **_border(id_))]
    return [*rows, *(row for id_, at, code, value in cells for row in by_code(id_, at, {code: value}, **_border(id_)))]


def _border(id_: str) -> dict[str, str]:
    return {"BORDER": "SWB"} if id_.startswith("USA") else {}


def compared(pair: tuple[str, str], rows: list[Row]) -> Reconciliation:
    return reconcile(frame(*rows), *in_order(*pair), datasets=datasets())


@settings(deadline=None, max_examples=60)
@given(PAIRS, CELLS)
def test_nothing_is_subtracted_below_level_2(
    pair: tuple[str, str], cells: list[tuple[str, str, str, int | None]]
) -> None:
    found = compared(pair, rows_of(cells))
    gaps = [one.difference for one in (*found.months, *found.nationalities)]
    if found.comparability.level < 2:
        assert found.refusal is not None
        assert set(gaps) <= {None}
    else:
        assert found.refusal is None
        assert {"PAN", "HND"} == {found.first.reporter, found.second.reporter}


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(IDS),
    st.sampled_from(IDS),
    st.lists(st.tuples(st.none() | st.integers(0, 99), st.none() | st.integers(0, 99)), min_size=1, max_size=5),
)
def test_the_function_itself_refuses(a: str, b: str, values: list[tuple[int | None, int | None]]) -> None:
    first, second = (Series(dataset(id_), dataset(id_).measures[0]) for id_ in (a, b))
    columns = [Figure(first, x) for x, _ in values], [Figure(second, y) for _, y in values]
    if a == b or compare(first.dataset, second.dataset, first.measure, second.measure).level >= 2:
        assert differences(*columns) == tuple(None if x is None or y is None else x - y for x, y in values)
    else:
        with pytest.raises(NotComparable):
            differences(*columns)


@settings(deadline=None, max_examples=60)
@given(PAIRS, CELLS)
def test_no_sentence_of_a_comparison_holds_a_word_that_offends(
    pair: tuple[str, str], cells: list[tuple[str, str, str, int | None]]
) -> None:
    found = compared(pair, rows_of(cells))
    said = [*found.reasons, found.refusal, found.comparability, found.changes, found.mirrors]
    assert [
        banned_words(text.es + text.en) for one in said for text in texts(one) if banned_words(text.es + text.en)
    ] == []
    assert {text.es == text.en for one in found.reasons for text in texts(one)} <= {False}


@settings(deadline=None, max_examples=40)
@given(
    PAIRS,
    st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(AT), st.sampled_from(CODES)), max_size=30, unique=True),
)
def test_no_number_is_a_sum_over_reporters(pair: tuple[str, str], cells: list[tuple[str, str, str]]) -> None:
    """Each reporter's figures fill decimal places of their own; only a difference may mix two, at level 2."""
    marked = [(id_, at, code, MARK[id_[:3]]) for id_, at, code in cells]
    found = compared(pair, rows_of(marked))
    sides = [side for row in found.nationalities for side in (row.first, row.second)]
    values = [
        *(one.value for month_ in found.months for one in (month_.first, month_.second)),
        *(total.value for total in found.totals or ()),
        *(side.figure.value for side in sides),
        *(figure.value for side in sides for _, figure in side.parts),
    ]
    assert [value for value in values if value is not None and crosses(value)] == []


@settings(deadline=None, max_examples=60)
@given(PAIRS, CELLS)
def test_every_code_printed_stands_in_one_row_with_all_its_people(
    pair: tuple[str, str], cells: list[tuple[str, str, str, int | None]]
) -> None:
    found = compared(pair, rows_of(cells))
    codes = [row.code for row in found.nationalities]
    assert codes == sorted(set(codes))
    held = [code for row in found.nationalities for side in (row.first,) for code, _ in side.parts]
    assert len(held) == len(set(held))


def test_no_policy_change_holds_a_word_that_offends() -> None:
    assert [one.id for one in policy_changes() if banned_words(f"{one.what.es} {one.what.en} {one.source.title}")] == []
