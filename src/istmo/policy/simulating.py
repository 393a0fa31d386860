"""What would happen if this agreement were in the registry? A decision without a permit: nothing can leave by it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from istmo.model.text import Text
from istmo.policy.deciding import decide
from istmo.policy.outcome import NEUTRAL, Permit
from istmo.policy.request import read_request
from istmo.registry.agreements.record import Agreement
from istmo.registry.snapshot import Snapshot

_PERMITTED = Text(es="El acuerdo lo permite.", en="The agreement permits it.")


@dataclass(frozen=True, slots=True)
class Simulation:
    """`rule` is "" for a permit; `clause` is the number and `clause_text` the words of the clause that decides."""

    decision: str
    rule: str
    clause: str
    clause_text: Text | None
    reason: Text

    @property
    def public_answer(self) -> Text | None:
        """What the other side would be told; None where it would be answered."""
        return None if self.decision == "permit" else NEUTRAL


def simulated(agreement: Agreement, request: Mapping[str, Any], snapshot: Snapshot, now: datetime) -> Simulation:
    """`request`, a document, decided as if `agreement` stood in `snapshot` with all its signatures.

    Whatever agreement the request names, it is decided under this one. Raises `InvalidInput` for what is no object.
    """
    agreements = MappingProxyType({**snapshot.agreements, agreement.id: agreement})
    named = {**request, "agreement": agreement.id} if isinstance(request, Mapping) else request
    found = decide(read_request(named), snapshot=replace(snapshot, agreements=agreements), now=now)
    texts = {clause.number: clause.text for clause in agreement.clauses.values()}
    if isinstance(found, Permit):
        return Simulation(found.decision, "", found.clause, texts.get(found.clause), _PERMITTED)
    return Simulation(found.decision, found.rule, found.clause, texts.get(found.clause), found.reason)
