"""Labels that no map decides: which they are, what they may mean, which decisions stand, which profile they make."""

from collections.abc import Callable
from datetime import date

import pytest

from istmo.intake.grammar import Labels
from istmo.intake.problems import HIDDEN
from istmo.intake.profiles import builtin_profiles, profile_source, read_profile
from istmo.intake.result import Intake
from istmo.intake.reviewing import proposing
from istmo.intake.reviewing.candidates import candidates, named
from istmo.intake.reviewing.deciding import (
    LONGEST,
    Decision,
    Verdict,
    allowed,
    decide,
    entries_of,
    nearly,
    rule_wanted,
    why_rule,
)
from istmo.intake.reviewing.labels import labelled_field, unmapped
from istmo.intake.reviewing.proposing import propose, raised
from istmo.model.errors import IntegrityFailure, InvalidInput
from istmo.model.findings import Finding, Severity, findings_frame
from istmo.model.text import Text

Read = Callable[..., Intake]
ON = date(2024, 2, 1)
PROFILE = """
profile: PAN.SNM.prueba
version: 1.0.0
author: Ana
date: 2024-01-01
read: {header: {find: "^País,"}}
unpivot: {keep: [País], columns: "^(H|M|Niñas)$", as: sexo, value: n}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP:
    from: País
    strip: "\\\\s*\\\\((\\\\d)\\\\)$"
    map:
      Haití: HTI # as the source writes it
      Cuba: CUB
    lists: [gentilicios_es]
  "SEX + AGE": {from: sexo, map: {H: [M, _T], M: [F, _T]}}
  OBS_VALUE: {from: n, integer: {}}
"""
BUILT = read_profile(PROFILE.encode(), name="p")


def mapped(label: str, *codes: str, field: str = "CITIZENSHIP", rule: str = "") -> Decision:
    return Decision(field, label, Verdict.MAP, codes, "una nota", rule, "Ana Ejemplo", ON)


def proposed(text: str, *decisions: Decision, **library: str) -> proposing.Proposal:
    known = {name.replace("_", "."): source.encode() for name, source in library.items()}
    return propose(text.encode(), decisions, author="Ana Ejemplo", on=ON, name="p.yaml", library=known)


# --- which labels


def test_labels_that_stopped_rows_are_counted_by_field_however_they_are_written(read: Read) -> None:
    result = read("País,H,M,Niñas\nHATI,1,2,3\nHatí (1),1,2,3\nCongo,1,2,3\n,1,2,3\nHaití,1,2,3\n", PROFILE)
    found = unmapped(result.findings, result.profile)
    assert found.select("FIELD", "LABEL", "RULE", "TIMES", "ROWS").rows() == [
        ("SEX + AGE", "Niñas", "R9", 5, [2, 3, 4, 5, 6]),
        ("CITIZENSHIP", "HATI", "R9", 2, [2, 3]),
        ("CITIZENSHIP", "Congo", "R11", 1, [4]),
        ("CITIZENSHIP", "", "F14", 1, [5]),
    ]


def test_each_unknown_label_of_a_cell_with_several_is_a_label_of_its_own() -> None:
    profile = builtin_profiles()["IOM.MMP.incidents"]
    (field,) = (field for field in profile.fields if field.columns[0] == "CITIZENSHIP")
    assert isinstance(field.how, Labels)
    found = findings_frame(
        [Finding("R9", Severity.ERROR, Text(es="a", en="a"), "", 3, field.source or "", "HTI,Hatíi,Hatiy")]
    )
    assert unmapped(found, profile).select("FIELD", "LABEL").rows() == [
        ("CITIZENSHIP + NOTE", "Hatíi"),
        ("CITIZENSHIP + NOTE", "Hatiy"),
    ]


def test_labels_of_personal_fields_are_never_among_them(read: Read) -> None:
    profile = """
profile: PAN.SNM.prueba
version: 1.0.0
grain: person
read: {header: {find: "^a,"}}
fields:
  REPORTER: {const: PAN}
  AGENCY: {const: SNM}
  DATASET: {const: prueba}
  NAME: {from: a, personal: yes, map: {x: y}}
  SEX: {from: b, map: {M: M}}
"""
    result = read("a,b\nAna Ejemplo,Q\n", profile)
    assert HIDDEN in result.findings["value"].to_list()
    found = unmapped(result.findings, result.profile)
    assert found.select("FIELD", "LABEL").rows() == [("SEX", "Q")]


# --- what they may mean


def reasons(label: str, field: str = "CITIZENSHIP") -> dict[str, list[str]]:
    found = candidates(label, field, BUILT, builtin_profiles())
    return {" ".join(candidate.codes): [reason.es for reason in candidate.reasons] for candidate in found}


