"""What lies outside the usual: what is looked at, what is left out and why, and what the sentences say."""

import json
from dataclasses import replace

import pytest

from istmo.model.periods import Period, month, months
from istmo.model.text import Text
from istmo.registry.datasets import Break, Dataset, dataset, datasets
from istmo.registry.policy_changes import policy_changes
from istmo.statistics.anomalies.review import review
from istmo.statistics.anomalies.values import Anomaly, Direction, Kind, LeftOut, Review, Subject, Why
from istmo.statistics.anomalies.words import as_json, name_of
from istmo.statistics.checks import cross_checks

from .frames import AUGUST, Row, by_code, frame, of

PAN, HND, MEX, MEX_SEX, MEX_RET = (
    "PAN.SNM.cuadro003",
    "HND.INM.flujo",
    "MEX.UPMRIP.3.1.1",
    "MEX.UPMRIP.3.1.3",
    "MEX.UPMRIP.3.2.4",
)
BEFORE = months(AUGUST.plus(-12), AUGUST.plus(-1))


def steady(
    id_: str, now: int, usual: int = 100, months_before: tuple[Period, ...] = BEFORE, **other: object
) -> list[Row]:
    """Twelve months near `usual` and the month itself."""
    rows = [of(id_, str(at), usual + 5 * (number % 3), **other) for number, at in enumerate(months_before)]
    return [*rows, of(id_, str(AUGUST), now, **other)]


def look(*rows: Row, known: dict[str, Dataset] | None = None) -> Review:
    held = frame(*rows)
    known = known or dict(datasets())
    return review(held, AUGUST, datasets=known, findings=cross_checks(held, datasets=known))


def broken(id_: str, at: Period, on: str, codes: frozenset[str] = frozenset()) -> dict[str, Dataset]:
    words = Text(es="Otra práctica.", en="Another practice.")
    return dict(datasets()) | {id_: replace(dataset(id_), breaks=(Break(at, on, words, words, codes=codes),))}


def only(found: Review) -> Anomaly:
    (one,) = found.anomalies
    return one


def left(found: Review) -> LeftOut:
    (one,) = found.left_out
    return one


def test_a_total_above_the_usual_is_told_with_reporter_unit_band_and_what_services_may_need() -> None:
    one = only(look(*steady(HND, 400)))
    assert (one.direction, one.subject, one.of_season) == (Direction.ABOVE, Subject(Kind.TOTAL), None)
    assert one.text.es == (
        "Honduras registró 400 ingresos irregulares en agosto de 2023, por encima de lo usual: en 12 meses comparables "
        "de los doce anteriores la mediana es 105 y lo usual va de 90 a 120. De agosto hay 1 año anterior comparable: "
        "aún no se sabe si es propio de la temporada."
    )
    assert one.needs.en == "Reception, accommodation, water, health and information may need more capacity."
    assert one.said.en == f"{one.text.en} {one.needs.en}"
    assert one.id == "HND.INM.flujo/ENT_IRR/2023-08/total/_T"


def test_a_fall_says_what_to_look_at_before_services_are_reduced() -> None:
    one = only(look(*steady(HND, 60)))
    assert one.direction is Direction.BELOW
    assert "below what is usual" in one.text.en
    assert one.needs.es.startswith("Antes de reducir servicios")


def test_a_nationality_names_the_languages_that_each_person_may_ask_for() -> None:
    found = look(*steady(HND, 400, CITIZENSHIP="SEN"), *steady(HND, 500, CITIZENSHIP="VEN"))
    texts = {one.subject.code: one for one in found.anomalies}
    assert texts["SEN"].text.en.startswith("Of people from Senegal, Honduras registered 400 irregular entries")
    assert texts["SEN"].needs.en.endswith("with interpretation in Wolof and French as each person asks.")
    assert texts["VEN"].needs.en.endswith("may need more capacity.")
    assert [one.subject.code for one in found.anomalies] == ["_T", "VEN", "SEN"]  # its own order


