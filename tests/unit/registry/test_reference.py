"""How the program's code lists and rules stand to those of a registry: said in words, never loaded."""

from dataclasses import replace

import pytest
from tests.unit.registry.distribution.region import (
    DAY,
    HUB,
    MEMBERS,
    NOW,
    published,
    registry_key,
    root_of,
    signed_by,
)

from istmo.model.codes import codelist, codelists
from istmo.model.errors import InvalidInput
from istmo.registry.distribution import making
from istmo.registry.distribution.layout import owner_of
from istmo.registry.distribution.listing import Listed, listed, since, stamped
from istmo.registry.distribution.loading import reopen
from istmo.registry.reference import (
    MOST_SHOWN,
    Compared,
    Standing,
    carries_reference,
    compared,
    own_documents,
    read_reference,
)

LIST, RULE = "codelists/sex.yaml", "rules/fields.yaml"
OWN = own_documents()
LINE = b"  Z9: {es: Nuevo, en: New}\n"


def stands(path: str, raw: bytes | None, own: bytes | None = None) -> Compared:
    ours = {path: OWN[path] if own is None else own}
    (one,) = compared({} if raw is None else {path: raw}, ours)
    return one


def versioned(path: str, version: bytes, more: bytes = b"") -> bytes:
    return OWN[path].replace(b"version: 1.0.0", b"version: " + version) + more


def test_every_list_of_the_program_and_its_rules_have_a_place_that_the_members_sign() -> None:
    assert {f"codelists/{one.id}.yaml" for one in codelists()} < set(OWN)
    assert {"rules/fields.yaml", "rules/datasets.yaml", "rules/ambiguous_labels.yaml"} < set(OWN)
    assert all(owner_of(path) == "targets" for path in OWN)
    assert all(read_reference(path, raw) for path, raw in OWN.items())
    assert owner_of("rules/disclosure/monthly.yaml") == "targets"
    assert owner_of("rules/disclosure/deeper/monthly.yaml") is None
    assert owner_of("rules/other/monthly.yaml") is None


def test_equal_documents_need_nobody() -> None:
    found = compared(OWN)
    assert {one.standing for one in found} == {Standing.EQUAL}
    assert not any(one.needs_attention for one in found)
    assert carries_reference(OWN)


def test_what_the_registry_does_not_carry_is_the_programs_alone() -> None:
    (one,) = compared({"parties.json": b"{}"}, {LIST: OWN[LIST]})
    assert (one.standing, one.version, one.digest) == (Standing.ONLY_PROGRAM, "", "")
    assert one.own_version == codelist("sex").version
    assert not one.needs_attention
    assert not carries_reference({"parties.json": b"{}"})


def test_a_later_list_of_the_registry_leaves_the_program_behind_and_the_codes_are_named() -> None:
    one = stands(LIST, versioned(LIST, b"1.1.0", LINE))
    assert (one.standing, one.added, one.lost, one.renamed) == (Standing.BEHIND, ("Z9",), (), ())
    assert (one.id, one.is_codelist, one.needs_attention) == ("sex", True, True)
    assert one.message.es.startswith(
        "codelists/sex.yaml: anterior al del registro (este programa 1.0.0, registro 1.1.0)"
    )
    assert one.message.es.endswith("; faltan aquí: Z9")


def test_an_earlier_list_of_the_registry_leaves_the_program_ahead() -> None:
    first = codelist("sex").ids[0]
    text = OWN[LIST].decode()
    line = next(line for line in text.splitlines() if line.startswith(f"  {first}:"))
    lacking = text.replace(f"{line}\n", "").replace("version: 1.0.0", "version: 0.9")
    one = stands(LIST, lacking.encode())
    assert (one.standing, one.added, one.lost) == (Standing.AHEAD, (), (first,))
    assert "only here: " + first in one.message.en


