"""The sentences, titles, methods and charts of the brief: made from cells, right in both languages, never a sum."""

import re
from datetime import date

import polars as pl
import pytest

from istmo.model.periods import month, months, period
from istmo.model.text import Text
from istmo.registry.datasets import datasets
from istmo.statistics.brief.compile import compile_brief
from istmo.statistics.brief.figures import letters, shown
from istmo.statistics.brief.values import Brief, Cell, CellKind
from istmo.statistics.checks import cross_checks
from istmo.statistics.wording import (
    enumeration,
    first_letter_down,
    first_letter_up,
    in_prose,
    month_beside,
    month_name,
    month_short,
)

from .frames import MARK, Row, by_code, crosses, edition, frame, marked_frame, of, sums_over_reporters
from .reading import cells, texts

ON = date(2023, 9, 18)
PAN, HND, MEX, USA = "PAN.SNM.cuadro003", "HND.INM.flujo", "MEX.UPMRIP.3.1.1", "USA.CBP.nationwide"
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
# Words that a brief may not use (people are registered; flows are no floods; a figure is no total of the region).
BANNED = re.compile(
    r"ilegal|illegal|oleada|avalancha|crisis|\bwaves?\b|\bflood|alien|flujo total|total flow|\bhindú"
    r"|migrants? (?:crossed|registered)|total (?:de la región|of the region)|obligaci|obligation",
    re.IGNORECASE,
)


def compiled(*rows_: Row, at: str = "2023-08") -> Brief:
    return compile_brief(frame(*rows_), edition=edition(period(at)), on=ON)


def first_sentence(*rows_: Row, at: str = "2023-08") -> Text:
    return compiled(*rows_, at=at).sentences[0].text


# Sentences


def test_a_sentence_names_reporter_unit_month_and_both_changes(brief: Brief) -> None:
    assert brief.sentences[0].text == Text(
        es="Panamá registró 1,422 tránsitos irregulares en agosto de 2023, 11 más que en julio (+1\u00a0%) y 167 "
        "más que en agosto de 2022 (+13\u00a0%).",
        en="Panama registered 1,422 irregular transits in August 2023, 11 more than in July (+1%) and 167 more "
        "than in August 2022 (+13%).",
    )
    assert brief.sentences[0].cells == ("T2.PAN.2023-08", "T2.PAN.2023-07", "T2.PAN.2022-08")


def test_each_reporter_has_its_own_sentence_in_route_order(brief: Brief) -> None:
    assert [one.cells[0] for one in brief.sentences[:4]] == [
        f"T2.{code}.2023-08" for code in ("PAN", "HND", "MEX", "USA")
    ]
    assert brief.sentences[2].text.es.startswith("México registró 1,676 eventos de personas en situación migratoria")
    assert brief.sentences[2].detail is not None
    assert "Un evento no es una persona" in brief.sentences[2].detail.es
    assert brief.sentences[3].text.en.startswith(
        "The United States of America registered 5,700 encounters at its south"
    )


def test_every_cited_cell_exists_and_its_number_stands_in_the_sentence_or_can_be_worked_out(brief: Brief) -> None:
    known = cells(brief)
    for sentence in brief.sentences:
        assert all(id_ in known for id_ in sentence.cells)
        value = known[sentence.cells[0]].value
        assert f"{value:,}" in sentence.text.es


def test_every_number_of_a_movement_sentence_follows_from_its_cells(brief: Brief) -> None:
    known = cells(brief)
    for sentence in brief.sentences[:4]:
        values = [int(known[id_].value or 0) for id_ in sentence.cells]
        possible = {values[0], *(abs(values[0] - base) for base in values[1:])}
        possible |= {round(100 * abs(values[0] - base) / base) for base in values[1:]} | {2022, 2023}
        found = {int(number.replace(",", "")) for number in NUMBER.findall(sentence.text.es)}
        assert found <= possible


@pytest.mark.parametrize(
    ("value", "es", "en"),
    [
        (1, "1 tránsito irregular", "1 irregular transit"),
        (0, "0 tránsitos irregulares", "0 irregular transits"),
    ],
)
def test_one_and_none_agree_in_number(value: int, es: str, en: str) -> None:
    assert first_sentence(of(PAN, "2023-08", value)) == Text(
        es=f"Panamá registró {es} en agosto de 2023.", en=f"Panama registered {en} in August 2023."
    )