def test_candidates_come_with_what_speaks_for_them() -> None:
    assert reasons("Haitti")["HTI"] == [
        "se escribe como «haiti» de este perfil salvo una letra",
        "se parece a «haiti» (91 %)",
    ]
    assert reasons("Colombia")["COL"][:2] == [
        "nombre en español, lista de referencia",
        "nombre en inglés, lista de referencia",
    ]
    assert reasons("haitianas")["HTI"] == ["gentilicio en español, lista de referencia"]
    congo = reasons("Congo")
    assert list(congo) == ["X_CONGO", "COG", "COD"]
    assert congo["X_CONGO"][0].startswith("PAN usa una sola etiqueta y MEX la otra; una regla de la fuente la resuelve")
    assert "así en el perfil PAN.SNM.cuadro003@1.0.0" in congo["X_CONGO"]
    assert next(iter(reasons("Conggo"))) == "X_CONGO"
    assert reasons("Corea")["PRK"] == [
        "Decide una regla que diga cuál es en la fuente (República de Corea, República Popular Democrática de Corea), "
        "o que la fuente no distingue (X_KOREA)."
    ]
    assert reasons("Otros países de África (resto)") != {}
    assert set(reasons("")) <= {"_T", "_U", "_Z"}


def test_candidates_of_other_lists_are_names_of_those() -> None:
    assert "F Y_LT18" in reasons("Niñas", "SEX + AGE")
    assert candidates("Niñas", "SEX", BUILT, {}) == ()
    field = labelled_field(BUILT, "SEX + AGE")
    assert field is not None
    assert named(field, ("F", "_T")).en == "Female, Total"
    mexico = builtin_profiles()["MEX.UPM.3_1_3"]
    assert next(candidate.codes for candidate in candidates("Hombre", "SEX", mexico, {})) == ("M",)
    honduras = builtin_profiles()["HND.INM.flujo"]
    (first, *_) = candidates("Choluteca (CAMI)", "PLACE", honduras, {})
    assert (first.codes, first.name.es) == (("HND_CHOLUTECA",), "CAMI Choluteca")
    place = labelled_field(honduras, "PLACE")
    assert place is not None
    assert named(place, ("_U",)).es == "_U"
    free = read_profile(PROFILE.replace("CITIZENSHIP:", "NOTE:").encode(), name="p")
    assert candidates("Hatíi", "NOTE", free, {})[0].name.es == "HTI"


# --- which decisions may stand


def check(
    label: str, *codes: str, note: str = "una nota", rule: str = "", author: str = "Ana", **more: str
) -> Decision:
    field = more.get("field", "CITIZENSHIP")
    verdict = Verdict(more.get("verdict", "map"))
    return decide(
        BUILT, field=field, label=label, verdict=verdict, codes=codes, note=note, source_rule=rule, author=author, on=ON
    )


@pytest.mark.parametrize(
    ("label", "codes", "more", "rule", "said"),
    [
        ("Hatí", ("HTI",), {"note": " "}, "R10", "a note and the name"),
        ("Hatí", ("HTI",), {"author": ""}, "R10", "a note and the name"),
        ("Hatí", ("HTI",), {"note": "x" * (LONGEST + 1)}, "R10", "more than 500"),
        ("Hatí", ("HTI",), {"note": "a\x07"}, "R10", "cannot be printed"),
        ("Hatí", ("HTI", "CUB"), {}, "F20", "1 codes were expected and there are 2"),
        ("Hatí", (), {}, "F20", "1 codes were expected and there are 0"),
        ("Hatí", ("HAITI",), {}, "F20", "not in list citizenship"),
        ("Niñas", ("F", "CHILD"), {"field": "SEX + AGE"}, "F20", "not in list age_group"),
        ("Hatí", ("HTI",), {"field": "PLACE"}, "F20", "no field"),
        ("Haití", ("CUB",), {}, "R9", "decides this label already"),
        ("haitiana", ("CUB",), {}, "R9", "decides this label already"),
        ("Congo", ("COG",), {}, "R11", "is ambiguous"),
        ("CONGO", ("X_CONGO",), {}, "R11", "is ambiguous"),
        ("Sudán", ("SDN",), {}, "R11", "is ambiguous"),
        ("Conggo", ("COD",), {}, "R11", "nearly like"),
        ("", ("_U",), {}, "R11", "is ambiguous"),
        ("Congo", ("HTI",), {"rule": "nota 3 del anuario"}, "R11", "may only go to"),
        ("kurdo", ("TUR",), {"rule": "nota 3 del anuario"}, "R11", "may only go to X_OTHER_LABEL"),
        ("africanos", ("NGA",), {"rule": "nota 3 del anuario"}, "R11", "may only go to X_OTHER_LABEL, _U, _O"),
        ("Colombia", ("ECU",), {}, "R11", "the label is COL"),
        ("Zambia", ("GMB",), {}, "R11", "the label is ZMB"),
    ],
)
def test_a_decision_that_may_not_stand_is_refused(
    label: str, codes: tuple[str, ...], more: dict[str, str], rule: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(label, *codes, **more)
    assert refused.value.rule == rule
    assert said in refused.value.in_("en")


def test_decisions_that_may_stand() -> None:
    assert check(" Hatí ", "HTI").label == "Hatí"
    assert check("Congo", "COG", rule="Anuario 2023, nota 2: Congo (Brazzaville)").codes == ("COG",)
    assert check("Congo", verdict="needs_rule").codes == ()
    assert check("Congo", "COG", verdict="leave").codes == ()
    assert check("Niñas", "F", "Y_LT18", field="SEX + AGE").folded == "niñas"
    assert check("Colombia", "COL").source_rule == ""
    assert check("Colombia", "ECU", rule="la fuente los cambió").codes == ("ECU",)
    assert check("Hatí (1)", "HTI").label == "Hatí"
    assert check("", "_U", rule="en blanco: no se preguntó").label == ""


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("Corea", "A rule decides that says which it is in the source (Republic of Korea, "),
        ("Bengali", "A rule decides that says which it is in the source: Bangladesh, India."),
        ("Kosovo", "With a rule of the source it is recorded as "),
        ("Otros", "With a rule of the source it is recorded as "),
        ("africanos", "It names no nationality"),
    ],
)
def test_the_rule_that_could_decide_is_named(label: str, wanted: str) -> None:
    assert rule_wanted(entries_of(label)[0]).en.startswith(wanted)


