"""What international organisations publish about States: asylum by year, deaths and disappearances by month."""

from datetime import date

import polars as pl
import pytest

from istmo.model.periods import month
from istmo.registry.datasets import dataset, datasets, is_organisation, organisations
from istmo.statistics.brief.asylum import NOT_EXACT, SMALL_COUNTS
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.deaths import LISTS, NO_INCIDENT
from istmo.statistics.brief.values import Brief
from istmo.statistics.checks import cross_checks, revision_checks
from istmo.statistics.comparability import (
    Figure,
    NotComparable,
    Series,
    about,
    added,
    difference,
    one_scale,
    ranked,
)
from istmo.statistics.margins import margin
from istmo.statistics.publication import (
    observations_for_publication,
    organisation_revisions,
    organisations_for_publication,
)
from istmo.statistics.series_figures import read_series
from istmo.statistics.vintages import revisions

from .frames import AUGUST, Row, by_code, edition, frame, of
from .reading import cells, notes_of, rows, texts

APPLIED, DECIDED = "UNHCR.UNHCR.asylum_applications", "UNHCR.UNHCR.asylum_decisions"
PENDING, DEATHS = "UNHCR.UNHCR.population", "IOM.MMP.incidents"
PAN = by_code("PAN.SNM.cuadro003", "2023-08", {"VEN": 5})
ON = date(2023, 9, 18)


def applied(year: str, country: str, figures: dict[str, int], channel: str = "GOV_FI", **other: object) -> list[Row]:
    return by_code(APPLIED, year, figures, COUNTERPART=country, ENTRY_MODE=channel, **other)


def decided(year: str, country: str, outcomes: dict[str, int], **other: object) -> list[Row]:
    place = {"CITIZENSHIP": "HTI", "COUNTERPART": country, "ENTRY_MODE": "GOV_FI", **other}
    return [of(DECIDED, year, value, MEASURE=measure, **place) for measure, value in outcomes.items()]


def lost(at: str, country: str, figures: dict[str, int], route: str = "RT_CENTRAL") -> list[Row]:
    return by_code(DEATHS, at, figures, COUNTERPART=country, ENTRY_MODE=route)


def compiled(*given: Row, at: object = AUGUST, **other: object) -> Brief:
    return compile_brief(frame(*given), edition=edition(at), on=ON, **other)  # type: ignore[arg-type]


def table_ids(brief: Brief) -> list[str]:
    return [table.id for table in brief.tables]


# Asylum


def test_the_last_whole_year_before_the_month_is_shown_beside_the_one_before_it() -> None:
    years = [
        row
        for year, value in (("2021", 30), ("2022", 50), ("2023", 70))
        for row in applied(year, "CRI", {"NIC": value})
    ]
    brief = compiled(*PAN, *years)
    assert rows(brief.table("T8"))["CRI.ASY_APP.GOV_FI.PERSON_SOURCE"] == ["50e", "30e", "+20e"]
    assert brief.table("T8").title.es.startswith("Asilo en 2022")
    december = compiled(*by_code("PAN.SNM.cuadro003", "2023-12", {"VEN": 5}), *years, at=month(2023, 12))
    assert rows(december.table("T8"))["CRI.ASY_APP.GOV_FI.PERSON_SOURCE"][0] == "70e"
    assert "T8B" not in table_ids(brief)


def test_a_year_that_is_not_over_is_not_shown_alone() -> None:
    brief = compiled(*PAN, *applied("2023", "CRI", {"NIC": 5}))
    assert brief.table("T8").missing is not None