def test_a_fall_and_no_change_have_words_of_their_own_and_a_small_base_no_percentage() -> None:
    found = first_sentence(of(PAN, "2023-08", 20), of(PAN, "2023-07", 29), of(PAN, "2022-08", 20))
    assert found.es.endswith("9 menos que en julio y lo mismo que en agosto de 2022.")
    assert found.en.endswith("9 fewer than in July and as many as in August 2022.")


def test_january_names_the_year_of_the_december_before() -> None:
    found = first_sentence(of(PAN, "2023-01", 50), of(PAN, "2022-12", 40), at="2023-01")
    assert "10 más que en diciembre de 2022 (+25\u00a0%)" in found.es


def series(id_: str, values: list[int], last: str = "2023-08") -> list[Row]:
    first = period(last).plus(1 - len(values))
    return [of(id_, str(at), value) for at, value in zip(months(first, period(last)), values, strict=True)]


def test_the_highest_and_the_lowest_are_told_of_all_months_received_and_since_when() -> None:
    highest = compiled(*series(PAN, [*range(1, 14)])).sentences[0].detail
    assert highest == Text(
        es="Es el valor más alto de los 13 meses recibidos desde agosto de 2022.",
        en="It is the highest value of the 13 months received since August 2022.",
    )
    lowest = compiled(*series(PAN, [*range(14, 0, -1)])).sentences[0].detail
    assert lowest is not None
    assert "más bajo de los 14 meses" in lowest.es


def test_a_tie_a_middle_value_and_a_short_series_are_no_extreme() -> None:
    for values in ([9] * 13, [1, *[5] * 11, 9, 5], [*range(1, 13)]):
        assert compiled(*series(PAN, values)).sentences[0].detail is None


def test_a_nationality_that_left_a_fixed_list_is_told_with_its_cells(brief: Brief) -> None:
    told = brief.sentences[4]
    assert told.text.es == (
        "De personas de Senegal, Honduras registró 150 ingresos irregulares y México, 130 eventos de personas en "
        "situación migratoria irregular. Panamá no publica Senegal por separado desde enero de 2023."
    )
    assert told.cells == ("T3B.HND.SEN", "T3B.MEX.SEN", "T3B.PAN.SEN", "T3.PAN._O")
    assert told.detail is not None
    assert "reúnen 7 tránsitos irregulares en agosto de 2023" in told.detail.es


def test_it_is_told_without_the_residual_when_the_source_prints_none() -> None:
    left = [*by_code(PAN, "2022-12", {"VEN": 5, "SEN": 2}), *by_code(PAN, "2023-08", {"VEN": 5})]
    brief = compiled(*left, *by_code(HND, "2023-08", {"SEN": 150}))
    told = brief.sentences[-1]
    assert told.text.en.startswith("Of people from Senegal, Honduras registered 150 irregular entries.")
    assert told.detail is None
    assert told.cells == ("T3B.HND.SEN", "T3B.PAN.SEN")


def test_nothing_is_told_of_a_list_when_few_are_registered_elsewhere_or_nowhere() -> None:
    left = [*by_code(PAN, "2022-12", {"VEN": 5, "SEN": 2}), *by_code(PAN, "2023-08", {"VEN": 5})]
    assert len(compiled(*left, *by_code(HND, "2023-08", {"SEN": 99})).sentences) == 2
    assert len(compiled(*left).sentences) == 1
    assert len(compiled(*left, of(USA, "2023-08", 500, CITIZENSHIP="VEN")).sentences) == 2


def test_with_room_left_the_share_of_children_is_told() -> None:
    brief = compiled(
        of(PAN, "2023-08", 100),
        of("PAN.SNM.cuadro002", "2023-08", 77, SEX="M", AGE="Y_GE18"),
        of("PAN.SNM.cuadro002", "2023-08", 23, SEX="M", AGE="Y_LT18"),
    )
    assert brief.sentences[-1].text == Text(
        es="En agosto de 2023, 23 registros de persona de Panamá fueron de niñas y niños (23.0\u00a0%).",
        en="In August 2023, 23 registrations of a person of Panama were of children (23.0%).",
    )
    assert brief.sentences[-1].cells == ("T5.PAN.CHILDREN", "T5.PAN.CHILDREN.S")


