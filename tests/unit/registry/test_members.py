"""The eleven members, the order of the route, and the agencies that sign."""

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.registry.members import member, members, read_members, route

ONE = b"""
document: members
version: 1.0.0
source: here
members:
  PAN:
    route: 1
    colour: 1
    agencies: [{acronym: SNM, es: Servicio, en: Service}]
"""


def test_the_members_are_the_eleven_of_the_code_list() -> None:
    assert {one.code for one in members()} == set(codelist("member").ids)
    assert len(members()) == 11


def test_the_route_runs_from_the_first_arrival_northwards() -> None:
    assert route() == ("PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA")


def test_members_on_the_route_come_first_in_its_order_then_the_others_by_code() -> None:
    assert [one.code for one in members()] == [*route(), "BLZ", "CAN", "DOM", "SLV"]
    assert [one.code for one in members() if one.on_route] == list(route())


def test_each_member_has_a_colour_of_its_own() -> None:
    assert sorted(one.colour for one in members()) == list(range(1, 12))


def test_each_member_has_an_agency_with_a_name_in_both_languages() -> None:
    for one in members():
        assert one.agencies
        for agency in one.agencies:
            assert agency.acronym.isupper()
            assert agency.name.es != agency.name.en


def test_an_agency_is_found_by_the_acronym_that_earlier_files_carry() -> None:
    mexico = member("MEX")
    assert mexico.agency("UPM") is mexico.agency("UPMRIP")
    assert mexico.agency("UPM").acronym == "UPMRIP"
    assert mexico.agency("INM").name.es == "Instituto Nacional de Migración"


def test_an_agency_that_a_member_does_not_have_is_not_found() -> None:
    with pytest.raises(NotFound, match="PAN has no agency “CBP”"):
        member("PAN").agency("CBP")


def test_a_state_that_is_not_a_member_is_not_found() -> None:
    with pytest.raises(NotFound, match="“COL” is not a member"):
        member("COL")


def test_a_narrow_table_uses_the_short_name() -> None:
    assert (member("USA").name.es, member("USA").short.es) == ("Estados Unidos de América", "Estados Unidos")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"route: 1", b"route: first"),
        (b"colour: 1", b"color: 1"),
        (b"acronym: SNM", b"name: SNM"),
        (b"document: members", b"documents: members"),
    ],
)
def test_a_list_of_members_that_is_not_as_it_should_be_is_refused(good: bytes, bad: bytes) -> None:
    assert read_members(ONE, name="members.yaml")[0].code == "PAN"
    with pytest.raises(InvalidInput):
        read_members(ONE.replace(good, bad), name="members.yaml")


def test_a_member_that_is_not_in_the_code_list_is_refused() -> None:
    with pytest.raises(NotFound):
        read_members(ONE.replace(b"PAN:", b"COL:"), name="members.yaml")