def test_a_decision_is_about_one_label() -> None:
    incidents = builtin_profiles()["IOM.MMP.incidents"]
    with pytest.raises(InvalidInput, match="about one label"):
        decide(
            incidents,
            field="CITIZENSHIP + NOTE",
            label="Aaa,Bbb",
            verdict=Verdict.LEAVE,
            note="n",
            author="Ana",
            on=ON,
        )


def test_what_makes_a_label_need_a_rule() -> None:
    assert why_rule("Hatí") is None
    assert why_rule("Hatí", "HTI") is None
    assert why_rule("Níger", "NER") is None
    assert why_rule("Níger", "NGA") is not None
    assert nearly("S/D") is None
    assert nearly("Guina") == "Guinea"
    assert allowed("Hatí") is None
    assert allowed("Congo") == ("COG", "COD", "X_CONGO")


# --- which profile they make


def test_a_proposal_adds_the_labels_raises_the_version_and_says_what_was_decided_and_why() -> None:
    made = proposed(
        PROFILE,
        mapped("Hatí", "HTI"),
        mapped("Congo", "COG", rule="Anuario 2023, nota 2"),
        mapped("Niñas: todas", "F", "Y_LT18", field="SEX + AGE"),
        Decision("CITIZENSHIP", "Otro", Verdict.LEAVE, (), "no se sabe", "", "Ana Ejemplo", ON),
    )
    lines = made.new.decode().splitlines()
    assert "version: 1.1.0" in lines
    assert "author: Ana Ejemplo" in lines
    assert "date: 2024-02-01" in lines
    assert "      Haití: HTI # as the source writes it" in lines
    assert "      Hatí: HTI" in lines
    assert "# 1.1.0, 2024-02-01: «Congo» -> COG. una nota [Anuario 2023, nota 2]" in lines
    assert '"Niñas: todas": [F, Y_LT18]' in made.new.decode()
    assert "Otro" not in made.new.decode()
    assert made.diff.startswith("--- PAN.SNM.prueba@1.0.0\n+++ PAN.SNM.prueba@1.1.0\n@@")
    assert "+      Hatí: HTI\n" in made.diff
    assert made.failures == ()
    assert made.profile.label == "PAN.SNM.prueba@1.1.0"
    assert raised("1.9.3") == "1.10.0"
    assert raised("1.9.3", ["1.2.0", "1.12.1"]) == "1.13.0"


CITIZENSHIP = PROFILE[PROFILE.index("  CITIZENSHIP:\n") : PROFILE.index('  "SEX + AGE"')]