def test_children_are_not_told_where_nobody_distinguishes_them_or_there_are_none() -> None:
    for rows_ in (
        [of("PAN.SNM.cuadro002", "2023-08", 5, SEX="M")],
        [of("PAN.SNM.cuadro002", "2023-08", 0, SEX="M", AGE="Y_LT18")],
    ):
        assert len(compiled(of(PAN, "2023-08", 100), *rows_).sentences) == 1


def test_a_month_without_figures_has_no_sentences() -> None:
    assert compiled(of(PAN, "2023-07", 5)).sentences == ()


# Charts


def test_c1_has_a_panel_for_every_station_and_gaps_for_what_is_missing(brief: Brief) -> None:
    chart = brief.chart("C1")
    assert [panel.reporter for panel in chart.panels] == ["PAN", "CRI", "NIC", "HND", "GTM", "MEX", "USA"]
    assert {point.status for point in chart.panels[1].points} == {"L"}
    assert [point.value for point in chart.panels[3].points][:2] == [1076, None]
    assert chart.panels[6].breaks[0][0] == "2023-05"
    assert all(point.cell in cells(brief) for panel in chart.panels for point in panel.points)


@pytest.mark.parametrize(
    ("before", "now", "title"),
    [
        (5, 9, "Los dos informantes del corredor registraron más en agosto de 2023 que en julio"),
        (9, 5, "Los dos informantes del corredor registraron menos en agosto de 2023 que en julio"),
        (5, 5, "El corredor, panel por panel, hasta agosto de 2023"),
    ],
)
def test_c1_title_says_only_what_holds_of_every_reporter(before: int, now: int, title: str) -> None:
    rows_ = [of(id_, at, value) for id_ in (PAN, HND) for at, value in (("2023-07", before), ("2023-08", now))]
    assert compiled(*rows_).chart("C1").title.es == title


def test_c1_title_says_nothing_of_all_when_one_has_no_month_before_or_nobody_reported() -> None:
    rows_ = [of(PAN, "2023-07", 5), of(PAN, "2023-08", 9), of(HND, "2023-08", 9)]
    assert compiled(*rows_).chart("C1").title.es.startswith("El corredor, panel por panel")
    nobody = compiled(of(PAN, "2023-07", 5)).chart("C1")
    assert "Panamá: n/d" in nobody.alt.es
    assert "sin datos" in compiled(of(PAN, "2021-07", 5)).chart("C1").alt.es


def test_c2_and_c5_have_one_panel_a_reporter_and_draw_table_cells(brief: Brief) -> None:
    known = cells(brief)
    for id_ in ("C2", "C5"):
        chart = brief.chart(id_)
        assert [panel.reporter for panel in chart.panels] == ["PAN", "HND", "MEX", "USA"]
        assert all(point.cell in known for panel in chart.panels for point in panel.points)
        assert any(point.value is None for panel in chart.panels for point in panel.points)


def test_c5_title_groups_reporters_by_their_own_first_nationality(brief: Brief) -> None:
    assert brief.chart("C5").title == Text(
        es="Venezuela es la primera nacionalidad en Panamá, Honduras y México; México, en Estados Unidos",
        en="Venezuela is the first nationality in Panama, Honduras and Mexico; Mexico in the United States of America",
    )
    assert compiled(*by_code(PAN, "2023-08", {"_O": 5})).chart("C5").title.es.startswith("Nacionalidades dentro de")


# Methods, legend, comparability


def test_methods_define_every_dataset_and_say_why_nothing_is_added(brief: Brief) -> None:
    titles = [title.en for title, _ in brief.methods]
    assert titles[0].startswith("Panama: Irregular transit")
    assert "Why reporters are not added" in titles
    whole = " ".join(text.en for title, text in brief.methods if title.en != "Findings to explain")
    assert "imply no opinion on the status" in whole
    assert "August 2023" not in whole
    assert "Panama, January 2023: Mauritania, Senegal" in whole
    assert "Title 42" in whole
    assert whole.count("Panama, January 2023: Men and women were of all ages until 2022") == 1


def test_breaks_are_listed_only_when_there_are_some() -> None:
    titles = [title.en for title, _ in compiled(of(PAN, "2021-08", 5), at="2021-08").methods]
    assert "Breaks in series within the thirteen months" not in titles