def test_authorities_instances_stages_and_units_are_rows_of_their_own() -> None:
    brief = compiled(
        *PAN,
        *applied("2022", "USA", {"HTI": 40, "CUB": 5}, "GOV_IN"),
        *applied("2022", "USA", {"HTI": 60}, "GOV_EO"),
        *applied("2022", "USA", {"HTI": 9}, "GOV_AR", MEASURE="ASY_APP_REV"),
        *applied("2022", "PAN", {"HTI": 12}, UNIT="CASE"),
        *applied("2021", "PAN", {"HTI": 10}),
        *by_code(PENDING, "2022", {"HTI": 5, "CUB": 0}, COUNTERPART="PAN"),
    )
    table = brief.table("T8")
    found = rows(table)
    assert list(found) == [
        "PAN.ASY_APP.GOV_FI.PERSON_SOURCE",
        "PAN.ASY_APP.GOV_FI.CASE",
        "PAN.ASY_PEN._T.PERSON",
        "USA.ASY_APP.GOV_IN.PERSON_SOURCE",
        "USA.ASY_APP.GOV_EO.PERSON_SOURCE",
        "USA.ASY_APP_REV.GOV_AR.PERSON_SOURCE",
    ]
    assert found["USA.ASY_APP.GOV_IN.PERSON_SOURCE"] == ["45e", "n/d", "n/d"]
    assert found["PAN.ASY_APP.GOV_FI.CASE"] == ["12e", "n/d", "n/d"]
    assert found["PAN.ASY_APP.GOV_FI.PERSON_SOURCE"] == ["n/d", "10e", "n/d"]
    assert notes_of(table, "T8.PAN.ASY_APP.GOV_FI.CASE.P") == [
        "Panamá, 2021: la fuente da esta cifra en otra unidad (personas); no se compara."
    ]
    assert notes_of(table, "T8.USA.ASY_APP.GOV_IN.PERSON_SOURCE.P") == []
    details = {row.id: row.detail.en for row in table.rows if row.detail}
    assert details["USA.ASY_APP.GOV_IN.PERSON_SOURCE"].endswith("(USCIS); persons; 2 origins, 1 with a printed 5")
    assert details["PAN.ASY_PEN._T.PERSON"] == "Persons at 31 December; 1 origin, 1 with a printed 5"
    assert details["PAN.ASY_APP.GOV_FI.PERSON_SOURCE"] == "Government, first instance; persons"
    assert "1 origen, 0 con un 5 impreso" in [row.detail.es for row in table.rows if row.detail][1]


def test_every_figure_on_asylum_says_that_it_is_not_exact() -> None:
    brief = compiled(*PAN, *applied("2022", "CRI", {"NIC": 50}), *decided("2022", "CRI", {"ASY_REC": 5, "ASY_CLO": 0}))
    for id_ in ("T8", "T8B"):
        table = brief.table(id_)
        counts = [
            cell for row in table.rows for cell in row.cells if cell.kind.value == "count" and cell.value is not None
        ]
        assert counts
        assert {cell.status for cell in counts} == {"E"}
        assert all(NOT_EXACT.es in notes_of(table, cell.id) for cell in counts)


def test_decisions_stand_by_outcome_and_are_never_divided() -> None:
    brief = compiled(
        *PAN,
        *applied("2022", "MEX", {"HTI": 100}),
        *decided("2022", "MEX", {"ASY_REC": 60, "ASY_COMP": 30, "ASY_REJ": 5, "ASY_CLO": 10}),
        *decided("2021", "CRI", {"ASY_REC": 7}),
    )
    table = brief.table("T8B")
    assert rows(table) == {"MEX.GOV_FI.PERSON_SOURCE": ["60e", "30e", "5e", "10e"]}
    assert table.rows[0].detail is not None
    assert table.rows[0].detail.es == "Personas; 4 cifras por origen, 1 con un 5 impreso"
    assert {cell.kind.value for row in table.rows for cell in row.cells} == {"count"}
    only = compiled(*PAN, *decided("2022", "MEX", {"ASY_REC": 60}))
    assert rows(only.table("T8B"))["MEX.GOV_FI.PERSON_SOURCE"] == ["60e", "n/d", "n/d", "n/d"]
    assert not [table for table in only.tables if table.id == "T8" and not table.missing]