@pytest.mark.parametrize(
    "field",
    [
        "  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB}}\n",
        "  CITIZENSHIP: {from: País, map: {Haití: HTI, Cuba: CUB, }}\n",
        "  CITIZENSHIP: {from: País, map: {}, lists: [names_es]}\n",
        "  CITIZENSHIP: {from: País, lists: [names_es]}\n",
        "  CITIZENSHIP:\n    from: País\n    lists: [names_es] # only those\n\n",
        "  CITIZENSHIP:\n    from: País\n    map:\n    - map:\n        Cuba: CUB\n    - {until: 2017, map: {C: TCD}}\n",
        "  CITIZENSHIP:\n    from: País\n    map:\n      - from: 2017-06-30\n        map: {China: CHN}\n",
        "  CITIZENSHIP: {from: País, map: [{from: 2017-06, map: {China: CHN}}]}\n",
        "  CITIZENSHIP: {from: País, map: [{from: 2017-06, map: {China: CHN}}, {map: {Haití: HTI}}]}\n",
    ],
)
def test_however_a_map_is_written_only_the_label_is_added(field: str) -> None:
    made = proposed(PROFILE.replace(CITIZENSHIP, field), mapped("Hatí", "HTI"))
    changed = [line for line in made.diff.splitlines()[2:] if line.startswith(("+", "-"))]
    assert len([line for line in changed if "Hatí" in line]) == 2  # the note and the map
    how = labelled_field(made.profile, "CITIZENSHIP")
    assert how is not None
    assert isinstance(how.how, Labels)
    assert any(map_.codes.get("hati") == ("HTI",) for map_ in how.how.maps)


BASE = "profile: PAN.SNM.base\nversion: 1.0.0\nabstract: yes\n" + PROFILE[PROFILE.index("read:") :]
DATED = BASE.replace(
    "      Haití: HTI # as the source writes it\n      Cuba: CUB\n",
    "      - {until: 2017-06-30, map: {China: CHN}}\n      - map: {Haití: HTI}\n",
)
OWN = "profile: PAN.SNM.prueba\nversion: 1.0.0\nextends: PAN.SNM.base\n"


@pytest.mark.parametrize("base", [BASE, DATED])
@pytest.mark.parametrize(
    "own",
    [
        OWN,
        OWN.rstrip(),
        OWN + "fields:\n  DATASET: {const: x}\n",
        OWN + "fields: {DATASET: {const: x}}\n",
        OWN + 'fields:\n  CITIZENSHIP: {strip: ""}\n',
        OWN + "fields:\n  CITIZENSHIP:\n    lists: [names_es]\n",
    ],
)
def test_a_map_that_is_inherited_stays_and_the_label_is_added_beside_it(base: str, own: str) -> None:
    made = proposed(own, mapped("Hatí", "HTI"), PAN_SNM_base=base)
    field = labelled_field(made.profile, "CITIZENSHIP")
    assert field is not None
    assert isinstance(field.how, Labels)
    known = {label: codes for map_ in field.how.maps for label, codes in map_.codes.items()}
    assert known["haiti"] == known["hati"] == ("HTI",)
    assert ("china" in known) == (base is DATED)
    assert "author: Ana Ejemplo" in made.new.decode()


def test_a_map_that_was_taken_away_on_purpose_is_not_brought_back() -> None:
    own = OWN + 'fields:\n  CITIZENSHIP: {map: ""}\n'
    with pytest.raises(IntegrityFailure, match="without changing something else"):
        proposed(own, mapped("Hatí", "HTI"), PAN_SNM_base=BASE)


def test_nothing_to_map_and_two_answers_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no label to add"):
        proposed(PROFILE, Decision("CITIZENSHIP", "Otro", Verdict.LEAVE, (), "n", "", "Ana", ON))
    with pytest.raises(InvalidInput, match="two different decisions"):
        proposed(PROFILE, mapped("Hatí", "HTI"), mapped("Hatí", "CUB"))
    with pytest.raises(InvalidInput, match="is ambiguous"):
        proposed(PROFILE, mapped("Congo", "COG"))


def test_a_sample_that_no_longer_holds_is_told() -> None:
    sample = "tests:\n  - name: errata\n    text: |\n      País,H\n      Hatí,1\n    expect: {quarantined: 1}\n"
    made = proposed(PROFILE + sample, mapped("Hatí", "HTI"))
    assert [failure.sample for failure in made.failures] == ["errata"]


def test_a_text_that_would_change_anything_else_is_not_proposed(monkeypatch: pytest.MonkeyPatch) -> None:
    def clumsy(text: str, *_: object) -> str:
        return (
            text.replace("version: 1.0.0", "version: 1.1.0")
            .replace("Cuba: CUB", "Cuba: CUB\n      Hatí: HTI")
            .replace("TRA_IRR", "ENT_IRR")
        )

    monkeypatch.setattr(proposing, "_edited", clumsy)
    with pytest.raises(IntegrityFailure, match="without changing something else"):
        proposed(PROFILE, mapped("Hatí", "HTI"))


def test_profiles_of_the_program_can_be_proposed_from_their_own_text() -> None:
    made = propose(
        profile_source("PAN.SNM.cuadro003"), [mapped("Hatí", "HTI")], author="Ana", on=ON, name="PAN.SNM.cuadro003.yaml"
    )
    assert made.profile.label == "PAN.SNM.cuadro003@1.1.0"
