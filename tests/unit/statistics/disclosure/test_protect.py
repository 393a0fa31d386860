"""A table becomes a release: what is written for the public, what stays, and that an outsider finds nothing in it."""

import csv
import importlib
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from istmo.model.errors import IntegrityFailure, InvalidInput
from istmo.statistics.disclosure import protect as protecting
from istmo.statistics.disclosure.attack import BY_ID, Finding, Held, Outcome, attack, corrected, held, told_bounds
from istmo.statistics.disclosure.attackers.catalogue import Kind
from istmo.statistics.disclosure.audit import read_truth
from istmo.statistics.disclosure.cube import Cube, cube, cube_of_leaves
from istmo.statistics.disclosure.facts import facts_beside
from istmo.statistics.disclosure.hierarchy import flat, hierarchy
from istmo.statistics.disclosure.page import page
from istmo.statistics.disclosure.protect import Protection, direction, protect
from istmo.statistics.disclosure.protected import Method, ProtectedTable
from istmo.statistics.disclosure.published import (
    Release,
    hierarchies_json,
    hierarchies_of,
    known_to_readers,
    published_csv,
    read_release,
)
from istmo.statistics.disclosure.rules import Rules, read_rules, rules_of
from istmo.statistics.disclosure.system import UNBOUNDED
from istmo.statistics.disclosure.verify import Fault, Wrong
from istmo.statistics.disclosure.witness import Suppression

POINT = hierarchy(
    "point", [("PAN", ""), ("EAST", "PAN"), ("WEST", "PAN"), ("E1", "EAST"), ("E2", "EAST"), ("W1", "WEST")]
)
SEX = flat("sex", ["F", "M"])
SECRET = b"k" * 32


def rules(method: str = "suppress", more: str = "") -> Rules:
    text = f"threshold: 5\nmethod: {method}\ndimensions: {{point: {{hierarchy: p}}, sex: {{hierarchy: s}}}}\n{more}"
    return read_rules(text.encode(), name="rules.yaml")


def table(*, few: int = 2) -> Cube:
    return cube_of_leaves([POINT, SEX], np.array([[few, 31], [40, 27], [22, 9]]))


def protected(method: str = "suppress", more: str = "", *, of: Cube | None = None) -> Protection:
    return protect(of or table(), rules(method, more), secret=SECRET, program="istmo 0", period="2023-08")


def rows(written: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written.decode())))


def test_every_cell_has_a_row_and_a_withheld_one_says_nothing_but_that() -> None:
    made = protected()
    published = rows(made.public["published.csv"])
    assert list(published[0]) == ["point", "sex", "value", "OBS_STATUS", "CONF_STATUS"]
    assert len(published) == table().counts.size
    hidden = [row for row in published if not row["value"]]
    assert hidden
    assert {(row["OBS_STATUS"], row["CONF_STATUS"]) for row in hidden} == {("Q", "C")}
    assert {(row["OBS_STATUS"], row["CONF_STATUS"]) for row in published if row["value"]} == {("A", "F")}
    assert not made.broken
    assert {"published.csv", "report.json", "report.es.html", "report.en.html"} == set(made.public)


def test_the_report_says_no_more_than_the_table_and_the_true_codes_stay() -> None:
    made = protected()
    report = json.loads(made.public["report.json"])
    withheld = int(made.made.table.withheld.sum())
    assert report["cells"] == {"all": 18, "by_status": {"A": 18 - withheld, "Q": withheld}}
    assert report["rules_digest"] == rules().digest
    assert "primar" not in json.dumps(report).lower()
    assert SECRET.hex() not in json.dumps(report)
    codes = [row["CONF_STATUS"] for row in rows(made.audit["cells.csv"])]
    assert codes.count("A") == int(made.made.secret.sum()) >= 1
    assert codes.count("D") >= 1
    assert rows(made.audit["moves.csv"])
    told = json.loads(made.audit["audit.json"])
    assert told["loss"]["cells_withheld"] == withheld
    truth = read_truth(made.audit["cells.csv"], place="audit")
    assert truth.counts.tolist() == table().counts.reshape(-1).tolist()
    assert truth.secret.tolist() == made.made.secret.reshape(-1).tolist()


