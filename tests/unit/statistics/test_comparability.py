"""What may be taken together is decided in code, with its reason, and refused otherwise."""

import pytest

from istmo.model.errors import InvalidInput
from istmo.registry.datasets import dataset, datasets
from istmo.statistics.comparability import (
    Figure,
    NotComparable,
    Operation,
    Series,
    added,
    compare,
    difference,
    matrix,
    mirrors,
    one_scale,
    ranked,
    require,
    series_of,
    share,
)

PAN = Series(dataset("PAN.SNM.cuadro003"), "TRA_IRR")
PAN_SEX = Series(dataset("PAN.SNM.cuadro002"), "TRA_IRR")
HND = Series(dataset("HND.INM.flujo"), "ENT_IRR")
MEX = Series(dataset("MEX.UPMRIP.3.1.1"), "EVT_IRR")
USA = Series(dataset("USA.CBP.nationwide"), "ENCOUNTER")
DEPORT = Series(dataset("MEX.UPMRIP.3.2.4"), "DEPORT")
RET_ASS = Series(dataset("MEX.UPMRIP.3.2.4"), "RET_ASS")


def test_every_measure_and_pair_of_the_demonstration_has_a_level_and_a_reason_in_both_languages() -> None:
    series = series_of(one for one in datasets().values() if one.demonstration)
    assert len(series) == 8
    pairs = matrix(series)
    assert {pair.first.reporter for pair in pairs} | {pair.second.reporter for pair in pairs} == {
        "PAN",
        "HND",
        "MEX",
        "GTM",
        "USA",
    }
    assert all(pair.comparability.level in range(4) and pair.comparability.reason.es for pair in pairs)
    assert all(pair.first.reporter != pair.second.reporter for pair in pairs)


def test_the_best_ranked_dataset_stands_for_a_measure() -> None:
    assert {one.dataset.id for one in series_of(datasets().values()) if one.measure == "TRA_IRR"} == {
        "PAN.SNM.cuadro003"
    }
    reverse = sorted(datasets().values(), key=lambda one: -one.rank)
    assert {one.dataset.id for one in series_of(reverse) if one.measure == "TRA_IRR"} == {"PAN.SNM.cuadro003"}


@pytest.mark.parametrize("operation", [Operation.ADD, Operation.RANK, Operation.SHADE])
@pytest.mark.parametrize("pair", [(PAN, HND), (HND, MEX), (MEX, USA)])
def test_reporters_of_one_corridor_are_never_added_ranked_or_shaded_together(
    operation: Operation, pair: tuple[Series, Series]
) -> None:
    with pytest.raises(NotComparable) as refused:
        require(*pair, operation)
    assert refused.value.rule == "R1"
    assert "corredor" in refused.value.message.es
    assert "corridor" in refused.value.message.en


@pytest.mark.parametrize("operation", [Operation.SUBTRACT, Operation.DIVIDE])
def test_subtracting_and_dividing_need_level_two(operation: Operation) -> None:
    require(PAN, HND, operation)
    with pytest.raises(NotComparable) as refused:
        require(PAN, MEX, operation)
    assert refused.value.rule == "F42"
    assert "nivel 1" in refused.value.message.es
    assert isinstance(refused.value, InvalidInput)


def test_two_measures_of_one_reporter_are_not_added_when_they_are_other_concepts() -> None:
    with pytest.raises(NotComparable, match="cannot be added"):
        added([Figure(DEPORT, 1), Figure(RET_ASS, 2)])


def test_two_tables_of_one_register_are_comparable() -> None:
    assert compare(PAN.dataset, PAN_SEX.dataset, "TRA_IRR", "TRA_IRR").level == 3
    assert share(Figure(PAN_SEX, 25), Figure(PAN, 100)) == 25.0


def test_figures_of_one_series_are_added_ranked_and_shaded() -> None:
    figures = [Figure(PAN, 1), Figure(PAN, 3), Figure(PAN, 2)]
    assert added(figures) == 6
    assert [name for name, _ in ranked(list(zip("abc", figures, strict=True)))] == ["b", "c", "a"]
    assert one_scale(figures) == figures


def test_a_figure_without_value_makes_no_sum_difference_share_or_rank() -> None:
    empty = Figure(PAN, None, "O")
    assert added([Figure(PAN, 1), empty]) is None
    assert added([]) is None
    assert difference(Figure(PAN, 1), empty) is None
    assert difference(empty, Figure(PAN, 1)) is None
    assert share(empty, Figure(PAN, 1)) is None
    assert share(Figure(PAN, 1), Figure(PAN, 0)) is None
    assert ranked([("a", empty)]) == []


def test_a_table_that_ranked_two_reporters_would_fail_to_be_made() -> None:
    with pytest.raises(NotComparable):
        ranked([("a", Figure(PAN, 1)), ("b", Figure(HND, 2))])
    with pytest.raises(NotComparable):
        one_scale([Figure(PAN, 1), Figure(USA, 2)])
    with pytest.raises(NotComparable):
        difference(Figure(MEX, 1), Figure(USA, 2))


def test_every_true_mirror_of_the_route_stands_as_not_collected() -> None:
    found = mirrors()
    assert [(one.origin, one.destination) for one in found[:2]] == [("PAN", "CRI"), ("CRI", "PAN")]
    assert len(found) == 12
    assert {one.status for one in found} == {"L"}
    assert "PAN" not in {one.destination for one in found if one.origin == "HND"}
    assert found[-2].text.en.startswith("Exits from Mexico to the United States of America")