def test_how_far_two_countries_may_be_read_beside_each_other_is_said_with_its_reason() -> None:
    brief = compiled(
        *PAN,
        *applied("2022", "PAN", {"HTI": 12}, UNIT="CASE"),
        *applied("2022", "CRI", {"HTI": 12}),
        *applied("2022", "MEX", {"HTI": 12}),
        *applied("2022", "GTM", {"HTI": 12}, "GOV_FA"),
    )
    levels = [note.text.es for note in brief.table("T8").notes if note.text.es.startswith("Comparabilidad")]
    assert "nivel 2, el mismo concepto y unidad, otra cobertura: CRI-GTM y 2 pares más de países" in levels[0]
    assert "gobierno, primera instancia y recursos juntos" in levels[0]
    assert "nivel 1" in levels[1]
    assert "PAN-CRI y 2 pares más de países" in levels[1]
    assert "PAN cuenta casos y CRI, personas" in levels[1]
    two = compiled(*PAN, *applied("2022", "CRI", {"HTI": 12}), *applied("2022", "MEX", {"HTI": 12}))
    (one,) = [note.text.en for note in two.table("T8").notes if note.text.en.startswith("Comparability")]
    assert "other coverage: CRI-MEX. Same concept" in one


def test_one_pair_more_is_singular() -> None:
    given = [row for country in ("CRI", "MEX") for row in applied("2022", country, {"HTI": 12})]
    brief = compiled(*PAN, *given, *applied("2022", "PAN", {"HTI": 12}, UNIT="CASE"))
    levels = [note.text.en for note in brief.table("T8").notes if "level 1" in note.text.en]
    assert "PAN-CRI and 1 more pair of countries" in levels[0]


def test_only_members_stand_in_the_asylum_tables() -> None:
    brief = compiled(*PAN, *applied("2022", "CRI", {"NIC": 9}), *applied("2022", "COL", {"VEN": 900}))
    assert list(rows(brief.table("T8"))) == ["CRI.ASY_APP.GOV_FI.PERSON_SOURCE"]


