"""What `suggest` says of numbers, dates, periods, labels and encodings: proved, or left to a person."""

import pytest

from istmo.intake.suggesting.groups import meanings
from istmo.intake.suggesting.labelling import citizenships, groups_in_part, read_places
from istmo.intake.suggesting.numerals import marks_of
from istmo.intake.suggesting.values import Open
from istmo.intake.suggesting.writing import option_text

HEAD = "Fecha;Nacionalidad;Casos\n"


def ids(draft) -> list[str]:
    return [decision.id for decision in draft.decisions]


def options(draft, id_: str) -> list[str]:
    return [option_text(option) for option in draft.decision(id_).options]


# --- encodings


def test_letters_that_only_one_encoding_makes_spanish_prove_it(draft_of) -> None:
    text = "País;Año;Mes;Casos\nHaití;2020;enero;5\nPerú;2020;febrero;6\nEspaña;2020;marzo;7\n"
    for encoding in ("cp1252", "cp850", "mac-roman"):
        assert draft_of(text.encode(encoding)).document["read"]["encoding"] == encoding
    assert "encoding" not in draft_of(text).document["read"]
    assert "encoding" not in draft_of(text.encode("utf-16")).document["read"]


def test_bytes_that_no_encoding_makes_spanish_are_asked(draft_of) -> None:
    draft = draft_of("País;Año;Mes;Casos\nHaití;2020;enero;5\n".encode("cp1252") + b"Per\xf0;2020;enero;6\n")
    assert draft.document["read"]["encoding"] == Open("encoding")
    assert options(draft, "encoding") == ["cp1252", "cp850", "mac-roman"]
    draft = draft_of("País;Mes;Casos\nHaití;1;5\n".encode("cp1252") + b"Per\x81;1;6\n")
    assert options(draft, "encoding") == ["cp850", "mac-roman"]


def test_the_encodings_that_are_asked_show_their_letters_and_no_word(draft_of) -> None:
    draft = draft_of("País;Año;Mes;Casos\nHaití;2020;enero;5\n".encode("cp1252") + b"Per\xf0;2020;enero;6\n")
    titles = [option.title.es for option in draft.decision("encoding").options]
    assert titles[0] == "í ð ñ"


# --- numbers


@pytest.mark.parametrize(
    ("numbers", "sums", "thousands", "decimal"),
    [
        (["12", "7"], [], "", ""),
        (["1 204", "7"], [], "\u00a0", ""),
        (["1 204,0", "7"], [], "\u00a0", ","),
        (["1.234.567", "5"], [], ".", ""),
        (["1,234", "1,000", "234"], [("1,234", ("1,000", "234"))], ",", ""),
        (["1,234", "5"], [("6", ("1", "5")), ("9,9", ())], "?", ""),
        (["12.0", "1.50"], [], "", "."),
        (["1.234,0", "5"], [], ".", ","),
        (["1,234.0", "1.5"], [], ",", "."),
        (["1.234", "1,5"], [], ".", ","),
        (["1.234", "1,567"], [], ",", "."),
        (["1'234", "5"], [], "'", ""),
    ],
)
def test_the_marks_of_numbers_are_proved_or_asked(numbers, sums, thousands: str, decimal: str) -> None:
    marks = marks_of(numbers, sums)
    if thousands == "?":
        assert marks.decision is not None
        assert [option.value for option in marks.decision.options] == ["thousands", "decimal"]
    else:
        assert (marks.thousands, marks.decimal, marks.decision) == (thousands, decimal, None)


def test_a_mark_that_may_part_thousands_or_decimals_is_a_decision_of_the_draft(draft_of, read_with) -> None:
    text = HEAD + "13/01/2020;Haití;1.234\n01/02/2020;Cuba;2.345\n"
    assert draft_of(text).document["read"][Open("number_mark")] == "."
    assert read_with(text, {"number_mark": "thousands"}).observations["OBS_VALUE"].to_list() == [1234, 2345]
    assert read_with(text, {"number_mark": "decimal"}).rejected == 2


# --- dates


