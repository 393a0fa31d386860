"""Which code does a label get? The profile's map first, then its lists, exactly after folding; never likeness (R9)."""

from collections.abc import Callable

import pytest

from istmo.intake.result import Intake

PROFILE = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^País,n"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: HOW
  OBS_VALUE: {from: n, integer: {}}
accept: {max_stopped: 100 %}
"""
MAP = '{from: País, map: {Haití: HTI, Congo: X_CONGO, HINDÚES: IND, "": _U}}'
LISTS = "{from: País, map: {Congo: X_CONGO}, lists: [names_es, gentilicios_es]}"
STRIP = '{from: País, strip: "\\\\s*\\\\((\\\\d)\\\\)$", map: {Chile: CHL}}'
ISO3 = "{from: País, codes: ISO3, map: {OOO: _O, STL: XXA}}"

# how the profile reads the column, the label, its code, the rule of the info finding ("" for none)
KNOWN = (
    (MAP, "Haití", "HTI", ""),
    (MAP, "HAITI", "HTI", ""),  # case and accents are evened out
    (MAP, "  haití\u00a0", "HTI", ""),
    (MAP, "Hai\u00adtí", "HTI", ""),
    (MAP, "Congo", "X_CONGO", "R11"),
    (MAP, "hindúes", "IND", "F24"),
    (MAP, "", "_U", ""),
    (LISTS, "Venezuela", "VEN", ""),
    (LISTS, "haitianos", "HTI", ""),
    (LISTS, "camerunesa", "CMR", ""),
    (LISTS, "Níger", "NER", ""),  # confusable with Nigeria, but it is what is written
    (LISTS, "Nigeria", "NGA", ""),
    (LISTS, "Congo", "X_CONGO", "R11"),
    (STRIP, "Chile (1)", "CHL", ""),
    (ISO3, "HTI", "HTI", ""),
    (ISO3, "OOO", "_O", ""),
    (ISO3, "STL", "XXA", ""),
)


@pytest.mark.parametrize(("how", "label", "code", "rule"), KNOWN)
def test_a_label_that_is_known_gets_its_code(
    read: Callable[..., Intake], how: str, label: str, code: str, rule: str
) -> None:
    result = read(f'País,n\n"{label}",1\n', PROFILE.replace("HOW", how))
    assert result.observations["CITIZENSHIP"].to_list() == [code]
    assert result.findings["rule"].to_list() == ([rule] if rule else [])
    assert set(result.findings["severity"].to_list()) <= {"info"}


# how the profile reads the column, the label, the rule, what is suggested
STOPPED = (
    (MAP, "Haití, otros", "R9", "HTI (haiti)"),
    (MAP, "Nigeria", "R9", ""),
    (LISTS, "Nigerio", "R9", "NER (nigerino), NGA (nigeriano)"),  # candidates, never a decision
    (LISTS, "Guinea", "R11", "GIN, GNB, GNQ, X_GUINEA"),
    (LISTS, "Corea", "R11", "KOR, PRK, X_KOREA"),
    (LISTS, "", "F14", ""),
    (ISO3, "XXX", "R9", ""),
    (ISO3, "X_CONGO", "R9", ""),  # a code of the list, but no country
    (ISO3, "hti", "R9", ""),
)


@pytest.mark.parametrize(("how", "label", "rule", "suggestion"), STOPPED)
def test_a_label_that_is_not_known_is_quarantined_with_candidates_for_a_person(
    read: Callable[..., Intake], how: str, label: str, rule: str, suggestion: str
) -> None:
    result = read(f'País,n\n"{label}",1\n', PROFILE.replace("HOW", how))
    assert (result.read, result.quarantined, result.observations.height) == (1, 1, 0)
    row = result.findings.row(0, named=True)
    assert (row["row"], row["column"], row["value"], row["rule"]) == (2, "País", label, rule)
    assert row["suggestion"] == suggestion


def test_a_footnote_mark_is_kept_as_a_note(read: Callable[..., Intake]) -> None:
    profile = PROFILE.replace("HOW", STRIP.replace("map:", 'note: {"1": $note1}, map:')).replace(
        "fields:", 'capture: {note1: {in: footer, match: "^\\\\(1\\\\) (.*)$"}}\nfields:'
    )
    profile = profile.replace('find: "^País,n"}', 'find: "^País,n"}, stop_at: "^[(]1"')
    result = read("País,n\nChile (1),1\nChile (2),2\n(1) Hijos de padres haitianos.,\n", profile)
    assert result.observations.select("CITIZENSHIP", "OBS_VALUE", "NOTE").row(0) == (
        "CHL",
        3,
        "Hijos de padres haitianos.; suma de 2 filas de la fuente / sum of 2 source rows: 2, 3",
    )


# the period of the file, the code of "men" in it
BY_PERIOD = (("2022-12", "_T"), ("2023-01", "Y_GE18"))


@pytest.mark.parametrize(("period", "age"), BY_PERIOD)
def test_a_label_may_mean_one_thing_before_a_date_and_another_after_it(
    read: Callable[..., Intake], period: str, age: str
) -> None:
    profile = """
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^t,demog,n"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {from: t, period: {grain: M}}
  "SEX + AGE":
    from: demog
    map: [{until: 2022-12-31, map: {men: [M, _T]}}, {from: 2023-01-01, map: {men: [M, Y_GE18], boys: [M, Y_LT18]}}]
  OBS_VALUE: {from: n, integer: {}}
"""
    result = read(f"t,demog,n\n{period},men,1\n{period},boys,2\n", profile)
    assert result.observations.row(0, named=True)["AGE"] == age
    assert result.quarantined == (1 if period == "2022-12" else 0)


# the label of the unit or measure, the rule
OF_THE_LISTS = (
    ("UNIT: {from: x, map: {registro: REGISTRATION}}", "R2"),
    ("MEASURE: {from: x, map: {y: TRA_IRR}}", "R3"),
)


@pytest.mark.parametrize(("field", "rule"), OF_THE_LISTS)
def test_an_unknown_unit_or_measure_is_never_free_text(read: Callable[..., Intake], field: str, rule: str) -> None:
    name = field.partition(":")[0]
    const = {"UNIT": "  UNIT: {const: REGISTRATION}", "MEASURE": "  MEASURE: {const: TRA_IRR}"}[name]
    profile = PROFILE.replace("HOW", "{const: _T}").replace(const, f"  {field}").replace("^País,n", "^x,n")
    result = read("x,n\nfamilias,1\n", profile)
    assert result.quarantined == 1
    assert result.findings["rule"].to_list() == [rule]
