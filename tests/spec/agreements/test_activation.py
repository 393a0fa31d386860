"""Which agreements may come into force? A table of cases that a lawyer can read; the columns are the document's.

`basis` is the certainty of both parties' legal basis, `authority` the kind of both authorities. The first row of a
group is a control: the same text as it may be. What is refused names its ground.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.registry.agreements.sample import agreement

from istmo.registry.agreements.activation import Ground, refusals
from istmo.registry.agreements.fields import catalogue
from istmo.registry.agreements.record import (
    Agreement,
    AuthorityKind,
    Certainty,
    Direction,
    FieldRule,
    Flow,
    LegalBasis,
)

# kind | purposes | categories | directions | basis | dpia | authority | parties -> grounds
TABLE = """
TREATY    | IDENT             | BIO_BASIC         | ask answer | stated   | yes | migration | PAN HTI | -
EXEC      | IDENT             | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | -
PROT      | IDENT             | BIO_BASIC NAT     | ask answer | verified | yes | migration | PAN HTI | -
READM     | RETURN            | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | non_binding

MOU       | STAT              | AGG               | push       | none     | no  | migration | PAN TS  | -
MOU       | IDENT             | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | non_binding
LOI       | STAT              | AGG               | push       | none     | no  | migration | PAN TS  | -
LOI       | IDENT             | BIO_BASIC         | ask        | verified | yes | migration | PAN HTI | non_binding

RCM_DEC   | STAT              | AGG               | push       | verified | no  | migration | PAN TS  | political
RCM_DEC   | IDENT             | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | political
RCM_GUIDE | REFERRAL          | VULN              | ask answer | verified | yes | migration | PAN HTI | political
RCM_COMM  | STAT              | AGG               | push       | verified | no  | migration | PAN TS  | political
CONV_INT  | IDENT             | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | within_a_state

TREATY    | IDENT             | CRIMREC BIO_BASIC | ask answer | verified | yes | migration | PAN HTI | criminal_record
TREATY    | REFERRAL          | CRIMREC           | ask answer | verified | yes | migration | PAN HTI | criminal_record

TREATY    | BORDER            | AGG               | push       | none     | no  | migration | PAN HTI | -
TREATY    | BORDER            | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | aggregates_only
TREATY    | CRIM              | AGG               | push       | none     | no  | migration | PAN HTI | -
TREATY    | CRIM              | SMUG              | ask answer | verified | yes | migration | PAN HTI | aggregates_only
TREATY    | STAT              | BIO_BASIC         | ask answer | verified | yes | migration | PAN HTI | aggregates_only
TREATY    | STAT IDENT        | AGG BIO_BASIC     | ask answer | verified | yes | migration | PAN HTI | aggregates_only

TREATY    | IDENT             | BIO_BASIC         | ask answer | verified | no  | migration | PAN HTI | no_dpia
TREATY    | IDENT             | BIO_BASIC         | ask answer | none     | yes | migration | PAN HTI | no_legal_basis
TREATY    | IDENT             | BIO_BASIC         | ask answer | absent   | yes | migration | PAN HTI | no_legal_basis

TREATY    | REFERRAL          | VULN              | ask answer | verified | yes | migration | PAN HTI | -
TREATY    | REFERRAL          | VULN              | push       | verified | yes | migration | PAN HTI | unasked
TREATY    | REFERRAL          | VULN AGG          | ask push   | verified | yes | migration | PAN HTI | unasked

TREATY    | ASYLUM_RESP       | ASYLUM            | ask answer | verified | yes | asylum    | PAN CRI | -
TREATY    | ASYLUM_RESP       | ASYLUM            | ask answer | verified | yes | migration | PAN CRI | asylum_authority
TREATY    | ASYLUM_RESP       | BIO_BASIC         | ask answer | verified | yes | consular  | PAN CRI | asylum_authority
TREATY    | IDENT             | ASYLUM            | ask answer | verified | yes | asylum    | PAN CRI | asylum_purpose
TREATY    | ASYLUM_RESP IDENT | ASYLUM            | ask answer | verified | yes | asylum    | PAN CRI | asylum_purpose

TREATY    | FAM_LINK          | MOVE FAMILY       | ask answer | verified | yes | migration | PAN HTI | -
TREATY    | REFERRAL FAM_LINK | MOVE              | ask answer | verified | yes | migration | PAN HTI | -
TREATY    | IDENT             | MOVE              | ask answer | verified | yes | migration | PAN HTI | movement
TREATY    | FAM_LINK RETURN   | MOVE              | ask answer | verified | yes | migration | PAN HTI | movement

TREATY    | IDENT             | BIO_BASIC         | ask answer | verified | yes | migration | PAN TS  | secretariat
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.splitlines() if line.strip()]


def made(
    kind: str, purposes: str, categories: str, directions: str, basis: str, dpia: str, authority: str, parties: str
) -> Agreement:
    base = agreement()
    ids = parties.split()
    law = None if basis == "absent" else LegalBasis(base.title, Certainty(basis), None)
    named = categories.split()
    flow = Flow(ids[0], ids[1], frozenset(map(Direction, directions.split())))
    return replace(
        base,
        kind=kind,
        purposes=frozenset(purposes.split()),
        categories=frozenset(named),
        fields=tuple(FieldRule(field, category) for category in named for field in list(catalogue()[category])[:1]),
        flows=(flow,),
        dpia="DPIA-1" if dpia == "yes" else "",
        parties=tuple(
            replace(entry, party=id_, legal_basis=law, authority_kind=AuthorityKind(authority))
            for entry, id_ in zip(base.parties, ids, strict=True)
        ),
    )


@pytest.mark.parametrize("row", rows(TABLE), ids=lambda row: " ".join(row))
def test_an_agreement_may_come_into_force_or_is_refused_for_the_ground_in_the_table(row: list[str]) -> None:
    *cells, expected = row
    found = refusals(made(*cells))
    assert {one.ground.value for one in found} == (set() if expected == "-" else set(expected.split()))
    for one in found:
        assert one.place
        assert one.reason.es != one.reason.en
        assert one.rule


def grounds(refused: Iterable[Any]) -> set[Ground]:
    return {one.ground for one in refused}


def test_a_category_without_a_field_could_carry_nothing() -> None:
    assert grounds(refusals(agreement(fields=()))) == {Ground.NO_FIELD}


def test_every_ground_of_one_text_alone_has_a_row() -> None:
    of_several = {Ground.OVERLAP, Ground.SAME_ID, Ground.NO_FIELD}
    told = {ground for row in rows(TABLE) for ground in row[-1].split()} - {"-"}
    assert told == {ground.value for ground in Ground if ground not in of_several}
