"""What the reader sees, whatever the format: the order, the signs, the marks."""

from dataclasses import replace
from types import ModuleType

import pytest

from istmo.hub.briefs.render import charts
from istmo.hub.briefs.render.naming import address, citation, marks
from istmo.hub.briefs.render.page import page
from istmo.hub.briefs.render.views import ChartView, TableView
from istmo.model.text import Text
from istmo.statistics.brief.values import Brief, BriefState


def items(brief: Brief, language: str = "es") -> list[TableView | ChartView]:
    return [item for section in page(brief, language, size=charts.SCREEN).sections for item in section.items]


def test_a_chart_stands_before_the_table_that_holds_its_figures(brief: Brief) -> None:
    assert [item.id for item in items(brief)] == ["T1", "C1", "T2", "C5", "T3", "C2", "T4", "T5", "T9"]


def test_a_chart_whose_table_is_not_there_is_still_shown(brief: Brief) -> None:
    alone = replace(brief, tables=tuple(table for table in brief.tables if table.id != "T3"))
    chart = next(item for item in items(alone) if item.id == "C5")
    assert isinstance(chart, ChartView)
    assert chart.table == ""


def test_policy_changes_of_the_month_stand_before_the_earlier_ones_that_the_chart_marks(brief: Brief) -> None:
    found = page(brief, "en", size=charts.SCREEN).policies
    assert found is not None
    assert [change.day for change in found.now] == ["4 Aug 2023"]
    assert [change.day for change in found.before] == ["15 Oct 2022"]
    assert found.now[0].about == "People of: Ecuador. Series: PAN, HND."
    assert found.now[0].source == "Source: =Gaceta Inventada 12, 1 Aug 2023."
    assert found.before[0].source.endswith("The official text was not seen.")


def test_an_edition_from_before_the_calendar_says_nothing_about_changes(brief: Brief) -> None:
    assert page(replace(brief, policies=None), "es", size=charts.SCREEN).policies is None


def test_what_is_not_collected_is_named_and_has_no_table(brief: Brief) -> None:
    view = page(brief, "en", size=charts.SCREEN)
    assert [table.id for table in view.pending] == ["T6", "T7", "T8", "T10", "T11"]
    assert "Asylum" in [table.title for table in view.pending]


@pytest.mark.parametrize("state", [BriefState.DRAFT, BriefState.ANALYSED, BriefState.APPROVED])
def test_every_state_before_publication_is_marked_draft(sample: ModuleType, state: BriefState) -> None:
    unpublished = sample.brief(state=state, demonstration=False)
    assert [mark.word for mark in marks(unpublished, "es")] == ["BORRADOR"]
    assert [mark.word for mark in marks(unpublished, "en")] == ["DRAFT"]


def test_a_published_brief_of_a_real_installation_has_no_mark(sample: ModuleType) -> None:
    assert marks(sample.brief(demonstration=False), "es") == ()


def test_a_sign_is_explained_where_it_stands(brief: Brief) -> None:
    table = next(item for item in items(brief) if item.id == "T2")
    assert {sign.letter for sign in table.signs} == {"n/d", "p", "r", "b"}
    assert all(sign.meaning for sign in table.signs)


def test_a_note_is_linked_from_its_cell(brief: Brief) -> None:
    table = next(item for item in items(brief) if item.id == "T2")
    assert isinstance(table, TableView)
    notes = {note.id for note in table.notes}
    linked = {note.target for row in table.rows for cell in row.cells for note in cell.notes}
    assert linked == notes == {"T2.n1"}


def test_every_table_ends_with_source_coverage_and_how_to_cite(brief: Brief) -> None:
    for item in items(brief, "en"):
        labels = [line.label for line in item.origin]
        assert labels[-1] == "How to cite", item.id
        if isinstance(item, TableView):
            assert {"Source", "Coverage"} <= set(labels), item.id