def test_children_are_told_apart_and_unaccompanied_children_too() -> None:
    rows = [
        row
        for age, with_whom, now in (("Y_GE18", "_T", 300), ("Y_LT18", "ACC", 200), ("Y_LT18", "UNACC", 90))
        for row in steady(HND, now, usual=20, AGE=age, ACCOMPANIMENT=with_whom)
    ]
    texts = {one.subject.kind: one for one in look(*rows).anomalies}
    assert texts[Kind.CHILDREN].text.es.startswith("De niñas y niños, Honduras registró 290 ingresos irregulares")
    assert texts[Kind.CHILDREN].needs.en.startswith("Child protection, child health")
    assert texts[Kind.UNACCOMPANIED].text.en.startswith("Of unaccompanied children, Honduras registered 90")
    assert "guardianship" in texts[Kind.UNACCOMPANIED].needs.en


def test_returns_need_other_services_than_transit() -> None:
    one = only(look(*steady(MEX_RET, 400)))
    assert one.needs.en.startswith("Information on asylum, orientation")
    children = only(look(*steady(MEX_RET, 400, MEASURE="RET_ASS_CH")))
    assert children.needs.en.startswith("Child protection, child health")


def test_an_event_is_no_person_and_a_provisional_figure_says_so() -> None:
    one = only(look(*steady(MEX, 400, OBS_STATUS="P")))
    assert "Un evento no es una persona" in one.text.es
    assert "The figure is provisional." in one.text.en


def test_known_policy_changes_stand_beside_an_anomaly_and_not_in_its_text() -> None:
    found = look(*steady(HND, 400, CITIZENSHIP="HTI"))
    of_nationality = next(one for one in found.anomalies if one.subject.kind is Kind.NATIONALITY)
    assert [change.id for change in of_nationality.changes] == ["USA-2023-05-11", "USA-2023-08-11"]
    assert "parole" not in of_nationality.said.en
    assert review(frame(*steady(HND, 400)), AUGUST, datasets=datasets(), calendar=()).anomalies[0].changes == ()
    assert policy_changes()


@pytest.mark.parametrize(
    ("on", "codes", "kinds"),
    [
        ("total", frozenset(), {Kind.TOTAL, Kind.NATIONALITY}),
        ("citizenship", frozenset(), {Kind.NATIONALITY}),
        ("citizenship", frozenset({"VEN"}), {Kind.NATIONALITY}),
        ("citizenship", frozenset({"CUB"}), set()),
        ("demographic", frozenset(), set()),
    ],
)
def test_a_figure_just_after_a_break_that_touches_it_is_left_out(
    on: str, codes: frozenset[str], kinds: set[Kind]
) -> None:
    found = look(*steady(HND, 400, CITIZENSHIP="VEN"), known=broken(HND, month(2023, 5), on, codes))
    assert {one.subject.kind for one in found.left_out} == kinds
    assert all(one.why is Why.BREAK and "mayo de 2023" in one.text.es and "3" in one.text.es for one in found.left_out)
    assert {one.subject.kind for one in found.anomalies} == {Kind.TOTAL, Kind.NATIONALITY} - kinds
    assert found.examined == 2


def test_an_old_break_and_one_to_come_leave_nothing_out() -> None:
    for at in (month(2022, 8), month(2023, 9)):
        assert only(look(*steady(HND, 400), known=broken(HND, at, "total"))).of_year.figures == 12


def test_years_before_a_break_are_no_season() -> None:
    early = [of(HND, str(AUGUST.plus(-12 * back)), 400) for back in (2, 3)]
    rows = [*steady(HND, 400), *early]
    assert look(*rows).anomalies == ()  # 400 is usual for August
    assert only(look(*rows, known=broken(HND, month(2022, 8), "total"))).of_season is None


def test_too_few_months_are_left_out_with_their_number() -> None:
    one = left(look(*steady(HND, 400, months_before=BEFORE[-4:])))
    assert one.why is Why.SHORT
    assert one.text.en == "Of the twelve months before, 4 have a figure, and 9 are needed."


