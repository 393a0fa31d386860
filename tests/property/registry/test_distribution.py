"""Whatever files are corrupted, what is loaded is the registry that was signed, or nothing."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.registry.distribution.region import (
    HUB,
    NOW,
    published,
    put_keys,
    record,
    registry_key,
    root_of,
    signed_by,
)

from istmo.registry.distribution import layout, making
from istmo.registry.distribution.faults import RegistryRefused
from istmo.registry.distribution.layout import Files
from istmo.registry.distribution.loading import load
from istmo.registry.distribution.verifying import source_of, verify
from istmo.registry.snapshot import Snapshot


@cache
def moments() -> tuple[Files, Files]:
    """Two moments of one registry: everything signed at the first stands in the second too, and more."""
    first = published()
    files = making.replace_member_key(
        first, registry_key("MEX").kid, making.Owner("MEX", registry_key("MEX 2").public), now=NOW
    )
    files = put_keys(files, "PAN", record("PAN", revoked_from=NOW), record("PAN", 2))
    signers = (registry_key("PAN"), registry_key("HND"), registry_key("MEX 2"))
    return first, making.publish(signed_by(files, *signers), HUB, now=NOW)


@cache
def good() -> Snapshot:
    files = moments()[1]
    return load(files, trusted_root=root_of(files), now=NOW)


def corrupted(raw: bytes, data: st.DataObject) -> bytes | None:
    """The file gone, replaced by another of the same registry, cut, lengthened, or with some bytes changed."""
    kind = data.draw(st.sampled_from(["gone", "other", "cut", "longer", "bytes", "text"]))
    if kind == "gone":
        return None
    if kind == "other":
        return data.draw(st.sampled_from(sorted(moments()[1].values()) + sorted(moments()[0].values())))
    if kind == "cut":
        return raw[: data.draw(st.integers(0, max(0, len(raw) - 1)))]
    if kind == "longer":
        return raw + data.draw(st.binary(min_size=1, max_size=50))
    if kind == "text":
        return data.draw(st.sampled_from([b"{}", b"[]", b"null", b'{"signed":{"_type":"root"},"signatures":[]}']))
    changed = bytearray(raw)
    for position in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        changed[position] = data.draw(st.integers(0, 255))
    return bytes(changed)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_corrupted_files_give_the_good_registry_or_none(data: st.DataObject) -> None:
    first, second = moments()
    files = dict(second)
    held = verify(source_of(second), trusted_root=root_of(second))
    for path in data.draw(st.lists(st.sampled_from(sorted(second)), min_size=1, max_size=6, unique=True)):
        raw = corrupted(second[path], data)
        if raw is None:
            del files[path]
        else:
            files[path] = raw
    try:
        found = load(files, trusted_root=root_of(second), previous=held, now=NOW)
    except RegistryRefused:
        return
    assert found == good()
    assert first


@settings(max_examples=200, deadline=None)
@given(st.sets(st.sampled_from(sorted(moments()[1]))))
def test_any_mixture_of_two_moments_gives_one_of_them_or_none(newer: set[str]) -> None:
    first, second = moments()
    mixed = {**first, **{path: second[path] for path in newer}}
    try:
        found = load(mixed, trusted_root=root_of(first), now=NOW)
    except RegistryRefused:
        return
    assert found in (good(), load(first, trusted_root=root_of(first), now=NOW))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([layout.TIMESTAMP, layout.SNAPSHOT, layout.TARGETS, layout.ROOT, "PAN"]), st.binary(max_size=300)
)
def test_any_bytes_are_refused(role: str, raw: bytes) -> None:
    files = published()
    path = layout.metadata_path(role, 1)
    root = raw if role == layout.ROOT else root_of(files)
    with pytest.raises(RegistryRefused) as refused:
        load({**files, path: raw}, trusted_root=root, now=NOW)
    assert refused.value.place