def test_what_the_checks_found_in_this_month_and_year_is_told_in_words(brief: Brief) -> None:
    told = dict(brief.methods)[Text(es="Hallazgos por explicar", en="Findings to explain")]
    assert "TWN (Taiwán) tiene" in told.es
    assert "Panamá no distingue TWN" in told.es
    assert "tránsitos irregulares, agosto de 2023: por nacionalidad 1,422" in told.es
    assert "EVT_IRR" not in told.es
    assert "entraron" not in told.es


def test_findings_of_a_table_that_the_brief_does_not_read_are_not_told(region: pl.DataFrame) -> None:
    findings = cross_checks(region, datasets=datasets()).filter(pl.col("rule") == "R7")
    unread = findings.with_columns(column=pl.lit(f"{PAN} / PAN.SNM.gdi_dmg"))
    brief = compile_brief(region, edition=edition(), on=ON, findings=unread)
    assert "Findings to explain" not in [title.en for title, _ in brief.methods]


def test_findings_of_other_years_and_none_are_not_told(region: pl.DataFrame) -> None:
    findings = cross_checks(region, datasets=datasets())
    other = findings.with_columns(value=pl.lit("2019-01"))
    for given in (None, other):
        brief = compile_brief(region, edition=edition(), on=ON, findings=given)
        assert "Findings to explain" not in [title.en for title, _ in brief.methods]


def test_a_break_is_told_with_a_figure_only_when_the_sentence_compares_across_it() -> None:
    first = compiled(of(USA, "2023-08", 9), of(USA, "2023-07", 5)).sentences[0].detail
    across = compiled(of(USA, "2023-08", 9), of(USA, "2022-08", 5)).sentences[0].detail
    assert first is not None
    assert across is not None
    assert "Título 42" not in first.es
    assert "Título 42" in across.es


def test_the_legend_explains_every_sign_and_letter(brief: Brief) -> None:
    assert [sign for sign, _ in brief.legend] == ["0", "n/a", "n/c", "n/d", "s", "p", "r", "b", "e"]
    used = {shown(cell, "es") for cell in cells(brief).values() if cell.value is None and cell.text is None}
    assert used <= {sign for sign, _ in brief.legend}


def test_the_matrix_holds_every_pair_of_corridor_reporters(brief: Brief) -> None:
    pairs = {(one.first, one.second): one.level for one in brief.comparability}
    assert pairs == {
        ("PAN", "HND"): 2,
        ("PAN", "MEX"): 1,
        ("PAN", "USA"): 0,
        ("HND", "MEX"): 1,
        ("HND", "USA"): 0,
        ("MEX", "USA"): 0,
    }


def test_findings_travel_with_the_brief(brief: Brief) -> None:
    assert {one["rule"] for one in brief.findings} >= {"R7", "R18a", "F41"}
    assert compiled(of(PAN, "2023-08", 5)).findings == ()


def test_vintages_are_listed_in_order(brief: Brief) -> None:
    assert [one.dataset for one in brief.vintages] == sorted(one.dataset for one in brief.vintages)


# No sum over reporters, no banned word