@pytest.mark.parametrize(
    ("days", "format_"),
    [
        (("13/01/2020", "02/03/2020"), "DD/MM/YYYY"),
        (("01/13/2020", "02/03/2020"), "MM/DD/YYYY"),
        (("2020-01-13", "2020-02-03"), "YYYY-MM-DD"),
        (("13.01.2020", "02.03.2020"), "DD.MM.YYYY"),
    ],
)
def test_the_order_of_a_date_is_proved_by_a_number_over_twelve(draft_of, days, format_: str) -> None:
    draft = draft_of(HEAD + "".join(f"{day};Haití;{number}\n" for number, day in enumerate(days)))
    assert draft.document["fields"]["PERIOD"]["date"] == format_


@pytest.mark.parametrize(
    ("days", "said"), [(("03/04/2020", "01/02/2020"), "both orders"), (("13/01/2020", "01/14/2020"), "not one order")]
)
def test_an_order_that_is_not_proved_is_asked(draft_of, read_with, days, said: str) -> None:
    text = HEAD + "".join(f"{day};Haití;{number}\n" for number, day in enumerate(days))
    draft = draft_of(text)
    assert draft.document["fields"]["PERIOD"]["date"] == Open("date.Fecha")
    assert options(draft, "date.Fecha") == ["DD/MM/YYYY", "MM/DD/YYYY"]
    assert said in draft.decision("date.Fecha").evidence[0].en


def test_dates_that_are_known_in_part_keep_their_precision(draft_of) -> None:
    rows = "13/01/2020;00/00/1988;F\n14/01/2020;00/05/1990;M\n15/01/2020;17/05/1990;M\n"
    draft = draft_of("Fecha registro;Fecha nacimiento;Sexo\n" + rows)
    assert draft.document["fields"]["BIRTH_DATE"]["partial"] == {"00/00/": "year", "00/": "month"}
    assert [check["rule"] for check in draft.document["checks"]] == ["R20"]


# --- periods


def period_field(draft):
    return draft.document["fields"]["PERIOD"]


def test_years_before_months_are_asked_with_the_day_of_the_change(draft_of, read_with) -> None:
    rows = [f"{year}-01-01,HTI,1" for year in (2015, 2016, 2017)] + [f"2018-{m:02d}-01,HTI,2" for m in range(1, 13)]
    rows += [f"2019-{m:02d}-01,CUB,2" for m in range(1, 4)]
    text = "t,nat,n\n" + "\n".join(rows) + "\n"
    draft = draft_of(text)
    assert period_field(draft)["period"] == Open("PERIOD.grain")
    assert options(draft, "PERIOD.grain")[0] == "{when: [{before: 2018-01-01, grain: A}, {grain: M}]}"
    assert "2016" in set(read_with(text).observations["PERIOD"])


def test_years_only_are_asked_and_one_month_is_a_month(draft_of) -> None:
    yearly = draft_of("t,nat,n\n2015-01-01,HTI,1\n2016-01-01,HTI,2\n")
    assert period_field(yearly)["period"] == {"grain": Open("PERIOD.grain")}
    assert options(yearly, "PERIOD.grain") == ["A", "M"]
    assert period_field(draft_of("t,nat,n\n2015-01-01,HTI,1\n2015-01-01,CUB,2\n"))["period"] == {"grain": "M"}


def test_a_date_that_another_says_too_is_left_out_and_two_of_a_kind_are_asked(draft_of) -> None:
    rows = "".join(f"2020-{m:02d}-01,2020-{(m - 1) // 3 * 3 + 1:02d}-01,HTI,1\n" for m in range(1, 13))
    follows = draft_of("t,q,nat,n\n" + rows)
    assert period_field(follows)["from"] == "t"
    both = draft_of("t,u,nat,n\n" + "".join(f"2020-{m:02d}-01,2021-{m:02d}-01,HTI,1\n" for m in range(1, 13)))
    assert period_field(both)["from"] == Open("PERIOD.from")
    assert options(both, "PERIOD.from") == ["t", "u"]


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        ("Período,País,n", ["2020-01,Haití,1", "2020-02,Cuba,2"], {"from": "Período", "period": {"grain": "M"}}),
        ("Período,País,n", ["2020-Q1,Haití,1", "2020-Q2,Cuba,2"], {"from": "Período", "period": {"grain": "Q"}}),
        ("Año,País,n", ["2020,Haití,1", "2021,Cuba,2"], {"from": "Año", "period": {"grain": "A"}}),
        (
            "Año,Mes,País,n",
            ["2020,1,Haití,1", "2021,12,Cuba,2"],
            {"from": "Mes", "period": {"month": "es", "year": {"from": "Año"}}},
        ),
        (
            "Year,Month,Country,n",
            ["2020,OCT,Haiti,1", "2021,NOV,Cuba,2"],
            {"from": "Month", "period": {"month": "en", "year": {"from": "Year"}}},
        ),
    ],
)
def test_a_period_is_read_from_the_columns_that_say_it(draft_of, read_with, header: str, rows, expected) -> None:
    text = "\n".join((header, *rows, ""))
    assert period_field(draft_of(text)) == expected
    assert read_with(text).accepted == 2


