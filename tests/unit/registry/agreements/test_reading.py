"""A document of an agreement: read in full, or refused with the place and both languages."""

from datetime import date
from typing import Any

import pytest
from tests.unit.registry.agreements.sample import IDENT, STAT, agreement, changed, document, read, unsigned

from istmo.model.errors import InvalidInput
from istmo.registry.agreements import reading
from istmo.registry.agreements.fields import catalogue, categories, read_catalogue
from istmo.registry.agreements.reading import FORMAT, read_agreement, read_source
from istmo.registry.agreements.record import (
    Annex,
    AuthorityKind,
    CapPeriod,
    Certainty,
    Clause,
    Condition,
    Direction,
    FieldRule,
    Flow,
    PartyRole,
    VolumeCap,
)
from istmo.registry.demonstration import demonstration_documents
from istmo.registry.signing import Signed, canonical


def refused(content: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(content)
    assert caught.value.rule == "F72"
    return caught.value


def test_every_part_of_the_record_is_read() -> None:
    content = document()
    content["annexes"] = [{"es": "Glosario", "en": "Glossary", "sha256": "ab" * 32}]
    content["exclusions"], content["supersedes"], content["onward"] = ["CHILD"], "demo:OLD", ["UNHCR"]
    made = read(content)
    assert (made.id, made.version, made.kind, made.languages) == (IDENT, 1, "TREATY", ("es",))
    assert made.parties[0].party == "PAN"
    assert made.parties[0].role is PartyRole.CONTROLLER
    assert made.parties[0].authority_kind is AuthorityKind.MIGRATION
    assert made.parties[0].supervisor
    basis = made.basis_of("HTI")
    assert basis
    assert (basis.certainty, basis.checked_on) == (Certainty.STATED, date(2022, 11, 30))
    assert made.basis_of("CRI") is None
    assert made.purposes == {"IDENT"}
    assert made.fields == (FieldRule("name", "BIO_BASIC"), FieldRule("birth_date", "BIO_BASIC"))
    assert made.flows[0] == Flow("PAN", "HTI", frozenset({Direction.ASK, Direction.ANSWER}))
    assert made.conditions == {Condition.CONSENT}
    assert made.volume_cap == VolumeCap(1000, CapPeriod.DAY)
    assert (made.retention_days, made.breach_hours, made.deletion_proof) == (30, 24, True)
    assert (made.onward, made.exclusions, made.supersedes) == ({"UNHCR"}, {"CHILD"}, "demo:OLD")
    assert (made.signed_on, made.in_force) == (date(2022, 12, 1), date(2023, 1, 1))
    assert (made.review, made.expires) == (date(2026, 12, 31), date(2027, 12, 31))
    assert len(made.contacts) == 8
    assert made.annexes == (Annex(made.annexes[0].title, "ab" * 32),)
    assert isinstance(made.clauses["fields"], Clause)
    assert made.clauses["fields"].number == "3(b)"
    assert set(made.terms) == {"notice", "access", "accuracy", "termination"}
    assert made.is_person_level
    assert not agreement(STAT).is_person_level


def test_source_and_signed_document_give_one_agreement_and_one_digest() -> None:
    raw = canonical(document())  # JSON is YAML
    source = read_source(raw, name="source.yaml")
    assert source.payload == demonstration_documents()[IDENT].payload
    assert source.agreement == read_agreement(demonstration_documents()[IDENT], name="signed")
    assert source.agreement.digest == demonstration_documents()[IDENT].digest


def test_what_an_agreement_may_leave_out_is_left_out() -> None:
    content = document(STAT)
    content["parties"][0]["legal_basis"] = {"es": "Ley", "en": "Law", "certainty": "none"}
    made = read(content)
    assert (made.dpia, made.supersedes, made.annexes) == ("", "", ())
    assert made.parties[0].legal_basis
    assert made.parties[0].legal_basis.checked_on is None
    assert made.parties[0].supervisor is None
    assert not made.deletion_proof


# What is wrong with a document, and the place that the error names.
WRONG = [
    ("purposes.0", "WATCH", "purposes[1]"),
    ("kind", "PACT", "kind"),
    ("data.SECRET", ["x"], "data"),
    ("data.BIO_BASIC.0", "face", "data.BIO_BASIC[1]"),
    ("data.BIO_BASIC.1", "name", "data.BIO_BASIC"),
    ("data.CRIMREC", ["alert"], "data.CRIMREC[1]"),
    ("data", {}, "data"),
    ("data", [], "data"),
    ("exclusions", ["POOR"], "exclusions[1]"),
    ("exclusions", "CHILD", "exclusions"),
    ("conditions.0", "TRUST", "conditions[1]"),
    ("conditions", ["CONSENT", "CONSENT"], "conditions"),
    ("purposes", [], "purposes"),
    ("languages.0", "latin", "languages[1]"),
    ("extra", "x", "test"),
    ("title", None, "test"),
    ("title.fr", "x", "title"),
    ("title.en", None, "title"),
    ("title.es", "", "title.es"),
    ("title.es", 7, "title.es"),
    ("title.es", "a\u202eb", "title.es"),
    ("title.es", "a\x1b[2Jb", "title.es"),
    ("title.es", "\ud800", "title.es"),
    ("title.es", "x" * 8001, "title.es"),
    ("dpia", "two\nlines", "dpia"),
    ("id", "no good", "id"),
    ("id", "x", "id"),
    ("version", 1, "version"),
    ("version", "0", "version"),
    ("version", "1.0", "version"),
    ("version", "١", "version"),
    ("retention_days", "12345678", "retention_days"),
    ("in_force", "2023-02-30", "in_force"),
    ("in_force", "20230101", "in_force"),
    ("signed_on", "0001-01-01", "signed_on"),
    ("expires", "9999-12-31", "expires"),
    ("in_force", "٢٠٢٣-01-01", "in_force"),
    ("in_force", "2022-11-30", "in_force"),
    ("review", "2022-12-31", "review"),
    ("expires", "2026-12-30", "expires"),
    ("deletion_proof", "true", "deletion_proof"),
    ("supersedes", IDENT, "supersedes"),
    ("parties", {}, "parties"),
    ("parties.1", None, "parties"),
    ("parties.1.party", "PAN", "parties"),
    ("parties.0.party", "Panama", "parties[1].party"),
    ("parties.0.role", "owner", "parties[1].role"),
    ("parties.0.authority_kind", "police", "parties[1].authority_kind"),
    ("parties.1.legal_basis.certainty", "sure", "parties[2].legal_basis.certainty"),
    ("parties.1.legal_basis.checked_on", "yesterday", "parties[2].legal_basis.checked_on"),
    ("parties.1.key", "x", "parties[2]"),
    ("flows", [], "flows"),
    ("flows.0.sender", "USA", "flows[1].sender"),
    ("flows.0.recipient", "PAN", "flows[1]"),
    ("flows.0.directions", ["watch"], "flows[1].directions[1]"),
    ("flows.0.directions", [], "flows[1].directions"),
    ("flows.1", {"sender": "PAN", "recipient": "HTI", "directions": ["ask"]}, "flows"),
    ("volume_cap.count", "many", "volume_cap.count"),
    ("volume_cap.per", "year", "volume_cap.per"),
    ("onward", ["Everybody"], "onward[1]"),
    ("contacts.0.party", "USA", "contacts[1].party"),
    ("contacts.0.kind", "fax", "contacts[1].kind"),
    ("contacts.0.address", [], "contacts[1].address"),
    ("clauses.purposes", None, "clauses"),
    ("clauses.purposes.number", "4 of 5", "clauses.purposes.number"),
    ("clauses.security", {"number": "1", "es": "x", "en": "x"}, "clauses"),
    ("terms.security", {"es": "x", "en": "x"}, "terms"),
    ("annexes", [{"es": "x", "en": "x", "sha256": "short"}], "annexes[1].sha256"),
    ("format", "istmo-agreement/2", "format"),
]


@pytest.mark.parametrize(("path", "value", "place"), WRONG)
def test_what_is_not_known_or_not_well_formed_is_refused_with_its_place(path: str, value: Any, place: str) -> None:
    error = refused(changed(path, value))
    assert error.place == (place if place == "test" else f"test, {place}")
    assert error.message.es != error.message.en


@pytest.mark.parametrize("raw", [b"", b"[]", b"7", b"text", b"a: [", b"\xff"])
def test_a_file_that_is_no_agreement_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_source(raw, name="file.yaml")


def test_a_signed_document_with_a_key_twice_is_refused() -> None:
    payload = canonical(document()).replace(b'"id":', b'"id":"demo:other","id":', 1)
    with pytest.raises(InvalidInput):
        read_agreement(Signed(reading.TYP, payload, ()), name="x")


def test_a_text_may_have_paragraphs() -> None:
    assert "\n" in read(changed("suspension.es", "Uno.\nDos.")).suspension.es


def test_the_format_is_named_in_what_is_signed() -> None:
    assert document()["format"] == FORMAT
    assert unsigned(document()).typ == reading.TYP


def test_a_field_belongs_to_one_category_and_nothing_belongs_to_criminal_records() -> None:
    assert set(catalogue()["BIO_BASIC"]) >= {"name", "birth_date"}
    assert catalogue()["CRIMREC"] == {}
    assert categories()["OBS_VALUE"] == "AGG"


def test_the_aggregate_fields_are_the_columns_of_an_observation() -> None:
    from istmo.model.observations import COLUMNS

    assert tuple(catalogue()["AGG"]) == COLUMNS
    assert {field.name for field in agreement(STAT).fields} == set(COLUMNS)


def catalogue_of(**changes: str) -> bytes:
    entries = dict.fromkeys(catalogue(), "{}") | changes
    lines = "".join(f"  {category}: {fields}\n" for category, fields in entries.items())
    return f"document: fields\nversion: 1.0.0\nsource: here\nfields:\n{lines}".encode()


def test_a_catalogue_with_a_field_in_two_categories_or_without_names_is_refused() -> None:
    assert read_catalogue(catalogue_of(DOC="{paper: {es: Papel, en: Paper}}"), name="x")["DOC"]["paper"].en == "Paper"
    same = "{paper: {es: Papel, en: Paper}}"
    for raw in (
        catalogue_of(DOC=same, NAT=same),
        catalogue_of(DOC="[paper]"),
        catalogue_of(SECRET="{}"),
        b"document: fields\nversion: 1.0.0\nsource: here\nfields: {AGG: {}}\n",
    ):
        with pytest.raises(InvalidInput):
            read_catalogue(raw, name="x")