def test_the_same_version_with_another_name_is_different() -> None:
    first = next(iter(codelist("sex")))
    one = stands(LIST, OWN[LIST].replace(first.name.es.encode(), b"Otra palabra", 1))
    assert (one.standing, one.renamed) == (Standing.DIFFERENT, (first.id,))
    assert stands(LIST, OWN[LIST] + b"# a remark\n").standing is Standing.DIFFERENT
    assert stands(LIST, versioned(LIST, b"1")).standing is Standing.DIFFERENT, "1 and 1.0.0 are one version"


@pytest.mark.parametrize(
    "raw", [b"rubbish: [", b"[]", b"{}", versioned(LIST, b"new"), OWN["codelists/unit_of_count.yaml"]]
)
def test_what_this_program_cannot_read_is_said_and_stops_nothing(raw: bytes) -> None:
    one = stands(LIST, raw)
    assert (one.standing, one.version) == (Standing.UNREADABLE, "")
    assert one.needs_attention


def test_rules_are_compared_by_version_and_digest_without_codes() -> None:
    one = stands(RULE, versioned(RULE, b"2.0.0"))
    assert (one.standing, one.is_codelist, one.added) == (Standing.BEHIND, False, ())
    for raw in (b"[]", b"version: x", b"a: b"):
        assert stands(RULE, raw).standing is Standing.UNREADABLE


def test_a_list_that_the_program_does_not_know() -> None:
    (one,) = compared({"codelists/colour.yaml": OWN[LIST].replace(b"codelist: sex", b"codelist: colour")}, {})
    assert (one.standing, one.own_version, one.own_digest) == (Standing.ONLY_REGISTRY, "", "")
    assert set(one.added) == set(codelist("sex").ids)
    assert one.needs_attention


def test_long_lists_of_codes_are_cut_with_their_number() -> None:
    many = replace(
        stands(LIST, versioned(LIST, b"1.1.0", LINE)), added=tuple(f"C{one}" for one in range(MOST_SHOWN + 3))
    )
    assert many.message.en.endswith(f"C{MOST_SHOWN - 1} (+3)")


def test_a_code_list_that_cannot_be_read_is_not_drafted() -> None:
    for path, raw in ((LIST, b"rubbish: ["), ("codelists/other.yaml", OWN[LIST])):
        with pytest.raises(InvalidInput):
            making.put(published(), path, raw, now=NOW)


def test_each_document_is_listed_with_its_signers_and_the_day_of_its_last_change() -> None:
    files = making.put(published(), LIST, OWN[LIST], now=NOW + DAY)
    files = making.publish(signed_by(files, registry_key("PAN"), registry_key("MEX")), HUB, now=NOW + DAY)
    found = listed(reopen(files, trusted_root=root_of(files), now=NOW + DAY).verified)
    assert (found[LIST].role, found[LIST].signers, found[LIST].since) == ("targets", ("MEX", "PAN"), NOW + DAY)
    assert found["parties.json"].since == NOW
    assert found["members/PAN/keys.json"].signers == ("PAN",)
    assert found["rules/figures.yaml"].size == len(b"document: rules\n")
    assert isinstance(found[LIST], Listed)
    assert found[LIST].version == 2
    assert {one.role for one in found.values()} == {"targets", "agreements", *MEMBERS, "HTI", "TS"}
    (agreement,) = [one for one in found.values() if one.role == "agreements"]
    assert agreement.signers == ("hub",)


def test_the_moment_stays_while_the_document_does_and_rubbish_in_its_place_says_nothing() -> None:
    from tuf.api.metadata import TargetFile

    first = stamped(TargetFile.from_data(LIST, b"a", ["sha256"]), None, NOW)
    again = stamped(TargetFile.from_data(LIST, b"a", ["sha256"]), first, NOW + DAY)
    other = stamped(TargetFile.from_data(LIST, b"b", ["sha256"]), first, NOW + DAY)
    assert (since(first), since(again), since(other)) == (NOW, NOW, NOW + DAY)
    first.unrecognized_fields["custom"] = "rubbish"
    assert since(first) is None
    assert since(stamped(TargetFile.from_data(LIST, b"a", ["sha256"]), first, NOW + DAY)) == NOW + DAY
