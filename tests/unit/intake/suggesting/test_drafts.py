"""A draft as a whole: what it writes is read back, its answers fill it, and it can be kept and taken up again."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.intake.profiles import read_profile
from istmo.intake.profiles.marks import marks
from istmo.intake.suggesting.answering import open_decisions, profile_text, value_of
from istmo.intake.suggesting.drafting import written
from istmo.intake.suggesting.matters import reporters, table_id
from istmo.intake.suggesting.reporting import as_json
from istmo.intake.suggesting.storing import from_json, to_json
from istmo.intake.suggesting.values import Decision, Open, Option, Role
from istmo.intake.suggesting.writing import flow, option_text, scalar, write
from istmo.model.documents import read_document
from istmo.model.errors import InvalidInput
from istmo.model.text import Text

TABLE = (
    "SERVICIO NACIONAL DE MIGRACIÓN\n"
    "TRÁNSITO IRREGULAR POR LA FRONTERA CON COLOMBIA: AÑO 2016\n"
    "Cuadro No. 003\n"
    "País,Total,Ene.,Feb.\n"
    'Total,"1,012","1,010",2\n'
    'Haití,"1,000","1,000",-\n'
    "Congo,10,10,-\n"
    "Chile (1),2,-,2\n"
    "(1) Hijos de padres haitianos.\n"
    "Cifras preliminares\n"
)
PERSONS = (
    "Caso;Nombre;Fecha de ingreso;Nacionalidad;Sexo;Edad;Tipo de documento;Permiso;Vence;Agua;Comida;Techo;Nota\n"
    "ZX-1;Persona Una;13/06/2016;Haitiana;F;30;Pasaporte;PIT-25;13/07/2016;1;0;1;dice algo\n"
    "ZX-2;Persona Dos;14/06/2016;Cubana;F;9999;Ninguno;;14/07/2016;0;1;9999;\n"
    "ZX-3;Persona Tres;15/06/2016;Congoleña;M;22;Pasaporte;PIT-25;;1;1;0;\n"
)


def test_a_draft_names_its_open_decisions_and_is_not_read_before_they_are_taken(draft_of) -> None:
    draft = draft_of(TABLE)
    with pytest.raises(InvalidInput) as refused:
        read_profile(written(draft).encode(), name="draft.yaml")
    assert "MEASURE" in refused.value.in_("en")
    many = {"profile": "x", "version": "1.0.0", "fields": {f"F{number}": f"DECIDE: D{number}" for number in range(20)}}
    with pytest.raises(InvalidInput) as refused:
        read_profile(write(many, {}).encode(), name="many.yaml")
    assert "…" in refused.value.message.es


def test_a_draft_is_of_the_day_that_it_is_given(draft_of) -> None:
    assert draft_of(TABLE, on=date(2024, 2, 1)).document["date"] == "2024-02-01"
    assert "date" not in draft_of(TABLE).document


def test_every_mark_of_the_written_draft_is_a_decision_and_each_decision_is_marked_once(draft_of) -> None:
    for text in (TABLE, PERSONS):
        draft = draft_of(text)
        document = read_document(written(draft).encode(), name="draft.yaml")
        assert sorted(marks(document)) == sorted(decision.id for decision in draft.decisions)


def test_an_answered_draft_reads_the_file_and_its_sample_holds_the_counts(draft_of, read_with) -> None:
    result = read_with(TABLE, {"CITIZENSHIP.Congo": "X_CONGO", "MEASURE": "TRA_IRR"})
    assert (result.read, result.accepted) == (8, 8)
    sample = result.profile.samples[0]
    assert set(sample.expect) == {"read", "accepted", "quarantined", "rejected"}
    assert "1,0" in sample.text
    assert set(result.observations["OBS_STATUS"]) == {"P"}
    assert result.profile.recognise.first_lines == "^Cuadro No\\. 003"


def test_what_is_not_answered_stays_marked_with_its_options(draft_of) -> None:
    draft = draft_of(TABLE)
    text = profile_text(draft, {"MEASURE": "TRA_IRR"})
    assert "MEASURE: {const: TRA_IRR}" in text
    assert 'UNIT: {const: "DECIDE: UNIT"}' in text
    left = [decision.id for decision in open_decisions(draft, {"MEASURE": "TRA_IRR"})]
    assert "MEASURE" not in left
    assert "UNIT" in left


def test_an_answer_that_is_none_is_refused_with_the_options(draft_of) -> None:
    draft = draft_of(TABLE)
    for id_, answer in (("MEASURE", "NADA"), ("profile", "sin puntos"), ("author", "")):
        with pytest.raises(InvalidInput) as refused:
            value_of(draft.decision(id_), answer)
        assert refused.value.place == id_
        assert refused.value.advice is not None


def test_answers_that_make_no_profile_leave_the_sample_as_it_is(draft_of) -> None:
    draft = draft_of(TABLE)
    answers = {d.id: option_text(d.options[0]) if d.options else "Prueba" for d in draft.decisions}
    text = profile_text(draft, {**answers, "profile": "ZZZ.X.cuadro"})
    assert "expect: {rejected: 0}" in text


def test_the_options_say_what_speaks_for_them(draft_of) -> None:
    draft = draft_of(TABLE, filename="pan_snm_cuadro003.csv")
    assert [option_text(option) for option in draft.decision("profile").options] == [
        "PAN.SNM.cuadro003",
        "PAN.SENAFRONT.snm_cuadro003",
    ]
    measure = draft.decision("MEASURE").options[0]
    assert (measure.value, measure.reason) == (
        "TRA_IRR",
        Text(es="dice «transito irregular»", en="it says “transito irregular”"),
    )
    assert draft.decision("PLACE").options[0].value == "PAN_COL"
    assert draft.decision("cells.-").options[0].value == {"zero_if": "mes has a total", "else": "not_reported"}


def test_reporters_are_named_by_agency_acronym_country_or_file() -> None:
    assert reporters(["Unidad de Política Migratoria, Registro e Identidad de Personas"], filename="x", country="") == {
        "MEX": ("UPMRIP",)
    }
    assert list(reporters([], filename="usa_cbp.csv", country="")) == ["USA"]
    assert reporters(["boletín de la UPM, México"], filename="x.csv", country="")["MEX"][0] == "UPMRIP"
    assert reporters(["nada"], filename="x.csv", country="") == {}
    assert table_id("###.csv") == "cuadro"


# --- persons


def test_unit_records_name_their_fields_and_mask_the_person(draft_of, read_with) -> None:
    draft = draft_of(PERSONS)
    fields = draft.document["fields"]
    assert draft.personal
    assert fields["EVENT_DATE"] == {"from": "Fecha de ingreso", "date": "DD/MM/YYYY"}
    assert fields["VALID_UNTIL"]["blank"] == "none"
    assert fields["AGE_YEARS"] == {"from": "Edad", "integer": {"min": "0", "max": "110"}, "missing": ["9999"]}
    assert fields["DOCUMENT"]["map"] == {"Pasaporte": "PASSPORT", "Ninguno": Open("DOCUMENT.Ninguno")}
    assert fields["PERMIT"]["map"] == {"PIT-25": "PIT25", "": Open("PERMIT.blank")}
    assert list(fields["SERVICES"]["flags"]) == ["Agua", "Comida", "Techo"]
    assert fields["SERVICES"]["missing"] == ["9999"]
    assert Open("number.Caso") in fields
    assert set(draft.document["drop"]) == {"Nombre", "Nota"}
    assert draft.shown.rows == ()
    roles = {column.label: column.role for column in draft.columns}
    assert (roles["Nombre"], roles["Caso"], roles["Sexo"]) == (Role.PERSONAL, Role.PERSONAL, Role.FIELD)
    answers = {"number.Caso": "SOURCE_ID", "MEASURE": "", "SERVICES.Agua": "WATER", "CITIZENSHIP.Congoleña": "X_CONGO"}
    result = read_with(PERSONS, answers)
    assert (result.read, result.accepted) == (3, 3)
    assert "SOURCE_ID" not in result.rows.columns


def test_a_number_made_of_a_name_need_not_be_read_and_services_may_be_none(read_with) -> None:
    answers = {"number.Caso": "", "MEASURE": "{const: RET_REC}", **{f"SERVICES.{n}": "" for n in ("Agua", "Comida")}}
    result = read_with(PERSONS, {**answers, "SERVICES.Techo": "SHELTER"})
    assert result.accepted == 3


def test_two_dates_of_an_event_are_asked(draft_of) -> None:
    draft = draft_of(
        "Nombre;Fecha de ingreso;Fecha de salida;Sexo\nUna;13/06/2016;14/06/2016;F\nDos;15/06/2016;16/06/2016;M\n"
    )
    assert draft.document["fields"]["EVENT_DATE"]["from"] == Open("EVENT_DATE.from")
    assert draft.document["fields"]["CITIZENSHIP"] == Open("CITIZENSHIP")


def test_a_file_of_persons_without_any_date_is_one_too(draft_of) -> None:
    draft = draft_of("Nombre;Sexo;Edad\nUna;F;20\nDos;M;30\n")
    assert draft.personal
    assert "EVENT_DATE" not in draft.document["fields"]


def test_days_of_events_without_figures_are_records_of_persons(draft_of) -> None:
    draft = draft_of("Fecha;Puesto;Sexo\n13/06/2016;Paso Canoas;F\n14/06/2016;Peñas Blancas;M\n")
    assert draft.personal


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Correo", "una@ejemplo.org"),
        ("Campo", "una@ejemplo.org"),
        ("Campo", "+507 6000-0001"),
        ("Doc.", "ZX000"),
        ("Número", "77"),
    ],
)
def test_a_column_is_personal_by_its_header_or_by_its_texts(draft_of, header: str, value: str) -> None:
    rows = "".join(f"13/06/2016;{value[:-1]}{number};F\n" for number in range(3))
    draft = draft_of(f"Fecha;{header};Sexo\n" + rows)
    assert [column.masked for column in draft.columns if column.label == header] == [True]


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ("Campo 7", ["10000000000"]),  # one long number
        ("Campo 7", ["4512", "8831", "1290"]),  # each row its own, all of one length
        ("Total", ["70112345678", "70112345679"]),  # longer than figures are, whatever the header says
        ("Registros", ["60112345", "60112346", "ninguno"]),
        ("Sexo", ["60112345", "60112346"]),  # the columns are shifted
        ("Id", ["77"]),  # a key of the only row
        ("Enero", ["70112345678", "70112345679"]),
    ],
)
def test_numbers_that_may_tell_who_somebody_is_are_not_shown(draft_of, header: str, texts: list[str]) -> None:
    for first, sex in (("13/06/2016;Haití", ";F"), ("13/06/2016;Haití", ""), ("Haití;Cuba", ";1")):
        draft = draft_of(f"Fecha;País;{header};G\n" + "".join(f"{first};{text}{sex}\n" for text in texts))
        shown = written(draft) + json.dumps(as_json(draft, {}, text="", fits=())) + repr(draft)
        assert not [text for text in texts if len(text) > 2 and text in shown]
        assert [column.masked for column in draft.columns if column.label == header] == [True]


def test_figures_under_a_header_that_names_none_are_shown(draft_of) -> None:
    draft = draft_of("Fecha;País;Ingresos\n2016-06-01;Haití;12\n2016-06-01;Cuba;1340\n2016-07-01;Cuba;1255\n")
    assert draft.document["fields"]["OBS_VALUE"]["from"] == "Ingresos"
    assert draft.shown.rows[1].cells == ("2016-06-01", "Cuba", "1340")


@pytest.mark.parametrize("header", ["Nombre del puesto", "Tipo de documento", "Niños no acompañados"])
def test_a_place_or_a_kind_is_not_personal(draft_of, header: str) -> None:
    draft = draft_of(f"t,{header},n\n2020-01-01,A,1\n2020-02-01,A,2\n")
    assert [column.role for column in draft.columns if column.label == header] != [Role.PERSONAL]


# --- writing and keeping


@given(st.text())
def test_any_text_is_written_so_that_it_is_read_back(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    document = {"key": text, "list": [text, {"inner": text}], f"k{text[:50]}": {"a": {text[:50]: "b"}}}
    assert read_document(write(document, {}).encode(), name="x") == document


def test_long_blocks_and_lists_are_written_on_lines_of_their_own() -> None:
    decision = Decision("D", Text(es="¿?", en="?"), options=(Option("a", Text(es="a", en="a")),), pattern="x")
    long = {f"key{number}": "value" for number in range(20)}
    document = {"list": [long, {"a": Open("D"), "b": "c"}, "text"], "block": {"inner": long}, Open("D"): "v"}
    text = write(document, {"D": decision})
    assert read_document(text.encode(), name="x") == {
        "list": [long, {"a": "DECIDE: D", "b": "c"}, "text"],
        "block": {"inner": long},
        "DECIDE: D": "v",
    }
    assert text.count("# DECIDE D") == 2
    assert decision.free


def test_what_may_stand_bare_is_not_quoted() -> None:
    assert [scalar(text) for text in ("HTI", "$year", "_T", "2016", "País y mes", "", "a: b", "-")] == [
        *("HTI", "$year", "_T", "2016", "País y mes"),
        *('""', '"a: b"', '"-"'),
    ]
    assert flow(["M", {"a": Open("x")}]) == '[M, {a: "DECIDE: x"}]'


def test_a_draft_is_the_same_after_it_was_kept(draft_of) -> None:
    for text in (TABLE, PERSONS):
        draft = draft_of(text)
        assert from_json(json.loads(json.dumps(to_json(draft)))) == draft


def test_a_machine_reads_the_decisions_the_evidence_and_the_columns(draft_of) -> None:
    draft = draft_of(TABLE)
    report = as_json(draft, {"MEASURE": "TRA_IRR"}, text="yaml", fits=("PAN.SNM.cuadro003",))
    assert report["fits"] == ["PAN.SNM.cuadro003"]
    assert {entry["id"]: entry["open"] for entry in report["decisions"]}["MEASURE"] is False
    assert {entry["column"] for entry in report["columns"]} == {"País", "Total", "Ene.", "Feb."}