def test_no_number_of_the_brief_is_a_sum_over_reporters() -> None:
    brief = compile_brief(marked_frame(), edition=edition(), on=ON)
    values = [cell.value for cell in cells(brief).values()]
    values += [point.value for chart in brief.charts for panel in chart.panels for point in panel.points]
    assert not [value for value in values if value is not None and crosses(int(value))]
    assert not [one for text in texts(brief) for one in (*sums_over_reporters(text.es), *sums_over_reporters(text.en))]
    seen = {mark: any((cell.value or 0) // mark % 100 for cell in cells(brief).values()) for mark in MARK.values()}
    assert all(seen.values())


def test_a_sum_over_reporters_would_be_seen() -> None:
    assert sums_over_reporters(f"en total {5 * MARK['PAN'] + 3 * MARK['HND']:,}") == ["305,000,000"]
    assert crosses(7 * MARK["HND"] - 3 * MARK["PAN"])
    assert not sums_over_reporters(f"{12 * MARK['USA']:,} en 2023")


def test_no_banned_word_stands_anywhere(brief: Brief) -> None:
    for text in texts(brief):
        for words in (text.es, text.en):
            assert not BANNED.search(words), words


def test_people_are_never_called_migrants_in_a_sentence(brief: Brief) -> None:
    for sentence in brief.sentences:
        assert "migrant" not in sentence.text.en
        assert "migrantes" not in sentence.text.es


def test_the_same_input_gives_the_same_brief(region: pl.DataFrame, brief: Brief) -> None:
    shuffled = region.sample(fraction=1.0, shuffle=True, seed=7)
    again = compile_brief(
        shuffled,
        edition=edition(),
        on=ON,
        vintages=brief.vintages,
    )
    once = compile_brief(region, edition=edition(), on=ON, vintages=tuple(reversed(brief.vintages)))
    assert again == once


# Words and numbers


@pytest.mark.parametrize(
    ("names", "es"),
    [
        (["A"], "A"),
        (["A", "B"], "A y B"),
        (["Panamá", "Italia"], "Panamá e Italia"),
        (["Panamá", "Hidalgo"], "Panamá e Hidalgo"),
        (["Panamá", "Hierro"], "Panamá y Hierro"),
    ],
)
def test_names_are_listed_as_they_are_spoken(names: list[str], es: str) -> None:
    assert enumeration([Text(name, name) for name in names]).es == es


def test_names_take_their_article_in_a_sentence() -> None:
    assert in_prose("reporter", "USA").en == "the United States of America"
    assert in_prose("reporter", "DOM") == Text(es="la República Dominicana", en="the Dominican Republic")
    assert in_prose("citizenship", "NGA").en == "Nigeria"


def test_months_are_written_in_words() -> None:
    assert month_name(period("2016")) == Text(es="2016", en="2016")
    assert month_name(month(2023, 9)) == Text(es="septiembre de 2023", en="September 2023")
    assert month_beside(month(2023, 7), month(2023, 8)).es == "julio"
    assert month_beside(period("2023"), month(2023, 8)).en == "2023"
    assert month_short(month(2022, 12)) == Text(es="dic 2022", en="Dec 2022")
    assert first_letter_up("la casa") == "La casa"
    assert first_letter_down(Text("Nacionales", "Nationals")) == Text("nacionales", "nationals")


@pytest.mark.parametrize(
    ("cell", "es", "en"),
    [
        (Cell("x", CellKind.COUNT, 81946), "81,946", "81,946"),
        (Cell("x", CellKind.CHANGE, -12), "\u221212", "\u221212"),
        (Cell("x", CellKind.CHANGE, 0), "0", "0"),
        (Cell("x", CellKind.PERCENT, -0.4), "0\u00a0%", "0%"),
        (Cell("x", CellKind.PERCENT, 48.0), "+48\u00a0%", "+48%"),
        (Cell("x", CellKind.PERCENT, -99.75), "\u221299.8\u00a0%", "\u221299.8%"),
        (Cell("x", CellKind.PERCENT, -99.99), "\u221299.9\u00a0%", "\u221299.9%"),
        (Cell("x", CellKind.PERCENT, -100.0), "\u2212100\u00a0%", "\u2212100%"),
        (Cell("x", CellKind.PERCENT, 99.75), "+100\u00a0%", "+100%"),
        (Cell("x", CellKind.SHARE, 0.01), "< 0.1\u00a0%", "< 0.1%"),
        (Cell("x", CellKind.SHARE, 0.0), "0.0\u00a0%", "0.0%"),
        (Cell("x", CellKind.SHARE, 12.34), "12.3\u00a0%", "12.3%"),
        (Cell("x", CellKind.COUNT, status="Q"), "s", "s"),
        (Cell("x", CellKind.COUNT, status="Z"), "n/d", "n/d"),
        (Cell("x", CellKind.TEXT, status="M"), "n/a", "n/a"),
        (Cell("x", CellKind.TEXT, text=Text("sí", "yes")), "sí", "yes"),
    ],
)
def test_a_cell_is_written_in_the_readers_language(cell: Cell, es: str, en: str) -> None:
    assert (shown(cell, "es"), shown(cell, "en")) == (es, en)


def test_letters_stand_behind_values_alone() -> None:
    assert letters(Cell("x", CellKind.COUNT, 5, status="P", flags=("b", "r"))) == "pbr"
    assert letters(Cell("x", CellKind.COUNT, status="O")) == ""
