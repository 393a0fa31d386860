"""No ambiguous label is mapped without a rule of its source; a proposal adds labels and changes nothing else; the
difference of two profiles lists exactly the cells that change; the old version still gives the same bytes.
"""

import io
from datetime import date

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from istmo.intake.diff import changed_cells, changed_records, diff
from istmo.intake.grammar import Labels, Profile
from istmo.intake.profiles import builtin_profiles, profile_source, read_profile
from istmo.intake.reviewing.deciding import Decision, Verdict, decide, entries_of, listed
from istmo.intake.reviewing.labels import code_lists, decoder, field_key, labelled_field
from istmo.intake.reviewing.proposing import propose
from istmo.intake.run import intake
from istmo.model.codes import codelist
from istmo.model.errors import InvalidInput
from istmo.model.labels import fold
from istmo.model.observations import KEY
from istmo.registry.names import LabelKind, ambiguous_labels
from istmo.registry.places import places

ON = date(2024, 2, 1)
BARE = read_profile(
    b"""
profile: PAN.SNM.prueba
version: 1.0.0
read: {header: {find: "^label,"}}
fields:
  MEASURE: {const: TRA_IRR}
  UNIT: {const: REGISTRATION}
  PERIOD: {const: 2023-08, period: {grain: M}}
  CITIZENSHIP: {from: label, map: {x: _O}}
  OBS_VALUE: {from: n, integer: {}}
""",
    name="p",
)
CODES = codelist("citizenship").ids
AMBIGUOUS = [label for entry in ambiguous_labels() if entry.kind is not LabelKind.CONFUSABLE for label in entry.labels]


def decided(profile: Profile, field: str, label: str, codes: tuple[str, ...], rule: str = "") -> Decision:
    return decide(
        profile,
        field=field,
        label=label,
        verdict=Verdict.MAP,
        codes=codes,
        note="una nota",
        source_rule=rule,
        author="Ana Ejemplo",
        on=ON,
    )


@pytest.mark.parametrize("label", AMBIGUOUS)
def test_an_ambiguous_label_goes_to_no_code_at_all_without_a_rule_of_its_source(label: str) -> None:
    assert entries_of(label)
    for code in CODES:
        with pytest.raises(InvalidInput) as refused:
            decided(BARE, "CITIZENSHIP", label, (code,))
        assert refused.value.rule == "R11"


@given(
    label=st.sampled_from([label for label in AMBIGUOUS if len(fold(label)) >= 4]),
    place=st.integers(0, 40),
    letter=st.sampled_from("abcdefghijklmnñopqrstuvwxyz"),
    code=st.sampled_from(CODES),
    upper=st.booleans(),
)
def test_nor_does_one_that_is_spelt_so_but_for_a_letter(
    label: str, place: int, letter: str, code: str, upper: bool
) -> None:
    at = place % (len(label) + 1)
    wrong = label[:at] + letter + label[at:]
    assume(not listed(wrong) and fold(wrong) != "x")
    with pytest.raises(InvalidInput) as refused:
        decided(BARE, "CITIZENSHIP", wrong.upper() if upper else wrong, (code,))
    assert refused.value.rule == "R11"


# --- proposals


def labelled(profile: Profile) -> list[str]:
    fields = (field for field in profile.fields if isinstance(field.how, Labels) and not field.personal)
    return [field_key(field) for field in fields if isinstance(field.how, Labels) and field.how.slug is None]


PROFILES = sorted(id_ for id_, profile in builtin_profiles().items() if labelled(profile))
LABELS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Co", "Cn"), blacklist_characters="\u2028\u2029"),
    min_size=1,
    max_size=12,
).filter(lambda text: bool(fold(text)))
NOTES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip()) and text.isprintable()
)


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    id_=st.sampled_from(PROFILES),
    labels=st.lists(LABELS, min_size=1, max_size=4, unique_by=fold),
    note=NOTES,
)
def test_a_proposal_has_the_labels_and_changes_nothing_else_of_any_profile(
    data: st.DataObject, id_: str, labels: list[str], note: str
) -> None:
    profile = builtin_profiles()[id_]
    decisions = []
    for label in labels:
        key = data.draw(st.sampled_from(labelled(profile)))
        field = labelled_field(profile, key)
        assert field is not None
        assume(decoder(field).unknown(label) != ())
        codes = tuple(_code(list_) for list_ in code_lists(field))
        decisions.append(Decision(key, label, Verdict.MAP, codes, note, "regla de la fuente", "Ana Ejemplo", ON))
    try:
        made = propose(profile_source(id_), decisions, author="Ana: «Ejemplo» #1", on=ON, name=id_)
    except InvalidInput as refused:
        assume(refused.rule not in ("R9", "R11"))  # ambiguous, or two labels that are one without their marks
        raise
    for decision in decisions:
        field = labelled_field(made.profile, decision.field)
        assert field is not None
        assert decoder(field).unknown(decision.label) == ()
    assert made.profile.author == "Ana: «Ejemplo» #1"
    again = propose(profile_source(id_), decisions, author="Ana: «Ejemplo» #1", on=ON, name=id_)
    assert again.new == made.new


def _code(list_: str | None) -> str:
    if list_ is None:
        return "X"
    if list_ == "place":
        return next(iter(places()))
    return "HTI" if list_ == "citizenship" else codelist(list_).ids[0]


# --- differences

