"""The agreements of a registry as people look them up: each text with who signed it, its state, and what is amiss.

entries(documents, snapshot, now)     every text that the registry carries, also what decisions do not see
obstacles(agreement, snapshot, now)   what would keep a text from coming into force, before anybody signs it
as_source(document)                   the text as YAML, of which `read_source` makes the very bytes that were signed
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import yaml

from istmo.model.errors import InvalidInput
from istmo.model.text import Text
from istmo.registry.agreements.activation import activate, overlaps, refusals
from istmo.registry.agreements.reading import OPTIONAL, REQUIRED, TYP, read_agreement
from istmo.registry.agreements.record import Agreement
from istmo.registry.agreements.states import Status, Step
from istmo.registry.agreements.states import path as come_to
from istmo.registry.agreements.stopping import ended_from
from istmo.registry.agreements.validity import Flaw, Flawed, judged
from istmo.registry.distribution.layout import AGREEMENTS, agreement_path
from istmo.registry.keys import Use
from istmo.registry.signing import Signed, payload_of, read_signed
from istmo.registry.snapshot import Snapshot

DEMONSTRATION = "demo:"
_LOST = frozenset({Flaw.REVOKED, Flaw.PAST})


@dataclass(frozen=True, slots=True)
class Entry:
    """A text of the registry. `counts` says whether decisions see it; `missing` are the parties whose signature does
    not count, `reasons` why it may not come into force all the same; `steps` is how it came to `status`.
    """

    document: Signed
    agreement: Agreement
    signed: frozenset[str]
    flawed: tuple[Flawed, ...]
    reasons: tuple[Text, ...]
    counts: bool
    status: Status
    steps: tuple[Step, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(entry.party for entry in self.agreement.parties if entry.party not in self.signed)

    @property
    def was_signed(self) -> bool:
        """Whether every party has signed, be it with a key that was revoked or that ran out since."""
        lost = {one.party for one in self.flawed if one.flaw in _LOST}
        return set(self.missing) <= lost

    @property
    def is_demonstration(self) -> bool:
        return is_demonstration(self.agreement)


def is_demonstration(agreement: Agreement) -> bool:
    """Whether it was invented to try the program: it binds nobody."""
    return agreement.id.startswith(DEMONSTRATION)


def entries(documents: Mapping[str, bytes], snapshot: Snapshot, now: datetime) -> tuple[Entry, ...]:
    """By id, the newest version first. `documents` are those of the registry by path; what cannot be read is left out,
    as it is by decisions."""
    read = [one for path, raw in documents.items() if path.startswith(f"{AGREEMENTS}/") for one in _read(path, raw)]
    found = [_entry(document, agreement, snapshot, now) for document, agreement in read]
    return tuple(sorted(found, key=lambda one: (one.agreement.id, -one.agreement.version)))


def obstacles(agreement: Agreement, snapshot: Snapshot, now: datetime) -> tuple[Text, ...]:
    """What would keep it from coming into force in this registry once all had signed it; nothing when it may."""
    return (
        *(refusal.reason for refusal in refusals(agreement)),
        *_without_key(agreement, snapshot, now),
        *_against_earlier(agreement, snapshot),
        *_beside(agreement, snapshot),
    )


def as_source(document: Signed, *, name: str = "") -> str:
    """The text in the order of the format. What was signed as numbers or nothing would not come back; none is."""
    payload = payload_of(document, name=name)
    ordered = {key: payload[key] for key in (*REQUIRED, *OPTIONAL) if key in payload}
    return yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, width=110)


def _read(path: str, raw: bytes) -> Iterator[tuple[Signed, Agreement]]:
    try:
        document = read_signed(raw, typ=TYP, name=path)
        agreement = read_agreement(document, name=path)
    except InvalidInput:
        return
    if path == agreement_path(agreement.id, agreement.version):
        yield document, agreement


def _entry(document: Signed, agreement: Agreement, snapshot: Snapshot, now: datetime) -> Entry:
    signed, flawed = judged(document, agreement, snapshot.keys, now)
    chosen = snapshot.agreements.get(agreement.id)
    counts = chosen is not None and chosen.digest == agreement.digest
    reasons = () if counts or signed < agreement.party_ids else tuple(_refused(agreement, snapshot))
    others = list(snapshot.agreements.values())
    if chosen is not None and chosen.version > agreement.version:
        others.append(replace(chosen, supersedes=agreement.id))
    steps = come_to(
        agreement,
        now=now,
        signatures=() if reasons else signed,
        suspensions=snapshot.suspensions,
        supersessions=others,
        denounced=ended_from(agreement, snapshot.denunciations),
        proposed=True,
    )
    return Entry(document, agreement, signed, flawed, reasons, counts, steps[-1].after, steps)


def _refused(agreement: Agreement, snapshot: Snapshot) -> Iterator[Text]:
    """Why what all have signed is not among what counts: that another version of it does is no reason."""
    chosen = snapshot.agreements.get(agreement.id)
    others = [one for one in snapshot.agreements.values() if one.id != agreement.id]
    for refusal in activate([*others, agreement], snapshot.denunciations).refused.get(agreement.id, ()):
        yield refusal.reason
    if chosen is not None and chosen.version < agreement.version:
        yield from _left_out(chosen, agreement)


def _without_key(agreement: Agreement, snapshot: Snapshot, now: datetime) -> Iterator[Text]:
    able = {
        record.party
        for record in snapshot.keys.records.values()
        if record.key.use is Use.SIGNING and record.is_good(now)
    }
    for entry in agreement.parties:
        if entry.party not in able:
            yield Text(
                es=f"{entry.party} no tiene en el registro una clave de firma válida: su firma no contaría.",
                en=f"{entry.party} has no good signing key in the registry: its signature would not count.",
            )


def _against_earlier(agreement: Agreement, snapshot: Snapshot) -> Iterator[Text]:
    earlier = snapshot.agreements.get(agreement.id)
    if earlier is None or earlier.digest == agreement.digest:
        return
    if agreement.version <= earlier.version:
        yield Text(
            es=f"En el registro ya está la versión {earlier.version} de «{agreement.id}», con otro texto: dé a este "
            "una versión posterior.",
            en=f"The registry already holds version {earlier.version} of “{agreement.id}”, with another text: give "
            "this one a later version.",
        )
    yield from _left_out(earlier, agreement)


def _left_out(earlier: Agreement, agreement: Agreement) -> Iterator[Text]:
    left_out = ", ".join(sorted(earlier.party_ids - agreement.party_ids))
    if left_out:
        yield Text(
            es=f"Falta {left_out}, que es parte de la versión {earlier.version}: nadie termina el acuerdo de otro.",
            en=f"{left_out}, a party to version {earlier.version}, is missing: nobody ends another’s agreement.",
        )


def _beside(agreement: Agreement, snapshot: Snapshot) -> Iterator[Text]:
    """What stands in the registry overlaps with nothing else that stands there, so each overlap is with this text."""
    others = [one for one in snapshot.agreements.values() if one.id != agreement.id]
    found = overlaps([*others, agreement], snapshot.denunciations)
    yield from (overlap.reason for overlap in found)