def test_the_digest_of_the_witnesses_depends_on_the_key_that_nobody_has() -> None:
    one = json.loads(protected().public["report.json"])
    other = json.loads(
        protect(table(), rules(), secret=b"j" * 32, program="istmo 0", period="2023-08").public["report.json"]
    )
    assert one["witnesses"] != other["witnesses"]
    assert one["key_id"] != other["key_id"]


@pytest.mark.parametrize("method", ["suppress", "round", "cell_key", "small_count", "nearest"])
def test_the_order_of_the_rows_of_a_table_changes_no_byte(method: str) -> None:
    made = table()
    entries = [
        (made.codes_of(flat_), int(n)) for flat_, n in enumerate(made.counts.reshape(-1)) if int(n) or flat_ % 2 == 0
    ]
    turned = cube([POINT, SEX], entries[::-1])
    one, other = protected(method), protected(method, of=turned)
    assert one.public == other.public
    assert one.audit == other.audit
    assert not one.broken


@pytest.mark.parametrize("method", ["round", "cell_key", "small_count", "nearest"])
def test_a_small_count_is_never_printed(method: str) -> None:
    shown = {int(row["value"]) for row in rows(protected(method).public["published.csv"]) if row["value"]}
    least = 3 if method == "cell_key" else 5
    assert not shown & set(range(1, least))


def test_a_sensitive_table_prints_zero_and_small_alike() -> None:
    made = protected("round", "sensitive: yes\n")
    values = {tuple(row.values())[:2]: row["value"] for row in rows(made.public["published.csv"])}
    assert values["E1", "F"] == values["W1", "M"] == "0-9"
    assert made.release.table.method is Method.ALIKE
    assert "groups" in {outcome.attacker.id for outcome in made.outcomes}


def test_without_zeros_a_rounded_table_has_no_row_with_zero() -> None:
    empty = cube_of_leaves([POINT, SEX], np.array([[0, 31], [40, 0], [22, 9]]))
    made = protected("nearest", "zeros: none\n", of=empty)
    assert "0" not in {row["value"] for row in rows(made.public["published.csv"])}
    assert not made.broken


def test_headline_totals_beside_rounded_detail_are_exact_where_they_reach_the_threshold() -> None:
    made = protected("round", "headline: [[], [point]]\n")
    values = {tuple(row.values())[:2]: row["value"] for row in rows(made.public["published.csv"])}
    assert (values["PAN", "_T"], values["EAST", "_T"], values["E1", "_T"]) == ("131", "100", "33")
    assert int(values["WEST", "F"]) % 5 == 0
    assert not made.broken


def test_a_small_total_that_exact_totals_would_give_away_is_withheld_with_its_family() -> None:
    few = cube_of_leaves([POINT, SEX], np.array([[2, 0], [40, 27], [22, 9]]))
    made = protected("round", "headline: [[], [point]]\n", of=few)
    values = {tuple(row.values())[:2]: row["value"] for row in rows(made.public["published.csv"])}
    assert values["PAN", "_T"] == "100"
    assert (values["EAST", "_T"], values["E1", "_T"], values["E2", "_T"]) == ("", "", "")
    assert made.made.steps
    assert not made.broken


def test_of_a_headline_total_that_shows_the_base_a_reader_knows_that_it_is_no_greater() -> None:
    one = flat("point", ["A", "B", "C"])
    made = ProtectedTable((one,), Method.ROUND, 5, np.array([21, 5, 0, 15]), np.zeros(4, dtype=np.bool_))
    few = read_rules(
        b"threshold: 5\nmethod: round\ndimensions: {point: {hierarchy: p}}\nheadline: [[point]]\n", name="r"
    )
    known = known_to_readers(made, few)
    assert known.lower.tolist() == [21, 1, 0, 15]
    assert known.upper.tolist() == [21, 5, 4, 15]
    hidden = replace(made, withheld=np.array([False, True, False, False]))
    assert known_to_readers(hidden, few).upper[1] == UNBOUNDED


