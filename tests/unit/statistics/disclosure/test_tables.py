"""Tables and hierarchies of an office: what is wrong is told with its file and line, in both languages."""

import io

import pytest

from istmo.model.errors import InvalidInput
from istmo.statistics.disclosure import tables
from istmo.statistics.disclosure.cube import Cube
from istmo.statistics.disclosure.hierarchy import flat
from istmo.statistics.disclosure.rules import read_rules
from istmo.statistics.disclosure.tables import read_hierarchy, read_table

RULES = read_rules(
    b"threshold: 5\nmethod: suppress\ndimensions: {point: {hierarchy: p}, sex: {hierarchy: s}}\n", name="r"
)
HIERARCHIES = {"point": flat("point", ["A", "B"]), "sex": flat("sex", ["F", "M"])}
HEAD = "point,sex,n\n"


def read(text: str | bytes) -> Cube:
    raw = text.encode() if isinstance(text, str) else text
    return read_table(io.BytesIO(raw), RULES, HIERARCHIES, name="t.csv")


def test_a_table_is_read_with_its_columns_in_its_own_order_and_blank_lines_passed_over() -> None:
    made = read(HEAD + "A,F,3\n\nB,M, 9 \n_T,_T,12\n")
    assert made.counts.tolist() == [[12, 3, 9], [3, 3, 0], [9, 0, 9]]
    turned = read("\ufeffn,sex,point\r\n3,F,A\r\n9,M,B\r\n")
    assert [d.name for d in turned.dimensions] == ["sex", "point"]
    assert turned.counts.T.tolist() == made.counts.tolist()


@pytest.mark.parametrize(
    ("text", "place", "rule", "told"),
    [
        ("", "t.csv", "F1", "The file is empty"),
        (HEAD, "t.csv", "F1", "no rows"),
        ("point;sex;n\nA;F;1\n", "t.csv:1", "F1", "separated by «;»"),
        ("point\tsex\tn\n", "t.csv:1", "F1", "separated by tab"),
        ("point,n\nA,1\n", "t.csv:1", "F1", "“sex” is missing"),
        ("point,sex,count\n", "t.csv:1", "F1", "“n” is missing"),
        ("point,sex,age,n\n", "t.csv:1", "F1", "“age” is no dimension"),
        ("point,sex,n,n\n", "t.csv:1", "F1", "“n” is there twice"),
        (HEAD + "A,F\n", "t.csv:2", "F1", "2 fields and the head 3"),
        (HEAD + 'A,"F,3\n', "t.csv:2", "F1", "no CSV"),
        (HEAD + "A,F,-3\n", "t.csv:2", "F114", "“-3” is no count"),
        (HEAD + "A,F,3\nB,F,2.5\n", "t.csv:3", "F114", "“2.5” is no count"),
        (HEAD + 'A,F,"1,204"\n', "t.csv:2", "F114", "is no count"),
        (HEAD + "A,F,99999999999999999\n", "t.csv:2", "F114", "add up to more than 9007199254740992"),
        (HEAD + f"A,F,{'9' * 5000}\n", "t.csv:2", "F114", "add up to more than"),
        (HEAD + "A,F,9999999999999999\n", "t.csv:2", "F114", "add up to more than"),
        (HEAD + f"A,F,{2**53}\nB,F,0\nB,M,1\n", "t.csv:4", "F114", "add up to more than"),
        (HEAD + f"A,F,0\n_T,_T,{2**53 + 1}\n", "t.csv:3", "F114", "add up to more than"),
        (HEAD + "A,X,3\n", "t.csv:2", "F112", "“X” is not in the hierarchy"),
        (HEAD + "A,F,3\nA,F,3\n", "t.csv:3", "F113", "is twice"),
        (HEAD + "A,F,3\n_T,F,4\n", "t.csv:3", "F115", "contradicts itself"),
        ("point,sex,n\nA,F,3\nÑ,F,4\n".encode("cp1252"), "t.csv:3", "F1", "not UTF-8"),
        (HEAD.encode("utf-16"), "t.csv:1", "F1", "UTF-16"),
        (b"PK\x03\x04\x00\x00", "t.csv:1", "F1", "no text"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_line(
    text: str | bytes, place: str, rule: str, told: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert told in refused.value.message.en
    assert (refused.value.place, refused.value.rule) == (place, rule)


def test_leading_zeros_do_not_make_a_count_long() -> None:
    assert read(HEAD + f"A,F,{'0' * 30}7\n").counts[0, 0] == 7


def test_a_table_of_too_many_cells_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CELLS", 8)
    with pytest.raises(InvalidInput, match="would have 9 cells"):
        read(HEAD + "A,F,3\n")


def hierarchy_of(text: str) -> tuple[str, ...]:
    return read_hierarchy(io.BytesIO(text.encode()), dimension="point", name="p.csv").codes


def test_a_hierarchy_is_read_whatever_other_columns_it_has() -> None:
    assert hierarchy_of("name,parent,code\nTodo,,T\nUno,T, A\n") == ("T", "A")


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("code,parent\nT,\nU,\n", "p.csv:3", "F111"),
        ("code,parent\nT,\nA,T\nA,T\n", "p.csv:4", "F111"),
        ("code,parent\nT,\n,T\n", "p.csv:3", "F111"),
        ("code,parent\nT,\nA,X\n", "p.csv:3", "F111"),
        ("code,parent\nT,\nA,B\nB,A\n", "p.csv:3", "F111"),
        ("code,parent\nT,\nA,B\nB,C\nC,B\n", "p.csv:4", "F111"),
        ("code,parent\nT,\nA,A\n", "p.csv:3", "F111"),
        ("code,parent\nA,B\nB,A\n", "p.csv:2", "F111"),
        ("code,parent\nT,\n'=A,T\n=A,T\n", "p.csv:4", "F1"),
        ("code,parent\n", "p.csv", "F111"),
        ("code\nT\n", "p.csv:1", "F1"),
        ("", "p.csv", "F1"),
    ],
)
def test_a_hierarchy_that_cannot_be_used_is_refused_with_its_line(text: str, place: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        hierarchy_of(text)
    assert (refused.value.place, refused.value.rule) == (place, rule)