def test_the_level_of_each_pair_stands_in_words_under_the_table(brief: Brief) -> None:
    table = next(item for item in items(brief, "en") if item.id == "T2")
    line = next(line.text for line in table.origin if line.label == "Comparability")
    assert "level 2 (same concept and unit, other coverage): PAN–HND" in line
    assert "level 0 (other concept): PAN–USA, HND–USA, MEX–USA" in line


def test_a_shade_is_never_taken_from_another_reporter(brief: Brief) -> None:
    """The largest of each column is darkest, however small beside the others."""
    chart = next(item for item in items(brief) if item.id == "C5")
    assert isinstance(chart, ChartView)
    for position in range(len(chart.columns)):
        assert max(row.cells[position].step for row in chart.rows) == 5


def test_a_chart_shows_a_figure_as_its_cell_does(brief: Brief) -> None:
    chart = next(item for item in items(brief) if item.id == "C1")
    assert isinstance(chart, ChartView)
    cells = {
        cell.id: cell.text
        for item in items(brief)
        if isinstance(item, TableView)
        for row in item.rows
        for cell in row.cells
    }
    assert {panel.latest for panel in chart.panels} == {cells[panel.latest_cell] for panel in chart.panels}


def test_the_matrix_says_each_pair_twice_and_a_series_against_itself(brief: Brief) -> None:
    view = page(brief, "en", size=charts.SCREEN)
    assert [row.reporter for row in view.matrix] == ["PAN", "HND", "MEX", "USA"]
    assert view.matrix[0].cells[1] == view.matrix[1].cells[0]
    assert view.matrix[2].cells[2].name == "the same series"


def test_the_analysis_keeps_its_paragraphs(brief: Brief) -> None:
    assert len(page(brief, "es", size=charts.SCREEN).analysis) == 2


def test_a_brief_without_analysis_says_so(draft: Brief) -> None:
    silent = replace(draft, edition=replace(draft.edition, analysis=None, analysed_by="", approved_by=""))
    view = page(silent, "es", size=charts.SCREEN)
    assert view.analysis == ()
    assert view.signed == ""


def test_the_address_and_the_citation_name_month_and_edition(brief: Brief) -> None:
    assert address(brief, "es") == "/es/informes/2023-08/1/"
    assert address(brief, "en") == "/en/briefs/2023-08/1/"
    assert citation(brief, "en") == "RCM Technical Secretariat (2023). Monthly regional brief, August 2023, edition 1."
    assert citation(brief, "es", figure="tabla T2").endswith("agosto de 2023, edición 1, tabla T2.")


def test_a_final_edition_is_cited_as_such(brief: Brief) -> None:
    final = replace(brief, edition=replace(brief.edition, preliminary=False))
    assert citation(final, "en").endswith("August 2023, edition 1 (final).")
    assert citation(final, "es", figure="tabla T2").endswith("agosto de 2023, edición 1 (definitiva), tabla T2.")


def test_a_first_edition_without_revisions_says_so(brief: Brief) -> None:
    facts = {fact.label: fact for fact in page(replace(brief, revisions=()), "en", size=charts.SCREEN).facts}
    assert facts["Changes since the earlier edition"].value == "None"
    assert facts["Edition"].detail == "Published 20 Sep 2023"


def test_a_month_without_release_dates_is_still_a_page(brief: Brief) -> None:
    undated = replace(brief, edition=replace(brief.edition, next_release=None, preliminary=False))
    facts = {fact.label: fact.value for fact in page(undated, "en", size=charts.SCREEN).facts}
    assert facts["Next release"] == "not set"
    assert facts["Edition"] == "1, final"


def test_a_label_keeps_its_text_in_each_language(brief: Brief) -> None:
    changed = replace(brief, lead=Text("Texto", "Words"))
    assert page(changed, "es", size=charts.SCREEN).lead == "Texto"
    assert page(changed, "en", size=charts.SCREEN).lead == "Words"