def test_a_fiscal_year_is_asked_for_its_first_month(draft_of, read_with) -> None:
    text = "Fiscal Year,Month (abbv),Citizenship,Count\n2017 (FYTD),OCT,HAITI,1\n2017,DEC,CUBA,2\n"
    draft = draft_of(text)
    assert period_field(draft)["period"]["year"] == {"from": "Fiscal Year", "match": "^(\\d{4})"}
    assert options(draft, "fiscal_start")[0] == "10"
    assert set(read_with(text).observations["PERIOD"]) == {"2016-10", "2016-12"}


def test_years_with_a_remark_and_no_month_become_a_parameter(draft_of) -> None:
    draft = draft_of("Año fiscal,País,n\n2017 (parcial),Haití,1\n2018,Cuba,2\n")
    assert draft.document["parameters"]["period"]["type"] == "year"


@pytest.mark.parametrize(
    ("title", "decided", "parameters"),
    [
        ("RECHAZOS DEL MES DE MARZO DE 2022", {"const": "$month", "period": {"month": "es", "year": "$year"}}, []),
        ("Refusals, March 2022", {"const": "$month", "period": {"month": "en", "year": "$year"}}, []),
        ("Atenciones enero - junio 2022", Open("PERIOD"), ["period"]),
        ("Atenciones de enero de 2022 a junio de 2022", Open("PERIOD"), ["period"]),
        ("Atenciones, 2022", Open("PERIOD"), ["period"]),
        ("Atenciones", {"const": "$period", "period": {"grain": "M"}}, ["period"]),
    ],
)
def test_the_title_says_the_month_or_leaves_it_to_be_said(draft_of, title: str, decided, parameters) -> None:
    draft = draft_of(f"{title}\nPaís;Personas\nHaití;1\nCuba;3\n")
    assert period_field(draft) == decided
    assert list(draft.document.get("parameters", {})) == parameters


@pytest.mark.parametrize(
    ("title", "match"),
    [
        ("CUADRO 3: AÑO 2016", "AÑO (\\d{4})"),
        ("Cuadro 3, 2016", ", (\\d{4})$"),
        ("2016", "^(\\d{4})$"),
        ("Datos de 2016 revisados", "de (\\d{4})"),
        ("Datos (2016) revisados", "(\\d{4})"),
        ("Cifras a junio 2016.", " (\\d{4})\\.$"),
    ],
)
def test_the_year_of_a_table_of_months_is_captured_from_its_title(draft_of, title: str, match: str) -> None:
    draft = draft_of(f'"{title}"\nPaís,Enero,Febrero\nHaití,1,2\nCuba,3,4\n')
    assert draft.document["capture"]["year"]["match"] == match


def test_two_years_in_the_title_are_ambiguous(draft_of) -> None:
    draft = draft_of("Comparación 2021 y 2022\nPaís,Enero,Febrero\nHaití,1,2\nCuba,3,4\n")
    assert "capture" not in draft.document
    assert "year" in draft.document["parameters"]
    assert any("ambiguous" in guess.reason.en for guess in draft.guesses)


def test_columns_of_years_and_quarters_are_periods(draft_of, read_with) -> None:
    years = "País,2019,2020,Total\nHaití,1,2,3\nCuba,4,5,9\nTotal,5,7,12\n"
    assert period_field(draft_of(years)) == {"from": "periodo", "period": {"grain": "A"}}
    assert read_with(years).accepted == 6
    quarters = "Nacionalidad,2020-Q1,2020-Q2\nHaití,1,2\nCuba,4,5\n"
    assert set(read_with(quarters).observations["PERIOD"]) == {"2020-Q1", "2020-Q2"}


