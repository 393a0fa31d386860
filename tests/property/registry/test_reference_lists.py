"""No label means two codes, in any list or language, and none that a program may not decide is in a list."""

import unicodedata
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.model.codes import codelist
from istmo.model.labels import fold
from istmo.registry.names import (
    REFERENCE_LISTS,
    LabelKind,
    ambiguous,
    ambiguous_labels,
    labels_of,
    reference_list,
)
from istmo.registry.places import place_labels, places

LABELS = [(id_, label, code) for id_ in REFERENCE_LISTS for code, labels in labels_of(id_).items() for label in labels]
UNDECIDABLE = set(LabelKind) - {LabelKind.CONFUSABLE, LabelKind.NOT_ISO}


def test_no_label_means_two_codes_over_all_lists_and_both_languages() -> None:
    codes = defaultdict(set)
    for _, label, code in LABELS:
        codes[fold(label)].add(code)
    assert not {label: found for label, found in codes.items() if len(found) > 1}


def test_no_label_that_a_program_may_not_decide_is_in_a_list() -> None:
    for entry in ambiguous_labels():
        if entry.kind in UNDECIDABLE and entry.context is None:
            for label in entry.labels:
                assert not [id_ for id_ in REFERENCE_LISTS if fold(label) in reference_list(id_)], label


def test_a_confusable_label_means_exactly_one_of_its_candidates_or_nothing() -> None:
    for entry in ambiguous_labels():
        if entry.kind in (LabelKind.CONFUSABLE, LabelKind.NOT_ISO):
            for label in entry.labels:
                found = {
                    reference_list(id_)[fold(label)] for id_ in REFERENCE_LISTS if fold(label) in reference_list(id_)
                }
                assert found <= set(entry.candidates), label


def test_a_label_means_a_country_and_never_a_node_or_a_residual() -> None:
    citizenship = codelist("citizenship")
    assert {citizenship[code].attributes["kind"] for _, _, code in LABELS} == {"country"}


def test_an_entry_of_one_kind_does_not_hide_another() -> None:
    for entry in ambiguous_labels():
        for label in entry.labels:
            found = ambiguous(label)
            assert entry.context is not None or found == entry, label


@pytest.mark.parametrize("id_", REFERENCE_LISTS)
def test_no_label_stands_twice_in_a_list(id_: str) -> None:
    assert sum(len(labels) for labels in labels_of(id_).values()) == len(reference_list(id_))


def disguise(label: str, signs: list[int]) -> str:
    """The label as exports write it: other case, composed or not, no-break spaces, soft hyphens, blanks around."""
    ways = (str.upper, str.lower, str.title, lambda text: unicodedata.normalize("NFD", text))
    for sign in signs:
        label = ways[sign % len(ways)](label)
    return "\u00a0" + label.replace(" ", "\u202f ").replace("'", "’")[:1] + "\u00ad" + label.replace(" ", "\u202f ")[1:]


@given(st.sampled_from(LABELS), st.lists(st.integers(0, 3), max_size=3))
def test_a_label_is_found_however_an_export_disguises_it(entry: tuple[str, str, str], signs: list[int]) -> None:
    id_, label, code = entry
    assert reference_list(id_)[fold(disguise(label, signs))] == code


@given(st.sampled_from(LABELS), st.text("abcdefghijklmnñopqrstuvwxyz", min_size=1, max_size=3))
def test_a_label_with_letters_more_is_another_label(entry: tuple[str, str, str], letters: str) -> None:
    """Nothing matches by its beginning: "Níger" is never found in "Nigeria", nor "Dominica" in "Dominicana"."""
    id_, label, code = entry
    written = {fold(other) for other in labels_of(id_)[code]}
    longer = fold(label + letters)
    assert longer in written or reference_list(id_).get(longer) != code


def test_a_place_label_means_one_place_in_its_country() -> None:
    for place in places().values():
        for label in place.labels:
            assert place_labels(place.member)[fold(label)] == place.id
