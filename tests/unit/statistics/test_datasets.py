"""The registry of datasets: what is known of each before its figures are read."""

from datetime import date

import pytest

from istmo.model.errors import InvalidInput, NotFound
from istmo.model.periods import month
from istmo.registry.datasets import MirrorOf, concept, dataset, datasets, read_datasets
from istmo.registry.members import route

NEEDED = (
    *("PAN.SNM.cuadro003", "PAN.SNM.cuadro002", "HND.INM.flujo", "MEX.UPMRIP.3.1.1", "MEX.UPMRIP.3.1.3"),
    *("MEX.UPMRIP.3.2.4", "USA.CBP.nationwide", "GTM.IGM.retornados"),
)
ENTRY = """
  {id}:
    title: {{es: a, en: a}}
    what: {{es: a, en: a}}
    measures: [{measure}]
    unit: {unit}
    unit_name: {{es: a, en: a}}
    counted: {{{measure}: {{one: {{es: a, en: a}}, many: {{es: b, en: b}}}}}}
    coverage: {{es: a, en: a}}
    coverage_key: a
    nationality_list: {list}
    due_day: "{due}"
    frequency: M
    breaks: []
    method: {{es: a, en: a}}
    source: {{es: a, en: a}}
    source_url: https://example.org
    public_at_source: "{public}"
    corridor: "no"
    rank: "1"
    demonstration: "no"
"""
GOOD = {"id": "PAN.SNM.x", "measure": "TRA_IRR", "unit": "REGISTRATION", "list": "open", "due": "10", "public": "yes"}


def document(extra: str = "", **changes: str) -> bytes:
    entry = ENTRY.format(**{**GOOD, **changes})
    return f"registry: datasets\nversion: 1.0.0\nconcepts: {{}}\ndatasets:{entry}{extra}".encode()


def test_the_demonstration_has_its_eight_datasets() -> None:
    assert {id_ for id_, one in datasets().items() if one.demonstration} == set(NEEDED)


def test_a_dataset_says_what_it_counts_in_which_unit_and_when_it_is_due() -> None:
    one = dataset("PAN.SNM.cuadro003")
    assert (one.reporter, one.agency, one.dataset) == ("PAN", "SNM", "cuadro003")
    assert one.due(month(2023, 8)) == date(2023, 9, 10)
    assert one.due(month(2023, 12)) == date(2024, 1, 10)
    assert one.counted["TRA_IRR"].of(1).es == "tránsito irregular"
    assert one.counted["TRA_IRR"].of(-2).en == "irregular transits"
    assert dataset("MEX.UPMRIP.3.1.1").dataset == "3.1.1"