def test_a_total_without_any_month_is_the_figure_of_its_year(draft_of, read_with) -> None:
    text = "AÑO 2015\nPaís,Total,Ene.,Feb.\nHaití,7,,\nCuba,5,2,3\n"
    assert draft_of(text).document["totals"] == [{"column": "Total", "over": "mes", "keep": "without_parts"}]
    assert "2015" in set(read_with(text, {"cells.blank": "not_a_record"}).observations["PERIOD"])


# --- sex, age, accompaniment


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Hombres", "Niñas"], {"Hombres": {"SEX": "M", "AGE": "Y_GE18"}, "Niñas": {"SEX": "F", "AGE": "Y_LT18"}}),
        (["niños"], {}),
        (["H", "M"], {"H": {"SEX": "M"}, "M": {"SEX": "F"}}),
        (["F", "M", "X"], {"F": {"SEX": "F"}, "M": {"SEX": "M"}}),
        (["Adolescentes", "0-17"], {"0-17": {"AGE": "Y_LT18"}}),
        (["18-29"], {}),
        (["Desconocido"], {}),
        (["Hombres y mujeres"], {}),
        (["menores de 12, niñas"], {"menores de 12, niñas": {"AGE": "Y_LT12", "SEX": "F"}}),
        (["adultos menores"], {}),
    ],
)
def test_a_group_is_read_word_by_word_and_a_word_too_many_stops_it(labels, expected) -> None:
    assert {label: dict(meaning.dims) for label, meaning in meanings(labels).items()} == expected


def test_men_and_women_alone_may_be_of_all_ages(draft_of, read_with) -> None:
    text = "MARZO DE 2022\nPaís;Hombres;Mujeres;Total\nHaití;1;2;3\nCuba;3;4;7\n"
    assert draft_of(text).document["fields"]["SEX + AGE"]["map"] == Open("SEX + AGE")
    assert set(read_with(text, {"SEX + AGE": "{Hombres: [M, Y_GE18], Mujeres: [F, Y_GE18]}"}).observations["AGE"]) == {
        "Y_GE18",
        "_T",
    }


def test_where_another_column_says_the_age_they_are_sexes(draft_of) -> None:
    rows = "2020-01-01,Hombre,0-17,5\n2020-01-01,Mujer,18+,6\n"
    draft = draft_of("t,Sexo,Grupo de edad,Personas\n" + rows)
    assert draft.document["fields"]["SEX"]["map"] == {"Hombre": "M", "Mujer": "F"}
    assert draft.document["fields"]["AGE"]["map"] == {"0-17": "Y_LT18", "18+": "Y_GE18"}


def test_of_two_columns_of_sexes_one_is_read(draft_of) -> None:
    draft = draft_of("t,Sexo,Género,n\n2020-01-01,F,Mujer,5\n2020-02-01,M,Hombre,6\n")
    assert draft.document["fields"]["SEX"]["from"] == "Sexo"
    assert "drop.Género" in ids(draft)


def test_children_that_appear_later_only_ask_for_a_map_by_period(draft_of, read_with) -> None:
    rows = ["2022-11-01,men,1", "2022-11-01,women,2", "2022-12-01,men,1"]
    rows += ["2023-01-01,men,1", "2023-01-01,women,2", "2023-01-01,boys,3", "2023-02-01,girls,3"]
    text = "t,demog,n\n" + "\n".join(rows) + "\n"
    draft = draft_of(text)
    assert draft.document["fields"]["SEX + AGE"]["map"] == Open("SEX + AGE")
    assert "2023-01-01" in options(draft, "SEX + AGE")[0]
    ages = read_with(text).observations
    assert set(ages.filter(PERIOD="2022-12")["AGE"]) == {"_T"}
    assert set(ages.filter(PERIOD="2023-01", SEX="M")["AGE"]) == {"Y_GE18", "Y_LT18"}


