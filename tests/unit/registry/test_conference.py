"""The Conference: parties by kind, dated bodies and presidencies, themes; a wrong document is refused."""

from datetime import date

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.registry.agreements.record import Certainty
from istmo.registry.conference import Span, conference, read_conference
from istmo.registry.parties import PartyKind

GOOD = """
document: conference
version: 1.0.0
source: here
parties:
  TS: {kind: secretariat, es: Secretaría, en: Secretariat}
  BRA: {kind: guest, from: "2016", es_note: Invitado., en_note: Invited.}
bodies: {RCGM: {es: Grupo, en: Group, to: "2019-05"}}
presidencies: [{party: HND, from: "2016", to: "2016"}]
themes: {IT: {es: Informática, en: IT}}
"""


def test_the_eleven_members_come_first_and_the_secretariat_last() -> None:
    kinds = [one.kind for one in conference().participants]
    assert kinds[:11] == [PartyKind.MEMBER] * 11
    assert {one.id for one in conference().of_kind(PartyKind.MEMBER)} == set(codelist("member").ids)
    assert conference().participants[-1].id == "TS"
    assert [one.id for one in conference().of_kind(PartyKind.GUEST)] == ["BRA", "HTI"]
    assert conference().participant("PAN").agencies[0].acronym == "SNM"


def test_honduras_presided_in_2016_and_what_rests_on_general_knowledge_says_so() -> None:
    presided = {one.span.start: one for one in conference().presidencies}
    assert (presided["2016"].party, presided["2016"].certainty) == ("HND", Certainty.VERIFIED)
    assert presided["2017"].certainty is Certainty.STATED


def test_the_liaison_networks_end_where_the_working_groups_begin() -> None:
    bodies = {one.id: one for one in conference().bodies}
    assert bodies["NETWORK_CONSULAR"].span.end == bodies["GROUP_PROTECTION"].span.start == "2019"


def test_the_seed_asks_for_a_focal_point_of_the_information_system() -> None:
    assert conference().theme("INFORMATION_SYSTEM").commitment == "A01a"
    with pytest.raises(NotFound):
        conference().theme("HUNT")
    with pytest.raises(NotFound):
        conference().participant("XXX")


@pytest.mark.parametrize(
    ("span", "day", "holds"),
    [
        (Span("2016", "2016"), date(2016, 12, 31), True),
        (Span("2016", "2016"), date(2017, 1, 1), False),
        (Span("2016-11"), date(2016, 10, 31), False),
        (Span(None, "2019-05-02"), date(2019, 5, 2), True),
        (Span(None, "2019-05-02"), date(2019, 5, 3), False),
        (Span(), date(1997, 1, 1), True),
    ],
)
def test_a_span_holds_to_the_precision_of_its_source(span: Span, day: date, holds: bool) -> None:
    assert span.covers(day) is holds


def test_a_document_is_read() -> None:
    read = read_conference(GOOD.encode(), name="conference.yaml")
    brazil = read.participant("BRA")
    assert brazil.note is not None
    assert (brazil.name.es, brazil.span, brazil.note.en) == ("Brasil", Span("2016"), "Invited.")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: guest", "kind: friend", "“friend” is not known"),
        ("BRA:", "PAN:", "stands twice"),
        ('from: "2016", es_note', 'from: "last year", es_note', "is no year"),
        ("party: HND", "party: BRA", "Only a member presides"),
        ("es: Grupo, ", "", "es"),
        ("es_note: Invitado., ", "", "es"),
        ("themes:", "topics:", "Unknown key"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInput) as caught:
        read_conference(GOOD.replace(old, new, 1).encode(), name="conference.yaml")
    assert said in caught.value.in_("en")
    assert "conference.yaml" in caught.value.place
