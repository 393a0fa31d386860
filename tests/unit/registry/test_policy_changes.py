"""The calendar of policy changes: every entry complete and sourced, asked for by reporter, month and nationality."""

from datetime import date

import pytest

from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import month
from istmo.registry.languages import languages_of, read_languages
from istmo.registry.members import route
from istmo.registry.policy_changes import changes_beside, policy_changes, read_policy_changes
from istmo.statistics.wording import banned_words

ONE = """
registry: policy_changes
version: 1.0.0
changes:
  NIC-2021-11-22:
    date: 2021-11-22
    kind: VISA
    by: NIC
    reporters: [HND, MEX]
    nationalities: [CUB]
    what: {es: Deja de exigir visa., en: No longer requires a visa.}
    source: {title: Resolución, url: https://example.org/1, date: 2021-11-23}
    checked: "no"
"""


def test_every_change_has_both_languages_a_source_published_near_it_and_a_reporter_of_the_route() -> None:
    changes = policy_changes()
    assert len(changes) >= 30
    assert [one.day for one in changes] == sorted(one.day for one in changes)
    for one in changes:
        assert one.id == f"{one.by}-{one.day.isoformat()}"
        assert one.kind in codelist("policy_change_kind")
        assert set(one.reporters) <= set(route())
        assert abs((one.source.day - one.day).days) <= 200, one.id
        assert one.source.title
        assert banned_words(f"{one.what.es} {one.what.en} {one.source.title}") == ()


def test_what_rests_on_a_report_of_the_act_says_that_it_is_to_be_checked() -> None:
    official = ("https://www.federalregister.gov/", "https://www.dhs.gov/", "https://www.minseg.gob.pa/")
    for one in policy_changes():
        assert one.checked == one.source.url.startswith(official), one.id


def test_changes_are_found_by_reporter_month_and_nationality() -> None:
    august = {"first": month(2023, 8), "last": month(2023, 8)}
    assert [one.id for one in changes_beside(("PAN",), **august)] == ["USA-2023-08-11"]
    assert changes_beside(("PAN",), **august, citizenship="VEN") == ()
    assert [one.id for one in changes_beside(("PAN",), **august, citizenship="HTI")] == ["USA-2023-08-11"]
    assert changes_beside(("BLZ",), **august) == ()
    only = read_policy_changes(ONE.encode(), name="one.yaml")
    assert changes_beside(("HND",), first=month(2021, 11), last=month(2021, 12), calendar=only) == only
    assert changes_beside(("HND",), first=month(2021, 12), last=month(2022, 12), calendar=only) == ()


def test_a_change_about_a_region_or_a_code_is_about_its_node_too() -> None:
    fee = next(one for one in policy_changes() if one.id == "SLV-2023-10-23")
    assert [fee.about(code) for code in ("SEN", "IND", "X_CONGO", "VEN")] == [True, True, True, False]
    visa = next(one for one in policy_changes() if one.id == "ECU-2024-07-01")
    assert [visa.about(code) for code in ("CHN", "X_CHN_TWN", "TWN")] == [True, True, False]
    everybody = next(one for one in policy_changes() if one.id == "PAN-2024-10-25")
    assert everybody.whole
    assert everybody.about("VEN")


def test_a_document_is_read_with_its_days() -> None:
    (one,) = read_policy_changes(ONE.encode(), name="one.yaml")
    assert (one.day, one.month, one.source.day) == (date(2021, 11, 22), month(2021, 11), date(2021, 11, 23))
    assert not one.checked


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("date: 2021-11-22", "date: 2021-11-31", "2021-11-31"),
        ("reporters: [HND, MEX]", "reporters: [HND, XXX]", "XXX"),
        ("reporters: [HND, MEX]", "reporters: []", "reporters"),
        ("https://example.org/1", "example.org", "address"),
        ('checked: "no"', "checked: perhaps", "perhaps"),
        ("    kind: VISA\n", "", "kind"),
        ("kind: VISA", "kind: VISA\n    colour: red", "colour"),
        (", en: No longer requires a visa.", "", "en"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(old: str, new: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_policy_changes(ONE.replace(old, new).encode(), name="one.yaml")
    assert "one.yaml" in refused.value.place
    assert words in refused.value.in_("en")
    assert refused.value.in_("es") != refused.value.in_("en")


@pytest.mark.parametrize(("old", "new"), [("VISA", "VIZA"), ("by: NIC", "by: NCA"), ("[CUB]", "[KUB]")])
def test_a_code_of_no_list_is_refused(old: str, new: str) -> None:
    with pytest.raises(NotFound):
        read_policy_changes(ONE.replace(old, new).encode(), name="one.yaml")


def test_languages_are_a_list_to_start_from_and_empty_where_none_is_known() -> None:
    assert languages_of("HTI") == ("ht", "fr")
    assert languages_of("VEN") == ("es",)
    assert languages_of("FRO") == ()


def test_a_language_of_no_list_is_refused() -> None:
    raw = b"document: languages\nversion: 1.0.0\nsource: here\nlanguages:\n  HTI: [xx]\n"
    with pytest.raises(NotFound):
        read_languages(raw, name="languages.yaml")