def test_children_in_every_period_and_days_in_another_order_ask_nothing(draft_of) -> None:
    always = "2022-11-01,men,1\n2022-11-01,boys,2\n2022-12-01,men,3\n"
    assert "SEX + AGE" not in ids(draft_of("t,demog,n\n" + always))
    other = "30/11/2022,men,1\n30/12/2022,men,3\n30/12/2022,boys,2\n"
    assert "SEX + AGE" not in ids(draft_of("t,demog,n\n" + other))


def test_a_coded_sex_is_asked_code_by_code(draft_of) -> None:
    draft = draft_of("t,sexo,nat,n\n2020-01-01,1,HTI,5\n2020-01-01,2,HTI,6\n2020-01-01,,CUB,6\n")
    assert {"SEX.1", "SEX.2", "SEX.blank"} <= set(ids(draft))
    assert options(draft, "SEX.1") == ["F", "M", "_U", "_T", "_O", ""]


def test_three_dimensions_in_one_label_are_offered_in_the_combinations_that_occur(draft_of) -> None:
    header = "MES;HOMBRES;NIÑOS ACOMPAÑADOS;NIÑAS NO ACOMPAÑADAS;OTROS NIÑOS\n"
    draft = draft_of("AÑO 2022\n" + header + "ENERO;1;2;3;4\nFEBRERO;1;2;3;4\n")
    assert draft.document["unpivot" if "unpivot" in draft.document else "fields"]


# --- nationalities and places


def test_a_code_whose_neighbours_never_occur_is_asked(draft_of) -> None:
    rows = "".join(f"2020-01-01,{code},1\n" for code in ("HTI", "CUB", "COG", "GIN", "GNB", "VEN", "NPL", "OOO"))
    draft = draft_of("t,nat,n\n" + rows)
    assert options(draft, "CITIZENSHIP.COG") == ["COG", "X_CONGO"]
    assert options(draft, "CITIZENSHIP.GIN") == ["GIN", "X_GUINEA"]
    assert "CITIZENSHIP.GNB" not in ids(draft)
    assert options(draft, "CITIZENSHIP.OOO")[-1] == ""
    assert groups_in_part(["COG", "COD"]) == ()
    others = "".join(f"2020-01-01,{code},1\n" for code in ("HTI", "CUB", "VEN", "GNB", "GNQ"))
    assert not [id_ for id_ in ids(draft_of("t,nat,n\n" + others)) if id_.startswith("CITIZENSHIP.G")]


def test_labels_of_several_lists_name_the_lists_that_know_them() -> None:
    reading = citizenships(["Haití", "Cuba", "Germany", "haitianos"])
    assert dict(reading.decided) == {"Haití": "HTI", "Cuba": "CUB", "Germany": "DEU", "haitianos": "HTI"}
    assert reading.lists == ("names_en", "gentilicios_es")
    assert citizenships([]).share == 0


def test_places_that_no_list_has_get_the_nearest_and_blank_the_whole() -> None:
    reading = read_places(["Trojes", "Trojes (nuevo)", ""], "HND")
    assert dict(reading.decided) == {"Trojes": "HND_TROJES"}
    first = [entry.options[0].value for entry in reading.undecided]
    assert first == ["HND_TROJES", "_T"]


def test_a_country_of_birth_or_residence_is_no_nationality(draft_of) -> None:
    draft = draft_of("t,País de residencia,n\n2020-01-01,Haití,5\n2020-02-01,Cuba,6\n")
    assert draft.document["fields"]["CITIZENSHIP"] == {"const": Open("CITIZENSHIP")}
    assert "drop.País de residencia" in ids(draft)


def test_a_column_that_says_nationality_is_one_whatever_its_labels(draft_of, read_with) -> None:
    text = "t,Nacionalidad,n\n2020-01-01,la República de Albania,5\n2020-01-01,el Reino de Bélgica,6\n"
    draft = draft_of(text)
    assert options(draft, "CITIZENSHIP.la República de Albania")[0] == "ALB"
    everything = {id_: "" for id_ in ids(draft) if id_.startswith("CITIZENSHIP.")}
    assert read_with(text, everything).quarantined == 2