def test_what_is_too_small_is_included_in_another_category_first_and_the_report_says_where() -> None:
    made = protected(
        "suppress", "roll_up: [point]\n", of=cube_of_leaves([POINT, SEX], np.array([[1, 2], [40, 27], [22, 9]]))
    )
    report = json.loads(made.public["report.json"])
    assert {"dimension": "point", "code": "E1", "into": "EAST"} in report["rolled_up"]
    assert "E1" not in {row["point"] for row in rows(made.public["published.csv"])}
    assert "E1" in page(report, "es")


def test_nothing_of_a_table_of_too_few_can_be_published() -> None:
    with pytest.raises(InvalidInput) as refused:
        protected(of=cube_of_leaves([POINT, SEX], np.array([[1, 0], [0, 1], [0, 0]])))
    assert refused.value.rule == "F118"


def test_the_pattern_hangs_on_the_key_and_the_period_and_on_nothing_else() -> None:
    leaves = np.array([[3, 21, 18, 22], [20, 27, 22, 19], [22, 29, 26, 25], [17, 23, 24, 21]])
    made = cube_of_leaves([flat("point", list("abcd")), flat("sex", list("wxyz"))], leaves)

    def patterns(secrets: list[bytes], periods: list[str]) -> set[bytes]:
        return {
            protect(
                made, rules(), secret=secret, program="istmo 0", period=period, programs=False
            ).made.table.withheld.tobytes()
            for secret in secrets
            for period in periods
        }

    assert len(patterns([SECRET] * 2, ["2023-08"])) == 1
    assert len(patterns([bytes([n]) * 32 for n in range(12)], ["2023-08"])) > 1
    assert len(patterns([SECRET], [f"2023-{month:02}" for month in range(1, 13)])) > 1


def test_a_table_without_zeros_of_which_nothing_else_is_left_has_no_rows() -> None:
    few = cube_of_leaves([POINT, SEX], np.array([[1, 0], [0, 2], [0, 0]]))
    made = protected("nearest", "zeros: none\n", of=few)
    assert not made.broken
    assert made.public["published.csv"] == b"point,sex,value,OBS_STATUS,CONF_STATUS\n"
    assert json.loads(made.public["report.json"])["cells"] == {"all": 0, "by_status": {"A": 0}}


def test_a_table_that_crosses_more_than_the_headline_tables_is_refused() -> None:
    assert not protected("suppress", "headline: [[sex], [point, sex]]\n").broken
    with pytest.raises(InvalidInput, match="only: point; sex") as refused:
        protected("suppress", "headline: [[point], [sex]]\n")
    assert refused.value.rule == "F110"
    assert "solo: point; sex" in refused.value.message.es


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        protect(table(), rules(), secret=b"short", program="istmo 0")
    assert refused.value.rule == "F110"


def only_primaries(made: Cube, *, threshold: int, chance: Any) -> Suppression:
    small = (made.counts > 0) & (made.counts < threshold)
    return Suppression(small, small, ())


def test_a_defence_that_withholds_too_little_is_found_out_and_nothing_is_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protecting, "suppress", only_primaries)
    made = protected()
    assert made.broken
    assert Fault(Wrong.TOO_LOW, ("E1", "F")) in made.made.faults
    found = {outcome.attacker.id: outcome.findings for outcome in made.outcomes}
    for attacker in ("margins", "propagation", "null_space", "linear", "integer"):
        assert ("E1", "F") in {one.cell for one in found[attacker]} or attacker in ("linear", "integer")
    assert all(one.secret for one in found["propagation"])
    told = json.loads(made.audit["audit.json"])
    assert told["faults"]
    assert told["findings"]
    assert "Los ataques encontraron algo" in page(json.loads(made.public["report.json"]), "es")


def release(values: list[int | None], *, method: str = "suppress", more: str = "") -> Release:
    """A row of cells below a total."""
    d = flat("d", [f"c{i}" for i in range(len(values) - 1)])
    text = f"threshold: 5\nmethod: {method}\ndimensions: {{d: {{hierarchy: h}}}}\n{more}"
    lines = [f"{code},{'' if value is None else value}" for code, value in zip(d.codes, values, strict=True)]
    written = "d,value\n" + "\n".join(lines) + "\n"
    return read_release(
        io.BytesIO(written.encode()),
        read_rules(text.encode(), name="r"),
        {"d": d},
        name="published.csv",
        period="2023-08",
    )


