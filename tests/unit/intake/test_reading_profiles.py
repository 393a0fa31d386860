"""A profile that says something it may not say is refused with the place of it; what it says becomes a frozen value."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from istmo.intake.grammar import Keep, Labels, Meaning, RecordGrain
from istmo.intake.profiles import attributed, builtin_profiles, profile_source, read_profile, sources
from istmo.model.errors import InvalidInput
from istmo.model.findings import rules

BASE = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,n"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: País, map: {Haití: HTI}}
  OBS_VALUE: {from: n, integer: {}}
"""


def read(text: str, **library: str):
    known = {name.replace("__", "."): content.encode() for name, content in library.items()}
    return read_profile(text.encode(), name="p.yaml", library=known)


def refused(text: str, rule: str = "F20", **library: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(text, **library)
    assert caught.value.rule == rule
    assert caught.value.place.startswith("p.yaml")
    return caught.value


def test_a_profile_carries_its_identity_and_the_hash_of_its_bytes() -> None:
    profile = read(BASE)
    assert (profile.id, profile.version, profile.label) == ("PAN.SNM.prueba", "1.0.0", "PAN.SNM.prueba@1.0.0")
    assert profile.hash == hashlib.sha256(BASE.encode()).hexdigest()
    assert (profile.reporter, profile.agency, profile.dataset) == ("PAN", "SNM", "prueba")
    assert profile.dataset_id == "PAN.SNM.prueba"
    assert (profile.grain, profile.target) == (RecordGrain.AGGREGATE, "RCM:DF_MIGFLOW(1.0.0)")
    assert profile.title.es == "PAN.SNM.prueba"


SIGNED = BASE.replace("version: 1.0.0", "version: 1.0.0\nauthor: Servicio Nacional de Migración\ndate: 2024-02-29")


def test_a_profile_names_its_author_and_the_date_of_its_version() -> None:
    profile = read(SIGNED)
    assert (profile.author, profile.date) == ("Servicio Nacional de Migración", date(2024, 2, 29))
    assert attributed(profile, name="p.yaml") is profile


@pytest.mark.parametrize(
    ("key", "line"), [("author", "author: Servicio Nacional de Migración"), ("date", "date: 2024-02-29")]
)
def test_a_profile_without_author_or_date_can_be_tried_but_answers_for_no_figure(key: str, line: str) -> None:
    profile = read(SIGNED.replace(f"{line}\n", ""))
    with pytest.raises(InvalidInput) as caught:
        attributed(profile, name="p.yaml")
    assert (caught.value.rule, caught.value.place) == ("R10", f"p.yaml, {key}")


@pytest.mark.parametrize(
    "day", ["2023-02-29", "2024-2-29", "29/02/2024", "20240229", "2024-W09-4", "2024-02-29T00:00", "''"]
)
def test_the_date_of_a_profile_is_a_day_of_the_calendar(day: str) -> None:
    assert refused(SIGNED.replace("2024-02-29", day), "R10").place == "p.yaml, date"


@pytest.mark.parametrize("author", ["''", "' '", '"two\\nlines"', "a" * 121])
def test_the_author_of_a_profile_is_one_line(author: str) -> None:
    assert refused(SIGNED.replace("Servicio Nacional de Migración", author), "R10").place == "p.yaml, author"


def test_a_profile_does_not_inherit_who_answers_for_another() -> None:
    child = "profile: PAN.SNM.hija\nversion: 1.0.0\nextends: PAN.SNM.base\n"
    profile = read(child, PAN__SNM__base=SIGNED.replace("prueba", "base"))
    assert (profile.author, profile.date) == ("", None)


def test_a_constant_may_name_another_dataset_than_the_id_does() -> None:
    profile = read(BASE.replace("fields:", "fields:\n  AGENCY: {const: UPMRIP}\n  DATASET: {const: 3.1.1}"))
    assert profile.dataset_id == "PAN.UPMRIP.3.1.1"
    assert profile.constant("CITIZENSHIP") == ""


# what is written instead of what, the place that the refusal names
REFUSED = (
    ("version: 1.0.0", "version: 1.0.0\nversoin: 1", "p.yaml"),
    ("version: 1.0.0", "version: '1'", "p.yaml, version"),
    ("profile: PAN.SNM.prueba", "profile: prueba", "p.yaml, profile"),
    ("profile: PAN.SNM.prueba", "profile: PAN.S/M.prueba", "p.yaml, profile"),
    ("profile: PAN.SNM.prueba", "profile: XXA.SNM.prueba", "p.yaml, profile"),
    ("version: 1.0.0", "version: 1.0.0\ntitle: {es: x}", "p.yaml, title"),
    ("version: 1.0.0", "version: 1.0.0\ngrain: event", "p.yaml, grain"),
    ("version: 1.0.0", "version: 1.0.0\nabstract: perhaps", "p.yaml, abstract"),
    ("version: 1.0.0", "version: 1.0.0\nabstract: yes", "p.yaml"),
    ('read: {header: {find: "^País,n"}}', "read: [1]", "p.yaml, read"),
    ('read: {header: {find: "^País,n"}}', "read: {header: {}}", "p.yaml, read, header"),
    ('find: "^País,n"', 'find: "^(País"', "p.yaml, read, header, find"),
    ('find: "^País,n"', "find: [a]", "p.yaml, read, header, find"),
    ('find: "^País,n"}', 'find: "x", rows: two}', "p.yaml, read, header, rows"),
    ('find: "^País,n"}', 'find: "x"}, format: ods', "p.yaml, read, format"),
    ('find: "^País,n"}', 'find: "x"}, encoding: utf-7', "p.yaml, read, encoding"),
    ('find: "^País,n"}', 'find: "x"}, delimiter: "::"', "p.yaml, read, delimiter"),
    ('find: "^País,n"}', 'find: "x"}, stop_at: "(?=x)"', "p.yaml, read, stop_at"),
    ("fields:", 'capture: {a: {in: body, match: "(x)"}}\nfields:', "p.yaml, capture, a, in"),
    ("fields:", 'capture: {a + b: {in: footer, match: "(x)"}}\nfields:', "p.yaml, capture, a + b, match"),
    ("fields:", "capture: {a: {in: footer}}\nfields:", "p.yaml, capture, a"),
    ("fields:", "parameters: {year: {type: number}}\nfields:", "p.yaml, parameters, year, type"),
    ("fields:", "fill_down: {a: b}\nfields:", "p.yaml, fill_down"),
    ("fields:", "levels: {column: País, by: colour, as: [a]}\nfields:", "p.yaml, levels, by"),
    ("fields:", "levels: {column: País, by: label, as: [a, b]}\nfields:", "p.yaml, levels, parents"),
    ("fields:", "levels: {column: País, parents: [x], as: [a, b]}\nfields:", "p.yaml, levels, parents"),
    ("fields:", "levels: {column: País, order: none, as: [a, b]}\nfields:", "p.yaml, levels, order"),
    ("fields:", "totals: {a: b}\nfields:", "p.yaml, totals"),
    ("fields:", "totals: [{over: País}]\nfields:", "p.yaml, totals 1"),
    ("fields:", 'totals: [{row: {País: "("}, over: País}]\nfields:', "p.yaml, totals 1, row, País"),
    ("fields:", "totals: [{row: {País: x}, over: País, keep: maybe}]\nfields:", "p.yaml, totals 1, keep"),
    ("fields:", "totals: [{column: Total, over: mes}]\nfields:", "p.yaml, totals"),
    ("fields:", "totals: [{row: {level: 0}, over: pais}]\nfields:", "p.yaml, totals"),
    ("fields:", "totals: [{row: {level: top}, over: pais}]\nfields:", "p.yaml, totals 1, row, level"),
    ("fields:", "unpivot: {keep: [País], columns: x, as: mes}\nfields:", "p.yaml, unpivot"),
    ("fields:", 'cells: {"-": nothing}\nfields:', "p.yaml, cells, -"),
    ("fields:", 'cells: {"-": {zero_if: mes has luck, else: zero}}\nfields:', "p.yaml, cells, -"),
    ("fields:", 'cells: {"-": {else: zero}}\nfields:', "p.yaml, cells, -"),
    ("fields:", 'cells: {"-": {zero_if: mes has a total}}\nfields:', "p.yaml, cells, -"),
    ("fields:", "same_key: {action: drop}\nfields:", "p.yaml, same_key, action"),
    ("fields:", "accept: {max_stopped: 5}\nfields:", "p.yaml, accept, max_stopped"),
    ("fields:", "accept: {max_stopped: 101 %}\nfields:", "p.yaml, accept, max_stopped"),
    ("fields:", "tests: [{name: x}]\nfields:", "p.yaml, tests 1"),
    ("fields:", "tests: [{name: x, text: y, sheets: {a: b}}]\nfields:", "p.yaml, tests 1"),
    ("fields:", "tests: [{name: x, text: y, expect: {rows: 1}}]\nfields:", "p.yaml, tests 1, expect"),
    ("fields:", "tests: [{name: x, text: y, cells: {a: b}}]\nfields:", "p.yaml, tests 1, cells"),
    ("fields:", "checks: [{id: a, that: n = 1}]\nfields:", "p.yaml, checks 1"),
    ("fields:", "checks: [{id: a, that: OBS_VALUE, es: x, en: y, rule: R99}]\nfields:", "p.yaml, checks 1, rule"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {const: TRANSIT}", "p.yaml, fields, MEASURE"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {const: TRA_IRR, from: x}", "p.yaml, fields, MEASURE"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: x", "p.yaml, fields, MEASURE"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {from: x}", "p.yaml, fields, MEASURE"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {map: {x: TRA_IRR}}", "p.yaml, fields, MEASURE"),
    ("  MEASURE: {const: TRA_IRR}\n", "", "p.yaml, fields"),
    ("MEASURE: {const: TRA_IRR}", "REPORTER: {from: x, map: {y: PAN}}\n  MEASURE: {const: TRA_IRR}", "p.yaml, fields"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {const: TRA_IRR}\n  HEIGHT: {const: 1}", "p.yaml, fields, HEIGHT"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {const: TRA_IRR}\n  VINTAGE: {const: 1}", "p.yaml, fields, VINTAGE"),
    ("MEASURE: {const: TRA_IRR}", "MEASURE: {const: TRA_IRR}\n  SEX + MEASURE: {from: x, map: {}}", "p.yaml, fields"),
    ("{from: País, map: {Haití: HTI}}", "{from: País, map: {Haití: HAI}}", "p.yaml, fields, CITIZENSHIP, map, Haití"),
    ("{from: País, map: {Haití: HTI}}", "{from: País, map: {Haití: [HTI, M]}}", "p.yaml, fields, CITIZENSHIP, map"),
    (
        "{from: País, map: {Haití: HTI}}",
        "{from: País, map: {Haití: HTI, HAITI: CUB}}",
        "p.yaml, fields, CITIZENSHIP, map",
    ),
    ("{from: País, map: {Haití: HTI}}", "{from: País, map: {}, unmapped: _O}", "p.yaml, fields, CITIZENSHIP, unmapped"),
    ("{from: País, map: {Haití: HTI}}", "{from: País, lists: [names_fr]}", "p.yaml, fields, CITIZENSHIP, lists"),
    ("{from: País, map: {Haití: HTI}}", "{from: País, codes: ISO2}", "p.yaml, fields, CITIZENSHIP, codes"),
    ("{from: País, map: {Haití: HTI}}", "{from: País, map: {}, total: [T]}", "p.yaml, fields, CITIZENSHIP, total"),
    ("{from: País, map: {Haití: HTI}}", "{from: País, map: {}, strip: '('}", "p.yaml, fields, CITIZENSHIP, strip"),
    (
        "{from: País, map: {Haití: HTI}}",
        "{from: País, map: [{since: 2020, map: {}}]}",
        "p.yaml, fields, CITIZENSHIP, map 1",
    ),
    (
        "{from: País, map: {Haití: HTI}}",
        "{from: País, map: [{from: 2020-13-01, map: {x: HTI}}]}",
        "p.yaml, fields, CITIZENSHIP, map 1, from",
    ),
    (
        "CITIZENSHIP: {from: País, map: {Haití: HTI}}",
        "SEX + AGE: {from: País, lists: [names_es]}",
        "p.yaml, fields, SEX",
    ),
    ("CITIZENSHIP: {from: País, map: {Haití: HTI}}", "SEX + AGE: {const: M}", "p.yaml, fields, SEX + AGE"),
    (
        "CITIZENSHIP: {from: País, map: {Haití: HTI}}",
        "PLACE: {from: País, map: {x: HND_NOWHERE}}",
        "p.yaml, fields, PLACE",
    ),
    ("{const: 2023-08, period: {grain: M}}", "{from: t, period: {grain: W}}", "p.yaml, fields, PERIOD, period, grain"),
    (
        "{const: 2023-08, period: {grain: M}}",
        "{from: t, period: {month: fr, year: x}}",
        "p.yaml, fields, PERIOD, period",
    ),
    ("{const: 2023-08, period: {grain: M}}", "{from: t, period: {month: es}}", "p.yaml, fields, PERIOD, period"),
    ("{const: 2023-08, period: {grain: M}}", "{from: t, period: {year: '2016'}}", "p.yaml, fields, PERIOD, period"),
    (
        "{const: 2023-08, period: {grain: M}}",
        "{from: t, period: {month: es, year: '1', fiscal_start: 13}}",
        "p.yaml, fields, PERIOD, period, fiscal_start",
    ),
    ("{const: 2023-08, period: {grain: M}}", "{from: t, date: DD/MM/YY, period: {}}", "p.yaml, fields, PERIOD, date"),
    ("{const: 2023-08, period: {grain: M}}", "{from: t, period: {}, keep_as: NOTE}", "p.yaml, fields, PERIOD, keep_as"),
    ("{const: 2023-08, period: {grain: M}}", "{from: t, const: x, period: {}}", "p.yaml, fields, PERIOD"),
    ("{from: n, integer: {}}", "{from: n, integer: {min: low}}", "p.yaml, fields, OBS_VALUE, integer, min"),
    ("{from: n, integer: {}}", "{from: n, integer: {}, blank: zero}", "p.yaml, fields, OBS_VALUE, blank"),
    ("{from: n, integer: {}}", "{integer: {}}", "p.yaml, fields, OBS_VALUE"),
    ("{from: n, integer: {}}", "{from: n, text: {}}", "p.yaml, fields, OBS_VALUE"),
)


@pytest.mark.parametrize(("old", "new", "place"), REFUSED)
def test_what_a_profile_may_not_say_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    assert old in BASE
    assert refused(BASE.replace(old, new)).place.startswith(place)


def test_an_unknown_unit_has_its_own_rule() -> None:
    refused(BASE.replace("  UNIT: {const: REGISTRATION}\n", ""), "R2")


def test_a_key_that_stands_twice_is_refused() -> None:
    refused(BASE + "  OBS_VALUE: {from: n, integer: {}}\n")


def test_a_name_that_nothing_gives_a_value_is_refused() -> None:
    year = "{from: t, period: {month: es, year: $year}}"
    for old, new in (
        ("{const: 2023-08, period: {grain: M}}", year),
        ("{const: 2023-08, period: {grain: M}}", "{const: $month, period: {grain: M}}"),
        ("{from: País, map: {Haití: HTI}}", '{from: País, map: {Haití: HTI}, strip: "x", note: {"1": $note}}'),
        ("fields:", "fields:\n  OBS_STATUS: {const: A, if: {$provisional: P}}"),
        ("fields:", "fields:\n  NOTE: {const: $note}"),
    ):
        assert "$" in refused(BASE.replace(old, new), "F8").message.en
    given = BASE.replace("{const: 2023-08, period: {grain: M}}", year)
    read(given.replace("fields:", "parameters: {year: {type: year}}\nfields:"))
    read(given.replace("fields:", 'capture: {year: {in: preamble, match: "(x)"}}\nfields:'))


def test_a_check_is_parsed_when_the_profile_is_read() -> None:
    check = "checks: [{id: a, that: HEIGHT > 1, es: x, en: y}]\nfields:"
    assert "HEIGHT" in refused(BASE.replace("fields:", check), "F22").message.en
    twice = "checks: [{id: a, that: OBS_VALUE, es: x, en: y}, {id: a, that: OBS_VALUE, es: x, en: y}]\nfields:"
    refused(BASE.replace("fields:", twice))


def test_a_profile_extends_another_key_by_key() -> None:
    parent = BASE.replace("prueba", "base").replace("version: 1.0.0", "version: 2.0.0\nabstract: yes")
    child = """
profile: PAN.SNM.hija
version: 1.0.1
extends: PAN.SNM.base
read: {thousands: ","}
drop: {otra: x}
fields:
  MEASURE: {from: m, map: {t: TRA_IRR}}
  CITIZENSHIP: {map: {Cuba: CUB}}
  UNIT: ""
  "UNIT + SEX": {from: u, map: {x: [EVENT, M]}}
"""
    profile = read(child, PAN__SNM__base=parent)
    assert (profile.id, profile.version, profile.read.thousands) == ("PAN.SNM.hija", "1.0.1", ",")
    assert profile.read.find == "^País,n"
    by_column = {field.columns: field for field in profile.fields}
    citizenship = by_column[("CITIZENSHIP",)].how
    assert isinstance(citizenship, Labels)
    assert dict(citizenship.maps[0].codes) == {"haiti": ("HTI",), "cuba": ("CUB",)}
    assert isinstance(by_column[("MEASURE",)].how, Labels)
    assert ("UNIT",) not in by_column
    expected = hashlib.sha256(child.encode())
    expected.update(hashlib.sha256(parent.encode()).hexdigest().encode())
    assert profile.hash == expected.hexdigest()


def test_a_constant_replaces_a_field_as_a_whole() -> None:
    child = "profile: PAN.SNM.hija\nversion: 1.0.0\nextends: PAN.SNM.base\nfields: {CITIZENSHIP: {const: _T}}\n"
    assert read(child, PAN__SNM__base=BASE.replace("prueba", "base")).constant("CITIZENSHIP") == "_T"


def test_a_profile_that_extends_itself_is_refused() -> None:
    one = BASE.replace("version: 1.0.0", "version: 1.0.0\nextends: PAN.SNM.otra")
    other = (
        one.replace("prueba", "otra")
        .replace("SNM.otra\nfields", "x")
        .replace("extends: PAN.SNM.otra", "extends: PAN.SNM.prueba")
    )
    with pytest.raises(InvalidInput) as caught:
        read(one, PAN__SNM__otra=other, PAN__SNM__prueba=one)
    assert caught.value.rule == "F21"
    assert "PAN.SNM.prueba > PAN.SNM.otra > PAN.SNM.prueba" in caught.value.message.en


def test_a_profile_that_extends_an_unknown_one_is_refused() -> None:
    assert refused(BASE.replace("version: 1.0.0", "version: 1.0.0\nextends: X.Y.Z")).place == "p.yaml, extends"


def test_what_is_written_becomes_what_the_engine_reads() -> None:
    profile = read(
        BASE.replace(
            "fields:",
            """
same_key: {action: quarantine}
accept: {max_stopped: 12.5 %}
fill_down: [País]
unpivot: {keep: [País], columns: x, as: mes, value: n}
levels: {column: País, as: [a, b]}
totals: [{column: Total, over: mes, keep: "true"}, {row: {level: 0, has_children: "no"}, over: b, keep: without_parts}]
cells: {" - ": {withheld_if: mes has a number, else: zero}}
parameters: {year: {type: year, default: "2016", title: {es: Año, en: Year}}}
drop: {" Otra  columna ": sobra}
checks: [{id: a, that: OBS_VALUE, severity: warning, es: x, en: y}]
fields:""",
        )
    )
    assert (profile.add_same_key, profile.max_stopped, profile.fill_down) == (False, 0.125, ("País",))
    assert [total.keep for total in profile.totals] == [Keep.YES, Keep.WITHOUT_PARTS]
    assert (profile.totals[1].level, profile.totals[1].has_children) == (0, False)
    assert (profile.cells["-"].then, profile.cells["-"].meaning) == (Meaning.WITHHELD, Meaning.ZERO)
    assert profile.parameters[0].title is not None
    assert list(profile.drop) == ["Otra columna"]
    assert profile.checks[0].action == "accept"
    assert profile.personal == frozenset()


def test_every_profile_of_the_program_can_be_read_and_names_a_known_rule_in_its_checks() -> None:
    profiles = builtin_profiles()
    assert len(profiles) >= 19
    assert {check.rule for profile in profiles.values() for check in profile.checks} <= set(rules())
    assert all(id_ == profile.id for id_, profile in profiles.items())


def test_every_profile_of_the_program_names_its_author_and_date_also_those_that_are_only_extended() -> None:
    files = sorted(Path("src/istmo/intake/profiles").glob("*.yaml"))
    assert len(files) > len(builtin_profiles())
    for file in files:
        text = file.read_text("utf-8").splitlines()
        assert [line.partition(":")[0] for line in text[:4]] == ["profile", "version", "author", "date"], file.name


def test_a_field_of_a_unit_record_may_have_any_name_and_any_code_list() -> None:
    person = """
profile: CRI.DGME.prueba
version: 1.0.0
grain: person
read: {header: {find: "^a"}}
fields:
  PRESENTED: {from: a, codelist: citizenship, map: {x: HTI}}
  PERMIT: {from: a, map: {x: anything}}
"""
    profile = read(person)
    assert profile.fields[0].codelists == ("citizenship",)
    assert profile.target == "RCM:EVENT(1.0.0)"
    refused(person.replace("x: HTI", "x: HAI"))
    refused(person.replace("PERMIT", "Permit"))
    refused(person.replace("codelist: citizenship", "codelist: countries"))


def test_a_sign_may_only_depend_on_a_column_of_the_table() -> None:
    cells = 'cells: {"-": {zero_if: mes has a total, else: zero}}\nfields:'
    assert refused(BASE.replace("fields:", cells)).place == "p.yaml, cells, -"
    read(BASE.replace("fields:", cells.replace("mes has", "País has")))


def test_the_source_of_a_profile_of_the_program_can_be_shown() -> None:
    assert profile_source("PAN.SNM.cuadro003").startswith(b"profile: PAN.SNM.cuadro003\n")


def test_the_library_of_the_program_serves_as_the_default() -> None:
    folder = Path(__file__).resolve().parents[3] / "src" / "istmo" / "intake" / "profiles"
    raw = (folder / "HND.INM.gdi_nat.yaml").read_bytes()
    assert read_profile(raw, name="x").id == "HND.INM.gdi_nat"


def test_a_profile_can_be_read_again_from_its_own_file_and_those_that_it_extends() -> None:
    for id_, profile in builtin_profiles().items():
        files = sources(profile_source(id_), name=id_)
        assert next(iter(files)) == id_
        assert read_profile(files[id_], name=id_, library=files).hash == profile.hash
    looped = b"profile: A.B.c\nversion: 1.0.0\nextends: A.B.c\n"
    assert list(sources(looped, name="x", library={"A.B.c": looped})) == ["A.B.c"]