def test_nationalities_may_be_columns(draft_of, read_with) -> None:
    text = "Mes,Haití,Cuba,Congo,Venezuela,Total\nEnero,1,2,3,4,10\nFebrero,5,6,7,8,26\n"
    draft = draft_of(text)
    assert draft.document["unpivot"]["as"] == "nacionalidad"
    assert "CITIZENSHIP.Congo" in ids(draft)
    assert read_with(text, year="2020").accepted == 8


def test_of_two_columns_of_countries_the_one_that_says_nationality_is_taken(draft_of) -> None:
    draft = draft_of("t,País,Nacionalidad,n\n2020-01-01,Haití,Cuba,5\n2020-02-01,Cuba,Haití,6\n")
    assert draft.document["fields"]["CITIZENSHIP"]["from"] == "Nacionalidad"
    assert "drop.País" in ids(draft)


def test_a_border_is_asked_of_the_united_states_only(draft_of) -> None:
    text = "t,area,nat,n\n2020-01-01,Yuma Sector,HTI,5\n2020-02-01,El Paso Sector,CUB,6\n"
    assert options(draft_of(text), "BORDER")[0] == "_T"
    assert "BORDER" not in ids(draft_of("t,nat,n\n2020-01-01,HTI,5\n2020-01-01,CUB,5\n"))


def test_kinds_of_return_that_are_not_known_are_asked_with_the_age_they_imply(draft_of) -> None:
    rows = "2020-01-01,HTI,Deportación,5\n2020-01-01,HTI,Retorno asistido,5\n2020-01-01,CUB,Salida de menores,5\n"
    draft = draft_of("t,nat,tipo,n\n" + rows)
    asked = options(draft, "MEASURE + AGE.Salida de menores")
    assert "[RET_ASS_CH, Y_LT18]" in asked
    assert "[DEPORT, _T]" in asked
    assert asked[-1] == ""


def test_remarks_are_no_labels(draft_of) -> None:
    draft = draft_of("t,nat,Notas,n\n2020-01-01,HTI,Cuba,5\n2020-01-01,CUB,Cuba,5\n2020-02-01,CUB,Haití,5\n")
    assert "drop.Notas" in ids(draft)


def test_a_long_list_is_looked_at_whole(draft_of) -> None:
    """More rows than a table made for the eye, more labels than any code list, and the only proof in the last row."""
    rows = "".join(f"01/02/2020;Etiqueta {number};{number}\n" for number in range(20_001))
    draft = draft_of("Fecha;Nacionalidad;Casos\n" + rows + "13/02/2020;Haití;1\n")
    assert draft.document["fields"]["PERIOD"]["date"] == "DD/MM/YYYY"
    assert draft.shown.height == 20_002


# --- columns of figures


def test_several_columns_of_numbers_that_nothing_names_are_asked(draft_of, read_with) -> None:
    text = "t,nat,Grado A,Grado B\n2020-01-01,HTI,5,1\n2020-01-01,CUB,6,2\n"
    draft = draft_of(text)
    assert draft.document["fields"]["OBS_VALUE"]["from"] == Open("OBS_VALUE.from")
    assert read_with(text, {"OBS_VALUE.from": "Grado B"}).observations["OBS_VALUE"].sum() == 3


def test_of_two_columns_that_say_figures_the_total_is_taken_or_both_are_asked(draft_of) -> None:
    rows = "2020-01-01,HTI,5,1\n2020-01-01,CUB,6,2\n"
    assert draft_of("t,nat,Casos,Total\n" + rows).document["fields"]["OBS_VALUE"]["from"] == "Total"
    asked = draft_of("t,nat,Personas,Eventos\n" + rows)
    assert options(asked, "OBS_VALUE.from") == ["Personas", "Eventos"]


def test_what_follows_from_other_columns_is_left_out_with_the_reason(draft_of) -> None:
    rows = "".join(
        f"2020-01-01,{code},{'A' if code < 'H' else 'B'},fijo,{number},{number % 7}\n"
        for number, code in enumerate(["CUB", "HTI", "VEN", "COL"] * 30, start=1)
    )
    draft = draft_of("t,nat,grupo fuente,serie,n,resto\n" + rows)
    assert draft.document["drop"]["grupo fuente"] == "se sigue de nat / it follows from nat"
    assert draft.document["drop"]["serie"] == "lo mismo en todas las filas / the same in every row"
    assert "drop.resto" in ids(draft)
