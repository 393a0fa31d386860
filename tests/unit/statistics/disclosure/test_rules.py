"""Rules of protection are documents: what they may say, what they may not combine, what they mean in plain words."""

import json
from datetime import date

import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure.protected import Method
from istmo.statistics.disclosure.rounding import Zeros
from istmo.statistics.disclosure.rules import (
    Finest,
    Rules,
    check_mirrored,
    read_rules,
    reading,
    region_rules,
    rules_of,
)

LEAST = "threshold: 5\nmethod: suppress\ndimensions:\n  point: {hierarchy: point.csv}\n"
ROUND = LEAST.replace("suppress", "round")
SENSITIVE = ROUND + "sensitive: yes\n"


def read(text: str) -> Rules:
    return read_rules(text.encode(), name="rules.yaml")


def test_a_table_of_ones_own_needs_threshold_method_and_dimensions_only() -> None:
    rules = read(LEAST)
    assert (rules.threshold, rules.method, rules.base, rules.spread) == (5, Method.SUPPRESS, 0, 0)
    assert [(one.name, one.hierarchy, one.finest) for one in rules.dimensions] == [("point", "point.csv", None)]


def test_a_whole_document_is_read_and_what_is_published_of_it_reads_back_without_key_and_folders() -> None:
    rules = read(
        """
id: flows
version: 3
date: 2026-11-24
title: {es: Flujos, en: Flows}
source: {es: Decreto, en: Decree}
member: PAN
population: PAN.IRREG
mirrored: crossings
threshold: 5
method: round
base: 5
dimensions:
  month: {hierarchy: ../secret/month.csv, finest: period}
  nationality: {hierarchy: nationality.csv, finest: country}
headline: [[], [month, nationality]]
roll_up: [nationality, month]
zeros: none
key: /etc/secret/key
"""
    )
    assert (rules.dated, rules.zeros, rules.roll_up) == (
        date(2026, 11, 24),
        Zeros.NO_ZERO,
        ("nationality", "month"),
    )
    assert rules.dimensions[0].finest is Finest.PERIOD
    published = rules.as_json()
    assert "key" not in published
    assert "secret" not in json.dumps(published)
    again = rules_of(json.loads(json.dumps(published)), name="report.json")
    assert again.as_json() == published
    assert again.digest == rules.digest
    assert read(LEAST).digest != rules.digest


@pytest.mark.parametrize("more", ["noise: {greatest: 6, variance: 2.5, least: 1}\n", "noise: {}\n", ""])
def test_the_noise_of_the_cell_key_method_is_published(more: str) -> None:
    rules = read(LEAST.replace("suppress", "cell_key") + more)
    assert rules.spread == rules.noise.greatest == (6 if "6" in more else 5)
    assert rules_of(rules.as_json(), name="r") == rules


