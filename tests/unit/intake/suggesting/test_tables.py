"""Where `suggest` finds the table: its header, its end, its totals and its hierarchy, by content."""

import io
from pathlib import Path

import pytest
import xlsxwriter

from istmo.intake.suggesting.drafting import written
from istmo.intake.suggesting.values import Open
from istmo.model.errors import InvalidInput


def test_the_header_is_found_below_a_title_and_the_notes_end_the_table(draft_of, read_with) -> None:
    text = (
        "INSTITUTO NACIONAL DE MIGRACIÓN\n"
        "Ingresos irregulares por país, año 2022\n"
        "\n"
        "País,Enero,Febrero,Total\n"
        "Haití,10,2,12\n"
        "Cuba,5,-,5\n"
        "Total,15,2,17\n"
        "Nota: cifras preliminares\n"
        "Fuente: registros de la institución\n"
    )
    draft = draft_of(text)
    assert draft.document["read"]["header"] == {"find": "^País,Enero,Febrero,Total$"}
    assert draft.document["read"]["stop_at"] == "^(Nota|Fuente)"
    assert draft.document["capture"]["year"]["match"] == "año (\\d{4})"
    assert [(row.row, row.kind) for row in draft.shown.rows] == [(5, "data"), (6, "data"), (7, "total")]
    result = read_with(text)
    assert (result.read, result.accepted, len(result.set_aside)) == (6, 6, 1)
    assert set(result.observations["PERIOD"]) == {"2022-01", "2022-02"}


def test_a_header_of_two_lines_is_joined_and_its_merged_cells_are_filled(draft_of, read_with) -> None:
    text = (
        "País,Hombres,,Mujeres,,Total\n"
        ",Adultos,Menores,Adultas,Menores,\n"
        "Haití,10,2,5,1,18\n"
        "Cuba,20,0,10,0,30\n"
        "Total,30,2,15,1,48\n"
    )
    draft = draft_of(text)
    assert draft.document["read"]["header"] == {"find": "^País,Hombres,,Mujeres,", "rows": "2", "fill": "yes"}
    assert draft.document["fields"]["SEX + AGE"]["map"]["Hombres / Menores"] == ["M", "Y_LT18"]
    assert read_with(text, period="2022-03").accepted == 15


def test_a_year_above_the_months_belongs_to_the_header(draft_of) -> None:
    draft = draft_of("País,2022,,\n,Enero,Febrero,Marzo\nHaití,1,2,3\nCuba,4,5,6\n")
    assert draft.document["read"]["header"]["rows"] == "2"
    assert draft.shown.header.cells == ("País", "2022 / Enero", "2022 / Febrero", "2022 / Marzo")