def tried(*releases: Release, programs: bool = True, rounded_up_to: int = 2_000, **more: object) -> dict[str, Outcome]:
    known = held([(f"r{i}", one) for i, one in enumerate(releases)], **more)  # type: ignore[arg-type]
    made = attack(known, direction=direction(known.system.size), programs=programs, rounded_up_to=rounded_up_to)
    return {outcome.attacker.id: outcome for outcome in made}


def test_the_toy_row_fails_the_audit_of_an_outsider() -> None:
    found = tried(release([11, None, None, 9]))
    for attacker in ("propagation", "minimality"):
        assert {(one.cell, one.kind, one.lower) for one in found[attacker].findings} == {
            (("c0",), Kind.EXACT, 1),
            (("c1",), Kind.EXACT, 1),
        }
    assert all(one.secret is None for one in found["propagation"].findings)


def test_a_cell_that_is_proved_small_is_a_finding_and_two_people_in_it_know_the_others() -> None:
    found = tried(release([14, None, None, 9]))
    assert {one.kind for one in found["propagation"].findings} == {Kind.BELOW}
    two = tried(release([12, None, None, 9, 0]))["coalition"]
    assert {(one.cell, one.lower) for one in two.findings} >= {(("c0",), 2)}


def test_what_an_attack_does_not_end_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_end(known: Held, **_: object) -> tuple[Outcome, ...]:
        return (Outcome(BY_ID["linear"], open=2),)

    monkeypatch.setattr(protecting, "attack", without_end)
    made = protected("round")
    assert made.broken
    assert json.loads(made.audit["audit.json"])["open"] == {"linear": 2}
    report = json.loads(made.public["report.json"])
    assert "An attack came to no end" in page(report, "en")
    assert "sin terminar" in page(report, "es")


def test_programs_are_left_out_when_asked_and_for_rounded_tables_that_are_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not tried(release([14, None, None, 9]), programs=False)["linear"].tried
    monkeypatch.setattr("istmo.statistics.disclosure.attack.TOLD_UP_TO", 2)
    monkeypatch.setattr("istmo.statistics.disclosure.attack.EXPLAINED_UP_TO", 1)
    found = tried(release([20, 10, 10], method="round"), rounded_up_to=2)
    assert not found["linear"].tried
    assert not found["coalition"].tried
    assert "minimality" not in found
    assert not tried(release([14, None, None, 9]))["minimality"].tried


def test_more_ways_to_fill_a_table_than_can_be_tried_are_said_not_to_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("istmo.statistics.disclosure.attack"), "FILLINGS", 3)
    assert not tried(release([30, None, None, None]))["minimality"].tried


def test_a_pattern_that_the_program_would_not_have_made_says_nothing_more() -> None:
    """Fillings of which nothing could be published are none that the program would have published."""
    assert tried(release([6, None, None, None]))["minimality"].tried


def test_rounding_alone_leaves_what_its_attack_finds() -> None:
    found = tried(release([0, 5, 5, 5, 5], method="round"))
    assert {(one.cell, one.lower) for one in found["propagation"].findings} >= {(("c0",), 1)}


def test_that_somebody_is_in_a_sensitive_cell_is_a_finding() -> None:
    values = [30, "0-9", "0-9", "0-9"]
    found = tried(release(values, method="round", more="sensitive: yes\n"))  # type: ignore[arg-type]
    assert {one.kind for one in found["propagation"].findings} == {Kind.PRESENCE}
    beside = tried(release(values, method="round", more="sensitive: yes\n"), release([30, 10, 10, 10], method="round"))  # type: ignore[arg-type]
    assert "groups" in beside


def test_what_two_tables_tell_together_is_linked() -> None:
    first = release([24, None, None, 9])
    d = flat("d", ["c0", "c1", "c2"])
    other = replace(
        first,
        table=ProtectedTable((d,), Method.SUPPRESS, 0, np.array([24, 3, 0, 0]), np.array([False, False, True, True])),
    )
    found = tried(first, other)
    assert {one.cell for one in found["linked"].findings} == {("c1",)}
    assert not tried(first)["propagation"].findings
    assert "linked" not in tried(first)
    assert not tried(first, first)["linked"].findings