def test_a_sensitive_table_prints_zero_and_small_alike_and_the_base_follows() -> None:
    rules = read(SENSITIVE)
    assert (rules.way, rules.base) == (Method.ALIKE, 10)
    assert rules_of(rules.as_json(), name="r") == rules
    assert read(ROUND.replace("threshold: 5", "threshold: 12")).base == 15


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("", "rules.yaml", "A block of keys"),
        ("threshold: 5\nthreshold: 6\n", "rules.yaml:2:1", "stands twice"),
        (LEAST + "treshold: 5\n", "rules.yaml:5", "Unknown key: “treshold”"),
        ("method: suppress\ndimensions: {a: {}}\n", "rules.yaml", "“threshold” is missing"),
        (LEAST.replace("5", "3"), "rules.yaml:1", "“threshold” cannot be “3”"),
        (LEAST.replace("5", "16"), "rules.yaml:1", "“threshold” cannot be “16”"),
        (LEAST.replace("5", "5" * 5000), "rules.yaml:1", "“threshold” cannot be"),
        (LEAST.replace("5", "five"), "rules.yaml:1", "“threshold” cannot be “five”"),
        (LEAST.replace("suppress", "alike"), "rules.yaml:2", "“method” cannot be “alike”"),
        (LEAST.replace("suppress", ""), "rules.yaml:2", "Text was expected"),
        ("threshold: 5\nmethod: round\ndimensions: []\n", "rules.yaml:3", "dimensions are missing"),
        (LEAST.replace("point:", "cell:"), "rules.yaml:4", "“cell” is a column of the files"),
        (LEAST.replace("point:", "value:"), "rules.yaml:4", "“value” is a column of the files"),
        (LEAST + "  sex: {file: x.csv}\n", "rules.yaml:5", "Unknown key: “file”"),
        (LEAST + "  sex: {finest: village}\n", "rules.yaml:5", "“finest” cannot be “village”"),
        (LEAST + "  sex: sex.csv\n", "rules.yaml:5", "A block of keys"),
        (ROUND + "base: 3\n", "rules.yaml:5", "“base” cannot be “3”"),
        (ROUND.replace("5", "10") + "base: 5\n", "rules.yaml:5", "below the threshold 10"),
        (LEAST.replace("suppress", "nearest") + "base: 5\n", "rules.yaml:5", "nearest 5"),
        (LEAST + "sensitive: yes\n", "rules.yaml:5", "A sensitive table is rounded"),
        (SENSITIVE + "base: 5\n", "rules.yaml:5", "A sensitive table is rounded"),
        (SENSITIVE + "headline: [[]]\n", "rules.yaml:6", "the base of the rounding is the threshold"),
        (SENSITIVE.replace("5", "10") + "headline: [[]]\n", "rules.yaml:6", "none in a sensitive table"),
        (ROUND.replace("csv}", "csv, finest: point}"), "rules.yaml:2", "somebody was at a point"),
        (
            LEAST.replace("suppress", "cell_key").replace("threshold: 5", "threshold: 6"),
            "rules.yaml:1",
            "The noise reaches the threshold 6",
        ),
        (LEAST.replace("suppress", "cell_key") + "noise: {least: 5}\n", "rules.yaml:5", "“least” is smaller"),
        (LEAST.replace("suppress", "cell_key") + "noise: {variance: much}\n", "rules.yaml:5", "is no variance"),
        (LEAST.replace("suppress", "cell_key") + "noise: {variance: 101}\n", "rules.yaml:5", "is no variance"),
        (ROUND + "  sex: {}\nheadline:\n- [point, sex]\n", "rules.yaml:7", "totals of one dimension"),
        (ROUND + "base: 10\nheadline: [[]]\n", "rules.yaml:6", "the base of the rounding is the threshold"),
        (LEAST.replace("suppress", "nearest") + "headline: [[]]\n", "rules.yaml:5", "Only “suppress” and “round”"),
        (LEAST + "headline: [[point, point]]\n", "rules.yaml:5", "A name stands twice"),
        (LEAST + "roll_up: point\n", "rules.yaml:5", "A list was expected"),
        (LEAST + "roll_up: [sex]\n", "rules.yaml:5", "cannot be “sex”"),
        (LEAST + "zeros: none\n", "rules.yaml:5", "publishes its zeros"),
        (LEAST + "date: yesterday\n", "rules.yaml:5", "is no day"),
        (LEAST + "title: {es: Título}\n", "rules.yaml:5", "“en” is missing"),
    ],
)
def test_what_is_not_known_or_not_safe_is_refused_with_its_line(text: str, place: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert told in refused.value.in_("en")
    assert (refused.value.place, refused.value.rule) == (place, "F110")


def test_members_whose_tables_mirror_each_other_have_one_threshold() -> None:
    one, other = (read(f"id: {name}\nmirrored: m\n" + LEAST) for name in "ab")
    lower = read("id: c\nmirrored: m\n" + LEAST.replace("5", "6"))
    check_mirrored([one, other, read(LEAST.replace("5", "9"))])
    with pytest.raises(InvalidInput, match=r"“a” and “c” protect mirrored tables \(“m”\)"):
        check_mirrored([one, other, lower])


def test_the_regions_own_documents_keep_what_the_region_decided() -> None:
    rules = region_rules()
    assert (rules["monthly-flows"].threshold, rules["monthly-flows"].base) == (5, 5)
    assert rules["headline-flows"].method is Method.SUPPRESS
    for id_ in ("sensitive-flows", "children-by-place", "health-and-sexual-violence"):
        assert (rules[id_].threshold, rules[id_].way, rules[id_].base) == (10, Method.ALIKE, 10)
    assert (rules["usa-flows"].member, rules["usa-flows"].method, rules["usa-flows"].base) == (
        "USA",
        Method.NEAREST,
        10,
    )
    assert all(one.id == id_ and one.title and one.dated for id_, one in rules.items())


@pytest.mark.parametrize(
    ("text", "es", "en"),
    [
        (LEAST, "de 1 a 4 se retiene", "of 1 to 4 is withheld"),
        (LEAST + "roll_up: [point]\n", "en este orden: point", "in this order: point"),
        (LEAST + "headline: [[], [point]]\n", "total general; point", "grand total; point"),
        (ROUND, "múltiplo de 5", "a multiple of 5"),
        (ROUND + "zeros: none\n", "ninguna fila con 0", "No row with 0"),
        (ROUND, "cada combinación", "Every combination"),
        (SENSITIVE, "«0-9»", "“0-9”"),
        (LEAST.replace("suppress", "nearest"), "múltiplo de 10 más cercano", "nearest multiple of 10"),
        (LEAST.replace("suppress", "cell_key"), "un ruido de 5 a lo sumo", "a noise of 5 at most"),
        (LEAST.replace("suppress", "small_count"), "por 0 o 5", "become 0 or 5"),
    ],
)
def test_rules_are_read_in_plain_words(text: str, es: str, en: str) -> None:
    said = reading(read(text))
    assert es in said.es
    assert en in said.en