@pytest.mark.parametrize(
    "written",
    [
        document().replace(b'    due_day: "10"\n', b""),
        document(id="IOM.MMP.x"),
        document(id="IOM.MMP.x").replace(b'    due_day: "10"\n    frequency: M', b"    frequency: W"),
    ],
)
def test_a_state_has_a_due_day_and_an_organisation_has_none(written: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_datasets(written, name="datasets.yaml")
    assert caught.value.rule == "F20"


def test_an_organisation_publishes_by_year_and_owes_nothing_on_a_day() -> None:
    written = document(id="IOM.MMP.x").replace(b'    due_day: "10"\n    frequency: M', b"    frequency: A")
    one = read_datasets(written, name="datasets.yaml").datasets["IOM.MMP.x"]
    assert (one.frequency, one.due_day, one.has_due_day) == ("A", 0, False)


def test_of_the_datasets_of_one_measure_of_a_reporter_no_two_have_one_rank() -> None:
    seen = [(one.reporter, measure, one.rank) for one in datasets().values() for measure in one.measures]
    assert len(seen) == len(set(seen))


def test_every_break_is_dated_and_grounded_and_knows_what_it_touches() -> None:
    breaks = [one for entry in datasets().values() for one in entry.breaks]
    assert all(one.ground.es and one.text.en for one in breaks)
    panama = dataset("PAN.SNM.cuadro003")
    assert panama.breaks_on("total", "TRA_IRR") == ()
    assert [str(one.period) for one in panama.breaks_on("citizenship", "TRA_IRR")] == ["2023-01"]
    united_states = dataset("USA.CBP.gdi_sw")
    assert [str(one.period) for one in united_states.breaks_on("total", "ENCOUNTER")] == ["2020-03", "2023-05"]
    assert "2021-10" in [str(one.period) for one in united_states.breaks_on("demographic", "ENCOUNTER")]


def test_a_break_of_the_list_of_nationalities_may_name_them() -> None:
    by_id = {id_: [one for one in datasets()[id_].breaks if one.on == "citizenship"] for id_ in datasets()}
    assert by_id["HND.INM.flujo"][0].codes == {"CHN", "TWN"}
    assert "_O" in by_id["PAN.SNM.cuadro003"][0].codes
    assert by_id["USA.CBP.nationwide"][0].codes == frozenset()
    of_the_total = "[{period: 2023-01, on: total, codes: [VEN], text: {es: a, en: a}, ground: {es: a, en: a}}]"
    with pytest.raises(InvalidInput, match="only goes with"):
        read_datasets(document().replace(b"breaks: []", f"breaks: {of_the_total}".encode()), name="d.yaml")


def test_corridor_measures_belong_to_reporters_of_the_route() -> None:
    assert {one.reporter for one in datasets().values() if one.corridor} <= set(route())


def test_measures_of_one_family_have_one_concept_and_others_their_own() -> None:
    assert concept("TRA_IRR").id == concept("ENT_IRR").id == concept("EVT_IRR").id
    assert concept("ENCOUNTER").id == "ENCOUNTER"
    assert concept("DEPORT").name.es == "Deportación con resolución"


def test_a_dataset_that_is_not_registered_is_not_found() -> None:
    with pytest.raises(NotFound, match="not registered"):
        dataset("PAN.SNM.nothing")


def test_a_dataset_takes_over_what_it_does_not_change() -> None:
    extra = "  PAN.SNM.y:\n    extends: PAN.SNM.x\n    rank: '2'\n    border: SWB\n    nationality_codes: [VEN]\n"
    known = read_datasets(document(extra), name="d.yaml").datasets
    assert (known["PAN.SNM.y"].rank, known["PAN.SNM.y"].unit) == (2, "REGISTRATION")
    assert (known["PAN.SNM.y"].border, known["PAN.SNM.y"].nationality_codes) == ("SWB", {"VEN"})


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (document(id="PAN.SNM"), "REPORTER.AGENCY.TABLE"),
        (document(list="some"), "not one of fixed, open, none"),
        (document(public="maybe"), "not one of yes, no"),
        (document(due="31"), "not a number from 1 to 28"),
        (document(due="soon"), "not a number from 1 to 28"),
        (document("  PAN.SNM.y: {extends: PAN.SNM.z}\n"), "does not stand above"),
        (document("  PAN.SNM.y: {colour: red}\n"), "Unknown key"),
        (document("  PAN.SNM.y: {rank: '1'}\n"), "is missing"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_its_place(raw: bytes, what: str) -> None:
    with pytest.raises(InvalidInput, match=what) as refused:
        read_datasets(raw, name="d.yaml")
    assert refused.value.place.startswith("d.yaml")


@pytest.mark.parametrize("changes", [{"measure": "NOTHING"}, {"unit": "NOTHING"}, {"id": "XYZ.SNM.x"}])
def test_a_code_that_is_in_no_list_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        read_datasets(document(**changes), name="d.yaml")


def test_a_break_of_one_measure_touches_that_one_alone() -> None:
    text = "{es: a, en: a}"
    entry = f"    breaks: [{{period: 2023-01, on: total, measure: TRA_IRR, text: {text}, ground: {text}}}]\n"
    raw = document().replace(b"    breaks: []\n", entry.encode())
    one = read_datasets(raw, name="d.yaml").datasets["PAN.SNM.x"]
    assert len(one.breaks_on("total", "TRA_IRR")) == 1
    assert one.breaks_on("total", "ENT_IRR") == ()


def test_a_dataset_may_leave_under_rules_of_protection_and_mirror_another() -> None:
    mirror = "mirror: {of: TRA_IRR, dataset: CRI.X.y, measure: ENT_IRR, level: '3', tolerance: '2'}"
    extra = f"    protection: headline-flows\n    {mirror}\n"
    one = read_datasets(document(extra, public="no"), name="d.yaml").datasets["PAN.SNM.x"]
    assert (one.is_protected, one.may_leave, one.may_be_shown, one.protection) == (True, True, True, "headline-flows")
    assert one.mirror == MirrorOf("TRA_IRR", "CRI.X.y", "ENT_IRR", 3, 2)
    stays = read_datasets(document(public="no"), name="d.yaml").datasets["PAN.SNM.x"]
    assert (stays.is_protected, stays.may_leave, stays.mirror) == (False, False, None)
    public = read_datasets(document(extra), name="d.yaml").datasets["PAN.SNM.x"]
    assert (public.is_protected, public.may_leave) == (False, True)


@pytest.mark.parametrize("level", ["4", "x"])
def test_a_mirror_has_a_level_of_comparability(level: str) -> None:
    extra = f"    mirror: {{of: TRA_IRR, dataset: CRI.X.y, measure: ENT_IRR, level: {level}, tolerance: '2'}}\n"
    with pytest.raises(InvalidInput, match="from 0 to 3"):
        read_datasets(document(extra), name="d.yaml")