def test_a_season_is_told_with_three_years_and_its_number_with_fewer() -> None:
    three = [of(HND, str(AUGUST.plus(-12 * back)), 90 + back) for back in (2, 3)]
    assert (
        "It is also outside what is usual for August: in 3 earlier years"
        in only(look(*steady(HND, 400), *three)).text.en
    )
    two = only(look(*steady(HND, 400), three[0]))
    assert "Of August there are 2 comparable earlier years" in two.text.en
    none = only(look(*steady(HND, 400)[1:]))
    assert "De agosto no hay años anteriores comparables" in none.text.es


def test_a_code_that_another_reporter_reads_from_the_same_label_is_left_out() -> None:
    rows = [
        *steady(HND, 400, usual=300, CITIZENSHIP="TWN"),
        *steady(HND, 4000, usual=3900, CITIZENSHIP="VEN"),
        *steady(MEX, 400, usual=300, CITIZENSHIP="CHN"),
        *steady(MEX, 4000, usual=3900, CITIZENSHIP="VEN"),
    ]
    doubted = {(one.series.reporter, one.subject.code) for one in look(*rows).left_out if one.why is Why.DOUBTFUL}
    assert doubted == {("HND", "TWN"), ("MEX", "CHN")}


def test_a_code_that_a_fixed_list_does_not_hold_is_no_zero_and_residuals_are_no_nationality() -> None:
    rows = [*steady(PAN, 400, CITIZENSHIP="VEN"), of(PAN, str(AUGUST), 400, CITIZENSHIP="IRN")]
    rows += steady(PAN, 900, usual=9, CITIZENSHIP="_O")
    found = look(*rows)
    assert {one.subject.code: one.why for one in found.left_out} == {"IRN": Why.BREAK}
    assert {one.subject.code for one in found.anomalies} == {"_T", "VEN"}


def test_an_absent_nationality_of_an_open_list_is_zero() -> None:
    rows = [*steady(HND, 105, CITIZENSHIP="VEN"), of(HND, str(AUGUST), 60, CITIZENSHIP="GIN")]
    nationality = next(one for one in look(*rows).anomalies if one.subject.code == "GIN")
    assert (nationality.of_year.median, nationality.of_year.mad) == (0, 0)


def test_only_people_on_the_move_of_members_that_publish_them_are_looked_at() -> None:
    asylum = replace(dataset(HND), measures=("ASY_APP",))
    assert look(*steady(HND, 400, MEASURE="ASY_APP"), known={HND: asylum}).examined == 0
    private = replace(dataset(HND), public_at_source=False)
    assert look(*steady(HND, 400), known={HND: private}).examined == 0
    assert look(*steady(HND, 400)[:-1]).examined == 0  # no figure of the month


def test_of_two_tables_of_one_measure_each_is_read_for_what_it_holds() -> None:
    rows = [*steady(MEX, 400), *steady(MEX_SEX, 400, SEX="F", AGE="Y_LT18"), *by_code(MEX, "2023-08", {"VEN": 10})]
    ids = {(one.subject.kind, one.series.dataset.id) for one in look(*rows).anomalies}
    assert ids == {(Kind.TOTAL, MEX), (Kind.CHILDREN, MEX_SEX)}


def test_each_subject_has_a_name_for_a_head() -> None:
    names = [name_of(Subject(kind, "GIN")).en for kind in Kind]
    assert names == ["Total", "Children", "Unaccompanied children", "Guinea"]


def test_the_json_has_each_sentence_in_both_languages_and_the_numbers_behind_it() -> None:
    three = [of(HND, str(AUGUST.plus(-12 * back)), 100) for back in (2, 3)]
    short = steady(MEX, 400, months_before=BEFORE[-4:])
    found = as_json(look(*steady(HND, 400), *three, *short))
    assert json.loads(json.dumps(found)) == found
    (one,) = found["anomalies"]
    assert (one["id"], one["value"], one["unit"]) == ("HND.INM.flujo/ENT_IRR/2023-08/total/_T", 400, "REGISTRATION")
    assert one["of_year"] == {"median": 105, "mad": 5, "figures": 12}
    assert one["of_season"]["figures"] == 3
    assert set(one["text"]) == {"es", "en"}
    assert found["left_out"][0]["why"] == "short"
    assert as_json(look(*steady(HND, 400)))["anomalies"][0]["of_season"] is None
