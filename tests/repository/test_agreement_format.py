"""The documentation of the agreement format names what the reader knows, no more and no less."""

from pathlib import Path

from istmo.model.documents import read_document
from istmo.registry.agreements import reading

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = read_document((ROOT / "docs/agreement-format.yaml").read_bytes(), name="agreement-format.yaml")
TEXTS = {"es", "en"}


def below(name: str, keys: tuple[str, ...]) -> set[str]:
    return {f"{name}.{key}" for key in keys if key not in TEXTS}


def test_every_key_of_the_reader_is_described_and_no_other() -> None:
    known = {
        *reading.REQUIRED,
        *reading.OPTIONAL,
        *below("parties", (*reading.PARTY, *reading.PARTY_OPTIONAL)),
        *below("parties.legal_basis", reading.BASIS),
        *below("flows", reading.FLOW),
        *below("volume_cap", reading.CAP),
        *below("contacts", reading.CONTACT),
        *below("clauses", reading.CLAUSE),
        *below("terms", reading.TERMS),
        *below("annexes", reading.ANNEX),
    }
    assert set(DOCUMENT["keys"]) == known
    assert all(set(entry) == TEXTS for entry in DOCUMENT["keys"].values())


def test_each_provision_has_a_place_that_exists_or_a_reason_in_both_languages() -> None:
    provisions = DOCUMENT["provisions"]
    assert len(provisions) >= 34
    for entry in provisions:
        assert "place" in entry or {"reason_es", "reason_en"} <= entry.keys()
        for place in entry.get("place", "").replace(";", ",").split(","):
            key = place.strip().split(":")[0]
            assert not key or key in DOCUMENT["keys"] or key.startswith("clauses."), key
