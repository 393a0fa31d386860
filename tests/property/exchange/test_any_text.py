"""Whatever text arrives, reading it gives a value or a refusal, and what was sealed is what is opened."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.exchange.parties import NONCE, NOW, PAYLOAD, draft, opened, ring, sealed, sealing, signing
from tests.unit.exchange.proved import evidence

from istmo.exchange import envelope as module
from istmo.exchange import log, manifest, receipts
from istmo.exchange.envelope import seal
from istmo.exchange.evidence import read_evidence
from istmo.exchange.log import Frontier, consistency_path, inclusion_path, verify_consistency, verify_inclusion
from istmo.exchange.refusals import Rejected
from istmo.exchange.verdict import verify
from istmo.model.errors import InvalidInput
from istmo.registry.signing import sign

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEPT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.text(st.characters(), max_size=300) | st.text('ey.AQ0_-{}[]":,', max_size=300)
FIELDS = draft().complete(PAYLOAD, NONCE).as_fields()
PACKAGE = json.loads(evidence().as_json())


@given(TEXT)
def test_any_text_is_refused_as_an_envelope_a_receipt_and_a_head(text: str) -> None:
    for read in (
        lambda: opened(text),
        lambda: receipts.read_receipt(text, keys=ring(), now=NOW),
        lambda: log.read_head(text, keys=ring(), now=NOW),
    ):
        with pytest.raises(Rejected):
            read()


@given(st.binary(max_size=400))
def test_anything_sealed_to_us_is_refused(plaintext: bytes) -> None:
    key = sealing("TS").public
    header = {**module._HEADER, "kid": key.kid}
    text = module.jwe.encrypt_compact(header, plaintext, module._okp(key), registry=module._JWE)
    with pytest.raises(Rejected):
        opened(text)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON, max_size=4), st.dictionaries(st.text(), JSON, max_size=2))
def test_whatever_a_known_party_signs_is_read_or_refused(changes: dict[str, Any], more: dict[str, Any]) -> None:
    raw = json.dumps({**FIELDS, **more, **changes}).encode()
    for typ, read in (
        (manifest.TYP, lambda text: read_manifest_of(text)),
        (receipts.TYP, lambda text: receipts.read_receipt(text, keys=ring(), now=NOW)),
        (log.TYP, lambda text: log.read_head(text, keys=ring(), now=NOW)),
    ):
        with suppress(Rejected):
            read(sign(raw, signing("PAN"), typ=typ).as_json())


def read_manifest_of(line: str) -> None:
    key = sealing("TS").public
    header = {**module._HEADER, "kid": key.kid}
    plaintext = line.encode() + b"\n" + NONCE + PAYLOAD
    opened(module.jwe.encrypt_compact(header, plaintext, module._okp(key), registry=module._JWE))


@given(st.binary(max_size=3000), st.dictionaries(st.text("klm", min_size=1), KEPT, max_size=3))
def test_what_was_sealed_is_what_is_opened(payload: bytes, later: dict[str, Any]) -> None:
    made = seal(draft(extra=later), payload, nonce=NONCE, signing=signing("PAN"), recipient=sealing("TS").public)
    got = opened(made.envelope)
    assert (got.payload, got.manifest.extra, got.manifest_jws) == (payload, later, made.manifest_jws)


@given(st.dictionaries(st.sampled_from(sorted(PACKAGE)), JSON, max_size=3))
def test_any_package_is_refused_or_judged(changes: dict[str, Any]) -> None:
    try:
        package = read_evidence(json.dumps({**PACKAGE, **changes}))
    except InvalidInput:
        return
    verify(package).lines("es")


@settings(max_examples=300)
@given(st.data())
def test_one_character_changed_in_what_was_signed_never_proves(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["manifest", "agreement"]))
    text = PACKAGE[name]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from('ABab01-_{"').filter(lambda one: one != text[at]))
    changed = {**PACKAGE, name: text[:at] + other + text[at + 1 :]}
    assert not verify(read_evidence(json.dumps(changed))).proves


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=80), st.data())
def test_a_proof_holds_for_its_own_tree_only(entries: list[bytes], data: st.DataObject) -> None:
    nodes: dict[tuple[int, int], bytes] = {}
    edge = Frontier()
    for entry in entries:
        edge, added = edge.append(log.leaf_hash(entry))
        nodes.update({(node.level, node.index): node.hash for node in added})

    def fetch(level: int, index: int) -> bytes:
        return nodes[level, index]

    size = len(entries)
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    path = inclusion_path(index, size, fetch)
    leaf = log.leaf_hash(entries[index])
    assert verify_inclusion(leaf, index, size, path, edge.root)
    proof = consistency_path(first, size, fetch)
    assert verify_consistency(first, size, log.root(first, fetch), edge.root, proof)
    if path:
        step = data.draw(st.integers(0, len(path) - 1))
        broken = [*path[:step], bytes(32), *path[step + 1 :]]
        assert not verify_inclusion(leaf, index, size, broken, edge.root)
    if proof:
        step = data.draw(st.integers(0, len(proof) - 1))
        broken = [*proof[:step], bytes(32), *proof[step + 1 :]]
        assert not verify_consistency(first, size, log.root(first, fetch), edge.root, broken)


def test_sealing_twice_gives_other_bytes() -> None:
    assert sealed().envelope != sealed().envelope
