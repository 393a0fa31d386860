"""What a person reads before signing: everything that is enforced, in both languages."""

from datetime import date

from tests.unit.registry.agreements.sample import IDENT, STAT, agreement, document

from istmo.model.text import Text
from istmo.registry.agreements import record
from istmo.registry.agreements.plain import NAMES, party_name, sections
from istmo.registry.agreements.reading import read_file
from istmo.registry.agreements.record import Annex, Condition, Exclusion
from istmo.registry.demonstration import demonstration_documents


def said(one: record.Agreement, language: str) -> str:
    return "\n".join(line.in_(language) for section in sections(one) for line in (section.heading, *section.lines))


def test_all_that_is_enforced_is_said_in_both_languages() -> None:
    one = agreement(
        exclusions=frozenset(Exclusion),
        conditions=frozenset(Condition),
        onward=frozenset({"UNHCR"}),
        supersedes="demo:OLD",
        deletion_proof=False,
        annexes=(Annex(Text("Glosario", "Glossary"), "ab" * 32),),
    )
    es, en = said(one, "es"), said(one, "en")
    for word in (
        "Nombre",
        "Panamá (PAN)",
        "PAN → HTI: preguntar, responder",
        "30 días",
        "niñas",
        "demo:OLD",
        "Glosario",
    ):
        assert word in es
    for word in (
        "Name",
        "Haiti (HTI)",
        "2027-12-31",
        "1000 messages a day",
        "children",
        "Office of the United Nations",
    ):
        assert word in en
    for name in (*Exclusion, *Condition):
        assert NAMES[name].es in es
        assert NAMES[name].en in en
    assert one.digest in es
    assert "piso de protección" in es


def test_what_is_absent_is_said_too() -> None:
    es = said(agreement(STAT, terms={}), "es")
    for word in ("sin base legal", "ninguna", "nadie", "sin prueba de borrado"):
        assert word in es
    assert "BLZ, CAN, CRI" in es  # the eleven flows to the Secretariat are one line


def test_every_word_of_the_record_has_a_name() -> None:
    kinds = (
        record.AuthorityKind,
        record.CapPeriod,
        record.Certainty,
        record.Condition,
        record.ContactKind,
        record.Direction,
        record.Exclusion,
        record.PartyRole,
        record.StopsFor,
        record.Subject,
    )
    words = [one for kind in kinds for one in kind]
    assert len(words) == len({str(one) for one in words})  # two equal words of two lists would share a name
    assert set(words) == set(NAMES)
    assert all(name.es != name.en for name in NAMES.values())


def test_parties_are_named() -> None:
    assert party_name("HTI").es == "Haití"
    assert party_name("CHL").en == "Chile"
    assert party_name("ACME").es == "ACME"


def test_a_file_is_a_source_or_a_signed_document() -> None:
    made = demonstration_documents()[IDENT]
    assert read_file(made.as_json().encode(), name="x") == made
    from istmo.registry.signing import canonical

    source = read_file(canonical(document()), name="x")
    assert (source.payload, source.signatures) == (made.payload, ())
    assert agreement().signed_on == date(2022, 12, 1)