def test_a_correction_of_few_persons_is_found_whatever_categories_each_version_has() -> None:
    before, after = release([24, 12, 9, 3, 0]), release([26, 14, 9, 3])
    outcome = corrected(before, after)
    assert outcome.attacker.id == "revision"
    assert [(one.cell, one.kind, one.lower) for one in outcome.findings] == [
        (("_T",), Kind.CHANGE, 2),
        (("c0",), Kind.CHANGE, 2),
    ]
    assert not corrected(release([24, 12, 9, 3]), release([34, 22, 9, 3])).findings
    assert not corrected(release([24, None, None, 9]), release([34, None, None, 9])).findings


def test_what_a_ministry_publishes_of_the_same_cells_is_joined() -> None:
    one = release([24, None, None, 9])
    facts = facts_beside(b"d,value,source\nc0,3,https://x.example\n", one, name="f.csv")
    found = tried(one, facts=facts)
    assert {(each.cell, each.lower) for each in found["linked"].findings} == {(("c1",), 12)}
    same = facts_beside(
        b"population,period,cell,value,source,date\ntable,2023-08,d=c0,3,x,2023-09-01\n", one, name="f.csv"
    )
    assert [(fact.coordinates, fact.value) for fact in same] == [(fact.coordinates, fact.value) for fact in facts]


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("d,value\nc0,3\n", "f.csv:1", "F122"),
        ("d,source\nc0,x\n", "f.csv:1", "F122"),
        ("e,value,source\nc0,3,x\n", "f.csv:1", "F122"),
        ("d,value,source\nX,3,x\n", "f.csv:2", "F112"),
        ("d,value,source\nc0,-3,x\n", "f.csv:2", "F122"),
        ("d,value,source\nc0,99999999999999999,x\n", "f.csv:2", "F122"),
        (f"d,value,source\nc0,{'9' * 5000},x\n", "f.csv:2", "F122"),
        ("d,value,source\nc0,3,\n", "f.csv:2", "F122"),
    ],
)
def test_facts_that_cannot_be_used_are_refused_with_their_line(text: str, place: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        facts_beside(text.encode(), release([24, None, None, 9]), name="f.csv")
    assert (refused.value.place, refused.value.rule) == (place, rule)


def read_csv(text: str, *, method: str = "suppress") -> Release:
    d = flat("d", ["a", "b"])
    return read_release(
        io.BytesIO(text.encode()),
        read_rules(f"threshold: 5\nmethod: {method}\ndimensions: {{d: {{hierarchy: h}}}}\n".encode(), name="r"),
        {"d": d},
        name="p.csv",
    )


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("d,n\n_T,9\n", "p.csv:1", "“value” is missing"),
        ("d,value\n", "p.csv", "no rows"),
        ("d,value\n_T,9\na,9\nX,0\n", "p.csv:4", "“X” is not in the hierarchy"),
        ("d,value\n_T,9\na,9\na,9\n", "p.csv:4", "is there twice"),
        ("d,value\n_T,9.0\n", "p.csv:2", "is no value"),
        (f"d,value\n_T,{'9' * 5000}\n", "p.csv:2", "is no value"),
        ("d,value\n_T,0-9\n", "p.csv:2", "is no value"),
        ("d,value\n_T,9\na,9\n", "p.csv", "The row of b is missing"),
    ],
)
def test_a_published_table_that_cannot_be_read_is_refused_with_its_line(text: str, place: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_csv(text)
    assert told in refused.value.message.en
    assert refused.value.place == place


def test_columns_codes_and_rows_that_tell_more_than_they_show_are_found() -> None:
    flag = read_csv("d,value,CONF_STATUS\n_T,30,F\na,,C\nb,,D\n")
    assert tried(flag)["flags"].findings[0].cell == ("CONF_STATUS",)
    one = read_csv("d,value,name\n_T,30,Todo\na,,Uno\nb,,Dos\n")
    assert not tried(one)["flags"].findings
    mixed = read_csv("d,value\nb,\n_T,30\na,\n")
    assert tried(mixed)["order"].findings[0].kind is Kind.LEAK
    written = read_csv("d,value\n_T,30\na,\nb,0012\n")
    assert tried(written)["order"].findings[0].cell == ("value",)
    blank = read_csv("d,value\n_T,30\na,\nb, \n")
    assert tried(blank)["order"].findings[0].cell == ("value",)
    some = read_csv("d,value\n_T,30\na,30\n", method="nearest")
    assert not tried(some)["order"].findings
    three = flat("d", ["a", "b", "c"])
    zero = read_release(io.BytesIO(b"d,value\n_T,30\na,30\nb,0\n"), some.rules, {"d": three}, name="p.csv")
    assert tried(zero)["order"].findings[0].cell == ("0",)


def test_rows_sorted_by_any_dimension_first_are_explained() -> None:
    made = protected()
    lines = made.public["published.csv"].decode().splitlines()
    turned = "\n".join([lines[0], *sorted(lines[1:], key=lambda line: line.split(",")[1::-1])]) + "\n"
    again = read_release(io.BytesIO(turned.encode()), rules(), {"point": POINT, "sex": SEX}, name="p.csv")
    assert not tried(again)["order"].findings


def test_a_code_that_a_spreadsheet_would_run_is_read_back() -> None:
    d = flat("d", ["-5", "=1"])
    made = ProtectedTable((d,), Method.NEAREST, 10, np.array([30, 10, 20]), np.zeros(3, dtype=np.bool_))
    few = read_rules(b"threshold: 5\nmethod: nearest\ndimensions: {d: {hierarchy: h}}\n", name="r")
    written = published_csv(made, few)
    assert b"'=1" in written
    again = read_release(io.BytesIO(written), few, {"d": d}, name="p.csv")
    assert again.table.values.tolist() == [30, 10, 20]


def test_hierarchies_are_published_and_read_back() -> None:
    assert hierarchies_of(hierarchies_json([POINT, SEX]), name="r") == {"point": POINT, "sex": SEX}
    for wrong in (None, [{"name": "d"}], [{"name": "d", "codes": [["a"]]}]):
        with pytest.raises(InvalidInput, match="hierarchies are missing"):
            hierarchies_of(wrong, name="r")


def test_an_audit_that_was_changed_is_told() -> None:
    for wrong in (b"", b"cell,n\n0,1\n", b"cell,n,CONF_STATUS\n0,x,A\n"):
        with pytest.raises(IntegrityFailure):
            read_truth(wrong, place="audit")


def test_bounds_are_told_as_a_person_writes_them() -> None:
    def told(lower: int, upper: int, kind: Kind = Kind.EXACT) -> str:
        return told_bounds(Finding(kind, "r", ("a",), lower, upper))

    assert (told(3, 3), told(1, 4), told(0, 0), told(0, 0, Kind.LEAK)) == ("3", "1-4", "", "")


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("suppress", "id: x\ndate: 2026-01-01\npopulation: P\ntitle: {es: Á <b>, en: Á <b>}\nsource: {es: s, en: s}\n"),
        ("round", ""),
        ("cell_key", ""),
    ],
)
def test_the_page_needs_nothing_else_and_escapes_what_it_shows(method: str, more: str, language: str) -> None:
    made = protect(table(), rules(method, more), secret=SECRET, program="istmo 0", programs=False)
    html = made.public[f"report.{language}.html"].decode()
    assert f'<html lang="{language}">' in html
    assert "<b>" not in html.split("<h1>")[1].split("</h1>")[0]
    assert "http" not in html.replace("https://ohss", "")
    assert "<script" not in html
    assert ("not made" if language == "en" else "no se hizo") in html


def test_rules_that_name_their_places_do_not_warn_that_they_do_not() -> None:
    named = rules("round").as_json()
    named["dimensions"]["point"]["finest"] = "region"
    made = protect(table(), rules_of(named, name="r"), secret=SECRET, program="istmo 0")
    assert "finest" not in json.dumps(json.loads(made.public["report.json"])["residual_risk"])
    assert "finest" in protected("round").public["report.json"].decode()