@pytest.mark.parametrize(
    "text", ["País\nHaití\nCuba\n", "a,b\n", "Haití,2020-01-01,5\nCuba,2020-02-01,6\n", "solo una frase larga\n"]
)
def test_what_has_no_header_with_rows_below_is_no_table_and_nothing_of_it_is_quoted(draft_of, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft_of(text)
    assert refused.value.rule in ("F4", "F7")
    assert not [word for word in ("Haití", "frase") if word in refused.value.in_("es")]


ROOT = Path(__file__).resolve().parents[4]
PROSE = (
    "# Guía, primera parte\n\nAquí se explica, con calma, cómo se hace.\n\n"
    "| quién | lee |\n|---|---|\n| la persona de informática, siempre | - |\n| la analista, si puede | las reglas |\n"
    "\nMás abajo, si hace falta, sigue otra frase.\nY una más, que no dice nada, termina el texto.\n"
)


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "Año, mes\n2016, enero\nuna frase\notra frase sin comas\nla tercera frase\n",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    ],
)
def test_a_text_is_refused_and_nothing_of_it_is_quoted(draft_of, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft_of(text)
    assert refused.value.rule == "F7"
    assert "No table was found" in refused.value.in_("en")
    assert "No se encontró una tabla" in refused.value.in_("es")
    assert "frase" not in refused.value.in_("es")


@pytest.mark.parametrize(
    "text",
    [
        "Zqx Wkj,Haití,12/06/2016\nKjw Xqz,Cuba,13/06/2016\nQqz Wwk,Haití,14/06/2016\n",
        "Zqx Wkj,Haití,M,\nKjw Xqz,Cuba,F,30\nQqz Wwk,Haití,M,40\n",
        "Zqx Wkj,Haití,30,M\nKjw Xqz,Cuba,,F\nQqz Wwk,Nepal,22,M\nWwz Wqk,Haití,31,M\n",
    ],
)
def test_a_row_of_a_table_without_a_header_is_not_taken_for_one(draft_of, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft_of(text)
    assert refused.value.rule == "F7"
    assert not [word for word in ("Zqx", "Kjw", "Qqz", "Wwz") if word in refused.value.in_("es")]


def test_the_delimiter_that_makes_a_table_is_taken(draft_of) -> None:
    draft = draft_of("Fecha;País;Casos\n2020-01-01;Congo, República Democrática del;1\n2020-02-01;Cuba;3\n")
    assert draft.document["read"]["delimiter"] == ";"


def test_a_note_that_begins_as_a_row_does_gets_more_of_its_words(draft_of) -> None:
    draft = draft_of("Grupo,Enero,Febrero\nDatos A,1,2\nDatos B,3,4\nDatos sujetos a cambio\n")
    assert draft.document["read"]["stop_at"] == "^(Datos sujetos)"


def test_notes_that_no_pattern_tells_from_rows_stay_in_the_table(draft_of) -> None:
    draft = draft_of("Grupo,Enero,Febrero\nNota A,1,2\nCuba,3,4\nNota A\n")
    assert "stop_at" not in draft.document["read"]


def test_marks_of_footnotes_end_the_table_too(draft_of, read_with) -> None:
    text = (
        "AÑO 2016\nPaís,Ene.,Feb.\nHaití,1,2\nChile (1),3,4\nBrasil,5,6\n"
        "(1) Hijos de padres haitianos.\n* Preliminar\n[2] otra\n1/ una más\n"
    )
    draft = draft_of(text)
    assert draft.document["read"]["stop_at"] == r"^(\(\d\)|\*|\[\d\]|\d/)"
    assert draft.document["capture"]["note1"] == {"in": "footer", "match": r"^\(1\)\s*(.*)$"}
    notes = read_with(text).observations.filter(CITIZENSHIP="CHL")["NOTE"]
    assert set(notes) == {"Hijos de padres haitianos."}


def test_an_indented_note_ends_the_table(draft_of) -> None:
    draft = draft_of("País,Enero,Febrero\nHaití,1,2\nCuba,3,4\n,Fuente: registros\n")
    assert draft.document["read"]["stop_at"] == "^,*(Fuente)"


def test_rows_below_a_note_are_pointed_out(draft_of) -> None:
    text = "País,Enero\nHaití,1\nCuba,2\nFuente: registros de la institución\nGhana,3\nTogo,4\n"
    shown = [guess.reason.en for guess in draft_of(text).guesses if guess.place == "read.stop_at"]
    assert shown == ["CAUTION: 2 rows of data stand below a note and may be another table."]


def test_a_mark_without_a_footnote_is_taken_off_all_the_same(draft_of) -> None:
    field = draft_of("AÑO 2016\nPaís,Ene.,Feb.\nHaití,1,2\nCuba*,3,4\n").document["fields"]["CITIZENSHIP"]
    assert (field["strip"], "note" in field) == ("\\s*(\\*+)$", False)


def test_a_raised_mark_is_taken_off_with_its_note(draft_of) -> None:
    draft = draft_of("AÑO 2016\nPaís,Ene.,Feb.\nHaití,1,2\nCuba¹,3,4\nNepal**,1,1\n¹ Con visa.\n")
    assert draft.document["fields"]["CITIZENSHIP"]["strip"] == "\\s*([¹²³⁴⁵⁶⁷⁸⁹])$"
    assert draft.document["fields"]["CITIZENSHIP"]["note"] == {"¹": "$note1"}


# --- totals and hierarchies


def test_continents_are_heads_where_their_figures_are_the_sums_of_their_countries(draft_of, read_with) -> None:
    text = (
        "CUADRO 1. AÑO 2016\n"
        "Continente/País,Enero,Febrero,Total\n"
        "Total general,16,18,34\n"
        "América,10,11,21\n  Haití,4,5,9\n  Cuba,6,6,12\n"
        "África,5,6,11\n  Ghana,5,6,11\n"
        "Apátridas,1,1,2\n"
    )
    draft = draft_of(text)
    assert draft.document["levels"] == {
        "column": "Continente/País",
        "by": "indent",
        "as": ["continente", "pais"],
        "alone": ["Apátridas"],
    }
    result = read_with(text)
    assert (result.read, result.accepted) == (10, 10)
    assert result.findings.filter(rule="R6").is_empty()


AFRICA, AMERICA, EUROPE = ("África,30,20,10\n",), ("América,15,10,5\n",), ("Europa,3,3,0\n",)
BELOW = (
    ("Ghana,10,10,0\n", "Togo,20,10,10\n"),
    ("Cuba,10,8,2\n", "Haití,5,2,3\n", "Nepal,0,0,0\n"),
    ("España,3,3,0\n",),
)


@pytest.mark.parametrize("last", [False, True])
def test_without_indentation_sums_make_regions_of_rows_before_or_after_their_countries(
    draft_of, read_with, last: bool
) -> None:
    below = (BELOW[0], (*BELOW[1][:2],) if last else BELOW[1], BELOW[2])
    blocks = [
        (*rows, *head) if last else (*head, *rows) for head, rows in zip((AFRICA, AMERICA, EUROPE), below, strict=True)
    ]
    text = (
        "AÑO 2016\nRegión/País,Total,Enero,Febrero\n" + "".join("".join(rows) for rows in blocks) + "Total,48,33,15\n"
    )
    draft = draft_of(text)
    assert draft.document["levels"] == {
        "column": "Región/País",
        "by": "label",
        "as": ["region", "pais"],
        "parents": ["^(África|América|Europa)$"],
        **({"order": "parents_last"} if last else {}),
    }
    (said,) = (guess.reason.en for guess in draft.guesses if guess.place == "levels")
    assert said == f"3 labels of “Región/País” are in each column the sum of those {'above' if last else 'below'} them."
    result = read_with(text)
    assert (result.quarantined, result.rejected) == (0, 0)
    assert result.findings.filter(rule="R6").is_empty()
    figures = dict(result.observations.filter(PERIOD="2016-01").select("CITIZENSHIP", "OBS_VALUE").iter_rows())
    assert {"_T": 33, "GHA": 10, "TGO": 10, "CUB": 8, "HTI": 2, "ESP": 3}.items() <= figures.items()
    assert sum(value for code, value in figures.items() if code != "_T") == 33


@pytest.mark.parametrize(
    "rows",
    [
        "Ghana,30,20\nTogo,10,10\nCuba,20,10\nHaití,15,5\nNepal,10,2\nChile,5,3\n",  # a country heads no others
        "África,30,20\nTogo,10,10\nCuba,20,10\nHaití,15,5\nNepal,10,2\nChile,4,3\n",  # one sum may be chance
        "África,30,20\nTogo,10,10\nCuba,21,10\nAmérica,15,5\nNepal,10,2\nChile,6,3\n",  # more than the whole
        "África,30,20\nTogo,10,10\nCuba,2,1\nAmérica,25,15\nNepal,1,2\nChile,1,3\n",  # less than the whole
        "África,0,0\nTogo,0,0\nCuba,0,0\nAmérica,0,0\nNepal,0,0\nChile,0,0\n",  # of nothing everything is the sum
        "África,3,2\nAsia,3,2\nCuba,5,5\nAmérica,1,1\nEuropa,1,1\nChile,5,3\n",  # a region is no region's only part
        "África,3,2\nTogo,1,1\nTogo,2,1\nAmérica,3,3\nChile,1,1\nCuba,2,2\n",  # a label that stands twice
        "África,3,2\nTogo,3,2\n",
    ],
)
def test_rows_that_no_sum_proves_are_no_hierarchy(draft_of, rows: str) -> None:
    assert "levels" not in draft_of("AÑO 2016\nPaís,Enero,Febrero\n" + rows).document


def test_a_column_of_labels_that_no_list_knows_is_not_shown_for_being_a_hierarchy(draft_of) -> None:
    text = "AÑO 2016\nCampo,Enero,Febrero\nZqx,3,2\n  Wkj,1,1\n  Kjw,2,1\nQqz,3,3\n  Wwk,1,1\n  Xqz,2,2\n"
    for content in (text, text.replace("  ", "")):
        draft = draft_of(content)
        assert "levels" not in draft.document
        assert not [word for word in ("Zqx", "Wkj", "Qqz", "Xqz") if word in written(draft) + repr(draft)]


def test_indentation_that_no_sum_proves_is_no_hierarchy(draft_of, read_with) -> None:
    text = "Fecha,Nacionalidad,Casos\n2016-06-01,Haití,1\n2016-06-01,  Cuba,2\n2016-06-01,Nepal,3\n"
    assert "levels" not in draft_of(text).document
    assert read_with(text).accepted == 3


def test_heads_without_figures_are_levels_too(draft_of) -> None:
    draft = draft_of("AÑO 2016\nPaís,Enero,Febrero\nAMÉRICA,,\n Haití,4,5\n Cuba,6,6\nÁFRICA,,\n Ghana,5,6\n")
    assert draft.document["levels"]["as"] == ["nivel_1", "nivel_2"]


@pytest.mark.parametrize("second", ["      Cuba,2,3\n", "  Haití,1,1\n      Cuba,2,3\n"])
def test_white_space_that_skips_a_level_or_has_too_many_is_no_hierarchy(draft_of, second: str) -> None:
    text = f"AÑO 2016\nPaís,Enero,Febrero\nNepal,1,1\n{second}    Ghana,1,2\n        Togo,3,4\n          Chile,1,1\n"
    assert "levels" not in draft_of(text).document


def test_levels_of_measures_keep_their_totals(draft_of, read_with) -> None:
    text = (
        "CUADRO 2, 2023\n"
        "Tipo de evento/País de nacionalidad,Enero,Febrero,Total\n"
        "Deportación,5,7,12\n  Haití,5,7,12\n"
        "Retorno asistido de menores de 18 años,2,1,3\n  Honduras,2,1,3\n"
    )
    draft = draft_of(text)
    field = draft.document["fields"]["MEASURE + AGE"]
    assert field["from"] == "tipo_de_evento"
    assert field["map"] == {
        "Deportación": ["DEPORT", "_T"],
        "Retorno asistido de menores de 18 años": ["RET_ASS_CH", "Y_LT18"],
    }
    assert read_with(text).accepted == 8


def test_a_subtotal_of_each_post_and_a_total_of_all_are_set_apart(draft_of, read_with) -> None:
    text = (
        "Puesto,Nacionalidad,Hombres,Mujeres,Total\n"
        "Paso Canoas,Haití,1,2,3\nPaso Canoas,Cuba,3,4,7\nPaso Canoas,Subtotal,4,6,10\n"
        "Peñas Blancas,Haití,5,6,11\nPeñas Blancas,Subtotal,5,6,11\nTotal,,9,12,21\n"
    )
    totals = draft_of(text).document["totals"]
    assert totals == [
        {"row": {"Puesto": "^Total$"}, "over": ["Puesto", "Nacionalidad"]},
        {"row": {"Nacionalidad": "^Subtotal$"}, "over": "Nacionalidad", "keep": "yes"},
        {"column": "Total", "over": "grupo", "keep": "yes"},
    ]
    result = read_with(text, period="2022-03")
    assert (result.accepted, result.findings.filter(rule="R6").height) == (15, 0)


def test_a_row_that_says_total_twice_is_one_total_and_three_levels_add_up(draft_of, read_with) -> None:
    twice = "País,Puesto,Enero,Febrero\nHaití,Uno,1,2\nCuba,Dos,2,3\nTotal,Total,3,5\n"
    assert [entry["row"] for entry in draft_of(twice).document["totals"]] == [{"País": "^Total$"}]
    levels = "AÑO 2016\nGrupo,Enero,Febrero\nTodo el mundo,3,5\n América,3,5\n  Haití,1,2\n  Cuba,2,3\n"
    draft = draft_of(levels)
    assert draft.document["levels"]["as"] == ["nivel_1", "nivel_2", "nivel_3"]
    assert read_with(levels).accepted == 4


def test_totals_under_two_names_are_one_pattern(draft_of) -> None:
    draft = draft_of("País,Enero,Febrero\nTotal general,3,5\nHaití,1,2\nCuba,2,3\nTOTAL,3,5\n")
    assert draft.document["totals"][0]["row"] == {"País": "^(Total general|TOTAL)$"}


def test_a_merged_cell_is_the_label_above(draft_of, read_with) -> None:
    text = "Puesto;Nacionalidad;Hombres;Mujeres\nPaso Canoas;Haití;1;2\n;Cuba;3;4\nPeñas Blancas;Haití;5;6\n"
    assert draft_of(text).document["fill_down"] == ["Puesto"]
    places = read_with(text, period="2022-03").observations["PLACE"]
    assert set(places) == {"CRI_PASOCANOAS", "CRI_PENASBLANCAS"}


def test_blank_rows_of_two_columns_of_labels_are_asked(draft_of, read_with) -> None:
    text = "Mes;País;Hombres;Mujeres\nEnero;Haití;1;2\n;;3;4\nFebrero;Haití;5;6\n;;7;8\n"
    draft = draft_of(text)
    assert draft.document["fill_down"] == Open("fill_down")
    assert read_with(text, {"fill_down": "[Mes]", "CITIZENSHIP.blank": "_U"}, year="2022").accepted == 8


def test_repeated_labels_are_no_merged_cells(draft_of) -> None:
    draft = draft_of("Origen;Sexo;Casos\nMEX;F;1\nMEX;M;2\n;F;3\n;M;4\n")
    assert "fill_down" not in draft.document


# --- workbooks


def workbook(**sheets: list[list[object]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


def test_of_a_workbook_the_sheet_with_the_largest_table_is_read_and_the_others_are_named(draft_of, read_with) -> None:
    data = workbook(
        Notas=[["Este libro tiene cuadros"]],
        Cuadro=[["Ingresos de 2022"], [], ["País", "Enero", "Febrero"], ["Haití", 1500, 2], ["Cuba", 3, 4]],
        Otra=[["País", "Casos"], ["Haití", 3]],
    )
    draft = draft_of(data, filename="libro.xlsx")
    assert draft.document["read"]["sheet"] == "Cuadro"
    assert draft.shown.sheet == "Cuadro"
    assert [guess.reason.en for guess in draft.guesses if guess.place == "read.sheet"] == [
        "The other sheets are not read: Notas, Otra."
    ]
    assert read_with(data, filename="libro.xlsx").observations["OBS_VALUE"].sum() == 1509


def test_the_days_of_a_spreadsheet_are_dates(read_with) -> None:
    data = workbook(Hoja=[["Fecha", "Nacionalidad", "Casos"], ["2022-01-01", "Haití", 3], ["2022-02-01", "Cuba", 4]])
    assert set(read_with(data, filename="libro.xlsx").observations["PERIOD"]) == {"2022-01", "2022-02"}
