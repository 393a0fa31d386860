"""Findings travel as values, as a table and as JSON, and every rule has its title in both languages."""

import polars as pl
import pytest

from istmo.model.codes import codelist
from istmo.model.findings import FINDING_SCHEMA, Finding, Severity, findings_frame, findings_json, rules
from istmo.model.text import Text

FOUND = Finding(
    rule="R9",
    severity=Severity.ERROR,
    message=Text(es="La etiqueta no está en la tabla.", en="The label is not in the map."),
    sheet="Hoja1",
    row=7,
    column="País",
    value="Haiiti",
    suggestion="Haití",
)
BARE = Finding(rule="F4", severity=Severity.WARNING, message=Text(es="Vacío.", en="Empty."))


def test_a_finding_in_json_has_the_published_keys() -> None:
    assert FOUND.as_json() == {
        "sheet": "Hoja1",
        "row": 7,
        "column": "País",
        "value": "Haiiti",
        "rule": "R9",
        "severity": "error",
        "message": {"es": "La etiqueta no está en la tabla.", "en": "The label is not in the map."},
        "suggestion": "Haití",
    }


def test_a_table_of_findings_says_the_same_as_the_findings() -> None:
    frame = findings_frame([FOUND, BARE])
    assert frame.schema == FINDING_SCHEMA
    assert findings_json(frame) == [FOUND.as_json(), BARE.as_json()]


def test_a_table_without_findings_has_the_same_columns() -> None:
    assert findings_frame([]).schema == FINDING_SCHEMA
    assert findings_json(findings_frame([])) == []


def test_a_severity_that_is_not_in_the_list_cannot_be_stored() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError):
        pl.DataFrame({"severity": ["fatal"]}).cast({"severity": FINDING_SCHEMA["severity"]})


def test_the_severities_are_those_of_the_code_list() -> None:
    assert set(codelist("severity").ids) == {severity.value for severity in Severity}


def test_every_rule_of_the_experts_is_there() -> None:
    expected = [f"R{number}" for number in range(1, 56)]
    expected.insert(expected.index("R18") + 1, "R18a")
    assert [id_ for id_ in rules() if id_.startswith("R")] == expected


def test_each_rule_stands_once_with_its_area_and_both_titles() -> None:
    for id_, rule in rules().items():
        assert rule.id == id_
        assert id_[0] in "RF"
        assert id_[1:].rstrip("a").isdecimal()
        assert rule.area in codelist("rule_area")
        assert rule.title.es != rule.title.en
    titles = [rule.title.es for rule in rules().values()]
    assert len(set(titles)) == len(titles)
