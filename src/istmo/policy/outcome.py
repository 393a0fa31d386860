"""What a decision is: a permit, which `istmo.policy.deciding` alone makes, or a refusal with its rule and clause.

A refusal is told to three readers in three ways. `rule`, `clause` and `reason` are for the protection officer and the
data-protection officer. A clerk sees `FOR_CLERK`, a peer `NEUTRAL`: both are the same whatever the reason.
"""

from dataclasses import dataclass

from istmo.model.text import Text

NEUTRAL = Text(
    es="No hay información que se pueda comunicar.",
    en="There is no information that can be given.",
)
FOR_CLERK = Text(
    es="No disponible: consulte a la persona oficial de protección.",
    en="Not available: ask the protection officer.",
)


@dataclass(frozen=True, slots=True)
class Permit:
    """What may leave, and under what. `digest` (SHA-256, hexadecimal) names the decision: request and registry.

    `legal_basis` is the sender's; an agreement on aggregates alone may have none.
    """

    request_digest: str
    sender: str
    recipient: str
    agreement: str
    agreement_version: int
    clause: str
    purpose: str
    legal_basis: Text | None
    categories: frozenset[str]
    fields: frozenset[str]
    registry_version: int
    decided_on: str
    digest: str

    @property
    def decision(self) -> str:
        return "permit"


@dataclass(frozen=True, slots=True)
class Refusal:
    """`rule` is R1..R55 or a technical one; `clause` is the agreement's, "" where none decided."""

    rule: str
    reason: Text
    clause: str = ""

    @property
    def decision(self) -> str:
        return "refuse"

    @property
    def public_answer(self) -> Text:
        return NEUTRAL

    @property
    def for_clerk(self) -> Text:
        return FOR_CLERK