WORDS = ("a", "b", "c", "d")
MAPS = st.dictionaries(st.sampled_from(WORDS), st.sampled_from(["HTI", "CUB", "COL", "_O"]), min_size=1)
FILES = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from(["M", "F"]), st.sampled_from(["1", "2", "-", "x", ""])),
    min_size=1,
    max_size=8,
)


def by_map(map_: dict[str, str], version: str, *, dash: str) -> Profile:
    labels = ", ".join(f"{word}: {code}" for word, code in map_.items())
    text = f"""
profile: PAN.SNM.prueba
version: {version}
read: {{header: {{find: "^label,"}}}}
cells: {{"-": {dash}, "": not_a_record}}
fields:
  MEASURE: {{const: TRA_IRR}}
  UNIT: {{const: REGISTRATION}}
  PERIOD: {{const: 2023-08, period: {{grain: M}}}}
  CITIZENSHIP: {{from: label, map: {{{labels}}}}}
  SEX: {{from: sex, map: {{M: M, F: F}}}}
  OBS_VALUE: {{from: n, integer: {{}}}}
same_key: {{action: add}}
"""
    return read_profile(text.encode(), name="p")


def as_bytes(profile: Profile, raw: bytes) -> bytes:
    return intake(io.BytesIO(raw), filename="f.csv", profile=profile).observations.write_csv().encode()


@settings(max_examples=150, deadline=None)
@given(old=MAPS, new=MAPS, rows=FILES, dashes=st.tuples(*[st.sampled_from(["zero", "not_reported"])] * 2))
def test_the_difference_lists_exactly_the_cells_that_change_and_the_old_version_gives_the_same_bytes(
    old: dict[str, str], new: dict[str, str], rows: list[tuple[str, str, str]], dashes: tuple[str, str]
) -> None:
    raw = "\n".join(["label,sex,n", *(",".join(row) for row in rows), ""]).encode()
    before, after = by_map(old, "1.0.0", dash=dashes[0]), by_map(new, "1.1.0", dash=dashes[1])
    was = as_bytes(before, raw)
    found = diff(before, after, io.BytesIO(raw), filename="f.csv")
    sides = [
        {
            tuple(row[column] for column in KEY): (
                row["OBS_VALUE"],
                row["OBS_STATUS"],
                row["SOURCE_PERIOD"],
                row["NOTE"],
            )
            for row in side.observations.iter_rows(named=True)
        }
        for side in (found.old, found.new)
    ]
    changed = {key for key in {*sides[0], *sides[1]} if sides[0].get(key) != sides[1].get(key)}
    listed_ = {tuple(row[column] for column in KEY): row for row in found.cells.iter_rows(named=True)}
    assert set(listed_) == changed
    assert len(listed_) == found.cells.height
    for key, row in listed_.items():
        kind = "added" if key not in sides[0] else "removed" if key not in sides[1] else "changed"
        assert row["CHANGE"] == kind
        assert (row["OLD_OBS_VALUE"], row["OLD_OBS_STATUS"]) == sides[0].get(key, (None, None))[:2]
        assert (row["NEW_OBS_VALUE"], row["NEW_OBS_STATUS"]) == sides[1].get(key, (None, None))[:2]
    assert as_bytes(before, raw) == was


RECORDS = st.lists(st.tuples(st.sampled_from(["p", "q"]), st.sampled_from(["1", None])), max_size=6)


@given(before=RECORDS, after=RECORDS)
def test_records_without_a_key_are_compared_by_how_often_they_stand(
    before: list[tuple[str, str | None]], after: list[tuple[str, str | None]]
) -> None:
    frames = [pl.DataFrame(rows, {"A": pl.String, "B": pl.String}, orient="row") for rows in (before, after)]
    found = changed_records(*frames)
    told = {(row["A"], row["B"]): row["TIMES"] * (1 if row["CHANGE"] == "added" else -1) for row in found.to_dicts()}
    counts = {row: after.count(row) - before.count(row) for row in {*before, *after}}
    assert told == {row: count for row, count in counts.items() if count}


def test_records_of_persons_are_compared_without_anything_personal() -> None:
    text = """
profile: PAN.SNM.prueba
version: 1.0.0
grain: person
read: {header: {find: "^id,"}}
fields:
  REPORTER: {const: PAN}
  AGENCY: {const: SNM}
  DATASET: {const: prueba}
  SOURCE_ID: {from: id, text: {}, personal: yes}
  CITIZENSHIP: {from: label, map: {a: HTI}}
  ATTENTION: {flags: {f1: FOOD}}
"""
    old = read_profile(text.encode(), name="p")
    new = read_profile(text.replace("a: HTI", "a: HTI, b: CUB").encode(), name="p")
    raw = b"id,label,f1\nSecreta,a,1\nOtra,b,0\nMas,b,0\n"
    found = diff(old, new, io.BytesIO(raw), filename="f.csv").cells
    assert found.select("CHANGE", "TIMES", "CITIZENSHIP").rows() == [("added", 2, "CUB")]
    assert "SOURCE_ID" not in found.columns
    assert diff(old, old, io.BytesIO(raw), filename="f.csv").cells.is_empty()
    fewer = changed_records(pl.DataFrame({"A": [["x", "y"]]}), pl.DataFrame({"B": ["z"]}))
    assert fewer.select("CHANGE", "A", "B").rows() == [("added", None, "z"), ("removed", "x y", None)]
    assert changed_cells(found_observations(), found_observations()).is_empty()


def found_observations() -> pl.DataFrame:
    return intake(io.BytesIO(b"label,n\nx,1\n"), filename="f.csv", profile=BARE).observations
