"""Secrets of second factors at rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from istmo.installation.accounts.sealing import new_key, seal, unseal
from istmo.model.errors import IntegrityFailure

KEY = new_key()


@given(st.text(max_size=80))
def test_what_was_sealed_opens_again(secret: str) -> None:
    assert unseal(seal(secret, key=KEY), key=KEY) == secret


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=32, max_size=32))
def test_a_secret_is_not_stored_in_the_clear_and_never_twice_the_same(secret: str) -> None:
    sealed = seal(secret, key=KEY)
    assert secret not in sealed
    assert seal(secret, key=KEY) != sealed


def test_another_key_opens_nothing() -> None:
    with pytest.raises(IntegrityFailure, match="cannot be opened"):
        unseal(seal("JBSWY3DPEHPK3PXP", key=KEY), key=new_key())


@pytest.mark.parametrize("sealed", ["", "JBSWY3DPEHPK3PXP", "gAAAAA", "ñ"])
def test_what_was_not_sealed_here_opens_nothing(sealed: str) -> None:
    with pytest.raises(IntegrityFailure):
        unseal(sealed, key=KEY)


def test_one_changed_sign_is_noticed() -> None:
    sealed = seal("JBSWY3DPEHPK3PXP", key=KEY)
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    with pytest.raises(IntegrityFailure):
        unseal(changed, key=KEY)
