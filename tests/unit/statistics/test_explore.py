"""The explorer answers side by side, refuses what must not be mixed, and says what cannot be chosen."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest

from istmo.model.errors import InvalidInput
from istmo.model.periods import Grain, Period, month, period
from istmo.registry.datasets import Dataset, dataset, datasets
from istmo.statistics.comparability import NotComparable, Operation, taken_together
from istmo.statistics.explore.answer import MOST_COLUMNS, Answer, answer, datasets_wanted
from istmo.statistics.explore.caveats import Weight, caveats, notes_of
from istmo.statistics.explore.demography import composition, periods_with_composition, with_composition
from istmo.statistics.explore.history import Version, history
from istmo.statistics.explore.holdings import Held, in_force, read_lines
from istmo.statistics.explore.mixing import compare_lines, line_name, require_lines, unit_name
from istmo.statistics.explore.origins import (
    GROUPS,
    REGIONS,
    is_origin,
    members_of,
    origin_name,
    read_origin,
    regions_of,
)
from istmo.statistics.explore.question import Catalogue, Mix, Question, address, measure_name, read_question
from istmo.statistics.wording import banned_words

from .frames import AUGUST, by_code, crosses, frame, marked_frame, of
from .reading import texts


def held_of(rows: pl.DataFrame) -> tuple[Held, ...]:
    return tuple(held for one in datasets().values() for held in read_lines(rows, one))


def catalogue_of(rows: pl.DataFrame, *, countries: Sequence[str] = ()) -> Catalogue:
    ids = {f"{a}.{b}.{c}" for a, b, c in rows.select("REPORTER", "AGENCY", "DATASET").unique().iter_rows()}
    return Catalogue(
        tuple(one for id_, one in datasets().items() if id_ in ids), month(2022, 1), AUGUST, tuple(countries)
    )


def ask(rows: pl.DataFrame, *, countries: Sequence[str] = (), **parameters: str) -> Answer:
    known = catalogue_of(rows, countries=countries)
    question = read_question({name: [value] for name, value in parameters.items()}, known)
    wanted = {one.id for one in datasets_wanted(question, known)}
    return answer(question, [one for one in held_of(rows) if one.line.dataset.id in wanted], known)


def shown(result: Answer) -> dict[str, dict[str, tuple[int | None, str]]]:
    return {
        column.id: {str(at): (figure.value, figure.status) for at, figure in column.figures.items()}
        for column in result.columns
    }


def titles(result: Answer) -> list[str]:
    return [one.title.es for one in caveats(result)]


# --- origins


def test_a_label_is_taken_only_if_it_means_one_origin() -> None:
    assert read_origin("Senegal") == read_origin("sen") == read_origin(" senegaleses ") == "SEN"
    assert read_origin("África") == read_origin("africa") == "AFRICA"
    assert read_origin("Extra-regional origin") == read_origin("extra") == "EXTRA"
    assert read_origin("Todas las nacionalidades") == "_T"
    assert read_origin("Congo (sin distinguir)") == "X_CONGO"
    with pytest.raises(InvalidInput) as ambiguous:
        read_origin("Congo")
    assert ambiguous.value.advice is not None
    assert "X_CONGO" in ambiguous.value.advice.es
    assert "COD" in ambiguous.value.advice.en
    with pytest.raises(InvalidInput) as near:
        read_origin("Venezuelaa")
    assert near.value.advice is not None
    assert "VEN" in near.value.advice.es
    with pytest.raises(InvalidInput) as nothing:
        read_origin("qqqq 7")
    assert nothing.value.advice is not None
    assert "lista" in nothing.value.advice.es


def test_regions_and_groups_share_no_code_with_nationalities_and_cover_them_all() -> None:
    assert not [code for code in (*REGIONS, *GROUPS) if members_of(code) == {code}]
    assert members_of("EXTRACONT") < members_of("EXTRA")
    assert members_of("SEN") == {"SEN"}
    assert members_of("EXTRA") | members_of("INTRA") | members_of("UNDET") == {
        code for region in REGIONS for code in members_of(region)
    }
    assert not members_of("EXTRA") & members_of("INTRA")
    assert regions_of("EXTRACONT") == ("AFRICA", "ASIA", "EUROPE", "OCEANIA")
    assert not is_origin("_Z")
    assert {origin_name(code).es for code in GROUPS}


# --- holdings


def test_a_dataset_that_is_not_public_at_its_source_is_not_read() -> None:
    rows = frame(of("CRI.DGME.permisos", "2023-08", 5))
    assert read_lines(rows, dataset("CRI.DGME.permisos")) == ()
    assert read_lines(rows, dataset("PAN.SNM.cuadro003")) == ()


def test_people_who_died_are_never_read_by_nationality() -> None:
    rows = frame(
        of("IOM.MMP.incidents", "2023-08", 3, CITIZENSHIP="HTI", COUNTERPART="PAN", ENTRY_MODE="RT_CENTRAL"),
        of("IOM.MMP.incidents", "2023-08", 2, CITIZENSHIP="_U", COUNTERPART="PAN", ENTRY_MODE="RT_CENTRAL"),
    )
    (held,) = read_lines(rows, dataset("IOM.MMP.incidents"))
    assert held.nationalities == {}
    assert held.total(AUGUST).value == 5
    assert held.figure("HTI", AUGUST).status == held.figure("AFRICA", AUGUST).status == "L"
    result = ask(rows, countries=["PAN"], reporter="IOM", country="PAN", origin="HTI")
    assert "OIM: solo por país y mes" in titles(result)


def test_a_month_in_which_no_incident_was_documented_is_zero_and_says_so() -> None:
    july = month(2023, 7)
    rows = frame(
        of("IOM.MMP.incidents", "2023-07", 3, COUNTERPART="PAN", ENTRY_MODE="RT_CENTRAL"),
        of("IOM.MMP.incidents", "2023-08", 2, COUNTERPART="MEX", ENTRY_MODE="RT_CENTRAL"),
        *by_code("HND.INM.flujo", "2023-07", {"VEN": 5}),
    )
    incidents = read_lines(rows, dataset("IOM.MMP.incidents"))
    held = {one.line.about: one for one in in_force([(incidents, frozenset({july, AUGUST}))])}
    assert (held["PAN"].total(AUGUST).value, held["MEX"].total(july).value) == (0, 0)
    assert held["PAN"].loads[AUGUST].vintage == "2023-09-08.1"
    assert held["PAN"].total(month(2023, 6)).status == "O"
    other = read_lines(rows, dataset("HND.INM.flujo"))
    (unchanged,) = in_force([(other, frozenset({july, AUGUST}))])
    assert unchanged.total(AUGUST).status == "O"
    assert "Un mínimo: lo que se documentó" in titles(ask(rows, countries=["PAN"], reporter="IOM", country="PAN"))


def test_what_two_countries_two_channels_or_two_units_report_to_an_organisation_is_apart() -> None:
    id_ = "UNHCR.UNHCR.asylum_applications"
    rows = frame(
        of(id_, "2022", 100, CITIZENSHIP="HTI", COUNTERPART="MEX", ENTRY_MODE="GOV_FI"),
        of(id_, "2022", 30, CITIZENSHIP="HTI", COUNTERPART="MEX", ENTRY_MODE="GOV_AR"),
        of(id_, "2022", 7, CITIZENSHIP="HTI", COUNTERPART="CRI", ENTRY_MODE="GOV_FI"),
        of(id_, "2022", 9, CITIZENSHIP="HTI", COUNTERPART="CRI", ENTRY_MODE="GOV_FI", UNIT="CASE"),
        of(id_, "2022", 4, CITIZENSHIP="CUB", COUNTERPART="CRI", ENTRY_MODE="GOV_FI"),
    )
    result = ask(rows, countries=["CRI", "MEX"], reporter="UNHCR", measure="ASY_APP", country="MEX,CRI", origin="HTI")
    values = {(c.line.about, c.line.channel, c.line.unit): c.figures[period("2022")].value for c in result.columns}
    assert values == {
        ("CRI", "GOV_FI", "PERSON_SOURCE"): 7,
        ("CRI", "GOV_FI", "CASE"): 9,
        ("MEX", "GOV_FI", "PERSON_SOURCE"): 100,
        ("MEX", "GOV_AR", "PERSON_SOURCE"): 30,
    }
    assert (result.months, result.years) == ((), (period("2022"),))
    assert {"Cifras publicadas por año", "ACNUR: cómo se cuenta"} <= set(titles(result))
    assert result.columns[0].shown(period("2021")).status == "L"
    lines = {(line.about, line.channel, line.unit): line for line in result.lines}
    fi, ar = lines["MEX", "GOV_FI", "PERSON_SOURCE"], lines["MEX", "GOV_AR", "PERSON_SOURCE"]
    cri, case = lines["CRI", "GOV_FI", "PERSON_SOURCE"], lines["CRI", "GOV_FI", "CASE"]
    assert [compare_lines(fi, other).level for other in (fi, cri, case, ar)] == [3, 2, 1, 0]
    assert unit_name(case).es != unit_name(cri).es
    assert line_name(ar).es == "ACNUR: México, Gobierno, revisión administrativa"
    require_lines([fi, cri], Operation.SUBTRACT)
    for pair, operation, rule in (
        ((fi, cri), Operation.ADD, "R1"),
        ((fi, cri), Operation.SHADE, "R1"),
        ((fi, ar), Operation.DIVIDE, "F42"),
        ((case, cri), Operation.SUBTRACT, "F42"),
    ):
        with pytest.raises(NotComparable) as refused:
            require_lines(pair, operation)
        assert refused.value.rule == rule


def test_applications_are_not_divided_by_decisions() -> None:
    rows = frame(
        *(
            of(id_, "2022", 10, CITIZENSHIP="HTI", COUNTERPART="MEX", ENTRY_MODE="GOV_FI")
            for id_ in ("UNHCR.UNHCR.asylum_applications", "UNHCR.UNHCR.asylum_decisions")
        )
    )
    result = ask(
        rows, countries=["MEX"], reporter="UNHCR", measure="ASY_APP,ASY_REC", country="MEX", origin="HTI", mix="ratio"
    )
    assert isinstance(result.refused, NotComparable)
    assert result.mixed is None


def test_a_period_is_taken_whole_from_the_load_in_force() -> None:
    first = read_lines(
        frame(*by_code("HND.INM.flujo", "2023-07", {"VEN": 5}), *by_code("HND.INM.flujo", "2023-08", {"VEN": 6})),
        dataset("HND.INM.flujo"),
    )
    second = read_lines(
        frame(*by_code("HND.INM.flujo", "2023-08", {"HTI": 9}, VINTAGE="2023-10-08.1")), dataset("HND.INM.flujo")
    )
    july = month(2023, 7)
    (joined,) = in_force([(first, frozenset({july})), (second, frozenset({AUGUST}))])
    assert joined.figure("VEN", july).value == 5
    assert joined.figure("VEN", AUGUST).value == 0
    assert joined.figure("HTI", AUGUST).value == 9
    assert joined.loads[AUGUST].vintage == "2023-10-08.1"
    assert in_force([(first, frozenset())]) == ()


def test_why_a_region_has_no_figure() -> None:
    rows = frame(
        *by_code("HND.INM.flujo", "2023-08", {"VEN": 6, "XXA": 1, "GHA": None}),
        *by_code("HND.INM.flujo", "2023-07", {"VEN": 6}),
        *by_code("PAN.SNM.cuadro003", "2023-08", {"VEN": 5, "_O": 2}),
        of("HND.INM.flujo", "2023-06", 3),
    )
    held = {one.line.reporter: one for one in held_of(rows)}
    hnd, pan = held["HND"], held["PAN"]
    assert [hnd.figure(code, AUGUST).status for code in ("ASIA", "UNKNOWN", "OTHER", "AFRICA")] == ["A", "L", "M", "O"]
    assert hnd.figure("ASIA", AUGUST).value == 0
    assert hnd.figure("STATELESS", month(2023, 7)).value == 0
    assert hnd.figure("EXTRA", AUGUST).status == "O"
    assert hnd.figure("UNDET", month(2023, 7)).value == 0
    assert hnd.figure("ASIA", month(2023, 6)).status == "L"
    assert hnd.figure("ASIA", month(2023, 5)).status == hnd.figure("_T", month(2023, 5)).status == "O"
    assert [pan.figure(code, AUGUST).value for code in ("SOUTH_AM", "OTHER", "EXTRA", "UNDET")] == [5, 2, 5, 2]
    assert pan.figure("ASIA", AUGUST).status == "L"
    assert pan.figure("PAN", AUGUST).status == "M"


def test_figures_taken_together_keep_the_reason_of_one_that_is_missing() -> None:
    (held,) = held_of(frame(*by_code("PAN.SNM.cuadro003", "2023-08", {"VEN": 5}, OBS_STATUS="P")))
    figure = held.figure("VEN", AUGUST)
    assert taken_together(held.series, [figure, figure]).status == "P"
    gap = held.figure("PAN", AUGUST)
    assert taken_together(held.series, [gap]).status == "M"


def test_a_node_that_is_absent_is_read_from_its_parts_and_an_absent_part_is_not_zero_beside_its_node() -> None:
    rows = frame(*by_code("HND.INM.flujo", "2023-08", {"COD": 4, "COG": 3, "X_GUINEA": 2, "VEN": 1}))
    (held,) = held_of(rows)
    assert held.figure("X_CONGO", AUGUST).value == 7
    assert held.figure("GIN", AUGUST).status == "L"
    assert held.figure("NPL", AUGUST).value == 0


def test_two_measures_of_one_reporter_are_named_once_and_a_list_without_residual_has_no_upper_bound() -> None:
    rows = frame(
        *by_code("HND.INM.flujo", "2023-08", {"X_GUINEA": 2}),
        of("MEX.UPMRIP.3.2.4", "2023-08", 2),
        of("MEX.UPMRIP.3.2.4", "2023-08", 3, MEASURE="RET_ASS"),
    )
    result = ask(rows, reporter="HND,MEX", measure="corridor,DEPORT,RET_ASS", origin="GIN")
    said = {one.title.es: one.text.es for one in caveats(result)}
    assert said["Unidades distintas"] == "Honduras: registros de persona; México: eventos."
    assert said["Honduras: ausente no es cero"].endswith("no es cero.")


# --- questions


def test_two_ways_of_asking_the_same_have_one_address(region: pl.DataFrame) -> None:
    known = catalogue_of(region)
    asked = read_question(
        {"reporter": ["mex", "PAN,HND"], "origin": ["Senegal", "VEN"], "last": ["2023-08"], "mix": ["apart"]}, known
    )
    same = read_question({"origin": ["VEN,SEN"], "reporter": ["HND", "PAN", "MEX"]}, known)
    assert asked == same
    assert address(asked) == (
        "reporter=PAN,HND,MEX&measure=corridor&origin=SEN,VEN&first=2022-08&last=2023-08&mix=apart"
    )
    assert "as_of=2023-09-18.3" in address(replace(asked, as_of="2023-09-18.3"))


def test_what_is_not_said_is_what_a_reader_most_likely_means(region: pl.DataFrame) -> None:
    known = catalogue_of(region)
    assert read_question({}, known).wanted == tuple((code, "corridor") for code in ("PAN", "HND", "MEX", "USA"))
    assert read_question({"measure": ["RET_REC"]}, known).reporters == ("GTM",)
    assert read_question({"reporter": ["GTM"]}, known).measures == ("RET_REC",)
    assert read_question({"reporter": ["GTM", "PAN"]}, known).measures == ("corridor", "RET_REC")
    year = read_question({"first": ["2022"], "last": ["2022"]}, known)
    assert (year.first, year.last) == (month(2022, 1), month(2022, 12))
    quarter = read_question({"first": ["2022-Q2"], "last": ["2022-Q3"]}, known)
    assert (quarter.first, quarter.last) == (month(2022, 4), month(2022, 9))
    assert read_question({"first": ["2024-01"]}, known).last == month(2024, 1)
    organisations = Catalogue((dataset("UNHCR.UNHCR.population"),), AUGUST, AUGUST, ("MEX",))
    assert read_question({"country": ["MEX"]}, organisations).wanted == (("UNHCR", "ASY_PEN"),)


@pytest.mark.parametrize(
    ("parameters", "place", "advice"),
    [
        ({"reporter": ["SLV"]}, "reporter", "Panamá (PAN)"),
        ({"measure": ["XYZ"]}, "measure", "corredor"),
        ({"reporter": ["PAN"], "measure": ["RET_REC"]}, "measure", "TRA_IRR"),
        ({"reporter": ["PAN"], "measure": ["corridor,RET_REC"]}, "reporter", "Guatemala (GTM)"),
        ({"mix": ["sum"]}, "mix", "share"),
        ({"first": ["2023-08"], "last": ["2023-01"]}, "first, last", "anterior"),
        ({"first": ["1950-01"]}, "first, last", "partes"),
        ({"first": ["2023-13"]}, "", "2023-08"),
    ],
)
def test_an_impossible_choice_is_answered_with_what_can_be_chosen(
    region: pl.DataFrame, parameters: dict[str, list[str]], place: str, advice: str
) -> None:
    with pytest.raises(InvalidInput) as impossible:
        read_question(parameters, catalogue_of(region))
    assert impossible.value.place == place
    assert impossible.value.advice is not None
    assert advice in impossible.value.advice.es


def test_an_organisation_is_asked_about_a_country_each() -> None:
    known = Catalogue((dataset("UNHCR.UNHCR.population"),), AUGUST, AUGUST, ("MEX", "PAN"))
    with pytest.raises(InvalidInput) as impossible:
        read_question({"reporter": ["UNHCR"]}, known)
    assert impossible.value.place == "country"
    assert measure_name("corridor").es != measure_name("ASY_PEN").es


def test_more_columns_than_a_page_can_show_are_refused(region: pl.DataFrame) -> None:
    many = ",".join(sorted(members_of("AFRICA"))[: MOST_COLUMNS // 4 + 1])
    with pytest.raises(InvalidInput, match="up to 48"):
        ask(region, origin=many)


# --- answers


def test_the_columns_stand_side_by_side_with_their_reasons(region: pl.DataFrame) -> None:
    result = ask(region, origin="SEN", first="2022-08", last="2023-08")
    cells = shown(result)
    assert cells["PAN.TRA_IRR.REGISTRATION.SEN"]["2022-12"] == (5, "A")
    assert cells["PAN.TRA_IRR.REGISTRATION.SEN"]["2023-01"] == (None, "L")
    assert cells["HND.ENT_IRR.REGISTRATION.SEN"]["2023-08"] == (150, "A")
    assert cells["HND.ENT_IRR.REGISTRATION.SEN"]["2023-01"] == (None, "O")
    assert cells["USA.ENCOUNTER.EVENT.SEN"]["2023-08"] == (None, "L")
    said = {one.title.es: one for one in caveats(result)}
    assert said["Panamá: ausente no es cero"].weight is Weight.WARN
    assert "reúne 7 en agosto de 2023" in said["Panamá: ausente no es cero"].text.es
    assert "Panamá: ruptura en enero de 2023" in said
    assert "Honduras: no reportado aún" in said
    assert said["Unidades distintas"].text.es.startswith("Panamá y Honduras: registros de persona; ")
    assert {"Las columnas no se suman", "Nacionalidad según la fuente"} <= set(said)
    weights = [one.weight for one in caveats(result)]
    assert weights == sorted(weights, key=list(Weight).index)
    assert result.last == AUGUST
    panama = result.columns[0]
    assert (panama.shown(month(2001, 1)).status, panama.shown(AUGUST)) == ("O", panama.figures[AUGUST])
    assert panama.load(AUGUST) == panama.loads[0]
    assert panama.loads[0].vintage == "2023-09-08.1"
    assert len(result.of_grain(Grain.MONTH)) == 4
    assert result.of_grain(Grain.YEAR) == ()
    assert [level.level for _, _, level in result.pairs][:2] == [2, 1]
    assert not [text for one in caveats(result) for each in texts(one) for text in banned_words(each.es)]


def test_each_cell_says_what_must_be_known_of_it(region: pl.DataFrame) -> None:
    result = ask(region, origin="SEN,SOUTH_AM,_T", reporter="PAN", last="2023-08")
    notes = {
        column.origin: [note.es for note in notes_of(column, at)]
        for column in result.columns
        for at in [month(2023, 1)]
    }
    assert any("Mauritania" in note for note in notes["SEN"])
    assert any("no es cero" in note for note in notes["SEN"])
    assert any(note.startswith("Valor mínimo") for note in notes["SOUTH_AM"])
    assert notes["_T"] == ["Total sumado aquí dentro de este conjunto de datos; la fuente no lo imprime."]
    assert {"Panamá: valores mínimos", "Panamá: cifras provisionales"} <= set(titles(result))
    (own,) = ask(region, origin="PAN", reporter="PAN").columns
    assert notes_of(own, month(2001, 1)) == ()
    assert "Panamá: sus propios nacionales" in titles(ask(region, origin="PAN", reporter="PAN"))


def test_the_best_ranked_dataset_that_can_answer_is_read(region: pl.DataFrame) -> None:
    assert [one.line.dataset.id for one in ask(region, reporter="PAN").columns] == ["PAN.SNM.cuadro003"]
    only_totals = frame(of("PAN.SNM.cuadro003", "2023-07", 9), *by_code("PAN.SNM.gdi_nat", "2023-07", {"VEN": 9}))
    assert [one.line.dataset.id for one in ask(only_totals, reporter="PAN", origin="VEN").columns] == [
        "PAN.SNM.gdi_nat"
    ]


def test_a_reporter_that_holds_nothing_in_the_window_is_named(region: pl.DataFrame) -> None:
    result = ask(region, first="2022-07", last="2022-07")
    assert result.silent == (("HND", "corridor"), ("MEX", "corridor"), ("USA", "corridor"))
    assert "Honduras: sin cifras" in titles(result)
    of_measure = ask(region, reporter="GTM", first="2022-01", last="2022-02")
    assert of_measure.columns == ()
    assert of_measure.last is None
    assert any("Nacionales retornados" in one.text.es for one in caveats(of_measure))


def test_a_year_published_as_a_year_is_not_split_into_months() -> None:
    rows = frame(
        *by_code("PAN.SNM.gdi_nat", "2019", {"VEN": 90}),
        *by_code("PAN.SNM.gdi_nat", "2020-01", {"VEN": 9}),
        of("UNHCR.UNHCR.population", "2022", 5, COUNTERPART="PAN"),
    )
    result = ask(rows, reporter="PAN", first="2019-06", last="2020-02")
    assert (result.years, result.months) == ((period("2019"),), (month(2020, 1), month(2020, 2)))
    (column,) = result.columns
    assert column.figures[period("2019")].value == 90
    assert column.figures[month(2020, 2)].status == "O"
    stock = ask(rows, countries=["PAN"], reporter="UNHCR", measure="ASY_PEN", country="PAN", last="2022")
    assert "Existencias a una fecha" in titles(stock)


def test_shares_are_of_the_own_total_and_a_difference_needs_level_two(region: pl.DataFrame) -> None:
    shares = ask(region, origin="VEN", reporter="HND", mix="share")
    assert shares.columns[0].shares[AUGUST] == pytest.approx(100 * 800 / 1076)
    difference = ask(region, origin="VEN", reporter="PAN,HND", mix="difference")
    assert difference.mixed is not None
    assert difference.mixed.values[AUGUST] == difference.columns[0].figures[AUGUST].value - 800  # type: ignore[operator]
    assert difference.mixed.values[month(2023, 1)] is None
    assert difference.mixed.comparability.level == 2
    ratio = ask(region, origin="CUB,VEN", reporter="PAN", mix="ratio")
    assert ratio.mixed is not None
    assert ratio.mixed.values[AUGUST] == pytest.approx(100 * 3 / 1130)
    small = ask(region, origin="HTI,CUB", reporter="PAN", mix="ratio")
    assert small.mixed is not None
    assert [column.origin for column in small.columns] == ["CUB", "HTI"]
    assert small.mixed.values[AUGUST] is None  # the base, 29, is under 30


@pytest.mark.parametrize(
    ("reporters", "mix", "rule", "words"),
    [
        ("HND,MEX", "difference", "F42", "Nivel 1"),
        ("PAN,USA", "ratio", "F42", "Nivel 0"),
        ("PAN,HND", "scale", "R1", "un mismo corredor"),
        ("PAN,HND,MEX", "difference", "F52", "dos series"),
    ],
)
def test_what_must_not_be_mixed_is_refused_with_the_reason(
    region: pl.DataFrame, reporters: str, mix: str, rule: str, words: str
) -> None:
    result = ask(region, reporter=reporters, mix=mix)
    assert result.refused is not None
    assert result.refused.rule == rule
    assert words in result.refused.message.es
    assert result.mixed is None
    assert len(result.columns) == len(reporters.split(","))


def test_one_scale_is_for_series_of_one_line(region: pl.DataFrame) -> None:
    assert ask(region, reporter="HND", origin="VEN,SEN", mix="scale").refused is None


def test_no_number_of_an_answer_is_a_sum_over_reporters() -> None:
    rows = marked_frame()
    for origins in ("_T", "VEN,SEN", "EXTRA,INTRA,UNDET", ",".join(REGIONS[:8])):
        for mix in ("apart", "share", "scale"):
            result = ask(rows, origin=origins, mix=mix)
            values = [one.value or 0 for column in result.columns for one in column.figures.values()]
            assert not [value for value in values if crosses(value)]
            assert len({(c.line.reporter, c.line.dataset.id, c.line.unit, c.origin) for c in result.columns}) == len(
                result.columns
            )


# --- sex and age; revisions


def test_sex_and_age_are_as_the_source_says_and_single_adults_are_not_all_adults(region: pl.DataFrame) -> None:
    found = {one.held.line.dataset.id: one for one in with_composition(held_of(region), AUGUST)}
    panama = found["PAN.SNM.cuadro002"]
    assert [(row.age, {sex: one.value for sex, one in row.by_sex.items()}) for row in panama.ages] == [
        ("Y_LT18", {"M": 250, "F": 250}),
        ("Y_GE18", {"M": 600, "F": 400}),
    ]
    assert panama.total.value == 1500
    mexico = found["MEX.UPMRIP.3.1.3"]
    assert [(row.age, row.by_sex["F"].value) for row in mexico.ages] == [
        ("Y_LT12", 78),
        ("Y12T17", 60),
        ("Y_GE18", 700),
    ]
    states = found["USA.CBP.nationwide"]
    assert states.ages == ()
    assert [(code, one.value) for code, one in states.with_whom] == [("SINGLE", 2850), ("FAM", 1900), ("UNACC", 950)]
    assert "MEX.UPMRIP.3.1.1" not in found
    assert max(periods_with_composition(held_of(region))) == AUGUST
    assert composition(panama.held, month(2001, 1)).figures == ()


def test_another_sex_has_no_bar_and_men_of_all_ages_are_a_row_of_their_own() -> None:
    rows = frame(
        of("PAN.SNM.cuadro002", "2022-08", 5, SEX="M"),
        of("PAN.SNM.cuadro002", "2022-08", 4, SEX="F"),
        of("PAN.SNM.cuadro002", "2022-08", 1, SEX="_O"),
    )
    (held,) = held_of(rows)
    made = composition(held, month(2022, 8))
    assert [(row.age, {sex: one.value for sex, one in row.by_sex.items()}) for row in made.ages] == [
        ("_T", {"M": 5, "F": 4})
    ]


def version(name: str, at: dict[str, int | None], one: Dataset) -> Version:
    from datetime import date

    rows = frame(*(of(one.id, text, value, VINTAGE=name) for text, value in at.items()))
    (held,) = read_lines(rows, one)
    return Version(name, date.fromisoformat(name[:10]), "f" * 64, f"{one.id}@1.0.0", held)


def test_a_revised_period_keeps_everything_that_was_said_of_it() -> None:
    one = dataset("HND.INM.flujo")
    versions = [
        version("2023-08-08.1", {"2023-07": 5}, one),
        version("2023-09-08.1", {"2023-07": 8, "2023-08": 6}, one),
        version("2023-10-08.1", {"2023-09": None}, one),
    ]
    july, september = month(2023, 7), month(2023, 9)
    periods: dict[str, frozenset[Period]] = {
        "2023-08-08.1": frozenset({july, month(2022, 1)}),
        "2023-09-08.1": frozenset({july, AUGUST}),
        "2023-10-08.1": frozenset({september}),
    }
    revised, new, empty = history(versions, "_T", periods)
    assert (revised.period, revised.changed, revised.difference) == (july, True, 3)
    assert [one.figure.value for one in revised.told] == [5, 8]
    assert (revised.first.version.vintage, revised.now.version.vintage) == ("2023-08-08.1", "2023-09-08.1")
    assert (new.changed, new.difference) == (False, 0)
    assert empty.difference is None
    assert history(versions[:1], "_T", {}) == ()


def test_every_way_of_showing_series_has_a_name() -> None:
    assert len({mix.label.es for mix in Mix} | {mix.label.en for mix in Mix}) == 2 * len(Mix)
    question = Question(("PAN",), ("corridor",), ("_T",), AUGUST, AUGUST)
    assert address(question) == "reporter=PAN&measure=corridor&origin=_T&first=2023-08&last=2023-08&mix=apart"