def test_no_number_of_the_brief_is_a_sum_over_countries_of_asylum() -> None:
    marks = {"CRI": 10**3, "MEX": 10**6, "CAN": 10**9, "BLZ": 10**12}
    given = [
        row
        for country, mark in marks.items()
        for year, times in (("2021", 1), ("2022", 2))
        for row in (
            *applied(year, country, {"HTI": 11 * times * mark, "CUB": 22 * times * mark}),
            *applied(year, country, {"HTI": 11 * times * mark}, "GOV_AR", MEASURE="ASY_APP_REV"),
            *decided(year, country, {"ASY_REC": 11 * times * mark, "ASY_REJ": 22 * times * mark}),
        )
    ]
    brief = compiled(*PAN, *given)
    values = [abs(int(cell.value)) for cell in cells(brief).values() if isinstance(cell.value, int)]
    crossed = [value for value in values if sum(bool(value // mark % 1000) for mark in marks.values()) > 1]
    assert len(values) > 20
    assert crossed == []
    held = organisations_for_publication(frame(*given), AUGUST)
    assert [v for v in held["OBS_VALUE"] if sum(bool(v // mark % 1000) for mark in marks.values()) > 1] == []


# Deaths and disappearances

WINDOW = [f"2022-{number:02d}" for number in range(8, 13)] + [f"2023-{number:02d}" for number in range(1, 9)]


def a_year() -> list[Row]:
    """One person a month in Mexico, and in August 2023 also others."""
    monthly = [row for at in WINDOW for row in lost(at, "MEX", {"HND": 1})]
    return [
        *monthly,
        *lost("2023-08", "PAN", {"VEN": 2, "_U": 3, "_MULTI": 18}),
        *lost("2023-08", "COL", {"HTI": 4}, "RT_SOUTH"),
        *lost("2023-08", "GRC", {"SYR": 50}, "RT_OTHER"),
    ]


def test_the_people_of_the_month_stand_by_country_by_route_and_by_whether_their_nationality_is_known() -> None:
    brief = compiled(*PAN, *a_year())
    table = brief.table("T7B")
    assert rows(table) == {
        "T7B._T": ["28", "1", "1", "39"],
        "PAN": ["23", "0", "0", "23"],
        "MEX": ["1", "1", "1", "12"],
        "OTHER": ["4", "0", "0", "4"],
        "RT_CENTRAL": ["24", "1", "1", "35"],
        "RT_SOUTH": ["4", "0", "0", "4"],
        "KNOWN": ["7", "1", "1", "18"],
        "SEVERAL": ["18", "0", "0", "18"],
        "UNKNOWN": ["3", "0", "0", "3"],
    }
    assert (
        table.title.es
        == "Al menos 28 personas murieron o desaparecieron en rutas migratorias de América en agosto de 2023"
    )
    assert notes_of(table, "T7B.PAN.P") == [NO_INCIDENT.es]
    assert notes_of(table, "T7B.SEVERAL") == [LISTS.es]
    assert notes_of(table, "T7B.SEVERAL.P") == notes_of(table, "T7B.UNKNOWN.P") == []


def test_a_month_that_the_source_does_not_hold_is_not_reported_never_zero() -> None:
    brief = compiled(*PAN, *lost("2023-08", "MEX", {"HND": 7}))
    assert rows(brief.table("T7B"))["MEX"] == ["7", "n/d", "n/d", "n/d"]
    assert "T7B" not in table_ids(compiled(*PAN, *lost("2023-07", "MEX", {"HND": 7})))


def test_nationality_is_never_crossed_with_a_country_or_a_route() -> None:
    brief = compiled(*PAN, *a_year())
    written = " ".join(text.es for text in texts(brief.table("T7B")))
    assert "Honduras" not in written
    assert "Haití" not in written
    assert "Venezuela" not in written


@pytest.mark.parametrize(
    ("given", "es", "en"),
    [
        (
            lost("2023-08", "MEX", {"HND": 1}),
            "Al menos 1 persona murió o desapareció",
            "At least 1 person died or went",
        ),
        (lost("2023-08", "GRC", {"SYR": 9}), "La OIM no documentó personas fallecidas", "IOM documented nobody dead"),
    ],
)
def test_the_title_agrees_in_number_and_says_when_nobody_is_documented(given: list[Row], es: str, en: str) -> None:
    title = compiled(*PAN, *given).table("T7B").title
    assert title.es.startswith(es)
    assert title.en.startswith(en)


def test_the_people_lost_are_a_key_message_where_there_is_room() -> None:
    brief = compiled(*PAN, *a_year())
    (sentence,) = [one for one in brief.sentences if "murieron" in one.text.es]
    assert sentence.text.en == (
        "At least 28 people died or went missing on migration routes of the Americas in August 2023, according to IOM."
    )
    assert sentence.cells == ("T7B._T", "T7B._T.12")
    assert sentence.detail is not None
    assert sentence.detail.es == "Es un mínimo; en los doce meses hasta agosto de 2023 llega a 39."
    alone = compiled(*PAN, *lost("2023-08", "MEX", {"HND": 7}))
    (short,) = [one for one in alone.sentences if "murieron" in one.text.es]
    assert (short.cells, short.detail) == (("T7B._T",), None)
    nobody = compiled(*PAN, *lost("2023-08", "GRC", {"SYR": 9}))
    assert not [one for one in nobody.sentences if "OIM" in one.text.es]


def test_no_word_of_these_tables_stigmatises() -> None:
    brief = compiled(*PAN, *a_year(), *applied("2022", "CRI", {"NIC": 50}), *decided("2022", "CRI", {"ASY_REC": 5}))
    for id_ in ("T7B", "T8", "T8B"):
        for text in texts(brief.table(id_)):
            both = f"{text.es} {text.en}".lower()
            assert not [
                word
                for word in ("ilegal", "illegal", "alien", "oleada", "avalancha", "cadáver", "víctima")
                if word in both
            ]


# Around them


def test_what_organisations_publish_is_told_beside_the_coverage_and_does_not_count_in_it() -> None:
    brief = compiled(*PAN, *a_year(), *applied("2022", "CRI", {"NIC": 50}))
    (note,) = [note.text for note in brief.table("T1").notes if "organizaciones" in note.text.es]
    assert "el asilo de 2022 según el ACNUR (T8 y T8B) y las muertes y desapariciones hasta agosto de 2023" in note.es
    assert "do not count in the coverage" in note.en
    assert rows(brief.table("T1"))["CRI"][0] == "n/c"
    assert brief.table("T1").title.es == "Uno de once miembros informó la medida del corredor"
    heads = [head.en for head, _ in brief.methods]
    assert any(head.startswith("UNHCR: ") for head in heads)
    assert any(head.startswith("IOM: ") for head in heads)
    assert brief.table("T8").sources[0].es.startswith("ACNUR: UNHCR Refugee Population Statistics Database (CC BY 4.0)")


def test_without_them_the_brief_says_that_they_are_not_collected() -> None:
    brief = compiled(*PAN)
    assert brief.table("T8").missing is not None
    assert "fallecimientos" in str(brief.table("T7").missing)
    assert not [note for note in brief.table("T1").notes if "organizaciones" in note.text.es]
    with_deaths = compiled(*PAN, *a_year())
    assert "fallecimientos" not in str(with_deaths.table("T7").missing)
    assert with_deaths.table("T8").missing is not None


def test_figures_of_an_organisation_that_is_not_public_at_source_are_left_out_and_named() -> None:
    known = {id_: one for id_, one in datasets().items() if id_ != DEATHS}
    brief = compiled(*PAN, *a_year(), datasets=known)
    assert "T7B" not in table_ids(brief)
    assert any(DEATHS in text.es for _, text in brief.methods)


def test_a_margin_is_never_taken_over_the_countries_or_the_instances_of_an_organisation() -> None:
    given = frame(
        *applied("2022", "CRI", {"NIC": 10, "CUB": 5}),
        *applied("2022", "MEX", {"HTI": 20}),
        *applied("2022", "MEX", {"HTI": 7}, "GOV_AR"),
        *by_code("GTM.IGM.retornados", "2022-08", {"GTM": 3}, COUNTERPART="MEX"),
        *by_code("GTM.IGM.retornados", "2022-08", {"GTM": 4}, COUNTERPART="USA"),
    )
    for keep in ((), ("CITIZENSHIP",), ("COUNTERPART",), ("ENTRY_MODE",)):
        found = margin(given, keep=keep).filter(pl.col("REPORTER") == "UNHCR")
        by = found.group_by("COUNTERPART", "ENTRY_MODE").agg(pl.col("OBS_VALUE").sum()).sort("OBS_VALUE")
        assert by["OBS_VALUE"].to_list() == [7, 15, 20]
    of_guatemala = margin(given).filter(pl.col("REPORTER") == "GTM")
    assert of_guatemala.select("OBS_VALUE", pl.col("COUNTERPART").cast(pl.String)).rows() == [(7, "_T")]
    alone = margin(given.filter(pl.col("REPORTER") == "UNHCR"))
    assert sorted(alone["OBS_VALUE"]) == [7, 15, 20]


def _of(area: str) -> Series:
    base = dataset(APPLIED)
    return Series(about(base, area, unit=base.unit, unit_name=base.unit_name, coverage=base.coverage), "ASY_APP")


def test_asylum_of_two_countries_is_never_added_ranked_or_shaded_together() -> None:
    canada, belize = Figure(_of("CAN"), 10), Figure(_of("BLZ"), 4)
    for mix in (added, one_scale):
        with pytest.raises(NotComparable) as caught:
            mix([canada, belize])
        assert caught.value.rule == "R1"
        assert "dos países" in caught.value.message.es
    with pytest.raises(NotComparable):
        ranked([("CAN", canada), ("BLZ", belize)])
    assert difference(canada, Figure(_of("CAN"), 4)) == 6
    assert added([canada, Figure(_of("CAN"), 4)]) == 14


# Given away and revised


def test_their_rows_stand_in_a_file_of_their_own_without_nationality() -> None:
    given = frame(*PAN, *a_year(), *applied("2022", "CRI", {"NIC": 50, "CUB": 5}), *applied("2023", "CRI", {"NIC": 9}))
    assert set(observations_for_publication(given, AUGUST)["REPORTER"].unique()) == {"PAN"}
    found = organisations_for_publication(given, AUGUST)
    assert set(found["REPORTER"].unique()) == {"UNHCR", "IOM"}
    assert set(found["CITIZENSHIP"].unique()) == {"_T"}
    assert set(found["PLACE"].unique()) == {"_T"}
    asylum = found.filter(pl.col("REPORTER") == "UNHCR")
    assert asylum.select("PERIOD", "OBS_VALUE", "OBS_STATUS").rows() == [("2022", 55, "E")]
    assert SMALL_COUNTS.en in asylum["NOTE"][0]
    august = found.filter(pl.col("REPORTER") == "IOM", pl.col("PERIOD") == "2023-08")
    assert dict(august.select(pl.col("COUNTERPART").cast(pl.String), "OBS_VALUE").rows()) == {
        "PAN": 23,
        "MEX": 1,
        "COL": 4,
    }
    assert organisations_for_publication(frame(*PAN), AUGUST).is_empty()


def test_the_note_on_small_counts_is_said_once() -> None:
    note = f"{SMALL_COUNTS.es} / {SMALL_COUNTS.en}"
    found = organisations_for_publication(frame(*applied("2022", "CRI", {"NIC": 50}, NOTE=note)), AUGUST)
    assert found["NOTE"].to_list() == [note]


def test_what_an_organisation_revised_names_the_country_and_the_instance() -> None:
    before = frame(*a_year(), *applied("2022", "CRI", {"NIC": 50}), *applied("2022", "MEX", {"NIC": 5}))
    after = frame(
        *a_year(),
        *lost("2023-07", "MEX", {"CUB": 2}),
        *applied("2022", "CRI", {"NIC": 60}),
        *applied("2022", "MEX", {"NIC": 5}),
    )
    found = organisation_revisions(before, after, AUGUST)
    applied_name = "Solicitud nueva de la condición de refugiado"
    assert [(one.dataset, one.period, one.cell.es, one.before, one.after) for one in found] == [
        (APPLIED, "2022", f"{applied_name}, Costa Rica, gobierno, primera instancia", 50, 60),
        (DEATHS, "2023-07", "Personas fallecidas o desaparecidas, la fuente no distingue", 1, 3),
    ]
    assert organisation_revisions(before, before, AUGUST) == ()
    assert revisions(before, after) == ()


def test_a_load_that_changes_published_figures_of_an_organisation_is_told_by_month() -> None:
    before = frame(*lost("2023-08", "MEX", {"HND": 7, "_U": 2}), *lost("2023-08", "PAN", {"VEN": 3}))
    after = frame(
        *lost("2023-08", "MEX", {"HND": 9, "_U": 4}),
        *lost("2023-08", "PAN", {"VEN": 3}),
        *lost("2023-08", "COL", {"HTI": 1}),
    )
    (found,) = revision_checks(before, after).iter_rows(named=True)
    assert (found["rule"], found["severity"], found["value"]) == ("R14", "info", "2023-08")
    assert found["message_es"] == (
        "La entrega cambia 2 celdas de «Personas fallecidas o desaparecidas, la fuente no distingue» en agosto de 2023."
    )


def test_organisations_have_no_series_of_their_own() -> None:
    held = read_series(frame(*PAN, *a_year(), *applied("2022", "CRI", {"NIC": 50})), datasets=datasets())
    assert [one.series.reporter for one in held] == ["PAN"]


def test_checks_across_reporters_leave_organisations_out() -> None:
    assert cross_checks(frame(*a_year(), *applied("2022", "CRI", {"NIC": 50})), datasets=datasets()).is_empty()


def test_organisations_owe_no_delivery() -> None:
    assert organisations() == ("UNHCR", "IOM")
    assert not any(one.has_due_day for one in datasets().values() if is_organisation(one.reporter))
    assert all(one.has_due_day for one in datasets().values() if not is_organisation(one.reporter))
    assert {one.frequency for one in datasets().values() if one.reporter == "UNHCR"} == {"A"}
