"""Whatever is asked of the explorer: nothing is mixed below level 2, nothing is a sum over reporters, and an address
gives the question that it was made from.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.statistics.frames import AUGUST, MARK, crosses, marked_frame

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.periods import month
from istmo.registry.datasets import datasets
from istmo.registry.members import route
from istmo.statistics.comparability import MIXING_LEVEL, NotComparable, Operation
from istmo.statistics.explore.answer import answer, datasets_wanted
from istmo.statistics.explore.holdings import Line, read_lines
from istmo.statistics.explore.mixing import compare_lines, require_lines
from istmo.statistics.explore.origins import GROUPS, REGIONS, is_origin
from istmo.statistics.explore.question import CORRIDOR, Catalogue, Mix, Question, address, read_question

ROWS = marked_frame()
HELD = tuple(held for one in datasets().values() for held in read_lines(ROWS, one))
KNOWN = Catalogue(
    tuple({one.line.dataset.id: one.line.dataset for one in HELD}.values()), month(2022, 8), AUGUST, ("MEX", "PAN")
)
ORIGINS = st.lists(
    st.sampled_from(["_T", *GROUPS, *REGIONS, *(c.id for c in codelist("citizenship") if is_origin(c.id))]),
    min_size=1,
    max_size=5,
    unique=True,
)
MONTHS = st.integers(0, 60).map(lambda number: month(2019, 6).plus(number))
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "reporter": st.lists(st.sampled_from(KNOWN.reporters), max_size=4),
        "measure": st.lists(st.sampled_from((CORRIDOR, *KNOWN.measures)), max_size=3),
        "origin": ORIGINS,
        "first": MONTHS.map(lambda at: [str(at)]),
        "last": MONTHS.map(lambda at: [str(at)]),
        "mix": st.sampled_from(list(Mix)).map(lambda mix: [mix.value]),
        "as_of": st.just(["2023-09-18.1"]),
    },
)


def question(parameters: dict[str, list[str]]) -> Question | None:
    """What the parameters ask, None where that is impossible."""
    try:
        return read_question(parameters, KNOWN)
    except InvalidInput:
        return None


@settings(max_examples=300)
@given(PARAMETERS)
def test_an_address_gives_the_question_that_it_was_made_from(parameters: dict[str, list[str]]) -> None:
    asked = question(parameters)
    if asked is None:
        return
    query = dict(part.split("=", 1) for part in address(asked).split("&"))
    again = read_question({name: [value] for name, value in query.items()}, KNOWN)
    assert again == asked
    assert address(again) == address(asked)


@settings(max_examples=300, deadline=None)
@given(PARAMETERS)
def test_nothing_is_mixed_below_level_two_and_no_number_is_a_sum_over_reporters(
    parameters: dict[str, list[str]],
) -> None:
    asked = question(parameters)
    if asked is None:
        return
    wanted = {one.id for one in datasets_wanted(asked, KNOWN)}
    result = answer(asked, [one for one in HELD if one.line.dataset.id in wanted], KNOWN)
    for column in result.columns:
        assert {one.series.dataset.id for one in column.figures.values()} <= {column.line.dataset.id}
        for figure in column.figures.values():
            assert not crosses(figure.value or 0)
            assert figure.value is None or figure.value % MARK[column.line.reporter] == 0
    if result.mixed is not None:
        pair = result.mixed.first.line, result.mixed.second.line
        assert compare_lines(*pair).level >= MIXING_LEVEL
        assert result.refused is None
    if asked.mix is Mix.SCALE and result.refused is None:
        reporters = {line.reporter for line in result.lines}
        assert len(reporters & set(route())) <= 1
        assert all(found.level >= MIXING_LEVEL for _, _, found in result.pairs)


LINES = st.sampled_from([one.line for one in HELD])
ABOUT = st.sampled_from(["MEX", "CRI"])
CHANNELS = st.sampled_from(["GOV_FI", "GOV_AR"])
UNITS = st.sampled_from(["PERSON_SOURCE", "CASE"])


@st.composite
def organisation_lines(draw: st.DrawFn) -> Line:
    base = HELD[0].line
    dataset = datasets()["UNHCR.UNHCR.asylum_applications"]
    series = type(base.series)(dataset, draw(st.sampled_from(["ASY_APP", "ASY_APP_REV"])))
    return Line(series, draw(UNITS), draw(ABOUT), draw(CHANNELS))


@given(st.lists(st.one_of(LINES, organisation_lines()), min_size=2, max_size=4), st.sampled_from(list(Operation)))
def test_lines_that_may_be_taken_together_are_comparable_two_by_two(lines: list[Line], operation: Operation) -> None:
    try:
        require_lines(lines, operation)
    except NotComparable:
        return
    for number, a in enumerate(lines):
        for b in lines[number + 1 :]:
            assert compare_lines(a, b).level >= MIXING_LEVEL
            if operation in (Operation.ADD, Operation.RANK, Operation.SHADE):
                assert a.about == b.about
                assert a.reporter == b.reporter or not {a.reporter, b.reporter} <= set(route())
