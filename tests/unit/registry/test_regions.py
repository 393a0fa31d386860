"""Region of origin and extra-regional follow from the citizenship code alone."""

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import NotFound
from istmo.registry.regions import extra_regional, name_of_row, nodes, region, regions


@pytest.mark.parametrize(
    ("code", "origin", "extra"),
    [
        ("MEX", "RCM", "INTRA"),
        ("DOM", "RCM", "INTRA"),
        ("HTI", "CARIB", "EXTRA"),
        ("CUB", "CARIB", "EXTRA"),
        ("VEN", "SOUTH_AM", "EXTRA"),
        ("BMU", "NORTH_AM_OTH", "EXTRA"),
        ("NPL", "ASIA", "EXTRACONT"),
        ("TUR", "ASIA", "EXTRACONT"),
        ("RUS", "EUROPE", "EXTRACONT"),
        ("XKX", "EUROPE", "EXTRACONT"),
        ("PNG", "OCEANIA", "EXTRACONT"),
        ("ERI", "AFRICA", "EXTRACONT"),
        ("X_CONGO", "AFRICA", "EXTRACONT"),
        ("X_CHN_TWN", "ASIA", "EXTRACONT"),
        ("X_OTHER_AFRICA", "AFRICA", "EXTRACONT"),
        ("X_ANTILLES", "MIXED", "UNDET"),
        ("X_EURASIA", "MIXED", "UNDET"),
        ("X_OTHER_LABEL", "OTHER", "UNDET"),
        ("_O", "OTHER", "UNDET"),
        ("_U", "UNKNOWN", "UNDET"),
        ("XXA", "STATELESS", "UNDET"),
        ("_Z", "_Z", "UNDET"),
        ("_T", "_T", "UNDET"),
    ],
)
def test_a_code_has_its_region_and_its_standing(code: str, origin: str, extra: str) -> None:
    assert region(code) == origin
    assert extra_regional(code) == extra


def test_the_members_and_only_they_are_intra_regional() -> None:
    intra = {code.id for code in codelist("citizenship") if extra_regional(code.id) == "INTRA"}
    assert intra == {*codelist("member").ids, "X_RCM"}


@pytest.mark.parametrize(
    "origin", [one for one in codelist("flow_region").ids if f"X_{one}" in codelist("citizenship")]
)
def test_a_row_of_nationalities_taken_together_is_of_their_region(origin: str) -> None:
    assert region(f"X_{origin}") == origin


def test_other_unknown_stateless_and_not_applicable_are_four_regions() -> None:
    assert len({region(code) for code in ("_O", "_U", "XXA", "_Z")}) == 4


def test_every_code_has_a_standing_of_the_list() -> None:
    assert {extra_regional(code) for code in codelist("citizenship").ids} == set(codelist("extra_regional").ids)


def test_a_node_has_the_region_of_its_members() -> None:
    assert set(nodes()) == {"X_CONGO", "X_GUINEA", "X_KOREA", "X_CHN_TWN", "X_SDN_SSD"}
    for node, codes in nodes().items():
        assert {region(code) for code in codes} == {region(node)}


def test_the_table_of_regions_says_the_same() -> None:
    assert len(regions()) == len(codelist("citizenship").ids)
    assert all(regions()[code] == region(code) for code in regions())


def test_a_code_that_is_not_in_the_list_has_no_region() -> None:
    with pytest.raises(NotFound):
        region("OOO")


@pytest.mark.parametrize(
    ("code", "name"),
    [("X_AFRICA", "África"), ("X_MIXED", "varias regiones"), ("_O", "otras"), ("HND_TROJES", "HND_TROJES")],
)
def test_a_row_that_holds_others_has_a_name_that_fits_after_included_in(code: str, name: str) -> None:
    assert name_of_row(code).es == name
